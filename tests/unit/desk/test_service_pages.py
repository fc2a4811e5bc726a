import asyncio
from collections.abc import Mapping
from io import BytesIO

import httpx
import pytest
from pydantic import SecretStr

from services.desk.adapters.service_pages import HttpServicePages
from services.desk.domain.staff import Role, Staff, administers
from services.desk.usecases.ask_service_page import AskServicePage
from services.desk.usecases.ports import Fragment, PageAsked, SentBack, ServiceSilentError, Upload
from tests.support.desk import FakeServicePages

ADMIN = Staff(7, "quantri", "Quản Trị", Role.ADMIN, None)
SECRET = SecretStr("s" * 32)
FRAGMENT = {"langnghe-fragment": "1"}


def pages(
    answer: httpx.Response | Exception, asked: list[httpx.Request] | None = None, *, secret: SecretStr | None = None
) -> HttpServicePages:
    def handle(request: httpx.Request) -> httpx.Response:
        if asked is not None:
            asked.append(request)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return HttpServicePages(
        "router",
        "http://router.test:8003/",
        timeout_seconds=0.5,
        secret=secret,
        transport=httpx.MockTransport(handle),
    )


def asking(
    *, query: Mapping[str, str] | None = None, fields: Mapping[str, str] | None = None, **files: Upload
) -> PageAsked:
    return PageAsked("/rules/page", query or {}, "vi", ADMIN, fields, files)


async def test_a_page_is_asked_for_in_the_language_of_the_reader_whatever_the_address_says() -> None:
    asked: list[httpx.Request] = []
    page = pages(httpx.Response(200, html="<h2>Quy tắc</h2>"), asked)
    assert await page.ask(asking(query={"year": "2026", "lang": "xx"})) == Fragment("<h2>Quy tắc</h2>")
    assert str(asked[0].url) == "http://router.test:8003/rules/page?year=2026&lang=vi"
    assert asked[0].method == "GET"


async def test_a_service_with_a_secret_is_told_for_whom_the_desk_asks_and_another_is_not() -> None:
    asked: list[httpx.Request] = []
    await pages(httpx.Response(200, html=""), asked, secret=SECRET).ask(asking())
    await pages(httpx.Response(200, html=""), asked).ask(asking())
    names = ("authorization", "langnghe-actor", "langnghe-role")
    assert [asked[0].headers.get(name) for name in names] == [f"Bearer {'s' * 32}", "staff:7", "admin"]
    assert [asked[1].headers.get(name) for name in names] == [None, None, None]


async def test_a_form_is_handed_on_field_by_field() -> None:
    asked: list[httpx.Request] = []
    page = pages(httpx.Response(422, html="<p>Sai</p>", headers=FRAGMENT), asked)
    assert await page.ask(asking(fields={"rules": "a: 1\n", "why": "vì thế"})) == Fragment("<p>Sai</p>", 422)
    assert asked[0].method == "POST"
    assert asked[0].content == b"rules=a%3A+1%0A&why=v%C3%AC+th%E1%BA%BF"


async def test_a_file_is_handed_on_with_its_form() -> None:
    asked: list[httpx.Request] = []
    file = Upload("ranh.geojson", "application/geo+json", BytesIO(b'{"type": 1}'))
    page = pages(httpx.Response(200, html=""), asked)
    await page.ask(asking(fields={"action": "check"}, file=file))
    assert asked[0].headers["content-type"].startswith("multipart/form-data; boundary=")
    body = asked[0].content
    assert b'name="action"\r\n\r\ncheck\r\n' in body
    assert b'name="file"; filename="ranh.geojson"\r\nContent-Type: application/geo+json\r\n\r\n{"type": 1}' in body


@pytest.mark.parametrize("location", ["?done=switched&n=2", "http://elsewhere.test/x?done=switched&n=2"])
async def test_after_a_form_that_was_accepted_only_the_query_of_the_way_back_counts(location: str) -> None:
    page = pages(httpx.Response(303, headers={"location": location}))
    assert await page.ask(asking(fields={})) == SentBack("done=switched&n=2")


@pytest.mark.parametrize(
    ("answer", "refused"),
    [
        (httpx.ConnectError("refused"), False),
        (httpx.ReadTimeout("slow"), False),
        (httpx.RemoteProtocolError("broken"), False),
        (httpx.Response(404, html="<p>Not found</p>"), False),
        (httpx.Response(500, html="<p>Oh</p>"), False),
        (httpx.Response(302, headers={"location": "http://elsewhere.test"}, html=""), False),
        (httpx.Response(303, headers={"location": "?done=1"}, html=""), False),
        (httpx.Response(200, json={"model": "m1"}), False),
        (httpx.Response(403, json={"detail": "only the desk"}), True),
    ],
    ids=repr,
)
async def test_a_service_that_gives_no_page_is_silent(answer: httpx.Response | Exception, refused: bool) -> None:
    with pytest.raises(ServiceSilentError) as silent:
        await pages(answer).ask(asking())
    assert silent.value.refused is refused


async def test_a_service_that_never_finishes_is_silent() -> None:
    async def never(_: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    page = HttpServicePages("router", "http://router.test", timeout_seconds=0.05, transport=httpx.MockTransport(never))
    with pytest.raises(ServiceSilentError):
        await page.ask(asking())


async def test_silence_is_counted_by_service_and_an_answer_is_not() -> None:
    silences: list[str] = []
    router = FakeServicePages(Fragment("<p>m1</p>"))
    ask = AskServicePage({"router": router, "classifier": FakeServicePages()}, silences.append)
    assert await ask("router", asking()) == Fragment("<p>m1</p>")
    with pytest.raises(ServiceSilentError):
        await ask("classifier", asking())
    assert (router.asked, silences) == ([asking()], ["classifier"])


@pytest.mark.parametrize("role", list(Role))
def test_only_administrators_see_the_pages_of_administrators(role: Role) -> None:
    assert administers(Staff(1, "an", "An", role, None)) is (role is Role.ADMIN)
