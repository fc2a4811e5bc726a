"""The life cycle on a real broker: what the desk, people and residents say moves a placement, end to end."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from services.router.adapters.life_store import OUTBOX, LivesInDatabase
from services.router.adapters.past_reference import PastReferences
from services.router.adapters.reference import ReferenceWatcher
from services.router.adapters.store import Store
from services.router.entrypoints.kafka import subscribe, subscribe_answers, subscribe_corrections, subscribe_steps
from services.router.usecases.follow_cases import FollowCases
from services.router.usecases.hear_corrections import HearCorrections
from services.router.usecases.load_territory import LoadTerritory
from services.router.usecases.place_feedback import PlaceFeedback
from services.router.usecases.take_place_answers import TakePlaceAnswers
from shared.clock import system_clock
from shared.db.outbox import OutboxEntry
from shared.events import (
    CaseAction,
    CaseChanged,
    CaseState,
    FeedbackClassified,
    FeedbackCorrected,
    FeedbackPlaced,
    Kind,
    PlaceGiven,
    ResidentAnswered,
    Urgency,
)
from shared.kafka.broker import make_broker
from shared.kafka.consume import Streams
from shared.kafka.publish import EventPublisher
from shared.kafka.relay import OutboxRelay
from shared.observability.tracing import Tracing
from tests.support.events import RECEIVED, case_changed, feedback_classified, feedback_corrected
from tests.support.lives import resident_answered
from tests.support.placing import pack_sets
from tests.support.streams import own_topic_of, read_all, send

EA_KAR = "24373"
ASKED = RECEIVED + timedelta(days=3)


@dataclass(frozen=True)
class Own:
    """The events of this test's own topics."""

    classified: type[FeedbackClassified]
    changed: type[CaseChanged]
    corrected: type[FeedbackCorrected]
    answered: type[ResidentAnswered]


@contextlib.asynccontextmanager
async def running_router(bootstrap_servers: str, engine: AsyncEngine, own: Own) -> AsyncIterator[None]:
    """Wire the streams and the relay as main.py does, on topics of this test's own."""
    publisher = EventPublisher(bootstrap_servers, client_id="test-router")
    streams = Streams(
        publisher=publisher,
        tracing=Tracing("router", otlp_endpoint=None),
        clock=system_clock,
        consecutive_dead_letters_limit=20,
    )
    watcher, lives = ReferenceWatcher(engine, every_seconds=60), LivesInDatabase(engine)
    relay = OutboxRelay(OUTBOX, engine=engine, publisher=publisher)
    as_of = PastReferences(engine, watcher.current).as_of
    broker = make_broker(bootstrap_servers, client_id="test-router")
    place = PlaceFeedback(watcher.current, Store(engine).open_placements, lambda: RECEIVED)
    follow = FollowCases(as_of, lives.open_life_cycle, relay.wake)
    correct = HearCorrections(watcher.current, as_of, lives.open_life_cycle, relay.wake)
    answer = TakePlaceAnswers(watcher.current, lives.open_life_cycle, relay.wake)
    group = f"group-of-{own.classified.topic}"
    subscribe(broker, streams, place, max_records=500, event=own.classified, group_id=group)
    subscribe_steps(broker, streams, follow, max_records=500, event=own.changed, group_id=group)
    subscribe_corrections(broker, streams, correct, max_records=500, event=own.corrected, group_id=group)
    subscribe_answers(broker, streams, answer, max_records=500, event=own.answered, group_id=group)
    await broker.start()
    running = asyncio.create_task(relay.run())
    try:
        yield
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await broker.stop()
        await publisher.stop()


async def told_of(bootstrap_servers: str, feedback_id: UUID, *, generations: int) -> list[FeedbackPlaced]:
    """Wait until so many generations of a case were told."""
    seen = 0
    found: list[OutboxEntry] = []
    async with asyncio.timeout(40):
        while len(found) < generations:
            entries = await read_all(bootstrap_servers, FeedbackPlaced.topic, at_least=seen + 1)
            found = [entry for entry in entries if entry.key == str(feedback_id).encode()]
            seen = len(entries)
    return [FeedbackPlaced.from_bytes(entry.body) for entry in found]


@pytest.mark.timeout(180)
async def test_a_pause_a_correction_and_an_answer_move_a_placement_end_to_end(
    kafka_bootstrap_servers: str, router_engine: AsyncEngine
) -> None:
    await LoadTerritory(Store(router_engine).open_references)(list(pack_sets().values()))
    own = Own(
        await own_topic_of(kafka_bootstrap_servers, FeedbackClassified),
        await own_topic_of(kafka_bootstrap_servers, CaseChanged),
        await own_topic_of(kafka_bootstrap_servers, FeedbackCorrected),
        await own_topic_of(kafka_bootstrap_servers, ResidentAnswered),
    )
    cause = own.classified(**dict(feedback_classified(place=PlaceGiven(unit_code=EA_KAR))))
    nowhere = own.classified(**dict(feedback_classified()))

    def step(placed: FeedbackPlaced, version: int, action: CaseAction, state: CaseState) -> CaseChanged:
        said = case_changed(
            feedback_id=placed.feedback_id,
            version=version,
            action=action,
            state=state,
            unit_code=placed.unit_code,
            office=placed.office,
            occurred_at=ASKED + timedelta(days=version - 2),
        )
        return own.changed(**dict(said))

    async with running_router(kafka_bootstrap_servers, router_engine, own):
        await send(kafka_bootstrap_servers, [cause, nowhere])
        (placed,) = await told_of(kafka_bootstrap_servers, cause.feedback_id, generations=1)
        await send(kafka_bootstrap_servers, [step(placed, 2, CaseAction.ASK, CaseState.WAITING_RESIDENT)])
        *_, waiting = await told_of(kafka_bootstrap_servers, cause.feedback_id, generations=2)
        assert waiting.resolve_by == placed.resolve_by + timedelta(days=14)
        await send(kafka_bootstrap_servers, [step(placed, 3, CaseAction.ANSWERED, CaseState.IN_PROGRESS)])
        *_, going_on = await told_of(kafka_bootstrap_servers, cause.feedback_id, generations=3)
        assert going_on.resolve_by == placed.resolve_by + timedelta(days=1)
        said = feedback_corrected(
            feedback_id=cause.feedback_id, kind=Kind.REPORT, subject="road_damage", urgency=Urgency.HIGH
        )
        await send(kafka_bootstrap_servers, [own.corrected(**dict(said))])
        *_, corrected = await told_of(kafka_bootstrap_servers, cause.feedback_id, generations=4)
        assert (corrected.generation, corrected.deadline_rule) == (4, "high")

        (unplaced,) = await told_of(kafka_bootstrap_servers, nowhere.feedback_id, generations=1)
        assert unplaced.unit_code is None
        answer = resident_answered(
            feedback_id=nowhere.feedback_id, place=PlaceGiven(unit_code=EA_KAR), report_text=nowhere.text
        )
        await send(kafka_bootstrap_servers, [own.answered(**dict(answer))])
        *_, answered = await told_of(kafka_bootstrap_servers, nowhere.feedback_id, generations=2)
        assert (answered.unit_code, answered.generation) == (EA_KAR, 2)
