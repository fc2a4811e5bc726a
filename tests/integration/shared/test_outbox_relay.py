"""The outbox and its relay, on a real database and a real broker."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest
from sqlalchemy import MetaData, text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.db.outbox import Outbox, OutboxEntry, entry_of, outbox_table
from shared.db.unit_of_work import unit_of_work
from shared.kafka.publish import EventPublisher
from shared.kafka.relay import OutboxRelay
from tests.support.streams import noted, own_topic, read_all, until


@pytest.fixture
async def outbox(engine: AsyncEngine) -> Outbox:
    """Create the schema and the table of an outbox."""
    metadata = MetaData()
    outbox_table(metadata, "intake")
    async with engine.begin() as connection:
        await connection.execute(text("CREATE SCHEMA intake"))
        await connection.run_sync(metadata.create_all)
    return Outbox("intake")


@pytest.fixture
async def publisher(kafka_bootstrap_servers: str) -> AsyncIterator[EventPublisher]:
    """Open a publisher."""
    publisher = EventPublisher(kafka_bootstrap_servers, client_id="test")
    yield publisher
    await publisher.stop()


async def write(engine: AsyncEngine, outbox: Outbox, entries: list[OutboxEntry]) -> None:
    """Write entries in one transaction, as a use case does."""
    async with unit_of_work(engine, lambda session: session)() as session:
        await outbox.add(session, entries)


async def test_what_was_committed_is_published_in_order_and_deleted(
    engine: AsyncEngine, outbox: Outbox, publisher: EventPublisher, kafka_bootstrap_servers: str
) -> None:
    event = await own_topic(kafka_bootstrap_servers, partitions=1)
    entries = [
        entry_of(event(**noted(f"{n}").model_dump()), traceparent=f"00-{n:032x}-{1:016x}-01") for n in range(1, 30)
    ]
    await write(engine, outbox, entries)
    relay = OutboxRelay(outbox, engine=engine, publisher=publisher, batch_size=10)
    assert [await relay.relay_once() for _ in range(4)] == [10, 10, 9, 0]
    assert await read_all(kafka_bootstrap_servers, event.topic, at_least=29) == entries
    assert await outbox.size(engine) == 0
    assert await relay.measure() == 0


async def test_what_was_rolled_back_is_never_said(engine: AsyncEngine, outbox: Outbox) -> None:
    async def fail_after_writing() -> None:
        async with unit_of_work(engine, lambda session: session)() as session:
            await outbox.add(session, [entry_of(noted("never"))])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail_after_writing()
    assert await outbox.size(engine) == 0


async def test_two_relays_on_one_outbox_lose_nothing_and_keep_each_case_in_order(
    engine: AsyncEngine, outbox: Outbox, kafka_bootstrap_servers: str
) -> None:
    event = await own_topic(kafka_bootstrap_servers, partitions=3)
    cases: list[UUID] = [uuid4() for _ in range(7)]
    entries = [entry_of(event(**noted(f"{n}", feedback_id=cases[n % 7]).model_dump())) for n in range(700)]
    publishers = [EventPublisher(kafka_bootstrap_servers, client_id=f"relay-{n}") for n in range(2)]
    relays = [OutboxRelay(outbox, engine=engine, publisher=p, batch_size=20, poll_seconds=0.01) for p in publishers]
    running = [asyncio.create_task(relay.run()) for relay in relays]
    for start in range(0, 700, 50):
        await write(engine, outbox, entries[start : start + 50])
    said = await read_all(kafka_bootstrap_servers, event.topic, at_least=700)
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    for publisher in publishers:
        await publisher.stop()
    assert len(said) == 700
    for case in cases:
        key = str(case).encode()
        assert [e.body for e in said if e.key == key] == [e.body for e in entries if e.key == key]


async def test_a_relay_that_died_before_the_delete_says_the_same_ids_again(
    engine: AsyncEngine, outbox: Outbox, publisher: EventPublisher, kafka_bootstrap_servers: str
) -> None:
    event = await own_topic(kafka_bootstrap_servers, partitions=1)
    entry = entry_of(event(**noted("twice").model_dump()))
    await write(engine, outbox, [entry])
    async with engine.begin() as connection:
        await publisher.publish([record.entry for record in await outbox.oldest(connection, limit=10)])
    assert await OutboxRelay(outbox, engine=engine, publisher=publisher).relay_once() == 1
    assert await read_all(kafka_bootstrap_servers, event.topic, at_least=2) == [entry, entry]


async def test_the_outbox_waits_while_the_broker_is_away_and_says_how_long(engine: AsyncEngine, outbox: Outbox) -> None:
    nowhere = EventPublisher("127.0.0.1:9", client_id="test", request_timeout_seconds=1)
    relay = OutboxRelay(outbox, engine=engine, publisher=nowhere, poll_seconds=0.01)
    await write(engine, outbox, [entry_of(noted("patient"))])
    running = asyncio.create_task(relay.run())

    async def waited() -> bool:
        return await relay.measure() > 0.5

    await until(waited, what="the wait")
    assert not running.done()
    assert await outbox.size(engine) == 1
    running.cancel()
