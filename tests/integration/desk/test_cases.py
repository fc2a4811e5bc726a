import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from services.desk.domain.highlights import Highlight
from services.desk.domain.life_cycle import Action, MoveRefusedError, Reason, Refusal, SomeoneWasFirstError, State
from services.desk.domain.province import UnitStanding
from services.desk.domain.search import words_of
from services.desk.domain.staff import EVERY_UNIT, Role
from services.desk.main import MIGRATIONS
from services.desk.usecases.ports import Filters, NotFoundError, Tab
from services.desk.usecases.read_case import WhoWasFirst
from services.desk.usecases.read_inbox import ReadInbox, ReadProvince
from shared.db.migrations import upgrade
from shared.events import Highlight as HighlightTold
from shared.events import Urgency
from tests.support.desk import OTHER_UNIT, RECEIVED, UNIT, RealDesk, feedback_classified, feedback_placed
from tests.support.events import feedback_corrected


async def test_of_two_who_take_the_same_case_one_wins_and_the_other_learns_who(desk: RealDesk) -> None:
    an, binh = await desk.member("an", Role.HANDLER, UNIT), await desk.member("binh", Role.HANDLER, UNIT)
    for _ in range(10):
        one = await desk.case()
        outcomes = await asyncio.gather(
            desk.move(one, Action.ACCEPT, 1, by=an), desk.move(one, Action.ACCEPT, 1, by=binh), return_exceptions=True
        )
        lost = [outcome for outcome in outcomes if isinstance(outcome, SomeoneWasFirstError)]
        assert len(lost) == 1
        first = await WhoWasFirst(desk.cases)(one, lost[0].seen_version)
        winner = binh if outcomes[0] is lost[0] else an
        assert first is not None
        assert (first.actor, first.actor_name, first.step.action) == (winner.actor, winner.display_name, Action.ACCEPT)
        assert (await desk.story(one, by=an)).case.version == 2
    assert desk.conflicts == 10
    assert [event.version for event in await desk.said()] == [2] * 10


async def test_a_move_writes_case_step_and_event_or_nothing(desk: RealDesk) -> None:
    an = await desk.member("an", Role.HANDLER, UNIT)
    one = await desk.case()
    with pytest.raises(MoveRefusedError) as refused:
        await desk.move(one, Action.RESOLVE, 1, by=an, closing_reason=Reason.NOT_OURS)
    assert refused.value.refusal is Refusal.NOT_FROM_HERE
    assert await desk.said() == []
    await desk.move(one, Action.ACCEPT, 1, by=an, note="Giao tổ 3.")
    (event,) = await desk.said()
    assert (event.version, event.actor, event.public_reply) == (2, an.actor, None)
    story = await desk.story(one, by=an)
    assert [(taken.step.version, taken.step.note) for taken in story.steps] == [(1, None), (2, "Giao tổ 3.")]
    assert story.case.due_at == story.case.placement.resolve_by


async def test_a_case_of_another_unit_is_not_there(desk: RealDesk) -> None:
    binh = await desk.member("binh", Role.UNIT_LEADER, OTHER_UNIT)
    one = await desk.case(unit_code=UNIT)
    with pytest.raises(NotFoundError):
        await desk.story(one, by=binh)
    with pytest.raises(NotFoundError):
        await desk.move(one, Action.ACCEPT, 1, by=binh)
    with pytest.raises(NotFoundError):
        await desk.correct(one, subject="power", by=binh)
    with pytest.raises(NotFoundError):
        await ReadInbox(desk.cases, desk.clock)(UNIT, Tab.OPEN, Filters(), by=binh)


