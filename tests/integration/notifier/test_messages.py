"""Sending messages: once, never blindly again, and settled in the end."""

import base64
import json
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from nacl.public import PrivateKey, SealedBox

from services.notifier.adapters.gateway import JournalGateway, Seal
from services.notifier.usecases.ports import Attempt, Delivery, Message
from services.notifier.usecases.send_messages import MOST_ATTEMPTS
from shared.events import MessageOutcome, MessagePurpose
from tests.integration.notifier.conftest import Notifier
from tests.support.events import RECEIVED, feedback_placed

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
        notifier.now += 3 * HOUR
    assert await outcomes(notifier) == [MessageOutcome.FAILED]


async def test_a_message_whose_sending_never_ended_is_unknown_and_not_sent_again(notifier: Notifier) -> None:
    await queue_one(notifier)
    async with notifier.open() as store:
        assert len(await store.take_queued(notifier.now, limit=10)) == 1
    notifier.now += HOUR
    assert await notifier.send() == 0
    assert await outcomes(notifier) == [MessageOutcome.UNKNOWN]
    assert notifier.gateway.given == []


def delivery(recipient: str, sealed_contact: str | None = None) -> Delivery:
    """Build a delivery."""
    message = Message("key", uuid4(), uuid4(), MessagePurpose.PLACED, recipient, "Phản ánh đã chuyển đến phường.")
    return Delivery(message, attempts=1, sealed_contact=sealed_contact)


async def test_the_journal_takes_messages_to_staff_and_to_opened_contacts(tmp_path: Path) -> None:
    key = PrivateKey.generate()
    sealed = SealedBox(key.public_key).encrypt(json.dumps({"phone": "0900000001", "email": None}).encode())
    journal = tmp_path / "messages.jsonl"
    gateway = JournalGateway(journal, Seal(base64.b64encode(bytes(key)).decode()))
    assert await gateway.send(delivery("office")) is Attempt.DELIVERED
    assert await gateway.send(delivery("resident", base64.b64encode(sealed).decode())) is Attempt.DELIVERED
    lines = [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()]
    assert [line["to"] for line in lines] == ["office", "0900000001"]
    assert journal.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("sealed", [None, "bm8gc2VhbA==", "%%%"])
async def test_a_contact_that_cannot_be_opened_fails_its_message(tmp_path: Path, sealed: str | None) -> None:
    gateway = JournalGateway(tmp_path / "m", Seal(base64.b64encode(bytes(PrivateKey.generate())).decode()))
    assert await gateway.send(delivery("resident", sealed)) is Attempt.FAILED


async def test_a_journal_that_cannot_be_written_puts_the_message_off(tmp_path: Path) -> None:
    assert await JournalGateway(tmp_path / "no" / "m", Seal(None)).send(delivery("office")) is Attempt.LATER


def test_a_private_key_that_is_none_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="NOTIFIER_CONTACT_PRIVATE_KEY"):
        Seal("not a key")
