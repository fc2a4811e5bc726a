"""Where a point lies: by real boundaries (R-trees of polygons), or by generalised ones (a power diagram)."""

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from services.router.domain.place import PinFinding
from services.router.usecases.ports import Box, Point

METRES_PER_KM = 1000.0
NEAR_BORDER_METRES = 50.0
NEAR_GENERALISED_BORDER_KM = 1.5
# A unit is no circle: a pin this far beyond its circle still counts as inside the territory.
BEYOND_CIRCLE_KM = 5.0
# How often the generalised unit was right, by distance to its generalised border; measured on random points.
GENERALISED_CONFIDENCE = ((0.5, 0.49), (1.0, 0.6), (2.0, 0.73), (3.0, 0.85), (4.0, 0.92), (6.0, 0.96))
GENERALISED_CONFIDENCE_DEEP_INSIDE = 0.99
ON_THE_BORDER = 0.6
REAL_CONFIDENCE = 0.99
NOWHERE = -1
CHUNK = 20_000
# Whoever asks for the nearest edge from far away has to look into many nodes: these sizes were the quickest.
EDGES_IN_A_ROW = 16
ROWS_PER_NODE = 2
NEAR_EACH_OTHER_KM = 5.0

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


class LocalProjection:
    """Degrees to kilometres on the ground around one latitude: straight lines stay straight.

    The lengths of a degree are those of the WGS 84 ellipsoid, right to the metre at the latitude given and to 0.4 %
    within a degree of it.
    """

    def __init__(self, latitude: float) -> None:
        """Take the middle latitude of the territory."""
        radians = np.radians(latitude)
        north = 111.13209 - 0.56605 * np.cos(2 * radians) + 0.0012 * np.cos(4 * radians)
        east = 111.41513 * np.cos(radians) - 0.09455 * np.cos(3 * radians) + 0.00012 * np.cos(5 * radians)
        self._scale = np.array([east, north])

    def __call__(self, lon_lat: Floats) -> Floats:
        """Project an array of (lon, lat) rows."""
        kilometres: Floats = lon_lat * self._scale
        return kilometres


