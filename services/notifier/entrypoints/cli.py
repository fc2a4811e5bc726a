"""`langnghe messages`: what was sent, and which clocks run."""

import asyncio
from datetime import datetime
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table

from services.notifier.adapters.reports import messages, running_timers
from shared.settings import ServiceSettings

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
console = Console()
app = typer.Typer(help="Show outbound messages and the clocks that run.", no_args_is_help=True)


@app.command("list")
def list_messages(
    state: Annotated[str | None, typer.Option(help="queued, sending, delivered, failed or unknown")] = None,
    feedback: Annotated[UUID | None, typer.Option(help="Only those about this feedback.")] = None,
    limit: Annotated[int, typer.Option(min=1)] = 30,
    body: Annotated[bool, typer.Option("--body", help="Print the words too; they may be personal.")] = False,
) -> None:
    """List messages, newest first."""
    table = Table("time", "state", "purpose", "to", "feedback", "tries", *(["words"] if body else []))
    for row in asyncio.run(messages(_database_url(), state=state, feedback_id=feedback, limit=limit)):
        words = [row.words] if body else []
        table.add_row(
            _local(row[0]), row.state, row.purpose, row.recipient, str(row.feedback_id), str(row.attempts), *words
        )
    console.print(table)


@app.command()
def timers(limit: Annotated[int, typer.Option(min=1)] = 30) -> None:
    """List the clocks that run, the next to fire first."""
    table = Table("fires", "stage", "level", "unit", "deadline", "feedback")
    for row in asyncio.run(running_timers(_database_url(), limit=limit)):
        unit = row.unit_code or "province"
        table.add_row(
            _local(row.next_due), row.stage, str(row.next_level), unit, _local(row.deadline_at), str(row.feedback_id)
        )
    console.print(table)


def _database_url() -> str:
    return ServiceSettings().database_url


def _local(moment: datetime) -> str:
    return moment.astimezone(LOCAL).strftime("%H:%M %d/%m")
