"""Where a point lies: by real boundaries (an R-tree of polygons), or by generalised ones (a power diagram)."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from services.router.domain.place import PinFinding
from services.router.usecases.ports import Point

KM_PER_DEGREE = 111.195
NEAR_BORDER_KM = 0.05
NEAR_GENERALISED_BORDER_KM = 1.5
# A unit is no circle: a pin this far beyond its circle still counts as inside the territory.
BEYOND_CIRCLE_KM = 5.0
# How often the generalised unit was right, by distance to its generalised border; measured on random points.
GENERALISED_CONFIDENCE = ((0.5, 0.49), (1.0, 0.6), (2.0, 0.73), (3.0, 0.85), (4.0, 0.92), (6.0, 0.96))
GENERALISED_CONFIDENCE_DEEP_INSIDE = 0.99
ON_THE_BORDER = 0.6
REAL_CONFIDENCE = 0.99

Floats = NDArray[np.float64]


class LocalProjection:
    """Degrees to kilometres around one latitude (equirectangular): straight lines stay straight."""

    def __init__(self, latitude: float) -> None:
        """Take the middle latitude of the territory."""
        self._scale = np.array([KM_PER_DEGREE * np.cos(np.radians(latitude)), KM_PER_DEGREE])

    def __call__(self, lon_lat: Floats) -> Floats:
        """Project an array of (lon, lat) rows."""
        kilometres: Floats = lon_lat * self._scale
        return kilometres


class GeneralisedBoundaries:
    """A power diagram of circles as large as the units: the unit with the least d^2 - area/pi."""

    def __init__(self, units: Sequence[Mapping[str, Any]], *, version: str) -> None:
        """Take code, lat, lon and area_km2 of every unit."""
        self.version = version
        lon_lat = np.array([[unit["lon"], unit["lat"]] for unit in units], dtype=np.float64)
        self._codes = [str(unit["code"]) for unit in units]
        self._project = LocalProjection(float(lon_lat[:, 1].mean()))
        self._centres = self._project(lon_lat)
        self._radii_squared = np.array([unit["area_km2"] for unit in units], dtype=np.float64) / np.pi
        self._radii = np.sqrt(self._radii_squared)

    def find(self, points: Sequence[Point]) -> list[PinFinding]:
        """Find the unit of every point; always approximate."""
        at = self._project(np.array([[point.lon, point.lat] for point in points], dtype=np.float64))
        squared = ((at[:, None, :] - self._centres[None, :, :]) ** 2).sum(axis=2)
        power = squared - self._radii_squared
        rows = np.arange(len(points))
        first, second = np.argpartition(power, 1, axis=1)[:, :2].T
        swap = power[rows, first] > power[rows, second]
        first, second = np.where(swap, second, first), np.where(swap, first, second)
        between = np.sqrt(((self._centres[first] - self._centres[second]) ** 2).sum(axis=1))
        to_border = (power[rows, second] - power[rows, first]) / (2 * between)
        beyond = np.sqrt(squared[rows, first]) - self._radii[first]
        return [
            PinFinding(
                unit_code=self._codes[nearest] if outside <= BEYOND_CIRCLE_KM else None,
                nearest=self._codes[nearest],
                distance_km=max(0.0, outside),
                neighbour=self._codes[other] if border < NEAR_GENERALISED_BORDER_KM else None,
                confidence=_generalised_confidence(border),
                generalised=True,
            )
            for nearest, other, border, outside in zip(
                first.tolist(), second.tolist(), to_border.tolist(), beyond.tolist(), strict=True
            )
        ]


def _generalised_confidence(to_border_km: float) -> float:
    for limit, confidence in GENERALISED_CONFIDENCE:
        if to_border_km < limit:
            return confidence
    return GENERALISED_CONFIDENCE_DEEP_INSIDE


class RealBoundaries:
    """Polygons in an R-tree; a batch of points is one query."""

    def __init__(self, collection: Mapping[str, Any], *, version: str, near_border_km: float = NEAR_BORDER_KM) -> None:
        """Take a checked FeatureCollection whose features carry their unit's code."""
        self.version = version
        features = sorted(collection["features"], key=lambda feature: str(feature["properties"]["code"]))
        self._codes = [str(feature["properties"]["code"]) for feature in features]
        polygons = np.array([shapely.geometry.shape(feature["geometry"]) for feature in features])
        bounds = shapely.total_bounds(polygons)
        self._project = LocalProjection(float(bounds[1] + bounds[3]) / 2)
        self._polygons = shapely.transform(polygons, self._project)
        self._near_border_km = near_border_km
        self._tree = shapely.STRtree(self._polygons)
        # Where no other unit is near, one containment test is all it takes.
        self._cores = shapely.buffer(self._polygons, -near_border_km, quad_segs=2)
        shapely.prepare(self._polygons)
        shapely.prepare(self._cores)

    def find(self, points: Sequence[Point]) -> list[PinFinding]:
        """Find the unit of every point; on a shared border, the one with the lowest code."""
        at = shapely.points(self._project(np.array([[point.lon, point.lat] for point in points], dtype=np.float64)))
        inside = self._inside(at)
        core = np.zeros(len(points), dtype=bool)
        held = inside >= 0
        core[held] = _contains(self._cores, inside[held], at[held])
        neighbours = self._neighbours(at, inside, held & ~core)
        nearest, distances = inside.copy(), np.zeros(len(points))
        nearest[~held] = self._tree.nearest(at[~held])
        distances[~held] = shapely.distance(self._polygons[nearest[~held]], at[~held])
        return [
            self._finding(unit, near, distance, neighbours.get(index))
            for index, (unit, near, distance) in enumerate(
                zip(inside.tolist(), nearest.tolist(), distances.tolist(), strict=True)
            )
        ]

    def codes_of(self, lon_lat: Floats) -> list[str | None]:
        """Return the code of the unit for rows of (lon, lat), none outside: the bare look-up."""
        codes = [*self._codes, None]
        return [codes[unit] for unit in self._inside(shapely.points(self._project(lon_lat))).tolist()]

    def _finding(self, unit: int, nearest: int, distance_km: float, neighbour: str | None) -> PinFinding:
        confidence = 0.0 if unit < 0 else REAL_CONFIDENCE if neighbour is None else ON_THE_BORDER
        return PinFinding(
            unit_code=self._codes[unit] if unit >= 0 else None,
            nearest=self._codes[nearest],
            distance_km=distance_km,
            neighbour=neighbour,
            confidence=confidence,
            generalised=False,
        )

    def _inside(self, at: NDArray[Any]) -> NDArray[np.int64]:
        near_points, near_units = self._tree.query(at)
        inside = np.full(len(at), -1, dtype=np.int64)
        # From the highest code down: of two units that share the point's border, the lowest code stays. Points of
        # one unit together keep its prepared polygon at hand.
        order = np.argsort(near_units, kind="stable")[::-1]
        near_points, near_units = near_points[order], near_units[order]
        held = _intersects(self._polygons, near_units, at[near_points])
        inside[near_points[held]] = near_units[held]
        return inside

    def _neighbours(self, at: NDArray[Any], inside: NDArray[np.int64], edge: NDArray[np.bool_]) -> dict[int, str]:
        indices = np.flatnonzero(edge)
        near_points, near_units = self._tree.query(at[indices], predicate="dwithin", distance=self._near_border_km)
        neighbours: dict[int, tuple[float, int]] = {}
        for point, unit in zip(indices[near_points].tolist(), near_units.tolist(), strict=True):
            if unit != inside[point]:
                candidate = (float(shapely.distance(self._polygons[unit], at[point])), unit)
                neighbours[point] = min(neighbours.get(point, candidate), candidate)
        return {point: self._codes[unit] for point, (_, unit) in neighbours.items()}


def _intersects(polygons: NDArray[Any], units: NDArray[np.int64], at: NDArray[Any]) -> NDArray[np.bool_]:
    held: NDArray[np.bool_] = shapely.intersects_xy(polygons[units], shapely.get_x(at), shapely.get_y(at))
    return held


def _contains(polygons: NDArray[Any], units: NDArray[np.int64], at: NDArray[Any]) -> NDArray[np.bool_]:
    held: NDArray[np.bool_] = shapely.contains_xy(polygons[units], shapely.get_x(at), shapely.get_y(at))
    return held
