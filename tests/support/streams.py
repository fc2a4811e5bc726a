"""A topic of a test's own, and a consumer on it, with the real broker."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, TypeVar
from uuid import UUID, uuid4

from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient

from shared.clock import system_clock
from shared.db.outbox import OutboxEntry, entry_of
from shared.events import Event
from shared.kafka.broker import make_broker
from shared.kafka.consume import Apply, BatchConsumer, Streams
from shared.kafka.publish import EventPublisher
from shared.kafka.subscribe import read_batches
from shared.kafka.topics import TopicPlan, create_topics
from shared.observability.tracing import Tracing

AnyEvent = TypeVar("AnyEvent", bound=Event)


class Noted(Event):
    """An event for tests."""

    topic: ClassVar[str] = "noted.v1"
    source: ClassVar[str] = "test"
    summary: ClassVar[str] = "Something was noted."
    note: str


def noted(note: str, *, feedback_id: UUID | None = None) -> Noted:
    """Build an event."""
    return Noted(event_id=uuid4(), feedback_id=feedback_id or uuid4(), occurred_at=system_clock(), note=note)


async def own_topic(bootstrap_servers: str, *, partitions: int = 2) -> type[Noted]:
    """Create a topic and its twin under a name nobody else uses; return the event class bound to it."""
    return await own_topic_of(bootstrap_servers, Noted, partitions=partitions)


async def own_topic_of(bootstrap_servers: str, event: type[AnyEvent], *, partitions: int = 2) -> type[AnyEvent]:
    """Create a topic for an event of ours under a name nobody else uses, and its twin; return the class bound to it."""
    name = f"{event.topic.removesuffix('.v1')}-{uuid4().hex[:8]}.v1"
    plans = [TopicPlan(name, partitions, 1, {}), TopicPlan(f"{name}.dead", 1, 1, {})]
    await create_topics(bootstrap_servers, plans)
    return type(f"Own{event.__name__}", (event,), {"topic": name, "__module__": __name__})


@dataclass
class Running:
    """A running consumer and what it published."""

    consumer: BatchConsumer[Noted]
    publisher: EventPublisher
    seen: list[Noted] = field(default_factory=list)


@contextlib.asynccontextmanager
async def running_consumer(
    bootstrap_servers: str,
    event: type[Noted],
    apply: Apply[Noted],
    *,
    limit: int = 20,
    tracing: Tracing | None = None,
) -> AsyncIterator[Running]:
    """Subscribe exactly as a service does."""
    publisher = EventPublisher(bootstrap_servers, client_id="test", request_timeout_seconds=3)
    streams = Streams(
        publisher=publisher,
        tracing=tracing or Tracing("test", otlp_endpoint=None),
        clock=system_clock,
        consecutive_dead_letters_limit=limit,
    )
    group_id = f"group-of-{event.topic}"
    broker = make_broker(bootstrap_servers, client_id="test")
    consumer = read_batches(broker, streams, event, apply, group_id=group_id, max_records=100)

    await broker.start()
    try:
        yield Running(consumer, publisher)
    finally:
        await broker.stop()
        await publisher.stop()


async def send(bootstrap_servers: str, entries: Sequence[OutboxEntry | Event]) -> None:
    """Publish entries or events."""
    publisher = EventPublisher(bootstrap_servers, client_id="test-sender")
    await publisher.publish([entry_of(e) if isinstance(e, Event) else e for e in entries])
    await publisher.stop()


async def read_all(bootstrap_servers: str, topic: str, *, at_least: int, seconds: float = 20) -> list[OutboxEntry]:
    """Read a topic from its beginning until `at_least` records are there."""
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap_servers, auto_offset_reset="earliest")
    await consumer.start()
    found: list[OutboxEntry] = []
    try:
        async with asyncio.timeout(seconds):
            while len(found) < at_least:
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    found += [OutboxEntry(topic, r.key, r.value, tuple(r.headers)) for r in records]
    finally:
        await consumer.stop()
    return found


async def committed(bootstrap_servers: str, topic: str) -> int:
    """Sum the offsets that the consumer of `running_consumer` committed over a topic's partitions."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await admin.start()
    try:
        offsets = await admin.list_consumer_group_offsets(f"group-of-{topic}")
        return sum(max(0, offset.offset) for partition, offset in offsets.items() if partition.topic == topic)
    finally:
        await admin.close()


async def until(condition: Callable[[], bool | Awaitable[bool]], *, seconds: float = 20, what: str = "it") -> None:
    """Wait for a condition; fails with its name when it does not come true in time."""
    try:
        async with asyncio.timeout(seconds):
            while True:
                outcome = condition()
                if outcome if isinstance(outcome, bool) else await outcome:
                    return
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"{what} did not happen within {seconds} s") from None
