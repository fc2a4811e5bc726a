"""A trained model as arrays: three linear heads over one set of features, read in batches.

The heads are scikit-learn's; what is kept of them are coefficients, already divided by the temperature that makes
softmax probabilities mean what they say. They stand side by side, so that one product serves all three. How sure the
model is of a topic is told by a curve of its own (`confidence.py`), because that decides whether a person looks.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, TypeAlias
from unicodedata import combining, is_normalized, normalize

import numpy as np

from services.classifier.adapters.confidence import Confidence, Suspicion
from services.classifier.adapters.features import BATCH, Floats, HashedNgrams, Ints, Vectors
from services.classifier.domain.decision import (
    COMPLAINT,
    EMERGENCY,
    SECOND_TOPIC_FROM,
    SECOND_TOPICS,
    Highlight,
    Scored,
    Scores,
    Thresholds,
)

TOPIC, KIND, URGENCY = "topic", "kind", "urgency"
HEADS = (TOPIC, KIND, URGENCY)
WATCHED: Mapping[str, str] = {URGENCY: EMERGENCY, KIND: COMPLAINT}
"""By head, the label that must not slip through."""

WORDS_SHOWN = 4
"""How many words are shown as reasons; neighbours among them are shown as one."""

Span: TypeAlias = tuple[int, int, float]
"""Where a run of words begins and ends in its text, and its share of all that spoke for the topic."""


@dataclass(frozen=True, slots=True)
class LinearModel:
    """Features, heads, thresholds, and what validation found; `version` is a hash of all that decides answers.

    `coefficients` has a row per feature and a column per label, `intercepts` an entry per label; the labels of the
    three heads follow each other in the order of `HEADS`.
    """

    version: str
    features: HashedNgrams
    labels: Mapping[str, tuple[str, ...]]
    coefficients: Floats
    intercepts: Floats
    confidence: Confidence
    suspicions: Mapping[str, Suspicion]
    thresholds: Thresholds
    fields: Mapping[str, str]
    metadata: Mapping[str, Any]

    def read(self, texts: Sequence[str]) -> list[Scores]:
        """Score texts, in their order."""
        return [
            scores for start in range(0, len(texts), BATCH) for scores in self._read_batch(texts[start : start + BATCH])
        ]

    def _read_batch(self, texts: Sequence[str]) -> Iterator[Scores]:
        vectors = self.features.vectors(texts)
        margins = vectors.matrix @ self.coefficients + self.intercepts
        ranked: dict[str, list[tuple[Scored, ...]]] = {}
        second_margin = np.zeros(len(texts), dtype=np.float32)
        suspected = {
            label: self.suspicions[label].of(margins).astype(np.float64).round(4).tolist() for label in WATCHED.values()
        }
        start = 0
        for head in HEADS:
            labels = self.labels[head]
            own = margins[:, start : start + len(labels)]
            probabilities = softmax(own)
            if head == TOPIC:
                probabilities = self.confidence.spread(own, vectors.known, probabilities)
                second_margin = runner_up(own)
            ranked[head] = _ranked(probabilities, labels, SECOND_TOPICS + 1 if head == TOPIC else 1)
            start += len(labels)
        chosen = margins[:, : len(self.labels[TOPIC])].argmax(axis=1)
        told = self._telling_words(vectors, chosen)
        highlights = map(_in_the_text, texts, told)
        return map(
            Scores,
            ranked[TOPIC],
            (first for (first,) in ranked[KIND]),
            (first for (first,) in ranked[URGENCY]),
            suspected[EMERGENCY],
            suspected[COMPLAINT],
            second_margin.tolist(),
            highlights,
            vectors.unknown.tolist(),
        )

    def _telling_words(self, vectors: Vectors, chosen: Ints) -> list[list[Span]]:
        """Find for each text the words that spoke most for the topic chosen, in the order of the text."""
        spans = vectors.letters.words()
        count = len(spans.start)
        speaks = vectors.weight * self.coefficients[vectors.column, chosen[vectors.letters.row[vectors.position]]]
        word = np.searchsorted(spans.start, vectors.position + 1, side="right") - 1
        # A character n-gram that begins at the separator before a word belongs to that word; of a pair each gets half.
        is_pair = self.features.are_pairs(vectors.column)
        speaks = np.where(is_pair, speaks / 2, speaks)
        weight = np.bincount(word, weights=speaks, minlength=count)
        weight += np.bincount(word[is_pair] + 1, weights=speaks[is_pair], minlength=count)[:count]

        told = np.flatnonzero(weight > 0)
        row = spans.row[told]
        total = np.bincount(row, weights=weight[told], minlength=len(chosen))
        best = told[np.lexsort((-weight[told], row))].tolist()
        firsts = np.searchsorted(row, np.arange(len(chosen) + 1)).tolist()
        text_start = vectors.letters.first[spans.row]
        starts, ends = (spans.start - text_start).tolist(), (spans.end - text_start).tolist()
        shares = (weight / np.maximum(total[spans.row], np.finfo(np.float32).tiny)).tolist()
        return [
            _runs(sorted(best[first : min(first + WORDS_SHOWN, last)]), starts, ends, shares)
            for first, last in pairwise(firsts)
        ]


def content_version(model: LinearModel) -> str:
    """Return a hash of everything that decides the model's answers."""
    known = {
        "labels": model.labels,
        "confidence": list(model.confidence.weights),
        "suspicions": {label: asdict(curve) for label, curve in model.suspicions.items()},
        "thresholds": asdict(model.thresholds),
        "families": list(model.features.families),
        "fields": model.fields,
    }
    digest = hashlib.sha256(json.dumps(known, sort_keys=True, ensure_ascii=False).encode())
    for array in (
        model.features.hashes_,
        model.features.idf_,
        model.features.family_,
        model.coefficients.astype(np.float16),
        model.intercepts,
    ):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()[:12]


