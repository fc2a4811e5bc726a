"""case.changed.v1, built from what is kept, so that it is the same however often it is told."""

from uuid import UUID

from services.desk.domain.case import StepTaken
from shared.events import CaseAction, CaseChanged, CaseState, ClosingReason, derived_event_id


def event_id_of_move(feedback_id: UUID, version: int) -> UUID:
    """Name the event of a move that no other event caused."""
    return derived_event_id(feedback_id, f"{CaseChanged.topic}:{version}")


def case_changed(taken: StepTaken) -> CaseChanged:
    """Build the event of a step; internal notes and names stay here."""
    step = taken.step
    return CaseChanged(
        event_id=taken.event_id,
        feedback_id=step.feedback_id,
        occurred_at=taken.at,
        version=step.version,
        action=CaseAction(step.action.value),
        state=CaseState(step.state.value),
        actor=taken.actor,
        unit_code=step.unit_code,
        office=step.office,
        public_reply=step.public_reply,
        closing_reason=ClosingReason(step.closing_reason.value) if step.closing_reason is not None else None,
    )
