"""How a deadline was counted, for people: over which days, and what was left out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from services.router.domain.clock import Duration, WorkingCalendar
from services.router.domain.special_days import SpecialDay

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Counting:
    """What lies between a start and what was due then.

    `days` is the number of days on which time was counted, `weekend_days` those that were left out as days off of the
    week, `special` the holidays left out and make-up days worked. `waited` is time that would have counted and was not
    used up by the terms: the clock stood still, or somebody gave more time.
    """

    duration: Duration
    start: datetime
    due: datetime
    days: int
    weekend_days: int
    special: tuple[SpecialDay, ...]
    waited: timedelta


def account_for(
    calendar: WorkingCalendar,
    special_days: Mapping[date, SpecialDay],
    zone: tzinfo,
    *,
    received_at: datetime,
    due: datetime,
    duration: Duration,
) -> Counting:
    """Account for a deadline that is on record; nothing is computed anew."""
    start = calendar.clamp(received_at)
    first, last = (moment.astimezone(zone).date() for moment in (start, due))
    days = weekend_days = 0
    special = []
    for offset in range((last - first).days + 1):
        day = first + offset * DAY
        begin = max(start, datetime.combine(day, time(), zone))
        end = min(due, datetime.combine(day + DAY, time(), zone))
        known = special_days.get(day)
        counted = bool(calendar.counted(begin, end, working=duration.working))
        days += counted
        if duration.working and known is not None and known.works == counted:
            special.append(known)
        elif duration.working and known is None and not counted and not _works(calendar, day, zone):
            weekend_days += 1
    used = duration.minutes * MINUTE
    waited = calendar.counted(start, due, working=duration.working) - used
    return Counting(duration, start, due, days, weekend_days, tuple(special), max(waited, timedelta()))


def _works(calendar: WorkingCalendar, day: date, zone: tzinfo) -> bool:
    begin = datetime.combine(day, time(), zone)
    return bool(calendar.counted(begin, begin + DAY, working=True))
