"""The classifier's queries, over arrays: one statement per batch."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime, timedelta
from typing import Any, cast
from uuid import UUID

import orjson
from sqlalchemy import CursorResult, Row, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from services.classifier.domain.decision import Highlight, Scored, Verdict
from services.classifier.domain.drift import Week
from services.classifier.usecases.ports import (
    Agreement,
    Decision,
    DecisionStore,
    Label,
    LabelCounts,
    LabelStore,
    ShadowStore,
    TrafficStore,
)
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
    ("unknown_share", "real"),
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
        "second_matter": verdict.second_matter,
        "highlights": [[told.start, told.end, told.weight] for told in verdict.highlights],
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
        verdict.unknown,
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
        second_matter=probabilities.get("second_matter"),
        highlights=tuple(Highlight(*told) for told in probabilities.get("highlights", ())),
        unknown=row.unknown_share,
    )
    return Decision(row.feedback_id, row.event_id, row.decided_at, row.model_version, verdict)


LABEL_COLUMNS = (
    ("feedback_id", "uuid"),
    ("labelled_at", "timestamptz"),
    *((name, "text") for name in ("text", "kind", "topic", "urgency", "was_kind", "was_topic", "was_urgency")),
    ("model_version", "text"),
)
_KEEP_LABELS = text(
    f"INSERT INTO classifier.label AS known ({', '.join(name for name, _ in LABEL_COLUMNS)}) "  # noqa: S608 ours
    f"SELECT * FROM unnest({', '.join(f'CAST(:{name} AS {kind}[])' for name, kind in LABEL_COLUMNS)}) "
    f"ON CONFLICT (feedback_id) DO UPDATE SET "
    f"{', '.join(f'{name} = excluded.{name}' for name, _ in LABEL_COLUMNS[1:])} "
    f"WHERE excluded.labelled_at > known.labelled_at"
)
_FIND_LABELS = text(
    "SELECT * FROM classifier.label WHERE text IS NOT NULL "
    "AND (CAST(:since AS timestamptz) IS NULL OR labelled_at > :since) ORDER BY labelled_at, feedback_id"
)
SHADOW_COLUMNS = (
    ("feedback_id", "uuid"),
    ("model_version", "text"),
    ("decided_at", "timestamptz"),
    ("kind", "text"),
    ("topic", "text"),
    ("urgency", "text"),
    ("topic_probability", "real"),
    ("needs_review", "boolean"),
)
_ADD_SHADOWS = text(
    f"INSERT INTO classifier.shadow_answer ({', '.join(name for name, _ in SHADOW_COLUMNS)}) "  # noqa: S608 ours
    f"SELECT * FROM unnest({', '.join(f'CAST(:{name} AS {kind}[])' for name, kind in SHADOW_COLUMNS)}) "
    "ON CONFLICT (feedback_id, model_version) DO NOTHING"
)
_AGREEMENT = text(
    "SELECT s.model_version, count(*) AS texts, avg((s.topic = d.topic)::int) AS topic, "
    "avg((s.kind = d.kind)::int) AS kind, avg((s.urgency = d.urgency)::int) AS urgency, "
    "avg(s.needs_review::int) AS needs_review, avg(d.needs_review::int) AS needs_review_live "
    "FROM classifier.shadow_answer s JOIN classifier.decision d USING (feedback_id) "
    "WHERE s.model_version = :version GROUP BY s.model_version"
)
_WEEKS = text(
    "SELECT CAST(date_trunc('week', decided_at AT TIME ZONE 'Asia/Ho_Chi_Minh') AS date) AS monday, topic, "
    "count(*) AS texts, sum(needs_review::int) AS needs_review, sum((model_version = 'none')::int) AS without_model, "
    "sum(unknown_share) AS unknown FROM classifier.decision WHERE decided_at >= :since GROUP BY 1, 2 ORDER BY 1, 2"
)
_LABEL_COUNTS = text(
    "SELECT count(*) AS texts, count(*) FILTER (WHERE model_version = 'none') AS without_model, "
    "count(*) FILTER (WHERE judged AND topic = was_topic AND kind = was_kind AND urgency = was_urgency) AS confirmed, "
    "count(*) FILTER (WHERE judged AND topic <> was_topic) AS topic, "
    "count(*) FILTER (WHERE judged AND kind <> was_kind) AS kind, "
    "count(*) FILTER (WHERE judged AND urgency <> was_urgency) AS urgency "
    "FROM (SELECT *, model_version <> 'none' AS judged FROM classifier.label) AS said"
)
_TOPICS_PUT_RIGHT = text(
    "SELECT was_topic, topic, count(*) AS texts FROM classifier.label "
    "WHERE model_version <> 'none' AND topic <> was_topic GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT 10"
)
_FORGET = {
    "label_text": "UPDATE classifier.label SET text = NULL WHERE text IS NOT NULL AND labelled_at < :before",
    "decision_words": "UPDATE classifier.decision SET reasons = '[]', probabilities = probabilities - 'highlights' "
    "WHERE (reasons <> '[]' OR probabilities ? 'highlights') AND decided_at < :before",
    "shadow_answer": "DELETE FROM classifier.shadow_answer WHERE decided_at < :before",
}


class SqlLabels:
    """Labels by people in one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in the session's transaction."""
        self._session = session

    async def keep(self, labels: Sequence[Label]) -> None:
        """Keep them; of two about one feedback the later one counts, whatever the order they come in."""
        latest = {label.feedback_id: label for label in sorted(labels, key=lambda label: label.labelled_at)}
        if latest:
            ordered = sorted(latest.values(), key=lambda label: label.feedback_id)
            arrays = {name: [getattr(label, name) for label in ordered] for name, _ in LABEL_COLUMNS}
            await self._session.execute(_KEEP_LABELS, arrays)

    async def find(self, *, since: datetime | None = None) -> Sequence[Label]:
        """Return those whose text is still kept, by time; with `since` only later ones."""
        rows = await self._session.execute(_FIND_LABELS, {"since": since})
        return [Label(**{name: getattr(row, name) for name, _ in LABEL_COLUMNS}) for row in rows]


