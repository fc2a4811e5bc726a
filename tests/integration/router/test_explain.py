"""The story of a placement, told from what a real PostgreSQL has on record."""

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from typer.testing import CliRunner, Result

from services.router.adapters.documents import sets_of
from services.router.adapters.reference import ReferenceWatcher
from services.router.adapters.rule_documents import policy_of
from services.router.adapters.store import Store
from services.router.adapters.story_store import StoriesInDatabase, calendar_on_record
from services.router.entrypoints.cli import app
from services.router.usecases.explain_placement import ExplainPlacement, UnknownPlacementError
from services.router.usecases.place_feedback import PlaceFeedback
from shared.events import CaseAction, CaseState, FeedbackPlaced, Pin, PlaceGiven, Urgency
from shared.events.short_id import short_id
from tests.support.events import case_changed, feedback_classified
from tests.support.placing import PACK, pack
from tests.support.router import EA_KAR, RealRouter

FRIDAY_AFTERNOON = datetime(2026, 8, 28, 8, 0, tzinfo=UTC)  # 15:00 local, before the National Day
CODE = "DL-7K3FM-92QXA"


@pytest.fixture
async def placed(router_engine: AsyncEngine, store: Store) -> FeedbackPlaced:
    """Place one report that names its ward, received on the Friday before a holiday."""
    async with store.open_references() as references:
        for reference_set in sets_of(pack()):
            await references.activate(reference_set)
    watcher = ReferenceWatcher(router_engine, every_seconds=1)
    place_feedback = PlaceFeedback(watcher.current, store.open_placements, lambda: FRIDAY_AFTERNOON)
    report = feedback_classified(
        text="Đèn đường hỏng ở phường Tân An đã hai tuần",
        received_at=FRIDAY_AFTERNOON,
        tracking_code=CODE,
        subject="street_lighting",
    )
    return (await place_feedback([report]))[0]


@pytest.fixture
def explain_placement(router_engine: AsyncEngine) -> ExplainPlacement:
    return ExplainPlacement(StoriesInDatabase(router_engine).open_stories, policy_of, calendar_on_record)


async def explain(database_url: str, *arguments: str) -> Result:
    environment = {"DATABASE_URL": database_url, "LANGNGHE_TERRITORY": str(PACK), "COLUMNS": "220"}
    return await asyncio.to_thread(CliRunner().invoke, app, ("explain", *arguments), env=environment)


async def test_a_tracking_code_a_short_name_and_an_id_lead_to_the_same_story(
    placed: FeedbackPlaced, explain_placement: ExplainPlacement
) -> None:
    stories = [
        await explain_placement(code)
        for code in (CODE, CODE.lower(), str(placed.feedback_id), short_id(placed.feedback_id))
    ]
    assert all(story == stories[0] for story in stories)
    assert [story.newest.placement.event for story in stories[0]] == [placed]


@pytest.mark.parametrize("code", ["DL-00000-00000", "K3F-92Q-XA7", "", "x" * 100, "a\0b", "không có"])
async def test_what_was_never_placed_is_unknown(
    code: str, placed: FeedbackPlaced, explain_placement: ExplainPlacement
) -> None:
    assert placed
    with pytest.raises(UnknownPlacementError):
        await explain_placement(code)


async def test_the_story_names_the_rules_that_decided_and_how_the_deadline_was_counted(
    placed: FeedbackPlaced, explain_placement: ExplainPlacement
) -> None:
    newest = (await explain_placement(CODE))[0].newest
    assert newest.office_rule is not None
    assert newest.deadline_rule is not None
    assert (newest.office_rule.rule.id, newest.deadline_rule.rule.id) == (placed.office_rule, placed.deadline_rule)
    assert newest.resolve is not None
    assert newest.resolve.duration.minutes == 4500
    off = [special.day.isoformat() for special in newest.resolve.special if not special.works]
    assert "2026-09-02" in off
    assert newest.resolve.due == placed.resolve_by
    assert newest.resolve.waited.total_seconds() == 0


async def test_the_command_tells_it_in_vietnamese_unless_asked_otherwise(
    placed: FeedbackPlaced, database_url: str
) -> None:
    assert placed.unit_code is not None
    told, english = await explain(database_url, CODE), await explain(database_url, CODE, "--lang", "en")
    assert (told.exit_code, english.exit_code) == (0, 0)
    for words in ("Phường Tân An", "theo địa danh trong nội dung", "Tiếp nhận trước", "ngày nghỉ cuối tuần", CODE):
        assert words in told.stdout
    for words in ("by place names in the text", "10 working days", placed.policy_version, placed.boundary_version):
        assert words in english.stdout


async def test_the_command_says_what_to_give_for_a_code_nobody_knows(placed: FeedbackPlaced, database_url: str) -> None:
    assert placed
    result = await explain(database_url, "DL-00000-00000")
    assert result.exit_code == 2
    assert "give a tracking code" in result.stderr


async def test_another_place_in_words_is_told_as_what_it_could_also_be(
    router_engine: AsyncEngine, store: Store, database_url: str
) -> None:
    async with store.open_references() as references:
        for reference_set in sets_of(pack()):
            await references.activate(reference_set)
    watcher = ReferenceWatcher(router_engine, every_seconds=1)
    place_feedback = PlaceFeedback(watcher.current, store.open_placements, lambda: FRIDAY_AFTERNOON)
    place = PlaceGiven(pin=Pin(lat=12.6667, lon=108.0383), text="xã Ea Kar")
    await place_feedback([feedback_classified(place=place, tracking_code=CODE, urgency=Urgency.EMERGENCY)])
    told = await explain(database_url, CODE)
    assert "Cũng có thể là: Xã Ea Kar" in told.stdout
    assert "giờ liên tục" in told.stdout


async def test_a_report_and_its_parts_are_told_together_whichever_is_asked_for(
    router_engine: AsyncEngine, placed: FeedbackPlaced, explain_placement: ExplainPlacement
) -> None:
    router = RealRouter(router_engine)
    code = "DL-7K3FM-92QXB"
    report = await router.placed(second_subject="electricity", tracking_code=code)
    stories = await explain_placement(code)
    assert stories[0].feedback_id == report.feedback_id
    assert [story.newest.placement.event.part_of for story in stories] == [None, report.feedback_id]
    for story in stories:
        assert await explain_placement(str(story.feedback_id)) == stories
        assert await explain_placement(short_id(story.feedback_id)) == stories
    assert placed.feedback_id not in {story.feedback_id for story in stories}


async def test_a_transfer_that_moves_no_deadline_is_told(
    router_engine: AsyncEngine, placed: FeedbackPlaced, database_url: str
) -> None:
    given = case_changed(
        feedback_id=placed.feedback_id,
        version=2,
        action=CaseAction.TRANSFER,
        state=CaseState.TRANSFERRED,
        unit_code=EA_KAR,
        office=placed.office,
    )
    await RealRouter(router_engine).follow([given])
    assert "Nay vụ việc ở Xã Ea Kar" in (await explain(database_url, CODE)).stdout
