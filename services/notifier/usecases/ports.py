"""What the use cases ask of the outside."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from services.notifier.domain.ladder import Stage
from shared.events import DeadlinePassed, FeedbackPlaced, MessageOutcome, MessagePurpose, MessageSettled


@dataclass(frozen=True, slots=True)
class Timer:
    """One clock of one case as stored, with the rung that comes next.

    `begins_late`: it replaced another when its deadline was past, and none of its rungs has been told yet.
    """

    feedback_id: UUID
    stage: str
    generation: int
    starts_at: datetime
    deadline_at: datetime
    unit_code: str | None
    next_level: int
    next_due: datetime
    resumed_at: datetime | None = None
    begins_late: bool = False

    def ladder(self) -> Stage:
        """Return what the ladder is computed from."""
        return Stage(self.starts_at, self.deadline_at, has_unit=self.unit_code is not None)


@dataclass(frozen=True, slots=True)
class CaseStep:
    """What a step of a case means here: whose it is now, and which of its clocks run."""

    feedback_id: UUID
    version: int
    state: str
    unit_code: str | None
    changed_at: datetime
    accept_runs: bool
    resolve_runs: bool


@dataclass(frozen=True, slots=True)
class Resident:
    """How a resident may be reached: a contact only the notifier can open, and the code they know.

    `part_office` is the office of the part, where a case is a part of what they reported.
    """

    feedback_id: UUID
    tracking_code: str
    sealed_contact: str
    part_office: str | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a case went, as far as its resident is told.

    `unit_code` is whose it is. `generation`, `found_unit` and `question` are of the newest placement that named a unit
    or asked for one; the question is missing where nobody needs the answer any more.
    """

    feedback_id: UUID
    unit_code: str | None
    resolve_by: datetime
    generation: int
    found_unit: str | None
    question: str | None
    is_open: bool


@dataclass(frozen=True, slots=True)
class PublicWords:
    """A question or an answer of an office to the resident, and the version of the case that said it."""

    feedback_id: UUID
    version: int
    purpose: MessagePurpose
    words: str


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
    """What a gateway says of one attempt to send.

    LATER: the other side refused for now. BLOCKED: it is our own fault (no key, no room on the disk) and nothing was
    tried, so it is not counted as an attempt.
    """

    DELIVERED = "delivered"
    FAILED = "failed"
    UNKNOWN = "unknown"
    LATER = "later"
    BLOCKED = "blocked"


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

    async def lock_cases(self, feedback_ids: Collection[UUID]) -> None:
        """Lock these cases until the transaction ends, so that the streams take turns at each of them.

        `learn` and `hear_of` do so too. Whoever writes about a case calls one of the three before anything else, and
        whoever writes to the resident of a part locks the report too: it is there that the contact is waited for.
        """

    async def lock_with_reports(self, feedback_ids: Collection[UUID]) -> None:
        """Lock these cases, and the reports of those that are known as parts."""

    async def note_places(self, placed: Sequence[FeedbackPlaced]) -> None:
        """Keep what these placements say of unit, office and question where no newer one is known."""

    async def parts_of(self, feedback_ids: Collection[UUID]) -> Sequence[UUID]:
        """Find the parts of these reports."""

    async def arm(self, placed: Sequence[FeedbackPlaced], timers: Sequence[Timer]) -> set[UUID]:
        """Arm new timers, or anew with a higher generation; return the feedback for which nothing changed."""

    async def learn(self, steps: Sequence[CaseStep]) -> None:
        """Lock these cases and keep the steps that are newer than what is known; at most one of each case."""

    async def set_clocks(self, feedback_ids: Collection[UUID]) -> None:
        """Make the clocks of these cases run or stand, for the unit that has it, as the newest known step says."""

    async def fired(self, feedback_ids: Sequence[UUID]) -> Sequence[DeadlinePassed]:
        """Return what has fired for these cases, as it was published."""

    async def take_due(self, now: datetime, *, limit: int) -> Sequence[Timer]:
        """Lock timers whose next rung is due, the longest overdue first, leaving those another worker holds."""

    async def advance(self, timers: Sequence[Timer]) -> None:
        """Store the next rung of these timers."""

    async def add_fired(self, fired: Sequence[DeadlinePassed]) -> Sequence[DeadlinePassed]:
        """Record what fires, leaving out what had fired before; return the new ones."""

    async def hear_of(self, reachable: Mapping[UUID, bool]) -> None:
        """Lock these cases and keep whether their residents left a contact."""

    async def add_residents(self, residents: Sequence[Resident]) -> None:
        """Remember how residents may be reached."""

    async def residents(self, feedback_ids: Sequence[UUID]) -> Mapping[UUID, Resident]:
        """Find the residents who may be reached."""

    async def placements(self, feedback_ids: Sequence[UUID]) -> Sequence[Placed]:
        """Find where cases went."""

    async def hold_words(self, words: Sequence[PublicWords]) -> None:
        """Hold words for residents of whom it is not known yet whether they left a contact; drop the others."""

    async def take_held_words(self, feedback_ids: Collection[UUID]) -> Sequence[PublicWords]:
        """Return the words that were held, and hold them no longer."""

    async def add_messages(self, messages: Sequence[Message]) -> None:
        """Queue messages, leaving out those whose key is there already."""

    async def take_queued(self, *, limit: int, silent_after: timedelta) -> Sequence[Delivery]:
        """Mark queued messages as being sent, count the attempt and return them; real time."""

    async def silent(self) -> Sequence[UUID]:
        """Lock messages whose sending has not ended for longer than it was given, in real time."""

    async def settle(
        self, message_ids: Sequence[UUID], outcome: MessageOutcome, *, detail: str | None
    ) -> Sequence[MessageSettled]:
        """Record how the sending of messages ended and return the events that say so; settled ones stay as they are."""

    async def put_off(self, message_id: UUID, *, pause: timedelta, attempts: int) -> None:
        """Queue a message that is being sent once more, after a pause in real time."""

    async def say(self, events: Sequence[DeadlinePassed | MessageSettled]) -> None:
        """Put events into the outbox."""


OpenUnitOfWork = Callable[[], AbstractAsyncContextManager[Store]]


class Gateway(Protocol):
    """A way to reach people."""

    async def send(self, delivery: Delivery) -> Attempt:
        """Try once to send a message; what it raises means that nobody knows whether the message went out."""
