"""Learn a model from a corpus: fit three linear heads, and find by held-out voices how far each may be trusted."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import sklearn
from scipy.optimize import minimize_scalar
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.svm import LinearSVC

from services.classifier.adapters.augmentation import with_unaccented
from services.classifier.adapters.features import Floats, HashedNgrams
from services.classifier.adapters.linear_model import HEADS, KIND, TOPIC, URGENCY, LinearModel, content_version, softmax
from services.classifier.domain import evaluation
from services.classifier.domain.decision import CHANGES_TREATMENT, EMERGENCY, Thresholds, findings_in
from services.classifier.domain.evaluation import Judged
from services.classifier.domain.thresholds import highest_with_recall, lowest_with_precision
from services.classifier.domain.words import fold
from services.classifier.usecases.ports import Example

Progress = Callable[[str], None]
"""Be told in a few words which step begins."""

NOT_LEARNED = np.float32(-10)
"""The margin of a label that the training voices never used."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides a model beside the corpus.

    Its families are words and pairs of words: a Vietnamese word is a syllable, short as a character n-gram of other
    languages. Character n-grams on top gained 0.4 points in cross-validation by voice and made reading twice as slow.
    """

    families: tuple[str, ...] = ("word1-written", "word2-written", "word1-folded", "word2-folded")
    min_df: int = 3
    inverse_regularisation: float = 0.2
    folds: int = 4
    topic_right: float = 0.90
    kind_right: float = 0.80
    emergency_recall: float = 0.95
    emergency_not_below: float = 0.10


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
    held_out: list[_HeldOut] = []
    folds = StratifiedGroupKFold(recipe.folds).split(voices, [example.topic for example in corpus], groups=voices)
    for number, (learned, kept) in enumerate(folds, start=1):
        progress(f"voices held out, {number} of {recipe.folds}")
        features, heads = _fit([corpus[index] for index in learned], recipe)
        held_out.append(_HeldOut.of([corpus[index] for index in kept], features, heads))
    progress("the whole corpus")
    features, heads = _fit(corpus, recipe)
    progress("calibration and thresholds")
    return _assemble(corpus, recipe, features, heads, _joined(held_out, heads))


def _fit(examples: Sequence[Example], recipe: Recipe) -> tuple[HashedNgrams, dict[str, _Fitted]]:
    augmented = with_unaccented(examples)
    texts = [example.text for example in augmented]
    features = HashedNgrams(recipe.families, recipe.min_df).fit(texts)
    matrix = features.transform(texts)
    return features, {
        head: _fit_head(matrix, [getattr(example, head) for example in augmented], recipe) for head in HEADS
    }


def _fit_head(matrix: Any, truth: Sequence[str], recipe: Recipe) -> _Fitted:
    labels = tuple(sorted(set(truth)))
    if len(labels) == 1:
        return _Fitted(labels, np.zeros((matrix.shape[1], 1), dtype=np.float32), np.zeros(1, dtype=np.float32))
    svc = LinearSVC(C=recipe.inverse_regularisation, class_weight="balanced", random_state=0, max_iter=5000).fit(
        matrix, truth
    )
    coefficients, intercepts = svc.coef_.T, svc.intercept_
    if len(labels) == 2:  # noqa: PLR2004 scikit-learn keeps one column for two labels
        coefficients, intercepts = np.hstack([-coefficients, coefficients]), np.hstack([-intercepts, intercepts])
    return _Fitted(labels, coefficients.astype(np.float32), intercepts.astype(np.float32))


@dataclass(frozen=True, slots=True)
class _HeldOut:
    """Texts the heads had not seen, each also without accents, and the margins they gave."""

    examples: tuple[Example, ...]
    unaccented: npt.NDArray[np.bool_]
    margins: Mapping[str, tuple[tuple[str, ...], Floats]]

    @classmethod
    def of(cls, examples: Sequence[Example], features: HashedNgrams, heads: Mapping[str, _Fitted]) -> "_HeldOut":
        both = [*examples, *(replace(example, text=fold(example.text)) for example in examples)]
        matrix = features.transform([example.text for example in both])
        margins = {name: (head.labels, matrix @ head.coefficients + head.intercepts) for name, head in heads.items()}
        return cls(tuple(both), np.arange(len(both)) >= len(examples), margins)


def _joined(parts: Sequence[_HeldOut], heads: Mapping[str, _Fitted]) -> _HeldOut:
    """Put the folds together, each label in the column that the final model gives it."""
    margins = {}
    for name, head in heads.items():
        stacked = []
        for part in parts:
            labels, given = part.margins[name]
            aligned = np.full((len(given), len(head.labels)), NOT_LEARNED, dtype=np.float32)
            aligned[:, [head.labels.index(label) for label in labels]] = given
            stacked.append(aligned)
        margins[name] = (head.labels, np.concatenate(stacked))
    return _HeldOut(
        tuple(example for part in parts for example in part.examples),
        np.concatenate([part.unaccented for part in parts]),
        margins,
    )


def _assemble(
    corpus: Sequence[Example],
    recipe: Recipe,
    features: HashedNgrams,
    heads: Mapping[str, _Fitted],
    held_out: _HeldOut,
) -> LinearModel:
    probabilities: dict[str, Floats] = {}
    coefficients, intercepts = [], []
    for name in HEADS:
        names, margins = held_out.margins[name]
        truth = np.array([names.index(getattr(example, name)) for example in held_out.examples])
        temperature = fitted_temperature(margins, truth)
        probabilities[name] = softmax(margins / temperature)
        coefficients.append(heads[name].coefficients / temperature)
        intercepts.append(heads[name].intercepts / temperature)
    judged = {name: list(_judged(name, heads[name].labels, probabilities[name], held_out)) for name in HEADS}
    fields = {example.topic: example.field for example in sorted(corpus, key=lambda each: (each.topic, each.field))}
    thresholds, danger = _thresholds(recipe, heads, probabilities, judged, held_out)
    labels = {name: heads[name].labels for name in HEADS}
    # Half precision is enough for coefficients and halves the file; the version is of what is kept.
    kept = np.hstack(coefficients).astype(np.float16).astype(np.float32)
    model = LinearModel(
        version="",
        features=features,
        labels=labels,
        coefficients=kept,
        intercepts=np.concatenate(intercepts).astype(np.float32),
        thresholds=thresholds,
        fields=fields,
        metadata={
            "origin": origin_of(corpus, recipe),
            "corpus": {"texts": len(corpus), "voices": len({example.voice for example in corpus})},
            "recipe": asdict(recipe),
            "features": len(features.hashes_),
            "scikit-learn": sklearn.__version__,
            "validation": {**_validation(judged, fields, thresholds, held_out), "danger": danger},
        },
    )
    return replace(model, version=content_version(model))


def fitted_temperature(margins: Floats, truth: npt.NDArray[np.int64]) -> float:
    """Return the number to divide margins by so that softmax gives the truth the best likelihood."""
    rows = np.arange(len(truth))

    def loss(log_temperature: float) -> float:
        likely = softmax(margins / np.float32(np.exp(log_temperature)))[rows, truth]
        return float(-np.log(np.maximum(likely, 1e-9)).mean())

    found = minimize_scalar(loss, bounds=(-4.0, 2.0), method="bounded", options={"xatol": 1e-3})
    return float(np.exp(round(float(found.x), 3)))


def _judged(name: str, labels: Sequence[str], probabilities: Floats, held_out: _HeldOut) -> Iterator[Judged]:
    best = probabilities.argmax(axis=1)
    for example, index, row in zip(held_out.examples, best.tolist(), probabilities, strict=True):
        yield Judged(getattr(example, name), labels[index], float(row[index]))


def _thresholds(
    recipe: Recipe,
    heads: Mapping[str, _Fitted],
    probabilities: Mapping[str, Floats],
    judged: Mapping[str, Sequence[Judged]],
    held_out: _HeldOut,
) -> tuple[Thresholds, dict[str, float]]:
    """Find from which probabilities on answers were right often enough, and how well danger is caught."""
    alarmed = [bool(findings_in(example.text).alarms) for example in held_out.examples]
    urgent = [example.urgency == EMERGENCY for example in held_out.examples]
    labels = heads[URGENCY].labels
    suspicion = (
        probabilities[URGENCY][:, labels.index(EMERGENCY)].tolist() if EMERGENCY in labels else [0.0] * len(urgent)
    )
    thresholds = Thresholds(
        topic=_rounded(
            lowest_with_precision(
                ((each.probability, each.is_right) for each in judged[TOPIC]), at_least=recipe.topic_right
            )
        ),
        kind=_rounded(
            lowest_with_precision(
                ((each.probability, each.is_right) for each in judged[KIND] if each.answered in CHANGES_TREATMENT),
                at_least=recipe.kind_right,
            )
        ),
        emergency=_rounded(
            highest_with_recall(
                ((p, true) for p, true, alarm in zip(suspicion, urgent, alarmed, strict=True) if not alarm),
                at_least=recipe.emergency_recall,
                not_below=recipe.emergency_not_below,
                already_found=sum(alarm and true for alarm, true in zip(alarmed, urgent, strict=True)),
            )
        ),
    )
    called = [alarm or p >= thresholds.emergency for alarm, p in zip(alarmed, suspicion, strict=True)]
    emergencies = max(1, sum(urgent))
    caught = sum(call and true for call, true in zip(called, urgent, strict=True))
    return thresholds, {
        "emergencies": sum(urgent),
        "recall": round(caught / emergencies, 4),
        "recall_of_rules": round(sum(a and t for a, t in zip(alarmed, urgent, strict=True)) / emergencies, 4),
        "false_alarms": round((sum(called) - caught) / max(1, len(urgent) - sum(urgent)), 4),
    }


def _rounded(probability: float) -> float:
    return float(np.ceil(probability * 1000) / 1000)


def _validation(
    judged: Mapping[str, Sequence[Judged]], fields: Mapping[str, str], thresholds: Thresholds, held_out: _HeldOut
) -> dict[str, Any]:
    scores: dict[str, Any] = {}
    for view, wanted in (("accented", False), ("unaccented", True)):
        part = {
            name: [each for each, bare in zip(answers, held_out.unaccented, strict=True) if bare == wanted]
            for name, answers in judged.items()
        }
        covered = evaluation.coverage([(each, each.probability < thresholds.topic) for each in part[TOPIC]])
        scores[view] = {
            "topic_accuracy": round(evaluation.accuracy(part[TOPIC]), 4),
            "topic_macro_f1": round(evaluation.macro_f1(part[TOPIC]), 4),
            "field_macro_f1": round(evaluation.macro_f1(evaluation.by_group(part[TOPIC], fields)), 4),
            "kind_macro_f1": round(evaluation.macro_f1(part[KIND]), 4),
            "urgency_macro_f1": round(evaluation.macro_f1(part[URGENCY]), 4),
            "coverage": round(covered.share, 4),
            "right_when_covered": round(covered.right, 4),
            "calibration_error": round(evaluation.calibration_error(part[TOPIC]), 4),
        }
    return scores


def origin_of(corpus: Sequence[Example], recipe: Recipe = RECIPE) -> str:
    """Return a hash of what is learned from and how: the same origin gives the same model."""
    rows = [[each.text, each.topic, each.field, each.urgency, each.kind, each.voice] for each in corpus]
    words = json.dumps([asdict(recipe), sklearn.__version__, rows], ensure_ascii=False)
    return hashlib.sha256(words.encode()).hexdigest()
