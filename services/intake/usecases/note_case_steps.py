"""Follow the desk: every step of every case, and that it has arrived there at all."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.intake.domain.tracking import CaseStep, latest_steps
from services.intake.usecases.ports import OpenUnitOfWork
from shared.events import CaseChanged, Event


@dataclass(frozen=True, slots=True)
class NoteCaseSteps:
    """Keep steps in any order: the highest version says where a case stands."""

    open_unit_of_work: OpenUnitOfWork

    async def __call__(self, batch: Sequence[CaseChanged]) -> Sequence[Event]:
        """Keep a batch; nothing follows from it."""
        steps = [_step(event) for event in batch]
        async with self.open_unit_of_work() as store:
            await store.note_steps(steps)
            await store.note_progress(latest_steps(steps))
        return ()


def _step(event: CaseChanged) -> CaseStep:
    return CaseStep(
        feedback_id=event.feedback_id,
        version=event.version,
        action=event.action.value,
        state=event.state.value,
        unit_code=event.unit_code,
        office=event.office,
        public_reply=event.public_reply,
        closing_reason=event.closing_reason.value if event.closing_reason is not None else None,
        occurred_at=event.occurred_at,
    )
