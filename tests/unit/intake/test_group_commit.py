import asyncio

import pytest

from services.intake.adapters.group_commit import GroupCommit
from services.intake.usecases.ports import TooBusyError


class Database:
    """Commits groups when told to; item 13 is one it cannot take."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.away = False

    async def __call__(self, group):
        self.groups.append(list(group))
        await self.gate.wait()
        if self.away:
            raise OSError("gone")
        if 13 in group:
            raise ValueError("13")
        return [item * 10 for item in group]


@pytest.fixture
def database():
    return Database()


def grouped(database, **limits):
    return GroupCommit(database, is_surroundings_fault=lambda error: isinstance(error, OSError), **limits)


async def started(*callers):
    """Start callers and let them come as far as they can."""
    tasks = [asyncio.ensure_future(caller) for caller in callers]
    for _ in range(3):
        await asyncio.sleep(0)
    return tasks


async def test_a_lone_caller_waits_for_nobody(database):
    assert await grouped(database)(1) == 10
    assert database.groups == [[1]]


async def test_what_arrives_during_a_transaction_goes_together_into_the_next(database):
    commit = grouped(database)
    database.gate.clear()
    first = await started(commit(1))
    rest = await started(*[commit(item) for item in (2, 3, 4)])
    database.gate.set()
    assert await asyncio.gather(*first, *rest) == [10, 20, 30, 40]
    assert database.groups == [[1], [2, 3, 4]]


async def test_a_group_is_no_larger_than_its_limit(database):
    commit = grouped(database, largest_group=2)
    database.gate.clear()
    tasks = await started(*[commit(item) for item in range(6)])
    database.gate.set()
    assert await asyncio.gather(*tasks) == [item * 10 for item in range(6)]
    assert max(map(len, database.groups)) == 2


async def test_one_that_fails_does_not_fail_the_others(database):
    commit = grouped(database)
    outcomes = await asyncio.gather(*[commit(item) for item in (11, 12, 13, 14)], return_exceptions=True)
    assert outcomes[:2] + outcomes[3:] == [110, 120, 140]
    assert isinstance(outcomes[2], ValueError)


async def test_when_the_surroundings_fail_everybody_is_told_at_once(database):
    database.away = True
    commit = grouped(database)
    outcomes = await asyncio.gather(*[commit(item) for item in (1, 2, 3)], return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [OSError] * 3
    assert database.groups == [[1, 2, 3]]
    database.away = False
    assert await commit(4) == 40


async def test_a_caller_that_leaves_takes_nothing_with_it(database):
    commit = grouped(database)
    database.gate.clear()
    begun, other = await started(commit(1), commit(2))
    late, last = await started(commit(3), commit(4))
    begun.cancel()
    late.cancel()
    await asyncio.sleep(0)
    database.gate.set()
    assert await asyncio.gather(other, last) == [20, 40]
    # What had begun was finished; what had not was dropped.
    assert database.groups == [[1, 2], [4]]


async def test_callers_that_leave_during_a_fault_are_not_missed(database):
    commit = grouped(database)
    database.gate.clear()
    gone, other = await started(commit(1), commit(2))
    gone.cancel()
    await asyncio.sleep(0)
    database.away = True
    database.gate.set()
    with pytest.raises(OSError, match="gone"):
        await other


async def test_a_group_of_which_all_left_is_not_committed(database):
    commit = grouped(database)
    database.gate.clear()
    first = await started(commit(1))
    left = await started(commit(2))
    left[0].cancel()
    await asyncio.sleep(0)
    database.gate.set()
    assert await first[0] == 10
    assert await commit(3) == 30
    assert database.groups == [[1], [3]]


async def test_more_callers_than_can_be_answered_are_refused(database):
    commit = grouped(database, most_waiting=2)
    database.gate.clear()
    running = await started(commit(0))
    waiting = await started(commit(1), commit(2))
    with pytest.raises(TooBusyError):
        await commit(3)
    database.gate.set()
    assert await asyncio.gather(*running, *waiting) == [0, 10, 20]


async def test_nobody_waits_for_ever_when_the_process_stops(database):
    commit = grouped(database)
    database.gate.clear()
    first = await started(commit(1))
    waiting = await started(commit(2))
    commit._running.cancel()
    outcomes = await asyncio.gather(*first, *waiting, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [asyncio.CancelledError] * 2


async def test_a_transaction_that_hangs_is_given_up_and_the_next_goes_on(database):
    commit = grouped(database, within_seconds=0.05)
    database.gate.clear()
    hanging = await started(commit(1), commit(2))
    outcomes = await asyncio.gather(*hanging, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [TimeoutError] * 2
    database.gate.set()
    assert await commit(3) == 30
