import asyncio
import json
from datetime import timedelta

import httpx
import pytest

from services.intake.entrypoints.api import LARGEST_BODY_BYTES
from services.intake.usecases.note_case_steps import NoteCaseSteps
from services.intake.usecases.note_placements import NotePlacements
from services.intake.usecases.ports import TooBusyError
from tests.support.intake import NOW, FakeIntake, case_step, placed

FEEDBACK = "/api/v1/feedback"


@pytest.fixture
def intake():
    return FakeIntake()


@pytest.fixture
async def client(intake):
    transport = httpx.ASGITransport(intake.app(), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://langnghe.test") as client:
        yield client


async def accepted(client, **body):
    response = await client.post(FEEDBACK, json={"text": "Đèn đường hỏng"} | body)
    assert response.status_code == 201, response.text
    return response.json()


def problem(response, status):
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    return body


async def test_a_report_is_accepted_with_a_code_and_where_to_follow_it(client, intake):
    receipt = await accepted(client, text="  Đèn đường hỏng \n", channel="app", place={"unit_code": "24133"})
    assert receipt["tracking_code"] == "DL-00000-00001"
    assert receipt["tracking_url"] == "http://langnghe.test/t/DL-00000-00001"
    assert receipt["received_at"] == NOW.isoformat()
    kept = next(iter(intake.store.feedback.values()))
    assert (kept.submission.text, kept.submission.channel) == ("Đèn đường hỏng", "app")
    assert str(kept.feedback_id) == receipt["feedback_id"]


async def test_a_repeat_under_the_same_key_gets_200_and_the_same_body(client, intake):
    headers = {"Idempotency-Key": "one"}
    first = await client.post(FEEDBACK, json={"text": "Hố"}, headers=headers)
    again = await client.post(FEEDBACK, json={"text": " Hố "}, headers=headers)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert len(intake.store.feedback) == 1


async def test_without_a_key_two_reports_are_two(client, intake):
    await asyncio.gather(accepted(client), accepted(client))
    assert len(intake.store.feedback) == 2


async def test_a_key_used_for_something_else_is_a_conflict(client):
    headers = {"Idempotency-Key": "one"}
    await client.post(FEEDBACK, json={"text": "Hố"}, headers=headers)
    body = problem(await client.post(FEEDBACK, json={"text": "Đèn"}, headers=headers), 409)
    assert "new key" in body["detail"]


@pytest.mark.parametrize("key", ["", "a" * 201, "kh\u00f3a"])
async def test_a_key_that_cannot_be_kept_is_refused(client, key):
    headers = {"Idempotency-Key": key.encode("latin-1")}
    body = problem(await client.post(FEEDBACK, json={"text": "Hố"}, headers=headers), 422)
    assert body["errors"][0]["field"] == "Idempotency-Key"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "text"),
        ({"text": ""}, "text"),
        ({"text": " \u200b "}, "text"),
        ({"text": "a" * 10_001}, "text"),
        ({"text": "a" * 20_001}, "text"),
        ({"text": 5}, "text"),
        ({"text": "Hố", "channel": "fax"}, "channel"),
        ({"text": "Hố", "txt": "Hố"}, "txt"),
        ({"text": "Hố", "place": {"lat": 12.5}}, "place"),
        ({"text": "Hố", "place": {"lat": "bắc", "lon": 108}}, "place.lat"),
        ({"text": "Hố", "place": {"lat": 12, "lon": 1080}}, "place.lon"),
        ({"text": "Hố", "place": {"unit_code": "99999"}}, "place.unit_code"),
        ({"text": "Hố", "contact": {"phone": "12ab"}}, "contact.phone"),
        ({"text": "Hố", "contact": {"email": "lan"}}, "contact.email"),
        ({"text": "Hố", "sent_at": "2026-01-31T08:00:00"}, "sent_at"),
        ({"text": "Hố", "language": "tiếng Việt"}, "language"),
    ],
)
async def test_a_wrong_field_is_named_in_both_languages(client, intake, body, field):
    answer = problem(await client.post(FEEDBACK, json=body), 422)
    assert [fault["field"] for fault in answer["errors"]] == [field]
    assert answer["errors"][0]["vi"]
    assert answer["errors"][0]["en"]
    assert not intake.store.feedback


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'"Ho"', b"\xff", b'{"text": NaN'])
async def test_what_is_not_json_is_told_so(client, content):
    assert "JSON" in problem(await client.post(FEEDBACK, content=content), 400)["detail"]


