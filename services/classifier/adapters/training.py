"""Learn a model from examples: three linear heads over one set of features, validated by voices held out."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from multiprocessing import get_context
from typing import Any, ParamSpec, Protocol, TypeVar

import numpy as np
import sklearn
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.svm import LinearSVC

from services.classifier.adapters.augmentation import copies_of
from services.classifier.adapters.calibration import AIMS, Aims, HeldOut, calibrate, joined
from services.classifier.adapters.features import Floats, HashedNgrams
from services.classifier.adapters.linear_model import HEADS, KIND, TOPIC, URGENCY, LinearModel, content_version
from services.classifier.usecases.ports import Example

Progress = Callable[[str], None]
"""Be told in a few words which step begins."""

WORKERS = 2
WORTH_PROCESSES = 2000
"""Fewer texts are learned faster than a process starts."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides a model beside the corpus.

    Its families are words and pairs of words: a Vietnamese word is a syllable, short as a character n-gram of other
    languages. Character n-grams on top gained 0.4 points in cross-validation by voice and made reading twice as slow.
    """

    families: tuple[str, ...] = ("word1-written", "word2-written", "word1-folded", "word2-folded")
    min_df: int = 5
    inverse_regularisation: tuple[tuple[str, float], ...] = ((TOPIC, 0.08), (KIND, 0.2), (URGENCY, 0.2))
    folds: int = 4
    aims: Aims = AIMS


RECIPE = Recipe()


class CorpusTooSmallError(Exception):
    """There is not enough to learn from; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class _Fitted:
    """One head as scikit-learn left it."""

    labels: tuple[str, ...]
    coefficients: Floats
    intercepts: Floats


def train(corpus: Sequence[Example], *, recipe: Recipe = RECIPE, progress: Progress = lambda _: None) -> LinearModel:
    """Validate by held-out voices, then learn from everything; the same corpus and recipe give the same version.

    Raises CorpusTooSmallError when there are fewer voices than folds or fewer than two topics.
    """
    voices = [example.voice for example in corpus]
    topics = {example.topic for example in corpus}
    if len(set(voices)) < recipe.folds or len(topics) < 2:  # noqa: PLR2004
        raise CorpusTooSmallError(
            f"the corpus has {len(set(voices))} voices and {len(topics)} topics; "
            f"training needs at least {recipe.folds} voices and 2 topics."
        )
    folds = list(StratifiedGroupKFold(recipe.folds).split(voices, [example.topic for example in corpus], groups=voices))

    parts = [(tuple(corpus[i] for i in learned), tuple(corpus[i] for i in kept)) for learned, kept in folds]
    with _workers(len(corpus)) as run:
        whole = run(_fit, corpus, recipe)
        validating = [run(_validate, learned, kept, recipe) for learned, kept in parts]
        held_out = []
        for number, done in enumerate(validating, start=1):
            held_out.append(done())
            progress(f"voices held out, {number} of {recipe.folds}")
        features, heads = whole()
    progress("calibration and thresholds")
    return _assemble(corpus, recipe, features, heads, joined(held_out, {name: heads[name].labels for name in HEADS}))


T = TypeVar("T")
P = ParamSpec("P")


class _Run(Protocol):
    """Start a piece of work; what comes back is called for its result."""

    def __call__(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Callable[[], T]: ...


@contextmanager
def _workers(texts: int) -> Iterator[_Run]:
    """Give processes to work in when there is enough to do.

    Not threads: scikit-learn's liblinear draws from one generator of the process, so two fits at once in one process
    would not give the same model twice.
    """

    def here(work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Callable[[], T]:
        return partial(work, *args, **kwargs)

    if texts < WORTH_PROCESSES:
        yield here
        return
    with ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn")) as pool:

        def there(work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Callable[[], T]:
            return pool.submit(work, *args, **kwargs).result

        yield there


def _validate(learned: Sequence[Example], kept: Sequence[Example], recipe: Recipe) -> HeldOut:
    features, heads = _fit(learned, recipe)
    views = HeldOut.views(kept)
    matrix = features.transform([example.text for example in views])
    return HeldOut(
        examples=tuple(views),
        unaccented=np.arange(len(views)) >= len(kept),
        known=np.diff(matrix.indptr).astype(np.float32),
        margins={name: (head.labels, matrix @ head.coefficients + head.intercepts) for name, head in heads.items()},
    )


def _fit(examples: Sequence[Example], recipe: Recipe) -> tuple[HashedNgrams, dict[str, _Fitted]]:
    augmented = copies_of(examples)
    texts = [example.text for example in augmented]
    features = HashedNgrams(recipe.families, recipe.min_df).fit(texts)
    matrix = features.transform(texts)
    return features, {
        head: _fit_head(matrix, [getattr(example, head) for example in augmented], strength)
        for head, strength in recipe.inverse_regularisation
    }


def machine(inverse_regularisation: float) -> LinearSVC:
    """Return the machine that every head is."""
    return LinearSVC(C=inverse_regularisation, class_weight="balanced", random_state=0, tol=1e-3, max_iter=5000)


def _fit_head(matrix: Any, truth: Sequence[str], inverse_regularisation: float) -> _Fitted:
    labels = tuple(sorted(set(truth)))
    if len(labels) == 1:
        return _Fitted(labels, np.zeros((matrix.shape[1], 1), dtype=np.float32), np.zeros(1, dtype=np.float32))
    svc = machine(inverse_regularisation).fit(matrix, truth)
    coefficients, intercepts = svc.coef_.T, svc.intercept_
    if len(labels) == 2:  # noqa: PLR2004 scikit-learn keeps one column for two labels
        coefficients, intercepts = np.hstack([-coefficients, coefficients]), np.hstack([-intercepts, intercepts])
    return _Fitted(labels, coefficients.astype(np.float32), intercepts.astype(np.float32))


def _assemble(
    corpus: Sequence[Example],
    recipe: Recipe,
    features: HashedNgrams,
    heads: dict[str, _Fitted],
    held_out: HeldOut,
) -> LinearModel:
    fields = {example.topic: example.field for example in sorted(corpus, key=lambda each: (each.topic, each.field))}
    learned = calibrate(held_out, fields, recipe.aims)
    coefficients = [heads[name].coefficients / learned.temperatures[name] for name in HEADS]
    intercepts = [heads[name].intercepts / learned.temperatures[name] for name in HEADS]
    labels = {name: heads[name].labels for name in HEADS}
    # Half precision is enough for coefficients and halves the file; the version is of what is kept.
    kept = np.hstack(coefficients).astype(np.float16).astype(np.float32)
    model = LinearModel(
        version="",
        features=features,
        labels=labels,
        coefficients=kept,
        intercepts=np.concatenate(intercepts).astype(np.float32),
        confidence=learned.confidence,
        suspicions=learned.suspicions,
        thresholds=learned.thresholds,
        fields=fields,
        metadata={
            "origin": origin_of(corpus, recipe),
            "corpus": {"texts": len(corpus), "voices": len({example.voice for example in corpus})},
            "recipe": asdict(recipe),
            "features": len(features.hashes_),
            "scikit-learn": sklearn.__version__,
            "validation": learned.validation,
        },
    )
    return replace(model, version=content_version(model))


def origin_of(corpus: Sequence[Example], recipe: Recipe = RECIPE) -> str:
    """Return a hash of what is learned from and how: the same origin gives the same model."""
    rows = [[each.text, each.topic, each.field, each.urgency, each.kind, each.voice] for each in corpus]
    words = json.dumps([asdict(recipe), sklearn.__version__, rows], ensure_ascii=False)
    return hashlib.sha256(words.encode()).hexdigest()
