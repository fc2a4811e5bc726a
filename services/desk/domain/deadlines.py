"""Which deadline of a case counts now, and how it stands with it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.desk.domain.life_cycle import State

# In these states nobody has said yet that they will act.
NOT_ACCEPTED = frozenset({State.PLACED, State.TRANSFERRED, State.RETURNED})
SOON = timedelta(hours=4)


class Pressure(StrEnum):
    """How a deadline presses."""

    LATE = "late"
    SOON = "soon"
    CALM = "calm"


def due_at(state: State, *, accept_by: datetime, resolve_by: datetime) -> datetime:
    """Return the deadline that counts: until somebody accepts the earlier one, then the one to resolve."""
    return min(accept_by, resolve_by) if state in NOT_ACCEPTED else resolve_by


def pressure(due: datetime, *, now: datetime) -> Pressure:
    """Say how a deadline presses; exactly at the deadline is still in time."""
    if now > due:
        return Pressure.LATE
    return Pressure.SOON if due - now <= SOON else Pressure.CALM


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time as people say it: the largest unit of it, rounded down."""

    count: int
    unit: str


def span(length: timedelta) -> Span:
    """Name a length of time in days, hours or minutes; its sign does not matter."""
    minutes = int(abs(length).total_seconds() // 60)
    hours, days = minutes // 60, minutes // (24 * 60)
    if days >= 2:  # noqa: PLR2004 "1 day" would hide up to 23 hours
        return Span(days, "day")
    return Span(hours, "hour") if hours else Span(minutes, "minute")
