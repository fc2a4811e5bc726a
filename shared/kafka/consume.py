"""A batch consumer that loses nothing: validate each record, apply, publish what follows, then commit the offsets."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeAlias, TypeVar, cast
from uuid import UUID

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from faststream.kafka import KafkaMessage
from opentelemetry.trace import Span, SpanKind
from pydantic import ValidationError

from shared.clock import Clock
from shared.db.outbox import entry_of
from shared.events import Event
from shared.kafka.dead_letters import DeadRecord, dead_letter, too_many_in_a_row
from shared.kafka.faults import is_surroundings_fault
from shared.kafka.publish import EventPublisher
from shared.observability import metrics
from shared.observability.tracing import Tracing

log = structlog.get_logger(__name__)

In = TypeVar("In", bound=Event)
Apply = Callable[[Sequence[In]], Awaitable[Sequence[Event]]]
Record: TypeAlias = "ConsumerRecord[bytes, bytes]"
Spans: TypeAlias = dict[UUID, tuple[Span | None, str]]

FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 15.0
LAG_TIMEOUT_SECONDS = 5.0


class UnknownEventTypeError(ValueError):
    """A record says that it is another event than its topic's, for example a newer version."""


@dataclass(slots=True)
class Progress:
    """What the health check knows of one subscription."""

    topic: str
    group: str
    lag: int = 0
    moved_at: float = field(default_factory=time.monotonic)
    waiting: str | None = None
    tripped: str | None = None
    busy: bool = False
    consumer: AIOKafkaConsumer | None = None

    def moved(self) -> None:
        """Note that a batch was finished, or that none was waiting."""
        self.moved_at = time.monotonic()

    def still_seconds(self) -> float:
        """Tell how long records have waited without any being finished; 0 when none wait."""
        return time.monotonic() - self.moved_at if self.lag or self.busy else 0.0


@dataclass(frozen=True, slots=True)
class Streams:
    """What the consumers of one service share; `consumer` makes one."""

    publisher: EventPublisher
    tracing: Tracing
    clock: Clock
    consecutive_dead_letters_limit: int
    subscriptions: list[Progress] = field(default_factory=list)

    def consumer(self, event: type[In], apply: Apply[In], *, group_id: str) -> "BatchConsumer[In]":
        """Make the consumer that applies `apply` to batches of `event` for `group_id`."""
        consumer = BatchConsumer(event, apply, group_id=group_id, streams=self)
        self.subscriptions.append(consumer.progress)
        return consumer


