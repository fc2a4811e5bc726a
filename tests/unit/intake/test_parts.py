"""A report that went to several offices is followed under its one code."""

from uuid import uuid4

import httpx
import pytest

from services.intake.domain.second_word import ANSWER, PLACE, RATING, SecondWord
from services.intake.domain.submission import Place
from services.intake.usecases.answer_resident import UnknownPartError
from services.intake.usecases.note_case_steps import NoteCaseSteps
from services.intake.usecases.note_placements import NotePlacements
from shared.events import ResidentAnswered
from tests.support.intake import FakeIntake, case_step, placed, submission


@pytest.fixture
def intake():
    return FakeIntake()


@pytest.fixture
async def browser(intake):
    transport = httpx.ASGITransport(intake.app(), raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://langnghe.test", headers={"Accept": "text/html"}
    ) as browser:
        yield browser


async def split(intake, **changes):
    """Hand in a report that goes to two offices; return it and the id of its further part."""
    [receipt] = await intake.submit()([submission("Cây đổ đè dây điện")])
    part = uuid4()
    await NotePlacements(intake.store.work)(
        [
            placed(receipt.feedback_id, **changes),
            placed(part, part_of=receipt.feedback_id, office="commune:police", subject="fire_safety", **changes),
        ]
    )
    return receipt, part


def heard(intake):
    return [event for event in intake.store.said if isinstance(event, ResidentAnswered)]


async def test_each_part_is_shown_with_its_office_deadline_and_state(intake, browser):
    receipt, part = await split(intake)
    await NoteCaseSteps(intake.store.work)(
        [case_step(receipt.feedback_id, 2), case_step(part, 4, office="commune:police", public_reply="Đã cắt cây.")]
    )
    page = await browser.get(f"/t/{receipt.tracking_code}")
    assert "Phản ánh này có việc của 2 cơ quan" in page.text
    assert "Phần 1: Phòng Kinh tế" in page.text
    assert "Phần 2: Công an xã/phường, Phường Buôn Ma Thuột" in page.text
    assert "Đã cắt cây." in page.text
    found = (await browser.get(f"/api/v1/feedback/{receipt.tracking_code}")).json()
    assert (found["office"]["id"], found["state"]) == ("commune:economy", "accepted")
    [other] = found["parts"]
    assert (other["office"]["id"], other["state"], other["feedback_id"]) == ("commune:police", "resolved", str(part))
    assert other["resolve_by"]
    assert [step["public_reply"] for step in other["history"]] == ["Đã cắt cây."]


@pytest.mark.parametrize("state", ["placed", "waiting_resident", "resolved", "closed", "returned"])
@pytest.mark.parametrize("language", ["vi", "en"])
async def test_a_page_with_parts_has_every_state(intake, browser, state, language):
    receipt, part = await split(intake)
    await NoteCaseSteps(intake.store.work)([case_step(part, 1, state=state)])
    page = await browser.get(f"/t/{receipt.tracking_code}?lang={language}")
    assert page.status_code == 200
    assert "None" not in page.text


async def test_a_report_with_one_office_shows_no_parts(intake, browser):
    [receipt] = await intake.submit()([submission()])
    await NotePlacements(intake.store.work)([placed(receipt.feedback_id)])
    assert "Phần 1" not in (await browser.get(f"/t/{receipt.tracking_code}")).text
    assert (await browser.get(f"/api/v1/feedback/{receipt.tracking_code}")).json()["parts"] == []


async def test_a_second_word_goes_to_the_part_it_is_said_on(intake, browser):
    receipt, part = await split(intake)
    await NoteCaseSteps(intake.store.work)([case_step(receipt.feedback_id, 4), case_step(part, 4)])
    url = f"/t/{receipt.tracking_code}"
    assert (await browser.get(url)).text.count('name="rating" value="5"') == 2
    assert (await browser.post(url, data={"rating": "2", "part": str(part)})).status_code == 303
    assert (await browser.get(url)).text.count('name="rating" value="5"') == 1
    assert (await browser.post(url, data={"rating": "5"})).status_code == 303
    assert [(event.feedback_id, event.rating) for event in heard(intake)] == [(part, 2), (receipt.feedback_id, 5)]
    answers = f"/api/v1/feedback/{receipt.tracking_code}/answers"
    assert (await browser.post(answers, json={"dispute": "Vẫn còn", "part": str(part)})).status_code == 201
    assert heard(intake)[-1].feedback_id == part


