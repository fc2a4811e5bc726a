"""The whole system as real processes, with short verbs to feed it, hurt it and count what is left.

    receipt = system.submit("Ổ gà trước cổng chợ")
    system.kill("classifier")
    system.kafka.freeze()
    system.settle()            # everything healed, everything accepted has reached an inbox, nothing happened twice

Every service is its own process on a free port, PostgreSQL and Kafka are embedded ones in a folder of this run, and
between each process and each server lies a wire (tests.support.wire) on which a test can stop one single message.
Processes die with this one.
"""

import asyncio
import csv
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

import asyncpg
import httpx
from aiokafka import AIOKafkaProducer
from prometheus_client.parser import text_string_to_metric_families

from deploy.local.installation import TERRITORY, TOPICS_FILE
from deploy.local.kafka_server import EmbeddedKafka
from deploy.local.migrate import migrate_all
from deploy.local.ports import LOOPBACK, free_port, is_free
from deploy.local.postgres_server import EmbeddedPostgres
from deploy.local.processes import SERVICES, ServiceProcess, Services, port_of
from deploy.local.secrets import load_or_make_secrets
from deploy.local.server import EmbeddedServer
from services.classifier.adapters.corpus import CORPUS
from services.classifier.entrypoints.learning import train_if_stale
from services.router.entrypoints.territory_cli import load_territory_pack
from shared.kafka import topics
from tests.support.ledger import Ledger, Record, read_ledger, read_topics
from tests.support.wire import KafkaWire, PostgresWire, Wire

T = TypeVar("T")
RESIDENT_PHONE = "0900 000 001"
PATIENCE_SECONDS = 60.0
LOOK_AGAIN_SECONDS = 0.05
UNREACHABLE = 0

