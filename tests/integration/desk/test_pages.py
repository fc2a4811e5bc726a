import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from typer.testing import CliRunner

from services.desk.domain.life_cycle import Action
from services.desk.domain.staff import Role, Staff
from services.desk.entrypoints.cli import app as staff_cli
from services.desk.entrypoints.cli import seed_demo_staff
from services.desk.entrypoints.guard import safe_next
from services.desk.main import build
from services.desk.settings import DeskSettings
from services.desk.usecases.tidy_sign_ins import TidySignIns
from shared.clock import system_clock
from shared.events import Highlight, TopicScore
from shared.events.short_id import short_id
from tests.support.desk import OTHER_UNIT, UNIT, RealDesk, feedback_classified, feedback_placed
from tests.support.desk_browser import PASSWORD, browser, csrf_of, press, sign_in


def chosen(page: httpx.Response, name: str) -> str:
    """Read what a list of a form stands at."""
    found = re.search(rf'<select id="{name}" name="{name}">.*?<option value="(\w+)" selected>', page.text, re.DOTALL)
    assert found is not None
    return found[1]


async def audit(desk: RealDesk) -> list[str]:
    return [row.action for row in await desk.rows("SELECT action FROM desk.audit ORDER BY audit_id")]


# --- the door ---------------------------------------------------------------------------------------------------------


async def test_nobody_sees_anything_without_signing_in(app: FastAPI, desk: RealDesk) -> None:
    one = await desk.case()
    async with browser(app) as client:
        for path in ("/staff", "/staff/desk", "/staff/province", f"/staff/cases/{short_id(one)}"):
            answer = await client.get(path)
            assert answer.status_code == 303
            assert answer.headers["location"].startswith("/staff/login?next=/staff")
        assert (await client.get("/staff/api/cases")).status_code == 401
        assert (await client.get(f"/staff/api/cases/{one}")).json() == {"error": "not_signed_in"}


async def test_signing_in_leads_to_the_page_that_was_wanted(app: FastAPI) -> None:
    async with browser(app) as client:
        values = {"login": f" {UNIT} ", "password": PASSWORD, "next": "/staff?tab=late"}
        answer = await client.post("/staff/login", data=values)
        assert answer.headers["location"] == "/staff?tab=late"
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        assert "path=/staff" in cookie
        assert (await client.get("/staff?tab=late")).status_code == 200


@pytest.mark.parametrize("path", ["//elsewhere.test", "https://elsewhere.test/staff", "/staffing", "/staff\\x", "/t/A"])
def test_signing_in_never_leads_elsewhere(path: str) -> None:
    assert safe_next(path) == "/staff"


async def test_a_wrong_password_and_an_unknown_login_get_the_same_answer(app: FastAPI, desk: RealDesk) -> None:
    async with browser(app) as client:
        wrong, unknown = await sign_in(client, UNIT, "sai mật khẩu"), await sign_in(client, "99999", PASSWORD)
        assert (wrong.status_code, unknown.status_code) == (401, 401)
        assert wrong.text.replace(UNIT, "") == unknown.text.replace("99999", "")
        assert (await client.get("/staff")).status_code == 303
    assert await audit(desk) == ["added 105 staff", "sign-in refused", "sign-in refused"]


async def test_guessing_a_password_is_slowed_down_even_when_done_at_once(app: FastAPI) -> None:
    async with browser(app) as client:
        answers = await asyncio.gather(*[sign_in(client, UNIT, f"đoán {number}") for number in range(9)])
        assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 4
        right = await sign_in(client, UNIT)
        assert right.status_code == 429
        assert 0 < int(right.headers["retry-after"]) <= 31
        assert (await sign_in(client, OTHER_UNIT)).status_code == 303


async def test_signing_out_ends_the_session_for_good(app: FastAPI) -> None:
    async with browser(app, UNIT) as client:
        token = client.cookies["langnghe_staff"]
        csrf = csrf_of(await client.get("/staff"))
        assert (await client.post("/staff/logout", data={"csrf": csrf})).headers["location"] == "/staff/login"
        client.cookies.set("langnghe_staff", token, path="/staff")
        assert (await client.get("/staff")).status_code == 303


async def test_a_session_that_has_ended_opens_nothing(app: FastAPI, desk: RealDesk) -> None:
    async with browser(app, UNIT) as client:
        await desk.rows("UPDATE desk.session SET expires_at = now() - interval '1 second' RETURNING 1")
        assert (await client.get("/staff")).status_code == 303


