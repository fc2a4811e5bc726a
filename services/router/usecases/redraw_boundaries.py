"""RedrawBoundaries: the boundaries of changed units: those of a file, the union of the old ones, or earlier ones."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.router.domain.succession import Fate, Succession, drawn_anew
from services.router.usecases.import_boundaries import BoundariesRefusedError, RunCheck
from services.router.usecases.ports import ReferenceSet, ReferenceStore, SetKind
from services.router.usecases.switch_boundaries import codes_apart

Unite = Callable[[Mapping[str, Any], Mapping[str, Sequence[str]]], Awaitable[Mapping[str, Any]]]
"""`unite(drawn, made_of)` draws each unit as the union of the drawn ones it is made of."""


class BoundariesDisagreeError(Exception):
    """The boundaries in force are of other units than the pack's, and how the new ones run is not known."""


@dataclass(frozen=True, slots=True)
class RedrawBoundaries:
    """Find the boundaries that fit changed units; nothing is put in force."""

    check: RunCheck
    unite: Unite

    async def __call__(
        self,
        store: ReferenceStore,
        succession: Succession | None,
        units: ReferenceSet,
        collection: Mapping[str, Any] | None,
    ) -> ReferenceSet | None:
        """Return boundaries of `units`, None when generalised ones are in force and stay.

        Raises `BoundariesRefusedError` for a file that does not fit, `BoundariesDisagreeError` where one is needed:
        when a unit is split, nobody can know how the new border runs.
        """
        if collection is not None:
            return (await self.check(collection, units)).as_set(units)
        in_force = await store.active(SetKind.BOUNDARIES)
        if in_force is None or succession is None:
            return in_force
        made_of = drawn_anew(succession, [each["properties"]["code"] for each in in_force.document["features"]])
        if made_of is not None:
            try:
                return (await self.check(await self.unite(in_force.document, made_of), units)).as_set(units)
            except BoundariesRefusedError as error:
                raise _needed(f"the union of the old ones does not fit: {error}") from error
        split = [code for code in succession.successors if succession.fate(code) is Fate.SPLIT]
        if split:
            raise _needed(f"{', '.join(map(succession.name, split))} split up, and where the border runs is not known")
        earlier = await _earlier(store, units)
        if earlier is None:
            raise _needed("they are of other units than this pack")
        return earlier


async def _earlier(store: ReferenceStore, units: ReferenceSet) -> ReferenceSet | None:
    """Return the latest boundaries that were in force and are of these units: a change of units is taken back."""
    tried = set()
    for switch in reversed(await store.switches_of(SetKind.BOUNDARIES)):
        if switch.version is None or switch.version in tried:
            continue
        tried.add(switch.version)
        found = await store.find(SetKind.BOUNDARIES, switch.version)
        if found is not None and not codes_apart(units, found):
            return found
    return None


def _needed(reason: str) -> BoundariesDisagreeError:
    message = (
        f"the boundaries in force cannot be kept: {reason}; nothing was changed: give those of the new units with "
        "--boundaries FILE, or go back to generalised ones with --forget-boundaries"
    )
    return BoundariesDisagreeError(message)
