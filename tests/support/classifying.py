"""Builders and fakes for the classifier."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from services.classifier.adapters.linear_model import LinearModel
from services.classifier.adapters.model_folder import ModelFolder
from services.classifier.domain.decision import Highlight, Scored, Scores, Thresholds, Verdict
from services.classifier.domain.registry import State
from services.classifier.usecases.ports import Decision, DecisionStore, Example, Label, Reading

NOON = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
THRESHOLDS = Thresholds(topic=0.6, kind=0.7, emergency=0.3)


def scores(
    *,
    topic: Mapping[str, float] | None = None,
    kind: Mapping[str, float] | None = None,
    urgency: Mapping[str, float] | None = None,
    emergency: float = 0.0,
    complaint: float = 0.0,
    second_margin: float = -99.0,
    highlights: tuple[Highlight, ...] = (),
    unknown: float = 0.0,
) -> Scores:
    def ranked(given: Mapping[str, float]) -> tuple[Scored, ...]:
        return tuple(Scored(label, likely) for label, likely in sorted(given.items(), key=lambda item: -item[1]))

    return Scores(
        topics=ranked(topic or {"street_lighting": 0.9, "electricity": 0.08}),
        kind=ranked(kind or {"report": 0.95, "question": 0.05})[0],
        urgency=ranked(urgency or {"normal": 0.8, "high": 0.15, "emergency": 0.05})[0],
        emergency=emergency,
        complaint=complaint,
        second_margin=second_margin,
        highlights=highlights,
        unknown=unknown,
    )


def verdict(*, topic: str = "street_lighting", needs_review: bool = False) -> Verdict:
    return Verdict(
        kind="report",
        kind_probability=0.95,
        topic=topic,
        topic_probability=0.9,
        second_topics=(Scored("electricity", 0.08),),
        urgency="normal",
        urgency_probability=0.8,
        reasons=("đèn đường",),
        needs_review=needs_review,
    )


def keep_live(folder: ModelFolder, model: LinearModel) -> None:
    """Keep a model and make it the live one, as the first training does."""
    folder.keep(model)
    folder.point(State.LIVE, model.version)


def label(
    feedback_id: UUID,
    *,
    text: str = "Đèn đường hỏng",
    topic: str = "street_lighting",
    was_topic: str = "electricity",
    labelled_at: datetime = NOON,
) -> Label:
    return Label(
        feedback_id=feedback_id,
        labelled_at=labelled_at,
        text=text,
        kind="report",
        topic=topic,
        urgency="normal",
        was_kind="report",
        was_topic=was_topic,
        was_urgency="normal",
        model_version="model-1",
    )


@dataclass
class FakeModel:
    """A model that says the same of every text and cannot read some."""

    says: Scores = field(default_factory=scores)
    version: str = "model-1"
    thresholds: Thresholds = THRESHOLDS
    unreadable: frozenset[str] = frozenset()
    calls: int = 0

    def read(self, texts: Sequence[str]) -> list[Scores]:
        self.calls += 1
        if self.unreadable & set(texts):
            raise FloatingPointError("not this one")
        return [self.says for _ in texts]


def reads(model: FakeModel | None) -> "FakeReader":
    return FakeReader(model)


@dataclass
class FakeReader:
    """The port ReadTexts over a fake model, or over none."""

    model: FakeModel | None

    async def __call__(self, texts: Sequence[str]) -> Reading | None:
        if self.model is None:
            return None
        said = tuple(None if text in self.model.unreadable else self.model.says for text in texts)
        return Reading(self.model.version, self.model.thresholds, said)


@dataclass
class FakeDecisions:
    """The decisions in memory; what a failed transaction wrote is gone."""

    kept: dict[UUID, Decision] = field(default_factory=dict)
    transactions: int = 0

    async def add_missing(self, decisions: Sequence[Decision]) -> Mapping[UUID, Decision]:
        before = {d.feedback_id: self.kept[d.feedback_id] for d in decisions if d.feedback_id in self.kept}
        for decision in decisions:
            self.kept.setdefault(decision.feedback_id, decision)
        return before

    @asynccontextmanager
    async def open(self) -> AsyncIterator[DecisionStore]:
        self.transactions += 1
        yield self


_LAMP = ("đèn đường", "bóng đèn", "cột đèn", "đèn chiếu sáng")
_WASTE = ("rác thải", "bãi rác", "xe gom rác", "túi rác")
_FIRE = ("cháy nhà", "đám cháy", "bình gas", "lửa lan")
_TOPICS = (
    ("street_lighting", "urban", _LAMP, "hỏng tối om không ai sửa"),
    ("waste", "environment", _WASTE, "bốc mùi không ai thu gom"),
    ("fire_safety", "security", _FIRE, "nguy hiểm cứu với gấp lắm"),
)
_PLACES = ("trước chợ", "gần trường học", "đầu hẻm 12", "cuối thôn 3", "ngã tư", "buôn Kô Siêr")


def small_corpus() -> list[Example]:
    """Build a corpus of three topics by six voices, easy enough to learn in a blink; made for tests alone."""
    return [
        Example(
            text=f"{head.capitalize()} {place} {tail}" if index % 2 else f"Xin hỏi {head} {place} {tail}",
            topic=topic,
            field=field_,
            urgency="emergency" if topic == "fire_safety" else "normal",
            kind="report" if index % 2 else "question",
            voice=f"voice-{number}",
        )
        for topic, field_, heads, tail in _TOPICS
        for index, head in enumerate(heads)
        for number, place in enumerate(_PLACES)
    ]
