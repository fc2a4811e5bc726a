"""ImportBoundaries: check a set of boundaries, keep it, and switch to it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from services.router.usecases.ports import OpenReferences, ReferenceSet, SetKind

Check = Callable[[Mapping[str, Any], ReferenceSet], "CheckedBoundaries"]
"""Check a FeatureCollection against the units in force; raises `BoundariesRefusedError`."""


class BoundariesRefusedError(Exception):
    """The boundaries cannot be used; `reasons` says why, one sentence each."""

    def __init__(self, reasons: list[str]) -> None:
        """Keep the reasons."""
        super().__init__("; ".join(reasons))
        self.reasons = reasons


@dataclass(frozen=True, slots=True)
class CheckedBoundaries:
    """Boundaries that passed, their content version, and what is worth knowing about them."""

    document: Mapping[str, Any]
    version: str
    units: int
    notes: tuple[str, ...]

    def as_set(self, units: ReferenceSet) -> ReferenceSet:
        """Return them as a reference set with the date of the units that they bound."""
        return ReferenceSet(SetKind.BOUNDARIES, self.version, units.valid_from, self.document)


@dataclass(frozen=True, slots=True)
class ImportBoundaries:
    """Check and switch in one transaction; the switch holds from then on."""

    open_references: OpenReferences
    check: Check

    async def __call__(self, collection: Mapping[str, Any]) -> tuple[CheckedBoundaries, bool]:
        """Return what was checked and whether anything changed; raises `BoundariesRefusedError`."""
        async with self.open_references() as store:
            units = await store.active(SetKind.UNITS)
            if units is None:
                raise BoundariesRefusedError(["no territory is loaded yet; run `langnghe territory load` first"])
            checked = self.check(collection, units)
            changed = await store.activate(checked.as_set(units))
        return checked, changed
