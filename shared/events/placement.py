"""feedback.placed.v1: which unit and office must act, and by when."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.events.base import Event, Value
from shared.events.classification import Kind, Urgency


class PlacedBy(StrEnum):
    """How the place was found, in order of trust."""

    PIN = "pin"
    UNIT_NAMED = "unit_named"
    TEXT = "text"
    PROVINCE_DESK = "province_desk"


class PlacementReason(StrEnum):
    """Why there is this generation of a placement."""

    FIRST = "first"
    ANSWERED = "answered"
    CORRECTED = "corrected"
    TRANSFERRED = "transferred"
    WAITING = "waiting"
    RECOMPUTED = "recomputed"
    UNITS_CHANGED = "units_changed"

    @property
    def brings_a_place(self) -> bool:
        """Whether unit and office are to be taken over; for any other reason deadlines alone are others."""
        return self in {PlacementReason.FIRST, PlacementReason.ANSWERED, PlacementReason.UNITS_CHANGED}


class UnitScore(Value):
    """A unit it could also have been, and how likely."""

    unit_code: str
    confidence: float = Field(ge=0, le=1)


class FeedbackPlaced(Event):
    """The router's decision: unit, office and two deadlines, with the versions of the rules that gave them."""

    topic: ClassVar[str] = "feedback.placed.v1"
    source: ClassVar[str] = "router"
    summary: ClassVar[str] = "Unit, office and deadlines were decided."

    received_at: AwareDatetime
    kind: Kind
    subject: str
    urgency: Urgency
    needs_review: bool

    unit_code: str | None = Field(description="Commune or ward; none when the province desk must decide.")
    office: str = Field(description="Office that must act, '<owner>:<office>', e.g. 'commune:economy'.")
    placed_by: PlacedBy
    confidence: float = Field(ge=0, le=1)
    approximate: bool = Field(description="True when generalised boundaries were used or a border is near.")
    explanation: str = Field(description="One sentence in Vietnamese that says how the place was found.")
    alternatives: tuple[UnitScore, ...] = ()

    accept_by: AwareDatetime
    resolve_by: AwareDatetime
    generation: int = Field(default=1, ge=1, description="Rises when deadlines are computed anew.")
    policy_version: str
    calendar_version: str
    boundary_version: str

    reason: PlacementReason = Field(
        default=PlacementReason.FIRST,
        description="Unit and office are to be taken over for 'first', 'answered' and 'units_changed'; the other "
        "reasons move deadlines alone.",
    )
    tracking_code: str | None = Field(default=None, description="The code the resident knows.")
    question: str | None = Field(
        default=None, description="What the resident would have to say for a unit to be found, in Vietnamese."
    )
    part_of: UUID | None = Field(
        default=None, description="The feedback this is a part of, when one report went to several offices."
    )
    from_unit: str | None = Field(
        default=None, description="The unit a case was with when its unit ceased; said with 'units_changed'."
    )
    office_explanation: str | None = Field(
        default=None,
        description="In Vietnamese: for whom the office stands in, and of a part whose report it is a part of and why.",
    )
    office_rule: str | None = Field(default=None, description="The rule that named the office.")
    deadline_rule: str | None = Field(default=None, description="The rule that set the terms.")
