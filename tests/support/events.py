"""Builders of events: every value has a default, a test names what matters to it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from shared.events import (
    CaseAction,
    CaseChanged,
    CaseState,
    Channel,
    FeedbackClassified,
    FeedbackCorrected,
    FeedbackPlaced,
    FeedbackSubmitted,
    Kind,
    PlacedBy,
    Urgency,
)

RECEIVED = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
"""Monday 08:00 in Đắk Lắk."""


def feedback_submitted(*, feedback_id: UUID | None = None, **values: Any) -> FeedbackSubmitted:
    """Build a submission."""
    defaults: dict[str, Any] = {
        "event_id": uuid4(),
        "feedback_id": feedback_id or uuid4(),
        "occurred_at": RECEIVED,
        "tracking_code": "DL-7K3FM-92QXA",
        "channel": Channel.WEB,
        "text": "Ổ gà rất to trước cổng trường",
        "received_at": RECEIVED,
    }
    return FeedbackSubmitted(**{**defaults, **values})


def feedback_classified(*, feedback_id: UUID | None = None, **values: Any) -> FeedbackClassified:
    """Build a classification."""
    defaults: dict[str, Any] = {
        "event_id": uuid4(),
        "feedback_id": feedback_id or uuid4(),
        "occurred_at": RECEIVED + timedelta(seconds=1),
        "received_at": RECEIVED,
        "channel": Channel.WEB,
        "text": "Ổ gà rất to trước cổng trường",
        "kind": Kind.REPORT,
        "kind_probability": 0.98,
        "subject": "road_damage",
        "subject_probability": 0.93,
        "urgency": Urgency.NORMAL,
        "urgency_probability": 0.8,
        "needs_review": False,
        "model_version": "test",
    }
    return FeedbackClassified(**{**defaults, **values})


def feedback_placed(*, feedback_id: UUID | None = None, **values: Any) -> FeedbackPlaced:
    """Build a placement: accepted within 4 hours, resolved within 40."""
    defaults: dict[str, Any] = {
        "event_id": uuid4(),
        "feedback_id": feedback_id or uuid4(),
        "occurred_at": RECEIVED + timedelta(seconds=2),
        "received_at": RECEIVED,
        "kind": Kind.REPORT,
        "subject": "road_damage",
        "urgency": Urgency.NORMAL,
        "needs_review": False,
        "unit_code": "24133",
        "office": "commune:economy",
        "placed_by": PlacedBy.UNIT_NAMED,
        "confidence": 0.99,
        "approximate": False,
        "explanation": "Người dân chọn đơn vị này.",
        "accept_by": RECEIVED + timedelta(hours=4),
        "resolve_by": RECEIVED + timedelta(hours=40),
        "policy_version": "p1",
        "calendar_version": "c1",
        "boundary_version": "b1",
    }
    return FeedbackPlaced(**{**defaults, **values})


def case_changed(*, feedback_id: UUID | None = None, **values: Any) -> CaseChanged:
    """Build a step of a case."""
    defaults: dict[str, Any] = {
        "event_id": uuid4(),
        "feedback_id": feedback_id or uuid4(),
        "occurred_at": RECEIVED + timedelta(minutes=5),
        "version": 1,
        "action": CaseAction.OPEN,
        "state": CaseState.PLACED,
        "actor": "system",
        "unit_code": "24133",
        "office": "commune:economy",
    }
    return CaseChanged(**{**defaults, **values})


def feedback_corrected(*, feedback_id: UUID | None = None, **values: Any) -> FeedbackCorrected:
    """Build a correction of the topic by a person."""
    defaults: dict[str, Any] = {
        "event_id": uuid4(),
        "feedback_id": feedback_id or uuid4(),
        "occurred_at": RECEIVED + timedelta(minutes=10),
        "actor": "staff:7",
        "channel": Channel.WEB,
        "text": "Ổ gà rất to trước cổng trường",
        "kind": Kind.REPORT,
        "subject": "construction_nuisance",
        "urgency": Urgency.NORMAL,
        "was_kind": Kind.REPORT,
        "was_subject": "road_damage",
        "was_urgency": Urgency.NORMAL,
        "model_version": "test",
    }
    return FeedbackCorrected(**{**defaults, **values})
