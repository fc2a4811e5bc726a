"""The clock against an oracle that walks minute by minute: 100,000 random cases, in every run of `make check`.

Each example that hypothesis draws holds CASES cases, which share a calendar and pauses: drawing, not walking, is what
takes the time. A failure is reduced like any other.
"""

from datetime import date, time, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.router.domain.clock import LONGEST_MINUTES, Duration, Hours, Pause, WorkingCalendar, make_calendar
from services.router.domain.deadlines import Extension, Stage, decide_deadlines
from services.router.domain.rules import Policy, Rule, Terms
from tests.support.clock import MINUTES_A_DAY, ZONE, MinuteByMinute, local, pack_calendar, pack_oracle

CASES = 100
ORDINARY, PAUSED, MADE_UP = 540, 400, 60  # examples of each kind
WORKING_DAY = 450
THREE_YEARS = 3 * 365 * MINUTES_A_DAY

unhurried = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.large_base_example, HealthCheck.too_slow, HealthCheck.data_too_large],
)
starts = st.integers(0, THREE_YEARS - 1)


def cases(start: st.SearchStrategy[int], *, longest: int) -> st.SearchStrategy[list[tuple[int, int]]]:
    """Draw starts and durations, in minutes."""
    return st.lists(st.tuples(start, st.integers(1, longest)), min_size=CASES, max_size=CASES)


def test_the_three_comparisons_add_up_to_100_000_cases() -> None:
    assert (ORDINARY + PAUSED + MADE_UP) * CASES == 100_000


def agree(
    calendar: WorkingCalendar,
    oracle: MinuteByMinute,
    drawn: list[tuple[int, int]],
    *,
    working: bool = True,
    spans: tuple[tuple[int, int], ...] = (),
) -> None:
    """Compare every case."""
    pauses = [Pause(oracle.moment(begins), oracle.moment(ends)) for begins, ends in spans]
    paused = frozenset(minute for begins, ends in spans for minute in range(begins, ends))
    for start, minutes in drawn:
        walked = oracle.due(start, minutes, working=working, paused=paused)
        found = calendar.due(oracle.moment(start), Duration(minutes, working=working), pauses)
        assert found == oracle.moment(walked), (oracle.moment(start), minutes, working, pauses)


@pytest.mark.promises
@given(drawn=cases(starts, longest=WORKING_DAY + 60))
@settings(unhurried, max_examples=ORDINARY)
def test_every_deadline_of_the_pack_is_where_walking_minute_by_minute_leads(drawn: list[tuple[int, int]]) -> None:
    agree(pack_calendar(), pack_oracle(), drawn)


@st.composite
def paused_cases(draw: st.DrawFn) -> tuple[list[tuple[int, int]], tuple[tuple[int, int], ...]]:
    """Draw up to four pauses within three weeks, and starts from a week before them to their end."""
    week = 7 * MINUTES_A_DAY
    first = draw(st.integers(week, THREE_YEARS))
    span = st.tuples(st.integers(first, first + 2 * week), st.integers(0, week)).map(lambda s: (s[0], s[0] + s[1]))
    spans = draw(st.lists(span, max_size=4))
    return draw(cases(st.integers(first - week, first + 2 * week), longest=WORKING_DAY)), tuple(spans)


@pytest.mark.promises
@given(drawn=paused_cases(), working=st.booleans())
@settings(unhurried, max_examples=PAUSED)
def test_every_paused_deadline_is_where_walking_minute_by_minute_leads(
    drawn: tuple[list[tuple[int, int]], tuple[tuple[int, int], ...]], *, working: bool
) -> None:
    agree(pack_calendar(), pack_oracle(), drawn[0], working=working, spans=drawn[1])


# --- calendars nobody has ------------------------------------------------------------------------------------------

FIRST = date(2026, 1, 1)
DAYS = 60
Spans = tuple[tuple[int, int], ...]


@st.composite
def spans_of_a_day(draw: st.DrawFn) -> Spans:
    """Draw one to three intervals that do not touch, an hour or more together."""
    tens = draw(st.lists(st.integers(0, 143), min_size=2, max_size=6, unique=True).filter(lambda n: len(n) % 2 == 0))
    ends = [10 * ten for ten in sorted(tens)]
    spans = tuple(zip(ends[::2], ends[1::2], strict=True))
    return spans if sum(closes - opens for opens, closes in spans) >= 60 else ((420, 540),)


@st.composite
def weeks(draw: st.DrawFn) -> tuple[frozenset[int], Spans, dict[int, Spans]]:
    """Draw an ordinary week: days, hours, and days with hours of their own."""
    days = draw(st.sets(st.integers(0, 6), min_size=2))
    others = draw(st.dictionaries(st.integers(0, 6), spans_of_a_day(), max_size=2))
    return frozenset(days), draw(spans_of_a_day()), {day: spans for day, spans in others.items() if day not in days}


def as_times(spans: Spans) -> tuple[tuple[time, time], ...]:
    return tuple((time(*divmod(opens, 60)), time(*divmod(closes, 60))) for opens, closes in spans)


