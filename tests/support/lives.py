"""Placed cases and their lives in memory, and a case placed by the pack of the repository."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from services.router.domain.life import CaseLife
from services.router.usecases.place_feedback import PlaceFeedback
from services.router.usecases.ports import PlacedCase, Placement, RecomputationNote, Reference
from shared.events import AnswerKind, FeedbackClassified, FeedbackPlaced, PlacementReason, ResidentAnswered
from tests.support.events import RECEIVED, feedback_classified
from tests.support.placing import pack_reference


@dataclass
class FakeLives:
    """Placements, lives and what was said, in memory."""

    placements: dict[UUID, list[Placement]] = field(default_factory=dict)
    lives_of: dict[UUID, CaseLife] = field(default_factory=dict)
    said: list[FeedbackPlaced] = field(default_factory=list)
    notes: list[RecomputationNote] = field(default_factory=list)
    transactions: int = 0
    locked: set[UUID] = field(default_factory=set)

    @asynccontextmanager
    async def open(self) -> AsyncIterator["FakeLives"]:
        """Open a transaction."""
        self.transactions += 1
        self.locked = set()
        yield self

    # --- as the router's placements --------------------------------------------------------------------------------

    async def add_missing(self, placements: Sequence[Placement]) -> Mapping[UUID, FeedbackPlaced]:
        """Store first placements."""
        before = {}
        for placement in placements:
            known = self.placements.setdefault(placement.event.feedback_id, [placement])
            if known[0] is not placement:
                before[placement.event.feedback_id] = known[0].event
        return before

    async def parts_of(self, feedback_ids: Collection[UUID]) -> Mapping[UUID, Sequence[FeedbackPlaced]]:
        """Return no parts: a test that needs some has a database."""
        return dict.fromkeys(feedback_ids, ())

    async def newest_told(self, feedback_ids: Collection[UUID]) -> Mapping[UUID, FeedbackPlaced]:
        """Return what was said last."""
        return {event.feedback_id: event for event in self.said if event.feedback_id in feedback_ids}

    # --- as their life cycle -----------------------------------------------------------------------------------------

    async def cases(self, feedback_ids: Collection[UUID]) -> Mapping[UUID, PlacedCase]:
        """Lock and return."""
        self.locked |= set(feedback_ids)
        return {one: self.case(one) for one in sorted(feedback_ids) if one in self.placements}

    async def lives(self, feedback_ids: Collection[UUID]) -> Mapping[UUID, CaseLife]:
        """Return what the desk said."""
        return {one: self.lives_of[one] for one in feedback_ids if one in self.lives_of}

    async def keep_lives(self, lives: Mapping[UUID, CaseLife]) -> None:
        """Keep what is newer."""
        for feedback_id, life in lives.items():
            if feedback_id not in self.lives_of or self.lives_of[feedback_id].version < life.version:
                self.lives_of[feedback_id] = life

    async def newest_open(
        self,
        *,
        limit: int,
        after: UUID | None = None,
        units: Collection[str] | None = None,
        for_change: bool = False,
    ) -> Sequence[PlacedCase]:
        """Return a page."""
        cases = [self.case(one) for one in sorted(self.placements) if after is None or one > after]
        page = [case for case in cases if case.is_open and (units is None or case.unit_code in units)][:limit]
        if for_change:
            self.locked |= {case.feedback_id for case in page}
        return page

    async def add_generations(self, placements: Sequence[Placement]) -> Sequence[Placement]:
        """Store generations of locked cases."""
        new = []
        for placement in placements:
            event = placement.event
            if event.generation == 1:
                new += [placement] if event.feedback_id not in self.placements else []
                self.placements.setdefault(event.feedback_id, [placement])
                continue
            new.append(placement)
            assert event.feedback_id in self.locked
            assert event.generation == self.placements[event.feedback_id][-1].event.generation + 1
            self.placements[event.feedback_id].append(placement)
            life = self.lives_of.get(event.feedback_id)
            if life is not None and event.reason in {PlacementReason.ANSWERED, PlacementReason.UNITS_CHANGED}:
                self.lives_of[event.feedback_id] = replace(life, unit_code=event.unit_code, office=event.office)
        return new

    async def say(self, events: Sequence[FeedbackPlaced]) -> None:
        """Put into the outbox."""
        self.said += events

    async def note_recomputation(self, note: RecomputationNote) -> None:
        """Put on record."""
        if note not in self.notes:
            self.notes.append(note)

    # --- for tests ---------------------------------------------------------------------------------------------------

    def case(self, feedback_id: UUID) -> PlacedCase:
        """Put a case together."""
        history = self.placements[feedback_id]
        corrected = [one.event.occurred_at for one in history if one.event.reason is PlacementReason.CORRECTED]
        return PlacedCase(
            history[-1],
            self.lives_of.get(feedback_id),
            frozenset(one.cause_id for one in history),
            max(corrected, default=None),
        )

    async def placed(self, cause: FeedbackClassified | None = None, **values: Any) -> FeedbackPlaced:
        """Place a report by the pack; unless something else is said, in xã Ea Kar."""
        cause = cause or feedback_classified(**{"text": "Ổ gà lớn ở xã Ea Kar", **values})
        event, *_ = await PlaceFeedback(reference_in_force, self.open, lambda: RECEIVED)([cause])
        return event

    def newest(self, feedback_id: UUID) -> FeedbackPlaced:
        """Return the newest placement of a case."""
        return self.placements[feedback_id][-1].event


def resident_answered(**values: Any) -> ResidentAnswered:
    """Build what a resident said about where it is."""
    defaults: dict[str, Any] = {
        "event_id": uuid4(),
        "occurred_at": RECEIVED + timedelta(hours=2),
        "answer": AnswerKind.PLACE,
    }
    return ResidentAnswered(**{**defaults, **values})


async def reference_in_force() -> Reference:
    """Give the pack of the repository."""
    return pack_reference()


async def reference_as_of(_: Placement) -> Reference:
    """Give the pack of the repository: it was never another."""
    return pack_reference()
