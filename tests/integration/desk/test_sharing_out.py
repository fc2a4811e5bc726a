import asyncio
from collections import Counter
from datetime import date, timedelta
from uuid import UUID

import pytest

from services.desk.domain.assignment import AbsenceRefusal, AbsenceRefusedError
from services.desk.domain.life_cycle import Action, MoveRefusedError, Reason, Refusal
from services.desk.domain.staff import Role, Staff, UnitNames
from services.desk.usecases.ports import Filters, NotFoundError, Tab
from services.desk.usecases.read_inbox import ReadInbox, ReadProvince
from services.desk.usecases.run_unit import NotTheirsError
from services.desk.usecases.sign_in import RecogniseStaff, hash_of_token
from shared.events import AnswerKind, PlacementReason
from tests.support.desk import OTHER_UNIT, UNIT, RealDesk, feedback_placed, resident_answered

TODAY = date(2026, 11, 23)
HERE = "10.0.0.1"


async def crew(desk: RealDesk, unit_code: str = UNIT) -> tuple[Staff, Staff, Staff]:
    """Add a leader and two handlers to a unit that shares its cases out."""
    leader = await desk.member(f"leader-{unit_code}", Role.UNIT_LEADER, unit_code)
    handlers = [await desk.member(f"{name}-{unit_code}", Role.HANDLER, unit_code) for name in ("an", "binh")]
    await desk.unit.share_out(unit_code, shares_out=True, by=leader, address=HERE)
    return leader, handlers[0], handlers[1]


async def assignees(desk: RealDesk, *cases: UUID) -> list[int | None]:
    rows = await desk.rows("SELECT feedback_id, assignee_id FROM desk.case_file")
    found = {row.feedback_id: row.assignee_id for row in rows}
    return [found[one] for one in cases]


async def test_a_unit_that_never_said_anything_shares_nothing_out(desk: RealDesk) -> None:
    await desk.member("an", Role.HANDLER, UNIT)
    assert await assignees(desk, await desk.case()) == [None]


async def test_new_cases_go_by_load_then_by_turn_and_another_unit_has_turns_of_its_own(desk: RealDesk) -> None:
    _, an, binh = await crew(desk)
    batch = [feedback_placed() for _ in range(5)]
    await desk.open_placed([*batch, feedback_placed(unit_code=OTHER_UNIT), feedback_placed(unit_code=None)])
    ids = [one.feedback_id for one in batch]
    assert await assignees(desk, *ids) == [one.staff_id for one in (an, binh, an, binh, an)]
    (next_one,) = await assignees(desk, await desk.case())
    assert next_one == binh.staff_id
    # What is done weighs nothing: whoever has fewer open ones is next, whoever's turn it was.
    for one in ids[1], ids[3]:
        await desk.move(one, Action.ACCEPT, 1, by=binh)
        await desk.move(one, Action.RESOLVE, 2, by=binh, closing_reason=Reason.DUPLICATE)
    assert await assignees(desk, await desk.case()) == [binh.staff_id]


async def test_a_replay_gives_nobody_anything_more(desk: RealDesk) -> None:
    await crew(desk)
    placed = feedback_placed()
    await desk.open_placed([placed])
    before = await desk.rows("SELECT assignee_id FROM desk.case_file")
    await desk.open_placed([placed])
    assert await desk.rows("SELECT assignee_id FROM desk.case_file") == before
    assert [row.turn for row in await desk.rows("SELECT turn FROM desk.unit_setting")] == [1]


async def test_batches_at_once_never_count_the_same_load(desk: RealDesk) -> None:
    _, an, binh = await crew(desk)
    await asyncio.gather(*[desk.open_placed([feedback_placed() for _ in range(3)]) for _ in range(6)])
    rows = await desk.rows("SELECT assignee_id FROM desk.case_file")
    assert Counter(row.assignee_id for row in rows) == {an.staff_id: 9, binh.staff_id: 9}
    assert [row.turn for row in await desk.rows("SELECT turn FROM desk.unit_setting")] == [18]


