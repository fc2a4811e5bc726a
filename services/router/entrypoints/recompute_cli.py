"""`langnghe router recompute`: what an edited policy or calendar means for open cases, shown first, then applied."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated
from uuid import uuid4

import typer
from rich.markup import escape
from rich.table import Table

from services.router.adapters.documents import build_reference
from services.router.adapters.life_store import LivesInDatabase
from services.router.adapters.reference import NEEDED, NOT_LOADED
from services.router.adapters.store import Store
from services.router.entrypoints.replay_words import by_count, examples, hours
from services.router.entrypoints.terminal import ByOption, console, fail, person
from services.router.usecases.ports import OpenReferences, RecomputationNote, Reference, ReferenceMissingError, SetKind
from services.router.usecases.recompute_deadlines import RecomputationRefusedError, Recomputed, RecomputeDeadlines
from shared.db.engine import make_engine
from shared.settings import ServiceSettings

STATEMENT_SECONDS = 120


def recompute(
    apply: Annotated[  # noqa: FBT002 an option of the command line
        bool, typer.Option("--apply", help="Do it; without this it is only shown what would move.")
    ] = False,
    why: Annotated[str | None, typer.Option("--why", help="The reason; it stays on record. Needed to apply.")] = None,
    by: ByOption = None,
    unit: Annotated[
        list[str] | None, typer.Option("--unit", help="Only cases that this unit has now; may be given several times.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Move at most so many cases.")] = None,
) -> None:
    """Compute the deadlines of open cases anew, by the policy, the calendar and the office hours in force.

    Both values stay on record: each case that moves gets a further generation, and everybody is told. The same command
    again changes nothing.
    """
    if apply and why is None:
        fail("say why with --why: the reason stays on record")

    async def run(recompute_deadlines: RecomputeDeadlines) -> Recomputed:
        if not apply or why is None:
            return await recompute_deadlines.show(units=unit, limit=limit)
        note = RecomputationNote(uuid4(), by or person(), why)
        return await recompute_deadlines.apply(note, units=unit, limit=limit)

    try:
        found = asyncio.run(_with_database(run))
    except (RecomputationRefusedError, ReferenceMissingError) as error:
        fail(str(error))
    _show(found, applied=apply)


async def _with_database(run: Callable[[RecomputeDeadlines], Awaitable[Recomputed]]) -> Recomputed:
    settings = ServiceSettings()
    engine = make_engine(settings.database_url, application_name="recompute", command_timeout_seconds=STATEMENT_SECONDS)
    try:
        current_reference = partial(_in_force, Store(engine).open_references)
        lives = LivesInDatabase(engine)
        return await run(RecomputeDeadlines(current_reference, lives.open_life_cycle, settings.clock()))
    finally:
        await engine.dispose()


async def _in_force(open_references: OpenReferences) -> Reference:
    """Read what is in force; places stay as they were found, so no boundaries are needed."""
    async with open_references() as store:
        found = [await store.active(kind) for kind in SetKind if kind is not SetKind.BOUNDARIES]
    sets = {reference_set.kind: reference_set for reference_set in found if reference_set is not None}
    if not sets.keys() >= NEEDED:
        raise ReferenceMissingError(NOT_LOADED)
    return build_reference(sets)


def _show(found: Recomputed, *, applied: bool) -> None:
    console.print(f"policy {found.policy_version}, calendar {found.calendar_version}", soft_wrap=True)
    moved = "moved" if applied else "would move"
    console.print(f"{found.looked_at} open cases looked at, {found.moved} {moved}")
    if found.deadlines:
        table = Table("deadline", "rule before", "rule now", "moves", "count", "for example")
        for move, group in by_count(found.deadlines):
            moves = f"{hours(group)} {'later' if move.later else 'earlier'}"
            before, now = escape(move.rule_before), escape(move.rule_after)
            table.add_row(move.stage, before, now, moves, str(group.count), ", ".join(examples(group)))
        console.print(table)
    if found.stopped_at_limit:
        console.print("[yellow]![/] stopped at the limit; there may be more")
    if not applied and found.moved:
        console.print("nothing was changed; add --apply --why REASON to do it", soft_wrap=True)
