"""The queries over cases: batched on the streams, narrowed to one scope everywhere, never counting what is settled."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import CursorResult, Row, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from services.desk.adapters.unit_store import SqlUnitStore
from services.desk.domain.case import (
    Alarm,
    Case,
    CaseStory,
    Correction,
    EarlierDeadlines,
    InboxRow,
    LinkedCase,
    Placement,
    Report,
    ResidentWord,
    StepTaken,
)
from services.desk.domain.deadlines import NOT_ACCEPTED
from services.desk.domain.highlights import Highlight
from services.desk.domain.life_cycle import Action, Reason, SomeoneWasFirstError, State, Step
from services.desk.domain.province import UnitStanding
from services.desk.domain.search import fold
from services.desk.domain.staff import EVERY_UNIT
from services.desk.usecases.ports import Filters, Place, Tab
from shared.db.outbox import Outbox, entry_of
from shared.db.unit_of_work import unit_of_work
from shared.events import Event
from shared.events.short_id import short_id

MOST_COUNTED = 10_000
FIRST_WORDS = 220

_CASE_COLUMNS: Mapping[str, tuple[str, Callable[[Case], Any]]] = {
    "feedback_id": ("uuid", lambda case: case.feedback_id),
    "short_id": ("text", lambda case: short_id(case.feedback_id)),
    "version": ("int", lambda case: case.version),
    "state": ("text", lambda case: case.state.value),
    "is_open": ("bool", lambda case: case.is_open),
    "due_at": ("timestamptz", lambda case: case.due_at),
    "unit_code": ("text", lambda case: case.unit_code),
    "office": ("text", lambda case: case.office),
    "kind": ("text", lambda case: case.kind),
    "subject": ("text", lambda case: case.subject),
    "urgency": ("text", lambda case: case.urgency),
    "needs_review": ("bool", lambda case: case.needs_review),
    "opened_at": ("timestamptz", lambda case: case.opened_at),
    "changed_at": ("timestamptz", lambda case: case.changed_at),
    "disputed": ("bool", lambda case: case.disputed),
    "placed_event_id": ("uuid", lambda case: case.placement.event_id),
    "placed_at": ("timestamptz", lambda case: case.placement.placed_at),
    "received_at": ("timestamptz", lambda case: case.placement.received_at),
    "placed_kind": ("text", lambda case: case.placement.kind),
    "placed_subject": ("text", lambda case: case.placement.subject),
    "placed_urgency": ("text", lambda case: case.placement.urgency),
    "placed_needs_review": ("bool", lambda case: case.placement.needs_review),
    "placed_unit_code": ("text", lambda case: case.placement.unit_code),
    "placed_office": ("text", lambda case: case.placement.office),
    "placed_by": ("text", lambda case: case.placement.placed_by),
    "confidence": ("float8", lambda case: case.placement.confidence),
    "approximate": ("bool", lambda case: case.placement.approximate),
    "explanation": ("text", lambda case: case.placement.explanation),
    "unit_alternatives": ("jsonb", lambda case: _json(case.placement.alternatives)),
    "accept_by": ("timestamptz", lambda case: case.placement.accept_by),
    "resolve_by": ("timestamptz", lambda case: case.placement.resolve_by),
    "generation": ("int", lambda case: case.placement.generation),
    "policy_version": ("text", lambda case: case.placement.policy_version),
    "calendar_version": ("text", lambda case: case.placement.calendar_version),
    "boundary_version": ("text", lambda case: case.placement.boundary_version),
    "part_of": ("uuid", lambda case: case.placement.part_of),
    "tracking_key": ("text", lambda case: case.placement.tracking_key),
    "assignee_id": ("bigint", lambda case: case.assignee_id),
}
# What a newer generation may change; the rest of a case is what it was opened with, or what staff said.
_RENEWED_COLUMNS = {
    name: column
    for name, column in _CASE_COLUMNS.items()
    if name
    not in {
        "short_id",
        "kind",
        "subject",
        "urgency",
        "needs_review",
        "opened_at",
        "received_at",
        "part_of",
        "tracking_key",
    }
}
_EARLIER_COLUMNS: Mapping[str, tuple[str, Callable[[EarlierDeadlines], Any]]] = {
    "feedback_id": ("uuid", lambda earlier: earlier.feedback_id),
    "generation": ("int", lambda earlier: earlier.generation),
    "accept_by": ("timestamptz", lambda earlier: earlier.accept_by),
    "resolve_by": ("timestamptz", lambda earlier: earlier.resolve_by),
    "policy_version": ("text", lambda earlier: earlier.policy_version),
    "calendar_version": ("text", lambda earlier: earlier.calendar_version),
    "replaced_at": ("timestamptz", lambda earlier: earlier.replaced_at),
    "because": ("text", lambda earlier: earlier.because),
}
_EVENT_COLUMNS: Mapping[str, tuple[str, Callable[[StepTaken], Any]]] = {
    "feedback_id": ("uuid", lambda taken: taken.step.feedback_id),
    "version": ("int", lambda taken: taken.step.version),
    "event_id": ("uuid", lambda taken: taken.event_id),
    "action": ("text", lambda taken: taken.step.action.value),
    "state": ("text", lambda taken: taken.step.state.value),
    "unit_code": ("text", lambda taken: taken.step.unit_code),
    "office": ("text", lambda taken: taken.step.office),
    "actor": ("text", lambda taken: taken.actor),
    "at": ("timestamptz", lambda taken: taken.at),
    "public_reply": ("text", lambda taken: taken.step.public_reply),
    "closing_reason": ("text", lambda taken: taken.step.closing_reason and taken.step.closing_reason.value),
    "note": ("text", lambda taken: taken.step.note),
}
_REPORT_COLUMNS: Mapping[str, tuple[str, Callable[[Report], Any]]] = {
    "feedback_id": ("uuid", lambda report: report.feedback_id),
    "text": ("text", lambda report: report.text),
    "folded": ("text", lambda report: fold(f"{report.text} {report.place_text or ''}")),
    "channel": ("text", lambda report: report.channel),
    "lat": ("float8", lambda report: report.lat),
    "lon": ("float8", lambda report: report.lon),
    "unit_named": ("text", lambda report: report.unit_named),
    "place_text": ("text", lambda report: report.place_text),
    "received_at": ("timestamptz", lambda report: report.received_at),
    "kind": ("text", lambda report: report.kind),
    "kind_probability": ("float8", lambda report: report.kind_probability),
    "subject": ("text", lambda report: report.subject),
    "subject_probability": ("float8", lambda report: report.subject_probability),
    "alternatives": ("jsonb", lambda report: _json(report.alternatives)),
    "urgency": ("text", lambda report: report.urgency),
    "urgency_probability": ("float8", lambda report: report.urgency_probability),
    "reasons": ("jsonb", lambda report: _json(report.reasons)),
    "needs_review": ("bool", lambda report: report.needs_review),
    "model_version": ("text", lambda report: report.model_version),
    "highlights": ("jsonb", lambda report: _json([(one.start, one.end, one.weight) for one in report.highlights])),
    "second_subject": ("text", lambda report: report.second_subject),
}
_ALARM_COLUMNS: Mapping[str, tuple[str, Callable[[Alarm], Any]]] = {
    "event_id": ("uuid", lambda alarm: alarm.event_id),
    "feedback_id": ("uuid", lambda alarm: alarm.feedback_id),
    "stage": ("text", lambda alarm: alarm.stage),
    "passed": ("text", lambda alarm: alarm.passed),
    "level": ("smallint", lambda alarm: alarm.level),
    "generation": ("int", lambda alarm: alarm.generation),
    "recipient": ("text", lambda alarm: alarm.recipient),
    "due_at": ("timestamptz", lambda alarm: alarm.due_at),
    "deadline_at": ("timestamptz", lambda alarm: alarm.deadline_at),
    "at": ("timestamptz", lambda alarm: alarm.at),
}
_WORD_COLUMNS: Mapping[str, tuple[str, Callable[[ResidentWord], Any]]] = {
    "event_id": ("uuid", lambda word: word.event_id),
    "feedback_id": ("uuid", lambda word: word.feedback_id),
    "kind": ("text", lambda word: word.kind),
    "text": ("text", lambda word: word.text),
    "rating": ("smallint", lambda word: word.rating),
    "at": ("timestamptz", lambda word: word.at),
    "unit_named": ("text", lambda word: word.unit_named),
}


def _insert(table: str, columns: Mapping[str, tuple[str, Any]], *, returning: str = "") -> str:
    names = ", ".join(columns)
    arrays = ", ".join(f"CAST(:{name} AS {kind}[])" for name, (kind, _) in columns.items())
    return (
        f"INSERT INTO desk.{table} ({names}) SELECT * FROM unnest({arrays}) "  # noqa: S608 constants of ours
        f"ON CONFLICT DO NOTHING {returning}"
    )


def _arrays(columns: Mapping[str, tuple[str, Callable[[Any], Any]]], values: Sequence[Any]) -> dict[str, list[Any]]:
    return {name: [read(value) for value in values] for name, (_, read) in columns.items()}


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


def _states(states: frozenset[State]) -> str:
    return ", ".join(f"'{state}'" for state in sorted(states))


_ENTER = text("SELECT set_config('langnghe.unit', :scope, true)")
_ADD_CASES = text(_insert("case_file", _CASE_COLUMNS, returning="RETURNING feedback_id"))
_ADD_EVENTS = text(_insert("case_event", _EVENT_COLUMNS))
_ADD_REPORTS = text(_insert("report", _REPORT_COLUMNS))
_ADD_ALARMS = text(_insert("alarm", _ALARM_COLUMNS))
_ADD_WORDS = text(_insert("resident_word", _WORD_COLUMNS, returning="RETURNING event_id"))
_RENEW = text(f"""
    UPDATE desk.case_file known
    SET {", ".join(f"{name} = renewed.{name}" for name in _RENEWED_COLUMNS if name != "feedback_id")}
    FROM unnest({", ".join(f"CAST(:{name} AS {kind}[])" for name, (kind, _) in _RENEWED_COLUMNS.items())})
        AS renewed ({", ".join(_RENEWED_COLUMNS)})
    WHERE known.feedback_id = renewed.feedback_id
