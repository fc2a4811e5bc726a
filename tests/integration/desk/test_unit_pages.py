import asyncio
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from typer.testing import CliRunner

from services.desk.domain.life_cycle import Action
from services.desk.domain.staff import Role
from services.desk.entrypoints.cli import app as staff_cli
from shared.clock import system_clock
from shared.events import PlacementReason
from shared.events.short_id import short_id
from tests.support.desk import OTHER_UNIT, RECEIVED, UNIT, RealDesk, feedback_placed
from tests.support.desk_browser import browser, csrf_of, press

TODAY = system_clock().date()


async def send(client: httpx.AsyncClient, address: str, **fields: str) -> httpx.Response:
    csrf = csrf_of(await client.get("/staff/login", follow_redirects=True))
    return await client.post(address, data={"csrf": csrf, **fields})


async def give(client: httpx.AsyncClient, one: UUID, to: object, seen: object = "") -> httpx.Response:
    return await send(client, f"/staff/cases/{one}/assignee", to=str(to), seen=str(seen))


async def staff_id(desk: RealDesk, login: str) -> int:
    (row,) = await desk.rows("SELECT staff_id FROM desk.staff WHERE login = :login", login=login)
    return int(row.staff_id)


async def test_a_leader_switches_sharing_out_on_and_off_and_handlers_only_read_of_it(
    app: FastAPI, desk: RealDesk
) -> None:
    async with browser(app, "quantri") as client:
        off = await client.get(f"/staff/unit?unit={UNIT}")
        assert "Đang tắt" in off.text
        done = await send(client, "/staff/unit/sharing", unit=UNIT, shares_out="1")
        assert done.headers["location"] == f"/staff/unit?done=sharing_on&unit={UNIT}"
        page = await client.get(done.headers["location"])
        assert "Đã bật chia việc." in page.text
        assert "Tắt chia việc" in page.text
    one = await desk.case()
    (row,) = await desk.rows("SELECT assignee_id FROM desk.case_file WHERE feedback_id = :one", one=one)
    assert row.assignee_id == await staff_id(desk, UNIT)
    async with browser(app, UNIT) as client:
        page = await client.get("/staff/unit")
        assert "Đang bật" in page.text
        assert "Tắt chia việc" not in page.text
        assert (await send(client, "/staff/unit/sharing", unit=UNIT, shares_out="0")).status_code == 403
        assert (await send(client, "/staff/unit/sharing", unit=OTHER_UNIT, shares_out="1")).status_code == 404
        assert (await client.get(f"/staff/unit?unit={OTHER_UNIT}")).status_code == 404
        assert (await client.get("/staff/unit?unit=nowhere")).status_code == 404
        assert 'href="/staff/unit"' in (await client.get("/staff")).text
    async with browser(app, "tinh") as client:
        assert (await client.get("/staff/unit")).headers["location"] == "/staff/province"


async def test_a_handler_notes_an_absence_and_takes_it_back(app: FastAPI, desk: RealDesk) -> None:
    me, until = await staff_id(desk, UNIT), TODAY + timedelta(days=3)
    noted = {"unit": UNIT, "staff_id": str(me), "from_on": TODAY.isoformat(), "to_on": until.isoformat()}
    async with browser(app, UNIT) as client:
        refused = await send(client, "/staff/unit/absences", **noted | {"to_on": "2020-01-01"})
        assert refused.status_code == 422
        assert "Ngày cuối đang trước ngày đầu." in refused.text
        assert 'value="2020-01-01"' in refused.text
        for wrong in ({"to_on": ""}, {"from_on": "31/12/2026"}):
            assert "Xin ghi đủ ngày" in (await send(client, "/staff/unit/absences", **noted | wrong)).text
        done = await send(client, "/staff/unit/absences", **noted)
        assert done.headers["location"] == "/staff/unit?done=absence"
        page = await client.get("/staff/unit?done=absence")
        assert f"{until:%d/%m/%Y}" in page.text
        (absence,) = await desk.rows("SELECT absence_id, staff_id FROM desk.absence")
        assert absence.staff_id == me
        removal = {"unit": UNIT, "absence_id": str(absence.absence_id)}
        assert (await send(client, "/staff/unit/absences/removal", **removal)).status_code == 303
        assert (await send(client, "/staff/unit/absences/removal", **removal)).status_code == 404
    assert await desk.rows("SELECT 1 FROM desk.absence") == []


