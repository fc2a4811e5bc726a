"""The router's queries, all over arrays: one statement per batch."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from services.router.domain.switches import Switch, SwitchAction, SwitchNote
from services.router.usecases.ports import (
    LOADED,
    Placement,
    PlacementStore,
    Point,
    ReferenceSet,
    ReferenceStore,
    SetKind,
)
from shared.db.unit_of_work import unit_of_work
from shared.events import FeedbackPlaced

# Column and array type of every value of a placement, in the order of `_values`.
PLACEMENT_COLUMNS = (
    ("feedback_id", "uuid"),
    ("event_id", "uuid"),
    ("cause_id", "uuid"),
    ("placed_at", "timestamptz"),
    ("received_at", "timestamptz"),
    ("kind", "text"),
    ("subject", "text"),
    ("urgency", "text"),
    ("needs_review", "boolean"),
    ("unit_code", "text"),
    ("office", "text"),
    ("placed_by", "text"),
    ("confidence", "float8"),
    ("approximate", "boolean"),
    ("explanation", "text"),
    ("alternatives", "jsonb"),
    ("accept_by", "timestamptz"),
    ("resolve_by", "timestamptz"),
    ("generation", "integer"),
    ("policy_version", "text"),
    ("calendar_version", "text"),
    ("boundary_version", "text"),
    ("units_version", "text"),
    ("office_rule", "text"),
    ("deadline_rule", "text"),
    ("channel", "text"),
    ("reason", "text"),
    ("tracking_code", "text"),
    ("question", "text"),
    ("part_of", "uuid"),
    ("lat", "float8"),
    ("lon", "float8"),
    ("office_explanation", "text"),
    ("second_subject", "text"),
    ("offices_version", "text"),
    ("from_unit", "text"),
)
_NAMES = ", ".join(name for name, _ in PLACEMENT_COLUMNS)
_ARRAYS = ", ".join(f"CAST(:{name} AS {kind}[])" for name, kind in PLACEMENT_COLUMNS)
ADD_PLACEMENTS = text(
    f"INSERT INTO router.placement ({_NAMES}) SELECT * FROM unnest({_ARRAYS}) "  # noqa: S608 constants of ours
    "ON CONFLICT (feedback_id, generation) DO NOTHING RETURNING feedback_id"
)
_PARTS = text(
    "SELECT * FROM router.placement WHERE part_of = ANY(CAST(:ids AS uuid[])) AND generation = 1 ORDER BY feedback_id"
)
_FIRST = text("SELECT * FROM router.placement WHERE feedback_id = ANY(CAST(:ids AS uuid[])) AND generation = 1")
# A correction that moved no deadline is on record and was not told.
_NEWEST_TOLD = text(
    """
    SELECT DISTINCT ON (feedback_id) * FROM (
        SELECT *,
               (accept_by, resolve_by) IS DISTINCT FROM (lag(accept_by) OVER each, lag(resolve_by) OVER each) AS moved
        FROM router.placement WHERE feedback_id = ANY(CAST(:ids AS uuid[]))
        WINDOW each AS (PARTITION BY feedback_id ORDER BY generation)
    ) AS history
    WHERE generation > 1 AND (reason <> 'corrected' OR moved)
    ORDER BY feedback_id, generation DESC
    """
)
# Whoever changes what is in force waits for whoever does so now.
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('router.reference_set'))")
_ACTIVE = text("SELECT kind, version, valid_from, document FROM router.reference_set WHERE active AND kind = :kind")
_KEEP = text(
    "INSERT INTO router.reference_set (kind, version, valid_from, document, active) "
    "VALUES (:kind, :version, :valid_from, CAST(:document AS jsonb), false) "
    "ON CONFLICT (kind, version) DO UPDATE SET valid_from = excluded.valid_from "
    "RETURNING active"
)
_FIND = text("SELECT version, valid_from, document FROM router.reference_set WHERE kind = :kind AND version = :version")
_SWITCHES = text(
    "SELECT id, switched_at, action, switched_by, why, by_hand, version_before, version "
    "FROM router.reference_switch WHERE kind = :kind ORDER BY id"
)
_OPEN_CASES = text(
    """
    SELECT count(*)
    FROM (
        SELECT DISTINCT ON (feedback_id) feedback_id, unit_code FROM router.placement
        ORDER BY feedback_id, generation DESC
    ) AS newest
    LEFT JOIN router.case_clock AS life USING (feedback_id)
    WHERE (life.feedback_id IS NULL OR life.is_open)
      AND CASE WHEN life.feedback_id IS NULL THEN newest.unit_code ELSE life.unit_code END = ANY(:units)
    """
)
_DEACTIVATE = text("UPDATE router.reference_set SET active = false WHERE kind = :kind AND active RETURNING version")
_RECORD_SWITCH = text(
    "INSERT INTO router.reference_switch (kind, action, switched_by, why, by_hand, version_before, version) "
    "VALUES (:kind, :action, :by, :why, :by_hand, :before, :version)"
)
_BY_HAND = text("SELECT by_hand FROM router.reference_switch WHERE kind = :kind ORDER BY id DESC LIMIT 1")
_ACTIVATE = text("UPDATE router.reference_set SET active = true WHERE kind = :kind AND version = :version")


class SqlPlacements:
    """Placements in one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in the session's transaction."""
        self._session = session

    async def add_missing(self, placements: Sequence[Placement]) -> Mapping[UUID, FeedbackPlaced]:
        """Store those whose feedback has none yet; return, by feedback id, the ones that were there before."""
        if not placements:
            return {}
        # Always in the same order, so that two routers with the same records cannot wait for each other.
        ordered = sorted(placements, key=lambda placement: placement.event.feedback_id)
        added = set((await self._session.execute(ADD_PLACEMENTS, placement_arrays(ordered))).scalars())
        before = [placement.event.feedback_id for placement in ordered if placement.event.feedback_id not in added]
        if not before:
            return {}
        return {row.feedback_id: _event(row) for row in await self._session.execute(_FIRST, {"ids": before})}

    async def parts_of(self, feedback_ids: Collection[UUID]) -> Mapping[UUID, Sequence[FeedbackPlaced]]:
        """Return the first placements of the parts of these reports, always in the same order."""
        parts: dict[UUID, list[FeedbackPlaced]] = {}
        for row in await self._session.execute(_PARTS, {"ids": list(feedback_ids)}):
            parts.setdefault(row.part_of, []).append(_event(row))
        return parts

    async def newest_told(self, feedback_ids: Collection[UUID]) -> Mapping[UUID, FeedbackPlaced]:
        """Return the newest generation of each of these that was told, where there is one after the first."""
        if not feedback_ids:
            return {}
        rows = await self._session.execute(_NEWEST_TOLD, {"ids": list(feedback_ids)})
        return {row.feedback_id: _event(row) for row in rows}


