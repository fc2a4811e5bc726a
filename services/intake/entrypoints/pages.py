"""The residents' pages: hand in, look up, follow, say a second word."""

import secrets
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from services.intake.domain.second_word import (
    ANSWER,
    DISPUTE,
    LONGEST_ANSWER,
    PLACE,
    RATING,
    can_still_say,
    has_said,
    may_say,
)
from services.intake.domain.submission import (
    LONGEST_IDEMPOTENCY_KEY,
    LONGEST_PLACE_TEXT,
    LONGEST_TEXT,
    is_idempotency_key,
)
from services.intake.domain.tracking import SETTLED, Tracking, is_overdue
from services.intake.domain.tracking_code import LONGEST_TYPED, read_tracking_code
from services.intake.entrypoints.api import LARGEST_BODY_BYTES, Intake, find_one
from services.intake.entrypoints.bodies import AnswerRequest, FeedbackRequest
from services.intake.entrypoints.problems import Fault, Problem, faults_of, invalid, read_body
from services.intake.entrypoints.unit_names import unit_finder
from shared.observability.tracing import current_traceparent
from shared.territory import Territory
from shared.web.pages import Pages, mount_assets

HERE = Path(__file__).parent
ASSETS = "/assets"
REFRESH_SECONDS = 4
# How often the page looks by itself whether a place that was said led to a unit.
MOST_LOOKS = 10
WORDS = (ANSWER, RATING, DISPUTE, PLACE)
MOST_FORM_FIELDS = 50
SEE_OTHER, NOT_FOUND, CONFLICT, INVALID, UNAVAILABLE = 303, 404, 409, 422, 503
TOKEN_BYTES = 16


@dataclass(frozen=True, slots=True)
class _Form:
    """What was typed, kept so that nobody types it twice."""

    values: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")

    def with_new_token(self) -> "_Form":
        return _Form({**self.values, "token": secrets.token_urlsafe(TOKEN_BYTES)})


@dataclass(frozen=True, slots=True)
class _Part:
    """A report, or a part of it, as the tracking page shows it."""

    tracking: Tracking
    overdue: bool
    settled: bool
    can_say: AbstractSet[str]
    has_said: AbstractSet[str]


@dataclass(frozen=True, slots=True)
class _AskedPlace:
    """What the page asks about the place."""

    question: str
    choices: Sequence[str]
    was_said: bool


