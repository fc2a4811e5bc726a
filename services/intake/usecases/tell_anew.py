"""Tell a new broker about everything that is not closed, step by step."""

from collections.abc import Callable
from dataclasses import dataclass

from services.intake.usecases.announce_again import OUTBOX_PATIENCE
from services.intake.usecases.ports import OpenUnitOfWork, Traced
from services.intake.usecases.submitted import submitted_event


@dataclass(frozen=True, slots=True)
class TellAnew:
    """Walk once through all feedback that is not closed, in order, remembering how far it came.

    Those downstream answer what they knew already with what they decided then, so everything heals and nothing
    happens twice.
    """

    open_unit_of_work: OpenUnitOfWork
    limit: int
    wake_relay: Callable[[], None]
    count_announced: Callable[[int], None]

    async def __call__(self) -> int:
        """Tell one round of at most `limit`; return how many."""
        async with self.open_unit_of_work() as store:
            if await store.outbox_waits(longer_than=OUTBOX_PATIENCE):
                return 0
            feedback = await store.lock_next_to_tell(limit=self.limit)
            if feedback is None:
                return 0
            await store.add_events([Traced(submitted_event(one)) for one in feedback])
            finished = len(feedback) < self.limit
            await store.told_up_to(None if finished else feedback[-1].feedback_id)
        self.wake_relay()
        self.count_announced(len(feedback))
        return len(feedback)
