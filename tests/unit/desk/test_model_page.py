import asyncio

import httpx
import pytest

from services.desk.adapters.classifier_pages import HttpClassifierPages
from services.desk.domain.staff import Role, Staff, sees_the_model
from services.desk.usecases.ports import ClassifierSilentError
from services.desk.usecases.read_model_page import ReadModelPage
from tests.support.desk import FakeClassifierPages


def pages(answer: httpx.Response | Exception, asked: list[str] | None = None) -> HttpClassifierPages:
    def handle(request: httpx.Request) -> httpx.Response:
        if asked is not None:
            asked.append(str(request.url))
        if isinstance(answer, Exception):
            raise answer
        return answer

    return HttpClassifierPages(
        "http://classifier.test:8002/", timeout_seconds=0.5, transport=httpx.MockTransport(handle)
    )


async def test_the_classifiers_page_is_asked_for_in_the_language_of_the_reader() -> None:
    asked: list[str] = []
    page = pages(httpx.Response(200, html="<h2>Mô hình đang dùng</h2>"), asked)
    assert await page.model_page("vi") == "<h2>Mô hình đang dùng</h2>"
    assert asked == ["http://classifier.test:8002/model/page?lang=vi"]


@pytest.mark.parametrize(
    "answer",
    [
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("broken"),
        httpx.Response(404, html="<p>Not found</p>"),
        httpx.Response(500, html="<p>Oh</p>"),
        httpx.Response(302, headers={"location": "http://elsewhere.test"}, html=""),
        httpx.Response(200, json={"model": "m1"}),
    ],
    ids=repr,
)
async def test_a_classifier_that_gives_no_page_is_silent(answer: httpx.Response | Exception) -> None:
    with pytest.raises(ClassifierSilentError):
        await pages(answer).model_page("vi")


async def test_a_classifier_that_never_finishes_is_silent() -> None:
    async def never(_: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    page = HttpClassifierPages("http://classifier.test", timeout_seconds=0.05, transport=httpx.MockTransport(never))
    with pytest.raises(ClassifierSilentError):
        await page.model_page("vi")


async def test_silence_is_counted_and_an_answer_is_not() -> None:
    silences: list[int] = []
    classifier = FakeClassifierPages("<p>m1</p>")
    read = ReadModelPage(classifier, lambda: silences.append(1))
    assert await read("en") == "<p>m1</p>"
    classifier.page = None
    with pytest.raises(ClassifierSilentError):
        await read("vi")
    assert (classifier.asked, silences) == (["en", "vi"], [1])


@pytest.mark.parametrize("role", list(Role))
def test_only_administrators_see_the_model(role: Role) -> None:
    assert sees_the_model(Staff(1, "an", "An", role, None)) is (role is Role.ADMIN)
