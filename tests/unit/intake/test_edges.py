import asyncio
import base64
import json

import pytest
from aiokafka.errors import KafkaConnectionError
from nacl.public import PrivateKey, SealedBox

from services.intake.adapters.seal import contact_sealer
from services.intake.domain.contact import Contact
from services.intake.entrypoints.timers import sweep, watch_broker
from services.intake.settings import IntakeSettings


def test_only_the_notifier_opens_a_sealed_contact():
    key = PrivateKey.generate()
    seal = contact_sealer(base64.b64encode(bytes(key.public_key)).decode())
    sealed = seal(Contact("0912345678", "lan@example.vn", "Lan"))
    assert "0912345678" not in sealed
    assert sealed != seal(Contact("0912345678", "lan@example.vn", "Lan"))
    opened = json.loads(SealedBox(key).decrypt(base64.b64decode(sealed)))
    assert opened == {"phone": "0912345678", "email": "lan@example.vn", "name": "Lan"}


def test_without_a_key_nothing_leaves():
    assert contact_sealer(None)(Contact("0912345678")) is None
    assert contact_sealer("")(Contact("0912345678")) is None


@pytest.mark.parametrize("key", ["not base64!", "c2hvcnQ="])
def test_a_key_that_is_none_is_told_at_the_start(key):
    with pytest.raises(ValueError, match="INTAKE_CONTACT_PUBLIC_KEY"):
        contact_sealer(key)


def test_settings_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("INTAKE_PORT", "9001")
    assert IntakeSettings().address == "http://127.0.0.1:9001"
    monkeypatch.setenv("INTAKE_PUBLIC_URL", "https://langnghe.test/")
    assert IntakeSettings().address == "https://langnghe.test"


class Script:
    """Answers calls from a list, then ends the loop that calls."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.calls = []

    async def __call__(self, *given):
        self.calls.append(given)
        if not self.answers:
            raise asyncio.CancelledError
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


async def played(loop):
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(loop, 10)


async def test_the_sweeper_goes_on_at_once_while_there_is_more_and_after_a_fault():
    one, other = Script(5, OSError(), 0), Script(0, 5)
    await played(sweep(one, other, every_seconds=0.01, limit=5))
    assert len(one.calls) == 4


async def test_an_unforeseen_fault_of_a_round_is_not_swallowed():
    with pytest.raises(RuntimeError):
        await sweep(Script(RuntimeError()), every_seconds=0.01, limit=5)


async def test_the_broker_is_asked_again_after_an_absence():
    ask = Script("one", KafkaConnectionError(), "two", KafkaConnectionError(), KafkaConnectionError())
    notice = Script(*[False, True])
    await played(watch_broker(ask, notice, every_seconds=0.01))
    assert notice.calls == [("one",), ("two",)]


async def test_an_unforeseen_fault_of_the_watch_is_not_swallowed():
    with pytest.raises(RuntimeError):
        await watch_broker(Script(RuntimeError()), Script(), every_seconds=0.01)
