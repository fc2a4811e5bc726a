"""Builders for the desk: events as the other services tell them, and a desk on a real database."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.desk.adapters.staff_store import open_staff
from services.desk.adapters.store import open_cases
from services.desk.domain.case import CaseStory, Correction, Placement
from services.desk.domain.life_cycle import Action, Step, Wanted
from services.desk.domain.staff import Role, Staff, UnitNames
from services.desk.usecases.assign_case import AssignCase
from services.desk.usecases.correct_case import CorrectCase
from services.desk.usecases.hear_residents import HearResidents
from services.desk.usecases.move_case import MoveCase
from services.desk.usecases.note_alarms import NoteAlarms
from services.desk.usecases.note_reports import NoteReports
from services.desk.usecases.open_cases import OpenPlacedCases, placement_of
from services.desk.usecases.ports import Fragment, NewStaff, PageAsked, SentBack, ServiceSilentError
from services.desk.usecases.read_case import FindByCode, ReadCase
from services.desk.usecases.run_unit import RunUnit
from services.desk.usecases.share_out import ShareOut
from shared.db.outbox import Outbox
from shared.events import (
    AnswerKind,
    CaseChanged,
    Channel,
    DeadlinePassed,
    DeadlineStage,
    FeedbackClassified,
    FeedbackCorrected,
    FeedbackPlaced,
    Kind,
    PassedKind,
    PlacedBy,
    PlaceGiven,
    ResidentAnswered,
    TopicScore,
    Urgency,
)

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
RECEIVED = datetime(2026, 11, 23, 1, tzinfo=UTC)
UNIT, OTHER_UNIT = "24133", "22015"


def feedback_classified(
    *, feedback_id: UUID | None = None, text: str = "Đèn đường Y Jút hỏng.", **other: Any
) -> FeedbackClassified:
    """Build what the classifier tells."""
    values: dict[str, Any] = {
        "event_id": uuid4(),
        "feedback_id": feedback_id or uuid4(),
        "occurred_at": RECEIVED,
        "received_at": RECEIVED,
        "channel": Channel.WEB,
        "text": text,
        "place": PlaceGiven(text="trước số 24"),
        "kind": Kind.REPORT,
        "kind_probability": 0.9,
        "subject": "street_lighting",
        "subject_probability": 0.8,
        "alternatives": (TopicScore(topic="power", probability=0.1),),
        "urgency": Urgency.NORMAL,
        "urgency_probability": 0.7,
        "reasons": ("đèn đường",),
        "needs_review": False,
        "model_version": "m1",
    }
    return FeedbackClassified(**values | other)


def feedback_placed(*, feedback_id: UUID | None = None, unit_code: str | None = UNIT, **other: Any) -> FeedbackPlaced:
    """Build what the router tells."""
    values: dict[str, Any] = {
        "event_id": uuid4(),
        "feedback_id": feedback_id or uuid4(),
        "occurred_at": RECEIVED + timedelta(seconds=1),
        "received_at": RECEIVED,
        "kind": Kind.REPORT,
        "subject": "street_lighting",
        "urgency": Urgency.NORMAL,
        "needs_review": False,
        "unit_code": unit_code,
        "office": "commune:economy" if unit_code else "province:desk",
        "placed_by": PlacedBy.TEXT if unit_code else PlacedBy.PROVINCE_DESK,
        "confidence": 0.9,
        "approximate": False,
        "explanation": "Nội dung nhắc đường Y Jút.",
        "accept_by": RECEIVED + timedelta(hours=4),
        "resolve_by": RECEIVED + timedelta(days=3),
        "policy_version": "p1",
        "calendar_version": "c1",
        "boundary_version": "b1",
    }
    return FeedbackPlaced(**values | other)


def placement(**other: Any) -> Placement:
    """Build a placement."""
    return placement_of(feedback_placed(**other))


def deadline_passed(feedback_id: UUID, *, level: int = 1, **other: Any) -> DeadlinePassed:
    """Build what the notifier tells."""
    values: dict[str, Any] = {
        "event_id": uuid4(),
        "feedback_id": feedback_id,
        "occurred_at": RECEIVED + timedelta(hours=4),
        "stage": DeadlineStage.ACCEPT,
        "passed": PassedKind.ESCALATION if level else PassedKind.WARNING,
        "level": level,
        "generation": 1,
        "unit_code": UNIT,
        "recipient": "unit_leader" if level else "office",
        "due_at": RECEIVED + timedelta(hours=4),
        "deadline_at": RECEIVED + timedelta(hours=4),
    }
    return DeadlinePassed(**values | other)


def resident_answered(feedback_id: UUID, answer: AnswerKind = AnswerKind.ANSWER, **other: Any) -> ResidentAnswered:
    """Build what intake tells of a resident's second word."""
    values: dict[str, Any] = {
        "event_id": uuid4(),
        "feedback_id": feedback_id,
        "occurred_at": RECEIVED + timedelta(hours=2),
        "answer": answer,
        "text": None if answer is AnswerKind.RATING else "Số 24, gần quán cà phê.",
        "rating": 4 if answer is AnswerKind.RATING else None,
    }
    return ResidentAnswered(**values | other)


