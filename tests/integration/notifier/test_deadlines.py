"""Deadlines on a real database: each fires once, to somebody, with its true due time."""

import asyncio
from datetime import timedelta

from sqlalchemy import text

from services.notifier.adapters.store import open_store
from services.notifier.usecases.fire_deadlines import MOST_RUNGS_AT_ONCE, FireDeadlines
from shared.clock import ClockRate
from shared.events import CaseAction, CaseState, DeadlineStage, MessagePurpose, PassedKind, PlacementReason
from tests.integration.notifier.conftest import Notifier
from tests.support.events import RECEIVED, case_changed, feedback_placed, feedback_submitted

HOUR = timedelta(hours=1)
EVERYONE = ["province_desk", "supervisor", "unit_leader"]


async def test_a_case_nobody_takes_is_warned_about_then_escalated_to_the_last_resort(notifier: Notifier) -> None:
    await notifier.arm([feedback_placed()])
    told = {hours: await notifier.fire_all(RECEIVED + hours * HOUR) for hours in (2, 3, 4, 6, 30)}
    assert {hours: sorted((e.level, e.recipient) for e in events) for hours, events in told.items()} == {
        2: [],
        3: [(0, "office")],
        4: [(1, "unit_leader")],
        6: [(2, "province_desk"), (2, "supervisor")],
        30: [(0, "office"), (3, "supervisor")],
    }
    assert {e.passed for e in told[3]} == {PassedKind.WARNING}
    assert {e.stage for e in told[30]} == {DeadlineStage.ACCEPT, DeadlineStage.RESOLVE}


async def test_after_hours_of_downtime_everything_fires_once_with_its_true_due_time(notifier: Notifier) -> None:
    placed = [feedback_placed() for _ in range(450)]
    await notifier.arm(placed)
    fired = await notifier.fire_all(RECEIVED + 10 * HOUR)
    assert len(fired) == 450 * 4
    assert len({e.event_id for e in fired}) == len(fired)
    assert {e.due_at for e in fired} == {RECEIVED + hours * HOUR for hours in (3, 4, 6)}
    assert await notifier.fire_all(RECEIVED + 10 * HOUR) == []
    assert [e.event_id for e in await notifier.said()] == [e.event_id for e in fired]


async def test_two_workers_on_the_same_deadlines_make_one_escalation_each(notifier: Notifier) -> None:
    await notifier.arm([feedback_placed() for _ in range(60)])
    notifier.now = RECEIVED + 4 * HOUR
    workers = [FireDeadlines(notifier.open, batch_size=7) for _ in range(4)]
    rounds = [await asyncio.gather(*[worker() for worker in workers]) for _ in range(6)]
    fired = [event.event_id for round_ in rounds for outcome in round_ for event in outcome.events]
    assert len(fired) == len(set(fired)) == 120


async def test_an_accepted_case_is_no_longer_asked_to_be_accepted(notifier: Notifier) -> None:
    placed = feedback_placed()
    await notifier.arm([placed])
    await notifier.follow([case_changed(feedback_id=placed.feedback_id, version=2, state=CaseState.ACCEPTED)])
    assert [e.stage for e in await notifier.fire_all(RECEIVED + 40 * HOUR)] == [DeadlineStage.RESOLVE] * 2


async def test_a_closed_case_is_left_alone(notifier: Notifier) -> None:
    placed = feedback_placed()
    await notifier.arm([placed])
    await notifier.follow([case_changed(feedback_id=placed.feedback_id, version=5, state=CaseState.CLOSED)])
    assert await notifier.fire_all(RECEIVED + 1000 * HOUR) == []


async def test_events_of_a_case_in_any_order_give_the_state_of_the_newest(notifier: Notifier) -> None:
    placed = feedback_placed()
    case = placed.feedback_id
    resolved = case_changed(feedback_id=case, version=3, state=CaseState.RESOLVED)
    opened = case_changed(feedback_id=case, version=1)
    accepted = case_changed(feedback_id=case, version=2, state=CaseState.ACCEPTED)
    await notifier.follow([resolved, opened])
    await notifier.arm([placed])
    await notifier.follow([accepted])
    assert await notifier.fire_all(RECEIVED + 1000 * HOUR) == []


