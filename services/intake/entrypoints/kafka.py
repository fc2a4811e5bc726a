"""What intake hears of its reports: where they were placed, and every step of their cases."""

from faststream.kafka import KafkaBroker

from services.intake.usecases.note_case_steps import NoteCaseSteps
from services.intake.usecases.note_placements import NotePlacements
from shared.events import CaseChanged, FeedbackPlaced
from shared.kafka.consume import Streams
from shared.kafka.subscribe import read_batches

GROUP_ID = "intake"
MAX_RECORDS = 500


def subscribe(
    broker: KafkaBroker, streams: Streams, *, note_placements: NotePlacements, note_case_steps: NoteCaseSteps
) -> None:
    """Subscribe to both streams."""
    read_batches(broker, streams, FeedbackPlaced, note_placements, group_id=GROUP_ID, max_records=MAX_RECORDS)
    read_batches(broker, streams, CaseChanged, note_case_steps, group_id=GROUP_ID, max_records=MAX_RECORDS)
