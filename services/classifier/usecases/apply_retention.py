"""ApplyRetention: forget words when the retention table says so."""

from dataclasses import dataclass

import structlog

from services.classifier.usecases.ports import OpenTraffic
from shared.clock import Clock

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ApplyRetention:
    """One round."""

    open_traffic: OpenTraffic
    clock: Clock

    async def __call__(self) -> None:
        """Forget what is over."""
        async with self.open_traffic() as store:
            forgotten = await store.forget(now=self.clock())
        if any(forgotten.values()):
            log.info("forgotten", **forgotten)
