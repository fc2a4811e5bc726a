"""A year of a calendar, month by month, as a page shows it."""

from calendar import Calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from services.router.domain.clock import Hours, hours_on, interval_minutes
from services.router.domain.special_days import SpecialDay, is_projection

MONTHS = range(1, 13)


class DayType(StrEnum):
    """What kind of day it is."""

    WORKING = "working"
    WEEKEND = "weekend"
    OFF = "off"
    MAKE_UP = "make_up"


@dataclass(frozen=True, slots=True)
class DayView:
    """One day: its kind, its working minutes, whether its week would work on it, and what the calendar says of it."""

    day: date
    type: DayType
    minutes: int
    usual: bool
    special: SpecialDay | None


@dataclass(frozen=True, slots=True)
class MonthView:
    """One month in weeks from Monday to Sunday; a day of another month is None."""

    month: int
    weeks: tuple[tuple[DayView | None, ...], ...]

    @property
    def days(self) -> list[DayView]:
        """The days of the month, in order."""
        return [day for week in self.weeks for day in week if day is not None]

    @property
    def working_days(self) -> int:
        """Days with working time."""
        return sum(day.minutes > 0 for day in self.days)


@dataclass(frozen=True, slots=True)
class YearView:
    """Twelve months and what they add up to."""

    year: int
    months: tuple[MonthView, ...]

    @property
    def days(self) -> list[DayView]:
        """All days, in order."""
        return [day for month in self.months for day in month.days]

    @property
    def special_days(self) -> list[DayView]:
        """The days of which the calendar says something."""
        return [day for day in self.days if day.special is not None]

    @property
    def working_days(self) -> int:
        """Days with working time."""
        return sum(month.working_days for month in self.months)

    @property
    def working_minutes(self) -> int:
        """Working time of the year."""
        return sum(day.minutes for day in self.days)

    @property
    def days_lost(self) -> int:
        """Days off on which the week would have worked."""
        return sum(day.type is DayType.OFF and day.usual for day in self.days)

    @property
    def make_up_days(self) -> int:
        """Days worked although the week would have been free."""
        return sum(day.type is DayType.MAKE_UP for day in self.days)

    @property
    def projected(self) -> bool:
        """Whether a day is only a projection, because the official timetable is not out yet."""
        return any(day.special is not None and is_projection(day.special) for day in self.days)


def view_year(year: int, *, hours: Sequence[Hours], days: Sequence[SpecialDay]) -> YearView:
    """Lay out a year; of `hours` the first that holds on a day decides."""
    special = {one.day: one for one in days}
    weeks = Calendar()
    return YearView(
        year,
        tuple(
            MonthView(
                month,
                tuple(
                    tuple(_view_day(day, hours, special) if day.month == month else None for day in week)
                    for week in weeks.monthdatescalendar(year, month)
                ),
            )
            for month in MONTHS
        ),
    )


def _view_day(day: date, hours: Sequence[Hours], special: Mapping[date, SpecialDay]) -> DayView:
    week, said = hours_on(hours, day), special.get(day)
    usual = bool(week.intervals_on(day))
    actual = week.intervals_on(day, works=said.works if said else None)
    if said is not None and not said.works:
        kind = DayType.OFF
    elif said is not None:
        kind = DayType.MAKE_UP
    else:
        kind = DayType.WORKING if actual else DayType.WEEKEND
    return DayView(day, kind, sum(map(interval_minutes, actual)), usual, said)
