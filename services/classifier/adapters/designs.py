"""Designs of the topic model side by side: the same texts, the same folds by voice, one table.

The first one is the design in use. A design says what a text is cut into, what learns from it, and from which copies
of the texts; margins of all designs are turned into probabilities the same way, by one temperature.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.naive_bayes import ComplementNB

from services.classifier.adapters.augmentation import copies_of, with_unaccented
from services.classifier.adapters.calibration import fitted_temperature
from services.classifier.adapters.features import Floats, HashedNgrams
from services.classifier.adapters.linear_model import TOPIC, softmax
from services.classifier.adapters.training import RECIPE, Progress, machine
from services.classifier.domain import evaluation
from services.classifier.domain.evaluation import Judged
from services.classifier.domain.words import fold
from services.classifier.usecases.ports import Example

FOLDS = 3
_LEAST = np.float32(1e-6)
WORDS = ("word1-written", "word2-written", "word1-folded", "word2-folded")
WRITTEN = ("word1-written", "word2-written")
FOLDED = ("word1-folded", "word2-folded")
CHARS = ("char3-folded", "char4-folded", "char5-folded")


class Learner(Protocol):
    """What learns labels from a matrix of texts x features and gives margins for them."""

    classes: Sequence[str]

    def fit(self, matrix: Any, labels: Sequence[str]) -> None:
        """Learn."""
        ...

    def margins(self, matrix: Any) -> Floats:
        """Return texts x classes; the greater the likelier."""
        ...


class Svm:
    """Linear support vector machine, one class against the rest."""

    def __init__(self) -> None:
        """Take the strength of the recipe in use."""
        self._machine = machine(dict(RECIPE.inverse_regularisation)[TOPIC])

    def fit(self, matrix: Any, labels: Sequence[str]) -> None:
        """Learn."""
        self._machine.fit(matrix, labels)
        self.classes: Sequence[str] = self._machine.classes_.tolist()

    def margins(self, matrix: Any) -> Floats:
        """Return signed distances."""
        distances = np.asarray(self._machine.decision_function(matrix), dtype=np.float32)
        return distances if distances.ndim > 1 else np.column_stack([-distances, distances])


class Logistic:
    """Multinomial logistic regression."""

    def fit(self, matrix: Any, labels: Sequence[str]) -> None:
        """Learn."""
        self._regression = LogisticRegression(C=10, class_weight="balanced", max_iter=200, tol=1e-3).fit(matrix, labels)
        self.classes: Sequence[str] = self._regression.classes_.tolist()

    def margins(self, matrix: Any) -> Floats:
        """Return log odds."""
        return np.asarray(self._regression.decision_function(matrix), dtype=np.float32)


class Bayes:
    """Complement naive Bayes."""

    def fit(self, matrix: Any, labels: Sequence[str]) -> None:
        """Learn."""
        self._bayes = ComplementNB(alpha=0.3).fit(matrix, labels)
        self.classes: Sequence[str] = self._bayes.classes_.tolist()

    def margins(self, matrix: Any) -> Floats:
        """Return log probabilities."""
        return np.asarray(self._bayes.predict_joint_log_proba(matrix), dtype=np.float32)


class SoftVote:
    """The mean of the three learners' probabilities, their margins brought to one scale first."""

    def fit(self, matrix: Any, labels: Sequence[str]) -> None:
        """Let each learn."""
        self._voters: Sequence[Learner] = (Svm(), Logistic(), Bayes())
        for voter in self._voters:
            voter.fit(matrix, labels)
        self.classes: Sequence[str] = self._voters[0].classes

    def margins(self, matrix: Any) -> Floats:
        """Return the logarithm of the mean probability."""
        said = [voter.margins(matrix) for voter in self._voters]
        scaled = [softmax(3 * margins / np.maximum(margins.std(axis=1, keepdims=True), _LEAST)) for margins in said]
        return np.asarray(np.log(np.mean(scaled, axis=0) + 1e-9), dtype=np.float32)


class Hierarchy:
    """Support vector machines for the field, and within each field for the leaf."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        """Remember which field a topic belongs to."""
        self._fields = fields

    def fit(self, matrix: Any, labels: Sequence[str]) -> None:
        """Learn the fields, then each field's leaves from its own texts."""
        truth = np.array(labels)
        of_field = np.array([self._fields[label] for label in labels])
        self.classes: Sequence[str] = sorted(set(labels))
        self._root, self._leaves = Svm(), dict[str, Svm]()
        self._root.fit(matrix, of_field.tolist())
        for field in sorted(set(of_field)):
            within = np.flatnonzero(of_field == field)
            if len(set(truth[within])) > 1:
                self._leaves[field] = Svm()
                self._leaves[field].fit(matrix[within], truth[within].tolist())

    def margins(self, matrix: Any) -> Floats:
        """Return the logarithm of the probability of the field times that of the leaf within it."""
        joint = np.zeros((matrix.shape[0], len(self.classes)), dtype=np.float32)
        fields = np.log(softmax(4 * self._root.margins(matrix)) + 1e-9)
        for number, field in enumerate(self._root.classes):
            leaves = self._leaves.get(field)
            own = leaves.classes if leaves else [each for each in self.classes if self._fields[each] == field]
            within = np.log(softmax(4 * leaves.margins(matrix)) + 1e-9) if leaves else 0.0
            joint[:, [self.classes.index(each) for each in own]] = fields[:, [number]] + within
        return joint


Copies: TypeAlias = Callable[[Sequence[Example]], list[Example]]


@dataclass(frozen=True, slots=True)
class Design:
    """What a text is cut into, what learns from it, and from which copies."""

    families: tuple[str, ...]
    learner: Callable[[Mapping[str, str]], Learner]
    copies: Copies = copies_of


