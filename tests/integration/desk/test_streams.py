import itertools
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from services.desk.domain.life_cycle import Action, Reason, State
from services.desk.domain.staff import Role, Staff
from services.desk.usecases.ports import Filters, Tab
from services.desk.usecases.read_inbox import ReadInbox
from shared.events import AnswerKind, CaseAction, CaseChanged, CaseState, FeedbackCorrected, derived_event_id
from tests.support.desk import (
    RECEIVED,
    UNIT,
    RealDesk,
    deadline_passed,
    feedback_classified,
    feedback_placed,
    resident_answered,
)


@pytest.fixture
async def an(desk: RealDesk) -> Staff:
    return await desk.member("an", Role.HANDLER, UNIT)


async def test_placing_opens_a_case_and_tells_it(desk: RealDesk, an: Staff) -> None:
    placed = feedback_placed()
    (told,) = await desk.open_placed([placed])
    assert told.event_id == derived_event_id(placed.event_id, CaseChanged.topic)
    assert (told.action, told.state, told.version) == (CaseAction.OPEN, CaseState.PLACED, 1)
    assert (told.actor, told.unit_code, told.office) == ("system", UNIT, "commune:economy")
    story = await desk.story(placed.feedback_id, by=an)
    assert story.report is None
    await desk.note_reports([feedback_classified(feedback_id=placed.feedback_id)])
    story = await desk.story(placed.feedback_id, by=an)
    assert story.report is not None
    assert (story.report.text, story.report.reasons) == ("Đèn đường Y Jút hỏng.", ("đèn đường",))


async def test_a_replay_changes_nothing_and_tells_every_step_again(desk: RealDesk, an: Staff) -> None:
    placed = feedback_placed()
    first = await desk.open_placed([placed, placed])
    await desk.move(placed.feedback_id, Action.ACCEPT, 1, by=an)
    desk.now += timedelta(hours=1)
    again = await desk.open_placed([placed])
    assert again == [*first, *await desk.said()]
    assert [event.version for event in again] == [1, 2]
    assert desk.opened == 1
    assert (await desk.story(placed.feedback_id, by=an)).case.state is State.ACCEPTED


async def test_a_replay_tells_corrections_again_as_they_were_told(desk: RealDesk, an: Staff) -> None:
    placed, untouched = feedback_placed(), feedback_placed()
    one = placed.feedback_id
    await desk.open_placed([placed, untouched])
    await desk.note_reports([feedback_classified(feedback_id=feedback) for feedback in (one, untouched.feedback_id)])
    await desk.correct(one, subject="power", by=an)
    desk.now += timedelta(minutes=1)
    await desk.correct(one, subject="telecom", by=an)
    again = await desk.open_placed([placed, untouched])
    assert [event for event in again if isinstance(event, FeedbackCorrected)] == await desk.corrected()
    assert len(again) == 2 + 2


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
async def test_the_order_in_which_things_are_heard_does_not_matter(
    desk: RealDesk, an: Staff, order: tuple[int, ...]
) -> None:
    placed = feedback_placed()
    one = placed.feedback_id
    rating = resident_answered(one, AnswerKind.RATING)
    steps: list[Callable[[], Awaitable[object]]] = [
        lambda: desk.open_placed([placed]),
        lambda: desk.note_reports([feedback_classified(feedback_id=one)]),
        lambda: desk.note_alarms([deadline_passed(one)]),
        lambda: desk.hear_residents([rating]),
    ]
    for index in order:
        await steps[index]()
    story = await desk.story(one, by=an)
    assert (story.case.version, story.report is not None) == (1, True)
    assert ([alarm.level for alarm in story.alarms], [word.rating for word in story.words]) == ([1], [4])


async def test_a_newer_generation_moves_the_deadlines_and_an_older_one_does_not(desk: RealDesk, an: Staff) -> None:
    placed = feedback_placed()
    later = RECEIVED + timedelta(days=9)
    renewed = placed.model_copy(update={"generation": 2, "accept_by": later, "resolve_by": later})
    await desk.open_placed([placed])
    await desk.open_placed([renewed])
    await desk.open_placed([placed])
    story = await desk.story(placed.feedback_id, by=an)
    assert (story.case.placement.generation, story.case.due_at) == (2, later)
    assert (await desk.rows("SELECT due_at FROM desk.case_file"))[0].due_at == later


async def test_two_generations_in_one_batch_open_one_case_with_the_newer_deadlines(desk: RealDesk, an: Staff) -> None:
    placed = feedback_placed()
    later = RECEIVED + timedelta(days=9)
    renewed = placed.model_copy(update={"generation": 2, "accept_by": later, "resolve_by": later})
    assert len(await desk.open_placed([placed, renewed])) == 1
    assert (await desk.story(placed.feedback_id, by=an)).case.placement.generation == 2


async def test_an_answer_moves_a_waiting_case_on_once(desk: RealDesk, an: Staff) -> None:
    one = await desk.case()
    await desk.move(one, Action.ACCEPT, 1, by=an)
    await desk.move(one, Action.ASK, 2, by=an, public_reply="Số nhà bao nhiêu?")
    answer = resident_answered(one)
    first = await desk.hear_residents([answer])
    assert [(event.action, event.state, event.actor) for event in first] == [
        (CaseAction.ANSWERED, CaseState.IN_PROGRESS, "resident")
    ]
    desk.now += timedelta(hours=1)
    assert await desk.hear_residents([answer]) == first
    assert (await desk.story(one, by=an)).case.version == 4


async def test_an_answer_nobody_waits_for_is_kept_and_moves_nothing(desk: RealDesk, an: Staff) -> None:
    one = await desk.case()
    assert await desk.hear_residents([resident_answered(one)]) == []
    story = await desk.story(one, by=an)
    assert (story.case.version, len(story.words)) == (1, 1)


async def test_a_dispute_waits_for_a_person(desk: RealDesk, an: Staff) -> None:
    one = await desk.case()
    await desk.move(one, Action.ACCEPT, 1, by=an)
    await desk.move(one, Action.RESOLVE, 2, by=an, closing_reason=Reason.ANSWERED, public_reply="Đã trả lời.")
    assert await desk.hear_residents([resident_answered(one, AnswerKind.DISPUTE)]) == []
    story = await desk.story(one, by=an)
    assert (story.case.state, story.case.disputed) == (State.RESOLVED, True)
    page = await ReadInbox(desk.cases, desk.clock)(UNIT, Tab.DISPUTED, Filters(), by=an)
    assert [row.case.feedback_id for row in page.rows] == [one]
    await desk.move(one, Action.REOPEN, 3, by=an, note="Chưa xong thật.")
    assert (await desk.story(one, by=an)).case.disputed is False


async def test_an_alarm_heard_twice_is_shown_once(desk: RealDesk, an: Staff) -> None:
    one = await desk.case()
    alarm = deadline_passed(one, level=2)
    await desk.note_alarms([alarm, alarm])
    await desk.note_alarms([alarm, deadline_passed(one, level=0)])
    assert [one.level for one in (await desk.story(one, by=an)).alarms] == [0, 2]
    page = await ReadInbox(desk.cases, desk.clock)(UNIT, Tab.OPEN, Filters(), by=an)
    assert [row.alarm_level for row in page.rows] == [2]
