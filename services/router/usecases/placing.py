"""From a report and its place to a placement: office, deadlines, and everything that led to them."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.router.domain.clock import Pause
from services.router.domain.deadlines import decide_deadlines
from services.router.domain.facts import Matter, facts_of
from services.router.domain.office import decide_office
from services.router.domain.place import PlaceDecision
from services.router.domain.rules import conditions_used
from services.router.usecases.ports import Placement, Point, Reference
from shared.events import FeedbackPlaced, Kind, PlacedBy, PlacementReason, UnitScore, Urgency


@dataclass(frozen=True, slots=True)
class Report:
    """What is to be placed; a `text` or `channel` of None is not known (any more)."""

    feedback_id: UUID
    received_at: datetime
    kind: Kind
    subject: str
    urgency: Urgency
    needs_review: bool
    channel: str | None
    text: str | None
    point: Point | None
    tracking_code: str | None
    part_of: UUID | None = None


@dataclass(frozen=True, slots=True)
class Cause:
    """The event that made us decide, the id of what follows from it, and why there is a new generation."""

    cause_id: UUID
    event_id: UUID
    at: datetime
    reason: PlacementReason = PlacementReason.FIRST
    generation: int = 1


def place_report(
    report: Report,
    place: PlaceDecision,
    cause: Cause,
    reference: Reference,
    *,
    used: AbstractSet[str] | None = None,
    pauses: Sequence[Pause] = (),
) -> Placement:
    """Decide office and deadlines by the rules of the local day of receipt; the same input gives the same placement.

    `used` are the conditions that the rules have, for those who place many.
    """
    policy = reference.policy
    on = reference.calendar.clamp(report.received_at).astimezone(reference.zone).date()
    calendar = reference.calendars.of(place.unit_code)
    matter = Matter(
        kind=report.kind.value,
        topic=report.subject,
        urgency=report.urgency.value,
        needs_review=report.needs_review,
        unit_code=place.unit_code,
        received_at=report.received_at,
        channel=report.channel,
        text=report.text,
    )
    facts = facts_of(matter, policy, calendar, used=conditions_used(policy) if used is None else used)
    office = decide_office(policy, facts, unit_code=place.unit_code, on=on)
    deadlines = decide_deadlines(policy, calendar, facts, received_at=report.received_at, on=on, pauses=pauses)
    event = FeedbackPlaced(
        event_id=cause.event_id,
        feedback_id=report.feedback_id,
        occurred_at=cause.at,
        received_at=report.received_at,
        kind=report.kind,
        subject=report.subject,
        urgency=report.urgency,
        needs_review=report.needs_review,
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
        generation=cause.generation,
        policy_version=reference.policy_version,
        calendar_version=reference.calendar_version,
        boundary_version=reference.boundaries.version,
        reason=cause.reason,
        tracking_code=report.tracking_code,
        question=place.ask,
        part_of=report.part_of,
        office_rule=office.rule_id,
        deadline_rule=deadlines.rule_id,
    )
    return Placement(event, cause.cause_id, reference.units_version, report.channel, report.point)
