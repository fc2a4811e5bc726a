"""Sending messages: once, never blindly again, and settled in the end."""

import base64
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from nacl.public import PrivateKey, SealedBox

from services.notifier.adapters.gateway import JournalGateway, Seal
from services.notifier.usecases.ports import Attempt, Delivery, Message, Store
from services.notifier.usecases.send_messages import MOST_ATTEMPTS, SILENT_AFTER
from shared.events import MessageOutcome, MessagePurpose, MessageSettled
from tests.integration.notifier.conftest import Notifier
from tests.support.events import RECEIVED, feedback_placed, feedback_submitted

HOUR = timedelta(hours=1)


async def queue_one(notifier: Notifier) -> None:
    """Make one message wait: a warning to an office."""
    await notifier.arm([feedback_placed()])
    await notifier.fire_all(RECEIVED + 3 * HOUR)


async def outcomes(notifier: Notifier) -> list[MessageOutcome]:
    """List how messages were settled."""
    return [event.outcome for event in await notifier.said() if event.topic == "message.settled.v1"]


@pytest.mark.parametrize("attempt", [Attempt.DELIVERED, Attempt.FAILED, Attempt.UNKNOWN])
async def test_a_final_answer_of_the_gateway_settles_the_message(notifier: Notifier, attempt: Attempt) -> None:
    await queue_one(notifier)
    notifier.gateway.answers = [attempt]
    assert await notifier.send() == 1
    assert await outcomes(notifier) == [MessageOutcome(attempt.value)]
    assert await notifier.send() == 0


async def test_a_throttled_message_is_tried_again_later_and_given_up_after_a_limit(notifier: Notifier) -> None:
    await queue_one(notifier)
    notifier.gateway.answers = [Attempt.LATER] * MOST_ATTEMPTS
    for _ in range(MOST_ATTEMPTS):
        assert await notifier.send() == 1
        assert await notifier.send() == 0
        await notifier.let_pass(3 * HOUR)
    assert await outcomes(notifier) == [MessageOutcome.FAILED]


async def test_a_message_whose_sending_never_ended_is_unknown_and_not_sent_again(notifier: Notifier) -> None:
    await queue_one(notifier)
    await begin_sending(notifier)
    await notifier.let_pass(SILENT_AFTER)
    assert await notifier.send() == 0
    assert await outcomes(notifier) == [MessageOutcome.UNKNOWN]
    assert notifier.gateway.given == []


async def test_a_clock_that_runs_fast_does_not_make_a_message_silent(notifier: Notifier) -> None:
    await queue_one(notifier)
    await begin_sending(notifier)
    notifier.now += 600 * HOUR
    await notifier.let_pass(SILENT_AFTER - timedelta(minutes=1))
    assert await notifier.send() == 0
    assert await outcomes(notifier) == []


async def test_a_message_settled_as_unknown_is_not_put_off_and_sent_again(notifier: Notifier) -> None:
    await queue_one(notifier)
    [delivery] = await begin_sending(notifier)
    await notifier.let_pass(SILENT_AFTER)
    await notifier.send()
    async with notifier.open() as store:
        await store.put_off(delivery.message.message_id, pause=timedelta(0), attempts=1)
        assert await store.settle([delivery.message.message_id], MessageOutcome.DELIVERED, detail=None) == []
    assert await notifier.send() == 0
    assert await outcomes(notifier) == [MessageOutcome.UNKNOWN]


async def test_a_gateway_that_raises_leaves_its_message_unknown_and_the_others_go_out(notifier: Notifier) -> None:
    await notifier.arm([feedback_placed() for _ in range(12)])
    await notifier.fire_all(RECEIVED + 3 * HOUR)
    notifier.gateway.answers = [Attempt.DELIVERED, ConnectionResetError("cut"), Attempt.DELIVERED]
    assert [await notifier.send() for _ in range(3)] == [10, 2, 0]
    assert sorted(await outcomes(notifier)) == [MessageOutcome.DELIVERED] * 11 + [MessageOutcome.UNKNOWN]
    assert len(notifier.gateway.given) == 12
    said = [event for event in await notifier.said() if isinstance(event, MessageSettled)]
    assert [event.detail for event in said if event.detail] == ["the gateway raised ConnectionResetError"]


async def test_an_outcome_is_recorded_though_the_database_was_away_after_sending(notifier: Notifier) -> None:
    await queue_one(notifier)
    pauses: list[float] = []

    @asynccontextmanager
    async def failing() -> AsyncIterator[Store]:
        if notifier.gateway.given and len(pauses) < 3:
            raise ConnectionRefusedError
        async with notifier.open() as store:
            yield store

    async def note(pause: float) -> None:
        pauses.append(pause)

    send = replace(notifier.send, open_unit_of_work=failing, sleep=note)
    assert await send() == 1
    assert await outcomes(notifier) == [MessageOutcome.DELIVERED]
    assert pauses == sorted(pauses)
    assert len(pauses) == 3


