"""ImportBoundaries: check a set of boundaries and keep it; what is in force stays."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from services.router.usecases.ports import OpenReferences, ReferenceSet, SetKind
from services.router.usecases.switching import NOT_LOADED

Check = Callable[[Mapping[str, Any], ReferenceSet], "CheckedBoundaries"]
"""Check a FeatureCollection against a set of units; raises `BoundariesRefusedError`."""

RunCheck = Callable[[Mapping[str, Any], ReferenceSet], Awaitable["CheckedBoundaries"]]
"""A check that takes its time beside the event loop."""


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
    """Check boundaries against the units in force and store them; the same again changes nothing."""

    open_references: OpenReferences
    check: RunCheck

    async def __call__(self, collection: Mapping[str, Any]) -> tuple[CheckedBoundaries, bool]:
        """Return what was checked and whether it was not stored before; raises `BoundariesRefusedError`."""
        checked, units = await self.look(collection)
        async with self.open_references() as store:
            known = await store.find(SetKind.BOUNDARIES, checked.version) is not None
            await store.keep(checked.as_set(units))
        return checked, not known

    async def look(self, collection: Mapping[str, Any]) -> tuple[CheckedBoundaries, ReferenceSet]:
        """Check without storing; return the units they were checked against too."""
        async with self.open_references() as store:
            units = await store.active(SetKind.UNITS)
        if units is None:
            raise BoundariesRefusedError([NOT_LOADED])
        return await self.check(collection, units), units
