"""Residents are asked where it is, told of another unit, and hear of every part of their report."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import permutations
from uuid import UUID, uuid4

import pytest

from services.notifier.settings import NotifierSettings
from services.notifier.usecases.ports import Delivery
from shared.events import CaseAction, CaseState, FeedbackPlaced, MessagePurpose
from shared.events.placement import PlacementReason
from tests.integration.notifier.conftest import Notifier
from tests.integration.notifier.test_streams_meet import meet, value
from tests.support.events import RECEIVED, case_changed, feedback_placed, feedback_submitted

HOUR = timedelta(hours=1)
CONTACT = "c2VhbGVk"
QUESTION = "Việc xảy ra ở xã, phường nào?"
ASKED = f"Phản ánh DL-7K3FM-92QXA: {QUESTION} Trả lời tại https://langnghe.test/t/DL-7K3FM-92QXA"


def nowhere(case: UUID, **values: object) -> FeedbackPlaced:
    """Build a placement that asks where it is."""
    return feedback_placed(
        feedback_id=case, **({"unit_code": None, "office": "province:desk", "question": QUESTION} | values)
    )


async def told(notifier: Notifier) -> list[tuple[str, str]]:
    """Send everything; return what residents were told."""
    before = len(notifier.gateway.given)
    while await notifier.send():
        pass
    new: list[Delivery] = notifier.gateway.given[before:]
    return sorted((d.message.purpose.value, d.message.words) for d in new if d.message.recipient == "resident")


async def known_resident(notifier: Notifier) -> UUID:
    """Let a resident who can be reached hand something in."""
    submitted = feedback_submitted(sealed_contact=CONTACT)
    await notifier.remember([submitted])
    return submitted.feedback_id


# --- where is it? ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("contact_first", [True, False])
async def test_a_resident_is_asked_where_it_is_once(notifier: Notifier, contact_first: bool) -> None:
    case = uuid4()
    submitted = feedback_submitted(feedback_id=case, sealed_contact=CONTACT)
    streams: list[Callable[[], Awaitable[object]]] = [
        lambda: notifier.remember([submitted]),
        lambda: notifier.arm([nowhere(case)]),
    ]
    for stream in streams if contact_first else reversed(streams):
        await stream()
    for stream in streams:
        await stream()
    assert (MessagePurpose.QUESTION.value, ASKED) in await told(notifier)
    assert await told(notifier) == []


async def test_a_generation_that_moves_deadlines_alone_asks_and_tells_nothing(notifier: Notifier) -> None:
    case = await known_resident(notifier)
    await notifier.arm([nowhere(case)])
    assert len(await told(notifier)) == 2
    for generation, reason in ((2, PlacementReason.WAITING), (3, PlacementReason.RECOMPUTED)):
        await notifier.arm([nowhere(case, generation=generation, reason=reason)])
    assert await told(notifier) == []


async def test_another_question_is_asked_and_then_the_unit_told(notifier: Notifier) -> None:
    case = await known_resident(notifier)
    await notifier.arm([nowhere(case)])
    await told(notifier)
    await notifier.arm([nowhere(case, generation=2, reason=PlacementReason.ANSWERED, question="Chợ nào?")])
    [(purpose, words)] = await told(notifier)
    assert purpose == MessagePurpose.QUESTION.value
    assert "Chợ nào?" in words
    found = feedback_placed(feedback_id=case, generation=3, reason=PlacementReason.ANSWERED, unit_code="22261")
    await notifier.arm([found, found])
    await notifier.arm([found])
    [(purpose, words)] = await told(notifier)
    assert purpose == MessagePurpose.PLACED.value
    assert "đã chuyển đến đơn vị 22261" in words


async def test_a_question_and_its_answer_in_one_batch_tell_the_unit_alone(notifier: Notifier) -> None:
    case = await known_resident(notifier)
    found = feedback_placed(feedback_id=case, generation=2, reason=PlacementReason.ANSWERED, unit_code="22261")
    await notifier.arm([nowhere(case), found])
    [(purpose, words)] = await told(notifier)
    assert purpose == MessagePurpose.PLACED.value
    assert "đơn vị 22261" in words


async def test_units_that_changed_are_told_once(notifier: Notifier) -> None:
    case = await known_resident(notifier)
    await notifier.arm([feedback_placed(feedback_id=case)])
    await notifier.follow([case_changed(feedback_id=case)])
    await told(notifier)
    merged = feedback_placed(
        feedback_id=case, generation=2, reason=PlacementReason.UNITS_CHANGED, unit_code="24175", from_unit="24133"
    )
    await notifier.arm([merged])
    await notifier.arm([merged])
    [(_, words)] = await told(notifier)
    assert "đã chuyển đến đơn vị 24175" in words


@pytest.mark.parametrize(
    "step",
    [
        {"state": CaseState.TRANSFERRED, "unit_code": "24175", "action": CaseAction.TRANSFER},
        {"state": CaseState.CLOSED, "unit_code": None, "action": CaseAction.CLOSE},
    ],
)
async def test_nobody_is_asked_once_the_case_has_a_unit_or_is_over(notifier: Notifier, step: dict[str, object]) -> None:
    case = uuid4()
    await notifier.arm([nowhere(case)])
    await notifier.follow([case_changed(feedback_id=case, version=2, **step)])
    await notifier.remember([feedback_submitted(feedback_id=case, sealed_contact=CONTACT)])
    assert [purpose for purpose, _ in await told(notifier)] == [MessagePurpose.PLACED.value]


async def test_a_resident_without_a_contact_is_not_asked(notifier: Notifier) -> None:
    submitted = feedback_submitted()
    await notifier.remember([submitted])
    await notifier.arm([nowhere(submitted.feedback_id)])
    assert await told(notifier) == []


async def test_a_newer_generation_arms_anew_and_the_old_rungs_do_not_fire_again(notifier: Notifier) -> None:
    case = uuid4()
    await notifier.arm([nowhere(case)])
    assert [event.generation for event in await notifier.fire_all(RECEIVED + 3 * HOUR)] == [1]
    found = feedback_placed(
        feedback_id=case,
        generation=2,
        reason=PlacementReason.ANSWERED,
        accept_by=RECEIVED + 40 * HOUR,
        resolve_by=RECEIVED + 80 * HOUR,
    )
    await notifier.arm([found])
    assert await notifier.fire_all(RECEIVED + 29 * HOUR) == []
    [warning] = await notifier.fire_all(RECEIVED + 31 * HOUR)
    assert (warning.generation, warning.recipient, warning.unit_code) == (2, "office", "24133")


# --- parts -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_the_resident_hears_of_a_part_in_whichever_order_the_streams_come(
    notifier: Notifier, order: tuple[int, ...]
) -> None:
    report, part = uuid4(), uuid4()
    submitted = feedback_submitted(feedback_id=report, sealed_contact=CONTACT)
    answered = case_changed(feedback_id=part, version=2, action=CaseAction.RESOLVE, public_reply="Đã cắt cây.")
    placed_part = feedback_placed(feedback_id=part, part_of=report, office="commune:police")
    streams: list[Callable[[], Awaitable[object]]] = [
        lambda: notifier.remember([submitted]),
        lambda: notifier.arm([feedback_placed(feedback_id=report), placed_part]),
        lambda: notifier.follow([answered]),
    ]
    for number in order:
        await streams[number]()
    for stream in streams:
        await stream()
    heard = await told(notifier)
    assert [purpose for purpose, _ in heard] == ["placed", "placed", "public_reply"]
    assert "Phản ánh DL-7K3FM-92QXA đã chuyển đến đơn vị 24133" in heard[1][1]
    assert "DL-7K3FM-92QXA (phần của bộ phận commune:police) đã chuyển đến" in heard[0][1]
    assert heard[2][1] == "Phản ánh DL-7K3FM-92QXA (phần của bộ phận commune:police) đã có trả lời: Đã cắt cây."
    assert {d.sealed_contact for d in notifier.gateway.given} == {CONTACT}
    assert await value(notifier, "SELECT count(*) FROM notifier.held_words") == 0


@pytest.mark.parametrize("first", ["arm", "remember", "follow"])
async def test_a_part_its_contact_and_its_answer_at_once_tell_the_resident(notifier: Notifier, first: str) -> None:
    report, part = uuid4(), uuid4()
    submitted = feedback_submitted(feedback_id=report, sealed_contact=CONTACT)
    answered = case_changed(feedback_id=part, version=2, action=CaseAction.RESOLVE, public_reply="Đã cắt cây.")
    placed_part = feedback_placed(feedback_id=part, part_of=report, office="commune:police")
    if first == "follow":
        await meet(notifier, notifier.follow, [answered], notifier.arm([placed_part]))
        await notifier.remember([submitted])
    elif first == "arm":
        await notifier.follow([answered])
        await meet(notifier, notifier.arm, [placed_part], notifier.remember([submitted]))
    else:
        await notifier.arm([placed_part])
        await meet(notifier, notifier.remember, [submitted], notifier.follow([answered]))
    assert [purpose for purpose, _ in await told(notifier)] == ["placed", "public_reply"]
    assert await value(notifier, "SELECT count(*) FROM notifier.held_words") == 0


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_words_about_a_part_for_a_resident_without_a_contact_are_not_kept(
    notifier: Notifier, order: tuple[int, ...]
) -> None:
    report, part = uuid4(), uuid4()
    answered = case_changed(feedback_id=part, version=2, public_reply="Đã cắt cây.")
    streams: list[Callable[[], Awaitable[object]]] = [
        lambda: notifier.remember([feedback_submitted(feedback_id=report)]),
        lambda: notifier.arm([feedback_placed(feedback_id=part, part_of=report)]),
        lambda: notifier.follow([answered]),
    ]
    for number in order:
        await streams[number]()
    assert await value(notifier, "SELECT count(*) FROM notifier.held_words") == 0
    assert await told(notifier) == []


async def test_a_part_escalates_for_itself_and_asks_nothing_the_report_asks(notifier: Notifier) -> None:
    report = await known_resident(notifier)
    part = uuid4()
    await notifier.arm([nowhere(report), nowhere(part, part_of=report, office="commune:police")])
    fired = await notifier.fire_all(RECEIVED + 3 * HOUR)
    assert {event.feedback_id for event in fired} == {report, part}
    assert [purpose for purpose, _ in await told(notifier)] == ["placed", "placed", "question"]


def test_messages_link_to_the_page_where_its_address_is_known() -> None:
    assert NotifierSettings(public_url="https://langnghe.test/").page("DL-1") == "https://langnghe.test/t/DL-1"
    assert "trang tra cứu" in NotifierSettings(public_url=None).page("DL-1")
