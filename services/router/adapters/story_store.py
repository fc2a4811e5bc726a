"""The placements on record and the reference sets of their time, in one transaction."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from services.router.adapters.calendar_documents import special_days_of
from services.router.adapters.desk_documents import hours_and_desks
from services.router.adapters.life_store import SqlLifeCycle
from services.router.adapters.store import placement_of
from services.router.domain.life import CaseLife
from services.router.usecases.explain_placement import CalendarOnRecord, StoryStore
from services.router.usecases.ports import Placement, SetKind
from shared.db.unit_of_work import unit_of_work
from shared.events.short_id import endings_of, read_short_id

LONGEST_CODE = 64
# A short name is looked up by how the id ends; of two cases that share one, both are told. The reports and their parts
# are two look-ups, each by its index: with OR between them every placement would be read.
_GENERATIONS = """
    WITH named AS (
        SELECT DISTINCT coalesce(part_of, feedback_id) AS id FROM router.placement
        WHERE generation = 1 AND ({condition})
    )
    SELECT * FROM (
        SELECT report.* FROM named JOIN router.placement AS report ON report.feedback_id = named.id
        UNION ALL
        SELECT part.* FROM named JOIN router.placement AS part ON part.part_of = named.id
    ) AS told
    ORDER BY part_of NULLS FIRST, feedback_id, generation
"""
_BY_ID = text(_GENERATIONS.format(condition="feedback_id = :id"))
_BY_TRACKING_CODE = text(_GENERATIONS.format(condition="tracking_code = :code"))
_BY_ENDING = text(_GENERATIONS.format(condition="right(feedback_id::text, 12) = ANY(CAST(:endings AS text[]))"))
_DOCUMENT = text("SELECT document FROM router.reference_set WHERE kind = :kind AND version = :version")


class SqlStories:
    """What is on record, in one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in the session's transaction."""
        self._session = session

    async def generations(self, code: str) -> Sequence[Placement]:
        """Read every generation of what a code names, with its parts."""
        code = code.strip().upper()
        if not code or len(code) > LONGEST_CODE or "\0" in code:
            return []
        feedback_id = _uuid(code)
        if feedback_id is not None:
            found = await self._session.execute(_BY_ID, {"id": feedback_id})
            return [placement_of(row) for row in found]
        found = await self._session.execute(_BY_TRACKING_CODE, {"code": code})
        placements = [placement_of(row) for row in found]
        name = read_short_id(code)
        if placements or name is None:
            return placements
        found = await self._session.execute(_BY_ENDING, {"endings": endings_of(name)})
        return [placement_of(row) for row in found]

    async def lives(self, feedback_ids: Collection[UUID]) -> Mapping[UUID, CaseLife]:
        """Return what the desk said of these cases."""
        return await SqlLifeCycle(self._session).lives(feedback_ids)

    async def document(self, kind: SetKind, version: str) -> Mapping[str, Any] | None:
        """Read a reference set as it was."""
        found = await self._session.execute(_DOCUMENT, {"kind": kind.value, "version": version})
        document: Mapping[str, Any] | None = found.scalar_one_or_none()
        return document


def calendar_on_record(calendar: Mapping[str, Any], offices: Mapping[str, Any] | None) -> CalendarOnRecord:
    """Make the calendar of a placement usable, with the hours of the offices of then."""
    special_days = {special.day: special for special in special_days_of(calendar)}
    calendars, zone, _ = hours_and_desks(calendar, offices)
    return CalendarOnRecord(calendars, zone, special_days)


class StoriesInDatabase:
    """The transactions of stories over an engine."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Prepare the transactions."""
        self._open = unit_of_work(engine, SqlStories)

    def open_stories(self) -> AbstractAsyncContextManager[StoryStore]:
        """Open a transaction over what is on record."""
        return self._open()


def _uuid(code: str) -> UUID | None:
    try:
        return UUID(code)
    except ValueError:
        return None
