"""(d) How fast texts are read: the classifier as the service calls it beside a plain scikit-learn pipeline.

The pipeline has the same design (words and pairs of words, as written and folded, TF-IDF, linear SVM, calibrated) and
answers the topic alone; ours answers topic, kind and urgency, runs the rules and says which words decided.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sklearn.calibration import CalibratedClassifierCV
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.svm import LinearSVC

from services.classifier.adapters.corpus import CORPUS, read_corpus
from services.classifier.adapters.live_model import reader_of
from services.classifier.adapters.model_folder import ModelFolder
from services.classifier.adapters.training import RECIPE
from services.classifier.domain.words import fold
from services.classifier.usecases.reach_verdicts import ReachVerdicts

TEXTS = 5120
BATCH = 256
SINGLE = 300
ROUNDS = 5
Row = dict[str, Any]


def measure_reading(models: Path) -> list[Row]:
    """Read the same texts both ways in turn; returns one row each, the best of the rounds."""
    corpus = read_corpus(CORPUS)
    topics = [example.topic for example in corpus]
    texts = [example.text for example in corpus]
    plain = _pipeline(texts, topics)
    chosen = texts[:: max(1, len(texts) // TEXTS)][:TEXTS]
    reach = ReachVerdicts(reader_of(ModelFolder(models).live.load()))

    async def ours(batches: Sequence[Sequence[str]]) -> None:
        for batch in batches:
            await reach(batch)

    ways: dict[str, Callable[[Sequence[Sequence[str]]], object]] = {
        "ours: topic, kind, urgency, rules, words": lambda batches: asyncio.run(ours(batches)),
        "scikit-learn Pipeline.predict_proba: topic": lambda batches: [plain.predict_proba(each) for each in batches],
    }
    together = [chosen[start : start + BATCH] for start in range(0, len(chosen), BATCH)]
    alone = [[text] for text in chosen[:SINGLE]]
    best: dict[str, list[float]] = {name: [float("inf"), float("inf")] for name in ways}
    for _ in range(ROUNDS):
        for name, read in ways.items():
            for place, batches in enumerate((together, alone)):
                started = time.perf_counter()
                read(batches)
                best[name][place] = min(best[name][place], time.perf_counter() - started)
    theirs = best["scikit-learn Pipeline.predict_proba: topic"]
    return [
        {
            "way": name,
            f"texts/s, batches of {BATCH}": len(chosen) / batched,
            "ratio": theirs[0] / batched,
            "one text ms": single / SINGLE * 1e3,
            "ratio ": theirs[1] / single,
        }
        for name, (batched, single) in best.items()
    ]


def _pipeline(texts: Sequence[str], topics: Sequence[str]) -> Pipeline:
    words = {"ngram_range": (1, 2), "sublinear_tf": True, "min_df": 2, "token_pattern": r"\w+"}
    features = FeatureUnion(
        [("written", TfidfVectorizer(**words)), ("folded", TfidfVectorizer(preprocessor=_folded, **words))]
    )
    machine = LinearSVC(C=dict(RECIPE.inverse_regularisation)["topic"], class_weight="balanced", random_state=0)
    matrix = features.fit_transform(texts)
    machine.fit(matrix, topics)
    calibrated = CalibratedClassifierCV(FrozenEstimator(machine)).fit(matrix[::4], topics[::4])
    return Pipeline([("features", features), ("topic", calibrated)])


def _folded(text: str) -> str:
    return fold(text.lower())
