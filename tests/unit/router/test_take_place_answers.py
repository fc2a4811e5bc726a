"""TakePlaceAnswers with a fake store: the resident says where it is, and it gets a unit unless a person was first."""

from datetime import timedelta

import pytest

from services.router.usecases.follow_cases import FollowCases
from services.router.usecases.ports import Point
from services.router.usecases.take_place_answers import TakePlaceAnswers
from shared.events import (
    AnswerKind,
    CaseAction,
    CaseState,
    FeedbackPlaced,
    Pin,
    PlacedBy,
    PlaceGiven,
    PlacementReason,
    ResidentAnswered,
    derived_event_id,
)
from tests.support.events import RECEIVED, case_changed, feedback_classified
from tests.support.lives import FakeLives, reference_as_of, reference_in_force, resident_answered
from tests.support.placing import pack

NOWHERE = "Ổ gà rất to trước cổng trường"
EA_KAR = "24373"
LATER = RECEIVED + timedelta(hours=2)


@pytest.fixture
def store() -> FakeLives:
    return FakeLives()


@pytest.fixture
def take_answers(store: FakeLives) -> TakePlaceAnswers:
    return TakePlaceAnswers(reference_in_force, store.open, lambda: None)


def answer(placed: FeedbackPlaced, *, text: str = NOWHERE, **place: object) -> ResidentAnswered:
    return resident_answered(
        feedback_id=placed.feedback_id,
        occurred_at=LATER,
        answer=AnswerKind.PLACE,
        place=PlaceGiven(**place),
        report_text=text,
    )


async def test_an_answer_gives_the_unit_the_office_and_its_deadlines(
    store: FakeLives, take_answers: TakePlaceAnswers
) -> None:
    placed = await store.placed(text=NOWHERE)
    assert (placed.unit_code, placed.office) == (None, "province:desk")
    assert placed.question is not None
    said = answer(placed, text="Ổ gà trước trường", unit_code=EA_KAR)
    assert await take_answers([said]) == ()
    (told,) = store.said
    assert (told.generation, told.reason) == (2, PlacementReason.ANSWERED)
    assert told.event_id == derived_event_id(said.event_id, FeedbackPlaced.topic)
    assert (told.unit_code, told.office, told.placed_by) == (EA_KAR, "commune:economy", PlacedBy.UNIT_NAMED)
    assert (told.received_at, told.subject, told.tracking_code) == (placed.received_at, "road_damage", None)
    assert told.question is None


async def test_with_a_unit_another_matter_goes_to_the_office_that_could_not_be_reached_without_one(
    store: FakeLives, take_answers: TakePlaceAnswers
) -> None:
    placed = await store.placed(text=NOWHERE, second_subject="fire_safety")
    assert list(store.placements) == [placed.feedback_id]  # both were for the province desk
    said = answer(placed, text="Ổ gà trước trường", unit_code=EA_KAR)
    await take_answers([said])
    report, part = store.said
    assert (report.office, report.generation) == ("commune:economy", 2)
    assert (part.office, part.part_of, part.generation, part.reason) == (
        "commune:police",
        placed.feedback_id,
        1,
        PlacementReason.FIRST,
    )
    await take_answers([said])
    assert store.said == [report, part]


async def test_a_part_that_waited_for_its_unit_keeps_its_office(
    store: FakeLives, take_answers: TakePlaceAnswers
) -> None:
    cause = feedback_classified(text=NOWHERE, second_subject="electricity")
    await store.placed(cause)
    (part,) = [history[0].event for history in store.placements.values() if history[0].event.part_of is not None]
    assert part.unit_code is None
    await take_answers([answer(part, unit_code=EA_KAR)])
    (told,) = store.said
    assert (told.unit_code, told.office, told.part_of) == (EA_KAR, part.office, cause.feedback_id)
    assert (told.reason, told.generation) == (PlacementReason.ANSWERED, 2)


async def test_a_pin_is_an_answer_and_is_kept(store: FakeLives, take_answers: TakePlaceAnswers) -> None:
    placed = await store.placed(text=NOWHERE, place=PlaceGiven(pin=Pin(lat=0, lon=0)))
    unit = pack().unit(EA_KAR)
    await take_answers([answer(placed, pin=Pin(lat=unit.lat, lon=unit.lon))])
    assert store.newest(placed.feedback_id).placed_by is PlacedBy.PIN
    assert store.placements[placed.feedback_id][-1].point == Point(unit.lat, unit.lon)


async def test_words_are_an_answer_together_with_those_of_the_report(
    store: FakeLives, take_answers: TakePlaceAnswers
) -> None:
    placed = await store.placed(text=NOWHERE)
    await take_answers([answer(placed, text="Ở xã Ea Kar có ổ gà")])
    assert store.newest(placed.feedback_id).unit_code == EA_KAR


