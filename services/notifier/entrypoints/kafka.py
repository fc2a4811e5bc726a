"""Placements arm clocks, case changes stop them, submissions bring sealed contacts."""

from faststream.kafka import KafkaBroker

from services.notifier.usecases.arm_timers import ArmTimers
from services.notifier.usecases.follow_cases import FollowCases
from services.notifier.usecases.remember_residents import RememberResidents
from shared.events import CaseChanged, FeedbackPlaced, FeedbackSubmitted
from shared.kafka.consume import Streams
from shared.kafka.subscribe import read_batches

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
    read_batches(broker, streams, FeedbackPlaced, arm_timers, group_id=GROUP, max_records=max_records)
    read_batches(broker, streams, CaseChanged, follow_cases, group_id=GROUP, max_records=max_records)
    read_batches(broker, streams, FeedbackSubmitted, remember_residents, group_id=GROUP, max_records=max_records)
