"""The reckoning after a fault: accepted = cases + dead letters + waiting, and no effect happened twice.

Everything is read from where it ends up (tables, topics, the journal of messages), nothing from the services' own
word for it.
"""

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import asyncpg
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from shared.events import (
    EVENTS,
    CaseChanged,
    DeadlinePassed,
    Event,
    FeedbackClassified,
    FeedbackPlaced,
    FeedbackSubmitted,
)
from shared.kafka.dead_letters import DEAD_SUFFIX

Record: TypeAlias = "ConsumerRecord[bytes | None, bytes | None]"

OUTBOXES = ("intake", "router", "notifier", "desk")
LOOK_AGAIN_SECONDS = 0.1

# Each says what must never be: a row that comes back is a fault.
NEVER = {
    "words kept twice": "SELECT text FROM intake.feedback GROUP BY text HAVING count(*) > 1",
    "case opened twice": """
        SELECT feedback_id FROM desk.case_event WHERE action = 'open'
        GROUP BY feedback_id HAVING count(*) > 1 OR min(version) <> 1
    """,
    "case without its opening": """
        SELECT feedback_id FROM desk.case_file f
        WHERE NOT EXISTS (SELECT FROM desk.case_event e WHERE e.feedback_id = f.feedback_id AND e.action = 'open')
    """,
    "steps that are not 1 to n, or another n than the case's": """
        SELECT f.feedback_id FROM desk.case_file f JOIN desk.case_event e USING (feedback_id)
        GROUP BY f.feedback_id, f.version HAVING count(*) <> f.version OR max(e.version) <> f.version
    """,
    "case without the resident's words": """
        SELECT feedback_id FROM desk.case_file f
        WHERE NOT EXISTS (SELECT FROM desk.report r WHERE r.feedback_id = coalesce(f.part_of, f.feedback_id))
    """,
    "part of a report that has no case": """
        SELECT feedback_id FROM desk.case_file p
        WHERE part_of IS NOT NULL AND NOT EXISTS (SELECT FROM desk.case_file f WHERE f.feedback_id = p.part_of)
    """,
    "part that the router knows and the desk does not": """
        SELECT feedback_id FROM router.placement p
        WHERE part_of IS NOT NULL AND NOT EXISTS (SELECT FROM desk.case_file f WHERE f.feedback_id = p.feedback_id)
    """,
    "router and desk differ on a placement": """
        SELECT f.feedback_id FROM desk.case_file f
        LEFT JOIN router.placement place ON place.event_id = f.placed_event_id
        LEFT JOIN router.placement clock ON clock.feedback_id = f.feedback_id AND clock.generation = f.generation
        WHERE (f.placed_unit_code, f.placed_office, f.accept_by, f.resolve_by)
              IS DISTINCT FROM (place.unit_code, place.office, clock.accept_by, clock.resolve_by)
    """,
    "router and intake differ on a placement": """
        SELECT feedback_id FROM intake.placement i LEFT JOIN router.placement p USING (feedback_id, generation)
        WHERE (i.unit_code, i.office, i.accept_by, i.resolve_by)
              IS DISTINCT FROM (p.unit_code, p.office, p.accept_by, p.resolve_by)
    """,
    "classifier and desk differ on a decision": """
        SELECT feedback_id FROM desk.report r JOIN classifier.decision d USING (feedback_id)
        WHERE (r.kind, r.subject, r.urgency, r.model_version)
              IS DISTINCT FROM (d.kind, d.topic, d.urgency, d.model_version)
    """,
    "a step that intake and desk tell differently, or only one of them": """
        SELECT feedback_id, version FROM intake.case_step i FULL JOIN desk.case_event d USING (feedback_id, version)
        WHERE (i.action, i.state) IS DISTINCT FROM (d.action, d.state)
    """,
    "case without its two clocks": """
        SELECT feedback_id FROM desk.case_file f
        WHERE (SELECT count(*) FROM notifier.timer t WHERE t.feedback_id = f.feedback_id) <> 2
    """,
    "resident never told where the report went, or told twice": """
        SELECT feedback_id FROM intake.contact c JOIN desk.case_file USING (feedback_id)
        WHERE (SELECT count(*) FROM notifier.message m
               WHERE m.feedback_id = c.feedback_id AND m.recipient = 'resident' AND m.purpose = 'placed') <> 1
    """,
    "deadline told to the desk that never fired, or the reverse": """
        SELECT event_id FROM notifier.fired f FULL JOIN desk.alarm a USING (event_id)
        WHERE f.feedback_id IS NULL OR a.feedback_id IS NULL
    """,
}

# What makes two records of a topic the same fact: they must then be the same event, word for word.
SAME_FACT: Mapping[type[Event], tuple[str, ...]] = {
    FeedbackSubmitted: ("feedback_id",),
    FeedbackClassified: ("feedback_id",),
    FeedbackPlaced: ("feedback_id", "generation"),
    CaseChanged: ("feedback_id", "version"),
    DeadlinePassed: ("feedback_id", "stage", "level", "generation", "recipient"),
}


@dataclass(frozen=True, slots=True)
class Ledger:
    """What was accepted, what became of it, what still waits and where, and what is wrong."""

    accepted: frozenset[str]
    cases: frozenset[str]
    dead: frozenset[str]
    waiting: Mapping[str, int]
    faults: Sequence[str]


