"""A model as the service uses it: in a thread, found again when it was missing, isolated from bad texts."""

import time
from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias

import structlog
from anyio.to_thread import run_sync

from services.classifier.adapters.metrics import MODEL_FAILURES, MODEL_LOADED, READ_SECONDS
from services.classifier.adapters.model_folder import ModelBrokenError, ModelMissingError
from services.classifier.domain.decision import Scores, Thresholds
from services.classifier.usecases.ports import Reading, ReadTexts

log = structlog.get_logger(__name__)

Stopwatch: TypeAlias = Callable[[], float]
"""Tell seconds since some moment; real ones, however fast the product's clock runs."""

TRY_AGAIN_SECONDS = 5.0


class ReadableModel(Protocol):
    """What is asked of a model."""

    @property
    def version(self) -> str:
        """Name it."""
        ...

    @property
    def thresholds(self) -> Thresholds:
        """Tell from when on it is trusted."""
        ...

    def read(self, texts: Sequence[str]) -> list[Scores]:
        """Score texts, in their order; may raise."""
        ...


class ModelFiles(Protocol):
    """Where a model comes from: the place of the live one, or of the shadow."""

    def named(self) -> str | None:
        """Name the model of this place, or none; raises ModelBrokenError when that cannot be told."""
        ...

    def load(self) -> ReadableModel:
        """Load it; raises ModelMissingError or ModelBrokenError."""
        ...


class LiveModel:
    """Read texts with the model of one place; a model put there instead is taken over with the next batch.

    While there is trouble, what is live is tried again every few seconds, because a mended model has its old version.
    """

    def __init__(self, files: ModelFiles, *, is_shadow: bool = False, stopwatch: Stopwatch = time.monotonic) -> None:
        """Load what is there; nothing being there, or nothing of use, is no error.

        That there is no shadow is not even worth a word; and what a shadow does is not counted as the live model's.
        """
        self._files = files
        self._is_shadow = is_shadow
        self._role = "shadow" if is_shadow else "live"
        self._stopwatch = stopwatch
        self._model: ReadableModel | None = None
        self._tried: str | None = None
        self._tried_at = 0.0
        self.trouble: str | None = None
        self._take_over()

    async def __call__(self, texts: Sequence[str]) -> Reading | None:
        """Read a batch in a thread, so that heartbeats go on; none when there is no model."""
        return await run_sync(self._read, texts)

    async def check(self) -> str | None:
        """Complain of what the last batch found: no model, or a broken one (a health check)."""
        return self.trouble

    def _read(self, texts: Sequence[str]) -> Reading | None:
        waited = self._stopwatch() - self._tried_at
        if self._named() != self._tried or (self.trouble is not None and waited >= TRY_AGAIN_SECONDS):
            self._take_over()
        model = self._model
        if model is None:
            return None
        with READ_SECONDS.labels(self._role).time():
            scores = _read_isolating(model.read, texts)
        failed = sum(each is None for each in scores)
        if failed:
            MODEL_FAILURES.labels(self._role).inc(failed)
            log.error(
                "the model raised; a person decides",
                role=self._role,
                texts=failed,
                of=len(texts),
                model_version=model.version,
            )
        return Reading(model_version=model.version, thresholds=model.thresholds, scores=tuple(scores))

    def _named(self) -> str | None:
        try:
            return self._files.named()
        except ModelBrokenError:
            return None

    def _take_over(self) -> None:
        self._tried, self._tried_at = self._named(), self._stopwatch()
        if self._is_shadow and self._tried is None:
            self._model, self.trouble = None, None
            MODEL_LOADED.labels(self._role).set(0)
            return
        try:
            self._model = self._files.load()
        except (ModelMissingError, ModelBrokenError) as error:
            # A model that worked goes on working when its successor is broken.
            going_on = f"going on with {self._model.version}" if self._model else "everything goes to a person"
            trouble = f"{going_on}: {error}"
            if trouble != self.trouble:
                log.error("no model to take over", role=self._role, reason=trouble)  # noqa: TRY400 the reason says all
            self.trouble = trouble
        else:
            self.trouble = None
            log.info("model taken over", role=self._role, model_version=self._model.version)
        MODEL_LOADED.labels(self._role).set(self._model is not None)


def reader_of(model: ReadableModel) -> ReadTexts:
    """Let one model read, here and now: for commands, which have nothing else to do and want to see its errors."""

    async def read(texts: Sequence[str]) -> Reading:
        return Reading(model_version=model.version, thresholds=model.thresholds, scores=tuple(model.read(texts)))

    return read


def _read_isolating(read: Callable[[Sequence[str]], Sequence[Scores]], texts: Sequence[str]) -> list[Scores | None]:
    """Read texts; when that raises, halve them until those at fault stand alone as None."""
    if not texts:
        return []
    try:
        return list(read(texts))
    except Exception as error:  # noqa: BLE001 whatever a text provokes must not stop the others
        if len(texts) == 1:
            log.warning("a text the model cannot read", error=type(error).__name__, characters=len(texts[0]))
            return [None]
    middle = len(texts) // 2
    return _read_isolating(read, texts[:middle]) + _read_isolating(read, texts[middle:])
