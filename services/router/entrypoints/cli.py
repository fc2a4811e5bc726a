"""The router's commands: `langnghe territory ...` on the database, `langnghe router ...` on the pack alone."""

import asyncio
import csv
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, NoReturn
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from services.router.adapters.boundary_check import BoundaryCheck, Tolerances, read_boundaries
from services.router.adapters.documents import build_reference, sets_of
from services.router.adapters.reference import ShownSet, shown_sets
from services.router.adapters.store import Store
from services.router.domain.clock import Duration
from services.router.domain.place import PlaceDecision
from services.router.domain.rules import PolicyError
from services.router.usecases.import_boundaries import (
    BoundariesRefusedError,
    CheckedBoundaries,
    ImportBoundaries,
)
from services.router.usecases.load_territory import BoundariesDisagreeError, LoadTerritory
from services.router.usecases.locate_places import Whereabouts, locate_places
from services.router.usecases.ports import Point, Reference, SetKind
from shared.csv_files import CsvError, read_csv
from shared.db.engine import make_engine
from shared.settings import ServiceSettings
from shared.territory import Territory, TerritoryError, load_territory

HOUR = 60
WRONG_INPUT = 2
console = Console(highlight=False)

territory_app = typer.Typer(
    help="Load a territory: its units, offices, deadlines, calendar and boundaries.", no_args_is_help=True
)
app = typer.Typer(help="Ask the router, from the territory pack alone: where is it, by when.", no_args_is_help=True)

PackOption = Annotated[
    Path | None, typer.Option("--territory", help="Folder of the territory pack.", envvar="LANGNGHE_TERRITORY")
]


def _fail(sentence: str) -> NoReturn:
    _complain(sentence)
    raise typer.Exit(WRONG_INPUT)


def _complain(sentence: str) -> None:
    Console(stderr=True).print(f"[red]✗[/] {escape(sentence)}", highlight=False, soft_wrap=True)


def _rows(file: Path, *, needed: tuple[str, ...]) -> Sequence[tuple[int, Mapping[str, str]]]:
    try:
        return read_csv(file, needed=needed)
    except CsvError as error:
        _fail(str(error))


def _pack(path: Path | None) -> Territory:
    folder = path or ServiceSettings().territory
    if not folder.is_dir():
        _fail(f"{folder} is not a folder; name that of a territory pack with --territory or LANGNGHE_TERRITORY.")
    try:
        return load_territory(folder)
    except TerritoryError as error:
        _fail(str(error))


# --- langnghe territory --------------------------------------------------------------------------------------------


async def load_territory_pack(database_url: str, path: Path, *, forget_boundaries: bool = False) -> list[SetKind]:
    """Put a pack in force and name the kinds that changed."""
    engine = make_engine(database_url, application_name="territory")
    try:
        load = LoadTerritory(Store(engine).open_references)
        return await load(sets_of(load_territory(path)), forget_boundaries=forget_boundaries)
    finally:
        await engine.dispose()


@territory_app.command()
def load(
    folder: Annotated[Path | None, typer.Argument(help="Folder of the territory pack.")] = None,
    forget_boundaries: Annotated[
        bool, typer.Option("--forget-boundaries", help="Go back to generalised boundaries.")
    ] = False,
) -> None:
    """Put a territory pack in force, at once; the same content again changes nothing."""
    settings = ServiceSettings()
    path = folder or settings.territory
    try:
        changed = asyncio.run(load_territory_pack(settings.database_url, path, forget_boundaries=forget_boundaries))
    except (TerritoryError, PolicyError, BoundariesDisagreeError) as error:
        _fail(str(error))
    state = f"{', '.join(changed)} now in force" if changed else "nothing new"
    console.print(f"[green]✓[/] {escape(str(path))}: {state}")


@territory_app.command("import-boundaries")
def import_boundaries(
    path: Annotated[Path, typer.Argument(help="A GeoJSON file, or a folder of them; property 'code' names the unit.")],
    overlap_km2: Annotated[float, typer.Option(min=0, help="Overlap of two units that is tolerated.")] = 0.05,
    gap_km2: Annotated[float, typer.Option(min=0, help="Gap between units that is tolerated.")] = 0.05,
) -> None:
    """Check real boundaries (codes, validity, overlaps, gaps) and switch to them at once; a running router follows."""
    check = BoundaryCheck(Tolerances(overlap_km2=overlap_km2, gap_km2=gap_km2))
    try:
        checked, changed = asyncio.run(_import(ServiceSettings().database_url, path, check))
    except BoundariesRefusedError as error:
        _fail("The boundaries were refused; those in force stay.\n  - " + "\n  - ".join(error.reasons))
    for note in checked.notes:
        console.print(f"[yellow]![/] {escape(note)}")
    state = "now in force" if changed else "were in force already"
    console.print(f"[green]✓[/] boundaries of {checked.units} units, version {checked.version}, {state}")


