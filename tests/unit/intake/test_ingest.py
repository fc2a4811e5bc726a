import csv
import re
import socket
import threading
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
import typer
import uvicorn
from typer.testing import CliRunner

from services.intake.entrypoints.cli import ingest
from services.intake.entrypoints.ingest_client import IngestClient, Sent
from services.intake.entrypoints.ingest_rows import ReadyRow
from services.intake.usecases.note_placements import NotePlacements
from tests.support.intake import FakeIntake, FakeStore, placed


@dataclass
class PlacingStore(FakeStore):
    """A store that knows every place at once, but for texts that say 'chờ'."""

    async def add_feedback(self, feedback, *, announce_after):
        added = await super().add_feedback(feedback, announce_after=announce_after)
        for one, _ in feedback:
            if one.feedback_id in added and "chờ" not in one.submission.text:
                await NotePlacements(self.work)([placed(one.feedback_id, needs_review="?" in one.submission.text)])
        return added


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running(app):
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(20)


@pytest.fixture(scope="module")
def system():
    intake = FakeIntake(store=PlacingStore())
    with running(intake.app()) as url:
        yield intake, url


def run(*arguments):
    app = typer.Typer()
    app.command()(ingest)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_row_is_sent_placed_and_written_once(system, tmp_path):
    intake, url = system
    file = tmp_path / "rows.csv"
    file.write_text("id,text\n1,Hố sâu ở ngã ba\n2,Đèn hỏng\n2,Đèn hỏng\n3,Lạ?\n", encoding="utf-8")
    before = len(intake.store.feedback)
    outcome = run(file, "--url", url, "--timeout", "10")
    assert outcome.exit_code == 0, outcome.output
    for said in ("Phường Buôn Ma Thuột", "Chiếu sáng công cộng", "high", "unit_named", "p50", "p95"):
        assert said in outcome.output
    rows = rows_of(tmp_path / "rows.csv.placed.csv")
    assert [(row["line"], row["id"], row["status"]) for row in rows] == [
        ("2", "1", "placed"),
        ("3", "2", "placed"),
        ("4", "2", "placed"),
        ("5", "3", "placed"),
    ]
    assert rows[0] | {"tracking_code": "", "placed_seconds": ""} == {
        "line": "2",
        "id": "1",
        "tracking_code": "",
        "status": "placed",
        "unit": "24133",
        "unit_name": "Phường Buôn Ma Thuột",
        "office": "commune:economy",
        "topic": "street_lighting",
        "urgency": "high",
        "kind": "report",
        "how": "unit_named",
        "needs_review": "false",
        "accept_by": "2026-11-23T07:00:00+00:00",
        "resolve_by": "2026-11-26T03:00:00+00:00",
        "placed_seconds": "",
        "error": "",
    }
    assert rows[3]["needs_review"] == "true"
    assert float(rows[0]["placed_seconds"]) >= 0.5
    assert len({row["tracking_code"] for row in rows}) == 4
    assert len(intake.store.feedback) == before + 4

    again = run(file, "--url", url, "--timeout", "10")
    assert again.exit_code == 0
    assert len(intake.store.feedback) == before + 4
    repeated = rows_of(tmp_path / "rows.csv.placed.csv")
    assert [row["tracking_code"] for row in repeated] == [row["tracking_code"] for row in rows]
    assert {row["placed_seconds"] for row in repeated} == {"0.500"}
    assert re.search(r"There already\s+4\b", again.output)
    assert "no new rows" in again.output


def test_a_bad_row_is_told_and_the_rest_goes_on(system, tmp_path):
    _, url = system
    file = tmp_path / "bad.csv"
    file.write_text("id,text,lat,lon\n1,Cây đổ,,\n2,,,\n3,Cầu hỏng,bắc,108\n4,Cống tắc,,\n", encoding="utf-8")
    outcome = run(file, "--url", url, "--timeout", "10")
    assert outcome.exit_code == 1
    assert "line 3: text" in outcome.output
    assert "line 4: lat" in outcome.output
    rows = rows_of(tmp_path / "bad.csv.placed.csv")
    assert Counter(row["status"] for row in rows) == {"placed": 2, "bad_row": 2}
    assert [row["id"] for row in rows] == ["1", "2", "3", "4"]
    assert rows[1]["error"].startswith("text: ")


def test_a_row_that_is_not_placed_in_time_is_told(system, tmp_path):
    _, url = system
    file = tmp_path / "slow.jsonl"
    file.write_text('{"text": "chờ một chút"}\n{"text": "xong ngay"}\n', encoding="utf-8")
    outcome = run(file, "--url", url, "--timeout", "0.3")
    assert outcome.exit_code == 1
    assert [row["status"] for row in rows_of(tmp_path / "slow.jsonl.placed.csv")] == ["waiting", "placed"]
    assert "not placed in time" in outcome.output


def test_with_no_system_running_it_says_how_to_start_one(tmp_path):
    file = tmp_path / "rows.csv"
    file.write_text("text\nHố\n", encoding="utf-8")
    outcome = run(file, "--url", f"http://127.0.0.1:{free_port()}")
    assert outcome.exit_code == 2
    assert "make demo" in outcome.output
    assert "Traceback" not in outcome.output
    assert not (tmp_path / "rows.csv.placed.csv").exists()


def test_a_file_that_is_not_there_is_told(tmp_path):
    outcome = run(tmp_path / "none.csv", "--url", "http://127.0.0.1:1")
    assert outcome.exit_code == 2
    assert "no such file" in outcome.output


def ready(text, key="k"):
    return ReadyRow(2, "", {"text": text}, key)


async def test_a_row_is_sent_again_while_the_system_is_away_and_its_time_counts():
    intake = FakeIntake(store=PlacingStore())
    intake.store.fails = ConnectionRefusedError()
    with running(intake.app()) as url:
        recover = threading.Timer(0.3, setattr, (intake.store, "fails", None))
        recover.start()
        async with IngestClient(url) as client:
            sent = (await client.send([ready("Hố")], give_up_after_seconds=10, on_sent=lambda _: None))[0]
            await client.wait_until_placed([sent], timeout_seconds=5, on_placed=lambda _: None)
        recover.join()
    assert sent.error is None
    assert sent.sending_seconds >= 0.3
    assert sent.placed_seconds == pytest.approx(sent.sending_seconds + 0.5)


async def test_a_row_is_given_up_when_its_time_is_over_and_refusals_at_once():
    intake = FakeIntake()
    with running(intake.app()) as url:
        async with IngestClient(url) as client:
            await client.send([ready("Hố")], give_up_after_seconds=5, on_sent=lambda _: None)
            refused = (await client.send([ready("Khác")], give_up_after_seconds=5, on_sent=lambda _: None))[0]
            intake.store.fails = ConnectionRefusedError()
            away = (await client.send([ready("Ba", "3")], give_up_after_seconds=0.1, on_sent=lambda _: None))[0]
            await client.wait_until_placed([away], timeout_seconds=0, on_placed=lambda _: None)
    assert "Idempotency-Key" in refused.error
    assert "gián đoạn" in away.error
    assert away.placed_seconds is None


async def test_a_system_that_dies_while_rows_wait_is_asked_until_the_time_is_up():
    async with IngestClient(f"http://127.0.0.1:{free_port()}") as client:
        sent = Sent(ready("Hố"), tracking_code="DL-00000-00000")
        await client.wait_until_placed([sent], timeout_seconds=0.2, on_placed=lambda _: None)
        lost = (await client.send([ready("Hố")], give_up_after_seconds=0.1, on_sent=lambda _: None))[0]
    assert sent.tracking is None
    assert "does not answer" in lost.error
