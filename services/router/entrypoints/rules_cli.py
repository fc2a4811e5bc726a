"""The commands of the rules: `langnghe router rules ...`; check and diff need the territory pack alone."""

import asyncio
import getpass
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Annotated, NoReturn, TypeVar
from zoneinfo import ZoneInfo

import typer
from rich.markup import escape
from rich.table import Table

from services.router.adapters.calendar_documents import calendars_of
from services.router.adapters.content import Document
from services.router.adapters.rule_documents import policy_of, policy_set
from services.router.adapters.rule_store import RulesInDatabase
from services.router.domain.clock import Calendars
from services.router.domain.replay import Group, Replay
from services.router.domain.rule_diff import Change, RuleChange, compare_policies
from services.router.domain.rules import Policy, PolicyError
from services.router.domain.switches import Switch, in_effect
from services.router.entrypoints.terminal import PackOption, console, fail, pack
from services.router.usecases.dry_run_rules import DryRunRules
from services.router.usecases.ports import OpenRules, ReferenceSet
from services.router.usecases.switch_rules import (
    RollBackRules,
    RulesRefusedError,
    Switched,
    SwitchRules,
    rules_in_force,
)
from shared.db.engine import make_engine
from shared.events.short_id import short_id
from shared.settings import ServiceSettings
from shared.territory import Territory, TerritoryError, read_policy

THOUSAND = 1000
HOUR = timedelta(hours=1)
STATEMENT_SECONDS = 120
SIGNS = {Change.ADDED: "+", Change.REMOVED: "-", Change.CHANGED: "~", Change.MOVED: "↕"}
Result = TypeVar("Result")

rules_app = typer.Typer(help="Check, compare, try and switch the rules of offices and deadlines.", no_args_is_help=True)
FileArgument = Annotated[Path, typer.Argument(help="Rules as YAML, written like the policy.yaml of a territory pack.")]
WhyOption = Annotated[str, typer.Option("--why", help="The reason; it stays on record.")]
ByOption = Annotated[
    str | None, typer.Option("--by", help="Who does it, when that is not you as this computer knows you.")
]


@rules_app.command()
def check(file: FileArgument, territory: PackOption = None) -> None:
    """Say whether rules can be used; refuses unknown names, rules that never decide, wrong dates, no catch-all."""
    rules = _read(file, pack(territory))
    policy = policy_of(rules.document)
    console.print(
        f"[green]✓[/] {escape(str(file))}: {len(policy.offices)} rules for offices, {len(policy.deadlines)} for "
        f"deadlines, version {rules.version}",
        soft_wrap=True,
    )


@rules_app.command()
def diff(
    file: FileArgument,
    in_force: Annotated[bool, typer.Option("--in-force", help="Compare with the database, not the pack.")] = False,  # noqa: FBT002 an option of the command line
    territory: PackOption = None,
) -> None:
    """Say what differs from the rules of the pack, or from those in force."""
    loaded = pack(territory)
    rules = _read(file, loaded)
    if in_force:
        other, name = _in_database(_active), "the rules in force"
    else:
        other, name = _pack_rules(loaded), "the rules of the pack"
    console.print(f"{name} (version {other.version}) -> {escape(str(file))} (version {rules.version})", soft_wrap=True)
    _show_changes(other, rules)


@rules_app.command("dry-run")
def dry_run(
    file: FileArgument,
    last: Annotated[int, typer.Option(min=1, help="How many thousand of the latest placements to replay.")] = 10,
    territory: PackOption = None,
) -> None:
    """Replay rules over the latest placements and say what would move; nothing is changed.

    What the rules would decide is compared with what those in force decide, by the calendar in force.
    """
    loaded = pack(territory)
    rules = _read(file, loaded)

    async def run(open_rules: OpenRules) -> tuple[ReferenceSet, Replay]:
        return await DryRunRules(open_rules, policy_of, _calendars)(rules, last=last * THOUSAND)

    in_force, found = _in_database(run)
    console.print(
        f"rules in force (version {in_force.version}) -> {escape(str(file))} (version {rules.version})", soft_wrap=True
    )
    _show_replay(found, loaded)


@rules_app.command()
def switch(file: FileArgument, why: WhyOption, by: ByOption = None, territory: PackOption = None) -> None:
    """Put rules in force, at once, on record; a running router follows, cases that were placed stay as they are."""
    rules = _read(file, pack(territory))

    async def run(open_rules: OpenRules) -> Switched:
        return await SwitchRules(open_rules)(rules, by=by or _person(), why=why)

    _show_switched(_in_database(run))


@rules_app.command()
def rollback(why: WhyOption, by: ByOption = None) -> None:
    """Go back to the rules that were in force before the latest switch that still stands, on record."""

    async def run(open_rules: OpenRules) -> Switched:
        return await RollBackRules(open_rules)(by=by or _person(), why=why)

    _show_switched(_in_database(run))


