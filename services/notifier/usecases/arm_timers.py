"""Arm the two clocks of a placed case, and tell its resident where it went, or ask where it is."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.notifier.domain.ladder import BREACH_LEVEL, WARNING_LEVEL, Stage, level_of_next_generation, step
from services.notifier.domain.life import ACCEPT, RESOLVE
from services.notifier.usecases.ports import OpenUnitOfWork, Timer
from services.notifier.usecases.write_messages import WriteToResidents
from shared.events import DeadlinePassed, FeedbackPlaced


@dataclass(frozen=True, slots=True)
class ArmTimers:
    """Arm timers for a batch of placements.

    A step of the case that was heard before its placement decides all the same whose the case is and which clocks run.
    The same placement again changes nothing, but what has fired for it is said again, so that a reader that lost it
    hears it; a higher generation replaces the clocks.
    """

    open_unit_of_work: OpenUnitOfWork
    write: WriteToResidents

    async def __call__(self, batch: Sequence[FeedbackPlaced]) -> Sequence[DeadlinePassed]:
        """Apply the batch in one transaction; return the deadlines to say again."""
        by_generation = sorted(batch, key=lambda placed: placed.generation)
        newest = {placed.feedback_id: placed for placed in by_generation}
        naming = {placed.feedback_id: placed for placed in by_generation if placed.reason.brings_a_place}
        parts = {placed.feedback_id: placed.part_of for placed in newest.values() if placed.part_of is not None}
        timers = [timer for placed in newest.values() for timer in timers_of(placed)]
        async with self.open_unit_of_work() as store:
            await store.lock_cases({*newest, *parts.values()})
            await store.note_places(list(naming.values()))
            unchanged = await store.arm(list(newest.values()), timers)
            await store.set_clocks(newest)
            await self.write.placed(store, list(newest))
            if parts:
                await self.write.pass_on(store, await store.take_held_words(parts))
            return await store.fired(sorted(unchanged)) if unchanged else []


def timers_of(placed: FeedbackPlaced) -> list[Timer]:
    """Make the two timers of a placement."""
    timers = []
    for stage, deadline_at in ((ACCEPT, placed.accept_by), (RESOLVE, placed.resolve_by)):
        ladder = Stage(placed.received_at, deadline_at, has_unit=placed.unit_code is not None)
        is_first = placed.generation == 1
        level = WARNING_LEVEL if is_first else level_of_next_generation(ladder, made_at=placed.occurred_at)
        timers.append(
            Timer(
                feedback_id=placed.feedback_id,
                stage=stage,
                generation=placed.generation,
                starts_at=placed.received_at,
                deadline_at=deadline_at,
                unit_code=placed.unit_code,
                next_level=level,
                next_due=step(ladder, level).due_at,
                begins_late=level >= BREACH_LEVEL,
            )
        )
    return timers
