"""Offices in a real PostgreSQL: parts of one report, and desks that are switched, used, kept and taken back."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from typer.testing import CliRunner, Result

from services.router.adapters.desk_documents import with_desks, written_desks
from services.router.adapters.reference import ReferenceWatcher
from services.router.adapters.rule_documents import policy_of
from services.router.adapters.store import Store
from services.router.adapters.story_store import StoriesInDatabase, calendar_on_record
from services.router.domain.desks import Desk
from services.router.entrypoints.cli import app, territory_app
from services.router.usecases.explain_placement import ExplainPlacement
from services.router.usecases.place_feedback import PlaceFeedback
from services.router.usecases.ports import SetKind
from services.router.usecases.switch_desks import ChangeDesk
from services.router.usecases.switching import SwitchRefusedError
from shared.events import FeedbackClassified, PlaceGiven
from tests.support.clock import local
from tests.support.events import feedback_classified
from tests.support.placing import PACK

Command = Callable[..., Awaitable[Result]]
NOW = datetime(2026, 11, 23, 1, 0, 5, tzinfo=UTC)
RULES = (PACK / "policy.yaml").read_text(encoding="utf-8")
PART = "Một phần của phản ánh do Công an xã/phường chủ trì"
CATCH_ALL = "  - id: lead_office\n    to: lead\n"
SHARED = "  - id: shared\n    when: {topic: [noise]}\n    to: [commune:health, lead, utility:water]\n"
AWAY = """desks:
  - {office: commune:police, unit: "24133", deputy: commune:military, away_from: 2026-11-20, away_to: 2026-12-05}
  - office: commune:military
    hours: {days: [monday, tuesday, wednesday], intervals: ["07:30-11:30"]}