async def test_the_database_keeps_no_token_and_no_password(app: FastAPI, desk: RealDesk) -> None:
    async with browser(app, UNIT) as client:
        token = client.cookies["langnghe_staff"].encode()
    assert all(bytes(row.token_hash) != token for row in await desk.rows("SELECT token_hash FROM desk.session"))
    hashes = {row.password_hash for row in await desk.rows("SELECT password_hash FROM desk.staff")}
    assert len(hashes) == 1
    assert hashes.pop().startswith("$argon2id$")


async def test_a_form_from_elsewhere_or_without_its_token_does_nothing(app: FastAPI, desk: RealDesk) -> None:
    one = await desk.case()
    address = f"/staff/cases/{short_id(one)}/moves"
    async with browser(app, UNIT) as client, browser(app, UNIT) as other:
        csrf = csrf_of(await client.get("/staff"))
        good = {"csrf": csrf, "action": "accept", "version": "1"}
        for headers in ({"Origin": "http://elsewhere.test"}, {"Origin": "null"}, {"Origin": ""}):
            assert (await client.post(address, data=good, headers=headers)).status_code == 403
        assert (await client.post(address, data=good | {"csrf": ""})).status_code == 403
        assert (await client.post(address, data=good | {"csrf": "ü"})).status_code == 403
        assert (await other.post(address, data=good)).status_code == 403
        assert (
            await client.post("/staff/login", data={}, headers={"Origin": "http://elsewhere.test"})
        ).status_code == 403
        assert await desk.said() == []
        assert (await client.post(address, data=good)).status_code == 303
    assert len(await desk.said()) == 1


# --- scope ------------------------------------------------------------------------------------------------------------


async def test_another_units_case_is_answered_404_and_audited(app: FastAPI, desk: RealDesk) -> None:
    one = await desk.case(unit_code=OTHER_UNIT)
    async with browser(app, UNIT) as client:
        for path in (f"/staff/cases/{short_id(one)}", f"/staff/cases/{one}", f"/staff/api/cases/{one}"):
            assert (await client.get(path)).status_code == 404
        assert (await press(client, one, "accept", 1)).status_code == 404
        missing = await client.get(f"/staff/cases/{uuid4()}")
        foreign = await client.get(f"/staff/cases/{one}")
        assert missing.status_code == 404
        assert missing.text.replace(missing.headers["x-trace-id"], "") == foreign.text
        assert (await client.get(f"/staff?unit={OTHER_UNIT}")).status_code == 404
        assert (await client.get("/staff/cases/không-có")).status_code == 404
        for path in ("/staff/desk", "/staff/province"):
            assert (await client.get(path)).status_code == 403
    rows = await desk.rows("SELECT actor, subject FROM desk.audit WHERE action LIKE 'asked for a case%'")
    assert [row.subject for row in rows] == [str(one)] * 5
    assert await desk.said() == []


async def test_a_supervisor_sees_everything_and_changes_nothing(app: FastAPI, desk: RealDesk) -> None:
    one = await desk.case()
    async with browser(app, "giamsat") as client:
        province = await client.get("/staff", follow_redirects=True)
        assert province.url.path == "/staff/province"
        assert province.text.count("/staff?unit=") == 102
        assert "Phường Buôn Ma Thuột" in (await client.get("/staff/province?q=buon+ma+thuot")).text
        assert short_id(one) in (await client.get(f"/staff?unit={UNIT}")).text
        page = await client.get(f"/staff/cases/{short_id(one)}")
        assert "/moves" not in page.text
        refused = await press(client, one, "accept", 1)
        assert refused.status_code == 403
        assert "không thuộc quyền" in refused.text


# --- cases ------------------------------------------------------------------------------------------------------------


