"""Replay rules over matters of the past: what would go elsewhere, and whose deadlines would be others."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from typing import TypeVar
from uuid import UUID

from services.router.domain.clock import Calendars, WorkingCalendar
from services.router.domain.facts import Matter, facts_of
from services.router.domain.office import office_by
from services.router.domain.rules import Policy, Terms, conditions_used, possible_matches

MOST_EXAMPLES = 5
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

    office: str | None
    due: tuple[datetime, datetime] | None
    deadline_rule: str
    open_rules: tuple[str, ...]


def replay(matters: Iterable[PastMatter], before: Policy, after: Policy, calendars: Calendars, zone: tzinfo) -> Replay:
    """Compare what two policies make of each matter, with the same calendars.

    Extensions and pauses of open cases are not looked at: deadlines are compared as they are given at the beginning.
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
        old = _outcome(before, facts_before, past, calendar, on)
        new = _outcome(after, facts, past, calendar, on)
        found.placed_otherwise += old.office is not None and old.office != past.office
        found.moved += _compare(found, past.feedback_id, old, new)
    return found


def _compare(found: Replay, feedback_id: UUID, old: _Outcome, new: _Outcome) -> bool:
    moved = False
    if old.office is not None and new.office is not None and old.office != new.office:
        found.offices.setdefault((old.office, new.office), Group()).add(feedback_id)
        moved = True
    if old.due is not None and new.due is not None:
        for stage, due_before, due_after in zip(("accept", "resolve"), old.due, new.due, strict=True):
            if due_before != due_after:
                move = DeadlineMove(stage, old.deadline_rule, new.deadline_rule, later=due_after > due_before)
                found.deadlines.setdefault(move, Group()).add(feedback_id, abs(due_after - due_before))
                moved = True
    # What is just as open under the rules in force is not a difference that these rules make.
    for rule_id in sorted(set(new.open_rules) - set(old.open_rules)):
        found.undecided.setdefault(rule_id, Group()).add(feedback_id)
    return moved


def _outcome(policy: Policy, facts: dict[str, str], past: PastMatter, calendar: WorkingCalendar, on: date) -> _Outcome:
    unit_code = past.matter.unit_code
    by_office = possible_matches(policy.offices, facts, on)
    by_deadline = possible_matches(policy.deadlines, facts, on)
    offices = [office_by(rule, policy, facts, unit_code=unit_code).office for rule in by_office]
    terms = [rule.outcome for rule in by_deadline]
    office, certain = _only(offices), _only(terms)
    open_rules = [rule.id for rule in by_office[:-1]] if office is None else []
    open_rules += [rule.id for rule in by_deadline[:-1]] if certain is None else []
    return _Outcome(
        office,
        _due(calendar, past.matter.received_at, certain) if certain is not None else None,
        by_deadline[-1].id,
        tuple(open_rules),
    )


def _only(values: Sequence[Known]) -> Known | None:
    """Return the value that all have; None when they differ."""
    return values[0] if all(value == values[0] for value in values) else None


def _due(calendar: WorkingCalendar, received_at: datetime, terms: Terms) -> tuple[datetime, datetime]:
    start = calendar.clamp(received_at)
    return calendar.due(start, terms.accept), calendar.due(start, terms.resolve)
