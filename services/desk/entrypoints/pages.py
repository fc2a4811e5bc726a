"""The pages of staff: sign in, inbox, case, province. They work without a script."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from services.desk.domain.case import Alarm, CaseStory, Correction, ResidentWord, StepTaken
from services.desk.domain.highlights import pieces_of
from services.desk.domain.life_cycle import (
    LONGEST_NOTE,
    LONGEST_REPLY,
    REASONS_WITH_REPLY,
    Action,
    MoveRefusedError,
    Need,
    Reason,
    Refusal,
    SomeoneWasFirstError,
    Wanted,
    moves_open_to,
)
from services.desk.domain.province import Colour, UnitStanding, colour, total
from services.desk.domain.search import LONGEST_TYPED, fold, words_of
from services.desk.domain.staff import (
    DESK_ROLES,
    UNIT_ROLES,
    Staff,
    administers,
    may_correct,
    parts_of,
    sees_the_province,
)
from services.desk.entrypoints.framed_pages import ADMIN, Frame, admin_routes, why_page
from services.desk.entrypoints.guard import (
    COOKIE,
    COOKIE_PATH,
    LOGIN_PAGE,
    Door,
    Form,
    NotAllowedError,
    NotOurFormError,
    NotSignedInError,
    StaffRoute,
    TooLargeError,
    UnavailableError,
    Visit,
    address_of,
    read_form,
    safe_next,
)
from services.desk.entrypoints.unit_pages import UnitPages, assigning_of, read_id, unit_links, unit_routes
from services.desk.entrypoints.words import DONE, REASONS, Words
from services.desk.usecases.ask_service_page import AskServicePage
from services.desk.usecases.assign_case import AssignCase
from services.desk.usecases.correct_case import CorrectCase
from services.desk.usecases.move_case import MoveCase
from services.desk.usecases.name_staff import NameStaff
from services.desk.usecases.ports import Filters, NotFoundError, Place, Tab, TooManyAttemptsError
from services.desk.usecases.read_case import FindByCode, NoteForeignCase, ReadCase, WhoWasFirst
from services.desk.usecases.read_inbox import InboxPage, ReadInbox
from services.desk.usecases.run_unit import RunUnit
from services.desk.usecases.sign_in import SignIn, SignOut, WrongPasswordError
from shared.clock import Clock
from shared.events.names import KINDS, URGENCIES
from shared.events.short_id import read_short_id, short_id
from shared.territory import Territory
from shared.web.pages import Pages, language_of, mount_assets

HERE = Path(__file__).parent
ASSETS = "/staff/assets"
DESK_INBOX = "/staff/desk"
PROVINCE = "/staff/province"
LONGEST_VERSION = 9
RETRY_AFTER_SECONDS = "5"
SEE_OTHER, UNAUTHORIZED, FORBIDDEN, NOT_FOUND, CONFLICT, TOO_LARGE, INVALID, TOO_MANY, UNAVAILABLE = (
    303,
    401,
    403,
    404,
    409,
    413,
    422,
    429,
    503,
)


@dataclass(frozen=True, slots=True)
class Desk:
    """What the routes need."""

    door: Door
    sign_in: SignIn
    sign_out: SignOut
    read_inbox: ReadInbox
    read_province: Callable[[], Awaitable[Sequence[UnitStanding]]]
    read_case: ReadCase
    find_by_code: FindByCode
    move_case: MoveCase
    assign_case: AssignCase
    run_unit: RunUnit
    correct_case: CorrectCase
    ask_service_page: AskServicePage
    name_staff: NameStaff
    who_was_first: WhoWasFirst
    note_foreign: NoteForeignCase
    territory: Territory
    clock: Clock

    async def find_story(self, key: UUID | str, visit: Visit) -> CaseStory:
        """Read a case; what is not theirs is noted and looks as if it were not there."""
        try:
            return await self.read_case(key, by=visit.staff)
        except NotFoundError:
            await self.note_foreign(key, by=visit.staff, address=visit.address)
            raise

    async def find_inbox(
        self, visit: Visit, unit_code: str | None, tab: Tab, filters: Filters, after: Place | None
    ) -> InboxPage:
        """Read an inbox; one that is not theirs looks as if it were not there."""
        if unit_code is not None and unit_code not in self.territory.unit_by_code:
            raise NotFoundError
        return await self.read_inbox(unit_code, tab, filters, by=visit.staff, after=after)


def read_key(typed: str) -> UUID | str:
    """Read the name of a case in an address: its short id or its whole id; raises NotFoundError."""
    known = read_short_id(typed)
    if known is not None:
        return known
    try:
        return UUID(typed)
    except ValueError as error:
        raise NotFoundError from error


def read_tab(request: Request) -> Tab:
    """Read which list is wanted."""
    wanted = request.query_params.get("tab", "")
    return Tab(wanted) if wanted in set(Tab) else Tab.OPEN


def read_filters(request: Request, territory: Territory, staff: Staff) -> Filters:
    """Read what a list is narrowed to; what does not exist narrows nothing."""
    asked = request.query_params
    urgency, subject = asked.get("urgency"), asked.get("topic")
    return Filters(
        urgency=urgency if urgency in URGENCIES else None,
        subject=subject if subject in territory.topic_by_code else None,
        needs_review=asked.get("review") == "1",
        words=words_of(asked.get("q", "").replace("\x00", "")),
        assignee_id=staff.staff_id if asked.get("mine") == "1" else None,
    )


def read_place(request: Request) -> Place | None:
    """Read where a page begins; a place that cannot be read is the beginning."""
    at, _, feedback_id = request.query_params.get("after", "").partition("~")
    try:
        place = Place(datetime.fromisoformat(at), UUID(feedback_id))
    except ValueError:
        return None
    return place if place.at.tzinfo is not None else None


def place_text(place: Place) -> str:
    """Write a place for an address."""
    return f"{place.at.isoformat()}~{place.feedback_id}"


@dataclass(frozen=True, slots=True)
class _Happening:
    """One line of a case's timeline."""

    at: datetime
    step: StepTaken | None = None
    alarm: Alarm | None = None
    word: ResidentWord | None = None
    correction: Correction | None = None


