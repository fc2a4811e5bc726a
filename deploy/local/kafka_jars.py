"""Fetch the jars of Apache Kafka once, and never run one that is not the pinned one.

``python -m deploy.local.kafka_jars`` resolves the coordinates anew and rewrites kafka_jars.lock.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.local.errors import LocalError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

KAFKA_VERSION = "4.3.1"
# Without the "!" the logging project's list of versions would also govern Kafka's own dependencies, and an older
# kafka-clients would be chosen, with which the broker dies (NoSuchMethodError).
COORDINATES = f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}+org.apache.logging.log4j:log4j-slf4j-impl:2.24.3!"
LOCK_PATH = Path(__file__).with_name("kafka_jars.lock")
_HEADER = f"""\
# The jars of Apache Kafka {KAFKA_VERSION}: group:artifact:version sha256:digest, one a line, sorted.
# Resolved from {COORDINATES}
# Made by: python -m deploy.local.kafka_jars
"""
_COORDINATE_PARTS = 3
_DIGEST_LENGTH = 64
_SHOWN_DIGITS = 12
_DOWNLOADS_AT_ONCE = 4


@dataclass(frozen=True, slots=True, order=True)
class PinnedJar:
    """Name one jar and say what its bytes must be."""

    coordinates: str
    """group:artifact:version"""
    sha256: str
    """64 hexadecimal digits"""

    @property
    def file_name(self) -> str:
        """The name under which it is kept."""
        _, artifact, version = self.coordinates.split(":")
        return f"{artifact}-{version}.jar"


def cache_dir() -> Path:
    """Give the folder that all checkouts share: LANGNGHE_CACHE_DIR, or langnghe in the user's cache."""
    override = os.environ.get("LANGNGHE_CACHE_DIR")
    return Path(override).absolute() if override else Path.home() / ".cache" / "langnghe"


def default_jars_dir() -> Path:
    """Give the folder of the jars of this version of Kafka."""
    return cache_dir() / f"kafka-{KAFKA_VERSION}"


def read_lock(path: Path = LOCK_PATH) -> tuple[PinnedJar, ...]:
    """Read the pinned jars, sorted; LocalError names the line that is not one."""
    jars = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line or line.startswith("#"):
            continue
        coordinates, _, digest = line.partition(" sha256:")
        whole = coordinates.count(":") == _COORDINATE_PARTS - 1 and "/" not in coordinates
        if not (whole and len(digest) == _DIGEST_LENGTH and set(digest) <= set("0123456789abcdef")):
            message = f"Line {number} of {path} is not 'group:artifact:version sha256:digest': restore the file."
            raise LocalError(message)
        jars.append(PinnedJar(coordinates, digest))
    if not jars:
        message = f"{path} pins no jar: restore the file."
        raise LocalError(message)
    return tuple(sorted(jars))


def format_lock(jars: Sequence[PinnedJar]) -> str:
    """Write the pinned jars as text."""
    return _HEADER + "".join(f"{jar.coordinates} sha256:{jar.sha256}\n" for jar in sorted(jars))


def ensure_jars(
    jars_dir: Path,
    jars: Sequence[PinnedJar],
    *,
    progress: Callable[[str], None] | None = None,
    download: Callable[[str, Path], Path] | None = None,
) -> list[Path]:
    """Return the paths of all jars, each hashed just now (0.1 s), fetching those that are not there.

    ``download`` takes a jar's coordinates and a folder to put it in; jgo does it unless told otherwise.

    Several processes may do this on one folder at once: one fetches, the others wait. A jar whose bytes are not the
    pinned ones is never replaced silently: LocalError says which and what to do.
    """
    if any(not (jars_dir / jar.file_name).exists() for jar in jars):
        with folder_lock(jars_dir):
            missing = [jar for jar in jars if not (jars_dir / jar.file_name).exists()]
            _fetch(missing, jars_dir, progress or (lambda _sentence: None), download or _download)
    return [_verified(jars_dir / jar.file_name, jar) for jar in jars]


