from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from services.intake.domain.announcing import LONGEST_WAIT, wait_before_next
from services.intake.domain.second_word import ANSWER, DISPUTE, PLACE, RATING, can_still_say, may_say, turn
from services.intake.domain.submission import Place
from services.intake.domain.tracking import (
    NAMES_A_UNIT,
    CaseStep,
    Placement,
    Tracking,
    is_overdue,
    latest_placements,
    latest_steps,
)
from shared.events import PlacementReason
from tests.support.intake import NOW

FEEDBACK = uuid4()


def placement(**changes):
    return replace(
        Placement(
            feedback_id=FEEDBACK,
            generation=1,
            kind="report",
            subject="road_damage",
            urgency="normal",
            needs_review=False,
            unit_code="24133",
            office="commune:economy",
            placed_by="pin",
            explanation="",
            approximate=False,
            accept_by=NOW + timedelta(hours=1),
            resolve_by=NOW + timedelta(hours=5),
            placed_at=NOW,
        ),
        **changes,
    )


def step(version, state, **changes):
    values = {"unit_code": "24175", "office": "commune:police", "public_reply": None, "closing_reason": None}
    return CaseStep(FEEDBACK, version, "act", state, **(values | changes), occurred_at=NOW)


def tracking(*steps, placed=True, **changes):
    return replace(
        Tracking(FEEDBACK, "DL-00000-00000", "Hố", "web", Place(), NOW, placement() if placed else None, steps),
        **changes,
    )


def test_a_report_is_received_then_placed_then_what_its_case_says():
    assert tracking(placed=False).state == "received"
    assert tracking().state == "placed"
    assert tracking(step(1, "accepted")).state == "accepted"
    assert tracking(step(1, "accepted"), placed=False).state == "accepted"


def test_the_highest_version_decides_whatever_came_last():
    assert tracking(step(3, "in_progress"), step(1, "placed"), step(2, "accepted")).state == "in_progress"


def test_the_last_step_knows_the_unit_best():
    assert (tracking().unit_code, tracking().office) == ("24133", "commune:economy")
    moved = tracking(step(1, "transferred"))
    assert (moved.unit_code, moved.office) == ("24175", "commune:police")
    nowhere = tracking(placed=False)
    assert (nowhere.unit_code, nowhere.office, nowhere.version) == (None, None, 0)


def test_a_question_is_shown_only_while_it_waits_for_the_resident():
    asked = step(2, "waiting_resident", public_reply="Số nhà bao nhiêu?")
    assert tracking(asked).question == "Số nhà bao nhiêu?"
    assert tracking(asked, step(3, "in_progress")).question is None


@pytest.mark.parametrize(
    ("state", "hours", "overdue"),
    [
        ("placed", 0.5, False),
        ("placed", 1, False),
        ("placed", 2, True),
        ("transferred", 2, True),
        ("accepted", 2, False),
        ("accepted", 6, True),
        ("resolved", 6, False),
        ("closed", 6, False),
    ],
)
def test_overdue_follows_the_stage_that_counts_now(state, hours, overdue):
    assert is_overdue(tracking(step(1, state)), now=NOW + timedelta(hours=hours)) is overdue


def test_what_has_no_deadline_is_not_overdue():
    assert not is_overdue(tracking(placed=False), now=NOW + timedelta(days=99))


def test_the_latest_of_each_feedback_is_kept():
    other = replace(step(1, "placed"), feedback_id=uuid4())
    assert latest_steps([step(1, "a"), step(3, "c"), other, step(2, "b")]) == [step(3, "c"), other]
    newest = placement(generation=2)
    assert latest_placements([placement(), newest, placement()]) == [newest]


@pytest.mark.parametrize(
    ("kind", "states"),
    [(ANSWER, {"waiting_resident"}), (RATING, {"resolved", "closed"}), (DISPUTE, {"resolved", "closed"})],
)
def test_a_second_word_is_heard_only_when_it_is_asked_for(kind, states):
    every = {"placed", "accepted", "in_progress", "waiting_resident", "resolved", "closed", "transferred", "returned"}
    assert {state for state in every if may_say(tracking(step(1, state)), kind)} == states


def test_a_second_word_is_offered_once_until_the_case_moves():
    asked = tracking(step(2, "waiting_resident"))
    assert can_still_say(asked, ANSWER)
    assert not can_still_say(replace(asked, answers_given=frozenset({(2, ANSWER)})), ANSWER)
    asked_again = tracking(
        step(2, "waiting_resident"), step(4, "waiting_resident"), answers_given=frozenset({(2, ANSWER)})
    )
    assert can_still_say(asked_again, ANSWER)


NOWHERE = placement(unit_code=None, office="province:desk", question="Ở đâu?")


@pytest.mark.parametrize(
    ("known", "asked"),
    [
        (tracking(placed=False), False),
        (tracking(), False),
        (tracking(placement=NOWHERE), True),
        (tracking(step(1, "placed", unit_code=None), placement=NOWHERE), True),
        (tracking(step(1, "returned", unit_code=None), placement=NOWHERE), True),
        (tracking(step(1, "returned", unit_code=None)), False),
        (tracking(step(1, "transferred"), placement=NOWHERE), False),
        (tracking(step(1, "resolved", unit_code=None), placement=NOWHERE), False),
        (tracking(step(1, "closed", unit_code=None), placement=NOWHERE), False),
    ],
)
def test_the_place_is_asked_for_while_nobody_knows_the_unit(known, asked):
    assert may_say(known, PLACE) is asked
    assert known.place_question == ("Ở đâu?" if asked else None)


def test_a_place_is_asked_for_again_by_a_placement_and_by_nothing_else():
    said = tracking(placement=NOWHERE, answers_given=frozenset({(1, PLACE)}))
    assert not can_still_say(said, PLACE)
    assert not can_still_say(replace(said, steps=(step(7, "placed", unit_code=None),)), PLACE)
    assert can_still_say(replace(said, placement=replace(NOWHERE, generation=2)), PLACE)
    assert turn(tracking(placed=False), PLACE) == 0


LATER = NOW + timedelta(minutes=5)


@pytest.mark.parametrize(
    ("unit_of_step", "changes", "unit"),
    [
        (None, {"reason": "answered", "placed_at": LATER}, "24133"),
        (None, {"reason": "units_changed", "placed_at": LATER}, "24133"),
        (None, {"reason": "recomputed", "placed_at": LATER}, None),
        (None, {"reason": "answered", "placed_at": NOW}, None),
        (None, {"reason": "answered", "placed_at": LATER, "unit_code": None}, None),
        ("24175", {"reason": "answered", "placed_at": LATER}, "24175"),
    ],
)
def test_a_unit_found_since_the_last_step_counts_where_there_was_none(unit_of_step, changes, unit):
    known = tracking(step(1, "placed", unit_code=unit_of_step), placement=placement(**changes))
    assert known.unit_code == unit


def test_waits_grow_and_stop_growing():
    first = timedelta(minutes=5)
    waits = [wait_before_next(count, first=first) for count in (0, 1, 2, 3, 10, 100_000)]
    assert waits == [first, 2 * first, 4 * first, 8 * first, LONGEST_WAIT, LONGEST_WAIT]


def test_a_first_wait_longer_than_the_longest_stays():
    assert wait_before_next(3, first=timedelta(days=1)) == timedelta(days=1)


def test_the_reasons_that_name_a_unit_are_those_of_the_event():
    assert {reason.value for reason in PlacementReason if reason.brings_a_place} == NAMES_A_UNIT
