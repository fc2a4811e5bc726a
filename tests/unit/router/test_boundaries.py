"""Where a point lies, by generalised and by real boundaries, and which boundaries are refused."""

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from services.router.adapters.boundaries import GeneralisedBoundaries, RealBoundaries
from services.router.adapters.boundary_check import BoundaryCheck, Tolerances, parse_boundaries, read_boundaries
from services.router.domain.place import PinFinding
from services.router.usecases.import_boundaries import BoundariesRefusedError
from services.router.usecases.locate_places import find_pins
from services.router.usecases.ports import Point, ReferenceSet, SetKind
from tests.support.placing import TUESDAY_MORNING, pack, pack_reference, pack_sets, shared_data

BOX = (107.48, 12.16, 109.46, 13.70)


@cache
def geojson(path: Path) -> dict[str, Any]:
    collection: dict[str, Any] = json.loads(path.read_bytes())
    return collection


@cache
def real(path: Path) -> RealBoundaries:
    return RealBoundaries(geojson(path), version="real")


def random_points(count: int, *, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).uniform(BOX[:2], BOX[2:], (count, 2))


def points_of(lon_lat: np.ndarray) -> list[Point]:
    return [Point(lat=lat, lon=lon) for lon, lat in lon_lat.tolist()]


def square(west: float, south: float, size: float = 1.0) -> list[list[list[float]]]:
    east, north = west + size, south + size
    return [[[west, south], [east, south], [east, north], [west, north], [west, south]]]


def feature(code: str, coordinates: object, kind: str = "Polygon") -> dict[str, Any]:
    return {"type": "Feature", "properties": {"code": code}, "geometry": {"type": kind, "coordinates": coordinates}}


def collection(*features: dict[str, Any]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)}


# --- generalised ---------------------------------------------------------------------------------------------------


def test_generalised_boundaries_put_most_random_points_into_the_right_unit() -> None:
    path = shared_data("daklak_boundaries.geojson")
    lon_lat = random_points(20_000, seed=5)
    truth = real(path).codes_of(lon_lat)
    inside = [index for index, code in enumerate(truth) if code is not None]
    found = pack_reference().boundaries.find(points_of(lon_lat[inside]))
    right = sum(finding.nearest == truth[index] for index, finding in zip(inside, found, strict=True))
    share = right / len(inside)
    assert share >= 0.78, f"{share:.3f} of {len(inside)} points"
    kept = sum(finding.unit_code is not None for finding in found) / len(inside)
    assert kept >= 0.99, f"{kept:.3f} of the points inside were taken to be inside"


def test_the_confidence_of_a_generalised_unit_is_how_often_it_is_right() -> None:
    path = shared_data("daklak_boundaries.geojson")
    lon_lat = random_points(20_000, seed=6)
    truth = real(path).codes_of(lon_lat)
    by_confidence: dict[float, list[bool]] = {}
    for code, finding in zip(truth, pack_reference().boundaries.find(points_of(lon_lat)), strict=True):
        if code is not None:
            by_confidence.setdefault(finding.confidence, []).append(finding.nearest == code)
    assert len(by_confidence) == 7
    for confidence, outcomes in by_confidence.items():
        assert abs(sum(outcomes) / len(outcomes) - confidence) < 0.05, confidence


def test_the_centre_of_every_unit_lies_in_it_and_is_marked_generalised() -> None:
    found = pack_reference().boundaries.find([Point(unit.lat, unit.lon) for unit in pack().units])
    assert [finding.unit_code for finding in found] == [unit.code for unit in pack().units]
    assert all(finding.generalised for finding in found)


def test_two_circles_meet_where_their_powers_are_equal() -> None:
    units = [
        {"code": "a", "lat": 0.0, "lon": 0.0, "area_km2": 1000},
        {"code": "b", "lat": 0.0, "lon": 0.5, "area_km2": 10},
    ]
    boundaries = GeneralisedBoundaries(units, version="g")
    codes = [finding.nearest for finding in boundaries.find([Point(0.0, lon) for lon in (0.1, 0.275, 0.277, 0.4)])]
    assert codes == ["a", "a", "b", "b"]
    assert boundaries.find([Point(0.0, 0.277)])[0].neighbour == "a"