async def test_what_a_database_that_stays_away_cost_is_one_claim_and_said_loudly(notifier: Notifier) -> None:
    await notifier.arm([feedback_placed() for _ in range(30)])
    await notifier.fire_all(RECEIVED + 3 * HOUR)

    @asynccontextmanager
    async def failing() -> AsyncIterator[Store]:
        if notifier.gateway.given:
            raise ConnectionRefusedError
        async with notifier.open() as store:
            yield store

    async def at_once(_: float) -> None:
        return None

    with pytest.raises(ConnectionRefusedError):
        await replace(notifier.send, open_unit_of_work=failing, sleep=at_once)()
    await notifier.let_pass(SILENT_AFTER)
    while await notifier.send():
        pass
    told = await outcomes(notifier)
    assert (told.count(MessageOutcome.UNKNOWN), told.count(MessageOutcome.DELIVERED)) == (10, 20)
    assert len(notifier.gateway.given) == 30


async def test_messages_that_wait_for_a_key_lose_no_attempt_and_go_out_when_it_is_there(
    notifier: Notifier, tmp_path: Path
) -> None:
    key = PrivateKey.generate()
    submitted = feedback_submitted(sealed_contact=sealed_for(key))
    await notifier.remember([submitted])
    await notifier.arm([feedback_placed(feedback_id=submitted.feedback_id)])
    keyless = replace(notifier.send, gateway=JournalGateway(tmp_path / "m", Seal(None)))
    for _ in range(MOST_ATTEMPTS + 2):
        assert await keyless() == 1
        assert await keyless() == 0
        await notifier.let_pass(HOUR)
    notifier.gateway.answers = [Attempt.LATER]
    assert await notifier.send() == 1
    assert await outcomes(notifier) == []
    await notifier.let_pass(HOUR)
    assert await replace(notifier.send, gateway=JournalGateway(tmp_path / "m", seal_with(key)))() == 1
    assert await outcomes(notifier) == [MessageOutcome.DELIVERED]


async def begin_sending(notifier: Notifier) -> Sequence[Delivery]:
    """Claim what is queued, as a process does that dies over it."""
    async with notifier.open() as store:
        deliveries = await store.take_queued(limit=10, silent_after=SILENT_AFTER)
    assert len(deliveries) == 1
    return deliveries


def sealed_for(key: PrivateKey) -> str:
    """Seal a contact the way intake does."""
    contact = json.dumps({"phone": "0900000001", "email": None}).encode()
    return base64.b64encode(SealedBox(key.public_key).encrypt(contact)).decode()


def seal_with(key: PrivateKey) -> Seal:
    """Open seals with a key."""
    return Seal(base64.b64encode(bytes(key)).decode())


def delivery(recipient: str, sealed_contact: str | None = None) -> Delivery:
    """Build a delivery."""
    message = Message("key", uuid4(), uuid4(), MessagePurpose.PLACED, recipient, "Phản ánh đã chuyển đến phường.")
    return Delivery(message, attempts=1, sealed_contact=sealed_contact)


async def test_the_journal_takes_messages_to_staff_and_to_opened_contacts(tmp_path: Path) -> None:
    key = PrivateKey.generate()
    journal = tmp_path / "messages.jsonl"
    gateway = JournalGateway(journal, seal_with(key))
    assert await gateway.send(delivery("office")) is Attempt.DELIVERED
    assert await gateway.send(delivery("resident", sealed_for(key))) is Attempt.DELIVERED
    lines = [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()]
    assert [line["to"] for line in lines] == ["office", "0900000001"]
    assert journal.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("sealed", [None, "bm8gc2VhbA==", "%%%"])
async def test_a_contact_that_cannot_be_opened_fails_its_message(tmp_path: Path, sealed: str | None) -> None:
    gateway = JournalGateway(tmp_path / "m", seal_with(PrivateKey.generate()))
    assert await gateway.send(delivery("resident", sealed)) is Attempt.FAILED


async def test_a_journal_that_cannot_be_written_holds_the_message_up(tmp_path: Path) -> None:
    assert await JournalGateway(tmp_path / "no" / "m", Seal(None)).send(delivery("office")) is Attempt.BLOCKED


async def test_without_a_key_residents_wait_staff_do_not_and_health_says_so(tmp_path: Path) -> None:
    seal = Seal(None)
    gateway = JournalGateway(tmp_path / "m", seal)
    assert await gateway.send(delivery("resident", sealed_for(PrivateKey.generate()))) is Attempt.BLOCKED
    assert await gateway.send(delivery("office")) is Attempt.DELIVERED
    assert "NOTIFIER_CONTACT_PRIVATE_KEY is not set" in str(await seal.check())


async def test_health_asks_about_a_key_that_does_not_open_contacts_until_one_opens(tmp_path: Path) -> None:
    key, other = PrivateKey.generate(), PrivateKey.generate()
    seal = seal_with(key)
    gateway = JournalGateway(tmp_path / "m", seal)
    assert await seal.check() is None
    assert await gateway.send(delivery("resident", sealed_for(other))) is Attempt.FAILED
    assert "did not open the last contact" in str(await seal.check())
    assert await gateway.send(delivery("resident", sealed_for(key))) is Attempt.DELIVERED
    assert await seal.check() is None


def test_a_private_key_that_is_none_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="NOTIFIER_CONTACT_PRIVATE_KEY"):
        Seal("not a key")
