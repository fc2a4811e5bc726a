"""What intake hears of its reports: where they were placed, and every step of their cases."""

from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage

from services.intake.usecases.note_case_steps import NoteCaseSteps
from services.intake.usecases.note_placements import NotePlacements
from shared.events import CaseChanged, FeedbackPlaced
from shared.kafka.broker import FETCH_MAX_WAIT_MS, FETCH_MIN_BYTES, raw_records, whole_message
from shared.kafka.consume import Streams

GROUP_ID = "intake"
MAX_RECORDS = 500


def subscribe(
    broker: KafkaBroker, streams: Streams, *, note_placements: NotePlacements, note_case_steps: NoteCaseSteps
) -> None:
    """Subscribe to both streams."""
    placements = streams.consumer(FeedbackPlaced, note_placements, group_id=GROUP_ID)
    steps = streams.consumer(CaseChanged, note_case_steps, group_id=GROUP_ID)

    @broker.subscriber(
        FeedbackPlaced.topic,
        group_id=GROUP_ID,
        batch=True,
        max_records=MAX_RECORDS,
        fetch_min_bytes=FETCH_MIN_BYTES,
        fetch_max_wait_ms=FETCH_MAX_WAIT_MS,
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.MANUAL,
        parser=raw_records,
        decoder=whole_message,
    )
    async def on_feedback_placed(message: KafkaMessage) -> None:
        await placements(message)

    @broker.subscriber(
        CaseChanged.topic,
        group_id=GROUP_ID,
        batch=True,
        max_records=MAX_RECORDS,
        fetch_min_bytes=FETCH_MIN_BYTES,
        fetch_max_wait_ms=FETCH_MAX_WAIT_MS,
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.MANUAL,
        parser=raw_records,
        decoder=whole_message,
    )
    async def on_case_changed(message: KafkaMessage) -> None:
        await steps(message)