# --- pins ----------------------------------------------------------------------------------------------------------


def test_exchanged_latitude_and_longitude_are_recognised_and_nothing_else_is() -> None:
    unit = pack().unit("24133")
    points = [Point(unit.lat, unit.lon), Point(unit.lon, unit.lat), Point(10.77, 106.7)]
    straight, exchanged, far = (pin for pin in find_pins(points, pack_reference().boundaries) if pin is not None)
    assert (straight.unit_code, straight.swapped) == ("24133", False)
    assert (exchanged.unit_code, exchanged.swapped) == ("24133", True)
    assert (far.unit_code, far.swapped) == (None, False)
    assert far.distance_km == pytest.approx(220, abs=15)
    assert find_pins([], pack_reference().boundaries) == []


@pytest.mark.parametrize(
    ("lat", "lon"),
    [
        (float("nan"), 108.0),
        (12.7, float("nan")),
        (float("inf"), 108.0),
        (12.7, -181.0),
        (95.0, 100.0),
    ],
)
def test_what_is_no_point_on_earth_is_no_pin(lat: float, lon: float) -> None:
    for boundaries in (pack_reference().boundaries, two_squares()):
        useless, good = find_pins([Point(lat, lon), Point(0.5, 0.5)], boundaries)
        assert useless is None
        assert good is not None


def test_pins_of_every_sort_in_one_batch_get_what_each_gets_alone() -> None:
    unit = pack().unit("24133")
    sorts = [
        *points_of(random_points(50, seed=9)),
        *(Point(lat=point.lon, lon=point.lat) for point in points_of(random_points(50, seed=10))),
        Point(unit.lat, unit.lon),
        Point(float("nan"), unit.lon),
        Point(unit.lon, float("nan")),
        Point(95.0, 100.0),
        Point(10.77, 106.7),
        Point(0.5, 0.5),
    ]
    points = [sorts[index] for index in np.random.default_rng(4).permutation(len(sorts))]
    for boundaries in (pack_reference().boundaries, two_squares()):
        together = find_pins(points, boundaries)
        assert together == [find_pins([point], boundaries)[0] for point in points]
    assert any(pin is not None and pin.swapped for pin in find_pins(points, pack_reference().boundaries))


def test_the_box_of_generalised_boundaries_holds_all_of_them() -> None:
    box = pack_reference().boundaries.box
    assert box.holds(lat=12.16, lon=107.5)
    assert box.holds(lat=13.69, lon=109.45)
    assert not box.holds(lat=108.0, lon=12.7)


# --- real ----------------------------------------------------------------------------------------------------------


def two_squares() -> RealBoundaries:
    return RealBoundaries(collection(feature("b", square(1, 0)), feature("a", square(0, 0))), version="v")


def find(boundaries: RealBoundaries, lat: float, lon: float) -> PinFinding:
    return boundaries.find([Point(lat, lon)])[0]


def test_a_point_in_a_polygon_is_found_with_the_neighbour_when_the_border_is_near() -> None:
    deep, near = find(two_squares(), 0.5, 0.5), find(two_squares(), 0.5, 0.9999)
    assert (deep.unit_code, deep.neighbour, deep.confidence, deep.generalised) == ("a", None, 0.99, False)
    assert (near.unit_code, near.neighbour, near.confidence) == ("a", "b", 0.6)


def test_a_point_near_the_outer_border_has_no_neighbour() -> None:
    assert find(two_squares(), 0.0001, 0.5).neighbour is None


def test_a_point_on_a_shared_border_goes_to_the_lowest_code_with_the_other_as_neighbour() -> None:
    on_the_border = find(two_squares(), 0.5, 1.0)
    assert (on_the_border.unit_code, on_the_border.neighbour) == ("a", "b")