DESIGNS: Mapping[str, Design] = {
    "words, both views, SVM (in use)": Design(WORDS, lambda _: Svm()),
    "words as written, SVM": Design(WRITTEN, lambda _: Svm()),
    "words folded, SVM": Design(FOLDED, lambda _: Svm()),
    "words, both views, SVM, copies without accents only": Design(WORDS, lambda _: Svm(), with_unaccented),
    "words, both views, SVM, no copies": Design(WORDS, lambda _: Svm(), list),
    "characters 3-5 folded, SVM": Design(CHARS, lambda _: Svm()),
    "words and characters, SVM": Design((*WORDS, "char3-folded", "char4-folded"), lambda _: Svm()),
    "words, logistic regression": Design(WORDS, lambda _: Logistic()),
    "characters 3-5 folded, logistic regression": Design(CHARS, lambda _: Logistic()),
    "words, complement naive Bayes": Design(WORDS, lambda _: Bayes()),
    "words, soft vote of the three": Design(WORDS, lambda _: SoftVote()),
    "words, field then leaf, SVM": Design(WORDS, Hierarchy),
}
"""By name, the one in use first."""


@dataclass(frozen=True, slots=True)
class Score:
    """How a design did on one set of texts, with and without accents."""

    accuracy: float
    macro_f1: float
    field_f1: float
    bare_f1: float
    calibration_error: float


def compare_designs(
    corpus: Sequence[Example],
    judges: Mapping[str, Sequence[Example]],
    *,
    names: Sequence[str] = tuple(DESIGNS),
    progress: Progress = lambda _: None,
) -> str:
    """Return a Markdown table: a row per design; held-out voices first, then every set of `judges`."""
    fields = {example.topic: example.field for example in corpus}
    voices = [example.voice for example in corpus]
    folds = list(StratifiedGroupKFold(FOLDS).split(voices, [example.topic for example in corpus], groups=voices))
    lines = [_heading(judges), "| --- |" + " ---: |" * (2 + 5 * (1 + len(judges)))]
    for name in names:
        started = time.perf_counter()
        design = DESIGNS[name]
        truths: list[Example] = []
        margins: list[tuple[Sequence[str], Floats, Floats]] = []
        for learned, kept in folds:
            fitted = _Fitted.of(design, [corpus[index] for index in learned], fields)
            texts = [corpus[index] for index in kept]
            truths += texts
            margins.append((fitted.learner.classes, *fitted.both_views(texts)))
        classes = margins[0][0]
        written, bare = (np.concatenate([part[view] for part in margins]) for view in (1, 2))
        temperature = fitted_temperature(written, np.array([classes.index(each.topic) for each in truths]))
        cells = _cells(_score(truths, classes, written, bare, temperature, fields))
        whole_started = time.perf_counter()
        whole = _Fitted.of(design, corpus, fields)
        seconds = time.perf_counter() - whole_started
        for examples in judges.values():
            given = whole.both_views(examples)
            cells += _cells(_score(examples, whole.learner.classes, *given, temperature, fields))
        width = len(whole.features.hashes_)
        lines.append(f"| {name} | {width:,} | {seconds:.0f} | {' | '.join(cells)} |")
        progress(f"{name}: {time.perf_counter() - started:.0f} s")
    return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class _Fitted:
    features: HashedNgrams
    learner: Learner

    @classmethod
    def of(cls, design: Design, examples: Sequence[Example], fields: Mapping[str, str]) -> "_Fitted":
        copies = design.copies(examples)
        texts = [each.text for each in copies]
        # A text that comes three times makes its words three times as frequent.
        least = max(2, round(RECIPE.min_df * len(copies) / (3 * len(examples))))
        features = HashedNgrams(design.families, least).fit(texts)
        learner = design.learner(fields)
        learner.fit(features.transform(texts), [each.topic for each in copies])
        return cls(features, learner)

    def both_views(self, examples: Sequence[Example]) -> tuple[Floats, Floats]:
        views = ([each.text for each in examples], [fold(each.text) for each in examples])
        written, bare = (self.learner.margins(self.features.transform(texts)) for texts in views)
        return written, bare


def _score(
    examples: Sequence[Example],
    classes: Sequence[str],
    written: Floats,
    bare: Floats,
    temperature: float,
    fields: Mapping[str, str],
) -> Score:
    judged, unaccented = (_judged(examples, classes, softmax(view / temperature)) for view in (written, bare))
    return Score(
        accuracy=evaluation.accuracy(judged),
        macro_f1=evaluation.macro_f1(judged),
        field_f1=evaluation.macro_f1(evaluation.by_group(judged, fields)),
        bare_f1=evaluation.macro_f1(unaccented),
        calibration_error=evaluation.calibration_error(judged),
    )


def _judged(examples: Sequence[Example], classes: Sequence[str], probabilities: npt.NDArray[Any]) -> list[Judged]:
    best = probabilities.argmax(axis=1)
    return [
        Judged(example.topic, classes[index], float(row[index]))
        for example, index, row in zip(examples, best.tolist(), probabilities, strict=True)
    ]


def _heading(judges: Mapping[str, object]) -> str:
    sets = [f"{name}: {column}" for name in ("voices held out", *judges) for column in COLUMNS]
    return f"| design | features | fit s | {' | '.join(sets)} |"


COLUMNS = ("accuracy", "macro-F1", "field F1", "unaccented F1", "ECE")


def _cells(score: Score) -> list[str]:
    return [
        f"{value:.3f}"
        for value in (score.accuracy, score.macro_f1, score.field_f1, score.bare_f1, score.calibration_error)
    ]
