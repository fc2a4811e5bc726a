"""Importing a calendar into a real PostgreSQL: checked, versioned, followed by a running router, kept over a load."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from typer.testing import CliRunner, Result

from services.router.adapters.calendar_documents import special_days_of
from services.router.adapters.calendar_import import check_days, keep_imported_days
from services.router.adapters.reference import ReferenceWatcher, shown_sets
from services.router.adapters.store import Store
from services.router.domain.clock import Duration
from services.router.domain.special_days import SpecialDay
from services.router.entrypoints.cli import territory_app
from services.router.usecases.import_calendar import CalendarRefusedError, ImportCalendar
from services.router.usecases.load_territory import LoadTerritory
from services.router.usecases.ports import ReferenceSet, SetKind
from tests.support.clock import clock_time, local
from tests.support.placing import PACK, pack_sets

Command = Callable[..., Awaitable[Result]]


def sets() -> list[ReferenceSet]:
    return list(pack_sets().values())


def day(text: str, *, works: bool = False) -> SpecialDay:
    return SpecialDay(date.fromisoformat(text), works, "ngày", "day", "quyết định")


SWAP = [day("2027-12-31"), day("2028-01-08", works=True)]
YEAR_2028 = [
    day(f"2028-{text}") for text in ("01-01", "01-24", "01-25", "01-26", "01-27", "01-28", "04-30", "05-01", "09-02")
]


@pytest.fixture
def load(store: Store) -> LoadTerritory:
    return LoadTerritory(store.open_references, keep_imported_days)


@pytest.fixture
def importing(store: Store) -> ImportCalendar:
    return ImportCalendar(store.open_references, check_days)


async def in_force(store: Store) -> ReferenceSet:
    async with store.open_references() as references:
        calendar = await references.active(SetKind.CALENDAR)
    assert calendar is not None
    return calendar


async def test_an_import_is_in_force_at_once_and_the_one_before_is_kept(
    router_engine: AsyncEngine, load: LoadTerritory, importing: ImportCalendar
) -> None:
    await load(sets())
    watcher = ReferenceWatcher(router_engine, every_seconds=1)
    before = await watcher.current()
    hour, friday = Duration(60, working=True), local("2027-12-30T16:30")
    assert clock_time(before.calendar.due(friday, hour)) == "2027-12-31T08:00"
    checked, changed = await importing([*YEAR_2028, *SWAP], adding=True)
    assert changed
    assert await watcher.refresh()
    after = await watcher.current()
    assert after.calendar_version == checked.reference_set.version
    assert clock_time(after.calendar.due(friday, hour)) == "2028-01-03T08:00"
    assert clock_time(after.calendar.due(local("2028-01-07T16:30"), hour)) == "2028-01-08T08:00"
    stored = {
        shown.version: (shown.active, shown.label)
        for shown in await shown_sets(router_engine)
        if shown.kind == "calendar"
    }
    assert stored == {
        before.calendar_version: (False, None),
        after.calendar_version: (True, "imported 2027, 2028"),
    }


async def test_importing_the_same_again_changes_nothing(load: LoadTerritory, importing: ImportCalendar) -> None:
    await load(sets())
    assert (await importing(YEAR_2028))[1] is True
    assert (await importing(YEAR_2028))[1] is False
    of_the_pack = special_days_of(pack_sets()[SetKind.CALENDAR].document)
    assert (await importing(of_the_pack))[1] is False


async def test_a_dry_run_says_what_would_change_and_changes_nothing(
    store: Store, load: LoadTerritory, importing: ImportCalendar
) -> None:
    await load(sets())
    before = await in_force(store)
    checked, would_change = await importing(SWAP[:1], adding=True, dry_run=True)
    assert would_change
    assert [change.day.isoformat() for change in checked.changes] == ["2027-12-31"]
    assert await in_force(store) == before


async def test_a_refused_calendar_leaves_the_one_in_force(
    store: Store, load: LoadTerritory, importing: ImportCalendar
) -> None:
    with pytest.raises(CalendarRefusedError, match="no territory is loaded yet"):
        await importing(YEAR_2028)
    await load(sets())
    before = await in_force(store)
    with pytest.raises(CalendarRefusedError, match="2027 is not complete"):
        await importing(SWAP[:1])
    assert await in_force(store) == before


async def test_imported_days_outlive_the_pack_until_they_are_forgotten(
    store: Store, load: LoadTerritory, importing: ImportCalendar
) -> None:
    await load(sets())
    await importing(YEAR_2028)
    imported = await in_force(store)
    assert await load(sets()) == []
    assert await in_force(store) == imported
    calendar = pack_sets()[SetKind.CALENDAR]
    later = replace(calendar, version="later", document={**calendar.document, "intervals": [["08:00", "12:00"]]})
    assert await load([later]) == [SetKind.CALENDAR]
    kept = (await in_force(store)).document
    assert (kept["intervals"], kept["years"], kept["imported_years"]) == (
        [["08:00", "12:00"]],
        [2025, 2026, 2027, 2028],
        [2028],
    )
    assert await load(sets(), forget_calendar=True) == [SetKind.CALENDAR]
    assert await in_force(store) == calendar


async def test_two_imports_at_the_same_time_are_both_in_force_afterwards(
    store: Store, load: LoadTerritory, importing: ImportCalendar
) -> None:
    await load(sets())
    await asyncio.gather(*(importing([day(f"2027-12-{number}")], adding=True) for number in range(20, 26)))
    days = {special.day.isoformat() for special in special_days_of((await in_force(store)).document)}
    assert {f"2027-12-{number}" for number in range(20, 26)} <= days


# --- the commands --------------------------------------------------------------------------------------------------


@pytest.fixture
async def command(router_engine: AsyncEngine, database_url: str) -> Command:
    assert router_engine

    async def run(*arguments: str) -> Result:
        environment = {"DATABASE_URL": database_url, "LANGNGHE_TERRITORY": str(PACK), "COLUMNS": "200"}
        return await asyncio.to_thread(CliRunner().invoke, territory_app, arguments, env=environment)

    return run


async def test_the_command_imports_says_what_changes_and_what_load_keeps(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "2027.csv"
    file.write_text(
        "day,kind,name_vi\n2027-12-31,off,Nghỉ hoán đổi\n2027-12-25,working,Làm bù\n2027-07-03,working,Làm bù\n",
        encoding="utf-8",
    )
    refused = await command("import-calendar", str(file), "--add")
    assert refused.exit_code == 2
    assert "no territory is loaded yet" in refused.stderr
    await command("load")
    whole = await command("import-calendar", str(file))
    assert whole.exit_code == 2
    assert "2027 is not complete: 1 January, 30 April, 1 May, 2 September must be off" in whole.stderr
    dry = await command("import-calendar", str(file), "--add", "--dry-run")
    assert dry.exit_code == 0, dry.stderr
    assert "would come into force" in dry.stdout
    done = await command("import-calendar", str(file), "--add")
    assert [line.strip() for line in done.stdout.splitlines()[:4]] == [
        "Sat 2027-07-03  ordinary -> worked (Làm bù)",
        "Sat 2027-12-25  ordinary -> worked (Làm bù)",
        "Fri 2027-12-31  ordinary -> off (Nghỉ hoán đổi)",
        "! 2027-07-03 is worked, but no working day within 31 days of it is off",
    ]
    assert "calendar of 2027: version" in done.stdout
    assert "now in force" in done.stdout
    assert "Deadlines that were given before stay as they are" in done.stdout
    again = await command("import-calendar", str(file), "--add")
    assert "was in force already" in again.stdout
    loaded = await command("load")
    assert "the calendar keeps the days imported for 2027; --forget-calendar takes the pack's" in loaded.stdout
    assert "imported 2027" in (await command("show")).stdout
    forgotten = await command("load", "--forget-calendar")
    assert "calendar now in force" in forgotten.stdout
    assert "keeps the days" not in forgotten.stdout
