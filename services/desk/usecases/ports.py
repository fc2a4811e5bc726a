"""What the use cases need from outside: one transaction's view of cases, and of staff."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import IO, Protocol
from uuid import UUID

from services.desk.domain.assignment import Absence, Assignment, Handler
from services.desk.domain.case import (
    Alarm,
    Case,
    CaseStory,
    Correction,
    EarlierDeadlines,
    InboxRow,
    Report,
    ResidentWord,
    StepTaken,
)
from services.desk.domain.province import UnitStanding
from services.desk.domain.sign_in import Attempts
from services.desk.domain.staff import Staff
from shared.events import Event


class Tab(StrEnum):
    """The lists of an inbox."""

    OPEN = "open"
    LATE = "late"
    WAITING = "waiting"
    RESOLVED = "resolved"
    DISPUTED = "disputed"


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to; nothing given narrows nothing."""

    urgency: str | None = None
    subject: str | None = None
    needs_review: bool = False
    words: tuple[str, ...] = ()
    assignee_id: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a sorted list: the time it is sorted by, and the case."""

    at: datetime
    feedback_id: UUID


class UnitStore(Protocol):
    """How a unit works, inside one transaction: who is there, who is away, whether cases are shared out."""

    async def lock_sharing_units(self, unit_codes: Sequence[str]) -> Mapping[str, int]:
        """Hold those of these units that share out until the transaction ends; return the last turn of each."""

    async def handlers_of(self, codes: Mapping[str, str], *, on: date) -> Sequence[Handler]:
        """Read the handlers of units (`codes`: of staff to the unit of today), with their load and who is away."""

    async def assign(self, assignments: Sequence[Assignment]) -> None:
        """Give cases to handlers, and note the turns."""

    async def reassign(self, feedback_id: UUID, to: int | None) -> None:
        """Give a case, held already, to somebody else or to nobody."""

    async def shares_out(self, unit_code: str) -> bool:
        """Say whether a unit shares its cases out."""

    async def set_sharing(self, unit_code: str, *, shares_out: bool) -> None:
        """Switch it."""

    async def absences_of(self, staff_ids: Sequence[int], *, from_on: date) -> Sequence[Absence]:
        """Read the absences that are not over on a day, the earliest first."""

    async def add_absence(self, staff_id: int, from_on: date, to_on: date) -> None:
        """Note an absence."""

    async def remove_absence(self, absence_id: int, *, staff_ids: Sequence[int]) -> int | None:
        """Take an absence of one of these back; return whose it was, if it was there."""

    async def audit(
        self, *, at: datetime, actor: str, action: str, subject: str | None = None, address: str | None = None
    ) -> None:
        """Add a row to the audit."""


class CaseStore(UnitStore, Protocol):
    """The cases, inside one transaction, as far as its scope lets them be seen."""

    async def add_cases(self, cases: Sequence[Case], openings: Sequence[StepTaken]) -> set[UUID]:
        """Open cases that do not exist, each with its first step; return the ids opened."""

    async def renew(
        self, cases: Sequence[Case], taken: Sequence[StepTaken], replaced: Sequence[EarlierDeadlines]
    ) -> None:
        """Write cases, held already, as newer generations leave them, the steps taken, and the deadlines replaced."""

    async def steps_of(self, feedback_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[StepTaken]]:
        """Read every step of these cases, the oldest first."""

    async def add_reports(self, reports: Sequence[Report]) -> None:
        """Keep the residents' words where they are not known."""

    async def add_alarms(self, alarms: Sequence[Alarm]) -> None:
        """Keep warnings and escalations that are not known."""

    async def add_words(self, words: Sequence[ResidentWord]) -> set[UUID]:
        """Keep what residents said again; return the event ids that were new."""

    async def lock_cases(self, feedback_ids: Sequence[UUID]) -> Mapping[UUID, Case]:
        """Read cases and hold them until the transaction ends, always in the same order."""

    async def mark_disputed(self, feedback_ids: Sequence[UUID]) -> None:
        """Note that a dispute waits for a person."""

    async def report_of(self, feedback_id: UUID) -> Report | None:
        """Read a resident's words and the classifier's answer, if they have come; a part has those of its report."""

    async def corrections_of(self, feedback_ids: Sequence[UUID]) -> Sequence[tuple[Correction, Report]]:
        """Read every correction of these cases, the oldest first, each with what it is about."""

    async def find_case(self, key: UUID | str) -> Case | None:
        """Read a case by feedback id or short id; nothing when it is not there or out of scope."""

    async def find_by_code(self, key: str) -> UUID | None:
        """Return the case that a tracking code stands for, of several the report itself before its parts."""

    async def case_exists(self, key: UUID | str) -> UUID | None:
        """Return the id of a case whoever holds it: for the audit, never for a page."""

    async def story_of(self, case: Case) -> CaseStory:
        """Read everything about a case."""

    async def take_step(self, case: Case, taken: StepTaken, *, seen_version: int) -> None:
        """Write a step and the case after it; raises SomeoneWasFirstError when it moved on from `seen_version`."""

    async def step(self, feedback_id: UUID, version: int) -> StepTaken | None:
        """Read one step with the name of whoever took it, whoever holds the case now."""

    async def correct(self, correction: Correction) -> None:
        """Keep a correction, whose id is new, and show the case accordingly; no deadline and no version moves."""

    async def add_events(self, events: Sequence[Event]) -> None:
        """Put events into the outbox."""

    async def list_cases(
        self,
        unit_codes: Sequence[str],
        tab: Tab,
        filters: Filters,
        *,
        now: datetime,
        after: Place | None,
        limit: int,
    ) -> Sequence[InboxRow]:
        """Read one page of what a unit holds, by its codes of today and before; without a code the province desk."""

    async def count_tabs(self, unit_codes: Sequence[str], *, now: datetime, since: datetime) -> Mapping[Tab, int]:
        """Count each list; of the settled ones, those changed since."""

    async def standings(self, *, now: datetime, since: datetime) -> Sequence[UnitStanding]:
        """Count for every unit that has anything to count."""


