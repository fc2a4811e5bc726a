"""The outbox: what a transaction wants said, kept beside what it did, until Kafka has acknowledged it."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from sqlalchemy import BigInteger, Column, DateTime, Identity, LargeBinary, MetaData, Table, Text, func, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from shared.events import Event
from shared.observability.tracing import current_traceparent


def outbox_table(metadata: MetaData, schema: str) -> Table:
    """Declare the outbox of one service: rows in the order in which they must be said."""
    return Table(
        "outbox",
        metadata,
        Column("id", BigInteger, Identity(always=True), primary_key=True),
        Column("topic", Text, nullable=False),
        Column("key", LargeBinary, nullable=False),
        Column("body", LargeBinary, nullable=False),
        Column("headers", LargeBinary, nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
        schema=schema,
    )


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """One thing to say: topic, key, body and headers as they go to Kafka."""

    topic: str
    key: bytes
    body: bytes
    headers: tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True)
class OutboxRecord:
    """An entry as stored, with its place in the queue."""

    id: int
    entry: OutboxEntry


def entry_of(event: Event, *, traceparent: str | None = None) -> OutboxEntry:
    """Turn an event into an entry; carries the current trace along unless one is given."""
    headers = [(name, value.encode()) for name, value in event.cloudevents_headers().items()]
    traceparent = traceparent or current_traceparent()
    if traceparent is not None:
        headers.append(("traceparent", traceparent.encode()))
    return OutboxEntry(topic=event.topic, key=event.key(), body=event.to_bytes(), headers=tuple(headers))


class Outbox:
    """The outbox of one service, named by its schema."""

    def __init__(self, schema: str) -> None:
        """Prepare the statements for `schema`."""
        self.schema = schema
        self._insert = text(
            f"INSERT INTO {schema}.outbox (topic, key, body, headers) "  # noqa: S608 the schema is a constant of ours
            "SELECT * FROM unnest(CAST(:topics AS text[]), CAST(:keys AS bytea[]), "
            "CAST(:bodies AS bytea[]), CAST(:headers AS bytea[]))"
        )
        self._oldest = text(
            f"SELECT id, topic, key, body, headers FROM {schema}.outbox ORDER BY id LIMIT :limit"  # noqa: S608
        )
        self._delete = text(f"DELETE FROM {schema}.outbox WHERE id = ANY(CAST(:ids AS bigint[]))")  # noqa: S608
        self._oldest_age = text(
            f"SELECT coalesce((SELECT extract(epoch FROM clock_timestamp() - created_at) FROM {schema}.outbox "  # noqa: S608
            "ORDER BY id LIMIT 1), 0)"
        )
        self._size = text(f"SELECT count(*) FROM (SELECT 1 FROM {schema}.outbox LIMIT :limit) AS rows")  # noqa: S608

    async def add(self, session: AsyncSession | AsyncConnection, entries: Sequence[OutboxEntry]) -> None:
        """Write entries in the caller's transaction, in their order, with one statement."""
        if not entries:
            return
        await session.execute(
            self._insert,
            {
                "topics": [entry.topic for entry in entries],
                "keys": [entry.key for entry in entries],
                "bodies": [entry.body for entry in entries],
                "headers": [_pack(entry.headers) for entry in entries],
            },
        )

    async def take_turn(self, connection: AsyncConnection) -> bool:
        """Become the only relay of this outbox until the transaction ends; say whether that succeeded."""
        turn = await connection.execute(
            text("SELECT pg_try_advisory_xact_lock(hashtext(:name))"), {"name": f"outbox:{self.schema}"}
        )
        return bool(turn.scalar_one())

    async def oldest(self, connection: AsyncConnection, *, limit: int) -> list[OutboxRecord]:
        """Read the oldest entries."""
        rows = await connection.execute(self._oldest, {"limit": limit})
        return [
            OutboxRecord(row.id, OutboxEntry(row.topic, bytes(row.key), bytes(row.body), _unpack(row.headers)))
            for row in rows
        ]

    async def forget(self, connection: AsyncConnection, ids: Sequence[int]) -> None:
        """Delete what Kafka has acknowledged."""
        await connection.execute(self._delete, {"ids": list(ids)})

    async def oldest_age_seconds(self, engine: AsyncEngine) -> float:
        """Tell how long the oldest entry has waited, by the database's clock; 0 when there is none."""
        async with engine.connect() as connection:
            return float((await connection.execute(self._oldest_age)).scalar_one())

    async def size(self, engine: AsyncEngine, *, at_most: int = 100_000) -> int:
        """Count the entries, up to `at_most`."""
        async with engine.connect() as connection:
            return int((await connection.execute(self._size, {"limit": at_most})).scalar_one())


def _pack(headers: tuple[tuple[str, bytes], ...]) -> bytes:
    return orjson.dumps([(name, value.decode()) for name, value in headers])


def _unpack(packed: bytes) -> tuple[tuple[str, bytes], ...]:
    return tuple((name, value.encode()) for name, value in orjson.loads(packed))


__all__ = ["Outbox", "OutboxEntry", "OutboxRecord", "entry_of", "outbox_table"]
