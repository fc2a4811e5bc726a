"""By when: two deadlines, counted from the time of receipt, and how they are computed anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from enum import StrEnum

from services.router.domain.clock import Calendars, Duration, Pause, WorkingCalendar
from services.router.domain.rules import Policy, Rule, Terms, first_match, possible_matches


class Stage(StrEnum):
    """The two things there is a time for, both counted from the time of receipt."""

    ACCEPT = "accept"
    RESOLVE = "resolve"


@dataclass(frozen=True, slots=True)
class Extension:
    """More time for one stage, counted from where the stage would have been due; somebody has approved it."""

    stage: Stage
    by: Duration
    approved_by: str

    def __post_init__(self) -> None:
        """Refuse an extension that nobody approved."""
        if not self.approved_by.strip():
            message = "an extension needs an approval: name who approved it"
            raise ValueError(message)


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Both deadlines (UTC) and the rule that set them."""

    accept_by: datetime
    resolve_by: datetime
    rule_id: str


def decide_deadlines(
    policy: Policy,
    calendar: WorkingCalendar,
    facts: Mapping[str, str],
    *,
    received_at: datetime,
    on: date,
    pauses: Sequence[Pause] = (),
    extensions: Sequence[Extension] = (),
    rule_before: str | None = None,
) -> Deadlines:
    """Count both durations of the first rule that holds; an absurd date counts from the nearest known year.

    Time in a pause is not counted, and each stage then gets its extensions, one after the other. Where not every fact
    is known any more, `rule_before` decides again as long as it could.
    """
    rule = terms_by(policy, facts, on, rule_before=rule_before)
    start = calendar.clamp(received_at)

    def due(stage: Stage, duration: Duration) -> datetime:
        moment = calendar.due(start, duration, pauses)
        for extension in extensions:
            if extension.stage is stage:
                moment = calendar.due(moment, extension.by, pauses)
        return moment

    return Deadlines(due(Stage.ACCEPT, rule.outcome.accept), due(Stage.RESOLVE, rule.outcome.resolve), rule.id)


def terms_by(policy: Policy, facts: Mapping[str, str], on: date, *, rule_before: str | None = None) -> Rule[Terms]:
    """Pick the first rule that holds, or the one that decided before, when by what is still known it could again.

    The words of a report are not kept here. A rule that asks for words and decided when they were known is kept, and
    so is one behind it that decided because its words were not there.
    """
    if rule_before is not None:
        for rule in possible_matches(policy.deadlines, facts, on):
            if rule.id == rule_before:
                return rule
    return first_match(policy.deadlines, facts, on)


# --- computing anew ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CaseClock:
    """What the deadlines of one case follow from: when it came, what it is now, and what happened to its clock.

    `facts` are those of the rules, among them `unit`: a case whose topic or unit was changed has new facts and its
    old start. `office` is the one that acts, by whose hours time is counted; `rule_before` is the one that decided.
    """

    received_at: datetime
    facts: Mapping[str, str]
    pauses: tuple[Pause, ...] = ()
    extensions: tuple[Extension, ...] = ()
    office: str | None = None
    rule_before: str | None = None


@dataclass(frozen=True, slots=True)
class Basis:
    """The policy and the calendars to compute with, and the versions they are known by."""

    policy: Policy
    calendars: Calendars
    zone: tzinfo
    policy_version: str
    calendar_version: str


@dataclass(frozen=True, slots=True)
class Computation:
    """Deadlines on record: their generation, from 1, and the versions they were computed with."""

    generation: int
    deadlines: Deadlines
    policy_version: str
    calendar_version: str


@dataclass(frozen=True, slots=True)
class Recomputation:
    """What was on record, and what holds from now on; both stay on record."""

    before: Computation
    after: Computation

    @property
    def moved(self) -> bool:
        """Whether there is a new generation."""
        return self.after.generation > self.before.generation


def compute(case: CaseClock, basis: Basis, *, generation: int = 1) -> Computation:
    """Compute the deadlines of a case from its original start, by the rules of the local day on which it came."""
    calendar = basis.calendars.of(case.facts.get("unit"), case.office)
    deadlines = decide_deadlines(
        basis.policy,
        calendar,
        case.facts,
        received_at=case.received_at,
        on=calendar.clamp(case.received_at).astimezone(basis.zone).date(),
        pauses=case.pauses,
        extensions=case.extensions,
        rule_before=case.rule_before,
    )
    return Computation(generation, deadlines, basis.policy_version, basis.calendar_version)


def recompute(before: Computation, case: CaseClock, basis: Basis) -> Recomputation:
    """Compute anew; deadlines that move get the next generation, deadlines that stay keep theirs and its versions.

    A new generation makes clocks start over, so it is given only when a deadline is another one.
    """
    after = compute(case, basis, generation=before.generation + 1)
    same = (after.deadlines.accept_by, after.deadlines.resolve_by) == (
        before.deadlines.accept_by,
        before.deadlines.resolve_by,
    )
    return Recomputation(before, before if same else after)
