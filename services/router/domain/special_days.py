"""Public holidays, swapped days off and make-up days: what a calendar may say of them, and what changes with it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from services.router.domain.clock import Hours, hours_on

# The public holidays with a fixed date of the solar calendar (Labour Code 2019, article 112). A year without one of
# them is not a year but a piece of one.
FIXED_DAYS_OFF = {(1, 1): "1 January", (4, 30): "30 April", (5, 1): "1 May", (9, 2): "2 September"}
# The lunar new year lies between 21 January and 20 February and gives five days; a day before and after for swaps.
TET_FROM, TET_TO, TET_DAYS = (1, 15), (2, 28), 5
MOST_DAYS_OFF = 40
SWAPPED_WITHIN = timedelta(days=31)
EARLIEST_YEAR, LATEST_YEAR = 2000, 2100


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A date that is off, or works, whatever its weekday says."""

    day: date
    works: bool
    name_vi: str
    name_en: str
    source: str


@dataclass(frozen=True, slots=True)
class DayChange:
    """What one calendar says of a date and what another does; None is an ordinary day of its week."""

    day: date
    before: SpecialDay | None
    after: SpecialDay | None


def is_projection(special: SpecialDay) -> bool:
    """Say whether its source calls a day a projection: computed by rule, before the official timetable was out."""
    return "projection" in special.source


def combine(before: Sequence[SpecialDay], new: Sequence[SpecialDay], *, adding: bool) -> tuple[SpecialDay, ...]:
    """Put new days into a calendar, in order.

    They replace all days of their years; `adding`, only what is said of the same dates.
    """
    dates, years = {special.day for special in new}, {special.day.year for special in new}
    kept = [special for special in before if (special.day not in dates if adding else special.day.year not in years)]
    return tuple(sorted((*kept, *new), key=lambda special: special.day))


def find_faults(
    days: Sequence[SpecialDay], *, new: Sequence[SpecialDay], hours: Sequence[Hours], years: Sequence[int]
) -> list[str]:
    """Say what keeps the combined `days` from being used, judged in the years of the `new` ones.

    `years` are those the calendar knew before; they and the new ones must follow one another.
    """
    if not new:
        return ["there is no day in it"]
    counts = Counter(special.day for special in new)
    changed = sorted({special.day.year for special in new})
    if changed[0] < EARLIEST_YEAR or changed[-1] > LATEST_YEAR:
        odd = next(special.day for special in new if not EARLIEST_YEAR <= special.day.year <= LATEST_YEAR)
        return [f"{odd} is not between {EARLIEST_YEAR} and {LATEST_YEAR}; correct the year"]
    return [
        *(f"{day} appears {count} times; keep one" for day, count in sorted(counts.items()) if count > 1),
        *_years_apart(years, changed),
        *_idle_make_up_days(new, hours),
        *(fault for year in changed for fault in _year_faults(days, year, hours)),
    ]


def find_notes(days: Sequence[SpecialDay], *, new: Sequence[SpecialDay], hours: Sequence[Hours]) -> list[str]:
    """Say what is odd of the new days, but may be meant."""
    off = [special.day for special in days if not special.works and _works_by_week(special.day, hours)]
    notes = [
        f"{special.day} is worked, but no working day within {SWAPPED_WITHIN.days} days of it is off"
        for special in new
        if special.works and not any(abs(day - special.day) <= SWAPPED_WITHIN for day in off)
    ]
    guessed = sum(map(is_projection, new))
    if guessed:
        notes.append(f"{guessed} days are marked as a projection; import the official timetable when it is published")
    return notes


def find_changes(before: Sequence[SpecialDay], after: Sequence[SpecialDay]) -> list[DayChange]:
    """List the dates of which two calendars do not say the same about working, in order."""
    old, new = _by_day(before), _by_day(after)
    return [
        DayChange(day, old.get(day), new.get(day))
        for day in sorted(old.keys() | new.keys())
        if (old[day].works if day in old else None) != (new[day].works if day in new else None)
    ]


def _by_day(days: Sequence[SpecialDay]) -> Mapping[date, SpecialDay]:
    return {special.day: special for special in days}


def _works_by_week(day: date, hours: Sequence[Hours]) -> bool:
    return bool(hours_on(hours, day).intervals_on(day))


def _years_apart(years: Sequence[int], changed: Sequence[int]) -> Iterator[str]:
    known = set(years) | set(changed)
    missing = sorted(set(range(min(known), max(known))) - known)
    if missing:
        gap = ", ".join(map(str, missing))
        yield f"the calendar would know {min(known)} and {max(known)}, but not {gap}; add the years between"


def _idle_make_up_days(new: Sequence[SpecialDay], hours: Sequence[Hours]) -> Iterator[str]:
    for special in new:
        if special.works and special.day.weekday() in hours_on(hours, special.day).weekdays:
            yield f"{special.day} is a {special.day:%A} and worked anyway; a make-up day is one that is free otherwise"


def _year_faults(days: Sequence[SpecialDay], year: int, hours: Sequence[Hours]) -> Iterator[str]:
    off = {special.day for special in days if special.day.year == year and not special.works}
    missing = [name for (month, day), name in FIXED_DAYS_OFF.items() if date(year, month, day) not in off]
    if missing:
        yield f"{year} is not complete: {', '.join(missing)} must be off; give the whole year, or add to it with --add"
    tet = sum(date(year, *TET_FROM) <= day <= date(year, *TET_TO) for day in off)
    if tet < TET_DAYS:
        yield f"{year} has {tet} days off around the lunar new year; Tết has at least {TET_DAYS}"
    free = sum(_works_by_week(day, hours) for day in off)
    if free > MOST_DAYS_OFF:
        yield f"{year} has {free} working days off; more than {MOST_DAYS_OFF} cannot be meant"
