"""SwitchBoundaries and RollBackBoundaries: put stored boundaries in force, on record, and take them back."""

from dataclasses import dataclass

from services.router.domain.switches import SwitchAction
from services.router.usecases.ports import BoundaryStore, OpenBoundaries, ReferenceSet, SetKind
from services.router.usecases.switching import (
    NOT_LOADED,
    Switched,
    SwitchRefusedError,
    note_of,
    put_in_force,
    way_back,
)

GENERALISED = "generalised"
"""What the boundaries are called that are computed from points and areas, when none are in force."""


@dataclass(frozen=True, slots=True)
class SwitchBoundaries:
    """Switch in one transaction; a running router follows, what was placed stays as it is."""

    open_boundaries: OpenBoundaries

    async def __call__(self, version: str, *, by: str, why: str) -> Switched:
        """Switch to a version, or with 'generalised' to none; raises `SwitchRefusedError` when it does not fit."""
        note = note_of(SwitchAction.SWITCH, by=by, why=why)
        async with self.open_boundaries() as store:
            await store.lock()
            target = await stored_boundaries(store, version)
            await need_same_units(store, target)
            before = await store.active(SetKind.BOUNDARIES)
            return Switched(before, target, await put_in_force(store, SetKind.BOUNDARIES, target, note))


@dataclass(frozen=True, slots=True)
class RollBackBoundaries:
    """Go back to the boundaries that were in force before the latest switch that still stands."""

    open_boundaries: OpenBoundaries

    async def __call__(self, *, by: str, why: str) -> Switched:
        """Go back; raises `SwitchRefusedError` when there is nothing to go back to, or it no longer fits."""
        async with self.open_boundaries() as store:
            await store.lock()
            target, note = await way_back(store, SetKind.BOUNDARIES, by=by, why=why)
            await need_same_units(store, target)
            before = await store.active(SetKind.BOUNDARIES)
            return Switched(before, target, await put_in_force(store, SetKind.BOUNDARIES, target, note))


async def find_boundaries(open_boundaries: OpenBoundaries, version: str) -> ReferenceSet | None:
    """Return stored boundaries, none for 'generalised'; raises `SwitchRefusedError` when there are none such."""
    async with open_boundaries() as store:
        return await stored_boundaries(store, version)


async def stored_boundaries(store: BoundaryStore, version: str) -> ReferenceSet | None:
    """Find boundaries by their version or its beginning; raises `SwitchRefusedError` when none or several fit."""
    version = version.strip()
    if version == GENERALISED:
        return None
    fitting = [stored.version for stored in await store.stored() if version and stored.version.startswith(version)]
    if len(fitting) > 1:
        message = f"several stored boundaries begin with {version!r}; write more of the version"
        raise SwitchRefusedError(message)
    found = await store.find(SetKind.BOUNDARIES, fitting[0]) if fitting else None
    if found is None:
        message = (
            f"no boundaries of version {version!r} are stored; `langnghe territory boundaries list` shows which are, "
            f"and '{GENERALISED}' are those computed from points and areas"
        )
        raise SwitchRefusedError(message)
    return found


async def need_same_units(store: BoundaryStore, boundaries: ReferenceSet | None) -> ReferenceSet:
    """Return the units in force; refuses boundaries of other ones."""
    units = await store.active(SetKind.UNITS)
    if units is None:
        raise SwitchRefusedError(NOT_LOADED)
    differ = codes_apart(units, boundaries) if boundaries is not None else 0
    if boundaries is not None and differ:
        message = (
            f"the boundaries of version {boundaries.version} are of other units than those in force ({differ} codes "
            "differ); import boundaries of today's units, or load the territory that has theirs"
        )
        raise SwitchRefusedError(message)
    return units


def codes_apart(units: ReferenceSet, boundaries: ReferenceSet) -> int:
    """Count the codes that only one of the two has."""
    codes = {unit["code"] for unit in units.document["units"]}
    drawn = {feature["properties"]["code"] for feature in boundaries.document["features"]}
    return len(codes ^ drawn)
