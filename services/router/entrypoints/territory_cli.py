"""`langnghe territory ...`: put a pack in force, see what it changes first, and show what is in force."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from services.router.adapters.boundary_check import BoundaryCheck, read_boundaries
from services.router.adapters.boundary_documents import build_boundaries, in_thread, unite
from services.router.adapters.boundary_store import BoundariesInDatabase
from services.router.adapters.calendar_import import keep_imported_days
from services.router.adapters.desk_documents import keep_switched_desks
from services.router.adapters.documents import sets_of
from services.router.adapters.reference import ReferenceWatcher, ShownSet, shown_sets
from services.router.adapters.rule_documents import keep_switched_rules
from services.router.adapters.store import Store
from services.router.adapters.territory_store import TerritoryInDatabase
from services.router.domain.desks import DesksError
from services.router.domain.rules import PolicyError
from services.router.domain.succession import Fate, MovedBy, Succession
from services.router.domain.switches import Period, SwitchAction, SwitchNote, periods
from services.router.entrypoints.boundaries_cli import boundaries_app
from services.router.entrypoints.calendar_cli import import_calendar
from services.router.entrypoints.replay_words import by_count, examples
from services.router.entrypoints.terminal import ByOption, console, fail, person
from services.router.usecases.dry_run_units import DryRunUnits, UnitsDryRun
from services.router.usecases.import_boundaries import BoundariesRefusedError
from services.router.usecases.load_territory import LoadTerritory, OpenCasesError
from services.router.usecases.move_open_cases import MoveOpenCases
from services.router.usecases.ports import LOADED, SetKind
from services.router.usecases.redraw_boundaries import BoundariesDisagreeError, RedrawBoundaries
from services.router.usecases.switch_boundaries import GENERALISED
from services.router.usecases.switching import SwitchRefusedError, note_of
from shared.db.engine import make_engine
from shared.settings import ServiceSettings
from shared.territory import TerritoryError, load_territory

STATEMENT_SECONDS = 600
NEVER = 3600.0
DECIDED_BY = {
    MovedBy.SUCCESSOR: "the only successor",
    MovedBy.FORMER: "where it came from",
    MovedBy.PIN: "its pin",
    MovedBy.NOTHING: "nobody: the province desk asks",
}
REDRAW = RedrawBoundaries(in_thread(BoundaryCheck()), unite)

territory_app = typer.Typer(
    help="Load a territory: its units, offices, deadlines, calendar and boundaries.", no_args_is_help=True
)
territory_app.add_typer(boundaries_app, name="boundaries")
territory_app.command("import-calendar")(import_calendar)
PACK_REFUSALS = (TerritoryError, PolicyError, DesksError, BoundariesDisagreeError, OpenCasesError, SwitchRefusedError)
"""What loading a pack raises with a sentence for people; nothing was changed then."""
BoundariesOption = Annotated[
    Path | None, typer.Option("--boundaries", help="Boundaries of the pack's units: a GeoJSON file or a folder.")
]


async def load_territory_pack(
    database_url: str,
    path: Path,
    *,
    forget_boundaries: bool = False,
    forget_calendar: bool = False,
    forget_rules: bool = False,
    forget_desks: bool = False,
    boundaries: Mapping[str, Any] | None = None,
    moving_open_cases: bool = False,
    note: SwitchNote = LOADED,
) -> list[SetKind]:
    """Put a pack in force and name the kinds that changed."""
    engine = make_engine(database_url, application_name="territory", command_timeout_seconds=STATEMENT_SECONDS)
    try:
        territory = load_territory(path)
        keep_rules = partial(keep_switched_rules, territory=territory)
        keep_desks = partial(keep_switched_desks, territory=territory)
        load = LoadTerritory(Store(engine).open_references, keep_imported_days, keep_rules, keep_desks, REDRAW)
        return await load(
            sets_of(territory),
            forget_boundaries=forget_boundaries,
            forget_calendar=forget_calendar,
            forget_rules=forget_rules,
            forget_desks=forget_desks,
            boundaries=boundaries,
            moving_open_cases=moving_open_cases,
            note=note,
        )
    finally:
        await engine.dispose()


async def move_open_cases_of(settings: ServiceSettings) -> int:
    """Move the open cases of units that are gone, and count them."""
    engine = make_engine(settings.database_url, application_name="territory", command_timeout_seconds=STATEMENT_SECONDS)
    try:
        watcher = ReferenceWatcher(engine, every_seconds=NEVER)
        open_territory = TerritoryInDatabase(engine).open_territory
        return await MoveOpenCases(open_territory, watcher.current, settings.clock())()
    finally:
        await engine.dispose()


@territory_app.command()
def load(
    folder: Annotated[Path | None, typer.Argument(help="Folder of the territory pack.")] = None,
    *,
    forget_boundaries: Annotated[
        bool, typer.Option("--forget-boundaries", help="Go back to generalised boundaries.")
    ] = False,
    forget_calendar: Annotated[
        bool, typer.Option("--forget-calendar", help="Go back to the pack's holidays, without the imported ones.")
    ] = False,
    forget_rules: Annotated[
        bool, typer.Option("--forget-rules", help="Go back to the pack's rules, away from those switched to.")
    ] = False,
    forget_desks: Annotated[
        bool,
        typer.Option("--forget-desks", help="Go back to the pack's desks of offices, away from those switched to."),
    ] = False,
    boundaries: BoundariesOption = None,
    move_open_cases: Annotated[
        bool, typer.Option("--move-open-cases", help="Move the open cases of units that the pack takes away or splits.")
    ] = False,
    why: Annotated[str | None, typer.Option("--why", help="The reason for moving; it stays on record.")] = None,
    by: ByOption = None,
) -> None:
    """Put a territory pack in force, at once; the same content again changes nothing.

    `langnghe territory changes` shows first what a pack with other units does. Moving open cases that was interrupted
    goes on when the command is given again.
    """
    settings = ServiceSettings()
    path = folder or settings.territory
    if move_open_cases and why is None:
        fail("say why open cases are moved with --why: the reason stays on record")
    try:
        # What came with a pack is not by hand, whoever says why: the next pack replaces it.
        note = LOADED if why is None else note_of(SwitchAction.LOAD, by=by or person(), why=why, by_hand=False)
        changed = asyncio.run(
            load_territory_pack(
                settings.database_url,
                path,
                forget_boundaries=forget_boundaries,
                forget_calendar=forget_calendar,
                forget_rules=forget_rules,
                forget_desks=forget_desks,
                boundaries=read_boundaries(boundaries) if boundaries is not None else None,
                moving_open_cases=move_open_cases,
                note=note,
            )
        )
    except BoundariesRefusedError as error:
        fail("The boundaries were refused; nothing was changed.\n  - " + "\n  - ".join(error.reasons))
    except PACK_REFUSALS as error:
        fail(str(error))
    state = f"{', '.join(changed)} now in force" if changed else "nothing new"
    console.print(f"[green]✓[/] {escape(str(path))}: {state}")
    if move_open_cases:
        console.print(f"[green]✓[/] {asyncio.run(move_open_cases_of(settings))} open cases moved")
    kept = asyncio.run(_kept(settings.database_url))
    if SetKind.UNITS in changed and kept.units_before:
        console.print(
            "[yellow]![/] the other services know the units of the pack they started with: restart them with this one",
            soft_wrap=True,
        )
    if kept.years_imported:
        years = ", ".join(map(str, kept.years_imported))
        console.print(
            f"[yellow]![/] the calendar keeps the days imported for {years}; --forget-calendar takes the pack's",
            soft_wrap=True,
        )
    for name, by_hand in (("rules", kept.rules_by_hand), ("desks", kept.desks_by_hand)):
        if by_hand:
            console.print(
                f"[yellow]![/] the {name} stay those that were switched to by hand; --forget-{name} takes the pack's",
                soft_wrap=True,
            )


@dataclass(frozen=True, slots=True)
class _Kept:
    """What a load leaves as it was, and whether there were other units before."""

    years_imported: list[int]
    rules_by_hand: bool
    desks_by_hand: bool
    units_before: bool


async def _kept(database_url: str) -> _Kept:
    engine = make_engine(database_url, application_name="territory")
    try:
        async with Store(engine).open_references() as store:
            calendar = await store.active(SetKind.CALENDAR)
            imported: list[int] = calendar.document.get("imported_years", []) if calendar is not None else []
            return _Kept(
                imported,
                await store.is_by_hand(SetKind.POLICY),
                await store.is_by_hand(SetKind.OFFICES),
                len(await store.switches_of(SetKind.UNITS)) > 1,
            )
    finally:
        await engine.dispose()


# --- what a pack changes -------------------------------------------------------------------------------------------


@territory_app.command()
def changes(
    folder: Annotated[Path, typer.Argument(help="Folder of the territory pack.")], boundaries: BoundariesOption = None
) -> None:
    """Say which units a pack takes away, brings, joins or splits, and where open cases would go; changes nothing."""
    try:
        found = asyncio.run(
            _changes(
                ServiceSettings().database_url,
                folder,
                read_boundaries(boundaries) if boundaries is not None else None,
            )
        )
    except BoundariesRefusedError as error:
        fail("The boundaries were refused.\n  - " + "\n  - ".join(error.reasons))
    except (TerritoryError, PolicyError, DesksError, SwitchRefusedError) as error:
        fail(str(error))
    _show_units(found.succession)
    if found.boundaries_missing is not None:
        console.print(f"[yellow]![/] {escape(found.boundaries_missing)}", soft_wrap=True)
        console.print("Pins were not looked up.")
    else:
        console.print(f"boundaries: {found.boundaries or 'generalised, from points and areas'}")
    _show_moves(found)


async def _changes(database_url: str, path: Path, boundaries: Mapping[str, Any] | None) -> UnitsDryRun:
    engine = make_engine(database_url, application_name="territory", command_timeout_seconds=STATEMENT_SECONDS)
    try:
        units = next(each for each in sets_of(load_territory(path)) if each.kind is SetKind.UNITS)
        dry_run = DryRunUnits(TerritoryInDatabase(engine).open_territory, REDRAW, build_boundaries)
        return await dry_run(units, boundaries=boundaries)
    finally:
        await engine.dispose()


def _show_units(succession: Succession) -> None:
    if not succession.successors and not succession.new:
        console.print("the units are the same")
        return
    table = Table("unit", "what becomes of it", "units then")
    for code, successors in succession.successors.items():
        fate = succession.fate(code)
        stays = " and stays" if code in succession.units and fate is Fate.SPLIT else ""
        named = ", ".join(_unit(each, succession) for each in successors)
        table.add_row(_unit(code, succession), f"{fate.value}{stays}", named)
    for code in succession.new:
        table.add_row(_unit(code, succession), "new", "")
    console.print(table)


def _show_moves(found: UnitsDryRun) -> None:
    console.print(f"{found.open_cases} open cases would move")
    if not found.moves:
        return
    table = Table("unit now", "unit then", "decided by", "count", "for example")
    for (before, after, moved_by), group in by_count(found.moves):
        then = _unit(after, found.succession) if after is not None else "the province desk"
        table.add_row(
            _unit(before, found.succession), then, DECIDED_BY[moved_by], str(group.count), ", ".join(examples(group))
        )
    console.print(table)


def _unit(code: str, succession: Succession) -> str:
    return f"{escape(succession.name(code))} ({code})"


# --- what is in force ----------------------------------------------------------------------------------------------


@territory_app.command()
def show(
    on: Annotated[
        datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="Show what was in force on this local day.")
    ] = None,
) -> None:
    """Show which sets are stored and which are in force, or were on a day."""
    if on is not None:
        _show_held(asyncio.run(_held(ServiceSettings().database_url, on.date())), on.date())
        return
    sets = asyncio.run(_shown(ServiceSettings().database_url))
    if not sets:
        fail("no territory is loaded; run `langnghe territory load`")
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
        console.print(
            "Boundaries: generalised, from points and areas; `langnghe territory boundaries import` takes real ones."
        )


async def _held(database_url: str, day: date) -> list[tuple[SetKind, Period]]:
    """Return which version of each kind was in force in any part of a local day."""
    engine = make_engine(database_url, application_name="territory")
    try:
        async with BoundariesInDatabase(engine).open_boundaries() as store:
            zone = await store.zone()
            start = datetime.combine(day, time(), zone)
            end = datetime.combine(day + timedelta(days=1), time(), zone)
            return [
                (kind, period)
                for kind in SetKind
                for period in periods(await store.switches_of(kind))
                if period.since < end and (period.until is None or period.until > start)
            ]
    finally:
        await engine.dispose()


def _show_held(held: list[tuple[SetKind, Period]], day: date) -> None:
    if not held:
        fail(f"nothing was in force on {day}")
    table = Table("set", "version", "since (UTC)", "until (UTC)")
    for kind, period in held:
        until = f"{period.until:%Y-%m-%d %H:%M}" if period.until is not None else ""
        table.add_row(kind, period.version or GENERALISED, f"{period.since:%Y-%m-%d %H:%M}", until)
    console.print(table)


async def _shown(database_url: str) -> list[ShownSet]:
    engine = make_engine(database_url, application_name="territory")
    try:
        return await shown_sets(engine)
    finally:
        await engine.dispose()
