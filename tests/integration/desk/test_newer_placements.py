import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from alembic import command as alembic
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from services.desk.domain.life_cycle import Action, Reason, SomeoneWasFirstError, State
from services.desk.domain.staff import EVERY_UNIT, Role, Staff
from services.desk.main import MIGRATIONS
from services.desk.usecases.ports import Filters, NotFoundError, Tab
from services.desk.usecases.read_inbox import ReadInbox
from shared.db.migrations import config_for
from shared.events import (
    AnswerKind,
    CaseAction,
    CaseChanged,
    CaseState,
    FeedbackPlaced,
    PlacedBy,
    PlaceGiven,
    PlacementReason,
    UnitScore,
    derived_event_id,
)
from tests.support.desk import (
    OTHER_UNIT,
    RECEIVED,
    UNIT,
    RealDesk,
    feedback_classified,
    feedback_placed,
    resident_answered,
)

LATER = RECEIVED + timedelta(days=9)


def newer(of: FeedbackPlaced | UUID, reason: PlacementReason, **other: Any) -> FeedbackPlaced:
    values: dict[str, Any] = {
        "feedback_id": of if isinstance(of, UUID) else of.feedback_id,
        "generation": 2,
        "reason": reason,
        "accept_by": LATER,
        "resolve_by": LATER,
        "occurred_at": RECEIVED + timedelta(hours=2),
    }
    return feedback_placed(**values | other)


@pytest.fixture
async def tinh(desk: RealDesk) -> Staff:
    return await desk.member("tinh", Role.PROVINCE_DESK)


async def test_an_answer_moves_a_case_to_its_unit_and_tells_the_step_once_and_again(desk: RealDesk) -> None:
    an = await desk.member("an", Role.HANDLER, UNIT)
    placed = feedback_placed(unit_code=None)
    opening = await desk.open_placed([placed])
    answered = newer(
        placed,
        PlacementReason.ANSWERED,
        explanation="Người dân chọn đơn vị này.",
        placed_by=PlacedBy.UNIT_NAMED,
        confidence=0.5,
        alternatives=(UnitScore(unit_code=OTHER_UNIT, confidence=0.25),),
        boundary_version="b2",
    )
    (told,) = await desk.open_placed([answered])
    assert isinstance(told, CaseChanged)
    assert told.event_id == derived_event_id(answered.event_id, CaseChanged.topic)
    assert (told.action, told.state, told.actor) == (CaseAction.TRANSFER, CaseState.PLACED, "system")
    assert (told.version, told.unit_code, told.office) == (2, UNIT, "commune:economy")
    desk.now += timedelta(hours=1)
    assert await desk.open_placed([answered]) == [*opening, told]
    assert await desk.open_placed([placed, answered, placed]) == [*opening, told]
    story = await desk.story(placed.feedback_id, by=an)
    case, known = story.case, story.case.placement
    assert (case.version, case.unit_code, case.state, case.due_at) == (2, UNIT, State.PLACED, LATER)
    assert (known.explanation, known.placed_by, known.confidence) == ("Người dân chọn đơn vị này.", "unit_named", 0.5)
    assert (known.alternatives, known.boundary_version, known.generation) == (((OTHER_UNIT, 0.25),), "b2", 2)
    assert (known.event_id, known.placed_at) == (answered.event_id, answered.occurred_at)
    assert [taken.step.note for taken in story.steps] == [None, "Người dân chọn đơn vị này."]
    (row,) = await desk.rows("SELECT unit_code, due_at, is_open, short_id FROM desk.case_file")
    assert (row.unit_code, row.due_at, row.is_open) == (UNIT, LATER, True)


async def test_what_is_announced_again_beside_an_answer_is_told_once(desk: RealDesk) -> None:
    placed = feedback_placed(unit_code=None)
    opening = await desk.open_placed([placed])
    told = await desk.open_placed([placed, newer(placed, PlacementReason.ANSWERED)])
    assert [one.version for one in told if isinstance(one, CaseChanged)] == [1, 2]
    assert told[:1] == opening


async def test_opening_and_answer_in_one_batch_make_a_case_with_two_steps(desk: RealDesk) -> None:
    placed = feedback_placed(unit_code=None)
    answered = newer(placed, PlacementReason.ANSWERED)
    told = await desk.open_placed([answered, placed][::-1])
    assert [(one.version, one.action) for one in told if isinstance(one, CaseChanged)] == [
        (1, CaseAction.OPEN),
        (2, CaseAction.TRANSFER),
    ]
    assert await desk.open_placed([placed, answered]) == told


