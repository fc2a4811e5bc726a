import re

import httpx
import pytest

from services.intake.usecases.note_case_steps import NoteCaseSteps
from services.intake.usecases.note_placements import NotePlacements
from tests.support.intake import FakeIntake, case_step, placed

BROWSER = {"Accept": "text/html,application/xhtml+xml"}


@pytest.fixture
def intake():
    return FakeIntake()


@pytest.fixture
async def browser(intake):
    transport = httpx.ASGITransport(intake.app(), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://langnghe.test", headers=BROWSER) as browser:
        yield browser


def token_of(page):
    return re.search(r'name="token" value="([^"]+)"', page.text)[1]


async def sent(browser, **fields):
    token = token_of(await browser.get("/"))
    return await browser.post("/", data={"token": token, "text": "Đèn đường hỏng"} | fields)


async def code_of(browser, **fields):
    response = await sent(browser, **fields)
    assert response.status_code == 303, response.text
    return response.headers["location"].removeprefix("/t/")


async def test_the_form_works_without_a_script_and_offers_every_unit(browser):
    page = await browser.get("/")
    assert page.status_code == 200
    assert page.text.count("<option ") == 102
    assert "115" in page.text
    assert 'action="/"' in page.text
    for script in re.findall(r"<script[^>]*>", page.text):
        assert 'src="/static/' in script
    assert (await browser.get("/static/position.js")).status_code == 200
    assert (await browser.get("/static/resident.css")).status_code == 200
    assert (await browser.get("/assets/langnghe.css")).status_code == 200


async def test_sending_leads_to_the_tracking_page(browser, intake):
    code = await code_of(
        browser, unit="Phường Buôn Ma Thuột", place="gần chợ", phone="0912 345 678", lat="12.68", lon="108.05"
    )
    page = await browser.get(f"/t/{code}")
    assert code in page.text
    assert "Đèn đường hỏng" in page.text
    kept = next(iter(intake.store.feedback.values())).submission
    assert (kept.place.unit_code, kept.place.text, kept.place.lat) == ("24133", "gần chợ", 12.68)
    assert kept.channel == "web"
    assert intake.store.contacts
    assert "0912" not in page.text


async def test_a_double_click_sends_one_report(browser, intake):
    fields = {"token": token_of(await browser.get("/")), "text": "Hố sâu"}
    first, again = await browser.post("/", data=fields), await browser.post("/", data=fields)
    assert first.headers["location"] == again.headers["location"]
    assert len(intake.store.feedback) == 1


async def test_going_back_and_writing_something_else_asks_first_and_then_sends_a_second_report(browser, intake):
    fields = {"token": token_of(await browser.get("/")), "text": "Hố sâu"}
    await browser.post("/", data=fields)
    asked = await browser.post("/", data=fields | {"text": "Cây đổ"})
    assert asked.status_code == 409
    assert "Cây đổ" in asked.text
    assert token_of(asked) != fields["token"]
    again = await browser.post("/", data={"token": token_of(asked), "text": "Cây đổ"})
    assert again.status_code == 303
    assert len(intake.store.feedback) == 2


@pytest.mark.parametrize("typed", ["24133", "phuong buon ma thuot", "Buôn Ma Thuột"])
async def test_a_unit_is_understood_however_it_is_typed(browser, intake, typed):
    await code_of(browser, unit=typed)
    assert next(iter(intake.store.feedback.values())).submission.place.unit_code == "24133"


async def test_an_old_name_of_a_unit_turns_nobody_away(browser, intake):
    await code_of(browser, unit="phường Tân Lợi", place="ngã tư")
    place = next(iter(intake.store.feedback.values())).submission.place
    assert (place.unit_code, place.text) == (None, "phường Tân Lợi, ngã tư")


async def test_what_is_wrong_is_said_beside_its_field_and_what_was_typed_is_kept(browser, intake):
    response = await sent(browser, text="  ", unit="Phường Tuy Hòa", place="gần <chợ>", phone="12ab")
    assert response.status_code == 422
    assert "Xin viết vài chữ" in response.text
    assert "Số điện thoại chưa đúng" in response.text
    for typed in ("Phường Tuy Hòa", "gần &lt;chợ&gt;", "12ab"):
        assert f'value="{typed}"' in response.text
    assert not intake.store.feedback


async def test_while_the_database_is_away_what_was_typed_is_kept(browser, intake):
    token = token_of(await browser.get("/"))
    intake.store.fails = ConnectionRefusedError()
    away = await browser.post("/", data={"token": token, "text": "Hố rất sâu"})
    assert away.status_code == 503
    assert "Hố rất sâu" in away.text
    assert away.headers["retry-after"]
    assert token_of(away) == token
    intake.store.fails = None
    assert (await browser.post("/", data={"token": token, "text": "Hố rất sâu"})).status_code == 303


@pytest.mark.parametrize("token", ["", "khóa", "a" * 300])
async def test_a_form_without_a_usable_token_is_sent_all_the_same(browser, intake, token):
    response = await browser.post("/", data={"token": token, "text": "Hố"})
    assert response.status_code == 303
    assert len(intake.store.feedback) == 1


@pytest.mark.parametrize("content", [b"", b"%%%", b"\xff\xfe", b"text=%00", b"&".join([b"a=1"] * 100)])
async def test_a_form_that_is_no_form_shows_the_form_again(browser, content):
    assert (await browser.post("/", content=content)).status_code == 422


async def test_an_english_reader_gets_english(browser):
    assert "What would you like to report?" in (await browser.get("/?lang=en")).text
    assert "Bạn muốn phản ánh điều gì?" in (await browser.get("/?lang=vi")).text


async def test_the_page_reloads_itself_only_until_the_place_is_known(browser, intake):
    code = await code_of(browser)
    assert 'http-equiv="refresh"' in (await browser.get(f"/t/{code}")).text
    await NotePlacements(intake.store.work)([placed(next(iter(intake.store.feedback)))])
    page = await browser.get(f"/t/{code}")
    assert 'http-equiv="refresh"' not in page.text
    for word in ("Phường Buôn Ma Thuột", "Chiếu sáng công cộng", "14:00 23/11/2026", "Bạn chọn phường"):
        assert word in page.text
    assert page.headers["x-robots-tag"] == "noindex"
    assert page.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize(
    "state",
    [
        "placed",
        "accepted",
        "in_progress",
        "waiting_resident",
        "resolved",
        "closed",
        "transferred",
        "returned",
        "reopened",
    ],
)
@pytest.mark.parametrize("unit_code", ["24133", None])
async def test_every_state_has_a_page(browser, intake, state, language, unit_code):
    code = await code_of(browser)
    feedback_id = next(iter(intake.store.feedback))
    office = "commune:economy" if unit_code else "province:desk"
    step = case_step(feedback_id, 1, state=state, unit_code=unit_code, office=office)
    await NoteCaseSteps(intake.store.work)([step])
    # A step may be known before the placement.
    assert (await browser.get(f"/t/{code}?lang={language}")).status_code == 200
    await NotePlacements(intake.store.work)([placed(feedback_id, unit_code=unit_code, office=office)])
    page = await browser.get(f"/t/{code}?lang={language}")
    assert page.status_code == 200
    assert "None" not in page.text


async def test_a_question_is_answered_on_the_page(browser, intake):
    code = await code_of(browser)
    feedback_id = next(iter(intake.store.feedback))
    asked = case_step(feedback_id, 2, state="waiting_resident", action="ask", public_reply="Số nhà bao nhiêu?")
    await NoteCaseSteps(intake.store.work)([asked])
    assert "Số nhà bao nhiêu?" in (await browser.get(f"/t/{code}")).text
    empty = await browser.post(f"/t/{code}", data={"answer": "  "})
    assert empty.status_code == 422
    assert "Xin cho biết ý kiến" in empty.text
    assert (await browser.post(f"/t/{code}", data={"answer": "Số 24"})).status_code == 303
    page = await browser.get(f"/t/{code}")
    assert "Đã nhận trả lời của bạn" in page.text
    assert 'name="answer"' not in page.text
    assert (await browser.post(f"/t/{code}", data={"answer": "Số 26"})).status_code == 409


async def test_an_outcome_is_rated_and_disputed_on_the_page(browser, intake):
    code = await code_of(browser)
    await NoteCaseSteps(intake.store.work)(
        [case_step(next(iter(intake.store.feedback)), 4, closing_reason="fixed", public_reply="Đã thay bóng.")]
    )
    page = await browser.get(f"/t/{code}")
    assert "Đã khắc phục" in page.text
    assert "Đã thay bóng." in page.text
    assert (await browser.post(f"/t/{code}", data={"rating": "5"})).status_code == 303
    assert "Cảm ơn bạn đã đánh giá" in (await browser.get(f"/t/{code}")).text
    assert (await browser.post(f"/t/{code}", data={"dispute": ""})).status_code == 422
    assert (await browser.post(f"/t/{code}", data={"dispute": "Lại hỏng"})).status_code == 303
    assert "Đã nhận ý kiến chưa đồng ý" in (await browser.get(f"/t/{code}")).text


async def test_a_code_is_looked_up_however_it_is_typed(browser):
    code = await code_of(browser)
    found = await browser.get("/t", params={"code": code.lower().replace("-", " ")})
    assert (found.status_code, found.headers["location"]) == (303, f"/t/{code}")
    assert (await browser.get(f"/t/{code.lower()}")).headers["location"] == f"/t/{code}"
    assert (await browser.get("/t")).status_code == 200


@pytest.mark.parametrize("path", ["/t?code=nothing", "/t/DL-ZZZZZ-ZZZZZ", "/t/<script>"])
async def test_an_unknown_code_is_told_kindly(browser, path):
    page = await browser.get(path)
    assert page.status_code == 404
    assert "Không tìm thấy mã này" in page.text
    assert "<script>" not in page.text


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/nothing", 404), ("DELETE", "/", 405), ("POST", "/t/DL-ZZZZZ-ZZZZZ", 404)]
)
async def test_errors_are_pages_for_people(browser, method, path, status):
    page = await browser.request(method, path)
    assert page.status_code == status
    assert "<h1>" in page.text


async def test_a_form_over_the_limit_gets_a_page(browser):
    page = await browser.post("/", data={"text": "a" * 300_000})
    assert page.status_code == 413
    assert "viết ngắn hơn" in page.text


async def test_a_tracking_page_without_a_database_says_nothing_is_lost(browser, intake):
    intake.store.fails = ConnectionRefusedError()
    page = await browser.get("/t/DL-00000-00001")
    assert page.status_code == 503
    assert "Chưa có gì bị mất" in page.text
    assert (await browser.post("/t/DL-00000-00001", data={"rating": "5"})).status_code == 503


async def test_an_unforeseen_error_is_a_page_for_people(browser, intake):
    intake.store.fails = RuntimeError("secret of the inside")
    page = await browser.get("/t/DL-00000-00001")
    assert page.status_code == 500
    assert "secret" not in page.text
