from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.desk.domain.assignment import (
    AbsenceRefusal,
    AbsenceRefusedError,
    Handler,
    check_absence,
    may_assign,
    share_out,
)
from services.desk.domain.life_cycle import Part
from services.desk.domain.search import code_key
from services.desk.domain.staff import Role, Staff, UnitNames, manages
from services.desk.entrypoints.words import ABSENCE_REFUSALS, BECAUSE
from services.desk.usecases.assign_case import is_away
from services.desk.usecases.unit_names import unit_names
from shared.events import PlacementReason
from shared.settings import ServiceSettings
from shared.territory import load_territory
from tests.support.desk import OTHER_UNIT, UNIT

HOLDER, LEADER = frozenset({Part.HOLDER}), frozenset({Part.HOLDER, Part.LEADER})
TODAY = date(2026, 11, 23)


def handler(staff_id: int, load: int = 0, last_turn: int = 0, *, away: bool = False) -> Handler:
    return Handler(staff_id, UNIT, f"Cán bộ {staff_id}", load, last_turn, away)


def given_to(count: int, *handlers: Handler, turn: int = 0) -> list[int]:
    cases = [UUID(int=number + 1) for number in range(count)]
    return [one.staff_id for one in share_out(cases, handlers, turn=turn)]


def test_the_handler_with_the_fewest_open_cases_gets_the_next_one() -> None:
    assert given_to(4, handler(1, 3), handler(2, 1), handler(3, 2)) == [2, 3, 2, 1]


def test_of_those_with_as_many_whoever_got_one_longest_ago_is_next_then_the_smallest_number() -> None:
    assert given_to(1, handler(1, 2, last_turn=9), handler(2, 2, last_turn=4)) == [2]
    assert given_to(3, handler(3), handler(2), handler(1)) == [1, 2, 3]


def test_who_is_away_gets_nothing_and_when_all_are_away_nobody_does() -> None:
    assert given_to(2, handler(1, away=True), handler(2, 8)) == [2, 2]
    assert given_to(2, handler(1, away=True)) == []
    assert given_to(2) == []


def test_turns_go_on_from_the_last_one() -> None:
    assert [one.turn for one in share_out([UUID(int=1), UUID(int=2)], [handler(1)], turn=7)] == [8, 9]


@given(st.lists(st.integers(0, 9), min_size=1, max_size=6), st.integers(0, 40))
def test_nobody_is_ever_given_a_case_while_somebody_present_has_fewer(loads: list[int], count: int) -> None:
    load = dict(enumerate(loads))
    for staff_id in given_to(count, *[handler(staff_id, one) for staff_id, one in load.items()]):
        assert load[staff_id] == min(load.values())
        load[staff_id] += 1


@pytest.mark.parametrize(
    ("parts", "to", "assignee", "away", "allowed"),
    [
        (LEADER, 2, 3, False, True),
        (LEADER, None, 3, False, True),
        (HOLDER, 1, None, False, True),
        (HOLDER, 1, 3, True, True),
        (HOLDER, 1, 3, False, False),
        (HOLDER, 2, None, False, False),
        (HOLDER, None, 1, False, True),
        (HOLDER, None, 3, True, False),
        (frozenset({Part.COORDINATOR}), 1, None, False, False),
    ],
)
def test_leaders_give_and_colleagues_take_what_is_nobodys_or_of_somebody_away(
    parts: frozenset[Part], to: int | None, assignee: int | None, away: bool, allowed: bool
) -> None:
    assert may_assign(parts, taker=1, to=to, assignee=assignee, assignee_away=away) is allowed


def test_whoever_left_the_unit_counts_as_away() -> None:
    here = [handler(1), handler(2, away=True)]
    assert [is_away(one, here) for one in (None, 1, 2, 3)] == [False, False, True, True]


@pytest.mark.parametrize(
    ("first", "last", "refusal"),
    [(0, -1, AbsenceRefusal.ENDS_BEFORE), (-5, -1, AbsenceRefusal.OVER_ALREADY), (0, 400, AbsenceRefusal.TOO_LONG)],
)
def test_an_absence_that_cannot_be_is_refused_with_the_reason(first: int, last: int, refusal: AbsenceRefusal) -> None:
    with pytest.raises(AbsenceRefusedError) as refused:
        check_absence(TODAY + timedelta(days=first), TODAY + timedelta(days=last), today=TODAY)
    assert refused.value.refusal is refusal


def test_an_absence_of_today_alone_is_one() -> None:
    check_absence(TODAY, TODAY, today=TODAY)


def test_a_unit_is_run_by_its_leader_and_by_administrators() -> None:
    assert [
        manages(Staff(1, "a", "A", role, unit), UNIT)
        for role, unit in (
            (Role.UNIT_LEADER, UNIT),
            (Role.UNIT_LEADER, OTHER_UNIT),
            (Role.HANDLER, UNIT),
            (Role.ADMIN, None),
            (Role.PROVINCE_DESK, None),
        )
    ] == [True, False, False, True, False]


def test_staff_of_a_unit_that_ceased_work_for_its_successor() -> None:
    names = UnitNames({"1": "9", "2": "9"})
    an = Staff(1, "an", "An", Role.HANDLER, "1")
    assert (names.today(an).unit_code, names.today(an).scope) == ("9", "9,1,2")
    assert [names.today(an).may_see(code) for code in ("9", "1", "2", "3", None)] == [True, True, True, False, False]
    for same in (Staff(1, "an", "An", Role.HANDLER, "3"), Staff(1, "an", "An", Role.ADMIN, None)):
        assert names.today(same) == same
    assert names.codes_of("9") == ["9", "1", "2"]
    assert names.codes_of("1") == ["1"]


def test_the_territory_says_which_units_ceased_and_where_they_went() -> None:
    territory = load_territory(ServiceSettings().territory)
    names = unit_names(territory)
    assert len(names.successors) > 100
    assert not set(names.successors) & set(territory.unit_by_code)
    assert set(names.successors.values()) <= set(territory.unit_by_code)
    split = {old.old_code for old in territory.predecessors if old.split}
    assert split
    assert not split & set(names.successors)


@pytest.mark.parametrize(
    "typed", ["DL-7K3FM-92QXA", "dl 7k3fm 92qxa", "7K3FM92QXA", " đl-7k3fm-92qxa ", "d17k3fm92qxa", "7k3fm.92qxa"]
)
def test_a_tracking_code_is_known_however_it_is_typed(typed: str) -> None:
    assert code_key(typed) == "7K3FM92QXA"


def test_a_letter_that_looks_like_a_digit_is_read_as_one() -> None:
    assert code_key("DL-OIL0O-IIIII") == "0110011111"


@pytest.mark.parametrize(
    "typed", ["", "ổ gà", "DL-7K3FM", "nguyen hue 12", "7K3FM92QXU", "DL-7K3FM-92QXA-1", "x" * 999]
)
def test_what_is_no_code_is_looked_for_as_words(typed: str) -> None:
    assert code_key(typed) is None


def test_every_reason_and_refusal_has_words_in_both_languages() -> None:
    assert set(ABSENCE_REFUSALS) == set(AbsenceRefusal)
    assert set(BECAUSE) == {reason.value for reason in PlacementReason} - {"first"}