@dataclass
class RealDesk:
    """The desk's use cases over a real, migrated database, with a clock that stands still."""

    engine: AsyncEngine
    now: datetime = RECEIVED + timedelta(minutes=5)
    moves: list[str] = field(default_factory=list)
    opened: int = 0
    conflicts: int = 0
    woken: int = 0
    units: UnitNames = field(default_factory=lambda: UnitNames({}))

    def __post_init__(self) -> None:
        """Wire the use cases."""
        self.cases = open_cases(self.engine, Outbox("desk"))
        self.staff = open_staff(self.engine)
        share_out = ShareOut(self.units, ZONE, self.clock)
        self.open_placed = OpenPlacedCases(self.cases, self.clock, self._count_opened, share_out)
        self.note_reports = NoteReports(self.cases)
        self.note_alarms = NoteAlarms(self.cases)
        self.hear_residents = HearResidents(self.cases, self.clock, self.moves.append)
        self.move_case = MoveCase(
            self.cases, self.clock, lambda: None, self.moves.append, self._count_conflict, share_out
        )
        self.correct_case = CorrectCase(self.cases, self.clock, uuid4, self._count_wake)
        self.read_case = ReadCase(self.cases, self.units, ZONE, self.clock)
        self.find_by_code = FindByCode(self.cases)
        self.assign_case = AssignCase(self.cases, self.units, ZONE, self.clock, self.clock)
        self.unit = RunUnit(self.cases, self.units, ZONE, self.clock, self.clock)

    def clock(self) -> datetime:
        """Tell the time."""
        return self.now

    def _count_opened(self, count: int) -> None:
        self.opened += count

    def _count_conflict(self) -> None:
        self.conflicts += 1

    def _count_wake(self) -> None:
        self.woken += 1

    async def member(self, login: str, role: Role = Role.HANDLER, unit_code: str | None = None) -> Staff:
        """Add a member of staff without a usable password."""
        async with self.staff() as store:
            await store.add_staff([NewStaff(login, "!", login.title(), role, unit_code)], at=self.now)
            known = await store.find_staff(login)
        assert known is not None
        return known.staff

    async def case(self, **other: Any) -> UUID:
        """Open a case with its words."""
        placed = feedback_placed(**other)
        await self.open_placed([placed])
        await self.note_reports([feedback_classified(feedback_id=placed.feedback_id)])
        return placed.feedback_id

    async def correct(self, feedback_id: UUID, *, by: Staff, **other: Any) -> Correction:
        """Confirm what the classifier said, but for what is named."""
        said = {"kind": "report", "subject": "street_lighting", "urgency": "normal"}
        return await self.correct_case(feedback_id, **said | other, by=by)

    async def move(self, feedback_id: UUID, action: Action, version: int, *, by: Staff, **other: Any) -> Step:
        """Make a move."""
        return await self.move_case(feedback_id, Wanted(action, version, **other), by=by)

    async def story(self, feedback_id: UUID, *, by: Staff) -> CaseStory:
        """Read a case."""
        return await self.read_case(feedback_id, by=by)

    async def said(self) -> list[CaseChanged]:
        """Read the steps in the outbox."""
        return [CaseChanged.from_bytes(body) for body in await self._outbox(CaseChanged.topic)]

    async def corrected(self) -> list[FeedbackCorrected]:
        """Read the corrections in the outbox."""
        return [FeedbackCorrected.from_bytes(body) for body in await self._outbox(FeedbackCorrected.topic)]

    async def _outbox(self, topic: str) -> list[bytes]:
        async with self.engine.connect() as connection:
            query = text("SELECT body FROM desk.outbox WHERE topic = :topic ORDER BY id")
            return [bytes(row.body) for row in await connection.execute(query, {"topic": topic})]

    async def rows(self, query: str, **values: Any) -> Sequence[Any]:
        """Read anything, seeing all."""
        async with self.engine.begin() as connection:
            await connection.execute(text("SELECT set_config('langnghe.unit', '*', true)"))
            return (await connection.execute(text(query), values)).all()


@dataclass
class FakeServicePages:
    """A service that gives one answer to every question, or is silent where it has none."""

    answer: Fragment | SentBack | None = None
    asked: list[PageAsked] = field(default_factory=list)

    async def ask(self, asked: PageAsked) -> Fragment | SentBack:
        """Give the answer."""
        self.asked.append(asked)
        if self.answer is None:
            raise ServiceSilentError
        return self.answer
