"""Send what is queued: an attempt is recorded before it is made, so that none is ever repeated blindly."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from services.notifier.usecases.ports import Attempt, Delivery, Gateway, OpenUnitOfWork, Store
from shared.events import MessageOutcome

# Gateways and disks know nothing of the product's clock: these are in real time.
SILENT_AFTER = timedelta(minutes=10)
FIRST_PAUSE = timedelta(seconds=30)
BLOCKED_PAUSE = timedelta(minutes=5)
MOST_ATTEMPTS = 8
# Well within SILENT_AFTER; whoever cannot record an outcome by then leaves the message unknown.
RECORD_PAUSES_SECONDS = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 40.0)


@dataclass(frozen=True, slots=True)
class SendMessages:
    """Send a few queued messages at a time, and record what became of each as soon as it is known.

    A message whose sending began and never ended (this process died over it), or over which the gateway raised, is
    settled as unknown, not sent again.
    """

    open_unit_of_work: OpenUnitOfWork
    gateway: Gateway
    batch_size: int = 10
    silent_after: timedelta = SILENT_AFTER
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def __call__(self) -> int:
        """Run one round; return how many messages were taken."""
        async with self.open_unit_of_work() as store:
            silent = await store.silent()
            await store.say(await store.settle(silent, MessageOutcome.UNKNOWN, detail="its sending never ended"))
            deliveries = await store.take_queued(limit=self.batch_size, silent_after=self.silent_after)
        ended = await asyncio.gather(*map(self._send, deliveries), return_exceptions=True)
        for error in ended:
            if error is not None:
                raise error
        return len(deliveries)

    async def _send(self, delivery: Delivery) -> None:
        """Try one message, and record the outcome even if the database is away for a while."""
        detail = None
        try:
            attempt = await self.gateway.send(delivery)
        except Exception as error:  # noqa: BLE001 whatever it was, the message may have gone out
            attempt, detail = Attempt.UNKNOWN, f"the gateway raised {type(error).__name__}"
        for pause in RECORD_PAUSES_SECONDS:
            try:
                return await self._record(delivery, attempt, detail)
            except Exception:  # noqa: BLE001 the last try below lets it through
                await self.sleep(pause)
        return await self._record(delivery, attempt, detail)

    async def _record(self, delivery: Delivery, attempt: Attempt, detail: str | None) -> None:
        message_id, attempts = delivery.message.message_id, delivery.attempts
        async with self.open_unit_of_work() as store:
            if attempt is Attempt.BLOCKED:
                await store.put_off(message_id, pause=BLOCKED_PAUSE, attempts=attempts - 1)
            elif attempt is not Attempt.LATER:
                await self._settle(store, delivery, MessageOutcome(attempt.value), detail)
            elif attempts < MOST_ATTEMPTS:
                await store.put_off(message_id, pause=FIRST_PAUSE * 2 ** (attempts - 1), attempts=attempts)
            else:
                await self._settle(store, delivery, MessageOutcome.FAILED, f"given up after {attempts} attempts")

    async def _settle(self, store: Store, delivery: Delivery, outcome: MessageOutcome, detail: str | None) -> None:
        await store.say(await store.settle([delivery.message.message_id], outcome, detail=detail))
