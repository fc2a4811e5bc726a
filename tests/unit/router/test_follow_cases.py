"""FollowCases with a fake store: a question stops the clock, another unit changes it, and nothing echoes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.router.domain.clock import Duration
from services.router.domain.life import CaseLife, CaseStep, Wait, follow
from services.router.usecases.follow_cases import FollowCases
from services.router.usecases.ports import Placement, Reference
from shared.events import (
    CaseAction,
    CaseChanged,
    CaseState,
    FeedbackPlaced,
    PlacementReason,
    derived_event_id,
)
from tests.support.events import RECEIVED, case_changed
from tests.support.lives import FakeLives, reference_as_of
from tests.support.placing import pack_reference

DAY = timedelta(days=1)
ASKED = datetime(2026, 11, 26, 1, 0, tzinfo=UTC)  # Thursday 08:00 local
EA_KAR, BUON_MA_THUOT = "24373", "24133"


class Bell:
    """Counts how often the relay was woken."""

    def __init__(self) -> None:
        self.rung = 0

    def ring(self) -> None:
        self.rung += 1


@pytest.fixture
def store() -> FakeLives:
    return FakeLives()


@pytest.fixture
def bell() -> Bell:
    return Bell()


@pytest.fixture
def follow_cases(store: FakeLives, bell: Bell) -> FollowCases:
    return FollowCases(reference_as_of, store.open, bell.ring)


def step(placed: FeedbackPlaced, version: int, action: str, state: str, at: datetime, **values: object) -> CaseChanged:
    where = {"unit_code": placed.unit_code, "office": placed.office, **values}
    return case_changed(
        feedback_id=placed.feedback_id,
        version=version,
        action=CaseAction(action),
        state=CaseState(state),
        occurred_at=at,
        **where,
    )


def asked(placed: FeedbackPlaced, version: int = 2, at: datetime = ASKED, **values: object) -> CaseChanged:
    return step(placed, version, "ask", "waiting_resident", at, **values)


def answered(placed: FeedbackPlaced, version: int = 3, at: datetime = ASKED + DAY, **values: object) -> CaseChanged:
    return step(placed, version, "answered", "in_progress", at, **values)


async def test_while_the_resident_is_asked_the_clock_is_counted_to_the_limit(
    store: FakeLives, bell: Bell, follow_cases: FollowCases
) -> None:
    placed = await store.placed()
    question = asked(placed)
    assert await follow_cases([question]) == ()
    (told,) = store.said
    assert (told.generation, told.reason) == (2, PlacementReason.WAITING)
    assert told.event_id == derived_event_id(question.event_id, FeedbackPlaced.topic)
    assert told.occurred_at == ASKED
    # Ten working days behind the question: 8 December to 22 December, at the same time of day.
    assert placed.resolve_by == datetime(2026, 12, 8, 1, 0, tzinfo=UTC)
    assert told.resolve_by == datetime(2026, 12, 22, 1, 0, tzinfo=UTC)
    assert told.accept_by == placed.accept_by
    assert [one.event for one in store.placements[placed.feedback_id]] == [placed, told]
    assert bell.rung == 1


@pytest.mark.parametrize("action", ["answered", "start"])
async def test_the_answer_brings_the_deadline_forward(store: FakeLives, follow_cases: FollowCases, action: str) -> None:
    placed = await store.placed()
    await follow_cases([asked(placed)])
    await follow_cases([step(placed, 3, action, "in_progress", ASKED + DAY)])
    newest = store.newest(placed.feedback_id)
    assert (newest.generation, newest.reason) == (3, PlacementReason.WAITING)
    assert newest.resolve_by == placed.resolve_by + DAY
    assert store.said == [one.event for one in store.placements[placed.feedback_id]][1:]


async def test_an_answer_after_the_limit_moves_nothing_any_more(store: FakeLives, follow_cases: FollowCases) -> None:
    placed = await store.placed()
    await follow_cases([asked(placed)])
    await follow_cases([answered(placed, at=ASKED + 60 * DAY)])
    assert store.newest(placed.feedback_id).generation == 2
    assert store.lives_of[placed.feedback_id].waits == (Wait(ASKED, ASKED + 60 * DAY),)


async def test_a_case_that_is_resolved_while_it_waits_gets_its_true_deadline(
    store: FakeLives, follow_cases: FollowCases
) -> None:
    placed = await store.placed()
    await follow_cases([asked(placed)])
    await follow_cases([step(placed, 3, "resolve", "resolved", ASKED + DAY)])
    assert store.newest(placed.feedback_id).resolve_by == placed.resolve_by + DAY
    assert not store.case(placed.feedback_id).is_open


async def test_two_questions_pause_twice(store: FakeLives, follow_cases: FollowCases) -> None:
    placed = await store.placed()
    await follow_cases([asked(placed), answered(placed)])
    assert store.newest(placed.feedback_id).generation == 2  # one batch, one computation
    await follow_cases([asked(placed, 4, ASKED + 4 * DAY), answered(placed, 5, ASKED + 5 * DAY)])
    assert store.newest(placed.feedback_id).resolve_by == placed.resolve_by + 2 * DAY


async def test_a_pause_over_a_weekend_gives_no_time_that_was_none(store: FakeLives, follow_cases: FollowCases) -> None:
    placed = await store.placed()
    friday_evening, monday_morning = ASKED + timedelta(days=1, hours=10), ASKED + timedelta(days=3, hours=22)
    await follow_cases([asked(placed, at=friday_evening), answered(placed, at=monday_morning)])
    assert store.newest(placed.feedback_id) == placed
    assert store.said == []


async def test_a_step_that_is_heard_again_leads_to_nothing(store: FakeLives, follow_cases: FollowCases) -> None:
    placed = await store.placed()
    steps = [step(placed, 1, "open", "placed", RECEIVED), asked(placed), answered(placed)]
    for one in steps:
        await follow_cases([one])
    said, lives = list(store.said), dict(store.lives_of)
    for again in (steps, steps[::-1], steps[1:2], steps[:1]):
        assert await follow_cases(again) == ()
    assert store.said == said
    assert store.lives_of == lives
    assert len(said) == 2


async def test_a_step_that_is_heard_again_leads_to_nothing_though_the_rules_of_then_are_gone(
    store: FakeLives, bell: Bell, follow_cases: FollowCases
) -> None:
    placed = await store.placed()
    steps = [step(placed, 1, "open", "placed", RECEIVED), asked(placed)]
    await follow_cases(steps)
    reference = pack_reference()
    other = replace(reference, policy=replace(reference.policy, waiting_limit=Duration(60, working=True)))

    async def as_of(_: Placement) -> Reference:
        return other

    for one in steps:
        await FollowCases(as_of, store.open, bell.ring)([one])
    assert len(store.said) == 1


async def test_an_older_step_changes_nothing(store: FakeLives, follow_cases: FollowCases) -> None:
    placed = await store.placed()
    await follow_cases([answered(placed)])
    await follow_cases([asked(placed)])
    assert store.lives_of[placed.feedback_id].version == 3
    assert store.said == []


@pytest.mark.parametrize("backwards", [False, True])
async def test_the_order_within_a_batch_does_not_matter(
    store: FakeLives, follow_cases: FollowCases, backwards: bool
) -> None:
    placed = await store.placed()
    batch = [asked(placed), answered(placed)]
    await follow_cases(batch[::-1] if backwards else batch)
    assert store.newest(placed.feedback_id).resolve_by == placed.resolve_by + DAY


async def test_opening_and_accepting_move_nothing(store: FakeLives, bell: Bell, follow_cases: FollowCases) -> None:
    placed = await store.placed()
    store.transactions = 0
    await follow_cases([step(placed, 1, "open", "placed", RECEIVED)])
    assert store.transactions == 0
    await follow_cases([step(placed, 2, "accept", "accepted", ASKED)])
    assert store.said == []
    assert bell.rung == 0
    assert store.lives_of[placed.feedback_id].state == "accepted"


async def test_another_unit_counts_by_its_own_hours_from_the_original_start(store: FakeLives, bell: Bell) -> None:
    reference = pack_reference()
    ordinary = reference.calendars.ordinary

    async def with_own_hours(_: Placement) -> Reference:
        shifted = replace(
            ordinary,
            starts=tuple(start + 3_600_000_000 for start in ordinary.starts),
            ends=tuple(end + 3_600_000_000 for end in ordinary.ends),
        )
        return replace(reference, calendars=replace(reference.calendars, by_unit={BUON_MA_THUOT: shifted}))

    placed = await store.placed()
    follow_cases = FollowCases(with_own_hours, store.open, bell.ring)
    await follow_cases(
        [step(placed, 2, "transfer", "transferred", ASKED, unit_code=BUON_MA_THUOT, office="commune:office")]
    )
    (told,) = store.said
    assert (told.generation, told.reason, told.unit_code) == (2, PlacementReason.TRANSFERRED, BUON_MA_THUOT)
    assert told.office == "commune:office"
    assert told.received_at == placed.received_at
    # It came at 08:00; where work begins at 08:30, the tenth day is used up when that day ends, at 18:00.
    assert placed.resolve_by == datetime(2026, 12, 8, 1, 0, tzinfo=UTC)
    assert told.resolve_by == datetime(2026, 12, 7, 11, 0, tzinfo=UTC)
    assert told.explanation.startswith(placed.explanation)
    assert told.explanation.endswith("Sau đó được chuyển đến Phường Buôn Ma Thuột.")
    await follow_cases([step(placed, 3, "return", "returned", ASKED, unit_code=None, office="province:desk")])
    back = store.newest(placed.feedback_id)
    assert (back.unit_code, back.resolve_by, back.question) == (None, placed.resolve_by, None)
    assert back.explanation == f"{placed.explanation} Sau đó đơn vị trả lại; tổ điều phối của tỉnh quyết định."


async def test_a_transfer_that_moves_nothing_is_kept_for_the_next_computation(
    store: FakeLives, follow_cases: FollowCases
) -> None:
    placed = await store.placed()
    moved: dict[str, Any] = {"unit_code": BUON_MA_THUOT, "office": "commune:office"}
    await follow_cases([step(placed, 2, "transfer", "transferred", RECEIVED, **moved)])
    assert store.said == []
    await follow_cases([asked(placed, 3, **moved)])
    (told,) = store.said
    assert (told.reason, told.unit_code, told.office) == (PlacementReason.WAITING, BUON_MA_THUOT, "commune:office")


async def test_a_step_before_its_placement_is_kept_and_counts_when_the_desk_tells_it_again(
    store: FakeLives, follow_cases: FollowCases
) -> None:
    other = FakeLives()
    placed = await other.placed()
    question = asked(placed)
    await follow_cases([question])
    assert store.lives_of[placed.feedback_id].waits == (Wait(ASKED),)
    assert store.said == []
    store.placements |= other.placements
    await follow_cases([question])
    assert [event.reason for event in store.said] == [PlacementReason.WAITING]


async def test_rules_that_were_edited_since_do_not_reach_a_case_by_a_pause(store: FakeLives, bell: Bell) -> None:
    placed = await store.placed()
    asked_for: list[str] = []

    async def as_of(placement: Placement) -> Reference:
        asked_for.append(placement.event.policy_version)
        return replace(pack_reference(), policy_version=placement.event.policy_version)

    await FollowCases(as_of, store.open, bell.ring)([asked(placed)])
    assert asked_for == [placed.policy_version]
    assert store.said[0].policy_version == placed.policy_version


async def test_a_batch_is_one_transaction(store: FakeLives, bell: Bell, follow_cases: FollowCases) -> None:
    placed = [await store.placed() for _ in range(20)]
    store.transactions = 0
    await follow_cases([asked(one) for one in placed])
    assert store.transactions == 1
    assert len(store.said) == 20
    assert bell.rung == 1


@pytest.mark.parametrize("year", [1, 9999])
async def test_a_step_at_an_absurd_time_has_an_answer(store: FakeLives, follow_cases: FollowCases, year: int) -> None:
    placed = await store.placed()
    at = datetime(year, 12, 30, tzinfo=UTC)
    await follow_cases([asked(placed, at=at)])
    await follow_cases([answered(placed, at=at)])
    assert store.newest(placed.feedback_id).resolve_by >= placed.resolve_by


def test_a_wait_never_ends_before_it_began() -> None:
    life = CaseLife(2, "waiting_resident", EA_KAR, "commune:economy", (Wait(ASKED),))
    earlier = CaseStep(3, "in_progress", EA_KAR, "commune:economy", ASKED - timedelta(seconds=3))
    assert follow(life, earlier).waits == (Wait(ASKED, ASKED),)


def test_the_pack_says_how_long_the_clock_stands() -> None:
    assert pack_reference().policy.waiting_limit == Duration(4500, working=True)
