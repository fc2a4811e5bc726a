"""What desk and services agree on about framed pages: the door, the guard's place, forms."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, Request, Response
from markupsafe import escape
from pydantic import SecretStr

from shared.web.frame import ACTOR_MARK, ADMINISTRATOR, GUARD_FIELD, FramedPages, person, read_fields

SECRET = SecretStr("bi-mat-cua-hai-ben")
DESK = {
    "Authorization": f"Bearer {SECRET.get_secret_value()}",
    "Langnghe-Actor": "staff:7",
    "Langnghe-Role": "admin",
}


def app_of(folder: Path, secret: SecretStr | None) -> FastAPI:
    (folder / "one.html").write_text(
        '<form method="post">{{ guard }}<textarea name="x">{{ typed }}</textarea></form>', encoding="utf-8"
    )
    app, framed = FastAPI(), FramedPages(folder, secret=secret)

    @app.get("/page")
    async def page(request: Request) -> Response:
        sender = framed.sender(request)
        return framed.render(request, "one.html", status_code=409, typed=f"{sender.actor} {sender.role} {GUARD_FIELD}")

    @app.post("/page")
    async def send(request: Request) -> Response:
        framed.sender(request)
        return framed.back(**await read_fields(request, largest_bytes=100))

    return app


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app_of(tmp_path, SECRET))
    async with httpx.AsyncClient(transport=transport, base_url="http://router") as client:
        yield client


async def test_the_desk_is_let_in_and_says_for_whom(client: httpx.AsyncClient) -> None:
    page = await client.get("/page", headers=DESK)
    assert (page.status_code, page.headers["langnghe-fragment"]) == (409, "1")
    assert "staff:7 admin" in page.text


def test_a_member_of_staff_is_marked_for_the_desk_and_anybody_else_is_escaped() -> None:
    assert person("staff:7") == '<span class="by">staff:7</span>'
    for other in ("langnghe", "anh Bình", "staff:7</span><b>", '<span class="by">staff:7</span>'):
        assert ACTOR_MARK.search(str(escape(person(other)))) is None


async def test_a_page_for_one_role_is_for_nobody_else(tmp_path: Path) -> None:
    app, framed = FastAPI(), FramedPages(tmp_path, secret=SECRET, role=ADMINISTRATOR)

    @app.get("/page")
    async def page(request: Request) -> str:
        return framed.sender(request).role

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://router") as client:
        assert (await client.get("/page", headers=DESK)).json() == "admin"
        assert (await client.get("/page", headers={**DESK, "Langnghe-Role": "handler"})).status_code == 403


@pytest.mark.parametrize("missing", sorted(DESK))
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_who_does_not_prove_to_be_the_desk_or_does_not_say_for_whom_is_refused(
    client: httpx.AsyncClient, method: str, missing: str
) -> None:
    for value in (None, "", "Bearer x" if missing == "Authorization" else ""):
        headers = {name: said for name, said in DESK.items() if name != missing} | ({missing: value} if value else {})
        assert (await client.request(method, "/page", headers=headers)).status_code == 403


@pytest.mark.parametrize("secret", [None, SecretStr("")])
async def test_a_service_without_a_secret_lets_nobody_in(tmp_path: Path, secret: SecretStr | None) -> None:
    transport = httpx.ASGITransport(app_of(tmp_path, secret))
    async with httpx.AsyncClient(transport=transport, base_url="http://router") as client:
        for said in ("Bearer ", "Bearer", ""):
            assert (await client.get("/page", headers={**DESK, "Authorization": said})).status_code == 403


async def test_the_guards_place_is_in_the_form_and_what_people_wrote_cannot_look_like_it(
    client: httpx.AsyncClient,
) -> None:
    assert (await client.get("/page", headers=DESK)).text.count(GUARD_FIELD) == 1


async def test_a_form_is_read_whole_with_plain_line_ends_and_leads_back(client: httpx.AsyncClient) -> None:
    answer = await client.post("/page", headers=DESK, data={"x": "một\r\nhai", "y": ""})
    assert (answer.status_code, answer.headers["location"]) == (303, "?x=m%E1%BB%99t%0Ahai&y=")


async def test_a_form_that_is_too_large_is_refused(client: httpx.AsyncClient) -> None:
    assert (await client.post("/page", headers=DESK, data={"x": "a" * 100})).status_code == 413
