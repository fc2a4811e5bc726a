"""The list of all events, by topic."""

from collections.abc import Mapping
from types import MappingProxyType

from shared.events.base import Event
from shared.events.case import CaseChanged
from shared.events.classification import FeedbackClassified
from shared.events.correction import FeedbackCorrected
from shared.events.deadline import DeadlinePassed
from shared.events.message import MessageSettled
from shared.events.placement import FeedbackPlaced
from shared.events.resident import ResidentAnswered
from shared.events.submission import FeedbackSubmitted

EVENTS: Mapping[str, type[Event]] = MappingProxyType(
    {
        event.topic: event
        for event in (
            FeedbackSubmitted,
            FeedbackClassified,
            FeedbackPlaced,
            CaseChanged,
            ResidentAnswered,
            DeadlinePassed,
            MessageSettled,
            FeedbackCorrected,
        )
    }
)