async def _import(database_url: str, path: Path, check: BoundaryCheck) -> tuple[CheckedBoundaries, bool]:
    collection = read_boundaries(path)
    engine = make_engine(database_url, application_name="territory", command_timeout_seconds=120)
    try:
        return await ImportBoundaries(Store(engine).open_references, check)(collection)
    finally:
        await engine.dispose()


@territory_app.command()
def show() -> None:
    """Show which sets are stored and which are in force."""
    sets = asyncio.run(_shown(ServiceSettings().database_url))
    if not sets:
        _fail("no territory is loaded; run `langnghe territory load`")
    table = Table("set", "version", "label", "entries", "valid from", "loaded", "in force")
    for shown in sets:
        table.add_row(
            shown.kind,
            shown.version,
            escape(shown.label or ""),
            str(shown.size),
            shown.valid_from.isoformat(),
            f"{shown.loaded_at:%Y-%m-%d %H:%M}",
            "yes" if shown.active else "",
        )
    console.print(table)
    if not any(shown.active and shown.kind == SetKind.BOUNDARIES for shown in sets):
        console.print("Boundaries: generalised, from points and areas; import real ones with import-boundaries.")


async def _shown(database_url: str) -> list[ShownSet]:
    engine = make_engine(database_url, application_name="territory")
    try:
        return await shown_sets(engine)
    finally:
        await engine.dispose()


# --- langnghe router locate ----------------------------------------------------------------------------------------


@app.command()
def locate(
    text: Annotated[str, typer.Argument(help="The resident's words.")] = "",
    lat: Annotated[float | None, typer.Option(help="Latitude of the pin.")] = None,
    lon: Annotated[float | None, typer.Option(help="Longitude of the pin.")] = None,
    unit: Annotated[str | None, typer.Option(help="Code or name of the unit the resident chose.")] = None,
    place: Annotated[str | None, typer.Option(help="The place in the resident's words.")] = None,
    file: Annotated[
        Path | None, typer.Option(help="CSV with id, text and optionally lat, lon, unit, place; prints CSV.")
    ] = None,
    boundaries: Annotated[Path | None, typer.Option(help="Use these real boundaries (GeoJSON).")] = None,
    territory: PackOption = None,
) -> None:
    """Say which unit a text, a pin or a place lies in, and why."""
    pack = _pack(territory)
    reference = _reference(pack, boundaries)
    if file is not None:
        _locate_file(file, pack, reference)
        return
    if (lat is None) != (lon is None):
        _fail("give both --lat and --lon, or neither")
    if not text and lat is None and unit is None and place is None:
        _fail("say something to locate: a text, --lat and --lon, --unit or --place")
    given = _whereabouts({"text": text, "lat": lat, "lon": lon, "unit": unit, "place": place}, pack)
    decision = locate_places([given], reference)[0]
    found = (
        f"{pack.unit_name(decision.unit_code)} ({decision.unit_code})"
        if decision.unit_code
        else pack.office_name("province:desk")
    )
    console.print(f"[bold]{escape(found)}[/]")
    console.print(decision.explanation, markup=False)
    sure = f", confidence {decision.confidence:.2f}" if decision.unit_code else ""
    approximate = ", approximate" if decision.approximate else ""
    console.print(f"[dim]{decision.how}{sure}{approximate}[/]")
    for other in decision.alternatives:
        console.print(f"  or {escape(pack.unit_name(other.unit_code))} ({other.unit_code}) {other.confidence:.2f}")


def _reference(pack: Territory, boundaries: Path | None) -> Reference:
    try:
        sets = {reference_set.kind: reference_set for reference_set in sets_of(pack)}
        if boundaries is not None:
            checked = BoundaryCheck()(read_boundaries(boundaries), sets[SetKind.UNITS])
            sets[SetKind.BOUNDARIES] = checked.as_set(sets[SetKind.UNITS])
    except (PolicyError, BoundariesRefusedError) as error:
        _fail(str(error))
    return build_reference(sets)


def _whereabouts(row: Mapping[str, Any], pack: Territory) -> Whereabouts:
    """Read one row; raises ValueError with what is wrong."""
    lat, lon = row.get("lat"), row.get("lon")
    point = None
    if lat not in (None, "") or lon not in (None, ""):
        point = Point(_degrees("lat", lat), _degrees("lon", lon))
    unit = row.get("unit") or None
    by_name = {name.casefold(): known.code for known in pack.units for name in (known.full_name, known.name)}
    code = by_name.get(unit.casefold(), unit) if unit else None
    return Whereabouts(point, code, row.get("place") or None, row.get("text") or "")


