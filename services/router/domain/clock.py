"""The working-time clock: how many minutes count, and when a number of them is used up.

Minutes are counted in the half-open intervals of a working day, for example [07:30, 11:30) and [13:30, 17:00). A
duration that is used up exactly at the end of an interval is due then, not at the next start.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
MINUTE = 60_000_000
YEARS_BEFORE = 5
YEARS_AFTER = 24
LONGEST_MINUTES = 400 * 24 * 60
SHORTEST_WEEK_MINUTES = 60

Interval = tuple[time, time]
Span = tuple[int, int]


class OutsideCalendarError(ValueError):
    """A moment lies outside the years the calendar was made for."""


@dataclass(frozen=True, slots=True)
class Duration:
    """A number of minutes, of working time or round the clock; at least 1, at most 400 times 24 hours."""

    minutes: int
    working: bool

    def __post_init__(self) -> None:
        """Refuse a duration that is not in the future, or absurd."""
        if not 1 <= self.minutes <= LONGEST_MINUTES:
            message = f"a duration must be 1 to {LONGEST_MINUTES} minutes, not {self.minutes}"
            raise ValueError(message)


@dataclass(frozen=True, slots=True)
class Pause:
    """Time that is not counted, working time or not: from `start` (included) to `end` (not included), both aware."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        """Refuse a pause that ends before it begins."""
        if self.end < self.start:
            message = f"a pause cannot end ({self.end.isoformat()}) before it begins ({self.start.isoformat()})"
            raise ValueError(message)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of counted time: from, to (UTC) and its minutes."""

    start: datetime
    end: datetime

    @property
    def minutes(self) -> float:
        """Length in minutes."""
        return (self.end - self.start) / timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """All working intervals of a span of years, precomputed; every question is one binary search.

    `starts` and `ends` are microseconds since 1970 UTC; `worked[i]` is the working time before interval i.
    """

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    worked: tuple[int, ...]
    first: datetime
    last: datetime

    def clamp(self, moment: datetime) -> datetime:
        """Move a moment outside the known years to the nearest one inside."""
        return min(max(moment, self.first), self.last)

    def due(self, start: datetime, duration: Duration, pauses: Sequence[Pause] = ()) -> datetime:
        """Tell when `duration` that begins at `start` (aware) is used up, UTC; raises `OutsideCalendarError`.

        What lies in a pause is not counted; the pauses may overlap, be empty, or begin before the start.
        """
        self._need_inside(start)
        position, left = (start - EPOCH) // MICROSECOND, duration.minutes * MINUTE
        for begins, ends in _spans(pauses) if pauses else ():
            before = self._counted(position, begins, working=duration.working)
            if left <= before:
                break
            left -= before
            position = max(position, ends)
            self._need_inside(EPOCH + MICROSECOND * position)
        return EPOCH + MICROSECOND * (self._after(position, left) if duration.working else position + left)

    def counted(self, start: datetime, end: datetime, *, working: bool, pauses: Sequence[Pause] = ()) -> timedelta:
        """Tell how much time counts between two moments; none when the end is not after the start."""
        position, finish = (start - EPOCH) // MICROSECOND, (end - EPOCH) // MICROSECOND
        total = 0
        for begins, ends in _spans(pauses):
            total += self._counted(position, min(begins, finish), working=working)
            position = max(position, ends)
        return MICROSECOND * (total + self._counted(position, finish, working=working))

    def stretches(self, start: datetime, end: datetime, pauses: Sequence[Pause] = ()) -> Iterator[Stretch]:
        """List the pieces of working time between two moments, in order, without what lies in a pause."""
        begin, finish = (start - EPOCH) // MICROSECOND, (end - EPOCH) // MICROSECOND
        for begins, ends in [*_spans(pauses), (finish, finish)]:
            yield from self._pieces(begin, min(begins, finish))
            begin = max(begin, ends)

    def _need_inside(self, moment: datetime) -> None:
        if not self.first <= moment <= self.last:
            message = f"{moment.isoformat()} is outside the calendar ({self.first:%Y-%m-%d} to {self.last:%Y-%m-%d})"
            raise OutsideCalendarError(message)

    def _pieces(self, begin: int, finish: int) -> Iterator[Stretch]:
        if finish <= begin:
            return
        for index in range(bisect_right(self.ends, begin), bisect_left(self.starts, finish)):
            counted_from, counted_to = max(self.starts[index], begin), min(self.ends[index], finish)
            yield Stretch(EPOCH + MICROSECOND * counted_from, EPOCH + MICROSECOND * counted_to)

    def _counted(self, begin: int, finish: int, *, working: bool) -> int:
        if finish <= begin:
            return 0
        return self._worked_before(finish) - self._worked_before(begin) if working else finish - begin

    def _after(self, moment: int, working_time: int) -> int:
        target = self._worked_before(moment) + working_time
        index = bisect_left(self.worked, target) - 1
        return self.starts[index] + target - self.worked[index]

    def _worked_before(self, moment: int) -> int:
        index = bisect_right(self.starts, moment) - 1
        if index < 0:
            return 0
        return self.worked[index] + min(moment, self.ends[index]) - self.starts[index]


