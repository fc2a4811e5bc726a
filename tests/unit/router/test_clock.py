"""The working-time clock: a table of named cases, and what holds of every start and duration."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.router.domain.clock import (
    LONGEST_MINUTES,
    Calendars,
    Duration,
    Hours,
    OutsideCalendarError,
    Pause,
    Stretch,
    WorkingCalendar,
    make_calendar,
    pause_for_answer,
)
from tests.support.clock import ZONE, clock_time, local, pack_calendar, pack_calendars, pack_oracle

DAY = 450
MORNING_AND_AFTERNOON = ((time(7, 30), time(11, 30)), (time(13, 30), time(17)))
OFFICE_WEEK = Hours(frozenset(range(5)), MORNING_AND_AFTERNOON)

# name, start, working minutes, due
NAMED = [
    # within a half day, and over lunch
    ("the first minute of a day", "2026-11-17T07:30", 1, "2026-11-17T07:31"),
    ("a morning ends at half past eleven exactly", "2026-11-17T07:30", 240, "2026-11-17T11:30"),
    ("a minute more than the morning goes over lunch", "2026-11-17T07:30", 241, "2026-11-17T13:31"),
    ("the last minute of the morning", "2026-11-17T11:29", 1, "2026-11-17T11:30"),
    ("one minute before lunch and one after", "2026-11-17T11:29", 2, "2026-11-17T13:31"),
    ("from 11:30 exactly, which does not count", "2026-11-17T11:30", 1, "2026-11-17T13:31"),
    ("from the middle of lunch", "2026-11-17T12:15", 1, "2026-11-17T13:31"),
    ("from the last minute of lunch", "2026-11-17T13:29", 1, "2026-11-17T13:31"),
    ("from 13:30 exactly", "2026-11-17T13:30", 1, "2026-11-17T13:31"),
    ("an afternoon ends at five exactly", "2026-11-17T13:30", 210, "2026-11-17T17:00"),
    ("a whole day ends at five exactly", "2026-11-17T07:30", DAY, "2026-11-17T17:00"),
    ("two halves around lunch", "2026-11-17T10:00", 210, "2026-11-17T15:30"),
    ("the last minute of a day", "2026-11-17T16:59", 1, "2026-11-17T17:00"),
    ("two minutes at the end of a day", "2026-11-17T16:59", 2, "2026-11-18T07:31"),
    ("from five exactly, which does not count", "2026-11-17T17:00", 1, "2026-11-18T07:31"),
    ("from five for a whole day", "2026-11-17T17:00", DAY, "2026-11-18T17:00"),
    ("in the evening", "2026-11-17T20:15", 30, "2026-11-18T08:00"),
    ("a minute before midnight", "2026-11-17T23:59", 1, "2026-11-18T07:31"),
    ("at midnight", "2026-11-18T00:00", 1, "2026-11-18T07:31"),
    ("a minute before opening", "2026-11-17T07:29", 1, "2026-11-17T07:31"),
    # weekends
    ("Monday 06:59 local, still Sunday in UTC", "2026-11-16T06:59", 30, "2026-11-16T08:00"),
    ("Monday 07:00 local, midnight in UTC", "2026-11-16T07:00", 30, "2026-11-16T08:00"),
    ("the last hour of a Friday", "2026-11-20T16:00", 60, "2026-11-20T17:00"),
    ("a minute more than Friday has", "2026-11-20T16:00", 61, "2026-11-23T07:31"),
    ("Friday at five exactly", "2026-11-20T17:00", 30, "2026-11-23T08:00"),
    ("on a Saturday", "2026-11-21T10:00", 30, "2026-11-23T08:00"),
    ("submitted on a Sunday", "2026-11-22T10:00", DAY, "2026-11-23T17:00"),
    ("on a Sunday, a minute before midnight", "2026-11-22T23:59", 1, "2026-11-23T07:31"),
    # the Day of Vietnamese Culture, Tuesday 24 November 2026
    ("the eve of 24 November", "2026-11-23T16:30", 60, "2026-11-25T08:00"),
    ("on 24 November", "2026-11-24T09:00", 30, "2026-11-25T08:00"),
    ("used up on the eve of 24 November", "2026-11-23T16:30", 30, "2026-11-23T17:00"),
    ("24 November was worked before 2026", "2025-11-24T09:00", 30, "2025-11-24T09:30"),
    # New Year 2026: Thursday 1 and Friday 2 January off, Saturday 10 January worked
    ("New Year's Eve over the swapped Friday", "2025-12-31T16:30", 60, "2026-01-05T08:00"),
    ("on 2 January 2026, swapped off", "2026-01-02T09:00", 30, "2026-01-05T08:00"),
    ("Friday into the make-up Saturday of 10 January", "2026-01-09T16:30", 60, "2026-01-10T08:00"),
    ("within the make-up Saturday of 10 January", "2026-01-10T08:00", 60, "2026-01-10T09:00"),
    ("the make-up Saturday of 10 January has a lunch break", "2026-01-10T11:00", 60, "2026-01-10T14:00"),
    ("the make-up Saturday of 10 January ends at five", "2026-01-10T16:30", 60, "2026-01-12T08:00"),
    ("the Saturday before, 3 January, is free", "2026-01-03T08:00", 60, "2026-01-05T08:30"),
    # Tết 2026: nothing from Friday 13 February 17:00 to Monday 23 February 07:30
    ("the last forty minutes before Tết", "2026-02-13T16:20", 40, "2026-02-13T17:00"),
    ("a minute too many before Tết", "2026-02-13T16:20", 41, "2026-02-23T07:31"),
    ("24 working hours over Tết", "2026-02-13T16:20", 1440, "2026-02-26T08:20"),
    ("the first minute of Tết, 14 February", "2026-02-14T00:00", 1, "2026-02-23T07:31"),
    ("New Year's Eve of Tết, 16 February", "2026-02-16T10:00", 1, "2026-02-23T07:31"),
    ("the first day of Tết, 17 February", "2026-02-17T09:00", 240, "2026-02-23T11:30"),
    ("the last day off of Tết, 20 February", "2026-02-20T16:59", 2, "2026-02-23T07:32"),
    ("the last minute of Tết, 22 February", "2026-02-22T23:59", DAY, "2026-02-23T17:00"),
    ("ten working days over Tết", "2026-02-09T07:30", 10 * DAY, "2026-02-27T17:00"),
    # spring 2026: Hùng Kings on Sunday 26 April, so Monday 27 is off; 30 April and 1 May are a Thursday and a Friday
    ("over the Hùng Kings and their day in lieu", "2026-04-24T16:30", 60, "2026-04-28T08:00"),
    ("on the day in lieu of the Hùng Kings", "2026-04-27T10:00", 60, "2026-04-28T08:30"),
    ("over 30 April and 1 May", "2026-04-29T16:30", 60, "2026-05-04T08:00"),
    ("the two days between the holidays of spring", "2026-04-28T07:30", 2 * DAY, "2026-04-29T17:00"),
    ("a minute more than the two days between", "2026-04-28T07:30", 2 * DAY + 1, "2026-05-04T07:31"),
    # National Day 2026: Saturday 22 August worked for Monday 31 August; 1 and 2 September off
    ("Friday into Saturday 22 August 2026, worked", "2026-08-21T16:30", 60, "2026-08-22T08:00"),
    ("on Saturday 22 August 2026", "2026-08-22T13:30", 210, "2026-08-22T17:00"),
    ("from Saturday 22 August 2026 into Monday", "2026-08-22T16:30", 60, "2026-08-24T08:00"),
    ("over the swapped Monday and National Day", "2026-08-28T16:30", 60, "2026-09-03T08:00"),
    ("on the swapped Monday, 31 August", "2026-08-31T09:00", 30, "2026-09-03T08:00"),
    # 2025
    ("Tết 2025 from Friday 24 January", "2025-01-24T16:30", 60, "2025-02-03T08:00"),
    ("Saturday 26 April 2025 is worked", "2025-04-25T16:30", 60, "2025-04-26T08:00"),
    ("Friday 2 May 2025 is off for it", "2025-05-02T10:00", 1, "2025-05-05T07:31"),
    ("from 29 April 2025 over five free days", "2025-04-29T16:30", 60, "2025-05-05T08:00"),
    ("the Hùng Kings 2025 fall on a Monday", "2025-04-04T16:30", 60, "2025-04-08T08:00"),
    # 2027, as projected
    ("Labour Day 2027 on a Saturday, Monday in lieu", "2027-04-29T16:30", 60, "2027-05-04T08:00"),
    ("Tết 2027 from Wednesday 3 February", "2027-02-03T16:30", 60, "2027-02-11T08:00"),
    # long ones, leap days, the turn of a year
    ("ten working days over two ordinary weekends", "2026-06-01T07:30", 10 * DAY, "2026-06-12T17:00"),
    ("a minute more than ten working days", "2026-06-01T07:30", 10 * DAY + 1, "2026-06-15T07:31"),
    ("thirty working days of the legal track", "2026-06-01T07:30", 30 * DAY, "2026-07-10T17:00"),
    ("over 29 February 2028, an ordinary Tuesday", "2028-02-28T16:30", DAY, "2028-02-29T16:30"),
    ("from 2026 into 2027 over New Year's Day", "2026-12-31T16:30", 60, "2027-01-04T08:00"),
]


def test_the_table_has_at_least_sixty_cases_with_names_of_their_own() -> None:
    assert len(NAMED) >= 60
    assert len({name for name, *_ in NAMED}) == len(NAMED)


@pytest.mark.parametrize(
    ("start", "minutes", "expected"), [case[1:] for case in NAMED], ids=[case[0] for case in NAMED]
)
def test_working_minutes_end_where_a_clerk_expects(start: str, minutes: int, expected: str) -> None:
    found = pack_calendar().due(local(start), Duration(minutes, working=True))
    assert found.tzinfo is UTC
    assert clock_time(found) == expected


@pytest.mark.parametrize(
    ("start", "minutes", "expected"), [case[1:] for case in NAMED], ids=[case[0] for case in NAMED]
)
def test_the_oracle_agrees_with_the_table(start: str, minutes: int, expected: str) -> None:
    oracle = pack_oracle()
    assert clock_time(oracle.moment(oracle.due(oracle.minute(local(start)), minutes))) == expected


def test_minutes_round_the_clock_ignore_the_calendar() -> None:
    for start, minutes, expected in (
        ("2026-02-17T23:30", 60, "2026-02-18T00:30"),
        ("2026-11-22T16:59", 1440, "2026-11-23T16:59"),
        ("2026-11-17T11:30", 1, "2026-11-17T11:31"),
    ):
        assert clock_time(pack_calendar().due(local(start), Duration(minutes, working=False))) == expected


def test_seconds_are_kept() -> None:
    for start, minutes, expected in (
        ("2026-11-17T08:00:30.5", 60, "2026-11-17T09:00:30.500000"),
        ("2026-11-17T11:29:30", 1, "2026-11-17T13:30:30"),
        ("2026-11-17T16:59:59.999999", 1, "2026-11-18T07:30:59.999999"),
    ):
        assert clock_time(pack_calendar().due(local(start), Duration(minutes, working=True))) == expected


def test_a_start_in_another_zone_is_the_same_moment() -> None:
    for start in ("2026-11-16T23:59:00+00:00", "2026-11-17T06:59:00+07:00", "2026-11-16T15:59:00-08:00"):
        due = pack_calendar().due(datetime.fromisoformat(start), Duration(1, working=True))
        assert due == datetime(2026, 11, 17, 0, 31, tzinfo=UTC)


@pytest.mark.parametrize("minutes", [0, -1, -LONGEST_MINUTES, LONGEST_MINUTES + 1])
@pytest.mark.parametrize("working", [True, False])
def test_a_duration_of_zero_below_zero_or_beyond_all_measure_is_refused(minutes: int, *, working: bool) -> None:
    with pytest.raises(ValueError, match=f"1 to {LONGEST_MINUTES} minutes, not {minutes}"):
        Duration(minutes, working=working)


@pytest.mark.parametrize("start", ["1999-12-31T00:00", "2090-01-01T00:00"])
@pytest.mark.parametrize("working", [True, False])
def test_a_start_outside_the_known_years_is_refused_and_can_be_clamped(start: str, *, working: bool) -> None:
    calendar = pack_calendar()
    duration = Duration(LONGEST_MINUTES, working=working)
    with pytest.raises(OutsideCalendarError, match="outside the calendar"):
        calendar.due(local(start), duration)
    clamped = calendar.clamp(local(start))
    assert calendar.due(clamped, duration) > clamped


# --- the week and the calendar it makes -----------------------------------------------------------------------------


def calendar_of(*hours: Hours, days: dict[date, bool] | None = None, zone: ZoneInfo = ZONE) -> WorkingCalendar:
    return make_calendar(zone=zone, hours=hours, days=days or {}, first_year=2025, last_year=2027)


def due(calendar: WorkingCalendar, start: str, minutes: int) -> str:
    return clock_time(calendar.due(local(start), Duration(minutes, working=True)))


def test_a_time_before_the_first_interval_counts_from_it() -> None:
    calendar = calendar_of(
        Hours(frozenset(range(5)), ((time(8), time(9)),)), days={date(2020, 1, 1): False, date(2020, 1, 2): True}
    )
    assert clock_time(calendar.first) == "2020-01-01T00:00"
    assert calendar.due(calendar.first, Duration(1, working=True)) == local("2020-01-02T08:01")


def test_a_unit_with_a_saturday_morning_works_it_and_a_make_up_saturday_whole() -> None:
    week = Hours(frozenset(range(5)), MORNING_AND_AFTERNOON, {5: ((time(8), time(11)),)})
    calendar = calendar_of(week, days={date(2026, 1, 10): True, date(2026, 1, 17): False})
    assert due(calendar, "2026-01-02T16:30", 60) == "2026-01-03T08:30"
    assert due(calendar, "2026-01-03T10:30", 60) == "2026-01-05T08:00"
    assert due(calendar, "2026-01-09T16:30", 60) == "2026-01-10T08:00"
    assert due(calendar, "2026-01-16T16:30", 60) == "2026-01-19T08:00"


def test_hours_with_dates_hold_from_the_first_day_to_the_last() -> None:
    winter = Hours(
        frozenset(range(5)), ((time(8), time(12)),), valid_from=date(2026, 11, 17), valid_to=date(2026, 11, 18)
    )
    calendar = calendar_of(winter, OFFICE_WEEK)
    assert due(calendar, "2026-11-16T16:30", 60) == "2026-11-17T08:30"
    assert due(calendar, "2026-11-17T08:00", 480) == "2026-11-18T12:00"
    assert due(calendar, "2026-11-18T12:00", 1) == "2026-11-19T07:31"


def test_units_have_their_own_calendar_and_all_others_the_ordinary_one() -> None:
    early = calendar_of(Hours(frozenset(range(5)), ((time(7), time(11)),)))
    ordinary = calendar_of(OFFICE_WEEK)
    calendars = Calendars(ordinary, {"24133": early})
    assert calendars.of("24133") is early
    assert all(calendars.of(unit) is ordinary for unit in ("24121", "", None))
    assert due(calendars.of("24133"), "2026-11-17T06:00", 30) == "2026-11-17T07:30"
    assert pack_calendars().by_unit == {}


def test_a_short_week_still_has_room_for_the_longest_duration() -> None:
    calendar = calendar_of(Hours(frozenset({6}), ((time(8), time(10)),)))
    last = calendar.due(calendar.last, Duration(LONGEST_MINUTES, working=True))
    assert last.year > calendar.last.year + 80


@pytest.mark.parametrize("week", [(frozenset({6}), ((time(8), time(8, 59)),)), (frozenset(), MORNING_AND_AFTERNOON)])
def test_a_week_with_next_to_no_working_time_is_refused(
    week: tuple[frozenset[int], tuple[tuple[time, time], ...]],
) -> None:
    with pytest.raises(ValueError, match="at least 60 minutes"):
        Hours(*week)
    assert Hours(*week, other_days={0: ((time(8), time(9)),)})


def test_hours_follow_the_local_clock_where_it_is_put_forward_and_back() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    calendar = calendar_of(OFFICE_WEEK, zone=berlin)
    for start, expected in (
        ("2026-03-27T16:30", "2026-03-30T08:00"),
        ("2026-10-23T16:30", "2026-10-26T08:00"),
    ):
        begin = datetime.fromisoformat(start).replace(tzinfo=berlin)
        found = calendar.due(begin, Duration(60, working=True)).astimezone(berlin)
        assert found.replace(tzinfo=None).isoformat("T", "minutes") == expected


# --- what was counted ----------------------------------------------------------------------------------------------


def test_the_stretches_are_the_time_that_was_counted() -> None:
    calendar = pack_calendar()
    stretches = list(calendar.stretches(local("2026-02-13T16:20"), local("2026-02-23T08:00")))
    assert stretches == [
        Stretch(local("2026-02-13T16:20"), local("2026-02-13T17:00")),
        Stretch(local("2026-02-23T07:30"), local("2026-02-23T08:00")),
    ]
    assert [stretch.minutes for stretch in stretches] == [40, 30]
    assert list(calendar.stretches(local("2026-02-14T00:00"), local("2026-02-22T00:00"))) == []
    assert list(calendar.stretches(local("2026-02-23T08:00"), local("2026-02-23T07:45"))) == []


def test_stretches_leave_out_what_lies_in_a_pause() -> None:
    pauses = [Pause(local("2026-11-17T09:00"), local("2026-11-17T10:00"))]
    assert [stretch.minutes for stretch in pack_calendar().stretches(*MORNING, pauses)] == [90, 90]
    assert list(pack_calendar().stretches(*MORNING, [Pause(*MORNING)])) == []
    within_another = [Pause(local("2026-11-17T08:00"), local("2026-11-17T11:00")), *pauses]
    assert [stretch.minutes for stretch in pack_calendar().stretches(*MORNING, within_another)] == [30, 30]


MORNING = (local("2026-11-17T07:30"), local("2026-11-17T11:30"))


def test_counted_time_is_working_time_or_all_time_and_never_below_zero() -> None:
    calendar = pack_calendar()
    begin, end = local("2026-11-17T11:00"), local("2026-11-17T14:00")
    pause = Pause(local("2026-11-17T11:15"), local("2026-11-17T12:00"))
    assert calendar.counted(begin, end, working=True) == timedelta(minutes=60)
    assert calendar.counted(begin, end, working=False) == timedelta(hours=3)
    assert calendar.counted(begin, end, working=True, pauses=[pause]) == timedelta(minutes=45)
    assert calendar.counted(begin, end, working=False, pauses=[pause]) == timedelta(minutes=135)
    assert calendar.counted(begin, end, working=False, pauses=[pause, Pause(begin, end)]) == timedelta()
    within_another = [Pause(begin, end - timedelta(minutes=1)), pause]
    assert calendar.counted(begin, end, working=False, pauses=within_another) == timedelta(minutes=1)
    assert calendar.counted(end, begin, working=False) == timedelta()
    assert calendar.counted(begin, end, working=True, pauses=[Pause(end, end + timedelta(days=1))]) == timedelta(
        hours=1
    )


# --- pauses --------------------------------------------------------------------------------------------------------

# name, start, working minutes, pauses, due
PAUSED = [
    (
        "a pause within a morning",
        "2026-11-17T08:00",
        60,
        [("2026-11-17T08:30", "2026-11-17T09:00")],
        "2026-11-17T09:30",
    ),
    ("a pause over lunch", "2026-11-17T11:00", 60, [("2026-11-17T11:15", "2026-11-17T13:45")], "2026-11-17T14:30"),
    (
        "a pause in lunch changes nothing",
        "2026-11-17T11:00",
        60,
        [("2026-11-17T11:30", "2026-11-17T13:30")],
        "2026-11-17T14:00",
    ),
    ("a pause over a holiday", "2026-11-23T16:00", 90, [("2026-11-23T16:30", "2026-11-25T08:00")], "2026-11-25T09:00"),
    ("a pause over Tết", "2026-02-13T16:00", 60, [("2026-02-13T16:30", "2026-02-24T09:00")], "2026-02-24T09:30"),
    (
        "a pause that ends in Tết",
        "2026-02-13T16:00",
        60,
        [("2026-02-13T16:30", "2026-02-18T09:00")],
        "2026-02-23T08:00",
    ),
    (
        "a pause that begins and ends in Tết",
        "2026-02-13T16:00",
        61,
        [("2026-02-16T09:00", "2026-02-19T09:00")],
        "2026-02-23T07:31",
    ),
    (
        "a pause that begins when all is used up",
        "2026-11-17T08:00",
        60,
        [("2026-11-17T09:00", "2026-11-18T09:00")],
        "2026-11-17T09:00",
    ),
    (
        "a pause that begins at five when all is used up",
        "2026-11-17T16:00",
        60,
        [("2026-11-17T17:00", "2026-11-19T09:00")],
        "2026-11-17T17:00",
    ),
    (
        "a pause a minute before all is used up",
        "2026-11-17T08:00",
        60,
        [("2026-11-17T08:59", "2026-11-17T10:00")],
        "2026-11-17T10:01",
    ),
    (
        "a pause that ends at the end of work",
        "2026-11-17T08:00",
        60,
        [("2026-11-17T08:30", "2026-11-17T17:00")],
        "2026-11-18T08:00",
    ),
    (
        "a pause from before the start",
        "2026-11-17T08:00",
        60,
        [("2026-11-16T08:00", "2026-11-17T09:00")],
        "2026-11-17T10:00",
    ),
    (
        "a pause long before the start",
        "2026-11-17T08:00",
        60,
        [("2026-11-10T08:00", "2026-11-11T09:00")],
        "2026-11-17T09:00",
    ),
    ("an empty pause", "2026-11-17T08:00", 60, [("2026-11-17T08:30", "2026-11-17T08:30")], "2026-11-17T09:00"),
    (
        "two pauses, the later named first",
        "2026-11-17T08:00",
        60,
        [("2026-11-17T09:00", "2026-11-17T10:00"), ("2026-11-17T08:10", "2026-11-17T08:20")],
        "2026-11-17T10:10",
    ),
    (
        "two pauses that overlap count once",
        "2026-11-17T08:00",
        60,
        [("2026-11-17T08:10", "2026-11-17T09:00"), ("2026-11-17T08:30", "2026-11-17T09:30")],
        "2026-11-17T10:20",
    ),
    (
        "a pause within another counts once",
        "2026-11-17T08:00",
        60,
        [("2026-11-17T08:10", "2026-11-17T09:00"), ("2026-11-17T08:20", "2026-11-17T08:30")],
        "2026-11-17T09:50",
    ),
]


def pauses_of(spans: list[tuple[str, str]]) -> list[Pause]:
    return [Pause(local(begins), local(ends)) for begins, ends in spans]


@pytest.mark.parametrize(("start", "minutes", "spans", "expected"), [c[1:] for c in PAUSED], ids=[c[0] for c in PAUSED])
def test_time_in_a_pause_is_not_counted(start: str, minutes: int, spans: list[tuple[str, str]], expected: str) -> None:
    found = pack_calendar().due(local(start), Duration(minutes, working=True), pauses_of(spans))
    assert clock_time(found) == expected


def test_a_pause_stops_an_emergency_too() -> None:
    pauses = pauses_of([("2026-11-22T03:00", "2026-11-22T03:30")])
    assert clock_time(pack_calendar().due(local("2026-11-22T02:30"), Duration(60, working=False), pauses)) == (
        "2026-11-22T04:00"
    )


def test_a_pause_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot end"):
        Pause(local("2026-11-17T09:00"), local("2026-11-17T08:59"))


def test_a_pause_beyond_the_known_years_is_refused() -> None:
    for end in (datetime(2090, 1, 1, tzinfo=UTC), datetime.max.replace(tzinfo=UTC)):
        for working in (True, False):
            with pytest.raises(OutsideCalendarError):
                pack_calendar().due(
                    local("2026-11-17T08:00"),
                    Duration(60, working=working),
                    [Pause(local("2026-11-17T08:30"), end)],
                )


def test_the_clock_waits_for_an_answer_until_it_comes_or_the_limit_is_reached() -> None:
    calendar, asked_at = pack_calendar(), local("2026-11-20T16:00")
    limit = Duration(2 * DAY, working=True)
    waiting = pause_for_answer(calendar, asked_at=asked_at, limit=limit)
    assert waiting == Pause(asked_at, local("2026-11-25T16:00"))
    answered = pause_for_answer(calendar, asked_at=asked_at, limit=limit, answered_at=local("2026-11-23T08:00"))
    assert answered == Pause(asked_at, local("2026-11-23T08:00"))
    late = pause_for_answer(calendar, asked_at=asked_at, limit=limit, answered_at=local("2026-12-01T08:00"))
    assert late == waiting
    with pytest.raises(ValueError, match="cannot end"):
        pause_for_answer(calendar, asked_at=asked_at, limit=limit, answered_at=local("2026-11-20T15:59"))


def test_an_answer_brings_the_deadline_forward_from_where_the_limit_had_put_it() -> None:
    calendar, received_at, asked_at = pack_calendar(), local("2026-11-17T08:00"), local("2026-11-17T09:00")
    limit, resolve = Duration(3 * DAY, working=True), Duration(DAY, working=True)
    waiting = calendar.due(received_at, resolve, [pause_for_answer(calendar, asked_at=asked_at, limit=limit)])
    pause = pause_for_answer(calendar, asked_at=asked_at, limit=limit, answered_at=asked_at + timedelta(hours=1))
    assert clock_time(waiting) == "2026-11-23T08:00"
    assert clock_time(calendar.due(received_at, resolve, [pause])) == "2026-11-18T09:00"
