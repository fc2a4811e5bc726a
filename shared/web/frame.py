"""Pages of one service inside the frame of another: what the two sides agree on.

The desk asks a service for a fragment of HTML and shows it in a page of its own; forms of the fragment come back
through the desk. It says who looks in two headers and proves with a secret that it is the desk. Only the desk knows who
is signed in, and only it guards forms against other sites.
"""

import hmac
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

from fastapi import HTTPException, Request, Response, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse
from markupsafe import Markup
from pydantic import SecretStr
from starlette.datastructures import UploadFile as FilePart
from starlette.types import Message

from shared.web.pages import Pages

ACTOR_HEADER = "Langnghe-Actor"
ROLE_HEADER = "Langnghe-Role"
FRAGMENT_HEADER = "Langnghe-Fragment"
"""Marks an answer that is meant to be framed, whatever its status."""
GUARD_FIELD = '<input type="hidden" name="csrf">'
"""What each form of a fragment has in it, letter by letter: the desk puts its guard in its place."""
ACTOR_MARK = re.compile(r'<span class="by">(staff:\d+)</span>')
"""How a fragment names a member of staff: it knows no names, the desk puts them in."""
LARGEST_FORM_BYTES = 1024 * 1024
MOST_FIELDS = 200
ADMINISTRATOR = "admin"
SEE_OTHER, FORBIDDEN, TOO_LARGE = 303, 403, 413


@dataclass(frozen=True, slots=True)
class Sender:
    """Who looks at a framed page: how events and audits name them ('staff:7'), and their role ('admin')."""

    actor: str
    role: str


class FramedPages:
    """The fragments of one service, and the door before them."""

    def __init__(self, templates: Path, *, secret: SecretStr | None, role: str | None = None) -> None:
        """Load the templates; without a secret nobody is let in, and with a `role` nobody of another one."""
        self._pages = Pages(templates)
        self._secret = secret
        self._role = role

    def sender(self, request: Request) -> Sender:
        """Say for whom the desk asks; answers 403 to whoever is not the desk."""
        said = request.headers.get("authorization", "")
        expected = self._secret.get_secret_value() if self._secret is not None else ""
        if not expected or not hmac.compare_digest(said.encode(), f"Bearer {expected}".encode()):
            raise HTTPException(FORBIDDEN, "only the desk may ask, with the secret that both know")
        actor, role = request.headers.get(ACTOR_HEADER, ""), request.headers.get(ROLE_HEADER, "")
        if not actor or not role:
            raise HTTPException(FORBIDDEN, "the desk must say for whom it asks")
        if self._role is not None and role != self._role:
            raise HTTPException(FORBIDDEN, f"this page is for the role {self._role}")
        return Sender(actor, role)

    def render(self, request: Request, template: str, *, status_code: int = 200, **values: Any) -> HTMLResponse:
        """Render a fragment; every form in it has `{{ guard }}` as its first field, `{{ person(by) }}` says who."""
        guard = Markup(GUARD_FIELD)  # noqa: S704 a constant of ours
        page = self._pages.render(request, template, status_code=status_code, guard=guard, person=person, **values)
        page.headers[FRAGMENT_HEADER] = "1"
        return page

    def back(self, **query: str) -> Response:
        """Send the reader back to this page after a form that was accepted, with `query` behind its address."""
        return RedirectResponse(f"?{urlencode(query)}", SEE_OTHER)


def person(actor: str) -> str:
    """Name whoever did something in a fragment: for a member of staff, where the desk puts the name."""
    marked = Markup('<span class="by">{}</span>').format(actor)
    return marked if ACTOR_MARK.fullmatch(marked) else actor


async def read_fields(request: Request, *, largest_bytes: int = LARGEST_FORM_BYTES) -> Mapping[str, str]:
    """Read the fields of an urlencoded form, lines ended by a newline; answers 413 to more than any form has."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > largest_bytes:
            raise HTTPException(TOO_LARGE, "the form is too large")
    try:
        found = parse_qs(body.decode("ascii", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        found = {}
    return {name: _plain(values[0]) for name, values in found.items()}


def _plain(value: str) -> str:
    return value.replace("\r\n", "\n").replace("\x00", "")


@dataclass(frozen=True, slots=True)
class Parts:
    """A form that may bring files: its fields, and the files by the names of theirs; a field left empty has none."""

    fields: Mapping[str, str]
    files: Mapping[str, UploadFile]


@asynccontextmanager
async def reading_parts(request: Request, *, largest_bytes: int) -> AsyncIterator[Parts]:
    """Read a form with files, which lie on the disk until the end; answers 413 before more is read than it may have."""
    received = 0

    async def receive() -> Message:
        nonlocal received
        message = await request.receive()
        received += len(message.get("body", b""))
        if received > largest_bytes:
            raise HTTPException(TOO_LARGE, "the form is too large")
        return message

    form = await Request(request.scope, receive).form(
        max_files=1, max_fields=MOST_FIELDS, max_part_size=LARGEST_FORM_BYTES
    )
    try:
        parts = form.multi_items()
        yield Parts(
            {name: _plain(value) for name, value in parts if isinstance(value, str)},
            {name: value for name, value in parts if isinstance(value, FilePart) and value.filename},  # type: ignore[misc]  # FastAPI's is Starlette's
        )
    finally:
        await form.close()
