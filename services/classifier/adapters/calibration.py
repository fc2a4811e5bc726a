"""How far a model may be trusted: temperatures, confidence and thresholds, found on texts that it had not seen."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar

from services.classifier.adapters.confidence import Confidence, Suspicion
from services.classifier.adapters.features import Floats
from services.classifier.adapters.linear_model import HEADS, KIND, TOPIC, URGENCY, WATCHED, runner_up, softmax
from services.classifier.domain import evaluation
from services.classifier.domain.decision import CHANGES_TREATMENT, COMPLAINT, EMERGENCY, Thresholds, findings_in
from services.classifier.domain.evaluation import Judged
from services.classifier.domain.thresholds import highest_with_recall, lowest_with_precision
from services.classifier.domain.words import fold
from services.classifier.usecases.ports import Example


@dataclass(frozen=True, slots=True)
class Aims:
    """What an answer must reach in validation before it is trusted, and how many answers must show it.

    `topic_right` and `kind_right` are shares of right answers, the recalls shares of what must not slip through; the
    model's own suspicion counts from `..._not_below` on at the lowest. Of `second_matters` of all texts a second matter
    is told: those whose runner-up stands out most.
    """

    topic_right: float = 0.97
    topic_answers: int = 20
    kind_right: float = 0.80
    kind_answers: int = 30
    complaint_recall: float = 0.97
    complaint_not_below: float = 0.10
    emergency_recall: float = 0.985
    emergency_not_below: float = 0.01
    second_matters: float = 0.03


AIMS = Aims()
NOT_LEARNED = np.float32(-10)
"""The margin of a label that the training voices never used."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Texts the heads had not seen, each also without accents, how many n-grams were known, and the margins given."""

    examples: tuple[Example, ...]
    unaccented: npt.NDArray[np.bool_]
    known: Floats
    margins: Mapping[str, tuple[tuple[str, ...], Floats]]

    @staticmethod
    def views(examples: Sequence[Example]) -> list[Example]:
        """Return every text as it is, and then every text without accents."""
        return [*examples, *(replace(example, text=fold(example.text)) for example in examples)]


def joined(parts: Sequence[HeldOut], labels_of: Mapping[str, Sequence[str]]) -> HeldOut:
    """Put the folds together, each label in the column that the final model gives it."""
    margins = {}
    for name, all_labels in labels_of.items():
        stacked = []
        for part in parts:
            labels, given = part.margins[name]
            aligned = np.full((len(given), len(all_labels)), NOT_LEARNED, dtype=np.float32)
            aligned[:, [all_labels.index(label) for label in labels]] = given
            stacked.append(aligned)
        margins[name] = (tuple(all_labels), np.concatenate(stacked))
    return HeldOut(
        tuple(example for part in parts for example in part.examples),
        np.concatenate([part.unaccented for part in parts]),
        np.concatenate([part.known for part in parts]),
        margins,
    )


@dataclass(frozen=True, slots=True)
class Calibration:
    """What the held-out texts taught: a temperature per head, the confidence curve, the thresholds, and the scores."""

    temperatures: Mapping[str, float]
    confidence: Confidence
    suspicions: Mapping[str, Suspicion]
    thresholds: Thresholds
    validation: Mapping[str, Any]


def calibrate(held_out: HeldOut, fields: Mapping[str, str], aims: Aims) -> Calibration:
    """Fit everything; `fields` says which field a topic belongs to."""
    temperatures: dict[str, float] = {}
    probabilities: dict[str, Floats] = {}
    all_margins: list[Floats] = []
    for name in HEADS:
        labels, margins = held_out.margins[name]
        truth = np.array([labels.index(getattr(example, name)) for example in held_out.examples])
        temperatures[name] = fitted_temperature(margins, truth)
        scaled = np.asarray(margins / np.float32(temperatures[name]), dtype=np.float32)
        probabilities[name] = softmax(scaled)
        all_margins.append(scaled)
        if name == TOPIC:
            confidence = Confidence.fitted(scaled, held_out.known, margins.argmax(axis=1) == truth)
            probabilities[name] = confidence.spread(scaled, held_out.known, probabilities[name])
            second = float(np.quantile(runner_up(scaled), 1 - aims.second_matters))
    together = np.hstack(all_margins)
    suspicions = {
        label: Suspicion.fitted(together, np.array([getattr(each, name) == label for each in held_out.examples]))
        for name, label in WATCHED.items()
    }
    suspected = {label: suspicion.of(together).tolist() for label, suspicion in suspicions.items()}
    judged = {name: list(_judged(name, held_out.margins[name][0], probabilities[name], held_out)) for name in HEADS}
    thresholds, outcomes = _thresholds(aims, suspected, judged, held_out)
    thresholds = replace(thresholds, second=round(second, 3))
    return Calibration(
        temperatures=temperatures,
        confidence=confidence,
        suspicions=suspicions,
        thresholds=thresholds,
        validation={**_validation(judged, fields, thresholds, held_out), "watched": outcomes},
    )


