"""Corrections become labels, a shadow reads along unheard, drift is seen, a model is judged."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest

from services.classifier.domain.drift import FEW, Week, beside_the_weeks_before, stability_index
from services.classifier.usecases.judge_model import JudgeModel
from services.classifier.usecases.ports import Decision, EvaluationSet, Example, Label, Watched
from services.classifier.usecases.reach_verdicts import ReachVerdicts
from services.classifier.usecases.record_corrections import RecordCorrections
from services.classifier.usecases.shadow_feedback import ShadowFeedback
from shared.events import Kind, Urgency
from tests.support.classifying import NOON, FakeModel, label, reads
from tests.support.events import feedback_classified, feedback_corrected


@dataclass
class FakeLabels:
    """What people said, in memory."""

    kept: list[Label] = field(default_factory=list)

    async def keep(self, labels: Sequence[Label]) -> None:
        self.kept += labels

    async def find(self, *, since: datetime | None = None) -> Sequence[Label]:
        return [each for each in self.kept if since is None or each.labelled_at > since]

    @asynccontextmanager
    async def open(self) -> AsyncIterator["FakeLabels"]:
        yield self


@dataclass
class FakeShadows:
    """Answers of a shadow, in memory."""

    kept: list[Decision] = field(default_factory=list)

    async def add_missing(self, decisions: Sequence[Decision]) -> None:
        self.kept += decisions

    @asynccontextmanager
    async def open(self) -> AsyncIterator["FakeShadows"]:
        yield self


async def test_a_correction_becomes_a_label_and_nothing_follows_from_it() -> None:
    labels = FakeLabels()
    said = feedback_corrected(
        text="Bóng cháy", kind=Kind.REPORT, subject="street_lighting", urgency=Urgency.HIGH, was_subject="electricity"
    )
    assert await RecordCorrections(labels.open)([said]) == []
    (kept,) = labels.kept
    assert (kept.feedback_id, kept.labelled_at, kept.text) == (said.feedback_id, said.occurred_at, "Bóng cháy")
    assert (kept.kind, kept.topic, kept.urgency) == ("report", "street_lighting", "high")
    assert (kept.was_topic, kept.model_version) == ("electricity", said.model_version)


async def test_a_shadow_answers_for_itself_and_publishes_nothing() -> None:
    shadows, heard = FakeShadows(), [feedback_classified(), feedback_classified()]
    shadow = ShadowFeedback(ReachVerdicts(reads(FakeModel(version="shadow-1"))), shadows.open, lambda: NOON)
    assert await shadow(heard) == []
    assert [each.feedback_id for each in shadows.kept] == [each.feedback_id for each in heard]
    assert {each.model_version for each in shadows.kept} == {"shadow-1"}


async def test_without_a_shadow_nothing_is_stored() -> None:
    shadows = FakeShadows()
    await ShadowFeedback(ReachVerdicts(reads(None)), shadows.open, lambda: NOON)([feedback_classified()])
    assert shadows.kept == []


async def test_what_the_shadow_cannot_read_is_left_out() -> None:
    shadows, bad = FakeShadows(), feedback_classified(text="không đọc được")
    model = FakeModel(unreadable=frozenset({"không đọc được"}))
    await ShadowFeedback(ReachVerdicts(reads(model)), shadows.open, lambda: NOON)([bad, feedback_classified()])
    assert len(shadows.kept) == 1


async def test_a_model_is_judged_by_the_evaluation_set_and_by_what_people_said() -> None:
    judge = JudgeModel(
        EvaluationSet(
            reports=[
                Example("đèn", "street_lighting", "urban", kind="report"),
                Example("rác", "waste", "environment", kind="question"),
            ],
            emergencies=[Watched("cháy nhà cứu với", is_one=True), Watched("đèn hỏng", is_one=False)],
            complaints=[Watched("tôi làm đơn tố cáo ông A", is_one=True), Watched("chào", is_one=True)],
        ),
        {"street_lighting": "urban", "waste": "environment"},
    )
    board = await judge(
        ReachVerdicts(reads(FakeModel())), [label(uuid4()), label(uuid4(), topic="waste"), label(uuid4())]
    )
    assert board.topic_macro_f1 == pytest.approx(1 / 3, abs=1e-4)
    assert (board.emergency_recall, board.complaint_recall) == (1.0, 0.5)
    assert (board.corrected, board.corrected_right) == (3, pytest.approx(2 / 3, abs=1e-4))


def week(number: int, **topics: int) -> Week:
    return Week(date(2026, 11, 2) + timedelta(weeks=number), sum(topics.values()), 0.3, 0.0, 0.1, topics)


def test_the_same_mix_has_not_moved_and_another_one_has() -> None:
    steady, moved = week(1, waste=100, noise=100), week(2, waste=10, noise=190)
    told = beside_the_weeks_before([week(0, waste=100, noise=100), steady, moved])
    assert [each.moved for each in told][:2] == [None, pytest.approx(0.0, abs=1e-9)]
    assert [each.has_moved for each in told] == [False, False, True]


def test_a_week_of_a_few_texts_says_nothing() -> None:
    told = beside_the_weeks_before([week(0, waste=200), week(1, noise=FEW - 1), week(2, noise=FEW)])
    assert [each.moved is None for each in told] == [True, True, False]


def test_the_stability_index_is_zero_for_equal_shares_and_grows_with_the_distance() -> None:
    assert stability_index({"a": 10, "b": 10}, {"a": 500, "b": 500}) == pytest.approx(0)
    near = stability_index({"a": 50, "b": 50}, {"a": 45, "b": 55})
    far = stability_index({"a": 50, "b": 50}, {"a": 5, "b": 95})
    assert 0 < near < 0.1
    assert far > 0.25