""")  # noqa: S608 constants of ours
_ADD_EARLIER = text(_insert("deadline_history", _EARLIER_COLUMNS))
_EARLIER = text("SELECT * FROM desk.deadline_history WHERE feedback_id = :feedback_id ORDER BY generation")
_STEP_COLUMNS = """
    e.feedback_id, e.version, e.event_id, e.action, e.state, e.unit_code, e.office, e.actor, e.at, e.public_reply,
    e.closing_reason, e.note
"""
_ACTOR_NAME = "(SELECT s.display_name FROM desk.staff s WHERE 'staff:' || s.staff_id = {row}.actor) AS actor_name"
_STEPS_OF = text(f"""
    SELECT {_STEP_COLUMNS}, NULL AS actor_name FROM desk.case_event e
    WHERE e.feedback_id = ANY(CAST(:feedback_ids AS uuid[])) ORDER BY e.feedback_id, e.version
""")  # noqa: S608
_STEPS_TO_SHOW = text(f"""
    SELECT {_STEP_COLUMNS}, {_ACTOR_NAME.format(row="e")} FROM desk.case_event e
    WHERE e.feedback_id = :feedback_id ORDER BY e.version
""")  # noqa: S608
_STEP = text(f"""
    SELECT {_STEP_COLUMNS}, {_ACTOR_NAME.format(row="e")} FROM desk.case_event e
    WHERE e.feedback_id = :feedback_id AND e.version = :version
