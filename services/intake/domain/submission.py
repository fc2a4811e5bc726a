"""What a resident hands in, cleaned, and the fingerprint by which a repeat is told from a second report."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.intake.domain.contact import Contact

LONGEST_TEXT = 10_000
LONGEST_PLACE_TEXT = 500
LONGEST_IDEMPOTENCY_KEY = 200
CHANNELS = ("web", "app", "sms", "phone", "email", "api")
_KEY = re.compile(rf"[\x21-\x7e](?:[\x20-\x7e]{{0,{LONGEST_IDEMPOTENCY_KEY - 2}}}[\x21-\x7e])?")
# Control characters and halves of characters: PostgreSQL refuses some of them, and nobody means to write any.
_NOT_WRITTEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Place:
    """The place as given: any, all or none of a point (WGS 84 degrees), a unit and words."""

    lat: float | None = None
    lon: float | None = None
    unit_code: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """One report as it was handed in."""

    idempotency_key: str
    text: str
    channel: str
    language: str = "vi"
    place: Place = Place()
    contact: Contact | None = None
    sent_at: datetime | None = None
    trace: str | None = None
    """The trace of the request that brought it; no part of what was said."""


def clean_text(text: str) -> str:
    """Take out what no resident means to write (control characters, odd line ends) and the space around the words."""
    return _NOT_WRITTEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def says_something(text: str) -> bool:
    """Say whether there is anything to read, not only spaces and invisible characters."""
    return any(letter.isprintable() and not letter.isspace() for letter in text)


def is_idempotency_key(key: str) -> bool:
    """Say whether a client's key can be kept: 1 to 200 visible ASCII characters."""
    return _KEY.fullmatch(key) is not None


def fingerprint(submission: Submission) -> bytes:
    """Digest everything but the key and the contact, 16 bytes.

    The contact is compared where it is kept, so that erasing it there leaves no trace of it here.
    """
    said, place = submission, submission.place
    sent_at = said.sent_at.timestamp() if said.sent_at is not None else None
    parts = (said.text, said.channel, said.language, place.lat, place.lon, place.unit_code, place.text, sent_at)
    return hashlib.blake2b(repr(parts).encode(), digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class Feedback:
    """A submission that was accepted: named, dated, its contact sealed."""

    feedback_id: UUID
    tracking_code: str
    submission: Submission
    received_at: datetime
    sealed_contact: str | None = None
