"""ReadBoundaries: which boundaries are stored, which are and were in force, and what is planned."""

from dataclasses import dataclass
from datetime import datetime

from services.router.domain.plans import Plan
from services.router.domain.switches import Period, Switch, periods
from services.router.usecases.ports import OpenBoundaries, SetKind


@dataclass(frozen=True, slots=True)
class StoredBoundaries:
    """A stored set, without its polygons, and when it was in force."""

    version: str
    units: int
    loaded_at: datetime
    in_force: bool
    periods: tuple[Period, ...]


@dataclass(frozen=True, slots=True)
class BoundariesOverview:
    """Everything people ask about boundaries; a version of None is the generalised ones."""

    in_force: str | None
    sets: tuple[StoredBoundaries, ...]
    history: tuple[Switch, ...]
    periods: tuple[Period, ...]
    plans: tuple[Plan, ...]


@dataclass(frozen=True, slots=True)
class ReadBoundaries:
    """Read it all in one transaction."""

    open_boundaries: OpenBoundaries

    async def __call__(self) -> BoundariesOverview:
        """Return the overview; sets and history with the oldest first."""
        async with self.open_boundaries() as store:
            stored, history = await store.stored(), await store.switches_of(SetKind.BOUNDARIES)
            plans = await store.plans(SetKind.BOUNDARIES)
        held = periods(history)
        sets = tuple(
            StoredBoundaries(
                each.version,
                each.units,
                each.loaded_at,
                each.active,
                tuple(period for period in held if period.version == each.version),
            )
            for each in stored
        )
        in_force = next((each.version for each in stored if each.active), None)
        return BoundariesOverview(in_force, sets, tuple(history), tuple(held), tuple(plans))
