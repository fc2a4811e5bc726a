"""SwitchRules and RollBackRules: put rules in force, on record with who and why, and take them back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.router.domain.switches import SwitchAction, SwitchNote, in_effect
from services.router.usecases.ports import OpenRules, ReferenceSet, RuleStore, SetKind

LONGEST_NOTE = 1000
NOT_LOADED = "no territory is loaded yet; run `langnghe territory load` first"


class RulesRefusedError(Exception):
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

    async def __call__(self, rules: ReferenceSet, *, by: str, why: str) -> Switched:
        """Switch; raises `RulesRefusedError` for rules that do not fit what is loaded, or without a reason."""
        note = _note(SwitchAction.SWITCH, by=by, why=why, by_hand=True)
        async with self.open_rules() as store:
            await store.lock()
            before = await rules_in_force(store)
            await need_fitting(store, rules, before)
            return Switched(before, rules, await store.activate(rules, note))


@dataclass(frozen=True, slots=True)
class RollBackRules:
    """Go back to the rules that were in force before the latest switch that still stands."""

    open_rules: OpenRules

    async def __call__(self, *, by: str, why: str) -> Switched:
        """Go back; raises `RulesRefusedError` when there is nothing to go back to, or it no longer fits."""
        async with self.open_rules() as store:
            await store.lock()
            before = await rules_in_force(store)
            standing = in_effect(await store.switches())
            if len(standing) < 2:  # noqa: PLR2004 the one in force and one before it
                message = "there is nothing to go back to: no rules were in force before these"
                raise RulesRefusedError(message)
            target = standing[-2]
            rules = await store.find(SetKind.POLICY, target.version)
            if rules is None:
                message = f"the rules of version {target.version} are not stored any more; switch to their file instead"
                raise RulesRefusedError(message)
            await need_fitting(store, rules, before)
            note = _note(SwitchAction.ROLLBACK, by=by, why=why, by_hand=target.note.by_hand)
            return Switched(before, rules, await store.activate(rules, note))


def _note(action: SwitchAction, *, by: str, why: str, by_hand: bool) -> SwitchNote:
    by, why = by.strip(), why.strip()
    for name, said in (("who", by), ("why", why)):
        if not said or len(said) > LONGEST_NOTE or "\0" in said:
            message = f"say {name} in 1 to {LONGEST_NOTE} characters: it stays on record"
            raise RulesRefusedError(message)
    return SwitchNote(action, by, why, by_hand)


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
