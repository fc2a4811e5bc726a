"""Rules in a real PostgreSQL: tried, switched, on record, taken back, kept over a load, used by a running router."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from alembic import command as alembic
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine
from typer.testing import CliRunner, Result

from services.router.adapters.reference import ReferenceWatcher
from services.router.adapters.rule_documents import policy_set
from services.router.adapters.rule_store import RulesInDatabase
from services.router.adapters.store import Store
from services.router.domain.switches import SwitchAction
from services.router.entrypoints.cli import app, territory_app
from services.router.usecases.place_feedback import PlaceFeedback
from services.router.usecases.switch_rules import RulesRefusedError, SwitchRules
from shared.db.migrations import config_for
from shared.events import Channel, FeedbackClassified, Kind, PlaceGiven
from shared.events.short_id import short_id
from tests.integration.router.conftest import MIGRATIONS
from tests.support.events import RECEIVED, feedback_classified
from tests.support.placing import PACK, pack

Command = Callable[..., Awaitable[Result]]
NOW = datetime(2026, 11, 23, 1, 0, 5, tzinfo=UTC)
RULES = (PACK / "policy.yaml").read_text(encoding="utf-8")
CATCH_ALL = "  - id: lead_office\n    to: lead\n"
NOISE = "  - id: noise\n    when: {topic: [noise]}\n    to: province:police\n"
DOGS = "  - id: dogs\n    when: {words: [chó dại], time: [working]}\n    to: commune:health\n"
SLOW_QUESTION = (
    "  - id: question\n    when: {kind: [question]}\n    accept: {working_minutes: 480}\n"
    "    resolve: {working_minutes: 2250}\n"
)


@pytest.fixture
def rules(router_engine: AsyncEngine) -> RulesInDatabase:
    return RulesInDatabase(router_engine)


@pytest.fixture
async def watcher(router_engine: AsyncEngine) -> ReferenceWatcher:
    return ReferenceWatcher(router_engine, every_seconds=1)


@pytest.fixture
def place_feedback(watcher: ReferenceWatcher, store: Store) -> PlaceFeedback:
    return PlaceFeedback(watcher.current, store.open_placements, lambda: NOW)


@pytest.fixture
async def command(router_engine: AsyncEngine, database_url: str) -> Command:
    assert router_engine

    async def run(*arguments: str, pack: Path = PACK) -> Result:
        environment = {"DATABASE_URL": database_url, "LANGNGHE_TERRITORY": str(pack), "COLUMNS": "220"}
        called = (territory_app, arguments[1:]) if arguments[0] == "territory" else (app, ("rules", *arguments))
        return await asyncio.to_thread(CliRunner().invoke, *called, env=environment)

    return run


def write(folder: Path, name: str, *, added: str = "", old: str = "", new: str = "") -> str:
    """Write the pack's rules with some before the catch-all, and one part exchanged."""
    assert CATCH_ALL in RULES
    assert old in RULES
    file = folder / name
    file.write_text(RULES.replace(CATCH_ALL, added + CATCH_ALL, 1).replace(old, new, 1), encoding="utf-8")
    return str(file)


async def version_in_force(engine: AsyncEngine) -> str:
    query = text("SELECT version FROM router.reference_set WHERE kind = 'policy' AND active")
    async with engine.connect() as connection:
        return str((await connection.execute(query)).scalar_one())


def noise(number: int, **values: object) -> FeedbackClassified:
    return feedback_classified(
        feedback_id=UUID(int=number), subject="noise", place=PlaceGiven(unit_code="24133"), **values
    )


