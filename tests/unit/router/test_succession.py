"""When units change: what becomes of each, where a case goes, and whose borders make the new ones."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.router.domain.place import Alternative, How, PinFinding
from services.router.domain.succession import (
    Fate,
    MovedBy,
    OpenCase,
    Succession,
    UnitList,
    decide_move,
    drawn_anew,
    succession_of,
)

SINCE = date(2027, 1, 1)
BEFORE = UnitList(
    {"a": "Xã A", "b": "Xã B", "c": "Xã C", "d": "Xã D"},
    {"a": ("a",), "b": ("b",), "x": ("c",), "c": ("c", "d")},
)


def change(units: dict[str, str], **went_to: tuple[str, ...]) -> Succession:
    return succession_of(BEFORE, UnitList(units, {**BEFORE.successors, **went_to}), since=SINCE)


MERGED = change({"e": "Xã E", "c": "Xã C", "d": "Xã D"}, a=("e",), b=("e",))
SPLIT = change({"e": "Xã E", "f": "Xã F", **BEFORE.names}, a=("a", "e"), b=("b",))
GONE_APART = change({"e": "Xã E", "b": "Xã B", "c": "Xã C", "d": "Xã D"}, a=("b", "e"))
ENDED = change({"b": "Xã B", "c": "Xã C", "d": "Xã D"}, a=())


def pin(unit: str | None, *, neighbour: str | None = None, generalised: bool = False) -> PinFinding:
    return PinFinding(unit, unit or "b", 0.0, neighbour, 0.6 if neighbour else 0.99, generalised=generalised)


def case(unit: str = "a", *, former: str | None = None, at: PinFinding | None = None) -> OpenCase:
    others = (Alternative("b", 0.1), Alternative("c", 0.05))
    return OpenCase(unit, former, at, How.TEXT, 0.8, approximate=False, alternatives=others)


def test_two_units_that_lead_to_one_new_one_are_joined() -> None:
    assert MERGED.successors == {"a": ("e",), "b": ("e",)}
    assert (MERGED.new, MERGED.merged) == (("e",), {"e": ("a", "b")})
    assert {MERGED.fate(code) for code in "ab"} == {Fate.JOINED}


def test_a_unit_that_keeps_its_code_is_split_only_when_that_is_new() -> None:
    assert SPLIT.successors == {"a": ("a", "e")}
    assert SPLIT.fate("a") is Fate.SPLIT
    assert change(dict(BEFORE.names)).successors == {}


def test_a_corrected_row_about_units_of_long_ago_moves_nothing() -> None:
    known = replace(BEFORE, valid_from=SINCE)
    for led in (("a", "b"), ("b",)):
        corrected = UnitList(BEFORE.names, {**BEFORE.successors, "a": led}, SINCE)
        assert succession_of(known, corrected, since=SINCE).successors == {}
        later = date(2027, 6, 1)
        assert succession_of(known, corrected, since=later).successors == {"a": led}


def test_a_part_that_goes_to_a_new_unit_is_a_split_whatever_the_dates_say() -> None:
    known = replace(BEFORE, valid_from=SINCE)
    after = UnitList({"e": "Xã E", **BEFORE.names}, {**BEFORE.successors, "a": ("a", "e")}, SINCE)
    assert succession_of(known, after, since=SINCE).successors == {"a": ("a", "e")}


def test_a_unit_that_nobody_says_anything_of_has_ended() -> None:
    assert ENDED.successors == {"a": ()}
    assert ENDED.fate("a") is Fate.ENDED


def test_a_code_that_another_unit_got_leads_away_from_it() -> None:
    taken = change({"a": "Xã Khác", "b": "Xã B", "c": "Xã C", "d": "Xã D"}, a=("b",))
    assert taken.successors == {"a": ("b",)}


def test_the_only_successor_takes_a_case_as_it_was_found_whatever_its_pin_says() -> None:
    move = decide_move(case(at=pin("c")), MERGED)
    assert move.moved_by is MovedBy.SUCCESSOR
    assert (move.place.unit_code, move.place.how, move.place.confidence) == ("e", How.TEXT, 0.8)
    assert move.place.explanation == "Xã A đã nhập vào Xã E từ 1/1/2027; vụ việc chuyển theo."
    assert [other.unit_code for other in move.place.alternatives] == ["c"]
    assert move.place.ask is None


def test_the_pin_decides_between_several_successors_and_says_when_it_is_not_sure() -> None:
    move = decide_move(case(at=pin("e", neighbour="a", generalised=True)), SPLIT)
    assert move.moved_by is MovedBy.PIN
    assert (move.place.unit_code, move.place.how, move.place.approximate) == ("e", How.PIN, True)
    assert move.place.explanation == (
        "Một phần Xã A đã chuyển về Xã E từ 1/1/2027; ghim nằm trong Xã E theo ranh giới khái quát, sát ranh giới "
        "Xã A, vụ việc chuyển về đó."
    )
    assert [(other.unit_code, other.confidence) for other in move.place.alternatives] == [("a", 0.4)]


@pytest.mark.parametrize("at", [None, pin(None), pin("c")])
def test_without_a_pin_in_a_successor_the_province_desk_asks(at: PinFinding | None) -> None:
    move = decide_move(case(at=at), GONE_APART)
    assert (move.moved_by, move.place.unit_code, move.place.how) == (MovedBy.NOTHING, None, How.PROVINCE_DESK)
    assert move.place.explanation == "Xã A đã chia về Xã B, Xã E từ 1/1/2027; tổ điều phối của tỉnh quyết định."
    assert move.place.ask == "“Xã A” trước đây, nay là Xã B hoặc Xã E?"
    assert [other.unit_code for other in move.place.alternatives] == ["b", "e"]


def test_a_case_of_a_unit_that_ended_asks_for_the_unit() -> None:
    move = decide_move(case(), ENDED)
    assert (move.place.unit_code, move.place.ask) == (None, "Việc xảy ra ở xã, phường nào?")
    assert move.place.explanation == "Xã A không còn từ 1/1/2027; tổ điều phối của tỉnh quyết định."


def test_a_case_goes_back_to_where_it_was_when_that_unit_is_there_again() -> None:
    move = decide_move(case(former="b", at=pin("c")), ENDED)
    assert (move.moved_by, move.place.unit_code) == (MovedBy.FORMER, "b")
    gone_too = decide_move(case(former="z", at=pin("c")), ENDED)
    assert (gone_too.moved_by, gone_too.place.unit_code) == (MovedBy.PIN, "c")
    not_a_successor = decide_move(case(former="c"), GONE_APART)
    assert not_a_successor.moved_by is MovedBy.NOTHING


def test_the_borders_of_joined_units_are_those_of_their_parts() -> None:
    assert drawn_anew(MERGED, ["a", "b", "c", "d"]) == {"c": ("c",), "d": ("d",), "e": ("a", "b")}
    assert drawn_anew(change(dict(BEFORE.names)), ["a", "b", "c", "d"]) == {code: (code,) for code in "abcd"}


@pytest.mark.parametrize("succession", [SPLIT, GONE_APART, ENDED])
def test_the_old_borders_do_not_tell_where_a_split_unit_is_cut(succession: Succession) -> None:
    assert drawn_anew(succession, ["a", "b", "c", "d"]) is None


def test_a_new_unit_that_nothing_leads_to_has_no_borders() -> None:
    assert drawn_anew(replace(MERGED, units=MERGED.units | {"n"}), ["a", "b", "c", "d"]) is None


CODES = st.sampled_from("abcdefg")
LISTS = st.builds(
    UnitList,
    st.dictionaries(CODES, st.just("Xã"), min_size=1),
    st.dictionaries(
        CODES, st.lists(CODES, min_size=1, max_size=3, unique=True).map(lambda codes: tuple(sorted(codes)))
    ),
)


@given(LISTS, LISTS, CODES, st.none() | CODES, st.none() | CODES)
def test_a_case_never_goes_to_a_unit_that_is_not_there(
    before: UnitList, after: UnitList, unit: str, former: str | None, at: str | None
) -> None:
    # A pack is refused when its predecessors lead to units that it does not have.
    led = {old: tuple(code for code in codes if code in after.names) for old, codes in after.successors.items()}
    succession = succession_of(before, UnitList(after.names, led), since=SINCE)
    for code in succession.successors:
        move = decide_move(case(code, former=former, at=pin(at) if at in after.names else None), succession)
        assert move.place.unit_code is None or move.place.unit_code in after.names
        assert (move.place.unit_code is None) == (move.place.ask is not None)
    assert unit in succession.successors or unit in after.names or unit not in before.names
