"""Follow the life of cases: stop the clocks that are done, and pass words on to residents."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services.notifier.domain.life import ACCEPT, RESOLVE, runs
from services.notifier.usecases.ports import CaseStep, OpenUnitOfWork
from services.notifier.usecases.write_messages import WriteToResidents, public_words
from shared.events import CaseChanged, Event


@dataclass(frozen=True, slots=True)
class FollowCases:
    """Apply a batch of case changes; the newest version of each case decides, in whichever order they come.

    A clock that stood and runs again leaves out what came due in between: see `level_after_standstill`.
    """

    open_unit_of_work: OpenUnitOfWork
    write: WriteToResidents

    async def __call__(self, batch: Sequence[CaseChanged]) -> Sequence[Event]:
        """Apply the batch in one transaction; nothing follows from it."""
        rounds = one_step_a_case(batch)
        async with self.open_unit_of_work() as store:
            await store.lock_with_reports({change.feedback_id for change in batch})
            for steps in rounds:
                await store.learn(steps)
            await store.set_clocks({change.feedback_id for change in batch})
            await self.write.pass_on(store, public_words(batch))
        return []


def one_step_a_case(batch: Sequence[CaseChanged]) -> list[list[CaseStep]]:
    """Split a batch into rounds of at most one step of each case, older steps first; the first has every case."""
    rounds: list[list[CaseStep]] = []
    earlier: Counter[UUID] = Counter()
    known = {(change.feedback_id, change.version): change for change in batch}
    for change in sorted(known.values(), key=lambda change: change.version):
        if earlier[change.feedback_id] == len(rounds):
            rounds.append([])
        rounds[earlier[change.feedback_id]].append(
            CaseStep(
                feedback_id=change.feedback_id,
                version=change.version,
                state=change.state.value,
                unit_code=change.unit_code,
                changed_at=change.occurred_at,
                accept_runs=runs(ACCEPT, state=change.state),
                resolve_runs=runs(RESOLVE, state=change.state),
            )
        )
        earlier[change.feedback_id] += 1
    return rounds