async def test_the_database_itself_hides_other_units(desk: RealDesk, engine: AsyncEngine) -> None:
    await desk.case(unit_code=UNIT)
    await desk.case(unit_code=OTHER_UNIT)
    await desk.case(unit_code=None)
    role = f"reader_{uuid4().hex[:8]}"
    async with engine.connect() as connection:
        superuser = await connection.scalar(text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user"))
        if superuser:
            # Row security does not bind a superuser; it binds everybody else.
            await connection.execute(text(f"CREATE ROLE {role}"))
            await connection.execute(text(f"GRANT USAGE ON SCHEMA desk TO {role}"))
            await connection.execute(text(f"GRANT SELECT ON ALL TABLES IN SCHEMA desk TO {role}"))
            await connection.execute(text(f"SET LOCAL ROLE {role}"))
        seen = {}
        for scope in ("", UNIT, EVERY_UNIT):
            await connection.execute(text("SELECT set_config('langnghe.unit', :scope, true)"), {"scope": scope})
            seen[scope] = [
                (await connection.execute(text(f"SELECT count(*) FROM desk.{table}"))).scalar_one()  # noqa: S608
                for table in ("case_file", "report", "case_event")
            ]
        await connection.rollback()
    assert seen == {"": [0, 0, 0], UNIT: [1, 1, 1], EVERY_UNIT: [3, 3, 3]}


async def test_a_unit_returns_a_case_and_the_desk_assigns_it_elsewhere(desk: RealDesk) -> None:
    an, tinh = await desk.member("an", Role.HANDLER, UNIT), await desk.member("tinh", Role.PROVINCE_DESK)
    one = await desk.case()
    await desk.move(one, Action.RETURN, 1, by=an, note="Thuộc phường bên.")
    with pytest.raises(NotFoundError):
        await desk.story(one, by=an)
    with pytest.raises(MoveRefusedError):
        await desk.move(one, Action.ASK, 2, by=tinh, public_reply="?")
    await desk.move(one, Action.TRANSFER, 2, by=tinh, unit_code=OTHER_UNIT, office="commune:economy")
    story = await desk.story(one, by=await desk.member("binh", Role.HANDLER, OTHER_UNIT))
    assert (story.case.state, story.case.unit_code) == (State.TRANSFERRED, OTHER_UNIT)
    assert [(e.state.value, e.unit_code) for e in await desk.said()] == [
        ("returned", None),
        ("transferred", OTHER_UNIT),
    ]


async def test_a_correction_is_kept_with_its_author_and_moves_no_clock(desk: RealDesk) -> None:
    an = await desk.member("an", Role.HANDLER, UNIT)
    one = await desk.case(needs_review=True)
    before = (await desk.story(one, by=an)).case
    kept = await desk.correct(one, kind="question", subject="power", urgency="emergency", by=an)
    story = await desk.story(one, by=an)
    assert (story.case.kind, story.case.subject, story.case.urgency) == ("question", "power", "emergency")
    assert story.case.needs_review is False
    assert (story.case.due_at, story.case.version, story.case.placement) == (
        before.due_at,
        before.version,
        before.placement,
    )
    assert story.corrections == [replace(kept, actor_name="An")]
    assert (kept.actor, kept.at, kept.old_kind, kept.new_kind) == (an.actor, desk.now, "report", "question")
    assert (kept.old_subject, kept.new_subject) == ("street_lighting", "power")
    assert (kept.old_urgency, kept.new_urgency) == ("normal", "emergency")
    giam_sat = await desk.member("giamsat", Role.SUPERVISOR)
    with pytest.raises(MoveRefusedError):
        await desk.correct(one, by=giam_sat)
    assert [event.event_id for event in await desk.corrected()] == [kept.event_id]


async def test_a_correction_is_told_with_the_words_and_with_what_the_classifier_had_said(desk: RealDesk) -> None:
    an, tinh = await desk.member("an", Role.HANDLER, UNIT), await desk.member("tinh", Role.ADMIN)
    one = await desk.case()
    first = await desk.correct(one, subject="power", urgency="high", by=an)
    desk.now += timedelta(minutes=1)
    second = await desk.correct(one, subject="telecom", by=tinh)
    assert desk.woken == 2
    assert (second.old_subject, second.new_subject) == ("power", "telecom")
    assert await desk.corrected() == [
        feedback_corrected(
            event_id=kept.event_id,
            feedback_id=one,
            occurred_at=kept.at,
            actor=by.actor,
            text="Đèn đường Y Jút hỏng.",
            subject=subject,
            urgency=urgency,
            was_subject="street_lighting",
            model_version="m1",
        )
        for kept, by, subject, urgency in (
            (first, an, "power", Urgency.HIGH),
            (second, tinh, "telecom", Urgency.NORMAL),
        )
    ]


async def test_confirming_is_told_like_a_correction(desk: RealDesk) -> None:
    one = await desk.case(needs_review=True)
    await desk.correct(one, by=await desk.member("an", Role.HANDLER, UNIT))
    (told,) = await desk.corrected()
    assert (told.kind, told.subject, told.urgency) == (told.was_kind, told.was_subject, told.was_urgency)
    assert (await desk.rows("SELECT needs_review FROM desk.case_file"))[0].needs_review is False


async def test_a_correction_and_its_event_are_written_together_or_not_at_all(desk: RealDesk) -> None:
    an = await desk.member("an", Role.HANDLER, UNIT)
    one = await desk.case()
    async with desk.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE desk.outbox ADD CHECK (topic <> 'feedback.corrected.v1')"))
    with pytest.raises(DBAPIError):
        await desk.correct(one, subject="power", by=an)
    story = await desk.story(one, by=an)
    assert (story.corrections, story.case.subject, desk.woken) == ([], "street_lighting", 0)


async def test_nobody_corrects_words_that_have_not_come(desk: RealDesk) -> None:
    an = await desk.member("an", Role.HANDLER, UNIT)
    placed = feedback_placed()
    await desk.open_placed([placed])
    with pytest.raises(MoveRefusedError) as refused:
        await desk.correct(placed.feedback_id, by=an)
    assert refused.value.refusal is Refusal.NO_WORDS_YET
    assert await desk.corrected() == []


async def test_a_case_corrected_to_a_complaint_goes_on_the_legal_track_and_back(desk: RealDesk) -> None:
    an = await desk.member("an", Role.HANDLER, UNIT)
    one = await desk.case()
    for kind, legal in (("complaint_denunciation", True), ("report", False)):
        await desk.correct(one, kind=kind, by=an)
        assert (await desk.story(one, by=an)).case.on_the_legal_track is legal


async def test_where_the_telling_words_stand_is_kept_as_it_was_told(desk: RealDesk) -> None:
    an = await desk.member("an", Role.HANDLER, UNIT)
    marks = (Highlight(0, 3, 0.5), Highlight(8, 14, 0.125))
    placed = feedback_placed()
    await desk.open_placed([placed])
    event = feedback_classified(
        feedback_id=placed.feedback_id,
        highlights=[HighlightTold(start=mark.start, end=mark.end, weight=mark.weight) for mark in marks],
        second_subject="waste",
    )
    await desk.note_reports([event])
    report = (await desk.story(placed.feedback_id, by=an)).report
    assert report is not None
    assert (report.highlights, report.second_subject, report.alternatives) == (marks, "waste", (("power", 0.1),))


@pytest.mark.parametrize("migrations", [()])
async def test_corrections_made_before_they_were_told_are_taken_over(database_url: str, engine: AsyncEngine) -> None:
    await asyncio.to_thread(upgrade, MIGRATIONS, database_url, revision="0001")
    one = uuid4()
    async with engine.begin() as connection:
        await connection.execute(text("SELECT set_config('langnghe.unit', '*', true)"))
        await connection.execute(
            text("""
                INSERT INTO desk.case_file VALUES (
                    :one, 'A', 1, 'placed', true, now(), :unit, 'commune:office', 'power', 'high', false, now(), now(),
                    NULL, NULL, false, :one, now(), now(), 'question', 'power', 'high', false, :unit, 'commune:office',
                    'text', 1, false, '', '[]', now(), now(), 1, '', '', '')
            """),
            {"one": one, "unit": UNIT},
        )
        await connection.execute(
            text("""
                INSERT INTO desk.correction (feedback_id, actor, at, old_subject, new_subject, old_urgency, new_urgency)
                SELECT :one, 'staff:1', now(), 'waste', 'power', 'high', 'high' FROM generate_series(1, 2)
            """),
            {"one": one},
        )
    await asyncio.to_thread(upgrade, MIGRATIONS, database_url)
    desk = RealDesk(engine)
    an = await desk.member("an", Role.HANDLER, UNIT)
    story = await desk.story(one, by=an)
    assert story.case.kind == "question"
    assert [(kept.old_kind, kept.new_kind) for kept in story.corrections] == [("question", "question")] * 2
    assert len({kept.event_id for kept in story.corrections}) == 2
    with pytest.raises(DBAPIError, match="added and never changed"):
        await desk.rows("DELETE FROM desk.correction")


@pytest.mark.parametrize("table", ["audit", "case_event", "correction"])
async def test_facts_are_added_and_never_changed(desk: RealDesk, table: str) -> None:
    await desk.case()
    async with desk.staff() as store:
        await store.audit(at=desk.now, actor="x", action="y")
    for change in ("DELETE FROM {}", "UPDATE {} SET actor = 'z'", "TRUNCATE {}"):
        with pytest.raises(DBAPIError, match="added and never changed"):
            await desk.rows(change.format(f"desk.{table}"))


async def test_an_inbox_lists_what_is_due_first_page_by_page(desk: RealDesk) -> None:
    an = await desk.member("an", Role.HANDLER, UNIT)
    due = [RECEIVED + timedelta(hours=hours) for hours in (9, 2, 7, 2, 5, 1, 8)]
    placed = [feedback_placed(accept_by=at, resolve_by=at + timedelta(days=1)) for at in due]
    await desk.open_placed([*placed, feedback_placed(unit_code=OTHER_UNIT), feedback_placed(unit_code=None)])
    read, place, seen = ReadInbox(desk.cases, desk.clock, page_size=3), None, []
    while True:
        page = await read(UNIT, Tab.OPEN, Filters(), by=an, after=place)
        seen += [row.case for row in page.rows]
        if (place := page.next_place) is None:
            break
    assert [case.due_at for case in seen] == sorted(due)
    assert {case.feedback_id for case in seen} == {one.feedback_id for one in placed}


async def test_an_inbox_is_narrowed_by_words_urgency_topic_and_review(desk: RealDesk) -> None:
    an = await desk.member("an", Role.HANDLER, UNIT)
    fire = await desk.case(urgency=Urgency.EMERGENCY, subject="fire", needs_review=True)
    placed = feedback_placed()
    await desk.open_placed([placed])
    await desk.note_reports([feedback_classified(feedback_id=placed.feedback_id, text="Ổ gà 100% đường Lê_Duẩn")])

    async def found(tab: Tab = Tab.OPEN, **filters: object) -> list[object]:
        page = await ReadInbox(desk.cases, desk.clock)(UNIT, tab, Filters(**filters), by=an)  # type: ignore[arg-type]
        return [row.case.feedback_id for row in page.rows]

    assert await found(urgency="emergency") == [fire]
    assert await found(subject="fire") == [fire]
    assert await found(needs_review=True) == [fire]
    assert await found(words=words_of("duong O GA")) == [placed.feedback_id]
    assert await found(words=words_of("100%")) == [placed.feedback_id]
    assert await found(words=words_of("leduan")) == []
    assert await found(words=words_of("le_du")) == [placed.feedback_id]
    assert await found(Tab.LATE) == []
    desk.now = RECEIVED + timedelta(hours=5)
    assert len(await found(Tab.LATE)) == 2


async def test_the_province_counts_every_unit(desk: RealDesk) -> None:
    an = await desk.member("an", Role.HANDLER, UNIT)
    late, resolved, waiting = await desk.case(), await desk.case(), await desk.case()
    await desk.case(unit_code=None, urgency=Urgency.EMERGENCY)
    for one in (resolved, waiting):
        await desk.move(one, Action.ACCEPT, 1, by=an)
    await desk.move(resolved, Action.RESOLVE, 2, by=an, closing_reason=Reason.DUPLICATE)
    await desk.move(waiting, Action.ASK, 2, by=an, public_reply="?")
    desk.now = RECEIVED + timedelta(hours=5)
    standings = await ReadProvince(desk.cases, desk.clock, [UNIT, OTHER_UNIT])()
    assert standings == [
        UnitStanding(None, open=1, late_accept=1, late_emergency=1),
        UnitStanding(UNIT, open=2, late_accept=1, waiting=1, resolved=1, on_time=1),
        UnitStanding(OTHER_UNIT),
    ]
    page = await ReadInbox(desk.cases, desk.clock)(UNIT, Tab.RESOLVED, Filters(), by=an)
    assert page.counts == {Tab.OPEN: 2, Tab.LATE: 1, Tab.WAITING: 1, Tab.RESOLVED: 1, Tab.DISPUTED: 0}
    assert [row.case.feedback_id for row in page.rows] == [resolved]
    assert late not in {row.case.feedback_id for row in page.rows}
