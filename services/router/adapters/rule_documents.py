"""Rules as a JSON document, and back; which document comes of a pack, of a file, and of both."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from datetime import date
from typing import Any, TypeVar

import yaml

from services.router.adapters.content import Document, content_version, plain
from services.router.domain.clock import Duration
from services.router.domain.phrases import Phrase, phrase
from services.router.domain.rules import (
    WAITING_LIMIT,
    WORDS,
    OfficeOutcome,
    Policy,
    PolicyError,
    Rule,
    Terms,
    check_policy,
)
from services.router.usecases.ports import ReferenceSet, SetKind
from shared.territory import DeadlineRule, OfficeRule, Territory, read_policy_text
from shared.territory import Policy as WrittenPolicy

LEAD = "lead"
Outcome = TypeVar("Outcome")


def policy_set(territory: Territory, written: WrittenPolicy | None = None) -> ReferenceSet:
    """Write the rules of a pack, or those of a file with the topics of the pack; raises `PolicyError`."""
    written = written or territory.policy
    document = plain(
        {
            "label": written.version,
            # Only where it is said: rules without it keep the version they had.
            **({"split_second_matter": True} if written.split_second_matter else {}),
            **({"waiting_limit": asdict(written.waiting_limit)} if written.waiting_limit is not None else {}),
            "offices": [_written(rule) for rule in written.offices],
            "deadlines": [_written(rule) for rule in written.deadlines],
            "topics": [
                {"code": topic.code, "field": topic.field, "lead_office": topic.lead_office}
                for topic in territory.topics
            ],
        }
    )
    check_policy(policy_of(document))
    return ReferenceSet(SetKind.POLICY, content_version(document), written.valid_from, document)


def _written(rule: OfficeRule | DeadlineRule) -> dict[str, Any]:
    """Write a rule down; one without a note keeps the version it had before there were any."""
    values = asdict(rule)
    return values if rule.note is not None else {name: value for name, value in values.items() if name != "note"}


def read_rules(text: str, territory: Territory, *, name: str) -> ReferenceSet:
    """Read rules that a person wrote, as YAML called `name`; raises `TerritoryError` or `PolicyError`."""
    return policy_set(territory, read_policy_text(text, territory, name=name))


def rules_yaml(rules: ReferenceSet) -> str:
    """Write rules as the YAML that `read_rules` makes the same rules of."""
    document = rules.document
    head: dict[str, Any] = {"version": document["label"], "valid_from": rules.valid_from}
    if document.get("split_second_matter"):
        head["split_second_matter"] = True
    if document.get("waiting_limit") is not None:
        head["waiting"] = {"limit": _yaml_duration(document["waiting_limit"])}
    parts = ["".join(_lines(head))]
    for name, write in (("offices", _yaml_office), ("deadlines", _yaml_terms)):
        parts.append(f"{name}:\n" + "".join(_listed(_yaml_rule(rule, write)) for rule in document[name]))
    return "\n".join(parts)


def _yaml_rule(rule: Mapping[str, Any], write: Callable[[Mapping[str, Any]], dict[str, Any]]) -> dict[str, Any]:
    before = {"note": rule.get("note"), "when": rule["when"]}
    after = {name: _day(rule[name]) for name in ("valid_from", "valid_to")}
    given = {name: value for name, value in {**before, **write(rule), **after}.items() if value}
    return {"id": rule["id"], **given}


def _yaml_office(rule: Mapping[str, Any]) -> dict[str, Any]:
    offices = rule["office"]
    return {"to": [one or LEAD for one in offices] if isinstance(offices, list) else offices or LEAD}


def _yaml_terms(rule: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _yaml_duration(rule[name]) for name in ("accept", "resolve")}


def _yaml_duration(duration: Mapping[str, Any]) -> dict[str, int]:
    return {"working_minutes" if duration["working"] else "minutes": duration["minutes"]}


def _listed(entry: Mapping[str, Any]) -> str:
    return "".join(f"{'    ' if index else '  - '}{line}" for index, line in enumerate(_lines(entry)))


def _lines(values: Mapping[str, Any]) -> Iterator[str]:
    """Write each value on a line of its own, what is in it on the same line."""
    for name, value in values.items():
        said = yaml.safe_dump([value], default_flow_style=True, allow_unicode=True, sort_keys=False, width=math.inf)
        yield f"{name}: {said.strip()[1:-1]}\n"


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
        offices = rule.get("office")
        for office in offices if isinstance(offices, list) else [offices]:
            if office is not None:
                yield rule["id"], "office", office
        for name in ("topic", "field", "unit"):
            for value in rule["when"].get(name, ()):
                yield rule["id"], name, value


def policy_of(document: Document) -> Policy:
    """Make a document usable."""
    return Policy(
        offices=tuple(_rule(rule, lambda rule: _offices(rule["office"])) for rule in document["offices"]),
        deadlines=tuple(
            _rule(rule, lambda rule: Terms(Duration(**rule["accept"]), Duration(**rule["resolve"])))
            for rule in document["deadlines"]
        ),
        lead_by_topic={topic["code"]: topic["lead_office"] for topic in document["topics"]},
        field_by_topic={topic["code"]: topic["field"] for topic in document["topics"]},
        split_second_matter=document.get("split_second_matter", False),
        waiting_limit=Duration(**document["waiting_limit"]) if "waiting_limit" in document else WAITING_LIMIT,
    )


def _offices(written: str | list[str | None] | None) -> OfficeOutcome:
    return tuple(written) if isinstance(written, list) else written


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
