"""Desk and router over one database: each hears the other until both are silent, and they agree on the deadlines."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from services.desk.domain.life_cycle import Action
from services.desk.domain.staff import Role, Staff
from services.desk.main import MIGRATIONS as DESK_MIGRATIONS
from shared.events import CaseChanged, FeedbackCorrected, FeedbackPlaced, PlaceGiven
from tests.integration.router.conftest import MIGRATIONS as ROUTER_MIGRATIONS
from tests.support.desk import RealDesk, resident_answered
from tests.support.events import RECEIVED, feedback_classified
from tests.support.lives import resident_answered as place_answered
from tests.support.router import EA_KAR, RealRouter

MOST_ROUNDS = 8
DAY = timedelta(days=1)


@dataclass
class Both:
    """A desk and a router, and how much of what each said the other has heard."""

    desk: RealDesk
    router: RealRouter
    steps: int = 0
    corrections: int = 0
    generations: int = 0

    async def talk(self, *to_desk: FeedbackPlaced, to_router: tuple[CaseChanged, ...] = ()) -> int:
        """Bring what is said to the other until nothing is; return how many rounds that took."""
        for_desk, for_router = list(to_desk), [*to_router]
        for rounds in range(MOST_ROUNDS):
            steps, corrections, said = await self.desk.said(), await self.desk.corrected(), await self.router.said()
            for_router += [*steps[self.steps :], *corrections[self.corrections :]]
            for_desk += said[self.generations :]
            self.steps, self.corrections, self.generations = len(steps), len(corrections), len(said)
            if not for_desk and not for_router:
                return rounds
            answers = await self.desk.open_placed(for_desk) if for_desk else ()
            await self.router.follow([one for one in for_router if isinstance(one, CaseChanged)])
            await self.router.correct([one for one in for_router if isinstance(one, FeedbackCorrected)])
            for_desk, for_router = [], list(answers)
        pytest.fail("desk and router answer each other without an end")

    async def deadline_of(self, feedback_id: UUID, by: Staff) -> datetime:
        """Read the deadline as the desk has it."""
        return (await self.desk.story(feedback_id, by=by)).case.placement.resolve_by


@pytest.fixture
def migrations() -> tuple[Path, ...]:
    return (DESK_MIGRATIONS, ROUTER_MIGRATIONS)


@pytest.fixture
async def both(engine: AsyncEngine) -> Both:
    router = RealRouter(engine)
    await router.load_pack()
    return Both(RealDesk(engine), router)


async def test_a_case_with_a_pause_and_a_correction_comes_to_rest_and_both_agree_however_often_it_is_said_again(
    both: Both,
) -> None:
    cause = feedback_classified(place=PlaceGiven(unit_code=EA_KAR))
    await both.desk.note_reports([cause])
    (placed,) = await both.router.place([cause])
    await both.talk(placed)
    handler = await both.desk.member("handler", unit_code=EA_KAR)
    feedback_id = cause.feedback_id

    both.desk.now = RECEIVED + 3 * DAY
    await both.desk.move(feedback_id, Action.ACCEPT, 1, by=handler)
    await both.desk.move(feedback_id, Action.ASK, 2, by=handler, public_reply="Số nhà bao nhiêu?")
    await both.talk()
    assert await both.deadline_of(feedback_id, handler) == placed.resolve_by + 14 * DAY

    both.desk.now = RECEIVED + 4 * DAY
    await both.talk(to_router=tuple(await both.desk.hear_residents([resident_answered(feedback_id)])))
    assert await both.deadline_of(feedback_id, handler) == placed.resolve_by + DAY

    await both.desk.correct(feedback_id, by=handler, subject="road_damage", urgency="high")
    await both.talk()
    newest = (await both.router.said())[-1]
    assert newest.deadline_rule == "high"
    assert await both.deadline_of(feedback_id, handler) == newest.resolve_by

    said = await both.router.said()
    for _ in range(2):
        again = await both.router.place([cause])
        assert again == [placed, newest]
        await both.talk(*again)
    await both.talk(*said)
    assert await both.router.said() == said
    assert await both.deadline_of(feedback_id, handler) == newest.resolve_by


async def test_a_place_that_a_resident_names_brings_the_case_to_its_unit(both: Both) -> None:
    cause = feedback_classified()
    await both.desk.note_reports([cause])
    (placed,) = await both.router.place([cause])
    await both.talk(placed)
    said = place_answered(feedback_id=cause.feedback_id, place=PlaceGiven(unit_code=EA_KAR), report_text=cause.text)
    await both.router.answer([said])
    await both.talk()
    handler = await both.desk.member("handler", unit_code=EA_KAR)
    story = await both.desk.story(cause.feedback_id, by=handler)
    assert (story.case.unit_code, story.case.office) == (EA_KAR, "commune:economy")
    async with both.router.lives.open_life_cycle() as store:
        (case,) = (await store.cases([cause.feedback_id])).values()
    assert (case.unit_code, case.placement.event.generation) == (EA_KAR, 2)


@pytest.mark.parametrize("heard_before_the_answer", [True, False])
async def test_a_person_who_was_first_keeps_the_case(both: Both, heard_before_the_answer: bool) -> None:
    cause = feedback_classified()
    await both.desk.note_reports([cause])
    (placed,) = await both.router.place([cause])
    await both.talk(placed)
    coordinator = await both.desk.member("coordinator", role=Role.PROVINCE_DESK)
    await both.desk.move(cause.feedback_id, Action.TRANSFER, 1, by=coordinator, unit_code="24133", note="ở đây")
    if heard_before_the_answer:
        await both.talk()
    said = place_answered(feedback_id=cause.feedback_id, place=PlaceGiven(unit_code=EA_KAR), report_text=cause.text)
    await both.router.answer([said])
    await both.talk()
    story = await both.desk.story(cause.feedback_id, by=coordinator)
    assert story.case.unit_code == "24133"
    async with both.router.lives.open_life_cycle() as store:
        (case,) = (await store.cases([cause.feedback_id])).values()
    assert case.unit_code == "24133"