async def test_what_is_wrong_in_a_form_of_a_part_is_told_there_alone(intake, browser):
    receipt, part = await split(intake)
    asked = {"state": "waiting_resident", "public_reply": "Số nhà?"}
    await NoteCaseSteps(intake.store.work)([case_step(receipt.feedback_id, 2, **asked), case_step(part, 2, **asked)])
    page = await browser.post(f"/t/{receipt.tracking_code}", data={"answer": " ", "part": str(part)})
    assert page.status_code == 422
    assert page.text.count("Xin cho biết ý kiến") == 1
    assert page.text.index("Phần 2") < page.text.index("Xin cho biết ý kiến")


@pytest.mark.parametrize("named", ["0198e5a2-1c00-7000-8000-000000000000", "two"])
async def test_a_part_the_report_does_not_have_is_refused(intake, browser, named):
    receipt, _ = await split(intake)
    await NoteCaseSteps(intake.store.work)([case_step(receipt.feedback_id, 4)])
    answer = await browser.post(f"/api/v1/feedback/{receipt.tracking_code}/answers", json={"rating": 5, "part": named})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "part"
    assert (await browser.post(f"/t/{receipt.tracking_code}", data={"rating": "5", "part": named})).status_code == 422
    assert not heard(intake)


async def test_a_part_of_another_report_is_refused(intake):
    receipt, _ = await split(intake)
    _, foreign = await split(intake)
    with pytest.raises(UnknownPartError):
        await intake.answer()(receipt.tracking_code, SecondWord(RATING, rating=5), foreign)


async def test_a_place_is_asked_once_and_told_for_every_part_that_waits_for_it(intake, browser):
    receipt, part = await split(intake, unit_code=None, question="Ở đâu?")
    assert (await browser.get(f"/t/{receipt.tracking_code}")).text.count('id="where"') == 1
    word = SecondWord(PLACE, place=Place(text="chợ"))
    assert await intake.answer()(receipt.tracking_code, word) is True
    assert await intake.answer()(receipt.tracking_code, word) is False
    assert [event.feedback_id for event in heard(intake)] == [receipt.feedback_id, part]
    assert len({event.event_id for event in heard(intake)}) == 2


async def test_a_part_that_came_late_hears_the_place_too(intake):
    [receipt] = await intake.submit()([submission()])
    nowhere = {"unit_code": None, "office": "province:desk", "question": "Ở đâu?"}
    await NotePlacements(intake.store.work)([placed(receipt.feedback_id, **nowhere)])
    word = SecondWord(PLACE, place=Place(text="chợ"))
    await intake.answer()(receipt.tracking_code, word)
    part = uuid4()
    await NotePlacements(intake.store.work)([placed(part, part_of=receipt.feedback_id, **nowhere)])
    assert await intake.answer()(receipt.tracking_code, word) is True
    assert [event.feedback_id for event in heard(intake)] == [receipt.feedback_id, part]


async def test_an_answer_to_the_part_leaves_the_report_waiting(intake):
    receipt, part = await split(intake)
    asked = {"state": "waiting_resident", "action": "ask", "public_reply": "Số nhà?"}
    await NoteCaseSteps(intake.store.work)([case_step(receipt.feedback_id, 2, **asked), case_step(part, 2, **asked)])
    assert await intake.answer()(receipt.tracking_code, SecondWord(ANSWER, text="24"), part) is True
    assert await intake.answer()(receipt.tracking_code, SecondWord(ANSWER, text="26")) is True
    assert [(event.feedback_id, event.text) for event in heard(intake)] == [(part, "24"), (receipt.feedback_id, "26")]
