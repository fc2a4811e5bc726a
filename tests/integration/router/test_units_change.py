"""Units that change in a real PostgreSQL: two become one, one is split, open cases move, and it is taken back."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
import shapely
from shapely.geometry import mapping, shape
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from typer.testing import CliRunner, Result

from services.router.adapters.life_store import LivesInDatabase
from services.router.adapters.reference import ReferenceWatcher
from services.router.adapters.store import Store
from services.router.adapters.territory_store import TerritoryInDatabase
from services.router.domain.life import CaseLife, Wait
from services.router.entrypoints.chores import Chores
from services.router.entrypoints.cli import territory_app
from services.router.usecases.move_open_cases import MoveOpenCases
from services.router.usecases.place_feedback import PlaceFeedback
from shared.events import FeedbackClassified, FeedbackPlaced, PlaceGiven, PlacementReason
from shared.events.short_id import short_id
from shared.events.submission import Pin
from tests.support.events import RECEIVED, feedback_classified
from tests.support.packs import MERGED, SPLIT_OFF, merged_pack, split_pack
from tests.support.placing import PACK, pack, shared_data
from tests.support.streams import until

Command = Callable[..., Awaitable[Result]]
NOW = datetime(2026, 11, 23, 1, 0, 5, tzinfo=UTC)
EA_KAR, EA_KNOP, EA_PHE, ELSEWHERE = "24373", "24376", "24502", "24133"
WHY = ("--why", "Nghị quyết sáp nhập", "--by", "chị An")


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
        return await asyncio.to_thread(CliRunner().invoke, territory_app, arguments, env=environment)

    return run


@pytest.fixture
async def merged(tmp_path: Path) -> str:
    return str(await asyncio.to_thread(merged_pack, tmp_path / "merged", EA_KAR, EA_KNOP))


@pytest.fixture
async def split(tmp_path: Path) -> str:
    return str(await asyncio.to_thread(split_pack, tmp_path / "split", EA_PHE))


def centre(code: str, *, east: float = 0.0) -> PlaceGiven:
    unit = pack().unit(code)
    return PlaceGiven(pin=Pin(lat=unit.lat, lon=unit.lon + east))


def reported(number: int, **values: Any) -> FeedbackClassified:
    return feedback_classified(feedback_id=UUID(int=number), tracking_code=f"DL-{number}", **values)


async def five_cases(place_feedback: PlaceFeedback) -> Sequence[FeedbackPlaced]:
    """Place two in each commune that becomes one, by pin and by name, and one elsewhere."""
    placed = await place_feedback(
        [
            reported(1, place=centre(EA_KAR)),
            reported(2, text="Ổ gà ở xã Ea Kar", place=PlaceGiven()),
            reported(3, place=centre(EA_KNOP)),
            reported(4, place=PlaceGiven(unit_code=EA_KNOP)),
            reported(5, place=PlaceGiven(unit_code=ELSEWHERE)),
        ]
    )
    assert [event.unit_code for event in placed] == [EA_KAR, EA_KAR, EA_KNOP, EA_KNOP, ELSEWHERE]
    return placed


async def generations(engine: AsyncEngine, number: int) -> list[tuple[Any, ...]]:
    query = text(
        "SELECT generation, unit_code, reason, boundary_version FROM router.placement "
        "WHERE feedback_id = :id ORDER BY generation"
    )
    async with engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(query, {"id": UUID(int=number)})]


async def placements(engine: AsyncEngine) -> list[dict[str, Any]]:
    query = text("SELECT * FROM router.placement ORDER BY feedback_id, generation")
    async with engine.connect() as connection:
        return [dict(row._mapping) for row in await connection.execute(query)]


async def to_be_said(engine: AsyncEngine) -> list[FeedbackPlaced]:
    async with engine.connect() as connection:
        rows = await connection.execute(text("SELECT topic, key, body FROM router.outbox ORDER BY id"))
        found = [(row.topic, bytes(row.key), FeedbackPlaced.model_validate_json(bytes(row.body))) for row in rows]
    assert {topic for topic, _, _ in found} <= {FeedbackPlaced.topic}
    assert all(key == event.key() for _, key, event in found)
    return [event for _, _, event in found]


async def in_force(engine: AsyncEngine, kind: str = "units") -> str | None:
    query = text("SELECT version FROM router.reference_set WHERE kind = :kind AND active")
    async with engine.connect() as connection:
        return (await connection.execute(query, {"kind": kind})).scalar_one_or_none()


def lines(result: Result) -> list[str]:
    return [" ".join(line.replace("│", " ").split()) for line in result.stdout.splitlines()]


# --- two become one ------------------------------------------------------------------------------------------------


async def test_two_communes_become_one_and_their_open_cases_move_with_history(
    router_engine: AsyncEngine,
    watcher: ReferenceWatcher,
    place_feedback: PlaceFeedback,
    command: Command,
    merged: str,
) -> None:
    await command("load")
    first = {event.feedback_id: event for event in await five_cases(place_feedback)}
    before, units = await placements(router_engine), await in_force(router_engine)

    dry = await command("changes", merged)
    assert dry.exit_code == 0, dry.stderr
    told = lines(dry)
    assert "Xã Ea Kar (24373) joined Xã Ea Kar Mới (90001)" in told
    assert "Xã Ea Kar Mới (90001) new" in told
    assert "4 open cases would move" in told
    examples = ", ".join(short_id(UUID(int=number)) for number in (1, 2))
    assert f"Xã Ea Kar (24373) Xã Ea Kar Mới (90001) the only successor 2 {examples}" in told
    refused = await command("load", merged)
    assert refused.exit_code == 2
    assert "Xã Ea Kar, Xã Ea Knốp, where 4 open cases are; nothing was changed" in refused.stderr
    silent = await command("load", merged, "--move-open-cases")
    assert (silent.exit_code, "say why" in silent.stderr) == (2, True)
    assert await placements(router_engine) == before
    assert (await in_force(router_engine), await to_be_said(router_engine)) == (units, [])

    done = await command("load", merged, "--move-open-cases", *WHY)
    assert done.exit_code == 0, done.stderr
    assert "4 open cases moved" in done.stdout
    said = await to_be_said(router_engine)
    assert [event.feedback_id.int for event in said] == [1, 2, 3, 4]
    for event in said:
        original = first[event.feedback_id]
        assert (event.unit_code, event.generation, event.reason) == (MERGED, 2, PlacementReason.UNITS_CHANGED)
        assert event.explanation == (
            f"{pack().unit_name(original.unit_code)} đã nhập vào Xã Ea Kar Mới từ 1/1/2027; vụ việc chuyển theo."
        )
        kept = ("received_at", "accept_by", "resolve_by", "office", "placed_by", "confidence", "tracking_code", "kind")
        assert [getattr(event, name) for name in kept] == [getattr(original, name) for name in kept]
        assert event.boundary_version != original.boundary_version
    after = await placements(router_engine)
    assert [row for row in after if row["generation"] == 1] == before
    assert len({row["units_version"] for row in after if row["generation"] == 2}) == 1
    assert await generations(router_engine, 5) == [
        (1, ELSEWHERE, "first", first[UUID(int=5)].boundary_version),
    ]

    again = await command("load", merged, "--move-open-cases", *WHY)
    assert "nothing new" in again.stdout
    assert "0 open cases moved" in again.stdout
    assert await placements(router_engine) == after
    assert len(await to_be_said(router_engine)) == 4

    assert await watcher.refresh()
    by_name, by_old_code = await place_feedback(
        [
            reported(6, text="Đèn đường hỏng ở xã Ea Knốp", place=PlaceGiven()),
            reported(7, place=PlaceGiven(unit_code=EA_KAR)),
        ]
    )
    assert [by_name.unit_code, by_old_code.unit_code] == [MERGED, MERGED]
    async with router_engine.connect() as connection:
        query = text("SELECT switched_by, why FROM router.reference_switch WHERE kind = 'units' ORDER BY id")
        assert [tuple(row) for row in await connection.execute(query)][1] == ("chị An", "Nghị quyết sáp nhập")


async def test_closed_cases_stay_and_an_office_that_a_person_chose_goes_along(
    router_engine: AsyncEngine, place_feedback: PlaceFeedback, command: Command, merged: str
) -> None:
    await command("load")
    await five_cases(place_feedback)
    lives = LivesInDatabase(router_engine)
    async with lives.open_life_cycle() as store:
        await store.keep_lives(
            {
                UUID(int=1): CaseLife(3, "closed", EA_KAR, "commune:economy"),
                UUID(int=2): CaseLife(2, "accepted", EA_KAR, "commune:police"),
                UUID(int=5): CaseLife(2, "transferred", EA_KNOP, "commune:economy"),
            }
        )
    done = await command("load", merged, "--move-open-cases", *WHY)
    assert "4 open cases moved" in done.stdout
    said = {event.feedback_id.int: event for event in await to_be_said(router_engine)}
    assert sorted(said) == [2, 3, 4, 5]
    assert said[2].office == "commune:police"
    assert said[5].explanation.startswith("Xã Ea Knốp đã nhập vào")
    assert len(await generations(router_engine, 1)) == 1


async def test_moving_that_was_interrupted_goes_on_and_gives_the_same_result(
    router_engine: AsyncEngine, watcher: ReferenceWatcher, place_feedback: PlaceFeedback, command: Command, merged: str
) -> None:
    await command("load")
    await five_cases(place_feedback)
    open_territory = TerritoryInDatabase(router_engine).open_territory
    moving = MoveOpenCases(open_territory, watcher.current, lambda: NOW, page=1)
    # The switch was made and one case was moved when the power went: this is what a page of one leaves.
    await command("load", merged, "--move-open-cases", *WHY)
    whole = await to_be_said(router_engine)
    async with router_engine.begin() as connection:
        await connection.execute(text("DELETE FROM router.placement WHERE generation > 1 AND feedback_id <> :id"),
                                 {"id": UUID(int=1)})  # fmt: skip
        await connection.execute(text("DELETE FROM router.outbox"))
    await watcher.refresh()
    assert await moving() == 3
    rest = await to_be_said(router_engine)
    assert [(event.event_id, event.unit_code) for event in rest] == [
        (event.event_id, event.unit_code) for event in whole[1:]
    ]
    assert await moving() == 0


async def test_a_running_router_moves_what_was_placed_in_a_unit_that_was_gone_already(
    router_engine: AsyncEngine, watcher: ReferenceWatcher, place_feedback: PlaceFeedback, command: Command, merged: str
) -> None:
    await command("load")
    await watcher.current()
    assert (await command("load", merged)).exit_code == 0
    (late,) = await place_feedback([reported(1, place=PlaceGiven(unit_code=EA_KAR))])
    assert late.unit_code == EA_KAR
    woken = asyncio.Event()

    async def no_plans() -> list[Any]:
        return []

    moving = MoveOpenCases(TerritoryInDatabase(router_engine).open_territory, watcher.current, lambda: NOW)
    assert await moving() == 0  # this router has not noticed yet that the units were changed
    assert len(await generations(router_engine, 1)) == 1
    chores = Chores(no_plans, moving, watcher.current, woken.set, every_seconds=0.02)
    task = asyncio.create_task(chores.run())
    try:
        assert await watcher.refresh()

        async def moved() -> bool:
            return [row[1] for row in await generations(router_engine, 1)] == [EA_KAR, MERGED]

        await until(moved, what="the move of what was placed late")
        await asyncio.wait_for(woken.wait(), 5)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_merger_that_is_taken_back_returns_every_case_to_where_it_was(
    router_engine: AsyncEngine, place_feedback: PlaceFeedback, command: Command, merged: str
) -> None:
    await command("load")
    await five_cases(place_feedback)
    await command("load", merged, "--move-open-cases", *WHY)
    back = await command("load", "--move-open-cases", "--why", "Nghị quyết bị hủy")
    assert back.exit_code == 0, back.stderr
    assert "4 open cases moved" in back.stdout
    assert [[row[1] for row in await generations(router_engine, number)] for number in (1, 2, 3, 4)] == [
        [EA_KAR, MERGED, EA_KAR],
        [EA_KAR, MERGED, EA_KAR],
        [EA_KNOP, MERGED, EA_KNOP],
        [EA_KNOP, MERGED, EA_KNOP],
    ]
    last = (await to_be_said(router_engine))[-1]
    assert last.explanation == (
        "Thay đổi đơn vị đã được rút lại, Xã Ea Kar Mới không còn; vụ việc trở về Xã Ea Knốp, nơi đã thụ lý trước đó."
    )


# --- with real boundaries ------------------------------------------------------------------------------------------


async def test_the_boundaries_of_two_that_become_one_are_their_union_and_come_back_with_them(
    router_engine: AsyncEngine, watcher: ReferenceWatcher, command: Command, merged: str
) -> None:
    await command("load")
    await command("boundaries", "import", str(shared_data("daklak_boundaries.geojson")))
    version = (await shown_boundaries(router_engine))[0]
    assert (await command("boundaries", "switch", version, "--why", "ranh giới thật")).exit_code == 0
    old = (await watcher.current()).boundaries
    dry = await command("changes", merged)
    (told,) = [line for line in lines(dry) if line.startswith("boundaries: ")]
    done = await command("load", merged)
    assert done.exit_code == 0, done.stderr
    assert "boundaries now in force" in done.stdout
    assert told == f"boundaries: {await in_force(router_engine, 'boundaries')}"
    await watcher.refresh()
    new = (await watcher.current()).boundaries
    points = [place.pin for place in (centre(EA_KAR), centre(EA_KNOP), centre(ELSEWHERE)) if place.pin is not None]
    assert [finding.unit_code for finding in old.find(points)] == [EA_KAR, EA_KNOP, ELSEWHERE]
    assert [finding.unit_code for finding in new.find(points)] == [MERGED, MERGED, ELSEWHERE]
    assert (await command("load")).exit_code == 0
    assert await in_force(router_engine, "boundaries") == version


async def shown_boundaries(engine: AsyncEngine) -> list[str]:
    query = text("SELECT version FROM router.reference_set WHERE kind = 'boundaries' ORDER BY loaded_at")
    async with engine.connect() as connection:
        return list((await connection.execute(query)).scalars())


def halves(collection: Mapping[str, Any], code: str, new: str) -> Mapping[str, Any]:
    """Cut the polygon of a unit into a western part, which keeps its code, and an eastern one."""
    features = []
    for feature in collection["features"]:
        if feature["properties"]["code"] != code:
            features.append(feature)
            continue
        whole = shape(feature["geometry"])
        west, south, east, north = whole.bounds
        middle = shape(feature["geometry"]).centroid.x
        for part, box in ((code, (west, south, middle, north)), (new, (middle, south, east, north))):
            geometry = mapping(shapely.intersection(whole, shapely.box(*box)))
            features.append({"type": "Feature", "properties": {"code": part}, "geometry": geometry})
    return {"type": "FeatureCollection", "features": features}


# --- one is split --------------------------------------------------------------------------------------------------


async def test_a_split_moves_by_the_pin_and_asks_the_province_desk_without_one(
    router_engine: AsyncEngine, watcher: ReferenceWatcher, place_feedback: PlaceFeedback, command: Command,
    split: str, tmp_path: Path,
) -> None:  # fmt: skip
    path = shared_data("daklak_boundaries.geojson")
    await command("load")
    await command("boundaries", "import", str(path))
    await command("boundaries", "switch", (await shown_boundaries(router_engine))[0], "--why", "ranh giới thật")
    collection = orjson.loads(await asyncio.to_thread(path.read_bytes))
    parts = halves(collection, EA_PHE, SPLIT_OFF)
    pins = {
        feature["properties"]["code"]: shape(feature["geometry"]).representative_point()
        for feature in parts["features"]
    }
    placed = await place_feedback(
        [
            reported(1, place=PlaceGiven(pin=Pin(lat=pins[EA_PHE].y, lon=pins[EA_PHE].x))),
            reported(2, place=PlaceGiven(pin=Pin(lat=pins[SPLIT_OFF].y, lon=pins[SPLIT_OFF].x))),
            reported(3, place=PlaceGiven(unit_code=EA_PHE)),
        ]
    )
    assert [event.unit_code for event in placed] == [EA_PHE] * 3

    without = await command("load", split, "--move-open-cases", *WHY)
    assert without.exit_code == 2
    assert "Xã Ea Phê split up, and where the border runs is not known" in without.stderr
    assert "--boundaries FILE" in without.stderr
    unknown = await command("changes", split)
    assert "Pins were not looked up." in unknown.stdout
    file = tmp_path / "split.geojson"
    file.write_bytes(orjson.dumps(parts))
    told = lines(await command("changes", split, "--boundaries", str(file)))
    assert "Xã Ea Phê (24502) split and stays Xã Ea Phê (24502), Xã Ea Phê Đông (90002)" in told
    assert f"Xã Ea Phê (24502) Xã Ea Phê Đông (90002) its pin 1 {short_id(UUID(int=2))}" in told
    assert f"Xã Ea Phê (24502) the province desk nobody: the province desk asks 1 {short_id(UUID(int=3))}" in told
    assert len(await placements(router_engine)) == 3
    given = await place_feedback([reported(9, place=PlaceGiven(unit_code=ELSEWHERE))])
    async with LivesInDatabase(router_engine).open_life_cycle() as store:
        await store.keep_lives({given[0].feedback_id: CaseLife(2, "transferred", EA_PHE, "commune:economy")})

    done = await command("load", split, "--boundaries", str(file), "--move-open-cases", *WHY)
    assert done.exit_code == 0, done.stderr
    said = await to_be_said(router_engine)
    assert [(event.unit_code, event.office) for event in said] == [
        (EA_PHE, "commune:economy"),
        (SPLIT_OFF, "commune:economy"),
        (None, "province:desk"),
    ]
    assert said[1].explanation == (
        "Một phần Xã Ea Phê đã chuyển về Xã Ea Phê Đông từ 1/6/2027; ghim nằm trong Xã Ea Phê Đông, "
        "vụ việc chuyển về đó."
    )
    assert (said[2].question, [other.unit_code for other in said[2].alternatives]) == (
        "Một phần Xã Ea Phê đã tách ra. Việc xảy ra ở Xã Ea Phê hoặc Xã Ea Phê Đông?",
        [EA_PHE, SPLIT_OFF],
    )
    assert "0 open cases moved" in (await command("load", split, "--move-open-cases", *WHY)).stdout
    await watcher.refresh()
    (new,) = await place_feedback([reported(4, place=PlaceGiven(unit_code=EA_PHE))])
    assert new.unit_code == EA_PHE
    assert "0 open cases moved" in (await command("load", split, "--move-open-cases", *WHY)).stdout


async def test_deadlines_after_a_move_are_counted_from_the_old_start_with_the_pauses(
    router_engine: AsyncEngine, place_feedback: PlaceFeedback, command: Command, merged: str
) -> None:
    await command("load")
    (first,) = await place_feedback([reported(1, place=PlaceGiven(unit_code=EA_KAR))])
    thursday = RECEIVED + timedelta(days=3)
    waits = (Wait(thursday, thursday + timedelta(days=1)),)
    async with LivesInDatabase(router_engine).open_life_cycle() as store:
        await store.keep_lives({first.feedback_id: CaseLife(3, "in_progress", EA_KAR, first.office, waits)})
    await command("load", merged, "--move-open-cases", *WHY)
    (said,) = await to_be_said(router_engine)
    assert (said.received_at, said.accept_by) == (RECEIVED, first.accept_by)
    # One working day was waited for, and it may lead over a weekend.
    assert said.resolve_by - first.resolve_by in {timedelta(days=1), timedelta(days=3)}