async def test_a_person_who_gave_the_case_to_a_unit_is_right_and_only_the_deadlines_move(
    desk: RealDesk, tinh: Staff
) -> None:
    placed = feedback_placed(unit_code=None)
    await desk.open_placed([placed])
    await desk.move(placed.feedback_id, Action.TRANSFER, 1, by=tinh, unit_code=OTHER_UNIT, office="commune:economy")
    assert await desk.open_placed([newer(placed, PlacementReason.ANSWERED)]) == []
    case = (await desk.story(placed.feedback_id, by=tinh)).case
    assert (case.version, case.unit_code, case.due_at) == (2, OTHER_UNIT, LATER)
    assert case.placement.placed_by == "province_desk"


async def test_of_a_person_and_the_router_at_once_one_is_first_and_no_version_is_lost(
    desk: RealDesk, tinh: Staff
) -> None:
    for _ in range(8):
        placed = feedback_placed(unit_code=None)
        await desk.open_placed([placed])
        answered = newer(placed, PlacementReason.ANSWERED)
        _, outcome = await asyncio.gather(
            desk.open_placed([answered]),
            desk.move(placed.feedback_id, Action.TRANSFER, 1, by=tinh, unit_code=OTHER_UNIT, office="commune:economy"),
            return_exceptions=True,
        )
        story = await desk.story(placed.feedback_id, by=tinh)
        person_was_first = not isinstance(outcome, SomeoneWasFirstError)
        assert story.case.unit_code == (OTHER_UNIT if person_was_first else UNIT)
        assert [taken.step.version for taken in story.steps] == [1, 2]
        assert story.case.placement.generation == 2


async def test_when_units_merge_a_case_goes_on_in_the_successor_and_its_old_unit_sees_it_no_more(
    desk: RealDesk,
) -> None:
    an, binh = await desk.member("an", Role.HANDLER, UNIT), await desk.member("binh", Role.HANDLER, OTHER_UNIT)
    one = await desk.case()
    await desk.move(one, Action.ACCEPT, 1, by=an)
    await desk.move(one, Action.ASK, 2, by=an, public_reply="Số nhà bao nhiêu?")
    moved = newer(one, PlacementReason.UNITS_CHANGED, unit_code=OTHER_UNIT, explanation="Xã A đã nhập vào Xã C.")
    (told,) = await desk.open_placed([moved])
    assert isinstance(told, CaseChanged)
    assert (told.action, told.state, told.version) == (CaseAction.TRANSFER, CaseState.WAITING_RESIDENT, 4)
    with pytest.raises(NotFoundError):
        await desk.story(one, by=an)
    await desk.hear_residents([resident_answered(one)])
    story = await desk.story(one, by=binh)
    assert (story.case.state, story.case.version) == (State.IN_PROGRESS, 5)
    assert story.report is not None


async def test_a_case_whose_unit_was_split_is_with_the_province_desk(desk: RealDesk, tinh: Staff) -> None:
    one = await desk.case()
    (told,) = await desk.open_placed([newer(one, PlacementReason.UNITS_CHANGED, unit_code=None, from_unit=UNIT)])
    assert isinstance(told, CaseChanged)
    assert (told.action, told.state, told.unit_code) == (CaseAction.RETURN, CaseState.RETURNED, None)
    page = await ReadInbox(desk.cases, desk.clock)(None, Tab.OPEN, Filters(), by=tinh)
    assert [row.case.feedback_id for row in page.rows] == [one]


async def test_a_settled_case_takes_no_step_when_units_change(desk: RealDesk) -> None:
    an = await desk.member("an", Role.HANDLER, UNIT)
    one = await desk.case()
    await desk.move(one, Action.ACCEPT, 1, by=an)
    await desk.move(one, Action.RESOLVE, 2, by=an, closing_reason=Reason.ANSWERED, public_reply="Xong.")
    assert await desk.open_placed([newer(one, PlacementReason.UNITS_CHANGED, unit_code=OTHER_UNIT)]) == []
    case = (await desk.story(one, by=an)).case
    assert (case.unit_code, case.version, case.closing_reason) == (UNIT, 3, Reason.ANSWERED)
    assert case.resolved_at is not None