class StaffPages:
    """What stands behind each address of the staff's site."""

    def __init__(self, desk: Desk) -> None:
        """Load the templates."""
        self._desk = desk
        self._pages = Pages(HERE / "templates")
        self.frame = Frame(desk.door, desk.ask_service_page, desk.name_staff, self._render)
        self.unit = UnitPages(desk.door, desk.run_unit, desk.territory, self._render)
        units = desk.territory.units
        self._units = sorted(units, key=lambda unit: (unit.type, unit.name_ascii))

    # --- the door ---------------------------------------------------------------------------------------------------

    async def show_login(self, request: Request) -> Response:
        """Ask for login and password, or go on for those who are signed in."""
        next_page = safe_next(request.query_params.get("next", ""))
        try:
            await self._desk.door.visit(request)
        except NotSignedInError:
            return self._login_page(request, next_page=next_page)
        return RedirectResponse(next_page, SEE_OTHER)

    async def sign_in(self, request: Request) -> Response:
        """Check what was typed."""
        self._desk.door.check_origin(request)
        form = await read_form(request)
        next_page = safe_next(form["next"])
        try:
            # A password may begin or end with a space.
            token = await self._desk.sign_in(
                form["login"], form.values.get("password", ""), address=address_of(request)
            )
        except WrongPasswordError:
            return self._login_page(
                request, next_page=next_page, login=form["login"], wrong=True, status_code=UNAUTHORIZED
            )
        except TooManyAttemptsError as error:
            page = self._login_page(
                request, next_page=next_page, login=form["login"], wait=error.wait, status_code=TOO_MANY
            )
            page.headers["Retry-After"] = str(int(error.wait.total_seconds()) + 1)
            return page
        response = RedirectResponse(next_page, SEE_OTHER)
        self._desk.door.let_in(request, response, token)
        return response

    async def sign_out(self, request: Request) -> Response:
        """End the session."""
        visit, _ = await self._desk.door.form_visit(request)
        await self._desk.sign_out(visit.token, by=visit.staff, address=visit.address)
        response = RedirectResponse(LOGIN_PAGE, SEE_OTHER)
        self._desk.door.show_out(request, response)
        return response

    def _login_page(self, request: Request, *, status_code: int = 200, **values: Any) -> Response:
        given = {"login": "", "wrong": False, "wait": None, **values}
        return self._render(request, "login.html", None, status_code=status_code, **given)

    # --- lists ------------------------------------------------------------------------------------------------------

    async def show_inbox(self, request: Request) -> Response:
        """Show the inbox of one's own unit, or of a unit that is asked for."""
        visit = await self._desk.door.visit(request)
        unit_code = request.query_params.get("unit") or visit.staff.unit_code
        if unit_code is None:
            return RedirectResponse(DESK_INBOX if visit.staff.role in DESK_ROLES else PROVINCE, SEE_OTHER)
        if unit_code == visit.staff.unit_code and unit_code not in self._desk.territory.unit_by_code:
            return self._render(request, "message.html", visit, what="unit_gone", first=None)
        return await self._inbox_page(visit, unit_code)

    async def show_desk(self, request: Request) -> Response:
        """Show what the province desk must place."""
        visit = await self._desk.door.visit(request)
        if not sees_the_province(visit.staff):
            raise NotAllowedError
        return await self._inbox_page(visit, None)

    async def _inbox_page(self, visit: Visit, unit_code: str | None) -> Response:
        request, desk = visit.request, self._desk
        typed = request.query_params.get("q", "").strip()[:LONGEST_TYPED]
        if (named := await self._case_named(typed, visit)) is not None:
            return RedirectResponse(f"/staff/cases/{named}", SEE_OTHER)
        tab, filters = read_tab(request), read_filters(request, desk.territory, visit.staff)
        page = await desk.find_inbox(visit, unit_code, tab, filters, read_place(request))
        chosen = {
            "unit": unit_code if unit_code != visit.staff.unit_code else None,
            "tab": tab.value,
            "urgency": filters.urgency,
            "topic": filters.subject,
            "review": "1" if filters.needs_review else None,
            "mine": "1" if filters.assignee_id is not None else None,
            "q": typed,
        }
        path = DESK_INBOX if unit_code is None else COOKIE_PATH

        def link(**other: str | None) -> str:
            values = {name: value for name, value in {**chosen, **other}.items() if value}
            return f"{path}?{urlencode(values)}"

        return self._render(
            request,
            "inbox.html",
            visit,
            page=page,
            filters=filters,
            chosen=chosen,
            typed=typed,
            link=link,
            path=path,
            tabs=[tab for tab in Tab if tab is not Tab.DISPUTED or page.counts[tab] or page.tab is tab],
            next_link=link(after=place_text(page.next_place)) if page.next_place is not None else None,
            later="after" in request.query_params,
            narrowed=bool(filters != Filters()),
            done=self._done(request),
            done_id=read_short_id(request.query_params.get("case", "")),
        )

    async def _case_named(self, typed: str, visit: Visit) -> UUID | None:
        """Return the case whose short id or tracking code was typed into the search, if it is there for them."""
        key = read_short_id(typed)
        if key is None:
            return await self._desk.find_by_code(typed, by=visit.staff)
        try:
            story = await self._desk.read_case(key, by=visit.staff)
        except NotFoundError:
            return None
        return story.case.feedback_id

    async def show_province(self, request: Request) -> Response:
        """Show how every unit stands."""
        visit = await self._desk.door.visit(request)
        if not sees_the_province(visit.staff):
            raise NotAllowedError
        units = await self._desk.read_province()
        wanted = request.query_params.get("colour")
        typed = request.query_params.get("q", "").strip()[:LONGEST_TYPED]
        words = self._words(request)
        shown = [
            (unit, colour(unit))
            for unit in units
            if (wanted not in set(Colour) or colour(unit) == wanted)
            and all(word in fold(words.unit(unit.unit_code)) for word in words_of(typed))
        ]
        return self._render(
            request,
            "province.html",
            visit,
            shown=shown,
            total=total(units),
            by_colour={one: sum(colour(unit) is one for unit in units) for one in Colour},
            wanted=wanted if wanted in set(Colour) else None,
            typed=typed,
            DESK_INBOX=DESK_INBOX,
        )

    # --- one case ---------------------------------------------------------------------------------------------------

    async def show_case(self, request: Request, key: str) -> Response:
        """Show a case and what may be done with it."""
        visit = await self._desk.door.visit(request)
        story = await self._desk.find_story(read_key(key), visit)
        return self._case_page(visit, story)

    async def show_why(self, request: Request, key: str) -> Response:
        """Show what the router says of why a case is where it is, to whoever may see the case."""
        visit = await self._desk.door.visit(request)
        story = await self._desk.find_story(read_key(key), visit)
        return await self.frame.show(visit, why_page(story.case), case=story.case)

    async def move_case(self, request: Request, key: str) -> Response:
        """Make a move; whoever comes second is told who was first, and keeps what they typed."""
        visit, form = await self._desk.door.form_visit(request)
        case_key = read_key(key)
        try:
            step = await self._desk.move_case(case_key, self._wanted(form), by=visit.staff)
        except MoveRefusedError as error:
            story = await self._desk.find_story(case_key, visit)
            status = FORBIDDEN if error.refusal is Refusal.NOT_YOURS else INVALID
            return self._case_page(visit, story, form=form, refusal=error.refusal, status_code=status)
        except SomeoneWasFirstError as error:
            return await self._conflict_page(visit, form, error)
        except NotFoundError:
            return await self._gone_page(visit, form, case_key)
        if not visit.staff.may_see(step.unit_code):
            gone = urlencode({"done": step.action.value, "case": short_id(step.feedback_id)})
            return RedirectResponse(f"{COOKIE_PATH}?{gone}", SEE_OTHER)
        return self._back_to_case(step.feedback_id, step.action.value)

    async def correct_case(self, request: Request, key: str) -> Response:
        """Put kind, topic and urgency right, or confirm them."""
        visit, form = await self._desk.door.form_visit(request)
        case_key = read_key(key)
        kind, subject, urgency = form["kind"], form["subject"], form["urgency"]
        topics = self._desk.territory.topic_by_code
        if kind not in KINDS or subject not in topics or urgency not in URGENCIES:
            story = await self._desk.find_story(case_key, visit)
            return self._case_page(visit, story, form=form, refusal=Refusal.NOT_ON_THE_LIST, status_code=INVALID)
        try:
            kept = await self._desk.correct_case(case_key, kind=kind, subject=subject, urgency=urgency, by=visit.staff)
        except MoveRefusedError as error:
            story = await self._desk.find_story(case_key, visit)
            status = FORBIDDEN if error.refusal is Refusal.NOT_YOURS else CONFLICT
            return self._case_page(visit, story, form=form, refusal=error.refusal, status_code=status)
        except NotFoundError:
            await self._desk.note_foreign(case_key, by=visit.staff, address=visit.address)
            raise
        return self._back_to_case(kept.feedback_id, "correct")

    async def assign_case(self, request: Request, key: str) -> Response:
        """Give a case to a colleague, take it over or lay it down."""
        visit, form = await self._desk.door.form_visit(request)
        case_key = read_key(key)
        to, seen = read_id(form["to"]), read_id(form["seen"])
        try:
            given = await self._desk.assign_case(case_key, to=to, seen=seen, by=visit.staff, address=visit.address)
        except MoveRefusedError as error:
            story = await self._desk.find_story(case_key, visit)
            status = FORBIDDEN if error.refusal is Refusal.NOT_YOURS else CONFLICT
            return self._case_page(visit, story, refusal=error.refusal, status_code=status)
        except NotFoundError:
            await self._desk.note_foreign(case_key, by=visit.staff, address=visit.address)
            raise
        return self._back_to_case(given, "assign")

    def _wanted(self, form: Form) -> Wanted:
        action, reason, unit_code = form["action"], form["closing_reason"], form["unit_code"]
        if action not in set(Action):
            raise MoveRefusedError(Refusal.NOT_FROM_HERE)
        office = form["office"]
        return Wanted(
            action=Action(action),
            seen_version=_version(form),
            public_reply=form.given("public_reply"),
            closing_reason=Reason(reason) if reason in set(Reason) else None,
            note=form.given("note"),
            unit_code=unit_code if unit_code in self._desk.territory.unit_by_code else None,
            office=office if office in self._desk.territory.office_by_id else None,
        )

    async def _conflict_page(self, visit: Visit, form: Form, error: SomeoneWasFirstError) -> Response:
        first = await self._desk.who_was_first(error.feedback_id, error.seen_version)
        try:
            story = await self._desk.read_case(error.feedback_id, by=visit.staff)
        except NotFoundError:
            return self._told_page(visit, first)
        return self._case_page(visit, story, form=form, first=first, conflict=True, status_code=CONFLICT)

    async def _gone_page(self, visit: Visit, form: Form, key: UUID | str) -> Response:
        """Tell somebody whose case was moved elsewhere under their hands; to others it was never there."""
        first = await self._desk.who_was_first.took_away(key, _version(form), unit_code=visit.staff.unit_code)
        if first is None:
            await self._desk.note_foreign(key, by=visit.staff, address=visit.address)
            raise NotFoundError
        return self._told_page(visit, first)

    def _told_page(self, visit: Visit, first: StepTaken | None) -> Response:
        return self._render(visit.request, "message.html", visit, status_code=CONFLICT, what="conflict", first=first)

    def _case_page(self, visit: Visit, story: CaseStory, *, status_code: int = 200, **values: Any) -> Response:
        case, territory = story.case, self._desk.territory
        moves = moves_open_to(case.standing, parts_of(visit.staff, case.standing))
        lead = territory.topic_by_code.get(case.subject)
        given: dict[str, Any] = {"form": Form({}), "refusal": None, "first": None, "conflict": False, **values}
        return self._render(
            visit.request,
            "case.html",
            visit,
            status_code=status_code,
            story=story,
            case=case,
            placement=case.placement,
            report=story.report,
            pieces=pieces_of(story.report.text, story.report.highlights) if story.report is not None else (),
            moves=moves,
            may_correct=may_correct(visit.staff, case.standing) and case.placement.part_of is None,
            assigning=assigning_of(story, visit.staff),
            happenings=_happenings(story),
            reasons=REASONS,
            reasons_with_reply=REASONS_WITH_REPLY,
            kinds=KINDS,
            urgencies=URGENCIES,
            units=self._units,
            lead_office=lead.lead_office if lead is not None else case.office,
            Action=Action,
            Need=Need,
            longest_reply=LONGEST_REPLY,
            longest_note=LONGEST_NOTE,
            done=self._done(visit.request),
            **given,
        )

    @staticmethod
    def _back_to_case(feedback_id: UUID, done: str) -> Response:
        return RedirectResponse(f"/staff/cases/{feedback_id}?done={quote(done)}", SEE_OTHER)

    # --- all pages --------------------------------------------------------------------------------------------------

    def _words(self, request: Request) -> Words:
        return Words(language_of(request), self._desk.territory, self._desk.clock())

    def _done(self, request: Request) -> str | None:
        pair = DONE.get(request.query_params.get("done", ""))
        return self._words(request).say(pair) if pair is not None else None

    def _render(
        self, request: Request, template: str, visit: Visit | None, *, status_code: int = 200, **values: Any
    ) -> Response:
        staff = visit.staff if visit is not None else None
        return self._pages.render(
            request,
            template,
            status_code=status_code,
            assets=ASSETS,
            w=self._words(request),
            territory=self._desk.territory,
            staff=staff,
            csrf=visit.csrf if visit is not None else "",
            links=_links(staff),
            **{"done": self._done(request), **values},
        )

    async def show_error(self, request: Request, error: Exception) -> Response:
        """Answer an error as a page to people and as JSON to programs."""
        what, status_code = _explain(error)
        headers = {"Retry-After": RETRY_AFTER_SECONDS} if status_code == UNAVAILABLE else {}
        if request.url.path.startswith("/staff/api/"):
            return JSONResponse({"error": what}, status_code, headers)
        if isinstance(error, NotSignedInError):
            wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            target = LOGIN_PAGE + (f"?next={quote(wanted)}" if request.method == "GET" else "")
            response: Response = RedirectResponse(target, SEE_OTHER)
            if COOKIE in request.cookies:
                self._desk.door.show_out(request, response)
            return response
        page = self._render(request, "message.html", None, status_code=status_code, what=what, first=None)
        page.headers.update(headers)
        return page


