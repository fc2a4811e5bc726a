"""What the classifier promises, on a model learned from the whole corpus: slow, so `make check` runs it."""

import asyncio
from dataclasses import replace

import pytest

from services.classifier.adapters.corpus import CORPUS, read_corpus
from services.classifier.adapters.evaluation_sets import EVALUATION, read_evaluation_set
from services.classifier.adapters.linear_model import LinearModel
from services.classifier.adapters.live_model import reader_of
from services.classifier.adapters.training import train
from services.classifier.domain.words import fold
from services.classifier.usecases.evaluate_model import EvaluateModel, Evaluation
from services.classifier.usecases.judge_model import JudgeModel
from services.classifier.usecases.ports import EvaluationSet
from services.classifier.usecases.reach_verdicts import ReachVerdicts
from shared.csv_files import read_csv

pytestmark = [pytest.mark.promises, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def model() -> LinearModel:
    return train(read_corpus(CORPUS))


@pytest.fixture(scope="module")
def evaluation_set() -> EvaluationSet:
    return read_evaluation_set()


def evaluate(model: LinearModel, texts: EvaluationSet, *, unaccented: bool = False) -> Evaluation:
    examples = [replace(each, text=fold(each.text)) if unaccented else each for each in texts.reports]
    return asyncio.run(EvaluateModel(ReachVerdicts(reader_of(model)), model.fields, model.thresholds)(examples))


def test_the_corpus_is_as_large_and_as_mixed_as_was_promised() -> None:
    corpus = read_corpus(CORPUS)
    assert len({example.text for example in corpus}) >= 6000
    per_topic = {example.topic: sum(each.topic == example.topic for each in corpus) for example in corpus[::40]}
    assert min(per_topic.values()) >= 90


def test_the_same_corpus_learned_in_two_processes_gives_the_same_version(model: LinearModel) -> None:
    assert train(read_corpus(CORPUS)).version == model.version


def test_emergencies_and_formal_complaints_are_found(model: LinearModel, evaluation_set: EvaluationSet) -> None:
    watched = evaluation_set.emergencies
    assert sum(each.is_one for each in watched) >= 300
    assert sum(each.is_one and each.text == fold(each.text) for each in watched) * 2 >= sum(e.is_one for e in watched)
    board = asyncio.run(JudgeModel(evaluation_set, model.fields)(ReachVerdicts(reader_of(model))))
    assert board.emergency_recall >= 0.98
    assert board.complaint_recall >= 0.95


def test_false_alarms_stay_a_few(model: LinearModel, evaluation_set: EvaluationSet) -> None:
    calm = [each for each in evaluation_set.reports if each.urgency != "emergency"]
    reached = asyncio.run(ReachVerdicts(reader_of(model))([each.text for each in calm]))
    assert sum(each.verdict.urgency == "emergency" for each in reached) <= 0.12 * len(calm)


def test_what_passes_without_a_person_is_right(model: LinearModel, evaluation_set: EvaluationSet) -> None:
    validation = model.metadata["validation"]
    assert validation["accented"]["right_when_covered"] >= 0.97
    assert validation["unaccented"]["right_when_covered"] >= 0.97
    evaluation = evaluate(model, evaluation_set)
    assert evaluation.coverage.right >= 0.97
    assert evaluation.coverage.share >= 0.25


def test_probabilities_mean_what_they_say(model: LinearModel, evaluation_set: EvaluationSet) -> None:
    assert model.metadata["validation"]["accented"]["calibration_error"] <= 0.05
    assert evaluate(model, evaluation_set).calibration_error <= 0.08


def test_without_accents_it_is_hardly_worse(model: LinearModel, evaluation_set: EvaluationSet) -> None:
    written, bare = evaluate(model, evaluation_set), evaluate(model, evaluation_set, unaccented=True)
    assert written.topics.macro_f1 >= 0.80
    assert written.topics.macro_f1 - bare.topics.macro_f1 <= 0.03
    assert written.fields.macro_f1 - bare.fields.macro_f1 <= 0.03


def test_no_text_of_the_evaluation_sets_is_in_the_corpus(evaluation_set: EvaluationSet) -> None:
    known = {fold(each.text).lower().strip() for each in read_corpus(CORPUS)}
    sets = (evaluation_set.reports, evaluation_set.emergencies, evaluation_set.complaints)
    assert [each.text for texts in sets for each in texts if fold(each.text).lower().strip() in known] == []


def test_when_a_second_matter_is_told_there_mostly_is_one(model: LinearModel) -> None:
    rows = [row for _, row in read_csv(EVALUATION / "two_matters.csv", needed=("text", "topic", "second_topic"))]
    reached = asyncio.run(ReachVerdicts(reader_of(model))([row["text"] for row in rows]))
    told = [(row, each.verdict) for row, each in zip(rows, reached, strict=True) if each.verdict.second_matter]
    right = [{row["topic"], row["second_topic"]} == {said.topic, said.second_matter} for row, said in told]
    assert len(told) >= 25
    assert sum(right) >= 0.65 * len(told)
