"""LoadTerritory: put the reference sets of a territory pack in force."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from services.router.usecases.ports import LOADED, OpenReferences, ReferenceSet, SetKind


class BoundariesDisagreeError(Exception):
    """The imported boundaries are of other units than the pack's."""


KeepDays = Callable[[ReferenceSet, ReferenceSet], ReferenceSet]
"""`keep(of the pack, in force)` returns the calendar to put in force, with the days that were imported."""


KeepRules = Callable[[ReferenceSet, ReferenceSet], ReferenceSet]
"""`keep(of the pack, in force)` returns the rules to put in force when a person switched to those in force."""


def take_the_packs_rules(pack: ReferenceSet, _in_force: ReferenceSet) -> ReferenceSet:
    """Let the pack's rules replace those in force, whoever switched to them."""
    return pack


def take_the_packs_days(pack: ReferenceSet, _in_force: ReferenceSet) -> ReferenceSet:
    """Let the pack's calendar replace the one in force, whatever was imported."""
    return pack


@dataclass(frozen=True, slots=True)
class LoadTerritory:
    """Store and switch to a pack's sets in one transaction, whatever their dates; the same again changes nothing."""

    open_references: OpenReferences
    keep_days: KeepDays = take_the_packs_days
    keep_rules: KeepRules = take_the_packs_rules

    async def __call__(
        self,
        sets: Sequence[ReferenceSet],
        *,
        forget_boundaries: bool = False,
        forget_calendar: bool = False,
        forget_rules: bool = False,
    ) -> list[SetKind]:
        """Return the kinds that changed; raises `BoundariesDisagreeError` when imported boundaries do not fit.

        Days that were imported stay in the calendar and rules that were switched to stay in force, unless they are to
        be forgotten.
        """
        async with self.open_references() as store:
            await store.lock()
            calendar = await store.active(SetKind.CALENDAR)
            if calendar is not None and not forget_calendar:
                sets = [self.keep_days(each, calendar) if each.kind is SetKind.CALENDAR else each for each in sets]
            note, rules = LOADED, await store.active(SetKind.POLICY)
            if rules is not None and not forget_rules and await store.rules_are_by_hand():
                kept = [self.keep_rules(each, rules) if each.kind is SetKind.POLICY else each for each in sets]
                note, sets = replace(LOADED, by_hand=kept != list(sets)), kept
            changed = [reference_set.kind for reference_set in sets if await store.activate(reference_set, note)]
            if forget_boundaries and await store.deactivate(SetKind.BOUNDARIES):
                changed.append(SetKind.BOUNDARIES)
            units = await store.active(SetKind.UNITS)
            boundaries = await store.active(SetKind.BOUNDARIES)
            if units is not None and boundaries is not None:
                _need_same_units(units, boundaries)
        return changed


def _need_same_units(units: ReferenceSet, boundaries: ReferenceSet) -> None:
    codes = {unit["code"] for unit in units.document["units"]}
    drawn = {feature["properties"]["code"] for feature in boundaries.document["features"]}
    if codes != drawn:
        message = (
            f"the boundaries in force are of other units than this pack ({len(codes ^ drawn)} codes differ); "
            "nothing was changed: load with --forget-boundaries, then import fitting ones"
        )
        raise BoundariesDisagreeError(message)
