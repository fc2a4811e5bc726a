"""The switches of the rules, an append-only list, and where going back leads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SwitchAction(StrEnum):
    """How rules came into force: with a territory pack, by a person's switch, or by going back."""

    LOAD = "load"
    SWITCH = "switch"
    ROLLBACK = "rollback"


@dataclass(frozen=True, slots=True)
class SwitchNote:
    """Who puts rules in force, and why; rules `by_hand` outlive the loading of a pack."""

    action: SwitchAction
    by: str
    why: str
    by_hand: bool


@dataclass(frozen=True, slots=True)
class Switch:
    """One switch as it is on record."""

    id: int
    at: datetime
    note: SwitchNote
    before: str | None
    version: str


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
