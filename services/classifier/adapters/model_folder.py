"""Where models are kept, without pickle: `<folder>/<version>/` holds arrays and JSON; `live` and `shadow` name one.

A model is written whole before anything names it, so a reader never sees half of one. What happened to models is
appended to `history.jsonl`; which one is live is what the pointer says, whatever the history tells.
"""

import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np

from services.classifier.adapters.confidence import Confidence, Suspicion
from services.classifier.adapters.features import HashedNgrams
from services.classifier.adapters.linear_model import HEADS, LinearModel, content_version
from services.classifier.domain.decision import Thresholds
from services.classifier.domain.registry import State

DEFAULT_MODEL_FOLDER = Path(".data/model")
ARRAYS = "arrays.npz"
DESCRIPTION = "model.json"
HISTORY = "history.jsonl"
_VERSION = re.compile("[0-9a-f]{12}")


class ModelMissingError(Exception):
    """There is no such model in the folder."""


class ModelBrokenError(Exception):
    """A model is not what was written, or cannot be read."""


@dataclass(frozen=True, slots=True)
class Happening:
    """What happened to a model, when, and why in words."""

    version: str
    state: State
    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Slot:
    """The place of the live model or of the shadow."""

    folder: "ModelFolder"
    state: State

    def named(self) -> str | None:
        """Name the model that stands here, or none; raises ModelBrokenError when that cannot be read."""
        return self.folder.pointed(self.state)

    def load(self) -> LinearModel:
        """Load it; raises ModelMissingError or ModelBrokenError, each with what to do."""
        return self.folder.load(self._named())

    def description(self) -> dict[str, Any]:
        """Read what is known of it, without its arrays; raises as `load` does."""
        return self.folder.description(self._named())

    def _named(self) -> str:
        version = self.named()
        if version is None:
            raise ModelMissingError(
                f"There is no {self.state} model in {self.folder.path}: train one with "
                f"`langnghe classifier train --out {self.folder.path}`."
            )
        return version


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """The models of one place."""

    path: Path

    @property
    def live(self) -> Slot:
        """The place of the live model."""
        return Slot(self, State.LIVE)

    @property
    def shadow(self) -> Slot:
        """The place of the model that runs beside the live one."""
        return Slot(self, State.SHADOW)

    def pointed(self, state: State) -> str | None:
        """Name the live or the shadow model, or none; raises ModelBrokenError when that cannot be read."""
        try:
            named = (self.path / state).read_text(encoding="ascii").strip()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unnamed(state, str(error.strerror)) from error
        except ValueError as error:
            raise self._unnamed(state, "it names no model") from error
        if named and not _VERSION.fullmatch(named):
            raise self._unnamed(state, "it names no model")
        return named or None

    def point(self, state: State, version: str | None) -> None:
        """Make a model the live one or the shadow, or nothing any more."""
        self.path.mkdir(parents=True, exist_ok=True)
        _write(self.path / state, lambda path: path.write_text(f"{version or ''}\n", encoding="ascii"))

    def versions(self) -> Sequence[str]:
        """Name every model that is kept."""
        try:
            return sorted(each.parent.name for each in self.path.glob(f"*/{DESCRIPTION}"))
        except OSError:
            return ()

    def tell(self, happening: Happening) -> None:
        """Add a line to the history."""
        line = {**asdict(happening), "at": happening.at.isoformat()}
        with (self.path / HISTORY).open("a", encoding="utf-8") as opened:
            opened.write(json.dumps(line, ensure_ascii=False) + "\n")

    def history(self) -> Sequence[Happening]:
        """Read what happened, oldest first; a line that cannot be read is passed over."""
        try:
            lines = (self.path / HISTORY).read_text(encoding="utf-8").splitlines()
        except OSError:
            return ()
        return [happening for line in lines if (happening := _happening(line)) is not None]

    def keep(self, model: LinearModel) -> Path:
        """Write a model; returns its folder."""
        folder = self.path / model.version
        folder.mkdir(parents=True, exist_ok=True)
        description = {
            "version": model.version,
            "labels": model.labels,
            "confidence": list(model.confidence.weights),
            "suspicions": {label: asdict(curve) for label, curve in model.suspicions.items()},
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
        return folder

    def description(self, version: str) -> dict[str, Any]:
        """Read what is known of a model, without its arrays; raises as `load` does."""
        try:
            described = json.loads((self.path / version / DESCRIPTION).read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise ModelMissingError(
                f"There is no model {version} in {self.path}: `langnghe classifier models` lists them."
            ) from error
        except (OSError, ValueError) as error:
            raise self._broken(version) from error
        if not isinstance(described, dict):
            raise self._broken(version)
        return described

    def load(self, version: str) -> LinearModel:
        """Load a model; raises ModelMissingError or ModelBrokenError, each with what to do."""
        described = self.description(version)
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
                confidence=Confidence(tuple(described["confidence"])),
                suspicions={
                    label: Suspicion(tuple(curve["weights"]), curve["constant"])
                    for label, curve in described["suspicions"].items()
                },
                thresholds=Thresholds(**described["thresholds"]),
                fields=described["fields"],
                metadata=described["metadata"],
            )

    def _unnamed(self, state: State, why: str) -> ModelBrokenError:
        return ModelBrokenError(
            f"{self.path / state} does not tell which model is {state} ({why}): mend it, or train a model with "
            f"`langnghe classifier train --out {self.path}`."
        )

    def _broken(self, version: str) -> ModelBrokenError:
        return ModelBrokenError(
            f"The model {version} in {self.path} is not what was written: train it again with "
            f"`langnghe classifier train --out {self.path}`."
        )


def _happening(line: str) -> Happening | None:
    try:
        told = json.loads(line)
        return Happening(told["version"], State(told["state"]), datetime.fromisoformat(told["at"]), told["why"])
    except (ValueError, KeyError, TypeError):
        return None


def _write(path: Path, write: Callable[[Path], object]) -> None:
    """Write beside, then rename: a reader sees the old file or the whole new one."""
    beside = path.with_name(f".{uuid4().hex}-{path.name}")
    try:
        write(beside)
        os.replace(beside, path)  # noqa: PTH105 Path.replace is the same call
    finally:
        beside.unlink(missing_ok=True)