def softmax(margins: Floats) -> Floats:
    """Turn margins (texts x labels) into probabilities."""
    grown = np.exp(margins - margins.max(axis=1, keepdims=True))
    total: Floats = grown / grown.sum(axis=1, keepdims=True)
    return total


def runner_up(margins: Floats) -> Floats:
    """Return the second greatest margin of each text, or a very small one where there is one label only."""
    if margins.shape[1] < 2:  # noqa: PLR2004 no runner-up
        return np.full(len(margins), -99, dtype=np.float32)
    return np.asarray(np.partition(margins, -2, axis=1)[:, -2], dtype=np.float32)


def _ranked(probabilities: Floats, labels: Sequence[str], how_many: int) -> list[tuple[Scored, ...]]:
    """Name the likeliest label of each text, and of the next ones those that are worth a word."""
    order = np.argsort(-probabilities, axis=1, kind="stable")[:, :how_many]
    values = np.take_along_axis(probabilities, order, axis=1).astype(np.float64).round(4)
    told = np.maximum((values >= SECOND_TOPIC_FROM).sum(axis=1), 1)
    return [
        tuple([Scored(labels[index], value) for index, value in zip(indices[:count], likely, strict=False)])
        for indices, likely, count in zip(order.tolist(), values.tolist(), told.tolist(), strict=True)
    ]


def _runs(words: Sequence[int], starts: Sequence[int], ends: Sequence[int], shares: Sequence[float]) -> list[Span]:
    """Join words (their numbers, rising) that stand next to each other."""
    runs: list[Span] = []
    previous = -2
    for word in words:
        if word == previous + 1:
            start, _, share = runs[-1]
            runs[-1] = (start, ends[word], share + shares[word])
        else:
            runs.append((starts[word], ends[word], shares[word]))
        previous = word
    return runs


def _in_the_text(text: str, spans: Sequence[Span]) -> tuple[Highlight, ...]:
    """Map spans of the composed text back to the text as it was typed."""
    if is_normalized("NFC", text):
        return tuple(Highlight(start, end, round(share, 3)) for start, end, share in spans)
    typed_at = _typed_at(text)
    return tuple(
        Highlight(typed_at[start], typed_at[end], round(share, 3)) for start, end, share in spans if end < len(typed_at)
    )


def _typed_at(text: str) -> list[int]:
    """Return where each character of the composed text begins in the text as typed, and its end."""
    marks = [at for at, char in enumerate(text) if not combining(char)] or [0]
    if marks[0] != 0:
        marks.insert(0, 0)
    places: list[int] = []
    for start, end in pairwise([*marks, len(text)]):
        places += [start] * len(normalize("NFC", text[start:end]))
    return [*places, len(text)]
