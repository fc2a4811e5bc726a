"""What the service tells over HTTP, and what it counts."""

from dataclasses import replace
from pathlib import Path

import httpx
from fastapi import FastAPI

from services.classifier.adapters.kept_models import KeptModels
from services.classifier.adapters.linear_model import LinearModel
from services.classifier.adapters.metrics import CLASSIFIED, EMERGENCIES
from services.classifier.adapters.model_folder import ModelFolder
from services.classifier.entrypoints.http import model_routes
from services.classifier.entrypoints.kafka import count
from services.classifier.entrypoints.words import Names
from services.classifier.usecases.classify_feedback import ClassifyFeedback
from services.classifier.usecases.reach_verdicts import ReachVerdicts
from tests.support.classifying import NOON, FakeDecisions, FakeModel, keep_live, reads, scores
from tests.support.events import feedback_submitted
from tests.support.models_seen import read_models


def client_of(folder: ModelFolder) -> httpx.AsyncClient:
    app = FastAPI()
    kept = KeptModels(folder)
    app.include_router(model_routes(folder.live.description, kept, replace(read_models(), list_models=kept), Names()))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://classifier")


async def test_the_live_model_shows_its_version_thresholds_and_validation(
    small_model: LinearModel, tmp_path: Path
) -> None:
    folder = ModelFolder(tmp_path)
    keep_live(folder, small_model)
    async with client_of(folder) as client:
        answer = (await client.get("/model")).json()
    assert answer["version"] == small_model.version
    assert answer["thresholds"]["topic"] == small_model.thresholds.topic
    assert answer["topics"] == ["fire_safety", "street_lighting", "waste"]
    assert "accented" in answer["validation"]
    assert [(each["version"], each["state"]) for each in answer["registry"]] == [(small_model.version, "live")]


async def test_no_model_is_not_found_and_says_how_to_train_one(tmp_path: Path) -> None:
    async with client_of(ModelFolder(tmp_path)) as client:
        answer = await client.get("/model")
    assert answer.status_code == 404
    assert "langnghe classifier train" in answer.json()["detail"]


async def test_it_counts_who_decides_and_what_is_urgent() -> None:
    def counted() -> list[float]:
        by = ("model", "person", "person_without_model")
        return [*(CLASSIFIED.labels(who)._value.get() for who in by), EMERGENCIES._value.get()]

    before = counted()
    for model in (FakeModel(), FakeModel(says=scores(topic={"waste": 0.5, "noise": 0.5})), None):
        classify = ClassifyFeedback(ReachVerdicts(reads(model)), FakeDecisions().open, lambda: NOON)
        count(await classify([feedback_submitted(text="Đám cháy lớn, cứu với")]))
    assert [after - was for after, was in zip(counted(), before, strict=True)] == [1, 1, 1, 3]