def lon_lat_of(points: Sequence[Point]) -> Floats:
    """Return the (lon, lat) rows of points."""
    lon_lat = np.empty((len(points), 2))
    lon_lat[:, 0] = np.fromiter(map(attrgetter("lon"), points), np.float64, len(points))
    lon_lat[:, 1] = np.fromiter(map(attrgetter("lat"), points), np.float64, len(points))
    return lon_lat


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
        reach = (self._radii[:, None] + BEYOND_CIRCLE_KM) / self._project(np.ones((1, 2)))
        self.box = Box(*(lon_lat - reach).min(axis=0).tolist(), *(lon_lat + reach).max(axis=0).tolist())

    def find(self, points: Sequence[Point]) -> list[PinFinding]:
        """Find the unit of every point; always approximate."""
        at = self._project(lon_lat_of(points))
        return [finding for first in range(0, len(at), CHUNK) for finding in self._find(at[first : first + CHUNK])]

    def _find(self, at: Floats) -> list[PinFinding]:
        squared = ((at[:, None, :] - self._centres[None, :, :]) ** 2).sum(axis=2)
        power = squared - self._radii_squared
        rows = np.arange(len(at))
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
    """Prepared polygons in an R-tree, their outer edges in another; a batch of points is a handful of array calls.

    Most points lie deep inside a unit: one look into the tree and one containment test in the unit's core, the
    polygon without a strip as wide as what counts as near the border. Only the rest is tested against whole polygons
    and asked for its neighbours. Points outside ask for the nearest of the outer edges, not of the polygons: a
    polygon has a thousand corners, and every one of them would be measured.
    """

    def __init__(
        self, collection: Mapping[str, Any], *, version: str, near_border_metres: float = NEAR_BORDER_METRES
    ) -> None:
        """Take a checked FeatureCollection whose features carry their unit's code."""
        self.version = version
        features = sorted(collection["features"], key=lambda feature: str(feature["properties"]["code"]))
        self._codes = [str(feature["properties"]["code"]) for feature in features]
        polygons = np.array([shapely.geometry.shape(feature["geometry"]) for feature in features])
        bounds = shapely.total_bounds(polygons)
        self.box = Box(*bounds.tolist())
        self._project = LocalProjection(float(bounds[1] + bounds[3]) / 2)
        self._polygons = shapely.transform(polygons, self._project)
        self._near_border_km = near_border_metres / METRES_PER_KM
        self._tree = shapely.STRtree(self._polygons)
        self._cores = shapely.buffer(self._polygons, -self._near_border_km, quad_segs=2)
        edges, self._edge_units = _outer_edges(self._polygons)
        self._edges = shapely.STRtree(edges, node_capacity=ROWS_PER_NODE)
        shapely.prepare(self._polygons)
        shapely.prepare(self._cores)
        # The answer for a point deep inside is the same for all points of a unit.
        self._deep_inside = [self._finding(unit, None) for unit in range(len(features))]

    def find(self, points: Sequence[Point]) -> list[PinFinding]:
        """Find the unit of every point; on a shared border, the one with the lowest code."""
        kilometres = self._project(lon_lat_of(points))
        core, inside = self._inside(kilometres)
        findings = [self._deep_inside[unit] for unit in core.tolist()]
        edge = np.flatnonzero((core == NOWHERE) & (inside != NOWHERE))
        units, neighbours = inside[edge], self._neighbours(kilometres[edge], inside[edge])
        for index, unit, neighbour in zip(edge.tolist(), units.tolist(), neighbours.tolist(), strict=True):
            findings[index] = self._finding(unit, None if neighbour == NOWHERE else neighbour)
        outside = np.flatnonzero(inside == NOWHERE)
        nearest, distances = self._nearest(kilometres[outside])
        told = [
            (None, self._codes[unit], distance, None, 0.0, False, False)
            for unit, distance in zip(nearest.tolist(), distances.tolist(), strict=True)
        ]
        for index, finding in zip(outside.tolist(), map(PinFinding._make, told), strict=True):
            findings[index] = finding
        return findings

    def codes_of(self, lon_lat: Floats) -> list[str | None]:
        """Return the code of the unit for rows of (lon, lat), none outside: the bare look-up."""
        codes = [*self._codes, None]
        return [codes[unit] for unit in self._inside(self._project(lon_lat))[1].tolist()]

    def _finding(self, unit: int, neighbour: int | None) -> PinFinding:
        code = self._codes[unit]
        if neighbour is None:
            return PinFinding(code, code, 0.0, None, REAL_CONFIDENCE, generalised=False)
        return PinFinding(code, code, 0.0, self._codes[neighbour], ON_THE_BORDER, generalised=False)

    def _inside(self, kilometres: Floats) -> tuple[Indices, Indices]:
        """Return the unit in whose core each point lies, and the unit in which it lies at all."""
        x, y = np.ascontiguousarray(kilometres.T)
        core = np.full(len(kilometres), NOWHERE, dtype=np.int64)
        near_points, near_units = _by_unit(*self._tree.query(shapely.points(kilometres)))
        held = shapely.contains_xy(self._cores[near_units], x[near_points], y[near_points])
        core[near_points[held]] = near_units[held]
        inside = core.copy()
        rest = core[near_points] == NOWHERE
        near_points, near_units = near_points[rest], near_units[rest]
        held = shapely.intersects_xy(self._polygons[near_units], x[near_points], y[near_points])
        # From the highest code down: of two units that share the point's border, the lowest code stays.
        inside[near_points[held][::-1]] = near_units[held][::-1]
        return core, inside

    def _neighbours(self, kilometres: Floats, inside: Indices) -> Indices:
        """Return for each point the nearest other unit within reach, the lowest code of several."""
        reach, at = self._near_border_km, shapely.points(kilometres)
        around = shapely.box(*(kilometres - reach).T, *(kilometres + reach).T)
        near_points, near_units = _by_unit(*self._tree.query(around))
        other = near_units != inside[near_points]
        near_points, near_units = near_points[other], near_units[other]
        close = shapely.dwithin(self._polygons[near_units], at[near_points], reach)
        near_points, near_units = near_points[close], near_units[close]
        distances = shapely.distance(self._polygons[near_units], at[near_points])
        neighbours = np.full(len(inside), NOWHERE, dtype=np.int64)
        order = np.lexsort((near_units, distances))[::-1]
        neighbours[near_points[order]] = near_units[order]
        return neighbours

    def _nearest(self, kilometres: Floats) -> tuple[Indices, Floats]:
        """Return the nearest unit and how far it is, the lowest code of several."""
        # One after the other near by: what one look-up has touched is still at hand for the next.
        by_place = np.lexsort(np.floor(kilometres / NEAR_EACH_OTHER_KM).T)
        (near_points, edges), distances = self._edges.query_nearest(
            shapely.points(kilometres[by_place]), return_distance=True, all_matches=True
        )
        near_points = by_place[near_points]
        order = np.lexsort((self._edge_units[edges], near_points))[::-1]
        nearest = np.zeros(len(kilometres), dtype=np.int64)
        apart = np.zeros(len(kilometres))
        nearest[near_points[order]] = self._edge_units[edges[order]]
        apart[near_points[order]] = distances[order]
        return nearest, apart


def _by_unit(points: Indices, units: Indices) -> tuple[Indices, Indices]:
    """Bring pairs into the order of their units: a prepared polygon stays at hand while its points are tested."""
    order = np.argsort(units, kind="stable")
    return points[order], units[order]


def _outer_edges(polygons: NDArray[Any]) -> tuple[NDArray[Any], Indices]:
    """Return the edges that only one polygon has, a few in a row as one line, and whose each line is.

    Where neighbours were not drawn with the very same corners, edges between them are kept too, which does no harm:
    from outside, none of them is nearer than the outer ones.
    """
    parts, part_of = shapely.get_parts(polygons, return_index=True)
    rings, ring_in = shapely.get_rings(parts, return_index=True)
    owners = part_of[ring_in]
    corners, ring_of = shapely.get_coordinates(rings, return_index=True)
    same_ring = ring_of[:-1] == ring_of[1:]
    edges = np.stack([corners[:-1][same_ring], corners[1:][same_ring]], axis=1)
    units = owners[ring_of[:-1][same_ring]]
    backwards = (edges[:, 0, 0] > edges[:, 1, 0]) | (
        (edges[:, 0, 0] == edges[:, 1, 0]) & (edges[:, 0, 1] > edges[:, 1, 1])
    )
    edges[backwards] = edges[backwards][:, ::-1]
    _, first, times = np.unique(edges.reshape(-1, 4), axis=0, return_index=True, return_counts=True)
    alone = np.sort(first[times == 1])
    goes_on = (np.diff(alone) == 1) & (np.diff(units[alone]) == 0)
    run = np.concatenate([[0], np.cumsum(~goes_on)])
    in_run = np.arange(len(alone)) - np.searchsorted(run, run)
    starts = (in_run % EDGES_IN_A_ROW) == 0
    row = np.cumsum(starts) - 1
    return shapely.multilinestrings(shapely.linestrings(edges[alone]), indices=row), units[alone][starts]
