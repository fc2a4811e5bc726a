"""Intake without a database: a store in memory, builders, and the service's application around them."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from fastapi import FastAPI
from starlette.middleware import Middleware

from services.intake.adapters.group_commit import GroupCommit
from services.intake.domain.contact import Contact
from services.intake.domain.second_word import SecondWord
from services.intake.domain.submission import Feedback, Place, Submission
from services.intake.domain.tracking import CaseStep, Placement, Tracking
from services.intake.entrypoints.api import Intake, SubmitAtOnce, api_routes
from services.intake.entrypoints.pages import page_routes, serve_errors, serve_files
from services.intake.usecases.answer_resident import AnswerResident
from services.intake.usecases.ports import IntakeStore, Kept, Traced, Unconfirmed
from services.intake.usecases.submit_feedback import SubmitFeedback
from services.intake.usecases.track_feedback import TrackFeedback
from shared.db.faults import is_surroundings_fault
from shared.events import CaseChanged, Event, FeedbackPlaced
from shared.territory import Territory, load_territory

ROOT = Path(__file__).parent.parent.parent
NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
FIRST_WAIT = timedelta(minutes=5)


@cache
def territory() -> Territory:
    """Load the pack of the repository."""
    return load_territory(ROOT / "deploy" / "territories" / "daklak")


def submission(text: str = "Đèn đường hỏng ba ngày nay.", **changes: Any) -> Submission:
    """Build a submission."""
    return replace(Submission(idempotency_key=uuid4().hex, text=text, channel="web"), **changes)


def placed(feedback_id: UUID, **changes: Any) -> FeedbackPlaced:
    """Build what the router says."""
    values: dict[str, Any] = {
        "event_id": uuid4(),
        "feedback_id": feedback_id,
        "occurred_at": NOW + timedelta(seconds=2),
        "received_at": NOW,
        "kind": "report",
        "subject": "street_lighting",
        "urgency": "high",
        "needs_review": False,
        "unit_code": "24133",
        "office": "commune:economy",
        "placed_by": "unit_named",
        "confidence": 0.98,
        "approximate": False,
        "explanation": "Bạn chọn phường Buôn Ma Thuột.",
        "accept_by": NOW + timedelta(hours=4),
        "resolve_by": NOW + timedelta(days=3),
        "policy_version": "1",
        "calendar_version": "1",
        "boundary_version": "1",
    }
    return FeedbackPlaced.model_validate(values | changes)


STEPS = (
    ("open", "placed"),
    ("accept", "accepted"),
    ("start", "in_progress"),
    ("resolve", "resolved"),
    ("close", "closed"),
)


def case_step(feedback_id: UUID, version: int, **changes: Any) -> CaseChanged:
    """Build what the desk says of the given version."""
    action, state = STEPS[min(version, len(STEPS)) - 1]
    values = {
        "event_id": uuid4(),
        "feedback_id": feedback_id,
        "occurred_at": NOW + timedelta(minutes=version),
        "version": version,
        "action": action,
        "state": state,
        "actor": "staff:1",
        "unit_code": "24133",
        "office": "commune:economy",
    }
    return CaseChanged.model_validate(values | changes)


@dataclass
class FakeStore:
    """What intake keeps, in memory; `fails` is raised by the next transaction instead of opening it."""

    feedback: dict[UUID, Feedback] = field(default_factory=dict)
    fingerprints: dict[UUID, bytes] = field(default_factory=dict)
    contacts: dict[UUID, Contact] = field(default_factory=dict)
    placements: dict[UUID, Placement] = field(default_factory=dict)
    steps: dict[tuple[UUID, int], CaseStep] = field(default_factory=dict)
    progress: dict[UUID, tuple[int, str]] = field(default_factory=dict)
    words: dict[tuple[UUID, int, str], SecondWord] = field(default_factory=dict)
    events: list[Traced] = field(default_factory=list)
    due: dict[UUID, int] = field(default_factory=dict)
    waits: dict[UUID, timedelta] = field(default_factory=dict)
    outbox_age: timedelta = timedelta(0)
    cluster_id: str | None = None
    telling_from: UUID | None = None
    transactions: int = 0
    fails: Exception | None = None

    def work(self) -> AbstractAsyncContextManager[IntakeStore]:
        """Open a transaction."""
        return self._work()

    @asynccontextmanager
    async def _work(self) -> AsyncIterator[IntakeStore]:
        if self.fails is not None:
            raise self.fails
        self.transactions += 1
        yield self

    @property
    def said(self) -> list[Event]:
        """The events in the outbox."""
        return [traced.event for traced in self.events]

    async def add_feedback(self, feedback: Sequence[tuple[Feedback, bytes]], *, announce_after: timedelta) -> set[UUID]:
        added = set()
        for one, fingerprint in feedback:
            keys = {kept.submission.idempotency_key for kept in self.feedback.values()}
            codes = {kept.tracking_code for kept in self.feedback.values()}
            if one.submission.idempotency_key in keys or one.tracking_code in codes:
                continue
            self.feedback[one.feedback_id] = one
            self.fingerprints[one.feedback_id] = fingerprint
            self.waits[one.feedback_id] = announce_after
            added.add(one.feedback_id)
        return added

    async def add_contacts(self, contacts: Mapping[UUID, Contact]) -> None:
        self.contacts |= contacts

    async def kept_under(self, idempotency_keys: Sequence[str]) -> Mapping[str, Kept]:
        return {
            one.submission.idempotency_key: Kept(
                one.feedback_id,
                one.tracking_code,
                one.received_at,
                self.fingerprints[one.feedback_id],
                self.contacts.get(one.feedback_id),
            )
            for one in self.feedback.values()
            if one.submission.idempotency_key in idempotency_keys
        }

    async def add_events(self, events: Sequence[Traced]) -> None:
        self.events += events

    async def track(self, tracking_codes: Sequence[str]) -> Sequence[Tracking]:
        return [
            replace(
                self._tracking(one, one.feedback_id),
                parts=tuple(
                    self._tracking(one, part.feedback_id)
                    for part in self.placements.values()
                    if part.part_of == one.feedback_id
                ),
            )
            for one in self.feedback.values()
            if one.tracking_code in tracking_codes
        ]

    def _tracking(self, one: Feedback, feedback_id: UUID) -> Tracking:
        return Tracking(
            feedback_id=feedback_id,
            tracking_code=one.tracking_code,
            text=one.submission.text,
            channel=one.submission.channel,
            place=one.submission.place,
            received_at=one.received_at,
            placement=self.placements.get(feedback_id),
            steps=tuple(step for (owner, _), step in sorted(self.steps.items()) if owner == feedback_id),
            answers_given=frozenset((turn, kind) for owner, turn, kind in self.words if owner == feedback_id),
        )

    async def note_placements(self, placements: Sequence[Placement]) -> None:
        for one in placements:
            known = self.placements.get(one.feedback_id)
            asked_before = known is not None and known.question == one.question
            asked_in = known.asked_in if known is not None and asked_before else one.generation
            self.placements[one.feedback_id] = replace(one, after_seconds=0.5, asked_in=asked_in)

    async def note_steps(self, steps: Sequence[CaseStep]) -> None:
        for step in steps:
            self.steps.setdefault((step.feedback_id, step.version), step)

    async def note_progress(self, latest: Sequence[CaseStep]) -> None:
        self.progress |= {step.feedback_id: (step.version, step.state) for step in latest}

    async def add_second_word(self, feedback_id: UUID, turn: int, word: SecondWord, *, at: datetime) -> bool:  # noqa: ARG002
        if (feedback_id, turn, word.kind) in self.words:
            return False
        self.words[feedback_id, turn, word.kind] = word
        return True

    async def second_word(self, feedback_id: UUID, turn: int, kind: str) -> SecondWord:
        return self.words[feedback_id, turn, kind]

    async def outbox_waits(self, *, longer_than: timedelta) -> bool:
        return self.outbox_age > longer_than

    async def lock_unconfirmed(self, *, limit: int) -> Sequence[Unconfirmed]:
        return [Unconfirmed(self.feedback[one], count) for one, count in list(self.due.items())[:limit]]

    async def postpone(self, waits: Mapping[UUID, timedelta]) -> None:
        self.waits |= waits
        for one in waits:
            del self.due[one]

    async def lock_cluster(self) -> str | None:
        return self.cluster_id

    async def set_cluster(self, cluster_id: str, *, tell_anew: bool) -> None:
        self.cluster_id = cluster_id
        self.telling_from = UUID(int=0) if tell_anew else None

    async def lock_next_to_tell(self, *, limit: int) -> Sequence[Feedback] | None:
        if self.telling_from is None:
            return None
        start = self.telling_from
        return [self.feedback[one] for one in sorted(self.feedback) if one > start][:limit]

    async def told_up_to(self, feedback_id: UUID | None) -> None:
        self.telling_from = feedback_id


@dataclass
class FakeIntake:
    """The use cases over a fake store, with a clock that stands still and codes that count up."""

    store: FakeStore = field(default_factory=FakeStore)
    accepted: list[str] = field(default_factory=list)
    woken: int = 0
    now: datetime = NOW
    drawn: int = 0

    def numbers(self, _: int) -> int:
        """Draw the next number."""
        self.drawn += 1
        return self.drawn

    def wake(self) -> None:
        """Count how often the relay was woken."""
        self.woken += 1

    def submit(self, **changes: Any) -> SubmitFeedback:
        """Build the use case."""
        values: dict[str, Any] = {
            "open_unit_of_work": self.store.work,
            "clock": lambda: self.now,
            "new_id": uuid4,
            "random_bits": self.numbers,
            "seal": lambda contact: f"sealed {len(contact.phone or '')}",
            "announce_after": FIRST_WAIT,
            "wake_relay": self.wake,
            "count_accepted": self.accepted.append,
        }
        return SubmitFeedback(**(values | changes))

    def answer(self) -> AnswerResident:
        """Build the use case."""
        return AnswerResident(self.store.work, lambda: self.now, self.wake)

    def app(self) -> FastAPI:
        """Build the HTTP application as main.py does, over the fake store."""
        intake = Intake(
            submit=GroupCommit(self.submit(), is_surroundings_fault=is_surroundings_fault),
            track=TrackFeedback(self.store.work),
            answer=self.answer(),
            territory=territory(),
            clock=lambda: self.now,
            address="http://langnghe.test",
            answer_within_seconds=2.0,
        )
        app = FastAPI(docs_url=None, redoc_url=None)
        app.include_router(api_routes(intake))
        app.include_router(page_routes(intake))
        app.user_middleware.append(Middleware(SubmitAtOnce, intake=intake))
        serve_files(app)
        serve_errors(app)
        return app


__all__ = ["FIRST_WAIT", "NOW", "FakeIntake", "FakeStore", "Place", "case_step", "placed", "submission", "territory"]
