"""Ordered rules: the first whose conditions all hold decides, and the last has no condition."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from services.router.domain.clock import Duration
from services.router.domain.phrases import Phrase, any_stands_in

Outcome_co = TypeVar("Outcome_co", covariant=True)
Region = dict[str, frozenset[str]]
OfficeOutcome = str | tuple[str | None, ...] | None
"""What a rule of offices says: one office, or several, the first leading; None is the one that leads on the topic."""

WORDS = "words"
TEXT = "text"
"""The fact that the condition `words` is asked of: the folded text."""
IN_HOURS, OUT_OF_HOURS = "working", "off"
CLOSED: Mapping[str, frozenset[str]] = {
    "kind": frozenset({"report", "suggestion", "question", "complaint_denunciation", "thanks", "not_feedback"}),
    "urgency": frozenset({"emergency", "high", "normal", "low"}),
    "channel": frozenset({"web", "app", "sms", "phone", "email", "api"}),
    "needs_review": frozenset({"true", "false"}),
    "time": frozenset({IN_HOURS, OUT_OF_HOURS}),
}
"""Every value that these facts can have: a condition that names them all is none."""

WAITING_LIMIT = Duration(10 * 450, working=True)
"""How long the clock stands while a resident is asked, where a policy does not say: 10 working days."""


class PolicyError(ValueError):
    """A policy cannot be used; the message names the rule and says why."""


@dataclass(frozen=True, slots=True)
class Rule(Generic[Outcome_co]):
    """Conditions (name and accepted values), the local dates it holds for, and what follows.

    With `words`, the text must have one of them.
    """

    id: str
    when: tuple[tuple[str, frozenset[str]], ...]
    outcome: Outcome_co
    valid_from: date | None = None
    valid_to: date | None = None
    words: tuple[Phrase, ...] = ()

    @property
    def is_catch_all(self) -> bool:
        """Whether it always holds."""
        return not self.when and not self.words and self.valid_from is None and self.valid_to is None

    def holds(self, facts: Mapping[str, str], on: date) -> bool:
        """Say whether every condition is met on that local date; what is not known is not met."""
        if self.valid_from is not None and on < self.valid_from:
            return False
        if self.valid_to is not None and on > self.valid_to:
            return False
        for name, values in self.when:
            if facts.get(name) not in values:
                return False
        return not self.words or any_stands_in(self.words, facts.get(TEXT, ""))

    def unknown(self, facts: Mapping[str, str]) -> frozenset[str]:
        """Name the facts that it asks for and that are not known."""
        asked = {name for name, _ in self.when} | ({TEXT} if self.words else set())
        return frozenset(asked - facts.keys())

    def could_hold(self, facts: Mapping[str, str], on: date) -> bool:
        """Say whether it would hold if every fact that is not known were as it wants it."""
        known = tuple((name, values) for name, values in self.when if name in facts)
        words = self.words if TEXT in facts else ()
        return Rule(self.id, known, None, self.valid_from, self.valid_to, words).holds(facts, on)


@dataclass(frozen=True, slots=True)
class Terms:
    """How long there is to accept and to resolve, both counted from the time of receipt."""

    accept: Duration
    resolve: Duration


@dataclass(frozen=True, slots=True)
class Policy:
    """Which offices act and on which terms.

    With `split_second_matter`, another matter that a report speaks of goes to its own office as a part of the report.
    """

    offices: tuple[Rule[OfficeOutcome], ...]
    deadlines: tuple[Rule[Terms], ...]
    lead_by_topic: Mapping[str, str]
    field_by_topic: Mapping[str, str]
    split_second_matter: bool = False
    waiting_limit: Duration = WAITING_LIMIT


def first_match(rules: Sequence[Rule[Outcome_co]], facts: Mapping[str, str], on: date) -> Rule[Outcome_co]:
    """Return the first rule that holds; `check_policy` has made sure that the last one always does."""
    return next(rule for rule in rules if rule.holds(facts, on))


def possible_matches(rules: Sequence[Rule[Outcome_co]], facts: Mapping[str, str], on: date) -> list[Rule[Outcome_co]]:
    """Return every rule that may be the first that holds, given what is not known; the last of them is certain."""
    found = []
    for rule in rules:
        if rule.could_hold(facts, on):
            found.append(rule)
            if not rule.unknown(facts):
                break
    return found


def conditions_used(policy: Policy) -> frozenset[str]:
    """Name the conditions that any rule has, so that facts nobody asks for need not be found out."""
    rules: list[Rule[object]] = [*policy.offices, *policy.deadlines]
    return frozenset(name for rule in rules for name, _ in rule.when) | {WORDS for rule in rules if rule.words}


# --- checking ------------------------------------------------------------------------------------------------------


def check_policy(policy: Policy) -> None:
    """Refuse a policy without a catch-all, with a rule that never decides, with wrong dates or terms that cross."""
    for name, rules in (("offices", policy.offices), ("deadlines", policy.deadlines)):
        if not rules or not rules[-1].is_catch_all:
            message = f"{name}: the last rule must have no condition and no dates, so that something always decides"
            raise PolicyError(message)
        _check_reachable(name, rules, policy.field_by_topic)
    for terms_rule in policy.deadlines:
        terms = terms_rule.outcome
        if terms.accept.minutes > terms.resolve.minutes or (terms.accept.working and not terms.resolve.working):
            message = f"deadlines: rule '{terms_rule.id}' could be due to resolve before it is due to accept"
            raise PolicyError(message)


def _check_reachable(name: str, rules: Sequence[Rule[object]], field_by_topic: Mapping[str, str]) -> None:
    earlier: list[tuple[Rule[object], Region]] = []
    for rule in rules:
        if rule.valid_from is not None and rule.valid_to is not None and rule.valid_to < rule.valid_from:
            message = (
                f"{name}: rule '{rule.id}' has wrong dates: valid_to {rule.valid_to} is before "
                f"valid_from {rule.valid_from}; exchange them"
            )
            raise PolicyError(message)
        region = _region(rule, field_by_topic)
        impossible = next((condition for condition, values in region.items() if not values), None)
        if impossible is not None:
            message = f"{name}: rule '{rule.id}' never decides: no {impossible} meets its conditions; correct them"
            raise PolicyError(message)
        covering = _covering(rule, region, earlier)
        if covering:
            names = ", ".join(f"'{each}'" for each in covering)
            comes = "comes" if len(covering) == 1 else "come"
            message = f"{name}: rule '{rule.id}' never decides, {names} {comes} first; move or remove it"
            raise PolicyError(message)
        earlier.append((rule, region))


def _region(rule: Rule[object], field_by_topic: Mapping[str, str]) -> Region:
    """Say for which facts a rule holds: a field as its topics, and without conditions that name every value."""
    region: Region = {}
    for name, values in rule.when:
        if name == "field":
            key, accepted = "topic", frozenset(topic for topic, of in field_by_topic.items() if of in values)
        elif values == CLOSED.get(name):
            continue
        else:
            key, accepted = name, values
        region[key] = region[key] & accepted if key in region else accepted
    return region


def _covering(rule: Rule[object], region: Region, earlier: Sequence[tuple[Rule[object], Region]]) -> Sequence[str]:
    """Name the earlier rule that holds wherever this one does, or those that together do in one condition."""
    rivals = [(other, theirs) for other, theirs in earlier if _covers_dates(other, rule) and _covers_words(other, rule)]
    for other, theirs in rivals:
        if not _uncovered(theirs, region):
            return (other.id,)
    if rule.is_catch_all:
        return ()  # it must be there even when all is decided before
    for name in {name for _, theirs in rivals for name in theirs}:
        wanted = region.get(name) or CLOSED.get(name)
        together = [(other.id, theirs[name]) for other, theirs in rivals if _uncovered(theirs, region) == {name}]
        if wanted is not None and wanted <= _union(values for _, values in together):
            return tuple(each for each, values in together if values & wanted)
    return ()


def _uncovered(theirs: Region, region: Region) -> set[str]:
    """Name the conditions of another rule that are narrower than ours."""
    return {name for name, values in theirs.items() if name not in region or not region[name] <= values}


def _union(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*sets)


def _covers_dates(one: Rule[object], other: Rule[object]) -> bool:
    return (one.valid_from or date.min) <= (other.valid_from or date.min) and (one.valid_to or date.max) >= (
        other.valid_to or date.max
    )


def _covers_words(one: Rule[object], other: Rule[object]) -> bool:
    if not one.words:
        return True
    return bool(other.words) and all(any(ours.within(theirs) for ours in one.words) for theirs in other.words)