@pytest.mark.parametrize("content", [b'{"text": "Ho \\ud800 sau"}', b'{"text": "Ho \xff sau"}'])
async def test_text_that_is_no_unicode_never_reaches_the_database(client, intake, content):
    response = await client.post(FEEDBACK, content=content)
    assert response.status_code in {400, 422}
    assert not intake.store.feedback


async def test_nul_and_other_control_characters_are_taken_out(client, intake):
    await accepted(client, text="Hố\x00 sâu", place={"text": "chợ\x00"})
    kept = next(iter(intake.store.feedback.values())).submission
    assert (kept.text, kept.place.text) == ("Hố sâu", "chợ")


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_over_the_limit_is_refused(client, intake, chunked):
    body = json.dumps({"text": "a" * LARGEST_BODY_BYTES}).encode()

    async def chunks():
        for start in range(0, len(body), 65536):
            yield body[start : start + 65536]

    answer = problem(await client.post(FEEDBACK, content=chunks() if chunked else body), 413)
    assert "256 kB" in answer["detail"]
    assert not intake.store.feedback


@pytest.mark.parametrize("fault", [ConnectionRefusedError(), TimeoutError(), TooBusyError()])
async def test_while_the_database_is_away_the_client_is_asked_to_come_back(client, intake, fault):
    intake.store.fails = fault
    response = await client.post(FEEDBACK, json={"text": "Hố"})
    problem(response, 503)
    assert int(response.headers["retry-after"]) > 0
    problem(await client.get(f"{FEEDBACK}/DL-00000-00001"), 503)
    intake.store.fails = None
    await accepted(client)


async def test_an_unforeseen_error_is_a_problem_too_and_tells_nothing_of_the_inside(client, intake):
    intake.store.fails = RuntimeError("secret of the inside")
    body = problem(await client.post(f"{FEEDBACK}/DL-00000-00001/answers", json={"rating": 5}), 500)
    assert "secret" not in str(body)


async def test_an_empty_contact_is_none_and_a_given_one_is_kept(client, intake):
    await accepted(client, contact={"phone": " ", "name": ""})
    await accepted(client, contact={"phone": "+84 912 345 678"})
    assert [contact.phone for contact in intake.store.contacts.values()] == ["0912345678"]


async def test_a_report_shows_where_it_stands_without_its_words(client, intake):
    receipt = await accepted(client, text="Lời riêng của tôi")
    url = f"{FEEDBACK}/{receipt['tracking_code']}"
    before = (await client.get(url)).json()
    assert (before["state"], before["placed"], before["unit"], before["history"]) == ("received", False, None, [])
    feedback_id = next(iter(intake.store.feedback))
    await NotePlacements(intake.store.work)([placed(feedback_id, needs_review=True)])
    await NoteCaseSteps(intake.store.work)(
        [case_step(feedback_id, 1), case_step(feedback_id, 2, public_reply="Đã phân công.")]
    )
    response = await client.get(url.lower().replace("-", ""))
    after = response.json()
    assert after["state"] == "accepted"
    assert after["unit"] == {"code": "24133", "name": "Phường Buôn Ma Thuột"}
    assert after["office"]["id"] == "commune:economy"
    assert after["topic"] == {"id": "street_lighting", "name": "Chiếu sáng công cộng"}
    assert (after["placed_by"], after["needs_review"], after["approximate"]) == ("unit_named", True, False)
    assert after["placed_after_seconds"] == 0.5
    assert [step["public_reply"] for step in after["history"]] == [None, "Đã phân công."]
    assert not after["overdue"]
    assert "Lời riêng" not in response.text
    intake.now = NOW + timedelta(days=4)
    assert (await client.get(url)).json()["overdue"]