async def test_who_is_away_gets_nothing_until_the_day_after(desk: RealDesk) -> None:
    leader, an, binh = await crew(desk)
    await desk.unit.add_absence(UNIT, an.staff_id, TODAY, TODAY, by=an, address=HERE)
    await desk.unit.add_absence(
        UNIT, binh.staff_id, TODAY + timedelta(days=1), TODAY + timedelta(days=2), by=leader, address=HERE
    )
    assert await assignees(desk, await desk.case(), await desk.case()) == [binh.staff_id] * 2
    # 16:59 UTC is still today in Đắk Lắk, 17:00 is tomorrow.
    desk.now = desk.now.replace(hour=16, minute=59)
    assert await assignees(desk, await desk.case()) == [binh.staff_id]
    desk.now += timedelta(minutes=1)
    assert await assignees(desk, await desk.case()) == [an.staff_id]


async def test_when_everybody_is_away_a_case_is_the_whole_units_and_the_inbox_says_so(desk: RealDesk) -> None:
    leader, an, binh = await crew(desk)
    for one in (an, binh):
        await desk.unit.add_absence(UNIT, one.staff_id, TODAY, TODAY, by=leader, address=HERE)
    one = await desk.case()
    assert await assignees(desk, one) == [None]
    page = await ReadInbox(desk.cases, desk.clock)(UNIT, Tab.OPEN, Filters(), by=an)
    assert page.shares_out
    assert [(row.case.feedback_id, row.assignee_name) for row in page.rows] == [(one, None)]


async def test_a_case_that_moves_to_another_unit_is_given_to_somebody_there(desk: RealDesk) -> None:
    leader, an, _ = await crew(desk)
    _, chi, _ = await crew(desk, OTHER_UNIT)
    one, two, three = await desk.case(), await desk.case(), await desk.case()
    assert (await assignees(desk, one))[0] == an.staff_id
    await desk.move(one, Action.TRANSFER, 1, by=leader, unit_code=OTHER_UNIT)
    await desk.move(two, Action.RETURN, 1, by=leader, note="Không phải của xã.")
    renewed = feedback_placed(
        feedback_id=three, generation=2, reason=PlacementReason.UNITS_CHANGED, unit_code=OTHER_UNIT
    )
    await desk.open_placed([renewed])
    given = await assignees(desk, one, two, three)
    assert given[:2] == [chi.staff_id, None]
    assert given[2] not in {None, chi.staff_id}
    assert [row.turn for row in await desk.rows("SELECT turn FROM desk.unit_setting ORDER BY unit_code")] == [2, 3]


async def test_another_office_of_the_same_unit_changes_nobody(desk: RealDesk) -> None:
    leader, an, _ = await crew(desk)
    one = await desk.case()
    await desk.move(one, Action.TRANSFER, 1, by=leader, unit_code=UNIT, office="commune:police")
    assert await assignees(desk, one) == [an.staff_id]


async def test_colleagues_take_over_from_somebody_away_and_of_two_at_once_one_gets_it(desk: RealDesk) -> None:
    leader, an, binh = await crew(desk)
    chi = await desk.member("chi", Role.HANDLER, UNIT)
    one = await desk.case()
    with pytest.raises(MoveRefusedError) as refused:
        await desk.assign_case(one, to=binh.staff_id, seen=an.staff_id, by=binh)
    assert refused.value.refusal is Refusal.NOT_YOURS
    await desk.unit.add_absence(UNIT, an.staff_id, TODAY, TODAY, by=an, address=HERE)
    outcomes = await asyncio.gather(
        *[desk.assign_case(one, to=who.staff_id, seen=an.staff_id, by=who) for who in (binh, chi)],
        return_exceptions=True,
    )
    lost = [outcome for outcome in outcomes if isinstance(outcome, MoveRefusedError)]
    assert [error.refusal for error in lost] == [Refusal.ASSIGNED_MEANWHILE]
    winner = chi if outcomes[0] is lost[0] else binh
    story = await desk.story(one, by=an)
    assert (story.case.assignee_id, story.assignee_name) == (winner.staff_id, winner.display_name)
    assert (story.case.version, await desk.said()) == (1, [])
    await desk.assign_case(one, to=an.staff_id, seen=winner.staff_id, by=leader, address=HERE)
    await desk.assign_case(one, to=None, seen=an.staff_id, by=an)
    rows = await desk.rows(
        "SELECT actor, action, subject, address FROM desk.audit WHERE action LIKE 'assigned%' ORDER BY audit_id"
    )
    assert [(row.actor, row.action, row.subject) for row in rows] == [
        (winner.actor, f"assigned a case to {winner.actor}, from {an.actor}", str(one)),
        (leader.actor, f"assigned a case to {an.actor}, from {winner.actor}", str(one)),
        (an.actor, f"assigned a case to nobody, from {an.actor}", str(one)),
    ]