def _degrees(name: str, value: object) -> float:
    try:
        degrees = float(str(value))
    except ValueError:
        degrees = float("nan")
    if not -180 <= degrees <= 180:  # noqa: PLR2004 degrees
        message = f"{name} {value!r} is not a number of degrees between -180 and 180"
        raise ValueError(message)
    return degrees


def _locate_file(file: Path, pack: Territory, reference: Reference) -> None:
    rows, bad = [], 0
    for line, row in _rows(file, needed=("id", "text")):
        try:
            rows.append((row["id"], _whereabouts(row, pack)))
        except ValueError as error:
            bad += 1
            _complain(f"{file}, line {line}: {error}")
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("id", "unit", "how", "confidence", "alternatives"))
    decisions = locate_places([given for _, given in rows], reference)
    for (row_id, _), decision in zip(rows, decisions, strict=True):
        writer.writerow((row_id, *_answer(decision)))
    if bad:
        raise typer.Exit(1)


def _answer(decision: PlaceDecision) -> tuple[str, str, str, str]:
    others = ";".join(f"{other.unit_code}:{other.confidence:.2f}" for other in decision.alternatives)
    return decision.unit_code or "", decision.how.value, f"{decision.confidence:.2f}", others


# --- langnghe router deadline --------------------------------------------------------------------------------------


@app.command()
def deadline(
    start: Annotated[
        str | None, typer.Option("--from", help="Start, for example 2026-02-13T16:20, local time.")
    ] = None,
    working_minutes: Annotated[int | None, typer.Option(help="Minutes of working time.")] = None,
    working_hours: Annotated[float | None, typer.Option(help="Hours of working time.")] = None,
    file: Annotated[Path | None, typer.Option(help="CSV with id, start, working_minutes; prints CSV.")] = None,
    territory: PackOption = None,
) -> None:
    """Count working time over lunch, weekends, holidays and make-up Saturdays, and say when it is used up."""
    pack = _pack(territory)
    reference = _reference(pack, None)
    if file is not None:
        _deadline_file(file, reference)
        return
    if start is None or (working_minutes is None) == (working_hours is None):
        _fail("give --from and either --working-minutes or --working-hours")
    minutes = working_minutes if working_minutes is not None else (working_hours or 0) * HOUR
    try:
        begin, due = _due(start, str(minutes), reference)
    except ValueError as error:
        _fail(str(error))
    zone = ZoneInfo(pack.timezone)
    names = {day.day: escape(day.name_vi) for day in pack.calendar}
    console.print(f"from {_local(begin, zone)} ({pack.timezone})")
    left, previous = float(minutes), begin.astimezone(zone).date() - timedelta(days=1)
    for stretch in reference.calendar.stretches(begin, due):
        left -= stretch.minutes
        today = stretch.start.astimezone(zone).date()
        for day in sorted(day for day in names if previous < day < today):
            console.print(f"  {day:%a %Y-%m-%d} not counted: {names[day]}")
        console.print(
            f"  {_local(stretch.start, zone)} - {stretch.end.astimezone(zone):%H:%M}  "
            f"{stretch.minutes:6.0f} min, {left:6.0f} left  {names.get(today, '')}".rstrip()
        )
        previous = today
    console.print(f"[bold]due {_local(due, zone)}[/], in UTC {due.isoformat()}")
    if due.astimezone(zone).year not in pack.calendar_years:
        console.print(f"[yellow]![/] the calendar ends with {pack.calendar_years[-1]}: later holidays are not counted")


def _due(start: str, minutes: str, reference: Reference) -> tuple[datetime, datetime]:
    """Count from a local (or offset) time; raises ValueError with what is wrong."""
    try:
        begin = datetime.fromisoformat(start)
    except ValueError:
        message = f"start {start!r} is not a time such as 2026-02-13T16:20"
        raise ValueError(message) from None
    if begin.tzinfo is None:
        begin = begin.replace(tzinfo=reference.zone)
    try:
        whole = float(minutes)
    except ValueError:
        whole = 0.5
    if not whole.is_integer():
        message = f"{minutes!r} is not a whole number of minutes"
        raise ValueError(message)
    due = reference.calendar.due(begin, Duration(int(whole), working=True))
    return begin.astimezone(UTC), due


def _local(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%a %Y-%m-%d %H:%M}"


def _deadline_file(file: Path, reference: Reference) -> None:
    rows, bad = _rows(file, needed=("id", "start", "working_minutes")), 0
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("id", "due"))
    for line, row in rows:
        try:
            _, due = _due(row["start"], row["working_minutes"], reference)
        except ValueError as error:
            bad += 1
            _complain(f"{file}, line {line}: {error}")
        else:
            writer.writerow((row["id"], due.astimezone(reference.zone).isoformat()))
    if bad:
        raise typer.Exit(1)
