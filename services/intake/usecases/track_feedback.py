"""Show residents where their reports stand."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.intake.domain.tracking import Tracking
from services.intake.usecases.ports import OpenUnitOfWork


@dataclass(frozen=True, slots=True)
class TrackFeedback:
    """Look tracking codes up."""

    open_unit_of_work: OpenUnitOfWork

    async def __call__(self, tracking_codes: Sequence[str]) -> Sequence[Tracking]:
        """Return what is known of each code, in the order given; unknown codes are left out."""
        async with self.open_unit_of_work() as store:
            found = {tracking.tracking_code: tracking for tracking in await store.track(tracking_codes)}
        return [found[code] for code in dict.fromkeys(tracking_codes) if code in found]
