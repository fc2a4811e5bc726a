"""Administrators' pages from the browser through the desk to the real router and back, over HTTP."""

import asyncio
import contextlib
import html
import re
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.desk.entrypoints.cli import seed_demo_staff
from services.desk.main import MIGRATIONS as DESK_MIGRATIONS
from services.desk.main import build as build_desk
from services.desk.settings import DeskSettings
from services.router.adapters.reference import ReferenceWatcher
from services.router.adapters.store import Store
from services.router.entrypoints.territory_cli import load_territory_pack
from services.router.main import build as build_router
from services.router.settings import RouterSettings
from services.router.usecases.place_feedback import PlaceFeedback
from shared.clock import system_clock
from shared.events import FeedbackPlaced, PlaceGiven
from tests.integration.router.conftest import MIGRATIONS as ROUTER_MIGRATIONS
from tests.support.desk import OTHER_UNIT, UNIT, RealDesk, feedback_classified
from tests.support.desk_browser import PASSWORD, browser, csrf_of
from tests.support.events import feedback_classified as classified
from tests.support.placing import PACK, shared_data

SECRET = "đều biết".encode().hex()
CATCH_ALL = "  - id: lead_office\n    to: lead\n"
NOISE = "  - id: noise\n    note: Karaoke là việc của tỉnh\n    when: {topic: [noise]}\n    to: 'province:police'\n"


@dataclass
class Both:
    """The desk and the router, wired as their main.py wires them, over one database."""

    desk: FastAPI
    engine: AsyncEngine

    async def place(self, *numbers: int) -> list[FeedbackPlaced]:
        """Place reports about noise."""
        placed = PlaceFeedback(
            ReferenceWatcher(self.engine, every_seconds=1).current, Store(self.engine).open_placements, system_clock
        )
        reports = [
            classified(feedback_id=UUID(int=number), subject="noise", place=PlaceGiven(unit_code=UNIT))
            for number in numbers
        ]
        return list(await placed(reports))

    async def versions(self) -> list[str]:
        """Read the version of the rules in force, and of those before, by every switch on record."""
        query = text("SELECT version FROM router.reference_switch WHERE kind = 'policy' ORDER BY id")
        async with self.engine.connect() as connection:
            return [row.version for row in await connection.execute(query)]

    async def last_switch(self) -> tuple[str, str, str]:
        """Read who switched last, how and why."""
        query = text(
            "SELECT switched_by, action, why FROM router.reference_switch WHERE kind = 'policy' "
            "ORDER BY id DESC LIMIT 1"
        )
        async with self.engine.connect() as connection:
            row = (await connection.execute(query)).one()
        return row.switched_by, row.action, row.why


