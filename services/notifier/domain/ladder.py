"""The ladder of a deadline: who is told at which moment, and it never ends before the case does."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain

WARNING_SHARE = 0.75
DAILY = timedelta(days=1)

OFFICE = "office"
UNIT_LEADER = "unit_leader"
PROVINCE_DESK = "province_desk"
SUPERVISOR = "supervisor"

WARNING_LEVEL = 0
BREACH_LEVEL = 1
LAST_RESORT_LEVEL = 2


@dataclass(frozen=True, slots=True)
class Stage:
    """One clock of one case: accepting or resolving, from its start to its deadline."""

    starts_at: datetime
    deadline_at: datetime
    has_unit: bool


@dataclass(frozen=True, slots=True)
class Step:
    """A rung: when it is due and which roles are told, a person never being the only one."""

    level: int
    due_at: datetime
    recipients: tuple[str, ...]

    @property
    def is_warning(self) -> bool:
        """Whether the deadline is still ahead."""
        return self.level == WARNING_LEVEL


def step(stage: Stage, level: int) -> Step:
    """Return a rung of the ladder.

    Level 0 warns the office at 75 % of the stage (of elapsed time), 1 is the breach and tells the unit's leader (the
    province desk where no unit is known), 2 comes half a stage later and tells the province desk and the supervisor,
    and every day after that the supervisor is told again.
    """
    if level < WARNING_LEVEL:
        raise ValueError(f"a ladder starts at level 0, not at {level}")
    length = stage.deadline_at - stage.starts_at
    if level == WARNING_LEVEL:
        office = OFFICE if stage.has_unit else PROVINCE_DESK
        return Step(level, stage.starts_at + length * WARNING_SHARE, (office,))
    if level == BREACH_LEVEL:
        return Step(level, stage.deadline_at, (UNIT_LEADER if stage.has_unit else PROVINCE_DESK,))
    last_resort = stage.deadline_at + length / 2
    if level == LAST_RESORT_LEVEL:
        return Step(level, last_resort, (PROVINCE_DESK, SUPERVISOR))
    return Step(level, last_resort + DAILY * (level - LAST_RESORT_LEVEL), (SUPERVISOR,))


def level_after_standstill(stage: Stage, *, from_level: int, resumed_at: datetime | None) -> int:
    """Return the rung that comes next, from `from_level` on, for a clock that runs again since `resumed_at`.

    Nobody is told of what came due while the clock stood still (resolved and later disputed, say): nobody had anything
    to do then. The deadline stays where it was, so after a breach the next daily rung follows within a day; a new
    deadline, and with it a new ladder, is the router's to give, as a new generation.
    """
    level = from_level
    while resumed_at is not None and step(stage, level).due_at < resumed_at:
        level += 1
    return level


def level_of_next_generation(stage: Stage, *, made_at: datetime) -> int:
    """Return the rung to begin with for a clock that replaces another, at `made_at`.

    What would have come due before is told once, by the last of these rungs: who is late by a new deadline hears so,
    and nobody hears again of every day that has passed. From the breach on, such a clock begins late.
    """
    level = WARNING_LEVEL
    while step(stage, level + 1).due_at <= made_at:
        level += 1
    return level


def steps_due(stage: Stage, *, from_level: int, now: datetime, begins_late: bool = False) -> Iterator[Step]:
    """List the rungs from `from_level` on whose time has come, oldest first; the next one up is not due yet.

    The first rung of a clock that `begins_late` tells all whom the rungs from the breach up to it would have told.
    """
    level = from_level
    while (due := step(stage, level)).due_at <= now:
        yield _for_all_since_the_breach(stage, due) if begins_late and level == from_level else due
        level += 1


def _for_all_since_the_breach(stage: Stage, rung: Step) -> Step:
    below = (step(stage, level).recipients for level in range(BREACH_LEVEL, rung.level))
    return replace(rung, recipients=tuple(dict.fromkeys(chain(*below, rung.recipients))))
