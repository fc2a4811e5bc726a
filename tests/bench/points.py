"""`python -m tests.bench.points`: how many pins a second are looked up in real boundaries, and whether rightly.

Ours says the unit, the neighbour across a border that is near, the nearest unit and its distance from outside, and
recognises exchanged coordinates; it is compared with shapely's own tree of the same polygons asked for the unit alone.
Needs no server; needs the real boundaries (LANGNGHE_TEST_DATA). The command fails when a goal is missed.
"""

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import orjson
import shapely
from rich.console import Console
from rich.table import Table

from services.router.adapters.boundaries import RealBoundaries
from services.router.usecases.locate_places import find_pins
from services.router.usecases.ports import Point
from tests.support.placing import shared_data_folder

COUNT = 200_000
COMPARED = 20_000
TIMES = 3
WANTED_PER_SECOND = 200_000
BOXES = {
    "the middle of the province": (107.9, 12.5, 108.7, 13.1),
    "the box around the province": (107.48, 12.16, 109.46, 13.70),
    "the same, exchanged": (12.16, 107.48, 13.70, 109.46),
    "far outside": (100.0, 8.0, 104.0, 11.0),
}
WANTED_IN = tuple(BOXES)[:2]
Row = dict[str, Any]
console = Console(width=120)


def best_of(work: Callable[[], object]) -> float:
    """Return the seconds of the best of a few runs."""
    best = float("inf")
    for _ in range(TIMES):
        began = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - began)
    return best


def boundaries_file() -> dict[str, Any] | None:
    """Read the real boundaries, none when they are not there."""
    path = shared_data_folder() / "daklak_boundaries.geojson"
    if not path.is_file():
        console.print(f"points: not measured, {path} is not there; LANGNGHE_TEST_DATA names the folder that has it")
        return None
    collection: dict[str, Any] = orjson.loads(path.read_bytes())
    return collection


def measure_points() -> list[Row]:
    """Return points a second by where they lie, beside shapely's tree in the same run; nothing without boundaries."""
    collection = boundaries_file()
    if collection is None:
        return []
    boundaries = RealBoundaries(collection, version="real")
    tree = shapely.STRtree([shapely.geometry.shape(feature["geometry"]) for feature in collection["features"]])
    rows: list[Row] = []
    for name, (west, south, east, north) in BOXES.items():
        lon_lat = np.random.default_rng(1).uniform((west, south), (east, north), (COUNT, 2))
        points = [Point(lat=lat, lon=lon) for lon, lat in lon_lat.tolist()]

        def ours(points: list[Point] = points) -> object:
            return find_pins(points, boundaries)

        def plain(lon_lat: np.ndarray = lon_lat) -> object:
            return tree.query(shapely.points(lon_lat), predicate="intersects")

        seconds = best_of(ours)
        row: Row = {"points in": name, "points/s": COUNT / seconds, "shapely's tree/s": None, "ratio": None}
        if name in WANTED_IN:  # elsewhere a tree of units has nothing to say, and says it at once
            plain_seconds = best_of(plain)
            row |= {"shapely's tree/s": COUNT / plain_seconds, "ratio": plain_seconds / seconds}
        rows.append(row)
    same = agreeing(collection, boundaries)
    return [*rows, {"points in": f"agreeing of {COMPARED}", "points/s": same, "shapely's tree/s": None, "ratio": None}]


def agreeing(collection: dict[str, Any], boundaries: RealBoundaries) -> int:
    """Count the points for which a plain check of every polygon says the same."""
    west, south, east, north = BOXES["the box around the province"]
    lon_lat = np.random.default_rng(2).uniform((west, south), (east, north), (COMPARED, 2))
    plain: list[str | None] = [None] * COMPARED
    for feature in sorted(collection["features"], key=lambda feature: feature["properties"]["code"], reverse=True):
        polygon = shapely.geometry.shape(feature["geometry"])
        shapely.prepare(polygon)
        for index in np.flatnonzero(shapely.intersects_xy(polygon, *lon_lat.T)):
            plain[index] = feature["properties"]["code"]
    found = find_pins([Point(lat=lat, lon=lon) for lon, lat in lon_lat.tolist()], boundaries)
    return sum(pin is not None and pin.unit_code == code for pin, code in zip(found, plain, strict=True))


def missed_goals(rows: list[Row]) -> list[str]:
    """Name what was not reached."""
    by_name = {row["points in"]: row["points/s"] for row in rows}
    missed = [f"points in {name}" for name in WANTED_IN if by_name.get(name, WANTED_PER_SECOND) < WANTED_PER_SECOND]
    if rows and rows[-1]["points/s"] != COMPARED:
        missed.append("points agree")
    return missed


def main() -> None:
    """Print the table, and name the goals that were missed."""
    rows = measure_points()
    table = Table(*(rows[0] if rows else ()))
    for row in rows:
        cells = [
            f"{value:,.{2 if value < 1000 else 0}f}" if isinstance(value, float) else value for value in row.values()
        ]
        table.add_row(*("" if cell is None else str(cell) for cell in cells))
    console.print(table)
    missed = missed_goals(rows)
    console.print(f"goals missed: {', '.join(missed)}" if missed else "every goal is met")
    sys.exit(bool(missed))


if __name__ == "__main__":
    main()
