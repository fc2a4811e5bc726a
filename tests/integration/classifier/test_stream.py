"""The classifier on a real broker: what was submitted comes out classified, once more when it is said again."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from faststream.kafka import KafkaBroker

from services.classifier.adapters.live_model import LiveModel
from services.classifier.adapters.metrics import LABELS
from services.classifier.adapters.model_folder import ModelFolder
from services.classifier.adapters.store import Store
from services.classifier.adapters.training import train
from services.classifier.domain.decision import NO_MODEL
from services.classifier.domain.registry import State
from services.classifier.entrypoints.kafka import subscribe, subscribe_corrections, subscribe_shadow
from services.classifier.usecases.classify_feedback import ClassifyFeedback
from services.classifier.usecases.ports import Agreement
from services.classifier.usecases.reach_verdicts import ReachVerdicts
from services.classifier.usecases.record_corrections import RecordCorrections
from services.classifier.usecases.shadow_feedback import ShadowFeedback
from shared.clock import system_clock
from shared.db.outbox import OutboxEntry
from shared.events import FeedbackClassified, FeedbackCorrected, FeedbackSubmitted, Urgency, derived_event_id
from shared.kafka.broker import make_broker
from shared.kafka.consume import Streams
from shared.kafka.publish import EventPublisher
from shared.observability.tracing import Tracing
from tests.support.classifying import keep_live, small_corpus
from tests.support.events import feedback_corrected, feedback_submitted
from tests.support.streams import own_topic_of, read_all, send


@contextlib.asynccontextmanager
async def running_classifier(
    bootstrap_servers: str, store: Store, models: Path, heard: type[FeedbackSubmitted]
) -> AsyncIterator[Streams]:
    """Wire the stream as main.py does, on a topic of this test's own."""
    publisher = EventPublisher(bootstrap_servers, client_id="test-classifier")
    streams = Streams(
        publisher=publisher,
        tracing=Tracing("classifier", otlp_endpoint=None),
        clock=system_clock,
        consecutive_dead_letters_limit=20,
    )
    live = LiveModel(ModelFolder(models).live)
    broker = make_broker(bootstrap_servers, client_id="test-classifier")
    classify_feedback = ClassifyFeedback(ReachVerdicts(live), store.open_decisions, system_clock)
    subscribe(broker, streams, classify_feedback, max_records=500, event=heard, group_id=f"group-of-{heard.topic}")
    await broker.start()
    try:
        yield streams
    finally:
        await broker.stop()
        await publisher.stop()


async def classified(
    bootstrap_servers: str, causes: Sequence[FeedbackSubmitted], *, each: int
) -> list[FeedbackClassified]:
    """Wait until every cause was answered `each` times."""
    keys = {cause.key() for cause in causes}
    seen = 0
    found: list[OutboxEntry] = []
    async with asyncio.timeout(40):
        while len(found) < len(causes) * each:
            entries = await read_all(bootstrap_servers, FeedbackClassified.topic, at_least=seen + 1)
            found = [entry for entry in entries if entry.key in keys]
            seen = len(entries)
    return [FeedbackClassified.from_bytes(entry.body) for entry in found]


@pytest.mark.timeout(120)
async def test_what_was_submitted_is_classified_and_a_replay_says_the_same(
    kafka_bootstrap_servers: str, store: Store, tmp_path: Path
) -> None:
    keep_live(ModelFolder(tmp_path), await asyncio.to_thread(train, small_corpus()))
    heard = await own_topic_of(kafka_bootstrap_servers, FeedbackSubmitted)
    texts = ("Bóng đèn đầu hẻm hỏng tối om", "Túi rác trước chợ bốc mùi không ai thu gom")
    causes = [heard(**dict(feedback_submitted(text=text))) for text in texts]
    async with running_classifier(kafka_bootstrap_servers, store, tmp_path, heard) as streams:
        await send(kafka_bootstrap_servers, causes)
        first = await classified(kafka_bootstrap_servers, causes, each=1)
        await send(kafka_bootstrap_servers, causes)
        both = await classified(kafka_bootstrap_servers, causes, each=2)
        assert streams.subscriptions[0].tripped is None
    assert sorted(event.subject for event in first) == ["street_lighting", "waste"]
    assert all(both.count(event) == 2 for event in first)
    assert {event.event_id for event in both} == {
        derived_event_id(cause.event_id, FeedbackClassified.topic) for cause in causes
    }