async def test_a_transferred_case_escalates_to_its_new_unit(notifier: Notifier) -> None:
    placed = feedback_placed()
    await notifier.arm([placed])
    moved = case_changed(feedback_id=placed.feedback_id, version=2, state=CaseState.TRANSFERRED, unit_code="22015")
    await notifier.follow([moved])
    [warning] = await notifier.fire_all(RECEIVED + 3 * HOUR)
    assert warning.unit_code == "22015"


async def test_a_placement_heard_twice_changes_nothing_and_repeats_what_has_fired(notifier: Notifier) -> None:
    placed = feedback_placed()
    assert await notifier.arm([placed]) == []
    fired = await notifier.fire_all(RECEIVED + 4 * HOUR)
    again = await notifier.arm([placed])
    assert list(again) == fired
    assert await notifier.fire_all(RECEIVED + 4 * HOUR) == []


async def test_a_higher_generation_replaces_the_clock_and_the_old_one_is_void(notifier: Notifier) -> None:
    placed = feedback_placed()
    later = placed.model_copy(
        update={"generation": 2, "accept_by": RECEIVED + 8 * HOUR, "resolve_by": RECEIVED + 80 * HOUR}
    )
    await notifier.arm([placed])
    await notifier.arm([later])
    await notifier.arm([placed])
    assert await notifier.fire_all(RECEIVED + 5 * HOUR) == []
    [warning] = await notifier.fire_all(RECEIVED + 6 * HOUR)
    assert warning.generation == 2


async def test_a_pause_and_its_end_move_the_rungs_and_none_of_them_is_told_twice(notifier: Notifier) -> None:
    placed = feedback_placed()
    case = placed.feedback_id
    await notifier.arm([placed])
    await notifier.follow([case_changed(feedback_id=case, version=2, state=CaseState.ACCEPTED)])
    assert [event.level for event in await notifier.fire_all(RECEIVED + 31 * HOUR)] == [0]
    await notifier.follow([case_changed(feedback_id=case, version=3, state=CaseState.WAITING_RESIDENT)])
    waiting = {"generation": 2, "reason": PlacementReason.WAITING, "occurred_at": RECEIVED + 32 * HOUR}
    await notifier.arm([placed.model_copy(update={**waiting, "resolve_by": RECEIVED + 400 * HOUR})])
    assert await notifier.fire_all(RECEIVED + 60 * HOUR) == []
    going_on = {"generation": 3, "reason": PlacementReason.WAITING, "occurred_at": RECEIVED + 60 * HOUR}
    await notifier.arm([placed.model_copy(update={**going_on, "resolve_by": RECEIVED + 68 * HOUR})])
    told = await notifier.fire_all(RECEIVED + 68 * HOUR)
    assert [(event.level, event.generation, event.due_at) for event in told] == [
        (0, 3, RECEIVED + 51 * HOUR),
        (1, 3, RECEIVED + 68 * HOUR),
    ]


async def test_who_is_late_by_a_new_deadline_hears_of_it_once(notifier: Notifier) -> None:
    placed = feedback_placed(accept_by=RECEIVED + 400 * HOUR, resolve_by=RECEIVED + 400 * HOUR)
    await notifier.arm([placed])
    await notifier.follow([case_changed(feedback_id=placed.feedback_id, version=2, state=CaseState.ACCEPTED)])
    shorter = {"generation": 2, "reason": PlacementReason.RECOMPUTED, "occurred_at": RECEIVED + 200 * HOUR}
    await notifier.arm([placed.model_copy(update={**shorter, "resolve_by": RECEIVED + 40 * HOUR})])
    late = await notifier.fire_all(RECEIVED + 200 * HOUR)
    assert sorted(event.recipient for event in late) == EVERYONE
    assert {(event.level, event.deadline_at, event.due_at) for event in late} == {
        (7, RECEIVED + 40 * HOUR, RECEIVED + (60 + 24 * 5) * HOUR)
    }
    assert await notifier.fire_all(RECEIVED + 200 * HOUR) == []
    assert [event.recipient for event in await notifier.fire_all(RECEIVED + 204 * HOUR)] == ["supervisor"]


