"""Publish keyed events and wait until Kafka has acknowledged every one of them."""

import asyncio
from collections import Counter
from collections.abc import Sequence

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, KafkaTimeoutError, MessageSizeTooLargeError

from shared.db.outbox import OutboxEntry
from shared.observability import metrics

log = structlog.get_logger(__name__)


class EventPublisher:
    """An idempotent producer with `acks=all` that connects when first needed and again after a fatal error."""

    def __init__(self, bootstrap_servers: str, *, client_id: str, request_timeout_seconds: float = 10.0) -> None:
        """Remember where to connect; nothing is opened yet."""
        self._bootstrap_servers = bootstrap_servers.split(",")
        self._client_id = client_id
        self._request_timeout_seconds = request_timeout_seconds
        self._producer: AIOKafkaProducer | None = None
        self._connecting = asyncio.Lock()

    async def publish(self, entries: Sequence[OutboxEntry]) -> None:
        """Send all entries, keeping their order per key, and return when all are acknowledged.

        Raises KafkaError when any was not; what was acknowledged before stays sent, so the caller sends all again.
        """
        if not entries:
            return
        producer = await self._connected()
        acknowledgements: list[asyncio.Future[object]] = []
        try:
            async with asyncio.timeout(self._request_timeout_seconds * 3):
                acknowledgements.extend(
                    [
                        await producer.send(entry.topic, value=entry.body, key=entry.key, headers=list(entry.headers))
                        for entry in entries
                    ]
                )
                outcomes = await asyncio.gather(*acknowledgements, return_exceptions=True)
        except MessageSizeTooLargeError:
            raise
        except (KafkaError, OSError, TimeoutError) as error:
            await self._start_afresh(producer)
            if isinstance(error, KafkaError):
                raise
            raise KafkaTimeoutError(str(error)) from error
        failed = next((outcome for outcome in outcomes if isinstance(outcome, BaseException)), None)
        if failed is not None:
            # A producer that failed once may have lost its place in the sequence; a new one has none to lose.
            await self._start_afresh(producer)
            raise failed
        for topic, number in Counter(entry.topic for entry in entries).items():
            metrics.PUBLISHED.labels(topic).inc(number)

    async def stop(self) -> None:
        """Flush and close."""
        async with self._connecting:
            producer, self._producer = self._producer, None
        if producer is not None:
            await _close(producer)

    async def _connected(self) -> AIOKafkaProducer:
        async with self._connecting:
            if self._producer is None:
                producer = AIOKafkaProducer(
                    bootstrap_servers=self._bootstrap_servers,
                    client_id=self._client_id,
                    acks="all",
                    enable_idempotence=True,
                    max_batch_size=256 * 1024,
                    request_timeout_ms=int(self._request_timeout_seconds * 1000),
                    metadata_max_age_ms=30_000,
                )
                try:
                    await producer.start()
                except BaseException:
                    await _close(producer)
                    raise
                self._producer = producer
            return self._producer

    async def _start_afresh(self, producer: AIOKafkaProducer) -> None:
        async with self._connecting:
            if self._producer is producer:
                self._producer = None
        await _close(producer)


async def _close(producer: AIOKafkaProducer) -> None:
    try:
        async with asyncio.timeout(5):
            await producer.stop()
    except (KafkaError, OSError, TimeoutError) as error:
        log.warning("producer did not close cleanly", error=type(error).__name__)