""")  # noqa: S608
_LOCK = text(
    "SELECT c.* FROM desk.case_file c WHERE c.feedback_id = ANY(CAST(:feedback_ids AS uuid[])) "
    "ORDER BY c.feedback_id FOR UPDATE"
)
_FIND = text("SELECT c.* FROM desk.case_file c WHERE c.feedback_id = :key")
# Two cases with one short id are thinkable; the newer one is shown, both are found by the whole id.
_FIND_SHORT = text("SELECT c.* FROM desk.case_file c WHERE c.short_id = :key ORDER BY c.opened_at DESC LIMIT 1")
_BY_CODE = text("""
    SELECT c.feedback_id FROM desk.case_file c WHERE c.tracking_key = :key
    ORDER BY c.part_of IS NOT NULL, c.opened_at, c.feedback_id LIMIT 1
""")
# The words of a part are those of the report that it is a part of.
_REPORT_ID = "coalesce(c.part_of, c.feedback_id)"
_REPORT = text(f"""
    SELECT r.* FROM desk.case_file c JOIN desk.report r ON r.feedback_id = {_REPORT_ID}
    WHERE c.feedback_id = :feedback_id
""")  # noqa: S608
_LINKED = text("""
    SELECT c.feedback_id, c.unit_code, c.office, c.subject, c.state, c.part_of IS NOT NULL AS is_part
    FROM desk.case_file c WHERE (c.feedback_id = :report_id OR c.part_of = :report_id) AND c.feedback_id <> :feedback_id
    ORDER BY c.part_of IS NOT NULL, c.opened_at, c.feedback_id
