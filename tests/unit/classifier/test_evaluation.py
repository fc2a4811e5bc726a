"""Counting how good answers are."""

import pytest
from sklearn.metrics import f1_score

from services.classifier.domain.evaluation import (
    Coverage,
    Judged,
    acceptability,
    accuracy,
    by_group,
    calibration_error,
    confusions,
    coverage,
    label_scores,
    macro_f1,
)
from services.classifier.usecases.evaluate_model import EvaluateModel
from services.classifier.usecases.ports import Example
from services.classifier.usecases.reach_verdicts import ReachVerdicts
from tests.support.classifying import THRESHOLDS, FakeModel, reads

ANSWERS = [
    Judged("road", "road", 0.9),
    Judged("road", "waste", 0.6, frozenset({"waste"})),
    Judged("waste", "waste", 0.8),
    Judged("noise", "road", 0.4),
]


def test_accuracy_counts_the_expected_and_acceptability_also_the_alternatives() -> None:
    assert accuracy(ANSWERS) == 0.5
    assert acceptability(ANSWERS) == 0.75
    assert accuracy([]) == 0.0


def test_macro_f1_agrees_with_scikit_learn_over_the_expected_labels() -> None:
    expected, answered = [a.expected for a in ANSWERS], [a.answered for a in ANSWERS]
    theirs = f1_score(expected, answered, average="macro", labels=sorted(set(expected)), zero_division=0)
    assert macro_f1(ANSWERS) == pytest.approx(theirs)


def test_labels_come_with_the_most_frequent_first() -> None:
    assert [(s.label, s.count, s.precision, s.recall, round(s.f1, 2)) for s in label_scores(ANSWERS)] == [
        ("road", 2, 0.5, 0.5, 0.5),
        ("noise", 1, 0.0, 0.0, 0.0),
        ("waste", 1, 0.5, 1.0, 0.67),
    ]


def test_confusions_come_with_the_worst_first() -> None:
    assert confusions([*ANSWERS, Judged("noise", "road")]) == (("noise", "road", 2), ("road", "waste", 1))


def test_topics_of_one_field_are_the_same_one_level_up() -> None:
    grouped = by_group(ANSWERS, {"waste": "environment", "noise": "environment"})
    assert [(each.expected, each.answered) for each in grouped][2:] == [
        ("environment", "environment"),
        ("environment", "road"),
    ]


def test_coverage_looks_only_at_what_needed_no_review() -> None:
    reviewed = [False, False, True, True]
    assert coverage(list(zip(ANSWERS, reviewed, strict=True))) == Coverage(share=0.5, right=0.5, acceptable=1.0)


def test_the_calibration_error_is_the_mean_gap_between_saying_and_being_right() -> None:
    assert calibration_error([Judged("a", "a", 1.0), Judged("a", "b", 1.0)]) == 0.5
    assert calibration_error([Judged("a", "a", 0.75)] * 3 + [Judged("a", "b", 0.75)]) == 0.0
    assert calibration_error([]) == 0.0


async def test_a_model_is_evaluated_on_all_three_answers_where_the_truth_is_known() -> None:
    evaluate = EvaluateModel(
        ReachVerdicts(reads(FakeModel())), {"street_lighting": "urban", "waste": "environment"}, THRESHOLDS
    )
    evaluation = await evaluate(
        [
            Example("đèn hỏng", "street_lighting", "", urgency="normal", kind="report"),
            Example("cây ngã", "trees_parks", "urban", urgency="high"),
            Example("rác", "waste", "", also_right=frozenset({"street_lighting"})),
        ]
    )
    assert evaluation.model_version == "model-1"
    assert evaluation.topics.accuracy == pytest.approx(1 / 3)
    assert evaluation.fields.accuracy == pytest.approx(2 / 3)
    assert evaluation.acceptability == pytest.approx(2 / 3)
    assert (evaluation.kinds.count, evaluation.urgencies.count) == (1, 2)
    assert evaluation.urgencies.accuracy == 0.5
    assert evaluation.coverage.share == 1.0
    assert evaluation.coverage.right == pytest.approx(1 / 3)


async def test_no_examples_give_zeros_and_no_error() -> None:
    evaluation = await EvaluateModel(ReachVerdicts(reads(FakeModel())), {}, THRESHOLDS)([])
    assert (evaluation.model_version, evaluation.topics.count, evaluation.topics.macro_f1) == ("", 0, 0.0)
