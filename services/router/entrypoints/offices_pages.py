"""/offices/page: the desks of offices, unit by unit, changed one by one; a fragment that the desk frames."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import SecretStr

from services.router.domain.desks import EVERYWHERE, PROVINCE_OWNED, Desk, complete_desks
from services.router.domain.office import COMMUNE_OWNED
from services.router.domain.switches import one_before
from services.router.entrypoints.calendar_pages import week_in_words
from services.router.entrypoints.desk_forms import DeskFormError, fields_of, read_desk
from services.router.entrypoints.refusal_words import Problem, problem_of
from services.router.usecases.read_desks import DesksOverview, ReadDesks
from services.router.usecases.switch_desks import ChangeDesk, DesksChangedError, RollBackDesks
from services.router.usecases.switching import SwitchRefusedError
from shared.web.frame import ADMINISTRATOR, FramedPages, Sender, read_fields

INVALID, UNAVAILABLE = 422, 503
MOST_SWITCHES = 20
LONG_DAYS = (
    ("Thứ Hai", "Monday"),
    ("Thứ Ba", "Tuesday"),
    ("Thứ Tư", "Wednesday"),
    ("Thứ Năm", "Thursday"),
    ("Thứ Sáu", "Friday"),
    ("Thứ Bảy", "Saturday"),
    ("Chủ Nhật", "Sunday"),
)


@dataclass(frozen=True, slots=True)
class DeskTools:
    """What can be done with desks."""

    read_desks: ReadDesks
    change_desk: ChangeDesk
    roll_back_desks: RollBackDesks


@dataclass(frozen=True, slots=True)
class ShownDesk:
    """A desk as a line of the page: as it holds, whether it says something itself, and whether it is away today."""

    desk: Desk
    own: bool
    away: bool


class DeskPages:
    """What stands behind the address, for GET and for POST."""

    def __init__(self, tools: DeskTools, secret: SecretStr | None) -> None:
        """Load the templates."""
        self._tools = tools
        self._framed = FramedPages(Path(__file__).parent / "templates", secret=secret, role=ADMINISTRATOR)

    async def show(self, request: Request) -> Response:
        """Show the desks of a unit, or those for every unit, or the form of one desk."""
        self._framed.sender(request)
        return await self._page(request)

    async def send(self, request: Request) -> Response:
        """Change a desk, or go back."""
        sender = self._framed.sender(request)
        fields = await read_fields(request)
        try:
            if fields.get("action") == "rollback":
                return await self._roll_back(fields, sender)
            desk = read_desk(fields)
            switched = await self._tools.change_desk(
                desk, seen=fields.get("seen", ""), by=sender.actor, why=fields.get("why", "")
            )
        except DeskFormError as error:
            return await self._page(request, typed=fields, problem=Problem(error.vi, error.en))
        except DesksChangedError as error:
            # What is in force is shown below now: who sends the form again has seen it.
            return await self._page(request, typed={**fields, "seen": ""}, problem=problem_of(error))
        except SwitchRefusedError as error:
            return await self._page(request, typed=fields, problem=problem_of(error))
        return self._framed.back(done="changed" if switched.changed else "same", unit=desk.unit_code)

    async def _roll_back(self, fields: Mapping[str, str], sender: Sender) -> Response:
        await self._tools.roll_back_desks(seen=fields.get("seen", ""), by=sender.actor, why=fields.get("why", ""))
        return self._framed.back(done="rolled-back")

    async def _page(
        self, request: Request, *, typed: Mapping[str, str] | None = None, problem: Problem | None = None
    ) -> HTMLResponse:
        try:
            overview = await self._tools.read_desks()
        except SwitchRefusedError as error:
            return self._framed.render(
                request, "offices_missing.html", status_code=UNAVAILABLE, problem=problem_of(error)
            )
        query = request.query_params
        asked = typed if typed is not None and typed.get("action") != "rollback" else query
        unit = asked.get("unit", EVERYWHERE)
        unit = unit if unit in overview.units else EVERYWHERE
        office = asked.get("office", "")
        editing = overview.of(office, unit) if _belongs(office, unit, overview) else None
        form = fields_of(editing) if editing is not None else {}
        return self._framed.render(
            request,
            "offices.html",
            status_code=INVALID if problem is not None else 200,
            overview=overview,
            unit=unit,
            shown=_shown(overview, unit),
            elsewhere=_elsewhere(overview) if unit == EVERYWHERE else (),
            editing=editing,
            form={**form, **(typed or {})},
            seen=(typed or {}).get("seen") or overview.in_force.version,
            general=overview.of(office, EVERYWHERE) if unit else None,
            problem=problem,
            rolling_back=(typed or {}).get("action") == "rollback",
            can_go_back=one_before(overview.history) is not None,
            history=list(reversed(overview.history))[:MOST_SWITCHES],
            done=query.get("done", ""),
            week_in_words=week_in_words,
            days=LONG_DAYS,
        )


def desk_routes(tools: DeskTools, secret: SecretStr | None) -> APIRouter:
    """Serve the desks of offices to administrators."""
    router = APIRouter(include_in_schema=False)
    pages = DeskPages(tools, secret)
    router.add_api_route("/offices/page", pages.show, methods=["GET"], response_class=HTMLResponse)
    router.add_api_route("/offices/page", pages.send, methods=["POST"], response_class=HTMLResponse)
    return router


def _belongs(office: str, unit: str, overview: DesksOverview) -> bool:
    """Say whether an office can have a desk in a unit; every office can have one for every unit."""
    return office in overview.offices and not (unit and office.startswith(PROVINCE_OWNED))


def _shown(overview: DesksOverview, unit: str) -> list[ShownDesk]:
    """List the desks of a unit, the commune's offices first; without a unit, of every office."""
    complete = complete_desks(overview.desks, {})
    written = {desk.place for desk in overview.desks}
    offices = [office for office in overview.offices if _belongs(office, unit, overview)]
    if unit:
        offices.sort(key=lambda office: not office.startswith(COMMUNE_OWNED))
    found = []
    for office in offices:
        desk = complete.of(office, unit) or Desk(office, unit)
        found.append(ShownDesk(desk, (office, unit) in written, desk.away_on(overview.today)))
    return found


def _elsewhere(overview: DesksOverview) -> list[ShownDesk]:
    """List the desks that were written for single units, by the name of the unit."""
    desks = sorted(
        (desk for desk in overview.desks if desk.unit_code),
        key=lambda desk: (overview.units.get(desk.unit_code, desk.unit_code), desk.office),
    )
    return [ShownDesk(desk, own=True, away=desk.away_on(overview.today)) for desk in desks]