class SqlShadows:
    """Answers of a shadow model in one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in the session's transaction."""
        self._session = session

    async def add_missing(self, decisions: Sequence[Decision]) -> None:
        """Store those whose feedback has none of that model yet."""
        if not decisions:
            return
        ordered = sorted(decisions, key=lambda decision: decision.feedback_id)
        rows = [
            (d.feedback_id, d.model_version, d.decided_at, d.verdict.kind, d.verdict.topic, d.verdict.urgency,
             d.verdict.topic_probability, d.verdict.needs_review)
            for d in ordered
        ]  # fmt: skip
        columns = zip(SHADOW_COLUMNS, zip(*rows, strict=True), strict=True)
        await self._session.execute(_ADD_SHADOWS, {name: list(column) for (name, _), column in columns})


class SqlTraffic:
    """What went through, counted; and what must be forgotten of it."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in the session's transaction."""
        self._session = session

    async def agreement(self, version: str) -> Agreement | None:
        """Compare the stored answers of a shadow with what was published; none when there are none."""
        row = (await self._session.execute(_AGREEMENT, {"version": version})).one_or_none()
        if row is None:
            return None
        shares = (float(share) for share in row[2:])
        return Agreement(row.model_version, row.texts, *shares)

    async def weeks(self, *, since: datetime) -> Sequence[Week]:
        """Count by week, oldest first; weeks begin on Monday in Viet Nam."""
        weeks: dict[date, list[Row[Any]]] = {}
        for row in await self._session.execute(_WEEKS, {"since": since}):
            weeks.setdefault(row.monday, []).append(row)
        return [_week(monday, rows) for monday, rows in weeks.items()]

    async def labels(self) -> LabelCounts:
        """Count what people said, also where the words are forgotten."""
        counts = (await self._session.execute(_LABEL_COUNTS)).one()
        topics = tuple((row.was_topic, row.topic, row.texts) for row in await self._session.execute(_TOPICS_PUT_RIGHT))
        return LabelCounts(**counts._asdict(), topics=topics)

    async def forget(self, *, now: datetime) -> Mapping[str, int]:
        """Forget what the retention table says is over; returns how many rows of what."""
        forgotten: dict[str, int] = {}
        for what, days in await self._session.execute(text("SELECT what, days FROM classifier.retention")):
            if what in _FORGET:
                done = await self._session.execute(text(_FORGET[what]), {"before": now - timedelta(days=days)})
                forgotten[what] = cast("CursorResult[Any]", done).rowcount
        return forgotten


def _week(monday: date, rows: Sequence[Row[Any]]) -> Week:
    texts = sum(row.texts for row in rows)
    return Week(
        monday=monday,
        texts=texts,
        needs_review=sum(row.needs_review for row in rows) / texts,
        without_model=sum(row.without_model for row in rows) / texts,
        unknown_ngrams=sum(row.unknown for row in rows) / texts,
        topics={row.topic: row.texts for row in rows},
    )


class Store:
    """The classifier's transactions over one engine."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Prepare the transactions."""
        self._decisions = unit_of_work(engine, SqlDecisions)
        self._labels = unit_of_work(engine, SqlLabels)
        self._shadows = unit_of_work(engine, SqlShadows)
        self._traffic = unit_of_work(engine, SqlTraffic)

    def open_decisions(self) -> AbstractAsyncContextManager[DecisionStore]:
        """Open a transaction over the decisions."""
        return self._decisions()

    def open_labels(self) -> AbstractAsyncContextManager[LabelStore]:
        """Open a transaction over the labels."""
        return self._labels()

    def open_shadows(self) -> AbstractAsyncContextManager[ShadowStore]:
        """Open a transaction over the answers of a shadow model."""
        return self._shadows()

    def open_traffic(self) -> AbstractAsyncContextManager[TrafficStore]:
        """Open a transaction over what went through."""
        return self._traffic()
