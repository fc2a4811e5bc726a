"""Forget sessions that have ended and attempts that no longer matter."""

from dataclasses import dataclass

from services.desk.domain.sign_in import FORGET_AFTER
from services.desk.usecases.ports import OpenStaff
from shared.clock import Clock


@dataclass(frozen=True, slots=True)
class TidySignIns:
    """One round."""

    open_staff: OpenStaff
    real_clock: Clock

    async def __call__(self) -> None:
        """Forget what is old."""
        now = self.real_clock()
        async with self.open_staff() as store:
            await store.tidy(now=now, attempts_before=now - FORGET_AFTER)