OpenCases = Callable[[str], AbstractAsyncContextManager[CaseStore]]
"""Open a transaction that sees the cases of one scope: a unit's codes, see `Staff.scope`, or `EVERY_UNIT`."""


@dataclass(frozen=True, slots=True)
class KnownStaff:
    """A member of staff with the hash of their password."""

    staff: Staff
    password_hash: str
    active: bool


@dataclass(frozen=True, slots=True)
class NewStaff:
    """A member of staff to add."""

    login: str
    password_hash: str
    display_name: str
    role: str
    unit_code: str | None


@dataclass(frozen=True, slots=True)
class Session:
    """Who is signed in, and until when."""

    staff: Staff
    expires_at: datetime


class StaffStore(Protocol):
    """Staff, sessions, attempts and the audit, inside one transaction."""

    async def add_staff(self, staff: Sequence[NewStaff], *, at: datetime) -> int:
        """Add those whose login is free; return how many were."""

    async def list_staff(self) -> Sequence[KnownStaff]:
        """Read all, by role, unit and login."""

    async def find_staff(self, login: str) -> KnownStaff | None:
        """Read one by login."""

    async def set_unit(self, staff_id: int, unit_code: str) -> None:
        """Let somebody work for another unit."""

    async def lock_attempts(self, login: str, address: str) -> Attempts | None:
        """Read the attempts of a login from an address, one transaction at a time."""

    async def set_attempts(self, login: str, address: str, attempts: Attempts) -> None:
        """Write them."""

    async def clear_attempts(self, login: str, address: str) -> None:
        """Forget them."""

    async def add_session(self, token_hash: bytes, staff: Staff, *, at: datetime, expires_at: datetime) -> None:
        """Keep a session."""

    async def find_session(self, token_hash: bytes, *, now: datetime) -> Session | None:
        """Read a session that has not ended, of somebody who still works here."""

    async def prolong_session(self, token_hash: bytes, *, expires_at: datetime) -> None:
        """Move its end."""

    async def end_session(self, token_hash: bytes) -> None:
        """Forget it."""

    async def tidy(self, *, now: datetime, attempts_before: datetime) -> None:
        """Forget sessions that have ended and attempts that no longer matter."""

    async def audit(
        self, *, at: datetime, actor: str, action: str, subject: str | None = None, address: str | None = None
    ) -> None:
        """Add a row to the audit."""


OpenStaff = Callable[[], AbstractAsyncContextManager[StaffStore]]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that somebody sends with a form: its name, its type, and where its content is read from."""

    filename: str
    content_type: str
    content: IO[bytes]


@dataclass(frozen=True, slots=True)
class PageAsked:
    """What is asked of another service's page: for whom, in which language, and the form that is sent to it, if any."""

    path: str
    query: Mapping[str, str]
    language: str
    by: Staff
    fields: Mapping[str, str] | None = None
    files: Mapping[str, Upload] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fragment:
    """A piece of HTML that another service wrote, and the status it gave it."""

    html: str
    status_code: int = 200


@dataclass(frozen=True, slots=True)
class SentBack:
    """A form was accepted: the page is to be shown again, with this query behind its address."""

    query: str


class ServicePages(Protocol):
    """The pages that another service shows of itself."""

    async def ask(self, asked: PageAsked) -> Fragment | SentBack:
        """Return what it answers; raises ServiceSilentError."""


class ServiceSilentError(Exception):
    """A service does not answer, or not with a page; `refused` when it does not take us for the desk."""

    def __init__(self, *, refused: bool = False) -> None:
        """Keep which of the two it is."""
        super().__init__("refused" if refused else "silent")
        self.refused = refused


class TooManyAttemptsError(Exception):
    """Signing in must wait; `wait` says how long."""

    def __init__(self, wait: timedelta) -> None:
        """Keep how long."""
        super().__init__(str(wait))
        self.wait = wait


class NotFoundError(Exception):
    """There is no such case, or it is not theirs to see: the two look the same."""
