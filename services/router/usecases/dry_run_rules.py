"""DryRunRules: say what rules would move before they are switched on; nothing is changed."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import tzinfo

from services.router.domain.clock import Calendars
from services.router.domain.desks import Desks
from services.router.domain.replay import Replay, replay
from services.router.domain.rules import Policy
from services.router.usecases.ports import OpenRules, ReferenceSet, SetKind
from services.router.usecases.switch_rules import RulesRefusedError, need_fitting, rules_in_force
from services.router.usecases.switching import NOT_LOADED

ReadPolicy = Callable[[Mapping[str, object]], Policy]
ReadHours = Callable[[Mapping[str, object], Mapping[str, object] | None], tuple[Calendars, tzinfo, Desks]]
"""`read(calendar, offices or None)` makes what the calendar in force and the desks of offices say usable."""


@dataclass(frozen=True, slots=True)
class DryRunRules:
    """Replay rules over the latest placements, beside the rules in force."""

    open_rules: OpenRules
    read_policy: ReadPolicy
    read_hours: ReadHours

    async def __call__(self, rules: ReferenceSet, *, last: int) -> tuple[ReferenceSet, Replay]:
        """Return the rules in force and what would change; raises `RulesRefusedError` when they do not fit."""
        async with self.open_rules() as store:
            in_force = await rules_in_force(store)
            await need_fitting(store, rules, in_force)
            calendar = await store.active(SetKind.CALENDAR)
            if calendar is None:
                raise RulesRefusedError(NOT_LOADED)
            offices = await store.active(SetKind.OFFICES)
            past = await store.last_placements(last)
        calendars, zone, desks = self.read_hours(calendar.document, offices.document if offices is not None else None)
        before, after = self.read_policy(in_force.document), self.read_policy(rules.document)
        # Many placements take seconds: beside the event loop, where reports are placed.
        return in_force, await asyncio.to_thread(replay, past, before, after, calendars, zone, desks)