async def test_rules_are_switched_used_by_the_router_and_taken_back_each_on_record(
    router_engine: AsyncEngine,
    rules: RulesInDatabase,
    watcher: ReferenceWatcher,
    place_feedback: PlaceFeedback,
    command: Command,
    tmp_path: Path,
) -> None:
    early = await command("switch", write(tmp_path, "a.yaml", added=NOISE), "--why", "thử")
    assert early.exit_code == 2
    assert "no territory is loaded yet" in early.stderr
    await command("territory", "load")
    loaded = await version_in_force(router_engine)
    (first,) = await place_feedback([noise(1)])
    assert first.office == "commune:police"

    done = await command("switch", write(tmp_path, "a.yaml", added=NOISE), "--why", "karaoke", "--by", "chị An")
    assert done.exit_code == 0, done.stderr
    assert "+ offices: added 'noise': topic noise -> province:police" in done.stdout
    switched = await version_in_force(router_engine)
    assert await watcher.refresh()
    again, second = await place_feedback([noise(1), noise(2)])
    assert again == first
    assert (second.office, second.policy_version) == ("province:police", switched)
    async with router_engine.connect() as connection:
        stored = await connection.execute(
            text(
                "SELECT office_rule, deadline_rule, channel, policy_version FROM router.placement ORDER BY feedback_id"
            )
        )
        assert [tuple(row) for row in stored] == [
            ("lead_office", "normal", "web", loaded),
            ("noise", "normal", "web", switched),
        ]

    repeated = await command("switch", write(tmp_path, "a.yaml", added=NOISE), "--why", "nữa")
    assert "were in force already" in repeated.stdout
    back = await command("rollback", "--why", "nhầm", "--by", "anh Bình")
    assert back.exit_code == 0, back.stderr
    assert await version_in_force(router_engine) == loaded
    assert await watcher.refresh()
    (third,) = await place_feedback([noise(3)])
    assert third.office == "commune:police"
    nothing = await command("rollback", "--why", "nữa")
    assert nothing.exit_code == 2
    assert "nothing to go back to" in nothing.stderr

    async with rules.open_rules() as store:
        found = await store.switches()
    assert [(each.note.action, each.note.by, each.note.why, each.before, each.version) for each in found] == [
        (SwitchAction.LOAD, "langnghe", "territory pack loaded", None, loaded),
        (SwitchAction.SWITCH, "chị An", "karaoke", loaded, switched),
        (SwitchAction.ROLLBACK, "anh Bình", "nhầm", switched, loaded),
    ]
    shown = (await command("history")).stdout
    assert "chị An" in shown
    assert "nhầm" in shown


async def test_rules_in_force_are_exported_and_are_the_same_when_switched_to_again(
    command: Command, tmp_path: Path
) -> None:
    await command("territory", "load")
    await command("switch", write(tmp_path, "a.yaml", added=NOISE), "--why", "karaoke")
    written = await command("export")
    assert "- id: noise\n    when: {topic: [noise]}\n    to: 'province:police'\n" in written.stdout
    out = tmp_path / "exported.yaml"
    assert (await command("export", "--out", str(out))).exit_code == 0
    assert out.read_text(encoding="utf-8") == written.stdout
    again = await command("switch", str(out), "--why", "như cũ")
    assert "were in force already" in again.stdout
    nowhere = await command("export", "--out", str(tmp_path / "nowhere" / "x.yaml"))
    assert nowhere.exit_code == 2
    assert "cannot be written" in nowhere.stderr


async def test_two_switches_are_taken_back_one_after_the_other(
    router_engine: AsyncEngine, command: Command, tmp_path: Path
) -> None:
    await command("territory", "load")
    versions = [await version_in_force(router_engine)]
    for name, added in (("a.yaml", NOISE), ("b.yaml", DOGS)):
        await command("switch", write(tmp_path, name, added=added), "--why", name)
        versions.append(await version_in_force(router_engine))
    assert len(set(versions)) == 3
    for version in reversed(versions[:2]):
        await command("rollback", "--why", "nhầm")
        assert await version_in_force(router_engine) == version


