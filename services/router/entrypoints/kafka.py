"""feedback.classified.v1 in, feedback.placed.v1 out."""

from faststream.kafka import KafkaBroker

from services.router.usecases.place_feedback import PlaceFeedback
from shared.events import FeedbackClassified
from shared.kafka.consume import Streams
from shared.kafka.subscribe import read_batches

GROUP = "router"


def subscribe(
    broker: KafkaBroker,
    streams: Streams,
    place_feedback: PlaceFeedback,
    *,
    max_records: int,
    event: type[FeedbackClassified] = FeedbackClassified,
    group_id: str = GROUP,
) -> None:
    """Place what was classified; a test on a shared broker gives an event and a group of its own."""
    read_batches(broker, streams, event, place_feedback, group_id=group_id, max_records=max_records)
