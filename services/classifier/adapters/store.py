"""The classifier's queries, over arrays: one statement per batch."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from services.classifier.domain.decision import Scored, Verdict
from services.classifier.usecases.ports import Decision, DecisionStore
from shared.db.unit_of_work import unit_of_work

# Column and array type of every value of a decision, in the order of `_values`.
COLUMNS = (
    ("feedback_id", "uuid"),
    ("event_id", "uuid"),
    ("decided_at", "timestamptz"),
    ("model_version", "text"),
    ("kind", "text"),
    ("topic", "text"),
    ("urgency", "text"),
    ("needs_review", "boolean"),
    ("probabilities", "jsonb"),
    ("reasons", "jsonb"),
)
_NAMES = ", ".join(name for name, _ in COLUMNS)
_ARRAYS = ", ".join(f"CAST(:{name} AS {kind}[])" for name, kind in COLUMNS)
_ADD = text(
    f"INSERT INTO classifier.decision ({_NAMES}) SELECT * FROM unnest({_ARRAYS}) "  # noqa: S608 constants of ours
    "ON CONFLICT (feedback_id) DO NOTHING RETURNING feedback_id"
)
_FIND = text("SELECT * FROM classifier.decision WHERE feedback_id = ANY(CAST(:ids AS uuid[]))")


class SqlDecisions:
    """Decisions in one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in the session's transaction."""
        self._session = session

    async def add_missing(self, decisions: Sequence[Decision]) -> Mapping[UUID, Decision]:
        """Store those whose feedback has none yet; return, by feedback id, the ones that were there before."""
        if not decisions:
            return {}
        # Always in the same order, so that two consumers with the same records cannot wait for each other.
        ordered = sorted(decisions, key=lambda decision: decision.feedback_id)
        values = zip(*map(_values, ordered), strict=True)
        arrays = {name: list(column) for (name, _), column in zip(COLUMNS, values, strict=True)}
        added = set((await self._session.execute(_ADD, arrays)).scalars())
        before = [decision.feedback_id for decision in ordered if decision.feedback_id not in added]
        if not before:
            return {}
        return {row.feedback_id: _decision(row) for row in await self._session.execute(_FIND, {"ids": before})}


def _values(decision: Decision) -> tuple[Any, ...]:
    verdict = decision.verdict
    probabilities = {
        "kind": verdict.kind_probability,
        "topic": verdict.topic_probability,
        "urgency": verdict.urgency_probability,
        "second_topics": [[other.label, other.probability] for other in verdict.second_topics],
    }
    return (
        decision.feedback_id,
        decision.event_id,
        decision.decided_at,
        decision.model_version,
        verdict.kind,
        verdict.topic,
        verdict.urgency,
        verdict.needs_review,
        orjson.dumps(probabilities).decode(),
        orjson.dumps(verdict.reasons).decode(),
    )


def _decision(row: Row[Any]) -> Decision:
    probabilities = row.probabilities
    verdict = Verdict(
        kind=row.kind,
        kind_probability=probabilities["kind"],
        topic=row.topic,
        topic_probability=probabilities["topic"],
        second_topics=tuple(Scored(label, likely) for label, likely in probabilities["second_topics"]),
        urgency=row.urgency,
        urgency_probability=probabilities["urgency"],
        reasons=tuple(row.reasons),
        needs_review=row.needs_review,
    )
    return Decision(row.feedback_id, row.event_id, row.decided_at, row.model_version, verdict)


class Store:
    """The classifier's transactions over one engine."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Prepare the transaction."""
        self._decisions = unit_of_work(engine, SqlDecisions)

    def open_decisions(self) -> AbstractAsyncContextManager[DecisionStore]:
        """Open a transaction over the decisions."""
        return self._decisions()
