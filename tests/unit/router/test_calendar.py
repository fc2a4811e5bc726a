"""The calendar of the pack against its sources, what an import refuses, and the year as a page shows it."""

import csv
from collections.abc import Callable
from dataclasses import replace
from datetime import date, time
from pathlib import Path

import holidays
import pytest

from services.router.adapters.calendar_documents import (
    calendar_document,
    calendar_in_force,
    calendars_of,
    hours_of,
    special_days_of,
)
from services.router.adapters.calendar_import import check_days, keep_imported_days, read_calendar
from services.router.adapters.content import content_version
from services.router.domain.clock import Duration, Hours
from services.router.domain.special_days import DayChange, SpecialDay, combine, find_faults, find_notes
from services.router.domain.year import DayType, view_year
from services.router.usecases.import_calendar import CalendarRefusedError
from services.router.usecases.ports import ReferenceSet, SetKind
from shared.territory import CalendarDay, DayKind, SpecialHours, Territory, WorkingHours
from tests.support.clock import clock_time, local
from tests.support.placing import PACK, pack, shared_data

WEEK = (Hours(frozenset(range(5)), ((time(7, 30), time(11, 30)), (time(13, 30), time(17)))),)


def day(text: str, *, works: bool = False, name: str = "x", source: str = "") -> SpecialDay:
    return SpecialDay(date.fromisoformat(text), works, name, name, source)


def full_year(year: int) -> list[SpecialDay]:
    """Give the least a year needs: the fixed holidays and five days of Tết."""
    fixed = [f"{year}-01-01", f"{year}-04-30", f"{year}-05-01", f"{year}-09-02"]
    return [day(text) for text in [*fixed, *(f"{year}-02-{number:02}" for number in range(10, 15))]]


def pack_set(territory: Territory | None = None) -> ReferenceSet:
    document = calendar_document(territory or pack())
    return ReferenceSet(SetKind.CALENDAR, content_version(document), date(2025, 7, 1), document)


def pack_days() -> tuple[SpecialDay, ...]:
    return special_days_of(pack_set().document)


# --- the pack ------------------------------------------------------------------------------------------------------

CORRECTIONS = {date(2026, 1, 2): False, date(2026, 1, 10): True}


def test_the_calendar_of_the_pack_is_the_holidays_package_with_the_corrections() -> None:
    vietnam = holidays.country_holidays("VN", years=[2025, 2026, 2027], language="vi")
    worked = {each for each in vietnam.weekend_workdays if each.year in (2025, 2026, 2027)}
    expected = dict.fromkeys(vietnam, False) | dict.fromkeys(worked, True) | CORRECTIONS
    assert {special.day: special.works for special in pack_days()} == expected
    assert all(special.name_vi == vietnam[special.day] for special in pack_days() if special.day in vietnam)


def test_the_calendar_of_the_pack_is_the_shared_table() -> None:
    with shared_data("vn_holidays_2025_2027.csv").open(encoding="utf-8", newline="") as opened:
        table = {date.fromisoformat(row["date"]): row["kind"] == "working_weekend" for row in csv.DictReader(opened)}
    assert {special.day: special.works for special in pack_days()} == table


def test_the_calendar_of_the_pack_passes_the_check_of_an_import() -> None:
    assert find_faults(pack_days(), new=pack_days(), hours=WEEK, years=[]) == []
    assert find_notes(pack_days(), new=pack_days(), hours=WEEK) == [
        "15 days are marked as a projection; import the official timetable when it is published"
    ]


# --- what an import refuses ----------------------------------------------------------------------------------------


def faults(new: list[SpecialDay], *, before: list[SpecialDay] | None = None, adding: bool = False) -> list[str]:
    combined = combine(before or [], new, adding=adding)
    return find_faults(combined, new=new, hours=WEEK, years=[special.day.year for special in before or []])