""")
_STAFF_NAME = "(SELECT s.display_name FROM desk.staff s WHERE s.staff_id = c.assignee_id) AS assignee_name"
_ASSIGNEE = text(f"SELECT {_STAFF_NAME} FROM desk.case_file c WHERE c.feedback_id = :feedback_id")  # noqa: S608
_ALARMS = text("SELECT * FROM desk.alarm WHERE feedback_id = :feedback_id ORDER BY at, level")
_WORDS = text("SELECT * FROM desk.resident_word WHERE feedback_id = :feedback_id ORDER BY at")
_CORRECTIONS = text(f"""
    SELECT k.*, {_ACTOR_NAME.format(row="k")} FROM desk.correction k
    WHERE k.feedback_id = :feedback_id ORDER BY k.at, k.correction_id
""")  # noqa: S608
_CORRECTION_COLUMNS = """
    k.event_id, k.actor, k.at, k.old_kind, k.new_kind, k.old_subject, k.new_subject, k.old_urgency, k.new_urgency
"""
_CORRECTIONS_OF = text(f"""
    SELECT {_CORRECTION_COLUMNS}, NULL AS actor_name, r.* FROM desk.correction k
    JOIN desk.report r ON r.feedback_id = k.feedback_id
    WHERE k.feedback_id = ANY(CAST(:feedback_ids AS uuid[])) ORDER BY k.at, k.correction_id
""")  # noqa: S608
_TAKE_STEP = text("""
    UPDATE desk.case_file
    SET version = :version, state = :state, is_open = :is_open, due_at = :due_at, unit_code = :unit_code,
        office = :office, changed_at = :changed_at, resolved_at = :resolved_at, closing_reason = :closing_reason,
        disputed = :disputed,
        assignee_id = CASE WHEN unit_code IS NOT DISTINCT FROM :unit_code THEN assignee_id END
    WHERE feedback_id = :feedback_id AND version = :seen_version
""")
_MARK_DISPUTED = text(
    "UPDATE desk.case_file SET disputed = true WHERE feedback_id = ANY(CAST(:feedback_ids AS uuid[]))"
)
_CORRECT_CASE = text("""
    UPDATE desk.case_file SET kind = :new_kind, subject = :new_subject, urgency = :new_urgency, needs_review = false
    WHERE feedback_id = :feedback_id
""")
_ADD_CORRECTION = text("""
    INSERT INTO desk.correction
        (feedback_id, event_id, actor, at, old_kind, new_kind, old_subject, new_subject, old_urgency, new_urgency)
    VALUES
        (:feedback_id, :event_id, :actor, :at, :old_kind, :new_kind, :old_subject, :new_subject, :old_urgency,
         :new_urgency)
""")
_IN_TAB = {
    Tab.OPEN: "c.is_open",
    Tab.LATE: "c.is_open AND c.due_at < :now",
    Tab.WAITING: "c.is_open AND c.state = 'waiting_resident'",
    Tab.RESOLVED: "NOT c.is_open",
    Tab.DISPUTED: "c.disputed",
}
_SORTED_BY_CHANGE = frozenset({Tab.RESOLVED, Tab.DISPUTED})
# A list shows what one unit holds, under its codes of today and before; the province desk's is what no unit holds.
_HELD = {True: "c.unit_code = ANY(CAST(:unit_codes AS text[]))", False: "c.unit_code IS NULL"}
# Code by code, since each alone comes sorted from the index.
_LISTED = {
    True: """
        FROM unnest(CAST(:unit_codes AS text[])) AS held (code) CROSS JOIN LATERAL (
            SELECT c.* FROM desk.case_file c WHERE c.unit_code = held.code AND {conditions} {order} LIMIT :limit
        ) AS c
    """,
    False: "FROM desk.case_file c WHERE c.unit_code IS NULL AND {conditions}",
}
_SAYS = f"""EXISTS (
    SELECT 1 FROM desk.report r WHERE r.feedback_id = {_REPORT_ID} AND r.folded LIKE ALL (CAST(:words AS text[]))
)"""  # noqa: S608
_COUNT_OPEN = """
    SELECT count(*), count(*) FILTER (WHERE due_at < :now), count(*) FILTER (WHERE state = 'waiting_resident')
    FROM (SELECT c.due_at, c.state FROM desk.case_file c WHERE c.is_open AND {held} LIMIT :most) AS counted
