from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.desk.domain.case import after, opened
from services.desk.domain.life_cycle import (
    LONGEST_REPLY,
    MOVES,
    PROVINCE_DESK,
    REASONS_WITH_REPLY,
    SETTLED,
    Action,
    MoveRefusedError,
    Part,
    Reason,
    Refusal,
    SomeoneWasFirstError,
    Standing,
    State,
    Wanted,
    decide,
    moves_open_to,
    opening,
)
from shared.events import CaseAction, CaseState, ClosingReason
from tests.support.desk import placement

ID = UUID(int=7)
HOLDER = frozenset({Part.HOLDER})
EVERYBODY = frozenset(Part)
NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)


def standing(state: State = State.PLACED, *, version: int = 3, unit_code: str | None = "24133") -> Standing:
    return Standing(ID, version, state, unit_code, "commune:economy")


def complete(action: Action, *, version: int = 3) -> Wanted:
    return Wanted(
        action,
        version,
        public_reply="Đã sửa xong.",
        closing_reason=Reason.FIXED,
        note="Xem biên bản.",
        unit_code="22015",
        office="commune:police",
    )


def refusal(case: Standing, wanted: Wanted, parts: frozenset[Part] = EVERYBODY) -> Refusal:
    with pytest.raises(MoveRefusedError) as raised:
        decide(case, wanted, parts=parts)
    return raised.value.refusal


def test_the_words_are_those_of_the_events() -> None:
    assert {state.value for state in State} == {state.value for state in CaseState}
    assert {action.value for action in Action} == {action.value for action in CaseAction}
    assert {reason.value for reason in Reason} == {reason.value for reason in ClosingReason}


@pytest.mark.parametrize("action", list(Action))
@pytest.mark.parametrize("state", list(State))
def test_a_complete_move_is_made_exactly_where_the_table_has_it(state: State, action: Action) -> None:
    move = MOVES.get(action)
    case = standing(state)
    if move is not None and state in move.from_states:
        step = decide(case, complete(action), parts=EVERYBODY)
        assert (step.action, step.state, step.version) == (action, move.to_state or state, 4)
    else:
        assert refusal(case, complete(action)) is Refusal.NOT_FROM_HERE


def test_a_case_walks_from_placed_to_closed() -> None:
    walk = [
        (Action.ACCEPT, State.ACCEPTED),
        (Action.START, State.IN_PROGRESS),
        (Action.ASK, State.WAITING_RESIDENT),
        (Action.ANSWERED, State.IN_PROGRESS),
        (Action.RESOLVE, State.RESOLVED),
        (Action.CLOSE, State.CLOSED),
        (Action.REOPEN, State.REOPENED),
        (Action.ACCEPT, State.ACCEPTED),
    ]
    case = standing(version=1)
    for action, state in walk:
        step = decide(case, complete(action, version=case.version), parts=EVERYBODY)
        assert step.state is state
        case = standing(state, version=step.version)
    assert case.version == 9


@pytest.mark.parametrize("reason", list(Reason))
def test_fixed_and_answered_need_a_reply_and_the_other_reasons_do_not(reason: Reason) -> None:
    case, wanted = standing(State.IN_PROGRESS), Wanted(Action.RESOLVE, 3, closing_reason=reason)
    if reason in REASONS_WITH_REPLY:
        assert refusal(case, wanted) is Refusal.NEEDS_PUBLIC_REPLY
    else:
        assert decide(case, wanted, parts=HOLDER).closing_reason is reason
    assert {Reason.FIXED, Reason.ANSWERED} == REASONS_WITH_REPLY


@pytest.mark.parametrize(
    ("state", "action", "missing"),
    [
        (State.IN_PROGRESS, Action.RESOLVE, Refusal.NEEDS_CLOSING_REASON),
        (State.IN_PROGRESS, Action.ASK, Refusal.NEEDS_PUBLIC_REPLY),
        (State.ACCEPTED, Action.REPLY, Refusal.NEEDS_PUBLIC_REPLY),
        (State.PLACED, Action.RETURN, Refusal.NEEDS_NOTE),
        (State.CLOSED, Action.REOPEN, Refusal.NEEDS_NOTE),
        (State.PLACED, Action.TRANSFER, Refusal.NEEDS_UNIT),
    ],
)
def test_what_is_missing_is_said(state: State, action: Action, missing: Refusal) -> None:
    assert refusal(standing(state), Wanted(action, 3)) is missing


