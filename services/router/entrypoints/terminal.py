"""What the router's commands share: how they speak, complain, and read a pack and a CSV file."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.markup import escape

from shared.csv_files import CsvError, read_csv
from shared.settings import ServiceSettings
from shared.territory import Territory, TerritoryError, load_territory

WRONG_INPUT = 2
console = Console(highlight=False)

PackOption = Annotated[
    Path | None, typer.Option("--territory", help="Folder of the territory pack.", envvar="LANGNGHE_TERRITORY")
]


def fail(sentence: str) -> NoReturn:
    """Complain and end with the status of wrong input."""
    complain(sentence)
    raise typer.Exit(WRONG_INPUT)


def complain(sentence: str) -> None:
    """Say on the error stream what is wrong."""
    Console(stderr=True).print(f"[red]✗[/] {escape(sentence)}", highlight=False, soft_wrap=True)


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
