"""How often the right unit is found: a part of what `python -m tests.bench.places` measures, with the same goals."""

import pytest

from services.router.domain.place import PlaceDecision
from tests.bench.places import RIGHT_IN_SENTENCES, RIGHT_NAMED, WRONG_AND_SURE, Tally, decide
from tests.support.place_cases import (
    Case,
    in_sentences,
    known_names,
    lookalikes,
    misspelt_cases,
    named_cases,
    reports,
    without_place,
)
from tests.support.place_sentences import SENTENCES, WITHOUT_PLACE
from tests.support.placing import pack, pack_reference

# Of the cases that differ in name, spelling and type, every so many-th; primes, so that no kind is left out.
STEP_NAMED = 7
STEP_MISSPELT = 3
RIGHT_MISSPELT = 0.9


def pairs_of(cases: list[Case], *, as_place: bool = False) -> list[tuple[Case, PlaceDecision]]:
    return list(zip(cases, decide(cases, pack_reference(), as_place=as_place), strict=True))


def tally(cases: list[Case], *, as_place: bool = False) -> Tally:
    return Tally(pairs_of(cases, as_place=as_place))


def told(total: Tally) -> str:
    lines = [
        f"{outcome}: {case.text!r} -> {decision.unit_code}, wanted {case.unit}"
        for outcome, pairs in total.not_right.items()
        for case, decision in pairs
    ]
    return "\n".join([str(dict(total.count)), *lines[:20]])


def test_there_are_names_spellings_and_sentences_enough() -> None:
    names = known_names(pack())
    cases = list(named_cases(pack()))
    assert len([name for name in names if name.group == "unit"]) == 102
    assert len([name for name in names if name.group != "unit"]) > 220
    assert len({case.spelling for case in cases}) >= 10
    assert len(set(SENTENCES)) >= 60
    assert all(5 <= len(sentence.replace("{place}", "x").split()) <= 40 for sentence in (*SENTENCES, *WITHOUT_PLACE))


@pytest.mark.parametrize("as_place", [True, False])
def test_a_name_with_or_without_its_type_leads_to_its_unit(as_place: bool) -> None:
    total = tally(list(named_cases(pack()))[::STEP_NAMED], as_place=as_place)
    assert total.share("right") >= RIGHT_NAMED, told(total)
    assert total.share("wrong and sure") < WRONG_AND_SURE, told(total)


def test_a_name_in_a_sentence_leads_to_its_unit() -> None:
    total = tally(list(in_sentences(list(named_cases(pack()))[::STEP_NAMED])))
    assert total.share("right") >= RIGHT_IN_SENTENCES, told(total)
    assert total.share("wrong and sure") < WRONG_AND_SURE, told(total)


@pytest.mark.promises
def test_a_misspelt_name_leads_to_its_unit_or_is_asked_for_but_not_surely_to_another() -> None:
    cases = list(misspelt_cases(pack()))[::STEP_MISSPELT]
    fair = tally([case for case in cases if case.fair and case.spelling == "1 wrong"], as_place=True)
    assert fair.share("right") >= RIGHT_MISSPELT, told(fair)
    for total in (tally(cases, as_place=True), tally(list(in_sentences(cases)))):
        assert total.share("wrong and sure") < WRONG_AND_SURE, told(total)


def test_a_split_ward_is_never_guessed_however_it_is_written() -> None:
    cases = [case for case in named_cases(pack()) if case.group.startswith("split")]
    assert len(cases) > 100
    assert all(decision.unit_code is None for _, decision in pairs_of(cases, as_place=True))


def test_reports_written_by_hand_lead_to_their_units() -> None:
    cases = list(reports())
    assert len(cases) >= 250
    total = tally(cases)
    assert total.share("right") >= 0.98, told(total)
    assert total.count["wrong and sure"] == 0, told(total)


def test_reports_written_to_mislead_make_nobody_sure_of_a_wrong_unit() -> None:
    cases = list(lookalikes())
    assert sum(case.unit is None for case in cases) >= 60
    total = tally(cases)
    assert total.share("right") >= 0.75, told(total)
    assert total.count["wrong and sure"] == 0, told(total)


def test_where_no_place_of_ours_is_named_none_is_surely_found() -> None:
    total = tally(list(without_place()))
    assert total.share("right") >= 0.97, told(total)
    assert total.count["wrong and sure"] == 0, told(total)
