"""What the classifier hears: what was submitted, what it said itself (for the shadow), and what people corrected."""

from collections.abc import Sequence

from faststream.kafka import KafkaBroker

from services.classifier.adapters.metrics import CLASSIFIED, EMERGENCIES, LABELS
from services.classifier.domain.decision import NO_MODEL
from services.classifier.usecases.classify_feedback import ClassifyFeedback
from services.classifier.usecases.record_corrections import RecordCorrections
from services.classifier.usecases.shadow_feedback import ShadowFeedback
from shared.events import Event, FeedbackClassified, FeedbackCorrected, FeedbackSubmitted, Urgency
from shared.kafka.consume import Streams
from shared.kafka.subscribe import read_batches

GROUP = "classifier"


def subscribe(
    broker: KafkaBroker,
    streams: Streams,
    classify_feedback: ClassifyFeedback,
    *,
    max_records: int,
    event: type[FeedbackSubmitted] = FeedbackSubmitted,
    group_id: str = GROUP,
) -> None:
    """Classify what was submitted; a test on a shared broker gives an event and a group of its own."""

    async def classify(batch: Sequence[FeedbackSubmitted]) -> Sequence[FeedbackClassified]:
        events = await classify_feedback(batch)
        count(events)
        return events

    read_batches(broker, streams, event, classify, group_id=group_id, max_records=max_records)


def subscribe_shadow(
    broker: KafkaBroker,
    streams: Streams,
    shadow_feedback: ShadowFeedback,
    *,
    max_records: int,
    event: type[FeedbackClassified] = FeedbackClassified,
    group_id: str = GROUP,
) -> None:
    """Let the shadow read what the live model answered: slow or broken, it holds nobody up (a consumer of its own).

    What can never be read was set aside before, when the live model heard it.
    """
    read_batches(broker, streams, event, shadow_feedback, group_id=group_id, max_records=max_records)


def subscribe_corrections(
    broker: KafkaBroker,
    streams: Streams,
    record_corrections: RecordCorrections,
    *,
    max_records: int,
    event: type[FeedbackCorrected] = FeedbackCorrected,
    group_id: str = GROUP,
) -> None:
    """Hear what people say of our answers."""

    async def record(batch: Sequence[FeedbackCorrected]) -> Sequence[Event]:
        nothing = await record_corrections(batch)
        for said in batch:
            same = (said.kind, said.subject, said.urgency) == (said.was_kind, said.was_subject, said.was_urgency)
            LABELS.labels("confirmed" if same else "corrected").inc()
        return nothing

    read_batches(broker, streams, event, record, group_id=group_id, max_records=max_records)


def count(events: Sequence[FeedbackClassified]) -> None:
    """Count who decides and what is urgent."""
    for event in events:
        by = "person_without_model" if event.model_version == NO_MODEL else "person" if event.needs_review else "model"
        CLASSIFIED.labels(by).inc()
        if event.urgency is Urgency.EMERGENCY:
            EMERGENCIES.inc()