class ResidentPages:
    """What stands behind each address of the residents' site."""

    def __init__(self, intake: Intake) -> None:
        """Load the templates and the units to choose from."""
        self._intake = intake
        self._pages = Pages(HERE / "templates")
        self._find_unit = unit_finder(intake.territory.units)
        self._units = sorted(intake.territory.units, key=lambda unit: (unit.former_province, unit.name_ascii))

    async def show_form(self, request: Request) -> Response:
        """Offer an empty form."""
        return self._form_page(request, _Form({}))

    async def submit_form(self, request: Request) -> Response:
        """Take the form; its hidden token is the idempotency key, so a double click hands in one report."""
        form = await _read_form(request)
        if not is_idempotency_key(form["token"]):
            form = form.with_new_token()
        try:
            said = FeedbackRequest.model_validate(self._values(form))
            key = f"web:{form['token']}"[:LONGEST_IDEMPOTENCY_KEY]
            receipt = await self._intake.accept(said.submission(key, trace=current_traceparent()))
        except ValidationError as error:
            return self._form_page(request, form, faults=_by_field(faults_of(error)), status=INVALID)
        except Problem as problem:
            if problem.status == CONFLICT:
                # The form came before with other words: a second matter, if the resident says so.
                return self._form_page(request, form.with_new_token(), sent_before=True, status=CONFLICT)
            if problem.status == UNAVAILABLE:
                faults = {"busy": Fault("busy", problem.title, problem.detail)}
                page = self._form_page(request, form, faults=faults, status=UNAVAILABLE)
                page.headers.update(problem.headers)
                return page
            raise
        return RedirectResponse(f"/t/{receipt.tracking_code}", SEE_OTHER)

    async def look_up(self, request: Request, code: str = "") -> Response:
        """Ask for a code, or go to its page."""
        known = read_tracking_code(code)
        return RedirectResponse(f"/t/{known}", SEE_OTHER) if known is not None else self._look_up_page(request, code)

    async def show_tracking(self, request: Request, code: str, looks: str = "") -> Response:
        """Show where a report stands; a code typed in another way leads to its one address.

        `looks` says how often the page still looks by itself for what a place that was said leads to.
        """
        try:
            tracking = await find_one(self._intake, code)
        except Problem as problem:
            if problem.status != NOT_FOUND:
                raise
            return self._look_up_page(request, code)
        if code != tracking.tracking_code:
            return RedirectResponse(f"/t/{tracking.tracking_code}", SEE_OTHER)
        return self._tracking_page(request, tracking, looks=_at_most(MOST_LOOKS, looks))

    async def say_second_word(self, request: Request, code: str) -> Response:
        """Take an answer, a rating, a dispute or a place."""
        form = await _read_form(request)
        tracking = await find_one(self._intake, code)
        values: dict[str, Any] = {name: form[name].strip() for name in (ANSWER, RATING, DISPUTE) if name in form.values}
        if PLACE in form.values:
            values[PLACE] = self._place(form)
        try:
            said = AnswerRequest.model_validate({**values, "part": form["part"] or None})
            await self._intake.hear(tracking.tracking_code, said.second_word(), said.part)
        except ValidationError as error:
            kind = next(iter(values), ANSWER)
            fault = Fault(kind, "Xin cho biết ý kiến trước khi gửi.", "Please say something before sending.")
            faults = _by_field(faults_of(error)) if kind == PLACE else {kind: fault}
            return self._tracking_page(request, tracking, form=form, faults=faults, status=INVALID)
        except Problem as problem:
            if problem.status != CONFLICT:
                raise
            fault = Fault("second_word", problem.title, problem.detail)
            tracking = await find_one(self._intake, code)
            return self._tracking_page(request, tracking, faults={"second_word": fault}, status=CONFLICT)
        looks = f"?looks={MOST_LOOKS}" if PLACE in values else ""
        return RedirectResponse(f"/t/{tracking.tracking_code}{looks}", SEE_OTHER)

    def _values(self, form: "_Form") -> dict[str, Any]:
        return {
            "text": form["text"],
            "channel": "web",
            "place": self._place(form),
            "contact": {"phone": form["phone"] or None},
        }

    def _place(self, form: "_Form") -> dict[str, Any]:
        unit, words = self._find_unit(form["unit"]), form["place"]
        if form["unit"] and unit is None:
            # An old name, a nickname, a misspelling: no reason to turn anybody away, the router reads it.
            words = f"{form['unit']}, {words}".strip(" ,")[:LONGEST_PLACE_TEXT]
        return {
            "lat": form["lat"] or None,
            "lon": form["lon"] or None,
            "unit_code": unit.code if unit else None,
            "text": words or None,
        }

    def _form_page(
        self,
        request: Request,
        form: "_Form",
        *,
        faults: Mapping[str, Fault] | None = None,
        sent_before: bool = False,
        status: int = 200,
    ) -> Response:
        return self._pages.render(
            request,
            "submit.html",
            status_code=status,
            assets=ASSETS,
            form=form if form["token"] else form.with_new_token(),
            faults=faults or {},
            sent_before=sent_before,
            units=self._units,
            longest_text=LONGEST_TEXT,
            longest_place=LONGEST_PLACE_TEXT,
        )

    def _look_up_page(self, request: Request, typed: str) -> Response:
        return self._pages.render(
            request, "look_up.html", status_code=NOT_FOUND if typed else 200, assets=ASSETS, typed=typed[:LONGEST_TYPED]
        )

    def _tracking_page(
        self,
        request: Request,
        tracking: Tracking,
        *,
        form: "_Form | None" = None,
        faults: Mapping[str, Fault] | None = None,
        status: int = 200,
        looks: int = 0,
    ) -> Response:
        now, territory = self._intake.clock(), self._intake.territory
        page = self._pages.render(
            request,
            "tracking.html",
            status_code=status,
            assets=ASSETS,
            tracking=tracking,
            parts=[_part(one, now=now) for one in tracking.all_parts],
            asked=_asked_place(tracking, territory),
            territory=territory,
            units=self._units,
            form=form or _Form({}),
            faults=faults or {},
            refresh_seconds=REFRESH_SECONDS,
            looks=looks,
            longest_place=LONGEST_PLACE_TEXT,
            longest_answer=LONGEST_ANSWER,
        )
        page.headers["X-Robots-Tag"] = "noindex"
        return page