def _spans(pauses: Iterable[Pause]) -> list[Span]:
    """Order the pauses by their begin, in microseconds."""
    return sorted(((pause.start - EPOCH) // MICROSECOND, (pause.end - EPOCH) // MICROSECOND) for pause in pauses)


def pause_for_answer(
    calendar: WorkingCalendar, *, asked_at: datetime, limit: Duration, answered_at: datetime | None = None
) -> Pause:
    """Stop the clock while the resident is asked: until the answer, or until the limit when none came before.

    So a deadline is always known: while the answer is awaited it is counted from the limit, and an answer brings it
    forward. Raises ValueError for an answer that came before the question.
    """
    ends = calendar.due(asked_at, limit)
    return Pause(asked_at, ends if answered_at is None else min(answered_at, ends))


# --- making calendars ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hours:
    """The ordinary week of a place of work; Monday is 0.

    The `weekdays` work by `intervals`, and so does a make-up day. `other_days` have intervals of their own, such as a
    Saturday morning. The local dates, both included, say when this week holds; None is without limit.
    """

    weekdays: frozenset[int]
    intervals: tuple[Interval, ...]
    other_days: Mapping[int, tuple[Interval, ...]] = field(default_factory=dict)
    valid_from: date | None = None
    valid_to: date | None = None

    def __post_init__(self) -> None:
        """Refuse a week with next to no working time: nothing would ever be due."""
        days = [self.intervals] * len(self.weekdays) + list(self.other_days.values())
        if sum(interval_minutes(interval) for intervals in days for interval in intervals) < SHORTEST_WEEK_MINUTES:
            message = f"a week needs at least {SHORTEST_WEEK_MINUTES} minutes of working time"
            raise ValueError(message)

    def hold_on(self, day: date) -> bool:
        """Say whether this week holds on a day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)

    def intervals_on(self, day: date, *, works: bool | None = None) -> tuple[Interval, ...]:
        """Return the intervals of a day; `works` is what the calendar says of it, None for nothing."""
        if works is None and day.weekday() not in self.weekdays:
            return self.other_days.get(day.weekday(), ())
        return () if works is False else self.intervals


def interval_minutes(interval: Interval) -> int:
    """Return the length of an interval of a day."""
    opens, closes = interval
    return (closes.hour - opens.hour) * 60 + closes.minute - opens.minute


@dataclass(frozen=True, slots=True)
class Calendars:
    """One calendar for all, those of the units that have hours of their own, and those of single offices.

    An office is named by itself and a unit, which is empty for the office wherever it is.
    """

    ordinary: WorkingCalendar
    by_unit: Mapping[str, WorkingCalendar] = field(default_factory=dict)
    by_office: Mapping[tuple[str, str], WorkingCalendar] = field(default_factory=dict)

    def of(self, unit_code: str | None, office: str | None = None) -> WorkingCalendar:
        """Return the calendar of an office if it has one, else of the unit, else the ordinary one."""
        if office is not None and self.by_office:
            for place in ((office, unit_code or ""), (office, "")):
                if place in self.by_office:
                    return self.by_office[place]
        return self.by_unit.get(unit_code, self.ordinary) if unit_code is not None else self.ordinary


def hours_on(hours: Sequence[Hours], day: date) -> Hours:
    """Return the first week that holds on a day; the last of them has no dates, so that one always does."""
    return next(week for week in hours if week.hold_on(day))


def make_calendar(
    *, zone: tzinfo, hours: Sequence[Hours], days: Mapping[date, bool], first_year: int, last_year: int
) -> WorkingCalendar:
    """Lay out the working intervals; `days` says of single dates whether they are working days.

    Of `hours` the first that holds on a day decides; the last must have no dates. The known years reach from 5 before
    `first_year` to 24 after `last_year`; where `days` says nothing only the weekday decides. The table goes on until
    the longest duration fits behind the last known day.
    """
    starts: list[int] = []
    ends: list[int] = []
    worked = [0]
    day, last_day = date(first_year - YEARS_BEFORE, 1, 1), date(last_year + YEARS_AFTER, 1, 1)
    first, last = (datetime.combine(known, time(), zone).astimezone(UTC) for known in (day, last_day))
    enough: int | None = None
    while enough is None or worked[-1] < enough:
        for opens, closes in hours_on(hours, day).intervals_on(day, works=days.get(day)):
            starts.append((datetime.combine(day, opens, zone) - EPOCH) // MICROSECOND)
            ends.append((datetime.combine(day, closes, zone) - EPOCH) // MICROSECOND)
            worked.append(worked[-1] + ends[-1] - starts[-1])
        if day == last_day:
            enough = worked[-1] + LONGEST_MINUTES * MINUTE
        day += timedelta(days=1)
    return WorkingCalendar(tuple(starts), tuple(ends), tuple(worked), first, last)
