"""What the use cases need from outside: one transaction's view of what intake keeps."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from services.intake.domain.contact import Contact
from services.intake.domain.second_word import SecondWord
from services.intake.domain.submission import Feedback
from services.intake.domain.tracking import CaseStep, Placement, Tracking
from shared.events import Event


class TooBusyError(Exception):
    """More requests wait than can be answered in time; nothing was kept of this one."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of an idempotency key that was used before."""

    feedback_id: UUID
    tracking_code: str
    received_at: datetime
    fingerprint: bytes
    contact: Contact | None


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """A feedback whose case the desk has not confirmed, and how often it was announced again."""

    feedback: Feedback
    announcements: int


@dataclass(frozen=True, slots=True)
class Traced:
    """An event and the trace it belongs to; none means the running one."""

    event: Event
    trace: str | None = None


class IntakeStore(Protocol):
    """Everything kept, inside one transaction."""

    async def add_feedback(self, feedback: Sequence[tuple[Feedback, bytes]], *, announce_after: timedelta) -> set[UUID]:
        """Keep new feedback with its fingerprint; return the ids kept, which are not those whose key or code exists."""

    async def add_contacts(self, contacts: Mapping[UUID, Contact]) -> None:
        """Keep contacts in clear."""

    async def kept_under(self, idempotency_keys: Sequence[str]) -> Mapping[str, Kept]:
        """Look keys up."""

    async def add_events(self, events: Sequence[Traced]) -> None:
        """Put events into the outbox."""

    async def track(self, tracking_codes: Sequence[str]) -> Sequence[Tracking]:
        """Read what the tracking pages of these codes show; unknown codes are left out."""

    async def note_placements(self, placements: Sequence[Placement]) -> None:
        """Keep placements, at most one for each feedback, where none as new is known."""

    async def note_steps(self, steps: Sequence[CaseStep]) -> None:
        """Keep case steps, where not known yet."""

    async def note_progress(self, latest: Sequence[CaseStep]) -> None:
        """Move cases on to these versions, at most one for each feedback, and stop announcing them again."""

    async def add_second_word(self, feedback_id: UUID, turn: int, word: SecondWord, *, at: datetime) -> bool:
        """Keep a second word; False when one of this kind was kept for this turn."""

    async def second_word(self, feedback_id: UUID, turn: int, kind: str) -> SecondWord:
        """Read a second word that was kept."""

    async def outbox_waits(self, *, longer_than: timedelta) -> bool:
        """Say whether the oldest outbox row has waited longer than that."""

    async def lock_unconfirmed(self, *, limit: int) -> Sequence[Unconfirmed]:
        """Take the feedback that is due for announcing again and that nobody else has taken, the most overdue first."""

    async def postpone(self, waits: Mapping[UUID, timedelta]) -> None:
        """Count one announcement more for each and wait that long, by the database's clock, before the next."""

    async def lock_cluster(self) -> str | None:
        """Read, and hold, the id of the Kafka cluster last seen."""

    async def set_cluster(self, cluster_id: str, *, tell_anew: bool) -> None:
        """Keep the id of the cluster; `tell_anew` starts telling it everything that is not closed."""

    async def lock_next_to_tell(self, *, limit: int) -> Sequence[Feedback] | None:
        """Take the next feedback to tell a new cluster, in order; nothing when that is not going on or taken."""

    async def told_up_to(self, feedback_id: UUID | None) -> None:
        """Remember how far the telling has come; nothing means it is finished."""


OpenUnitOfWork = Callable[[], AbstractAsyncContextManager[IntakeStore]]
