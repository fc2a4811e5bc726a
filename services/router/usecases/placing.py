"""From a report and its place to a placement: office, deadlines, and everything that led to them."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from services.router.domain.clock import Pause
from services.router.domain.deadlines import decide_deadlines
from services.router.domain.desks import Acting
from services.router.domain.facts import Matter, facts_of
from services.router.domain.office import OfficeDecision, decide_office, matter_to_split, reachable_office
from services.router.domain.place import PlaceDecision
from services.router.domain.rules import conditions_used
from services.router.usecases.ports import Placement, Point, Reference
from shared.events import FeedbackPlaced, Kind, PlacedBy, PlacementReason, UnitScore, Urgency, derived_event_id

NEEDS_NO_PLACE = frozenset({Kind.THANKS, Kind.NOT_FEEDBACK})
"""Nobody is asked where it is for the sake of these."""


@dataclass(frozen=True, slots=True)
class Report:
    """What is to be placed; a `text` or `channel` of None is not known (any more).

    `office` is that of a part of a report: no rule chooses it anew.
    """

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
    second_subject: str | None = None
    office: str | None = None


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
    ruling = _rule(report, place, reference, used)
    acting = _acting(ruling, ruling.decision.office, place, reference)
    if report.part_of is not None:
        acting = _explained(acting, "Một phần của phản ánh mà nhiều cơ quan cùng giải quyết.")
    return _placement(report, place, cause, reference, ruling, acting, pauses)


def place_with_parts(
    report: Report,
    place: PlaceDecision,
    cause: Cause,
    reference: Reference,
    *,
    used: AbstractSet[str] | None = None,
) -> list[Placement]:
    """Place a report and, behind it, its parts for other offices: those the rule names, then that of a second matter.

    A part is a case of its own under the same tracking code, with its own deadlines. An office gets one of them.
    """
    ruling = _rule(report, place, reference, used)
    lead = _acting(ruling, ruling.decision.office, place, reference)
    main = _placement(report, place, cause, reference, ruling, lead, ())
    second = report.second_subject
    if second is not None:
        second = matter_to_split(
            reference.policy, second, needs_review=report.needs_review, urgency=report.urgency.value
        )
    if second is None and not ruling.decision.further:
        return [main]
    placements = [main]
    shares = [(report, ruling, office) for office in ruling.decision.further]
    if second is not None:
        other = replace(report, subject=second)
        its_ruling = _rule(other, place, reference, used)
        shares.append((other, its_ruling, its_ruling.decision.office))
    taken = {lead.office}
    for matter, its_ruling, office in shares:
        acting = _acting(its_ruling, office, place, reference)
        if acting.office in taken:
            continue
        taken.add(acting.office)
        # By the office that the rules name: whoever stands in for it, the part stays the same one.
        name = f"part:{office}"
        part = replace(
            matter,
            feedback_id=derived_event_id(report.feedback_id, name),
            part_of=report.feedback_id,
            second_subject=None,
            office=office,
        )
        acting = _explained(acting, _part_of(reference.desks.name(lead.office), second=matter is not report))
        its_cause = replace(cause, event_id=derived_event_id(cause.event_id, name))
        placements.append(_placement(part, place, its_cause, reference, its_ruling, acting, ()))
    return placements


def _explained(acting: Acting, sentence: str) -> Acting:
    return Acting(acting.office, sentence if acting.explanation is None else f"{sentence} {acting.explanation}")


def _part_of(lead: str, *, second: bool) -> str:
    sentence = f"Một phần của phản ánh do {lead} chủ trì"
    return f"{sentence}: việc thứ hai máy nhận ra trong lời kể, có thể nhầm." if second else f"{sentence}."


@dataclass(frozen=True, slots=True)
class _Ruling:
    """What the rules see of a report, on which local day, and which offices they name."""

    facts: Mapping[str, str]
    on: date
    decision: OfficeDecision


def _rule(report: Report, place: PlaceDecision, reference: Reference, used: AbstractSet[str] | None) -> _Ruling:
    policy = reference.policy
    on = reference.calendar.clamp(report.received_at).astimezone(reference.zone).date()
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
    calendar = reference.calendars.of(place.unit_code)
    facts = facts_of(matter, policy, calendar, used=conditions_used(policy) if used is None else used)
    decision = decide_office(policy, facts, unit_code=place.unit_code, on=on)
    if report.office is not None:
        decision = OfficeDecision(reachable_office(report.office, unit_code=place.unit_code), decision.rule_id)
    return _Ruling(facts, on, decision)


def _acting(ruling: _Ruling, office: str, place: PlaceDecision, reference: Reference) -> Acting:
    return reference.desks.acting(office, unit_code=place.unit_code, on=ruling.on)


def _placement(
    report: Report,
    place: PlaceDecision,
    cause: Cause,
    reference: Reference,
    ruling: _Ruling,
    acting: Acting,
    pauses: Sequence[Pause],
) -> Placement:
    calendar = reference.calendars.of(place.unit_code, acting.office)
    deadlines = decide_deadlines(
        reference.policy, calendar, ruling.facts, received_at=report.received_at, on=ruling.on, pauses=pauses
    )
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
        office=acting.office,
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
        question=None if report.kind in NEEDS_NO_PLACE else place.ask,
        part_of=report.part_of,
        office_explanation=acting.explanation,
        office_rule=ruling.decision.rule_id,
        deadline_rule=deadlines.rule_id,
    )
    return Placement(
        event,
        cause.cause_id,
        reference.units_version,
        report.channel,
        report.point,
        report.second_subject,
        reference.offices_version,
    )