"""
_COUNT_SETTLED = """
    SELECT count(*) FROM (
        SELECT 1 FROM desk.case_file c WHERE NOT c.is_open AND {held} AND c.changed_at >= :since LIMIT :most
    ) AS counted
"""
_COUNT_DISPUTED = """
    SELECT count(*) FROM (SELECT 1 FROM desk.case_file c WHERE c.disputed AND {held} LIMIT :most) AS counted
"""
_STANDING_OPEN = text(f"""
    SELECT unit_code, count(*) AS open,
           count(*) FILTER (WHERE due_at < :now AND state IN ({_states(NOT_ACCEPTED)})) AS late_accept,
           count(*) FILTER (WHERE due_at < :now AND state NOT IN ({_states(NOT_ACCEPTED)})) AS late_resolve,
           count(*) FILTER (WHERE due_at < :now AND urgency = 'emergency') AS late_emergency,
           count(*) FILTER (WHERE state = 'waiting_resident') AS waiting
    FROM desk.case_file WHERE is_open GROUP BY unit_code
""")  # noqa: S608
_STANDING_RESOLVED = text("""
    SELECT unit_code, count(*) AS resolved, count(*) FILTER (WHERE resolved_at <= resolve_by) AS on_time
    FROM desk.case_file WHERE resolved_at IS NOT NULL AND resolved_at >= :since GROUP BY unit_code
