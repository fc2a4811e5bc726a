"""The working-time clock against named cases and a deliberately naive oracle."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.router.domain.clock import (
    LONGEST_MINUTES,
    Duration,
    OutsideCalendarError,
    Stretch,
    WorkingCalendar,
    make_calendar,
)
from tests.support.placing import pack, pack_reference

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
DAY = 450


@pytest.fixture(scope="module")
def calendar() -> WorkingCalendar:
    return pack_reference().calendar


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def due(calendar: WorkingCalendar, start: str, minutes: int) -> str:
    found = calendar.due(local(start), Duration(minutes, working=True))
    assert found.tzinfo is UTC
    return found.astimezone(ZONE).strftime("%Y-%m-%dT%H:%M")


@pytest.mark.parametrize(
    ("start", "minutes", "expected"),
    [
        # inside one interval, and over lunch
        ("2026-11-17T07:30", 1, "2026-11-17T07:31"),
        ("2026-11-17T07:30", 240, "2026-11-17T11:30"),
        ("2026-11-17T07:30", 241, "2026-11-17T13:31"),
        ("2026-11-17T11:29", 1, "2026-11-17T11:30"),
        ("2026-11-17T11:29", 2, "2026-11-17T13:31"),
        ("2026-11-17T11:30", 1, "2026-11-17T13:31"),
        ("2026-11-17T12:15", 1, "2026-11-17T13:31"),
        ("2026-11-17T13:30", 210, "2026-11-17T17:00"),
        ("2026-11-17T07:30", DAY, "2026-11-17T17:00"),
        ("2026-11-17T10:00", 210, "2026-11-17T15:30"),
        ("2026-11-17T16:59", 1, "2026-11-17T17:00"),
        ("2026-11-17T17:00", 1, "2026-11-18T07:31"),
        ("2026-11-17T23:59", 1, "2026-11-18T07:31"),
        # weekends
        ("2026-11-16T06:59", 30, "2026-11-16T08:00"),
        ("2026-11-16T07:00", 30, "2026-11-16T08:00"),
        ("2026-11-20T16:00", 60, "2026-11-20T17:00"),
        ("2026-11-20T16:00", 61, "2026-11-23T07:31"),
        ("2026-11-21T10:00", 30, "2026-11-23T08:00"),
        ("2026-11-22T10:00", DAY, "2026-11-23T17:00"),
        # Vietnam Culture Day is a Tuesday
        ("2026-11-23T16:30", 60, "2026-11-25T08:00"),
        # New Year 2026: Thursday 1 and Friday 2 January off, Saturday 10 works
        ("2025-12-31T16:30", 60, "2026-01-05T08:00"),
        ("2026-01-02T09:00", 30, "2026-01-05T08:00"),
        ("2026-01-09T16:30", 60, "2026-01-10T08:00"),
        ("2026-01-10T08:00", 60, "2026-01-10T09:00"),
        ("2026-01-10T16:30", 60, "2026-01-12T08:00"),
        # Tết 2026: nothing from Friday 13 February 17:00 to Monday 23 February 07:30
        ("2026-02-13T16:20", 40, "2026-02-13T17:00"),
        ("2026-02-13T16:20", 41, "2026-02-23T07:31"),
        ("2026-02-13T16:20", 1440, "2026-02-26T08:20"),
        ("2026-02-14T00:00", 1, "2026-02-23T07:31"),
        ("2026-02-17T09:00", 240, "2026-02-23T11:30"),
        ("2026-02-22T23:59", 450, "2026-02-23T17:00"),
        # Hùng Kings 2026 falls on a Sunday: Monday 27 April off; 30 April and 1 May off
        ("2026-04-24T16:30", 60, "2026-04-28T08:00"),
        ("2026-04-29T16:30", 60, "2026-05-04T08:00"),
        # Saturday 22 August 2026 works for Monday 31 August; 1 and 2 September off
        ("2026-08-21T16:30", 60, "2026-08-22T08:00"),
        ("2026-08-22T16:30", 60, "2026-08-24T08:00"),
        ("2026-08-28T16:30", 60, "2026-09-03T08:00"),
        # 2025: Saturday 26 April works for Friday 2 May
        ("2025-04-25T16:30", 60, "2025-04-26T08:00"),
        ("2025-05-02T10:00", 1, "2025-05-05T07:31"),
        # ten working days over two ordinary weekends
        ("2026-06-01T07:30", 10 * DAY, "2026-06-12T17:00"),
        ("2026-06-01T07:30", 10 * DAY + 1, "2026-06-15T07:31"),
    ],
)
def test_working_minutes_end_where_a_clerk_expects(
    calendar: WorkingCalendar, start: str, minutes: int, expected: str
) -> None:
    assert due(calendar, start, minutes) == expected


def test_minutes_round_the_clock_ignore_the_calendar(calendar: WorkingCalendar) -> None:
    start = local("2026-02-17T23:30")
    assert calendar.due(start, Duration(60, working=False)) == local("2026-02-18T00:30")


def test_seconds_are_kept(calendar: WorkingCalendar) -> None:
    start = local("2026-11-17T08:00:30.5")
    assert calendar.due(start, Duration(60, working=True)) == local("2026-11-17T09:00:30.5")
    assert calendar.due(local("2026-11-17T11:29:30"), Duration(1, working=True)) == local("2026-11-17T13:30:30")


@pytest.mark.parametrize("minutes", [0, -1, LONGEST_MINUTES + 1])
def test_a_duration_that_makes_no_sense_is_refused(minutes: int) -> None:
    with pytest.raises(ValueError, match="1 to"):
        Duration(minutes, working=True)


@pytest.mark.parametrize("start", ["1999-12-31T00:00", "2090-01-01T00:00"])
@pytest.mark.parametrize("working", [True, False])
def test_a_start_outside_the_known_years_is_refused_and_can_be_clamped(
    calendar: WorkingCalendar, start: str, *, working: bool
) -> None:
    duration = Duration(LONGEST_MINUTES, working=working)
    with pytest.raises(OutsideCalendarError, match="outside the calendar"):
        calendar.due(local(start), duration)
    clamped = calendar.clamp(local(start))
    assert calendar.due(clamped, duration) > clamped


def test_a_time_before_the_first_interval_counts_from_it() -> None:
    calendar = make_calendar(
        zone=ZONE,
        weekdays=frozenset({0, 1, 2, 3, 4}),
        intervals=((time(8), time(9)),),
        days={date(2020, 1, 1): False},
        first_year=2025,
        last_year=2025,
    )
    assert calendar.due(calendar.first, Duration(1, working=True)) == local("2020-01-02T08:01")


def test_the_stretches_are_the_time_that_was_counted(calendar: WorkingCalendar) -> None:
    stretches = list(calendar.stretches(local("2026-02-13T16:20"), local("2026-02-23T08:00")))
    assert stretches == [
        Stretch(local("2026-02-13T16:20"), local("2026-02-13T17:00")),
        Stretch(local("2026-02-23T07:30"), local("2026-02-23T08:00")),
    ]
    assert [stretch.minutes for stretch in stretches] == [40, 30]
    assert list(calendar.stretches(local("2026-02-14T00:00"), local("2026-02-22T00:00"))) == []


# --- against an oracle that walks minute by minute ------------------------------------------------------------------

SPECIAL = {day.day: day.kind.value == "working" for day in pack().calendar}


def counts(moment: datetime) -> bool:
    works = SPECIAL.get(moment.date(), moment.weekday() < 5)
    minute = moment.hour * 60 + moment.minute
    return works and (450 <= minute < 690 or 810 <= minute < 1020)


def naive_due(start: datetime, minutes: int) -> datetime:
    moment = start
    while minutes:
        minutes -= counts(moment)
        moment += timedelta(minutes=1)
    return moment


starts = st.integers(0, 3 * 365 * 24 * 60 - 1).map(lambda minute: local("2025-01-01T00:00") + timedelta(minutes=minute))


@given(start=starts, minutes=st.integers(1, 2 * DAY))
@settings(max_examples=300, deadline=None)
def test_every_deadline_is_where_walking_minute_by_minute_leads(start: datetime, minutes: int) -> None:
    found = pack_reference().calendar.due(start, Duration(minutes, working=True))
    assert found.astimezone(ZONE) == naive_due(start, minutes)


@given(start=starts, extra=st.timedeltas(timedelta(), timedelta(minutes=1)), minutes=st.integers(1, LONGEST_MINUTES))
@settings(max_examples=200, deadline=None)
def test_exactly_the_duration_is_counted_and_a_later_start_is_never_due_earlier(
    start: datetime, extra: timedelta, minutes: int
) -> None:
    calendar = pack_reference().calendar
    duration = Duration(minutes, working=True)
    begin = start + extra
    found = calendar.due(begin, duration)
    counted = sum((s.end - s.start for s in calendar.stretches(begin, found)), start=timedelta())
    assert counted == timedelta(minutes=minutes)
    assert calendar.due(start, duration) <= found
