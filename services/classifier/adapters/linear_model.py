"""A trained model as arrays: three linear heads over one set of features, read in batches.

The heads are scikit-learn's; what is kept of them are coefficients, already divided by the temperature that makes
softmax probabilities mean what they say. They stand side by side, so that one product serves all three.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from services.classifier.adapters.features import BATCH, Floats, HashedNgrams, Ints, Vectors
from services.classifier.domain.decision import SECOND_TOPICS, Scored, Scores, Thresholds

TOPIC, KIND, URGENCY = "topic", "kind", "urgency"
HEADS = (TOPIC, KIND, URGENCY)
WORDS_SHOWN = 4
"""How many words are shown as reasons; neighbours among them are shown as one."""


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
        start = 0
        for head in HEADS:
            labels = self.labels[head]
            probabilities = softmax(margins[:, start : start + len(labels)])
            ranked[head] = _ranked(probabilities, labels, SECOND_TOPICS + 1 if head == TOPIC else len(labels))
            start += len(labels)
        chosen = margins[:, : len(self.labels[TOPIC])].argmax(axis=1)
        words = self._telling_words(vectors, chosen)
        return map(Scores, ranked[TOPIC], ranked[KIND], ranked[URGENCY], words)

    def _telling_words(self, vectors: Vectors, chosen: Ints) -> list[tuple[str, ...]]:
        """Find for each text the words that spoke most for the topic chosen."""
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
        best = told[np.lexsort((-weight[told], row))].tolist()
        firsts = np.searchsorted(row, np.arange(len(chosen) + 1)).tolist()
        starts, ends, joined = spans.start.tolist(), spans.end.tolist(), vectors.letters.joined
        return [
            _phrases(sorted(best[first : min(first + WORDS_SHOWN, last)]), starts, ends, joined)
            for first, last in pairwise(firsts)
        ]


def content_version(model: LinearModel) -> str:
    """Return a hash of everything that decides the model's answers."""
    known = {
        "labels": model.labels,
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


def _ranked(probabilities: Floats, labels: Sequence[str], how_many: int) -> list[tuple[Scored, ...]]:
    order = np.argsort(-probabilities, axis=1, kind="stable")[:, :how_many]
    values = np.take_along_axis(probabilities, order, axis=1).astype(np.float64).round(4)
    return [
        tuple(Scored(labels[index], value) for index, value in zip(indices, likely, strict=True))
        for indices, likely in zip(order.tolist(), values.tolist(), strict=True)
    ]


def _phrases(words: Sequence[int], starts: Sequence[int], ends: Sequence[int], joined: str) -> tuple[str, ...]:
    """Spell out words by number (rising), neighbours as one phrase, none twice."""
    runs: list[tuple[int, int]] = []
    previous = -2
    for word in words:
        if word == previous + 1:
            runs[-1] = (runs[-1][0], ends[word])
        else:
            runs.append((starts[word], ends[word]))
        previous = word
    return tuple(dict.fromkeys(joined[start:end].lower() for start, end in runs))
