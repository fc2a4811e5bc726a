"""The desk as its main.py wires it, on a real broker."""

import asyncio
from uuid import UUID

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from services.desk.adapters.tables import METADATA, SCHEMA
from services.desk.domain.life_cycle import Action, Wanted
from services.desk.domain.staff import Role
from services.desk.main import build
from services.desk.settings import DeskSettings
from shared.events import AnswerKind, CaseChanged, FeedbackCorrected
from tests.support.desk import (
    UNIT,
    RealDesk,
    deadline_passed,
    feedback_classified,
    feedback_placed,
    resident_answered,
)
from tests.support.streams import read_all, send, until


@pytest.mark.usefixtures("desk")
async def test_tables_and_migrations_agree(engine: AsyncEngine) -> None:
    def differences(connection: Connection) -> list[object]:
        options = {
            "include_schemas": True,
            "include_name": lambda name, kind, _: kind != "schema" or name == SCHEMA,
            "version_table_schema": SCHEMA,
            "compare_type": True,
        }
        found: list[object] = compare_metadata(MigrationContext.configure(connection, opts=options), METADATA)
        return found

    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def told(bootstrap_servers: str, feedback_id: UUID, *, at_least: int) -> list[CaseChanged]:
    """Wait for the events of one case."""
    found: list[CaseChanged] = []
    seen = 0
    async with asyncio.timeout(40):
        while len(found) < at_least:
            entries = await read_all(bootstrap_servers, CaseChanged.topic, at_least=seen + 1, seconds=40)
            seen = len(entries)
            found = [CaseChanged.from_bytes(entry.body) for entry in entries if entry.key == str(feedback_id).encode()]
    return found


async def test_what_is_placed_becomes_a_case_and_every_move_is_told(
    desk: RealDesk, database_url: str, kafka_bootstrap_servers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", kafka_bootstrap_servers)
    an = await desk.member("an", Role.HANDLER, UNIT)
    placed = feedback_placed()
    one = placed.feedback_id
    service, app = build(DeskSettings())
    async with app.router.lifespan_context(app):
        await send(kafka_bootstrap_servers, [placed, feedback_classified(feedback_id=one), deadline_passed(one)])
        (opened,) = await told(kafka_bootstrap_servers, one, at_least=1)

        async def complete() -> bool:
            story = await desk.story(one, by=an)
            return story.report is not None and len(story.alarms) == 1

        await until(complete, what="the case with its words and its alarm")
        for version, action in enumerate((Action.ACCEPT, Action.ASK), start=1):
            await desk.move_case(one, Wanted(action, version, public_reply="Số nhà?"), by=an)
        await send(kafka_bootstrap_servers, [resident_answered(one, AnswerKind.ANSWER)])
        events = await told(kafka_bootstrap_servers, one, at_least=4)
        assert sorted(event.version for event in events) == [1, 2, 3, 4]
        kept = await desk.correct(one, kind="question", by=an)
        corrections: list[FeedbackCorrected] = []
        async with asyncio.timeout(40):
            while not corrections:
                entries = await read_all(kafka_bootstrap_servers, FeedbackCorrected.topic, at_least=1, seconds=40)
                corrections = [
                    FeedbackCorrected.from_bytes(entry.body) for entry in entries if entry.key == events[0].key()
                ]
        assert [(told.event_id, told.kind) for told in corrections] == [(kept.event_id, "question")]
        await send(kafka_bootstrap_servers, [placed])
        again = (await told(kafka_bootstrap_servers, one, at_least=8))[4:]
        assert again[0] == opened
        assert {event.event_id for event in again} == {event.event_id for event in events}
        ready, checks = await service.health.readiness()
        assert ready
        assert checks["outbox"] == "ok"
