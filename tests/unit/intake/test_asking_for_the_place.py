"""The place is asked for when nobody could tell it, answered once a question, and heard of by the router."""

import re
from datetime import timedelta

import httpx
import pytest

from services.intake.domain.second_word import PLACE, SecondWord
from services.intake.domain.submission import Place
from services.intake.usecases.answer_resident import NotAskedNowError, SaidOtherwiseError
from services.intake.usecases.note_case_steps import NoteCaseSteps
from services.intake.usecases.note_placements import NotePlacements
from shared.events import AnswerKind, PlaceGiven, ResidentAnswered
from shared.events.placement import UnitScore
from tests.support.intake import NOW, FakeIntake, case_step, placed, submission

BROWSER = {"Accept": "text/html"}
QUESTION = "“Hòa Hiệp” là Phường Hòa Hiệp hoặc Xã Dray Bhăng?"
CHOICES = (UnitScore(unit_code="22261", confidence=0.45), UnitScore(unit_code="24561", confidence=0.45))
NOWHERE = {"unit_code": None, "office": "province:desk", "placed_by": "province_desk", "question": QUESTION}
SAID = SecondWord(PLACE, place=Place(unit_code="24133", text="gần chợ"))


@pytest.fixture
def intake():
    return FakeIntake()


@pytest.fixture
async def browser(intake):
    transport = httpx.ASGITransport(intake.app(), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://langnghe.test", headers=BROWSER) as browser:
        yield browser


async def asked(intake, **changes):
    """Hand in a report of which the router cannot tell where it is."""
    [receipt] = await intake.submit()([submission("Đèn hỏng ở Hòa Hiệp")])
    await NotePlacements(intake.store.work)([placed(receipt.feedback_id, **(NOWHERE | changes))])
    return intake.store.feedback[receipt.feedback_id]


def heard(intake):
    return [event for event in intake.store.said if isinstance(event, ResidentAnswered)]


# --- the use case ----------------------------------------------------------------------------------------------------


async def test_a_place_reaches_the_router_once_with_the_words_of_the_report(intake):
    one = await asked(intake)
    assert await intake.answer()(one.tracking_code, SAID) is True
    assert await intake.answer()(one.tracking_code, SAID) is False
    [event] = heard(intake)
    assert (event.answer, event.feedback_id) == (AnswerKind.PLACE, one.feedback_id)
    assert event.place == PlaceGiven(unit_code="24133", text="gần chợ")
    assert event.report_text == "Đèn hỏng ở Hòa Hiệp"
    assert intake.woken == 2


async def test_other_words_wait_until_the_router_asks_again(intake):
    one = await asked(intake)
    await intake.answer()(one.tracking_code, SAID)
    other = SecondWord(PLACE, place=Place(unit_code="24561"))
    with pytest.raises(SaidOtherwiseError):
        await intake.answer()(one.tracking_code, other)
    again = placed(one.feedback_id, **(NOWHERE | {"generation": 2, "reason": "answered", "question": "Chợ nào?"}))
    await NotePlacements(intake.store.work)([again])
    assert await intake.answer()(one.tracking_code, other) is True
    assert len({event.event_id for event in heard(intake)}) == 2


async def test_a_step_of_the_case_does_not_ask_again(intake):
    one = await asked(intake)
    await intake.answer()(one.tracking_code, SAID)
    await NoteCaseSteps(intake.store.work)([case_step(one.feedback_id, 2, unit_code=None, office="province:desk")])
    assert await intake.answer()(one.tracking_code, SAID) is False


async def test_a_generation_that_moves_deadlines_alone_does_not_ask_again(intake, browser):
    one = await asked(intake)
    await intake.answer()(one.tracking_code, SAID)
    waiting = placed(one.feedback_id, **(NOWHERE | {"generation": 2, "reason": "waiting"}))
    await NotePlacements(intake.store.work)([waiting])
    assert await intake.answer()(one.tracking_code, SAID) is False
    assert "Đã nhận nơi bạn cho biết" in (await browser.get(f"/t/{one.tracking_code}")).text
    assert len(heard(intake)) == 1


@pytest.mark.parametrize(
    "step", [{"unit_code": "24175", "state": "transferred"}, {"unit_code": None, "state": "closed"}]
)
async def test_nobody_asks_once_a_person_gave_it_a_unit_or_closed_it(intake, step):
    one = await asked(intake)
    await NoteCaseSteps(intake.store.work)([case_step(one.feedback_id, 2, **step)])
    with pytest.raises(NotAskedNowError):
        await intake.answer()(one.tracking_code, SAID)


async def test_nobody_asks_where_a_placed_report_is_or_before_it_is_placed(intake):
    [receipt] = await intake.submit()([submission()])
    with pytest.raises(NotAskedNowError):
        await intake.answer()(receipt.tracking_code, SAID)
    await NotePlacements(intake.store.work)([placed(receipt.feedback_id)])
    with pytest.raises(NotAskedNowError):
        await intake.answer()(receipt.tracking_code, SAID)


# --- the page --------------------------------------------------------------------------------------------------------


async def test_the_page_asks_with_the_candidates_and_every_unit(intake, browser):
    one = await asked(intake, alternatives=CHOICES)
    page = await browser.get(f"/t/{one.tracking_code}")
    assert "Việc xảy ra ở đâu?" in page.text
    assert QUESTION in page.text
    assert re.findall(r'name="unit" value="(\d+)"', page.text) == ["22261", "24561"]
    assert page.text.count("<option ") == 102
    assert 'http-equiv="refresh"' not in page.text
    english = await browser.get(f"/t/{one.tracking_code}?lang=en")
    assert "Where is it?" in english.text


async def test_a_candidate_is_one_press_and_the_page_looks_by_itself_for_a_while(intake, browser):
    one = await asked(intake, alternatives=CHOICES)
    url = f"/t/{one.tracking_code}"
    said = await browser.post(url, data={"place": "", "unit": "22261"})
    assert (said.status_code, said.headers["location"]) == (303, f"{url}?looks=10")
    assert heard(intake)[0].place == PlaceGiven(unit_code="22261")
    page = await browser.get(said.headers["location"])
    assert f'content="4; url={url}?looks=9"' in page.text
    assert "Đã nhận nơi bạn cho biết" in page.text
    assert 'name="unit"' not in page.text
    for typed in ("0", "", "-1", "many", "٣"):
        assert 'http-equiv="refresh"' not in (await browser.get(url, params={"looks": typed})).text
    assert "looks=9" in (await browser.get(f"{url}?looks=99999999")).text


async def test_after_the_answer_the_page_shows_unit_and_office(intake, browser):
    one = await asked(intake)
    await NoteCaseSteps(intake.store.work)([case_step(one.feedback_id, 1, unit_code=None, office="province:desk")])
    url = f"/t/{one.tracking_code}"
    assert "Tổ điều phối của tỉnh đang xác định" in (await browser.get(url)).text
    await browser.post(url, data={"place": "gần chợ", "unit": "phuong hoa hiep"})
    found = placed(
        one.feedback_id, generation=2, reason="answered", unit_code="22261", occurred_at=NOW + timedelta(minutes=5)
    )
    await NotePlacements(intake.store.work)([found])
    page = await browser.get(f"{url}?looks=5")
    assert "Phường Hòa Hiệp" in page.text
    assert "Việc xảy ra ở đâu?" not in page.text
    assert 'http-equiv="refresh"' not in page.text
    assert "đang xác định" not in page.text


async def test_words_and_a_position_are_taken_and_an_old_name_turns_nobody_away(intake, browser):
    one = await asked(intake)
    said = await browser.post(
        f"/t/{one.tracking_code}",
        data={"unit": "xã Hòa Hiệp Bắc", "place": "gần chợ, ngã ba", "lat": "12.9", "lon": "109.3"},
    )
    assert said.status_code == 303
    place = heard(intake)[0].place
    assert (place.unit_code, place.text, place.pin.lat) == (None, "xã Hòa Hiệp Bắc, gần chợ, ngã ba", 12.9)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"place": " "}, "Xin chọn xã, phường"),
        ({"place": "a" * 501}, "Dài quá 500 ký tự"),
        ({"place": "chợ", "lat": "12.9"}, "Tọa độ cần cả lat và lon"),
    ],
)
async def test_a_place_that_says_nothing_is_told_beside_the_form_and_kept_nowhere(intake, browser, typed, said):
    one = await asked(intake, alternatives=CHOICES)
    page = await browser.post(f"/t/{one.tracking_code}", data=typed)
    assert page.status_code == 422
    assert said in page.text
    assert '<details class="more" open>' in page.text
    assert not heard(intake)