async def test_a_form_of_the_unit_without_its_token_does_nothing(app: FastAPI, desk: RealDesk) -> None:
    one = await desk.case()
    async with browser(app, "quantri") as client:
        for address, fields in (
            ("/staff/unit/sharing", {"unit": UNIT, "shares_out": "1"}),
            ("/staff/unit/absences", {"unit": UNIT}),
            ("/staff/unit/absences/removal", {"unit": UNIT}),
            (f"/staff/cases/{one}/assignee", {"to": "1"}),
        ):
            assert (await client.post(address, data=fields)).status_code == 403
    assert await desk.rows("SELECT 1 FROM desk.unit_setting") == []


async def test_a_colleague_takes_a_case_over_from_somebody_who_is_away(app: FastAPI, desk: RealDesk) -> None:
    binh = await desk.member("binh", Role.HANDLER, UNIT)
    me = await staff_id(desk, UNIT)
    one = await desk.case()
    desk.now = system_clock()
    today = desk.now.date()
    async with browser(app, UNIT) as client:
        page = await client.get(f"/staff/cases/{one}")
        assert "Nhận việc này" in page.text
        assert (await give(client, one, me)).headers["location"] == f"/staff/cases/{one}?done=assign"
        await desk.rows("UPDATE desk.case_file SET assignee_id = :binh RETURNING 1", binh=binh.staff_id)
        assert "Nhận thay" not in (await client.get(f"/staff/cases/{one}")).text
        refused = await give(client, one, me, binh.staff_id)
        assert refused.status_code == 403
        await desk.unit.add_absence(
            UNIT, binh.staff_id, today - timedelta(days=1), today + timedelta(days=1), by=binh, address="x"
        )
        page = await client.get(f"/staff/cases/{one}")
        assert "Nhận thay" in page.text
        assert "đang vắng" in page.text
        stale = await give(client, one, me, me)
        assert stale.status_code == 409
        assert "Người xử lý vừa được đổi." in stale.text
        assert (await give(client, one, me, binh.staff_id)).status_code == 303
        mine = await client.get("/staff?mine=1")
        assert short_id(one) in mine.text
        assert (await client.get("/staff/api/cases?mine=1")).json()["cases"][0]["assignee"] == f"staff:{me}"
        await give(client, one, "", me)
        assert short_id(one) not in (await client.get("/staff?mine=1")).text
        assert short_id(one) in (await client.get("/staff")).text
    async with browser(app, OTHER_UNIT) as client:
        assert (await give(client, one, await staff_id(desk, OTHER_UNIT))).status_code == 404


async def test_a_case_nobody_has_is_marked_where_cases_are_shared_out(app: FastAPI, desk: RealDesk) -> None:
    await desk.case()
    async with browser(app, "quantri") as client:
        assert "Chưa giao cho ai" not in (await client.get(f"/staff?unit={UNIT}")).text
        await send(client, "/staff/unit/sharing", unit=UNIT, shares_out="1")
        assert "Chưa giao cho ai" in (await client.get(f"/staff?unit={UNIT}")).text


async def test_a_tracking_code_typed_into_the_search_leads_to_the_case(app: FastAPI, desk: RealDesk) -> None:
    one = await desk.case(tracking_code="DL-7K3FM-92QXA")
    async with browser(app, UNIT) as client:
        answer = await client.get("/staff?q=dl+7k3fm+92qxa")
        assert answer.headers["location"] == f"/staff/cases/{one}"
    async with browser(app, OTHER_UNIT) as client:
        page = await client.get("/staff?q=DL-7K3FM-92QXA")
        assert page.status_code == 200
        assert "Không có hồ sơ nào khớp." in page.text


