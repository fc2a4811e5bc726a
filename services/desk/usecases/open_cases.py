"""Open a case for everything the router placed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from services.desk.domain.case import SYSTEM, Placement, StepTaken, opened
from services.desk.domain.life_cycle import opening
from services.desk.domain.staff import EVERY_UNIT
from services.desk.usecases.ports import OpenCases
from services.desk.usecases.telling import case_changed, feedback_corrected
from shared.clock import Clock
from shared.events import CaseChanged, FeedbackCorrected, FeedbackPlaced, derived_event_id


@dataclass(frozen=True, slots=True)
class OpenPlacedCases:
    """Open cases in one transaction; for one that exists, tell again every step and every correction."""

    open_cases: OpenCases
    clock: Clock
    count_opened: Callable[[int], None]

    async def __call__(self, batch: Sequence[FeedbackPlaced]) -> Sequence[CaseChanged | FeedbackCorrected]:
        """Return the steps and corrections of each case named in the batch, as they were told the first time."""
        now = self.clock()
        # Of two records about one feedback the first opens the case; the newest generation gives the deadlines.
        first = {event.feedback_id: placement_of(event) for event in reversed(batch)}
        newest = {event.feedback_id: placement_of(event) for event in sorted(batch, key=lambda event: event.generation)}
        openings = [
            StepTaken(
                step=opening(placement.feedback_id, unit_code=placement.unit_code, office=placement.office),
                event_id=derived_event_id(placement.event_id, CaseChanged.topic),
                actor=SYSTEM,
                at=now,
            )
            for placement in first.values()
        ]
        async with self.open_cases(EVERY_UNIT) as store:
            new = await store.add_cases([opened(placement, at=now) for placement in first.values()], openings)
            known = [feedback_id for feedback_id in first if feedback_id not in new]
            renewed = [p for p in newest.values() if p.feedback_id in known or p.generation > 1]
            if renewed:
                await store.renew_placements(renewed)
            steps = dict(await store.steps_of(known)) if known else {}
            corrections = await store.corrections_of(known) if known else ()
        self.count_opened(len(new))
        steps |= {taken.step.feedback_id: [taken] for taken in openings if taken.step.feedback_id in new}
        return [
            *[case_changed(taken) for feedback_id in first for taken in steps[feedback_id]],
            *[feedback_corrected(correction, report) for correction, report in corrections],
        ]


def placement_of(event: FeedbackPlaced) -> Placement:
    """Take over what the router said."""
    return Placement(
        feedback_id=event.feedback_id,
        event_id=event.event_id,
        placed_at=event.occurred_at,
        received_at=event.received_at,
        kind=event.kind.value,
        subject=event.subject,
        urgency=event.urgency.value,
        needs_review=event.needs_review,
        unit_code=event.unit_code,
        office=event.office,
        placed_by=event.placed_by.value,
        confidence=event.confidence,
        approximate=event.approximate,
        explanation=event.explanation,
        alternatives=tuple((other.unit_code, other.confidence) for other in event.alternatives),
        accept_by=event.accept_by,
        resolve_by=event.resolve_by,
        generation=event.generation,
        policy_version=event.policy_version,
        calendar_version=event.calendar_version,
        boundary_version=event.boundary_version,
    )