async def test_a_case_is_accepted_answered_and_resolved_on_pages_alone(app: FastAPI, desk: RealDesk) -> None:
    one = await desk.case()
    async with browser(app, UNIT) as client:
        inbox = await client.get("/staff")
        assert "Đèn đường Y Jút hỏng." in inbox.text
        assert f"/staff/cases/{one}" in inbox.text
        assert short_id(one) in inbox.text
        done = await press(client, one, "accept", 1)
        assert done.headers["location"] == f"/staff/cases/{one}?done=accept"
        assert "Đã tiếp nhận" in (await client.get(done.headers["location"])).text
        await press(client, one, "start", 2)
        await press(client, one, "reply", 3, public_reply="Chiều nay thợ đến.\r\nCảm ơn.")
        refused = await press(client, one, "resolve", 4, closing_reason="fixed", note="Thợ Ba làm.")
        assert refused.status_code == 422
        assert "Xin viết đôi lời" in refused.text
        assert "Thợ Ba làm." in refused.text
        await press(client, one, "resolve", 4, closing_reason="fixed", public_reply="Đã thay bóng.")
        answer = (await client.get(f"/staff/api/cases/{one}")).json()
        assert (answer["state"], answer["closing_reason"], answer["moves"]) == (
            "resolved",
            "fixed",
            ["reply", "close", "reopen"],
        )
        assert [step["public_reply"] for step in answer["steps"]][-2:] == [
            "Chiều nay thợ đến.\nCảm ơn.",
            "Đã thay bóng.",
        ]
        listed = (await client.get("/staff/api/cases?tab=resolved")).json()
        assert ([case["feedback_id"] for case in listed["cases"]], listed["counts"]["resolved"]) == ([str(one)], 1)
    assert [event.action.value for event in await desk.said()] == ["accept", "start", "reply", "resolve"]


async def test_whoever_comes_second_is_told_who_was_first_and_keeps_their_words(app: FastAPI, desk: RealDesk) -> None:
    binh = await desk.member("binh", Role.HANDLER, UNIT)
    one = await desk.case()
    await desk.move(one, Action.ACCEPT, 1, by=binh)
    async with browser(app, UNIT) as client:
        page = await press(client, one, "reply", 1, public_reply="Chào bác, chúng tôi đã nhận.")
        assert page.status_code == 409
        assert "Binh đã tiếp nhận" in page.text
        assert "Chào bác, chúng tôi đã nhận." in page.text
        await press(client, one, "start", 2)
        assert "Chính bạn" in (await press(client, one, "start", 2)).text
    assert len(await desk.said()) == 2


async def test_two_browsers_that_accept_at_once_get_one_yes_and_one_explanation(app: FastAPI, desk: RealDesk) -> None:
    one = await desk.case()
    async with browser(app, UNIT) as client, browser(app, UNIT) as other:
        answers = await asyncio.gather(press(client, one, "accept", 1), press(other, one, "accept", 1))
        assert sorted(answer.status_code for answer in answers) == [303, 409]
    assert len(await desk.said()) == 1


async def test_a_case_returned_under_ones_hands_is_explained_and_not_audited(app: FastAPI, desk: RealDesk) -> None:
    binh: Staff = await desk.member("binh", Role.HANDLER, UNIT)
    one = await desk.case()
    await desk.move(one, Action.RETURN, 1, by=binh, note="Thuộc phường bên.")
    async with browser(app, UNIT) as client:
        page = await press(client, one, "accept", 1)
        assert page.status_code == 409
        assert "Binh đã trả hồ sơ về tỉnh" in page.text
    assert "asked for a case of another unit" not in await audit(desk)


async def test_the_desk_assigns_what_nobody_could_place(app: FastAPI, desk: RealDesk) -> None:
    one = await desk.case(unit_code=None)
    async with browser(app, "tinh") as client:
        inbox = await client.get("/staff", follow_redirects=True)
        assert inbox.url.path == "/staff/desk"
        assert short_id(one) in inbox.text
        nowhere = await press(client, one, "transfer", 1, unit_code="00000")
        assert nowhere.status_code == 422
        assert (await press(client, one, "transfer", 1, unit_code=UNIT, office="commune:economy")).status_code == 303
    async with browser(app, UNIT) as client:
        assert short_id(one) in (await client.get("/staff")).text
        back = await press(client, one, "return", 2, note="Không phải của chúng tôi.")
        assert back.headers["location"].startswith("/staff?done=return")
        assert "Đã trả hồ sơ" in (await client.get(back.headers["location"])).text


