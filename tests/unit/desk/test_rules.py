from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.desk.domain.case import CaseStory, ResidentWord, StepTaken, opened
from services.desk.domain.deadlines import NOT_ACCEPTED, SOON, Pressure, due_at, pressure, span
from services.desk.domain.life_cycle import Action, Part, Standing, State, Step
from services.desk.domain.province import Colour, UnitStanding, colour, total, worst_first
from services.desk.domain.search import fold, words_of
from services.desk.domain.sign_in import (
    FORGET_AFTER,
    FREE_ATTEMPTS,
    LONGEST_WAIT,
    SESSION_LASTS,
    Attempts,
    session_ends,
    should_prolong,
    standing_attempts,
    wait_before_next,
)
from services.desk.domain.staff import (
    EVERY_UNIT,
    Role,
    Staff,
    StaffRefusedError,
    check_role,
    may_correct,
    parts_of,
    read_login,
    sees_the_province,
)
from tests.support.desk import placement

NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)
HOUR = timedelta(hours=1)


def staff(role: Role, unit_code: str | None = None) -> Staff:
    return Staff(5, "an", "An", role, unit_code)


def case(unit_code: str | None) -> Standing:
    return Standing(UUID(int=1), 1, State.PLACED, unit_code, "commune:office")


# --- deadlines --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", list(State))
def test_until_somebody_accepts_the_deadline_to_accept_counts(state: State) -> None:
    due = due_at(state, accept_by=NOW, resolve_by=NOW + HOUR)
    assert due == (NOW if state in NOT_ACCEPTED else NOW + HOUR)


def test_a_deadline_is_late_only_after_it() -> None:
    assert pressure(NOW, now=NOW) is Pressure.SOON
    assert pressure(NOW, now=NOW + timedelta(microseconds=1)) is Pressure.LATE
    assert pressure(NOW + SOON + timedelta(seconds=1), now=NOW) is Pressure.CALM


@pytest.mark.parametrize(
    ("length", "count", "unit"),
    [
        (timedelta(seconds=59), 0, "minute"),
        (timedelta(minutes=59), 59, "minute"),
        (timedelta(minutes=-61), 1, "hour"),
        (timedelta(hours=47), 47, "hour"),
        (timedelta(hours=48), 2, "day"),
    ],
)
def test_a_span_is_said_in_its_largest_unit(length: timedelta, count: int, unit: str) -> None:
    assert (span(length).count, span(length).unit) == (count, unit)


# --- names and search -------------------------------------------------------------------------------------------------


def test_search_ignores_accents_case_and_repeats() -> None:
    assert fold("Đường Y Jút, Ê Đê") == "duong y jut, e de"
    assert words_of("  ĐÈN đèn đường ") == ("den", "duong")
    assert len(words_of(" ".join(map(str, range(50))))) == 8


# --- who may do what --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("member", "unit_code", "parts"),
    [
        (staff(Role.HANDLER, "24133"), "24133", {Part.HOLDER}),
        (staff(Role.HANDLER, "24133"), "22015", set()),
        (staff(Role.HANDLER, "24133"), None, set()),
        (staff(Role.UNIT_LEADER, "24133"), "24133", {Part.HOLDER, Part.LEADER}),
        (staff(Role.UNIT_LEADER, "24133"), "22015", set()),
        (staff(Role.PROVINCE_DESK), None, {Part.HOLDER, Part.COORDINATOR}),
        (staff(Role.PROVINCE_DESK), "24133", {Part.COORDINATOR}),
        (staff(Role.SUPERVISOR), "24133", set()),
        (staff(Role.ADMIN), "24133", {Part.HOLDER, Part.LEADER, Part.COORDINATOR}),
    ],
)
def test_the_part_somebody_plays_follows_from_role_and_unit(
    member: Staff, unit_code: str | None, parts: set[Part]
) -> None:
    assert parts_of(member, case(unit_code)) == parts
    assert may_correct(member, case(unit_code)) == bool(parts)


def test_a_unit_sees_its_own_and_the_province_sees_all() -> None:
    handler, desk = staff(Role.HANDLER, "24133"), staff(Role.PROVINCE_DESK)
    assert [handler.may_see(unit) for unit in ("24133", "22015", None)] == [True, False, False]
    assert [desk.may_see(unit) for unit in ("24133", "22015", None)] == [True, True, True]
    assert (handler.scope, desk.scope) == ("24133", EVERY_UNIT)
    assert (sees_the_province(handler), sees_the_province(desk)) == (False, True)
    assert handler.actor == "staff:5"


def test_a_unit_belongs_to_unit_roles_alone() -> None:
    check_role(Role.HANDLER, "24133")
    check_role(Role.SUPERVISOR, None)
    with pytest.raises(StaffRefusedError, match="give --unit"):
        check_role(Role.UNIT_LEADER, None)
    with pytest.raises(StaffRefusedError, match="leave --unit out"):
        check_role(Role.ADMIN, "24133")


