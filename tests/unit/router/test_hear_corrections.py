"""HearCorrections with a fake store: what a person says counts from the original start, once, the latest of all."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.router.domain.phrases import phrase
from services.router.domain.rules import Rule, Terms
from services.router.usecases.follow_cases import FollowCases
from services.router.usecases.hear_corrections import HearCorrections
from services.router.usecases.ports import Placement, Reference
from shared.events import (
    CaseAction,
    CaseChanged,
    CaseState,
    FeedbackCorrected,
    FeedbackPlaced,
    Kind,
    PlacementReason,
    Urgency,
    derived_event_id,
)
from tests.support.events import RECEIVED, case_changed, feedback_corrected
from tests.support.lives import FakeLives, reference_as_of, reference_in_force
from tests.support.placing import pack_reference

AT = RECEIVED + timedelta(hours=3)


@pytest.fixture
def store() -> FakeLives:
    return FakeLives()


@pytest.fixture
def hear_corrections(store: FakeLives) -> HearCorrections:
    return HearCorrections(reference_in_force, reference_as_of, store.open, lambda: None)


def corrected(placed: FeedbackPlaced, *, at: datetime = AT, **values: object) -> FeedbackCorrected:
    says = {"kind": placed.kind, "subject": placed.subject, "urgency": placed.urgency, **values}
    return feedback_corrected(feedback_id=placed.feedback_id, occurred_at=at, **says)


async def test_another_urgency_counts_from_the_original_start_and_the_office_stays(
    store: FakeLives, hear_corrections: HearCorrections
) -> None:
    placed = await store.placed()
    said = corrected(placed, urgency=Urgency.HIGH)
    assert await hear_corrections([said]) == ()
    (told,) = store.said
    assert (told.generation, told.reason, told.deadline_rule) == (2, PlacementReason.CORRECTED, "high")
    assert told.event_id == derived_event_id(said.event_id, FeedbackPlaced.topic)
    # 3 working days, of which one, the 24th, is a holiday, from Monday 08:00.
    assert told.resolve_by == datetime(2026, 11, 27, 1, 0, tzinfo=UTC)
    assert (told.office, told.office_rule, told.unit_code) == (placed.office, placed.office_rule, placed.unit_code)
    assert (told.urgency, told.subject) == (Urgency.HIGH, placed.subject)
    assert store.newest(placed.feedback_id) == told


async def test_a_topic_whose_deadlines_are_the_same_is_kept_and_not_told(
    store: FakeLives, hear_corrections: HearCorrections
) -> None:
    placed = await store.placed()
    said = corrected(placed, subject="noise")
    await hear_corrections([said])
    assert store.said == []
    newest = store.newest(placed.feedback_id)
    assert (newest.subject, newest.generation) == ("noise", 2)
    assert (newest.accept_by, newest.resolve_by) == (placed.accept_by, placed.resolve_by)


async def test_what_was_put_right_decides_the_next_computation(
    store: FakeLives, hear_corrections: HearCorrections
) -> None:
    placed = await store.placed(urgency=Urgency.HIGH)
    await hear_corrections([corrected(placed, urgency=Urgency.NORMAL, kind=Kind.SUGGESTION)])
    question = case_changed(
        feedback_id=placed.feedback_id,
        version=2,
        action=CaseAction.ASK,
        state=CaseState.WAITING_RESIDENT,
        unit_code=placed.unit_code,
        office=placed.office,
        occurred_at=AT,
    )
    await FollowCases(reference_as_of, store.open, lambda: None)([question])
    newest = store.newest(placed.feedback_id)
    assert (newest.generation, newest.kind, newest.deadline_rule) == (3, Kind.SUGGESTION, "normal")


def step(placed: FeedbackPlaced, version: int, action: CaseAction, state: CaseState) -> CaseChanged:
    return case_changed(
        feedback_id=placed.feedback_id,
        version=version,
        action=action,
        state=state,
        unit_code=placed.unit_code,
        office=placed.office,
        occurred_at=AT + timedelta(minutes=version),
    )


async def test_a_correction_of_a_settled_case_is_kept_and_counts_when_the_case_is_reopened(
    store: FakeLives, hear_corrections: HearCorrections
) -> None:
    follow_cases = FollowCases(reference_as_of, store.open, lambda: None)
    placed = await store.placed()
    await follow_cases([step(placed, 2, CaseAction.RESOLVE, CaseState.RESOLVED)])
    await hear_corrections([corrected(placed, urgency=Urgency.HIGH)])
    newest = store.newest(placed.feedback_id)
    assert (newest.generation, newest.reason, newest.urgency) == (2, PlacementReason.CORRECTED, Urgency.HIGH)
    assert (newest.accept_by, newest.resolve_by) == (placed.accept_by, placed.resolve_by)
    assert newest.deadline_rule == placed.deadline_rule
    await follow_cases([step(placed, 3, CaseAction.CLOSE, CaseState.CLOSED)])
    assert store.said == []
    reopened = step(placed, 4, CaseAction.REOPEN, CaseState.REOPENED)
    for _ in range(2):
        await follow_cases([reopened])
    (told,) = store.said
    assert (told.generation, told.reason, told.deadline_rule) == (3, PlacementReason.CORRECTED, "high")
    assert told.resolve_by == datetime(2026, 11, 27, 1, 0, tzinfo=UTC)


async def test_closing_a_case_that_was_corrected_when_settled_moves_nothing_though_it_had_waited(
    store: FakeLives, hear_corrections: HearCorrections
) -> None:
    follow_cases = FollowCases(reference_as_of, store.open, lambda: None)
    placed = await store.placed()
    await follow_cases([step(placed, 2, CaseAction.ASK, CaseState.WAITING_RESIDENT)])
    await follow_cases([step(placed, 3, CaseAction.RESOLVE, CaseState.RESOLVED)])
    said, settled = list(store.said), store.newest(placed.feedback_id)
    await hear_corrections([corrected(placed, urgency=Urgency.HIGH)])
    await follow_cases([step(placed, 4, CaseAction.CLOSE, CaseState.CLOSED)])
    assert store.said == said
    assert store.newest(placed.feedback_id).resolve_by == settled.resolve_by


async def test_a_case_that_is_reopened_without_a_correction_keeps_its_deadlines(store: FakeLives) -> None:
    follow_cases = FollowCases(reference_as_of, store.open, lambda: None)
    placed = await store.placed()
    await follow_cases([step(placed, 2, CaseAction.RESOLVE, CaseState.RESOLVED)])
    await follow_cases([step(placed, 3, CaseAction.REOPEN, CaseState.REOPENED)])
    assert store.newest(placed.feedback_id) == placed


async def test_a_confirmation_of_what_was_sure_changes_nothing(
    store: FakeLives, hear_corrections: HearCorrections
) -> None:
    placed = await store.placed()
    await hear_corrections([corrected(placed)])
    assert store.newest(placed.feedback_id) == placed


async def test_a_person_has_read_what_was_corrected(store: FakeLives, hear_corrections: HearCorrections) -> None:
    placed = await store.placed(needs_review=True)
    await hear_corrections([corrected(placed)])
    assert not store.newest(placed.feedback_id).needs_review
    assert store.said == []


@pytest.mark.parametrize("in_one_batch", [False, True])
@pytest.mark.parametrize("backwards", [False, True])
async def test_the_latest_correction_counts_in_whichever_order_they_come(
    store: FakeLives, hear_corrections: HearCorrections, in_one_batch: bool, backwards: bool
) -> None:
    placed = await store.placed()
    both = [
        corrected(placed, urgency=Urgency.HIGH),
        corrected(placed, urgency=Urgency.LOW, at=AT + timedelta(minutes=1)),
    ]
    both = both[::-1] if backwards else both
    for batch in [both] if in_one_batch else [[one] for one in both]:
        await hear_corrections(batch)
    assert store.newest(placed.feedback_id).urgency is Urgency.LOW


async def test_corrections_told_again_lead_to_nothing_though_one_of_them_had_changed_nothing(
    store: FakeLives, hear_corrections: HearCorrections
) -> None:
    placed = await store.placed()
    confirmed = corrected(placed)
    changed = corrected(placed, urgency=Urgency.HIGH, at=AT + timedelta(minutes=1))
    back = corrected(placed, at=AT + timedelta(minutes=2))
    for one in (confirmed, changed, back):
        await hear_corrections([one])
    history = list(store.placements[placed.feedback_id])
    assert [one.event.urgency for one in history] == [Urgency.NORMAL, Urgency.HIGH, Urgency.NORMAL]
    for one in (confirmed, changed, back):
        await hear_corrections([one])
    assert store.placements[placed.feedback_id] == history
    assert len(store.said) == 2


async def test_a_correction_before_its_placement_is_dropped(
    store: FakeLives, hear_corrections: HearCorrections
) -> None:
    placed = await FakeLives().placed()
    await hear_corrections([corrected(placed, urgency=Urgency.HIGH)])
    assert store.placements == {}


async def test_words_that_the_correction_brings_along_are_asked_for_again(store: FakeLives) -> None:
    reference = pack_reference()
    at_school: Rule[Terms] = replace(
        reference.policy.deadlines[0], id="school", when=(), words=(phrase("cổng trường"),)
    )
    policy = replace(reference.policy, deadlines=(at_school, *reference.policy.deadlines[1:]))

    async def with_words(_: Placement) -> Reference:
        return replace(reference, policy=policy)

    placed = await store.placed()
    hear_corrections = HearCorrections(reference_in_force, with_words, store.open, lambda: None)
    await hear_corrections([corrected(placed, urgency=Urgency.LOW, text="Rào chắn đổ ở cổng trường")])
    assert store.said[0].deadline_rule == "school"


async def test_a_topic_that_the_rules_of_then_do_not_have_is_judged_by_those_in_force(store: FakeLives) -> None:
    reference = pack_reference()
    fields = {topic: of for topic, of in reference.policy.field_by_topic.items() if topic != "noise"}
    older = replace(reference, policy=replace(reference.policy, field_by_topic=fields), policy_version="older")

    async def as_of(_: Placement) -> Reference:
        return older

    placed = await store.placed()
    hear_corrections = HearCorrections(reference_in_force, as_of, store.open, lambda: None)
    await hear_corrections([corrected(placed, subject="noise")])
    assert store.newest(placed.feedback_id).policy_version == reference.policy_version
    await hear_corrections([corrected(placed, subject="electricity", at=AT + timedelta(hours=1))])
    assert store.newest(placed.feedback_id).policy_version == "older"