async def test_of_many_who_take_a_case_at_once_every_time_one_gets_it(desk: RealDesk) -> None:
    crowd = [await desk.member(f"can-bo-{number}", Role.HANDLER, UNIT) for number in range(5)]
    for _ in range(6):
        one = await desk.case()
        outcomes = await asyncio.gather(
            *[desk.assign_case(one, to=who.staff_id, seen=None, by=who) for who in crowd], return_exceptions=True
        )
        refused = [error.refusal for error in outcomes if isinstance(error, MoveRefusedError)]
        assert refused == [Refusal.ASSIGNED_MEANWHILE] * 4
    assert len(await desk.rows("SELECT 1 FROM desk.audit WHERE action LIKE 'assigned%'")) == 6


async def test_a_case_is_given_to_handlers_of_its_unit_alone_and_to_nobody_once_settled(desk: RealDesk) -> None:
    leader, an, _ = await crew(desk)
    stranger = await desk.member("xa", Role.HANDLER, OTHER_UNIT)
    one = await desk.case()
    for to, by, refusal in (
        (stranger.staff_id, leader, Refusal.NO_SUCH_HANDLER),
        (leader.staff_id, leader, Refusal.NO_SUCH_HANDLER),
    ):
        with pytest.raises(MoveRefusedError) as refused:
            await desk.assign_case(one, to=to, seen=an.staff_id, by=by)
        assert refused.value.refusal is refusal
    with pytest.raises(NotFoundError):
        await desk.assign_case(one, to=stranger.staff_id, seen=an.staff_id, by=stranger)
    await desk.move(one, Action.ACCEPT, 1, by=an)
    await desk.move(one, Action.RESOLVE, 2, by=an, closing_reason=Reason.DUPLICATE)
    with pytest.raises(MoveRefusedError) as refused:
        await desk.assign_case(one, to=None, seen=an.staff_id, by=leader)
    assert refused.value.refusal is Refusal.NOT_FROM_HERE


async def test_an_inbox_is_narrowed_to_what_is_mine(desk: RealDesk) -> None:
    _, an, binh = await crew(desk)
    one, two = await desk.case(), await desk.case()
    for who, mine in ((an, one), (binh, two)):
        page = await ReadInbox(desk.cases, desk.clock)(UNIT, Tab.OPEN, Filters(assignee_id=who.staff_id), by=who)
        assert [(row.case.feedback_id, row.assignee_name) for row in page.rows] == [(mine, who.display_name)]


async def test_a_unit_is_run_by_its_leader_and_handlers_note_their_own_absences(desk: RealDesk) -> None:
    leader, an, binh = await crew(desk)
    stranger = await desk.member("xa", Role.UNIT_LEADER, OTHER_UNIT)
    with pytest.raises(NotTheirsError):
        await desk.unit.share_out(UNIT, shares_out=False, by=an, address=HERE)
    with pytest.raises(NotFoundError):
        await desk.unit.share_out(UNIT, shares_out=False, by=stranger, address=HERE)
    with pytest.raises(NotTheirsError):
        await desk.unit.add_absence(UNIT, binh.staff_id, TODAY, TODAY, by=an, address=HERE)
    with pytest.raises(NotFoundError):
        await desk.unit.add_absence(UNIT, stranger.staff_id, TODAY, TODAY, by=leader, address=HERE)
    for first, last, refusal in (
        (None, TODAY, AbsenceRefusal.NO_DATES),
        (TODAY, TODAY - timedelta(days=1), AbsenceRefusal.ENDS_BEFORE),
    ):
        with pytest.raises(AbsenceRefusedError) as refused:
            await desk.unit.add_absence(UNIT, an.staff_id, first, last, by=an, address=HERE)
        assert refused.value.refusal is refusal
    await desk.unit.add_absence(UNIT, binh.staff_id, TODAY, TODAY, by=binh, address=HERE)
    unit = await desk.unit.read(UNIT, by=an)
    assert [(one.staff_id, one.load, one.away) for one in unit.handlers] == [
        (an.staff_id, 0, False),
        (binh.staff_id, 0, True),
    ]
    (absence,) = unit.absences
    for who in (an, stranger):
        with pytest.raises(NotFoundError):
            await desk.unit.remove_absence(UNIT, absence.absence_id, by=who, address=HERE)
    await desk.unit.remove_absence(UNIT, absence.absence_id, by=leader, address=HERE)
    assert (await desk.unit.read(UNIT, by=an)).absences == []
    rows = await desk.rows("SELECT actor, action, subject FROM desk.audit ORDER BY audit_id")
    assert [(row.actor, row.action, row.subject) for row in rows] == [
        (leader.actor, "switched sharing out on", UNIT),
        (binh.actor, "noted an absence, 2026-11-23 to 2026-11-23", binh.actor),
        (leader.actor, "took an absence back", binh.actor),
    ]