@contextlib.asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[str]:
    """Serve an application on a free port, without what it does beside requests."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None))
    task = asyncio.create_task(server.serve([listener]))
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    await task


@pytest.fixture
def migrations() -> tuple[Path, ...]:
    return (DESK_MIGRATIONS, ROUTER_MIGRATIONS)


@pytest.fixture
async def both(database_url: str, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Both]:
    """Both services, with a territory and the staff of the demonstration."""
    await load_territory_pack(database_url, PACK)
    await seed_demo_staff(database_url, PACK, password=PASSWORD)
    for name, value in {
        "DATABASE_URL": database_url,
        "LANGNGHE_TERRITORY": str(PACK),
        "ROUTER_PAGES_SECRET": SECRET,
        "DESK_PAGES_SECRET": SECRET,
    }.items():
        monkeypatch.setenv(name, value)
    router, router_app = build_router(RouterSettings())
    async with served(router_app) as url:
        monkeypatch.setenv("DESK_ROUTER_URL", url)
        desk, desk_app = build_desk(DeskSettings())
        yield Both(desk_app, engine)
        await desk.engine.dispose()
    await router.engine.dispose()


def hidden(page: httpx.Response, name: str) -> str:
    found = re.search(rf'name="{name}" value="(\w+)"', page.text)
    assert found is not None
    return found[1]


def yaml_of(page: httpx.Response) -> str:
    found = re.search(r"<textarea[^>]*>\n?(.*?)</textarea>", page.text, re.DOTALL)
    assert found is not None
    return html.unescape(found[1])


async def send(client: httpx.AsyncClient, action: str, rules: str, **fields: str) -> httpx.Response:
    page = await client.get("/staff/rules")
    values = {"csrf": csrf_of(page), "seen": hidden(page, "seen"), "action": action, "rules": rules, **fields}
    return await client.post("/staff/rules", data=values)


async def test_rules_are_read_changed_tried_switched_and_taken_back_in_the_browser(both: Both) -> None:
    before = await both.place(1, 2, 3)
    assert {placed.office for placed in before} == {"commune:police"}
    async with browser(both.desk, "quantri") as client:
        page = await client.get("/staff/rules")
        assert page.status_code == 200
        assert '<a href="/staff/rules" aria-current="page">Quy tắc</a>' in page.text
        assert "Mức độ: Khẩn cấp" in page.text
        rules = yaml_of(page)
        same = await send(client, "compare", rules)
        assert "không có quy tắc nào khác" in same.text
        changed = rules.replace(CATCH_ALL, NOISE + CATCH_ALL)
        assert changed != rules

        compared = await send(client, "compare", changed)
        assert compared.status_code == 200
        assert "<b>Thêm</b>" in compared.text
        assert "→ Công an tỉnh" in compared.text
        tried = await send(client, "try", changed, last="1")
        assert "Chạy thử trên 3 phản ánh gần nhất: 3 sẽ khác đi." in tried.text
        assert f'href="/staff/cases/{UUID(int=1)}"' in tried.text
        assert len(await both.versions()) == 1

        switched = await send(client, "apply", changed, why="karaoke đêm")
        assert (switched.status_code, switched.headers["location"]) == (303, "/staff/rules?done=switched")
        shown = await client.get(switched.headers["location"])
        assert "Quy tắc mới đã có hiệu lực" in shown.text
        assert "Karaoke là việc của tỉnh" in shown.text
        assert "karaoke đêm" in shown.text
        assert "Quản trị: karaoke đêm" in re.sub("<[^>]+>", "", shown.text)
        by, action, why = await both.last_switch()
        assert re.fullmatch(r"staff:\d+", by)
        assert (action, why) == ("switch", "karaoke đêm")
        assert [placed.office for placed in await both.place(4)] == ["province:police"]

        back = {"csrf": csrf_of(shown), "seen": hidden(shown, "seen"), "action": "rollback", "why": "nhầm"}
        gone_back = await client.post("/staff/rules", data=back)
        assert gone_back.headers["location"] == "/staff/rules?done=rolled-back"
        versions = await both.versions()
        assert versions[0] == versions[2] != versions[1]
        assert await both.last_switch() == (by, "rollback", "nhầm")
        # The same form again: others are in force by now, so a second press does not undo a second switch.
        twice = await client.post("/staff/rules", data=back)
        assert twice.status_code == 422
        assert "đã có người áp dụng quy tắc khác" in twice.text
        assert await both.versions() == versions


async def test_rules_that_cannot_be_used_are_refused_in_place_and_what_was_typed_stays(both: Both) -> None:
    async with browser(both.desk, "quantri") as client:
        rules = yaml_of(await client.get("/staff/rules"))
        wrong = rules.replace("to: lead\n", "to: 'commune:<b>'\n", 1)
        for action in ("check", "compare", "try", "apply"):
            page = await send(client, action, wrong, why="thử & sai")
            assert page.status_code == 422, action
            line = wrong[: wrong.index("- id: emergency_to_lead")].count("\n") + 1
            assert "Chưa áp dụng, không có gì thay đổi." in page.text
            assert f"Dòng {line}: không có cơ quan «commune:&lt;b&gt;»" in page.text
            assert '<code class="rp-line">- id: emergency_to_lead</code>' in page.text
            assert yaml_of(page) == wrong
            assert 'value="thử &amp; sai"' in page.text
        unreachable = await send(client, "check", rules.replace(CATCH_ALL, CATCH_ALL + NOISE))
        assert "quy tắc cuối cùng phải không có điều kiện" in unreachable.text
        second = await send(
            client, "check", rules.replace(CATCH_ALL, NOISE + NOISE.replace("noise\n", "again\n", 1) + CATCH_ALL)
        )
        assert "quy tắc «again» không bao giờ được dùng" in second.text
        assert '<code class="rp-line">- id: again</code>' in second.text
        without_why = await send(client, "apply", rules.replace("  - id: high\n", "  - id: urgent\n"), why=" ")
        assert "ghi lý do" in without_why.text
        assert len(await both.versions()) == 1


async def test_rules_that_somebody_else_switched_meanwhile_are_not_overwritten(both: Both) -> None:
    async with browser(both.desk, "quantri") as client:
        page = await client.get("/staff/rules")
        seen, csrf = hidden(page, "seen"), csrf_of(page)
        rules = yaml_of(page)
        first = await send(client, "apply", rules.replace(CATCH_ALL, NOISE + CATCH_ALL), why="một")
        assert first.status_code == 303
        other = rules.replace("minutes: 60}", "minutes: 90}")
        second = await client.post(
            "/staff/rules", data={"csrf": csrf, "seen": seen, "action": "apply", "rules": other, "why": "hai"}
        )
        assert second.status_code == 422
        assert "đã có người áp dụng quy tắc khác" in second.text
        assert yaml_of(second) == other
        assert len(await both.versions()) == 2


async def test_the_calendar_is_framed_and_its_years_can_be_chosen(both: Both) -> None:
    async with browser(both.desk, "quantri") as client:
        page = await client.get("/staff/calendar?year=2026&lang=en")
        assert "Working calendar of 2026" in page.text
        assert '<a href="?year=2027&amp;lang=en">2027</a>' in page.text
        unknown = await client.get("/staff/calendar?year=1999&lang=vi")
        assert "Lịch làm việc không có năm này" in unknown.text


@pytest.mark.parametrize("login", [UNIT, "tinh", "giamsat"])
@pytest.mark.parametrize("path", ["model", "rules", "offices", "boundaries", "calendar"])
async def test_only_administrators_see_and_send_pages_of_administrators(both: Both, login: str, path: str) -> None:
    async with browser(both.desk, login) as client:
        start = await client.get("/staff", follow_redirects=True)
        assert "/staff/admin" not in start.text
        assert (await client.get(f"/staff/{path}")).status_code == 403
        sent = await client.post(f"/staff/{path}", data={"csrf": csrf_of(start), "action": "apply", "why": "x"})
        assert sent.status_code == 403
        assert "dành cho quản trị viên" in sent.text
    assert len(await both.versions()) == 1


async def test_a_form_from_elsewhere_changes_nothing(both: Both) -> None:
    async with browser(both.desk, "quantri") as client:
        page = await client.get("/staff/rules")
        values = {"action": "rollback", "seen": hidden(page, "seen"), "why": "x"}
        assert (await client.post("/staff/rules", data=values)).status_code == 403
        guarded = {**values, "csrf": csrf_of(page)}
        elsewhere = await client.post("/staff/rules", data=guarded, headers={"Origin": "http://elsewhere.test"})
        assert elsewhere.status_code == 403


async def test_rules_larger_than_any_other_form_are_taken_and_beyond_the_limit_refused(both: Both) -> None:
    async with browser(both.desk, "quantri") as client:
        rules = yaml_of(await client.get("/staff/rules"))
        page = await send(client, "check", rules + "# một dòng ghi chú dài\n" * 5000)
        assert page.status_code == 200
        assert "Dùng được." in page.text
        assert (await send(client, "check", "#" * 1024 * 1024)).status_code == 413


async def test_a_desk_with_another_secret_is_refused_and_says_what_to_mend(
    both: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESK_PAGES_SECRET", "another")
    service, app = build_desk(DeskSettings())
    async with browser(app, "quantri") as client:
        page = await client.get("/staff/rules")
        assert page.status_code == 503
        assert "DESK_PAGES_SECRET và ROUTER_PAGES_SECRET" in page.text
        assert (await client.get("/staff/calendar")).status_code == 200
    await service.engine.dispose()
    assert len(await both.versions()) == 1


# --- boundaries -----------------------------------------------------------------------------------------------------


async def send_file(
    client: httpx.AsyncClient, action: str, content: bytes, name: str = "ranh.geojson"
) -> httpx.Response:
    page = await client.get("/staff/boundaries")
    return await client.post(
        "/staff/boundaries",
        data={"csrf": csrf_of(page), "action": action},
        files={"file": (name, content, "application/geo+json")},
    )


async def stored_boundaries(both: Both) -> list[str]:
    query = text("SELECT version FROM router.reference_set WHERE kind = 'boundaries' ORDER BY loaded_at")
    async with both.engine.connect() as connection:
        return [row.version for row in await connection.execute(query)]


async def test_boundaries_are_sent_checked_kept_tried_switched_and_taken_back_in_the_browser(both: Both) -> None:
    content = shared_data("daklak_boundaries.geojson").read_bytes()
    async with browser(both.desk, "quantri") as client:
        page = await client.get("/staff/boundaries")
        assert page.status_code == 200
        assert "ranh giới khái quát" in page.text
        checked = await send_file(client, "check", content)
        assert checked.status_code == 200, checked.text
        assert "Dùng được:" in checked.text
        assert await stored_boundaries(both) == []
        kept = await send_file(client, "import", content)
        (version,) = await stored_boundaries(both)
        assert kept.headers["location"] == f"/staff/boundaries?done=imported&version={version}"
        page = await client.get(kept.headers["location"])
        assert f'<option value="{version}" selected>' in page.text
        form = {"csrf": csrf_of(page), "seen": "generalised", "version": version}

        tried = await client.post("/staff/boundaries", data={**form, "action": "try", "last": "1"})
        assert "0 vị trí gần nhất" in " ".join(tried.text.split())
        applied = await client.post("/staff/boundaries", data={**form, "action": "apply", "why": "nghị quyết mới"})
        assert "done=switched" in applied.headers["location"]
        page = await client.get("/staff/boundaries")
        assert "nghị quyết mới" in page.text
        assert hidden(page, "seen") == version
        late = await client.post("/staff/boundaries", data={**form, "action": "apply", "why": "lần nữa"})
        assert late.status_code == 422
        assert "đã có người áp dụng ranh giới khác" in late.text
        back = await client.post(
            "/staff/boundaries", data={**form, "seen": version, "action": "rollback", "why": "nhầm"}
        )
        assert "done=rolled-back" in back.headers["location"]
        assert hidden(await client.get("/staff/boundaries"), "seen") == "generalised"


async def test_a_switch_of_boundaries_can_wait_for_its_day_and_be_cancelled(both: Both) -> None:
    async with browser(both.desk, "quantri") as client:
        await send_file(client, "import", shared_data("daklak_boundaries.geojson").read_bytes())
        (version,) = await stored_boundaries(both)
        form = {"csrf": csrf_of(await client.get("/staff/boundaries")), "version": version, "why": "sáp nhập"}
        for day, said in (("2020-01-01", "không phải ngày sắp tới"), ("mai", "«mai» không phải một ngày")):
            refused = await client.post("/staff/boundaries", data={**form, "action": "apply", "from": day})
            assert refused.status_code == 422
            assert said in refused.text
        planned = await client.post("/staff/boundaries", data={**form, "action": "apply", "from": "2099-07-01"})
        assert "done=planned" in planned.headers["location"]
        page = await client.get("/staff/boundaries")
        assert "<b>01/07/2099</b>" in page.text
        cancelled = await client.post(
            "/staff/boundaries", data={**form, "action": "cancel", "plan": hidden(page, "plan")}
        )
        assert "done=cancelled" in cancelled.headers["location"]
        assert "đã hủy" in (await client.get("/staff/boundaries")).text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "không phải JSON"),
        (b'{"type": "FeatureCollection", "features": []}', "lỗi nữa"),
        (b'{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}}]}', "không có thuộc tính"),
        (b"[" * 20_000, "không phải JSON"),
    ],
)
async def test_a_file_that_holds_no_boundaries_of_the_units_is_refused_with_the_reason(
    both: Both, content: bytes, said: str
) -> None:
    async with browser(both.desk, "quantri") as client:
        for action in ("check", "import"):
            page = await send_file(client, action, content)
            assert page.status_code == 422
            assert said in page.text
    assert await stored_boundaries(both) == []


async def test_a_form_without_its_file_and_one_that_is_too_large_are_refused(both: Both) -> None:
    async with browser(both.desk, "quantri") as client:
        empty = await client.post(
            "/staff/boundaries", data={"csrf": csrf_of(await client.get("/staff/boundaries")), "action": "import"}
        )
        assert empty.status_code == 422
        assert "chưa có tệp nào" in empty.text
        large = await send_file(client, "import", b" " * (20 * 1024 * 1024))
        assert large.status_code == 413
        assert "Nội dung quá dài" in large.text
    assert await stored_boundaries(both) == []


@pytest.mark.parametrize("login", [UNIT, "tinh"])
async def test_a_file_of_somebody_who_is_no_administrator_is_not_read(both: Both, login: str) -> None:
    async with browser(both.desk, login) as client:
        csrf = csrf_of(await client.get("/staff", follow_redirects=True))
        answer = await client.post(
            "/staff/boundaries", data={"csrf": csrf, "action": "import"}, files={"file": ("x", b"{}", "text/plain")}
        )
        assert answer.status_code == 403


async def test_a_file_from_elsewhere_is_refused(both: Both) -> None:
    async with browser(both.desk, "quantri") as client:
        answer = await client.post("/staff/boundaries", data={"action": "import"}, files={"file": ("x", b"{}")})
        assert answer.status_code == 403
        assert "Biểu mẫu đã cũ" in answer.text


# --- one case ---------------------------------------------------------------------------------------------------------


async def test_why_a_case_is_where_it_is_is_told_to_those_who_may_see_it(both: Both) -> None:
    placed, other = await both.place(1, 2)
    desk = RealDesk(both.engine)
    await desk.open_placed([placed])
    await desk.note_reports([feedback_classified(feedback_id=placed.feedback_id)])
    async with browser(both.desk, UNIT) as client:
        case = await client.get(f"/staff/cases/{placed.feedback_id}")
        assert f'href="/staff/cases/{placed.feedback_id}/why"' in case.text
        page = await client.get(f"/staff/cases/{placed.feedback_id}/why")
        assert page.status_code == 200
        assert "Vì sao vụ việc ở đây?" in page.text
        assert "Công an" in page.text
        assert 'aria-label="Quản trị"' not in page.text
        assert (await client.get(f"/staff/cases/{other.feedback_id}/why")).status_code == 404
    async with browser(both.desk, "22015") as client:
        assert (await client.get(f"/staff/cases/{placed.feedback_id}/why")).status_code == 404


async def test_of_a_report_and_its_parts_only_the_case_itself_is_told_since_others_may_be_of_other_units(
    both: Both,
) -> None:
    (placed,) = await both.place(1)
    part = UUID(int=2)
    async with both.engine.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO router.placement SELECT (jsonb_populate_record(known, jsonb_build_object("
                "'feedback_id', CAST(:part AS text), 'part_of', known.feedback_id, 'unit_code', CAST(:unit AS text), "
                "'explanation', 'Ở đơn vị khác.'))).* FROM router.placement AS known"
            ),
            {"part": str(part), "unit": OTHER_UNIT},
        )
    await RealDesk(both.engine).open_placed([placed])
    async with browser(both.desk, UNIT) as client:
        page = await client.get(f"/staff/cases/{placed.feedback_id}/why")
        assert placed.explanation in html.unescape(page.text)
        assert "Ở đơn vị khác." not in page.text
        assert str(part) not in page.text
