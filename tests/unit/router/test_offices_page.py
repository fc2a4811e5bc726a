"""The page of the offices' desks: what it shows, what its form changes, and what it refuses with what was typed."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from services.router.adapters.desk_documents import with_desks, written_desks
from services.router.domain.clock import Hours
from services.router.domain.desks import Desk
from services.router.domain.switches import Switch, SwitchNote
from services.router.entrypoints.desk_forms import DeskFormError, fields_of, read_desk
from services.router.entrypoints.offices_pages import DeskTools, desk_routes
from services.router.usecases.ports import LOADED, ReferenceSet, SetKind
from services.router.usecases.read_desks import ReadDesks
from services.router.usecases.switch_desks import ChangeDesk, RollBackDesks
from tests.support.placing import pack_sets

NOW = datetime(2026, 12, 2, 3, 0, tzinfo=UTC)
SECRET = "bi-mat-cua-hai-ben"  # noqa: S105 a secret of this test
DESK_SAYS = {"Authorization": f"Bearer {SECRET}", "Langnghe-Actor": "staff:7", "Langnghe-Role": "admin"}
BMT = "24133"
WEEK = Hours(
    frozenset(range(5)),
    ((time(7, 30), time(11, 30)), (time(13, 30), time(17))),
    {5: ((time(7, 30), time(11, 30)),)},
)
CENTRE = Desk("commune:public_service_centre", hours=WEEK, phone="0262 3812 345")
POLICE = Desk(
    "commune:police", BMT, email="ca@example.vn", deputy="commune:office", away_from=date(2026, 12, 1), away_to=None
)


@dataclass
class FakeReferences:
    """Reference sets in memory, as far as desks need them."""

    sets: dict[SetKind, ReferenceSet] = field(default_factory=dict)
    kept: dict[str, ReferenceSet] = field(default_factory=dict)
    record: list[Switch] = field(default_factory=list)

    @asynccontextmanager
    async def open(self) -> AsyncIterator["FakeReferences"]:
        yield self

    async def lock(self) -> None:
        pass

    async def active(self, kind: SetKind) -> ReferenceSet | None:
        return self.sets.get(kind)

    async def find(self, _kind: SetKind, version: str) -> ReferenceSet | None:
        return self.kept.get(version)

    async def switches_of(self, _kind: SetKind) -> Sequence[Switch]:
        return self.record

    async def activate(self, reference_set: ReferenceSet, note: SwitchNote = LOADED) -> bool:
        before = self.sets.get(reference_set.kind)
        if before is not None and before.version == reference_set.version:
            return False
        self.sets[reference_set.kind] = self.kept[reference_set.version] = reference_set
        version = before.version if before is not None else None
        self.record.append(Switch(len(self.record) + 1, NOW, note, version, reference_set.version))
        return True


@pytest.fixture
async def store() -> FakeReferences:
    sets = pack_sets()
    store = FakeReferences({kind: sets[kind] for kind in (SetKind.UNITS, SetKind.CALENDAR)})
    await store.activate(with_desks(sets[SetKind.OFFICES], [CENTRE, POLICE]))
    return store


@pytest.fixture
async def client(store: FakeReferences) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    tools = DeskTools(
        ReadDesks(store.open, written_desks, lambda: NOW),  # type: ignore[arg-type]
        ChangeDesk(store.open, written_desks, with_desks),  # type: ignore[arg-type]
        RollBackDesks(store.open, written_desks),  # type: ignore[arg-type]
    )
    app.include_router(desk_routes(tools, SecretStr(SECRET)))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://router", headers=DESK_SAYS) as client:
        yield client


def in_force(store: FakeReferences) -> dict[tuple[str, str], Desk]:
    return {desk.place: desk for desk in written_desks(store.sets[SetKind.OFFICES].document)}


def form_of(store: FakeReferences, desk: Desk, **fields: str) -> dict[str, str]:
    return {**fields_of(desk), "seen": store.sets[SetKind.OFFICES].version, "why": "đổi số", **fields}


async def test_only_the_desk_is_let_in(client: httpx.AsyncClient, store: FakeReferences) -> None:
    wrong = {"Authorization": "Bearer x"}
    assert (await client.get("/offices/page", headers=wrong)).status_code == 403
    assert (await client.post("/offices/page", headers=wrong, data=form_of(store, CENTRE))).status_code == 403


async def test_all_offices_are_listed_with_their_desks_in_both_languages(client: httpx.AsyncClient) -> None:
    page = (await client.get("/offices/page")).text
    assert "Các cơ quan (24)" in page
    assert "0262 3812 345" in page
    assert "Thứ Hai – Thứ Sáu 07:30–11:30, 13:30–17:00; Thứ Bảy 07:30–11:30" in page
    assert "Phường Buôn Ma Thuột – Công an xã/phường" in page
    assert "vắng từ 1/12/2026" in page
    assert "Provincial police" in (await client.get("/offices/page?lang=en")).text


async def test_a_unit_shows_its_own_desks_and_what_it_takes_from_the_general_ones(client: httpx.AsyncClient) -> None:
    page = (await client.get(f"/offices/page?unit={BMT}")).text
    assert "Làm thay: <b>Văn phòng HĐND và UBND</b>" in page
    assert "(theo khai chung)" in page
    assert "Công an tỉnh" not in page.partition("<h2>")[2]
    assert "<h2>Các cơ quan (24)</h2>" in (await client.get("/offices/page?unit=99999")).text


async def test_a_form_starts_with_what_the_desk_says(client: httpx.AsyncClient) -> None:
    page = (await client.get("/offices/page?office=commune:public_service_centre")).text
    assert 'value="07:30-11:30, 13:30-17:00"' in page
    assert '<input type="hidden" name="csrf">' in page
    of_unit = (await client.get(f"/offices/page?office=commune:public_service_centre&unit={BMT}")).text
    assert 'placeholder="0262 3812 345"' in of_unit
    assert 'id="op-phone"' not in (await client.get(f"/offices/page?office=province:health&unit={BMT}")).text


async def test_a_desk_is_changed_with_a_reason_under_the_name_of_who_did_it(
    client: httpx.AsyncClient, store: FakeReferences
) -> None:
    fields = form_of(
        store, Desk("commune:health", BMT), phone=" 0262  3999 999 ", hours_0="7:30-11:30", hours_4="13h30 – 17h00"
    )
    done = await client.post("/offices/page", data=fields)
    assert (done.status_code, done.headers["location"]) == (303, f"?done=changed&unit={BMT}")
    assert in_force(store)["commune:health", BMT] == Desk(
        "commune:health",
        BMT,
        phone="0262 3999 999",
        hours=Hours(frozenset({0}), ((time(7, 30), time(11, 30)),), {4: ((time(13, 30), time(17)),)}),
    )
    assert (store.record[-1].note.by, store.record[-1].note.why) == ("staff:7", "đổi số")
    assert "Đã lưu." in (await client.get(f"/offices/page{done.headers['location']}")).text
    same = await client.post("/offices/page", data=form_of(store, in_force(store)["commune:health", BMT]))
    assert same.headers["location"] == f"?done=same&unit={BMT}"


async def test_an_emptied_desk_is_taken_away(client: httpx.AsyncClient, store: FakeReferences) -> None:
    await client.post("/offices/page", data=form_of(store, Desk("commune:police", BMT)))
    assert list(in_force(store)) == [CENTRE.place]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"phone": "gọi chị An"}, "«gọi chị An» không phải số điện thoại"),
        ({"hours_0": "sáng"}, "giờ «sáng» phải ghi như 07:30-11:30"),
        ({"hours_0": "25:00-26:00"}, "giờ «25:00-26:00» phải ghi như 07:30-11:30"),
        ({"hours_0": "11:30-07:30"}, "phải theo thứ tự, không chồng nhau"),
        ({"hours_0": "07:30-08:00"}, "ít nhất 60 phút"),
        ({"away_from": "mai"}, "«mai» không phải là ngày"),
        ({"away_from": "2026-12-05", "away_to": "2026-12-01"}, "vắng đến 2026-12-01, trước ngày vắng từ 2026-12-05"),
        ({"deputy": "commune:x"}, "không có cơ quan «commune:x» để làm thay"),
        ({"deputy": "commune:police"}, "thành vòng: commune:police -&gt; commune:police"),
        ({"why": " "}, "ghi lý do"),
        ({"seen": "khac"}, "có người vừa thay đổi"),
    ],
)
async def test_what_cannot_be_is_refused_in_vietnamese_and_stays_in_the_form(
    client: httpx.AsyncClient, store: FakeReferences, fields: dict[str, str], said: str
) -> None:
    before = in_force(store)
    refused = await client.post("/offices/page", data=form_of(store, POLICE, email="moi@example.vn") | fields)
    assert refused.status_code == 422
    assert said in refused.text
    assert 'value="moi@example.vn"' in refused.text
    assert in_force(store) == before


async def test_going_back_undoes_the_latest_change_and_is_refused_without_a_reason(
    client: httpx.AsyncClient, store: FakeReferences
) -> None:
    assert "Quay lại trước" not in (await client.get("/offices/page")).text
    await client.post("/offices/page", data=form_of(store, Desk("commune:police", BMT)))
    back = {"action": "rollback", "seen": store.sets[SetKind.OFFICES].version, "why": ""}
    refused = await client.post("/offices/page", data=back)
    assert (refused.status_code, "Chưa quay lại." in refused.text) == (422, True)
    done = await client.post("/offices/page", data=back | {"why": "nhầm"})
    assert (done.status_code, done.headers["location"]) == (303, "?done=rolled-back")
    assert in_force(store)["commune:police", BMT] == POLICE


@pytest.mark.parametrize("missing", [SetKind.UNITS, SetKind.CALENDAR, SetKind.OFFICES])
async def test_without_a_territory_the_page_says_what_to_do(
    client: httpx.AsyncClient, store: FakeReferences, missing: SetKind
) -> None:
    del store.sets[missing]
    page = await client.get("/offices/page")
    assert page.status_code == 503
    assert "langnghe territory load" in page.text


@pytest.mark.parametrize("desk", [CENTRE, POLICE, Desk("commune:health")])
def test_a_desk_goes_through_the_form_unchanged(desk: Desk) -> None:
    assert read_desk(fields_of(desk)) == desk


def test_a_field_without_end_is_refused() -> None:
    with pytest.raises(DeskFormError):
        read_desk({"office": "commune:health", "phone": "1" * 301})
