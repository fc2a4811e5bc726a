"""What `langnghe messages` prints."""

import asyncio
from uuid import UUID, uuid4

import pytest
from typer.testing import CliRunner

from services.notifier.entrypoints.cli import app
from shared.events.short_id import short_id
from tests.integration.notifier.conftest import Notifier
from tests.integration.notifier.test_deadlines import HOUR
from tests.support.events import RECEIVED, case_changed, feedback_placed, feedback_submitted


@pytest.fixture
def cases(monkeypatch: pytest.MonkeyPatch, database_url: str) -> list[UUID]:
    """Point the command at the database of this test."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    return [uuid4(), uuid4()]


async def run(*words: str) -> tuple[int, str]:
    """Run the command as a person does at a terminal 80 columns wide."""
    result = await asyncio.to_thread(CliRunner(env={"COLUMNS": "80"}).invoke, app, list(words))
    return result.exit_code, result.output


async def tell_everybody(notifier: Notifier, cases: list[UUID]) -> None:
    """Write the longest messages there are: to the province desk, and public replies."""
    await notifier.remember([feedback_submitted(feedback_id=case, sealed_contact="c2VhbGVk") for case in cases])
    await notifier.arm([feedback_placed(feedback_id=case) for case in cases])
    await notifier.follow([case_changed(feedback_id=case, public_reply="Đã vá xong.") for case in cases])
    await notifier.fire_all(RECEIVED + 6 * HOUR)
    while await notifier.send():
        pass


async def test_each_message_is_one_line_of_eighty_columns(notifier: Notifier, cases: list[UUID]) -> None:
    await tell_everybody(notifier, cases)
    status, output = await run("list")
    rows = [line.split() for line in output.splitlines() if "delivered" in line]
    assert status == 0
    assert len(rows) == 12
    assert max(map(len, output.splitlines())) <= 80
    assert ["14:00", "23/11", "delivered", "public_reply", "resident", short_id(cases[0]), "1"] in rows
    assert ["14:00", "23/11", "delivered", "escalation", "province_desk", short_id(cases[1]), "1"] in rows
    assert "Đã vá xong." not in output


async def test_each_clock_is_one_line_of_eighty_columns(notifier: Notifier, cases: list[UUID]) -> None:
    await notifier.arm([feedback_placed(feedback_id=case, unit_code=None) for case in cases])
    status, output = await run("timers")
    rows = [line.split() for line in output.splitlines() if "province" in line]
    assert status == 0
    assert max(map(len, output.splitlines())) <= 80
    assert len(rows) == 4
    assert ["11:00", "23/11", "accept", "0", "province", "12:00", "23/11", short_id(cases[0])] in rows


@pytest.mark.parametrize("name", [str, short_id, lambda case: short_id(case).lower().replace("-", "")])
async def test_messages_about_one_case_are_found_by_either_of_its_names(
    notifier: Notifier, cases: list[UUID], name: object
) -> None:
    await tell_everybody(notifier, cases)
    assert callable(name)
    status, output = await run("list", "--feedback", name(cases[0]))
    assert status == 0
    assert output.count(short_id(cases[0])) == 6
    assert short_id(cases[1]) not in output


async def test_a_name_that_is_none_is_refused_with_what_is_expected(cases: list[UUID]) -> None:
    status, output = await run("list", "--feedback", "số 7")
    assert (status, len(cases)) == (2, 2)
    assert "K3F-92Q-XA7" in output
