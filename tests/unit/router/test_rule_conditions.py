"""What a rule can ask for: words, time and channel; what is refused; what is possible when not all is known."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from services.router.domain.clock import Duration
from services.router.domain.facts import Matter, facts_of
from services.router.domain.phrases import fold, phrase
from services.router.domain.rules import (
    CLOSED,
    TEXT,
    Policy,
    PolicyError,
    Rule,
    Terms,
    check_policy,
    conditions_used,
    possible_matches,
)
from shared.events import Channel, Kind, Urgency
from shared.territory.reader import CLOSED_CONDITIONS
from tests.support.clock import local, pack_calendar

TODAY = date(2026, 11, 17)
TERMS = Terms(Duration(60, working=True), Duration(600, working=True))
LAST: Rule[str | None] = Rule("last", (), None)
FIELDS = {"road": "traffic", "parking": "traffic", "noise": "environment"}


def when(**conditions: str) -> tuple[tuple[str, frozenset[str]], ...]:
    return tuple((name, frozenset(values.split("|"))) for name, values in conditions.items())


def rule(
    name: str, *said: str, since: date | None = None, until: date | None = None, **conditions: str
) -> Rule[str | None]:
    return Rule(name, when(**conditions), "commune:office", since, until, tuple(map(phrase, said)))


def policy(*offices: Rule[str | None]) -> Policy:
    return Policy((*offices, LAST), (Rule("all", (), TERMS),), lead_by_topic={}, field_by_topic=FIELDS)


# --- words ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("chó dại", "Có con CHÓ  DẠI cắn người!"),
        ("chó dại", "co con cho dai can nguoi"),
        ("chó dại", "Nhà bên có chó, dại dột quá"),
        ("hoà bình", "đường Hòa Bình"),
        ("Hòa Bình", "đường hoà bình"),
        ("Đ/c", "đường đ-c"),
        ("chó dại", "chó dại"),
        ("110 kV", "trạm 110kv 110 kv"),
    ],
)
def test_words_are_found_in_any_case_spelling_of_the_tone_and_without_accents(said: str, text: str) -> None:
    assert rule("words", said).holds({TEXT: fold(text)}, TODAY)


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("chó dại", "cho dài hạn"),
        ("chó dại", "cho dai hạn nộp hồ sơ"),
        ("chó", "chóng mặt"),
        ("cháy", "xe chạy nhanh"),
        ("chó dại", ""),
    ],
)
def test_words_are_not_found_in_parts_of_words_or_under_other_accents(said: str, text: str) -> None:
    assert not rule("words", said).holds({TEXT: fold(text)}, TODAY)


def test_words_and_the_other_conditions_must_all_hold() -> None:
    both = rule("both", "chó dại", urgency="high")
    assert both.holds({TEXT: fold("chó dại"), "urgency": "high"}, TODAY)
    assert not both.holds({TEXT: fold("chó dại"), "urgency": "low"}, TODAY)
    assert not both.holds({TEXT: fold("chó"), "urgency": "high"}, TODAY)


def test_a_phrase_without_a_word_is_refused() -> None:
    with pytest.raises(ValueError, match="has no word in it"):
        phrase("...")


# --- facts ---------------------------------------------------------------------------------------------------------


def facts(at: datetime, *, used: frozenset[str]) -> dict[str, str]:
    matter = Matter("report", "road", "normal", False, "24133", at, "web", "Ổ gà")  # noqa: FBT003
    return facts_of(matter, policy(), pack_calendar(), used=used)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-17T07:29", "off"),
        ("2026-11-17T07:30", "working"),
        ("2026-11-17T11:29", "working"),
        ("2026-11-17T11:30", "off"),
        ("2026-11-17T16:59", "working"),
        ("2026-11-17T17:00", "off"),
        ("2026-11-24T09:00", "off"),
        ("2026-11-22T09:00", "off"),
        ("2026-08-22T09:00", "working"),
    ],
)
def test_the_time_of_a_matter_is_told_by_the_calendar(at: str, expected: str) -> None:
    assert facts(local(at), used=frozenset({"time"}))["time"] == expected


def test_what_no_rule_asks_for_is_not_found_out() -> None:
    found = facts(local("2026-11-17T09:00"), used=frozenset({"kind"}))
    assert "time" not in found
    assert TEXT not in found
    assert (found["field"], found["channel"], found["needs_review"]) == ("traffic", "web", "false")
    asked = conditions_used(policy(rule("a", "chó", time="off")))
    assert asked == {"time", "words"}
    assert facts(local("2026-11-17T09:00"), used=asked)[TEXT] == " ổ gà "


def test_the_values_that_rules_and_files_may_name_are_those_of_the_events() -> None:
    assert CLOSED["kind"] == set(Kind)
    assert CLOSED["urgency"] == set(Urgency)
    assert CLOSED["channel"] == set(Channel)
    assert {name: set(values) for name, values in CLOSED_CONDITIONS.items()} == dict(CLOSED)


# --- rules that never decide ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ([rule("wide", field="traffic"), rule("narrow", topic="road")], "'narrow' never decides, 'wide' comes first"),
        (
            [rule("topics", topic="road|parking"), rule("field", field="traffic")],
            "'field' never decides, 'topics' comes first",
        ),
        (
            [rule("any_time", time="working|off", kind="report"), rule("narrow", kind="report", channel="web")],
            "'narrow' never decides, 'any_time' comes first",
        ),
        (
            [rule("all", time="working|off", needs_review="true|false", kind="report"), rule("narrow", kind="report")],
            "'narrow' never decides, 'all' comes first",
        ),
        (
            [rule("a", kind="report", time="off"), rule("b", kind="report", time="working"), rule("c", kind="report")],
            "'c' never decides, 'a', 'b' come first",
        ),
        (
            [rule("a", topic="road"), rule("b", topic="noise|parking"), rule("c", topic="road|noise", kind="report")],
            "'c' never decides, 'a', 'b' come first",
        ),
        ([rule("dog", "chó"), rule("mad", "chó dại", kind="report")], "'mad' never decides, 'dog' comes first"),
        ([rule("kind", kind="report"), rule("words", "chó", kind="report")], "'words' never decides, 'kind' comes"),
        ([rule("odd", topic="noise", field="traffic")], "'odd' never decides: no topic meets its conditions"),
        (
            [rule("dated", since=date(2026, 12, 1), until=date(2026, 11, 30))],
            "'dated' has wrong dates: valid_to 2026-11-30 is before valid_from 2026-12-01",
        ),
        (
            [rule("open", kind="report"), rule("dated", kind="report", since=TODAY)],
            "'dated' never decides, 'open' comes first",
        ),
    ],
)
def test_a_rule_that_can_never_decide_is_refused_with_those_that_come_before_it(
    rules: list[Rule[str | None]], said: str
) -> None:
    with pytest.raises(PolicyError, match=said):
        check_policy(policy(*rules))


@pytest.mark.parametrize(
    "rules",
    [
        [rule("mad", "chó dại"), rule("dog", "chó")],
        [rule("dog", "chó", kind="report"), rule("kind", kind="report")],
        [rule("dog", "chó"), rule("pets", "chó", "mèo")],
        [rule("topic", topic="road"), rule("field", field="traffic")],
        [rule("a", kind="report", time="off"), rule("b", kind="report", time="working"), rule("c", time="off")],
        [rule("a", kind="report", time="off"), rule("b", urgency="low", time="working"), rule("c", kind="report")],
        [rule("dated", kind="report", until=TODAY), rule("open", kind="report")],
        [rule("a", needs_review="true"), rule("b", needs_review="false")],
    ],
)
def test_rules_that_leave_something_to_the_next_are_fine(rules: list[Rule[str | None]]) -> None:
    check_policy(policy(*rules))


def test_a_rule_that_asks_for_words_is_no_catch_all() -> None:
    with pytest.raises(PolicyError, match="the last rule must have no condition"):
        check_policy(replace(policy(), offices=(rule("words", "chó"),)))


# --- what is not known ---------------------------------------------------------------------------------------------


def test_without_the_text_a_rule_that_asks_for_words_is_possible_and_the_next_certain_one_too() -> None:
    rules = (rule("dog", "chó", kind="report"), rule("sms", channel="sms"), rule("kind", kind="report"), LAST)
    assert [each.id for each in possible_matches(rules, {"kind": "report"}, TODAY)] == ["dog", "sms", "kind"]
    assert [each.id for each in possible_matches(rules, {"kind": "report", "channel": "web"}, TODAY)] == ["dog", "kind"]
    assert [each.id for each in possible_matches(rules, {"kind": "thanks", "channel": "web"}, TODAY)] == ["last"]
    known = {"kind": "report", "channel": "sms", TEXT: fold("mèo")}
    assert [each.id for each in possible_matches(rules, known, TODAY)] == ["sms"]


def test_what_is_not_known_is_not_met_when_it_counts() -> None:
    assert not rule("sms", channel="sms").holds({"kind": "report"}, TODAY)
    assert not rule("dog", "chó").holds({"kind": "report"}, TODAY)
