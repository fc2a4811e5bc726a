"""Reference sets and open cases in one transaction: what a change of units touches."""

from collections.abc import Collection, Mapping
from contextlib import AbstractAsyncContextManager
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from services.router.adapters.life_store import SqlLifeCycle
from services.router.adapters.store import SqlReferences
from services.router.usecases.ports import TerritoryStore
from shared.db.unit_of_work import unit_of_work

_FORMER = text(
    """
    SELECT DISTINCT ON (moved.feedback_id) moved.feedback_id, before.unit_code
    FROM router.placement AS moved
    JOIN router.placement AS before
      ON before.feedback_id = moved.feedback_id AND before.generation = moved.generation - 1
    WHERE moved.feedback_id = ANY(CAST(:ids AS uuid[])) AND moved.reason = 'units_changed'
      AND before.unit_code IS NOT NULL AND before.unit_code IS DISTINCT FROM moved.unit_code
    ORDER BY moved.feedback_id, moved.generation DESC
    """
)


class SqlTerritory(SqlReferences, SqlLifeCycle):
    """Reference sets and open cases in one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in the session's transaction."""
        super().__init__(session)
        self._session = session

    async def former_units(self, feedback_ids: Collection[UUID]) -> Mapping[UUID, str]:
        """Return the unit that each case was in before a change of units last moved it, for those that were moved."""
        if not feedback_ids:
            return {}
        rows = await self._session.execute(_FORMER, {"ids": list(feedback_ids)})
        return {row.feedback_id: row.unit_code for row in rows}


class TerritoryInDatabase:
    """The transactions of a change of units over an engine."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Prepare the transactions."""
        self._open = unit_of_work(engine, SqlTerritory)

    def open_territory(self) -> AbstractAsyncContextManager[TerritoryStore]:
        """Open a transaction over reference sets and open cases."""
        return self._open()
