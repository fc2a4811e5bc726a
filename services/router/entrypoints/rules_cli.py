"""The commands of the rules: `langnghe router rules ...`; check and diff need the territory pack alone."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Annotated, NoReturn, TypeVar

import typer
from rich.markup import escape
from rich.table import Table

from services.router.adapters.desk_documents import hours_and_desks
from services.router.adapters.rule_documents import policy_of, policy_set, rules_yaml
from services.router.adapters.rule_store import RulesInDatabase
from services.router.domain.replay import AND, Replay
from services.router.domain.rule_diff import Change, RuleChange, compare_policies
from services.router.domain.rules import PolicyError
from services.router.domain.switches import Switch
from services.router.entrypoints.replay_words import by_count, examples, hours
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
from services.router.usecases.dry_run_rules import DryRunRules
from services.router.usecases.ports import OpenRules, ReferenceSet
from services.router.usecases.switch_rules import (
    RollBackRules,
    RulesRefusedError,
    Switched,
    SwitchRules,
    rules_in_force,
)
from shared.territory import Territory, TerritoryError, read_policy

THOUSAND = 1000
SIGNS = {Change.ADDED: "+", Change.REMOVED: "-", Change.CHANGED: "~", Change.MOVED: "↕"}
Result = TypeVar("Result")

rules_app = typer.Typer(help="Check, compare, try and switch the rules of offices and deadlines.", no_args_is_help=True)
FileArgument = Annotated[Path, typer.Argument(help="Rules as YAML, written like the policy.yaml of a territory pack.")]


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
        return await DryRunRules(open_rules, policy_of, hours_and_desks)(rules, last=last * THOUSAND)

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
        return await SwitchRules(open_rules)(rules, by=by or person(), why=why)

    _show_switched(_in_database(run))


@rules_app.command()
def rollback(why: WhyOption, by: ByOption = None) -> None:
    """Go back to the rules that were in force before the latest switch that still stands, on record."""

    async def run(open_rules: OpenRules) -> Switched:
        return await RollBackRules(open_rules)(by=by or person(), why=why)

    _show_switched(_in_database(run))


@rules_app.command()
def export(
    out: Annotated[Path | None, typer.Option("--out", help="File to write; the screen when none is named.")] = None,
) -> None:
    """Write the rules in force as YAML, to change them and switch to the changed ones."""
    put_out(rules_yaml(_in_database(_active)), out)


@rules_app.command()
def history() -> None:
    """List every switch of the rules: when, who, why."""

    async def run(open_rules: OpenRules) -> Sequence[Switch]:
        async with open_rules() as store:
            return await store.switches()

    show_switches(_in_database(run), none="")


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


def _in_database(run: Callable[[OpenRules], Awaitable[Result]]) -> Result:
    try:
        return in_database("rules", lambda engine: run(RulesInDatabase(engine).open_rules))
    except RulesRefusedError as error:
        _refuse(str(error))


async def _active(open_rules: OpenRules) -> ReferenceSet:
    async with open_rules() as store:
        return await rules_in_force(store)


# --- showing -------------------------------------------------------------------------------------------------------


def _show_changes(before: ReferenceSet, after: ReferenceSet) -> None:
    changes = compare_policies(policy_of(before.document), policy_of(after.document))
    if not changes:
        console.print("no rule differs")
    for change in changes:
        console.print(_change(change), markup=False, soft_wrap=True)


def _change(change: RuleChange) -> str:
    said = " => ".join(part for part in (change.before, change.after) if part)
    return f"{SIGNS[change.change]} {change.part}: {change.change.value} '{change.rule_id}': {said}"


def _show_replay(found: Replay, territory: Territory) -> None:
    console.print(f"{found.matters} placements replayed, {found.moved} would move")
    if found.offices:
        table = Table("office now", "office then", "count", "for example")
        for (before, after), group in by_count(found.offices):
            table.add_row(
                _office(before, territory), _office(after, territory), str(group.count), ", ".join(examples(group))
            )
        console.print(table)
    if found.deadlines:
        table = Table("deadline", "rule now", "rule then", "moves", "count", "for example")
        for move, group in by_count(found.deadlines):
            direction = "later" if move.later else "earlier"
            moves = f"{hours(group)} {direction}"
            table.add_row(
                move.stage, move.rule_before, move.rule_after, moves, str(group.count), ", ".join(examples(group))
            )
        console.print(table)
    for rule_id, group in by_count(found.undecided):
        console.print(
            f"[yellow]![/] rule '{escape(rule_id)}' could apply to {group.count}: their words or channel are not kept "
            f"({', '.join(examples(group))})",
            soft_wrap=True,
        )
    if found.placed_otherwise:
        console.print(
            f"{found.placed_otherwise} were placed by other rules than those in force, and in another office",
            soft_wrap=True,
        )


def _office(offices: str, territory: Territory) -> str:
    return AND.join(f"{office} ({escape(territory.office_name(office))})" for office in offices.split(AND))


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
