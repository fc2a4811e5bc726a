"""What the classifier does without being asked: forget what the retention table says is over."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from shared.kafka.faults import is_surroundings_fault

log = structlog.get_logger(__name__)


async def forget(one_round: Callable[[], Awaitable[None]], *, every_seconds: float) -> None:
    """Run a round every so often; a database that is away only delays it."""
    while True:
        try:
            await one_round()
        except Exception as error:
            if not is_surroundings_fault(error):
                raise
            log.warning("forgetting waits for the database", error=type(error).__name__)
        await asyncio.sleep(every_seconds)
