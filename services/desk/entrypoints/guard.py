"""The door: who is at it, and whether a form really comes from one of our pages."""

import hashlib
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from fastapi import HTTPException, Request, Response, UploadFile
from fastapi.routing import APIRoute

from services.desk.domain.staff import Staff
from shared.kafka.faults import is_surroundings_fault
from shared.web.frame import TOO_LARGE, reading_parts

COOKIE = "langnghe_staff"
COOKIE_PATH = "/staff"
LOGIN_PAGE = "/staff/login"
LARGEST_BODY_BYTES = 128 * 1024
MOST_FORM_FIELDS = 50
Files = Mapping[str, UploadFile]


class NotSignedInError(Exception):
    """Nobody is signed in with this browser."""


class NotAllowedError(Exception):
    """Somebody is signed in, but this page is not theirs."""


class NotOurFormError(Exception):
    """The request does not come from one of our pages, or from one that is too old."""


class TooLargeError(Exception):
    """The body is larger than any form of ours."""


class UnavailableError(Exception):
    """The database is away; nothing was changed."""


class StaffRoute(APIRoute):
    """A route that tells a database that is away from a mistake of ours."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]  # it is awaited
        """Wrap the handler."""
        original = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await original(request)
            except Exception as error:
                if is_surroundings_fault(error):
                    raise UnavailableError from error
                raise

        return handle


@dataclass(frozen=True, slots=True)
class Form:
    """What was typed, trimmed; a field that was not sent is empty."""

    values: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        """Return a field."""
        return self.values.get(name, "").strip()

    def given(self, name: str) -> str | None:
        """Return a field, or nothing when it is empty."""
        return self[name] or None


@dataclass(frozen=True, slots=True)
class Visit:
    """A request of somebody who is signed in."""

    request: Request
    staff: Staff
    token: str

    @property
    def csrf(self) -> str:
        """What forms of this session carry, and nobody else can know."""
        return hmac.new(self.token.encode(), b"langnghe staff form", hashlib.sha256).hexdigest()

    @property
    def address(self) -> str:
        """Where the request comes from."""
        return address_of(self.request)


@dataclass(frozen=True, slots=True)
class Door:
    """Recognises staff and refuses forms that are not ours."""

    recognise: Callable[[str], Awaitable[Staff | None]]
    public_url: str | None

    async def visit(self, request: Request) -> Visit:
        """Return who asks; raises NotSignedInError."""
        token = request.cookies.get(COOKIE)
        staff = await self.recognise(token) if token else None
        if token is None or staff is None:
            raise NotSignedInError
        return Visit(request, staff, token)

    async def form_visit(self, request: Request, *, largest_bytes: int = LARGEST_BODY_BYTES) -> tuple[Visit, Form]:
        """Return who sends a form, and the form; raises NotSignedInError or NotOurFormError."""
        self.check_origin(request)
        form = await read_form(request, largest_bytes=largest_bytes)
        visit = await self.visit(request)
        if not hmac.compare_digest(form["csrf"].encode(), visit.csrf.encode()):
            raise NotOurFormError
        return visit, form

    @asynccontextmanager
    async def upload_visit(self, request: Request, *, largest_bytes: int) -> AsyncIterator[tuple[Visit, Form, Files]]:
        """Give who sends a form with files, the form and the files; raises as `form_visit` does."""
        self.check_origin(request)
        visit = await self.visit(request)
        try:
            async with reading_parts(request, largest_bytes=largest_bytes) as parts:
                form = Form(parts.fields)
                if not hmac.compare_digest(form["csrf"].encode(), visit.csrf.encode()):
                    raise NotOurFormError
                yield visit, form, parts.files
        except HTTPException as error:
            if error.status_code == TOO_LARGE:
                raise TooLargeError from error
            raise

    def check_origin(self, request: Request) -> None:
        """Refuse a form that another site sends, or one that does not say where it comes from."""
        said = request.headers.get("origin") or request.headers.get("referer") or ""
        parts = urlsplit(said)
        ours = {request.headers.get("host", "")}
        if self.public_url:
            ours.add(urlsplit(self.public_url).netloc)
        if parts.scheme not in {"http", "https"} or parts.netloc not in ours:
            raise NotOurFormError

    def let_in(self, request: Request, response: Response, token: str) -> None:
        """Give the browser its cookie; it ends with the browser or with the session, whichever is first."""
        response.set_cookie(
            COOKIE, token, path=COOKIE_PATH, httponly=True, samesite="lax", secure=self._over_https(request)
        )

    def show_out(self, request: Request, response: Response) -> None:
        """Take the cookie back."""
        response.delete_cookie(
            COOKIE, path=COOKIE_PATH, httponly=True, samesite="lax", secure=self._over_https(request)
        )

    def _over_https(self, request: Request) -> bool:
        return request.url.scheme == "https" or (self.public_url or "").startswith("https://")


def address_of(request: Request) -> str:
    """Return the address of the other side."""
    return request.client.host if request.client is not None else "unknown"


def safe_next(path: str) -> str:
    """Return where to go after signing in: a page of ours, or the start."""
    inside = path == COOKIE_PATH or path.startswith((COOKIE_PATH + "/", COOKIE_PATH + "?"))
    plain = "\\" not in path and path.isprintable() and not path.startswith(LOGIN_PAGE)
    return path if inside and plain else COOKIE_PATH


async def read_form(request: Request, *, largest_bytes: int = LARGEST_BODY_BYTES) -> Form:
    """Read an urlencoded form; raises TooLargeError before too much is in memory."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > largest_bytes:
            raise TooLargeError
    try:
        fields: dict[str, Any] = parse_qs(
            body.decode("ascii", "replace"), keep_blank_values=True, errors="replace", max_num_fields=MOST_FORM_FIELDS
        )
    except ValueError:
        fields = {}
    return Form({name: values[0].replace("\r\n", "\n").replace("\x00", "") for name, values in fields.items()})
