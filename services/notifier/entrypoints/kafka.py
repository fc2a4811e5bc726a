"""Placements arm clocks, case changes stop them, submissions bring sealed contacts."""

from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage

from services.notifier.usecases.arm_timers import ArmTimers
from services.notifier.usecases.follow_cases import FollowCases
from services.notifier.usecases.remember_residents import RememberResidents
from shared.events import CaseChanged, FeedbackPlaced, FeedbackSubmitted
from shared.kafka.broker import FETCH_MAX_WAIT_MS, FETCH_MIN_BYTES, raw_records, whole_message
from shared.kafka.consume import Streams

GROUP = "notifier"


def subscribe(
    broker: KafkaBroker,
    streams: Streams,
    *,
    arm_timers: ArmTimers,
    follow_cases: FollowCases,
    remember_residents: RememberResidents,
    max_records: int,
) -> None:
    """Read the three streams the notifier lives on."""
    arming = streams.consumer(FeedbackPlaced, arm_timers, group_id=GROUP)
    following = streams.consumer(CaseChanged, follow_cases, group_id=GROUP)
    remembering = streams.consumer(FeedbackSubmitted, remember_residents, group_id=GROUP)

    @broker.subscriber(
        FeedbackPlaced.topic,
        group_id=GROUP,
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
        await arming(message)

    @broker.subscriber(
        CaseChanged.topic,
        group_id=GROUP,
        batch=True,
        max_records=max_records,
        fetch_min_bytes=FETCH_MIN_BYTES,
        fetch_max_wait_ms=FETCH_MAX_WAIT_MS,
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.MANUAL,
        parser=raw_records,
        decoder=whole_message,
    )
    async def on_case_changed(message: KafkaMessage) -> None:
        await following(message)

    @broker.subscriber(
        FeedbackSubmitted.topic,
        group_id=GROUP,
        batch=True,
        max_records=max_records,
        fetch_min_bytes=FETCH_MIN_BYTES,
        fetch_max_wait_ms=FETCH_MAX_WAIT_MS,
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.MANUAL,
        parser=raw_records,
        decoder=whole_message,
    )
    async def on_feedback_submitted(message: KafkaMessage) -> None:
        await remembering(message)