def placement_arrays(placements: Sequence[Placement]) -> dict[str, list[Any]]:
    """Write placements, at least one, as an array for each column."""
    columns = zip(*map(_values, placements), strict=True)
    return {name: list(column) for (name, _), column in zip(PLACEMENT_COLUMNS, columns, strict=True)}


def _values(placement: Placement) -> tuple[Any, ...]:
    event = placement.event
    return (
        event.feedback_id,
        event.event_id,
        placement.cause_id,
        event.occurred_at,
        event.received_at,
        event.kind.value,
        event.subject,
        event.urgency.value,
        event.needs_review,
        event.unit_code,
        event.office,
        event.placed_by.value,
        event.confidence,
        event.approximate,
        event.explanation,
        _alternatives(event),
        event.accept_by,
        event.resolve_by,
        event.generation,
        event.policy_version,
        event.calendar_version,
        event.boundary_version,
        placement.units_version,
        event.office_rule,
        event.deadline_rule,
        placement.channel,
        event.reason.value,
        event.tracking_code,
        event.question,
        event.part_of,
        placement.point.lat if placement.point is not None else None,
        placement.point.lon if placement.point is not None else None,
        event.office_explanation,
        placement.second_subject,
        placement.offices_version,
        event.from_unit,
    )


def _alternatives(event: FeedbackPlaced) -> str:
    if not event.alternatives:
        return "[]"
    scores = [{"unit_code": other.unit_code, "confidence": other.confidence} for other in event.alternatives]
    return orjson.dumps(scores).decode()


def placement_of(row: Row[Any]) -> Placement:
    """Read a row of `router.placement`."""
    point = Point(row.lat, row.lon) if row.lat is not None and row.lon is not None else None
    return Placement(
        _event(row), row.cause_id, row.units_version, row.channel, point, row.second_subject, row.offices_version
    )