async def test_a_report_corrected_to_an_emergency_that_is_late_already_is_told_to_everyone(notifier: Notifier) -> None:
    placed = feedback_placed(accept_by=RECEIVED + 60 * HOUR, resolve_by=RECEIVED + 400 * HOUR)
    await notifier.arm([placed])
    emergency = {"generation": 2, "reason": PlacementReason.CORRECTED, "occurred_at": RECEIVED + 49 * HOUR}
    await notifier.arm([placed.model_copy(update={**emergency, "accept_by": RECEIVED + HOUR})])
    late = await notifier.fire_all(RECEIVED + 49 * HOUR)
    assert {(event.stage, event.level, event.generation) for event in late} == {(DeadlineStage.ACCEPT, 3, 2)}
    assert sorted(event.recipient for event in late) == EVERYONE
    assert await notifier.send() == len(EVERYONE)


async def test_a_late_clock_that_runs_again_as_it_is_replaced_tells_everyone_at_its_next_rung(
    notifier: Notifier,
) -> None:
    placed = feedback_placed(accept_by=RECEIVED + 60 * HOUR, resolve_by=RECEIVED + 400 * HOUR)
    moved_at = RECEIVED + 49 * HOUR
    step = {"feedback_id": placed.feedback_id, "unit_code": "22015"}
    await notifier.arm([placed])
    await notifier.follow([case_changed(**step, version=2, state=CaseState.ACCEPTED)])
    await notifier.follow([case_changed(**step, version=3, state=CaseState.TRANSFERRED, occurred_at=moved_at)])
    moved = {"generation": 2, "reason": PlacementReason.TRANSFERRED, "occurred_at": moved_at}
    await notifier.arm([placed.model_copy(update={**moved, "accept_by": RECEIVED + 4 * HOUR})])
    assert await notifier.fire_all(moved_at) == []
    late = await notifier.fire_all(RECEIVED + 54 * HOUR)
    assert sorted(event.recipient for event in late) == EVERYONE
    assert {(event.level, event.unit_code) for event in late} == {(4, "22015")}


async def test_among_many_open_cases_the_oldest_unassigned_one_escalates_all_the_same(notifier: Notifier) -> None:
    oldest = feedback_placed(unit_code=None, received_at=RECEIVED - 100 * HOUR, accept_by=RECEIVED - 96 * HOUR)
    await notifier.arm([*(feedback_placed() for _ in range(130)), oldest])
    fired = await notifier.fire_all(RECEIVED)
    assert {e.feedback_id for e in fired} == {oldest.feedback_id}
    assert {e.recipient for e in fired} == {"province_desk", "supervisor"}


async def test_a_case_closed_while_its_timer_fires_is_not_escalated_afterwards(notifier: Notifier) -> None:
    placed = feedback_placed()
    await notifier.arm([placed])
    closed = case_changed(feedback_id=placed.feedback_id, version=2, state=CaseState.CLOSED)
    notifier.now = RECEIVED + 4 * HOUR
    fired, _ = await asyncio.gather(notifier.fire(), notifier.follow([closed]))
    assert len(fired.events) in {0, 2}
    assert await notifier.fire_all(RECEIVED + 100 * HOUR) == []


async def test_the_databases_clock_decides_at_the_products_rate(notifier: Notifier) -> None:
    async with open_store(notifier.engine, clock_rate=ClockRate())() as store:
        real = await store.now()
    async with open_store(notifier.engine, clock_rate=ClockRate(600, real))() as store:
        fast = await store.now()
    assert timedelta(0) < fast - real < 600 * timedelta(seconds=30)


