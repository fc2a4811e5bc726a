"""Where models are kept, without pickle: `<folder>/<version>/` holds arrays and JSON, `<folder>/live` names one.

A model is written whole before `live` names it, so a reader never sees half of one.
"""

import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np

from services.classifier.adapters.features import HashedNgrams
from services.classifier.adapters.linear_model import HEADS, LinearModel, content_version
from services.classifier.domain.decision import Thresholds

DEFAULT_MODEL_FOLDER = Path(".data/model")
LIVE = "live"
ARRAYS = "arrays.npz"
DESCRIPTION = "model.json"
_VERSION = re.compile("[0-9a-f]{12}")


class ModelMissingError(Exception):
    """There is no live model in the folder."""


class ModelBrokenError(Exception):
    """The live model is not what was written, or cannot be read."""


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """The models of one place."""

    path: Path

    def live_version(self) -> str | None:
        """Name the live model, or none; raises ModelBrokenError when that cannot be read."""
        try:
            named = (self.path / LIVE).read_text(encoding="ascii").strip()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unnamed(str(error.strerror)) from error
        except ValueError as error:
            raise self._unnamed("it names no model") from error
        if named and not _VERSION.fullmatch(named):
            raise self._unnamed("it names no model")
        return named or None

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
            described = json.loads((self.path / version / DESCRIPTION).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise self._broken(version) from error
        if not isinstance(described, dict):
            raise self._broken(version)
        return described

    def load(self) -> LinearModel:
        """Load the live model; raises ModelMissingError or ModelBrokenError, each with what to do."""
        described = self.description()
        version = str(described.get("version"))
        try:
            model = self._assembled(described, self.path / version / ARRAYS)
            intact = content_version(model) == version
        except Exception as error:
            # Whatever the files hold instead of a model, it is they that are broken.
            raise self._broken(version) from error
        if not intact:
            raise self._broken(version)
        return replace(model, version=version)

    def _assembled(self, described: Mapping[str, Any], file: Path) -> LinearModel:
        with file.open("rb") as opened, np.load(opened, allow_pickle=False) as arrays:
            features = HashedNgrams(tuple(described["families"]), described["min_df"]).with_vocabulary(
                hashes=arrays["hashes"], idf=arrays["idf"], family=arrays["family"]
            )
            return LinearModel(
                version="",
                features=features,
                labels={head: tuple(described["labels"][head]) for head in HEADS},
                coefficients=arrays["coefficients"].astype(np.float32),
                intercepts=arrays["intercepts"],
                thresholds=Thresholds(**described["thresholds"]),
                fields=described["fields"],
                metadata=described["metadata"],
            )

    def _unnamed(self, why: str) -> ModelBrokenError:
        return ModelBrokenError(
            f"{self.path / LIVE} does not tell which model is live ({why}): mend it, or train a model with "
            f"`langnghe classifier train --out {self.path}`."
        )

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
