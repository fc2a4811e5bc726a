"""The boundaries, their switches, the planned ones and the pins of the past, in one transaction."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, date, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from services.router.adapters.store import SqlReferences
from services.router.domain.plans import Plan
from services.router.domain.switches import SwitchNote
from services.router.usecases.ports import BoundaryStore, PlacedPin, Point, SetKind, StoredVersion
from shared.db.unit_of_work import unit_of_work

_STORED = text(
    "SELECT version, jsonb_array_length(document->'features') AS units, loaded_at, active "
    "FROM router.reference_set WHERE kind = 'boundaries' ORDER BY loaded_at, version"
)
_LAST_PINS = text(
    "SELECT feedback_id, lat, lon, placed_by FROM router.placement "
    "WHERE lat IS NOT NULL AND lon IS NOT NULL AND part_of IS NULL AND reason IN ('first', 'answered') "
    "ORDER BY placed_at DESC, feedback_id DESC LIMIT :limit"
)
_ZONE = text("SELECT document->>'timezone' FROM router.reference_set WHERE kind = 'calendar' AND active")
_PLANS = text(
    "SELECT * FROM router.planned_switch WHERE kind = :kind AND (NOT :only_open OR settled_at IS NULL) ORDER BY id"
)
_PLAN = text(
    "INSERT INTO router.planned_switch (kind, version, on_day, planned_by, why) "
    "VALUES (:kind, :version, :on_day, :by, :why) RETURNING *"
)
_SETTLE = text(
    "UPDATE router.planned_switch SET settled_at = :at, settled_by = :by, outcome = :outcome "
    "WHERE id = :id AND settled_at IS NULL RETURNING *"
)


class SqlBoundaries(SqlReferences):
    """Reference sets, with what people do to the boundaries."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in the session's transaction."""
        super().__init__(session)
        self._session = session

    async def stored(self) -> Sequence[StoredVersion]:
        """List the stored boundaries, the oldest first."""
        return [
            StoredVersion(row.version, row.units, row.loaded_at, row.active)
            for row in await self._session.execute(_STORED)
        ]

    async def last_pins(self, limit: int) -> Sequence[PlacedPin]:
        """Return the pins of the latest placements that had one."""
        return [
            PlacedPin(row.feedback_id, Point(row.lat, row.lon), row.placed_by)
            for row in await self._session.execute(_LAST_PINS, {"limit": limit})
        ]

    async def zone(self) -> tzinfo:
        """Return the time zone of the calendar in force, UTC before there is one."""
        name = (await self._session.execute(_ZONE)).scalar_one_or_none()
        return ZoneInfo(name) if name is not None else UTC

    async def plans(self, kind: SetKind, *, only_open: bool = False) -> Sequence[Plan]:
        """List planned switches of a kind, the oldest first."""
        rows = await self._session.execute(_PLANS, {"kind": kind.value, "only_open": only_open})
        return [_plan(row) for row in rows]

    async def plan(self, kind: SetKind, version: str | None, on: date, note: SwitchNote) -> Plan:
        """Plan a switch."""
        values = {"kind": kind.value, "version": version, "on_day": on, "by": note.by, "why": note.why}
        return _plan((await self._session.execute(_PLAN, values)).one())

    async def settle(self, plan: Plan, *, at: datetime, by: str, outcome: str) -> Plan:
        """Put on record what became of a plan."""
        values = {"id": plan.id, "at": at, "by": by, "outcome": outcome}
        return _plan((await self._session.execute(_SETTLE, values)).one())


def _plan(row: Row[Any]) -> Plan:
    return Plan(
        id=row.id,
        kind=row.kind,
        version=row.version,
        on=row.on_day,
        by=row.planned_by,
        why=row.why,
        planned_at=row.planned_at,
        settled_at=row.settled_at,
        settled_by=row.settled_by,
        outcome=row.outcome,
    )


class BoundariesInDatabase:
    """The transactions of the boundaries over an engine."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Prepare the transactions."""
        self._open = unit_of_work(engine, SqlBoundaries)

    def open_boundaries(self) -> AbstractAsyncContextManager[BoundaryStore]:
        """Open a transaction over the boundaries."""
        return self._open()
