"""Placements after the first, what the desk says of cases, and what is to be said of them, in one transaction."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from services.router.adapters.store import ADD_PLACEMENTS, placement_arrays, placement_of
from services.router.adapters.tables import SCHEMA
from services.router.domain.life import CaseLife, Wait
from services.router.usecases.ports import LifeCycleStore, PlacedCase, Placement, RecomputationNote
from shared.db.outbox import Outbox, entry_of
from shared.db.unit_of_work import unit_of_work
from shared.events import FeedbackPlaced

OUTBOX = Outbox(SCHEMA)
# A recomputation is no switch of a set: its row names the run, which is the cause of the generations that came of it.
RECOMPUTATION, RECOMPUTE = "deadlines", "recompute"
NOBODY = UUID(int=0)

_LIFE = (
    "life.version, life.state, life.unit_code AS life_unit, life.office AS life_office, life.waiting_since, life.pauses"
)
# Whoever adds a generation holds the row of the first: the streams and the commands take turns at each case.
_LOCK = text(
    "SELECT feedback_id FROM router.placement WHERE feedback_id = ANY(CAST(:ids AS uuid[])) AND generation = 1 "
    "ORDER BY feedback_id FOR UPDATE"
)
_CASES = text(
    f"""
    SELECT newest.*, heard.causes, heard.corrected_at, {_LIFE}
    FROM (
        SELECT feedback_id, array_agg(cause_id) AS causes, max(generation) AS generation,
               max(placed_at) FILTER (WHERE reason = 'corrected') AS corrected_at
        FROM router.placement WHERE feedback_id = ANY(CAST(:ids AS uuid[])) GROUP BY feedback_id
    ) AS heard
    JOIN router.placement AS newest USING (feedback_id, generation)
    LEFT JOIN router.case_clock AS life USING (feedback_id)
    ORDER BY feedback_id
    """  # noqa: S608 a constant of ours
)
# In the order of the primary key, from where the page before ended: how many cases are settled hardly matters.
_OPEN = text(
    """
    SELECT first.feedback_id
    FROM router.placement AS first
    LEFT JOIN router.case_clock AS life
        ON life.feedback_id = first.feedback_id AND life.feedback_id > CAST(:after AS uuid)
    WHERE first.generation = 1 AND first.feedback_id > CAST(:after AS uuid)
      AND (life.feedback_id IS NULL OR life.is_open)
      AND (CAST(:units AS text[]) IS NULL
           OR CASE WHEN life.feedback_id IS NULL THEN (
                  SELECT unit_code FROM router.placement AS newest
                  WHERE newest.feedback_id = first.feedback_id ORDER BY generation DESC LIMIT 1
              ) ELSE life.unit_code END = ANY(:units))
    ORDER BY first.feedback_id LIMIT :limit
    """
)
_LIVES = text(
    f"SELECT feedback_id, {_LIFE} FROM router.case_clock AS life "  # noqa: S608 a constant of ours
    "WHERE feedback_id = ANY(CAST(:ids AS uuid[]))"
)
_KEEP_LIVES = text(
    """
    INSERT INTO router.case_clock AS known
        (feedback_id, version, state, is_open, unit_code, office, waiting_since, pauses)
    SELECT * FROM unnest(CAST(:feedback_id AS uuid[]), CAST(:version AS integer[]), CAST(:state AS text[]),
                         CAST(:is_open AS boolean[]), CAST(:unit_code AS text[]), CAST(:office AS text[]),
                         CAST(:waiting_since AS timestamptz[]), CAST(:pauses AS jsonb[]))
    ON CONFLICT (feedback_id) DO UPDATE SET
        version = excluded.version, state = excluded.state, is_open = excluded.is_open, unit_code = excluded.unit_code,
        office = excluded.office, waiting_since = excluded.waiting_since, pauses = excluded.pauses
    WHERE known.version < excluded.version
    """
)
_TAKEN_OVER = text(
    """
    UPDATE router.case_clock SET unit_code = given.unit_code, office = given.office
    FROM unnest(CAST(:feedback_id AS uuid[]), CAST(:unit_code AS text[]), CAST(:office AS text[]))
        AS given (feedback_id, unit_code, office)
    WHERE case_clock.feedback_id = given.feedback_id
    """
)
_NOTE = text(
    f"""
    INSERT INTO router.reference_switch (kind, action, switched_by, why, by_hand, version)
    SELECT '{RECOMPUTATION}', '{RECOMPUTE}', :by, :why, true, CAST(:run AS text)
    WHERE NOT EXISTS (
        SELECT 1 FROM router.reference_switch WHERE kind = '{RECOMPUTATION}' AND version = CAST(:run AS text)
    )
    """  # noqa: S608 constants of ours
)


class SqlLifeCycle:
    """Placements and lives in one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in the session's transaction."""
        self._session = session

    async def cases(self, feedback_ids: Collection[UUID]) -> Mapping[UUID, PlacedCase]:
        """Lock those of these cases that were placed until the transaction ends, and return them."""
        locked = list((await self._session.execute(_LOCK, {"ids": list(feedback_ids)})).scalars())
        return {case.feedback_id: case for case in await self._read(locked)}

    async def lives(self, feedback_ids: Collection[UUID]) -> Mapping[UUID, CaseLife]:
        """Return what the desk said of these cases, placed or not."""
        if not feedback_ids:
            return {}
        return {row.feedback_id: _life(row) for row in await self._session.execute(_LIVES, {"ids": list(feedback_ids)})}

    async def keep_lives(self, lives: Mapping[UUID, CaseLife]) -> None:
        """Keep what the desk says; what is older than what is kept changes nothing."""
        if not lives:
            return
        ordered = sorted(lives.items())
        await self._session.execute(
            _KEEP_LIVES,
            {
                "feedback_id": [feedback_id for feedback_id, _ in ordered],
                "version": [life.version for _, life in ordered],
                "state": [life.state for _, life in ordered],
                "is_open": [life.is_open for _, life in ordered],
                "unit_code": [life.unit_code for _, life in ordered],
                "office": [life.office for _, life in ordered],
                "waiting_since": [_waiting_since(life) for _, life in ordered],
                "pauses": [_ended_waits(life) for _, life in ordered],
            },
        )

    async def newest_open(
        self,
        *,
        limit: int,
        after: UUID | None = None,
        units: Collection[str] | None = None,
        for_change: bool = False,
    ) -> Sequence[PlacedCase]:
        """Return the next open cases by feedback id, behind `after`; with `units`, those that these units have now."""
        page: list[PlacedCase] = []
        ids = await self._open_ids(limit, after, units)
        while ids and not page:
            if not for_change:
                return await self._read(ids)
            locked = (await self.cases(ids)).values()
            page = [case for case in locked if case.is_open and (units is None or case.unit_code in units)]
            ids = ids if page else await self._open_ids(limit, ids[-1], units)
        return page

    async def _open_ids(self, limit: int, after: UUID | None, units: Collection[str] | None) -> list[UUID]:
        of = list(units) if units is not None else None
        found = await self._session.execute(_OPEN, {"after": after or NOBODY, "limit": limit, "units": of})
        return list(found.scalars())

    async def add_generations(self, placements: Sequence[Placement]) -> Sequence[Placement]:
        """Store further generations and return those that are new; what others stored meanwhile is left out."""
        if not placements:
            return []
        added = set((await self._session.execute(ADD_PLACEMENTS, placement_arrays(placements))).scalars())
        new = [placement for placement in placements if placement.event.feedback_id in added]
        further = [placement.event for placement in new if placement.event.generation > 1]
        given = [event for event in further if event.reason.brings_a_place]
        if given:
            await self._session.execute(
                _TAKEN_OVER,
                {
                    "feedback_id": [event.feedback_id for event in given],
                    "unit_code": [event.unit_code for event in given],
                    "office": [event.office for event in given],
                },
            )
        return new

    async def say(self, events: Sequence[FeedbackPlaced]) -> None:
        """Put events into the outbox, in their order."""
        await OUTBOX.add(self._session, [entry_of(event) for event in events])

    async def note_recomputation(self, note: RecomputationNote) -> None:
        """Put on record who had deadlines computed anew, and why; the same run once."""
        await self._session.execute(_NOTE, {"run": str(note.run_id), "by": note.by, "why": note.why})

    async def _read(self, feedback_ids: Sequence[UUID]) -> Sequence[PlacedCase]:
        if not feedback_ids:
            return []
        return [_case(row) for row in await self._session.execute(_CASES, {"ids": list(feedback_ids)})]


def _case(row: Row[Any]) -> PlacedCase:
    life = _life(row) if row.version is not None else None
    return PlacedCase(placement_of(row), life, frozenset(row.causes), row.corrected_at)


def _life(row: Row[Any]) -> CaseLife:
    waits = [Wait(*map(datetime.fromisoformat, pause)) for pause in row.pauses]
    if row.waiting_since is not None:
        waits.append(Wait(row.waiting_since))
    return CaseLife(row.version, row.state, row.life_unit, row.life_office, tuple(waits))


def _waiting_since(life: CaseLife) -> datetime | None:
    return life.waits[-1].asked_at if life.waits and life.waits[-1].ended_at is None else None


def _ended_waits(life: CaseLife) -> str:
    ended = [(wait.asked_at.isoformat(), wait.ended_at.isoformat()) for wait in life.waits if wait.ended_at is not None]
    return orjson.dumps(ended).decode()


class LivesInDatabase:
    """The transactions of life cycles over an engine."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Prepare the transactions."""
        self._open = unit_of_work(engine, SqlLifeCycle)

    def open_life_cycle(self) -> AbstractAsyncContextManager[LifeCycleStore]:
        """Open a transaction over placements and lives."""
        return self._open()
