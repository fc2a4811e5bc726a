"""What cannot be right, on a real broker: each gets its answer or its dead letter, and what follows is placed."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from services.router.adapters.reference import ReferenceWatcher
from services.router.adapters.store import Store
from services.router.entrypoints.kafka import subscribe
from services.router.usecases.load_territory import LoadTerritory
from services.router.usecases.place_feedback import PlaceFeedback
from shared.clock import system_clock
from shared.db.outbox import OutboxEntry
from shared.events import FeedbackClassified, FeedbackPlaced, Pin, PlaceGiven
from shared.kafka.broker import make_broker
from shared.kafka.consume import Streams
from shared.kafka.publish import EventPublisher
from shared.observability.tracing import Tracing
from tests.support.events import feedback_classified
from tests.support.placing import pack_sets
from tests.support.streams import own_topic_of, read_all, send

NOW = datetime(2026, 11, 17, 1, 30, 5, tzinfo=UTC)
LONG = ("Ổ gà ở xã Ea Kar " * 6_000).encode()[:100_000].decode(errors="ignore")

# What is sent, and the unit and the office that must come out.
ANSWERED: dict[str, tuple[dict[str, Any], str | None, str]] = {
    "an unknown unit code": ({"place": PlaceGiven(unit_code="99999")}, None, "province:desk"),
    "an unknown unit code and words": (
        {"place": PlaceGiven(unit_code="99999", text="xã Ea Kar")},
        "24373",
        "commune:economy",
    ),
    "an empty text": ({"text": ""}, None, "province:desk"),
    "a text of 100 kB": ({"text": LONG}, "24373", "commune:economy"),
    "a text without letters": (
        {"text": "\u0301\u0000\ufeff\U0001f4a5 !!!", "subject": "road_damage"},
        None,
        "province:desk",
    ),
    "an unknown topic": ({"place": PlaceGiven(unit_code="24133"), "subject": "không-có"}, "24133", "commune:office"),
    "a pin in the ocean": ({"place": PlaceGiven(pin=Pin(lat=0, lon=0))}, None, "province:desk"),
    "a report of the year 9999": (
        {"place": PlaceGiven(unit_code="24133"), "received_at": datetime(9999, 12, 31, 23, 59, tzinfo=UTC)},
        "24133",
        "commune:economy",
    ),
    "a report of the year 1": (
        {"place": PlaceGiven(unit_code="24133"), "received_at": datetime(1, 1, 1, tzinfo=UTC)},
        "24133",
        "commune:economy",
    ),
}


def raw(changes: dict[str, Any]) -> bytes:
    """Write a record that no service of ours could have written."""
    written = json.loads(feedback_classified().to_bytes())
    return json.dumps({**written, **changes}).encode()


# What is sent, and what the dead letter must say.
SET_ASIDE = {
    "latitude NaN": (raw({"place": {"pin": {"lat": float("nan"), "lon": 108.05}}}), "place.pin.lat"),
    "a pin beyond the globe": (raw({"place": {"pin": {"lat": 1e9, "lon": 108.05}}}), "place.pin.lat"),
    "a topic that no database can store": (raw({"subject": "road\u0000damage"}), "DBAPIError"),
    "no JSON": (b"\xff\xfe", "Invalid JSON"),
}


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
    broker = make_broker(bootstrap_servers, client_id="test-router")
    watcher = ReferenceWatcher(engine, every_seconds=1)
    place_feedback = PlaceFeedback(watcher.current, store.open_placements, lambda: NOW)
    subscribe(broker, streams, place_feedback, max_records=500, event=heard, group_id=f"group-of-{heard.topic}")
    await broker.start()
    try:
        yield streams
    finally:
        await broker.stop()
        await publisher.stop()


async def read_placed(bootstrap_servers: str, keys: set[bytes]) -> dict[bytes, FeedbackPlaced]:
    """Wait until each of these has come out."""
    found: dict[bytes, FeedbackPlaced] = {}
    seen = 0
    async with asyncio.timeout(60):
        while keys - found.keys():
            entries = await read_all(bootstrap_servers, FeedbackPlaced.topic, at_least=seen + 1)
            found |= {entry.key: FeedbackPlaced.from_bytes(entry.body) for entry in entries if entry.key in keys}
            seen = len(entries)
    return found


@pytest.mark.timeout(150)
async def test_whatever_comes_is_answered_or_set_aside_and_the_report_behind_it_is_placed(
    kafka_bootstrap_servers: str, router_engine: AsyncEngine, store: Store
) -> None:
    await LoadTerritory(store.open_references)(list(pack_sets().values()))
    heard = await own_topic_of(kafka_bootstrap_servers, FeedbackClassified, partitions=1)
    odd = {name: heard(**dict(feedback_classified(**given))) for name, (given, _, _) in ANSWERED.items()}
    aside = {name: OutboxEntry(heard.topic, str(uuid4()).encode(), body, ()) for name, (body, _) in SET_ASIDE.items()}
    good = heard(**dict(feedback_classified(place=PlaceGiven(unit_code="22015"))))
    await send(kafka_bootstrap_servers, [*odd.values(), *aside.values(), good])

    async with running_router(kafka_bootstrap_servers, router_engine, store, heard) as streams:
        placed = await read_placed(kafka_bootstrap_servers, {good.key(), *(event.key() for event in odd.values())})
        letters = await read_all(kafka_bootstrap_servers, f"{heard.topic}.dead", at_least=len(aside))
        assert streams.subscriptions[0].tripped is None

    assert placed[good.key()].unit_code == "22015"
    for name, (_, unit, office) in ANSWERED.items():
        answer = placed[odd[name].key()]
        assert (answer.unit_code, answer.office) == (unit, office), name
    reasons = {letter.key: dict(letter.headers)["dead_reason"].decode() for letter in letters}
    for name, (_, said) in SET_ASIDE.items():
        assert said in reasons[aside[name].key], (name, reasons[aside[name].key])
    assert {letter.key: letter.body for letter in letters} == {entry.key: entry.body for entry in aside.values()}
