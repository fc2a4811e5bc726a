"""What a running router does by itself, and when."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from services.router.domain.plans import Plan
from services.router.entrypoints.chores import LOOK_AGAIN_TIMES, Chores
from services.router.usecases.ports import Reference, ReferenceMissingError
from tests.support.placing import pack_reference

NOW = datetime(2026, 11, 23, tzinfo=UTC)
PLAN = Plan(1, "boundaries", "v", date(2026, 11, 23), "an", "x", NOW, NOW, "router", "switched")


@dataclass
class FakeRouter:
    """Counts what it is asked for; the units change at the looks given, and after the last one it stops."""

    units: Sequence[str | None]
    moved: list[str | None] = field(default_factory=list)
    looked: int = 0
    settled: int = 0
    woken: int = 0
    done: asyncio.Event = field(default_factory=asyncio.Event)

    async def settle(self) -> Sequence[Plan]:
        self.settled += 1
        return [PLAN] if self.settled == 1 else []

    async def current(self) -> Reference:
        if self.looked == len(self.units):
            self.done.set()
            await asyncio.Event().wait()
        self.looked += 1
        version = self.units[self.looked - 1]
        if version is None:
            raise ReferenceMissingError
        return replace(pack_reference(), units_version=version)

    async def move(self) -> int:
        self.moved.append(self.units[self.looked - 1])
        return 1 if len(self.moved) == 1 else 0

    def wake(self) -> None:
        self.woken += 1


async def run(units: Sequence[str | None]) -> FakeRouter:
    router = FakeRouter(units)
    task = asyncio.create_task(Chores(router.settle, router.move, router.current, router.wake, every_seconds=0).run())
    await asyncio.wait_for(router.done.wait(), 5)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return router


async def test_cases_are_looked_for_several_times_after_each_change_of_units_and_not_all_the_time() -> None:
    router = await run(["a"] * 20 + ["b"] * 20)
    assert router.moved == ["a"] * LOOK_AGAIN_TIMES + ["b"] * LOOK_AGAIN_TIMES
    assert router.woken == 1
    assert router.settled == 41


async def test_nothing_is_moved_before_a_territory_is_loaded() -> None:
    router = await run([None, None])
    assert (router.moved, router.settled) == ([], 3)