async def test_a_part_leads_to_its_siblings_and_its_correction_belongs_to_the_whole(
    app: FastAPI, desk: RealDesk
) -> None:
    main = await desk.case()
    part = feedback_placed(part_of=main, subject="power", office="commune:police")
    elsewhere = feedback_placed(part_of=main, subject="waste", unit_code=OTHER_UNIT)
    await desk.open_placed([part, elsewhere])
    async with browser(app, UNIT) as client:
        page = await client.get(f"/staff/cases/{part.feedback_id}")
        assert "Đây là một phần của phản ánh" in page.text
        assert "Đèn đường Y Jút hỏng." in page.text
        assert f'href="/staff/cases/{main}"' in page.text
        # How the part of another unit stands is told, without a way in.
        assert f'href="/staff/cases/{elsewhere.feedback_id}"' not in page.text
        assert page.text.count("Mới đến") == 3
        assert "/correction" not in page.text
        said = {"kind": "report", "subject": "street_lighting", "urgency": "normal"}
        refused = await send(client, f"/staff/cases/{part.feedback_id}/correction", **said)
        assert refused.status_code == 409
        assert "xem lại loại, lĩnh vực và mức độ ở hồ sơ chính" in refused.text
        assert f'href="/staff/cases/{part.feedback_id}"' in (await client.get(f"/staff/cases/{main}")).text
        assert "Một phần" in (await client.get("/staff")).text
        answer = (await client.get(f"/staff/api/cases/{part.feedback_id}")).json()
        assert (answer["part_of"], answer["text"]) == (str(main), "Đèn đường Y Jút hỏng.")
    assert await desk.corrected() == []


async def test_a_case_page_shows_the_deadlines_of_before_and_who_moved_the_case(app: FastAPI, desk: RealDesk) -> None:
    one = await desk.case(unit_code=None)
    later = RECEIVED + timedelta(days=9)
    renewed = {"feedback_id": one, "accept_by": later, "resolve_by": later}
    await desk.open_placed(
        [
            feedback_placed(generation=2, reason=PlacementReason.ANSWERED, explanation="Người dân chọn.", **renewed),
            feedback_placed(
                generation=3,
                reason=PlacementReason.WAITING,
                **renewed | {"resolve_by": later + timedelta(days=1)},
            ),
        ]
    )
    async with browser(app, UNIT) as client:
        page = await client.get(f"/staff/cases/{one}")
        assert "Hạn cũ" in page.text
        assert "vì chờ người dân trả lời" in page.text
        assert "vì người dân cho biết nơi xảy ra" in page.text
        assert "Hệ thống đã chuyển hồ sơ" in page.text
        assert "Người dân chọn." in page.text
        await press(client, one, "accept", 2)
    assert [event.action.value for event in await desk.said()] == [Action.ACCEPT]


async def test_whoever_works_for_a_unit_that_was_split_is_told_and_moved_by_a_command(
    app: FastAPI, desk: RealDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*arguments: str) -> tuple[int, str]:
        outcome = CliRunner().invoke(staff_cli, ["move", *arguments])
        return outcome.exit_code, outcome.output

    monkeypatch.setenv("COLUMNS", "200")
    await desk.rows("UPDATE desk.staff SET unit_code = '00001' WHERE login = :login RETURNING 1", login=UNIT)
    async with browser(app, UNIT) as client:
        page = await client.get("/staff")
        assert "Đơn vị của bạn không còn" in page.text
        for arguments, says in (
            ((UNIT, "--unit", "00001"), "not in the territory"),
            (("nobody", "--unit", OTHER_UNIT), "nobody signs in"),
            (("tinh", "--unit", OTHER_UNIT), "leave --unit out"),
        ):
            code, said = await asyncio.to_thread(run, *arguments)
            assert (code, says in said) == (2, True)
        assert (await asyncio.to_thread(run, UNIT, "--unit", OTHER_UNIT))[0] == 0
        assert "Đơn vị của bạn" not in (await client.get("/staff")).text
    (row,) = await desk.rows("SELECT action, subject FROM desk.audit WHERE action LIKE 'moved%'")
    assert row.action == f"moved staff from unit 00001 to {OTHER_UNIT}"
