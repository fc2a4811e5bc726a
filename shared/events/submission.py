"""feedback.submitted.v1: a resident's words were accepted and are safe."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.events.base import Event, Value


class Channel(StrEnum):
    """How the words reached us."""

    WEB = "web"
    APP = "app"
    SMS = "sms"
    PHONE = "phone"
    EMAIL = "email"
    API = "api"


class Pin(Value):
    """A point as the resident's device gave it, WGS 84 degrees; may be outside the province or swapped."""

    lat: float = Field(ge=-180, le=180)
    lon: float = Field(ge=-180, le=180)


class PlaceGiven(Value):
    """The place as the resident gave it: any, all or none of a pin, a unit and free text."""

    pin: Pin | None = None
    unit_code: str | None = Field(default=None, description="Code of the commune or ward the resident chose.")
    text: str | None = Field(default=None, max_length=500)


class Attachment(Value):
    """A file kept by intake."""

    attachment_id: UUID
    content_type: str
    size_bytes: int = Field(ge=0)
    sha256: str


class FeedbackSubmitted(Event):
    """A resident's words, accepted and stored by intake."""

    topic: ClassVar[str] = "feedback.submitted.v1"
    source: ClassVar[str] = "intake"
    summary: ClassVar[str] = "A resident's words were accepted and stored."

    tracking_code: str
    channel: Channel
    text: str = Field(min_length=1)
    place: PlaceGiven = PlaceGiven()
    attachments: tuple[Attachment, ...] = ()
    language: str = Field(default="vi", description="BCP 47 tag of the language the resident used, as far as known.")
    received_at: AwareDatetime = Field(description="When intake accepted it; deadlines count from here.")
    sent_at: AwareDatetime | None = Field(default=None, description="When the resident says it was sent.")
    sealed_contact: str | None = Field(default=None, description="Contact, sealed so that only the notifier opens it.")
