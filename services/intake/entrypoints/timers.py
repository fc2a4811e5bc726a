"""What intake does without being asked: sweep, and keep an eye on the broker's identity."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from shared.kafka.faults import is_surroundings_fault

log = structlog.get_logger(__name__)

PAUSE_BETWEEN_FULL_ROUNDS_SECONDS = 1.0
FIRST_PAUSE_SECONDS = 1.0


async def sweep(*rounds: Callable[[], Awaitable[int]], every_seconds: float, limit: int) -> None:
    """Run every round every so often, and at once again while one of them has more than `limit` to do."""
    while True:
        try:
            done = [await one_round() for one_round in rounds]
        except Exception as error:
            if not is_surroundings_fault(error):
                raise
            log.warning("sweeper waits for the database", error=type(error).__name__)
            done = []
        if any(done):
            log.info("announced again", count=sum(done))
        more = any(count >= limit for count in done)
        await asyncio.sleep(PAUSE_BETWEEN_FULL_ROUNDS_SECONDS if more else every_seconds)


async def watch_broker(
    ask: Callable[[], Awaitable[str]], notice: Callable[[str], Awaitable[bool]], *, every_seconds: float
) -> None:
    """Look which cluster answers: soon after the start or an absence, then every so often."""
    pause = FIRST_PAUSE_SECONDS
    while True:
        try:
            if await notice(await ask()):
                log.warning("the broker was replaced or lost its log; telling it again what is open")
            pause = every_seconds
        except Exception as error:
            if not is_surroundings_fault(error):
                raise
            log.info("broker or database does not answer", error=type(error).__name__)
            pause = min(pause, FIRST_PAUSE_SECONDS) if pause == every_seconds else min(pause * 2, every_seconds)
        await asyncio.sleep(pause)
