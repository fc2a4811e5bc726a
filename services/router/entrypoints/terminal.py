"""What the router's commands share: how they speak, complain, and read a pack and a CSV file."""

import asyncio
import getpass
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, NoReturn, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncEngine

from services.router.domain.switches import Switch
from shared.csv_files import CsvError, read_csv
from shared.db.engine import make_engine
from shared.settings import ServiceSettings
from shared.territory import Territory, TerritoryError, load_territory

WRONG_INPUT = 2
STATEMENT_SECONDS = 120
Result = TypeVar("Result")
console = Console(highlight=False)

PackOption = Annotated[
    Path | None, typer.Option("--territory", help="Folder of the territory pack.", envvar="LANGNGHE_TERRITORY")
]

WhyOption = Annotated[str, typer.Option("--why", help="The reason; it stays on record.")]
ByOption = Annotated[
    str | None, typer.Option("--by", help="Who does it, when that is not you as this computer knows you.")
]


def fail(sentence: str) -> NoReturn:
    """Complain and end with the status of wrong input."""
    complain(sentence)
    raise typer.Exit(WRONG_INPUT)


def complain(sentence: str) -> None:
    """Say on the error stream what is wrong."""
    Console(stderr=True).print(f"[red]✗[/] {escape(sentence)}", highlight=False, soft_wrap=True)


def in_database(name: str, run: Callable[[AsyncEngine], Awaitable[Result]]) -> Result:
    """Run a command's work on the database of the settings; `name` is what the server sees."""

    async def work() -> Result:
        engine = make_engine(
            ServiceSettings().database_url, application_name=name, command_timeout_seconds=STATEMENT_SECONDS
        )
        try:
            return await run(engine)
        finally:
            await engine.dispose()

    return asyncio.run(work())


def rows(file: Path, *, needed: tuple[str, ...]) -> Sequence[tuple[int, Mapping[str, str]]]:
    """Read a CSV file that a person gave, with line numbers."""
    try:
        return read_csv(file, needed=needed)
    except CsvError as error:
        fail(str(error))


def pack(path: Path | None) -> Territory:
    """Read the territory pack at `path`, or the one of the settings."""
    folder = path or ServiceSettings().territory
    if not folder.is_dir():
        fail(f"{folder} is not a folder; name that of a territory pack with --territory or LANGNGHE_TERRITORY.")
    try:
        return load_territory(folder)
    except TerritoryError as error:
        fail(str(error))


def person() -> str:
    """Name who sits at this computer."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        fail("this computer does not know your name; say it with --by")


def put_out(written: str, out: Path | None) -> None:
    """Write a text to a file, or as it is on the screen when none is named."""
    if out is None:
        sys.stdout.write(written)
        return
    try:
        out.write_text(written, encoding="utf-8")
    except OSError as error:
        fail(f"{out} cannot be written: {error.strerror}")
    console.print(f"[green]✓[/] {escape(str(out))}", soft_wrap=True)


def show_switches(switches: Sequence[Switch], *, none: str) -> None:
    """List every switch of a kind of set, the oldest first; `none` is how no set at all is called."""
    if not switches:
        fail("no territory is loaded; run `langnghe territory load`")
    table = Table("", "when (UTC)", "what", "who", "before", "version", "why", "in force")
    for each in switches:
        table.add_row(
            str(each.id),
            f"{each.at:%Y-%m-%d %H:%M}",
            each.note.action.value,
            escape(each.note.by),
            each.before or "",
            each.version or none,
            escape(each.note.why),
            "yes" if each is switches[-1] else "",
        )
    console.print(table)