async def test_a_correction_is_made_on_the_page(app: FastAPI, desk: RealDesk) -> None:
    one = await desk.case(needs_review=True)
    async with browser(app, UNIT) as client:
        csrf = csrf_of(await client.get("/staff"))
        address = f"/staff/cases/{short_id(one)}/correction"
        values = {"csrf": csrf, "kind": "suggestion", "subject": "road_damage", "urgency": "high"}
        for wrong in ("kind", "subject", "urgency"):
            refused = await client.post(address, data=values | {wrong: "nothing"})
            assert refused.status_code == 422
            assert "trong danh sách" in refused.text
        before = await client.get(f"/staff/cases/{short_id(one)}")
        assert chosen(before, "kind") == "report"
        assert (await client.post(address, data=values)).status_code == 303
        page = await client.get(f"/staff/cases/{short_id(one)}")
        assert "Cán bộ Phường Buôn Ma Thuột xem lại: Phản ánh → <b>Kiến nghị</b>" in page.text
        assert [chosen(page, name) for name in ("kind", "subject", "urgency")] == ["suggestion", "road_damage", "high"]
    (told,) = await desk.corrected()
    assert (told.kind, told.subject, told.urgency, told.text) == (
        "suggestion",
        "road_damage",
        "high",
        "Đèn đường Y Jút hỏng.",
    )


async def test_what_is_not_sure_asks_for_a_person_until_one_has_looked(app: FastAPI, desk: RealDesk) -> None:
    one = await desk.case(needs_review=True)
    hint, form = "Máy chưa chắc", '<details class="more" id="correct" open>'
    async with browser(app, UNIT) as client, browser(app, "giamsat") as supervisor:
        page, seen = await client.get(f"/staff/cases/{one}"), await supervisor.get(f"/staff/cases/{one}")
        assert (hint in page.text, 'href="#correct"' in page.text, form in page.text) == (True, True, True)
        assert (hint in seen.text, 'href="#correct"' in seen.text, form in seen.text) == (True, False, False)
        values = {name: chosen(page, name) for name in ("kind", "subject", "urgency")}
        answer = await client.post(f"/staff/cases/{one}/correction", data=values | {"csrf": csrf_of(page)})
        assert answer.status_code == 303
        page = await client.get(f"/staff/cases/{one}")
        assert (hint in page.text, form in page.text) == (False, False)
    (told,) = await desk.corrected()
    assert (told.kind, told.subject, told.urgency) == (told.was_kind, told.was_subject, told.was_urgency)


async def test_a_kind_corrected_to_a_complaint_is_marked_in_case_and_list(app: FastAPI, desk: RealDesk) -> None:
    one = await desk.case()
    async with browser(app, UNIT) as client:
        for kind, marked in (("report", False), ("complaint_denunciation", True), ("question", False)):
            page = await client.get(f"/staff/cases/{one}")
            values = {"csrf": csrf_of(page), "kind": kind, "subject": "street_lighting", "urgency": "normal"}
            await client.post(f"/staff/cases/{one}/correction", data=values)
            page, inbox = await client.get(f"/staff/cases/{one}"), await client.get("/staff")
            assert ("không công khai nội dung" in page.text) is marked
            assert ("Khiếu nại, tố cáo</span>" in inbox.text) is marked
            assert (await client.get(f"/staff/api/cases/{one}")).json()["kind"] == kind


async def test_a_correction_before_the_words_have_come_says_to_wait(app: FastAPI, desk: RealDesk) -> None:
    placed = feedback_placed()
    await desk.open_placed([placed])
    async with browser(app, UNIT) as client:
        csrf = csrf_of(await client.get("/staff"))
        values = {"csrf": csrf, "kind": "report", "subject": "road_damage", "urgency": "high"}
        answer = await client.post(f"/staff/cases/{placed.feedback_id}/correction", data=values)
        assert answer.status_code == 409
        assert "chưa đến" in answer.text


