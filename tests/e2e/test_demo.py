"""The demonstration as a newcomer starts it: it ends when told, leaves nothing running, says what is wrong."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import psutil
import pytest

from deploy.local.ports import free_port, is_free

pytestmark = pytest.mark.faults

LANGNGHE = Path(sys.executable).with_name("langnghe")
PATIENCE_SECONDS = 180
COMMANDS = ("demo", "ingest", "run", "migrate", "topics", "territory", "classifier", "router", "staff", "messages")


def five_free_ports() -> int:
    """Find the first of five free ports in a row."""
    return next(base for base in iter(lambda: free_port(besides=set()), 0) if all(is_free(base + n) for n in range(5)))


def environment() -> dict[str, str]:
    """Give the environment without addresses of other servers."""
    return {
        name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "KAFKA_BOOTSTRAP_SERVERS"}
    }


def langnghe(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end."""
    return subprocess.run(
        [LANGNGHE, *arguments], cwd=folder, env=environment(), capture_output=True, text=True, timeout=PATIENCE_SECONDS,
        check=False,
    )  # fmt: skip


def left_running(folder: Path) -> list[str]:
    """List the processes that work in a folder or name it."""
    found = []
    for process in psutil.process_iter(["cmdline", "cwd"]):
        line = " ".join(process.info["cmdline"] or [])
        if str(folder) in line or str(process.info["cwd"] or "").startswith(str(folder)):
            found.append(line)
    return found


@pytest.fixture
def started(tmp_path: Path) -> Iterator[tuple["subprocess.Popen[str]", Path, int]]:
    """Start the demonstration with a fast clock and wait until it says where to look."""
    base = five_free_ports()
    log = tmp_path / "demo.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [LANGNGHE, "demo", "--fast-clock", "600", "--port", str(base)], cwd=tmp_path, env=environment(),
            stdout=output, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip
    deadline = time.monotonic() + PATIENCE_SECONDS
    while "Ctrl-C" not in log.read_text(encoding="utf-8"):
        assert process.poll() is None, log.read_text(encoding="utf-8")
        assert time.monotonic() < deadline, log.read_text(encoding="utf-8")
        time.sleep(0.2)
    yield process, tmp_path, base
    process.kill()
    process.wait()


def test_once_brings_every_sample_into_an_inbox_and_a_second_start_keeps_the_data(tmp_path: Path) -> None:
    base = str(five_free_ports())
    first = langnghe(tmp_path, "demo", "--once", "--port", base)
    assert first.returncode == 0, first.stdout + first.stderr
    assert "All 32 samples are in an inbox" in first.stdout
    assert "24133" in first.stdout
    second = langnghe(tmp_path, "demo", "--once", "--port", base)
    assert second.returncode == 0, second.stdout + second.stderr
    assert "There already   32" in second.stdout
    assert left_running(tmp_path) == []


def test_ctrl_c_stops_everything_and_late_reports_have_escalated_by_then(
    started: tuple["subprocess.Popen[str]", Path, int],
) -> None:
    process, folder, base = started
    url = f"http://127.0.0.1:{base}"
    submitted = httpx.post(
        f"{url}/api/v1/feedback",
        json={"text": "Cháy nhà, có người mắc kẹt ở phường Tuy Hòa, cứu với!"},
        trust_env=False,
    )
    case = submitted.json()["feedback_id"]
    deadline = time.monotonic() + 60
    escalated = ""
    while "escalation" not in escalated:
        assert time.monotonic() < deadline, escalated
        escalated = langnghe(folder, "messages", "list", "--feedback", case).stdout
        time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 0
    assert left_running(folder) == []
    assert not (folder / ".data" / "environment.json").exists()


def test_a_killed_demonstration_leaves_nothing_running(started: tuple["subprocess.Popen[str]", Path, int]) -> None:
    process, folder, _ = started
    process.kill()
    process.wait()
    deadline = time.monotonic() + 60
    while running := left_running(folder):
        assert time.monotonic() < deadline, running
        time.sleep(0.2)


def test_a_port_in_use_is_one_sentence(tmp_path: Path) -> None:
    base = five_free_ports()
    with closing(socket.create_server(("127.0.0.1", base + 2))):
        outcome = langnghe(tmp_path, "demo", "--port", str(base))
    assert outcome.returncode == 2
    assert f"Port {base + 2} is in use" in outcome.stderr
    assert "Traceback" not in outcome.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["demo", "--data", "missing/folder"], "does not exist"),
        (["demo", "--data", "a-file"], "is not a folder"),
        (["ingest", "missing.csv"], "missing.csv"),
        (["dead", "list"], "make demo"),
        (["migrate"], "make demo"),
    ],
)
def test_what_a_person_can_mend_is_said_without_a_traceback(
    tmp_path: Path, arguments: list[str], sentence: str
) -> None:
    (tmp_path / "a-file").touch()
    outcome = langnghe(tmp_path, *arguments)
    assert outcome.returncode == 2
    assert sentence in " ".join(outcome.stderr.split())
    assert "Traceback" not in outcome.stdout + outcome.stderr


def test_a_broken_data_folder_is_one_sentence(tmp_path: Path) -> None:
    broken = tmp_path / ".data" / "postgres" / "pgdata"
    broken.mkdir(parents=True)
    (broken / "PG_VERSION").write_text("9.6\n")
    outcome = langnghe(tmp_path, "demo", "--port", str(five_free_ports()))
    assert outcome.returncode == 2
    assert "Traceback" not in outcome.stderr
    assert ".data" in outcome.stderr
    assert left_running(tmp_path) == []


def test_help_lists_every_command_with_a_sentence(tmp_path: Path) -> None:
    text = langnghe(tmp_path, "--help").stdout
    for command in (
        "demo",
        "ingest",
        "run",
        "migrate",
        "topics",
        "territory",
        "classifier",
        "router",
        "staff",
        "messages",
        "dead",
    ):
        line = next(line for line in text.splitlines() if f" {command} " in line)
        assert len(line.split(command, 1)[1].strip(" │")) > 15


def test_a_demo_that_runs_is_found_by_other_commands(started: tuple["subprocess.Popen[str]", Path, int]) -> None:
    _, folder, base = started
    note = json.loads((folder / ".data" / "environment.json").read_text(encoding="utf-8"))
    assert note["environment"]["LANGNGHE_URL"] == f"http://127.0.0.1:{base}"
    assert (folder / ".data" / "environment.json").stat().st_mode & 0o077 == 0
    outcome = langnghe(folder, "dead", "list")
    assert outcome.returncode == 0
    assert "feedback.submitted.v1.dead" in outcome.stdout