async def test_a_switch_needs_a_reason_and_rules_that_can_be_used(
    router_engine: AsyncEngine, command: Command, tmp_path: Path
) -> None:
    await command("territory", "load")
    before = await version_in_force(router_engine)
    blank = await command("switch", write(tmp_path, "a.yaml", added=NOISE), "--why", "  ")
    assert (blank.exit_code, "say why in 1 to 1000 characters" in blank.stderr) == (2, True)
    unreachable = await command(
        "switch", write(tmp_path, "b.yaml", added=NOISE + NOISE.replace("noise\n", "n\n")), "--why", "x"
    )
    assert (unreachable.exit_code, "'n' never decides, 'noise' comes first" in unreachable.stderr) == (2, True)
    assert await version_in_force(router_engine) == before


async def test_rules_for_other_topics_than_those_loaded_are_refused(rules: RulesInDatabase, command: Command) -> None:
    await command("territory", "load")
    reference_set = policy_set(pack())
    strange = {**reference_set.document, "topics": reference_set.document["topics"][1:]}
    other = type(reference_set)(reference_set.kind, "other", reference_set.valid_from, strange)
    with pytest.raises(RulesRefusedError, match="load the territory pack first"):
        await SwitchRules(rules.open_rules)(other, by="an", why="x")


async def test_the_record_of_switches_can_only_grow(router_engine: AsyncEngine, command: Command) -> None:
    await command("territory", "load")
    for change in (
        "UPDATE router.reference_switch SET why = 'x'",
        "DELETE FROM router.reference_switch WHERE kind = 'policy'",
    ):
        with pytest.raises(DBAPIError, match="append-only"):
            async with router_engine.begin() as connection:
                await connection.execute(text(change))


async def test_a_dry_run_counts_what_would_move_by_office_and_deadline_and_changes_nothing(
    router_engine: AsyncEngine, place_feedback: PlaceFeedback, command: Command, tmp_path: Path
) -> None:
    await command("territory", "load")
    before = await version_in_force(router_engine)
    questions = [
        feedback_classified(feedback_id=UUID(int=100 + number), kind=Kind.QUESTION, place=PlaceGiven(unit_code="24133"))
        for number in range(2)
    ]
    secret = noise(1, text="Bí mật của tôi")
    await place_feedback([secret, noise(2), noise(3, channel=Channel.SMS), *questions])
    same = await command("dry-run", write(tmp_path, "same.yaml"))
    assert "5 placements replayed, 0 would move" in same.stdout
    shorter = SLOW_QUESTION.replace("2250", "1800")
    file = write(tmp_path, "a.yaml", added=NOISE, old=SLOW_QUESTION, new=shorter)
    result = await command("dry-run", file)
    assert result.exit_code == 0, result.stderr
    assert "5 placements replayed, 5 would move" in result.stdout
    lines = [" ".join(line.replace("│", " ").split()) for line in result.stdout.splitlines()]
    names = ", ".join(short_id(UUID(int=number)) for number in (3, 2, 1))
    assert f"commune:police (Công an xã/phường) province:police (Công an tỉnh) 3 {names}" in lines
    assert any(line.startswith("resolve question question 24 h earlier 2 ") for line in lines)
    assert "Bí mật" not in result.stdout
    assert await version_in_force(router_engine) == before
    words = await command("dry-run", write(tmp_path, "b.yaml", added=DOGS))
    assert "0 would move" in words.stdout
    assert "rule 'dogs' could apply to 5: their words or channel are not kept" in words.stdout


async def test_a_dry_run_looks_at_the_latest_placements_only(
    place_feedback: PlaceFeedback, command: Command, tmp_path: Path
) -> None:
    await command("territory", "load")
    await place_feedback([noise(number) for number in range(1, 1003)])
    result = await command("dry-run", write(tmp_path, "a.yaml", added=NOISE), "--last", "1")
    assert "1000 placements replayed, 1000 would move" in result.stdout
    assert "1002 placements replayed" in (await command("dry-run", write(tmp_path, "a.yaml"), "--last", "2")).stdout


