"""The life of a case: one table of allowed moves, and the function that reads it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

LONGEST_REPLY = 4_000
LONGEST_NOTE = 2_000
PROVINCE_DESK = "province:desk"


class State(StrEnum):
    """Where a case stands."""

    PLACED = "placed"
    ACCEPTED = "accepted"
    IN_PROGRESS = "in_progress"
    WAITING_RESIDENT = "waiting_resident"
    RESOLVED = "resolved"
    CLOSED = "closed"
    TRANSFERRED = "transferred"
    RETURNED = "returned"
    REOPENED = "reopened"


class Action(StrEnum):
    """What somebody does to a case."""

    OPEN = "open"
    ACCEPT = "accept"
    START = "start"
    ASK = "ask"
    ANSWERED = "answered"
    REPLY = "reply"
    RESOLVE = "resolve"
    CLOSE = "close"
    TRANSFER = "transfer"
    RETURN = "return"
    REOPEN = "reopen"


class Reason(StrEnum):
    """Why a case was resolved."""

    FIXED = "fixed"
    ANSWERED = "answered"
    NOT_OURS = "not_ours"
    WILL_NOT_DO = "will_not_do"
    DUPLICATE = "duplicate"
    UNVERIFIABLE = "unverifiable"
    WITHDRAWN = "withdrawn"


class Need(StrEnum):
    """What a move must bring along."""

    PUBLIC_REPLY = "public_reply"
    CLOSING_REASON = "closing_reason"
    NOTE = "note"
    UNIT = "unit"


class Part(StrEnum):
    """The part somebody plays towards one case."""

    HOLDER = "holder"
    LEADER = "leader"
    COORDINATOR = "coordinator"
    RESIDENT = "resident"
    ROUTER = "router"


class Handover(StrEnum):
    """Why the router gives an open case to another unit."""

    ANSWERED = "answered"
    UNITS_CHANGED = "units_changed"


@dataclass(frozen=True, slots=True)
class Move:
    """One allowed move: from where, to where (`to_state` None stays), what it needs, whose it is."""

    action: Action
    from_states: frozenset[State]
    to_state: State | None
    needs: frozenset[Need]
    by: frozenset[Part]


def _move(
    action: Action, from_states: str, to_state: State | None, *, by: tuple[Part, ...], needs: tuple[Need, ...] = ()
) -> Move:
    return Move(action, frozenset(map(State, from_states.split())), to_state, frozenset(needs), frozenset(by))


# THE table. A case opens in PLACED (action OPEN, by nobody's hand); every other step is a row here.
MOVES: Mapping[Action, Move] = MappingProxyType(
    {
        move.action: move
        for move in (
            _move(
                Action.ACCEPT,
                "placed transferred returned reopened",
                State.ACCEPTED,
                by=(Part.HOLDER,),
            ),
            _move(
                Action.START,
                "accepted waiting_resident",
                State.IN_PROGRESS,
                by=(Part.HOLDER,),
            ),
            _move(
                Action.ASK,
                "accepted in_progress",
                State.WAITING_RESIDENT,
                by=(Part.HOLDER,),
                needs=(Need.PUBLIC_REPLY,),
            ),
            _move(
                Action.ANSWERED,
                "waiting_resident",
                State.IN_PROGRESS,
                by=(Part.RESIDENT,),
            ),
            _move(
                Action.REPLY,
                "accepted in_progress resolved closed",
                None,
                by=(Part.HOLDER,),
                needs=(Need.PUBLIC_REPLY,),
            ),
            _move(
                Action.RESOLVE,
                "accepted in_progress waiting_resident",
                State.RESOLVED,
                by=(Part.HOLDER,),
                needs=(Need.CLOSING_REASON,),
            ),
            _move(
                Action.CLOSE,
                "resolved",
                State.CLOSED,
                by=(Part.HOLDER,),
            ),
            _move(
                Action.TRANSFER,
                "placed accepted in_progress transferred returned reopened",
                State.TRANSFERRED,
                by=(Part.LEADER, Part.COORDINATOR),
                needs=(Need.UNIT,),
            ),
            _move(
                Action.RETURN,
                "placed accepted in_progress transferred reopened",
                State.RETURNED,
                by=(Part.HOLDER,),
                needs=(Need.NOTE,),
            ),
            _move(
                Action.REOPEN,
                "resolved closed",
                State.REOPENED,
                by=(Part.HOLDER, Part.COORDINATOR),
                needs=(Need.NOTE,),
            ),
        )
    }
)
_OPEN = "placed accepted in_progress waiting_resident transferred returned reopened"
# The part of the table that the router plays: of a handover's rows the first that has the state and its target holds.
# - A case that waited at the desk for its place and that nobody touched is new to the unit: it stays `placed`, which is
#   what its resident reads as well. One that was touched is `transferred`, and somebody there has to accept it.
# - When units merge the work goes on under the new name: what was accepted is not to be accepted again, and who waits
#   for the resident goes on waiting, since a clock may stand still for that.
# - When the unit is gone and no new one is known, the case is back with the province desk, like one that was returned.
HANDOVERS: Mapping[Handover, tuple[Move, ...]] = MappingProxyType(
    {
        Handover.ANSWERED: (
            _move(Action.TRANSFER, "placed", State.PLACED, by=(Part.ROUTER,), needs=(Need.UNIT,)),
            _move(
                Action.TRANSFER,
                "accepted in_progress waiting_resident transferred returned reopened",
                State.TRANSFERRED,
                by=(Part.ROUTER,),
                needs=(Need.UNIT,),
            ),
        ),
        Handover.UNITS_CHANGED: (
            _move(Action.TRANSFER, _OPEN, None, by=(Part.ROUTER,), needs=(Need.UNIT,)),
            _move(Action.RETURN, _OPEN, State.RETURNED, by=(Part.ROUTER,)),
        ),
    }
)
# Resolving for these reasons must say something to the resident.
REASONS_WITH_REPLY = frozenset({Reason.FIXED, Reason.ANSWERED})
# Only these carry words to the resident; what was typed beside another move is not sent.
SPEAKING = frozenset({Action.ASK, Action.REPLY, Action.RESOLVE})
SETTLED = frozenset({State.RESOLVED, State.CLOSED})


@dataclass(frozen=True, slots=True)
class Standing:
    """What a decision needs to know of a case."""

    feedback_id: UUID
    version: int
    state: State
    unit_code: str | None
    office: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants to do, seeing the case at `seen_version`."""

    action: Action
    seen_version: int
    public_reply: str | None = None
    closing_reason: Reason | None = None
    note: str | None = None
    unit_code: str | None = None
    office: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """The fact that follows from an allowed move; `version`, `state`, `unit_code` and `office` are those after it."""

    feedback_id: UUID
    version: int
    action: Action
    state: State
    unit_code: str | None
    office: str
    public_reply: str | None = None
    closing_reason: Reason | None = None
    note: str | None = None


