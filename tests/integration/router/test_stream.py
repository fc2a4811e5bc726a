"""The router on a real broker: what was classified comes out placed, once more when it is said again."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from services.router.adapters.reference import ReferenceWatcher
from services.router.adapters.store import Store
from services.router.entrypoints.kafka import subscribe
from services.router.usecases.load_territory import LoadTerritory
from services.router.usecases.place_feedback import PlaceFeedback
from shared.clock import system_clock
from shared.db.outbox import OutboxEntry
from shared.events import Event, FeedbackClassified, FeedbackPlaced, PlaceGiven, derived_event_id
from shared.kafka.broker import make_broker
from shared.kafka.consume import Streams
from shared.kafka.publish import EventPublisher
from shared.observability.tracing import Tracing
from tests.support.events import feedback_classified, feedback_placed
from tests.support.placing import pack_sets
from tests.support.streams import own_topic_of, read_all, send, until

NOW = datetime(2026, 11, 17, 1, 30, 5, tzinfo=UTC)


@contextlib.asynccontextmanager
async def running_router(
    bootstrap_servers: str, engine: AsyncEngine, store: Store, heard: type[FeedbackClassified]
) -> AsyncIterator[Streams]:
    """Wire the stream as main.py does, on a topic of this test's own."""
    publisher = EventPublisher(bootstrap_servers, client_id="test-router")
    streams = Streams(
        publisher=publisher,
        tracing=Tracing("router", otlp_endpoint=None),
        clock=system_clock,
        consecutive_dead_letters_limit=20,
    )
    watcher = ReferenceWatcher(engine, every_seconds=1)
    broker = make_broker(bootstrap_servers, client_id="test-router")
    place_feedback = PlaceFeedback(watcher.current, store.open_placements, lambda: NOW)
    subscribe(broker, streams, place_feedback, max_records=500, event=heard, group_id=f"group-of-{heard.topic}")
    await broker.start()
    try:
        yield streams
    finally:
        await broker.stop()
        await publisher.stop()


async def placed_of(bootstrap_servers: str, causes: Sequence[Event], *, each: int) -> list[FeedbackPlaced]:
    """Wait until every cause was answered `each` times."""
    keys = {cause.key() for cause in causes}
    seen = 0
    found: list[OutboxEntry] = []
    async with asyncio.timeout(40):
        while len(found) < len(causes) * each:
            entries = await read_all(bootstrap_servers, FeedbackPlaced.topic, at_least=seen + 1)
            found = [entry for entry in entries if entry.key in keys]
            seen = len(entries)
    return [FeedbackPlaced.from_bytes(entry.body) for entry in found]


@pytest.mark.timeout(120)
async def test_what_was_classified_is_placed_and_a_replay_is_announced_again(
    kafka_bootstrap_servers: str, router_engine: AsyncEngine, store: Store
) -> None:
    await LoadTerritory(store.open_references)(list(pack_sets().values()))
    heard = await own_topic_of(kafka_bootstrap_servers, FeedbackClassified)
    places = [PlaceGiven(unit_code=code) for code in ("24133", "24373", "22015")]
    causes = [heard(**dict(feedback_classified(place=place))) for place in places]
    await send(kafka_bootstrap_servers, [OutboxEntry(FeedbackClassified.topic, b"junk", b"{", ()) for _ in range(30)])
    async with running_router(kafka_bootstrap_servers, router_engine, store, heard) as streams:
        await send(kafka_bootstrap_servers, causes)
        first = await placed_of(kafka_bootstrap_servers, causes, each=1)
        await send(kafka_bootstrap_servers, causes)
        both = await placed_of(kafka_bootstrap_servers, causes, each=2)
        assert streams.subscriptions[0].tripped is None
    assert {event.event_id for event in both} == {
        derived_event_id(cause.event_id, FeedbackPlaced.topic) for cause in causes
    }
    assert sorted(event.unit_code or "" for event in first) == ["22015", "24133", "24373"]
    assert all(both.count(event) == 2 for event in first)


@pytest.mark.timeout(120)
async def test_a_part_of_a_report_is_announced_under_an_id_of_its_own_and_again_on_a_replay(
    kafka_bootstrap_servers: str, router_engine: AsyncEngine, store: Store
) -> None:
    await LoadTerritory(store.open_references)(list(pack_sets().values()))
    heard = await own_topic_of(kafka_bootstrap_servers, FeedbackClassified)
    place = PlaceGiven(unit_code="24133")
    cause = heard(**dict(feedback_classified(place=place, second_subject="electricity")))
    part_id = derived_event_id(cause.feedback_id, "part:utility:power")
    async with running_router(kafka_bootstrap_servers, router_engine, store, heard):
        for times in (1, 2):
            await send(kafka_bootstrap_servers, [cause])
            told = await placed_of(kafka_bootstrap_servers, [cause, feedback_placed(feedback_id=part_id)], each=times)
    assert Counter((event.feedback_id, event.office, event.part_of) for event in told) == {
        (cause.feedback_id, "commune:economy", None): 2,
        (part_id, "utility:power", cause.feedback_id): 2,
    }
    assert len({event.event_id for event in told}) == 2


@pytest.mark.timeout(120)
async def test_a_router_without_a_territory_waits_and_goes_on_when_one_is_loaded(
    kafka_bootstrap_servers: str, router_engine: AsyncEngine, store: Store
) -> None:
    heard = await own_topic_of(kafka_bootstrap_servers, FeedbackClassified)
    cause = heard(**dict(feedback_classified(place=PlaceGiven(unit_code="24133"))))
    async with running_router(kafka_bootstrap_servers, router_engine, store, heard) as streams:
        await send(kafka_bootstrap_servers, [cause])
        await until(lambda: streams.subscriptions[0].waiting is not None, seconds=40, what="the wait for a territory")
        assert streams.subscriptions[0].waiting == "ReferenceMissingError"
        await LoadTerritory(store.open_references)(list(pack_sets().values()))
        (placed,) = await placed_of(kafka_bootstrap_servers, [cause], each=1)
    assert placed.unit_code == "24133"
