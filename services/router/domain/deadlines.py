"""By when: two deadlines, counted from the time of receipt."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from services.router.domain.clock import WorkingCalendar
from services.router.domain.rules import Policy, first_match


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Both deadlines (UTC) and the rule that set them."""

    accept_by: datetime
    resolve_by: datetime
    rule_id: str


def decide_deadlines(
    policy: Policy, calendar: WorkingCalendar, facts: Mapping[str, str], *, received_at: datetime, on: date
) -> Deadlines:
    """Count both durations of the first rule that holds; an absurd date counts from the nearest known year."""
    rule = first_match(policy.deadlines, facts, on)
    start = calendar.clamp(received_at)
    return Deadlines(calendar.due(start, rule.outcome.accept), calendar.due(start, rule.outcome.resolve), rule.id)
