"""The working-time clock: how many minutes count, and when a number of them is used up.

Minutes are counted in the half-open intervals of a working day, for example [07:30, 11:30) and [13:30, 17:00). A
duration that is used up exactly at the end of an interval is due then, not at the next start.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
MINUTE = 60_000_000
YEARS_BEFORE = 5
YEARS_AFTER = 30
YEARS_KEPT_FREE = 6
LONGEST_MINUTES = 400 * 24 * 60


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

    def due(self, start: datetime, duration: Duration) -> datetime:
        """Tell when `duration` that begins at `start` (aware) is used up, UTC; raises `OutsideCalendarError`."""
        if not self.first <= start <= self.last:
            message = f"{start.isoformat()} is outside the calendar ({self.first:%Y} to {self.last:%Y})"
            raise OutsideCalendarError(message)
        if not duration.working:
            return start.astimezone(UTC) + timedelta(minutes=duration.minutes)
        target = self._worked_before((start - EPOCH) // MICROSECOND) + duration.minutes * MINUTE
        index = bisect_left(self.worked, target) - 1
        return EPOCH + MICROSECOND * (self.starts[index] + target - self.worked[index])

    def stretches(self, start: datetime, end: datetime) -> Iterator[Stretch]:
        """List the pieces of working time between two moments, in order."""
        begin, finish = (start - EPOCH) // MICROSECOND, (end - EPOCH) // MICROSECOND
        for index in range(bisect_right(self.ends, begin), bisect_left(self.starts, finish)):
            counted_from, counted_to = max(self.starts[index], begin), min(self.ends[index], finish)
            yield Stretch(EPOCH + MICROSECOND * counted_from, EPOCH + MICROSECOND * counted_to)

    def _worked_before(self, moment: int) -> int:
        index = bisect_right(self.starts, moment) - 1
        if index < 0:
            return 0
        return self.worked[index] + min(moment, self.ends[index]) - self.starts[index]


def make_calendar(
    *,
    zone: tzinfo,
    weekdays: frozenset[int],
    intervals: tuple[tuple[time, time], ...],
    days: Mapping[date, bool],
    first_year: int,
    last_year: int,
) -> WorkingCalendar:
    """Lay out the working intervals; `days` says of single dates whether they are working days.

    The table reaches from 5 years before `first_year` to 30 after `last_year`; there only the weekday decides.
    """
    starts: list[int] = []
    ends: list[int] = []
    worked = [0]
    day, end = date(first_year - YEARS_BEFORE, 1, 1), date(last_year + YEARS_AFTER, 12, 31)
    first = datetime.combine(day, time(), zone).astimezone(UTC)
    while day <= end:
        if days.get(day, day.weekday() in weekdays):
            for opens, closes in intervals:
                starts.append((datetime.combine(day, opens, zone) - EPOCH) // MICROSECOND)
                ends.append((datetime.combine(day, closes, zone) - EPOCH) // MICROSECOND)
                worked.append(worked[-1] + ends[-1] - starts[-1])
        day += timedelta(days=1)
    # Some years at the end are kept free, so that the longest duration always fits.
    last = datetime.combine(date(end.year - YEARS_KEPT_FREE, 1, 1), time(), zone).astimezone(UTC)
    return WorkingCalendar(tuple(starts), tuple(ends), tuple(worked), first, last)
