"""Send what is queued: an attempt is recorded before it is made, so that none is ever repeated blindly."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from services.notifier.usecases.ports import Attempt, Gateway, OpenUnitOfWork
from shared.events import MessageOutcome

SILENT_AFTER = timedelta(minutes=10)
FIRST_PAUSE = timedelta(seconds=30)
MOST_ATTEMPTS = 8


@dataclass(frozen=True, slots=True)
class SendMessages:
    """Send one batch of queued messages and settle what became final.

    A message whose sending began and never ended (this process died over it) is settled as unknown, not sent again.
    """

    open_unit_of_work: OpenUnitOfWork
    gateway: Gateway
    batch_size: int = 100

    async def __call__(self) -> int:
        """Run one round; return how many messages were taken."""
        async with self.open_unit_of_work() as store:
            now = await store.now()
            silent = await store.give_up_silent(now - SILENT_AFTER)
            await store.say(await store.settle(dict.fromkeys(silent, MessageOutcome.UNKNOWN), now))
            deliveries = await store.take_queued(now, limit=self.batch_size)
        settled: dict[UUID, MessageOutcome] = {}
        pauses: dict[UUID, timedelta] = {}
        for delivery in deliveries:
            attempt = await self.gateway.send(delivery)
            message_id = delivery.message.message_id
            if attempt is not Attempt.LATER:
                settled[message_id] = MessageOutcome(attempt.value)
            elif delivery.attempts >= MOST_ATTEMPTS:
                settled[message_id] = MessageOutcome.FAILED
            else:
                pauses[message_id] = FIRST_PAUSE * 2 ** (delivery.attempts - 1)
        if deliveries:
            async with self.open_unit_of_work() as store:
                now = await store.now()
                await store.say(await store.settle(settled, now))
                await store.put_off({message_id: now + pause for message_id, pause in pauses.items()})
        return len(deliveries)
