"""/calendar/page: the year as people see it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, time

import httpx
import pytest
from fastapi import FastAPI

from services.router.adapters.calendar_documents import calendar_in_force
from services.router.domain.clock import Hours
from services.router.entrypoints.calendar_pages import calendar_routes, week_in_words
from services.router.usecases.ports import ReferenceSet, SetKind
from services.router.usecases.read_calendar import ReadCalendar
from tests.support.placing import pack_sets

NOON_23_NOVEMBER = datetime(2026, 11, 23, 5, tzinfo=UTC)


class FakeReferences:
    def __init__(self, sets: Mapping[SetKind, ReferenceSet]) -> None:
        self._sets = sets

    async def active(self, kind: SetKind) -> ReferenceSet | None:
        return self._sets.get(kind)


async def ask(
    *, sets: Mapping[SetKind, ReferenceSet] | None = None, now: datetime = NOON_23_NOVEMBER, **params: str
) -> httpx.Response:
    @asynccontextmanager
    async def open_references() -> AsyncIterator[FakeReferences]:
        yield FakeReferences(pack_sets() if sets is None else sets)

    app = FastAPI()
    app.include_router(calendar_routes(ReadCalendar(open_references, calendar_in_force, lambda: now)))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://router") as client:
        return await client.get("/calendar/page", params=params)


def sets_with(**changes: object) -> dict[SetKind, ReferenceSet]:
    calendar = pack_sets()[SetKind.CALENDAR]
    return {**pack_sets(), SetKind.CALENDAR: replace(calendar, document={**calendar.document, **changes})}


async def test_this_year_is_shown_in_vietnamese_unless_asked_otherwise() -> None:
    page = await ask()
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "Lịch làm việc năm 2026" in page.text
    assert "<b>249</b> ngày làm việc (1867 giờ 30 phút), <b>14</b> ngày trong tuần được nghỉ" in page.text
    assert "<b>2</b> ngày làm bù" in page.text
    assert "Thứ Hai – Thứ Sáu</dt><dd>07:30–11:30, 13:30–17:00" in page.text
    assert "Tháng 12" in page.text


async def test_the_page_is_a_fragment() -> None:
    assert "<html" not in (await ask()).text
    assert "<body" not in (await ask()).text


async def test_the_page_speaks_english_when_asked() -> None:
    page = (await ask(lang="en", year="2026")).text
    assert "Working calendar of 2026" in page
    assert "Lunar New Year" in page
    assert "Tháng" not in page
    assert "Thứ Hai" not in page


async def test_each_day_off_and_make_up_day_is_named_with_its_source() -> None:
    page = (await ask()).text
    assert page.count('<span class="what off">') == 15
    assert page.count('<span class="what make_up">') == 2
    assert "Nghỉ hoán đổi (từ 10/01/2026)" in page
    assert "Government decision reported 25-26 Dec 2025" in page
    assert 'title="Giao thừa Tết Nguyên Đán">16<span class="hidden"> nghỉ</span>' in page
    assert ">+22<" in page


async def test_a_projected_year_says_so() -> None:
    assert "mới là dự kiến" in (await ask(year="2027")).text
    assert "mới là dự kiến" not in (await ask(year="2026")).text


async def test_today_is_marked_by_the_local_date() -> None:
    assert 'today" aria-current="date">23</td>' in (await ask()).text
    late = await ask(now=datetime(2026, 11, 24, 17, 30, tzinfo=UTC))
    assert 'today" aria-current="date">25</td>' in late.text
    assert 'aria-current="date"' not in (await ask(year="2025")).text


async def test_the_years_of_the_calendar_can_be_chosen_and_keep_the_language() -> None:
    page = (await ask(lang="en")).text
    for year in (2025, 2026, 2027):
        assert f'href="?year={year}&amp;lang=en"' in page
    assert '<a href="?year=2026&amp;lang=en" aria-current="page">2026</a>' in page


@pytest.mark.parametrize(("now", "shown"), [("2019-05-01", 2025), ("2031-05-01", 2027)])
async def test_when_this_year_is_not_known_the_nearest_is_shown(now: str, shown: int) -> None:
    page = await ask(now=datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert f"Lịch làm việc năm {shown}" in page.text


@pytest.mark.parametrize("year", ["1999", "2028", "soon", "-1", "99999999999999999999", "२०२६", "<script>"])
async def test_a_year_that_is_not_known_names_those_that_are(year: str) -> None:
    page = await ask(year=year)
    assert page.status_code == 404
    assert "Lịch làm việc không có năm này" in page.text
    assert 'href="?year=2026&amp;lang=vi"' in page.text
    assert "script" not in page.text


async def test_without_a_territory_the_page_says_what_to_do() -> None:
    page = await ask(sets={})
    assert page.status_code == 503
    assert "langnghe territory load" in page.text


async def test_names_of_days_are_escaped() -> None:
    days = [{"day": "2026-01-01", "kind": "off", "name_vi": "<b>1</b>", "name_en": "x", "source": "<i>"}]
    page = (await ask(sets=sets_with(days=days))).text
    assert "&lt;b&gt;1&lt;/b&gt;" in page
    assert "<i>" not in page


async def test_units_with_hours_of_their_own_are_named_together() -> None:
    special = {
        "units": ["24133", "24121"],
        "weekdays": [0, 1, 2, 3, 4],
        "intervals": [["07:00", "11:00"]],
        "other_days": {"5": [["07:30", "11:30"]]},
        "valid_from": "2026-03-01",
        "valid_to": "2026-10-31",
    }
    page = (await ask(sets=sets_with(special_hours=[special], imported_years=[2027]))).text
    assert "<b>Phường Buôn Ma Thuột, Phường Tân Lập</b>" in page
    assert "Từ 01/03/2026 đến hết 31/10/2026:" in page
    assert "<dt>Thứ Bảy</dt><dd>07:30–11:30</dd>" in page
    assert "đã nhập riêng cho năm 2027" in page


def test_a_week_is_told_in_words() -> None:
    morning, all_day = ((time(8), time(11)),), ((time(8), time(17)),)
    assert week_in_words(Hours(frozenset({0, 1, 2, 5}), all_day, {6: morning}, date(2026, 1, 1)), "en") == [
        ("Monday, Tuesday, Wednesday, Saturday", "08:00–17:00"),
        ("Sunday", "08:00–11:00"),
    ]
    assert week_in_words(Hours(frozenset(range(7)), all_day), "vi") == [("Thứ Hai – Chủ Nhật", "08:00–17:00")]
    assert week_in_words(Hours(frozenset({0, 1}), all_day), "vi") == [("Thứ Hai, Thứ Ba", "08:00–17:00")]
