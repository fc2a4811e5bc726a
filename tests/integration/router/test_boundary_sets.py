"""Boundaries in a real PostgreSQL: imported, tried, switched, planned for a day, on record, taken back."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
import shapely
from alembic import command as alembic
from shapely.geometry import mapping, shape
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from typer.testing import CliRunner, Result

from services.router.adapters.boundary_check import BoundaryCheck, parse_boundaries
from services.router.adapters.boundary_documents import in_thread
from services.router.adapters.boundary_store import BoundariesInDatabase
from services.router.adapters.reference import ReferenceWatcher, shown_sets
from services.router.adapters.store import Store
from services.router.domain.switches import SwitchAction, in_force_at
from services.router.entrypoints.cli import territory_app
from services.router.usecases.import_boundaries import BoundariesRefusedError, ImportBoundaries
from services.router.usecases.place_feedback import PlaceFeedback
from services.router.usecases.plan_boundaries import PlanBoundaries, SettlePlans
from services.router.usecases.ports import Point, SetKind
from services.router.usecases.read_boundaries import ReadBoundaries
from services.router.usecases.switch_boundaries import RollBackBoundaries, SwitchBoundaries
from services.router.usecases.switching import SwitchRefusedError
from shared.db.migrations import config_for
from shared.events import FeedbackClassified, PlaceGiven
from shared.events.short_id import short_id
from shared.events.submission import Pin
from tests.integration.router.conftest import MIGRATIONS
from tests.support.events import feedback_classified
from tests.support.placing import PACK, pack, shared_data

Command = Callable[..., Awaitable[Result]]
NOW = datetime(2026, 11, 23, 1, 0, 5, tzinfo=UTC)
CENTRE, NEIGHBOUR = "24133", "24121"
"""Phường Buôn Ma Thuột and one that borders on it."""


@pytest.fixture
def boundaries(router_engine: AsyncEngine) -> BoundariesInDatabase:
    return BoundariesInDatabase(router_engine)


@pytest.fixture
def watcher(router_engine: AsyncEngine) -> ReferenceWatcher:
    return ReferenceWatcher(router_engine, every_seconds=1)


@pytest.fixture
def place_feedback(watcher: ReferenceWatcher, store: Store) -> PlaceFeedback:
    return PlaceFeedback(watcher.current, store.open_placements, lambda: NOW)


@pytest.fixture
async def command(router_engine: AsyncEngine, database_url: str) -> Command:
    assert router_engine

    async def run(*arguments: str) -> Result:
        environment = {"DATABASE_URL": database_url, "LANGNGHE_TERRITORY": str(PACK), "COLUMNS": "220"}
        called = arguments if arguments[0] in {"load", "show"} else ("boundaries", *arguments)
        return await asyncio.to_thread(CliRunner().invoke, territory_app, called, env=environment)

    return run


@pytest.fixture
def real() -> Path:
    return shared_data("daklak_boundaries.geojson")


@pytest.fixture
async def versions(command: Command, boundaries: BoundariesInDatabase, real: Path, moved: str) -> tuple[str, str]:
    """Load the pack and store two sets: the real one, and one in which the neighbour took a strip of the centre."""
    await command("load")
    for path in (str(real), moved):
        imported = await command("import", path)
        assert imported.exit_code == 0, imported.stderr
    first, second = [each.version for each in (await ReadBoundaries(boundaries.open_boundaries)()).sets]
    return first, second


def strip_given(collection: Mapping[str, Any]) -> tuple[Mapping[str, Any], shapely.Point]:
    """Give the part of the centre that lies within 500 m of the neighbour to it; return a point in the strip."""
    shapes = {each["properties"]["code"]: shape(each["geometry"]) for each in collection["features"]}
    strip = shapely.intersection(shapes[CENTRE], shapely.buffer(shapes[NEIGHBOUR], 0.0045))
    shapes[CENTRE] = shapely.difference(shapes[CENTRE], strip)
    shapes[NEIGHBOUR] = shapely.union(shapes[NEIGHBOUR], strip)
    largest = max(shapely.get_parts(strip), key=shapely.area)
    features = [
        {"type": "Feature", "properties": {"code": code}, "geometry": mapping(geometry)}
        for code, geometry in shapes.items()
    ]
    return {"type": "FeatureCollection", "features": features}, largest.representative_point()


@pytest.fixture
async def moved(tmp_path: Path, real: Path) -> str:
    collection, _ = strip_given(orjson.loads(await asyncio.to_thread(real.read_bytes)))
    file = tmp_path / "moved.geojson"
    await asyncio.to_thread(file.write_bytes, orjson.dumps(collection))
    return str(file)


@pytest.fixture
def in_the_strip(real: Path) -> Pin:
    _, point = strip_given(orjson.loads(real.read_bytes()))
    return Pin(lat=point.y, lon=point.x)


def pinned(number: int, pin: Pin, **values: Any) -> FeedbackClassified:
    return feedback_classified(feedback_id=UUID(int=number), place=PlaceGiven(pin=pin, **values))


async def in_force(engine: AsyncEngine) -> str | None:
    query = text("SELECT version FROM router.reference_set WHERE kind = 'boundaries' AND active")
    async with engine.connect() as connection:
        return (await connection.execute(query)).scalar_one_or_none()


def lines(result: Result) -> list[str]:
    return [" ".join(line.replace("│", " ").split()) for line in result.stdout.splitlines()]


# --- importing and switching ---------------------------------------------------------------------------------------


async def test_an_import_is_kept_and_not_in_force_until_somebody_switches(
    router_engine: AsyncEngine, command: Command, real: Path, watcher: ReferenceWatcher
) -> None:
    await command("load")
    imported = await command("import", str(real))
    assert imported.exit_code == 0, imported.stderr
    assert "boundaries of 102 units" in imported.stdout
    assert "stored already" in (await command("import", str(real))).stdout
    assert await in_force(router_engine) is None
    assert (await watcher.current()).boundaries.version.startswith("generalised-")
    (version,) = [shown.version for shown in await shown_sets(router_engine) if shown.kind == "boundaries"]
    switched = await command("switch", version[:6], "--why", "ranh giới thật", "--by", "chị An")
    assert switched.exit_code == 0, switched.stderr
    assert f"boundaries {version} now in force, before generalised" in switched.stdout
    assert await watcher.refresh()
    (finding,) = (await watcher.current()).boundaries.find([Point(12.7009, 108.0222)])
    assert (finding.unit_code, finding.generalised) == (CENTRE, False)
    assert "were in force already" in (await command("switch", version, "--why", "nữa")).stdout
    assert "Boundaries: generalised" not in (await command("show")).stdout


async def test_every_switch_is_on_record_with_who_and_why_and_goes_back_step_by_step(
    router_engine: AsyncEngine, command: Command, boundaries: BoundariesInDatabase, versions: tuple[str, str]
) -> None:
    first, second = versions
    switch = SwitchBoundaries(boundaries.open_boundaries)
    back = RollBackBoundaries(boundaries.open_boundaries)
    with pytest.raises(SwitchRefusedError, match="nothing to go back to"):
        await back(by="an", why="x")
    await switch(first, by="an", why="1")
    await switch(second, by="bình", why="2")
    await switch("generalised", by="chi", why="3")
    assert await in_force(router_engine) is None
    for expected in (second, first, None):
        await back(by="dung", why="lùi")
        assert await in_force(router_engine) == expected
    with pytest.raises(SwitchRefusedError, match="nothing to go back to"):
        await back(by="an", why="x")
    found = await ReadBoundaries(boundaries.open_boundaries)()
    actions = (SwitchAction.SWITCH, SwitchAction.ROLLBACK)
    assert [(each.note.action, each.note.by, each.before, each.version) for each in found.history] == [
        (actions[0], "an", None, first),
        (actions[0], "bình", first, second),
        (actions[0], "chi", second, None),
        (actions[1], "dung", None, second),
        (actions[1], "dung", second, first),
        (actions[1], "dung", first, None),
    ]
    assert [period.version for period in found.periods] == [first, second, None, second, first, None]
    assert found.in_force is None
    assert [len(stored.periods) for stored in found.sets] == [2, 2]
    for switched, period in zip(found.history, found.periods, strict=True):
        assert in_force_at(found.history, switched.at) == period
    assert in_force_at(found.history, datetime(2020, 1, 1, tzinfo=UTC)) is None
    shown = (await command("history")).stdout
    assert "bình" in shown
    listed = lines(await command("list"))
    assert any(line.startswith(f"{first} 102 ") for line in listed)
    assert any(line.startswith("generalised") and line.endswith("yes") for line in listed)


async def test_a_switch_is_refused_without_a_reason_for_an_unknown_version_and_for_other_units(
    router_engine: AsyncEngine, command: Command, boundaries: BoundariesInDatabase, versions: tuple[str, str]
) -> None:
    first, _ = versions
    for arguments, said in (
        ((first, "--why", " "), "say why in 1 to 1000 characters"),
        (("ffff", "--why", "x"), "no boundaries of version 'ffff' are stored"),
        (("", "--why", "x"), "no boundaries of version '' are stored"),
    ):
        refused = await command("switch", *arguments)
        assert (refused.exit_code, said in refused.stderr) == (2, True), refused.stderr
    async with router_engine.begin() as connection:
        await connection.execute(
            text(
                "UPDATE router.reference_set SET document = jsonb_set(document, '{units,0,code}', '\"1\"') "
                "WHERE kind = 'units'"
            )
        )
    with pytest.raises(SwitchRefusedError, match="2 codes differ"):
        await SwitchBoundaries(boundaries.open_boundaries)(first, by="an", why="x")
    assert await in_force(router_engine) is None


async def test_boundaries_that_do_not_fit_are_refused_with_every_reason_and_nothing_is_kept(
    router_engine: AsyncEngine, store: Store, command: Command, tmp_path: Path
) -> None:
    importing = ImportBoundaries(store.open_references, in_thread(BoundaryCheck()))
    with pytest.raises(BoundariesRefusedError, match="no territory is loaded yet"):
        await importing({"features": []})
    await command("load")
    file = tmp_path / "b.json"
    file.write_bytes(orjson.dumps({"type": "FeatureCollection", "features": []}))
    for name in ("import", "check", "dry-run"):
        refused = await command(name, str(file))
        assert refused.exit_code == 2
        assert "The boundaries were refused; those in force stay." in refused.stderr
        assert "Phường Tuy Hòa (22015) is missing" in refused.stderr
    missing = await command("import", str(tmp_path / "none.json"))
    assert (missing.exit_code, "does not exist" in missing.stderr) == (2, True)
    assert "boundaries" not in {shown.kind for shown in await shown_sets(router_engine)}
    with pytest.raises(BoundariesRefusedError, match="upload is not JSON"):
        parse_boundaries(b"{", name="upload")


async def test_check_needs_the_pack_alone(real: Path) -> None:
    environment = {"LANGNGHE_TERRITORY": str(PACK), "DATABASE_URL": "postgresql://127.0.0.1:1/none", "COLUMNS": "220"}
    called = await asyncio.to_thread(
        CliRunner().invoke, territory_app, ("boundaries", "check", str(real)), env=environment
    )
    assert called.exit_code == 0, called.stderr
    assert "boundaries of 102 units" in called.stdout


# --- the dry run ---------------------------------------------------------------------------------------------------


async def test_a_dry_run_says_which_pins_would_be_in_another_unit_and_changes_nothing(
    router_engine: AsyncEngine,
    command: Command,
    place_feedback: PlaceFeedback,
    watcher: ReferenceWatcher,
    versions: tuple[str, str],
    in_the_strip: Pin,
    moved: str,
) -> None:
    first, second = versions
    await command("switch", first, "--why", "ranh giới thật")
    await watcher.refresh()
    inside, far = pack().unit(CENTRE), Pin(lat=16.0, lon=108.0)
    placed = await place_feedback(
        [
            pinned(1, in_the_strip),
            pinned(2, in_the_strip),
            pinned(3, Pin(lat=inside.lat, lon=inside.lon)),
            pinned(4, far, unit_code=CENTRE),
            feedback_classified(feedback_id=UUID(int=5), place=PlaceGiven(unit_code=CENTRE)),
        ]
    )
    assert [event.unit_code for event in placed] == [CENTRE] * 5
    names = [pack().unit_name(code) for code in (CENTRE, NEIGHBOUR)]
    for target in (second, moved):
        dry = await command("dry-run", target)
        assert dry.exit_code == 0, dry.stderr
        told = lines(dry)
        assert f"boundaries in force ({first}) -> {second}" in told
        assert "4 pins looked up, 2 would be in another unit" in told
        examples = f"{short_id(UUID(int=2))}, {short_id(UUID(int=1))}"
        assert f"{names[0]} ({CENTRE}) {names[1]} ({NEIGHBOUR}) 2 {examples}" in told
        assert any(line.startswith("1 were not placed by their pin") for line in told)
    assert "0 would be in another unit" in (await command("dry-run", first)).stdout
    assert await in_force(router_engine) == first
    assert (await command("dry-run", "generalised")).exit_code == 0


async def test_open_cases_keep_the_boundaries_they_were_placed_with(
    command: Command,
    place_feedback: PlaceFeedback,
    watcher: ReferenceWatcher,
    versions: tuple[str, str],
    in_the_strip: Pin,
) -> None:
    first, second = versions
    await command("switch", first, "--why", "1")
    await watcher.refresh()
    await place_feedback([pinned(1, in_the_strip)])
    await command("switch", second, "--why", "2")
    await watcher.refresh()
    old, new = await place_feedback([pinned(1, in_the_strip), pinned(2, in_the_strip)])
    assert [(event.unit_code, event.boundary_version) for event in (old, new)] == [
        (CENTRE, first),
        (NEIGHBOUR, second),
    ]


# --- planned -------------------------------------------------------------------------------------------------------


async def test_a_planned_switch_is_made_on_its_local_day_by_one_of_several_routers(
    router_engine: AsyncEngine, boundaries: BoundariesInDatabase, command: Command, versions: tuple[str, str]
) -> None:
    first, _ = versions
    plan = PlanBoundaries(boundaries.open_boundaries, lambda: NOW)
    with pytest.raises(SwitchRefusedError, match="2026-11-23 is not a day to come"):
        await plan(first, on=date(2026, 11, 23), by="an", why="x")
    planned = await plan(first, on=date(2026, 11, 25), by="an", why="nghị quyết")
    with pytest.raises(SwitchRefusedError, match=f"plan {planned.id} waits for 2026-11-25 already"):
        await plan("generalised", on=date(2026, 11, 26), by="an", why="x")

    def settle(now: datetime) -> SettlePlans:
        return SettlePlans(boundaries.open_boundaries, lambda: now)

    # The day begins at 17:00 UTC of the day before.
    assert await settle(datetime(2026, 11, 24, 16, 59, 59, tzinfo=UTC))() == []
    assert await in_force(router_engine) is None
    several = await asyncio.gather(*(settle(datetime(2026, 11, 24, 17, 0, tzinfo=UTC))() for _ in range(3)))
    assert sorted(len(settled) for settled in several) == [0, 0, 1]
    assert await in_force(router_engine) == first
    found = await ReadBoundaries(boundaries.open_boundaries)()
    assert [(each.note.by, each.note.why) for each in found.history] == [("an", "nghị quyết")]
    assert [(each.outcome, each.settled_by, each.is_open) for each in found.plans] == [("switched", "router", False)]
    assert "switched (router" in (await command("list")).stdout


async def test_a_plan_can_be_cancelled_and_one_that_no_longer_fits_is_settled_as_refused(
    router_engine: AsyncEngine, boundaries: BoundariesInDatabase, command: Command, versions: tuple[str, str]
) -> None:
    first, _ = versions
    planned = await command("switch", first, "--why", "x", "--from", "2999-01-01")
    assert planned.exit_code == 0, planned.stderr
    assert "plan 1: " in planned.stdout
    assert "waits" in (await command("list")).stdout
    assert (await command("cancel", "2")).exit_code == 2
    assert (await command("cancel", "1", "--by", "an")).exit_code == 0
    again = await command("cancel", "1")
    assert (again.exit_code, "no plan 1 waits" in again.stderr) == (2, True)
    await PlanBoundaries(boundaries.open_boundaries, lambda: NOW)(first, on=date(2026, 11, 25), by="an", why="x")
    async with router_engine.begin() as connection:
        await connection.execute(
            text(
                "UPDATE router.reference_set SET document = jsonb_set(document, '{units,0,code}', '\"1\"') "
                "WHERE kind = 'units'"
            )
        )
    (settled,) = await SettlePlans(boundaries.open_boundaries, lambda: datetime(2026, 12, 1, tzinfo=UTC))()
    assert settled.outcome is not None
    assert settled.outcome.startswith("refused: the boundaries of version")
    assert await in_force(router_engine) is None


async def test_the_migration_goes_back_and_forth_over_a_switch_to_none(
    database_url: str, boundaries: BoundariesInDatabase, versions: tuple[str, str]
) -> None:
    switch = SwitchBoundaries(boundaries.open_boundaries)
    await switch(versions[0], by="an", why="x")
    await switch("generalised", by="an", why="y")
    config = config_for(MIGRATIONS, database_url)
    await asyncio.to_thread(alembic.downgrade, config, "0003")
    await asyncio.to_thread(alembic.upgrade, config, "head")
    async with boundaries.open_boundaries() as store:
        assert len(await store.switches_of(SetKind.BOUNDARIES)) == 2
