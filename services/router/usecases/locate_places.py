"""LocatePlaces: from what a resident gave to a unit; the part of placing that needs no feedback."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.router.domain.place import PinFinding, PlaceDecision, PlaceQuestion
from services.router.usecases.ports import Boundaries, Box, Point, Reference

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
    found: list[PinFinding | None] = [None] * len(points)
    here, elsewhere = _sorted_out(points, boundaries.box)
    _find_exchanged(points, elsewhere, boundaries, found)
    outside = _find_straight(points, here, boundaries, found)
    _find_exchanged(points, outside, boundaries, found)
    left = [index for index in elsewhere if found[index] is None and _on_earth(points[index])]
    _find_straight(points, left, boundaries, found)
    return found


def _on_earth(point: Point) -> bool:
    return point.usable and abs(point.lat) <= POLE_DEGREES


def _sorted_out(points: Sequence[Point], box: Box) -> tuple[list[int], list[int]]:
    """Tell points that lie in the box around the territory, as they are, from others; NaN lies nowhere."""
    west, south, east, north = box.west, box.south, box.east, box.north
    here: list[int] = []
    elsewhere: list[int] = []
    for index, point in enumerate(points):
        (here if south <= point.lat <= north and west <= point.lon <= east else elsewhere).append(index)
    return here, elsewhere


def _find_straight(
    points: Sequence[Point], indices: Sequence[int], boundaries: Boundaries, found: list[PinFinding | None]
) -> list[int]:
    """Look some of the points up as they are, and return which of them lie outside."""
    outside = []
    for index, finding in zip(indices, boundaries.find([points[index] for index in indices]), strict=True):
        found[index] = finding
        if finding.unit_code is None:
            outside.append(index)
    return outside


def _find_exchanged(
    points: Sequence[Point], indices: Sequence[int], boundaries: Boundaries, found: list[PinFinding | None]
) -> None:
    """Look some of the points up with latitude and longitude exchanged; those that lie in a unit so are settled."""
    south, north, holds = boundaries.box.south, boundaries.box.north, boundaries.box.holds
    likely = [index for index in indices if south <= points[index].lon <= north]
    likely = [index for index in likely if holds(lat=points[index].lon, lon=points[index].lat)]
    exchanged = [Point(lat=points[index].lon, lon=points[index].lat) for index in likely]
    # Points deep inside a unit share one finding.
    swapped: dict[int, PinFinding] = {}
    for index, finding in zip(likely, boundaries.find(exchanged), strict=True):
        if finding.unit_code is not None:
            if id(finding) not in swapped:
                swapped[id(finding)] = finding._replace(swapped=True)
            found[index] = swapped[id(finding)]
