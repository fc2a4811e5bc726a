"""Two policies side by side, rule by rule, in the words of the file."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from services.router.domain.clock import Duration
from services.router.domain.rules import Policy, Rule, Terms


class Change(StrEnum):
    """What became of a rule."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class RuleChange:
    """One rule that is not what or where it was; `before` and `after` are written out."""

    part: str
    rule_id: str
    change: Change
    before: str = ""
    after: str = ""


def compare_policies(before: Policy, after: Policy) -> list[RuleChange]:
    """List what differs, in the order of the new policy; what was removed comes first.

    A rule that both changed and moved is listed twice. Topics that another office leads on come last.
    """
    return [
        *_compare_switch(before, after),
        *_compare("offices", before.offices, after.offices),
        *_compare("deadlines", before.deadlines, after.deadlines),
        *(
            RuleChange("topics", topic, Change.CHANGED, before.lead_by_topic.get(topic, "-"), lead)
            for topic, lead in after.lead_by_topic.items()
            if before.lead_by_topic.get(topic) != lead
        ),
        *_compare_waiting(before, after),
    ]


def _compare_switch(before: Policy, after: Policy) -> list[RuleChange]:
    was, now = (str(policy.split_second_matter).lower() for policy in (before, after))
    return [] if was == now else [RuleChange("policy", "split_second_matter", Change.CHANGED, was, now)]


def _compare_waiting(before: Policy, after: Policy) -> list[RuleChange]:
    if before.waiting_limit == after.waiting_limit:
        return []
    return [RuleChange("waiting", "limit", Change.CHANGED, _length(before.waiting_limit), _length(after.waiting_limit))]


def _compare(part: str, before: Sequence[Rule[object]], after: Sequence[Rule[object]]) -> list[RuleChange]:
    old, new = {rule.id: rule for rule in before}, {rule.id: rule for rule in after}
    changes = [
        RuleChange(part, rule_id, Change.REMOVED, before=describe(rule)) for rule_id, rule in old.items()
        if rule_id not in new
    ]  # fmt: skip
    stayed = _in_order([one for one in old if one in new], [one for one in new if one in old])
    for rule_id, rule in new.items():
        if rule_id not in old:
            changes.append(RuleChange(part, rule_id, Change.ADDED, after=describe(rule)))
            continue
        was, now = describe(old[rule_id]), describe(rule)
        if was != now:
            changes.append(RuleChange(part, rule_id, Change.CHANGED, was, now))
        if rule_id not in stayed:
            places = (f"place {list(old).index(rule_id) + 1}", f"place {list(new).index(rule_id) + 1}")
            changes.append(RuleChange(part, rule_id, Change.MOVED, *places))
    return changes


def _in_order(old: Sequence[str], new: Sequence[str]) -> set[str]:
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    return {rule_id for block in blocks for rule_id in old[block.a : block.a + block.size]}


def describe(rule: Rule[object]) -> str:
    """Write a rule in one line."""
    conditions = [f"{name} {'|'.join(sorted(values))}" for name, values in sorted(rule.when)]
    if rule.words:
        conditions.append(f"words {'|'.join(sorted(each.said for each in rule.words))}")
    if rule.valid_from is not None:
        conditions.append(f"from {rule.valid_from}")
    if rule.valid_to is not None:
        conditions.append(f"to {rule.valid_to}")
    return f"{', '.join(conditions) or 'always'} -> {_said(rule.outcome)}"


def _said(outcome: object) -> str:
    if isinstance(outcome, Terms):
        return f"accept {_length(outcome.accept)}, resolve {_length(outcome.resolve)}"
    if isinstance(outcome, tuple):
        return " + ".join(map(_said, outcome))
    return "lead" if outcome is None else str(outcome)


def _length(duration: Duration) -> str:
    return f"{duration.minutes} {'working ' if duration.working else ''}min"
