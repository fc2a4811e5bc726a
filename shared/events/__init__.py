"""The eight events of Lắng Nghe: what services tell each other, and nothing else.

Each event is a frozen pydantic model in a file of its own family; its Kafka topic is `Event.topic`.
A change must be additive; anything else is a new class with a new topic (`.v2`).
"""

from shared.events.base import Event, derived_event_id
from shared.events.case import CaseAction, CaseChanged, CaseState, ClosingReason
from shared.events.catalogue import EVENTS
from shared.events.classification import FeedbackClassified, Highlight, Kind, TopicScore, Urgency
from shared.events.correction import FeedbackCorrected
from shared.events.deadline import DeadlinePassed, DeadlineStage, PassedKind
from shared.events.message import MessageOutcome, MessagePurpose, MessageSettled
from shared.events.placement import FeedbackPlaced, PlacedBy, PlacementReason, UnitScore
from shared.events.resident import AnswerKind, ResidentAnswered
from shared.events.submission import Attachment, Channel, FeedbackSubmitted, Pin, PlaceGiven

__all__ = [
    "EVENTS",
    "AnswerKind",
    "Attachment",
    "CaseAction",
    "CaseChanged",
    "CaseState",
    "Channel",
    "ClosingReason",
    "DeadlinePassed",
    "DeadlineStage",
    "Event",
    "FeedbackClassified",
    "FeedbackCorrected",
    "FeedbackPlaced",
    "FeedbackSubmitted",
    "Highlight",
    "Kind",
    "MessageOutcome",
    "MessagePurpose",
    "MessageSettled",
    "PassedKind",
    "Pin",
    "PlaceGiven",
    "PlacedBy",
    "PlacementReason",
    "ResidentAnswered",
    "TopicScore",
    "UnitScore",
    "Urgency",
    "derived_event_id",
]
