"""How the units stand, from numbers alone: green, yellow or red, the worst first."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import timedelta
from enum import StrEnum

LOOK_BACK = timedelta(days=7)
RED_LATE = 10
RED_LATE_SHARE = 0.25
# One late case of two is no verdict on a unit.
RED_LATE_AT_LEAST = 3
YELLOW_ON_TIME_BELOW = 0.8
YELLOW_RESOLVED_AT_LEAST = 5


class Colour(StrEnum):
    """A verdict at a glance; in the order of alarm."""

    RED = "red"
    YELLOW = "yellow"
    GREEN = "green"


@dataclass(frozen=True, slots=True)
class UnitStanding:
    """The numbers of one unit (None: the province desk); all but the last two are of open cases."""

    unit_code: str | None
    open: int = 0
    late_accept: int = 0
    late_resolve: int = 0
    late_emergency: int = 0
    waiting: int = 0
    disputed: int = 0
    resolved: int = 0
    on_time: int = 0

    @property
    def late(self) -> int:
        """Open cases whose deadline has passed."""
        return self.late_accept + self.late_resolve

    @property
    def on_time_share(self) -> float | None:
        """Share of the cases resolved lately that were in time; none when there were none."""
        return self.on_time / self.resolved if self.resolved else None


def colour(unit: UnitStanding) -> Colour:
    """Judge a unit.

    Red: a late emergency, ten late cases, or a quarter of the open ones (three at least). Yellow: anything late, or
    fewer than 80 % of the cases resolved lately in time (of five at least). Green: the rest.
    """
    late_share = unit.late / unit.open if unit.open else 0.0
    if unit.late_emergency or unit.late >= RED_LATE:
        return Colour.RED
    if unit.late >= RED_LATE_AT_LEAST and late_share >= RED_LATE_SHARE:
        return Colour.RED
    share = unit.on_time_share
    slow = share is not None and share < YELLOW_ON_TIME_BELOW and unit.resolved >= YELLOW_RESOLVED_AT_LEAST
    return Colour.YELLOW if unit.late or slow else Colour.GREEN


def worst_first(units: Iterable[UnitStanding]) -> list[UnitStanding]:
    """Sort by colour, late emergencies, late cases, open cases, then code."""
    order = list(Colour)
    return sorted(
        units,
        key=lambda unit: (
            order.index(colour(unit)),
            -unit.late_emergency,
            -unit.late,
            -unit.open,
            unit.unit_code or "",
        ),
    )


def total(units: Iterable[UnitStanding]) -> UnitStanding:
    """Add the numbers up."""
    units = list(units)
    names = [field.name for field in fields(UnitStanding) if field.name != "unit_code"]
    return UnitStanding(None, **{name: sum(getattr(unit, name) for unit in units) for name in names})
