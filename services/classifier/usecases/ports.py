"""What the use cases need from outside: a model, the decisions made before, a corpus, a place for models."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.classifier.domain.decision import Scores, Thresholds, Verdict


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