def test_a_point_outside_names_the_nearest_unit_and_its_distance() -> None:
    outside = find(two_squares(), 0.5, 3.0)
    assert (outside.unit_code, outside.nearest, outside.neighbour) == (None, "b", None)
    assert outside.distance_km == pytest.approx(111.3, abs=0.05)


@pytest.mark.promises
def test_20_000_random_points_agree_with_a_plain_check_of_every_polygon() -> None:
    path = shared_data("daklak_boundaries.geojson")
    lon_lat = random_points(20_000, seed=7)
    holding: list[str | None] = [None] * len(lon_lat)
    for feature_of_unit in sorted(geojson(path)["features"], key=lambda f: f["properties"]["code"], reverse=True):
        polygon = shapely.geometry.shape(feature_of_unit["geometry"])
        shapely.prepare(polygon)
        for index in np.flatnonzero(shapely.covers(polygon, shapely.points(lon_lat))):
            holding[index] = feature_of_unit["properties"]["code"]
    assert real(path).codes_of(lon_lat) == holding
    assert [finding.unit_code for finding in real(path).find(points_of(lon_lat))] == holding


def test_the_nearest_unit_of_points_outside_is_that_of_a_plain_check_in_metres() -> None:
    path = shared_data("daklak_boundaries.geojson")
    to_metres = (111_412.84 * np.cos(np.radians(12.93)), 110_640.0)
    polygons = {
        f["properties"]["code"]: shapely.transform(shapely.geometry.shape(f["geometry"]), lambda c: c * to_metres)
        for f in geojson(path)["features"]
    }
    points = [point for point in points_of(random_points(400, seed=8)) if real(path).find([point])[0].unit_code is None]
    assert len(points) > 100
    for point, finding in zip(points, real(path).find(points), strict=True):
        at = shapely.Point(point.lon * to_metres[0], point.lat * to_metres[1])
        nearest = min(shapely.distance(polygon, at) for polygon in polygons.values())
        assert finding.distance_km * 1000 == pytest.approx(nearest, rel=0.01)
        assert shapely.distance(polygons[finding.nearest], at) <= nearest * 1.01


@pytest.mark.parametrize(
    ("metres", "flagged"), [(50, [True, True, False, False]), (200, [True, True, True, True]), (0, [False] * 4)]
)
def test_how_near_a_border_is_near_is_said_in_metres_on_the_ground(metres: float, flagged: list[bool]) -> None:
    boundaries = RealBoundaries(
        collection(feature("a", square(108, 12)), feature("b", square(109, 12))), version="v", near_border_metres=metres
    )
    metres_per_degree = 111_320 * np.cos(np.radians(12.5))
    found = [find(boundaries, 12.5, 109 - away / metres_per_degree) for away in (5, 48, 53, 190)]
    assert [finding.neighbour == "b" for finding in found] == flagged
    assert all(finding.unit_code == "a" for finding in found)


def test_of_several_neighbours_the_nearest_is_named() -> None:
    boundaries = RealBoundaries(
        collection(feature("a", square(0, 0)), feature("b", square(1, 0)), feature("c", square(0, 1))),
        version="v",
        near_border_metres=500,
    )
    assert find(boundaries, 0.998, 0.999).neighbour == "b"
    assert find(boundaries, 0.999, 0.998).neighbour == "c"


def test_the_nearest_of_units_in_several_pieces_is_found_too() -> None:
    pieces = [square(0, 0), square(5, 0)]
    drawn = collection(feature("a", pieces, "MultiPolygon"), feature("b", square(1, 0)))
    between = find(RealBoundaries(drawn, version="v"), 0.5, 4.5)
    assert (between.unit_code, between.nearest, between.distance_km) == (None, "a", pytest.approx(55.7, abs=0.05))
    assert find(RealBoundaries(drawn, version="v"), 0.5, 2.5).nearest == "b"


def test_a_batch_gets_the_findings_of_its_points_one_by_one() -> None:
    boundaries = two_squares()
    points = points_of(np.random.default_rng(3).uniform((-0.2, -0.2), (2.2, 1.2), (500, 2)))
    assert boundaries.find(points) == [boundaries.find([point])[0] for point in points]
    assert boundaries.find([]) == []