def _event(row: Row[Any]) -> FeedbackPlaced:
    stored = dict(row._mapping)  # noqa: SLF001 the documented way to read a row by name
    return FeedbackPlaced.model_validate({**stored, "occurred_at": stored["placed_at"]})


class SqlReferences:
    """Reference sets in one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in the session's transaction."""
        self._session = session

    async def lock(self) -> None:
        """Wait until nobody else changes what is in force, and keep others waiting until the transaction ends."""
        await self._session.execute(_ONE_AT_A_TIME)

    async def active(self, kind: SetKind) -> ReferenceSet | None:
        """Return the set in force."""
        row = (await self._session.execute(_ACTIVE, {"kind": kind.value})).one_or_none()
        return ReferenceSet(kind, row.version, row.valid_from, row.document) if row is not None else None

    async def find(self, kind: SetKind, version: str) -> ReferenceSet | None:
        """Return a set that is stored, in force or not."""
        row = (await self._session.execute(_FIND, {"kind": kind.value, "version": version})).one_or_none()
        return ReferenceSet(kind, row.version, row.valid_from, row.document) if row is not None else None

    async def switches_of(self, kind: SetKind) -> Sequence[Switch]:
        """List every switch of a kind, the oldest first."""
        return [_switch(row) for row in await self._session.execute(_SWITCHES, {"kind": kind.value})]

    async def keep(self, reference_set: ReferenceSet) -> bool:
        """Store a set without putting it in force; return whether it is in force already."""
        kept = await self._session.execute(
            _KEEP,
            {
                "kind": reference_set.kind.value,
                "version": reference_set.version,
                "valid_from": reference_set.valid_from,
                "document": orjson.dumps(reference_set.document).decode(),
            },
        )
        return bool(kept.scalar_one())

    async def activate(self, reference_set: ReferenceSet, note: SwitchNote = LOADED) -> bool:
        """Put a set in force, storing it first when it is new; a change is put on record."""
        await self._session.execute(_ONE_AT_A_TIME)
        if await self.keep(reference_set):
            return False
        kind, version = reference_set.kind, reference_set.version
        before = (await self._session.execute(_DEACTIVATE, {"kind": kind.value})).scalar_one_or_none()
        await self._session.execute(_ACTIVATE, {"kind": kind.value, "version": version})
        await self._record(kind, note, before=before, version=version)
        return True

    async def open_cases_of(self, units: Collection[str]) -> int:
        """Count the open cases that these units have now."""
        return int((await self._session.execute(_OPEN_CASES, {"units": list(units)})).scalar_one())

    async def is_by_hand(self, kind: SetKind) -> bool:
        """Say whether a person switched to the set in force."""
        return bool((await self._session.execute(_BY_HAND, {"kind": kind.value})).scalar_one_or_none())

    async def deactivate(self, kind: SetKind, note: SwitchNote = LOADED) -> bool:
        """Take the set in force of this kind out of force, on record; return whether there was one."""
        await self._session.execute(_ONE_AT_A_TIME)
        before = (await self._session.execute(_DEACTIVATE, {"kind": kind.value})).scalar_one_or_none()
        if before is None:
            return False
        await self._record(kind, note, before=before, version=None)
        return True

    async def _record(self, kind: SetKind, note: SwitchNote, *, before: str | None, version: str | None) -> None:
        said = {"action": note.action.value, "by": note.by, "why": note.why, "by_hand": note.by_hand}
        switched = {"kind": kind.value, **said, "before": before, "version": version}
        await self._session.execute(_RECORD_SWITCH, switched)


def _switch(row: Row[Any]) -> Switch:
    note = SwitchNote(SwitchAction(row.action), row.switched_by, row.why, row.by_hand)
    return Switch(row.id, row.switched_at, note, row.version_before, row.version)


class Store:
    """The router's two transactions over one engine."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Prepare the transactions."""
        self._placements = unit_of_work(engine, SqlPlacements)
        self._references = unit_of_work(engine, SqlReferences)

    def open_placements(self) -> AbstractAsyncContextManager[PlacementStore]:
        """Open a transaction over the placements."""
        return self._placements()

    def open_references(self) -> AbstractAsyncContextManager[ReferenceStore]:
        """Open a transaction over the reference sets."""
        return self._references()