def test_a_whole_year_passes() -> None:
    assert faults(full_year(2028)) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda _: [], "there is no day in it"),
        (lambda year: [*year, year[0]], "2028-01-01 appears 2 times; keep one"),
        (lambda year: year[1:], "2028 is not complete: 1 January must be off; give the whole year, or add to it"),
        (lambda year: [replace(year[3], works=True), *year[:3], *year[4:]], "2028 is not complete: 2 September"),
        (lambda year: year[:-1], "2028 has 4 days off around the lunar new year; Tết has at least 5"),
        (lambda year: [*year, day("2028-01-07", works=True)], "2028-01-07 is a Friday and worked anyway"),
        (lambda year: [*year, day("0226-02-16")], "0226-02-16 is not between 2000 and 2100; correct the year"),
        (lambda year: [*year, *full_year(2031)], "the calendar would know 2028 and 2031, but not 2029, 2030"),
        (
            lambda year: [*year, *(day(f"2028-{month:02}-{n:02}") for month in (7, 8) for n in range(1, 29))],
            "2028 has 44 working days off; more than 40 cannot be meant",
        ),
    ],
)
def test_a_calendar_that_cannot_be_meant_is_refused(
    change: Callable[[list[SpecialDay]], list[SpecialDay]], said: str
) -> None:
    assert any(said in fault for fault in faults(change(full_year(2028))))


def test_a_year_far_from_those_known_is_refused() -> None:
    assert faults(full_year(2030), before=full_year(2028)) == [
        "the calendar would know 2028 and 2030, but not 2029; add the years between"
    ]
    assert faults(full_year(2029), before=full_year(2028)) == []


def test_new_days_replace_their_whole_years_or_are_added_to_them() -> None:
    before = [*full_year(2028), *full_year(2029)]
    new = [day("2029-01-06", works=True), day("2029-01-02")]
    added = combine(before, new, adding=True)
    assert [special.day.isoformat() for special in added if special.day.month == 1] == [
        "2028-01-01",
        "2029-01-01",
        "2029-01-02",
        "2029-01-06",
    ]
    assert faults(new, before=before, adding=True) == []
    assert "2029 is not complete" in faults(new, before=before)[0]
    replaced = combine(before, full_year(2029)[:1], adding=False)
    assert [special for special in replaced if special.day.year == 2029] == full_year(2029)[:1]
    assert [special for special in replaced if special.day.year == 2028] == sorted(
        full_year(2028), key=lambda special: special.day
    )


def test_an_added_day_takes_the_place_of_what_was_said_of_its_date() -> None:
    before = [day("2028-01-01"), day("2028-01-08", works=True)]
    assert combine(before, [day("2028-01-08", name="y")], adding=True) == (
        day("2028-01-01"),
        day("2028-01-08", name="y"),
    )


def test_a_make_up_day_for_nothing_and_projections_are_noted() -> None:
    new = [*full_year(2028), day("2028-07-01", works=True), day("2028-07-02", source="projection by rule")]
    assert find_notes(new, new=new, hours=WEEK) == [
        "2028-07-01 is worked, but no working day within 31 days of it is off",
        "1 days are marked as a projection; import the official timetable when it is published",
    ]


# --- files ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        path = tmp_path / "calendar.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_a_file_may_say_date_and_working_weekend_as_published_tables_do(write: Callable[[str], Path]) -> None:
    path = write(
        "date,kind,name_vi,source\n2026-01-02,off,Nghỉ hoán đổi,Chính phủ\n 2026-01-10 ,working_weekend,Làm bù,\n"
    )
    assert read_calendar(path) == [
        SpecialDay(date(2026, 1, 2), False, "Nghỉ hoán đổi", "Nghỉ hoán đổi", "Chính phủ"),  # noqa: FBT003
        SpecialDay(date(2026, 1, 10), True, "Làm bù", "Làm bù", ""),  # noqa: FBT003
    ]


def test_the_pack_and_the_shared_table_can_both_be_imported() -> None:
    assert tuple(read_calendar(PACK / "calendar.csv")) == pack_days()
    shared = read_calendar(shared_data("vn_holidays_2025_2027.csv"))
    assert check_days(shared, pack_set(), adding=False).changes == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("day,kind\n2026-01-02,off\n", "column name_vi is missing"),
        ("when,kind,name_vi\n2026-01-02,off,x\n", "column day is missing"),
        ("day,kind,name_vi\n", "has no rows"),
        ("day,kind,name_vi\n02/01/2026,off,x\n", "line 2: 'day' is '02/01/2026'; write a date such as 2026-01-02"),
        ("date,kind,name_vi\n2026-02-30,off,x\n", "line 2: 'date' is '2026-02-30'; write a date"),
        ("day,kind,name_vi\n2026-01-02,off,x\n2026-01-10,worked,x\n", "line 3: 'kind' is 'worked'; use off or working"),
        ("day,kind,name_vi\n2026-01-02,off,\n", "line 2: 'name_vi' is empty; say in Vietnamese what day it is"),
        (f"day,kind,name_vi\n2026-01-02,off,{'x' * 201}\n", "line 2: a name or source is longer than 200 characters"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_its_line(
    write: Callable[[str], Path], text: str, said: str
) -> None:
    with pytest.raises(CalendarRefusedError) as refused:
        read_calendar(write(text))
    assert said in "\n".join(refused.value.reasons)


def test_every_bad_line_is_named_up_to_twenty(write: Callable[[str], Path]) -> None:
    with pytest.raises(CalendarRefusedError) as refused:
        read_calendar(write("day,kind,name_vi\n" + "soon,off,x\n" * 25))
    assert len(refused.value.reasons) == 21
    assert refused.value.reasons[-1] == "and 5 more"


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CalendarRefusedError, match="does not exist"):
        read_calendar(tmp_path / "nothing.csv")