async def test_a_leader_of_another_unit_reads_nothing_of_this_one(desk: RealDesk) -> None:
    with pytest.raises(NotFoundError):
        await desk.unit.read(UNIT, by=await desk.member("xa", Role.UNIT_LEADER, OTHER_UNIT))


async def test_staff_of_a_unit_that_ceased_keep_their_inbox_and_get_cases_in_its_successor(desk: RealDesk) -> None:
    merged = UnitNames({UNIT: "99999", OTHER_UNIT: "99999"})
    after = RealDesk(desk.engine, units=merged)
    an, binh = await desk.member("an", Role.HANDLER, UNIT), await desk.member("binh", Role.HANDLER, OTHER_UNIT)
    leader = merged.today(await desk.member("le", Role.UNIT_LEADER, UNIT))
    async with desk.staff() as store:
        await store.add_session(hash_of_token("x"), an, at=desk.now, expires_at=desk.now + timedelta(hours=1))
    known = await RecogniseStaff(desk.staff, desk.clock, merged)("x")
    assert known is not None
    assert (known.unit_code, known.units, known.staff_id) == ("99999", ("99999", OTHER_UNIT, UNIT), an.staff_id)
    one = await desk.case()
    await after.unit.share_out("99999", shares_out=True, by=leader, address=HERE)
    renewed = feedback_placed(
        feedback_id=one, generation=2, reason=PlacementReason.UNITS_CHANGED, unit_code="99999", from_unit=UNIT
    )
    await after.open_placed([renewed, feedback_placed(unit_code="99999")])
    assert (await after.story(one, by=known)).case.unit_code == "99999"
    assert {row.assignee_id for row in await desk.rows("SELECT assignee_id FROM desk.case_file")} == {
        an.staff_id,
        binh.staff_id,
    }
    unit = await after.unit.read("99999", by=known)
    assert [handler.staff_id for handler in unit.handlers] == [an.staff_id, binh.staff_id]


async def test_what_a_unit_had_settled_before_it_ceased_is_its_successors_to_answer_for(desk: RealDesk) -> None:
    an = await desk.member("an", Role.HANDLER, UNIT)
    one = await desk.case()
    await desk.move(one, Action.ACCEPT, 1, by=an)
    await desk.move(one, Action.RESOLVE, 2, by=an, closing_reason=Reason.DUPLICATE)
    await desk.hear_residents([resident_answered(one, AnswerKind.DISPUTE)])
    other = await desk.case(unit_code=OTHER_UNIT)
    new = await desk.case(unit_code="99999")
    merged = UnitNames({UNIT: "99999", "11111": "99999"})
    heir = merged.today(await desk.member("heir", Role.HANDLER, "99999"))
    read = ReadInbox(desk.cases, desk.clock, units=merged)
    for tab, expected in ((Tab.OPEN, [new]), (Tab.RESOLVED, [one]), (Tab.DISPUTED, [one])):
        page = await read("99999", tab, Filters(), by=heir)
        assert [row.case.feedback_id for row in page.rows] == expected
    assert page.counts == {Tab.OPEN: 1, Tab.LATE: 0, Tab.WAITING: 0, Tab.RESOLVED: 1, Tab.DISPUTED: 1}
    with pytest.raises(NotFoundError):
        await desk.story(other, by=heir)
    step = await desk.move(one, Action.REOPEN, 3, by=heir, note="Chưa xong.")
    assert step.unit_code == UNIT
    province = await ReadProvince(desk.cases, desk.clock, ["99999", OTHER_UNIT], merged)()
    assert {unit.unit_code: (unit.open, unit.disputed) for unit in province} == {
        None: (0, 0),
        "99999": (2, 0),
        OTHER_UNIT: (1, 0),
    }
