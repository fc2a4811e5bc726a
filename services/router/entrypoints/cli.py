"""The router's commands: `langnghe territory ...` on the database, `langnghe router ...` on the pack alone."""

import asyncio
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from services.router.adapters.boundary_check import BoundaryCheck, Tolerances, read_boundaries
from services.router.adapters.calendar_import import keep_imported_days
from services.router.adapters.documents import sets_of
from services.router.adapters.reference import ShownSet, shown_sets
from services.router.adapters.rule_documents import keep_switched_rules
from services.router.adapters.store import Store
from services.router.domain.rules import PolicyError
from services.router.entrypoints.calendar_cli import deadline, import_calendar
from services.router.entrypoints.place_cli import locate
from services.router.entrypoints.rules_cli import rules_app
from services.router.entrypoints.terminal import console
from services.router.entrypoints.terminal import fail as _fail
from services.router.usecases.import_boundaries import (
    BoundariesRefusedError,
    CheckedBoundaries,
    ImportBoundaries,
)
from services.router.usecases.load_territory import BoundariesDisagreeError, LoadTerritory
from services.router.usecases.ports import SetKind
from shared.db.engine import make_engine
from shared.settings import ServiceSettings
from shared.territory import TerritoryError, load_territory

territory_app = typer.Typer(
    help="Load a territory: its units, offices, deadlines, calendar and boundaries.", no_args_is_help=True
)
app = typer.Typer(help="Ask the router, from the territory pack alone: where is it, by when.", no_args_is_help=True)

# --- langnghe territory --------------------------------------------------------------------------------------------


async def load_territory_pack(
    database_url: str,
    path: Path,
    *,
    forget_boundaries: bool = False,
    forget_calendar: bool = False,
    forget_rules: bool = False,
) -> list[SetKind]:
    """Put a pack in force and name the kinds that changed."""
    engine = make_engine(database_url, application_name="territory")
    try:
        territory = load_territory(path)
        keep_rules = partial(keep_switched_rules, territory=territory)
        load = LoadTerritory(Store(engine).open_references, keep_imported_days, keep_rules)
        return await load(
            sets_of(territory),
            forget_boundaries=forget_boundaries,
            forget_calendar=forget_calendar,
            forget_rules=forget_rules,
        )
    finally:
        await engine.dispose()


@territory_app.command()
def load(
    folder: Annotated[Path | None, typer.Argument(help="Folder of the territory pack.")] = None,
    forget_boundaries: Annotated[
        bool, typer.Option("--forget-boundaries", help="Go back to generalised boundaries.")
    ] = False,
    forget_calendar: Annotated[
        bool, typer.Option("--forget-calendar", help="Go back to the pack's holidays, without the imported ones.")
    ] = False,
    forget_rules: Annotated[
        bool, typer.Option("--forget-rules", help="Go back to the pack's rules, away from those switched to.")
    ] = False,
) -> None:
    """Put a territory pack in force, at once; the same content again changes nothing."""
    settings = ServiceSettings()
    path = folder or settings.territory
    try:
        changed = asyncio.run(
            load_territory_pack(
                settings.database_url,
                path,
                forget_boundaries=forget_boundaries,
                forget_calendar=forget_calendar,
                forget_rules=forget_rules,
            )
        )
    except (TerritoryError, PolicyError, BoundariesDisagreeError) as error:
        _fail(str(error))
    state = f"{', '.join(changed)} now in force" if changed else "nothing new"
    console.print(f"[green]✓[/] {escape(str(path))}: {state}")
    imported, by_hand = asyncio.run(_kept(settings.database_url))
    if imported:
        years = ", ".join(map(str, imported))
        console.print(
            f"[yellow]![/] the calendar keeps the days imported for {years}; --forget-calendar takes the pack's",
            soft_wrap=True,
        )
    if by_hand:
        console.print(
            "[yellow]![/] the rules stay those that were switched to by hand; --forget-rules takes the pack's",
            soft_wrap=True,
        )


async def _kept(database_url: str) -> tuple[list[int], bool]:
    """Name the years whose imported days were kept, and say whether rules were."""
    engine = make_engine(database_url, application_name="territory")
    try:
        async with Store(engine).open_references() as store:
            calendar = await store.active(SetKind.CALENDAR)
            imported: list[int] = calendar.document.get("imported_years", []) if calendar is not None else []
            return imported, await store.rules_are_by_hand()
    finally:
        await engine.dispose()


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


# --- langnghe router -----------------------------------------------------------------------------------------------

app.command()(locate)

# --- the clock -----------------------------------------------------------------------------------------------------

app.command()(deadline)
territory_app.command("import-calendar")(import_calendar)

# --- the rules -----------------------------------------------------------------------------------------------------

app.add_typer(rules_app, name="rules")
