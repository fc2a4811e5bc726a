"""/boundaries/page: sets of boundaries, checked, kept, tried, switched and taken back; the desk frames it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from anyio import to_thread
from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import SecretStr

from services.router.domain.pin_replay import PinReplay
from services.router.entrypoints.refusal_words import Problem, problem_of, problems_of
from services.router.entrypoints.replay_words import by_count, linked_examples
from services.router.usecases.dry_run_boundaries import DryRunBoundaries
from services.router.usecases.import_boundaries import BoundariesRefusedError, CheckedBoundaries, ImportBoundaries
from services.router.usecases.plan_boundaries import CancelPlan, PlanBoundaries
from services.router.usecases.ports import OpenBoundaries, SetKind
from services.router.usecases.read_boundaries import BoundariesOverview, ReadBoundaries
from services.router.usecases.switch_boundaries import (
    GENERALISED,
    RollBackBoundaries,
    SwitchBoundaries,
    find_boundaries,
)
from services.router.usecases.switching import SwitchRefusedError
from shared.web.frame import ADMINISTRATOR, FramedPages, Parts, Sender, reading_parts

INVALID = 422
PATH = "/boundaries/page"
THOUSAND = 1000
LAST_THOUSANDS = (1, 5, 10, 50)
USUAL_THOUSANDS = 10
LARGEST_FILE_BYTES = 21 * 1024 * 1024
"""A little more than the desk lets through, whose form around the file is another."""
MOST_NOTES = 20


@dataclass(frozen=True, slots=True)
class BoundaryTools:
    """What can be done with boundaries."""

    open_boundaries: OpenBoundaries
    read_boundaries: ReadBoundaries
    import_boundaries: ImportBoundaries
    dry_run_boundaries: DryRunBoundaries
    switch_boundaries: SwitchBoundaries
    roll_back_boundaries: RollBackBoundaries
    plan_boundaries: PlanBoundaries
    cancel_plan: CancelPlan
    parse: Callable[[bytes, str], dict[str, Any]]
    """Reads GeoJSON, named for what is said of it; raises `BoundariesRefusedError`."""


@dataclass(slots=True)
class Answer:
    """What came of a form."""

    action: str = ""
    version: str = ""
    why: str = ""
    day: str = ""
    thousands: int = USUAL_THOUSANDS
    status_code: int = 200
    problems: Sequence[Problem] = ()
    notes: Sequence[Problem] = ()
    checked: CheckedBoundaries | None = None
    replay: PinReplay | None = None


class BoundaryPages:
    """What stands behind the address, for GET and for POST."""

    def __init__(self, tools: BoundaryTools, secret: SecretStr | None) -> None:
        """Load the templates."""
        self._tools = tools
        self._framed = FramedPages(Path(__file__).parent / "templates", secret=secret, role=ADMINISTRATOR)

    async def show(self, request: Request) -> Response:
        """Show which boundaries are stored, in force and planned."""
        self._framed.sender(request)
        return await self._page(request, Answer())

    async def send(self, request: Request) -> Response:
        """Do what a form asks."""
        sender = self._framed.sender(request)
        async with reading_parts(request, largest_bytes=LARGEST_FILE_BYTES) as parts:
            fields, thousands = parts.fields, parts.fields.get("last", "")
            answer = Answer(
                action=fields.get("action", ""),
                version=fields.get("version", ""),
                why=fields.get("why", ""),
                day=fields.get("from", "").strip(),
                thousands=int(thousands) if thousands in map(str, LAST_THOUSANDS) else USUAL_THOUSANDS,
            )
            try:
                done = await self._do(answer, parts, sender)
            except BoundariesRefusedError as error:
                answer.problems, answer.status_code = problems_of(error.reasons), INVALID
            except SwitchRefusedError as error:
                answer.problems, answer.status_code = [problem_of(error)], INVALID
            else:
                if done is not None:
                    return self._framed.back(done=done, version=answer.version)
        return await self._page(request, answer)

    async def _do(self, answer: Answer, parts: Parts, sender: Sender) -> str | None:
        """Do it, and say what to tell on the way back, or nothing when the page tells what was found."""
        done: str | None = None
        tools, by = self._tools, sender.actor
        match answer.action:
            case "check" | "import":
                done = await self._take_file(answer, parts)
            case "try":
                target = await find_boundaries(tools.open_boundaries, answer.version)
                answer.replay = await tools.dry_run_boundaries(target, last=answer.thousands * THOUSAND)
            case "apply" if answer.day:
                await tools.plan_boundaries(answer.version, on=_day(answer.day), by=by, why=answer.why)
                done = "planned"
            case "apply":
                await self._need_seen(parts)
                switched = await tools.switch_boundaries(answer.version, by=by, why=answer.why)
                done = "switched" if switched.changed else "same"
            case "rollback":
                await self._need_seen(parts)
                await tools.roll_back_boundaries(by=by, why=answer.why)
                done = "rolled-back"
            case "cancel":
                plan_id = parts.fields.get("plan", "")
                await tools.cancel_plan(int(plan_id) if _is_number(plan_id) else 0, by=by)
                done = "cancelled"
        return done

    async def _take_file(self, answer: Answer, parts: Parts) -> str | None:
        file = parts.files.get("file")
        if file is None:
            message = "no file was sent; choose a GeoJSON file"
            raise SwitchRefusedError(message)
        content = await file.read()
        # Megabytes of coordinates: beside the event loop, where reports are placed.
        collection = await to_thread.run_sync(self._tools.parse, content, file.filename or "GeoJSON")
        if answer.action == "check":
            answer.checked, _ = await self._tools.import_boundaries.look(collection)
            answer.notes = problems_of(answer.checked.notes[:MOST_NOTES])
            return None
        checked, new = await self._tools.import_boundaries(collection)
        answer.version = checked.version
        return "imported" if new else "known"

    async def _need_seen(self, parts: Parts) -> None:
        """Refuse a form that was made before somebody else switched, such as one that is sent twice."""
        in_force = _name((await self._tools.read_boundaries()).in_force)
        if parts.fields.get("seen", "") not in {"", in_force}:
            message = f"others are in force by now, version {in_force}; look at them first"
            raise SwitchRefusedError(message)

    async def _page(self, request: Request, answer: Answer) -> Response:
        overview = await self._tools.read_boundaries()
        names = await self._unit_names()
        return self._framed.render(
            request,
            "boundaries.html",
            status_code=answer.status_code,
            answer=answer,
            overview=overview,
            in_force=_name(overview.in_force),
            versions=[GENERALISED, *[stored.version for stored in reversed(overview.sets)]],
            without=[period for period in overview.periods if period.version is None],
            history=list(reversed(overview.history)),
            waiting=[plan for plan in overview.plans if plan.is_open],
            settled=[plan for plan in reversed(overview.plans) if not plan.is_open],
            chosen=_chosen(answer, overview, request),
            unit=lambda code: names.get(code, code),
            name=_name,
            GENERALISED=GENERALISED,
            thousands=LAST_THOUSANDS,
            by_count=by_count,
            examples=linked_examples,
            done=request.query_params.get("done", "") if request.method == "GET" else "",
        )

    async def _unit_names(self) -> Mapping[str, str]:
        async with self._tools.open_boundaries() as store:
            units = await store.active(SetKind.UNITS)
        return {unit["code"]: unit["full_name"] for unit in units.document["units"]} if units is not None else {}


def _name(version: str | None) -> str:
    return GENERALISED if version is None else version


def _chosen(answer: Answer, overview: BoundariesOverview, request: Request) -> str:
    """Say which set a form stands at: the one that was chosen, was just stored, or the newest."""
    asked = answer.version or request.query_params.get("version", "")
    known = [stored.version for stored in overview.sets]
    return asked if asked in {GENERALISED, *known} else (known or [GENERALISED])[-1]


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        message = f"'{text}' is no day; write a date such as 2026-12-01"
        raise SwitchRefusedError(message) from error


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= len("999999999")


def boundary_routes(tools: BoundaryTools, secret: SecretStr | None) -> APIRouter:
    """Serve the page; only the desk is let in."""
    router, pages = APIRouter(include_in_schema=False), BoundaryPages(tools, secret)
    router.add_api_route(PATH, pages.show, methods=["GET"], response_class=HTMLResponse)
    router.add_api_route(PATH, pages.send, methods=["POST"], response_class=HTMLResponse)
    return router
