"""deadline.passed.v1: a case is late, or soon will be, and somebody was told."""

from enum import StrEnum
from typing import ClassVar

from pydantic import AwareDatetime, Field

from shared.events.base import Event


class DeadlineStage(StrEnum):
    """Which of the two clocks."""

    ACCEPT = "accept"
    RESOLVE = "resolve"


class PassedKind(StrEnum):
    """Whether the deadline is near or gone."""

    WARNING = "warning"
    ESCALATION = "escalation"


class DeadlinePassed(Event):
    """A warning or an escalation; each (case, stage, level, generation) fires once."""

    topic: ClassVar[str] = "deadline.passed.v1"
    source: ClassVar[str] = "notifier"
    summary: ClassVar[str] = "A warning or escalation fired for a stage of a case."

    stage: DeadlineStage
    passed: PassedKind
    level: int = Field(ge=0, description="0 warning, 1 unit leader, 2 province desk and supervisor, 3+ daily.")
    generation: int = Field(ge=1)
    unit_code: str | None
    recipient: str = Field(description="Role told: 'office', 'unit_leader', 'province_desk', 'supervisor'.")
    due_at: AwareDatetime = Field(description="When this warning or escalation was due.")
    deadline_at: AwareDatetime = Field(description="The deadline of the stage itself.")
