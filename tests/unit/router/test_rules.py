"""Ordered rules: which office, how long, and which policies are refused."""

from dataclasses import replace
from datetime import date

import pytest

from services.router.domain.clock import Duration
from services.router.domain.deadlines import decide_deadlines
from services.router.domain.office import decide_office
from services.router.domain.rules import Policy, PolicyError, Rule, Terms, check_policy, first_match
from tests.support.placing import TUESDAY_MORNING, pack, pack_reference

TODAY = date(2026, 11, 17)
TERMS = Terms(Duration(60, working=True), Duration(600, working=True))
LEAD: Rule[str | None] = Rule("lead", (), None)


def when(**conditions: str) -> tuple[tuple[str, frozenset[str]], ...]:
    return tuple((name, frozenset(values.split("|"))) for name, values in conditions.items())


def policy(*offices: Rule[str | None], deadlines: tuple[Rule[Terms], ...] = (Rule("all", (), TERMS),)) -> Policy:
    return Policy(offices, deadlines, lead_by_topic={"road": "commune:economy"}, field_by_topic={})


def facts(**given: str) -> dict[str, str]:
    ordinary = {
        "kind": "report",
        "topic": "road_damage",
        "field": "traffic",
        "urgency": "normal",
        "channel": "web",
        "unit": "24133",
        "needs_review": "false",
    }
    return {**ordinary, **given}


def test_the_first_rule_that_holds_decides() -> None:
    rules = (
        Rule("one", when(kind="question"), "a"),
        Rule("two", when(kind="report", topic="x|road_damage"), "b"),
        Rule("three", when(kind="report"), "c"),
        Rule("last", (), "d"),
    )
    assert first_match(rules, facts(), TODAY).id == "two"
    assert first_match(rules, facts(topic="y"), TODAY).id == "three"
    assert first_match(rules, facts(kind="thanks"), TODAY).id == "last"


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 10, 31), "last"),
        (date(2026, 11, 1), "dated"),
        (date(2026, 11, 30), "dated"),
        (date(2026, 12, 1), "last"),
    ],
)
def test_a_dated_rule_holds_from_its_first_to_its_last_day(day: date, expected: str) -> None:
    dated = Rule("dated", (), "a", valid_from=date(2026, 11, 1), valid_to=date(2026, 11, 30))
    assert first_match((dated, Rule("last", (), "b")), facts(), day).id == expected


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (policy(), "the last rule must have no condition"),
        (policy(Rule("only", when(kind="report"), None)), "the last rule must have no condition"),
        (policy(replace(LEAD, valid_to=TODAY)), "the last rule must have no condition"),
        (policy(LEAD, replace(LEAD, id="again")), "rule 'again' never decides, 'lead' comes first"),
        (
            policy(Rule("wide", when(kind="report|question"), None), Rule("narrow", when(kind="report"), "x"), LEAD),
            "rule 'narrow' never decides, 'wide' comes first",
        ),
        (
            policy(LEAD, deadlines=(Rule("all", (), replace(TERMS, resolve=Duration(30, working=True))),)),
            "rule 'all' could be due to resolve before",
        ),
        (
            policy(LEAD, deadlines=(Rule("all", (), replace(TERMS, resolve=Duration(900, working=False))),)),
            "rule 'all' could be due to resolve before",
        ),
    ],
)
def test_a_policy_that_cannot_work_is_refused_with_the_rule_at_fault(broken: Policy, reason: str) -> None:
    with pytest.raises(PolicyError, match=reason):
        check_policy(broken)


def test_a_narrow_rule_before_a_wide_one_and_a_dated_one_before_an_open_one_are_fine() -> None:
    check_policy(
        policy(
            Rule("narrow", when(kind="report"), "x"),
            Rule("dated", when(kind="question"), "y", valid_to=TODAY),
            Rule("open", when(kind="question"), "z"),
            Rule("wide", when(kind="report|thanks"), None),
            LEAD,
        )
    )


@pytest.mark.parametrize(
    ("given", "unit", "office", "rule"),
    [
        ({}, "24133", "commune:economy", "lead_office"),
        ({}, None, "province:desk", "lead_office"),
        ({"topic": "electricity"}, None, "utility:power", "lead_office"),
        ({"topic": "forest"}, None, "province:forest_rangers", "lead_office"),
        ({"topic": "noise"}, "24133", "commune:police", "lead_office"),
        ({"topic": "other"}, "24133", "commune:office", "lead_office"),
        ({"topic": "no_such_topic"}, "24133", "commune:office", "lead_office"),
        ({"topic": "no_such_topic"}, None, "province:desk", "lead_office"),
        ({"needs_review": "true"}, "24133", "commune:office", "person_reads_first"),
        ({"needs_review": "true"}, None, "province:desk", "person_reads_first"),
        ({"needs_review": "true", "topic": "electricity"}, None, "province:desk", "person_reads_first"),
        (
            {"needs_review": "true", "urgency": "emergency", "topic": "fire_safety"},
            "24133",
            "commune:police",
            "emergency_to_lead",
        ),
        ({"kind": "complaint_denunciation"}, "24133", "commune:office", "legal_track"),
        ({"kind": "thanks"}, "24133", "commune:office", "courtesy"),
    ],
)
def test_the_pack_sends_each_matter_to_its_office(
    given: dict[str, str], unit: str | None, office: str, rule: str
) -> None:
    decision = decide_office(pack_reference().policy, facts(**given), unit_code=unit, on=TODAY)
    assert (decision.office, decision.rule_id) == (office, rule)


@pytest.mark.parametrize(
    ("given", "rule", "accept", "resolve"),
    [
        ({"urgency": "emergency"}, "emergency", "2026-11-17T09:30", "2026-11-18T08:30"),
        (
            {"urgency": "emergency", "kind": "complaint_denunciation"},
            "emergency",
            "2026-11-17T09:30",
            "2026-11-18T08:30",
        ),
        ({"urgency": "high"}, "high", "2026-11-17T14:30", "2026-11-20T08:30"),
        ({"urgency": "high", "topic": "electricity"}, "outage_high", "2026-11-17T10:30", "2026-11-18T08:30"),
        ({}, "normal", "2026-11-18T09:00", "2026-12-02T08:30"),
        ({"urgency": "low"}, "low", "2026-11-19T08:30", "2026-12-09T08:30"),
        ({"kind": "complaint_denunciation"}, "legal_track", "2026-12-02T08:30", "2026-12-30T08:30"),
        ({"kind": "question"}, "question", "2026-11-18T09:00", "2026-11-25T08:30"),
    ],
)
def test_the_pack_gives_each_matter_its_time(given: dict[str, str], rule: str, accept: str, resolve: str) -> None:
    reference = pack_reference()
    deadlines = decide_deadlines(
        reference.policy, reference.calendar, facts(**given), received_at=TUESDAY_MORNING, on=TODAY
    )
    shown = [
        moment.astimezone(reference.zone).strftime("%Y-%m-%dT%H:%M")
        for moment in (deadlines.accept_by, deadlines.resolve_by)
    ]
    assert (deadlines.rule_id, *shown) == (rule, accept, resolve)


def test_every_topic_of_the_pack_reaches_an_office_that_exists() -> None:
    for topic in pack().topics:
        for unit in ("24133", None):
            found = decide_office(pack_reference().policy, facts(topic=topic.code), unit_code=unit, on=TODAY)
            assert found.office in pack().office_by_id
