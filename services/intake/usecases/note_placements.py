"""Follow the router: where each report went."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.intake.domain.tracking import Placement, latest_placements
from services.intake.usecases.ports import OpenUnitOfWork
from shared.events import Event, FeedbackPlaced


@dataclass(frozen=True, slots=True)
class NotePlacements:
    """Keep the newest placement of each report; what came before in any order changes nothing."""

    open_unit_of_work: OpenUnitOfWork

    async def __call__(self, batch: Sequence[FeedbackPlaced]) -> Sequence[Event]:
        """Keep a batch; nothing follows from it."""
        async with self.open_unit_of_work() as store:
            await store.note_placements(latest_placements(map(_placement, batch)))
        return ()


def _placement(event: FeedbackPlaced) -> Placement:
    return Placement(
        feedback_id=event.feedback_id,
        generation=event.generation,
        kind=event.kind.value,
        subject=event.subject,
        urgency=event.urgency.value,
        needs_review=event.needs_review,
        unit_code=event.unit_code,
        office=event.office,
        placed_by=event.placed_by.value,
        explanation=event.explanation,
        approximate=event.approximate,
        accept_by=event.accept_by,
        resolve_by=event.resolve_by,
        placed_at=event.occurred_at,
        reason=event.reason.value,
        question=event.question,
        alternatives=tuple(other.unit_code for other in event.alternatives),
        part_of=event.part_of,
    )
