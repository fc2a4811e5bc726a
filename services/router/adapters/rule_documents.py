"""Rules as a JSON document, and back; which document comes of a pack, of a file, and of both."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from datetime import date
from typing import Any, TypeVar

from services.router.adapters.content import Document, content_version, plain
from services.router.domain.clock import Duration
from services.router.domain.phrases import Phrase, phrase
from services.router.domain.rules import WORDS, Policy, PolicyError, Rule, Terms, check_policy
from services.router.usecases.ports import ReferenceSet, SetKind
from shared.territory import Policy as WrittenPolicy
from shared.territory import Territory

Outcome = TypeVar("Outcome")


def policy_set(territory: Territory, written: WrittenPolicy | None = None) -> ReferenceSet:
    """Write the rules of a pack, or those of a file with the topics of the pack; raises `PolicyError`."""
    written = written or territory.policy
    document = plain(
        {
            "label": written.version,
            "offices": [asdict(rule) for rule in written.offices],
            "deadlines": [asdict(rule) for rule in written.deadlines],
            "topics": [
                {"code": topic.code, "field": topic.field, "lead_office": topic.lead_office}
                for topic in territory.topics
            ],
        }
    )
    check_policy(policy_of(document))
    return ReferenceSet(SetKind.POLICY, content_version(document), written.valid_from, document)


def keep_switched_rules(pack: ReferenceSet, in_force: ReferenceSet, territory: Territory) -> ReferenceSet:
    """Keep rules that a person switched to when a pack is loaded; the topics and their offices are the pack's.

    Raises `PolicyError` when the rules name what the pack does not have (any more).
    """
    document = {**in_force.document, "topics": pack.document["topics"]}
    for rule_id, name, value in _named(document):
        known = {"office": territory.office_by_id, "topic": territory.topic_by_code, "field": territory.field_by_code}
        if value not in {**known, "unit": territory.unit_by_code}[name]:
            message = (
                f"the rules in force were switched to by hand, and rule '{rule_id}' names the {name} {value!r}, which "
                "this pack does not have; nothing was changed: load with --forget-rules, or switch to other rules first"
            )
            raise PolicyError(message)
    check_policy(policy_of(document))
    return ReferenceSet(SetKind.POLICY, content_version(document), in_force.valid_from, document)


def _named(document: Document) -> Iterator[tuple[str, str, str]]:
    for rule in (*document["offices"], *document["deadlines"]):
        if rule.get("office") is not None:
            yield rule["id"], "office", rule["office"]
        for name in ("topic", "field", "unit"):
            for value in rule["when"].get(name, ()):
                yield rule["id"], name, value


def policy_of(document: Document) -> Policy:
    """Make a document usable."""
    return Policy(
        offices=tuple(_rule(rule, lambda rule: rule["office"]) for rule in document["offices"]),
        deadlines=tuple(
            _rule(rule, lambda rule: Terms(Duration(**rule["accept"]), Duration(**rule["resolve"])))
            for rule in document["deadlines"]
        ),
        lead_by_topic={topic["code"]: topic["lead_office"] for topic in document["topics"]},
        field_by_topic={topic["code"]: topic["field"] for topic in document["topics"]},
    )


def _rule(rule: Mapping[str, Any], outcome: Callable[[Mapping[str, Any]], Outcome]) -> Rule[Outcome]:
    return Rule(
        id=rule["id"],
        when=tuple((name, frozenset(values)) for name, values in rule["when"].items() if name != WORDS),
        outcome=outcome(rule),
        valid_from=_day(rule["valid_from"]),
        valid_to=_day(rule["valid_to"]),
        words=tuple(_phrase(rule["id"], said) for said in rule["when"].get(WORDS, ())),
    )


def _phrase(rule_id: str, said: str) -> Phrase:
    try:
        return phrase(said)
    except ValueError as error:
        message = f"rule '{rule_id}': {error}; write words"
        raise PolicyError(message) from None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