""")
_STANDING_DISPUTED = text(
    "SELECT unit_code, count(*) AS disputed FROM desk.case_file WHERE disputed GROUP BY unit_code"
)


class SqlCaseStore(SqlUnitStore):
    """Cases, seen from inside one transaction (the port `CaseStore`)."""

    def __init__(self, session: AsyncSession, outbox: Outbox) -> None:
        """Work in the transaction of `session`."""
        super().__init__(session)
        self._outbox = outbox

    async def enter(self, scope: str) -> None:
        """Tell the database what this transaction may see: row security does the rest."""
        await self._session.execute(_ENTER, {"scope": scope})

    async def add_cases(self, cases: Sequence[Case], openings: Sequence[StepTaken]) -> set[UUID]:
        """Insert cases and first steps with two statements; return the ids that were new."""
        added = set((await self._session.execute(_ADD_CASES, _arrays(_CASE_COLUMNS, cases))).scalars())
        new = [taken for taken in openings if taken.step.feedback_id in added]
        if new:
            await self._session.execute(_ADD_EVENTS, _arrays(_EVENT_COLUMNS, new))
        return added

    async def renew(
        self, cases: Sequence[Case], taken: Sequence[StepTaken], replaced: Sequence[EarlierDeadlines]
    ) -> None:
        """Update what a newer generation may change, then add steps and the deadlines of before."""
        await self._session.execute(_RENEW, _arrays(_RENEWED_COLUMNS, cases))
        if taken:
            await self._session.execute(_ADD_EVENTS, _arrays(_EVENT_COLUMNS, taken))
        await self._session.execute(_ADD_EARLIER, _arrays(_EARLIER_COLUMNS, replaced))

    async def steps_of(self, feedback_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[StepTaken]]:
        """Select the steps of many cases."""
        found: dict[UUID, list[StepTaken]] = {}
        for row in await self._session.execute(_STEPS_OF, {"feedback_ids": list(feedback_ids)}):
            found.setdefault(row.feedback_id, []).append(_step_taken(row))
        return found

    async def add_reports(self, reports: Sequence[Report]) -> None:
        """Insert what is new."""
        await self._session.execute(_ADD_REPORTS, _arrays(_REPORT_COLUMNS, reports))

    async def add_alarms(self, alarms: Sequence[Alarm]) -> None:
        """Insert what is new."""
        await self._session.execute(_ADD_ALARMS, _arrays(_ALARM_COLUMNS, alarms))

    async def add_words(self, words: Sequence[ResidentWord]) -> set[UUID]:
        """Insert what is new and name it."""
        return set((await self._session.execute(_ADD_WORDS, _arrays(_WORD_COLUMNS, words))).scalars())

    async def lock_cases(self, feedback_ids: Sequence[UUID]) -> Mapping[UUID, Case]:
        """Select FOR UPDATE, in the order of the ids."""
        rows = await self._session.execute(_LOCK, {"feedback_ids": list(feedback_ids)})
        return {row.feedback_id: _case(row) for row in rows}

    async def mark_disputed(self, feedback_ids: Sequence[UUID]) -> None:
        """Set the flag; the cases are locked already."""
        await self._session.execute(_MARK_DISPUTED, {"feedback_ids": list(feedback_ids)})

    async def report_of(self, feedback_id: UUID) -> Report | None:
        """Select by the case it is about."""
        row = (await self._session.execute(_REPORT, {"feedback_id": feedback_id})).one_or_none()
        return _report(row) if row is not None else None

    async def corrections_of(self, feedback_ids: Sequence[UUID]) -> Sequence[tuple[Correction, Report]]:
        """Select the corrections of many cases beside their reports."""
        rows = await self._session.execute(_CORRECTIONS_OF, {"feedback_ids": list(feedback_ids)})
        return [(_correction(row), _report(row)) for row in rows]

    async def find_case(self, key: UUID | str) -> Case | None:
        """Select by id or short id, as far as the scope lets it be seen."""
        query = _FIND if isinstance(key, UUID) else _FIND_SHORT
        row = (await self._session.execute(query, {"key": key})).one_or_none()
        return _case(row) if row is not None else None

    async def find_by_code(self, key: str) -> UUID | None:
        """Select by what tracking codes are compared by, as far as the scope lets it be seen."""
        return (await self._session.execute(_BY_CODE, {"key": key})).scalar_one_or_none()

    async def case_exists(self, key: UUID | str) -> UUID | None:
        """Select by id or short id."""
        case = await self.find_case(key)
        return case.feedback_id if case is not None else None

    async def story_of(self, case: Case) -> CaseStory:
        """Select everything about one case: short queries by key.

        How the other cases of the same report stand is told whoever holds them.
        """
        one = {"feedback_id": case.feedback_id}
        story = CaseStory(
            case=case,
            report=await self.report_of(case.feedback_id),
            steps=[_step_taken(row) for row in await self._session.execute(_STEPS_TO_SHOW, one)],
            alarms=[
                Alarm(**{name: getattr(row, name) for name in _ALARM_COLUMNS})
                for row in await self._session.execute(_ALARMS, one)
            ],
            words=[
                ResidentWord(**{name: getattr(row, name) for name in _WORD_COLUMNS})
                for row in await self._session.execute(_WORDS, one)
            ],
            corrections=[_correction(row) for row in await self._session.execute(_CORRECTIONS, one)],
            earlier_deadlines=[
                EarlierDeadlines(**{name: getattr(row, name) for name in _EARLIER_COLUMNS})
                for row in await self._session.execute(_EARLIER, one)
            ],
            assignee_name=await self._session.scalar(_ASSIGNEE, one) if case.assignee_id is not None else None,
        )
        await self.enter(EVERY_UNIT)
        linked = await self._session.execute(_LINKED, one | {"report_id": case.report_id})
        return replace(story, linked=[_linked(row) for row in linked])

    async def take_step(self, case: Case, taken: StepTaken, *, seen_version: int) -> None:
        """Update the case where its version is the one seen, then add the step.

        A move may take a case out of the scope it was seen in, so it is written without one.
        """
        await self.enter(EVERY_UNIT)
        result: CursorResult[Any] = await self._session.execute(  # type: ignore[assignment]  # an UPDATE gives a cursor
            _TAKE_STEP,
            {
                "feedback_id": case.feedback_id,
                "seen_version": seen_version,
                "version": case.version,
                "state": case.state.value,
                "is_open": case.is_open,
                "due_at": case.due_at,
                "unit_code": case.unit_code,
                "office": case.office,
                "changed_at": case.changed_at,
                "resolved_at": case.resolved_at,
                "closing_reason": case.closing_reason.value if case.closing_reason is not None else None,
                "disputed": case.disputed,
            },
        )
        if result.rowcount != 1:
            raise SomeoneWasFirstError(case.feedback_id, seen_version)
        await self._session.execute(_ADD_EVENTS, _arrays(_EVENT_COLUMNS, [taken]))

    async def step(self, feedback_id: UUID, version: int) -> StepTaken | None:
        """Select one step."""
        rows = await self._session.execute(_STEP, {"feedback_id": feedback_id, "version": version})
        row = rows.one_or_none()
        return _step_taken(row) if row is not None else None

    async def correct(self, correction: Correction) -> None:
        """Add the correction and change the three columns it speaks of."""
        await self._session.execute(
            _ADD_CORRECTION,
            {
                "feedback_id": correction.feedback_id,
                "event_id": correction.event_id,
                "actor": correction.actor,
                "at": correction.at,
                "old_kind": correction.old_kind,
                "new_kind": correction.new_kind,
                "old_subject": correction.old_subject,
                "new_subject": correction.new_subject,
                "old_urgency": correction.old_urgency,
                "new_urgency": correction.new_urgency,
            },
        )
        await self._session.execute(
            _CORRECT_CASE,
            {
                "feedback_id": correction.feedback_id,
                "new_kind": correction.new_kind,
                "new_subject": correction.new_subject,
                "new_urgency": correction.new_urgency,
            },
        )

    async def add_events(self, events: Sequence[Event]) -> None:
        """Insert into the outbox, in the order given."""
        await self._outbox.add(self._session, [entry_of(event) for event in events])

    async def list_cases(
        self,
        unit_codes: Sequence[str],
        tab: Tab,
        filters: Filters,
        *,
        now: datetime,
        after: Place | None,
        limit: int,
    ) -> Sequence[InboxRow]:
        """Select one page along the index of its list."""
        column, direction, beyond = ("changed_at", "DESC", "<") if tab in _SORTED_BY_CHANGE else ("due_at", "ASC", ">")
        conditions = [_IN_TAB[tab]]
        values: dict[str, Any] = {"limit": limit, "most": FIRST_WORDS}
        if unit_codes:
            values["unit_codes"] = list(unit_codes)
        if tab is Tab.LATE:
            values["now"] = now
        if filters.urgency is not None:
            conditions.append("c.urgency = :urgency")
            values["urgency"] = filters.urgency
        if filters.subject is not None:
            conditions.append("c.subject = :subject")
            values["subject"] = filters.subject
        if filters.needs_review:
            conditions.append("c.needs_review")
        if filters.words:
            conditions.append(_SAYS)
            values["words"] = [f"%{_escape(word)}%" for word in filters.words]
        if filters.assignee_id is not None:
            conditions.append("c.assignee_id = :assignee_id")
            values["assignee_id"] = filters.assignee_id
        if after is not None:
            conditions.append(f"(c.{column}, c.feedback_id) {beyond} (:after_at, :after_id)")
            values |= {"after_at": after.at, "after_id": after.feedback_id}
        order = f"ORDER BY c.{column} {direction}, c.feedback_id {direction}"
        listed = _LISTED[bool(unit_codes)].format(conditions=" AND ".join(conditions), order=order)
        rows = await self._session.execute(
            text(f"""
                SELECT c.*, left(r.text, :most) AS first_words, r.place_text, {_STAFF_NAME},
                       (SELECT max(a.level) FROM desk.alarm a
                        WHERE a.feedback_id = c.feedback_id AND a.generation = c.generation) AS alarm_level
                FROM (SELECT c.* {listed} {order} LIMIT :limit) AS c
                LEFT JOIN desk.report r ON r.feedback_id = {_REPORT_ID} {order}
            """),  # noqa: S608 conditions are constants of ours, values are bound
            values,
        )
        return [
            InboxRow(_case(row), row.first_words, row.place_text, row.alarm_level, row.assignee_name) for row in rows
        ]

    async def count_tabs(self, unit_codes: Sequence[str], *, now: datetime, since: datetime) -> Mapping[Tab, int]:
        """Count along the partial indexes, up to `MOST_COUNTED`."""
        held = _HELD[bool(unit_codes)]
        one: dict[str, Any] = {"most": MOST_COUNTED} | ({"unit_codes": list(unit_codes)} if unit_codes else {})
        counted = (await self._session.execute(text(_COUNT_OPEN.format(held=held)), one | {"now": now})).one()
        settled = await self._session.execute(text(_COUNT_SETTLED.format(held=held)), one | {"since": since})
        disputed = await self._session.execute(text(_COUNT_DISPUTED.format(held=held)), one)
        return {
            Tab.OPEN: counted[0],
            Tab.LATE: counted[1],
            Tab.WAITING: counted[2],
            Tab.RESOLVED: settled.scalar_one(),
            Tab.DISPUTED: disputed.scalar_one(),
        }

    async def standings(self, *, now: datetime, since: datetime) -> Sequence[UnitStanding]:
        """Count open cases, those resolved lately and disputes, by unit."""
        found: dict[str | None, dict[str, int]] = {}
        for query, values in (
            (_STANDING_OPEN, {"now": now}),
            (_STANDING_RESOLVED, {"since": since}),
            (_STANDING_DISPUTED, {}),
        ):
            for row in (await self._session.execute(query, values)).mappings():
                numbers = found.setdefault(row["unit_code"], {})
                numbers |= {name: value for name, value in row.items() if name != "unit_code"}
        return [UnitStanding(code, **numbers) for code, numbers in found.items()]


def open_cases(engine: AsyncEngine, outbox: Outbox) -> Callable[[str], AbstractAsyncContextManager[SqlCaseStore]]:
    """Return a factory of transactions, each of which states whose cases it may see."""
    open_unit_of_work = unit_of_work(engine, lambda session: SqlCaseStore(session, outbox))

    @asynccontextmanager
    async def open_scope(scope: str) -> AsyncIterator[SqlCaseStore]:
        async with open_unit_of_work() as store:
            await store.enter(scope)
            yield store

    return open_scope


async def check_row_security(engine: AsyncEngine) -> str | None:
    """Say when the database user is one whom row security does not bind."""
    async with engine.connect() as connection:
        free = await connection.scalar(
            text("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        )
    return "the database user is a superuser: row security does not bind it, the queries alone do" if free else None


def _escape(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _case(row: Row[Any]) -> Case:
    return Case(
        placement=Placement(
            feedback_id=row.feedback_id,
            event_id=row.placed_event_id,
            placed_at=row.placed_at,
            received_at=row.received_at,
            kind=row.placed_kind,
            subject=row.placed_subject,
            urgency=row.placed_urgency,
            needs_review=row.placed_needs_review,
            unit_code=row.placed_unit_code,
            office=row.placed_office,
            placed_by=row.placed_by,
            confidence=row.confidence,
            approximate=row.approximate,
            explanation=row.explanation,
            alternatives=_pairs(row.unit_alternatives),
            accept_by=row.accept_by,
            resolve_by=row.resolve_by,
            generation=row.generation,
            policy_version=row.policy_version,
            calendar_version=row.calendar_version,
            boundary_version=row.boundary_version,
            part_of=row.part_of,
            tracking_key=row.tracking_key,
        ),
        version=row.version,
        state=State(row.state),
        unit_code=row.unit_code,
        office=row.office,
        kind=row.kind,
        subject=row.subject,
        urgency=row.urgency,
        needs_review=row.needs_review,
        opened_at=row.opened_at,
        changed_at=row.changed_at,
        resolved_at=row.resolved_at,
        closing_reason=Reason(row.closing_reason) if row.closing_reason is not None else None,
        disputed=row.disputed,
        assignee_id=row.assignee_id,
    )


def _linked(row: Row[Any]) -> LinkedCase:
    return LinkedCase(row.feedback_id, row.unit_code, row.office, row.subject, State(row.state), row.is_part)


def _report(row: Row[Any]) -> Report:
    values = {name: getattr(row, name) for name in _REPORT_COLUMNS if name != "folded"}
    return Report(
        **values
        | {
            "alternatives": _pairs(row.alternatives),
            "reasons": tuple(row.reasons),
            "highlights": tuple(
                Highlight(int(start), int(end), float(weight)) for start, end, weight in row.highlights
            ),
        }
    )


def _step_taken(row: Row[Any]) -> StepTaken:
    return StepTaken(
        step=Step(
            feedback_id=row.feedback_id,
            version=row.version,
            action=Action(row.action),
            state=State(row.state),
            unit_code=row.unit_code,
            office=row.office,
            public_reply=row.public_reply,
            closing_reason=Reason(row.closing_reason) if row.closing_reason is not None else None,
            note=row.note,
        ),
        event_id=row.event_id,
        actor=row.actor,
        at=row.at,
        actor_name=row.actor_name,
    )


def _correction(row: Row[Any]) -> Correction:
    return Correction(
        feedback_id=row.feedback_id,
        event_id=row.event_id,
        actor=row.actor,
        at=row.at,
        old_kind=row.old_kind,
        new_kind=row.new_kind,
        old_subject=row.old_subject,
        new_subject=row.new_subject,
        old_urgency=row.old_urgency,
        new_urgency=row.new_urgency,
        actor_name=row.actor_name,
    )


def _pairs(stored: Sequence[Sequence[Any]]) -> tuple[tuple[str, float], ...]:
    return tuple((str(name), float(number)) for name, number in stored)
