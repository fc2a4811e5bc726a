"""feedback.classified.v1 in, feedback.placed.v1 out."""

from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage

from services.router.usecases.place_feedback import PlaceFeedback
from shared.events import FeedbackClassified
from shared.kafka.broker import FETCH_MAX_WAIT_MS, FETCH_MIN_BYTES, raw_records, whole_message
from shared.kafka.consume import Streams

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
    placing = streams.consumer(event, place_feedback, group_id=group_id)

    @broker.subscriber(
        event.topic,
        group_id=group_id,
        batch=True,
        max_records=max_records,
        fetch_min_bytes=FETCH_MIN_BYTES,
        fetch_max_wait_ms=FETCH_MAX_WAIT_MS,
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.MANUAL,
        parser=raw_records,
        decoder=whole_message,
    )
    async def on_feedback_classified(message: KafkaMessage) -> None:
        await placing(message)
