from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.desk.domain.case import FROM_STEPS, Case, CaseStory, EarlierDeadlines, Placement, opened, renewed
from services.desk.domain.life_cycle import HANDOVERS, SETTLED, Action, Handover, Part, State, Step
from shared.events import PlacementReason
from tests.support.desk import OTHER_UNIT, RECEIVED, UNIT, placement

NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)
LATER = RECEIVED + timedelta(days=9)
OPEN = [state for state in State if state not in SETTLED]
DEADLINES_ALONE = [reason for reason in PlacementReason if reason.value not in set(Handover)]


def case(state: State = State.PLACED, **other: Any) -> Case:
    return replace(opened(placement(**other), at=NOW), state=state, version=3, assignee_id=5)


def newer(known: Case, reason: PlacementReason, **other: Any) -> Placement:
    """Build the next generation for a case."""
    values: dict[str, Any] = {
        "feedback_id": known.feedback_id,
        "generation": 2,
        "reason": reason,
        "accept_by": LATER,
        "resolve_by": LATER,
        "explanation": "Xã A đã nhập vào Xã C.",
        "boundary_version": "b2",
    }
    return placement(**values | other)


def renew(known: Case, reason: PlacementReason, **other: Any) -> tuple[Case, Step | None]:
    renewal = renewed(known, newer(known, reason, **other), at=NOW)
    assert renewal is not None
    return renewal.case, renewal.step


@pytest.mark.parametrize("reason", list(PlacementReason))
def test_a_generation_that_is_known_or_older_changes_nothing(reason: PlacementReason) -> None:
    known = case(generation=2)
    assert renewed(known, newer(known, reason, generation=2), at=NOW) is None
    assert renewed(known, newer(known, reason, generation=1), at=NOW) is None


@pytest.mark.parametrize("state", OPEN)
@pytest.mark.parametrize("reason", DEADLINES_ALONE)
def test_a_reason_that_brings_no_place_moves_deadlines_alone(state: State, reason: PlacementReason) -> None:
    known = case(state)
    moved, step = renew(known, reason, unit_code=OTHER_UNIT, office="commune:police")
    assert step is None
    assert (moved.version, moved.state, moved.unit_code, moved.office) == (3, state, UNIT, "commune:economy")
    assert (moved.placement.resolve_by, moved.placement.generation) == (LATER, 2)
    assert moved.placement.explanation == known.placement.explanation
    assert moved.placement.boundary_version == "b1"
    assert moved.assignee_id == 5


@pytest.mark.parametrize("state", OPEN)
def test_an_answer_takes_a_case_from_the_desk_to_its_unit(state: State) -> None:
    moved, step = renew(case(state, unit_code=None), PlacementReason.ANSWERED, unit_code=UNIT)
    assert step is not None
    assert (step.action, step.version, step.unit_code, step.office) == (Action.TRANSFER, 4, UNIT, "commune:economy")
    assert step.state is (State.PLACED if state is State.PLACED else State.TRANSFERRED)
    assert step.note == "Xã A đã nhập vào Xã C."
    assert (moved.unit_code, moved.version, moved.assignee_id) == (UNIT, 4, None)
    assert (moved.placement.boundary_version, moved.due_at) == ("b2", LATER)


def test_an_answer_for_a_case_that_a_person_gave_to_a_unit_moves_deadlines_alone() -> None:
    known = replace(case(State.ACCEPTED, unit_code=None), unit_code=OTHER_UNIT)
    moved, step = renew(known, PlacementReason.ANSWERED, unit_code=UNIT)
    assert (step, moved.unit_code, moved.placement.unit_code) == (None, OTHER_UNIT, None)
    assert moved.placement.accept_by == LATER


def test_an_answer_that_names_no_unit_takes_no_step_but_tells_why() -> None:
    moved, step = renew(case(unit_code=None), PlacementReason.ANSWERED, unit_code=None, explanation="Có hai nơi.")
    assert (step, moved.version, moved.placement.explanation) == (None, 3, "Có hai nơi.")


@pytest.mark.parametrize("state", OPEN)
def test_when_units_merge_the_work_goes_on_as_it_was(state: State) -> None:
    moved, step = renew(case(state), PlacementReason.UNITS_CHANGED, unit_code=OTHER_UNIT)
    assert step is not None
    assert (step.action, step.state, step.unit_code) == (Action.TRANSFER, state, OTHER_UNIT)
    assert (moved.state, moved.assignee_id) == (state, None)


