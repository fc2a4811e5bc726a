"""Look at dead letters and decide: say them again to the topic they came from, or let them go.

What was decided is deleted from the dead-letter topic: a letter that is there waits for a decision.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from shared.kafka.dead_letters import DEAD_SUFFIX, revived
from shared.kafka.publish import EventPublisher

READ_TIMEOUT_MS = 2000


@dataclass(frozen=True, slots=True)
class DeadCount:
    """How many letters of a dead-letter topic wait for a decision."""

    topic: str
    waiting: int


class NoSuchTopicError(Exception):
    """There is no dead-letter topic of this name; the message lists those there are."""


class DeadLetters:
    """The dead-letter topics of one broker."""

    def __init__(self, bootstrap_servers: str) -> None:
        """Remember where the broker is."""
        self._bootstrap_servers = bootstrap_servers

    async def counts(self) -> list[DeadCount]:
        """Count the waiting letters of every dead-letter topic, by topic name."""
        async with self._consumer() as consumer:
            topics = await self._topics()
            spans = [await _open(consumer, partitions) for partitions in topics.values()]
            return [
                DeadCount(topic, sum(end - start for start, end in span.values()))
                for topic, span in zip(topics, spans, strict=True)
            ]

    async def waiting(self, topic: str, *, limit: int) -> "list[ConsumerRecord[bytes, bytes]]":
        """Read the oldest waiting letters of a topic; raises NoSuchTopicError when there is none of that name."""
        async with self._consumer() as consumer:
            return await self._read(consumer, await self._partitions(topic), limit=limit)

    async def retry(self, topic: str, *, limit: int) -> int:
        """Say the oldest letters again to the topic they came from, in order; return how many."""
        return await self._decide(topic, limit=limit, say_again=True)

    async def drop(self, topic: str, *, limit: int) -> int:
        """Let the oldest letters go; return how many."""
        return await self._decide(topic, limit=limit, say_again=False)

    async def _decide(self, topic: str, *, limit: int, say_again: bool) -> int:
        async with self._consumer() as consumer:
            records = await self._read(consumer, await self._partitions(topic), limit=limit)
            if say_again:
                publisher = EventPublisher(self._bootstrap_servers, client_id="langnghe-dead-letters")
                try:
                    await publisher.publish([revived(record) for record in records])
                finally:
                    await publisher.stop()
        decided = {TopicPartition(r.topic, r.partition): RecordsToDelete(r.offset + 1) for r in records}
        if decided:
            async with self._admin() as admin:
                await admin.delete_records(decided)
        return len(records)

    async def _topics(self) -> dict[str, list[TopicPartition]]:
        """Return every dead-letter topic with its partitions, by name."""
        async with self._admin() as admin:
            names = sorted(name for name in await admin.list_topics() if name.endswith(DEAD_SUFFIX))
            described = await admin.describe_topics(names) if names else []
        return {
            topic["topic"]: sorted(TopicPartition(topic["topic"], part["partition"]) for part in topic["partitions"])
            for topic in sorted(described, key=lambda topic: str(topic["topic"]))
        }

    async def _partitions(self, topic: str) -> list[TopicPartition]:
        name = topic if topic.endswith(DEAD_SUFFIX) else topic + DEAD_SUFFIX
        topics = await self._topics()
        if name not in topics:
            raise NoSuchTopicError(f"there is no topic {name}; there is {', '.join(topics) or 'none at all'}")
        return topics[name]

    async def _read(
        self, consumer: AIOKafkaConsumer, partitions: list[TopicPartition], *, limit: int
    ) -> "list[ConsumerRecord[bytes, bytes]]":
        spans = await _open(consumer, partitions)
        consumer.assign(partitions)
        records: list[ConsumerRecord[bytes, bytes]] = []
        for partition, (start, end) in spans.items():
            consumer.seek(partition, start)
            wanted = min(end - start, limit - len(records))
            while wanted > 0:
                batch = await consumer.getmany(partition, timeout_ms=READ_TIMEOUT_MS, max_records=wanted)
                got = batch.get(partition, [])
                if not got:
                    break
                records += got
                wanted -= len(got)
        return records

    @asynccontextmanager
    async def _admin(self) -> AsyncIterator[AIOKafkaAdminClient]:
        admin = AIOKafkaAdminClient(bootstrap_servers=self._bootstrap_servers.split(","))
        await admin.start()
        try:
            yield admin
        finally:
            await admin.close()

    @asynccontextmanager
    async def _consumer(self) -> AsyncIterator[AIOKafkaConsumer]:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap_servers.split(","),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
        )
        await consumer.start()
        try:
            yield consumer
        finally:
            await consumer.stop()


async def _open(consumer: AIOKafkaConsumer, partitions: list[TopicPartition]) -> dict[TopicPartition, tuple[int, int]]:
    """Return, per partition, the offset of the oldest letter and the end."""
    first = await consumer.beginning_offsets(partitions)
    end = await consumer.end_offsets(partitions)
    return {partition: (first[partition], end[partition]) for partition in partitions}