# --- documents -----------------------------------------------------------------------------------------------------


def test_importing_the_same_days_gives_the_same_version() -> None:
    checked = check_days(pack_days(), pack_set(), adding=False)
    assert checked.reference_set.version == pack_set().version
    assert checked.years == (2025, 2026, 2027)
    once = check_days(full_year(2028), pack_set(), adding=False).reference_set
    assert check_days(full_year(2028), once, adding=False).reference_set == once


def test_an_import_changes_days_and_years_and_keeps_hours_and_says_what_it_changed() -> None:
    checked = check_days([*full_year(2028), day("2028-01-08", works=True, name="Làm bù")], pack_set(), adding=False)
    document = checked.reference_set.document
    assert document["years"] == [2025, 2026, 2027, 2028]
    assert document["imported_years"] == [2028]
    assert document["label"] == "imported 2028"
    assert document["intervals"] == pack_set().document["intervals"]
    assert len(checked.changes) == 10
    assert checked.changes[1] == DayChange(date(2028, 1, 8), None, day("2028-01-08", works=True, name="Làm bù"))
    calendar = calendars_of(document).ordinary
    assert clock_time(calendar.due(local("2028-01-07T16:30"), Duration(60, working=True))) == "2028-01-08T08:00"
    assert checked.reference_set.version != pack_set().version


def test_a_corrected_name_is_a_new_version_but_no_change_of_a_day() -> None:
    renamed = [replace(special, name_vi="Tết") for special in pack_days() if special.day == date(2026, 1, 1)]
    checked = check_days(renamed, pack_set(), adding=True)
    assert checked.changes == ()
    assert checked.reference_set.version != pack_set().version


def test_refused_days_name_every_reason() -> None:
    with pytest.raises(CalendarRefusedError) as refused:
        check_days([day("2028-01-01"), day("2028-01-07", works=True)], pack_set(), adding=False)
    assert len(refused.value.reasons) == 3


def later_pack(*, first: int = 2025, last: int = 2027) -> ReferenceSet:
    """Give a pack with other hours and a day off more in each year."""
    territory = pack()
    years = tuple(range(first, last + 1))
    calendar = [each for each in territory.calendar if each.day.year in years]
    calendar += [CalendarDay(date(year, 12, 24), DayKind.OFF, "mới", "new", "") for year in years]
    hours = WorkingHours((0, 1, 2, 3, 4), ((time(8), time(12)), (time(13), time(17))))
    return pack_set(replace(territory, calendar_years=years, calendar=tuple(calendar), working_hours=hours))


def test_a_pack_that_is_loaded_later_keeps_imported_years_and_brings_its_hours() -> None:
    imported = check_days(full_year(2027), pack_set(), adding=False).reference_set
    kept = keep_imported_days(later_pack(), imported)
    days = {special.day for special in special_days_of(kept.document)}
    assert {date(2025, 12, 24), date(2026, 12, 24)} <= days
    assert date(2027, 12, 24) not in days
    assert {special.day for special in full_year(2027)} == {each for each in days if each.year == 2027}
    assert kept.document["imported_years"] == [2027]
    assert kept.document["intervals"] == [["08:00", "12:00"], ["13:00", "17:00"]]
    assert keep_imported_days(later_pack(), kept) == kept


def test_without_an_import_the_pack_is_taken_as_it_is() -> None:
    assert keep_imported_days(later_pack(), pack_set()) == later_pack()


