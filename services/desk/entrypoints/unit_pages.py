"""How a unit works: its page for leaders and handlers, and what a case page says of who works on a case."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from services.desk.domain.assignment import AbsenceRefusal, AbsenceRefusedError, Handler, may_assign
from services.desk.domain.case import CaseStory
from services.desk.domain.life_cycle import Part
from services.desk.domain.staff import UNIT_ROLES, Staff, manages, parts_of
from services.desk.entrypoints.guard import Door, Form, NotAllowedError, StaffRoute, Visit
from services.desk.usecases.assign_case import is_away
from services.desk.usecases.ports import NotFoundError
from services.desk.usecases.run_unit import NotTheirsError, RunUnit
from shared.territory import Territory

UNIT = "/staff/unit"
PROVINCE = "/staff/province"
SEE_OTHER, INVALID = 303, 422
LONGEST_ID = 18


@dataclass(frozen=True, slots=True)
class Assigning:
    """Who works on a case, and what somebody may change about it."""

    handlers: tuple[Handler, ...]
    away: bool
    may_give: bool
    may_take: bool
    may_lay_down: bool

    @property
    def shown(self) -> bool:
        """Whether there is anything to say: alone in a unit, nobody needs to be told."""
        return self.may_give or self.may_take or self.may_lay_down


def assigning_of(story: CaseStory, staff: Staff) -> Assigning:
    """Say what somebody may change about who works on a case."""
    parts, assignee, here = parts_of(staff, story.case.standing), story.case.assignee_id, story.handlers
    away = is_away(assignee, here)

    def may(to: int | None) -> bool:
        return may_assign(parts, taker=staff.staff_id, to=to, assignee=assignee, assignee_away=away)

    several = bool(here) and (len(here) > 1 or assignee is not None)
    mine = assignee == staff.staff_id
    works_here = any(handler.staff_id == staff.staff_id for handler in here)
    return Assigning(
        handlers=tuple(here),
        away=away and bool(here),
        may_give=several and Part.LEADER in parts,
        may_take=several and works_here and not mine and may(staff.staff_id),
        may_lay_down=several and mine and may(None),
    )


@dataclass(frozen=True, slots=True)
class UnitPages:
    """What stands behind the addresses of a unit's page."""

    door: Door
    run_unit: RunUnit
    territory: Territory
    render: Callable[..., Response]

    async def show(self, request: Request) -> Response:
        """Show how one's own unit works, or a unit that is asked for."""
        visit = await self.door.visit(request)
        unit_code = request.query_params.get("unit") or visit.staff.unit_code
        if unit_code is None:
            return RedirectResponse(PROVINCE, SEE_OTHER)
        return await self._page(visit, unit_code)

    async def share_out(self, request: Request) -> Response:
        """Switch sharing out."""
        visit, form = await self.door.form_visit(request)
        unit_code = self._unit(form)
        on = form["shares_out"] == "1"
        try:
            await self.run_unit.share_out(unit_code, shares_out=on, by=visit.staff, address=visit.address)
        except NotTheirsError as error:
            raise NotAllowedError from error
        return _back(visit, unit_code, "sharing_on" if on else "sharing_off")

    async def add_absence(self, request: Request) -> Response:
        """Note an absence; what was typed is kept when it is refused."""
        visit, form = await self.door.form_visit(request)
        unit_code = self._unit(form)
        try:
            await self.run_unit.add_absence(
                unit_code,
                read_id(form["staff_id"]) or 0,
                _day(form["from_on"]),
                _day(form["to_on"]),
                by=visit.staff,
                address=visit.address,
            )
        except NotTheirsError as error:
            raise NotAllowedError from error
        except AbsenceRefusedError as error:
            return await self._page(visit, unit_code, form=form, refusal=error.refusal)
        return _back(visit, unit_code, "absence")

    async def remove_absence(self, request: Request) -> Response:
        """Take an absence back."""
        visit, form = await self.door.form_visit(request)
        unit_code = self._unit(form)
        await self.run_unit.remove_absence(
            unit_code, read_id(form["absence_id"]) or 0, by=visit.staff, address=visit.address
        )
        return _back(visit, unit_code, "absence_removed")

    def _unit(self, form: Form) -> str:
        unit_code = form["unit"]
        if unit_code not in self.territory.unit_by_code:
            raise NotFoundError
        return unit_code

    async def _page(
        self, visit: Visit, unit_code: str, *, form: Form | None = None, refusal: AbsenceRefusal | None = None
    ) -> Response:
        if unit_code not in self.territory.unit_by_code:
            raise NotFoundError
        unit = await self.run_unit.read(unit_code, by=visit.staff)
        leads = manages(visit.staff, unit_code)
        return self.render(
            visit.request,
            "unit.html",
            visit,
            status_code=INVALID if refusal is not None else 200,
            unit=unit,
            leads=leads,
            may_note=[one for one in unit.handlers if leads or one.staff_id == visit.staff.staff_id],
            form=form or Form({}),
            refusal=refusal,
        )


def unit_links(staff: Staff) -> list[tuple[str, str, str]]:
    """List the unit's page for those who have a unit."""
    return [(UNIT, "Đơn vị", "Unit")] if staff.role in UNIT_ROLES else []


def unit_routes(pages: UnitPages) -> APIRouter:
    """Serve the pages of a unit."""
    router = APIRouter(include_in_schema=False, route_class=StaffRoute)
    for method, path, handler in (
        ("GET", UNIT, pages.show),
        ("POST", f"{UNIT}/sharing", pages.share_out),
        ("POST", f"{UNIT}/absences", pages.add_absence),
        ("POST", f"{UNIT}/absences/removal", pages.remove_absence),
    ):
        router.add_api_route(path, handler, methods=[method], response_class=HTMLResponse)
    return router


def read_id(typed: str) -> int | None:
    """Read a number that a form of ours sends; nothing when it is none."""
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) <= LONGEST_ID else None


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None


def _back(visit: Visit, unit_code: str, done: str) -> Response:
    query = {"done": done} | ({"unit": unit_code} if unit_code != visit.staff.unit_code else {})
    return RedirectResponse(f"{UNIT}?{urlencode(query)}", SEE_OTHER)
