"""From a case that was placed to the next generation of its placement: the same start, and what has become of it."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from services.router.domain.deadlines import Basis, CaseClock, compute
from services.router.domain.facts import Matter, facts_of
from services.router.domain.life import moved_explanation, pauses_of
from services.router.domain.rules import conditions_used
from services.router.usecases.placing import Cause, Report
from services.router.usecases.ports import PlacedCase, Placement, Reference
from shared.events import Event, FeedbackPlaced, Kind, PlacementReason, Urgency, derived_event_id


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a report is, as the newest word on it has it."""

    kind: Kind
    subject: str
    urgency: Urgency
    needs_review: bool


def cause_of(event: Event, case: PlacedCase, reason: PlacementReason) -> Cause:
    """Make a record the cause of a case's next generation.

    The generation is dated by the record, so that the same record always gives the same event.
    """
    event_id = derived_event_id(event.event_id, FeedbackPlaced.topic)
    generation = case.placement.event.generation + 1
    return Cause(event.event_id, event_id, event.occurred_at, reason, generation)


def judgement_of(case: PlacedCase) -> Judgement:
    """Say what a case is, as its newest placement has it."""
    event = case.placement.event
    return Judgement(event.kind, event.subject, event.urgency, event.needs_review)


def report_of(case: PlacedCase, *, text: str | None = None) -> Report:
    """Make a case into a report that can be placed anew; its words are not kept here, unless somebody brings them."""
    event, placement = case.placement.event, case.placement
    return Report(
        feedback_id=event.feedback_id,
        received_at=event.received_at,
        kind=event.kind,
        subject=event.subject,
        urgency=event.urgency,
        needs_review=event.needs_review,
        channel=placement.channel,
        text=text,
        point=placement.point,
        tracking_code=event.tracking_code,
        part_of=event.part_of,
        second_subject=placement.second_subject,
        office=event.office if event.part_of is not None else None,
    )


def renew(
    case: PlacedCase,
    cause: Cause,
    reference: Reference,
    *,
    used: AbstractSet[str] | None = None,
    judged: Judgement | None = None,
    text: str | None = None,
) -> Placement:
    """Compute the deadlines of a case anew, from its original start, for the unit and the office that have it now.

    The place stays as it was found, and no rule chooses an office anew. Without the words of the report, the rule that
    decided before decides again as long as it could: see `terms_by`.
    """
    before, policy = case.placement.event, reference.policy
    judged = judged or judgement_of(case)
    matter = Matter(
        kind=judged.kind.value,
        topic=judged.subject,
        urgency=judged.urgency.value,
        needs_review=judged.needs_review,
        unit_code=case.unit_code,
        received_at=before.received_at,
        channel=case.placement.channel,
        text=text,
    )
    used = conditions_used(policy) if used is None else used
    facts = facts_of(matter, policy, reference.calendars.of(case.unit_code), used=used)
    calendar = reference.calendars.of(case.unit_code, case.office)
    clock = CaseClock(
        received_at=before.received_at,
        facts=facts,
        pauses=pauses_of(case.life, calendar, limit=policy.waiting_limit),
        office=case.office,
        rule_before=before.deadline_rule,
    )
    deadlines = compute(clock, _basis(reference), generation=cause.generation).deadlines
    event = before.model_copy(
        update={
            "event_id": cause.event_id,
            "occurred_at": cause.at,
            "reason": cause.reason,
            "generation": cause.generation,
            "kind": judged.kind,
            "subject": judged.subject,
            "urgency": judged.urgency,
            "needs_review": judged.needs_review,
            "unit_code": case.unit_code,
            "office": case.office,
            "office_explanation": before.office_explanation if case.office == before.office else None,
            "explanation": _explanation(case, reference),
            "from_unit": None,
            "question": before.question if case.unit_code is None else None,
            "accept_by": deadlines.accept_by,
            "resolve_by": deadlines.resolve_by,
            "deadline_rule": deadlines.rule_id,
            "policy_version": reference.policy_version,
            "calendar_version": reference.calendar_version,
        }
    )
    return replace(case.placement, event=event, cause_id=cause.cause_id, offices_version=reference.offices_version)


def with_deadlines_of_before(case: PlacedCase, placement: Placement) -> Placement:
    """Leave the deadlines of a case, and the rule that set them, as they are; the rest of its next generation stays."""
    before = case.placement.event
    kept = {"accept_by": before.accept_by, "resolve_by": before.resolve_by, "deadline_rule": before.deadline_rule}
    return replace(placement, event=placement.event.model_copy(update=kept))


def moves(case: PlacedCase, after: Placement) -> bool:
    """Say whether a deadline is another one than that of the newest placement."""
    before = case.placement.event
    return (before.accept_by, before.resolve_by) != (after.event.accept_by, after.event.resolve_by)


def _basis(reference: Reference) -> Basis:
    return Basis(
        reference.policy,
        reference.calendars,
        reference.zone,
        reference.policy_version,
        reference.calendar_version,
    )


def _explanation(case: PlacedCase, reference: Reference) -> str:
    before = case.placement.event
    if case.unit_code == before.unit_code:
        return before.explanation
    return moved_explanation(before.explanation, case.unit_code, reference.places.unit_names)