# --- checks before an import ---------------------------------------------------------------------------------------


def units(*codes: str, neighbours: tuple[tuple[str, str], ...] = (), **more: object) -> ReferenceSet:
    """Build a set of units one degree wide, side by side along the equator."""
    document = {
        "units": [
            {"code": code, "full_name": f"Xã {code}", "lat": 0.5, "lon": index + 0.5, "area_km2": 12_360.0, **more}
            for index, code in enumerate(codes)
        ],
        "neighbours": neighbours,
    }
    return ReferenceSet(SetKind.UNITS, "u", TUESDAY_MORNING.date(), document)


def reasons(features: dict[str, Any], against: ReferenceSet) -> list[str]:
    with pytest.raises(BoundariesRefusedError) as refused:
        BoundaryCheck(Tolerances(centre_km=10))(features, against)
    return refused.value.reasons


def test_good_boundaries_pass_and_keep_nothing_but_codes_and_shapes() -> None:
    checked = BoundaryCheck()(
        collection(feature("a", square(0, 0)), feature("b", [square(1, 0)], "MultiPolygon")),
        units("a", "b", neighbours=(("a", "b"),)),
    )
    assert (checked.units, checked.notes) == (2, ())
    assert [f["properties"] for f in checked.document["features"]] == [{"code": "a"}, {"code": "b"}]


def test_the_version_depends_on_the_shapes_alone() -> None:
    one, other = feature("a", square(0, 0)), feature("b", square(1, 0))
    versions = {
        BoundaryCheck()(collection(*features), units("a", "b")).version
        for features in ((one, other), (other, one), ({**one, "id": 7}, other))
    }
    assert len(versions) == 1
    moved = BoundaryCheck()(collection(one, feature("b", square(1, 0.001))), units("a", "b"))
    assert moved.version not in versions


def test_unknown_missing_and_doubled_codes_are_all_told() -> None:
    drawn = collection(feature("a", square(0, 0)), feature("a", square(0, 0)), feature("z", square(1, 0)))
    assert reasons(drawn, units("a", "b")) == [
        "code z is no unit of this territory",
        "Xã b (b) is missing",
        "code a appears 2 times",
    ]


def test_a_feature_without_a_code_is_refused_with_its_position() -> None:
    drawn = collection(feature("a", square(0, 0)), {"type": "Feature", "properties": None, "geometry": None})
    assert reasons(drawn, units("a"))[0].startswith("feature 2 has no property 'code'")
    assert reasons(collection("no feature"), units("a"))[0].startswith("feature 1 has no")  # type: ignore[arg-type]
    listed = {"type": "Feature", "properties": ["a"], "geometry": None}
    assert reasons(collection(listed), units("a"))[0].startswith("feature 1 has no")


@pytest.mark.parametrize(
    ("geometry", "reason"),
    [
        (None, "no readable geometry"),
        ({"type": "Polygon"}, "no readable geometry"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1]]]}, "no readable geometry"),
        ({"type": "Point", "coordinates": [0, 0]}, "is a Point, not a polygon"),
        ({"type": "Polygon", "coordinates": []}, "not a polygon"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, float("nan")], [1, 1], [0, 0]]]}, "not a number"),
        ({"type": "Polygon", "coordinates": [[[1e308, 0], [1e308, 1e308], [0, 0], [1e308, 0]]]}, "number of degrees"),
        (
            {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]},
            "is not valid: Self-intersection",
        ),
    ],
)
def test_a_shape_that_is_no_valid_polygon_is_refused(geometry: object, reason: str) -> None:
    drawn = collection({"type": "Feature", "properties": {"code": "a"}, "geometry": geometry})
    assert reason in reasons(drawn, units("a"))[0]


def test_overlaps_are_told_per_pair_in_square_kilometres() -> None:
    drawn = collection(feature("a", square(0, 0)), feature("b", square(0.99, 0)))
    assert reasons(drawn, units("a", "b")) == ["Xã a and Xã b overlap by 123.637 km²"]


