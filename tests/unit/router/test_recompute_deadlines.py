"""RecomputeDeadlines with a fake store: shown first, applied with a reason, and nothing the second time."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from services.router.domain.clock import Duration
from services.router.domain.phrases import phrase
from services.router.domain.rules import Policy, Rule, Terms
from services.router.usecases.follow_cases import FollowCases
from services.router.usecases.ports import RecomputationNote, Reference
from services.router.usecases.recompute_deadlines import RecomputationRefusedError, RecomputeDeadlines
from shared.events import CaseAction, CaseState, FeedbackPlaced, PlacementReason
from tests.support.events import RECEIVED, case_changed
from tests.support.lives import FakeLives, reference_as_of
from tests.support.placing import pack_reference

NOW = RECEIVED + timedelta(days=1)
NOTE = RecomputationNote(uuid4(), "Nguyễn A", "nghị quyết mới")


def edited(*rules: Rule[Terms], version: str = "edited") -> Reference:
    """Put rules before those of the pack."""
    reference = pack_reference()
    policy: Policy = replace(reference.policy, deadlines=(*rules, *reference.policy.deadlines))
    return replace(reference, policy=policy, policy_version=version)


def rule(name: str, *, hours: int, words: str | None = None, **when: str) -> Rule[Terms]:
    return Rule(
        name,
        tuple((condition, frozenset({value})) for condition, value in when.items()),
        Terms(Duration(60, working=True), Duration(hours * 60, working=True)),
        words=(phrase(words),) if words is not None else (),
    )


FASTER = edited(rule("roads", hours=24, topic="road_damage"))


@pytest.fixture
def store() -> FakeLives:
    return FakeLives()


def recompute(store: FakeLives, reference: Reference = FASTER, *, chunk: int = 500) -> RecomputeDeadlines:
    async def current() -> Reference:
        return reference

    return RecomputeDeadlines(current, store.open, lambda: NOW, chunk)


def step(placed: FeedbackPlaced, version: int, action: str, state: str, **values: object) -> object:
    where = {"unit_code": placed.unit_code, "office": placed.office, **values}
    return case_changed(
        feedback_id=placed.feedback_id,
        version=version,
        action=CaseAction(action),
        state=CaseState(state),
        occurred_at=NOW,
        **where,
    )


async def test_to_show_changes_nothing(store: FakeLives) -> None:
    placed = await store.placed()
    other = await store.placed(subject="noise")
    found = await recompute(store).show()
    assert (found.looked_at, found.moved) == (2, 1)
    assert found.policy_version == "edited"
    assert {(move.stage, move.rule_before, move.rule_after, move.later) for move in found.deadlines} == {
        ("accept", "normal", "roads", False),
        ("resolve", "normal", "roads", False),
    }
    assert all(group.examples == [placed.feedback_id] for group in found.deadlines.values())
    assert store.said == []
    assert [store.newest(one.feedback_id) for one in (placed, other)] == [placed, other]
    assert store.notes == []


async def test_to_apply_keeps_both_values_says_the_new_one_and_who_wanted_it(store: FakeLives) -> None:
    placed = await store.placed()
    found = await recompute(store).apply(NOTE)
    assert found.moved == 1
    (told,) = store.said
    first, second = store.placements[placed.feedback_id]
    assert (first.event, second.event) == (placed, told)
    assert (told.generation, told.reason, told.deadline_rule) == (2, PlacementReason.RECOMPUTED, "roads")
    assert (told.policy_version, told.occurred_at) == ("edited", NOW)
    assert told.resolve_by < placed.resolve_by
    assert (told.unit_code, told.office, told.explanation) == (placed.unit_code, placed.office, placed.explanation)
    assert second.cause_id == NOTE.run_id
    assert store.notes == [NOTE]


async def test_the_same_again_changes_nothing(store: FakeLives) -> None:
    for _ in range(7):
        await store.placed()
    await recompute(store, chunk=3).apply(NOTE)
    said = list(store.said)
    again = await recompute(store, chunk=3).apply(replace(NOTE, run_id=uuid4()))
    assert (again.looked_at, again.moved) == (7, 0)
    assert store.said == said
    assert store.notes == [NOTE]


async def test_what_a_chunk_did_stays_done_and_the_rest_is_taken_up(store: FakeLives) -> None:
    for _ in range(5):
        await store.placed()
    first = await recompute(store, chunk=2).apply(NOTE, limit=3)
    assert (first.moved, first.stopped_at_limit) == (3, True)
    second = await recompute(store, chunk=2).apply(NOTE)
    assert (second.moved, second.stopped_at_limit) == (2, False)
    assert len({event.feedback_id for event in store.said}) == 5


async def test_a_chunk_is_a_transaction(store: FakeLives) -> None:
    for _ in range(5):
        await store.placed()
    store.transactions = 0
    await recompute(store, chunk=2).apply(NOTE)
    assert store.transactions == 4  # the last finds nothing


async def test_a_deadline_that_stays_is_not_told_of(store: FakeLives) -> None:
    await store.placed()
    later = replace(
        rule("roads", hours=150, topic="road_damage"),
        outcome=Terms(Duration(480, working=True), Duration(9000, working=True)),
    )
    found = await recompute(store, edited(later)).show()
    assert [(move.stage, move.later) for move in found.deadlines] == [("resolve", True)]


async def test_settled_cases_keep_their_deadlines(store: FakeLives) -> None:
    placed = await store.placed()
    await FollowCases(reference_as_of, store.open, lambda: None)([step(placed, 2, "resolve", "resolved")])  # type: ignore[list-item]
    assert (await recompute(store).apply(NOTE)).looked_at == 0
    assert store.said == []


async def test_a_unit_is_the_one_that_has_the_case_now(store: FakeLives) -> None:
    placed = await store.placed()
    moved = step(placed, 2, "transfer", "transferred", unit_code="24133")
    await FollowCases(reference_as_of, store.open, lambda: None)([moved])  # type: ignore[list-item]
    assert (await recompute(store).show(units=["24373"])).looked_at == 0
    assert (await recompute(store).show(units=["24133"])).moved == 1


async def test_a_pause_still_counts(store: FakeLives) -> None:
    placed = await store.placed()
    await FollowCases(reference_as_of, store.open, lambda: None)([step(placed, 2, "ask", "waiting_resident")])  # type: ignore[list-item]
    slow = edited(rule("roads", hours=150, topic="road_damage"))
    before = store.newest(placed.feedback_id).resolve_by
    await recompute(store, slow).apply(NOTE)
    after = store.newest(placed.feedback_id)
    # Ten working days longer, over New Year, and those of the question still lie in between.
    assert (after.reason, after.resolve_by - before) == (PlacementReason.RECOMPUTED, timedelta(days=15))


async def test_a_rule_that_asks_for_words_is_not_guessed(store: FakeLives) -> None:
    placed = await store.placed()
    words = edited(rule("school", hours=8, words="cổng trường"))
    assert (await recompute(store, words).show()).moved == 0
    # A rule that decided when the words were known decides again.
    asked = edited(rule("normal", hours=8, words="cổng trường"))
    found = await recompute(store, asked).show()
    assert found.moved == 1
    assert placed.deadline_rule == "normal"


@pytest.mark.parametrize(("by", "why"), [("", "x"), ("x", " "), ("x", "y" * 1001), ("x", "a\0b")])
async def test_nobody_moves_deadlines_without_a_name_and_a_reason(store: FakeLives, by: str, why: str) -> None:
    await store.placed()
    with pytest.raises(RecomputationRefusedError, match="stays on record"):
        await recompute(store).apply(RecomputationNote(uuid4(), by, why))
    assert store.said == []


async def test_an_unknown_unit_is_named(store: FakeLives) -> None:
    with pytest.raises(RecomputationRefusedError, match="99999"):
        await recompute(store).show(units=["24133", "99999"])