@pytest.mark.timeout(120)
async def test_without_a_model_everything_still_flows_to_a_person(
    kafka_bootstrap_servers: str, store: Store, tmp_path: Path
) -> None:
    heard = await own_topic_of(kafka_bootstrap_servers, FeedbackSubmitted)
    causes = [heard(**dict(feedback_submitted(text=text))) for text in ("Đèn hỏng", "Nhà đang cháy, cứu với")]
    async with running_classifier(kafka_bootstrap_servers, store, tmp_path, heard):
        await send(kafka_bootstrap_servers, causes)
        events = await classified(kafka_bootstrap_servers, causes, each=1)
    assert all(event.needs_review and event.model_version == NO_MODEL for event in events)
    assert {event.text: event.urgency for event in events} == {
        "Đèn hỏng": Urgency.NORMAL,
        "Nhà đang cháy, cứu với": Urgency.EMERGENCY,
    }


@pytest.mark.timeout(120)
async def test_a_shadow_reads_along_and_is_compared_with_what_was_published(
    kafka_bootstrap_servers: str, store: Store, tmp_path: Path
) -> None:
    folder = ModelFolder(tmp_path)
    keep_live(folder, await asyncio.to_thread(train, small_corpus()))
    candidate = await asyncio.to_thread(train, small_corpus()[:-1])
    folder.keep(candidate)
    folder.point(State.SHADOW, candidate.version)
    texts = ("Bóng đèn đầu hẻm hỏng tối om", "Túi rác trước chợ bốc mùi không ai thu gom")
    live = ReachVerdicts(LiveModel(folder.live))
    published = await ClassifyFeedback(live, store.open_decisions, system_clock)(
        [feedback_submitted(text=text) for text in texts]
    )
    heard = await own_topic_of(kafka_bootstrap_servers, FeedbackClassified)
    shadow = ShadowFeedback(ReachVerdicts(LiveModel(folder.shadow, is_shadow=True)), store.open_shadows, system_clock)
    async with listening(kafka_bootstrap_servers) as (broker, streams):
        subscribe_shadow(broker, streams, shadow, max_records=500, event=heard, group_id=f"shadow-of-{heard.topic}")
        await broker.start()
        await send(kafka_bootstrap_servers, [heard(**dict(event)) for event in [*published, *published]])
        async with asyncio.timeout(40):
            # The product keeps no event for this: the shadow speaks to nobody.
            while (agreement := await agreed(store, candidate.version)) is None or agreement.texts < len(texts):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    assert {event.model_version for event in published} == {folder.live.named()}
    assert (agreement.texts, agreement.topic) == (2, 1.0)


@contextlib.asynccontextmanager
async def listening(bootstrap_servers: str) -> AsyncIterator[tuple[KafkaBroker, Streams]]:
    """Give a broker to subscribe to; the test starts it."""
    publisher = EventPublisher(bootstrap_servers, client_id="test-classifier")
    streams = Streams(
        publisher, Tracing("classifier", otlp_endpoint=None), system_clock, consecutive_dead_letters_limit=20
    )
    broker = make_broker(bootstrap_servers, client_id="test-classifier")
    try:
        yield broker, streams
    finally:
        await broker.stop()
        await publisher.stop()


def heard_so_far() -> float:
    return sum(float(LABELS.labels(outcome)._value.get()) for outcome in ("confirmed", "corrected"))


async def agreed(store: Store, version: str) -> Agreement | None:
    async with store.open_traffic() as traffic:
        return await traffic.agreement(version)


@pytest.mark.timeout(120)
async def test_what_a_person_corrected_is_there_for_the_next_training(
    kafka_bootstrap_servers: str, store: Store
) -> None:
    heard = await own_topic_of(kafka_bootstrap_servers, FeedbackCorrected)
    first = heard(**dict(feedback_corrected(text="Bóng cháy trước trạm xá", subject="street_lighting")))
    later = first.model_copy(
        update={"event_id": uuid4(), "subject": "electricity", "occurred_at": first.occurred_at + timedelta(hours=1)}
    )
    record, before = RecordCorrections(store.open_labels), heard_so_far()
    async with listening(kafka_bootstrap_servers) as (broker, streams):
        subscribe_corrections(broker, streams, record, max_records=500, event=heard, group_id=f"group-of-{heard.topic}")
        await broker.start()
        await send(kafka_bootstrap_servers, [later, first, later])
        async with asyncio.timeout(40):
            while heard_so_far() < before + 3:  # noqa: ASYNC110 the product keeps no event for this
                await asyncio.sleep(0.05)
            async with store.open_labels() as labels:
                (kept,) = await labels.find()
    assert (kept.text, kept.topic, kept.labelled_at) == (first.text, "electricity", later.occurred_at)
