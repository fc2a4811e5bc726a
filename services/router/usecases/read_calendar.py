"""ReadCalendar: a year of the calendar in force, as a page shows it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from services.router.domain.clock import Hours
from services.router.domain.year import YearView, view_year
from services.router.usecases.ports import CalendarInForce, OpenReferences, ReferenceMissingError, ReferenceSet, SetKind
from shared.clock import Clock

Decode = Callable[[ReferenceSet], CalendarInForce]


class UnknownYearError(ValueError):
    """The calendar does not know this year; `years` are those it knows."""

    def __init__(self, years: tuple[int, ...]) -> None:
        """Keep the years."""
        super().__init__(f"the calendar knows {years[0]} to {years[-1]}")
        self.years = years


@dataclass(frozen=True, slots=True)
class CalendarYear:
    """One year, the calendar it belongs to, today's local date, and the units that share hours of their own."""

    view: YearView
    calendar: CalendarInForce
    today: date
    unit_hours: Sequence[tuple[Sequence[str], Sequence[Hours]]]


@dataclass(frozen=True, slots=True)
class ReadCalendar:
    """Ask the database each time: few people look, and what they see must be what is in force."""

    open_references: OpenReferences
    decode: Decode
    clock: Clock

    async def __call__(self, year: int | None) -> CalendarYear:
        """Return a year, the current one unless another is asked for.

        Raises `UnknownYearError`, and `ReferenceMissingError` while no territory is loaded.
        """
        async with self.open_references() as store:
            stored = await store.active(SetKind.CALENDAR)
            units = await store.active(SetKind.UNITS)
        if stored is None or units is None:
            message = "no territory is loaded; run `langnghe territory load`"
            raise ReferenceMissingError(message)
        calendar = self.decode(stored)
        today = self.clock().astimezone(ZoneInfo(calendar.timezone)).date()
        shown = year if year is not None else min(max(today.year, calendar.years[0]), calendar.years[-1])
        if shown not in calendar.years:
            raise UnknownYearError(calendar.years)
        names = {unit["code"]: unit["full_name"] for unit in units.document["units"]}
        return CalendarYear(
            view_year(shown, hours=calendar.hours, days=calendar.days),
            calendar,
            today,
            _grouped(calendar.unit_hours, names),
        )


def _grouped(
    unit_hours: Mapping[str, Sequence[Hours]], names: Mapping[str, str]
) -> list[tuple[list[str], Sequence[Hours]]]:
    """Name the units that share the same hours together."""
    groups: list[tuple[list[str], Sequence[Hours]]] = []
    for code, hours in unit_hours.items():
        alike = next((units for units, theirs in groups if theirs == hours), None)
        if alike is None:
            alike = []
            groups.append((alike, hours))
        alike.append(names.get(code, code))
    return groups
