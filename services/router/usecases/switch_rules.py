"""SwitchRules and RollBackRules: put rules in force, on record with who and why, and take them back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.router.domain.switches import SwitchAction
from services.router.usecases.ports import OpenRules, ReferenceSet, RuleStore, SetKind
from services.router.usecases.switching import NOT_LOADED, SwitchRefusedError, note_of, way_back

RulesRefusedError = SwitchRefusedError
"""The rules cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Switched:
    """The rules before and after, and whether anything changed."""

    before: ReferenceSet
    after: ReferenceSet
    changed: bool


@dataclass(frozen=True, slots=True)
class SwitchRules:
    """Put rules in force in one transaction; a running router follows, what was placed stays as it is."""

    open_rules: OpenRules

    async def __call__(self, rules: ReferenceSet, *, by: str, why: str, seen: str | None = None) -> Switched:
        """Switch; raises `RulesRefusedError` for rules that do not fit what is loaded, or without a reason.

        With `seen`, the version somebody had before their eyes, it is refused when others are in force by now.
        """
        note = note_of(SwitchAction.SWITCH, by=by, why=why)
        async with self.open_rules() as store:
            await store.lock()
            before = await rules_in_force(store)
            _need_seen(before, seen)
            await need_fitting(store, rules, before)
            return Switched(before, rules, await store.activate(rules, note))


@dataclass(frozen=True, slots=True)
class RollBackRules:
    """Go back to the rules that were in force before the latest switch that still stands."""

    open_rules: OpenRules

    async def __call__(self, *, by: str, why: str, seen: str | None = None) -> Switched:
        """Go back; raises `RulesRefusedError` when there is nothing to go back to, or it no longer fits.

        With `seen`, it is refused when others than those are in force by now.
        """
        async with self.open_rules() as store:
            await store.lock()
            before = await rules_in_force(store)
            _need_seen(before, seen)
            rules, note = await way_back(store, SetKind.POLICY, by=by, why=why)
            if rules is None:
                message = "there is nothing to go back to: no rules were in force before these"
                raise RulesRefusedError(message)
            await need_fitting(store, rules, before)
            return Switched(before, rules, await store.activate(rules, note))


def _need_seen(in_force: ReferenceSet, seen: str | None) -> None:
    if seen is not None and seen != in_force.version:
        message = f"other rules are in force by now, version {in_force.version}; look at them first"
        raise RulesRefusedError(message)


async def rules_in_force(store: RuleStore) -> ReferenceSet:
    """Return the rules in force; raises `RulesRefusedError` when no territory is loaded."""
    rules = await store.active(SetKind.POLICY)
    if rules is None:
        raise RulesRefusedError(NOT_LOADED)
    return rules


async def need_fitting(store: RuleStore, rules: ReferenceSet, in_force: ReferenceSet) -> None:
    """Refuse rules for other topics or units than those that are loaded."""
    if rules.document["topics"] != in_force.document["topics"]:
        message = (
            "the topics these rules were written for are not those in force: load the territory pack first with "
            "`langnghe territory load`"
        )
        raise RulesRefusedError(message)
    units = await store.active(SetKind.UNITS)
    known = {unit["code"] for unit in units.document["units"]} if units is not None else set()
    for rule in (*rules.document["offices"], *rules.document["deadlines"]):
        for code in _units(rule):
            if code not in known:
                message = f"rule '{rule['id']}' names the unit {code!r}, which is not loaded; load the territory first"
                raise RulesRefusedError(message)


def _units(rule: Mapping[str, Any]) -> list[str]:
    return list(rule["when"].get("unit", ()))
