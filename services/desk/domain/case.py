"""A case and everything known of it, as frozen values."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from uuid import UUID

from services.desk.domain.assignment import Handler
from services.desk.domain.deadlines import due_at
from services.desk.domain.highlights import Highlight
from services.desk.domain.life_cycle import (
    SETTLED,
    Action,
    Handover,
    Reason,
    Standing,
    State,
    Step,
    hand_over,
)

SYSTEM = "system"
RESIDENT = "resident"
COMPLAINT = "complaint_denunciation"
# The reasons of a placement whose deadlines follow from the steps of the case.
FROM_STEPS = frozenset({"waiting", "transferred"})


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the router put a report, why, and by when it must be dealt with."""

    feedback_id: UUID
    event_id: UUID
    placed_at: datetime
    received_at: datetime
    kind: str
    subject: str
    urgency: str
    needs_review: bool
    unit_code: str | None
    office: str
    placed_by: str
    confidence: float
    approximate: bool
    explanation: str
    alternatives: tuple[tuple[str, float], ...]
    accept_by: datetime
    resolve_by: datetime
    generation: int
    policy_version: str
    calendar_version: str
    boundary_version: str
    part_of: UUID | None = None
    tracking_key: str | None = None
    reason: str = "first"
    from_unit: str | None = None
    """Why there is this generation, and for units that changed the unit the case was with: said, not kept."""


@dataclass(frozen=True, slots=True)
class Case:
    """A case as it stands; `placement` is the router's word, the rest is ours."""

    placement: Placement
    version: int
    state: State
    unit_code: str | None
    office: str
    kind: str
    subject: str
    urgency: str
    needs_review: bool
    opened_at: datetime
    changed_at: datetime
    resolved_at: datetime | None = None
    closing_reason: Reason | None = None
    disputed: bool = False
    assignee_id: int | None = None

    @property
    def feedback_id(self) -> UUID:
        """The feedback this case is about."""
        return self.placement.feedback_id

    @property
    def report_id(self) -> UUID:
        """The feedback whose words this case is about: its own, or the one that it is a part of."""
        return self.placement.part_of or self.feedback_id

    @property
    def standing(self) -> Standing:
        """What decisions need."""
        return Standing(self.feedback_id, self.version, self.state, self.unit_code, self.office)

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to act."""
        return self.state not in SETTLED

    @property
    def on_the_legal_track(self) -> bool:
        """Whether it is a formal complaint or denunciation, as far as anybody has said: never public."""
        return self.kind == COMPLAINT

    @property
    def due_at(self) -> datetime:
        """The deadline that counts now."""
        return due_at(self.state, accept_by=self.placement.accept_by, resolve_by=self.placement.resolve_by)


def opened(placement: Placement, *, at: datetime) -> Case:
    """Open a case where the router placed it."""
    return Case(
        placement=placement,
        version=1,
        state=State.PLACED,
        unit_code=placement.unit_code,
        office=placement.office,
        kind=placement.kind,
        subject=placement.subject,
        urgency=placement.urgency,
        needs_review=placement.needs_review,
        opened_at=at,
        changed_at=at,
    )


def after(case: Case, step: Step, *, at: datetime) -> Case:
    """Return the case as a step leaves it; the deadlines themselves never move.

    In another unit somebody else works on it.
    """
    resolved_at, closing_reason = case.resolved_at, case.closing_reason
    if step.action is Action.RESOLVE:
        resolved_at, closing_reason = at, step.closing_reason
    elif step.action is Action.REOPEN:
        resolved_at, closing_reason = None, None
    return replace(
        case,
        version=step.version,
        state=step.state,
        unit_code=step.unit_code,
        office=step.office,
        changed_at=at,
        resolved_at=resolved_at,
        closing_reason=closing_reason,
        # Whoever moves a disputed case has read the dispute.
        disputed=False,
        assignee_id=case.assignee_id if step.unit_code == case.unit_code else None,
    )


@dataclass(frozen=True, slots=True)
class EarlierDeadlines:
    """Deadlines that were in force until a newer generation replaced them, and why."""

    feedback_id: UUID
    generation: int
    accept_by: datetime
    resolve_by: datetime
    policy_version: str
    calendar_version: str
    replaced_at: datetime
    because: str


@dataclass(frozen=True, slots=True)
class Renewal:
    """What a newer generation makes of a case."""

    case: Case
    replaced: EarlierDeadlines
    step: Step | None = None


def renewed(case: Case, newer: Placement, *, at: datetime) -> Renewal | None:
    """Take over what the router says anew; nothing when the case knows it, or something newer, already.

    A resident's answer and a change of units bring a place: unit, office and everything that led to them are taken
    over, unless a person has decided on the unit meanwhile or the case is settled. Any other reason moves deadlines
    alone. What staff said of kind, topic and urgency stays.

    Whether a settled case was on time stays too: it takes over no deadlines, except those that follow from its own
    steps, for the router answers the step that settles a waiting case after it.
    """
    known = case.placement
    if newer.generation <= known.generation:
        return None
    replaced = EarlierDeadlines(
        case.feedback_id,
        known.generation,
        known.accept_by,
        known.resolve_by,
        known.policy_version,
        known.calendar_version,
        at,
        newer.reason,
    )
    if not case.is_open and newer.reason not in FROM_STEPS:
        return Renewal(replace(case, placement=replace(known, generation=newer.generation)), replaced)
    if not case.is_open or not _brings_a_place(case, newer):
        deadlines = replace(
            known,
            accept_by=newer.accept_by,
            resolve_by=newer.resolve_by,
            generation=newer.generation,
            policy_version=newer.policy_version,
            calendar_version=newer.calendar_version,
        )
        return Renewal(replace(case, placement=deadlines), replaced)
    moved = replace(case, placement=replace(newer, part_of=known.part_of, tracking_key=known.tracking_key))
    step = hand_over(
        case.standing,
        Handover(newer.reason),
        unit_code=newer.unit_code,
        office=newer.office,
        note=newer.explanation,
    )
    return Renewal(after(moved, step, at=at) if step is not None else moved, replaced, step)


def _brings_a_place(case: Case, newer: Placement) -> bool:
    """Say whether the router may place this case anew: not where a person has chosen the unit since."""
    if newer.reason == Handover.ANSWERED:
        return case.unit_code is None
    with_it = case.unit_code is not None and case.unit_code in {case.placement.unit_code, newer.from_unit}
    return newer.reason == Handover.UNITS_CHANGED and with_it


@dataclass(frozen=True, slots=True)
class StepTaken:
    """A step as it is kept: who took it, when, and the id of the event that told it."""

    step: Step
    event_id: UUID
    actor: str
    at: datetime
    actor_name: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """The resident's words, and what the classifier made of them."""

    feedback_id: UUID
    text: str
    channel: str
    lat: float | None
    lon: float | None
    unit_named: str | None
    place_text: str | None
    received_at: datetime
    kind: str
    kind_probability: float
    subject: str
    subject_probability: float
    alternatives: tuple[tuple[str, float], ...]
    urgency: str
    urgency_probability: float
    reasons: tuple[str, ...]
    needs_review: bool
    model_version: str
    highlights: tuple[Highlight, ...] = ()
    second_subject: str | None = None


