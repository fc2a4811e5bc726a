"""FollowCases: what the desk does moves deadlines; a question stops the clock, another unit or office changes it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from services.router.domain.life import CaseLife, CaseStep, follow
from services.router.usecases.ports import OpenLifeCycle, PlacedCase, Placement, ReferenceAsOf
from services.router.usecases.renewing import cause_of, moves, renew
from shared.events import CaseAction, CaseChanged, Event, PlacementReason


@dataclass(frozen=True, slots=True)
class FollowCases:
    """Keep where each case stands, and store and tell a further generation when that moves a deadline.

    While a resident is asked the clock is counted to the limit of the policy; the answer brings the deadline forward.
    Deadlines are computed by the rules, the calendar and the hours that the newest placement was made with: what was
    edited since reaches an open case by `RecomputeDeadlines` alone. The words of a report are not known here; where
    rules ask for words, the one that decided before decides again as long as it could.

    A correction of a settled case counts when the case is reopened: until then its deadlines stay.

    What follows goes through the outbox, in the same transaction, and a step that is heard again leads to nothing: the
    desk tells every step of a case again whenever it hears of its placement, and an answer to that would never end.

    A step can be heard before its placement only when a database was put back. It is kept; the desk tells it again
    when the placement comes, and then it counts.
    """

    reference_as_of: ReferenceAsOf
    open_life_cycle: OpenLifeCycle
    wake_relay: Callable[[], None]

    async def __call__(self, batch: Sequence[CaseChanged]) -> Sequence[Event]:
        """Apply a batch in one transaction; the newest version of each case decides."""
        # That a case was opened says nothing that its placement does not say, and is half of what there is to hear.
        steps = [change for change in batch if change.action is not CaseAction.OPEN]
        if not steps:
            return ()
        newest = {change.feedback_id: change for change in sorted(steps, key=lambda change: change.version)}
        async with self.open_life_cycle() as store:
            cases = dict(await store.cases(newest))
            unplaced = newest.keys() - cases.keys()
            before = {feedback_id: case.life for feedback_id, case in cases.items()}
            before |= await store.lives(unplaced) if unplaced else {}
            lives = _followed(steps, before)
            await store.keep_lives({key: life for key, life in lives.items() if life is not before.get(key)})
            renewed = []
            for feedback_id, case in cases.items():
                placement = await self._renewed(case, lives[feedback_id], newest[feedback_id])
                if placement is not None:
                    renewed.append(placement)
            added = await store.add_generations(renewed)
            await store.say([placement.event for placement in added])
        if added:
            self.wake_relay()
        return ()

    async def _renewed(self, case: PlacedCase, life: CaseLife, change: CaseChanged) -> Placement | None:
        """Compute the deadlines of a case after its newest step; None when that moves none."""
        waits_before = case.life.waits if case.life is not None else ()
        settled_and_corrected = not case.is_open and case.placement.event.reason is PlacementReason.CORRECTED
        case, before = replace(case, life=life), case.placement.event
        has_moved = (case.unit_code, case.office) != (before.unit_code, before.office)
        is_as_placed = not has_moved and not life.waits
        nothing_new = not life.is_open if settled_and_corrected else is_as_placed
        if nothing_new or change.version < life.version or change.event_id in case.causes:
            return None
        reason = PlacementReason.WAITING
        if life.waits == waits_before and has_moved:
            reason = PlacementReason.TRANSFERRED
        elif life.waits == waits_before and settled_and_corrected:
            reason = PlacementReason.CORRECTED
        cause = cause_of(change, case, reason)
        placement = renew(case, cause, await self.reference_as_of(case.placement))
        return placement if moves(case, placement) else None


def _followed(steps: Sequence[CaseChanged], before: Mapping[UUID, CaseLife | None]) -> dict[UUID, CaseLife]:
    lives = {feedback_id: life for feedback_id, life in before.items() if life is not None}
    for change in sorted(steps, key=lambda change: change.version):
        lives[change.feedback_id] = follow(lives.get(change.feedback_id), _step(change))
    return lives


def _step(change: CaseChanged) -> CaseStep:
    return CaseStep(
        version=change.version,
        state=change.state.value,
        unit_code=change.unit_code,
        office=change.office,
        at=change.occurred_at,
    )