def test_a_login_has_one_spelling() -> None:
    assert read_login(" Lan.Nguyen ") == "lan.nguyen"
    assert [read_login(typed) for typed in ("", ".lan", "lan nguyen", "lân", "a" * 65)] == [None] * 5


# --- signing in -------------------------------------------------------------------------------------------------------


def test_the_first_attempts_are_free_and_then_the_wait_doubles() -> None:
    waits = [wait_before_next(Attempts(count, NOW), now=NOW).total_seconds() for count in range(13)]
    assert waits[:FREE_ATTEMPTS] == [0] * FREE_ATTEMPTS
    assert waits[FREE_ATTEMPTS:] == [30, 60, 120, 240, 480, 900, 900, 900]
    assert wait_before_next(None, now=NOW) == timedelta(0)


@given(st.integers(0, 10**6), st.integers(0, 10**5))
def test_a_wait_only_gets_shorter_and_ends(count: int, seconds: int) -> None:
    attempts = Attempts(count, NOW)
    wait = wait_before_next(attempts, now=NOW + timedelta(seconds=seconds))
    assert timedelta(0) <= wait <= LONGEST_WAIT
    assert wait_before_next(attempts, now=NOW + timedelta(seconds=seconds) + wait) == timedelta(0)


def test_attempts_of_an_hour_ago_are_forgotten() -> None:
    assert standing_attempts(Attempts(9, NOW), now=NOW + FORGET_AFTER) == 0
    assert standing_attempts(Attempts(9, NOW), now=NOW + HOUR / 2) == 9
    assert standing_attempts(None, now=NOW) == 0


def test_a_session_is_prolonged_now_and_then() -> None:
    ends = session_ends(NOW)
    assert ends - NOW == SESSION_LASTS
    assert should_prolong(ends, now=NOW + timedelta(minutes=6))
    assert not should_prolong(ends, now=NOW + timedelta(minutes=4))


# --- the province -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unit", "verdict"),
    [
        (UnitStanding("a"), Colour.GREEN),
        (UnitStanding("a", open=40, resolved=10, on_time=8), Colour.GREEN),
        (UnitStanding("a", open=40, late_accept=1), Colour.YELLOW),
        (UnitStanding("a", open=2, late_accept=2), Colour.YELLOW),
        (UnitStanding("a", resolved=5, on_time=3), Colour.YELLOW),
        (UnitStanding("a", resolved=4, on_time=0), Colour.GREEN),
        (UnitStanding("a", open=12, late_resolve=3), Colour.RED),
        (UnitStanding("a", open=13, late_resolve=3), Colour.YELLOW),
        (UnitStanding("a", open=500, late_accept=5, late_resolve=5), Colour.RED),
        (UnitStanding("a", open=500, late_accept=1, late_emergency=1), Colour.RED),
    ],
)
def test_a_colour_follows_from_numbers(unit: UnitStanding, verdict: Colour) -> None:
    assert colour(unit) is verdict


def test_the_worst_unit_comes_first() -> None:
    units = [
        UnitStanding("green", open=9),
        UnitStanding("b", open=40, late_accept=1),
        UnitStanding(None, open=40, late_accept=1),
        UnitStanding("late", open=40, late_accept=20),
        UnitStanding("fire", open=4, late_accept=1, late_emergency=1),
    ]
    assert [unit.unit_code for unit in worst_first(units)] == ["fire", "late", None, "b", "green"]


def test_totals_add_up() -> None:
    added = total([UnitStanding("a", open=2, resolved=4, on_time=1), UnitStanding("b", open=3, late_accept=1)])
    assert added == UnitStanding(None, open=5, late_accept=1, resolved=4, on_time=1)
    assert added.on_time_share == 0.25
    assert UnitStanding("a").on_time_share is None


# --- a case's story ---------------------------------------------------------------------------------------------------


def test_a_story_knows_the_question_and_the_dispute_that_wait() -> None:
    whole = opened(placement(), at=NOW)
    asked = StepTaken(
        Step(whole.feedback_id, 2, Action.ASK, State.WAITING_RESIDENT, "24133", "commune:office", "Số nhà?"),
        uuid4(),
        "staff:1",
        NOW,
    )
    word = ResidentWord(uuid4(), whole.feedback_id, "dispute", "Chưa xong.", None, NOW)
    waiting = CaseStory(replace(whole, state=State.WAITING_RESIDENT), None, [asked], words=[word])
    assert waiting.last_question == "Số nhà?"
    assert waiting.open_dispute is None
    disputed = CaseStory(replace(whole, state=State.RESOLVED, disputed=True), None, [asked], words=[word])
    assert disputed.last_question is None
    assert disputed.open_dispute == word
    assert CaseStory(whole, None, []).last_question is None