def test_too_many_words_are_refused() -> None:
    reply = "a" * (LONGEST_REPLY + 1)
    assert refusal(standing(State.ACCEPTED), Wanted(Action.REPLY, 3, public_reply=reply)) is Refusal.TOO_LONG


def test_whoever_saw_an_older_version_was_not_first() -> None:
    with pytest.raises(SomeoneWasFirstError) as raised:
        decide(standing(version=4), Wanted(Action.ACCEPT, 3), parts=HOLDER)
    assert (raised.value.feedback_id, raised.value.seen_version) == (ID, 3)


def test_somebody_without_a_part_may_do_nothing() -> None:
    assert moves_open_to(standing(), frozenset()) == ()
    assert refusal(standing(), Wanted(Action.ACCEPT, 3), frozenset()) is Refusal.NOT_YOURS


def test_a_returned_case_is_with_the_province_desk_and_cannot_be_returned_again() -> None:
    step = decide(standing(), Wanted(Action.RETURN, 3, note="Thuộc xã bên."), parts=HOLDER)
    assert (step.unit_code, step.office, step.state) == (None, PROVINCE_DESK, State.RETURNED)
    at_desk = standing(State.PLACED, unit_code=None)
    assert refusal(at_desk, Wanted(Action.RETURN, 3, note="Nữa.")) is Refusal.AT_THE_DESK_ALREADY
    assert Action.RETURN not in {move.action for move in moves_open_to(at_desk, EVERYBODY)}


def test_a_transfer_goes_somewhere_else_or_nowhere() -> None:
    case = standing(unit_code=None)
    step = decide(case, Wanted(Action.TRANSFER, 3, unit_code="24133"), parts=frozenset({Part.COORDINATOR}))
    assert (step.unit_code, step.office) == ("24133", "commune:economy")
    same = Wanted(Action.TRANSFER, 3, unit_code="24133", office="commune:economy")
    assert refusal(standing(), same) is Refusal.THERE_ALREADY
    other_office = Wanted(Action.TRANSFER, 3, unit_code="24133", office="commune:police")
    assert decide(standing(), other_office, parts=EVERYBODY).office == "commune:police"


def test_words_typed_beside_a_silent_move_are_not_sent() -> None:
    step = decide(standing(), complete(Action.ACCEPT), parts=HOLDER)
    assert (step.public_reply, step.closing_reason, step.unit_code) == (None, None, "24133")


@given(
    st.lists(st.tuples(st.sampled_from(list(Action)), st.sampled_from(list(Reason)), st.integers(1, 90)), max_size=25)
)
def test_no_walk_moves_a_deadline_or_skips_a_version(wishes: list[tuple[Action, Reason, int]]) -> None:
    start = placement()
    case, at = opened(start, at=NOW), NOW
    taken = [opening(start.feedback_id, unit_code=start.unit_code, office=start.office)]
    for action, reason, minutes in wishes:
        at += timedelta(minutes=minutes)
        wanted = Wanted(action, case.version, public_reply="x", closing_reason=reason, note="x", unit_code="22015")
        try:
            step = decide(case.standing, wanted, parts=EVERYBODY)
        except MoveRefusedError:
            continue
        case = after(case, step, at=at)
        taken.append(step)
    assert case.placement == start
    assert case.due_at in {start.accept_by, start.resolve_by}
    assert [step.version for step in taken] == list(range(1, case.version + 1))
    assert (case.resolved_at is not None) == (case.closing_reason is not None) == (case.state in SETTLED)
    assert case.is_open == (case.state not in SETTLED)


def test_moving_a_disputed_case_settles_the_dispute() -> None:
    case = opened(placement(), at=NOW)
    disputed = type(case)(
        **{name: getattr(case, name) for name in case.__dataclass_fields__}
        | {"state": State.RESOLVED, "disputed": True}
    )
    step = decide(disputed.standing, Wanted(Action.REOPEN, 1, note="Làm lại."), parts=HOLDER)
    assert after(disputed, step, at=NOW).disputed is False
