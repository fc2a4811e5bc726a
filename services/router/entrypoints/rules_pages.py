"""/rules/page: the rules in force in words, changed as YAML, tried and switched; a fragment that the desk frames."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from anyio import to_thread
from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import SecretStr

from services.router.domain.replay import AND, Group, Replay
from services.router.domain.rule_diff import Change, RuleChange, compare_policies
from services.router.domain.rules import Policy, PolicyError, Rule, Terms
from services.router.entrypoints.refusal_words import Problem, problem_of
from services.router.entrypoints.replay_words import by_count, hours, linked_examples
from services.router.entrypoints.rule_words import RuleWords
from services.router.usecases.dry_run_rules import DryRunRules
from services.router.usecases.ports import ReferenceSet
from services.router.usecases.read_rules import ReadRules, RulesOverview
from services.router.usecases.switch_rules import RollBackRules, RulesRefusedError, SwitchRules
from shared.territory import Territory, TerritoryError
from shared.web.frame import ADMINISTRATOR, FramedPages, Sender, read_fields
from shared.web.pages import language_of

INVALID, CONFLICT = 422, 409
THOUSAND = 1000
LAST_THOUSANDS = (1, 5, 10, 50)
USUAL_THOUSANDS = 10
LONGEST_RULES = 200_000
"""Characters of YAML that a page takes; larger ones go through the command line."""
PATH = "/rules/page"


@dataclass(frozen=True, slots=True)
class RuleTools:
    """What can be done with rules."""

    read_rules: ReadRules
    dry_run_rules: DryRunRules
    switch_rules: SwitchRules
    roll_back_rules: RollBackRules
    read_written: Callable[[str], ReferenceSet]
    """Reads YAML; raises `TerritoryError` or `PolicyError`."""
    write: Callable[[ReferenceSet], str]
    policy_of: Callable[[Mapping[str, Any]], Policy]
    territory: Territory


@dataclass(frozen=True, slots=True)
class ShownRule:
    """A rule as a line of the page: its place, its name, what it asks, what follows, its note."""

    place: int
    id: str
    conditions: Sequence[str]
    outcome: Sequence[str]
    note: str | None


@dataclass(frozen=True, slots=True)
class ShownChange:
    """A rule that differs: in which list, its name, what became of it, and what it said and says."""

    part: str
    id: str
    change: Change
    before: str
    after: str


@dataclass(slots=True)
class Answer:
    """What came of a form: what was typed stays, whatever came of it."""

    action: str = ""
    typed: str | None = None
    why: str = ""
    thousands: int = USUAL_THOUSANDS
    status_code: int = 200
    problem: Problem | None = None
    checked: ReferenceSet | None = None
    changes: Sequence[ShownChange] | None = None
    replay: Replay | None = None
    notes: list[str] = field(default_factory=list)


class RulePages:
    """What stands behind the address, for GET and for POST."""

    def __init__(self, tools: RuleTools, secret: SecretStr | None) -> None:
        """Load the templates."""
        self._tools = tools
        self._framed = FramedPages(Path(__file__).parent / "templates", secret=secret, role=ADMINISTRATOR)

    async def show(self, request: Request) -> Response:
        """Show the rules in force, and what can be done with them."""
        self._framed.sender(request)
        return await self._page(request, Answer())

    async def send(self, request: Request) -> Response:
        """Check, compare, try or switch what was typed, or go back."""
        sender = self._framed.sender(request)
        fields = await read_fields(request)
        if fields.get("action") == "rollback":
            return await self._roll_back(request, fields, sender)
        thousands = fields.get("last", "")
        answer = Answer(
            action=fields.get("action", ""),
            typed=fields.get("rules", ""),
            why=fields.get("why", ""),
            thousands=int(thousands) if thousands in map(str, LAST_THOUSANDS) else USUAL_THOUSANDS,
        )
        try:
            written = await self._read(answer)
            if answer.action == "apply":
                switched = await self._tools.switch_rules(
                    written, by=sender.actor, why=answer.why, seen=fields.get("seen") or None
                )
                return self._framed.back(done="switched" if switched.changed else "same")
            if answer.action == "compare":
                overview = await self._tools.read_rules()
                answer.changes = self._changes(
                    overview.in_force, written, RuleWords(language_of(request), self._tools.territory)
                )
            elif answer.action == "try":
                _, answer.replay = await self._tools.dry_run_rules(written, last=answer.thousands * THOUSAND)
            answer.checked = written
        except (TerritoryError, PolicyError, RulesRefusedError) as error:
            answer.problem = problem_of(error, answer.typed or "")
            answer.status_code = INVALID
        return await self._page(request, answer)

    async def _roll_back(self, request: Request, fields: Mapping[str, str], sender: Sender) -> Response:
        try:
            await self._tools.roll_back_rules(
                by=sender.actor, why=fields.get("why", ""), seen=fields.get("seen") or None
            )
        except RulesRefusedError as error:
            answer = Answer(
                action="rollback", why=fields.get("why", ""), problem=problem_of(error), status_code=INVALID
            )
            return await self._page(request, answer)
        return self._framed.back(done="rolled-back")

    async def _read(self, answer: Answer) -> ReferenceSet:
        typed = answer.typed or ""
        if len(typed) > LONGEST_RULES:
            message = f"the rules are longer than {LONGEST_RULES} characters; switch to them with the command line"
            raise RulesRefusedError(message)
        # A long text takes seconds to read: beside the event loop, where reports are placed.
        return await to_thread.run_sync(self._tools.read_written, typed)

    def _changes(self, before: ReferenceSet, after: ReferenceSet, words: RuleWords) -> list[ShownChange]:
        old, new = self._tools.policy_of(before.document), self._tools.policy_of(after.document)
        return [_shown_change(change, old, new, words) for change in compare_policies(old, new)]

    async def _page(self, request: Request, answer: Answer) -> Response:
        tools = self._tools
        try:
            overview = await tools.read_rules()
        except RulesRefusedError as error:
            return self._framed.render(
                request, "rules_missing.html", status_code=CONFLICT, problem=problem_of(error), typed=answer.typed
            )
        words = RuleWords(language_of(request), tools.territory)
        policy = tools.policy_of(overview.in_force.document)
        return self._framed.render(
            request,
            "rules.html",
            status_code=answer.status_code,
            answer=answer,
            in_force=overview.in_force,
            label=overview.in_force.document.get("label", ""),
            latest=_latest(overview),
            history=[(switch, _is_in_force(switch.version, overview)) for switch in reversed(overview.switches)],
            before=overview.before,
            offices=_shown(policy.offices, overview.in_force.document["offices"], words),
            deadlines=_shown(policy.deadlines, overview.in_force.document["deadlines"], words),
            split=policy.split_second_matter,
            yaml=answer.typed if answer.typed is not None else tools.write(overview.in_force),
            done=request.query_params.get("done", "") if request.method == "GET" else "",
            thousands=LAST_THOUSANDS,
            by_count=by_count,
            examples=linked_examples,
            hours=lambda group: _hours(group, words),
            office=lambda names: _office_names(names, words),
        )


def _latest(overview: RulesOverview) -> Any:
    return overview.switches[-1] if overview.switches else None


def _is_in_force(version: str | None, overview: RulesOverview) -> bool:
    return version == overview.in_force.version


def _shown(rules: Sequence[Rule[Any]], documents: Sequence[Mapping[str, Any]], words: RuleWords) -> list[ShownRule]:
    return [
        ShownRule(place, rule.id, words.conditions(rule), _outcome(rule, words), document.get("note"))
        for place, (rule, document) in enumerate(zip(rules, documents, strict=True), start=1)
    ]


def _outcome(rule: Rule[Any], words: RuleWords) -> list[str]:
    outcome = rule.outcome
    if isinstance(outcome, Terms):
        return [words.length(outcome.accept), words.length(outcome.resolve)]
    return [words.office(outcome)]


def _shown_change(change: RuleChange, old: Policy, new: Policy, words: RuleWords) -> ShownChange:
    if change.part == "topics":
        territory, language = words.territory, words.language
        before, after = (
            territory.office_name(office, language) if office in territory.office_by_id else office
            for office in (change.before, change.after)
        )
        return ShownChange(change.part, territory.topic_name(change.rule_id, language), change.change, before, after)
    before, after = (_told(change, policy, words) for policy in (old, new))
    return ShownChange(
        change.part,
        change.rule_id,
        change.change,
        "" if change.change is Change.ADDED else before,
        "" if change.change is Change.REMOVED else after,
    )


def _told(change: RuleChange, policy: Policy, words: RuleWords) -> str:
    """Tell a rule in one line, or at which place it stands when it only moved."""
    rules = cast("Sequence[Rule[Any]]", getattr(policy, change.part))
    for place, rule in enumerate(rules, start=1):
        if rule.id == change.rule_id:
            if change.change is Change.MOVED:
                return words.say(f"thứ {place}", f"no. {place}")
            conditions = "; ".join(words.conditions(rule)) or words.say("mọi vụ việc", "every case")
            return f"{conditions} → {_result(rule, words)}"
    return ""


def _result(rule: Rule[Any], words: RuleWords) -> str:
    return words.terms(rule.outcome) if isinstance(rule.outcome, Terms) else words.office(rule.outcome)


def _office_names(names: str, words: RuleWords) -> str:
    known = words.territory.office_by_id
    return AND.join(
        words.territory.office_name(one, words.language) if one in known else one for one in names.split(AND)
    )


def _hours(group: Group, words: RuleWords) -> str:
    unit = words.say("giờ", "h")
    said = hours(group, between=words.say("đến", "to")).removesuffix("h") + unit
    return said.replace(".", words.say(",", "."))


def rule_routes(tools: RuleTools, secret: SecretStr | None) -> APIRouter:
    """Serve the page; only the desk is let in."""
    router, pages = APIRouter(include_in_schema=False), RulePages(tools, secret)
    router.add_api_route(PATH, pages.show, methods=["GET"], response_class=HTMLResponse)
    router.add_api_route(PATH, pages.send, methods=["POST"], response_class=HTMLResponse)
    return router
