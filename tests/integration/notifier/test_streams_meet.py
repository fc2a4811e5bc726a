"""Two streams apply what belongs together at the same moment: the one that commits last must have seen the other."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from services.notifier.usecases.ports import Store
from shared.events import CaseState
from tests.integration.notifier.conftest import Notifier
from tests.support.events import case_changed, feedback_placed, feedback_submitted
from tests.support.streams import until


@dataclass
class HeldBeforeCommit:
    """Units of work that stand before their commit until they are let go."""

    notifier: Notifier
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    let_go: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Store]:
        async with self.notifier.open() as store:
            yield store
            self.reached.set()
            await self.let_go.wait()


async def meet(notifier: Notifier, first: Any, first_batch: list[Any], second: Awaitable[Any]) -> None:
    """Let `second` run while `first` stands before its commit."""
    held = HeldBeforeCommit(notifier)
    begun = asyncio.ensure_future(replace(first, open_unit_of_work=held.open)(first_batch))
    await held.reached.wait()
    beside = asyncio.ensure_future(second)
    await until(lambda: waits_or_is_done(notifier, beside), what="the second stream waits or is done")
    held.let_go.set()
    await asyncio.gather(begun, beside)


async def waits_or_is_done(notifier: Notifier, task: "asyncio.Future[Any]") -> bool:
    return task.done() or await value(notifier, "SELECT count(*) FROM pg_locks WHERE NOT granted") > 0


async def value(notifier: Notifier, query: str) -> Any:
    async with notifier.engine.connect() as connection:
        return (await connection.execute(text(query))).scalar_one()


@pytest.mark.parametrize("placed_first", [True, False])
async def test_a_resident_is_told_though_contact_and_placement_come_at_once(
    notifier: Notifier, placed_first: bool
) -> None:
    feedback_id = uuid4()
    placed = [feedback_placed(feedback_id=feedback_id)]
    submitted = [feedback_submitted(feedback_id=feedback_id, sealed_contact="c2VhbGVk")]
    if placed_first:
        await meet(notifier, notifier.arm, placed, notifier.remember(submitted))
    else:
        await meet(notifier, notifier.remember, submitted, notifier.arm(placed))
    assert await value(notifier, "SELECT count(*) FROM notifier.message WHERE purpose = 'placed'") == 1


@pytest.mark.parametrize("placed_first", [True, False])
async def test_a_clock_stops_though_placement_and_acceptance_come_at_once(
    notifier: Notifier, placed_first: bool
) -> None:
    feedback_id: UUID = uuid4()
    placed = [feedback_placed(feedback_id=feedback_id)]
    accepted = [case_changed(feedback_id=feedback_id, version=2, state=CaseState.ACCEPTED)]
    if placed_first:
        await meet(notifier, notifier.arm, placed, notifier.follow(accepted))
    else:
        await meet(notifier, notifier.follow, accepted, notifier.arm(placed))
    assert await value(notifier, "SELECT running FROM notifier.timer WHERE stage = 'accept'") is False