@rules_app.command()
def history() -> None:
    """List every switch of the rules: when, who, why."""

    async def run(open_rules: OpenRules) -> Sequence[Switch]:
        async with open_rules() as store:
            return await store.switches()

    switches = _in_database(run)
    if not switches:
        fail("no territory is loaded; run `langnghe territory load`")
    table = Table("", "when (UTC)", "what", "who", "before", "version", "why", "in force")
    last = in_effect(switches)[-1].version
    for each in switches:
        table.add_row(
            str(each.id),
            f"{each.at:%Y-%m-%d %H:%M}",
            each.note.action.value,
            escape(each.note.by),
            each.before or "",
            each.version,
            escape(each.note.why),
            "yes" if each is switches[-1] and each.version == last else "",
        )
    console.print(table)


# --- reading -------------------------------------------------------------------------------------------------------


def _read(file: Path, territory: Territory) -> ReferenceSet:
    try:
        return policy_set(territory, read_policy(file, territory))
    except TerritoryError as error:
        _refuse(str(error))
    except PolicyError as error:
        _refuse(f"{file}: {error}")


def _pack_rules(territory: Territory) -> ReferenceSet:
    try:
        return policy_set(territory)
    except PolicyError as error:
        fail(f"the rules of the pack: {error}")


def _refuse(reason: str) -> NoReturn:
    fail(f"The rules were refused; nothing was changed.\n  - {reason}")


def _calendars(document: Document) -> tuple[Calendars, ZoneInfo]:
    return calendars_of(document), ZoneInfo(document["timezone"])


def _in_database(run: Callable[[OpenRules], Awaitable[Result]]) -> Result:
    async def work() -> Result:
        engine = make_engine(
            ServiceSettings().database_url, application_name="rules", command_timeout_seconds=STATEMENT_SECONDS
        )
        try:
            return await run(RulesInDatabase(engine).open_rules)
        finally:
            await engine.dispose()

    try:
        return asyncio.run(work())
    except RulesRefusedError as error:
        _refuse(str(error))


async def _active(open_rules: OpenRules) -> ReferenceSet:
    async with open_rules() as store:
        return await rules_in_force(store)


def _person() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        fail("this computer does not know your name; say it with --by")


# --- showing -------------------------------------------------------------------------------------------------------


def _show_changes(before: ReferenceSet, after: ReferenceSet) -> None:
    old, new = policy_of(before.document), policy_of(after.document)
    changes = compare_policies(_only_topics_of(old, new), new)
    if not changes:
        console.print("no rule differs")
    for change in changes:
        console.print(_change(change), markup=False, soft_wrap=True)


def _only_topics_of(old: Policy, new: Policy) -> Policy:
    """Leave out topics that are gone: a rule that names one would not have been read."""
    kept = {topic: lead for topic, lead in old.lead_by_topic.items() if topic in new.lead_by_topic}
    return replace(old, lead_by_topic=kept)


def _change(change: RuleChange) -> str:
    said = " => ".join(part for part in (change.before, change.after) if part)
    return f"{SIGNS[change.change]} {change.part}: {change.change.value} '{change.rule_id}': {said}"


def _show_replay(found: Replay, territory: Territory) -> None:
    console.print(f"{found.matters} placements replayed, {found.moved} would move")
    if found.offices:
        table = Table("office now", "office then", "count", "for example")
        for (before, after), group in _by_count(found.offices):
            table.add_row(_office(before, territory), _office(after, territory), str(group.count), _examples(group))
        console.print(table)
    if found.deadlines:
        table = Table("deadline", "rule now", "rule then", "moves", "count", "for example")
        for move, group in _by_count(found.deadlines):
            direction = "later" if move.later else "earlier"
            moves = f"{_hours(group)} {direction}"
            table.add_row(move.stage, move.rule_before, move.rule_after, moves, str(group.count), _examples(group))
        console.print(table)
    for rule_id, group in _by_count(found.undecided):
        console.print(
            f"[yellow]![/] rule '{escape(rule_id)}' could apply to {group.count}: their words or channel are not kept "
            f"({_examples(group)})",
            soft_wrap=True,
        )
    if found.placed_otherwise:
        console.print(
            f"{found.placed_otherwise} were placed by other rules than those in force, and in another office",
            soft_wrap=True,
        )


Key = TypeVar("Key")


def _by_count(groups: dict[Key, Group]) -> list[tuple[Key, Group]]:
    return sorted(groups.items(), key=lambda item: -item[1].count)


def _office(office: str, territory: Territory) -> str:
    return f"{office} ({escape(territory.office_name(office))})"


def _examples(group: Group) -> str:
    return ", ".join(short_id(feedback_id) for feedback_id in group.examples)


def _hours(group: Group) -> str:
    least, most = (f"{shift / HOUR:g}" if shift % HOUR == timedelta() else f"{shift / HOUR:.1f}"
                   for shift in (group.least, group.most))  # fmt: skip
    return f"{least} h" if least == most else f"{least} to {most} h"


def _show_switched(switched: Switched) -> None:
    if not switched.changed:
        console.print(f"[green]✓[/] rules of version {switched.after.version} were in force already")
        return
    _show_changes(switched.before, switched.after)
    console.print(
        f"[green]✓[/] rules of version {switched.after.version} now in force, before {switched.before.version}; "
        "`langnghe router rules rollback --why` takes this back",
        soft_wrap=True,
    )
