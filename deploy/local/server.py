"""Hold what the embedded servers have in common: one folder, one lock, fixed ports, a guarded process."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import IO, TYPE_CHECKING, ClassVar, Self

from deploy.local import guard
from deploy.local.errors import LocalError
from deploy.local.ports import LOOPBACK, free_port, is_free

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

_POLL_SECONDS = 0.02
_LOG_KEPT_BYTES = 10_000_000
_UNWANTED_ENVIRONMENT = ("PG", "KAFKA_", "CLASSPATH", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "LC_")


class EmbeddedServer(ABC):
    """Run one server on loopback with its data in one folder, for as long as this program lives.

    The folder is locked by the server process itself, so it is free exactly when nothing runs on it any more: a pid
    left behind by a crash never matters. Methods block; call them from one thread at a time.
    """

    name: ClassVar[str]
    """What a person calls the server."""
    port_names: ClassVar[tuple[str, ...]]
    """The ports it needs; the first is the one that clients use."""
    stop_signal: ClassVar[signal.Signals]
    """What makes it end in good order."""
    orphan_signal: ClassVar[signal.Signals]
    """What it gets from the kernel when its guard is killed."""

    def __init__(self, data_dir: Path, *, port: int, progress: Callable[[str], None] | None) -> None:
        """Prepare to run on ``data_dir``; port 0 means the remembered one, else a free one."""
        self.data_dir = Path(data_dir).absolute()
        self.start_timeout_seconds = 90.0
        self._wanted_port = port
        self._ports: dict[str, int] = {}
        self._guard: subprocess.Popen[bytes] | None = None
        self._pid = 0
        self._progress = progress or (lambda _sentence: None)

    def __enter__(self) -> Self:
        """Start, and give the running server."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop, whatever happened."""
        self.stop()

    @property
    def running(self) -> bool:
        """Whether the process exists (also while it is frozen)."""
        return self._guard is not None and self._guard.poll() is None

    @property
    def pid(self) -> int:
        """The process id of the server itself; LocalError if it is not running."""
        if not self.running:
            message = f"{self.name} is not running."
            raise LocalError(message)
        return self._pid

    @property
    def port(self) -> int:
        """The port that clients use; LocalError before the first start."""
        if not self._ports:
            message = f"{self.name} has no port yet: start it first."
            raise LocalError(message)
        return self._ports[self.port_names[0]]

    def start(self) -> None:
        """Start the server and return when it really answers; LocalError says why it could not."""
        try:
            self._make_folder()
            lock = self._lock()
            try:
                self._ports = self._choose_ports()
                self._prepare(lock)
                self._check_ports()
                with self._open_log() as log:
                    self._guard, self._pid = self._spawn(self._command(), lock=lock, log=log)
                self._write_lock(lock, self._pid)
                self._wait_until_ready()
                self._remember_ports()
            except BaseException:
                self._end_process()
                raise
            finally:
                os.close(lock)
        except OSError as error:
            message = f"{self.name} could not start in {self.data_dir}: {error}."
            raise LocalError(message) from error

    def stop(self, grace_seconds: float = 30.0) -> None:
        """End the server in good order, or by force after the grace; do nothing if it is not running."""
        if self._guard is None:
            return
        if self._guard.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, self.stop_signal)
            guard.signal_tree(self._pid, signal.SIGCONT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._guard.wait(grace_seconds)
        self.kill()

    def kill(self) -> None:
        """End the server at once, as a crash would (SIGKILL, nothing flushed); return when all of it is gone."""
        if self._guard is not None:
            self._end_process()
            self._wait_until_unlocked()

    def freeze(self) -> None:
        """Halt the server and its children without ending them (SIGSTOP): connections stay, nothing answers."""
        guard.signal_tree(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen server go on (SIGCONT)."""
        guard.signal_tree(self.pid, signal.SIGCONT)

    @abstractmethod
    def _prepare(self, lock: int) -> None:
        """Write what the server needs before it can run; it does not run yet."""

    @abstractmethod
    def _command(self) -> list[str]:
        """Give the command line of the server."""

    @abstractmethod
    def _answers(self) -> bool:
        """Say whether the server answers a real request."""

    @property
    @abstractmethod
    def log_path(self) -> Path:
        """The file that says what happened."""

    @property
    def _output_path(self) -> Path:
        """The file that takes what the process prints."""
        return self.log_path

    @property
    def _run_as(self) -> tuple[int, int] | None:
        """The user and group to become, if not the present ones."""
        return None

    @property
    def _environment(self) -> dict[str, str]:
        """The environment of the server: ours, without what would change its behaviour."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith(_UNWANTED_ENVIRONMENT)}
        return kept | {"LC_ALL": "C.UTF-8"}

    def _make_folder(self) -> None:
        if not self.data_dir.parent.is_dir():
            message = f"The folder {self.data_dir.parent} does not exist: create it, or choose another --data."
            raise LocalError(message)
        if self.data_dir.exists() and not self.data_dir.is_dir():
            message = f"{self.data_dir} is a file, not a folder: remove it, or choose another --data."
            raise LocalError(message)
        self.data_dir.mkdir(exist_ok=True)

    def _lock(self) -> int:
        """Take the folder, waiting only for a server whose owner is gone and which is on its way out."""
        lock = os.open(self.data_dir / "server.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        deadline = time.monotonic() + 2 * self._grace_seconds
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = _read_json(self.data_dir / "server.lock")
                if _is_alive(holder.get("owner", 0)) or time.monotonic() > deadline:
                    os.close(lock)
                    pid = holder.get("pid", "not known yet")
                    message = (
                        f"{self.name} is already running on {self.data_dir} (pid {pid}): "
                        "stop it, or use another --data."
                    )
                    raise LocalError(message) from None
                time.sleep(_POLL_SECONDS)
            else:
                self._write_lock(lock, None)
                return lock

    @property
    def _grace_seconds(self) -> float:
        """How long the guard lets an orphaned server take to end in good order."""
        return 15.0

    @staticmethod
    def _write_lock(lock: int, pid: int | None) -> None:
        text = json.dumps({"owner": os.getpid()} | ({} if pid is None else {"pid": pid}))
        os.ftruncate(lock, 0)
        os.pwrite(lock, text.encode(), 0)

    def _end_process(self) -> None:
        if self._guard is None:
            return
        if self._guard.poll() is None:
            guard.signal_tree(self._pid, signal.SIGKILL)
        self._guard.wait()
        self._guard = None

    def _wait_until_unlocked(self) -> None:
        """Wait for the last child of a killed server, which may need a moment to notice."""
        try:
            lock = os.open(self.data_dir / "server.lock", os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return
        try:
            deadline = time.monotonic() + self._grace_seconds
            while time.monotonic() < deadline:
                with contextlib.suppress(BlockingIOError):
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    return
                time.sleep(_POLL_SECONDS)
        finally:
            os.close(lock)

    def _choose_ports(self) -> dict[str, int]:
        remembered = _read_json(self.data_dir / "ports.json") or self._ports
        ports = {name: remembered[name] for name in self.port_names if name in remembered}
        if self._wanted_port:
            ports[self.port_names[0]] = self._wanted_port
        for name in self.port_names:
            if name not in ports:
                ports[name] = free_port(besides=set(ports.values()))
        return ports

    def _check_ports(self) -> None:
        for port in self._ports.values():
            if not is_free(port):
                message = (
                    f"Port {port} on {LOOPBACK}, wanted by {self.name}, is in use by another program: "
                    f"stop that program, name another port, or delete {self.data_dir / 'ports.json'} "
                    "to let a free one be chosen."
                )
                raise LocalError(message)

    def _remember_ports(self) -> None:
        write_atomically(self.data_dir / "ports.json", json.dumps(self._ports) + "\n")

    def _open_log(self) -> IO[bytes]:
        path = self._output_path
        if path.exists() and path.stat().st_size > _LOG_KEPT_BYTES:
            path.replace(path.with_name(path.name + ".1"))
        return path.open("ab")

    def _spawn(
        self,
        command: Sequence[str],
        *,
        lock: int,
        log: IO[bytes],
        stdin: int = subprocess.DEVNULL,
    ) -> tuple[subprocess.Popen[bytes], int]:
        """Run a command under a guard, in a session of its own, holding the folder's lock; give guard and pid."""
        report_read, report_write = os.pipe()
        spec = {
            "command": list(command),
            "owner": os.getpid(),
            "report_fd": report_write,
            "run_as": self._run_as,
            "stop_signal": int(self.stop_signal),
            "orphan_signal": int(self.orphan_signal),
            "grace_seconds": self._grace_seconds,
        }
        try:
            process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(Path(guard.__file__)), json.dumps(spec)],
                stdin=stdin,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.data_dir,
                env=self._environment,
                pass_fds=(lock, report_write),
                start_new_session=True,
            )
        except BaseException:
            os.close(report_read)
            raise
        finally:
            os.close(report_write)
        with os.fdopen(report_read, "rb") as report:
            pid = report.read()
        if not pid:
            process.wait()
            message = f"{self.name} could not start: see {log.name}."
            raise LocalError(message)
        return process, int(pid)

    def _run(self, command: Sequence[str], *, lock: int, stdin: str = "", timeout_seconds: float = 60.0) -> str:
        """Run a helper program of the server to its end and give what it printed; LocalError if it failed."""
        output_path = self.data_dir / "helper.out"
        input_path = self.data_dir / "helper.in"
        input_path.touch(mode=0o600)
        input_path.write_text(stdin, encoding="utf-8")
        try:
            with output_path.open("wb") as output, input_path.open("rb") as given:
                process, pid = self._spawn(command, lock=lock, log=output, stdin=given.fileno())
                try:
                    code = process.wait(timeout_seconds)
                except BaseException:
                    guard.signal_tree(pid, signal.SIGKILL)
                    process.wait()
                    raise
            printed = output_path.read_text(encoding="utf-8", errors="replace")
        except subprocess.TimeoutExpired as error:
            message = (
                f"{Path(command[0]).name} took longer than {timeout_seconds:.0f} s: "
                "try again when the machine is less busy."
            )
            raise LocalError(message) from error
        finally:
            input_path.unlink()
            output_path.unlink(missing_ok=True)
        if code != 0:
            message = f"{self.name} could not be set up in {self.data_dir}: {_last_line(printed)}"
            raise LocalError(message)
        return printed

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + self.start_timeout_seconds
        while not self._answers():
            if not self.running:
                raise LocalError(self._why_it_ended())
            if time.monotonic() > deadline:
                message = f"{self.name} did not answer within {self.start_timeout_seconds:.0f} s: see {self.log_path}."
                raise LocalError(message)
            time.sleep(_POLL_SECONDS)

    def _why_it_ended(self) -> str:
        """Explain an end during the start, from the last serious line of the log."""
        line = ""
        for path in {self._output_path, self.log_path}:
            with contextlib.suppress(OSError):
                text = path.read_text(encoding="utf-8", errors="replace")
                serious = [row for row in text.splitlines() if any(word in row for word in ("FATAL", "PANIC", "ERROR"))]
                line = serious[-1].strip() if serious else line or _last_line(text)
        return (
            f"{self.name} ended while starting ({line}): see {self.log_path}; "
            f"if the data is damaged, move {self.data_dir} away and start again."
        )


def write_atomically(path: Path, text: str, mode: int = 0o644) -> None:
    """Replace a file so that nobody ever sees half of it."""
    new = path.with_name(f".{path.name}.{os.getpid()}")
    new.touch(mode=mode)
    new.write_text(text, encoding="utf-8")
    new.replace(path)


def _read_json(path: Path) -> dict[str, int]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {key: value for key, value in found.items() if isinstance(value, int)} if isinstance(found, dict) else {}


def _is_alive(pid: int) -> bool:
    if pid <= 0:
        # Taken, and not yet said by whom: someone is at the very beginning of a start.
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it printed nothing"
