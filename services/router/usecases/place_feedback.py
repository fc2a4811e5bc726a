"""PlaceFeedback: every classified feedback gets a unit, an office and two deadlines."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.router.domain.deadlines import decide_deadlines
from services.router.domain.office import decide_office
from services.router.domain.place import PlaceDecision
from services.router.usecases.locate_places import Whereabouts, locate_places
from services.router.usecases.ports import CurrentReference, OpenPlacements, Placement, Point, Reference
from shared.clock import Clock
from shared.events import FeedbackClassified, FeedbackPlaced, PlacedBy, UnitScore, derived_event_id


@dataclass(frozen=True, slots=True)
class PlaceFeedback:
    """Place a batch in one transaction; what was placed before is returned as it was."""

    current_reference: CurrentReference
    open_placements: OpenPlacements
    clock: Clock

    async def __call__(self, batch: Sequence[FeedbackClassified]) -> Sequence[FeedbackPlaced]:
        """Decide, store and return one event per record, in their order; a replay gets the same events."""
        reference = await self.current_reference()
        decisions = locate_places([_whereabouts(feedback) for feedback in batch], reference)
        now = self.clock()
        placed = [
            _placement(feedback, place, reference, now=now) for feedback, place in zip(batch, decisions, strict=True)
        ]
        # Of two records about one feedback in one batch, the first counts.
        placements = {placement.event.feedback_id: placement for placement in reversed(placed)}
        async with self.open_placements() as store:
            before = await store.add_missing(list(placements.values()))
        return [before.get(feedback.feedback_id) or placements[feedback.feedback_id].event for feedback in batch]


def _whereabouts(feedback: FeedbackClassified) -> Whereabouts:
    place = feedback.place
    point = Point(place.pin.lat, place.pin.lon) if place.pin is not None else None
    return Whereabouts(point, place.unit_code, place.text, feedback.text)


def _placement(feedback: FeedbackClassified, place: PlaceDecision, reference: Reference, *, now: datetime) -> Placement:
    policy = reference.policy
    received_at = feedback.received_at
    on = reference.calendar.clamp(received_at).astimezone(reference.zone).date()
    facts = {
        "kind": feedback.kind.value,
        "topic": feedback.subject,
        "field": policy.field_by_topic.get(feedback.subject, ""),
        "urgency": feedback.urgency.value,
        "channel": feedback.channel.value,
        "unit": place.unit_code or "",
        "needs_review": "true" if feedback.needs_review else "false",
    }
    office = decide_office(policy, facts, unit_code=place.unit_code, on=on)
    deadlines = decide_deadlines(policy, reference.calendar, facts, received_at=received_at, on=on)
    event = FeedbackPlaced(
        event_id=derived_event_id(feedback.event_id, FeedbackPlaced.topic),
        feedback_id=feedback.feedback_id,
        occurred_at=now,
        received_at=received_at,
        kind=feedback.kind,
        subject=feedback.subject,
        urgency=feedback.urgency,
        needs_review=feedback.needs_review,
        unit_code=place.unit_code,
        office=office.office,
        placed_by=PlacedBy(place.how.value),
        confidence=place.confidence,
        approximate=place.approximate,
        explanation=place.explanation,
        alternatives=tuple(
            UnitScore(unit_code=other.unit_code, confidence=other.confidence) for other in place.alternatives
        ),
        accept_by=deadlines.accept_by,
        resolve_by=deadlines.resolve_by,
        policy_version=reference.policy_version,
        calendar_version=reference.calendar_version,
        boundary_version=reference.boundaries.version,
    )
    return Placement(event, feedback.event_id, reference.units_version, office.rule_id, deadlines.rule_id)
