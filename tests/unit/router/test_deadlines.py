"""Two stages, extensions, and computing anew: from the original start, with both values on record."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from services.router.domain.clock import Calendars, Duration, Hours, Pause, make_calendar
from services.router.domain.deadlines import (
    Basis,
    CaseClock,
    Computation,
    Extension,
    Stage,
    compute,
    recompute,
    terms_by,
)
from services.router.domain.phrases import fold, phrase
from services.router.domain.rules import Policy, Rule, Terms
from tests.support.clock import ZONE, clock_time, local, pack_calendars

DAY = 450


def working(minutes: int) -> Duration:
    return Duration(minutes, working=True)


def rule(name: str, accept: Duration, resolve: Duration, **when: str) -> Rule[Terms]:
    conditions = tuple((condition, frozenset({value})) for condition, value in when.items())
    return Rule(name, conditions, Terms(accept, resolve))


EMERGENCY = rule("emergency", Duration(60, working=False), Duration(1440, working=False), urgency="emergency")
LAND = rule("land", working(2 * DAY), working(20 * DAY), topic="land_dispute")
NORMAL = rule("normal", working(480), working(10 * DAY))


def policy(*rules: Rule[Terms]) -> Policy:
    return Policy((), rules, {}, {})


def basis(*, version: str = "policy 1", calendar_version: str = "calendar 1", **changes: object) -> Basis:
    usual = Basis(policy(EMERGENCY, LAND, NORMAL), pack_calendars(), ZONE, version, calendar_version)
    return replace(usual, **changes)  # type: ignore[arg-type]


def case(received_at: str = "2026-11-16T08:00", **facts: str) -> CaseClock:
    return CaseClock(local(received_at), {"topic": "noise", "urgency": "normal", "unit": "24133", **facts})


def shown(computation: Computation) -> tuple[int, str, str, str]:
    deadlines = computation.deadlines
    return (
        computation.generation,
        deadlines.rule_id,
        clock_time(deadlines.accept_by),
        clock_time(deadlines.resolve_by),
    )


def test_both_stages_are_counted_from_the_time_of_receipt() -> None:
    assert shown(compute(case(), basis())) == (1, "normal", "2026-11-17T08:30", "2026-12-01T08:00")


def test_an_emergency_runs_round_the_clock_on_a_sunday_of_tet_too() -> None:
    found = compute(case("2026-02-15T23:30", urgency="emergency"), basis())
    assert shown(found) == (1, "emergency", "2026-02-16T00:30", "2026-02-16T23:30")


def test_the_versions_that_produced_a_deadline_are_on_record() -> None:
    found = compute(case(), basis(version="p7", calendar_version="c9"))
    assert (found.policy_version, found.calendar_version) == ("p7", "c9")


def test_a_topic_changed_mid_clock_counts_from_the_original_start_and_keeps_both_values() -> None:
    before = compute(case(), basis())
    changed = recompute(before, case(topic="land_dispute"), basis())
    assert changed.moved
    assert changed.before is before
    assert shown(changed.after) == (2, "land", "2026-11-18T08:00", "2026-12-15T08:00")


def test_a_topic_changed_back_is_a_third_generation_with_the_first_values() -> None:
    first = compute(case(), basis())
    second = recompute(first, case(topic="land_dispute"), basis()).after
    third = recompute(second, case(), basis()).after
    assert (third.generation, third.deadlines) == (3, first.deadlines)


def test_a_case_that_becomes_an_emergency_can_be_due_in_the_past() -> None:
    before = compute(case(), basis())
    after = recompute(before, case(urgency="emergency"), basis()).after
    assert shown(after) == (2, "emergency", "2026-11-16T09:00", "2026-11-17T08:00")


def test_a_change_that_moves_nothing_keeps_generation_and_versions() -> None:
    before = compute(case(), basis())
    again = recompute(before, case(topic="street_light"), basis(version="policy 2", calendar_version="calendar 2"))
    assert not again.moved
    assert again.after is before


def test_another_unit_counts_by_its_own_hours() -> None:
    calendars = pack_calendars()
    saturdays = make_calendar(
        zone=ZONE,
        hours=[Hours(frozenset(range(6)), ((local("2026-01-01T08:00").time(), local("2026-01-01T12:00").time()),))],
        days={},
        first_year=2026,
        last_year=2026,
    )
    own = basis(calendars=Calendars(calendars.ordinary, {"24121": saturdays}))
    before = compute(case(), own)
    moved = recompute(before, case(unit="24121"), own)
    assert shown(moved.before) == (1, "normal", "2026-11-17T08:30", "2026-12-01T08:00")
    assert shown(moved.after) == (2, "normal", "2026-11-17T12:00", "2026-12-07T11:00")


def test_a_calendar_edited_after_the_fact_gives_a_new_generation_only_where_it_matters() -> None:
    def with_day_off(day: date) -> Basis:
        week = Hours(frozenset(range(5)), tuple((a.time(), b.time()) for a, b in HALF_DAYS))
        calendar = make_calendar(zone=ZONE, hours=[week], days={day: False}, first_year=2026, last_year=2026)
        return basis(calendars=Calendars(calendar), calendar_version=day.isoformat())

    before = compute(case("2026-06-01T08:00"), with_day_off(date(2026, 1, 1)))
    touched = recompute(before, case("2026-06-01T08:00"), with_day_off(date(2026, 6, 8)))
    untouched = recompute(before, case("2026-06-01T08:00"), with_day_off(date(2026, 6, 17)))
    assert [shown(each) for each in (touched.before, touched.after)] == [
        (1, "normal", "2026-06-02T08:30", "2026-06-15T08:00"),
        (2, "normal", "2026-06-02T08:30", "2026-06-16T08:00"),
    ]
    assert touched.after.calendar_version == "2026-06-08"
    assert not untouched.moved


HALF_DAYS = (
    (local("2026-01-01T07:30"), local("2026-01-01T11:30")),
    (local("2026-01-01T13:30"), local("2026-01-01T17:00")),
)


def test_a_policy_edited_after_the_fact_gives_a_new_generation_from_the_original_start() -> None:
    before = compute(case(), basis())
    shorter = basis(policy=policy(rule("normal", working(240), working(5 * DAY))), policy_version="policy 2")
    after = recompute(before, case(), shorter).after
    assert shown(after) == (2, "normal", "2026-11-16T14:00", "2026-11-23T08:00")
    assert after.policy_version == "policy 2"


def test_rules_with_dates_are_judged_by_the_local_day_of_receipt() -> None:
    new = replace(LAND, id="new", when=(), valid_from=date(2026, 11, 17))
    dated = basis(policy=policy(new, NORMAL))
    assert compute(case("2026-11-16T23:59"), dated).deadlines.rule_id == "normal"
    assert compute(case("2026-11-17T00:00"), dated).deadlines.rule_id == "new"
    for utc, name in (("2026-11-16T16:59+00:00", "normal"), ("2026-11-16T17:00+00:00", "new")):
        in_utc = replace(case(), received_at=datetime.fromisoformat(utc))
        assert compute(in_utc, dated).deadlines.rule_id == name
    later = recompute(compute(case("2026-11-16T23:59"), dated), case("2026-11-16T23:59"), dated)
    assert not later.moved


def test_a_pause_after_acceptance_moves_only_the_deadline_to_resolve() -> None:
    before = compute(case(), basis())
    paused = replace(case(), pauses=(Pause(local("2026-11-18T08:00"), local("2026-11-19T08:00")),))
    after = recompute(before, paused, basis()).after
    assert shown(after) == (2, "normal", "2026-11-17T08:30", "2026-12-02T08:00")


def test_a_pause_that_only_covers_a_holiday_moves_nothing() -> None:
    before = compute(case(), basis())
    paused = replace(case(), pauses=(Pause(local("2026-11-23T17:00"), local("2026-11-25T07:30")),))
    assert not recompute(before, paused, basis()).moved


def test_an_extension_is_counted_from_where_its_stage_was_due() -> None:
    extended = replace(case(), extensions=(Extension(Stage.RESOLVE, working(2 * DAY), "Chủ tịch UBND"),))
    changed = recompute(compute(case(), basis()), extended, basis())
    assert shown(changed.after) == (2, "normal", "2026-11-17T08:30", "2026-12-03T08:00")


def test_extensions_follow_one_another_and_may_be_round_the_clock() -> None:
    extended = replace(
        case(),
        extensions=(
            Extension(Stage.RESOLVE, working(DAY), "leader"),
            Extension(Stage.ACCEPT, Duration(24 * 60, working=False), "leader"),
            Extension(Stage.RESOLVE, working(DAY), "leader"),
        ),
    )
    assert shown(compute(extended, basis())) == (1, "normal", "2026-11-18T08:30", "2026-12-03T08:00")


def test_a_pause_within_an_extension_is_not_counted_either() -> None:
    extended = replace(
        case(),
        extensions=(Extension(Stage.RESOLVE, working(DAY), "leader"),),
        pauses=(Pause(local("2026-12-01T09:00"), local("2026-12-02T09:00")),),
    )
    assert shown(compute(extended, basis()))[3] == "2026-12-03T08:00"


@pytest.mark.parametrize("approved_by", ["", "  "])
def test_an_extension_that_nobody_approved_is_refused(approved_by: str) -> None:
    with pytest.raises(ValueError, match="needs an approval"):
        Extension(Stage.RESOLVE, working(DAY), approved_by)


@pytest.mark.parametrize("minutes", [0, -DAY])
def test_an_extension_by_nothing_is_refused(minutes: int) -> None:
    with pytest.raises(ValueError, match="must be 1 to"):
        Extension(Stage.RESOLVE, working(minutes), "leader")


def test_an_absurd_time_of_receipt_counts_from_the_nearest_known_year() -> None:
    first, last = compute(case("0001-01-02T00:00"), basis()), compute(case("9999-12-30T00:00"), basis())
    assert clock_time(first.deadlines.accept_by).startswith("2020-01-")
    assert last.deadlines.resolve_by - last.deadlines.accept_by > timedelta(days=1)


# --- the rule that decided before ----------------------------------------------------------------------------------


def words_first() -> Policy:
    """Two rules that ask for words, and one that holds for all."""
    terms = Terms(Duration(60, working=True), Duration(600, working=True))
    return Policy(
        offices=(),
        deadlines=(
            Rule("school", (), terms, words=(phrase("cổng trường"),)),
            Rule("noise", (("topic", frozenset({"noise"})),), terms, words=(phrase("loa kéo"),)),
            Rule("normal", (), terms),
        ),
        lead_by_topic={},
        field_by_topic={},
    )


@pytest.mark.parametrize(
    ("facts", "before", "decides"),
    [
        ({"topic": "noise"}, "school", "school"),
        ({"topic": "noise"}, "noise", "noise"),
        ({"topic": "noise"}, "normal", "normal"),
        ({"topic": "road_damage"}, "noise", "normal"),
        ({"topic": "noise"}, "gone", "normal"),
        ({"topic": "noise"}, None, "normal"),
        ({"topic": "noise", "text": fold("Loa kéo")}, "normal", "noise"),
        ({"topic": "noise", "text": fold("Loa kéo")}, "school", "noise"),
    ],
)
def test_without_the_words_the_rule_that_decided_before_decides_as_long_as_it_could(
    facts: dict[str, str], before: str | None, decides: str
) -> None:
    assert terms_by(words_first(), facts, date(2026, 11, 23), rule_before=before).id == decides
