"""Who in a unit works on a case: shared out by load among those who are present, or taken from one another."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from services.desk.domain.life_cycle import Part

LONGEST_ABSENCE = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Handler:
    """Somebody who works on a unit's cases; `load` are the open cases they have, `last_turn` when they last got one."""

    staff_id: int
    unit_code: str
    name: str
    load: int
    last_turn: int
    away: bool


@dataclass(frozen=True, slots=True)
class Assignment:
    """A case is given to somebody; turns count up within a unit."""

    feedback_id: UUID
    staff_id: int
    turn: int


def share_out(cases: Sequence[UUID], handlers: Sequence[Handler], *, turn: int) -> list[Assignment]:
    """Give each case to whoever is present and has the fewest, of those to whoever got one longest ago.

    `turn` is the last one taken in the unit. When everybody is away the cases stay with the unit as a whole.
    """
    present = {handler.staff_id: handler for handler in handlers if not handler.away}
    given = []
    for feedback_id in cases if present else ():
        turn += 1
        next_one = min(present.values(), key=lambda one: (one.load, one.last_turn, one.staff_id))
        present[next_one.staff_id] = replace(next_one, load=next_one.load + 1, last_turn=turn)
        given.append(Assignment(feedback_id, next_one.staff_id, turn))
    return given


def may_assign(
    parts: frozenset[Part], *, taker: int, to: int | None, assignee: int | None, assignee_away: bool
) -> bool:
    """Say whether somebody may give a case to `to` (None: back to the whole unit).

    Leaders may always. Colleagues take for themselves what nobody has, or what belongs to somebody who is away, and
    may lay down their own.
    """
    if Part.LEADER in parts:
        return True
    if Part.HOLDER not in parts:
        return False
    if to is None:
        return assignee == taker
    return to == taker and (assignee is None or assignee_away)


@dataclass(frozen=True, slots=True)
class Absence:
    """The days, first and last included, on which somebody is away."""

    absence_id: int
    staff_id: int
    from_on: date
    to_on: date


class AbsenceRefusal(StrEnum):
    """Why an absence cannot be noted."""

    NO_DATES = "no_dates"
    ENDS_BEFORE = "ends_before"
    OVER_ALREADY = "over_already"
    TOO_LONG = "too_long"


class AbsenceRefusedError(Exception):
    """An absence cannot be noted as described; `refusal` says why."""

    def __init__(self, refusal: AbsenceRefusal) -> None:
        """Keep the reason."""
        super().__init__(refusal)
        self.refusal = refusal


def check_absence(from_on: date, to_on: date, *, today: date) -> None:
    """Refuse an absence that ends before it begins, is over, or is longer than a year; raises AbsenceRefusedError."""
    if to_on < from_on:
        raise AbsenceRefusedError(AbsenceRefusal.ENDS_BEFORE)
    if to_on < today:
        raise AbsenceRefusedError(AbsenceRefusal.OVER_ALREADY)
    if to_on - from_on > LONGEST_ABSENCE:
        raise AbsenceRefusedError(AbsenceRefusal.TOO_LONG)