def test_an_overlap_within_the_tolerance_passes() -> None:
    drawn = collection(feature("a", square(0, 0)), feature("b", square(0.99, 0)))
    BoundaryCheck(Tolerances(overlap_km2=130))(drawn, units("a", "b"))


def test_a_hole_between_units_is_told_with_the_units_around_it() -> None:
    ring = [*square(0, 0), [[0.4, 0.4], [0.6, 0.4], [0.6, 0.6], [0.4, 0.6], [0.4, 0.4]]]
    drawn = collection(feature("a", ring), feature("b", square(1, 0)))
    assert reasons(drawn, units("a", "b"))[0] == "no unit covers 494.555 km² between Xã a"


def test_neighbours_that_are_drawn_apart_are_told() -> None:
    drawn = collection(feature("a", square(0, 0)), feature("b", square(1.01, 0)))
    assert reasons(drawn, units("a", "b", neighbours=(("a", "b"),))) == [
        "Xã a and Xã b are neighbours, but drawn 1.11 km apart"
    ]


def test_exchanged_codes_are_told() -> None:
    drawn = collection(feature("b", square(0, 0)), feature("a", square(1, 0)))
    found = reasons(drawn, units("a", "b"))
    assert len(found) == 2
    assert "drawn 56 km away from its centre; are codes mixed up?" in found[0]


def test_an_area_that_differs_from_the_pack_is_noted_not_refused() -> None:
    checked = BoundaryCheck()(collection(feature("a", square(0, 0))), units("a", area_km2=10_000.0))
    assert checked.notes == ("Xã a is drawn with 12363.7 km², the pack says 10000.0 km²",)


def test_a_long_list_of_reasons_is_cut() -> None:
    found = reasons(collection(feature("z", square(0, 0))), units(*(f"u{n:02}" for n in range(40))))
    assert (len(found), found[-1]) == (21, "and 21 more")


def test_the_real_boundaries_of_the_province_pass_as_a_file_and_as_a_folder(tmp_path: Path) -> None:
    whole = shared_data("daklak_boundaries.geojson")
    checked = BoundaryCheck()(read_boundaries(whole), pack_sets()[SetKind.UNITS])
    assert checked.units == 102
    for part in geojson(whole)["features"]:
        (tmp_path / f"{part['properties']['code']}.geojson").write_text(json.dumps(part), encoding="utf-8")
    (tmp_path / "README.txt").write_text("not read", encoding="utf-8")
    again = BoundaryCheck()(read_boundaries(tmp_path), pack_sets()[SetKind.UNITS])
    assert again.version == checked.version


def test_a_file_that_begins_with_a_byte_order_mark_is_read() -> None:
    content = json.dumps(collection(feature("a", square(0, 0)))).encode()
    assert parse_boundaries(b"\xef\xbb\xbf" + content, name="x") == parse_boundaries(content, name="x")


def test_a_shifted_unit_of_the_province_is_refused() -> None:
    broken = copy.deepcopy(geojson(shared_data("daklak_boundaries.geojson")))
    geometry = shapely.geometry.shape(broken["features"][10]["geometry"])
    moved = shapely.affinity.translate(geometry, xoff=0.02)
    broken["features"][10]["geometry"] = shapely.geometry.mapping(moved)
    assert any("overlap by" in reason for reason in reasons(broken, pack_sets()[SetKind.UNITS]))


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"{", "is not JSON"), (b"[]", "is not a GeoJSON"), (b'{"type": "Point"}', "is not a GeoJSON")],
)
def test_a_file_that_is_no_geojson_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    file = tmp_path / "x.geojson"
    file.write_bytes(content)
    with pytest.raises(BoundariesRefusedError, match=reason):
        read_boundaries(file)


def test_a_missing_path_and_an_empty_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BoundariesRefusedError, match="does not exist"):
        read_boundaries(tmp_path / "nothing")
    with pytest.raises(BoundariesRefusedError, match=r"holds no \.geojson"):
        read_boundaries(tmp_path)
