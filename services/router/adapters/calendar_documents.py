"""Calendars as JSON documents: from a territory pack, and to what the domain counts with and people read."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, time
from zoneinfo import ZoneInfo

from services.router.adapters.content import Document, plain
from services.router.domain.clock import Calendars, Hours, Interval, WorkingCalendar, make_calendar
from services.router.domain.special_days import SpecialDay
from services.router.usecases.ports import CalendarInForce, ReferenceSet
from shared.territory import Territory, WorkingHours


def calendar_document(territory: Territory) -> Document:
    """Write the calendar of a pack: years, hours, special days."""
    special = [
        {
            "units": special.units,
            **hours_document(special.hours),
            "valid_from": special.valid_from,
            "valid_to": special.valid_to,
        }
        for special in territory.special_hours
    ]
    return plain(
        {
            "timezone": territory.timezone,
            "years": territory.calendar_years,
            **hours_document(territory.working_hours),
            # Only where there are any: a calendar without them keeps the version it had.
            **({"special_hours": special} if special else {}),
            "days": [asdict(day) for day in territory.calendar],
        }
    )


def hours_document(hours: WorkingHours) -> Document:
    """Write a week."""
    others = {str(day): _interval_texts(intervals) for day, intervals in hours.other_days}
    return {
        "weekdays": hours.days,
        "intervals": _interval_texts(hours.intervals),
        **({"other_days": others} if others else {}),
    }


def _interval_texts(intervals: Sequence[Interval]) -> list[list[str]]:
    return [[opens.isoformat("minutes"), closes.isoformat("minutes")] for opens, closes in intervals]


def calendars_of(document: Document) -> Calendars:
    """Lay out the calendar of a document: one for all, and one for each set of special hours of a unit."""
    zone = ZoneInfo(document["timezone"])
    days = {special.day: special.works for special in special_days_of(document)}

    def of(hours: tuple[Hours, ...]) -> WorkingCalendar:
        years = document["years"]
        return make_calendar(zone=zone, hours=hours, days=days, first_year=years[0], last_year=years[-1])

    by_unit: dict[str, WorkingCalendar] = {}
    # Many units share the same hours: each kind of calendar is laid out once.
    made: dict[tuple[int, ...], WorkingCalendar] = {}
    for code, positions in _special_positions(document).items():
        if positions not in made:
            made[positions] = of(hours_of(document, unit_code=code))
        by_unit[code] = made[positions]
    return Calendars(of(hours_of(document)), by_unit)


def _special_positions(document: Document) -> dict[str, tuple[int, ...]]:
    """Tell for each unit with hours of its own which entries name it."""
    positions: dict[str, tuple[int, ...]] = {}
    for position, special in enumerate(document.get("special_hours", ())):
        for code in special["units"]:
            positions[code] = (*positions.get(code, ()), position)
    return positions


def hours_of(document: Document, *, unit_code: str | None = None) -> tuple[Hours, ...]:
    """Read the hours of a unit, or of those that have none of their own; the first whose dates hold decides."""
    specials = [
        special
        for special in document.get("special_hours", ())
        if not special["units"] or unit_code in special["units"]
    ]
    return tuple(map(week_of, [*specials, document]))


def week_of(entry: Document) -> Hours:
    """Read the week of a calendar document, or of one of its special hours."""
    return Hours(
        weekdays=frozenset(entry["weekdays"]),
        intervals=_intervals(entry["intervals"]),
        other_days={int(day): _intervals(texts) for day, texts in entry.get("other_days", {}).items()},
        valid_from=_day(entry.get("valid_from")),
        valid_to=_day(entry.get("valid_to")),
    )


def calendar_in_force(stored: ReferenceSet) -> CalendarInForce:
    """Read a stored calendar for people."""
    document = stored.document
    return CalendarInForce(
        version=stored.version,
        timezone=document["timezone"],
        years=tuple(document["years"]),
        imported_years=tuple(document.get("imported_years", ())),
        hours=hours_of(document),
        unit_hours={code: hours_of(document, unit_code=code) for code in _special_positions(document)},
        days=special_days_of(document),
    )


def special_days_of(document: Document) -> tuple[SpecialDay, ...]:
    """Read the holidays, swapped days off and make-up days of a calendar document."""
    return tuple(
        SpecialDay(
            date.fromisoformat(day["day"]), day["kind"] == "working", day["name_vi"], day["name_en"], day["source"]
        )
        for day in document["days"]
    )


def _intervals(texts: Sequence[Sequence[str]]) -> tuple[Interval, ...]:
    return tuple((time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in texts)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
