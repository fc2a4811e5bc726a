"""What the classifier tells over HTTP: which models there are, how they fared, and a page of it for administrators."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse

from services.classifier.adapters.model_folder import ModelBrokenError, ModelMissingError
from services.classifier.entrypoints.drawing import draw
from services.classifier.entrypoints.words import Names
from services.classifier.usecases.read_models import KeptModel, ListModels, ReadModels, RegistryUnreadableError
from shared.web.pages import language_of

Describe = Callable[[], dict[str, Any]]


def model_routes(describe: Describe, list_models: ListModels, read_models: ReadModels, names: Names) -> APIRouter:
    """Serve /model, the live model and the registry as JSON, and /model/page, a fragment of HTML about all of it."""
    router = APIRouter()

    @router.get("/model")
    def model() -> dict[str, Any]:
        try:
            described, kept = describe(), list_models()
        except (ModelMissingError, ModelBrokenError, RegistryUnreadableError) as error:
            raise HTTPException(404, str(error)) from error
        return {
            "version": described["version"],
            "thresholds": described["thresholds"],
            "topics": described["labels"]["topic"],
            **described["metadata"],
            "registry": [_registered(each) for each in kept],
        }

    @router.get("/model/page")
    async def page(request: Request) -> HTMLResponse:
        fragment = draw("models.html", language=language_of(request), names=names, seen=await read_models())
        return HTMLResponse(fragment, headers={"Cache-Control": "no-store"})

    return router


def _registered(model: KeptModel) -> dict[str, Any]:
    return {
        "version": model.version,
        "state": model.state,
        "since": model.since,
        "why": model.why,
        "trained_at": model.trained_at,
        "texts": model.texts,
        "labels": model.labels,
        "validation": model.validation,
        "evaluation": None if model.board is None else asdict(model.board),
    }
