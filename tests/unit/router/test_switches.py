"""Switches as a list that only grows: what stands, where going back leads, and what was in force when."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from services.router.domain.pin_replay import PastPin, compare_pins
from services.router.domain.place import PinFinding
from services.router.domain.switches import Period, Switch, SwitchAction, SwitchNote, in_force_at, one_before, periods

START = datetime(2026, 11, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def switches(*steps: tuple[SwitchAction, str | None]) -> list[Switch]:
    found: list[Switch] = []
    for number, (action, version) in enumerate(steps):
        before = found[-1].version if found else None
        note = SwitchNote(action, "an", "x", by_hand=True)
        found.append(Switch(number, START + number * HOUR, note, before, version))
    return found


SWITCH, BACK = SwitchAction.SWITCH, SwitchAction.ROLLBACK


def test_going_back_leads_to_the_switch_before_the_latest_that_stands() -> None:
    history = switches((SWITCH, "a"), (SWITCH, "b"), (BACK, "a"), (SWITCH, "c"))
    before = one_before(history)
    assert before is not None
    assert before.version == "a"
    assert one_before(switches((SWITCH, "a"))) is None
    assert one_before([]) is None


def test_every_moment_since_the_first_switch_has_one_version_in_force() -> None:
    history = switches((SWITCH, "a"), (SWITCH, None), (BACK, "a"))
    assert periods(history) == [
        Period("a", START, START + HOUR),
        Period(None, START + HOUR, START + 2 * HOUR),
        Period("a", START + 2 * HOUR, None),
    ]
    assert periods([]) == []
    found = [in_force_at(history, START + minutes * timedelta(minutes=1)) for minutes in (0, 59, 60, 119, 120, 9999)]
    assert [period.version if period else "" for period in found] == ["a", "a", None, None, "a", "a"]
    assert in_force_at(history, START - HOUR) is None


def finding(unit: str | None, neighbour: str | None = None) -> PinFinding:
    return PinFinding(unit, unit or "a", 0.0, neighbour, 0.99, generalised=False)


def past(number: int, before: PinFinding | None, after: PinFinding | None, *, by_pin: bool = True) -> PastPin:
    return PastPin(UUID(int=number), by_pin, before, after)


def test_pins_are_compared_by_unit_and_by_how_near_a_border_they_are() -> None:
    found = compare_pins(
        [
            past(1, finding("a"), finding("b")),
            past(2, finding("a"), finding("b")),
            past(3, finding("a"), finding(None)),
            past(4, finding(None), finding("a", "b")),
            past(5, finding("a"), finding("a", "b")),
            past(6, finding("a", "b"), finding("a")),
            past(7, finding("a"), finding("a")),
            past(8, finding("a"), finding("b"), by_pin=False),
            past(9, None, None),
        ]
    )
    assert (found.pins, found.moved, found.said_otherwise) == (9, 4, 1)
    assert {way: group.count for way, group in found.units.items()} == {("a", "b"): 2, ("a", None): 1, (None, "a"): 1}
    assert [each.int for each in found.units["a", "b"].examples] == [1, 2]
    assert [each.int for each in found.near_border.examples] == [4, 5]
    assert [each.int for each in found.no_longer_near.examples] == [6]
