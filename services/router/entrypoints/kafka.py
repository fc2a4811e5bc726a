"""What the router hears: what was classified, and what becomes of a case after it was placed."""

from faststream.kafka import KafkaBroker

from services.router.usecases.follow_cases import FollowCases
from services.router.usecases.hear_corrections import HearCorrections
from services.router.usecases.place_feedback import PlaceFeedback
from services.router.usecases.take_place_answers import TakePlaceAnswers
from shared.events import CaseChanged, FeedbackClassified, FeedbackCorrected, ResidentAnswered
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


def subscribe_steps(
    broker: KafkaBroker,
    streams: Streams,
    follow_cases: FollowCases,
    *,
    max_records: int,
    event: type[CaseChanged] = CaseChanged,
    group_id: str = GROUP,
) -> None:
    """Hear what the desk does with the cases."""
    read_batches(broker, streams, event, follow_cases, group_id=group_id, max_records=max_records)


def subscribe_corrections(
    broker: KafkaBroker,
    streams: Streams,
    hear_corrections: HearCorrections,
    *,
    max_records: int,
    event: type[FeedbackCorrected] = FeedbackCorrected,
    group_id: str = GROUP,
) -> None:
    """Hear what people say a report is about."""
    read_batches(broker, streams, event, hear_corrections, group_id=group_id, max_records=max_records)


def subscribe_answers(
    broker: KafkaBroker,
    streams: Streams,
    take_place_answers: TakePlaceAnswers,
    *,
    max_records: int,
    event: type[ResidentAnswered] = ResidentAnswered,
    group_id: str = GROUP,
) -> None:
    """Hear where it is, when the resident says so."""
    read_batches(broker, streams, event, take_place_answers, group_id=group_id, max_records=max_records)
