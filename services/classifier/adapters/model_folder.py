"""Where models are kept, without pickle: `<folder>/<version>/` holds arrays and JSON, `<folder>/live` names one.

A model is written whole before `live` names it, so a reader never sees half of one.
"""

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4
from zipfile import BadZipFile

import numpy as np

from services.classifier.adapters.features import HashedNgrams
from services.classifier.adapters.linear_model import HEADS, LinearModel, content_version
from services.classifier.domain.decision import Thresholds

DEFAULT_MODEL_FOLDER = Path(".data/model")
LIVE = "live"
ARRAYS = "arrays.npz"
DESCRIPTION = "model.json"


class ModelMissingError(Exception):
    """There is no live model in the folder."""


class ModelBrokenError(Exception):
    """The live model is not what was written."""


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """The models of one place."""

    path: Path

    def live_version(self) -> str | None:
        """Name the live model, or none."""
        try:
            return (self.path / LIVE).read_text(encoding="ascii").strip() or None
        except FileNotFoundError:
            return None

    def keep(self, model: LinearModel) -> Path:
        """Write a model and make it the live one; returns its folder."""
        folder = self.path / model.version
        folder.mkdir(parents=True, exist_ok=True)
        description = {
            "version": model.version,
            "labels": model.labels,
            "thresholds": asdict(model.thresholds),
            "fields": model.fields,
            "families": list(model.features.families),
            "min_df": model.features.min_df,
            "metadata": model.metadata,
        }
        _write(
            folder / ARRAYS,
            lambda path: np.savez(
                path,
                hashes=model.features.hashes_,
                idf=model.features.idf_,
                family=model.features.family_,
                coefficients=model.coefficients.astype(np.float16),
                intercepts=model.intercepts,
            ),
        )
        words = json.dumps(description, ensure_ascii=False, indent=2) + "\n"
        _write(folder / DESCRIPTION, lambda path: path.write_text(words, encoding="utf-8"))
        _write(self.path / LIVE, lambda path: path.write_text(model.version + "\n", encoding="ascii"))
        return folder

    def description(self) -> dict[str, Any]:
        """Read what is known of the live model, without its arrays; raises as `load` does."""
        version = self.live_version()
        if version is None:
            raise ModelMissingError(
                f"There is no model in {self.path}: train one with `langnghe classifier train --out {self.path}`."
            )
        try:
            described: dict[str, Any] = json.loads((self.path / version / DESCRIPTION).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise self._broken(version) from error
        return described

    def load(self) -> LinearModel:
        """Load the live model; raises ModelMissingError or ModelBrokenError, each with what to do."""
        described = self.description()
        version = str(described.get("version"))
        try:
            with (
                (self.path / version / ARRAYS).open("rb") as opened,
                np.load(opened, allow_pickle=False) as arrays,
            ):
                features = HashedNgrams(tuple(described["families"]), described["min_df"]).with_vocabulary(
                    hashes=arrays["hashes"], idf=arrays["idf"], family=arrays["family"]
                )
                model = LinearModel(
                    version="",
                    features=features,
                    labels={head: tuple(described["labels"][head]) for head in HEADS},
                    coefficients=arrays["coefficients"].astype(np.float32),
                    intercepts=arrays["intercepts"],
                    thresholds=Thresholds(**described["thresholds"]),
                    fields=described["fields"],
                    metadata=described["metadata"],
                )
        except (OSError, ValueError, KeyError, TypeError, EOFError, BadZipFile) as error:
            raise self._broken(version) from error
        if content_version(model) != version:
            raise self._broken(version)
        return replace(model, version=version)

    def _broken(self, version: str) -> ModelBrokenError:
        return ModelBrokenError(
            f"The model {version} in {self.path} is not what was written: train it again with "
            f"`langnghe classifier train --out {self.path}`."
        )


def _write(path: Path, write: Callable[[Path], object]) -> None:
    """Write beside, then rename: a reader sees the old file or the whole new one."""
    beside = path.with_name(f".{uuid4().hex}-{path.name}")
    try:
        write(beside)
        os.replace(beside, path)  # noqa: PTH105 Path.replace is the same call
    finally:
        beside.unlink(missing_ok=True)
