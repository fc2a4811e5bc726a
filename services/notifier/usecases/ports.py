"""What the use cases ask of the outside."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from services.notifier.domain.ladder import Stage
from shared.events import CaseChanged, DeadlinePassed, FeedbackPlaced, MessageOutcome, MessagePurpose, MessageSettled


@dataclass(frozen=True, slots=True)
class Timer:
    """One clock of one case as stored, with the rung that comes next."""

    feedback_id: UUID
    stage: str
    generation: int
    starts_at: datetime
    deadline_at: datetime
    unit_code: str | None
    next_level: int
    next_due: datetime

    def ladder(self) -> Stage:
        """Return what the ladder is computed from."""
        return Stage(self.starts_at, self.deadline_at, has_unit=self.unit_code is not None)


@dataclass(frozen=True, slots=True)
class Resident:
    """How a resident may be reached: a contact only the notifier can open, and the code they know."""

    feedback_id: UUID
    tracking_code: str
    sealed_contact: str


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a case went, as far as its resident is told."""

    feedback_id: UUID
    unit_code: str | None
    resolve_by: datetime


@dataclass(frozen=True, slots=True)
class Message:
    """A message to write: its key says that this effect on this recipient happens once."""

    key: str
    message_id: UUID
    feedback_id: UUID
    purpose: MessagePurpose
    recipient: str
    words: str


class Attempt(StrEnum):
    """What a gateway says of one attempt to send."""

    DELIVERED = "delivered"
    FAILED = "failed"
    UNKNOWN = "unknown"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message that is being sent, with the contact of its resident if it goes to one."""

    message: Message
    attempts: int
    sealed_contact: str | None


class Store(Protocol):
    """The notifier's state in one transaction."""

    async def now(self) -> datetime:
        """Tell the time by the database's clock."""

    async def arm(self, placed: Sequence[FeedbackPlaced], timers: Sequence[Timer]) -> set[UUID]:
        """Arm new timers, or anew with a higher generation; return the feedback for which nothing changed."""

    async def follow(self, changes: Sequence[CaseChanged], running: Mapping[UUID, Mapping[str, bool]]) -> None:
        """Keep the newest state of each case, and whether its clocks run."""

    async def fired(self, feedback_ids: Sequence[UUID]) -> Sequence[DeadlinePassed]:
        """Return what has fired for these cases, as it was published."""

    async def take_due(self, now: datetime, *, limit: int) -> Sequence[Timer]:
        """Lock timers whose next rung is due, the longest overdue first, leaving those another worker holds."""

    async def advance(self, timers: Sequence[Timer]) -> None:
        """Store the next rung of these timers."""

    async def add_fired(self, fired: Sequence[DeadlinePassed]) -> Sequence[DeadlinePassed]:
        """Record what fires, leaving out what had fired before; return the new ones."""

    async def add_residents(self, residents: Sequence[Resident]) -> None:
        """Remember how residents may be reached."""

    async def residents(self, feedback_ids: Sequence[UUID]) -> Mapping[UUID, Resident]:
        """Find the residents who may be reached."""

    async def placements(self, feedback_ids: Sequence[UUID]) -> Sequence[Placed]:
        """Find where cases went."""

    async def add_messages(self, messages: Sequence[Message]) -> None:
        """Queue messages, leaving out those whose key is there already."""

    async def take_queued(self, now: datetime, *, limit: int) -> Sequence[Delivery]:
        """Mark queued messages as being sent and return them."""

    async def settle(self, settled: Mapping[UUID, MessageOutcome], now: datetime) -> Sequence[MessageSettled]:
        """Record final states and return the events that say so."""

    async def put_off(self, message_ids: Mapping[UUID, datetime]) -> None:
        """Queue messages again for a later moment."""

    async def give_up_silent(self, before: datetime) -> Sequence[UUID]:
        """Return messages whose sending began before a moment and never ended."""

    async def say(self, events: Sequence[DeadlinePassed | MessageSettled]) -> None:
        """Put events into the outbox."""


OpenUnitOfWork = Callable[[], AbstractAsyncContextManager[Store]]


class Gateway(Protocol):
    """A way to reach people."""

    async def send(self, delivery: Delivery) -> Attempt:
        """Try once to send a message."""
