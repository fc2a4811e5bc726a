"""The commands of the offices' desks: `langnghe router offices ...`; check needs the territory pack alone."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Annotated, NoReturn, TypeVar

import typer
from rich.markup import escape
from rich.table import Table

from services.router.adapters.desk_documents import desk_set, desks_yaml, with_desks, written_desks
from services.router.adapters.store import Store
from services.router.domain.clock import Hours, Interval
from services.router.domain.desks import Desk, DesksError
from services.router.entrypoints.terminal import (
    ByOption,
    PackOption,
    WhyOption,
    console,
    fail,
    in_database,
    pack,
    person,
    put_out,
    show_switches,
)
from services.router.usecases.ports import OpenReferences, ReferenceSet
from services.router.usecases.read_desks import DesksOverview, ReadDesks
from services.router.usecases.switch_desks import RollBackDesks, SwitchDesks, desks_in_force
from services.router.usecases.switching import Switched, SwitchRefusedError
from shared.settings import ServiceSettings
from shared.territory import TerritoryError, read_desks

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
Result = TypeVar("Result")

offices_app = typer.Typer(
    help="Show, check and switch the desks of offices: contacts, hours, deputies, absences.", no_args_is_help=True
)
FileArgument = Annotated[Path, typer.Argument(help="Desks as YAML, written like the desks.yaml of a territory pack.")]


@offices_app.command()
def show(
    unit: Annotated[str | None, typer.Option("--unit", help="Only the desks of this unit, by its code.")] = None,
) -> None:
    """Show the desks in force: how each is reached, when it works, who stands in, who is away."""
    overview = _overview()
    table = Table(
        "office", "unit", "phone", "email", "hours", "deputy", "away", title=f"{len(overview.offices)} offices"
    )
    for desk in overview.desks:
        if unit is not None and desk.unit_code != unit:
            continue
        table.add_row(
            escape(desk.office),
            escape(overview.units.get(desk.unit_code, desk.unit_code) or "everywhere"),
            desk.phone or "",
            escape(desk.email or ""),
            hours_words(desk.hours) if desk.hours is not None else "",
            escape(desk.deputy or ""),
            _away(desk),
        )
    if table.row_count:
        console.print(table)
    else:
        console.print("no desk says anything of its own: every office works by the hours of its unit")


@offices_app.command()
def check(file: FileArgument, territory: PackOption = None) -> None:
    """Say whether desks can be used; refuses unknown names, circles of deputies, wrong dates and hours."""
    desks = _read(file, territory)
    count = len(desks.document["desks"])
    console.print(f"[green]✓[/] {escape(str(file))}: {count} desks, version {desks.version}", soft_wrap=True)


@offices_app.command()
def switch(file: FileArgument, why: WhyOption, by: ByOption = None, territory: PackOption = None) -> None:
    """Put desks in force, at once, on record; a running router follows, cases that were placed stay as they are."""
    desks = written_desks(_read(file, territory).document)

    async def run(open_references: OpenReferences) -> Switched:
        return await SwitchDesks(open_references, written_desks, with_desks)(desks, by=by or person(), why=why)

    _show_switched(_in_database(run))


@offices_app.command()
def rollback(why: WhyOption, by: ByOption = None) -> None:
    """Go back to the desks that were in force before the latest switch that still stands, on record."""

    async def run(open_references: OpenReferences) -> Switched:
        return await RollBackDesks(open_references, written_desks)(by=by or person(), why=why)

    _show_switched(_in_database(run))


@offices_app.command()
def export(
    out: Annotated[Path | None, typer.Option("--out", help="File to write; the screen when none is named.")] = None,
) -> None:
    """Write the desks in force as YAML, to change them and switch to the changed ones."""

    async def run(open_references: OpenReferences) -> ReferenceSet:
        async with open_references() as store:
            return await desks_in_force(store)

    put_out(desks_yaml(_in_database(run).document), out)


@offices_app.command()
def history() -> None:
    """List every switch of the desks: when, who, why."""
    show_switches(_overview().history, none="")


# --- reading -------------------------------------------------------------------------------------------------------


def _read(file: Path, territory: Path | None) -> ReferenceSet:
    try:
        return desk_set(pack(territory), read_desks(file))
    except TerritoryError as error:
        _refuse(str(error))
    except DesksError as error:
        _refuse(f"{file}: {error}")


def _overview() -> DesksOverview:
    clock = ServiceSettings().clock()

    async def run(open_references: OpenReferences) -> DesksOverview:
        return await ReadDesks(open_references, written_desks, clock)()

    return _in_database(run)


def _refuse(reason: str) -> NoReturn:
    fail(f"The desks were refused; nothing was changed.\n  - {reason}")


def _in_database(run: Callable[[OpenReferences], Awaitable[Result]]) -> Result:
    try:
        return in_database("offices", lambda engine: run(Store(engine).open_references))
    except SwitchRefusedError as error:
        _refuse(str(error))


# --- showing -------------------------------------------------------------------------------------------------------


def hours_words(hours: Hours) -> str:
    """Write a week in one line."""
    days = [(tuple(sorted(hours.weekdays)), hours.intervals)] if hours.weekdays else []
    days += [((day,), intervals) for day, intervals in sorted(hours.other_days.items())]
    return "; ".join(f"{' '.join(DAYS[day] for day in which)} {_intervals(intervals)}" for which, intervals in days)


def _intervals(intervals: Sequence[Interval]) -> str:
    return ", ".join(f"{opens:%H:%M}-{closes:%H:%M}" for opens, closes in intervals)


def _away(desk: Desk) -> str:
    if not desk.has_absence:
        return ""
    return f"{desk.away_from or '...'} to {desk.away_to or '...'}"


def _show_switched(switched: Switched) -> None:
    after = switched.after.version if switched.after is not None else ""
    if not switched.changed:
        console.print(f"[green]✓[/] desks of version {after} were in force already")
        return
    before = switched.before.version if switched.before is not None else ""
    console.print(
        f"[green]✓[/] desks of version {after} now in force, before {before}; "
        "`langnghe router offices rollback --why` takes this back",
        soft_wrap=True,
    )
