"""The desk's events, built from what is kept, so that they are the same however often they are told."""

from uuid import UUID

from services.desk.domain.case import Correction, Report, StepTaken
from shared.events import (
    CaseAction,
    CaseChanged,
    CaseState,
    Channel,
    ClosingReason,
    FeedbackCorrected,
    Kind,
    Urgency,
    derived_event_id,
)


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


def feedback_corrected(correction: Correction, report: Report) -> FeedbackCorrected:
    """Build the event of a correction: the person's word against the classifier's, whoever spoke in between."""
    return FeedbackCorrected(
        event_id=correction.event_id,
        feedback_id=correction.feedback_id,
        occurred_at=correction.at,
        actor=correction.actor,
        channel=Channel(report.channel),
        text=report.text,
        kind=Kind(correction.new_kind),
        subject=correction.new_subject,
        urgency=Urgency(correction.new_urgency),
        was_kind=Kind(report.kind),
        was_subject=report.subject,
        was_urgency=Urgency(report.urgency),
        model_version=report.model_version,
    )