def _part(tracking: Tracking, *, now: datetime) -> _Part:
    return _Part(
        tracking=tracking,
        overdue=is_overdue(tracking, now=now),
        settled=tracking.state in SETTLED,
        can_say={kind for kind in WORDS if can_still_say(tracking, kind)},
        has_said={kind for kind in WORDS if has_said(tracking, kind)},
    )


def _asked_place(tracking: Tracking, territory: Territory) -> _AskedPlace | None:
    """Ask once for the whole report; a place that was said is asked for again only when it led to another question."""
    asking = [one for one in tracking.all_parts if may_say(one, PLACE)]
    unsaid = [one for one in asking if can_still_say(one, PLACE)]
    for one in unsaid or asking:
        if one.placement is not None and one.place_question is not None:
            choices = [code for code in one.placement.alternatives if code in territory.unit_by_code]
            return _AskedPlace(one.place_question, choices, was_said=not unsaid)
    return None


def page_routes(intake: Intake) -> APIRouter:
    """Serve the pages."""
    router, pages = APIRouter(include_in_schema=False), ResidentPages(intake)
    router.add_api_route("/", pages.show_form, methods=["GET", "HEAD"], response_class=HTMLResponse)
    router.add_api_route("/", pages.submit_form, methods=["POST"], response_class=HTMLResponse)
    router.add_api_route("/t", pages.look_up, methods=["GET"], response_class=HTMLResponse)
    router.add_api_route("/t/{code}", pages.show_tracking, methods=["GET"], response_class=HTMLResponse)
    router.add_api_route("/t/{code}", pages.say_second_word, methods=["POST"], response_class=HTMLResponse)
    return router


def serve_files(app: FastAPI) -> None:
    """Serve style sheet, images and the one small script."""
    mount_assets(app)
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")


def serve_errors(app: FastAPI) -> None:
    """Answer every error as a page to people and as a problem to programs."""
    pages = Pages(HERE / "templates")

    async def answer(request: Request, error: Exception) -> Response:
        problem = _problem_of(error)
        if not _wants_page(request):
            return problem.response()
        page = pages.render(request, "error.html", status_code=problem.status, assets=ASSETS, problem=problem)
        page.headers.update(problem.headers)
        return page

    for kind in (Problem, HTTPException, RequestValidationError, Exception):
        app.add_exception_handler(kind, answer)


def _problem_of(error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, RequestValidationError):
        return invalid(
            [
                Fault(
                    ".".join(str(part) for part in fault["loc"] if part not in {"query", "path", "body"}),
                    "Giá trị chưa hợp lệ.",
                    fault["msg"],
                )
                for fault in error.errors()
            ]
        )
    if isinstance(error, HTTPException):
        titles = {NOT_FOUND: "Không có trang này", 405: "Cách gọi này không dùng được ở đây"}
        details = {
            NOT_FOUND: "There is nothing at this address; see /openapi.json for what there is.",
            405: "This method is not allowed here; see the Allow header.",
        }
        return Problem(
            error.status_code,
            titles.get(error.status_code, "Yêu cầu không thực hiện được"),
            details.get(error.status_code, str(error.detail)),
            headers=error.headers,
        )
    return Problem(
        500,
        "Hệ thống gặp lỗi, xin thử lại sau",
        "An unforeseen error on our side; it was logged. Try again later with the same Idempotency-Key.",
    )


def _wants_page(request: Request) -> bool:
    return not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", "")


def _at_most(most: int, typed: str) -> int:
    return min(int(typed), most) if typed.isascii() and typed.isdigit() else 0


def _by_field(faults: list[Fault]) -> dict[str, Fault]:
    return {fault.field: fault for fault in reversed(faults)}


async def _read_form(request: Request) -> _Form:
    body = await read_body(request, limit_bytes=LARGEST_BODY_BYTES)
    try:
        fields = parse_qs(
            body.decode("ascii", "replace"), keep_blank_values=True, errors="replace", max_num_fields=MOST_FORM_FIELDS
        )
    except ValueError:
        fields = {}
    return _Form({name: values[0] for name, values in fields.items()})
