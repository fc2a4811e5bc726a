"""DryRunBoundaries: look past pins up in other boundaries before they are switched to; nothing is changed."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from services.router.domain.pin_replay import PastPin, PinReplay, compare_pins
from services.router.usecases.locate_places import find_pins
from services.router.usecases.ports import Boundaries, OpenBoundaries, ReferenceSet, SetKind
from services.router.usecases.switch_boundaries import need_same_units
from shared.events import PlacedBy

BuildBoundaries = Callable[[ReferenceSet | None, ReferenceSet], Awaitable[Boundaries]]
"""`build(boundaries, units)` makes a set usable, or the generalised ones of the units."""

BY_PIN = frozenset({PlacedBy.PIN.value, PlacedBy.PROVINCE_DESK.value})


@dataclass(frozen=True, slots=True)
class DryRunBoundaries:
    """Compare what the boundaries in force and others say about the pins of the latest placements."""

    open_boundaries: OpenBoundaries
    build: BuildBoundaries

    async def __call__(self, target: ReferenceSet | None, *, last: int) -> PinReplay:
        """Return what would change among the `last` placements; raises `SwitchRefusedError` for unfitting ones."""
        async with self.open_boundaries() as store:
            units = await need_same_units(store, target)
            in_force = await store.active(SetKind.BOUNDARIES)
            placed = await store.last_pins(last)
        points = [pin.point for pin in placed]
        before = find_pins(points, await self.build(in_force, units))
        after = find_pins(points, await self.build(target, units))
        return compare_pins(
            PastPin(pin.feedback_id, pin.placed_by in BY_PIN, old, new)
            for pin, old, new in zip(placed, before, after, strict=True)
        )