WORDS = (
    "Ổ gà rất to trước cổng trường, đã có hai em học sinh ngã xe",
    "den duong hem 112 phuong Buon Ma Thuot tat ca tuan nay",
    "Rác ùn ứ gần chợ phường Tuy Hòa đã năm ngày chưa thu gom",
    "mat nuoc 3 ngay roi k co nuoc nau com, xa Quang Phu",
    "Chó thả rông cắn cháu bé ở phường Ea Kao",
    "Hồ sơ cấp đổi sổ đỏ hẹn trả ngày 10 mà nay trễ hai tuần",
)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a client was answered; status 0 when the connection broke before any answer."""

    key: str
    status: int
    tracking_code: str | None = None
    feedback_id: str | None = None

    @property
    def accepted(self) -> bool:
        """Whether the client was told that its words are safe."""
        return self.status in {200, 201}


@dataclass(slots=True)
class Member:
    """One process of the system: its service, its wires, and how its environment differs from the usual one."""

    service: str
    services: Services
    to_postgres: PostgresWire
    to_kafka: KafkaWire
    changed: Mapping[str, str] = field(default_factory=dict)
    log_from: int = 0

    @property
    def running(self) -> ServiceProcess | None:
        """The process, while it lives."""
        process = self.services.running.get(self.service)
        return process if process is not None and process.process.poll() is None else None


class Server:
    """PostgreSQL or Kafka, with the wires that lead to it: when it is gone, they refuse connections as it would."""

    def __init__(self, server: EmbeddedServer) -> None:
        """Take over a server that is not started yet."""
        self.embedded = server
        self.wires: list[Wire] = []
        self._frozen = False

    def start(self) -> None:
        """Start, and let everyone in."""
        self.embedded.start()
        for wire in self.wires:
            wire.plug()

    def stop(self) -> None:
        """End in good order."""
        self.embedded.stop()
        self._leave()

    def kill(self) -> None:
        """End at once, nothing flushed (SIGKILL)."""
        self.embedded.kill()
        self._leave()

    def freeze(self) -> None:
        """Stop every process of it (SIGSTOP): connections stand, nothing is answered."""
        self.embedded.freeze()
        self._frozen = True

    def thaw(self) -> None:
        """Let it go on."""
        if self._frozen:
            self.embedded.thaw()
            self._frozen = False

    def heal(self) -> None:
        """Bring it back, whatever was done to it."""
        self.thaw()
        if not self.embedded.running:
            self.start()

    def _leave(self) -> None:
        self._frozen = False
        for wire in self.wires:
            wire.cut()


class System:
    """The five services, PostgreSQL and Kafka; a context manager."""

    def __init__(self, folder: Path) -> None:
        """Prepare to run in `folder`, which must be empty or made by an earlier System."""
        self.folder = folder
        self.postgres = Server(EmbeddedPostgres(folder / "postgres"))
        self.kafka = Server(EmbeddedKafka(folder / "kafka"))
        self.members: dict[str, Member] = {}
        self._loop = asyncio.new_event_loop()
        self._numbers = count(1)
        self._published: set[str] = set()
        self._reads: Mapping[str, Sequence[str]] = {}
        self._stack = ExitStack()
        self._secrets: Mapping[str, str] = {}

    # --- from nothing to ready, and back ---------------------------------------------------------------------------

    def __enter__(self) -> Self:
        """Start everything; returns when every service is ready."""
        with ExitStack() as stack:
            self._start_loop(stack)
            self._threads = stack.enter_context(ThreadPoolExecutor(24, thread_name_prefix="client"))
            self._http = stack.enter_context(
                httpx.Client(timeout=30, trust_env=False, limits=httpx.Limits(max_keepalive_connections=0))
            )
            for server in (self.postgres, self.kafka):
                stack.callback(server.stop)
            for ready in [self._threads.submit(server.start) for server in (self.postgres, self.kafka)]:
                ready.result()
            self._secrets = load_or_make_secrets(self.folder)
            migrate_all(self.database_url)
            self.create_topics()
            self._run(load_territory_pack(self.database_url, TERRITORY))
            train_if_stale(self.folder / "model", corpus=self._small_corpus())
            stack.callback(self._stop_all)
            for service in SERVICES:
                self._add_member(service, service, port_base=self._free_base())
            for name in self.members:
                self.start(name, wait=False)
            for name in self.members:
                self.wait_ready(name)
            self._reads = {name: self._topics_read(name) for name in self.members}
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop everything, in order."""
        self._stack.close()

    @property
    def database_url(self) -> str:
        """The database's address, without a wire."""
        return self.postgres.embedded.url  # type: ignore[attr-defined,no-any-return]

    @property
    def bootstrap_servers(self) -> str:
        """The broker's address, without a wire."""
        return f"{LOOPBACK}:{self.kafka.embedded.port}"

    def create_topics(self) -> None:
        """Create the topics that are missing, as every start does."""
        self._run(topics.create_topics(self.bootstrap_servers, topics.read_topics(TOPICS_FILE)))

    def _start_loop(self, stack: ExitStack) -> None:
        thread = threading.Thread(target=self._loop.run_forever, name="wires", daemon=True)
        thread.start()

        def end() -> None:
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join()
            self._loop.close()

        stack.callback(end)

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something asynchronous beside the wires and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_SECONDS)

    def _small_corpus(self) -> Path:
        """Take a part of the corpus: these tests ask whether reports arrive, not whether they are understood."""
        corpus = self.folder / "corpus"
        corpus.mkdir(exist_ok=True)
        for file in CORPUS.glob("*.csv"):
            with file.open(encoding="utf-8", newline="") as full:
                rows = list(csv.DictReader(full))
            with (corpus / file.name).open("w", encoding="utf-8", newline="") as part:
                writer = csv.DictWriter(part, fieldnames=list(rows[0]))
                writer.writeheader()
                writer.writerows(rows[::8])
        return corpus

    @staticmethod
    def _free_base() -> int:
        """Find five free ports in a row."""
        for base in range(16_000 + os.getpid() % 1000 * 10, 32_000, 10):
            if all(is_free(port_of(service, base=base)) for service in SERVICES):
                return base
        raise AssertionError("no five free ports in a row")

    def _add_member(self, name: str, service: str, *, port_base: int) -> None:
        to_postgres = PostgresWire(self._loop, port=_free_wire_port(), server_port=self.postgres.embedded.port)
        to_kafka = KafkaWire(self._loop, port=_free_wire_port(), server_port=self.kafka.embedded.port)
        self.postgres.wires.append(to_postgres)
        self.kafka.wires.append(to_kafka)
        to_postgres.plug()
        to_kafka.plug()
        services = Services({}, log_folder=self.folder / "logs" / name, port_base=port_base)
        self.members[name] = Member(service, services, to_postgres, to_kafka)

    def _stop_all(self) -> None:
        for name in self.members:
            self.thaw(name)
        for member in self.members.values():
            if member.running is not None:
                member.running.process.send_signal(signal.SIGTERM)
        for member in self.members.values():
            member.services.stop()
            member.to_postgres.cut()
            member.to_kafka.cut()

    # --- processes -------------------------------------------------------------------------------------------------

    def start(self, name: str, *, wait: bool = True, changed: Mapping[str, str] | None = None) -> None:
        """Start a process; `changed` differs from its usual environment until the test ends."""
        member = self.members[name]
        url = urlsplit(self.database_url)
        member.changed = changed or {}
        member.services.environment = {
            **self._secrets,
            "DATABASE_URL": url._replace(
                netloc=f"{url.username}:{url.password}@{LOOPBACK}:{member.to_postgres.port}"
            ).geturl(),
            "KAFKA_BOOTSTRAP_SERVERS": f"{LOOPBACK}:{member.to_kafka.port}",
            "LANGNGHE_TERRITORY": str(TERRITORY),
            "CLASSIFIER_MODEL_DIR": str(self.folder / "model"),
            "NOTIFIER_JOURNAL": str(self.folder / "messages.jsonl"),
            "DESK_CLASSIFIER_URL": self.url("classifier"),
            "DESK_ROUTER_URL": self.url("router"),
            # Far away: the sweeper must not heal in silence what another part has lost.
            "INTAKE_ANNOUNCE_AGAIN_AFTER_SECONDS": "3600",
            "INTAKE_SWEEP_EVERY_SECONDS": "1",
            "INTAKE_BROKER_CHECK_EVERY_SECONDS": "1",
            **member.changed,
        }
        member.services.start(member.service)
        if wait:
            self.wait_ready(name)

    def wait_ready(self, name: str) -> None:
        """Wait until /ready says yes."""
        member = self.members[name]
        self._run(member.services.wait_ready(member.service, timeout_seconds=PATIENCE_SECONDS - 5))

    def kill(self, name: str, signal_number: int = signal.SIGKILL) -> int:
        """Send a signal, SIGKILL unless another is named, wait for the end and return how it ended."""
        process = self.process(name).process
        process.send_signal(signal_number)
        status = process.wait(PATIENCE_SECONDS)
        self.to_postgres(name).drop()
        self.to_kafka(name).drop()
        return status

    def stop(self, name: str) -> int:
        """Ask a process to drain and end (SIGTERM) and return how it ended."""
        return self.kill(name, signal.SIGTERM)

    def restart(self, name: str, **changed: str) -> None:
        """Stop in good order, if it runs, and start."""
        if self.members[name].running is not None:
            self.stop(name)
        self.start(name, changed=changed)

    def freeze(self, name: str) -> None:
        """Stop a process where it stands (SIGSTOP)."""
        self.process(name).process.send_signal(signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        """Let a frozen process go on."""
        if (running := self.members[name].running) is not None:
            running.process.send_signal(signal.SIGCONT)

    def process(self, name: str) -> ServiceProcess:
        """Return the running process of this name."""
        running = self.members[name].running
        assert running is not None, f"{name} does not run"
        return running

    @contextmanager
    def twin(self, service: str, **changed: str) -> Iterator[str]:
        """Run a second process of a service, beside the first, on the same database and broker; yields its name."""
        name = f"{service}-2"
        if name not in self.members:
            self._add_member(name, service, port_base=self._free_base())
        self.start(name, changed=changed)
        try:
            yield name
        finally:
            self.thaw(name)
            self.members[name].services.stop()

    def to_postgres(self, name: str) -> PostgresWire:
        """Return the wire from a process to PostgreSQL."""
        return self.members[name].to_postgres

    def to_kafka(self, name: str) -> KafkaWire:
        """Return the wire from a process to Kafka."""
        return self.members[name].to_kafka

    def cpu_seconds(self, name: str) -> float:
        """Tell how much processor time a process has used so far."""
        stat = Path(f"/proc/{self.process(name).process.pid}/stat").read_text(encoding="utf-8")
        user, system = stat.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    # --- residents -------------------------------------------------------------------------------------------------

    def submit(self, text: str | None = None, *, key: str | None = None, to: str = "intake") -> Receipt:
        """Hand a report in over HTTP, once; each call says other words unless they are given."""
        number = next(self._numbers)
        key = key or f"key-{number}"
        body = {
            "text": text or f"{WORDS[number % len(WORDS)]} ({number})",
            "channel": "web",
            "contact": {"phone": RESIDENT_PHONE},
        }
        try:
            answer = self._http.post(f"{self.url(to)}/api/v1/feedback", json=body, headers={"Idempotency-Key": key})
        except httpx.TransportError:
            return Receipt(key, UNREACHABLE)
        if not answer.is_success:
            return Receipt(key, answer.status_code)
        receipt = answer.json()
        return Receipt(key, answer.status_code, receipt["tracking_code"], receipt["feedback_id"])

    def submit_many(self, number: int, *, to: str = "intake") -> list[Receipt]:
        """Hand in many reports, eight at a time; every one must be accepted."""
        return [self._accepted(receipt) for receipt in self._threads.map(lambda _: self.submit(to=to), range(number))]

    def submit_until_accepted(self, text: str, *, key: str) -> Receipt:
        """Do what a good client does: the same again under the same key, after a pause, until it is accepted."""
        while not (receipt := self.submit(text, key=key)).accepted:
            time.sleep(LOOK_AGAIN_SECONDS)
        return receipt

    def begin(self, action: Callable[..., T], *arguments: Any, **named: Any) -> "Future[T]":
        """Begin something that will have to wait, such as a submission whose transaction is held."""
        return self._threads.submit(action, *arguments, **named)

    @staticmethod
    def _accepted(receipt: Receipt) -> Receipt:
        assert receipt.accepted, f"not accepted: {receipt}"
        return receipt

    # --- what is said on the wires, in logs and in tables ------------------------------------------------------------

    def publish(
        self,
        topic: str,
        *bodies: bytes,
        keys: Sequence[str] = (),
        headers: Mapping[str, str] | None = None,
        partition: int | None = None,
    ) -> None:
        """Put raw records on a topic, in order, around every service."""

        async def send() -> None:
            producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap_servers, acks="all", linger_ms=50)
            await producer.start()
            try:
                packed = [(name, value.encode()) for name, value in (headers or {}).items()]
                for index, body in enumerate(bodies):
                    key = keys[index].encode() if keys else None
                    await producer.send(topic, body, key=key, partition=partition, headers=packed)
                await producer.flush()
            finally:
                await producer.stop()

        self._published.update(keys)
        self._run(send())

    def records(self, topic: str) -> list[Record]:
        """Read a topic from its beginning to its present end, partition after partition."""
        return self._run(read_topics(self.bootstrap_servers, [topic]))[topic]

    def rows(self, statement: str, *values: Any) -> list[dict[str, Any]]:
        """Query the database as its superuser, past every wire."""

        async def query() -> list[dict[str, Any]]:
            connection = await self.connect()
            try:
                return [dict(row) for row in await connection.fetch(statement, *values)]
            finally:
                await connection.close()

        return self._run(query())

    def one(self, statement: str, *values: Any) -> Any:
        """Query one value."""
        return next(iter(self.rows(statement, *values)[0].values()))

    async def connect(self) -> "asyncpg.Connection[Any]":
        """Open a connection that sees every row."""
        url = urlsplit(self.postgres.embedded.admin_url)  # type: ignore[attr-defined]
        return await asyncpg.connect(url._replace(scheme="postgresql", path=urlsplit(self.database_url).path).geturl())

    def outbox_size(self, service: str) -> int:
        """Count what waits in an outbox."""
        return int(self.one(f"SELECT count(*) FROM {service}.outbox"))  # noqa: S608 a name of ours

    def logged(self, name: str, event: str) -> list[dict[str, Any]]:
        """Return what a process has logged under an event since the test began."""
        return [line for line in self._log(name) if line.get("event") == event]

    def wait_logged(self, name: str, event: str, *, seconds: float = PATIENCE_SECONDS) -> None:
        """Wait until a process logs an event."""
        self.wait_until(lambda: bool(self.logged(name, event)), what=f"{name} logs {event!r}", seconds=seconds)

    def metric(self, name: str, metric: str, **labels: str) -> float:
        """Sum the samples of a metric that carry these labels."""
        text = self.get(name, "/metrics").text
        return sum(
            sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == metric and labels.items() <= sample.labels.items()
        )

    def get(self, name: str, path: str) -> httpx.Response:
        """Ask a service for a page."""
        return self._http.get(self.url(name) + path)

    def url(self, name: str) -> str:
        """Tell where a process listens, when it runs."""
        member = self.members[name]
        return f"http://{LOOPBACK}:{port_of(member.service, base=member.services.port_base)}"

    @staticmethod
    def wait_until(condition: Callable[[], bool], *, what: str, seconds: float = PATIENCE_SECONDS) -> None:
        """Wait for a condition; fails with its name when it does not come true in time."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(f"{what}: not within {seconds:.0f} s")
            time.sleep(LOOK_AGAIN_SECONDS)

    def _log(self, name: str) -> Iterator[dict[str, Any]]:
        member = self.members[name]
        with (self.folder / "logs" / name / f"{member.service}.log").open("rb") as log:
            log.seek(member.log_from)
            for line in log:
                with suppress(ValueError):
                    yield json.loads(line)

    # --- the reckoning ---------------------------------------------------------------------------------------------

    def begin_test(self) -> None:
        """Forget what was logged before."""
        for name, member in self.members.items():
            log = self.folder / "logs" / name / f"{member.service}.log"
            member.log_from = log.stat().st_size if log.exists() else 0

    def heal(self) -> None:
        """Bring back whatever the test took away: servers, processes, their usual environment."""
        self.postgres.heal()
        self.kafka.heal()
        back = []
        for name in SERVICES:
            self.thaw(name)
            member = self.members[name]
            if member.running is not None and (member.changed or self._gave_up(name)):
                self.stop(name)
            if member.running is None:
                self.start(name, wait=False)
                back.append(name)
        for name in back:
            self.wait_ready(name)

    def _gave_up(self, name: str) -> bool:
        """Say whether a consumer of a process has stopped itself, which only a restart ends."""
        try:
            return self.metric(name, "langnghe_consumer_tripped") > 0
        except httpx.TransportError:
            return False  # it is starting: the reckoning waits for it

    def ledger(self) -> Ledger:
        """Count what was accepted, what became of it and what still waits."""

        async def read() -> Ledger:
            connection = await self.connect()
            try:
                return await read_ledger(
                    connection,
                    self.bootstrap_servers,
                    reads=self._reads,
                    published=self._published,
                    journal=self.folder / "messages.jsonl",
                )
            finally:
                await connection.close()

        return self._run(read())

    def reconcile(self, *, dead: int = 0, seconds: float = PATIENCE_SECONDS) -> Ledger:
        """Wait until nothing waits; then accepted = cases + dead letters, and no effect may have happened twice."""
        deadline = time.monotonic() + seconds
        ledger = self.ledger()
        while ledger.waiting and time.monotonic() < deadline:
            time.sleep(LOOK_AGAIN_SECONDS * 4)
            ledger = self.ledger()
        assert not ledger.waiting, f"still waiting after {seconds:.0f} s: {ledger.waiting}"
        assert len(ledger.dead) == dead, f"{len(ledger.dead)} accepted reports are dead letters, expected {dead}"
        assert len(ledger.accepted) == len(ledger.cases) + len(ledger.dead)
        assert not ledger.faults, ledger.faults
        return ledger

    def settle(self, *, dead: int = 0) -> Ledger:
        """Heal and reconcile: what every test ends with."""
        self.heal()
        return self.reconcile(dead=dead)

    def _topics_read(self, name: str) -> Sequence[str]:
        """Return the topics a service reads, by its own event document."""
        operations = self.get(name, "/asyncapi.json").json()["operations"].values()
        return [
            operation["channel"]["$ref"].removeprefix("#/channels/")
            for operation in operations
            if operation["action"] == "receive"
        ]


def _free_wire_port() -> int:
    return free_port(besides=set())
