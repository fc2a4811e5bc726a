"""Make one move of a case, by a member of staff."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from services.desk.domain.case import StepTaken, after
from services.desk.domain.life_cycle import SomeoneWasFirstError, Step, Wanted, decide
from services.desk.domain.staff import Staff, parts_of
from services.desk.usecases.ports import NotFoundError, OpenCases
from services.desk.usecases.share_out import ShareOut
from services.desk.usecases.telling import case_changed, event_id_of_move
from shared.clock import Clock


@dataclass(frozen=True, slots=True)
class MoveCase:
    """State, step and event in one transaction; of two who make the same move, one wins and the other is told."""

    open_cases: OpenCases
    clock: Clock
    wake_relay: Callable[[], None]
    count_move: Callable[[str], None]
    count_conflict: Callable[[], None]
    share_out: ShareOut

    async def __call__(self, key: UUID | str, wanted: Wanted, *, by: Staff) -> Step:
        """Return the step taken; raises NotFoundError, MoveRefusedError or SomeoneWasFirstError."""
        now = self.clock()
        try:
            async with self.open_cases(by.scope) as store:
                case = await store.find_case(key)
                if case is None:
                    raise NotFoundError
                step = decide(case.standing, wanted, parts=parts_of(by, case.standing))
                taken = StepTaken(step, event_id_of_move(step.feedback_id, step.version), by.actor, now)
                moved = after(case, step, at=now)
                await store.take_step(moved, taken, seen_version=case.version)
                if moved.unit_code != case.unit_code:
                    await self.share_out(store, [moved])
                await store.add_events([case_changed(taken)])
        except SomeoneWasFirstError:
            self.count_conflict()
            raise
        self.wake_relay()
        self.count_move(step.action)
        return step
