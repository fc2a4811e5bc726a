"""ReadRules: the rules in force and everything that was ever switched."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.router.domain.switches import Switch, one_before
from services.router.usecases.ports import OpenRules, ReferenceSet
from services.router.usecases.switch_rules import rules_in_force


@dataclass(frozen=True, slots=True)
class RulesOverview:
    """The rules in force, every switch, the oldest first, and the version that going back would lead to."""

    in_force: ReferenceSet
    switches: Sequence[Switch]
    before: str | None


@dataclass(frozen=True, slots=True)
class ReadRules:
    """Ask the database each time: few people look, and what they see must be what is in force."""

    open_rules: OpenRules

    async def __call__(self) -> RulesOverview:
        """Return all of it; raises `RulesRefusedError` while no territory is loaded."""
        async with self.open_rules() as store:
            in_force, switches = await rules_in_force(store), await store.switches()
        target = one_before(switches)
        return RulesOverview(in_force, switches, target.version if target is not None else None)
