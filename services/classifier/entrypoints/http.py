"""What the classifier tells over HTTP: which model is live and how it fared in validation."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, HTTPException

from services.classifier.adapters.model_folder import ModelBrokenError, ModelMissingError

Describe = Callable[[], dict[str, Any]]


def model_routes(describe: Describe) -> APIRouter:
    """Serve /model: the live model's version, thresholds, recipe and validation."""
    router = APIRouter()

    @router.get("/model")
    def model() -> dict[str, Any]:
        try:
            described = describe()
        except (ModelMissingError, ModelBrokenError) as error:
            raise HTTPException(404, str(error)) from error
        return {
            "version": described["version"],
            "thresholds": described["thresholds"],
            "topics": described["labels"]["topic"],
            **described["metadata"],
        }

    return router
