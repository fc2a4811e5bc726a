"""What a running router does by itself: the switches whose day has come, and cases left in units that are gone."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog

from services.router.domain.plans import Plan
from services.router.usecases.ports import CurrentReference, ReferenceMissingError

log = structlog.get_logger(__name__)

# A router that has not noticed yet that units were changed goes on placing in the old ones, for seconds.
LOOK_AGAIN_TIMES = 5
# A case can be reopened in a unit that is gone, or be given to one by a desk that still knows it.
REST_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Chores:
    """Look every few seconds; cases are looked for right after a change of units, and then from time to time."""

    settle_plans: Callable[[], Awaitable[Sequence[Plan]]]
    move_open_cases: Callable[[], Awaitable[int]]
    current_reference: CurrentReference
    wake_relay: Callable[[], None]
    every_seconds: float

    async def run(self) -> None:
        """Work until cancelled."""
        known, looks, rested = None, 0, 0.0
        while True:
            await self._settle()
            try:
                units = (await self.current_reference()).units_version
            except ReferenceMissingError:
                units = None
            now = asyncio.get_running_loop().time()
            if units != known:
                known, looks = units, LOOK_AGAIN_TIMES
            if units is not None and (looks > 0 or now - rested >= REST_SECONDS):
                looks, rested = max(0, looks - 1), now
                await self._move()
            await asyncio.sleep(self.every_seconds)

    async def _settle(self) -> None:
        for plan in await self.settle_plans():
            log.info("a planned switch was settled", plan=plan.id, version=plan.version, outcome=plan.outcome)

    async def _move(self) -> None:
        moved = await self.move_open_cases()
        if moved:
            log.info("open cases of units that are gone were moved", cases=moved)
            self.wake_relay()
