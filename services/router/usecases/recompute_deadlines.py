"""RecomputeDeadlines: what was edited since reaches open cases, when somebody asks for it and says why."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from services.router.domain.replay import DeadlineMove, Group
from services.router.domain.rules import conditions_used
from services.router.usecases.placing import Cause
from services.router.usecases.ports import (
    CurrentReference,
    LifeCycleStore,
    OpenLifeCycle,
    PlacedCase,
    Placement,
    RecomputationNote,
    Reference,
)
from services.router.usecases.renewing import moves, renew
from shared.clock import Clock
from shared.events import FeedbackPlaced, PlacementReason, derived_event_id

CHUNK = 500
LONGEST_NOTE = 1000
STAGES = ("accept", "resolve")


class RecomputationRefusedError(Exception):
    """The deadlines cannot be computed anew like this; the message says what to do."""


@dataclass(slots=True)
class Recomputed:
    """What moves, or has moved: how many open cases were looked at, how many of them move, and how."""

    policy_version: str
    calendar_version: str
    looked_at: int = 0
    moved: int = 0
    deadlines: dict[DeadlineMove, Group] = field(default_factory=dict)
    stopped_at_limit: bool = False

    def add(self, before: FeedbackPlaced, after: FeedbackPlaced) -> None:
        """Count a case that moves."""
        self.moved += 1
        pairs = ((before.accept_by, after.accept_by), (before.resolve_by, after.resolve_by))
        for stage, (due_before, due_after) in zip(STAGES, pairs, strict=True):
            shift = due_after - due_before
            if shift:
                rules = (before.deadline_rule or "", after.deadline_rule or "")
                move = DeadlineMove(stage, *rules, later=shift > timedelta())
                self.deadlines.setdefault(move, Group()).add(before.feedback_id, abs(shift))


@dataclass(frozen=True, slots=True)
class RecomputeDeadlines:
    """Go through the open cases with the rules, the calendar and the hours in force, a chunk at a time.

    To apply it is to store a further generation of each case that moves and to put it into the outbox; each chunk is a
    transaction, the first of which puts on record who wanted it and why. What has been done is not done again: after
    an interruption the same command goes on, and after its end it changes nothing. The words of reports are not kept:
    where rules ask for words, the rule that decided before decides again as long as it could.
    """

    current_reference: CurrentReference
    open_life_cycle: OpenLifeCycle
    clock: Clock
    chunk: int = CHUNK

    async def show(self, *, units: Collection[str] | None = None, limit: int | None = None) -> Recomputed:
        """Say what would move; nothing is changed."""
        return await self._run(None, units, limit)

    async def apply(
        self, note: RecomputationNote, *, units: Collection[str] | None = None, limit: int | None = None
    ) -> Recomputed:
        """Move what has to; `limit` cases at most. Raises `RecomputationRefusedError` without a name or a reason."""
        for name, said in (("who", note.by), ("why", note.why)):
            if not said.strip() or len(said) > LONGEST_NOTE or "\0" in said:
                message = f"say {name} in 1 to {LONGEST_NOTE} characters: it stays on record"
                raise RecomputationRefusedError(message)
        return await self._run(note, units, limit)

    async def _run(
        self, note: RecomputationNote | None, units: Collection[str] | None, limit: int | None
    ) -> Recomputed:
        reference = await self.current_reference()
        unknown = sorted(set(units or ()) - reference.places.unit_names.keys())
        if unknown:
            message = (
                f"unknown unit {', '.join(unknown)}; name units by their code, `langnghe territory show` knows them"
            )
            raise RecomputationRefusedError(message)
        found = Recomputed(reference.policy_version, reference.calendar_version)
        after: UUID | None = None
        while not found.stopped_at_limit:
            async with self.open_life_cycle() as store:
                cases = await store.newest_open(limit=self.chunk, after=after, units=units, for_change=note is not None)
                if not cases:
                    break
                renewed = self._renewed(cases, reference, note)
                if limit is not None and found.moved + len(renewed) >= limit:
                    renewed = renewed[: limit - found.moved]
                    found.stopped_at_limit = True
                if note is not None and renewed:
                    renewed = list(await self._store(store, note, renewed))
            after = cases[-1].feedback_id
            found.looked_at += len(cases)
            before = {case.feedback_id: case.placement.event for case in cases}
            for placement in renewed:
                found.add(before[placement.event.feedback_id], placement.event)
        return found

    def _renewed(
        self, cases: Sequence[PlacedCase], reference: Reference, note: RecomputationNote | None
    ) -> list[Placement]:
        now, used = self.clock(), conditions_used(reference.policy)
        renewed = []
        for case in cases:
            generation = case.placement.event.generation + 1
            event_id = derived_event_id(case.feedback_id, f"{FeedbackPlaced.topic}:{generation}")
            run_id = note.run_id if note is not None else event_id
            cause = Cause(run_id, event_id, now, PlacementReason.RECOMPUTED, generation)
            placement = renew(case, cause, reference, used=used)
            if moves(case, placement):
                renewed.append(placement)
        return renewed

    @staticmethod
    async def _store(
        store: LifeCycleStore, note: RecomputationNote, renewed: Sequence[Placement]
    ) -> Sequence[Placement]:
        added = await store.add_generations(renewed)
        await store.note_recomputation(note)
        await store.say([placement.event for placement in added])
        return added
