"""Pages of other services in the desk's frame: the administrators' pages, and why a case is where it is.

The other service writes the content; who may look, the guard of forms and everything around the content are ours.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Protocol
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from services.desk.domain.case import Case
from services.desk.domain.staff import administers
from services.desk.entrypoints.guard import LARGEST_BODY_BYTES, Door, Form, NotAllowedError, StaffRoute, Visit
from services.desk.usecases.ask_service_page import AskServicePage
from services.desk.usecases.name_staff import NameStaff
from services.desk.usecases.ports import PageAsked, SentBack, ServiceSilentError, Upload
from shared.web.frame import ACTOR_MARK, GUARD_FIELD
from shared.web.pages import language_of

ADMIN = "/staff/admin"
SEE_OTHER, UNAVAILABLE = 303, 503
RETRY_AFTER_SECONDS = "5"
MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class FramedPage:
    """A page of another service: our address for it, whose it is, its path there, its names, how large a form is."""

    address: str
    service: str
    path: str
    name_vi: str
    name_en: str
    title_vi: str
    title_en: str
    largest_form_bytes: int = LARGEST_BODY_BYTES
    takes_files: bool = False


ADMIN_PAGES = (
    FramedPage("/staff/model", "classifier", "/model/page", "Mô hình", "Model", "Mô hình phân loại", "Classifier"),
    FramedPage(
        "/staff/rules",
        "router",
        "/rules/page",
        "Quy tắc",
        "Rules",
        "Quy tắc phân công và thời hạn",
        "Rules of offices and deadlines",
        largest_form_bytes=MEBIBYTE,
    ),
    FramedPage("/staff/offices", "router", "/offices/page", "Cơ quan", "Offices", "Cơ quan xử lý", "Offices"),
    FramedPage(
        "/staff/boundaries",
        "router",
        "/boundaries/page",
        "Ranh giới",
        "Boundaries",
        "Ranh giới xã, phường",
        "Boundaries",
        largest_form_bytes=20 * MEBIBYTE,
        takes_files=True,
    ),
    FramedPage("/staff/calendar", "router", "/calendar/page", "Lịch", "Calendar", "Lịch làm việc", "Working calendar"),
)
"""What administrators see, in the order of the tabs."""


def why_page(case: Case) -> FramedPage:
    """Name the router's page that tells why a case is where it is."""
    return FramedPage(
        f"/staff/cases/{case.feedback_id}/why",
        "router",
        f"/placements/{case.feedback_id}/page",
        "Vì sao ở đây",
        "Why here",
        "Vì sao vụ việc ở đây?",
        "Why is this case here?",
    )


class Render(Protocol):
    """How a page of the desk is made."""

    def __call__(
        self, request: Request, template: str, visit: Visit | None, *, status_code: int = 200, **values: object
    ) -> Response:
        """Render a template for somebody."""


class Frame:
    """Asks, and puts the answer into a page of ours."""

    def __init__(self, door: Door, ask: AskServicePage, name_staff: NameStaff, render: Render) -> None:
        """Keep what is needed."""
        self._name_staff = name_staff
        self._door = door
        self._ask = ask
        self._render = render

    async def show_admin_page(self, request: Request, page: FramedPage) -> Response:
        """Show an administrators' page."""
        visit = await self._door.visit(request)
        if not administers(visit.staff):
            raise NotAllowedError
        return await self.show(visit, page, tabs=ADMIN_PAGES)

    async def send_admin_form(self, request: Request, page: FramedPage) -> Response:
        """Hand a form of an administrators' page on to the service whose page it is."""
        # Before anything large is read: nobody else is to send it.
        self._door.check_origin(request)
        if not administers((await self._door.visit(request)).staff):
            raise NotAllowedError
        if page.takes_files and request.headers.get("content-type", "").startswith("multipart/form-data"):
            async with self._door.upload_visit(request, largest_bytes=page.largest_form_bytes) as (visit, form, files):
                uploads = {
                    name: Upload(file.filename or "", file.content_type or "application/octet-stream", file.file)
                    for name, file in files.items()
                }
                return await self._send(visit, page, form, uploads)
        visit, form = await self._door.form_visit(request, largest_bytes=page.largest_form_bytes)
        return await self._send(visit, page, form, {})

    async def _send(self, visit: Visit, page: FramedPage, form: Form, files: Mapping[str, Upload]) -> Response:
        request = visit.request
        fields = {name: value for name, value in form.values.items() if name != "csrf"}
        asked = PageAsked(page.path, dict(request.query_params), language_of(request), visit.staff, fields, files)
        return await self._answer(visit, page, asked, tabs=ADMIN_PAGES)

    async def show(
        self, visit: Visit, page: FramedPage, *, tabs: Sequence[FramedPage] = (), case: Case | None = None
    ) -> Response:
        """Show a page to somebody who may see it; `case` is the one it is about."""
        request = visit.request
        asked = PageAsked(page.path, dict(request.query_params), language_of(request), visit.staff)
        return await self._answer(visit, page, asked, tabs=tabs, case=case)

    async def _answer(
        self,
        visit: Visit,
        page: FramedPage,
        asked: PageAsked,
        *,
        tabs: Sequence[FramedPage] = (),
        case: Case | None = None,
    ) -> Response:
        shown: dict[str, object] = {"page": page, "admin_tabs": tabs, "case": case, "sent": asked.fields is not None}
        try:
            answer = await self._ask(page.service, asked)
        except ServiceSilentError as error:
            response = self._render(
                visit.request,
                "framed.html",
                visit,
                status_code=UNAVAILABLE,
                fragment=None,
                refused=error.refused,
                **shown,
            )
            response.headers["Retry-After"] = RETRY_AFTER_SECONDS
            return response
        if isinstance(answer, SentBack):
            return RedirectResponse(f"{page.address}?{quote(answer.query, safe='=&%+')}", SEE_OTHER)
        return self._render(
            visit.request,
            "framed.html",
            visit,
            status_code=answer.status_code,
            fragment=_guarded(await self._named(answer.html), visit.csrf),
            refused=False,
            **shown,
        )

    async def _named(self, fragment: str) -> str:
        """Put the names of staff where a fragment says who did something."""
        if ACTOR_MARK.search(fragment) is None:
            return fragment
        names = await self._name_staff()
        return ACTOR_MARK.sub(lambda found: f"<span>{escape(names.get(found[1], found[1]))}</span>", fragment)


def _guarded(fragment: str, csrf: str) -> str:
    """Put our guard into the forms of a fragment; what people wrote in it is escaped and cannot look like one."""
    return fragment.replace(GUARD_FIELD, f'<input type="hidden" name="csrf" value="{csrf}">')


def admin_routes(frame: Frame) -> APIRouter:
    """Serve the administrators' pages."""
    router = APIRouter(include_in_schema=False, route_class=StaffRoute)
    for page in ADMIN_PAGES:
        for method, handle in (("GET", frame.show_admin_page), ("POST", frame.send_admin_form)):
            router.add_api_route(page.address, _of(page, handle), methods=[method], response_class=HTMLResponse)

    async def to_first() -> Response:
        return RedirectResponse(ADMIN_PAGES[0].address, SEE_OTHER)

    router.add_api_route(ADMIN, to_first, methods=["GET"])
    return router


def _of(
    page: FramedPage, handle: Callable[[Request, FramedPage], Awaitable[Response]]
) -> Callable[[Request], Awaitable[Response]]:
    async def handle_page(request: Request) -> Response:
        return await handle(request, page)

    return handle_page
