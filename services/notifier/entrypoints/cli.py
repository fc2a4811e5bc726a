"""`langnghe messages`: what was sent, and which clocks run."""

import asyncio
from datetime import datetime
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from services.notifier.adapters.reports import messages, running_timers
from shared.events.short_id import read_short_id, short_id
from shared.settings import ServiceSettings

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
console = Console()
app = typer.Typer(help="Show outbound messages and the clocks that run.", no_args_is_help=True)


@app.command("list")
def list_messages(
    state: Annotated[str | None, typer.Option(help="queued, sending, delivered, failed or unknown")] = None,
    feedback: Annotated[
        str | None, typer.Option(help="Only those about this feedback: its id, or its short one as staff see it.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1)] = 30,
    body: Annotated[bool, typer.Option("--body", help="Print the words too; they may be personal.")] = False,
) -> None:
    """List messages, newest first."""
    table = _table("time", "state", "purpose", "to", "case", "tries")
    if body:
        table.add_column("words")
    for row in asyncio.run(messages(_database_url(), state=state, about=_read(feedback), limit=limit)):
        words = [row.words] if body else []
        case = short_id(row.feedback_id)
        table.add_row(_local(row.changed_at), row.state, row.purpose, row.recipient, case, str(row.attempts), *words)
    console.print(table)


@app.command()
def timers(limit: Annotated[int, typer.Option(min=1)] = 30) -> None:
    """List the clocks that run, the next to fire first."""
    table = _table("fires", "stage", "level", "unit", "deadline", "case")
    for row in asyncio.run(running_timers(_database_url(), limit=limit)):
        unit = row.unit_code or "province"
        table.add_row(
            _local(row.next_due),
            row.stage,
            str(row.next_level),
            unit,
            _local(row.deadline_at),
            short_id(row.feedback_id),
        )
    console.print(table)


def _table(*names: str) -> Table:
    """Make a table whose rows are one line each, 80 columns wide at most."""
    table = Table(box=SIMPLE_HEAD)
    for name in names:
        table.add_column(name, no_wrap=True)
    return table


def _read(feedback: str | None) -> UUID | str | None:
    if feedback is None:
        return None
    try:
        return UUID(feedback)
    except ValueError:
        name = read_short_id(feedback)
    if name is None:
        raise typer.BadParameter(
            "cần mã vụ việc như K3F-92Q-XA7 hoặc id đầy đủ (a case's short id, or its whole id)",
            param_hint="--feedback",
        )
    return name


def _database_url() -> str:
    return ServiceSettings().database_url


def _local(moment: datetime) -> str:
    return moment.astimezone(LOCAL).strftime("%H:%M %d/%m")
