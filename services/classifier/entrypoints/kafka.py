"""feedback.submitted.v1 in, feedback.classified.v1 out."""

from collections.abc import Sequence

from faststream.kafka import KafkaBroker

from services.classifier.adapters.metrics import CLASSIFIED, EMERGENCIES
from services.classifier.domain.decision import NO_MODEL
from services.classifier.usecases.classify_feedback import ClassifyFeedback
from shared.events import FeedbackClassified, FeedbackSubmitted, Urgency
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


def count(events: Sequence[FeedbackClassified]) -> None:
    """Count who decides and what is urgent."""
    for event in events:
        by = "person_without_model" if event.model_version == NO_MODEL else "person" if event.needs_review else "model"
        CLASSIFIED.labels(by).inc()
        if event.urgency is Urgency.EMERGENCY:
            EMERGENCIES.inc()
