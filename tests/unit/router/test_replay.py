"""Rules replayed over the past and laid side by side; and the list of their switches."""

from datetime import date, datetime, timedelta
from uuid import UUID

import pytest

from services.router.domain.clock import Duration
from services.router.domain.facts import Matter
from services.router.domain.phrases import phrase
from services.router.domain.replay import MOST_EXAMPLES, DeadlineMove, PastMatter, Replay, replay
from services.router.domain.rule_diff import Change, compare_policies
from services.router.domain.rules import Policy, Rule, Terms
from services.router.domain.switches import Switch, SwitchAction, SwitchNote, in_effect
from tests.support.clock import ZONE, local, pack_calendars

NOW = local("2026-11-17T08:30")
SHORT = Terms(Duration(60, working=False), Duration(120, working=False))
LONG = Terms(Duration(60, working=False), Duration(180, working=False))
LAST: Rule[str | None] = Rule("last", (), None)


def office(
    name: str, conditions: tuple[tuple[str, frozenset[str]], ...], to: str | None, *said: str, since: date | None = None
) -> Rule[str | None]:
    return Rule(name, conditions, to, valid_from=since, words=tuple(map(phrase, said)))


def when(**conditions: str) -> tuple[tuple[str, frozenset[str]], ...]:
    return tuple((name, frozenset(values.split("|"))) for name, values in conditions.items())


def policy(*offices: Rule[str | None], deadlines: tuple[Rule[Terms], ...] = ()) -> Policy:
    topics = {"road": "commune:economy", "noise": "commune:police"}
    return Policy((*offices, LAST), (*deadlines, Rule("all", (), SHORT)), topics, field_by_topic={})


def past(
    number: int,
    *,
    topic: str = "road",
    unit: str | None = "24133",
    office: str = "commune:economy",
    channel: str | None = "web",
    at: datetime = NOW,
) -> PastMatter:
    matter = Matter("report", topic, "normal", False, unit, at, channel)  # noqa: FBT003
    return PastMatter(UUID(int=number), matter, office)


def run(before: Policy, after: Policy, *matters: PastMatter) -> Replay:
    return replay(matters, before, after, pack_calendars(), ZONE)


NOISE = office("noise", when(topic="noise"), "province:police")


def test_the_same_rules_move_nothing() -> None:
    found = run(policy(NOISE), policy(NOISE), past(1), past(2, topic="noise", office="province:police"))
    assert found == Replay(matters=2)


def test_offices_that_change_are_counted_by_old_and_new_with_a_few_examples() -> None:
    matters = [past(number, topic="noise", office="commune:police") for number in range(8)]
    found = run(policy(), policy(NOISE), past(100), *matters)
    group = found.offices.pop(("commune:police", "province:police"))
    assert not found.offices
    assert (found.matters, found.moved, group.count) == (9, 8, 8)
    assert group.examples == [UUID(int=number) for number in range(MOST_EXAMPLES)]


def test_deadlines_that_change_are_counted_by_rule_and_direction_with_the_distance() -> None:
    longer = Rule("longer", when(topic="noise"), LONG)
    found = run(policy(), policy(deadlines=(longer,)), past(1, topic="noise"), past(2))
    ((move, group),) = found.deadlines.items()
    assert move == DeadlineMove("resolve", "all", "longer", later=True)
    assert (group.count, group.least, group.most) == (1, timedelta(hours=1), timedelta(hours=1))
    back = run(policy(deadlines=(longer,)), policy(), past(1, topic="noise"))
    assert list(back.deadlines) == [DeadlineMove("resolve", "longer", "all", later=False)]
    assert found.moved == 1


def test_a_rule_of_another_name_that_decides_the_same_moves_nothing() -> None:
    found = run(policy(), policy(office("new", when(topic="road"), "commune:economy")), past(1))
    assert found.moved == 0


def test_what_has_no_unit_stays_at_the_province_desk_whichever_office_of_a_commune_is_named() -> None:
    matter = past(1, unit=None, office="province:desk")
    assert run(policy(), policy(Rule("road", when(topic="road"), "commune:police")), matter).moved == 0


