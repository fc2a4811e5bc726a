"""LocatePlaces: from what a resident gave to a unit; the part of placing that needs no feedback."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.router.domain.place import PinFinding, PlaceDecision, PlaceQuestion
from services.router.usecases.ports import Boundaries, Point, Reference


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """What a resident gave, as it came."""

    point: Point | None
    unit_named: str | None
    place_text: str | None
    text: str


def locate_places(batch: Sequence[Whereabouts], reference: Reference) -> list[PlaceDecision]:
    """Decide the place of each of a batch; all pins are looked up together."""
    pins = iter(find_pins([given.point for given in batch if given.point is not None], reference.boundaries))
    decide = reference.places.decide
    return [
        decide(
            PlaceQuestion(
                next(pins) if given.point is not None else None, given.unit_named, given.place_text, given.text
            )
        )
        for given in batch
    ]


def find_pins(points: Sequence[Point], boundaries: Boundaries) -> list[PinFinding]:
    """Look points up; one that lies outside, but inside with latitude and longitude exchanged, is taken as meant."""
    if not points:
        return []
    found = list(boundaries.find(points))
    outside = [index for index, finding in enumerate(found) if finding.unit_code is None]
    if outside:
        exchanged = boundaries.find([Point(lat=points[index].lon, lon=points[index].lat) for index in outside])
        for index, finding in zip(outside, exchanged, strict=True):
            if finding.unit_code is not None:
                found[index] = replace(finding, swapped=True)
    return found
