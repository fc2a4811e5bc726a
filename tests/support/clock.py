"""The pack's calendar, and a deliberately naive clock to check the real one against: it walks minute by minute.

The naive clock shares nothing with the one it checks: it reads calendar.csv itself and knows the office hours by heart.
"""

import csv
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from services.router.adapters.calendar_documents import calendar_document, calendars_of
from services.router.domain.clock import Calendars, WorkingCalendar
from tests.support.placing import PACK, pack

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
MINUTES_A_DAY = 24 * 60
OFFICE_HOURS = ((450, 690), (810, 1020))
Span = tuple[int, int]


def local(text: str) -> datetime:
    """Read a local time."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def clock_time(moment: datetime) -> str:
    """Write a moment as a local time, without seconds where there are none."""
    return moment.astimezone(ZONE).replace(tzinfo=None).isoformat(timespec="auto").removesuffix(":00")


@cache
def pack_calendars() -> Calendars:
    """Lay out the calendars of the pack."""
    return calendars_of(calendar_document(pack()))


def pack_calendar() -> WorkingCalendar:
    """Return the calendar of those without hours of their own."""
    return pack_calendars().ordinary


class MinuteByMinute:
    """Every minute from the first day on counts or does not; time is spent by walking over them, one at a time."""

    def __init__(self, first: date, spans_of: Callable[[date], Iterable[Span]]) -> None:
        """Begin with the midnight of `first`; `spans_of` names the minutes of a day that count, as [from, to)."""
        self.first = first
        self._spans_of = spans_of
        self._counts = bytearray()
        self._days = 0

    def minute(self, moment: datetime) -> int:
        """Number the minute of a local moment, from 0 at the first midnight."""
        return (moment - datetime(self.first.year, self.first.month, self.first.day, tzinfo=ZONE)) // timedelta(
            minutes=1
        )

    def moment(self, minute: int) -> datetime:
        """Return the local moment at which a minute begins."""
        midnight = datetime(self.first.year, self.first.month, self.first.day, tzinfo=ZONE)
        return midnight + timedelta(minutes=minute)

    def due(self, start: int, minutes: int, *, working: bool = True, paused: frozenset[int] = frozenset()) -> int:
        """Walk until so many counted minutes have gone by."""
        left, minute = minutes, start
        while True:
            while minute >= len(self._counts):
                self._add_a_day()
            for counts in self._counts[minute : minute + MINUTES_A_DAY]:
                if (counts or not working) and minute not in paused:
                    left -= 1
                minute += 1
                if not left:
                    return minute

    def counted(self, start: int, end: int) -> int:
        """Walk from one minute to another and count those that count."""
        while end > len(self._counts):
            self._add_a_day()
        return sum(self._counts[minute] for minute in range(start, end))

    def _add_a_day(self) -> None:
        spans = tuple(self._spans_of(self.first + timedelta(days=self._days)))
        self._counts.extend(_minutes_of_a_day(spans))
        self._days += 1


@cache
def _minutes_of_a_day(spans: tuple[Span, ...]) -> bytes:
    return bytes(any(opens <= minute < closes for opens, closes in spans) for minute in range(MINUTES_A_DAY))


@cache
def pack_oracle() -> MinuteByMinute:
    """Walk the calendar of the pack, from 1 January 2025."""
    with (PACK / "calendar.csv").open(encoding="utf-8", newline="") as opened:
        said = {row["day"]: row["kind"] for row in csv.DictReader(opened)}

    def spans_of(day: date) -> tuple[Span, ...]:
        kind = said.get(day.isoformat(), "off" if day.strftime("%a") in {"Sat", "Sun"} else "working")
        return OFFICE_HOURS if kind == "working" else ()

    return MinuteByMinute(date(2025, 1, 1), spans_of)