@dataclass(frozen=True, slots=True)
class Alarm:
    """A warning or escalation that went out."""

    event_id: UUID
    feedback_id: UUID
    stage: str
    passed: str
    level: int
    generation: int
    recipient: str
    due_at: datetime
    deadline_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class ResidentWord:
    """What the resident said again: an answer, a rating, a dispute."""

    event_id: UUID
    feedback_id: UUID
    kind: str
    text: str | None
    rating: int | None
    at: datetime
    unit_named: str | None = None


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person put right or confirmed; a label for the next training.

    `old_` is what the case said before, which an earlier correction may have put there.
    """

    feedback_id: UUID
    event_id: UUID
    actor: str
    at: datetime
    old_kind: str
    new_kind: str
    old_subject: str
    new_subject: str
    old_urgency: str
    new_urgency: str
    actor_name: str | None = None


@dataclass(frozen=True, slots=True)
class LinkedCase:
    """Another case of the same report: the report itself, or a part of it that went to another office."""

    feedback_id: UUID
    unit_code: str | None
    office: str
    subject: str
    state: State
    is_part: bool


@dataclass(frozen=True, slots=True)
class CaseStory:
    """Everything about one case; the words are missing until the classifier's event has come."""

    case: Case
    report: Report | None
    steps: Sequence[StepTaken]
    alarms: Sequence[Alarm] = ()
    words: Sequence[ResidentWord] = ()
    corrections: Sequence[Correction] = ()
    earlier_deadlines: Sequence[EarlierDeadlines] = ()
    linked: Sequence[LinkedCase] = ()
    assignee_name: str | None = None
    handlers: Sequence[Handler] = ()
    """Who works in the unit that holds the case, while it is open."""

    @property
    def deadlines_that_moved(self) -> Sequence[EarlierDeadlines]:
        """The deadlines that were others before, the newest first; a generation that only moved the case is none."""
        now = self.case.placement
        known = [*[(one.accept_by, one.resolve_by) for one in self.earlier_deadlines], (now.accept_by, now.resolve_by)]
        moved = [
            one for one, (before, later) in zip(self.earlier_deadlines, pairwise(known), strict=True) if before != later
        ]
        return moved[::-1]

    @property
    def last_question(self) -> str | None:
        """What the resident is being asked, if anything."""
        asked = [taken.step for taken in self.steps if taken.step.action is Action.ASK]
        return asked[-1].public_reply if asked and self.case.state is State.WAITING_RESIDENT else None

    @property
    def open_dispute(self) -> ResidentWord | None:
        """The dispute that waits for a person to decide."""
        disputes = [word for word in self.words if word.kind == "dispute"]
        return disputes[-1] if disputes and self.case.disputed else None


@dataclass(frozen=True, slots=True)
class InboxRow:
    """A case as a list shows it."""

    case: Case
    first_words: str | None
    place_text: str | None
    alarm_level: int | None
    """The highest level of warning (0) or escalation (1 and up) that went out for the deadlines in force."""
    assignee_name: str | None = None
