"""Placing against a real PostgreSQL: one row per feedback, the same answer for ever."""

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.router.adapters.reference import ReferenceWatcher
from services.router.adapters.store import Store
from services.router.adapters.tables import METADATA, SCHEMA
from services.router.usecases.load_territory import LoadTerritory
from services.router.usecases.place_feedback import PlaceFeedback
from services.router.usecases.ports import ReferenceMissingError
from shared.events import FeedbackPlaced, Pin, PlaceGiven
from shared.kafka.faults import is_surroundings_fault
from tests.support.events import feedback_classified
from tests.support.placing import pack, pack_sets
from tests.support.streams import until

NOW = datetime(2026, 11, 17, 1, 30, 5, 123456, tzinfo=UTC)


@pytest.fixture
async def watcher(router_engine: AsyncEngine, store: Store) -> ReferenceWatcher:
    await LoadTerritory(store.open_references)(list(pack_sets().values()))
    return ReferenceWatcher(router_engine, every_seconds=0.05)


@pytest.fixture
def place_feedback(watcher: ReferenceWatcher, store: Store) -> PlaceFeedback:
    return PlaceFeedback(watcher.current, store.open_placements, lambda: NOW)


async def count(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        return int((await connection.execute(text("SELECT count(*) FROM router.placement"))).scalar_one())


async def test_the_migrations_make_the_tables_that_the_code_declares(router_engine: AsyncEngine) -> None:
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_schemas": True,
                "include_name": lambda name, kind, _: kind != "schema" or name == SCHEMA,
                "version_table_schema": SCHEMA,
                "compare_type": True,
            },
        )
        return list(compare_metadata(context, METADATA))

    async with router_engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_a_batch_is_stored_with_everything_that_led_to_it(
    router_engine: AsyncEngine, place_feedback: PlaceFeedback
) -> None:
    unit = pack().unit("24133")
    batch = [
        feedback_classified(text="ổ gà ở xã Ea Kar"),
        feedback_classified(place=PlaceGiven(pin=Pin(lat=unit.lat, lon=unit.lon))),
        feedback_classified(place=PlaceGiven(text="xã Ea Bia")),
    ]
    placed = await place_feedback(batch)
    async with router_engine.connect() as connection:
        rows = {row.feedback_id: row for row in await connection.execute(text("SELECT * FROM router.placement"))}
    assert len(rows) == 3
    for cause, event in zip(batch, placed, strict=True):
        row = rows[event.feedback_id]._mapping
        for name in set(FeedbackPlaced.model_fields) - {"alternatives", "occurred_at"}:
            assert row[name] == getattr(event, name), name
        assert row["alternatives"] == [other.model_dump() for other in event.alternatives]
        assert (row["placed_at"], row["cause_id"]) == (NOW, cause.event_id)
        assert (row["office_rule"], row["deadline_rule"]) == ("lead_office", "normal")
        assert row["units_version"]


async def test_a_replay_returns_the_stored_events_to_the_letter(
    router_engine: AsyncEngine, watcher: ReferenceWatcher, store: Store, place_feedback: PlaceFeedback
) -> None:
    batch = [feedback_classified(place=PlaceGiven(text=name)) for name in ("xã Ea Kar", "xã Ea Bia", "đâu đó")]
    first = await place_feedback(batch)
    later = PlaceFeedback(watcher.current, store.open_placements, lambda: NOW + timedelta(days=1))
    more = feedback_classified()
    again = await later([*batch, more])
    assert [event.to_bytes() for event in again[:3]] == [event.to_bytes() for event in first]
    assert again[3].occurred_at == NOW + timedelta(days=1)
    assert await count(router_engine) == 4


async def test_two_routers_placing_the_same_feedback_at_once_agree(
    router_engine: AsyncEngine, place_feedback: PlaceFeedback
) -> None:
    batch = [feedback_classified() for _ in range(200)]
    outcomes = await asyncio.gather(*(place_feedback(batch) for _ in range(4)))
    assert all(outcome == outcomes[0] for outcome in outcomes)
    assert await count(router_engine) == 200


@pytest.mark.parametrize("backwards", [False, True])
async def test_two_routers_with_the_same_feedback_in_another_order_do_not_wait_for_each_other(
    router_engine: AsyncEngine, place_feedback: PlaceFeedback, store: Store, backwards: bool
) -> None:
    first, last = (feedback_classified(feedback_id=UUID(int=number)) for number in (1, 2))

    async def blocked() -> bool:
        waiting = text(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        async with router_engine.connect() as connection:
            return bool((await connection.execute(waiting)).scalar_one())

    other = PlaceFeedback(place_feedback.current_reference, lambda: contextlib.nullcontext(held), lambda: NOW)
    async with store.open_placements() as held:
        await other([first])
        placing = asyncio.create_task(place_feedback([last, first] if backwards else [first, last]))
        await until(blocked, what="the wait of the second router for the first")
        await other([last])
    assert {event.feedback_id for event in await placing} == {first.feedback_id, last.feedback_id}
    assert await count(router_engine) == 2


async def test_one_feedback_twice_in_a_batch_is_one_row(
    router_engine: AsyncEngine, place_feedback: PlaceFeedback
) -> None:
    feedback_id = uuid4()
    one, other = await place_feedback([feedback_classified(feedback_id=feedback_id) for _ in range(2)])
    assert one == other
    assert await count(router_engine) == 1


async def test_an_empty_batch_does_nothing(router_engine: AsyncEngine, place_feedback: PlaceFeedback) -> None:
    assert await place_feedback([]) == []
    assert await count(router_engine) == 0


async def test_without_a_territory_the_consumer_waits_instead_of_losing_records(
    router_engine: AsyncEngine, store: Store
) -> None:
    watcher = ReferenceWatcher(router_engine, every_seconds=1)
    with pytest.raises(ReferenceMissingError) as missing:
        await PlaceFeedback(watcher.current, store.open_placements, lambda: NOW)([feedback_classified()])
    assert is_surroundings_fault(missing.value)
    assert "langnghe territory load" in str(missing.value)
    assert await watcher.check() == str(missing.value)
    await LoadTerritory(store.open_references)(list(pack_sets().values()))
    assert await watcher.check() is None