async def test_a_router_decides_by_words_and_time(
    command: Command, place_feedback: PlaceFeedback, tmp_path: Path
) -> None:
    await command("territory", "load")
    await command("switch", write(tmp_path, "a.yaml", added=DOGS), "--why", "chó dại")
    at_night = RECEIVED.replace(hour=15)
    dog, night, cat = await place_feedback(
        [
            noise(1, text="Có chó dại ngoài chợ"),
            noise(2, text="Có chó dại ngoài chợ", received_at=at_night),
            noise(3, text="Có mèo ngoài chợ"),
        ]
    )
    assert [dog.office, night.office, cat.office] == ["commune:health", "commune:police", "commune:police"]


async def test_rules_switched_to_outlive_a_load_until_they_are_forgotten(
    router_engine: AsyncEngine, command: Command, tmp_path: Path
) -> None:
    await command("territory", "load")
    loaded = await version_in_force(router_engine)
    await command("switch", write(tmp_path, "a.yaml", added=NOISE), "--why", "karaoke")
    switched = await version_in_force(router_engine)
    kept = await command("territory", "load")
    assert await version_in_force(router_engine) == switched
    assert "--forget-rules takes the pack's" in kept.stdout
    compared = await command("diff", write(tmp_path, "b.yaml"), "--in-force")
    assert "- offices: removed 'noise': topic noise -> province:police" in compared.stdout
    forgotten = await command("territory", "load", "--forget-rules")
    assert "policy now in force" in forgotten.stdout
    assert "--forget-rules" not in forgotten.stdout
    assert await version_in_force(router_engine) == loaded


async def test_a_load_that_lacks_what_the_rules_by_hand_name_is_refused_and_new_topics_are_taken(
    router_engine: AsyncEngine, command: Command, tmp_path: Path
) -> None:
    other = tmp_path / "pack"
    await asyncio.to_thread(shutil.copytree, PACK, other)
    offices, topics = (other / name for name in ("offices.yaml", "topics.csv"))
    known = offices.read_text(encoding="utf-8")
    offices.write_text(
        known + '  - {id: "province:noise", name_vi: Đội tiếng ồn, name_en: Noise team}\n', encoding="utf-8"
    )
    await command("territory", "load", pack=other)
    file = write(tmp_path, "a.yaml", added=NOISE.replace("province:police", "province:noise"))
    assert (await command("switch", file, "--why", "tiếng ồn", pack=other)).exit_code == 0
    switched = await version_in_force(router_engine)
    refused = await command("territory", "load")
    assert refused.exit_code == 2
    assert "rule 'noise' names the office 'province:noise', which this pack does not have" in refused.stderr
    assert await version_in_force(router_engine) == switched
    listed = topics.read_text(encoding="utf-8")
    topics.write_text(listed.replace("traffic,commune:economy", "traffic,commune:police"), encoding="utf-8")
    for _ in range(2):
        assert "--forget-rules" in (await command("territory", "load", pack=other)).stdout
    async with router_engine.connect() as connection:
        query = text("SELECT action, by_hand, version FROM router.reference_switch WHERE kind = 'policy' ORDER BY id")
        rows = [tuple(row) for row in await connection.execute(query)]
    assert [row[:2] for row in rows] == [("load", False), ("switch", True), ("load", True)]
    assert rows[-1][2] == await version_in_force(router_engine) != switched


async def test_the_migration_puts_the_rules_in_force_on_record(
    router_engine: AsyncEngine, database_url: str, command: Command
) -> None:
    await command("territory", "load")
    version = await version_in_force(router_engine)
    config = config_for(MIGRATIONS, database_url)
    await asyncio.to_thread(alembic.downgrade, config, "0001")
    await asyncio.to_thread(alembic.upgrade, config, "head")
    async with router_engine.connect() as connection:
        rows = list(
            await connection.execute(
                text("SELECT action, version, by_hand FROM router.reference_switch WHERE kind = 'policy'")
            )
        )
    assert [tuple(row) for row in rows] == [("load", version, False)]
