"""PlanBoundaries, CancelPlan and SettlePlans: switches that wait for their day, and the router that makes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.router.domain.plans import Plan
from services.router.domain.switches import SwitchAction
from services.router.usecases.ports import OpenBoundaries, ReferenceSet, SetKind
from services.router.usecases.switch_boundaries import need_same_units, stored_boundaries
from services.router.usecases.switching import SwitchRefusedError, note_of, put_in_force, said
from shared.clock import Clock

ROUTER = "router"
DONE = "switched"
CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class PlanBoundaries:
    """Plan a switch for the beginning of a local day to come; one at a time."""

    open_boundaries: OpenBoundaries
    clock: Clock

    async def __call__(self, version: str, *, on: date, by: str, why: str) -> Plan:
        """Plan it; raises `SwitchRefusedError` for a day that has come, unfitting boundaries or a second plan."""
        note = note_of(SwitchAction.SWITCH, by=by, why=why)
        async with self.open_boundaries() as store:
            await store.lock()
            today = self.clock().astimezone(await store.zone()).date()
            if on <= today:
                message = f"{on} is not a day to come, today is {today}: switch at once, without a date"
                raise SwitchRefusedError(message)
            target = await stored_boundaries(store, version)
            await need_same_units(store, target)
            waiting = await store.plans(SetKind.BOUNDARIES, only_open=True)
            if waiting:
                message = f"plan {waiting[0].id} waits for {waiting[0].on} already; cancel it first"
                raise SwitchRefusedError(message)
            return await store.plan(SetKind.BOUNDARIES, _version(target), on, note)


@dataclass(frozen=True, slots=True)
class CancelPlan:
    """Let a plan go; it stays on record."""

    open_boundaries: OpenBoundaries
    clock: Clock

    async def __call__(self, plan_id: int, *, by: str) -> Plan:
        """Cancel it; raises `SwitchRefusedError` when no such plan waits."""
        by = said("who", by)
        async with self.open_boundaries() as store:
            await store.lock()
            for plan in await store.plans(SetKind.BOUNDARIES, only_open=True):
                if plan.id == plan_id:
                    return await store.settle(plan, at=self.clock(), by=by, outcome=CANCELLED)
        message = f"no plan {plan_id} waits; `langnghe territory boundaries list` shows what is planned"
        raise SwitchRefusedError(message)


@dataclass(frozen=True, slots=True)
class SettlePlans:
    """Make the switches whose day has come; several routers may try, one does."""

    open_boundaries: OpenBoundaries
    clock: Clock

    async def __call__(self) -> Sequence[Plan]:
        """Return the plans that were settled: done, or refused because the boundaries no longer fit."""
        async with self.open_boundaries() as store:
            if not await store.plans(SetKind.BOUNDARIES, only_open=True):
                return []
            await store.lock()
            now = self.clock()
            today = now.astimezone(await store.zone()).date()
            settled = []
            for plan in await store.plans(SetKind.BOUNDARIES, only_open=True):
                if plan.is_due(today):
                    try:
                        target = await stored_boundaries(store, plan.version) if plan.version is not None else None
                        await need_same_units(store, target)
                    except SwitchRefusedError as error:
                        settled.append(await store.settle(plan, at=now, by=ROUTER, outcome=f"refused: {error}"))
                        continue
                    note = note_of(SwitchAction.SWITCH, by=plan.by, why=plan.why)
                    await put_in_force(store, SetKind.BOUNDARIES, target, note)
                    settled.append(await store.settle(plan, at=now, by=ROUTER, outcome=DONE))
            return settled


def _version(target: ReferenceSet | None) -> str | None:
    return target.version if target is not None else None
