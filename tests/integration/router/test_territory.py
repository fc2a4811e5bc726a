"""Loading a territory and importing boundaries into a real PostgreSQL, and a running router that follows."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from typer.testing import CliRunner, Result

from services.router.adapters.boundary_check import BoundaryCheck, read_boundaries
from services.router.adapters.boundary_documents import in_thread
from services.router.adapters.boundary_store import BoundariesInDatabase
from services.router.adapters.reference import ReferenceWatcher, shown_sets
from services.router.adapters.store import Store
from services.router.entrypoints.cli import territory_app
from services.router.usecases.import_boundaries import ImportBoundaries
from services.router.usecases.load_territory import LoadTerritory
from services.router.usecases.ports import ReferenceMissingError, ReferenceSet, SetKind
from services.router.usecases.redraw_boundaries import BoundariesDisagreeError
from services.router.usecases.switch_boundaries import SwitchBoundaries
from tests.support.placing import PACK, pack, pack_sets, shared_data


@pytest.fixture
def load(store: Store) -> LoadTerritory:
    return LoadTerritory(store.open_references)


@contextlib.asynccontextmanager
async def watching(engine: AsyncEngine) -> AsyncIterator[ReferenceWatcher]:
    watcher = ReferenceWatcher(engine, every_seconds=0.02)
    task = asyncio.create_task(watcher.run())
    try:
        yield watcher
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def sets() -> list[ReferenceSet]:
    return list(pack_sets().values())


async def test_loading_twice_changes_nothing_the_second_time(router_engine: AsyncEngine, load: LoadTerritory) -> None:
    assert await load(sets()) == [SetKind.UNITS, SetKind.POLICY, SetKind.CALENDAR, SetKind.OFFICES]
    assert await load(sets()) == []
    assert [(shown.kind, shown.size, shown.active) for shown in await shown_sets(router_engine)] == [
        ("calendar", 46, True),
        ("offices", 24, True),
        ("policy", 17, True),
        ("units", 102, True),
    ]


async def test_loading_at_the_same_time_leaves_one_set_of_each_kind_in_force(
    router_engine: AsyncEngine, load: LoadTerritory
) -> None:
    changes = await asyncio.gather(*(load(sets()) for _ in range(4)))
    assert sorted(len(change) for change in changes) == [0, 0, 0, 4]
    assert sum(shown.active for shown in await shown_sets(router_engine)) == 4


async def test_a_changed_set_comes_into_force_and_the_old_one_is_kept_and_can_come_back(
    router_engine: AsyncEngine, load: LoadTerritory
) -> None:
    await load(sets())
    policy = pack_sets()[SetKind.POLICY]
    changed = replace(policy, version="changed", document={**policy.document, "label": "changed"})
    assert await load([changed]) == [SetKind.POLICY]
    shown = {(s.kind, s.version): s.active for s in await shown_sets(router_engine)}
    assert shown["policy", "changed"]
    assert shown["policy", policy.version] is False
    assert await load(sets()) == [SetKind.POLICY]


async def test_a_set_with_a_date_to_come_is_in_force_as_soon_as_it_is_loaded(
    router_engine: AsyncEngine, load: LoadTerritory
) -> None:
    await load([replace(each, valid_from=date(2999, 1, 1)) for each in sets()])
    reference = await ReferenceWatcher(router_engine, every_seconds=1).current()
    assert reference.policy_version == pack_sets()[SetKind.POLICY].version


async def test_a_pack_of_other_units_is_refused_while_boundaries_are_in_force(
    router_engine: AsyncEngine, store: Store, load: LoadTerritory
) -> None:
    await load(sets())
    boundaries = BoundariesInDatabase(router_engine)
    collection = read_boundaries(shared_data("daklak_boundaries.geojson"))
    checked, _ = await ImportBoundaries(store.open_references, in_thread(BoundaryCheck()))(collection)
    await SwitchBoundaries(boundaries.open_boundaries)(checked.version, by="an", why="x")
    units = pack_sets()[SetKind.UNITS]
    fewer = replace(units, version="fewer", document={**units.document, "units": units.document["units"][1:]})
    with pytest.raises(BoundariesDisagreeError, match="1 codes differ"):
        await load([fewer])
    assert "fewer" not in {shown.version for shown in await shown_sets(router_engine)}
    assert await load([fewer], forget_boundaries=True) == [SetKind.UNITS, SetKind.BOUNDARIES]


async def test_a_broken_set_in_the_database_leaves_the_one_before_in_force(
    router_engine: AsyncEngine, load: LoadTerritory
) -> None:
    await load(sets())
    watcher = ReferenceWatcher(router_engine, every_seconds=1)
    before = await watcher.current()
    async with router_engine.begin() as connection:
        await connection.execute(
            text("UPDATE router.reference_set SET version = 'x', document = '{}' WHERE kind = 'calendar'")
        )
    with pytest.raises(ReferenceMissingError):
        await watcher.refresh()
    assert await watcher.current() is before
    with pytest.raises(ReferenceMissingError, match="cannot be used"):
        await ReferenceWatcher(router_engine, every_seconds=1).current()


# --- the commands --------------------------------------------------------------------------------------------------

Command = Callable[..., Result]


@pytest.fixture
async def command(router_engine: AsyncEngine, database_url: str) -> Command:
    assert router_engine

    def run(*arguments: str) -> Result:
        environment = {"DATABASE_URL": database_url, "LANGNGHE_TERRITORY": str(PACK), "COLUMNS": "200"}
        return CliRunner().invoke(territory_app, arguments, env=environment)

    return run


async def ask(command: Command, *arguments: str) -> Result:
    return await asyncio.to_thread(command, *arguments)


async def test_the_commands_load_and_show(command: Command) -> None:
    assert (await ask(command, "show")).exit_code == 2
    loaded = await ask(command, "load")
    assert loaded.exit_code == 0, loaded.stderr
    assert "units, policy, calendar, offices now in force" in loaded.stdout
    assert "restart" not in loaded.stdout
    assert "nothing new" in (await ask(command, "load", str(PACK))).stdout
    assert "Boundaries: generalised" in (await ask(command, "show")).stdout
    today = datetime.now(ZoneInfo(pack().timezone)).date()
    held = (await ask(command, "show", "--on", str(today))).stdout
    assert all(each.version in held for each in sets())
    never = await ask(command, "show", "--on", "2020-01-01")
    assert (never.exit_code, "nothing was in force on 2020-01-01" in never.stderr) == (2, True)


async def test_the_commands_say_what_is_wrong_in_sentences(command: Command, tmp_path: Path) -> None:
    missing = await ask(command, "load", str(tmp_path))
    assert missing.exit_code == 2
    assert "territory.yaml is missing" in missing.stderr
