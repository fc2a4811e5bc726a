"""What every event has: an identity, a time, the feedback it is about, and its CloudEvents attributes."""

from typing import ClassVar, Self
from uuid import UUID, uuid5

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class Value(BaseModel):
    """A frozen part of an event; unknown fields of a newer writer are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class Event(Value):
    """One thing that happened to one feedback.

    `event_id` stays the same however often the event is delivered; `feedback_id` is the Kafka key, so all events of
    one case keep their order on one partition.
    """

    topic: ClassVar[str]
    source: ClassVar[str]
    summary: ClassVar[str]

    event_id: UUID = Field(description="Identity of this fact, stable over redelivery (CloudEvents id).")
    feedback_id: UUID = Field(description="The feedback this is about (CloudEvents subject, Kafka key).")
    occurred_at: AwareDatetime = Field(description="When it happened, UTC (CloudEvents time).")

    def to_bytes(self) -> bytes:
        """Serialise the body as JSON, UTF-8."""
        return self.model_dump_json().encode()

    @classmethod
    def from_bytes(cls, body: bytes) -> Self:
        """Parse and validate a body; raises `pydantic.ValidationError` when it is not this event."""
        return cls.model_validate_json(body)

    def key(self) -> bytes:
        """Return the Kafka key: the feedback id as text."""
        return str(self.feedback_id).encode()

    def cloudevents_headers(self) -> dict[str, str]:
        """Return the CloudEvents 1.0 attributes in Kafka's binary content mode."""
        return {
            "ce_specversion": "1.0",
            "ce_id": str(self.event_id),
            "ce_type": self.topic,
            "ce_source": self.source,
            "ce_time": self.occurred_at.isoformat(),
            "ce_subject": str(self.feedback_id),
            "content-type": "application/json",
        }


def derived_event_id(cause: UUID, topic: str) -> UUID:
    """Name the event that follows from `cause`: the same cause and topic always give the same id."""
    return uuid5(cause, topic)
