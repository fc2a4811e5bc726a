"""What an administrator is told of the models: measured once, said even when something is away."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from services.classifier.adapters.kept_models import KeptModels
from services.classifier.adapters.linear_model import LinearModel
from services.classifier.adapters.model_folder import DESCRIPTION, ModelFolder
from services.classifier.adapters.model_registry import ModelRegistry
from services.classifier.domain.drift import FEW, beside_the_weeks_before, by_chance, movers
from services.classifier.domain.registry import State
from services.classifier.usecases.ports import Agreement, TrafficStore
from services.classifier.usecases.read_models import (
    Caught,
    ModelsSeen,
    RegistryUnreadableError,
    Trouble,
    monday_of,
)
from tests.support.classifying import NOON, FakeModel, label, scores
from tests.support.models_seen import (
    FakeInUse,
    FakeTraffic,
    kept_model,
    read_models,
    unreadable,
    week,
)

SHADOW = FakeModel(version="shadow-1", says=scores(topic={"waste": 0.9, "electricity": 0.1}))
BOTH = (kept_model("model-1", State.LIVE), kept_model("shadow-1", State.SHADOW))


def troubles(seen: ModelsSeen) -> list[Trouble]:
    return [each.trouble for each in seen.complaints]


async def test_the_model_in_use_is_measured_on_the_evaluation_set() -> None:
    seen = await read_models()()
    assert seen.live is not None
    assert (seen.in_use, seen.live.version) == ("model-1", "model-1")
    assert seen.live.evaluation.topics.accuracy == pytest.approx(1 / 3)
    assert seen.live.emergencies == Caught(texts=1, found=1, others=1, false_alarms=0)
    assert seen.live.complaints == Caught(texts=1, found=1, others=1, false_alarms=0)
    assert seen.live.board.emergency_recall == 1.0
    assert troubles(seen) == []


async def test_a_false_alarm_is_counted_against_what_is_none() -> None:
    suspicious = FakeInUse(FakeModel(says=scores(urgency={"emergency": 0.9, "normal": 0.1})))
    seen = await read_models(live=suspicious)()
    assert seen.live is not None
    assert (seen.live.emergencies.recall, seen.live.emergencies.false_alarm_share) == (1.0, 1.0)
    assert (Caught(0, 0, 0, 0).recall, Caught(0, 0, 0, 0).false_alarm_share) == (0.0, 0.0)


async def test_a_model_is_measured_once_as_long_as_it_is_in_use() -> None:
    live = FakeInUse(FakeModel())
    look = read_models(live=live, kept=[kept_model("model-1", State.LIVE), kept_model("model-2")])
    first = await look()
    read = live.read
    assert (await look()).live is first.live
    assert live.read == read
    live.model = FakeModel(version="model-2")
    second = await look()
    assert second.live is not None
    assert (second.live.version, live.read) == ("model-2", 2 * read)
    live.model = FakeModel()
    await look()
    assert live.read == 3 * read, "what is no longer in use is not remembered for ever"


async def test_without_any_model_the_page_says_so() -> None:
    seen = await read_models(live=FakeInUse(None, "everything goes to a person: train one"), kept=[])()
    assert (seen.in_use, seen.live) == (None, None)
    assert troubles(seen) == [Trouble.NO_MODEL]
    assert "train one" in seen.complaints[0].detail


async def test_a_live_model_that_cannot_be_read_is_broken_and_not_missing() -> None:
    seen = await read_models(live=FakeInUse(None, "not what was written"))()
    assert troubles(seen) == [Trouble.MODEL_BROKEN]


async def test_a_model_that_goes_on_for_a_broken_successor_is_named_and_measured() -> None:
    seen = await read_models(live=FakeInUse(FakeModel(), "going on with model-1"), shadow=FakeInUse(None, "broken"))()
    assert troubles(seen) == [Trouble.OLD_MODEL, Trouble.SHADOW_BROKEN]
    assert seen.live is not None


async def test_a_registry_that_cannot_be_read_hides_only_the_list() -> None:
    seen = await replace(read_models(), list_models=unreadable)()
    assert troubles(seen) == [Trouble.REGISTRY_UNREADABLE]
    assert seen.models == ()
    assert seen.live is not None


async def test_without_an_evaluation_set_the_rest_is_told() -> None:
    seen = await read_models(evaluation_set=None, traffic=FakeTraffic([week(1)]))()
    assert (seen.in_use, seen.live) == ("model-1", None)
    assert troubles(seen) == [Trouble.NO_EVALUATION_SET]
    assert seen.traffic is not None


async def test_a_database_that_is_away_hides_only_what_it_knows() -> None:
    seen = await read_models(traffic=FakeTraffic(fault=ConnectionRefusedError()), shadow=FakeInUse(SHADOW), kept=BOTH)()
    assert troubles(seen) == [Trouble.DATABASE_SILENT]
    assert seen.traffic is None
    assert seen.live is not None
    assert seen.beside is not None


async def test_a_database_that_never_answers_is_given_up() -> None:
    @asynccontextmanager
    async def hang() -> AsyncIterator[TrafficStore]:
        await asyncio.Event().wait()
        yield FakeTraffic()

    seen = await replace(read_models(), open_traffic=hang, database_seconds=0.02)()
    assert troubles(seen) == [Trouble.DATABASE_SILENT]


async def test_a_mistake_of_ours_is_not_blamed_on_the_database() -> None:
    with pytest.raises(ZeroDivisionError):
        await read_models(traffic=FakeTraffic(fault=ZeroDivisionError()))()


async def test_twelve_weeks_are_asked_for_the_running_one_included_from_monday_in_viet_nam() -> None:
    traffic = FakeTraffic([week(1), week(0)])
    # Late on Sunday in UTC is Monday morning in Viet Nam.
    seen = await read_models(traffic=traffic, now=datetime(2026, 11, 22, 18, 0, tzinfo=UTC))()
    assert traffic.asked_since == [datetime(2026, 9, 6, 17, 0, tzinfo=UTC)]
    assert seen.this_week == datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
    assert seen.traffic is not None
    assert [each.week.monday.day for each in seen.traffic.weeks] == [16, 23]


@pytest.mark.parametrize(("share", "expected"), [(0.2, [Trouble.WITHOUT_MODEL_LATELY]), (0.0, [])])
async def test_texts_of_this_week_that_no_model_read_are_told(share: float, expected: list[Trouble]) -> None:
    traffic = FakeTraffic([week(1, without_model=0.5), week(0, without_model=share)])
    assert troubles(await read_models(traffic=traffic)()) == expected


async def test_the_shadow_stands_beside_the_live_model() -> None:
    agreement = Agreement("shadow-1", 40, 0.9, 1.0, 0.95, 0.2, 0.4)
    seen = await read_models(shadow=FakeInUse(SHADOW), kept=BOTH, traffic=FakeTraffic(compared=agreement))()
    assert seen.shadow_version == "shadow-1"
    assert seen.traffic is not None
    assert seen.traffic.agreement == agreement
    assert seen.beside is not None
    assert seen.beside.comparison.is_better is False


async def test_what_people_said_since_the_shadow_was_trained_decides_too() -> None:
    said = [
        label(uuid4(), topic="waste", labelled_at=NOON + timedelta(hours=1)),
        label(uuid4(), topic="waste", labelled_at=NOON + timedelta(hours=2)),
        label(uuid4(), topic="street_lighting", labelled_at=NOON + timedelta(hours=3)),
        label(uuid4(), topic="street_lighting", labelled_at=NOON - timedelta(hours=1)),
    ]
    seen = await read_models(shadow=FakeInUse(SHADOW), kept=BOTH, traffic=FakeTraffic(said=said))()
    assert seen.beside is not None
    assert (seen.beside.shadow.corrected, seen.beside.live.corrected) == (3, 3)
    assert seen.beside.shadow.corrected_right == pytest.approx(2 / 3, abs=1e-4)
    assert seen.beside.live.corrected_right == pytest.approx(1 / 3, abs=1e-4)
    assert seen.beside.comparison.is_better is True


async def test_of_very_many_corrections_the_latest_decide() -> None:
    said = [
        label(uuid4(), topic=topic, labelled_at=NOON + timedelta(hours=hour))
        for hour, topic in enumerate(("waste", "waste", "electricity", "waste"), start=1)
    ]
    look = read_models(shadow=FakeInUse(SHADOW), kept=BOTH, traffic=FakeTraffic(said=said))
    seen = await replace(look, most_corrections=2)()
    assert seen.beside is not None
    assert (seen.beside.shadow.corrected, seen.beside.shadow.corrected_right) == (2, 0.5)


async def test_a_shadow_without_a_live_model_has_nothing_to_stand_beside() -> None:
    seen = await read_models(live=FakeInUse(None, "broken"), shadow=FakeInUse(SHADOW), kept=BOTH)()
    assert (seen.live, seen.beside) == (None, None)


@pytest.mark.parametrize(
    ("moment", "day"),
    [("2026-11-22T16:59:59+00:00", 16), ("2026-11-22T17:00:00+00:00", 23), ("2026-11-29T16:59:59+00:00", 23)],
)
def test_a_week_begins_on_monday_in_viet_nam(moment: str, day: int) -> None:
    assert monday_of(datetime.fromisoformat(moment)).day == day


# --- the list of models ---------------------------------------------------------------------------------------------


def trained(model: LinearModel, version_of: str, *, at: datetime) -> LinearModel:
    board = {"topic_macro_f1": 0.8, "field_macro_f1": 0.9, "kind_macro_f1": 0.7, "emergency_recall": 1.0}
    told = {"trained_at": at.isoformat(), "labels": 3, "evaluation": {**board, "complaint_recall": 0.5}}
    return replace(model, version=version_of, metadata={**model.metadata, **told})


def test_models_are_listed_by_state_and_then_the_newest_first(small_model: LinearModel, tmp_path: Path) -> None:
    registry = ModelRegistry(ModelFolder(tmp_path))
    names = ("a" * 12, "b" * 12, "c" * 12, "d" * 12)
    for days, version in enumerate(names):
        registry.add(trained(small_model, version, at=NOON + timedelta(days=days)), at=NOON + timedelta(days=days))
    registry.move(names[0], State.LIVE, at=NOON, why="the first model")
    registry.move(names[1], State.LIVE, at=NOON + timedelta(days=9), why="better")
    kept = KeptModels(ModelFolder(tmp_path))()
    assert [(each.version, each.state) for each in kept] == [
        (names[1], State.LIVE),
        (names[3], State.CANDIDATE),
        (names[2], State.CANDIDATE),
        (names[0], State.RETIRED),
    ]
    live = kept[0]
    assert (live.since, live.why, live.trained_at) == (NOON + timedelta(days=9), "better", NOON + timedelta(days=1))
    assert (live.labels, live.texts) == (3, small_model.metadata["corpus"]["texts"])
    assert live.board is not None
    assert live.board.complaint_recall == 0.5
    assert set(live.validation) == {"accented", "unaccented"}
    assert live.fields == small_model.fields
    assert kept[3].why == f"{names[1]} took its place"


@pytest.mark.parametrize("words", ["{", "[]", '{"metadata": {"trained_at": "once", "evaluation": {"labels": 1}}}'])
def test_a_description_that_says_nothing_is_listed_all_the_same(
    small_model: LinearModel, tmp_path: Path, words: str
) -> None:
    ModelFolder(tmp_path).keep(small_model)
    (tmp_path / small_model.version / DESCRIPTION).write_text(words, encoding="utf-8")
    (kept,) = KeptModels(ModelFolder(tmp_path))()
    assert (kept.version, kept.state) == (small_model.version, State.CANDIDATE)
    assert (kept.trained_at, kept.board, kept.texts, kept.since) == (None, None, None, None)


def test_a_pointer_that_cannot_be_read_is_said_as_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "live").write_text("nobody\n", encoding="ascii")
    with pytest.raises(RegistryUnreadableError, match="langnghe classifier train"):
        KeptModels(ModelFolder(tmp_path))()


# --- drift ----------------------------------------------------------------------------------------------------------


def test_those_topics_are_named_whose_share_rose_or_fell_most() -> None:
    moved = movers({"a": 50, "b": 50}, {"a": 20, "b": 50, "c": 30}, most=2)
    assert [(each.topic, round(each.change, 2)) for each in moved] == [("a", -0.3), ("c", 0.3)]
    assert movers({"a": 1}, {"a": 5}) == ()


def test_movers_are_named_where_the_mix_can_be_told() -> None:
    few = FEW - 1
    weeks = [week(2), week(1, topics={"waste": few}), week(0, topics={"waste": 90, "street_lighting": 30})]
    assert [bool(each.movers) for each in beside_the_weeks_before(weeks)] == [False, False, True]


@pytest.mark.parametrize("texts", [60, 150, 600])
def test_chance_alone_does_not_look_like_drift(texts: int) -> None:
    """A week of 150 texts over 47 topics misses some of them: that is no drift, a flood is."""
    dice = random.Random(7)
    topics = [f"topic-{number}" for number in range(47)]
    before, quiet = Counter(dice.choices(topics, k=texts * 8)), Counter(dice.choices(topics, k=texts))
    flood = quiet + Counter({"topic-5": texts // 2})
    told = [beside_the_weeks_before([week(1, topics=before), week(0, topics=now)])[1] for now in (quiet, flood)]
    assert [each.has_moved for each in told] == [False, True]
    assert by_chance({"a": 9}, {"a": 3}) == 0 < by_chance(before, quiet)
