"""Read boundary files and check them: codes, validity, overlaps, gaps; every fault is told, not only the first."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray
from shapely.errors import GEOSException
from shapely.geometry import mapping, shape

from services.router.adapters.boundaries import Floats, LocalProjection
from services.router.adapters.content import content_version
from services.router.usecases.import_boundaries import BoundariesRefusedError, CheckedBoundaries
from services.router.usecases.ports import FURTHEST_DEGREES, ReferenceSet

EARTH_RADIUS_KM = 6371.0088
CODE_PROPERTIES = ("code", "ma_xa", "ward_code", "unit_code")
SUFFIXES = (".geojson", ".json")
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
MOST_REASONS = 20
AREA_NOTE_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Tolerances:
    """What still counts as a rounding error of drawing."""

    overlap_km2: float = 0.05
    gap_km2: float = 0.05
    apart_km: float = 0.1
    centre_km: float = 3.0


def read_boundaries(path: Path) -> dict[str, Any]:
    """Read a FeatureCollection, or all those of a folder, into one; raises `BoundariesRefusedError`."""
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.suffix.lower() in SUFFIXES)
        if not files:
            raise BoundariesRefusedError([f"{path} holds no .geojson or .json file"])
    elif path.is_file():
        files = [path]
    else:
        raise BoundariesRefusedError([f"{path} does not exist; give a GeoJSON file or a folder of them"])
    return {"type": "FeatureCollection", "features": [feature for file in files for feature in _features(file)]}


def parse_boundaries(content: bytes, *, name: str) -> dict[str, Any]:
    """Read a FeatureCollection from what a file of that name holds; raises `BoundariesRefusedError`."""
    return {"type": "FeatureCollection", "features": list(_parsed(content, name))}


def _features(file: Path) -> Iterator[Any]:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise BoundariesRefusedError([f"{file} cannot be read ({error.strerror})"]) from error
    return _parsed(content, str(file))


def _parsed(text: bytes, name: str) -> Iterator[Any]:
    try:
        content = orjson.loads(text.removeprefix(BYTE_ORDER_MARK))
    except orjson.JSONDecodeError as error:
        raise BoundariesRefusedError([f"{name} is not JSON: {error}"]) from error
    kind = content.get("type") if isinstance(content, dict) else None
    if kind == "FeatureCollection" and isinstance(content.get("features"), list):
        yield from content["features"]
    elif kind == "Feature":
        yield content
    else:
        raise BoundariesRefusedError([f"{name} is not a GeoJSON FeatureCollection or Feature"])


@dataclass(frozen=True, slots=True)
class BoundaryCheck:
    """Check a FeatureCollection against the units in force."""

    tolerances: Tolerances = Tolerances()

    def __call__(self, collection: Mapping[str, Any], units: ReferenceSet) -> CheckedBoundaries:
        """Return the boundaries ready to keep; raises `BoundariesRefusedError` with every reason found."""
        names = {unit["code"]: unit["full_name"] for unit in units.document["units"]}
        drawn = _by_code(collection["features"])
        _refuse(_code_faults(drawn, names))
        polygons, faults = _polygons({code: features[0] for code, features in drawn.items()}, names)
        _refuse(faults)
        codes = sorted(polygons)
        shapes = np.array([polygons[code] for code in codes])
        faults = [
            *_overlaps(codes, shapes, names, tolerance_km2=self.tolerances.overlap_km2),
            *_holes(codes, shapes, names, tolerance_km2=self.tolerances.gap_km2),
            *_apart(polygons, units.document["neighbours"], names, tolerance_km=self.tolerances.apart_km),
            *_misplaced(polygons, units.document["units"], tolerance_km=self.tolerances.centre_km),
        ]
        _refuse(faults)
        document = {
            "type": "FeatureCollection",
            "features": [
                {"type": "Feature", "properties": {"code": code}, "geometry": mapping(polygons[code])} for code in codes
            ],
        }
        plain = orjson.loads(orjson.dumps(document))
        return CheckedBoundaries(
            plain, content_version(plain), len(codes), tuple(_area_notes(polygons, units.document["units"]))
        )


def _refuse(reasons: Sequence[str]) -> None:
    if reasons:
        more = len(reasons) - MOST_REASONS
        raise BoundariesRefusedError([*reasons[:MOST_REASONS], *([f"and {more} more"] if more > 0 else [])])


# --- codes ---------------------------------------------------------------------------------------------------------


def _by_code(features: Sequence[Any]) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for position, feature in enumerate(features, start=1):
        properties = feature.get("properties") if isinstance(feature, dict) else None
        if not isinstance(properties, dict):
            properties = {}
        code = next((properties[name] for name in CODE_PROPERTIES if properties.get(name)), None)
        if code is None:
            raise BoundariesRefusedError(
                [f"feature {position} has no property 'code' with the code of its unit (also read: ma_xa, ward_code)"]
            )
        found.setdefault(str(code).strip(), []).append(feature)
    return found


def _code_faults(drawn: Mapping[str, Sequence[object]], names: Mapping[str, str]) -> list[str]:
    counts = Counter({code: len(features) for code, features in drawn.items()})
    return [
        *(f"code {code} is no unit of this territory" for code in sorted(set(drawn) - set(names))),
        *(f"{names[code]} ({code}) is missing" for code in sorted(set(names) - set(drawn))),
        *(f"code {code} appears {count} times" for code, count in sorted(counts.items()) if count > 1),
    ]


# --- shapes --------------------------------------------------------------------------------------------------------


def _polygons(
    features: Mapping[str, Mapping[str, Any]], names: Mapping[str, str]
) -> tuple[dict[str, shapely.Geometry], list[str]]:
    polygons, faults = {}, []
    for code, feature in features.items():
        trouble = None
        try:
            with np.errstate(invalid="ignore"):
                geometry = shape(feature["geometry"])
        except (GEOSException, AttributeError, KeyError, TypeError, ValueError, IndexError) as error:
            faults.append(f"{names[code]} ({code}) has no readable geometry ({type(error).__name__})")
            continue
        if geometry.is_empty or geometry.geom_type not in {"Polygon", "MultiPolygon"}:
            trouble = f"is a {geometry.geom_type}, not a polygon"
        elif not (np.abs(shapely.get_coordinates(geometry)) <= FURTHEST_DEGREES).all():
            trouble = "has a coordinate that is not a number of degrees"
        elif not geometry.is_valid:
            trouble = f"is not valid: {shapely.is_valid_reason(geometry)}"
        if trouble is None:
            polygons[code] = shapely.force_2d(geometry)
        else:
            faults.append(f"{names[code]} ({code}) {trouble}")
    return polygons, faults


def _equal_area(lon_lat: Floats) -> Floats:
    """Project so that areas come out true, in km (cylindrical equal-area)."""
    return np.column_stack(
        [np.radians(lon_lat[:, 0]) * EARTH_RADIUS_KM, np.sin(np.radians(lon_lat[:, 1])) * EARTH_RADIUS_KM]
    )


def _area_km2(geometry: shapely.Geometry) -> float:
    return float(shapely.area(shapely.transform(geometry, _equal_area)))


def _overlaps(
    codes: Sequence[str], shapes: NDArray[Any], names: Mapping[str, str], *, tolerance_km2: float
) -> Iterator[str]:
    ones, others = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    for one, other in sorted(zip(ones.tolist(), others.tolist(), strict=True)):
        if one < other:
            area = _area_km2(shapely.intersection(shapes[one], shapes[other]))
            if area > tolerance_km2:
                yield f"{names[codes[one]]} and {names[codes[other]]} overlap by {area:.3f} km²"


def _holes(
    codes: Sequence[str], shapes: NDArray[Any], names: Mapping[str, str], *, tolerance_km2: float
) -> Iterator[str]:
    """Find places inside the territory that no unit covers."""
    covered = shapely.unary_union(shapes)
    tree = shapely.STRtree(shapes)
    for part in shapely.get_parts(covered):
        for ring in part.interiors:
            hole = shapely.Polygon(ring)
            area = _area_km2(hole)
            if area > tolerance_km2:
                around = sorted(names[codes[index]] for index in tree.query(hole, predicate="intersects"))
                yield f"no unit covers {area:.3f} km² between {', '.join(around)}"


def _apart(
    polygons: Mapping[str, shapely.Geometry],
    neighbours: Sequence[Sequence[str]],
    names: Mapping[str, str],
    *,
    tolerance_km: float,
) -> Iterator[str]:
    """Find neighbours whose drawn borders do not meet: a gap that is open to the outside is no hole."""
    latitude = float(np.mean([polygon.centroid.y for polygon in polygons.values()]))
    local = {code: shapely.transform(polygon, LocalProjection(latitude)) for code, polygon in polygons.items()}
    for one, other in neighbours:
        distance = float(shapely.distance(local[one], local[other]))
        if distance > tolerance_km:
            yield f"{names[one]} and {names[other]} are neighbours, but drawn {distance:.2f} km apart"


def _misplaced(
    polygons: Mapping[str, shapely.Geometry], units: Sequence[Mapping[str, Any]], *, tolerance_km: float
) -> Iterator[str]:
    """Find polygons that are not where their unit is: exchanged codes, exchanged latitude and longitude."""
    for unit in units:
        project = LocalProjection(unit["lat"])
        at = shapely.Point(*project(np.array([[unit["lon"], unit["lat"]]]))[0])
        distance = float(shapely.distance(shapely.transform(polygons[unit["code"]], project), at))
        if distance > tolerance_km:
            name = f"{unit['full_name']} ({unit['code']})"
            yield f"{name} is drawn {distance:.0f} km away from its centre; are codes mixed up?"


def _area_notes(polygons: Mapping[str, shapely.Geometry], units: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for unit in units:
        area = _area_km2(polygons[unit["code"]])
        if abs(area - unit["area_km2"]) > AREA_NOTE_SHARE * unit["area_km2"]:
            yield f"{unit['full_name']} is drawn with {area:.1f} km², the pack says {unit['area_km2']:.1f} km²"