async def test_the_words_that_spoke_are_marked_in_the_residents_own(app: FastAPI, desk: RealDesk) -> None:
    placed = feedback_placed(subject="road_damage")
    words = "<b>Ổ gà</b> & đèn\n  hỏng"
    await desk.open_placed([placed])
    event = feedback_classified(
        feedback_id=placed.feedback_id,
        text=words,
        subject="road_damage",
        alternatives=(TopicScore(topic="street_lighting", probability=0.31),),
        highlights=(
            Highlight(start=3, end=7, weight=0.6),
            Highlight(start=12, end=17, weight=0.1),
            Highlight(start=50, end=90, weight=0.1),
        ),
        second_subject="street_lighting",
    )
    await desk.note_reports([event])
    async with browser(app, UNIT) as client:
        page = await client.get(f"/staff/cases/{placed.feedback_id}")
        assert (
            '<p class="quote" lang="vi">&lt;b&gt;<mark class="strong" title="60%">Ổ gà</mark>&lt;/b&gt; '
            '<mark title="10%">&amp; đèn</mark>\n  hỏng</p>'
        ) in page.text
        assert "Có thể còn việc khác: <b>Chiếu sáng công cộng</b>" in page.text
        assert re.search(r"<span>Chiếu sáng công cộng</span><span>31%</span>", page.text)
        answer = (await client.get(f"/staff/api/cases/{placed.feedback_id}")).json()
        assert answer["second_topic"] == "street_lighting"
        assert answer["alternatives"] == [{"topic": "street_lighting", "probability": 0.31}]
        assert answer["highlights"][0] == {"start": 3, "end": 7, "weight": 0.6}
        await desk.correct(placed.feedback_id, by=await desk.member("an", Role.HANDLER, UNIT))
        assert "Có thể còn việc khác" not in (await client.get(f"/staff/cases/{placed.feedback_id}")).text


async def test_a_text_without_marks_or_second_matter_is_shown_plainly(app: FastAPI, desk: RealDesk) -> None:
    one = await desk.case()
    async with browser(app, UNIT) as client:
        page = await client.get(f"/staff/cases/{one}")
        assert '<p class="quote" lang="vi">Đèn đường Y Jút hỏng.</p>' in page.text
        assert "<mark" not in page.text
        assert "Có thể còn việc khác" not in page.text