def fitted_temperature(margins: Floats, truth: npt.NDArray[np.int64]) -> float:
    """Return the number to divide margins by so that softmax gives the truth the best likelihood."""
    rows = np.arange(len(truth))

    def loss(log_temperature: float) -> float:
        likely = softmax(margins / np.float32(np.exp(log_temperature)))[rows, truth]
        return float(-np.log(np.maximum(likely, 1e-9)).mean())

    found = minimize_scalar(loss, bounds=(-4.0, 2.0), method="bounded", options={"xatol": 1e-3})
    return float(np.exp(round(float(found.x), 3)))


def _judged(name: str, labels: Sequence[str], probabilities: Floats, held_out: HeldOut) -> Iterator[Judged]:
    best = probabilities.argmax(axis=1)
    for example, index, row in zip(held_out.examples, best.tolist(), probabilities, strict=True):
        yield Judged(getattr(example, name), labels[index], float(row[index]))


def _thresholds(
    aims: Aims,
    suspected: Mapping[str, Sequence[float]],
    judged: Mapping[str, Sequence[Judged]],
    held_out: HeldOut,
) -> tuple[Thresholds, dict[str, dict[str, float]]]:
    """Find from which probabilities on answers were right often enough, and how well what must not slip is caught."""
    findings = [findings_in(example.text) for example in held_out.examples]
    danger = _Watch(
        true=[example.urgency == EMERGENCY for example in held_out.examples],
        by_rule=[bool(found.alarms) for found in findings],
        suspicion=suspected[EMERGENCY],
    )
    legal = _Watch(
        true=[example.kind == COMPLAINT for example in held_out.examples],
        by_rule=[found.formal_act is not None for found in findings],
        suspicion=suspected[COMPLAINT],
    )
    thresholds = Thresholds(
        topic=_precise(judged[TOPIC], aims.topic_right, aims.topic_answers),
        by_topic={
            topic: _precise(
                [each for each in judged[TOPIC] if each.answered == topic], aims.topic_right, aims.topic_answers
            )
            for topic in held_out.margins[TOPIC][0]
        },
        kind=_precise(
            [each for each in judged[KIND] if each.answered in CHANGES_TREATMENT], aims.kind_right, aims.kind_answers
        ),
        complaint=legal.threshold(at_least=aims.complaint_recall, not_below=aims.complaint_not_below),
        emergency=danger.threshold(at_least=aims.emergency_recall, not_below=aims.emergency_not_below),
    )
    return thresholds, {
        "emergency": danger.outcome(thresholds.emergency),
        "complaint_denunciation": legal.outcome(thresholds.complaint),
    }


@dataclass(frozen=True, slots=True)
class _Watch:
    """Something that must not slip through, watched by rules and by the model: per text its truth and both opinions."""

    true: Sequence[bool]
    by_rule: Sequence[bool]
    suspicion: Sequence[float]

    def threshold(self, *, at_least: float, not_below: float) -> float:
        left_to_model = (
            (p, true) for p, true, ruled in zip(self.suspicion, self.true, self.by_rule, strict=True) if not ruled
        )
        found = sum(ruled and true for ruled, true in zip(self.by_rule, self.true, strict=True))
        return _floor(highest_with_recall(left_to_model, at_least=at_least, not_below=not_below, already_found=found))

    def outcome(self, threshold: float) -> dict[str, float]:
        called = [ruled or p >= threshold for ruled, p in zip(self.by_rule, self.suspicion, strict=True)]
        there_are = max(1, sum(self.true))
        caught = sum(call and true for call, true in zip(called, self.true, strict=True))
        by_rule = sum(ruled and true for ruled, true in zip(self.by_rule, self.true, strict=True))
        return {
            "texts": sum(self.true),
            "recall": round(caught / there_are, 4),
            "recall_of_rules": round(by_rule / there_are, 4),
            "false_alarms": round((sum(called) - caught) / max(1, len(called) - sum(self.true)), 4),
        }


def _precise(judged: Sequence[Judged], at_least: float, min_count: int) -> float:
    pairs = ((each.probability, each.is_right) for each in judged)
    return _ceiling(lowest_with_precision(pairs, at_least=at_least, min_count=min_count))


def _floor(probability: float) -> float:
    return float(np.floor(probability * 1000) / 1000)


def _ceiling(probability: float) -> float:
    return float(np.ceil(probability * 1000) / 1000)


def _validation(
    judged: Mapping[str, Sequence[Judged]], fields: Mapping[str, str], thresholds: Thresholds, held_out: HeldOut
) -> dict[str, Any]:
    scores: dict[str, Any] = {}
    for view, wanted in (("accented", False), ("unaccented", True)):
        part = {
            name: [each for each, bare in zip(answers, held_out.unaccented, strict=True) if bare == wanted]
            for name, answers in judged.items()
        }
        covered = evaluation.coverage(
            [(each, each.probability < thresholds.for_topic(each.answered)) for each in part[TOPIC]]
        )
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
