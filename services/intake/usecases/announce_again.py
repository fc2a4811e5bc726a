"""Announce again what was accepted and what no case has come of: whatever was lost on the way starts anew."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from services.intake.domain.announcing import wait_before_next
from services.intake.usecases.ports import OpenUnitOfWork, Traced
from services.intake.usecases.submitted import submitted_event

# While the outbox itself waits, the broker is away: announcing more would only make the queue longer.
OUTBOX_PATIENCE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class AnnounceAgain:
    """Put the events of overdue feedback into the outbox once more, the same events with the same ids."""

    open_unit_of_work: OpenUnitOfWork
    first_wait: timedelta
    limit: int
    wake_relay: Callable[[], None]
    count_announced: Callable[[int], None]

    async def __call__(self) -> int:
        """Announce one round of at most `limit`; return how many."""
        async with self.open_unit_of_work() as store:
            if await store.outbox_waits(longer_than=OUTBOX_PATIENCE):
                return 0
            due = await store.lock_unconfirmed(limit=self.limit)
            if not due:
                return 0
            await store.add_events([Traced(submitted_event(unconfirmed.feedback)) for unconfirmed in due])
            await store.postpone(
                {
                    unconfirmed.feedback.feedback_id: wait_before_next(
                        unconfirmed.announcements + 1, first=self.first_wait
                    )
                    for unconfirmed in due
                }
            )
        self.wake_relay()
        self.count_announced(len(due))
        return len(due)
