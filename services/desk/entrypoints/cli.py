"""`langnghe staff`: who works here."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.table import Table

from services.desk.adapters.passwords import hash_password
from services.desk.adapters.staff_store import open_staff
from services.desk.domain.staff import Role, StaffRefusedError
from services.desk.usecases.add_staff import AddStaff, Wish
from services.desk.usecases.move_staff import MoveStaff
from services.desk.usecases.ports import KnownStaff
from shared.clock import system_clock
from shared.db.engine import make_engine
from shared.settings import ServiceSettings
from shared.territory import Territory, TerritoryError, load_territory

WRONG_INPUT = 2
console = Console(highlight=False)
app = typer.Typer(help="Add and list the staff who sign in at /staff.", no_args_is_help=True)


def _fail(sentence: str) -> NoReturn:
    Console(stderr=True).print(f"[red]✗[/] {sentence}", highlight=False, soft_wrap=True)
    raise typer.Exit(WRONG_INPUT)


@app.command()
def add(
    login: Annotated[str, typer.Argument(help="What they type to sign in: a-z, digits and . _ -")],
    role: Annotated[Role, typer.Option(help="What they do.")],
    unit: Annotated[
        str | None, typer.Option(help="Code of their commune or ward, for handler and unit_leader.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name that colleagues see; the login if left out.")] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input instead of asking.")
    ] = False,
) -> None:
    """Add a member of staff; the password is asked for and never shown."""
    settings = ServiceSettings()
    password = (
        sys.stdin.readline().rstrip("\r\n")
        if password_stdin
        else typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    )
    try:
        territory = load_territory(settings.territory)
        wish = Wish(login, name or login, role, unit)
        added = asyncio.run(_add(settings.database_url, territory, [wish], password=password))
    except (StaffRefusedError, TerritoryError) as error:
        _fail(str(error))
    if not added:
        _fail(f"The login {login} exists already; choose another one.")
    console.print(f"[green]✓[/] {login} can sign in as {role.value}")


@app.command()
def move(
    login: Annotated[str, typer.Argument(help="What they type to sign in.")],
    unit: Annotated[str, typer.Option(help="Code of the commune or ward they work for from now on.")],
) -> None:
    """Let a handler or leader work for another unit; needed for those whose unit was split, not after a merger."""
    settings = ServiceSettings()
    try:
        asyncio.run(_move(settings.database_url, load_territory(settings.territory), login, unit))
    except (StaffRefusedError, TerritoryError) as error:
        _fail(str(error))
    console.print(f"[green]✓[/] {login} works for {unit}")


@app.command("list")
def list_staff() -> None:
    """List who can sign in."""
    table = Table("login", "role", "unit", "name", "active")
    for known in asyncio.run(_list(ServiceSettings().database_url)):
        one = known.staff
        table.add_row(one.login, one.role.value, one.unit_code or "", one.display_name, "yes" if known.active else "no")
    console.print(table)


async def seed_demo_staff(database_url: str, territory: Territory | Path, *, password: str) -> int:
    """Add the accounts of the demonstration and return how many were new.

    A handler for each unit whose login is the unit's code, `tinh` for the province desk, `giamsat` for supervision and
    `quantri` for administration, all with one password, which is hashed once.
    """
    known = territory if isinstance(territory, Territory) else load_territory(territory)
    wishes = [Wish(unit.code, f"Cán bộ {unit.full_name}", Role.HANDLER, unit.code) for unit in known.units]
    wishes.append(Wish("tinh", "Tổ điều phối", Role.PROVINCE_DESK))
    wishes.append(Wish("giamsat", "Giám sát", Role.SUPERVISOR))
    wishes.append(Wish("quantri", "Quản trị", Role.ADMIN))
    return await _add(database_url, known, wishes, password=password)


async def _add(database_url: str, territory: Territory, wishes: Sequence[Wish], *, password: str) -> int:
    engine = make_engine(database_url, application_name="staff")
    try:
        add_staff = AddStaff(open_staff(engine), hash_password, frozenset(territory.unit_by_code), system_clock)
        return await add_staff(wishes, password=password)
    finally:
        await engine.dispose()


async def _move(database_url: str, territory: Territory, login: str, unit_code: str) -> None:
    engine = make_engine(database_url, application_name="staff")
    try:
        await MoveStaff(open_staff(engine), frozenset(territory.unit_by_code), system_clock)(login, unit_code)
    finally:
        await engine.dispose()


async def _list(database_url: str) -> Sequence[KnownStaff]:
    engine = make_engine(database_url, application_name="staff")
    try:
        async with open_staff(engine)() as store:
            return await store.list_staff()
    finally:
        await engine.dispose()
