"""The escalation ladder: who is told when."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.domain.ladder import Stage, level_after_standstill, level_of_next_generation, step, steps_due
from services.notifier.domain.life import ACCEPT, RESOLVE, runs
from shared.events import CaseState

START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
STAGE = Stage(START, START + 4 * HOUR, has_unit=True)


@pytest.mark.parametrize(
    ("level", "after", "recipients"),
    [
        (0, 3 * HOUR, ("office",)),
        (1, 4 * HOUR, ("unit_leader",)),
        (2, 6 * HOUR, ("province_desk", "supervisor")),
        (3, 30 * HOUR, ("supervisor",)),
        (4, 54 * HOUR, ("supervisor",)),
    ],
)
def test_each_rung_tells_its_roles_at_its_time(level: int, after: timedelta, recipients: tuple[str, ...]) -> None:
    rung = step(STAGE, level)
    assert (rung.due_at - START, rung.recipients, rung.is_warning) == (after, recipients, level == 0)


def test_a_case_without_a_unit_is_the_province_desks_from_the_first_rung() -> None:
    nowhere = Stage(START, START + HOUR, has_unit=False)
    assert [step(nowhere, level).recipients for level in range(3)] == [
        ("province_desk",),
        ("province_desk",),
        ("province_desk", "supervisor"),
    ]


def test_there_is_no_rung_below_the_first() -> None:
    with pytest.raises(ValueError, match="level 0"):
        step(STAGE, -1)


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=60)), st.booleans())
def test_the_ladder_climbs_without_end_and_always_tells_somebody(length: timedelta, has_unit: bool) -> None:
    rungs = [step(Stage(START, START + length, has_unit=has_unit), level) for level in range(8)]
    assert all(rung.recipients for rung in rungs)
    assert [rung.due_at for rung in rungs] == sorted(rung.due_at for rung in rungs)
    assert rungs[1].due_at == START + length


@given(st.integers(min_value=0, max_value=3), st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=9)))
def test_all_due_rungs_are_listed_once_and_the_next_is_not_due(from_level: int, after: timedelta) -> None:
    now = START + after
    due = list(steps_due(STAGE, from_level=from_level, now=now))
    assert [rung.level for rung in due] == list(range(from_level, from_level + len(due)))
    assert all(rung.due_at <= now for rung in due)
    assert step(STAGE, from_level + len(due)).due_at > now


@given(
    st.integers(min_value=0, max_value=3),
    st.none() | st.timedeltas(min_value=timedelta(-1), max_value=timedelta(days=9)),
)
def test_what_came_due_while_the_clock_stood_is_left_out_and_nothing_else(
    from_level: int, after: timedelta | None
) -> None:
    resumed_at = None if after is None else START + after
    level = level_after_standstill(STAGE, from_level=from_level, resumed_at=resumed_at)
    assert level >= from_level
    if resumed_at is None:
        assert level == from_level
    else:
        assert step(STAGE, level).due_at >= resumed_at
        assert all(step(STAGE, missed).due_at < resumed_at for missed in range(from_level, level))


@pytest.mark.parametrize(
    ("state", "accept_runs", "resolve_runs"),
    [
        (CaseState.PLACED, True, True),
        (CaseState.TRANSFERRED, True, True),
        (CaseState.RETURNED, True, True),
        (CaseState.ACCEPTED, False, True),
        (CaseState.IN_PROGRESS, False, True),
        (CaseState.WAITING_RESIDENT, False, True),
        (CaseState.REOPENED, False, True),
        (CaseState.RESOLVED, False, False),
        (CaseState.CLOSED, False, False),
    ],
)
def test_a_clock_runs_as_long_as_its_stage_lasts(state: CaseState, accept_runs: bool, resolve_runs: bool) -> None:
    assert (runs(ACCEPT, state=state), runs(RESOLVE, state=state)) == (accept_runs, resolve_runs)


def test_every_state_has_been_thought_of() -> None:
    assert len(CaseState) == 9


@pytest.mark.parametrize(
    ("hours", "level"), [(0, 0), (29, 0), (30, 0), (39, 0), (40, 1), (59, 1), (60, 2), (83, 2), (84, 3), (109, 4)]
)
def test_a_clock_that_replaces_another_begins_with_the_last_rung_that_is_due(hours: int, level: int) -> None:
    stage = Stage(START, START + 40 * HOUR, has_unit=True)
    assert level_of_next_generation(stage, made_at=START + hours * HOUR) == level


EVERYONE = ("unit_leader", "province_desk", "supervisor")


@pytest.mark.parametrize(
    ("level", "has_unit", "recipients"),
    [
        (1, True, ("unit_leader",)),
        (2, True, EVERYONE),
        (3, True, EVERYONE),
        (9, True, EVERYONE),
        (3, False, ("province_desk", "supervisor")),
    ],
)
def test_the_first_rung_of_a_clock_that_begins_late_tells_everyone_from_the_breach_on(
    level: int, has_unit: bool, recipients: tuple[str, ...]
) -> None:
    stage = Stage(START, START + 4 * HOUR, has_unit=has_unit)
    now = step(stage, level + 1).due_at
    first, then = steps_due(stage, from_level=level, now=now, begins_late=True)
    assert (first.level, first.due_at, first.recipients) == (level, step(stage, level).due_at, recipients)
    assert then == step(stage, level + 1)
