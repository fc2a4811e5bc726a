"""The commands of the boundaries: `langnghe territory boundaries ...`; check needs the territory pack alone."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer
from rich.markup import escape
from rich.table import Table

from services.router.adapters.boundary_check import BoundaryCheck, Tolerances, read_boundaries
from services.router.adapters.boundary_documents import build_boundaries, in_thread
from services.router.adapters.boundary_store import BoundariesInDatabase
from services.router.adapters.documents import sets_of
from services.router.domain.pin_replay import PinReplay
from services.router.domain.plans import Plan
from services.router.domain.switches import Period, Switch
from services.router.entrypoints.replay_words import by_count, examples
from services.router.entrypoints.terminal import (
    ByOption,
    PackOption,
    WhyOption,
    console,
    fail,
    in_database,
    pack,
    person,
    show_switches,
)
from services.router.usecases.dry_run_boundaries import DryRunBoundaries
from services.router.usecases.import_boundaries import BoundariesRefusedError, CheckedBoundaries, ImportBoundaries
from services.router.usecases.plan_boundaries import CancelPlan, PlanBoundaries
from services.router.usecases.ports import BoundaryStore, OpenBoundaries, SetKind
from services.router.usecases.read_boundaries import BoundariesOverview, ReadBoundaries
from services.router.usecases.switch_boundaries import (
    GENERALISED,
    RollBackBoundaries,
    SwitchBoundaries,
    find_boundaries,
)
from services.router.usecases.switching import Switched, SwitchRefusedError
from shared.settings import ServiceSettings

THOUSAND = 1000
USUAL = Tolerances()
OUTSIDE = "outside the territory"
Result = TypeVar("Result")
Names = dict[str, str]

boundaries_app = typer.Typer(
    help="Check, import, try, switch and take back the boundaries of the units.", no_args_is_help=True
)
FileArgument = Annotated[
    Path, typer.Argument(help="A GeoJSON file, or a folder of them; property 'code' names the unit.")
]
VersionArgument = Annotated[
    str, typer.Argument(help=f"The version or its beginning; '{GENERALISED}' for those of points and areas.")
]
OverlapOption = Annotated[float, typer.Option(min=0, help="Overlap of two units that is tolerated.")]
GapOption = Annotated[float, typer.Option(min=0, help="Gap between units that is tolerated.")]


@boundaries_app.command()
def check(
    file: FileArgument,
    overlap_km2: OverlapOption = USUAL.overlap_km2,
    gap_km2: GapOption = USUAL.gap_km2,
    territory: PackOption = None,
) -> None:
    """Say whether boundaries can be used with the pack: codes, validity, overlaps, gaps."""
    units = next(each for each in sets_of(pack(territory)) if each.kind is SetKind.UNITS)
    try:
        checked = BoundaryCheck(Tolerances(overlap_km2=overlap_km2, gap_km2=gap_km2))(read_boundaries(file), units)
    except BoundariesRefusedError as error:
        _refuse(error.reasons)
    _say(checked, "can be used")


@boundaries_app.command("import")
def import_(
    file: FileArgument, overlap_km2: OverlapOption = USUAL.overlap_km2, gap_km2: GapOption = USUAL.gap_km2
) -> None:
    """Check boundaries against the units in force and store them; those in force stay."""
    check_them = in_thread(BoundaryCheck(Tolerances(overlap_km2=overlap_km2, gap_km2=gap_km2)))
    collection = _read(file)

    async def run(open_boundaries: OpenBoundaries) -> tuple[CheckedBoundaries, bool]:
        return await ImportBoundaries(open_boundaries, check_them)(collection)

    checked, new = _in_database(run)
    _say(checked, "stored" if new else "stored already")
    console.print(
        f"`langnghe territory boundaries dry-run {checked.version}` shows what they would change, `... switch "
        f"{checked.version} --why REASON` puts them in force",
        soft_wrap=True,
    )


@boundaries_app.command("dry-run")
def dry_run(
    what: Annotated[str, typer.Argument(help=f"A version, its beginning, '{GENERALISED}', or a file or folder.")],
    last: Annotated[int, typer.Option(min=1, help="How many thousand of the latest pins to look up.")] = 10,
) -> None:
    """Look the pins of the latest placements up in other boundaries and say what would move; nothing is changed."""
    path = Path(what)
    collection = _read(path) if path.exists() else None

    async def run(open_boundaries: OpenBoundaries) -> tuple[str, str | None, PinReplay, Names]:
        if collection is None:
            target = await find_boundaries(open_boundaries, what)
        else:
            checked, units = await ImportBoundaries(open_boundaries, in_thread(BoundaryCheck())).look(collection)
            target = checked.as_set(units)
        found = await DryRunBoundaries(open_boundaries, build_boundaries)(target, last=last * THOUSAND)
        async with open_boundaries() as store:
            in_force = await store.active(SetKind.BOUNDARIES)
            names = await _names(store)
        return _version(in_force.version if in_force else None), target.version if target else None, found, names

    before, after, found, names = _in_database(run)
    console.print(f"boundaries in force ({before}) -> {_version(after)}", soft_wrap=True)
    _show_replay(found, names)


@boundaries_app.command()
def switch(
    version: VersionArgument,
    why: WhyOption,
    by: ByOption = None,
    from_day: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="A local day to come, on which a running router switches."),
    ] = None,
) -> None:
    """Put stored boundaries in force, at once or from a day on, on record; cases that were placed stay as they are."""
    who = by or person()
    if from_day is not None:
        day, clock = from_day.date(), ServiceSettings().clock()

        async def plan(open_boundaries: OpenBoundaries) -> Plan:
            return await PlanBoundaries(open_boundaries, clock)(version, on=day, by=who, why=why)

        planned = _in_database(plan)
        console.print(
            f"[green]✓[/] plan {planned.id}: {_version(planned.version)} from {planned.on} on; `langnghe territory "
            f"boundaries cancel {planned.id}` lets it go",
            soft_wrap=True,
        )
        return

    async def run(open_boundaries: OpenBoundaries) -> Switched:
        return await SwitchBoundaries(open_boundaries)(version, by=who, why=why)

    _show_switched(_in_database(run))


@boundaries_app.command()
def rollback(why: WhyOption, by: ByOption = None) -> None:
    """Go back to the boundaries that were in force before the latest switch that still stands, on record."""
    who = by or person()

    async def run(open_boundaries: OpenBoundaries) -> Switched:
        return await RollBackBoundaries(open_boundaries)(by=who, why=why)

    _show_switched(_in_database(run))


@boundaries_app.command()
def cancel(
    plan_id: Annotated[int, typer.Argument(help="The number of the plan, as `list` shows it.")], by: ByOption = None
) -> None:
    """Let a planned switch go; it stays on record."""
    who = by or person()

    async def run(open_boundaries: OpenBoundaries) -> Plan:
        return await CancelPlan(open_boundaries, ServiceSettings().clock())(plan_id, by=who)

    console.print(f"[green]✓[/] plan {_in_database(run).id} is cancelled")


@boundaries_app.command()
def history() -> None:
    """List every switch of the boundaries: when, who, why."""

    async def run(open_boundaries: OpenBoundaries) -> list[Switch]:
        async with open_boundaries() as store:
            return list(await store.switches_of(SetKind.BOUNDARIES))

    switches = _in_database(run)
    if switches:
        show_switches(switches, none=GENERALISED)
    else:
        console.print("boundaries were never switched: generalised ones are in force")


@boundaries_app.command("list")
def list_() -> None:
    """List the stored boundaries with the times they were in force, and what is planned."""

    async def run(open_boundaries: OpenBoundaries) -> BoundariesOverview:
        return await ReadBoundaries(open_boundaries)()

    found = _in_database(run)
    table = Table("version", "units", "stored (UTC)", "in force (UTC)", "now")
    for stored in found.sets:
        table.add_row(
            stored.version,
            str(stored.units),
            f"{stored.loaded_at:%Y-%m-%d %H:%M}",
            _periods(stored.periods),
            "yes" if stored.in_force else "",
        )
    without = tuple(period for period in found.periods if period.version is None)
    table.add_row(GENERALISED, "", "", _periods(without), "yes" if found.in_force is None else "")
    console.print(table)
    if found.plans:
        plans = Table("plan", "version", "from", "who", "why", "what became of it")
        for plan in found.plans:
            outcome = "waits" if plan.is_open else f"{plan.outcome} ({plan.settled_by}, {plan.settled_at:%Y-%m-%d})"
            plans.add_row(
                str(plan.id), _version(plan.version), str(plan.on), escape(plan.by), escape(plan.why), escape(outcome)
            )
        console.print(plans)


# --- work ----------------------------------------------------------------------------------------------------------


def _in_database(run: Callable[[OpenBoundaries], Awaitable[Result]]) -> Result:
    try:
        return in_database("boundaries", lambda engine: run(BoundariesInDatabase(engine).open_boundaries))
    except BoundariesRefusedError as error:
        _refuse(error.reasons)
    except SwitchRefusedError as error:
        fail(f"{error}.\nNothing was changed.")


def _read(file: Path) -> dict[str, Any]:
    try:
        return read_boundaries(file)
    except BoundariesRefusedError as error:
        _refuse(error.reasons)


async def _names(store: BoundaryStore) -> Names:
    units = await store.active(SetKind.UNITS)
    return {unit["code"]: unit["full_name"] for unit in units.document["units"]} if units is not None else {}


def _refuse(reasons: list[str]) -> NoReturn:
    fail("The boundaries were refused; those in force stay.\n  - " + "\n  - ".join(reasons))


# --- showing -------------------------------------------------------------------------------------------------------


def _say(checked: CheckedBoundaries, state: str) -> None:
    for note in checked.notes:
        console.print(f"[yellow]![/] {escape(note)}")
    console.print(f"[green]✓[/] boundaries of {checked.units} units, version {checked.version}, {state}")


def _show_replay(found: PinReplay, names: Names) -> None:
    console.print(f"{found.pins} pins looked up, {found.moved} would be in another unit")
    if found.units:
        table = Table("unit now", "unit then", "count", "for example")
        for (before, after), group in by_count(found.units):
            table.add_row(_unit(before, names), _unit(after, names), str(group.count), ", ".join(examples(group)))
        console.print(table)
    for group, said in ((found.near_border, "would be near a border"), (found.no_longer_near, "no longer would be")):
        if group.count:
            console.print(f"{group.count} {said} ({', '.join(examples(group))})", soft_wrap=True)
    if found.said_otherwise:
        console.print(
            f"{found.said_otherwise} were not placed by their pin but by what was said; they are not compared",
            soft_wrap=True,
        )
    console.print("Cases that were placed stay where they are; new reports are placed by what is in force.")


def _unit(code: str | None, names: Names) -> str:
    return OUTSIDE if code is None else f"{escape(names.get(code, code))} ({code})"


def _show_switched(switched: Switched) -> None:
    before, after = (_version(each.version if each else None) for each in (switched.before, switched.after))
    if not switched.changed:
        console.print(f"[green]✓[/] boundaries {after} were in force already")
        return
    console.print(
        f"[green]✓[/] boundaries {after} now in force, before {before}; `langnghe territory boundaries rollback --why` "
        "takes this back",
        soft_wrap=True,
    )


def _version(version: str | None) -> str:
    return GENERALISED if version is None else version


def _periods(periods: tuple[Period, ...]) -> str:
    return "\n".join(
        f"{period.since:%Y-%m-%d %H:%M} to {f'{period.until:%Y-%m-%d %H:%M}' if period.until else 'now'}"
        for period in periods
    )