@pytest.mark.promises
@given(
    usual=weeks(),
    special=weeks(),
    dates=st.tuples(st.integers(0, DAYS), st.integers(0, DAYS)),
    said=st.dictionaries(st.integers(0, DAYS).map(lambda n: FIRST + timedelta(days=n)), st.booleans(), max_size=12),
    drawn=cases(st.integers(0, 20 * MINUTES_A_DAY), longest=WORKING_DAY),
    pause=st.tuples(st.integers(0, 20 * MINUTES_A_DAY), st.integers(0, 3 * MINUTES_A_DAY)),
)
@settings(unhurried, max_examples=MADE_UP)
def test_every_calendar_with_any_hours_leads_where_walking_minute_by_minute_leads(
    usual: tuple[frozenset[int], Spans, dict[int, Spans]],
    special: tuple[frozenset[int], Spans, dict[int, Spans]],
    dates: tuple[int, int],
    said: dict[date, bool],
    drawn: list[tuple[int, int]],
    pause: tuple[int, int],
) -> None:
    begins, ends = (FIRST + timedelta(days=days) for days in sorted(dates))

    def spans_of(day: date) -> Spans:
        days, hours, others = special if begins <= day <= ends else usual
        if day in said:
            return hours if said[day] else ()
        return hours if day.weekday() in days else others.get(day.weekday(), ())

    def week(drawn: tuple[frozenset[int], Spans, dict[int, Spans]], *dates: date) -> Hours:
        days, hours, others = drawn
        return Hours(days, as_times(hours), {day: as_times(spans) for day, spans in others.items()}, *dates)

    calendar = make_calendar(
        zone=ZONE, hours=(week(special, begins, ends), week(usual)), days=said, first_year=2026, last_year=2026
    )
    agree(calendar, MinuteByMinute(FIRST, spans_of), drawn, spans=((pause[0], pause[0] + pause[1]),))


# --- two stages ----------------------------------------------------------------------------------------------------


@given(
    start=starts,
    accept=st.integers(1, WORKING_DAY),
    resolve=st.integers(WORKING_DAY, 3 * WORKING_DAY),
    working=st.tuples(st.booleans(), st.booleans()),
    extensions=st.lists(st.tuples(st.sampled_from(Stage), st.integers(1, WORKING_DAY), st.booleans()), max_size=3),
    pauses=st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 5000)), max_size=3),
)
@settings(unhurried, max_examples=500)
def test_both_stages_with_pauses_and_extensions_are_where_walking_leads(
    start: int,
    accept: int,
    resolve: int,
    working: tuple[bool, bool],
    extensions: list[tuple[Stage, int, bool]],
    pauses: list[tuple[int, int]],
) -> None:
    oracle = pack_oracle()
    terms = Terms(Duration(accept, working=working[0]), Duration(resolve, working=working[1]))
    spans = [(start + begins, start + begins + length) for begins, length in pauses]
    paused = frozenset(minute for begins, ends in spans for minute in range(begins, ends))
    found = decide_deadlines(
        Policy((), (Rule("only", (), terms),), {}, {}),
        pack_calendar(),
        {},
        received_at=oracle.moment(start),
        on=oracle.moment(start).date(),
        pauses=[Pause(oracle.moment(begins), oracle.moment(ends)) for begins, ends in spans],
        extensions=[Extension(stage, Duration(by, working=each), "leader") for stage, by, each in extensions],
    )
    for stage, minutes, counts, due in (
        (Stage.ACCEPT, accept, working[0], found.accept_by),
        (Stage.RESOLVE, resolve, working[1], found.resolve_by),
    ):
        walked = oracle.due(start, minutes, working=counts, paused=paused)
        for extended, by, each in extensions:
            if extended is stage:
                walked = oracle.due(walked, by, working=each, paused=paused)
        assert due == oracle.moment(walked)


# --- what holds of every start and duration ------------------------------------------------------------------------


@given(start=starts, extra=st.timedeltas(timedelta(), timedelta(minutes=1)), minutes=st.integers(1, LONGEST_MINUTES))
@settings(max_examples=200, deadline=None)
def test_exactly_the_duration_is_counted_and_a_later_start_is_never_due_earlier(
    start: int, extra: timedelta, minutes: int
) -> None:
    calendar, duration = pack_calendar(), Duration(minutes, working=True)
    earlier = local("2025-01-01T00:00") + timedelta(minutes=start)
    begin = earlier + extra
    found = calendar.due(begin, duration)
    counted = sum((s.end - s.start for s in calendar.stretches(begin, found)), start=timedelta())
    assert counted == calendar.counted(begin, found, working=True) == timedelta(minutes=minutes)
    assert calendar.due(earlier, duration) <= found


@given(start=starts, one=st.integers(1, 9 * WORKING_DAY), other=st.integers(1, 9 * WORKING_DAY))
@settings(max_examples=200, deadline=None)
def test_two_durations_one_after_the_other_end_where_their_sum_ends(start: int, one: int, other: int) -> None:
    calendar, begin = pack_calendar(), local("2025-01-01T00:00") + timedelta(minutes=start)
    halfway = calendar.due(begin, Duration(one, working=True))
    together = calendar.due(begin, Duration(one + other, working=True))
    assert calendar.due(halfway, Duration(other, working=True)) == together


@given(
    start=starts,
    minutes=st.integers(1, 3 * WORKING_DAY),
    spans=st.lists(
        st.tuples(st.timedeltas(timedelta(), timedelta(days=6)), st.timedeltas(timedelta(), timedelta(days=2)))
    ),
    working=st.booleans(),
)
@settings(max_examples=300, deadline=None)
def test_with_pauses_to_the_microsecond_exactly_the_duration_is_counted(
    start: int, minutes: int, spans: list[tuple[timedelta, timedelta]], *, working: bool
) -> None:
    calendar, begin = pack_calendar(), local("2025-01-01T00:00") + timedelta(minutes=start)
    pauses = [Pause(begin + after, begin + after + length) for after, length in spans]
    found = calendar.due(begin, Duration(minutes, working=working), pauses)
    assert calendar.counted(begin, found, working=working, pauses=pauses) == timedelta(minutes=minutes)
    just_before = found - timedelta(microseconds=1)
    assert calendar.counted(begin, just_before, working=working, pauses=pauses) < timedelta(minutes=minutes)