def _version(form: Form) -> int:
    """Read which version of the case somebody saw; 0 when the form does not say."""
    typed = form["version"]
    return int(typed) if typed.isdecimal() and len(typed) <= LONGEST_VERSION else 0


def _links(staff: Staff | None) -> list[tuple[str, str, str]]:
    """List the pages somebody has, as address and name in both languages."""
    if staff is None:
        return []
    if staff.role in UNIT_ROLES:
        return [(COOKIE_PATH, "Hộp việc", "Inbox"), *unit_links(staff)]
    links = [(DESK_INBOX, "Bàn điều phối", "Desk"), (PROVINCE, "Toàn tỉnh", "Province")]
    return [*links, (ADMIN, "Quản trị", "Administration")] if administers(staff) else links


def _happenings(story: CaseStory) -> list[_Happening]:
    """Put everything that happened to a case in order, the newest first."""
    happenings = [
        *[_Happening(taken.at, step=taken) for taken in story.steps],
        *[_Happening(alarm.at, alarm=alarm) for alarm in story.alarms],
        *[_Happening(word.at, word=word) for word in story.words],
        *[_Happening(correction.at, correction=correction) for correction in story.corrections],
    ]
    return sorted(happenings, key=lambda happening: happening.at)[::-1]


def _explain(error: Exception) -> tuple[str, int]:
    for kind, what, status_code in (
        (NotSignedInError, "not_signed_in", UNAUTHORIZED),
        (NotFoundError, "not_found", NOT_FOUND),
        (NotAllowedError, "not_allowed", FORBIDDEN),
        (NotOurFormError, "not_our_form", FORBIDDEN),
        (TooLargeError, "too_large", TOO_LARGE),
        (UnavailableError, "unavailable", UNAVAILABLE),
    ):
        if isinstance(error, kind):
            return what, status_code
    if isinstance(error, HTTPException):
        return ("not_found" if error.status_code == NOT_FOUND else "not_possible"), error.status_code
    return "our_fault", 500


