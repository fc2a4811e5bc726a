"""The switches of what is in force, an append-only list of each kind, and where going back leads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import zip_longest


class SwitchAction(StrEnum):
    """How a set came into force: with a territory pack, by a person's switch, or by going back."""

    LOAD = "load"
    SWITCH = "switch"
    ROLLBACK = "rollback"


@dataclass(frozen=True, slots=True)
class SwitchNote:
    """Who puts a set in force, and why; rules `by_hand` outlive the loading of a pack."""

    action: SwitchAction
    by: str
    why: str
    by_hand: bool


@dataclass(frozen=True, slots=True)
class Switch:
    """One switch as it is on record; a `version` of None means that no set of the kind is in force from then on."""

    id: int
    at: datetime
    note: SwitchNote
    before: str | None
    version: str | None


@dataclass(frozen=True, slots=True)
class Period:
    """From when until when a version was in force, None being that there was none; without end it still is."""

    version: str | None
    since: datetime
    until: datetime | None

    def holds(self, moment: datetime) -> bool:
        """Say whether a moment lies in it."""
        return self.since <= moment and (self.until is None or moment < self.until)


def in_effect(switches: Sequence[Switch]) -> list[Switch]:
    """Return the switches that were not gone back on, the oldest first: the last one is in force.

    Going back undoes the latest switch that is not undone yet, so going back twice undoes two.
    """
    standing: list[Switch] = []
    for switch in switches:
        if switch.note.action is not SwitchAction.ROLLBACK:
            standing.append(switch)
        elif standing:
            standing.pop()
    return standing


def one_before(switches: Sequence[Switch]) -> Switch | None:
    """Return the switch that going back leads to; None when it leads to before the first of them."""
    standing = in_effect(switches)
    return standing[-2] if len(standing) > 1 else None


def periods(switches: Sequence[Switch]) -> list[Period]:
    """Say which version was in force from when until when, the oldest period first."""
    return [
        Period(switch.version, switch.at, following.at if following is not None else None)
        for switch, following in zip_longest(switches, switches[1:])
    ]


def in_force_at(switches: Sequence[Switch], moment: datetime) -> Period | None:
    """Return the period in which a moment lies; None before the first switch."""
    return next((period for period in periods(switches) if period.holds(moment)), None)