@pytest.mark.parametrize("state", OPEN)
def test_when_a_unit_is_gone_and_no_other_is_known_the_desk_has_the_case_again(state: State) -> None:
    moved, step = renew(case(state), PlacementReason.UNITS_CHANGED, unit_code=None)
    assert step is not None
    assert (step.action, step.state, step.unit_code, step.office) == (
        Action.RETURN,
        State.RETURNED,
        None,
        "province:desk",
    )
    assert moved.unit_code is None


def test_a_case_that_a_person_moved_meanwhile_stays_where_it_is_when_units_change() -> None:
    for where in (OTHER_UNIT, None):
        known = replace(case(), unit_code=where)
        moved, step = renew(known, PlacementReason.UNITS_CHANGED, unit_code="24000", from_unit=UNIT)
        assert (step, moved.unit_code) == (None, where)


def test_a_case_that_a_person_had_moved_to_a_unit_that_ceased_goes_on_to_its_successor() -> None:
    known = replace(case(State.ACCEPTED), unit_code=OTHER_UNIT)
    moved, step = renew(known, PlacementReason.UNITS_CHANGED, unit_code="24000", from_unit=OTHER_UNIT)
    assert step is not None
    assert moved.unit_code == "24000"


@pytest.mark.parametrize("state", sorted(SETTLED))
@pytest.mark.parametrize("reason", [PlacementReason.ANSWERED, PlacementReason.UNITS_CHANGED])
def test_a_settled_case_goes_nowhere(state: State, reason: PlacementReason) -> None:
    known = case(state, unit_code=None if reason is PlacementReason.ANSWERED else UNIT)
    moved, step = renew(known, reason, unit_code=OTHER_UNIT)
    assert (step, moved.unit_code, moved.placement.generation) == (None, known.unit_code, 2)


@pytest.mark.parametrize("state", sorted(SETTLED))
@pytest.mark.parametrize("reason", [reason for reason in PlacementReason if reason not in FROM_STEPS])
def test_whether_a_settled_case_was_on_time_stays(state: State, reason: PlacementReason) -> None:
    known = case(state)
    moved, step = renew(known, reason, policy_version="p2", calendar_version="c2")
    assert step is None
    assert moved == replace(known, placement=replace(known.placement, generation=2))


@pytest.mark.parametrize("state", sorted(SETTLED))
@pytest.mark.parametrize("reason", sorted(FROM_STEPS))
def test_the_steps_that_led_to_a_settled_case_still_move_its_deadlines(state: State, reason: str) -> None:
    moved, step = renew(case(state), PlacementReason(reason))
    assert (step, moved.placement.resolve_by, moved.placement.generation) == (None, LATER, 2)


def test_what_staff_said_of_a_case_stays_when_it_is_placed_anew() -> None:
    known = replace(case(unit_code=None), kind="question", subject="power", urgency="low")
    moved, _ = renew(known, PlacementReason.ANSWERED, unit_code=UNIT)
    assert (moved.kind, moved.subject, moved.urgency) == ("question", "power", "low")


def test_the_router_plays_no_part_in_what_people_do() -> None:
    rows = [move for moves in HANDOVERS.values() for move in moves]
    assert {part for move in rows for part in move.by} == {Part.ROUTER}
    assert {state for move in rows for state in move.from_states} == set(OPEN)


def test_the_deadlines_of_before_are_kept_with_what_replaced_them() -> None:
    known = case()
    renewal = renewed(known, newer(known, PlacementReason.WAITING), at=NOW)
    assert renewal is not None
    assert renewal.replaced == EarlierDeadlines(
        known.feedback_id, 1, known.placement.accept_by, known.placement.resolve_by, "p1", "c1", NOW, "waiting"
    )


def test_a_story_lists_deadlines_that_moved_and_leaves_out_those_that_stayed() -> None:
    known = case()
    first = EarlierDeadlines(known.feedback_id, 1, RECEIVED, RECEIVED, "p1", "c1", NOW, "waiting")
    same = replace(first, generation=2, accept_by=LATER, resolve_by=LATER, because="units_changed")
    third = replace(same, generation=3, because="recomputed")
    story = CaseStory(known, None, (), earlier_deadlines=[first, same, third])
    assert story.deadlines_that_moved == [third, first]