class Refusal(StrEnum):
    """Why a move is not made."""

    NOT_FROM_HERE = "not_from_here"
    NOT_YOURS = "not_yours"
    AT_THE_DESK_ALREADY = "at_the_desk_already"
    NEEDS_PUBLIC_REPLY = "needs_public_reply"
    NEEDS_CLOSING_REASON = "needs_closing_reason"
    NEEDS_NOTE = "needs_note"
    NEEDS_UNIT = "needs_unit"
    THERE_ALREADY = "there_already"
    TOO_LONG = "too_long"
    NO_WORDS_YET = "no_words_yet"
    NOT_ON_THE_LIST = "not_on_the_list"
    ONLY_A_PART = "only_a_part"
    ASSIGNED_MEANWHILE = "assigned_meanwhile"
    NO_SUCH_HANDLER = "no_such_handler"


class MoveRefusedError(Exception):
    """The move is not allowed as asked; `refusal` says why."""

    def __init__(self, refusal: Refusal) -> None:
        """Keep the reason."""
        super().__init__(refusal)
        self.refusal = refusal


class SomeoneWasFirstError(Exception):
    """The case has moved since it was looked at; `seen_version` is what the loser saw."""

    def __init__(self, feedback_id: UUID, seen_version: int) -> None:
        """Keep what is needed to tell who was first."""
        super().__init__(f"{feedback_id} moved on from version {seen_version}")
        self.feedback_id = feedback_id
        self.seen_version = seen_version