async def test_an_answer_that_does_not_help_changes_nothing(store: FakeLives, take_answers: TakePlaceAnswers) -> None:
    placed = await store.placed(text=NOWHERE)
    await take_answers([resident_answer(placed, "gần nhà tôi")])
    assert store.newest(placed.feedback_id) == placed
    assert store.said == []


async def test_an_answer_that_leaves_another_question_asks_that(
    store: FakeLives, take_answers: TakePlaceAnswers
) -> None:
    placed = await store.placed(text=NOWHERE)
    vague = resident_answer(placed, "xã Ea Bia cũ")
    await take_answers([vague])
    (told,) = store.said
    assert (told.generation, told.reason, told.unit_code) == (2, PlacementReason.ANSWERED, None)
    assert told.question == "“xã Ea Bia” là Xã Sông Hinh hoặc Xã Đức Bình?"
    await take_answers([vague, resident_answer(placed, "ở xã Ea Bia")])
    assert store.said == [told]


async def test_of_two_answers_the_one_that_gives_a_unit_counts(
    store: FakeLives, take_answers: TakePlaceAnswers
) -> None:
    placed = await store.placed(text=NOWHERE)
    await take_answers([answer(placed, unit_code=EA_KAR), answer(placed, unit_code="24133"), answer(placed)])
    (told,) = store.said
    assert told.unit_code == EA_KAR


async def test_an_answer_heard_again_leads_to_nothing(store: FakeLives, take_answers: TakePlaceAnswers) -> None:
    placed = await store.placed(text=NOWHERE)
    said = answer(placed, unit_code=EA_KAR)
    await take_answers([said])
    await take_answers([said, answer(placed, unit_code="24133")])
    assert len(store.said) == 1
    assert len(store.placements[placed.feedback_id]) == 2


@pytest.mark.parametrize(
    ("action", "state", "unit"), [("transfer", "transferred", "24133"), ("resolve", "resolved", None)]
)
async def test_an_answer_comes_too_late_when_a_person_was_first(
    store: FakeLives, take_answers: TakePlaceAnswers, action: str, state: str, unit: str | None
) -> None:
    placed = await store.placed(text=NOWHERE)
    by_hand = case_changed(
        feedback_id=placed.feedback_id,
        version=2,
        action=CaseAction(action),
        state=CaseState(state),
        unit_code=unit,
        office="province:desk",
        occurred_at=RECEIVED,
    )
    await FollowCases(reference_as_of, store.open, lambda: None)([by_hand])
    store.said.clear()
    await take_answers([answer(placed, unit_code=EA_KAR)])
    assert store.said == []
    assert store.newest(placed.feedback_id).unit_code is None


async def test_the_unit_of_an_answer_has_the_case_from_then_on(
    store: FakeLives, take_answers: TakePlaceAnswers
) -> None:
    placed = await store.placed(text=NOWHERE)
    opened = case_changed(feedback_id=placed.feedback_id, unit_code=None, office="province:desk", occurred_at=RECEIVED)
    await FollowCases(reference_as_of, store.open, lambda: None)([opened])
    await take_answers([answer(placed, unit_code=EA_KAR)])
    case = store.case(placed.feedback_id)
    assert (case.unit_code, case.office) == (EA_KAR, "commune:economy")


async def test_a_case_that_is_opened_after_its_answer_keeps_the_unit_of_the_answer(
    store: FakeLives, take_answers: TakePlaceAnswers
) -> None:
    placed = await store.placed(text=NOWHERE)
    await take_answers([answer(placed, unit_code=EA_KAR)])
    opened = case_changed(feedback_id=placed.feedback_id, unit_code=None, office="province:desk", occurred_at=RECEIVED)
    await FollowCases(reference_as_of, store.open, lambda: None)([opened])
    assert store.case(placed.feedback_id).unit_code == EA_KAR
    assert store.newest(placed.feedback_id).generation == 2


async def test_other_words_of_residents_are_not_for_the_router(
    store: FakeLives, take_answers: TakePlaceAnswers
) -> None:
    placed = await store.placed(text=NOWHERE)
    store.transactions = 0
    said = [resident_answered(feedback_id=placed.feedback_id, answer=kind) for kind in ("answer", "rating", "dispute")]
    assert await take_answers([*said, resident_answered(feedback_id=placed.feedback_id, answer="place")]) == ()
    assert store.transactions == 0


def resident_answer(placed: FeedbackPlaced, words: str) -> ResidentAnswered:
    return resident_answered(
        feedback_id=placed.feedback_id,
        occurred_at=LATER,
        answer=AnswerKind.PLACE,
        place=PlaceGiven(text=words),
        report_text=NOWHERE,
    )
