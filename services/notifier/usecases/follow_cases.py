"""Follow the life of cases: stop the clocks that are done, and pass words on to residents."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.notifier.domain.life import ACCEPT, RESOLVE, runs
from services.notifier.usecases.ports import OpenUnitOfWork
from services.notifier.usecases.write_messages import WriteToResidents
from shared.events import CaseChanged, Event


@dataclass(frozen=True, slots=True)
class FollowCases:
    """Apply a batch of case changes; the newest version of each case decides, in whichever order they come."""

    open_unit_of_work: OpenUnitOfWork
    write: WriteToResidents

    async def __call__(self, batch: Sequence[CaseChanged]) -> Sequence[Event]:
        """Apply the batch in one transaction; nothing follows from it."""
        newest = {change.feedback_id: change for change in sorted(batch, key=lambda change: change.version)}
        running = {
            feedback_id: {stage: runs(stage, state=change.state) for stage in (ACCEPT, RESOLVE)}
            for feedback_id, change in newest.items()
        }
        async with self.open_unit_of_work() as store:
            await store.follow(list(newest.values()), running)
            await self.write.case_words(store, batch)
        return []
