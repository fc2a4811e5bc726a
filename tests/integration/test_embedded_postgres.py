"""The embedded PostgreSQL, really started, killed, frozen and broken."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest

from deploy.local import guard
from deploy.local.errors import LocalError
from deploy.local.postgres_server import EmbeddedPostgres

ROOT = Path(__file__).parents[2]
OWNER = """
import sys, time
from pathlib import Path
from deploy.local.postgres_server import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]))
server.start()
print(server.pid, server.url, flush=True)
if sys.argv[2] == "stay":
    time.sleep(120)
server.stop()
print("stopped", flush=True)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as a person may have it: a space, Vietnamese letters, a quote."""
    folder = tmp_path_factory.mktemp("postgres") / "Lắng Nghe's"
    folder.mkdir()
    return folder


@pytest.fixture(scope="module")
def shared(folder: Path) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(folder / "shared") as server:
        yield server


@pytest.fixture
def postgres(shared: EmbeddedPostgres) -> EmbeddedPostgres:
    """The server of this module, running again if the test before ended it."""
    if not shared.running:
        shared.start()
    return shared


def copy_of(postgres: EmbeddedPostgres, folder: Path) -> EmbeddedPostgres:
    """Copy the data as "cp -r" does: what is copied belongs to who copies."""
    postgres.stop()
    shutil.copytree(postgres.data_dir, folder)
    (folder / "ports.json").unlink()
    return EmbeddedPostgres(folder)


async def value(url: str, query: str) -> object:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""), timeout=10)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


def gone(pid: int) -> bool:
    try:
        return "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except FileNotFoundError:
        return True


def wait_until(condition: Callable[[], bool], *, seconds: float = 20) -> float:
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < seconds, "waited too long"
        time.sleep(0.02)
    return time.monotonic() - started


async def test_what_it_promises_is_how_it_is_set(postgres: EmbeddedPostgres) -> None:
    wanted = {"fsync": "on", "synchronous_commit": "on", "TimeZone": "UTC", "server_encoding": "UTF8"}
    for name, setting in wanted.items():
        assert await value(postgres.url, f"SHOW {name}") == setting
    assert str(await value(postgres.url, "SHOW server_version")).startswith("18.")
    assert await value(postgres.url, "SELECT current_user || ' ' || current_database()") == "langnghe langnghe"
    assert await value(postgres.admin_url, "SELECT usesuper FROM pg_user WHERE usename = current_user") is True
    assert await value(postgres.url, "SELECT upper('đường ngập ở ê đê')") == "ĐƯỜNG NGẬP Ở Ê ĐÊ"
    assert await value(postgres.url, "SHOW listen_addresses") == "127.0.0.1"


async def test_only_the_password_opens_it_and_only_its_owner_reads_the_password(postgres: EmbeddedPostgres) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(host="127.0.0.1", port=postgres.port, user="langnghe", password="guess")  # noqa: S106
    assert stat.S_IMODE((postgres.data_dir / "credentials.json").stat().st_mode) == 0o600


async def test_data_port_and_password_outlive_a_restart_and_a_crash(postgres: EmbeddedPostgres) -> None:
    url = postgres.url
    await value(url, "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS number")
    postgres.stop()
    assert not postgres.running
    again = EmbeddedPostgres(postgres.data_dir)
    again.start()
    assert again.url == url
    assert await value(url, "SELECT count(*) FROM kept") == 1000
    await value(url, "INSERT INTO kept VALUES (1001)")
    # A crash, and a number left behind that by now belongs to somebody else: to this very process.
    again.kill()
    stale = again.data_dir / "pgdata" / "postmaster.pid"
    stale.write_text(stale.read_text(encoding="utf-8").replace(stale.read_text().split()[0], str(os.getpid()), 1))
    postgres.start()
    assert await value(url, "SELECT count(*) FROM kept") == 1001


async def test_a_frozen_server_answers_nothing_until_it_thaws(postgres: EmbeddedPostgres) -> None:
    connection = await asyncpg.connect(postgres.url.replace("+asyncpg", ""))
    postgres.freeze()
    assert postgres.running
    answer = asyncio.ensure_future(connection.fetchval("SELECT 42"))
    done, _ = await asyncio.wait([answer], timeout=1)
    assert not done
    postgres.thaw()
    assert await asyncio.wait_for(answer, 10) == 42
    await connection.close()


def test_a_frozen_server_can_be_stopped(postgres: EmbeddedPostgres) -> None:
    pid = postgres.pid
    postgres.freeze()
    postgres.stop()
    assert gone(pid)


def test_nothing_of_it_is_left_after_a_stop_or_a_kill(postgres: EmbeddedPostgres) -> None:
    for end in (postgres.stop, postgres.kill):
        family = [postgres.pid, *guard.descendants(postgres.pid)]
        assert len(family) > 3
        end()
        assert all(gone(pid) for pid in family)
        postgres.start()


def test_a_second_start_on_the_same_folder_is_refused_and_names_the_first(postgres: EmbeddedPostgres) -> None:
    with pytest.raises(LocalError, match=rf"already running .* \(pid {postgres.pid}\): stop it, or use another --data"):
        EmbeddedPostgres(postgres.data_dir).start()
    assert postgres.running


def test_two_folders_run_side_by_side(postgres: EmbeddedPostgres, folder: Path) -> None:
    with EmbeddedPostgres(folder / "other") as other:
        assert other.port != postgres.port


def test_it_ends_with_a_killed_owner_and_its_folder_can_be_used_at_once(folder: Path) -> None:
    data = folder / "owned"
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, str(data), "stay"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        pid = int(owner.stdout.readline().split()[0])
        assert not gone(pid)
        owner.kill()
        owner.wait()
    with EmbeddedPostgres(data) as successor:
        assert gone(pid)
        assert successor.running


def test_it_ends_with_a_killed_guard(postgres: EmbeddedPostgres) -> None:
    pid = postgres.pid
    parent = int(Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])
    os.kill(parent, signal.SIGKILL)
    wait_until(lambda: gone(pid))
    assert not postgres.running
    postgres.stop()


def test_it_outlives_the_thread_that_started_it(folder: Path) -> None:
    server = EmbeddedPostgres(folder / "threaded")
    thread = threading.Thread(target=server.start)
    thread.start()
    thread.join()
    try:
        # Longer than the guard takes to look after its owner.
        time.sleep(2 * guard.OWNER_CHECK_SECONDS)
        assert server.running
        assert server._answers()
    finally:
        server.stop()


def test_an_ordinary_user_can_run_it(tmp_path: Path) -> None:
    # Root becomes nobody, who may read but owns nothing here except this folder.
    preexec = None
    if os.geteuid() == 0:
        os.chown(tmp_path, 65534, 65534)
        preexec = lambda: guard._become(65534, 65534)  # noqa: E731
    ran = subprocess.run(
        [sys.executable, "-c", OWNER, str(tmp_path / "postgres"), "go"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        preexec_fn=preexec,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.endswith("stopped\n")
    assert (tmp_path / "postgres" / "pgdata").stat().st_uid == (65534 if os.geteuid() == 0 else os.geteuid())


async def test_a_lost_password_file_heals(postgres: EmbeddedPostgres) -> None:
    await value(postgres.url, "CREATE TABLE found_again (number int)")
    postgres.stop()
    (postgres.data_dir / "credentials.json").unlink()
    again = EmbeddedPostgres(postgres.data_dir)
    with again:
        assert await value(again.url, "SELECT count(*) FROM found_again") == 0


async def test_data_copied_by_root_still_starts(postgres: EmbeddedPostgres, folder: Path) -> None:
    with copy_of(postgres, folder / "copy") as copy:
        assert await value(copy.url, "SELECT 1") == 1


def test_a_damaged_folder_is_refused_in_one_sentence(postgres: EmbeddedPostgres, folder: Path) -> None:
    damaged = copy_of(postgres, folder / "damaged")
    pgdata = damaged.data_dir / "pgdata"
    (pgdata / "global" / "pg_control").rename(pgdata / "hidden")
    with pytest.raises(LocalError, match=r"is damaged \(files are missing\): move that folder away") as refused:
        damaged.start()
    assert "\n" not in str(refused.value)
    (pgdata / "hidden").rename(pgdata / "global" / "pg_control")
    (pgdata / "PG_VERSION").write_text("16\n", encoding="ascii")
    with pytest.raises(LocalError, match="was made by PostgreSQL 16, this is 18"):
        damaged.start()
    (pgdata / "PG_VERSION").write_text("18\n", encoding="ascii")
    (pgdata / "global" / "pg_control").write_bytes(b"nonsense")
    with pytest.raises(LocalError, match=r"ended while starting \(.*\): see .*postgres.log"):
        damaged.start()
    assert not damaged.running


def test_an_interrupted_first_start_is_begun_anew(folder: Path) -> None:
    half = folder / "half" / "pgdata.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n", encoding="ascii")
    with EmbeddedPostgres(folder / "half") as server:
        assert server.running


def test_a_port_in_use_is_named(postgres: EmbeddedPostgres) -> None:
    postgres.stop()
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", postgres.port))
        other.listen()
        with pytest.raises(LocalError, match=f"Port {postgres.port} on 127.0.0.1, wanted by PostgreSQL, is in use"):
            postgres.start()
    postgres.start()


def test_a_missing_parent_and_a_file_in_the_way_are_named(folder: Path) -> None:
    with pytest.raises(LocalError, match="nowhere does not exist: create it"):
        EmbeddedPostgres(folder / "nowhere" / "postgres").start()
    (folder / "file").touch()
    with pytest.raises(LocalError, match="is a file, not a folder"):
        EmbeddedPostgres(folder / "file").start()


def test_the_port_asked_for_is_used_and_remembered(postgres: EmbeddedPostgres) -> None:
    postgres.stop()
    wanted = postgres.port + 1
    with EmbeddedPostgres(postgres.data_dir, port=wanted) as server:
        assert server.port == wanted
    assert json.loads((postgres.data_dir / "ports.json").read_text(encoding="utf-8")) == {"client": wanted}