@contextlib.contextmanager
def folder_lock(folder: Path) -> Iterator[None]:
    """Hold the folder against other processes, making it if need be; wait for whoever holds it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        message = f"{folder} cannot be written ({error.strerror}): set LANGNGHE_CACHE_DIR to a folder that can."
        raise LocalError(message) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        # Whoever made these held the lock, and was killed.
        for left in (*folder.glob(".fetch-*"), *folder.glob(".train-*")):
            shutil.rmtree(left, ignore_errors=True)
        yield
    finally:
        os.close(lock)


def regenerate(lock_path: Path = LOCK_PATH) -> tuple[PinnedJar, ...]:
    """Resolve the coordinates, fetch every jar, and write the lock anew."""
    with tempfile.TemporaryDirectory() as staging:
        names = _resolve()
        jars = tuple(PinnedJar(name, _sha256(_download(name, Path(staging)))) for name in sorted(names))
    lock_path.write_text(format_lock(jars), encoding="utf-8")
    return jars


def _verified(path: Path, jar: PinnedJar) -> Path:
    found = _sha256(path)
    if found != jar.sha256:
        message = (
            f"{path} is not the pinned {jar.coordinates} (sha256 {found[:_SHOWN_DIGITS]}..., kafka_jars.lock says "
            f"{jar.sha256[:_SHOWN_DIGITS]}...): delete that file and start again to fetch it anew; "
            "if that does not help, do not use it."
        )
        raise LocalError(message)
    return path


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fetch(
    jars: Sequence[PinnedJar],
    jars_dir: Path,
    progress: Callable[[str], None],
    download: Callable[[str, Path], Path],
) -> None:
    """Fetch into a folder beside, check, and move each jar to its place in one step."""
    with (
        tempfile.TemporaryDirectory(prefix=".fetch-", dir=jars_dir) as staging,
        ThreadPoolExecutor(_DOWNLOADS_AT_ONCE) as pool,
    ):
        waiting = {pool.submit(download, jar.coordinates, Path(staging)): jar for jar in jars}
        try:
            for done, future in enumerate(as_completed(waiting), start=1):
                jar = waiting[future]
                _verified(future.result(), jar).replace(jars_dir / jar.file_name)
                progress(f"Fetched {done} of {len(jars)} jars of Apache Kafka {KAFKA_VERSION}")
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _resolve() -> set[str]:
    """Ask jgo which jars the coordinates need, as group:artifact:version."""
    try:
        import jgo  # noqa: PLC0415 (an optional extra)
    except ImportError as error:
        raise LocalError(_NO_JGO) from error
    return {f"{jar.groupId}:{jar.artifactId}:{jar.version}" for jar in jgo.resolve(COORDINATES)}


def _download(coordinates: str, staging: Path) -> Path:
    """Fetch one jar by its coordinates with jgo, whatever else the user's own repository holds."""
    try:
        from jgo.maven import MavenContext  # noqa: PLC0415 (an optional extra)
    except ImportError as error:
        raise LocalError(_NO_JGO) from error
    group, artifact, version = coordinates.split(":")
    try:
        maven = MavenContext(repo_cache=staging, local_repos=[], timeout=60)
        return maven.project(group, artifact).at_version(version).artifact().resolve()
    except (RuntimeError, OSError) as error:
        # Not the library's own words: they hold addresses and tracebacks' worth of detail.
        message = (
            f"The jar {coordinates} could not be fetched ({type(error).__name__}): the first start needs the network; "
            "try again, or set KAFKA_BOOTSTRAP_SERVERS to a Kafka that runs already."
        )
        raise LocalError(message) from error


_NO_JGO = "The embedded Kafka is not installed (package jgo): run make setup, or set KAFKA_BOOTSTRAP_SERVERS."


if __name__ == "__main__":
    print(f"Pinned {len(regenerate())} jars in {LOCK_PATH.name}.")
    sys.exit(0)
