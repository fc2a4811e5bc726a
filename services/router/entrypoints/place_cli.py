"""`langnghe router locate`: which unit a text, a pin or a place lies in, and why, from the territory pack alone."""

import csv
import math
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from services.router.adapters.boundaries import NEAR_BORDER_METRES
from services.router.adapters.boundary_check import BoundaryCheck, read_boundaries
from services.router.adapters.documents import build_reference, sets_of
from services.router.domain.names import NameKind
from services.router.domain.place import PlaceDecision
from services.router.domain.reading import Found
from services.router.domain.rules import PolicyError
from services.router.entrypoints.terminal import PackOption, complain, console, fail, pack, rows
from services.router.usecases.import_boundaries import BoundariesRefusedError
from services.router.usecases.locate_places import Whereabouts, locate_places, question_of
from services.router.usecases.ports import FURTHEST_DEGREES, Point, Reference, SetKind
from shared.territory import Territory

COLUMNS = ("id", "unit", "how", "confidence", "alternatives")
KINDS: Mapping[NameKind, str] = {
    NameKind.ALIAS: "tên gọi khác",
    NameKind.PREDECESSOR: "cũ",
    NameKind.EARLIER: "cũ",
    NameKind.LANDMARK: "địa danh",
    NameKind.ROAD: "tuyến đường",
    NameKind.STREET: "tên đường",
    NameKind.DISTRICT: "cũ",
    NameKind.PROVINCE: "tỉnh",
    NameKind.ELSEWHERE: "tỉnh khác",
}
Units = Mapping[str, str]


def locate(
    text: Annotated[str, typer.Argument(help="The resident's words.")] = "",
    *,
    lat: Annotated[float | None, typer.Option(help="Latitude of the pin.")] = None,
    lon: Annotated[float | None, typer.Option(help="Longitude of the pin.")] = None,
    unit: Annotated[str | None, typer.Option(help="Code or name of the unit the resident chose.")] = None,
    place: Annotated[str | None, typer.Option(help="The place in the resident's words.")] = None,
    file: Annotated[
        Path | None, typer.Option(help="CSV with id, text and optionally lat, lon, unit, place; prints CSV.")
    ] = None,
    boundaries: Annotated[
        Path | None, typer.Option(help="Use these real boundaries (GeoJSON).", envvar="LANGNGHE_BOUNDARIES")
    ] = None,
    near_border_metres: Annotated[
        float, typer.Option(min=0, help="So near to a border of real boundaries the neighbour is named.")
    ] = NEAR_BORDER_METRES,
    territory: PackOption = None,
) -> None:
    """Say which unit a text, a pin or a place lies in, what was found and why."""
    if file is not None and (text or any(one is not None for one in (lat, lon, unit, place))):
        fail("the rows of --file say everything; leave out the text, --lat, --lon, --unit and --place")
    known = pack(territory)
    reference = _reference(known, boundaries, near_border_metres=near_border_metres)
    units = {name.casefold(): unit.code for unit in known.units for name in (unit.full_name, unit.name)}
    if file is not None:
        _locate_file(file, units, reference)
        return
    if (lat is None) != (lon is None):
        fail("give both --lat and --lon, or neither")
    if not text and lat is None and unit is None and place is None:
        fail("say something to locate: a text, --lat and --lon, --unit or --place")
    point = Point(lat, lon) if lat is not None and lon is not None else None
    given = Whereabouts(point, _unit_code(unit, units), place, text)
    _show(locate_places([given], reference)[0], known)
    for found in reference.places.found(question_of(given, iter([None]))):
        console.print(f"  {_told(found, known)}", markup=False, soft_wrap=True)


def _reference(known: Territory, boundaries: Path | None, *, near_border_metres: float) -> Reference:
    try:
        sets = {reference_set.kind: reference_set for reference_set in sets_of(known)}
        if boundaries is not None:
            checked = BoundaryCheck()(read_boundaries(boundaries), sets[SetKind.UNITS])
            sets[SetKind.BOUNDARIES] = checked.as_set(sets[SetKind.UNITS])
    except (PolicyError, BoundariesRefusedError) as error:
        fail(str(error))
    return build_reference(sets, near_border_metres=near_border_metres)


def _unit_code(unit: str | None, units: Units) -> str | None:
    """Return the code of a unit chosen by its name; anything else is left to the router."""
    return units.get(unit.casefold(), unit) if unit else None


# --- one -----------------------------------------------------------------------------------------------------------


def _show(decision: PlaceDecision, known: Territory) -> None:
    found = (
        f"{known.unit_name(decision.unit_code)} ({decision.unit_code})"
        if decision.unit_code
        else known.office_name("province:desk")
    )
    console.print(f"[bold]{escape(found)}[/]")
    console.print(decision.explanation, markup=False, soft_wrap=True)
    sure = f", confidence {decision.confidence:.2f}" if decision.unit_code else ""
    approximate = ", approximate" if decision.approximate else ""
    console.print(f"[dim]{decision.how}{sure}{approximate}[/]")
    for other in decision.alternatives:
        console.print(f"  or {escape(known.unit_name(other.unit_code))} ({other.unit_code}) {other.confidence:.2f}")
    if decision.ask is not None:
        console.print(f"  ask: {decision.ask}", markup=False, soft_wrap=True)


def _told(found: Found, known: Territory) -> str:
    name = found.name
    kind = " ".join(word for word in (name.type, KINDS.get(name.kind, "")) if word)
    meant = f" = {name.text}" if found.misspelt else ""
    units = ", ".join(known.unit_name(code) for code in found.units)
    return f"found “{found.written}”{meant} ({kind}{f': {units}' if units else ''}): {found.role}"


# --- many ----------------------------------------------------------------------------------------------------------


def _locate_file(file: Path, units: Units, reference: Reference) -> None:
    """Answer every row; a pin that is none is complained of and left out of account."""
    read = rows(file, needed=("id", "text"))
    given = [_whereabouts(row, units) for _, row in read]
    for (line, row), whereabouts in zip(read, given, strict=True):
        if whereabouts.point is not None and not whereabouts.point.usable:
            complain(
                f"{file}, line {line}: lat {row.get('lat', '')!r} and lon {row.get('lon', '')!r} are not two numbers "
                f"of degrees between -{FURTHEST_DEGREES:.0f} and {FURTHEST_DEGREES:.0f}; the pin is not used"
            )
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(COLUMNS)
    for (_, row), decision in zip(read, locate_places(given, reference), strict=True):
        writer.writerow((row["id"], *_answer(decision)))


def _whereabouts(row: Mapping[str, Any], units: Units) -> Whereabouts:
    lat, lon = (row.get("lat") or "").strip(), (row.get("lon") or "").strip()
    point = Point(_degrees(lat), _degrees(lon)) if lat or lon else None
    unit = (row.get("unit") or "").strip()
    return Whereabouts(point, _unit_code(unit, units), row.get("place") or None, row["text"])


def _degrees(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _answer(decision: PlaceDecision) -> tuple[str, str, str, str]:
    others = ";".join(f"{other.unit_code}:{other.confidence:.2f}" for other in decision.alternatives)
    return decision.unit_code or "", decision.how.value, f"{decision.confidence:.2f}", others