async def test_a_place_for_a_report_that_found_its_unit_meanwhile_is_told_kindly(intake, browser):
    one = await asked(intake)
    await NoteCaseSteps(intake.store.work)([case_step(one.feedback_id, 2)])
    page = await browser.post(f"/t/{one.tracking_code}", data={"place": "gần chợ"})
    assert page.status_code == 409
    assert "Nơi xảy ra không còn cần hỏi nữa" in page.text


# --- the API ---------------------------------------------------------------------------------------------------------


async def test_a_program_reads_the_question_and_answers_it(intake, browser):
    one = await asked(intake, alternatives=CHOICES)
    url = f"/api/v1/feedback/{one.tracking_code}"
    found = (await browser.get(url)).json()
    assert found["place_question"] == QUESTION
    assert [choice["code"] for choice in found["place_choices"]] == ["22261", "24561"]
    said = await browser.post(f"{url}/answers", json={"place": {"unit_code": "22261"}})
    assert (said.status_code, said.json()["kind"]) == (201, "place")
    assert (await browser.post(f"{url}/answers", json={"place": {"unit_code": "22261"}})).status_code == 200
    assert (await browser.get(url)).json()["place_question"] is None


@pytest.mark.parametrize(
    ("place", "field", "told"),
    [
        ({"unit_code": "99999"}, "place.unit_code", "see /api/v1/units"),
        ({}, "place", "give a unit_code, a text, or lat and lon"),
        ({"text": " "}, "place", "give a unit_code, a text, or lat and lon"),
        ({"lat": 12.6}, "place", "both lat and lon"),
        ({"lat": 912.6, "lon": 1}, "place.lat", "180"),
    ],
)
async def test_a_place_without_sense_is_refused_with_what_to_do(intake, browser, place, field, told):
    one = await asked(intake)
    answer = await browser.post(f"/api/v1/feedback/{one.tracking_code}/answers", json={"place": place})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    [fault] = answer.json()["errors"]
    assert fault["field"] == field
    assert told in fault["en"]
    assert not heard(intake)


async def test_nobody_asks_where_the_router_has_no_question(intake, browser):
    one = await asked(intake, question=None)
    assert (await browser.get(f"/api/v1/feedback/{one.tracking_code}")).json()["place_question"] is None
    assert "Việc xảy ra ở đâu?" not in (await browser.get(f"/t/{one.tracking_code}")).text
    with pytest.raises(NotAskedNowError):
        await intake.answer()(one.tracking_code, SAID)
