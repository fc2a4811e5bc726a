"""Decisions in a real PostgreSQL: one per feedback, the same for ever, with words of the resident but not the text."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.classifier.adapters.store import Store
from services.classifier.adapters.tables import METADATA, SCHEMA
from services.classifier.usecases.classify_feedback import ClassifyFeedback
from services.classifier.usecases.ports import Decision
from services.classifier.usecases.reach_verdicts import ReachVerdicts
from tests.support.classifying import NOON, FakeModel, reads, scores, verdict
from tests.support.events import feedback_submitted


def decision(feedback_id: UUID | None = None, *, topic: str = "street_lighting") -> Decision:
    return Decision(feedback_id or uuid4(), uuid4(), NOON, "model-1", verdict(topic=topic))


async def test_a_new_decision_is_kept_and_comes_back_exactly_as_it_was(store: Store) -> None:
    first = replace(decision(), decided_at=NOON + timedelta(microseconds=123456))
    async with store.open_decisions() as decisions:
        assert await decisions.add_missing([first]) == {}
    async with store.open_decisions() as decisions:
        assert await decisions.add_missing([decision(first.feedback_id, topic="waste")]) == {first.feedback_id: first}


async def test_an_empty_batch_changes_nothing(store: Store) -> None:
    async with store.open_decisions() as decisions:
        assert await decisions.add_missing([]) == {}


async def test_a_transaction_that_fails_keeps_nothing(store: Store) -> None:
    lost = decision()

    async def fail() -> None:
        async with store.open_decisions() as decisions:
            await decisions.add_missing([lost])
            raise InterruptedError

    with pytest.raises(InterruptedError):
        await fail()
    async with store.open_decisions() as decisions:
        assert await decisions.add_missing([lost]) == {}


async def test_two_consumers_with_the_same_records_agree_on_one_answer(store: Store) -> None:
    batch = [feedback_submitted(text=f"số {number}") for number in range(200)]

    async def classify(topic: str, *, backwards: bool) -> dict[UUID, object]:
        model = FakeModel(says=scores(topic={topic: 0.9}), version=topic)
        use_case = ClassifyFeedback(ReachVerdicts(reads(model)), store.open_decisions, lambda: NOON)
        return {event.feedback_id: event for event in await use_case(batch[::-1] if backwards else batch)}

    one, other = await asyncio.gather(classify("waste", backwards=False), classify("noise", backwards=True))
    assert one == other
    assert len(one) == 200


async def test_the_words_that_carried_a_decision_are_stored_and_the_rest_of_the_text_is_not(
    store: Store, classifier_engine: AsyncEngine
) -> None:
    model = FakeModel(says=scores(words=("đầu hẻm", "bình gas")))
    use_case = ClassifyFeedback(ReachVerdicts(reads(model)), store.open_decisions, lambda: NOON)
    said = "Đang cháy nhà đầu hẻm 12, có bình gas! Tôi là Nguyễn Thị Kín, số 0905 123 456."
    await use_case([feedback_submitted(text=said)])
    async with classifier_engine.connect() as connection:
        (row,) = await connection.execute(text("SELECT reasons, decision::text AS whole FROM classifier.decision"))
    assert row.reasons == ["nguy hiểm (cháy, nổ): đang cháy", "đầu hẻm", "bình gas"]
    assert [word for word in ("nhà", "có", "Nguyễn", "Thị", "Kín", "0905 123 456") if word in row.whole] == []


async def test_the_tables_are_those_the_migrations_make(classifier_engine: AsyncEngine) -> None:
    def differences(connection: Connection) -> list[object]:
        options = {
            "include_schemas": True,
            "include_name": lambda name, kind, _: kind != "schema" or name == SCHEMA,
            "version_table_schema": SCHEMA,
            "compare_type": True,
        }
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), METADATA))

    async with classifier_engine.connect() as connection:
        assert await connection.run_sync(differences) == []
