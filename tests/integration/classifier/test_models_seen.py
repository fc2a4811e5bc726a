"""What an administrator sees, over the real store, real model files and the evaluation set of the repository."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.classifier.adapters.evaluation_sets import read_evaluation_set
from services.classifier.adapters.kept_models import KeptModels
from services.classifier.adapters.live_model import LiveModel
from services.classifier.adapters.model_folder import ARRAYS, ModelFolder
from services.classifier.adapters.model_registry import ModelRegistry
from services.classifier.adapters.store import Store
from services.classifier.adapters.training import train
from services.classifier.domain.registry import State
from services.classifier.entrypoints.drawing import draw
from services.classifier.entrypoints.words import Names
from services.classifier.usecases.ports import Decision
from services.classifier.usecases.read_models import ReadModels, Trouble
from tests.support.classifying import NOON, label, small_corpus, verdict


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> ModelFolder:
    """Keep a live model and a shadow, as training and the operator do."""
    folder = ModelFolder(tmp_path_factory.mktemp("models"))
    registry = ModelRegistry(folder)
    live, shadow = train(small_corpus()), train(small_corpus()[:-1])
    shadow = replace(shadow, metadata={**shadow.metadata, "trained_at": NOON.isoformat()})
    for model, state in ((live, State.LIVE), (shadow, State.SHADOW)):
        registry.add(model, at=NOON)
        registry.move(model.version, state, at=NOON, why="for a test")
    return folder


def read_models_of(folder: ModelFolder, store: Store) -> ReadModels:
    return ReadModels(
        list_models=KeptModels(folder),
        live=LiveModel(folder.live),
        shadow=LiveModel(folder.shadow, is_shadow=True),
        read_evaluation_set=read_evaluation_set,
        open_traffic=store.open_traffic,
        open_labels=store.open_labels,
        clock=lambda: NOON + timedelta(hours=2),
    )


async def test_everything_is_told_over_the_real_store(folder: ModelFolder, store: Store) -> None:
    live, shadow = folder.live.named(), folder.shadow.named()
    assert live is not None
    assert shadow is not None
    last_week = [Decision(uuid4(), uuid4(), NOON - timedelta(days=7), live, verdict(topic="waste")) for _ in range(60)]
    this_week = [Decision(uuid4(), uuid4(), NOON, live, verdict(topic="fire_safety")) for _ in range(60)]
    async with store.open_decisions() as decisions:
        await decisions.add_missing([*last_week, *this_week])
    async with store.open_shadows() as shadows:
        await shadows.add_missing([replace(each, model_version=shadow) for each in this_week[:30]])
    async with store.open_labels() as labels:
        said = label(uuid4(), text="Rác thải trước chợ bốc mùi", topic="waste", labelled_at=NOON + timedelta(hours=1))
        await labels.keep([said, replace(said, feedback_id=uuid4(), labelled_at=NOON - timedelta(hours=1))])

    seen = await read_models_of(folder, store)()
    assert seen.complaints == ()
    assert (seen.in_use, seen.shadow_version) == (live, shadow)
    assert seen.live is not None
    assert seen.live.evaluation.topics.count == len(read_evaluation_set().reports)
    assert seen.live.emergencies.texts >= 300
    assert seen.traffic is not None
    assert [(each.week.texts, each.has_moved) for each in seen.traffic.weeks] == [(60, False), (60, True)]
    assert [mover.topic for mover in seen.traffic.weeks[-1].movers] == ["fire_safety", "waste"]
    assert seen.traffic.agreement is not None
    assert (seen.traffic.agreement.texts, seen.traffic.agreement.topic) == (30, 1.0)
    assert seen.traffic.labels.texts == 2
    assert seen.beside is not None
    assert (seen.beside.live.corrected, seen.beside.live.corrected_right) == (1, 1.0)
    html = draw("models.html", language="vi", names=Names(), seen=seen)
    assert live in html
    assert shadow in html


async def test_a_locked_database_costs_the_reader_a_moment_and_not_the_page(
    folder: ModelFolder, store: Store, classifier_engine: AsyncEngine
) -> None:
    async with classifier_engine.begin() as connection:
        await connection.execute(text("LOCK TABLE classifier.label IN ACCESS EXCLUSIVE MODE"))
        async with asyncio.timeout(20):
            seen = await replace(read_models_of(folder, store), database_seconds=0.2)()
    assert [each.trouble for each in seen.complaints] == [Trouble.DATABASE_SILENT]
    assert seen.live is not None
    assert (await read_models_of(folder, store)()).complaints == ()


async def test_a_broken_model_leaves_the_page_standing(folder: ModelFolder, store: Store, tmp_path: Path) -> None:
    broken, live = ModelFolder(tmp_path), folder.live.named()
    assert live is not None
    broken.keep(folder.load(live))
    broken.point(State.LIVE, live)
    (tmp_path / live / ARRAYS).write_bytes(b"nothing")
    seen = await read_models_of(broken, store)()
    assert [each.trouble for each in seen.complaints] == [Trouble.MODEL_BROKEN]
    assert [each.version for each in seen.models] == [live]
    assert "langnghe classifier rollback" in draw("models.html", language="vi", names=Names(), seen=seen)