def opening(feedback_id: UUID, *, unit_code: str | None, office: str) -> Step:
    """Make the first step of every case."""
    return Step(feedback_id, 1, Action.OPEN, State.PLACED, unit_code, office)


def moves_open_to(case: Standing, parts: frozenset[Part]) -> tuple[Move, ...]:
    """List the moves that somebody who plays these parts may make now, in the order of the table."""
    return tuple(move for move in MOVES.values() if _refusal_of(case, move, parts) is None)


def decide(case: Standing, wanted: Wanted, *, parts: frozenset[Part]) -> Step:
    """Decide one move.

    Raises SomeoneWasFirstError when the case has moved since it was looked at, MoveRefusedError when the table, the
    part played or something missing forbids it.
    """
    if wanted.seen_version != case.version:
        raise SomeoneWasFirstError(case.feedback_id, wanted.seen_version)
    move = MOVES.get(wanted.action)
    if move is None:
        raise MoveRefusedError(Refusal.NOT_FROM_HERE)
    refusal = _refusal_of(case, move, parts) or _missing(case, move, wanted)
    if refusal is not None:
        raise MoveRefusedError(refusal)
    unit_code, office = _holder_after(case, wanted)
    return Step(
        feedback_id=case.feedback_id,
        version=case.version + 1,
        action=move.action,
        state=move.to_state or case.state,
        unit_code=unit_code,
        office=office,
        public_reply=wanted.public_reply if move.action in SPEAKING else None,
        closing_reason=wanted.closing_reason if Need.CLOSING_REASON in move.needs else None,
        note=wanted.note,
    )


def hand_over(
    case: Standing, handover: Handover, *, unit_code: str | None, office: str, note: str | None = None
) -> Step | None:
    """Decide the step with which the router gives a case to a unit (None: to the province desk).

    Nothing when the table has no row for it, as for a case that is settled, or when the case is there already.
    """
    if (unit_code, office) == (case.unit_code, case.office):
        return None
    for move in HANDOVERS[handover]:
        if case.state in move.from_states and (unit_code is not None or Need.UNIT not in move.needs):
            return Step(
                feedback_id=case.feedback_id,
                version=case.version + 1,
                action=move.action,
                state=move.to_state or case.state,
                unit_code=unit_code,
                office=office,
                note=note,
            )
    return None


def _refusal_of(case: Standing, move: Move, parts: frozenset[Part]) -> Refusal | None:
    if case.state not in move.from_states:
        return Refusal.NOT_FROM_HERE
    if not parts & move.by:
        return Refusal.NOT_YOURS
    if move.action is Action.RETURN and case.unit_code is None:
        return Refusal.AT_THE_DESK_ALREADY
    return None


def _missing(case: Standing, move: Move, wanted: Wanted) -> Refusal | None:
    needs = set(move.needs)
    if move.action is Action.RESOLVE and wanted.closing_reason in REASONS_WITH_REPLY:
        needs.add(Need.PUBLIC_REPLY)
    given = {
        Need.CLOSING_REASON: wanted.closing_reason,
        Need.PUBLIC_REPLY: wanted.public_reply,
        Need.NOTE: wanted.note,
        Need.UNIT: wanted.unit_code,
    }
    missing = next((need for need, value in given.items() if need in needs and not value), None)
    if missing is not None:
        return Refusal(f"needs_{missing}")
    if len(wanted.public_reply or "") > LONGEST_REPLY or len(wanted.note or "") > LONGEST_NOTE:
        return Refusal.TOO_LONG
    if move.action is Action.TRANSFER and _holder_after(case, wanted) == (case.unit_code, case.office):
        return Refusal.THERE_ALREADY
    return None


def _holder_after(case: Standing, wanted: Wanted) -> tuple[str | None, str]:
    if wanted.action is Action.TRANSFER:
        return wanted.unit_code, wanted.office or case.office
    if wanted.action is Action.RETURN:
        return None, PROVINCE_DESK
    return case.unit_code, case.office