def test_an_imported_year_beside_those_of_the_pack_is_kept_and_one_far_away_is_left_behind() -> None:
    imported = check_days([*full_year(2028), *full_year(2029)], pack_set(), adding=False).reference_set
    beside = keep_imported_days(later_pack(), imported)
    assert (beside.document["years"], beside.document["imported_years"]) == (
        [2025, 2026, 2027, 2028, 2029],
        [2028, 2029],
    )
    far = keep_imported_days(later_pack(first=2025, last=2026), imported)
    assert far == later_pack(first=2025, last=2026)


def test_special_hours_reach_the_units_they_name_and_dates_they_hold_for() -> None:
    morning = WorkingHours((0, 1, 2, 3, 4), ((time(7), time(11)),), ((5, ((time(8), time(10)),)),))
    special = (
        SpecialHours(("24133", "24121"), morning, None, None),
        SpecialHours((), WorkingHours((0, 1, 2, 3, 4), ((time(9), time(10)),)), date(2026, 11, 18), date(2026, 11, 18)),
    )
    calendars = calendars_of(pack_set(replace(pack(), special_hours=special)).document)
    assert calendars.of("24133") is calendars.of("24121")
    assert calendars.of("22015") is calendars.ordinary

    def due(unit: str, start: str, minutes: int) -> str:
        return clock_time(calendars.of(unit).due(local(start), Duration(minutes, working=True)))

    assert due("24133", "2026-11-17T06:00", 60) == "2026-11-17T08:00"
    assert due("24133", "2026-11-20T11:00", 60) == "2026-11-21T09:00"
    assert due("22015", "2026-11-17T17:00", 61) == "2026-11-19T07:31"


def test_a_pack_without_special_hours_keeps_the_version_it_had() -> None:
    assert pack_set().document.keys() == {"timezone", "years", "weekdays", "intervals", "days"}


# --- the year ------------------------------------------------------------------------------------------------------


def test_a_year_adds_up() -> None:
    view = view_year(2026, hours=WEEK, days=pack_days())
    assert len(view.days) == 365
    assert (view.working_days, view.days_lost, view.make_up_days) == (261 - 14 + 2, 14, 2)
    assert view.working_minutes == 249 * 450
    assert [len(month.days) for month in view.months] == [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    assert [month.working_days for month in view.months[:2]] == [21, 15]
    assert not view.projected
    assert view_year(2027, hours=WEEK, days=pack_days()).projected


def test_weeks_begin_on_monday_and_hold_only_their_month() -> None:
    february = view_year(2026, hours=WEEK, days=[]).months[1]
    assert all(len(week) == 7 for week in february.weeks)
    assert [one and one.day.day for one in february.weeks[0]] == [None] * 6 + [1]


@pytest.mark.parametrize(
    ("text", "kind", "minutes"),
    [
        ("2026-01-01", DayType.OFF, 0),
        ("2026-01-03", DayType.WEEKEND, 0),
        ("2026-01-05", DayType.WORKING, 450),
        ("2026-01-10", DayType.MAKE_UP, 450),
        ("2026-04-26", DayType.OFF, 0),
    ],
)
def test_each_kind_of_day_is_told_apart(text: str, kind: DayType, minutes: int) -> None:
    view = view_year(2026, hours=WEEK, days=pack_days())
    found = next(each for each in view.days if each.day == date.fromisoformat(text))
    assert (found.type, found.minutes) == (kind, minutes)


def test_a_saturday_morning_is_a_working_day_of_fewer_minutes() -> None:
    week = (replace(WEEK[0], other_days={5: ((time(7, 30), time(11, 30)),)}),)
    view = view_year(2026, hours=week, days=pack_days())
    saturdays = {each.day.isoformat(): each for each in view.days if each.day.weekday() == 5}
    assert (saturdays["2026-01-03"].type, saturdays["2026-01-03"].minutes) == (DayType.WORKING, 240)
    assert (saturdays["2026-01-10"].type, saturdays["2026-01-10"].minutes) == (DayType.MAKE_UP, 450)


def test_the_calendar_in_force_can_be_read_by_people() -> None:
    imported = check_days(full_year(2028), pack_set(), adding=False).reference_set
    calendar = calendar_in_force(imported)
    assert (calendar.years, calendar.imported_years) == ((2025, 2026, 2027, 2028), (2028,))
    assert (calendar.version, calendar.timezone) == (imported.version, "Asia/Ho_Chi_Minh")
    assert calendar.hours == hours_of(imported.document) == WEEK
