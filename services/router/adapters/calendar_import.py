"""Calendar files: read one, check its days against the calendar in force, and keep imported days over a load."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from services.router.adapters.calendar_documents import hours_of, special_days_of
from services.router.adapters.content import content_version
from services.router.domain.special_days import SpecialDay, combine, find_changes, find_faults, find_notes
from services.router.usecases.import_calendar import CalendarRefusedError, CheckedCalendar
from services.router.usecases.ports import ReferenceSet, SetKind
from shared.csv_files import CsvError, read_csv

# Kinds of days as a file may call them; the second name of a make-up day is what published tables use.
KINDS = {"off": False, "working": True, "working_weekend": True}
DAY_COLUMNS = ("day", "date")
MOST_REASONS = 20
LONGEST_NAME = 200
# What is said about a calendar, but is not its content.
MARKS = ("label", "imported_years")


def read_calendar(path: Path) -> list[SpecialDay]:
    """Read a CSV file with day (or date), kind, name_vi, and optionally name_en and source.

    Raises `CalendarRefusedError` with everything that cannot be read, by line.
    """
    try:
        rows = read_csv(path, needed=("kind", "name_vi"))
    except CsvError as error:
        raise CalendarRefusedError([str(error)]) from error
    column = next((name for name in DAY_COLUMNS if name in rows[0][1]), None)
    if column is None:
        raise CalendarRefusedError([f"{path}: column day is missing; the first line must name the columns"])
    days, faults = [], []
    for line, row in rows:
        try:
            days.append(_special_day(row, column))
        except ValueError as error:
            faults.append(f"{path}, line {line}: {error}")
    _refuse(faults)
    return days


def _special_day(row: Mapping[str, str], column: str) -> SpecialDay:
    text, kind, name = (row[field].strip() for field in (column, "kind", "name_vi"))
    try:
        day = date.fromisoformat(text)
    except ValueError:
        message = f"'{column}' is {text!r}; write a date such as 2026-01-02"
        raise ValueError(message) from None
    if kind not in KINDS:
        message = f"'kind' is {kind!r}; use off or working"
        raise ValueError(message)
    if not name:
        message = "'name_vi' is empty; say in Vietnamese what day it is"
        raise ValueError(message)
    name_en, source = row.get("name_en", "").strip() or name, row.get("source", "").strip()
    if max(map(len, (name, name_en, source))) > LONGEST_NAME:
        message = f"a name or source is longer than {LONGEST_NAME} characters"
        raise ValueError(message)
    return SpecialDay(day, KINDS[kind], name, name_en, source)


def check_days(days: Sequence[SpecialDay], in_force: ReferenceSet, *, adding: bool) -> CheckedCalendar:
    """Put days into the calendar in force and check the result; raises `CalendarRefusedError` with every reason."""
    document = in_force.document
    before, hours = special_days_of(document), hours_of(document)
    combined = combine(before, days, adding=adding)
    _refuse(find_faults(combined, new=days, hours=hours, years=document["years"]))
    touched = {special.day.year for special in days}
    checked = _with_days(
        in_force,
        [_entry(special) for special in combined],
        years=sorted({*document["years"], *touched}),
        imported=sorted({*document.get("imported_years", ()), *touched}),
    )
    return CheckedCalendar(
        checked,
        tuple(sorted(touched)),
        tuple(find_changes(before, combined)),
        tuple(find_notes(combined, new=days, hours=hours)),
    )


def keep_imported_days(pack: ReferenceSet, in_force: ReferenceSet) -> ReferenceSet:
    """Keep the days of imported years when a pack is loaded; hours and all other years are the pack's.

    An imported year that neither is one of the pack's nor borders on them is left behind.
    """
    known: set[int] = set(pack.document["years"])
    imported: list[int] = sorted(in_force.document.get("imported_years", ()))
    for year in (*imported, *reversed(imported)):
        if {year - 1, year, year + 1} & known:
            known.add(year)
    kept = [year for year in imported if year in known]
    if not kept:
        return pack
    days = [day for day in pack.document["days"] if _year(day) not in kept]
    days += [day for day in in_force.document["days"] if _year(day) in kept]
    return _with_days(pack, sorted(days, key=lambda day: str(day["day"])), years=sorted(known), imported=kept)


def _with_days(
    calendar: ReferenceSet, days: Sequence[Mapping[str, Any]], *, years: Sequence[int], imported: Sequence[int]
) -> ReferenceSet:
    document = {name: value for name, value in calendar.document.items() if name not in MARKS}
    document |= {"years": list(years), "days": list(days)}
    marks = {"label": f"imported {', '.join(map(str, imported))}", "imported_years": list(imported)}
    return ReferenceSet(SetKind.CALENDAR, content_version(document), calendar.valid_from, {**document, **marks})


def _entry(special: SpecialDay) -> dict[str, str]:
    return {
        "day": special.day.isoformat(),
        "kind": "working" if special.works else "off",
        "name_vi": special.name_vi,
        "name_en": special.name_en,
        "source": special.source,
    }


def _year(day: Mapping[str, Any]) -> int:
    return date.fromisoformat(day["day"]).year


def _refuse(reasons: Sequence[str]) -> None:
    if reasons:
        more = len(reasons) - MOST_REASONS
        raise CalendarRefusedError([*reasons[:MOST_REASONS], *([f"and {more} more"] if more > 0 else [])])
