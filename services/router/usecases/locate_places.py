"""LocatePlaces: from what a resident gave to a unit; the part of placing that needs no feedback."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from services.router.domain.place import PinFinding, PlaceDecision, PlaceQuestion
from services.router.usecases.ports import Boundaries, Point, Reference

POLE_DEGREES = 90.0


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """What a resident gave, as it came."""

    point: Point | None
    unit_named: str | None
    place_text: str | None
    text: str


def locate_places(batch: Sequence[Whereabouts], reference: Reference) -> list[PlaceDecision]:
    """Decide the place of each of a batch; all pins are looked up together."""
    points = [given.point for given in batch if given.point is not None]
    pins = iter(find_pins(points, reference.boundaries))
    return [reference.places.decide(question_of(given, pins)) for given in batch]


def question_of(given: Whereabouts, pins: Iterator[PinFinding | None]) -> PlaceQuestion:
    """Put what was given together with what is known of its pin, the next of `pins` if it has one."""
    pin = next(pins) if given.point is not None else None
    useless = given.point is not None and pin is None
    return PlaceQuestion(pin, given.unit_named, given.place_text, given.text, pin_useless=useless)


def find_pins(points: Sequence[Point], boundaries: Boundaries) -> list[PinFinding | None]:
    """Look points up; none for one that is no point on Earth, even with latitude and longitude exchanged.

    A point that lies outside, but inside when exchanged, is taken as meant.
    """
    usable = [index for index, point in enumerate(points) if point.usable]
    found: list[PinFinding | None] = [None] * len(points)
    box = boundaries.box
    outside: list[int] = []
    for index, finding in zip(usable, boundaries.find([points[index] for index in usable]), strict=True):
        found[index] = finding
        if finding.unit_code is None:
            if box.holds(lat=points[index].lon, lon=points[index].lat):
                outside.append(index)
            elif abs(points[index].lat) > POLE_DEGREES:
                found[index] = None
    exchanged = boundaries.find([Point(lat=points[index].lon, lon=points[index].lat) for index in outside])
    for index, finding in zip(outside, exchanged, strict=True):
        if finding.unit_code is not None:
            found[index] = replace(finding, swapped=True)
    return found
