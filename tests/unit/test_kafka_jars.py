"""The pinned jars of Kafka: what may run, and what may not."""

from __future__ import annotations

import hashlib
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from deploy.local.errors import LocalError
from deploy.local.kafka_jars import KAFKA_VERSION, LOCK_PATH, PinnedJar, ensure_jars, format_lock, read_lock


def pinned(name: str, content: bytes) -> PinnedJar:
    return PinnedJar(f"org.example:{name}:1.0", hashlib.sha256(content).hexdigest())


class FakeRegistry:
    """Hand out the given bytes for each jar, and remember what was asked for."""

    def __init__(self, contents: dict[str, bytes]) -> None:
        self.contents = contents
        self.asked: list[str] = []

    def __call__(self, coordinates: str, staging: Path) -> Path:
        self.asked.append(coordinates)
        path = staging / f"{coordinates.split(':')[1]}.download"
        path.write_bytes(self.contents[coordinates])
        return path


def test_the_committed_lock_is_what_writing_it_again_would_give() -> None:
    assert format_lock(read_lock()) == LOCK_PATH.read_text(encoding="utf-8")


def test_the_committed_lock_pins_one_version_of_all_of_kafka_and_names_no_address() -> None:
    jars = read_lock()
    assert {jar.coordinates.split(":")[2] for jar in jars if jar.coordinates.startswith("org.apache.kafka:")} == {
        KAFKA_VERSION
    }
    assert f"org.apache.kafka:kafka-clients:{KAFKA_VERSION}" in {jar.coordinates for jar in jars}
    assert len({jar.file_name for jar in jars}) == len(jars)
    assert not re.search(r"//|https?", LOCK_PATH.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "line",
    [
        "org.example:one:1.0",
        "org.example:one sha256:" + "0" * 64,
        "org.example:one:1.0 sha256:" + "0" * 63,
        "org.example:one:1.0 sha256:" + "G" * 64,
        "org.example:../one:1.0 sha256:" + "0" * 64,
    ],
)
def test_a_line_that_pins_nothing_is_refused_by_its_number(tmp_path: Path, line: str) -> None:
    lock = tmp_path / "lock"
    lock.write_text(f"# a comment\n{line}\n", encoding="utf-8")
    with pytest.raises(LocalError, match="Line 2 of"):
        read_lock(lock)


def test_an_empty_lock_is_refused(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    lock.write_text("# nothing\n", encoding="utf-8")
    with pytest.raises(LocalError, match="pins no jar"):
        read_lock(lock)


def test_missing_jars_are_fetched_once_and_then_kept(tmp_path: Path) -> None:
    jars = [pinned("one", b"1"), pinned("two", b"2")]
    registry = FakeRegistry({jars[0].coordinates: b"1", jars[1].coordinates: b"2"})
    told: list[str] = []
    # Left by one that was killed while it fetched.
    (tmp_path / "new" / "cache" / ".fetch-killed").mkdir(parents=True)
    paths = ensure_jars(tmp_path / "new" / "cache", jars, progress=told.append, download=registry)
    assert [path.read_bytes() for path in paths] == [b"1", b"2"]
    assert paths == ensure_jars(tmp_path / "new" / "cache", jars, download=registry)
    assert sorted(registry.asked) == [jar.coordinates for jar in jars]
    assert len(told) == 2
    assert sorted(path.name for path in paths[0].parent.iterdir()) == [".lock", "one-1.0.jar", "two-1.0.jar"]


def test_a_download_with_other_bytes_is_refused_and_not_kept(tmp_path: Path) -> None:
    jar = pinned("one", b"1")
    with pytest.raises(LocalError, match=r"is not the pinned org\.example:one:1\.0"):
        ensure_jars(tmp_path, [jar], download=FakeRegistry({jar.coordinates: b"evil"}))
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


def test_a_kept_jar_with_other_bytes_is_refused_and_left_as_evidence(tmp_path: Path) -> None:
    jar = pinned("one", b"1")
    (tmp_path / jar.file_name).write_bytes(b"changed since")
    registry = FakeRegistry({jar.coordinates: b"1"})
    with pytest.raises(LocalError, match=r"one-1.0.jar is not the pinned .* delete that file"):
        ensure_jars(tmp_path, [jar], download=registry)
    assert registry.asked == []
    assert (tmp_path / jar.file_name).read_bytes() == b"changed since"


def test_many_at_once_fetch_each_jar_once(tmp_path: Path) -> None:
    contents = {f"org.example:jar{number}:1.0": bytes([number]) for number in range(8)}
    jars = [pinned(f"jar{number}", bytes([number])) for number in range(8)]
    registry = FakeRegistry(contents)
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: ensure_jars(tmp_path, jars, download=registry), range(4)))
    assert all(result == results[0] for result in results)
    assert sorted(registry.asked) == sorted(contents)


def test_a_cache_folder_that_cannot_be_made_says_which_setting_helps(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LocalError, match="set LANGNGHE_CACHE_DIR"):
        ensure_jars(tmp_path / "file" / "cache", [pinned("one", b"1")], download=FakeRegistry({}))