async def test_staff_get_one_message_for_each_rung_and_it_is_settled(notifier: Notifier) -> None:
    await notifier.arm([feedback_placed()])
    await notifier.fire_all(RECEIVED + 6 * HOUR)
    assert await notifier.send() == 4
    assert await notifier.send() == 0
    assert sorted((d.message.purpose, d.message.recipient) for d in notifier.gateway.given) == [
        (MessagePurpose.ESCALATION, "province_desk"),
        (MessagePurpose.ESCALATION, "supervisor"),
        (MessagePurpose.ESCALATION, "unit_leader"),
        (MessagePurpose.WARNING, "office"),
    ]
    settled = [e for e in await notifier.said() if e.topic == "message.settled.v1"]
    assert len(settled) == 4


async def test_ids_of_fired_rungs_do_not_depend_on_when_they_fire(notifier: Notifier) -> None:
    placed = [feedback_placed(), feedback_placed()]
    await notifier.arm(placed)
    in_time = [event for hours in (3, 4, 6) for event in await notifier.fire_all(RECEIVED + hours * HOUR)]
    async with notifier.engine.begin() as connection:
        await connection.execute(text("TRUNCATE notifier.timer, notifier.fired, notifier.case_state"))
    await notifier.arm(placed)
    late = await notifier.fire_all(RECEIVED + 9 * HOUR)
    assert {e.occurred_at for e in in_time}.isdisjoint({e.occurred_at for e in late})
    assert len({e.event_id for e in in_time}) == 8
    assert {e.event_id for e in late} == {e.event_id for e in in_time}


async def test_a_case_forgotten_for_a_year_fires_in_portions_and_each_rung_once(notifier: Notifier) -> None:
    await notifier.arm([feedback_placed()])
    notifier.now = RECEIVED + timedelta(days=365)
    portions = []
    while (fired := await notifier.fire()).more or not portions:
        portions.append({(event.stage, event.level) for event in fired.events})
    portions.append({(event.stage, event.level) for event in fired.events})
    assert [len(portion) for portion in portions[:2]] == [2 * MOST_RUNGS_AT_ONCE] * 2
    assert max(len(portion) for portion in portions) == 2 * MOST_RUNGS_AT_ONCE
    levels = [level for portion in portions for stage, level in portion if stage is DeadlineStage.ACCEPT]
    assert sorted(levels) == list(range(2 + 365))


async def test_a_resident_with_a_contact_hears_where_the_report_went_and_every_reply(notifier: Notifier) -> None:
    submitted = feedback_submitted(sealed_contact="c2VhbGVk")
    case = submitted.feedback_id
    asked = case_changed(feedback_id=case, version=3, action=CaseAction.ASK, public_reply="Ở số nhà nào?")
    resolved = case_changed(feedback_id=case, version=4, action=CaseAction.RESOLVE, public_reply="Đã vá xong.")
    await notifier.arm([feedback_placed(feedback_id=case)])
    await notifier.remember([submitted, feedback_submitted()])
    await notifier.follow([asked, resolved])
    await notifier.follow([asked, resolved])
    await notifier.remember([submitted])
    await notifier.send()
    words = {d.message.purpose: d.message.words for d in notifier.gateway.given}
    assert len(notifier.gateway.given) == 3
    assert "đơn vị 24133" in words[MessagePurpose.PLACED]
    assert "Ở số nhà nào?" in words[MessagePurpose.QUESTION]
    assert "Đã vá xong." in words[MessagePurpose.PUBLIC_REPLY]
    assert {d.sealed_contact for d in notifier.gateway.given} == {"c2VhbGVk"}


async def test_a_resident_without_a_contact_gets_no_message(notifier: Notifier) -> None:
    submitted = feedback_submitted()
    await notifier.remember([submitted])
    await notifier.arm([feedback_placed(feedback_id=submitted.feedback_id)])
    assert await notifier.send() == 0