async def read_ledger(
    connection: "asyncpg.Connection[Any]",
    bootstrap_servers: str,
    *,
    reads: Mapping[str, Sequence[str]],
    published: AbstractSet[str],
    journal: Path,
) -> Ledger:
    """Read the books.

    `reads` names the topics that each consumer group reads; `published` are reports that a test put on a topic itself,
    which may have a case that intake knows nothing of.
    """
    waiting = {
        f"{name}: outbox": await connection.fetchval(f"SELECT count(*) FROM {name}.outbox")  # noqa: S608 a constant
        for name in OUTBOXES
    }
    accepted = await _ids(connection, "SELECT feedback_id FROM intake.feedback")
    cases = await _ids(connection, "SELECT feedback_id FROM desk.case_file WHERE part_of IS NULL")
    dead = accepted - cases and (accepted - cases) & await _dead_ids(bootstrap_servers)
    waiting["accepted, and no case"] = len(accepted - cases - dead)
    waiting["case not confirmed to intake"] = await connection.fetchval(
        "SELECT count(*) FROM intake.progress WHERE case_version = 0 AND feedback_id = ANY(CAST($1 AS uuid[]))", cases
    )
    waiting["message on its way"] = await connection.fetchval(
        "SELECT count(*) FROM notifier.message WHERE state = 'queued' AND attempts = 0"
    )
    faults: list[str] = []
    if not any(waiting.values()):
        try:
            waiting |= await _unread(bootstrap_servers, reads)
        except KafkaError:
            # A broker that has just come back may not know its groups yet.
            waiting["groups that the broker does not know yet"] = len(reads)
    if not any(waiting.values()):
        records = await read_topics(bootstrap_servers, [event.topic for event in SAME_FACT])
        faults += [f"case {stranger} of nobody" for stranger in cases - accepted - published]
        faults += [fault async for fault in _faults(connection, records, journal)]
    return Ledger(accepted, cases & accepted, dead, {where: n for where, n in waiting.items() if n}, faults)


async def _dead_ids(bootstrap_servers: str) -> frozenset[str]:
    letters = await read_topics(bootstrap_servers, [topic + DEAD_SUFFIX for topic in EVENTS])
    return frozenset(key_of(letter) for of_topic in letters.values() for letter in of_topic)


def key_of(record: Record) -> str:
    """Return the key of a record as text."""
    return (record.key or b"").decode(errors="replace")


async def read_topics(bootstrap_servers: str, topics: Sequence[str]) -> dict[str, list[Record]]:
    """Read topics from their beginning to their present end, partition after partition."""
    found: dict[TopicPartition, list[Record]] = {}
    async with _reader(bootstrap_servers, topics) as (consumer, partitions):
        ends = await consumer.end_offsets(partitions)
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        while [p for p in partitions if await consumer.position(p) < ends[p]]:
            for partition, records in (await consumer.getmany(timeout_ms=200)).items():
                found.setdefault(partition, []).extend(records)
        return {topic: [r for p in partitions if p.topic == topic for r in found.get(p, ())] for topic in topics}


async def _unread(bootstrap_servers: str, reads: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Count, by group and topic, the records whose offsets are not committed."""
    topics = sorted({topic for topics in reads.values() for topic in topics})
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await admin.start()
    try:
        committed = {group: await admin.list_consumer_group_offsets(group) for group in reads}
    finally:
        await admin.close()
    async with _reader(bootstrap_servers, topics) as (consumer, partitions):
        ends = await consumer.end_offsets(partitions)
    unread: Counter[str] = Counter()
    for group, of_group in reads.items():
        for partition in partitions:
            if partition.topic in of_group:
                done = max(0, committed[group][partition].offset) if partition in committed[group] else 0
                unread[f"{group}: {partition.topic}"] += ends[partition] - done
    return dict(unread)


@asynccontextmanager
async def _reader(
    bootstrap_servers: str, topics: Sequence[str]
) -> AsyncIterator[tuple[AIOKafkaConsumer, list[TopicPartition]]]:
    """Open a consumer of no group, and list the partitions of these topics."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await admin.start()
    try:
        described = await admin.describe_topics(list(topics))
        # A broker that has just made a topic may not know it for a moment.
        while not all(one["partitions"] for one in described):
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
            described = await admin.describe_topics(list(topics))
    finally:
        await admin.close()
    partitions = sorted(
        TopicPartition(one["topic"], part["partition"]) for one in described for part in one["partitions"]
    )
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap_servers)
    await consumer.start()
    try:
        yield consumer, partitions
    finally:
        await consumer.stop()


async def _faults(
    connection: "asyncpg.Connection[Any]", records: Mapping[str, Sequence[Record]], journal: Path
) -> AsyncIterator[str]:
    for name, query in NEVER.items():
        if rows := await connection.fetch(query):
            yield f"{name}: {len(rows)}, for example {dict(rows[0])}"
    for event, identity in SAME_FACT.items():
        said: defaultdict[tuple[str, ...], set[bytes]] = defaultdict(set)
        for record in records[event.topic]:
            try:
                fact = event.from_bytes(record.value or b"")
            except ValueError:
                continue
            said[tuple(str(getattr(fact, name)) for name in identity)].add(record.value or b"")
        differing = [fact for fact, bodies in said.items() if len(bodies) > 1]
        if differing:
            yield f"{event.topic} says one thing in several ways: {len(differing)}, for example {said[differing[0]]}"
    for message_id in _more_than_once(json.loads(line)["message_id"] for line in _lines(journal)):
        yield f"message {message_id} went out twice"


async def _ids(connection: "asyncpg.Connection[Any]", query: str) -> frozenset[str]:
    return frozenset(str(row[0]) for row in await connection.fetch(query))


def _more_than_once(values: Iterable[str]) -> list[str]:
    return [value for value, number in Counter(values).items() if number > 1]


def _lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []
