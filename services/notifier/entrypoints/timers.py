"""The loops of the notifier: fire what is due, send what is queued; at most a short pause late."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from services.notifier.usecases.fire_deadlines import FireDeadlines
from services.notifier.usecases.send_messages import SendMessages
from shared.events import DeadlinePassed

Loop = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Loops:
    """Call the use cases whenever there may be work."""

    fire: FireDeadlines
    send: SendMessages
    wake_relay: Callable[[], None]
    count_fired: Callable[[Sequence[DeadlinePassed]], None]
    count_taken: Callable[[int], None]
    pause_seconds: float

    async def fire_for_ever(self) -> None:
        """Fire due deadlines; several workers may run, each rung still fires once."""
        while True:
            fired = await self.fire()
            if fired.events:
                self.count_fired(fired.events)
                self.wake_relay()
            if not fired.more:
                await asyncio.sleep(self.pause_seconds)

    async def send_for_ever(self) -> None:
        """Send queued messages."""
        while True:
            if taken := await self.send():
                self.count_taken(taken)
                self.wake_relay()
            else:
                await asyncio.sleep(self.pause_seconds)
