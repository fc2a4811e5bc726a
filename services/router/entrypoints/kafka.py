"""feedback.classified.v1 in, feedback.placed.v1 out."""

from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage

from services.router.usecases.place_feedback import PlaceFeedback
from shared.events import FeedbackClassified
from shared.kafka.broker import raw_records, whole_message
from shared.kafka.consume import Streams

GROUP = "router"


def subscribe(broker: KafkaBroker, streams: Streams, place_feedback: PlaceFeedback, *, max_records: int) -> None:
    """Place what was classified."""
    placing = streams.consumer(FeedbackClassified, place_feedback, group_id=GROUP)

    @broker.subscriber(
        FeedbackClassified.topic,
        group_id=GROUP,
        batch=True,
        max_records=max_records,
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.MANUAL,
        parser=raw_records,
        decoder=whole_message,
    )
    async def on_feedback_classified(message: KafkaMessage) -> None:
        await placing(message)