@pytest.mark.parametrize(("at", "moved"), [("2026-11-17T08:30", 0), ("2026-11-17T20:00", 1), ("2026-11-22T09:00", 1)])
def test_a_rule_on_the_time_is_replayed_by_the_time_of_receipt(at: str, moved: int) -> None:
    night = office("night", when(time="off"), "commune:police")
    assert run(policy(), policy(night), past(1, at=local(at))).moved == moved


@pytest.mark.parametrize(("at", "moved"), [("2026-11-30T23:59", 0), ("2026-12-01T00:00", 1)])
def test_a_dated_rule_is_replayed_by_the_local_day_of_receipt(at: str, moved: int) -> None:
    december = office("december", (), "commune:police", since=date(2026, 12, 1))
    assert run(policy(), policy(december), past(1, at=local(at))).moved == moved


def test_a_rule_on_words_is_told_to_be_open_because_texts_are_not_kept() -> None:
    dogs = office("dogs", when(topic="road"), "commune:police", "chó")
    found = run(policy(), policy(dogs), past(1), past(2, topic="noise", office="commune:police"))
    assert (found.moved, found.undecided["dogs"].count) == (0, 1)
    assert not run(policy(dogs), policy(dogs), past(1)).undecided


def test_a_rule_on_words_that_would_decide_the_same_is_not_open() -> None:
    dogs = office("dogs", when(topic="road"), "commune:economy", "chó")
    assert run(policy(), policy(dogs), past(1)) == Replay(matters=1)


def test_a_rule_on_the_channel_is_open_only_where_the_channel_is_not_known() -> None:
    web = office("web", when(channel="web"), "commune:police")
    found = run(policy(), policy(web), past(1, channel="web"), past(2, channel="sms"), past(3, channel=None))
    assert found.moved == 1
    assert found.undecided["web"].examples == [UUID(int=3)]


def test_what_was_placed_by_other_rules_is_counted_apart() -> None:
    found = run(policy(), policy(), past(1, office="commune:police"), past(2))
    assert (found.placed_otherwise, found.moved) == (1, 0)


# --- side by side --------------------------------------------------------------------------------------------------


def test_rules_that_were_added_removed_changed_and_moved_are_told_apart() -> None:
    one, two, three = (office(name, when(kind=name), "commune:office") for name in ("one", "two", "three"))
    wider = office("two", when(kind="two|four"), "commune:office", "Chó dại")
    new = office("new", when(time="off"), None, since=date(2026, 12, 1))
    changes = compare_policies(policy(one, two, three), policy(three, new, wider))
    assert {(change.rule_id, change.change, change.before, change.after) for change in changes} >= {
        ("one", Change.REMOVED, "kind one -> commune:office", ""),
        ("new", Change.ADDED, "", "time off, from 2026-12-01 -> lead"),
        ("two", Change.CHANGED, "kind two -> commune:office", "kind four|two, words Chó dại -> commune:office"),
    }
    assert [change.change for change in changes].count(Change.MOVED) == 1
    assert len(changes) == 4


def test_terms_that_change_are_written_out() -> None:
    (change,) = compare_policies(policy(), Policy((LAST,), (Rule("all", (), LONG),), policy().lead_by_topic, {}))
    assert (change.part, change.before, change.after) == (
        "deadlines",
        "always -> accept 60 min, resolve 120 min",
        "always -> accept 60 min, resolve 180 min",
    )
    assert compare_policies(policy(NOISE), policy(NOISE)) == []


# --- switches ------------------------------------------------------------------------------------------------------


def switches(*actions: str) -> list[Switch]:
    """Number them; 'L' is a load, 'S' a switch, 'R' a going back."""
    names = {"L": SwitchAction.LOAD, "S": SwitchAction.SWITCH, "R": SwitchAction.ROLLBACK}
    return [
        Switch(number, NOW, SwitchNote(names[action], "an", "why", by_hand=action == "S"), None, str(number))
        for number, action in enumerate(actions, start=1)
    ]


@pytest.mark.parametrize(
    ("actions", "standing"),
    [
        ("", []),
        ("L", [1]),
        ("LSS", [1, 2, 3]),
        ("LSSR", [1, 2]),
        ("LSSRR", [1]),
        ("LSRS", [1, 4]),
        ("LSSRSR", [1, 2]),
    ],
)
def test_going_back_undoes_the_latest_switch_that_still_stands(actions: str, standing: list[int]) -> None:
    assert [switch.id for switch in in_effect(switches(*actions))] == standing
