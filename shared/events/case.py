"""case.changed.v1: one step in the life of a case."""

from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from shared.events.base import Event


class CaseState(StrEnum):
    """Where a case stands."""

    PLACED = "placed"
    ACCEPTED = "accepted"
    IN_PROGRESS = "in_progress"
    WAITING_RESIDENT = "waiting_resident"
    RESOLVED = "resolved"
    CLOSED = "closed"
    TRANSFERRED = "transferred"
    RETURNED = "returned"
    REOPENED = "reopened"


class CaseAction(StrEnum):
    """What somebody did to a case."""

    OPEN = "open"
    ACCEPT = "accept"
    START = "start"
    ASK = "ask"
    ANSWERED = "answered"
    REPLY = "reply"
    RESOLVE = "resolve"
    CLOSE = "close"
    TRANSFER = "transfer"
    RETURN = "return"
    REOPEN = "reopen"


class ClosingReason(StrEnum):
    """Why a case was resolved or closed."""

    FIXED = "fixed"
    ANSWERED = "answered"
    NOT_OURS = "not_ours"
    WILL_NOT_DO = "will_not_do"
    DUPLICATE = "duplicate"
    UNVERIFIABLE = "unverifiable"
    WITHDRAWN = "withdrawn"


class CaseChanged(Event):
    """One move of a case: what, who, when, and the version it made."""

    topic: ClassVar[str] = "case.changed.v1"
    source: ClassVar[str] = "desk"
    summary: ClassVar[str] = "A case took one step of its life cycle."

    version: int = Field(ge=1, description="Version of the case after this step; rises by one.")
    action: CaseAction
    state: CaseState
    actor: str = Field(description="Who did it: 'system', 'resident' or 'staff:<id>'; never a name.")
    unit_code: str | None
    office: str
    public_reply: str | None = Field(default=None, description="Words for the resident, if any.")
    closing_reason: ClosingReason | None = None
