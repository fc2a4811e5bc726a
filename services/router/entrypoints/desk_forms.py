"""The form of one desk: from its fields to a desk, and what each field says of a desk."""

import re
from collections.abc import Mapping
from datetime import date, time
from itertools import pairwise

from services.router.domain.clock import Hours, Interval
from services.router.domain.desks import Desk

DAYS = range(7)
INTERVAL = re.compile(r"(\d{1,2})[:hg.](\d{2})\s*(?:-|–|đến|to)\s*(\d{1,2})[:hg.](\d{2})")
LONGEST_FIELD = 300


class DeskFormError(ValueError):
    """A field cannot be read; said in Vietnamese and in English."""

    def __init__(self, vi: str, en: str) -> None:
        """Keep both."""
        super().__init__(en)
        self.vi, self.en = vi, en


def read_desk(fields: Mapping[str, str]) -> Desk:
    """Read a desk; raises `DeskFormError`. Whether it can be used is not looked at."""
    return Desk(
        office=_text(fields, "office") or "",
        unit_code=_text(fields, "unit") or "",
        phone=_text(fields, "phone"),
        email=_text(fields, "email"),
        hours=_hours(fields),
        deputy=_text(fields, "deputy"),
        away_from=_day(fields, "away_from"),
        away_to=_day(fields, "away_to"),
    )


def fields_of(desk: Desk) -> dict[str, str]:
    """Write a desk into the fields of the form."""
    said = {
        "office": desk.office,
        "unit": desk.unit_code,
        "phone": desk.phone,
        "email": desk.email,
        "deputy": desk.deputy,
        "away_from": desk.away_from.isoformat() if desk.away_from is not None else None,
        "away_to": desk.away_to.isoformat() if desk.away_to is not None else None,
    }
    hours = {f"hours_{day}": intervals_text(desk.hours.intervals_on(_any(day))) for day in DAYS} if desk.hours else {}
    return {**{name: value or "" for name, value in said.items()}, **hours}


def intervals_text(intervals: tuple[Interval, ...]) -> str:
    """Write intervals as people write them: 07:30-11:30, 13:30-17:00."""
    return ", ".join(f"{opens:%H:%M}-{closes:%H:%M}" for opens, closes in intervals)


def _any(weekday: int) -> date:
    """Return some day of the week; 1 January 2024 was a Monday."""
    return date(2024, 1, 1 + weekday)


def _text(fields: Mapping[str, str], name: str) -> str | None:
    text = " ".join(fields.get(name, "").split())
    if len(text) > LONGEST_FIELD:
        message = f"at most {LONGEST_FIELD} characters in a field"
        raise DeskFormError(f"mỗi ô nhiều nhất {LONGEST_FIELD} ký tự", message)
    return text or None


def _day(fields: Mapping[str, str], name: str) -> date | None:
    text = _text(fields, name)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise DeskFormError(f"«{text}» không phải là ngày", f"'{text}' is no date") from None


def _hours(fields: Mapping[str, str]) -> Hours | None:
    """Read the hours of each day; what most days share, of several the earliest, are the hours of the week."""
    week = {day: _intervals(fields, f"hours_{day}") for day in DAYS}
    open_days = {day: intervals for day, intervals in week.items() if intervals}
    if not open_days:
        return None
    shared = max(open_days.values(), key=list(open_days.values()).count)
    try:
        return Hours(
            frozenset(day for day, intervals in open_days.items() if intervals == shared),
            shared,
            {day: intervals for day, intervals in open_days.items() if intervals != shared},
        )
    except ValueError as error:
        raise DeskFormError("một tuần phải có ít nhất 60 phút làm việc", str(error)) from None


def _intervals(fields: Mapping[str, str], name: str) -> tuple[Interval, ...]:
    parts = [part.strip() for part in re.split(r"[,;]", _text(fields, name) or "") if part.strip()]
    intervals = tuple(map(_interval, parts))
    ends = [moment for interval in intervals for moment in interval]
    if any(later <= earlier for earlier, later in pairwise(ends)):
        raise DeskFormError(
            f"giờ «{', '.join(parts)}» phải theo thứ tự, không chồng nhau",
            f"the hours '{', '.join(parts)}' must follow one another, the earliest first",
        )
    return intervals


def _interval(text: str) -> Interval:
    found = INTERVAL.fullmatch(text)
    try:
        if found is not None:
            opens_hour, opens_minute, closes_hour, closes_minute = map(int, found.groups())
            return time(opens_hour, opens_minute), time(closes_hour, closes_minute)
    except ValueError:
        pass
    raise DeskFormError(f"giờ «{text}» phải ghi như 07:30-11:30", f"the hours '{text}' must look like 07:30-11:30")
