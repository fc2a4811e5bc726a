"""Ordered rules: the first whose conditions all hold decides, and the last has no condition."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from services.router.domain.clock import Duration

Outcome_co = TypeVar("Outcome_co", covariant=True)


class PolicyError(ValueError):
    """A policy cannot be used; the message names the rule and says why."""


@dataclass(frozen=True, slots=True)
class Rule(Generic[Outcome_co]):
    """Conditions (name and accepted values), the local dates it holds for, and what follows."""

    id: str
    when: tuple[tuple[str, frozenset[str]], ...]
    outcome: Outcome_co
    valid_from: date | None = None
    valid_to: date | None = None

    @property
    def is_catch_all(self) -> bool:
        """Whether it always holds."""
        return not self.when and self.valid_from is None and self.valid_to is None

    def holds(self, facts: Mapping[str, str], on: date) -> bool:
        """Say whether every condition is met on that local date."""
        if self.valid_from is not None and on < self.valid_from:
            return False
        if self.valid_to is not None and on > self.valid_to:
            return False
        for name, values in self.when:  # noqa: SIM110 asked of every rule for every feedback: a generator costs twice
            if facts.get(name) not in values:
                return False
        return True

    def covers(self, other: "Rule[object]") -> bool:
        """Say whether this rule holds wherever `other` does, so that `other`, coming later, never decides."""
        theirs = dict(other.when)
        return (
            all(name in theirs and theirs[name] <= values for name, values in self.when)
            and (self.valid_from or date.min) <= (other.valid_from or date.min)
            and (self.valid_to or date.max) >= (other.valid_to or date.max)
        )


@dataclass(frozen=True, slots=True)
class Terms:
    """How long there is to accept and to resolve, both counted from the time of receipt."""

    accept: Duration
    resolve: Duration


@dataclass(frozen=True, slots=True)
class Policy:
    """Which office acts (None: the one that leads on the topic) and on which terms."""

    offices: tuple[Rule[str | None], ...]
    deadlines: tuple[Rule[Terms], ...]
    lead_by_topic: Mapping[str, str]
    field_by_topic: Mapping[str, str]


def first_match(rules: Sequence[Rule[Outcome_co]], facts: Mapping[str, str], on: date) -> Rule[Outcome_co]:
    """Return the first rule that holds; `check_policy` has made sure that the last one always does."""
    return next(rule for rule in rules if rule.holds(facts, on))


def check_policy(policy: Policy) -> None:
    """Refuse a policy without a catch-all, with a rule that never decides, or with terms that cross."""
    for name, rules in (("offices", policy.offices), ("deadlines", policy.deadlines)):
        if not rules or not rules[-1].is_catch_all:
            message = f"{name}: the last rule must have no condition and no dates, so that something always decides"
            raise PolicyError(message)
        for index, rule in enumerate(rules):
            earlier = next((other for other in rules[:index] if other.covers(rule)), None)
            if earlier is not None:
                message = f"{name}: rule '{rule.id}' never decides, '{earlier.id}' comes first; move or remove it"
                raise PolicyError(message)
    for terms_rule in policy.deadlines:
        terms = terms_rule.outcome
        if terms.accept.minutes > terms.resolve.minutes or (terms.accept.working and not terms.resolve.working):
            message = f"deadlines: rule '{terms_rule.id}' could be due to resolve before it is due to accept"
            raise PolicyError(message)