def page_routes(desk: Desk) -> APIRouter:
    """Serve the pages."""
    router, pages = APIRouter(include_in_schema=False, route_class=StaffRoute), StaffPages(desk)
    routes: tuple[tuple[str, str, Callable[..., Awaitable[Response]]], ...] = (
        ("GET", "/staff/login", pages.show_login),
        ("POST", "/staff/login", pages.sign_in),
        ("POST", "/staff/logout", pages.sign_out),
        ("GET", "/staff", pages.show_inbox),
        ("GET", "/staff/desk", pages.show_desk),
        ("GET", "/staff/province", pages.show_province),
        ("GET", "/staff/cases/{key}", pages.show_case),
        ("GET", "/staff/cases/{key}/why", pages.show_why),
        ("POST", "/staff/cases/{key}/moves", pages.move_case),
        ("POST", "/staff/cases/{key}/assignee", pages.assign_case),
        ("POST", "/staff/cases/{key}/correction", pages.correct_case),
    )
    for method, path, handler in routes:
        router.add_api_route(path, handler, methods=[method], response_class=HTMLResponse)
    router.include_router(admin_routes(pages.frame))
    router.include_router(unit_routes(pages.unit))
    for start in ("/", "/staff/"):
        router.add_api_route(start, _to_staff, methods=["GET"])
    return router


async def _to_staff() -> Response:
    return RedirectResponse(COOKIE_PATH, SEE_OTHER)


def serve_files(app: FastAPI) -> None:
    """Serve style sheets and images below /staff."""
    mount_assets(app, prefix=COOKIE_PATH)
    app.mount(f"{COOKIE_PATH}/static", StaticFiles(directory=HERE / "static"), name="static")


def serve_errors(app: FastAPI, desk: Desk) -> None:
    """Answer every error in our own words."""
    pages = StaffPages(desk)
    for kind in (
        NotSignedInError,
        NotFoundError,
        NotAllowedError,
        NotOurFormError,
        TooLargeError,
        UnavailableError,
        HTTPException,
        Exception,
    ):
        app.add_exception_handler(kind, pages.show_error)
