"""DryRunRules: say what rules would move before they are switched on; nothing is changed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import tzinfo

from services.router.domain.clock import Calendars
from services.router.domain.replay import Replay, replay
from services.router.domain.rules import Policy
from services.router.usecases.ports import OpenRules, ReferenceSet, SetKind
from services.router.usecases.switch_rules import NOT_LOADED, RulesRefusedError, need_fitting, rules_in_force

ReadPolicy = Callable[[Mapping[str, object]], Policy]
ReadCalendars = Callable[[Mapping[str, object]], tuple[Calendars, tzinfo]]


@dataclass(frozen=True, slots=True)
class DryRunRules:
    """Replay rules over the latest placements, beside the rules in force."""

    open_rules: OpenRules
    read_policy: ReadPolicy
    read_calendars: ReadCalendars

    async def __call__(self, rules: ReferenceSet, *, last: int) -> tuple[ReferenceSet, Replay]:
        """Return the rules in force and what would change; raises `RulesRefusedError` when they do not fit."""
        async with self.open_rules() as store:
            in_force = await rules_in_force(store)
            await need_fitting(store, rules, in_force)
            calendar = await store.active(SetKind.CALENDAR)
            if calendar is None:
                raise RulesRefusedError(NOT_LOADED)
            past = await store.last_placements(last)
        calendars, zone = self.read_calendars(calendar.document)
        before, after = self.read_policy(in_force.document), self.read_policy(rules.document)
        return in_force, replay(past, before, after, calendars, zone)
