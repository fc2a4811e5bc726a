"""What belongs together comes on three streams, in any order and at once: the outcome is the same."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import permutations
from uuid import UUID

import pytest

from services.notifier.usecases.ports import Message, Store
from shared.events import CaseAction, CaseState, DeadlinePassed, DeadlineStage, MessagePurpose, PassedKind
from tests.integration.notifier.conftest import Notifier
from tests.integration.notifier.test_streams_meet import meet, value
from tests.support.events import RECEIVED, case_changed, feedback_placed, feedback_submitted
from tests.support.streams import until

HOUR = timedelta(hours=1)
CONTACT = "c2VhbGVk"
IDS = [UUID(int=number) for number in (1, 2, 3)]


@pytest.mark.parametrize("placed_first", [True, False])
async def test_a_case_closed_while_it_is_placed_has_no_clock_that_runs(notifier: Notifier, placed_first: bool) -> None:
    placed = feedback_placed()
    closed = case_changed(feedback_id=placed.feedback_id, version=2, state=CaseState.CLOSED)
    if placed_first:
        await meet(notifier, notifier.arm, [placed], notifier.follow([closed]))
    else:
        await meet(notifier, notifier.follow, [closed], notifier.arm([placed]))
    assert await value(notifier, "SELECT count(*) FROM notifier.timer WHERE NOT running") == 2
    assert await notifier.fire_all(RECEIVED + 1000 * HOUR) == []


@pytest.mark.parametrize("answered_first", [True, False])
async def test_an_answer_and_the_contact_at_once_tell_the_resident(notifier: Notifier, answered_first: bool) -> None:
    submitted = feedback_submitted(sealed_contact=CONTACT)
    answered = case_changed(feedback_id=submitted.feedback_id, version=2, public_reply="Đã vá xong.")
    if answered_first:
        await meet(notifier, notifier.follow, [answered], notifier.remember([submitted]))
    else:
        await meet(notifier, notifier.remember, [submitted], notifier.follow([answered]))
    assert await value(notifier, "SELECT count(*) FROM notifier.message WHERE purpose = 'public_reply'") == 1


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_the_resident_hears_everything_in_whichever_order_the_streams_come(
    notifier: Notifier, order: tuple[int, ...]
) -> None:
    submitted = feedback_submitted(sealed_contact=CONTACT)
    case = submitted.feedback_id
    asked = case_changed(feedback_id=case, version=3, action=CaseAction.ASK, public_reply="Ở số nhà nào?")
    answered = case_changed(feedback_id=case, version=4, action=CaseAction.RESOLVE, public_reply="Đã vá xong.")
    streams: list[Callable[[], Awaitable[object]]] = [
        lambda: notifier.remember([submitted]),
        lambda: notifier.arm([feedback_placed(feedback_id=case)]),
        lambda: notifier.follow([asked, answered]),
    ]
    for number in order:
        await streams[number]()
    await notifier.send()
    for stream in streams:
        await stream()
    assert await notifier.send() == 0
    told = {d.message.purpose: d.message.words for d in notifier.gateway.given}
    assert len(notifier.gateway.given) == 3
    assert "đơn vị 24133" in told[MessagePurpose.PLACED]
    assert "Ở số nhà nào?" in told[MessagePurpose.QUESTION]
    assert "Đã vá xong." in told[MessagePurpose.PUBLIC_REPLY]
    assert {d.sealed_contact for d in notifier.gateway.given} == {CONTACT}


@pytest.mark.parametrize("submitted_first", [True, False])
async def test_words_for_a_resident_who_left_no_contact_are_not_kept(notifier: Notifier, submitted_first: bool) -> None:
    submitted = feedback_submitted()
    answered = case_changed(feedback_id=submitted.feedback_id, version=2, public_reply="Đã vá xong.")
    steps = [lambda: notifier.remember([submitted, submitted]), lambda: notifier.follow([answered, answered])]
    for step in steps if submitted_first else reversed(steps):
        await step()
    assert await value(notifier, "SELECT count(*) FROM notifier.held_words") == 0
    assert await notifier.send() == 0


async def test_a_transfer_heard_before_the_placement_decides_whose_the_case_is(notifier: Notifier) -> None:
    placed = feedback_placed()
    case = placed.feedback_id
    moved = case_changed(feedback_id=case, version=2, state=CaseState.TRANSFERRED, unit_code="22015")
    await notifier.remember([feedback_submitted(feedback_id=case, sealed_contact=CONTACT)])
    await notifier.follow([moved])
    await notifier.arm([placed])
    [warning] = await notifier.fire_all(RECEIVED + 3 * HOUR)
    assert warning.unit_code == "22015"
    assert await value(notifier, "SELECT words FROM notifier.message WHERE purpose = 'placed'") == (
        "Phản ánh DL-7K3FM-92QXA đã chuyển đến đơn vị 22015. Hạn giải quyết: 00:00 25/11/2026."
    )
    await notifier.arm([placed.model_copy(update={"generation": 2})])
    assert {event.unit_code for event in await notifier.fire_all(RECEIVED + 4 * HOUR)} == {"22015"}


async def test_a_case_sent_back_to_the_province_before_its_placement_is_heard_has_no_unit(notifier: Notifier) -> None:
    placed = feedback_placed()
    returned = case_changed(feedback_id=placed.feedback_id, version=2, state=CaseState.RETURNED, unit_code=None)
    await notifier.follow([returned])
    await notifier.arm([placed])
    [warning] = await notifier.fire_all(RECEIVED + 3 * HOUR)
    assert (warning.unit_code, warning.recipient) == (None, "province_desk")


def message(case: UUID) -> Message:
    """Build a message whose key and id sort as its case does."""
    return Message(f"{case}/warning", case, case, MessagePurpose.WARNING, "office", "Sắp đến hạn.")


def fired(case: UUID) -> DeadlinePassed:
    """Build what fired for a case."""
    return DeadlinePassed(
        event_id=case,
        feedback_id=case,
        occurred_at=RECEIVED,
        stage=DeadlineStage.ACCEPT,
        passed=PassedKind.WARNING,
        level=0,
        generation=1,
        unit_code=None,
        recipient="office",
        due_at=RECEIVED,
        deadline_at=RECEIVED,
    )


async def add_messages(store: Store, cases: list[UUID]) -> None:
    await store.add_messages([message(case) for case in cases])


async def add_fired(store: Store, cases: list[UUID]) -> None:
    await store.add_fired([fired(case) for case in cases])


async def hear(store: Store, cases: list[UUID]) -> None:
    await store.hear_of(dict.fromkeys(cases, True))


async def lock(store: Store, cases: list[UUID]) -> None:
    await store.lock_cases(cases)


@pytest.mark.parametrize("write", [add_messages, add_fired, hear, lock])
async def test_batches_in_opposite_order_wait_for_each_other_and_never_in_a_circle(
    notifier: Notifier, write: Callable[[Store, list[UUID]], Awaitable[None]]
) -> None:
    first, middle, last = IDS

    async def apply(cases: list[UUID]) -> None:
        async with notifier.open() as store:
            await write(store, cases)

    async with notifier.open() as store:
        await write(store, [middle])
        batches = [asyncio.ensure_future(apply(cases)) for cases in ([first, middle, last], [last, middle, first])]
        await until(lambda: both_wait(notifier), what="both batches wait")
    await asyncio.gather(*batches)


async def both_wait(notifier: Notifier) -> bool:
    return bool(await value(notifier, "SELECT count(*) FROM pg_locks WHERE NOT granted") == 2)


@pytest.mark.parametrize("heard_at_once", [True, False])
async def test_a_reopened_case_is_not_late_for_the_time_it_was_resolved(
    notifier: Notifier, heard_at_once: bool
) -> None:
    placed = feedback_placed()
    resolved = case_changed(
        feedback_id=placed.feedback_id, version=2, state=CaseState.RESOLVED, occurred_at=RECEIVED + 2 * HOUR
    )
    reopened = case_changed(
        feedback_id=placed.feedback_id, version=3, state=CaseState.REOPENED, occurred_at=RECEIVED + 700 * HOUR
    )
    await notifier.arm([placed])
    for batch in [[resolved, reopened]] if heard_at_once else [[resolved], [reopened]]:
        await notifier.follow(batch)
    assert await notifier.fire_all(RECEIVED + 700 * HOUR) == []
    [daily] = await notifier.fire_all(RECEIVED + 724 * HOUR)
    assert (daily.stage, daily.recipient) == (DeadlineStage.RESOLVE, "supervisor")
    assert daily.due_at > RECEIVED + 700 * HOUR


async def test_what_came_due_since_the_reopening_fires_even_if_it_is_heard_of_late(notifier: Notifier) -> None:
    placed = feedback_placed()
    steps = [
        case_changed(feedback_id=placed.feedback_id, version=version, state=state, occurred_at=RECEIVED + at * HOUR)
        for version, state, at in ((2, CaseState.RESOLVED, 2), (3, CaseState.REOPENED, 35))
    ]
    await notifier.follow(steps)
    await notifier.arm([placed])
    told = await notifier.fire_all(RECEIVED + 50 * HOUR)
    assert [(event.level, event.due_at) for event in told] == [(1, RECEIVED + 40 * HOUR)]


async def test_steps_heard_again_do_not_make_the_clock_stand_again(notifier: Notifier) -> None:
    placed = feedback_placed()
    steps = [
        case_changed(feedback_id=placed.feedback_id, version=version, state=state, occurred_at=RECEIVED + at * HOUR)
        for version, state, at in (
            (2, CaseState.RESOLVED, 2),
            (3, CaseState.REOPENED, 20),
            (4, CaseState.IN_PROGRESS, 45),
        )
    ]
    await notifier.arm([placed])
    await notifier.follow(steps)
    await notifier.follow(steps)
    told = await notifier.fire_all(RECEIVED + 50 * HOUR)
    assert [event.level for event in told] == [0, 1]