async def test_what_staff_said_stays_when_a_case_is_placed_anew(desk: RealDesk, tinh: Staff) -> None:
    one = await desk.case(unit_code=None)
    await desk.correct(one, kind="question", subject="power", urgency="high", by=tinh)
    await desk.open_placed([newer(one, PlacementReason.ANSWERED, subject="waste")])
    case = (await desk.story(one, by=tinh)).case
    assert (case.kind, case.subject, case.urgency, case.needs_review) == ("question", "power", "high", False)
    assert case.unit_code == UNIT


async def test_every_generation_keeps_the_deadlines_that_it_replaced(desk: RealDesk) -> None:
    an = await desk.member("an", Role.HANDLER, UNIT)
    placed = feedback_placed()
    times = [LATER, LATER, LATER + timedelta(days=1)]
    reasons = [PlacementReason.WAITING, PlacementReason.CORRECTED, PlacementReason.RECOMPUTED]
    renewals = [
        newer(placed, reason, generation=number, accept_by=at, resolve_by=at, policy_version=f"p{number}")
        for number, (reason, at) in enumerate(zip(reasons, times, strict=True), start=2)
    ]
    await desk.open_placed([placed])
    # The third generation comes with the second in one batch, in whichever order, and both again.
    assert await desk.open_placed([renewals[1], renewals[0]]) == []
    await desk.open_placed([renewals[2], renewals[0]])
    story = await desk.story(placed.feedback_id, by=an)
    assert [(one.generation, one.because, one.policy_version) for one in story.earlier_deadlines] == [
        (1, "waiting", "p1"),
        (2, "corrected", "p2"),
        (3, "recomputed", "p3"),
    ]
    assert [(one.generation, one.accept_by) for one in story.deadlines_that_moved] == [
        (3, LATER),
        (1, placed.accept_by),
    ]
    assert (story.case.placement.generation, story.case.due_at) == (4, times[2])
    with pytest.raises(DBAPIError, match="added and never changed"):
        await desk.rows("DELETE FROM desk.deadline_history")


async def test_a_place_that_the_resident_gives_is_kept_and_moves_nothing_by_itself(desk: RealDesk, tinh: Staff) -> None:
    one = await desk.case(unit_code=None)
    word = resident_answered(
        one, AnswerKind.PLACE, text=None, place=PlaceGiven(unit_code=UNIT, text="gần chợ"), report_text="Đèn hỏng."
    )
    assert await desk.hear_residents([word, word]) == []
    story = await desk.story(one, by=tinh)
    assert [(one.kind, one.text, one.unit_named) for one in story.words] == [("place", "gần chợ", UNIT)]
    assert (story.case.version, story.case.unit_code) == (1, None)


# --- one report for several offices -----------------------------------------------------------------------------------


async def part_of(desk: RealDesk, main: UUID, **other: Any) -> UUID:
    placed = feedback_placed(part_of=main, subject="power", office="commune:police", **other)
    desk.now += timedelta(seconds=1)
    await desk.open_placed([placed])
    return placed.feedback_id


@pytest.mark.parametrize("words_first", [True, False])
async def test_a_part_shows_the_words_of_its_report_and_how_its_siblings_stand(
    desk: RealDesk, words_first: bool
) -> None:
    an = await desk.member("an", Role.HANDLER, UNIT)
    placed = feedback_placed()
    main = placed.feedback_id
    if words_first:
        await desk.note_reports([feedback_classified(feedback_id=main)])
    one, elsewhere = await part_of(desk, main), await part_of(desk, main, unit_code=OTHER_UNIT)
    await desk.open_placed([placed])
    await desk.note_reports([feedback_classified(feedback_id=main)])
    await desk.move(one, Action.ACCEPT, 1, by=an)
    story = await desk.story(one, by=an)
    assert story.report is not None
    assert story.report.feedback_id == main
    assert [(other.feedback_id, other.unit_code, other.is_part) for other in story.linked] == [
        (main, UNIT, False),
        (elsewhere, OTHER_UNIT, True),
    ]
    whole = await desk.story(main, by=an)
    assert [(other.feedback_id, other.state, other.office) for other in whole.linked] == [
        (one, State.ACCEPTED, "commune:police"),
        (elsewhere, State.PLACED, "commune:police"),
    ]
    with pytest.raises(NotFoundError):
        await desk.story(elsewhere, by=an)
    page = await ReadInbox(desk.cases, desk.clock)(UNIT, Tab.OPEN, Filters(words=("y", "jut")), by=an)
    assert {(row.case.feedback_id, row.first_words) for row in page.rows} == {
        (main, "Đèn đường Y Jút hỏng."),
        (one, "Đèn đường Y Jút hỏng."),
    }


