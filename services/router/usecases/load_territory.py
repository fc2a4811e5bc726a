"""LoadTerritory: put the reference sets of a territory pack in force."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.router.usecases.ports import OpenReferences, ReferenceSet, SetKind


class BoundariesDisagreeError(Exception):
    """The imported boundaries are of other units than the pack's."""


@dataclass(frozen=True, slots=True)
class LoadTerritory:
    """Store and switch to a pack's sets in one transaction, whatever their dates; the same again changes nothing."""

    open_references: OpenReferences

    async def __call__(self, sets: Sequence[ReferenceSet], *, forget_boundaries: bool = False) -> list[SetKind]:
        """Return the kinds that changed; raises `BoundariesDisagreeError` when imported boundaries do not fit."""
        async with self.open_references() as store:
            changed = [reference_set.kind for reference_set in sets if await store.activate(reference_set)]
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