@pytest.mark.parametrize("code", ["DL-ZZZZZ-ZZZZZ", "nothing"])
async def test_an_unknown_code_is_not_found(client, code):
    problem(await client.get(f"{FEEDBACK}/{code}"), 404)


async def test_many_codes_are_followed_at_once(client):
    codes = [(await accepted(client, text=str(number)))["tracking_code"] for number in range(3)]
    asked = [codes[2], "DL-ZZZZZ-ZZZZZ", codes[0].lower(), "?"]
    answer = (await client.get(FEEDBACK, params={"code": asked})).json()
    assert [one["tracking_code"] for one in answer["feedback"]] == [codes[2], codes[0]]
    assert answer["unknown"] == ["DL-ZZZZZ-ZZZZZ", "?"]


async def test_too_many_codes_or_none_are_refused(client):
    problem(await client.get(FEEDBACK, params={"code": ["x"] * 201}), 422)
    problem(await client.get(FEEDBACK), 422)


async def test_a_second_word_is_taken_when_it_is_due(client, intake):
    code = (await accepted(client))["tracking_code"]
    url = f"{FEEDBACK}/{code}/answers"
    problem(await client.post(url, json={"answer": "Số 24"}), 409)
    feedback_id = next(iter(intake.store.feedback))
    await NoteCaseSteps(intake.store.work)([case_step(feedback_id, 4)])
    first = await client.post(url, json={"rating": 4})
    again = await client.post(url, json={"rating": 4})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json() == {"tracking_code": code, "kind": "rating"}
    problem(await client.post(url, json={"rating": 1}), 409)
    assert (await client.post(url, json={"dispute": "Vẫn hỏng"})).status_code == 201


@pytest.mark.parametrize(
    "body", [{}, {"answer": " "}, {"rating": 6}, {"rating": 0}, {"answer": "a", "rating": 3}, {"dispute": "a" * 4001}]
)
async def test_a_second_word_without_sense_is_refused(client, body):
    code = (await accepted(client))["tracking_code"]
    problem(await client.post(f"{FEEDBACK}/{code}/answers", json=body), 422)


async def test_a_second_word_to_an_unknown_code_is_not_found(client):
    problem(await client.post(f"{FEEDBACK}/DL-ZZZZZ-ZZZZZ/answers", json={"rating": 5}), 404)
    problem(await client.post(f"{FEEDBACK}/nothing/answers", json={"rating": 5}), 404)


async def test_units_and_topics_of_the_territory_are_listed(client):
    units = (await client.get("/api/v1/units")).json()
    topics = (await client.get("/api/v1/topics")).json()
    assert (len(units), len(topics)) == (102, 47)
    assert {"code": "24133", "full_name": "Phường Buôn Ma Thuột"}.items() <= {unit["code"]: unit for unit in units}[
        "24133"
    ].items()
    assert next(topic for topic in topics if topic["id"] == "road_damage")["field_name"] == "Giao thông"


async def test_what_does_not_exist_is_a_problem_for_programs(client):
    problem(await client.get("/api/v1/nothing"), 404)
    problem(await client.delete(FEEDBACK), 405)


async def test_the_openapi_document_describes_bodies_and_problems(client):
    document = (await client.get("/openapi.json")).json()
    post = document["paths"][FEEDBACK]["post"]
    body = post["requestBody"]["content"]["application/json"]["schema"]
    assert set(body["properties"]) >= {"text", "channel", "place", "contact", "sent_at"}
    assert "lat" in body["properties"]["place"]["properties"]
    assert post["parameters"][0]["name"] == "Idempotency-Key"
    assert {"201", "200", "409", "413", "422", "503"} <= set(post["responses"])
    assert "application/problem+json" in post["responses"]["409"]["content"]
    assert set(document["paths"]) >= {f"{FEEDBACK}/{{code}}", f"{FEEDBACK}/{{code}}/answers", "/api/v1/units"}
    assert not any(path in document["paths"] for path in ("/", "/t"))
    assert "$defs" not in json.dumps(body)
