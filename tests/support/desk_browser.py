"""A browser of staff before the whole desk, signed in as one of the demonstration's accounts."""

import contextlib
import re
from collections.abc import AsyncIterator
from uuid import UUID

import httpx
from fastapi import FastAPI

PASSWORD = "mật khẩu thử nghiệm"  # noqa: S105
HERE = "http://desk.test"


@contextlib.asynccontextmanager
async def browser(app: FastAPI, login: str | None = None) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=HERE, headers={"Origin": HERE}) as client:
        if login is not None:
            answer = await sign_in(client, login)
            assert answer.status_code == 303
        yield client


async def sign_in(client: httpx.AsyncClient, login: str, password: str = PASSWORD) -> httpx.Response:
    return await client.post("/staff/login", data={"login": login, "password": password})


def csrf_of(page: httpx.Response) -> str:
    found = re.search(r'name="csrf" value="(\w+)"', page.text)
    assert found is not None
    return found[1]


async def press(client: httpx.AsyncClient, one: UUID, action: str, version: int, **fields: str) -> httpx.Response:
    csrf = csrf_of(await client.get("/staff/login", follow_redirects=True))
    values = {"csrf": csrf, "action": action, "version": str(version), **fields}
    return await client.post(f"/staff/cases/{one}/moves", data=values)