# --- the classifier ---------------------------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def classifier(answer: str) -> AsyncIterator[str]:
    """Serve one answer to every question on a port of its own; yields its address."""

    async def respond(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = (await reader.readuntil(b"\r\n\r\n")).split()[1].decode()
        body = answer.format(asked=asked).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
        writer.write(head.encode() + b"Connection: close\r\n\r\n" + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(respond, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@contextlib.asynccontextmanager
async def desk_that_asks(classifier_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FastAPI]:
    monkeypatch.setenv("DESK_CLASSIFIER_URL", classifier_url)
    service, app = build(DeskSettings())
    yield app
    await service.engine.dispose()


@pytest.mark.usefixtures("app")
async def test_an_administrator_sees_the_classifiers_own_page_in_their_language(
    desk: RealDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.case()
    async with (
        classifier("<h2>m1</h2><svg></svg><p>{asked}</p>") as url,
        desk_that_asks(url, monkeypatch) as app,
        browser(app, "quantri") as client,
    ):
        page = await client.get("/staff/model")
        assert page.status_code == 200
        assert "<h2>m1</h2><svg></svg><p>/model/page?lang=vi</p>" in page.text
        assert '<a href="/staff/model" aria-current="page">Mô hình</a>' in page.text
        assert '<a href="/staff/admin" aria-current="page">Quản trị</a>' in page.text
        assert (await client.get("/staff/admin")).headers["location"] == "/staff/model"
        assert "/model/page?lang=en" in (await client.get("/staff/model?lang=en")).text


@pytest.mark.usefixtures("app")
async def test_a_classifier_that_does_not_answer_is_explained_and_the_rest_works(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with classifier("") as url:
        gone = url
    async with desk_that_asks(gone, monkeypatch) as app, browser(app, "quantri") as client:
        page = await client.get("/staff/model")
        assert (page.status_code, page.headers["retry-after"]) == (503, "5")
        assert "Bộ phân loại chưa trả lời" in page.text
        assert "DESK_CLASSIFIER_URL" in page.text
        assert (await client.get("/staff", follow_redirects=True)).status_code == 200


@pytest.mark.parametrize("login", [UNIT, "tinh", "giamsat"])
async def test_only_an_administrator_may_look_at_the_classifier(app: FastAPI, login: str) -> None:
    async with browser(app, login) as client:
        page = await client.get("/staff/model")
        assert page.status_code == 403
        assert "dành cho quản trị" in page.text
        assert "/staff/model" not in (await client.get("/staff", follow_redirects=True)).text


async def test_a_short_id_typed_into_the_search_opens_the_case(app: FastAPI, desk: RealDesk) -> None:
    one, foreign = await desk.case(), await desk.case(unit_code=OTHER_UNIT)
    async with browser(app, UNIT) as client:
        typed = short_id(one).lower().replace("-", "")
        assert (await client.get(f"/staff?q={typed}")).headers["location"] == f"/staff/cases/{one}"
        assert (await client.get(f"/staff?q={short_id(foreign)}")).status_code == 200


async def test_of_two_cases_with_one_short_id_the_one_on_the_page_moves(app: FastAPI, desk: RealDesk) -> None:
    older = uuid4()
    newer = UUID(int=older.int ^ (1 << 100))
    assert short_id(older) == short_id(newer)
    for one in (older, newer):
        await desk.case(feedback_id=one)
        desk.now += timedelta(minutes=1)
    async with browser(app, UNIT) as client:
        page = await client.get(f"/staff/cases/{older}")
        address = re.search(r'action="(/staff/cases/[^"]+/moves)"', page.text)
        assert address is not None
        values = {"csrf": csrf_of(page), "action": "accept", "version": "1"}
        moved = await client.post(address[1], data=values)
        assert str(older) in moved.headers["location"]
    assert [event.feedback_id for event in await desk.said()] == [older]


@pytest.mark.parametrize(
    "query", ["after=x", "after=2026-01-01~x", "tab=x&urgency=x&topic=x&review=x", "q=%00%25_", "lang=en", "unit="]
)
async def test_an_address_typed_wrongly_shows_the_inbox_all_the_same(app: FastAPI, desk: RealDesk, query: str) -> None:
    await desk.case()
    async with browser(app, UNIT) as client:
        assert (await client.get(f"/staff?{query}")).status_code == 200


async def test_words_of_residents_are_shown_as_words(app: FastAPI, desk: RealDesk) -> None:
    one = await desk.case(explanation="<script>alert(1)</script>")
    async with browser(app, UNIT) as client:
        page = await client.get(f"/staff/cases/{short_id(one)}?lang=en")
        assert "<script" not in page.text
        assert "What the resident wrote" in page.text


async def test_a_form_larger_than_any_of_ours_is_refused(app: FastAPI, desk: RealDesk) -> None:
    one = await desk.case()
    async with browser(app, UNIT) as client:
        assert (await press(client, one, "reply", 1, public_reply="a" * 200_000)).status_code == 413
        assert (await press(client, one, "accept", 1, note="a" * 3_000)).status_code == 422


# --- the command line -------------------------------------------------------------------------------------------------


async def test_staff_are_added_from_the_command_line(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*arguments: str, typed: str = "đủ dài và khó") -> tuple[int, str]:
        outcome = CliRunner().invoke(staff_cli, list(arguments), input=typed + "\n")
        return outcome.exit_code, outcome.output

    add = ("add", "Lan.Nguyen", "--role", "unit_leader", "--password-stdin")
    monkeypatch.setenv("COLUMNS", "200")
    code, said = await asyncio.to_thread(run, *add)
    assert (code, "give --unit" in said) == (2, True)
    assert (await asyncio.to_thread(run, *add, "--unit", "99999"))[0] == 2
    assert (await asyncio.to_thread(run, *add, "--unit", UNIT, typed="ngắn"))[0] == 2
    assert (await asyncio.to_thread(run, *add, "--unit", UNIT))[0] == 0
    code, said = await asyncio.to_thread(run, *add, "--unit", UNIT)
    assert (code, "exists already" in said) == (2, True)
    assert "lan.nguyen" in (await asyncio.to_thread(run, "list"))[1]
    async with browser(app) as client:
        assert (await sign_in(client, "LAN.NGUYEN", "đủ dài và khó")).status_code == 303


@pytest.mark.usefixtures("app")
async def test_seeding_the_demonstration_twice_adds_nobody_twice(desk: RealDesk, database_url: str) -> None:
    assert await seed_demo_staff(database_url, DeskSettings().territory, password=PASSWORD) == 0
    assert (await desk.rows("SELECT count(*) AS staff FROM desk.staff"))[0].staff == 105


async def test_ended_sessions_and_old_attempts_are_forgotten(app: FastAPI, desk: RealDesk) -> None:
    async with browser(app, UNIT) as client:
        await sign_in(client, OTHER_UNIT, "sai mật khẩu")
    async with desk.engine.begin() as connection:
        await connection.execute(text("UPDATE desk.session SET expires_at = now() - interval '1 second'"))
        await connection.execute(text("UPDATE desk.sign_in_attempt SET last_at = now() - interval '2 hours'"))
    await TidySignIns(desk.staff, system_clock)()
    assert await desk.rows("SELECT 1 FROM desk.session UNION ALL SELECT 1 FROM desk.sign_in_attempt") == []
