"""What the desk hears: what was said, where it went, what is late, what residents say again."""

from faststream.kafka import KafkaBroker

from services.desk.usecases.hear_residents import HearResidents
from services.desk.usecases.note_alarms import NoteAlarms
from services.desk.usecases.note_reports import NoteReports
from services.desk.usecases.open_cases import OpenPlacedCases
from shared.events import DeadlinePassed, FeedbackClassified, FeedbackPlaced, ResidentAnswered
from shared.kafka.consume import Streams
from shared.kafka.subscribe import read_batches

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
    read_batches(broker, streams, FeedbackPlaced, open_placed_cases, group_id=GROUP_ID, max_records=max_records)
    read_batches(broker, streams, FeedbackClassified, note_reports, group_id=GROUP_ID, max_records=max_records)
    read_batches(broker, streams, DeadlinePassed, note_alarms, group_id=GROUP_ID, max_records=max_records)
    read_batches(broker, streams, ResidentAnswered, hear_residents, group_id=GROUP_ID, max_records=max_records)
