"""The router's queries, all over arrays: one statement per batch."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from services.router.domain.switches import SwitchNote
from services.router.usecases.ports import LOADED, Placement, PlacementStore, ReferenceSet, ReferenceStore, SetKind
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
)
_NAMES = ", ".join(name for name, _ in PLACEMENT_COLUMNS)
_ARRAYS = ", ".join(f"CAST(:{name} AS {kind}[])" for name, kind in PLACEMENT_COLUMNS)
_ADD = text(
    f"INSERT INTO router.placement ({_NAMES}) SELECT * FROM unnest({_ARRAYS}) "  # noqa: S608 constants of ours
    "ON CONFLICT (feedback_id, generation) DO NOTHING RETURNING feedback_id"
)
_FIRST = text("SELECT * FROM router.placement WHERE feedback_id = ANY(CAST(:ids AS uuid[])) AND generation = 1")
# Whoever changes what is in force waits for whoever does so now.
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('router.reference_set'))")
_ACTIVE = text("SELECT kind, version, valid_from, document FROM router.reference_set WHERE active AND kind = :kind")
_KEEP = text(
    "INSERT INTO router.reference_set (kind, version, valid_from, document, active) "
    "VALUES (:kind, :version, :valid_from, CAST(:document AS jsonb), false) "
    "ON CONFLICT (kind, version) DO UPDATE SET valid_from = excluded.valid_from "
    "RETURNING active"
)
_DEACTIVATE = text("UPDATE router.reference_set SET active = false WHERE kind = :kind AND active RETURNING version")
_RECORD_SWITCH = text(
    "INSERT INTO router.reference_switch (kind, action, switched_by, why, by_hand, version_before, version) "
    "VALUES (:kind, :action, :by, :why, :by_hand, :before, :version)"
)
_BY_HAND = text("SELECT by_hand FROM router.reference_switch WHERE kind = 'policy' ORDER BY id DESC LIMIT 1")
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
        columns = zip(*map(_values, ordered), strict=True)
        arrays = {name: list(column) for (name, _), column in zip(PLACEMENT_COLUMNS, columns, strict=True)}
        added = set((await self._session.execute(_ADD, arrays)).scalars())
        before = [placement.event.feedback_id for placement in ordered if placement.event.feedback_id not in added]
        if not before:
            return {}
        return {row.feedback_id: _event(row) for row in await self._session.execute(_FIRST, {"ids": before})}


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
    )


def _alternatives(event: FeedbackPlaced) -> str:
    if not event.alternatives:
        return "[]"
    scores = [{"unit_code": other.unit_code, "confidence": other.confidence} for other in event.alternatives]
    return orjson.dumps(scores).decode()


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

    async def activate(self, reference_set: ReferenceSet, note: SwitchNote = LOADED) -> bool:
        """Put a set in force, storing it first when it is new; a change is put on record."""
        await self._session.execute(_ONE_AT_A_TIME)
        kind, version = reference_set.kind.value, reference_set.version
        kept = await self._session.execute(
            _KEEP,
            {
                "kind": kind,
                "version": version,
                "valid_from": reference_set.valid_from,
                "document": orjson.dumps(reference_set.document).decode(),
            },
        )
        if kept.scalar_one():
            return False
        before = (await self._session.execute(_DEACTIVATE, {"kind": kind})).scalar_one_or_none()
        await self._session.execute(_ACTIVATE, {"kind": kind, "version": version})
        said = {"action": note.action.value, "by": note.by, "why": note.why, "by_hand": note.by_hand}
        await self._session.execute(_RECORD_SWITCH, {"kind": kind, **said, "before": before, "version": version})
        return True

    async def rules_are_by_hand(self) -> bool:
        """Say whether a person switched to the rules in force."""
        return bool((await self._session.execute(_BY_HAND)).scalar_one_or_none())

    async def deactivate(self, kind: SetKind) -> bool:
        """Take the set in force of this kind out of force; return whether there was one."""
        await self._session.execute(_ONE_AT_A_TIME)
        gone = await self._session.execute(_DEACTIVATE, {"kind": kind.value})
        return gone.one_or_none() is not None


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