class BatchConsumer(Generic[In]):
    """Apply one use case to batches of one event.

    A record that can never succeed goes to the dead-letter topic and the rest goes on. While database or broker fail
    it waits and tries again without end. After too many dead letters in a row it stops itself, with nothing of that
    batch committed or drained away.
    """

    def __init__(self, event: type[In], apply: Apply[In], *, group_id: str, streams: Streams) -> None:
        """Tie one event class to one use case; `Streams.consumer` is the usual way here."""
        self.event = event
        self.progress = Progress(topic=event.topic, group=group_id)
        self._apply = apply
        self._group = group_id
        self._streams = streams
        self._dead_run = 0

    async def __call__(self, message: KafkaMessage) -> None:
        """Handle one FastStream batch message to its end; never raises, because a raise would lose the batch."""
        records = cast("Sequence[Record]", message.raw_message)
        consumer: Any = message.consumer
        self.progress.consumer = consumer
        if not self.progress.lag:
            self.progress.moved()
        self.progress.busy = True
        started = time.perf_counter()
        try:
            done = await self._handle(records)
        except Exception:
            log.exception("consumer failed in a way nobody foresaw", topic=self.event.topic, group_id=self._group)
            done = False
            self.progress.tripped = self.progress.tripped or "unforeseen error, see the log"
        if not done:
            metrics.TRIPPED.labels(self.event.topic, self._group).set(1)
            await consumer.stop()
            return
        await self._commit(message)
        self.progress.busy = False
        self.progress.moved()
        metrics.BATCH_SECONDS.labels(self.event.topic, self._group).observe(time.perf_counter() - started)

    async def _commit(self, message: KafkaMessage) -> None:
        """Commit the offsets; a commit that fails (a partition was given away) leads to a replay, not to a loss."""
        try:
            await message.ack()
        except KafkaError as error:
            metrics.COMMIT_FAILURES.labels(self.event.topic, self._group).inc()
            log.warning("commit failed", topic=self.event.topic, group_id=self._group, error=type(error).__name__)

    async def _handle(self, records: Sequence[Record]) -> bool:
        """Bring a batch to the point where its offsets may be committed; False when the consumer must stop."""
        readable: list[tuple[int, In]] = []
        dead: dict[int, str] = {}
        for index, record in enumerate(records):
            try:
                readable.append((index, self._read(record)))
            except ValueError as error:
                dead[index] = _reason(error)
        spans = self._start_spans(records, readable)
        try:
            outcomes = await self._apply_isolating(readable, dead)
            run, passed = too_many_in_a_row(
                (index in dead for index in range(len(records))),
                run_before=self._dead_run,
                limit=self._streams.consecutive_dead_letters_limit,
            )
            if passed:
                self._trip(first_reason=dead[min(dead)])
                return False
            await self._until_surroundings_answer(lambda: self._publish(records, outcomes, dead, spans))
        finally:
            for span, _ in spans.values():
                if span is not None:
                    span.end()
        self._dead_run = run
        self._count(applied=len(records) - len(dead), dead=len(dead))
        return True

    def _trip(self, *, first_reason: str) -> None:
        limit = self._streams.consecutive_dead_letters_limit
        self.progress.tripped = f"more than {limit} dead letters in a row; mend the cause, then restart the service"
        log.error(
            "consumer stopped, nothing was drained: too many dead letters in a row; mend the cause, then restart",
            topic=self.event.topic,
            group_id=self._group,
            first_reason=first_reason,
        )

    def _read(self, record: Record) -> In:
        event_type = _header(record, "ce_type")
        if event_type is not None and event_type != self.event.topic:
            raise UnknownEventTypeError(f"unknown event type {event_type[:80]}, expected {self.event.topic}")
        return self.event.from_bytes(record.value or b"")

    def _start_spans(self, records: Sequence[Record], readable: Sequence[tuple[int, In]]) -> Spans:
        """Continue the trace of each record, or only carry it on when no spans are made."""
        tracing, name = self._streams.tracing, f"{self._group} {self.event.topic}"
        spans: Spans = {}
        for index, event in readable:
            parent = _header(records[index], "traceparent")
            if event.feedback_id in spans or (parent is None and not tracing.enabled):
                continue
            spans[event.feedback_id] = (
                tracing.start(name, parent=parent, kind=SpanKind.CONSUMER) if tracing.enabled else (None, str(parent))
            )
        if tracing.enabled and spans:
            span, _ = tracing.start(
                f"{name} batch",
                parent=None,
                kind=SpanKind.CONSUMER,
                links=[traceparent for _, traceparent in spans.values()],
                attributes={"messaging.batch.message_count": len(readable)},
            )
            if span is not None:
                span.end()
        return spans

    async def _apply_isolating(self, readable: Sequence[tuple[int, In]], dead: dict[int, str]) -> list[Event]:
        """Apply a batch; when it fails for the data's sake, halve it until each record at fault is alone, in `dead`."""
        if not readable:
            return []
        try:
            return list(await self._until_surroundings_answer(lambda: self._apply([event for _, event in readable])))
        except Exception as error:
            if len(readable) == 1:
                index, event = readable[0]
                dead[index] = _reason(error)
                log.exception(
                    "record cannot be applied",
                    topic=self.event.topic,
                    group_id=self._group,
                    event_id=str(event.event_id),
                )
                return []
        middle = len(readable) // 2
        first = await self._apply_isolating(readable[:middle], dead)
        return first + await self._apply_isolating(readable[middle:], dead)

    async def _until_surroundings_answer(self, attempt: Callable[[], Awaitable[Sequence[Event]]]) -> Sequence[Event]:
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                outcome = await attempt()
            except Exception as error:
                if not is_surroundings_fault(error):
                    raise
                self.progress.waiting = type(error).__name__
                metrics.SURROUNDINGS_FAULTS.labels(self.event.topic, self._group).inc()
                metrics.WAITING.labels(self.event.topic, self._group).set(1)
                log.warning(
                    "surroundings fail, waiting",
                    topic=self.event.topic,
                    group_id=self._group,
                    error=type(error).__name__,
                    pause_seconds=round(pause, 1),
                )
                await asyncio.sleep(pause * random.uniform(0.8, 1.2))  # noqa: S311 jitter, not a secret
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            else:
                if self.progress.waiting is not None:
                    self.progress.waiting = None
                    metrics.WAITING.labels(self.event.topic, self._group).set(0)
                return outcome

    async def _publish(
        self, records: Sequence[Record], outcomes: Sequence[Event], dead: dict[int, str], spans: Spans
    ) -> Sequence[Event]:
        """Publish what follows from a batch, and its dead letters."""
        now = self._streams.clock()
        entries = [
            entry_of(event, traceparent=spans[event.feedback_id][1] if event.feedback_id in spans else None)
            for event in outcomes
        ]
        entries += [
            dead_letter(DeadRecord(records[index], dead[index]), group=self._group, at=now) for index in sorted(dead)
        ]
        await self._streams.publisher.publish(entries)
        return ()

    def _count(self, *, applied: int, dead: int) -> None:
        metrics.RECORDS.labels(self.event.topic, self._group, "applied").inc(applied)
        if dead:
            metrics.RECORDS.labels(self.event.topic, self._group, "dead").inc(dead)
            log.warning("dead letters", topic=self.event.topic, group_id=self._group, count=dead)


async def measure_lag(progress: Progress) -> None:
    """Ask the broker how many records a group has not committed and note it; a broker that is away changes nothing."""
    consumer = progress.consumer
    if consumer is None:
        return
    try:
        async with asyncio.timeout(LAG_TIMEOUT_SECONDS):
            assigned: list[TopicPartition] = list(consumer.assignment())
            ends = await consumer.end_offsets(assigned) if assigned else {}
            firsts = await consumer.beginning_offsets(assigned) if assigned else {}
            done = {one: max(firsts[one], await consumer.committed(one) or 0) for one in assigned}
            progress.lag = sum(max(0, ends[one] - done[one]) for one in assigned)
    except (KafkaError, TimeoutError) as error:
        log.debug("lag unknown", topic=progress.topic, error=type(error).__name__)
        return
    if progress.lag == 0 and not progress.busy:
        progress.moved()
    metrics.LAG.labels(progress.topic, progress.group).set(progress.lag)


def _header(record: Record, wanted: str) -> str | None:
    value = next((value for name, value in record.headers if name == wanted), None)
    return None if value is None else value.decode("ascii", "replace")


def _reason(error: Exception) -> str:
    """Say why, without quoting what a resident wrote."""
    if isinstance(error, ValidationError):
        faults = error.errors(include_input=False, include_url=False, include_context=False)
        return "; ".join(f"{'.'.join(map(str, fault['loc'])) or 'body'}: {fault['msg']}" for fault in faults[:5])
    if isinstance(error, UnknownEventTypeError):
        return str(error)
    return type(error).__name__
