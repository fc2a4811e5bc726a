"""The outbox relay: publish what transactions left in the outbox, oldest first, and delete what Kafka acknowledged."""

import asyncio

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.db.outbox import Outbox
from shared.kafka.faults import is_surroundings_fault
from shared.kafka.publish import EventPublisher
from shared.observability import metrics

log = structlog.get_logger(__name__)

LONGEST_PAUSE_SECONDS = 10.0
# Rows that come during a rest go together: a round for every commit would cost a busy edge half its throughput. A quiet
# one hardly rests, so that a single report is on its way at once.
REST_SECONDS_PER_ROW = 0.001
LONGEST_REST_SECONDS = 0.1


class OutboxRelay:
    """Empty one service's outbox into Kafka.

    Any number may run: an advisory lock lets one at a time take its turn, so entries of one key keep their order. A
    relay that dies after the acknowledgement and before the delete says things twice; the event ids stay the same.
    """

    def __init__(
        self,
        outbox: Outbox,
        *,
        engine: AsyncEngine,
        publisher: EventPublisher,
        batch_size: int = 250,
        poll_seconds: float = 0.25,
    ) -> None:
        """Tie an outbox to a publisher; `poll_seconds` bounds the wait for rows that another process wrote.

        A larger batch would keep an edge's requests waiting while it is handed to the producer.
        """
        self._outbox = outbox
        self._engine = engine
        self._publisher = publisher
        self._batch_size = batch_size
        self._poll_seconds = poll_seconds
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Tell the relay that a row was just committed."""
        self._woken.set()

    async def run(self) -> None:
        """Relay without end, with growing pauses while database or broker fail."""
        pause = self._poll_seconds
        while True:
            self._woken.clear()
            try:
                relayed = await self.relay_once()
            except Exception as error:
                if not is_surroundings_fault(error):
                    raise
                log.warning(
                    "outbox waits", service=self._outbox.schema, error=type(error).__name__, pause_seconds=pause
                )
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
                continue
            pause = self._poll_seconds
            if relayed == self._batch_size:
                continue
            if relayed:
                await asyncio.sleep(min(relayed * REST_SECONDS_PER_ROW, LONGEST_REST_SECONDS))
            try:
                async with asyncio.timeout(self._poll_seconds):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def relay_once(self) -> int:
        """Publish and delete one batch of the oldest entries; return how many, 0 when another relay has the turn."""
        async with self._engine.begin() as connection:
            if not await self._outbox.take_turn(connection):
                return 0
            records = await self._outbox.oldest(connection, limit=self._batch_size)
            if records:
                await self._publisher.publish([record.entry for record in records])
                await self._outbox.forget(connection, [record.id for record in records])
            return len(records)

    async def measure(self) -> float:
        """Note size and age of the outbox in the metrics and return the age of its oldest row, seconds."""
        age = await self._outbox.oldest_age_seconds(self._engine)
        metrics.OUTBOX_OLDEST_SECONDS.labels(self._outbox.schema).set(age)
        metrics.OUTBOX_ROWS.labels(self._outbox.schema).set(await self._outbox.size(self._engine))
        return age
