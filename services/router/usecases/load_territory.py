"""LoadTerritory: put the reference sets of a territory pack in force."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from services.router.domain.succession import Succession, succession_of
from services.router.domain.switches import SwitchNote
from services.router.usecases.ports import LOADED, OpenReferences, ReferenceSet, ReferenceStore, SetKind
from services.router.usecases.redraw_boundaries import BoundariesDisagreeError, RedrawBoundaries
from services.router.usecases.switch_boundaries import codes_apart
from services.router.usecases.unit_lists import unit_list


class OpenCasesError(Exception):
    """The pack takes units away that have open cases."""


KeepDays = Callable[[ReferenceSet, ReferenceSet], ReferenceSet]
"""`keep(of the pack, in force)` returns the calendar to put in force, with the days that were imported."""


KeepRules = Callable[[ReferenceSet, ReferenceSet], ReferenceSet]
"""`keep(of the pack, in force)` returns the rules to put in force when a person switched to those in force."""


KeepDesks = Callable[[ReferenceSet, ReferenceSet], ReferenceSet]
"""`keep(of the pack, in force)` returns the offices to put in force when a person switched to the desks in force."""


def take_the_packs_desks(pack: ReferenceSet, _in_force: ReferenceSet) -> ReferenceSet:
    """Let the pack's desks replace those in force, whoever switched to them."""
    return pack


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
    keep_desks: KeepDesks = take_the_packs_desks
    redraw: RedrawBoundaries | None = None

    async def __call__(
        self,
        sets: Sequence[ReferenceSet],
        *,
        forget_boundaries: bool = False,
        forget_calendar: bool = False,
        forget_rules: bool = False,
        forget_desks: bool = False,
        boundaries: Mapping[str, Any] | None = None,
        moving_open_cases: bool = False,
        note: SwitchNote = LOADED,
    ) -> list[SetKind]:
        """Return the kinds that changed; raises `BoundariesDisagreeError` when imported boundaries do not fit.

        A pack that takes units away which have open cases raises `OpenCasesError`, unless somebody is `moving` them
        afterwards. Boundaries in force are drawn anew for other units, or come with the pack as a FeatureCollection.

        Days that were imported stay in the calendar, and rules and desks that were switched to stay in force, unless
        they are to be forgotten.
        """
        async with self.open_references() as store:
            await store.lock()
            calendar = await store.active(SetKind.CALENDAR)
            if calendar is not None and not forget_calendar:
                sets = [self.keep_days(each, calendar) if each.kind is SetKind.CALENDAR else each for each in sets]
            succession = await _succession(store, sets)
            if succession is not None and not moving_open_cases:
                await _need_no_open_cases(store, succession)
            notes: dict[SetKind, SwitchNote] = {}
            for kind, keep, forget in (
                (SetKind.POLICY, self.keep_rules, forget_rules),
                (SetKind.OFFICES, self.keep_desks, forget_desks),
            ):
                in_force = await store.active(kind)
                if in_force is not None and not forget and await store.is_by_hand(kind):
                    kept = [keep(each, in_force) if each.kind is kind else each for each in sets]
                    notes[kind], sets = replace(note, by_hand=kept != list(sets)), kept
            changed = [each.kind for each in sets if await store.activate(each, notes.get(each.kind, note))]
            if forget_boundaries:
                bounds_changed = await store.deactivate(SetKind.BOUNDARIES, note)
            else:
                bounds_changed = await self._bound(store, succession, boundaries, note)
        return [*changed, SetKind.BOUNDARIES] if bounds_changed else changed

    async def _bound(
        self,
        store: ReferenceStore,
        succession: Succession | None,
        collection: Mapping[str, Any] | None,
        note: SwitchNote,
    ) -> bool:
        """See to it that the boundaries in force are those of the units in force; return whether they changed."""
        units = await store.active(SetKind.UNITS)
        if units is None:
            return False
        if self.redraw is not None and (collection is not None or succession is not None):
            drawn = await self.redraw(store, succession, units, collection)
            return drawn is not None and await store.activate(drawn, note)
        in_force = await store.active(SetKind.BOUNDARIES)
        differ = codes_apart(units, in_force) if in_force is not None else 0
        if differ:
            message = (
                f"the boundaries in force are of other units than this pack ({differ} codes differ); nothing was "
                "changed: load with --forget-boundaries, then import fitting ones"
            )
            raise BoundariesDisagreeError(message)
        return False


async def _succession(store: ReferenceStore, sets: Sequence[ReferenceSet]) -> Succession | None:
    """Say what becomes of the units in force; None when nothing does, or there are none yet."""
    before = await store.active(SetKind.UNITS)
    after = next((each for each in sets if each.kind is SetKind.UNITS), None)
    if before is None or after is None or before.version == after.version:
        return None
    succession = succession_of(unit_list(before), unit_list(after), since=after.valid_from)
    return succession if succession.successors or succession.new else None


async def _need_no_open_cases(store: ReferenceStore, succession: Succession) -> None:
    count = await store.open_cases_of(succession.successors.keys()) if succession.successors else 0
    if count:
        names = ", ".join(succession.name(code) for code in succession.successors)
        message = (
            f"the pack takes away or splits {names}, where {count} open cases are; nothing was changed: see "
            "`langnghe territory changes PACK`, then load with --move-open-cases --why REASON"
        )
        raise OpenCasesError(message)
