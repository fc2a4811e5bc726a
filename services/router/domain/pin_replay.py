"""Look past pins up in other boundaries: what would be in another unit, and what near a border."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from services.router.domain.place import PinFinding
from services.router.domain.replay import Group


@dataclass(frozen=True, slots=True)
class PastPin:
    """What two sets of boundaries say about a pin; None for a pin that is no point on Earth.

    `by_pin` is whether the pin decided when it was placed: what was said may have weighed more.
    """

    feedback_id: UUID
    by_pin: bool
    before: PinFinding | None
    after: PinFinding | None


@dataclass(slots=True)
class PinReplay:
    """What other boundaries would change; the units of a move are those before and after, None being outside."""

    pins: int = 0
    moved: int = 0
    units: dict[tuple[str | None, str | None], Group] = field(default_factory=dict)
    near_border: Group = field(default_factory=Group)
    """Pins that would be near a border and are not now."""
    no_longer_near: Group = field(default_factory=Group)
    said_otherwise: int = 0
    """Pins that did not decide: the resident said where it is, and that counted. They are not compared."""


def compare_pins(pins: Iterable[PastPin]) -> PinReplay:
    """Compare what two sets of boundaries make of each pin."""
    found = PinReplay()
    for pin in pins:
        found.pins += 1
        if not pin.by_pin:
            found.said_otherwise += 1
            continue
        before, after = _unit(pin.before), _unit(pin.after)
        if before != after:
            found.moved += 1
            found.units.setdefault((before, after), Group()).add(pin.feedback_id)
        near_before, near_after = _near(pin.before), _near(pin.after)
        if near_after and not near_before:
            found.near_border.add(pin.feedback_id)
        if near_before and not near_after:
            found.no_longer_near.add(pin.feedback_id)
    return found


def _unit(finding: PinFinding | None) -> str | None:
    return finding.unit_code if finding is not None else None


def _near(finding: PinFinding | None) -> bool:
    return finding is not None and finding.unit_code is not None and finding.neighbour is not None
