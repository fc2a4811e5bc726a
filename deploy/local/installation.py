"""One installation on this machine: where its data lies, which servers it uses, and how other commands find it."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.local.errors import LocalError

ROOT = Path(__file__).resolve().parent.parent.parent
DEFAULT_DATA = Path(".data")
ENVIRONMENT_FILE = "environment.json"
TERRITORY = ROOT / "deploy" / "territories" / "daklak"
TOPICS_FILE = ROOT / "deploy" / "topics.yaml"


@dataclass(frozen=True, slots=True)
class Servers:
    """The addresses of the two servers everything needs."""

    database_url: str
    kafka_bootstrap_servers: str

    def environment(self) -> dict[str, str]:
        """Return the variables that point any command at these servers."""
        return {"DATABASE_URL": self.database_url, "KAFKA_BOOTSTRAP_SERVERS": self.kafka_bootstrap_servers}


def given_servers(environment: Mapping[str, str]) -> tuple[str | None, str | None]:
    """Return the database and the broker that the environment names, if it does."""
    return environment.get("DATABASE_URL"), environment.get("KAFKA_BOOTSTRAP_SERVERS")


def prepare_data_folder(data: Path) -> Path:
    """Make the data folder; raises LocalError in one sentence when that cannot be done."""
    data = data.absolute()
    if data.exists() and not data.is_dir():
        raise LocalError(f"{data} is not a folder; move it away or choose another with --data.")
    if not data.parent.is_dir():
        raise LocalError(f"The folder {data.parent} does not exist; make it first or choose another with --data.")
    try:
        data.mkdir(exist_ok=True)
        probe = data / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise LocalError(f"{data} cannot be written ({error.strerror}); choose another folder with --data.") from error
    return data


@contextmanager
def announced(data: Path, environment: Mapping[str, str]) -> Iterator[None]:
    """Leave a note in the data folder, while it runs, that tells other commands where the servers are."""
    note = data / ENVIRONMENT_FILE
    write_private(note, json.dumps({"pid": os.getpid(), "environment": dict(environment)}, indent=2))
    try:
        yield
    finally:
        note.unlink(missing_ok=True)


def use_announced(data: Path = DEFAULT_DATA) -> None:
    """Take the addresses of a demo that runs in this folder, for whatever the environment does not name itself.

    A note whose writer is gone, or that cannot be read, is passed over.
    """
    try:
        note = json.loads((data / ENVIRONMENT_FILE).read_text(encoding="utf-8"))
        os.kill(note["pid"], 0)
    except (OSError, ValueError, LookupError, TypeError):
        return
    for name, value in note["environment"].items():
        os.environ.setdefault(name, value)


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    new.touch(mode=0o600)
    new.write_text(text, encoding="utf-8")
    new.replace(path)
