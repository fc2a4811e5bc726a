"""What the desk hears: what was said, where it went, what is late, what residents say again."""

from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage

from services.desk.usecases.hear_residents import HearResidents
from services.desk.usecases.note_alarms import NoteAlarms
from services.desk.usecases.note_reports import NoteReports
from services.desk.usecases.open_cases import OpenPlacedCases
from shared.events import DeadlinePassed, FeedbackClassified, FeedbackPlaced, ResidentAnswered
from shared.kafka.broker import FETCH_MAX_WAIT_MS, FETCH_MIN_BYTES, raw_records, whole_message
from shared.kafka.consume import Streams

GROUP_ID = "desk"


def subscribe(
    broker: KafkaBroker,
    streams: Streams,
    *,
    open_placed_cases: OpenPlacedCases,
    note_reports: NoteReports,
    note_alarms: NoteAlarms,
    hear_residents: HearResidents,
    max_records: int,
) -> None:
    """Subscribe to the four streams."""
    placed = streams.consumer(FeedbackPlaced, open_placed_cases, group_id=GROUP_ID)
    classified = streams.consumer(FeedbackClassified, note_reports, group_id=GROUP_ID)
    passed = streams.consumer(DeadlinePassed, note_alarms, group_id=GROUP_ID)
    answered = streams.consumer(ResidentAnswered, hear_residents, group_id=GROUP_ID)

    @broker.subscriber(
        FeedbackPlaced.topic,
        group_id=GROUP_ID,
        batch=True,
        max_records=max_records,
        fetch_min_bytes=FETCH_MIN_BYTES,
        fetch_max_wait_ms=FETCH_MAX_WAIT_MS,
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.MANUAL,
        parser=raw_records,
        decoder=whole_message,
    )
    async def on_feedback_placed(message: KafkaMessage) -> None:
        await placed(message)

    @broker.subscriber(
        FeedbackClassified.topic,
        group_id=GROUP_ID,
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
        await classified(message)

    @broker.subscriber(
        DeadlinePassed.topic,
        group_id=GROUP_ID,
        batch=True,
        max_records=max_records,
        fetch_min_bytes=FETCH_MIN_BYTES,
        fetch_max_wait_ms=FETCH_MAX_WAIT_MS,
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.MANUAL,
        parser=raw_records,
        decoder=whole_message,
    )
    async def on_deadline_passed(message: KafkaMessage) -> None:
        await passed(message)

    @broker.subscriber(
        ResidentAnswered.topic,
        group_id=GROUP_ID,
        batch=True,
        max_records=max_records,
        fetch_min_bytes=FETCH_MIN_BYTES,
        fetch_max_wait_ms=FETCH_MAX_WAIT_MS,
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.MANUAL,
        parser=raw_records,
        decoder=whole_message,
    )
    async def on_resident_answered(message: KafkaMessage) -> None:
        await answered(message)