async def test_a_unit_that_holds_a_part_alone_reads_the_words_too(desk: RealDesk) -> None:
    binh = await desk.member("binh", Role.HANDLER, OTHER_UNIT)
    main = await desk.case()
    one = await part_of(desk, main, unit_code=OTHER_UNIT)
    story = await desk.story(one, by=binh)
    assert story.report is not None
    page = await ReadInbox(desk.cases, desk.clock)(OTHER_UNIT, Tab.OPEN, Filters(), by=binh)
    assert [row.first_words for row in page.rows] == ["Đèn đường Y Jút hỏng."]
    with pytest.raises(NotFoundError):
        await desk.story(main, by=binh)


# --- the code that residents know -------------------------------------------------------------------------------------


async def test_a_case_is_found_by_the_code_that_the_resident_reads_out(desk: RealDesk, tinh: Staff) -> None:
    an, binh = await desk.member("an", Role.HANDLER, UNIT), await desk.member("binh", Role.HANDLER, OTHER_UNIT)
    code = "DL-7K3FM-92QXA"
    # The part comes first, and the report itself is found all the same.
    main = feedback_placed(tracking_code=code)
    part = feedback_placed(part_of=main.feedback_id, tracking_code=code, unit_code=OTHER_UNIT)
    await desk.open_placed([part, main, feedback_placed(tracking_code="DL-AAAAA-AAAAA"), feedback_placed()])
    assert await desk.find_by_code("dl 7k3fm 92qxa", by=an) == main.feedback_id
    assert await desk.find_by_code("7K3FM92QXA", by=binh) == part.feedback_id
    assert await desk.find_by_code(code, by=tinh) == main.feedback_id
    assert await desk.find_by_code("DL-7K3FM-92QXB", by=an) is None
    assert await desk.find_by_code("dl-aaaaa-aaaaa", by=binh) is None
    assert await desk.find_by_code("đèn đường", by=an) is None


async def test_the_database_itself_shows_the_words_of_a_part_and_hides_deadlines_of_other_units(
    desk: RealDesk, engine: AsyncEngine
) -> None:
    main = await desk.case(unit_code=UNIT)
    one = await part_of(desk, main, unit_code=OTHER_UNIT)
    await desk.case(unit_code="24000")
    await desk.open_placed([newer(main, PlacementReason.WAITING), newer(one, PlacementReason.WAITING)])
    role = f"reader_{uuid4().hex[:8]}"
    seen = {}
    async with engine.connect() as connection:
        if await connection.scalar(text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")):
            # Row security does not bind a superuser; it binds everybody else.
            await connection.execute(text(f"CREATE ROLE {role}"))
            await connection.execute(text(f"GRANT USAGE ON SCHEMA desk TO {role}"))
            await connection.execute(text(f"GRANT SELECT ON ALL TABLES IN SCHEMA desk TO {role}"))
            await connection.execute(text(f"SET LOCAL ROLE {role}"))
        for scope in ("", OTHER_UNIT, EVERY_UNIT):
            await connection.execute(text("SELECT set_config('langnghe.unit', :scope, true)"), {"scope": scope})
            seen[scope] = [
                set((await connection.execute(text(f"SELECT feedback_id FROM desk.{table}"))).scalars())  # noqa: S608
                for table in ("report", "deadline_history")
            ]
        await connection.rollback()
    assert seen[""] == [set(), set()]
    assert seen[OTHER_UNIT] == [{main}, {one}]
    assert (len(seen[EVERY_UNIT][0]), seen[EVERY_UNIT][1]) == (2, {main, one})


async def test_the_tables_of_before_and_their_rules_come_back_when_the_migration_is_taken_back(
    desk: RealDesk, database_url: str
) -> None:
    rules = "SELECT tablename, qual FROM pg_policies WHERE schemaname = 'desk' ORDER BY tablename"
    now = await desk.rows(rules)
    config = config_for(MIGRATIONS, database_url)
    await asyncio.to_thread(alembic.downgrade, config, "0002")
    before = dict(tuple(row) for row in await desk.rows(rules))
    assert "part_of" not in before["report"]
    assert "deadline_history" not in before
    await asyncio.to_thread(alembic.upgrade, config, "head")
    assert await desk.rows(rules) == now
