"""What the use cases need from outside: models, the decisions made before, what people said of them, examples."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.classifier.domain.decision import Scores, Thresholds, Verdict
from services.classifier.domain.drift import Week
from services.classifier.domain.registry import State


@dataclass(frozen=True, slots=True)
class Reading:
    """What a model says of a batch: scores in the order of the texts, none for a text it could not read."""

    model_version: str
    thresholds: Thresholds
    scores: tuple[Scores | None, ...]


ReadTexts = Callable[[Sequence[str]], Awaitable[Reading | None]]
"""Let the live model read texts; none when there is no model. Never raises for a text or a broken model."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict as it is stored: for which feedback, under which event id, when, and by which model."""

    feedback_id: UUID
    event_id: UUID
    decided_at: datetime
    model_version: str
    verdict: Verdict


class DecisionStore(Protocol):
    """The decisions, inside one transaction."""

    async def add_missing(self, decisions: Sequence[Decision]) -> Mapping[UUID, Decision]:
        """Store those whose feedback has none yet; return, by feedback id, the ones that were there before."""
        ...


OpenDecisions = Callable[[], AbstractAsyncContextManager[DecisionStore]]


@dataclass(frozen=True, slots=True)
class Example:
    """A text whose truth is known; `also_right` are topics that a person would accept, `voice` is who wrote it."""

    text: str
    topic: str
    field: str
    urgency: str | None = None
    kind: str | None = None
    also_right: frozenset[str] = frozenset()
    voice: str = ""


@dataclass(frozen=True, slots=True)
class Label:
    """What a person says of one feedback: the words, what they are about, and what the model had said."""

    feedback_id: UUID
    labelled_at: datetime
    text: str
    kind: str
    topic: str
    urgency: str
    was_kind: str
    was_topic: str
    was_urgency: str
    model_version: str


class LabelStore(Protocol):
    """What people said, inside one transaction."""

    async def keep(self, labels: Sequence[Label]) -> None:
        """Keep them; of two about one feedback the later one counts, whatever the order they come in."""
        ...

    async def find(self, *, since: datetime | None = None) -> Sequence[Label]:
        """Return those whose text is still kept, by time; with `since` only later ones."""
        ...


OpenLabels = Callable[[], AbstractAsyncContextManager[LabelStore]]


class ShadowStore(Protocol):
    """The answers of a model that runs beside the live one, inside one transaction."""

    async def add_missing(self, decisions: Sequence[Decision]) -> None:
        """Store those whose feedback has none of that model yet."""
        ...


OpenShadows = Callable[[], AbstractAsyncContextManager[ShadowStore]]


@dataclass(frozen=True, slots=True)
class Agreement:
    """How often a shadow said the same as what was published, of `texts` that both read."""

    model_version: str
    texts: int
    topic: float
    kind: float
    urgency: float
    needs_review: float
    needs_review_live: float


@dataclass(frozen=True, slots=True)
class LabelCounts:
    """What people said of the classifier's answers, counted.

    Of `texts` labels, `without_model` had no answer to judge and `confirmed` say that all three were right; `topic`,
    `kind` and `urgency` count what was put right. `topics` are the topics put right most often: was, is, times.
    """

    texts: int
    without_model: int
    confirmed: int
    topic: int
    kind: int
    urgency: int
    topics: tuple[tuple[str, str, int], ...]


class TrafficStore(Protocol):
    """What went through, counted, inside one transaction."""

    async def agreement(self, version: str) -> Agreement | None:
        """Compare the stored answers of a shadow with what was published; none when there are none."""
        ...

    async def weeks(self, *, since: datetime) -> Sequence[Week]:
        """Count by week, oldest first; weeks begin on Monday in Viet Nam."""
        ...

    async def labels(self) -> LabelCounts:
        """Count what people said, also where the words are forgotten."""
        ...

    async def forget(self, *, now: datetime) -> Mapping[str, int]:
        """Forget what the retention table says is over; returns how many rows of what."""
        ...


OpenTraffic = Callable[[], AbstractAsyncContextManager[TrafficStore]]


@dataclass(frozen=True, slots=True)
class Watched:
    """A text that is, or is not, what must not slip through: an emergency, a formal complaint."""

    text: str
    is_one: bool


@dataclass(frozen=True, slots=True)
class EvaluationSet:
    """Texts that no model learns from, and by which models are compared."""

    reports: Sequence[Example]
    emergencies: Sequence[Watched]
    complaints: Sequence[Watched]


class Registry(Protocol):
    """Which models there are and where each stands."""

    def states(self) -> Mapping[str, State]:
        """Say where every kept model stands."""
        ...

    def move(self, version: str, to: State, *, at: datetime, why: str) -> None:
        """Put a model into a state; who was live retires, who was the shadow becomes a candidate again."""
        ...

    def live_before(self) -> str | None:
        """Name the model that was live before the one that is now, if it is still kept."""
        ...
