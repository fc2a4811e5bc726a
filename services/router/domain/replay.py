"""Replay rules over matters of the past: what would go elsewhere, and whose deadlines would be others."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from typing import TypeVar
from uuid import UUID

from services.router.domain.clock import Calendars, WorkingCalendar
from services.router.domain.desks import NO_DESKS, Desks
from services.router.domain.facts import Matter, facts_of
from services.router.domain.office import matter_to_split, office_by
from services.router.domain.rules import Policy, Terms, conditions_used, possible_matches

MOST_EXAMPLES = 5
AND = " + "
"""Between the offices that a report goes to, the first of which leads."""
Known = TypeVar("Known")


@dataclass(frozen=True, slots=True)
class PastMatter:
    """A matter that was placed: whose it is, what the rules see of it, and the office it was given."""

    feedback_id: UUID
    matter: Matter
    office: str


@dataclass(slots=True)
class Group:
    """Matters that move in the same way: how many, some of them, and by how much at least and at most."""

    count: int = 0
    examples: list[UUID] = field(default_factory=list)
    least: timedelta = timedelta.max
    most: timedelta = timedelta.min

    def add(self, feedback_id: UUID, shift: timedelta = timedelta()) -> None:
        """Count one more."""
        self.count += 1
        self.least, self.most = min(self.least, shift), max(self.most, shift)
        if len(self.examples) < MOST_EXAMPLES:
            self.examples.append(feedback_id)


@dataclass(frozen=True, slots=True)
class DeadlineMove:
    """Which deadline moves, and the rules that set it before and after."""

    stage: str
    rule_before: str
    rule_after: str
    later: bool


@dataclass(slots=True)
class Replay:
    """What other rules would change."""

    matters: int = 0
    moved: int = 0
    offices: dict[tuple[str, str], Group] = field(default_factory=dict)
    deadlines: dict[DeadlineMove, Group] = field(default_factory=dict)
    undecided: dict[str, Group] = field(default_factory=dict)
    """By rule: matters of which not enough is kept to say whether it would hold."""
    placed_otherwise: int = 0
    """Matters whose office on record is not the one that the rules in force name."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What rules make of a matter; None where it depends on what is not known, then `open_rules` says on which."""

    offices: tuple[str, ...] | None
    due: tuple[datetime, datetime] | None
    deadline_rule: str
    open_rules: tuple[str, ...]


def replay(
    matters: Iterable[PastMatter],
    before: Policy,
    after: Policy,
    calendars: Calendars,
    zone: tzinfo,
    desks: Desks = NO_DESKS,
) -> Replay:
    """Compare what two policies make of each matter, with the same calendars and the same desks.

    A matter that goes to other offices moves, whichever of them leads. Extensions and pauses of open cases and the
    deadlines of parts are not looked at: deadlines are compared as they are given at the beginning, to the report.
    """
    found = Replay()
    used = conditions_used(before) | conditions_used(after)
    for past in matters:
        found.matters += 1
        matter = past.matter
        calendar = calendars.of(matter.unit_code)
        on = calendars.ordinary.clamp(matter.received_at).astimezone(zone).date()
        facts = facts_of(matter, after, calendar, used=used)
        facts_before = facts_of(matter, before, calendar, used=used)
        old = _outcome(_Rules(before, calendars, desks), facts_before, past, on)
        new = _outcome(_Rules(after, calendars, desks), facts, past, on)
        found.placed_otherwise += old.offices is not None and old.offices[0] != past.office
        found.moved += _compare(found, past.feedback_id, old, new)
    return found


def _compare(found: Replay, feedback_id: UUID, old: _Outcome, new: _Outcome) -> bool:
    moved = False
    if old.offices is not None and new.offices is not None and old.offices != new.offices:
        move = (AND.join(old.offices), AND.join(new.offices))
        found.offices.setdefault(move, Group()).add(feedback_id)
        moved = True
    if old.due is not None and new.due is not None:
        for stage, due_before, due_after in zip(("accept", "resolve"), old.due, new.due, strict=True):
            if due_before != due_after:
                shift = DeadlineMove(stage, old.deadline_rule, new.deadline_rule, later=due_after > due_before)
                found.deadlines.setdefault(shift, Group()).add(feedback_id, abs(due_after - due_before))
                moved = True
    # What is just as open under the rules in force is not a difference that these rules make.
    for rule_id in sorted(set(new.open_rules) - set(old.open_rules)):
        found.undecided.setdefault(rule_id, Group()).add(feedback_id)
    return moved


@dataclass(frozen=True, slots=True)
class _Rules:
    """Rules, with what is the same before and after."""

    policy: Policy
    calendars: Calendars
    desks: Desks


def _outcome(rules: _Rules, facts: dict[str, str], past: PastMatter, on: date) -> _Outcome:
    policy, matter = rules.policy, past.matter
    by_office = possible_matches(policy.offices, facts, on)
    by_deadline = possible_matches(policy.deadlines, facts, on)
    named = [office_by(rule, policy, facts, unit_code=matter.unit_code).offices for rule in by_office]
    second = matter.second_topic
    if second is not None:
        second = matter_to_split(policy, second, needs_review=matter.needs_review, urgency=matter.urgency)
    if second is not None:
        other_facts = {**facts, "topic": second, "field": policy.field_by_topic[second]}
        by_other = possible_matches(policy.offices, other_facts, on)
        leads = [office_by(rule, policy, other_facts, unit_code=matter.unit_code).office for rule in by_other]
        named = [(*offices, lead) for offices in named for lead in leads]
        by_office = [*by_other[:-1], *by_office]
    offices = _only([_acting(rules.desks, each, matter, on) for each in named])
    certain = _only([rule.outcome for rule in by_deadline])
    open_rules = [rule.id for rule in by_office[:-1]] if offices is None else []
    open_rules += [rule.id for rule in by_deadline[:-1]] if certain is None else []
    calendar = rules.calendars.of(matter.unit_code, offices[0] if offices is not None else None)
    return _Outcome(
        offices,
        _due(calendar, matter.received_at, certain) if certain is not None else None,
        by_deadline[-1].id,
        tuple(open_rules),
    )


def _acting(desks: Desks, offices: Sequence[str], matter: Matter, on: date) -> tuple[str, ...]:
    """Name those who act, each once; the first leads."""
    return tuple(dict.fromkeys(desks.acting(office, unit_code=matter.unit_code, on=on).office for office in offices))


def _only(values: Sequence[Known]) -> Known | None:
    """Return the value that all have; None when they differ."""
    return values[0] if all(value == values[0] for value in values) else None


def _due(calendar: WorkingCalendar, received_at: datetime, terms: Terms) -> tuple[datetime, datetime]:
    start = calendar.clamp(received_at)
    return calendar.due(start, terms.accept), calendar.due(start, terms.resolve)
