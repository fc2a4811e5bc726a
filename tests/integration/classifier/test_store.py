"""The classifier's tables in a real PostgreSQL: decisions made once, what people said, a shadow, and forgetting."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from uuid import UUID, uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.classifier.adapters.store import Store
from services.classifier.adapters.tables import METADATA, SCHEMA
from services.classifier.domain.decision import NO_MODEL, Highlight
from services.classifier.usecases.classify_feedback import ClassifyFeedback
from services.classifier.usecases.ports import Agreement, Decision, Label, LabelCounts
from services.classifier.usecases.reach_verdicts import ReachVerdicts
from tests.support.classifying import NOON, FakeModel, label, reads, scores, verdict
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
    said = "Đang cháy nhà đầu hẻm 12, có bình gas! Tôi là Nguyễn Thị Kín, số 0905 123 456."
    told = tuple(Highlight(said.index(words), said.index(words) + len(words), 0.4) for words in ("đầu hẻm", "bình gas"))
    model = FakeModel(says=scores(highlights=told))
    use_case = ClassifyFeedback(ReachVerdicts(reads(model)), store.open_decisions, lambda: NOON)
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


# --- what people said -----------------------------------------------------------------------------------------------


async def keep(store: Store, *labels: Label) -> None:
    async with store.open_labels() as said:
        await said.keep(labels)


async def found(store: Store, *, since: datetime | None = None) -> Sequence[Label]:
    async with store.open_labels() as said:
        return await said.find(since=since)


async def test_of_what_people_say_of_one_feedback_the_latest_counts_whatever_the_order(store: Store) -> None:
    said = [
        label(uuid4(), topic=topic, labelled_at=NOON + timedelta(minutes=minute))
        for minute, topic in enumerate(("waste", "electricity", "noise"))
    ]
    for order in permutations(said):
        one_by_one, at_once = uuid4(), uuid4()
        for each in order:
            await keep(store, replace(each, feedback_id=one_by_one))
        await keep(store, *(replace(each, feedback_id=at_once) for each in order))
        kept = {each.feedback_id: each for each in await found(store)}
        assert kept[one_by_one] == replace(said[-1], feedback_id=one_by_one)
        assert kept[at_once] == replace(said[-1], feedback_id=at_once)


async def test_a_label_that_comes_again_changes_nothing(store: Store, classifier_engine: AsyncEngine) -> None:
    first, second = label(uuid4()), label(uuid4(), topic="waste")
    await keep(store, first, second)
    versions = text("SELECT feedback_id, xmin::text FROM classifier.label ORDER BY 1")
    async with classifier_engine.connect() as connection:
        before = (await connection.execute(versions)).all()
    await keep(store, second, first)
    async with classifier_engine.connect() as connection:
        assert (await connection.execute(versions)).all() == before
    await keep(store)
    assert len(await found(store)) == 2


async def test_labels_are_found_by_time_and_only_the_later_ones_when_asked(store: Store) -> None:
    said = [label(uuid4(), labelled_at=NOON + timedelta(minutes=minute)) for minute in (3, 1, 2)]
    await keep(store, *said)
    assert await found(store) == [said[1], said[2], said[0]]
    assert await found(store, since=NOON + timedelta(minutes=2)) == [said[0]]


async def test_what_people_said_is_counted_by_what_they_put_right(store: Store) -> None:
    right = label(uuid4(), was_topic="street_lighting")
    await keep(
        store,
        right,
        *(label(uuid4(), was_topic="electricity") for _ in range(2)),
        label(uuid4(), topic="waste", was_topic="noise"),
        replace(right, feedback_id=uuid4(), was_kind="question", was_urgency="high"),
        replace(right, feedback_id=uuid4(), was_topic="other", model_version=NO_MODEL),
    )
    async with store.open_traffic() as traffic:
        assert await traffic.labels() == LabelCounts(
            texts=6,
            without_model=1,
            confirmed=1,
            topic=3,
            kind=1,
            urgency=1,
            topics=(("electricity", "street_lighting", 2), ("noise", "waste", 1)),
        )


# --- the shadow, and weeks ------------------------------------------------------------------------------------------


async def test_a_shadow_is_compared_with_what_was_published_and_a_replay_counts_once(store: Store) -> None:
    live = [decision(topic=topic) for topic in ("waste", "waste", "noise", "noise")]
    live[0] = replace(live[0], verdict=verdict(topic="waste", needs_review=True))
    shadows = [replace(each, model_version="shadow-1", verdict=verdict(topic="waste")) for each in live[:3]]
    shadows[1] = replace(shadows[1], verdict=replace(shadows[1].verdict, urgency="high"))
    unheard = replace(decision(), model_version="shadow-1")
    async with store.open_decisions() as decisions:
        await decisions.add_missing(live)
    changed = [replace(each, verdict=verdict(topic="drugs")) for each in shadows]
    for batch in ([*shadows, unheard], changed, [replace(live[0], model_version="shadow-2")]):
        async with store.open_shadows() as answers:
            await answers.add_missing(batch)
    async with store.open_traffic() as traffic:
        agreement, nobody = await traffic.agreement("shadow-1"), await traffic.agreement("shadow-3")
    assert nobody is None
    assert agreement == Agreement(
        model_version="shadow-1",
        texts=3,
        topic=pytest.approx(2 / 3),
        kind=1.0,
        urgency=pytest.approx(2 / 3),
        needs_review=0.0,
        needs_review_live=pytest.approx(1 / 3),
    )


async def test_a_week_begins_on_monday_in_viet_nam(store: Store) -> None:
    midnight = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
    at = [midnight - timedelta(weeks=1, seconds=1), midnight - timedelta(seconds=1), midnight]
    decisions = [replace(decision(), decided_at=moment) for moment in at]
    decisions.append(
        Decision(
            uuid4(),
            uuid4(),
            midnight + timedelta(days=6),
            NO_MODEL,
            replace(verdict(topic="other", needs_review=True), unknown=0.5),
        )
    )
    async with store.open_decisions() as stored:
        await stored.add_missing(decisions)
    async with store.open_traffic() as traffic:
        weeks = await traffic.weeks(since=midnight - timedelta(weeks=1))
        assert await traffic.weeks(since=midnight + timedelta(weeks=1)) == []
    assert [(each.monday, each.texts) for each in weeks] == [(date(2026, 11, 16), 1), (date(2026, 11, 23), 2)]
    last = weeks[-1]
    assert (last.needs_review, last.without_model, last.unknown_ngrams) == (0.5, 0.5, pytest.approx(0.25))
    assert last.topics == {"street_lighting": 1, "other": 1}


# --- forgetting -----------------------------------------------------------------------------------------------------


async def keep_days(engine: AsyncEngine, days: int) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE classifier.retention SET days = :days"), {"days": days})


async def test_words_are_forgotten_when_their_time_is_over_and_nothing_else(
    store: Store, classifier_engine: AsyncEngine
) -> None:
    await keep_days(classifier_engine, 10)
    old, new = NOON - timedelta(days=10, seconds=1), NOON - timedelta(days=10)
    spoke = replace(verdict(), highlights=(Highlight(0, 3, 0.5),), second_matter="waste")
    decisions = [Decision(uuid4(), uuid4(), at, "model-1", spoke) for at in (old, new)]
    labels = [label(uuid4(), labelled_at=at) for at in (old, new)]
    async with store.open_decisions() as stored:
        await stored.add_missing(decisions)
    async with store.open_shadows() as shadows:
        await shadows.add_missing([replace(each, model_version="shadow-1") for each in decisions])
    await keep(store, *labels)

    async with store.open_traffic() as traffic:
        once = await traffic.forget(now=NOON)
        again = await traffic.forget(now=NOON)
    assert once == {"label_text": 1, "decision_words": 1, "shadow_answer": 1}
    assert again == {"label_text": 0, "decision_words": 0, "shadow_answer": 0}

    assert await found(store) == [labels[1]]
    async with store.open_decisions() as stored:
        kept = await stored.add_missing(decisions)
    forgotten = replace(spoke, reasons=(), highlights=())
    assert kept[decisions[0].feedback_id] == replace(decisions[0], verdict=forgotten)
    assert kept[decisions[1].feedback_id] == decisions[1]
    async with store.open_traffic() as traffic:
        compared, counted = await traffic.agreement("shadow-1"), await traffic.labels()
    assert compared is not None
    assert compared.texts == 1
    assert counted.texts == 2, "what was said is counted after its words are gone"


async def test_a_replay_does_not_bring_forgotten_words_back(store: Store, classifier_engine: AsyncEngine) -> None:
    await keep_days(classifier_engine, 10)
    old = label(uuid4(), labelled_at=NOON - timedelta(days=11))
    await keep(store, old)
    async with store.open_traffic() as traffic:
        await traffic.forget(now=NOON)
    await keep(store, old)
    assert await found(store) == []


async def test_how_long_words_are_kept_is_a_table(store: Store, classifier_engine: AsyncEngine) -> None:
    await keep(store, label(uuid4(), labelled_at=NOON - timedelta(days=729)), label(uuid4(), labelled_at=NOON))
    async with store.open_traffic() as traffic:
        assert (await traffic.forget(now=NOON))["label_text"] == 0
    await keep_days(classifier_engine, 700)
    async with store.open_traffic() as traffic:
        assert (await traffic.forget(now=NOON))["label_text"] == 1