"""


@pytest.fixture
def watcher(router_engine: AsyncEngine) -> ReferenceWatcher:
    return ReferenceWatcher(router_engine, every_seconds=1)


@pytest.fixture
def place_feedback(watcher: ReferenceWatcher, store: Store) -> PlaceFeedback:
    return PlaceFeedback(watcher.current, store.open_placements, lambda: NOW)


@pytest.fixture
async def command(router_engine: AsyncEngine, database_url: str) -> Command:
    assert router_engine

    async def run(*arguments: str) -> Result:
        environment = {"DATABASE_URL": database_url, "LANGNGHE_TERRITORY": str(PACK), "COLUMNS": "220"}
        called = (territory_app, arguments[1:]) if arguments[0] == "territory" else (app, arguments)
        return await asyncio.to_thread(CliRunner().invoke, *called, env=environment)

    return run


def write(folder: Path, name: str, content: str) -> str:
    (folder / name).write_text(content, encoding="utf-8")
    return str(folder / name)


def noise(**values: object) -> FeedbackClassified:
    return feedback_classified(subject="noise", place=PlaceGiven(unit_code="24133"), **values)


async def test_a_report_and_its_parts_are_stored_once_and_told_again_as_they_were(
    router_engine: AsyncEngine,
    watcher: ReferenceWatcher,
    place_feedback: PlaceFeedback,
    command: Command,
    tmp_path: Path,
) -> None:
    await command("territory", "load")
    cause, plain = noise(second_subject="electricity", tracking_code="DL-7K3FM-92QXA"), noise()
    first = await place_feedback([cause, plain])
    assert [(event.office, event.part_of) for event in first] == [
        ("commune:police", None),
        ("utility:power", cause.feedback_id),
        ("commune:police", None),
    ]
    async with router_engine.connect() as connection:
        stored = await connection.execute(
            text(
                "SELECT feedback_id, part_of, tracking_code, subject, second_subject, office_explanation "
                "FROM router.placement WHERE tracking_code IS NOT NULL ORDER BY part_of NULLS FIRST"
            )
        )
        assert [tuple(row) for row in stored] == [
            (cause.feedback_id, None, "DL-7K3FM-92QXA", "noise", "electricity", None),
            (
                first[1].feedback_id,
                cause.feedback_id,
                "DL-7K3FM-92QXA",
                "electricity",
                None,
                f"{PART}: việc thứ hai máy nhận ra trong lời kể, có thể nhầm.",
            ),
        ]

    rules = write(tmp_path, "rules.yaml", RULES.replace(CATCH_ALL, SHARED + CATCH_ALL, 1))
    tried = await command("rules", "dry-run", rules)
    assert "2 placements replayed, 2 would move" in tried.stdout
    assert "utility:water" in tried.stdout
    switched = await command("rules", "switch", rules, "--why", "thử")
    assert "topic noise -> commune:health + lead + utility:water" in switched.stdout
    assert await watcher.refresh()
    fresh = noise()
    again = await place_feedback([cause, plain, fresh])
    assert again[:3] == first
    assert [event.office for event in again[3:]] == ["commune:health", "commune:police", "utility:water"]
    async with router_engine.connect() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM router.placement"))).scalar_one() == 6


async def test_desks_are_switched_used_by_the_router_and_taken_back_each_on_record(
    router_engine: AsyncEngine,
    watcher: ReferenceWatcher,
    place_feedback: PlaceFeedback,
    command: Command,
    tmp_path: Path,
) -> None:
    file = write(tmp_path, "desks.yaml", AWAY)
    early = await command("offices", "switch", file, "--why", "thử")
    assert (early.exit_code, "no territory is loaded yet" in early.stderr) == (2, True)
    await command("territory", "load")
    (before,) = await place_feedback([noise()])
    assert before.office == "commune:police"

    assert "no desk says anything of its own" in (await command("offices", "show")).stdout
    done = await command("offices", "switch", file, "--why", "đi công tác", "--by", "chị An")
    assert done.exit_code == 0, done.stderr
    assert "were in force already" in (await command("offices", "switch", file, "--why", "nữa")).stdout
    shown = (await command("offices", "show")).stdout
    for said in ("Mon Tue Wed 07:30-11:30", "2026-11-20 to 2026-12-05", "Phường Buôn Ma Thuột", "everywhere"):
        assert said in shown
    assert "everywhere" not in (await command("offices", "show", "--unit", "24133")).stdout
    assert await watcher.refresh()
    (placed,) = await place_feedback([noise()])
    assert placed.office == "commune:military"
    assert placed.office_explanation == "Công an xã/phường vắng đến 5/12/2026, Ban Chỉ huy Quân sự làm thay."
    # 75 working hours from Monday 08:00 in mornings of Monday to Wednesday, the 24th being a holiday.
    assert placed.resolve_by == local("2027-01-05T11:00")
    async with router_engine.connect() as connection:
        versions = await connection.execute(
            text("SELECT count(DISTINCT offices_version), count(*) FROM router.placement")
        )
        assert tuple(versions.one()) == (2, 2)

    # A load keeps what a person switched to, until told otherwise.
    loaded = await command("territory", "load")
    assert "the desks stay those that were switched to by hand; --forget-desks takes the pack's" in loaded.stdout
    assert "deputy: commune:military" in (await command("offices", "export")).stdout

    back = await command("offices", "rollback", "--why", "nhầm", "--by", "anh Bình")
    assert back.exit_code == 0, back.stderr
    assert await watcher.refresh()
    (third,) = await place_feedback([noise()])
    assert third.office == "commune:police"
    nothing = await command("offices", "rollback", "--why", "nữa")
    assert (nothing.exit_code, "nothing to go back to" in nothing.stderr) == (2, True)
    record = (await command("offices", "history")).stdout
    assert [word in record for word in ("territory pack loaded", "chị An", "đi công tác", "anh Bình")] == [True] * 4

    await command("offices", "switch", file, "--why", "lại")
    forgotten = await command("territory", "load", "--forget-desks")
    assert "offices now in force" in forgotten.stdout
    assert (await command("offices", "export")).stdout == "desks: []\n"


async def test_the_story_of_a_placement_counts_by_the_hours_of_the_office_and_tells_who_stands_in_and_the_parts(
    router_engine: AsyncEngine, place_feedback: PlaceFeedback, command: Command, tmp_path: Path
) -> None:
    await command("territory", "load")
    await command("offices", "switch", write(tmp_path, "desks.yaml", AWAY), "--why", "thử")
    cause = noise(second_subject="electricity", tracking_code="DL-7K3FM-92QXA")
    report, part = await place_feedback([cause])
    # Whatever is in force by now: the story is told by the desks of then.
    await command("offices", "rollback", "--why", "thử")
    explain = ExplainPlacement(StoriesInDatabase(router_engine).open_stories, policy_of, calendar_on_record)
    first, second = await explain("DL-7K3FM-92QXA")
    assert (first.feedback_id, second.feedback_id) == (report.feedback_id, part.feedback_id)
    counted = first.newest.resolve
    assert counted is not None
    # 10 working days are 75 hours: 3.5 on the first morning, 71.5 on 18 more.
    assert (counted.days, counted.waited) == (19, timedelta())
    told = await command("explain", "DL-7K3FM-92QXA")
    assert "Công an xã/phường vắng đến 5/12/2026, Ban Chỉ huy Quân sự làm thay." in told.stdout
    assert "Một phần của phản ánh do Ban Chỉ huy Quân sự chủ trì" in told.stdout


async def test_desks_that_cannot_be_used_are_refused_and_change_nothing(command: Command, tmp_path: Path) -> None:
    await command("territory", "load")
    circle = AWAY + "    deputy: commune:police\n"
    refused = await command("offices", "switch", write(tmp_path, "a.yaml", circle), "--why", "x")
    assert refused.exit_code == 2
    assert "has a circle of deputies: commune:police -> commune:military -> commune:police" in refused.stderr
    nowhere = await command("offices", "switch", str(tmp_path / "none.yaml"), "--why", "x")
    assert (nowhere.exit_code, "none.yaml is missing" in nowhere.stderr) == (2, True)
    blank = await command("offices", "switch", write(tmp_path, "b.yaml", AWAY), "--why", " ")
    assert (blank.exit_code, "say why in 1 to 1000 characters" in blank.stderr) == (2, True)
    assert (await command("offices", "export")).stdout == "desks: []\n"


async def test_one_desk_is_changed_added_and_taken_away_by_itself_and_not_over_another_change(
    router_engine: AsyncEngine, store: Store, command: Command, tmp_path: Path
) -> None:
    assert router_engine
    await command("territory", "load")
    await command("offices", "switch", write(tmp_path, "desks.yaml", AWAY), "--why", "x")
    change = ChangeDesk(store.open_references, written_desks, with_desks)

    async def version() -> str:
        async with store.open_references() as references:
            found = await references.active(SetKind.OFFICES)
        assert found is not None
        return found.version

    seen = await version()
    added = await change(Desk("utility:water", phone="0262 1234"), seen=seen, by="staff:1", why="số mới")
    assert added.after is not None
    assert [desk.office for desk in written_desks(added.after.document)] == [
        "commune:police",
        "commune:military",
        "utility:water",
    ]
    with pytest.raises(SwitchRefusedError, match="changed by somebody else meanwhile"):
        await change(Desk("utility:water", phone="0262 5678"), seen=seen, by="staff:2", why="số khác")
    with pytest.raises(SwitchRefusedError, match="has the deputy 'x'"):
        await change(Desk("utility:water", deputy="x"), seen=await version(), by="staff:2", why="thử")
    gone = await change(Desk("commune:police", "24133"), seen=await version(), by="staff:2", why="đã về")
    assert gone.after is not None
    assert [desk.place for desk in written_desks(gone.after.document)] == [
        ("commune:military", ""),
        ("utility:water", ""),
    ]
