"""message.settled.v1: an outbound message reached its final state."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from shared.events.base import Event


class MessagePurpose(StrEnum):
    """Why the message was sent."""

    PLACED = "placed"
    PUBLIC_REPLY = "public_reply"
    QUESTION = "question"
    WARNING = "warning"
    ESCALATION = "escalation"


class MessageOutcome(StrEnum):
    """What became of it."""

    DELIVERED = "delivered"
    FAILED = "failed"
    UNKNOWN = "unknown"


class MessageSettled(Event):
    """The final state of one message to one recipient."""

    topic: ClassVar[str] = "message.settled.v1"
    source: ClassVar[str] = "notifier"
    summary: ClassVar[str] = "An outbound message was delivered, failed, or stays unknown."

    message_id: UUID
    purpose: MessagePurpose
    recipient: str = Field(description="'resident' or a staff role; never a phone number, address or name.")
    outcome: MessageOutcome
    detail: str | None = Field(default=None, max_length=500)
