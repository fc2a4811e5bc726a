"""The queries over how units work: who is there, who is away, who gets the next case."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.desk.adapters.staff_store import add_audit
from services.desk.domain.assignment import Absence, Assignment, Handler

_LOCK_SHARING = text("""
    SELECT unit_code, turn FROM desk.unit_setting
    WHERE shares_out AND unit_code = ANY(CAST(:unit_codes AS text[])) ORDER BY unit_code FOR UPDATE
""")
_HANDLERS = text("""
    SELECT s.staff_id, known.unit_code, s.display_name, s.last_turn,
           (SELECT count(*) FROM desk.case_file c WHERE c.is_open AND c.assignee_id = s.staff_id) AS load,
           EXISTS (
               SELECT 1 FROM desk.absence a WHERE a.staff_id = s.staff_id AND :today BETWEEN a.from_on AND a.to_on
           ) AS away
    FROM unnest(CAST(:codes AS text[]), CAST(:units AS text[])) AS known (code, unit_code)
    JOIN desk.staff s ON s.unit_code = known.code
    WHERE s.active AND s.role = 'handler' ORDER BY s.staff_id
""")
_ASSIGN = text("""
    UPDATE desk.case_file c SET assignee_id = given.staff_id
    FROM unnest(CAST(:cases AS uuid[]), CAST(:staff AS bigint[])) AS given (feedback_id, staff_id)
    WHERE c.feedback_id = given.feedback_id
""")
_TAKE_TURNS = text("""
    UPDATE desk.staff s SET last_turn = taken.turn
    FROM (
        SELECT staff_id, max(turn) AS turn
        FROM unnest(CAST(:staff AS bigint[]), CAST(:turns AS bigint[])) AS given (staff_id, turn) GROUP BY staff_id
    ) AS taken WHERE s.staff_id = taken.staff_id
""")
_COUNT_TURNS = text("""
    UPDATE desk.unit_setting u SET turn = taken.turn
    FROM (
        SELECT c.unit_code, max(given.turn) AS turn
        FROM unnest(CAST(:cases AS uuid[]), CAST(:turns AS bigint[])) AS given (feedback_id, turn)
        JOIN desk.case_file c USING (feedback_id) GROUP BY c.unit_code
    ) AS taken WHERE u.unit_code = taken.unit_code
""")
_REASSIGN = text("UPDATE desk.case_file SET assignee_id = :to WHERE feedback_id = :feedback_id")
_SHARES_OUT = text("SELECT shares_out FROM desk.unit_setting WHERE unit_code = :unit_code")
_SET_SHARING = text("""
    INSERT INTO desk.unit_setting (unit_code, shares_out) VALUES (:unit_code, :shares_out)
    ON CONFLICT (unit_code) DO UPDATE SET shares_out = excluded.shares_out
""")
_ABSENCES = text("""
    SELECT absence_id, staff_id, from_on, to_on FROM desk.absence
    WHERE staff_id = ANY(CAST(:staff_ids AS bigint[])) AND to_on >= :from_on ORDER BY from_on, absence_id
""")
_ADD_ABSENCE = text("INSERT INTO desk.absence (staff_id, from_on, to_on) VALUES (:staff_id, :from_on, :to_on)")
_REMOVE_ABSENCE = text("""
    DELETE FROM desk.absence WHERE absence_id = :absence_id AND staff_id = ANY(CAST(:staff_ids AS bigint[]))
    RETURNING staff_id
""")


class SqlUnitStore:
    """Units at work, seen from inside one transaction (the port `UnitStore`)."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in the transaction of `session`."""
        self._session = session

    async def lock_sharing_units(self, unit_codes: Sequence[str]) -> Mapping[str, int]:
        """Select FOR UPDATE, in the order of the codes."""
        rows = await self._session.execute(_LOCK_SHARING, {"unit_codes": list(unit_codes)})
        return {row.unit_code: row.turn for row in rows}

    async def handlers_of(self, codes: Mapping[str, str], *, on: date) -> Sequence[Handler]:
        """Select handlers with their open cases, as far as the scope lets these be counted."""
        values = {"codes": list(codes), "units": list(codes.values()), "today": on}
        return [
            Handler(row.staff_id, row.unit_code, row.display_name, row.load, row.last_turn, row.away)
            for row in await self._session.execute(_HANDLERS, values)
        ]

    async def assign(self, assignments: Sequence[Assignment]) -> None:
        """Update cases, handlers and units; the units are locked already."""
        cases = [one.feedback_id for one in assignments]
        staff, turns = [one.staff_id for one in assignments], [one.turn for one in assignments]
        await self._session.execute(_ASSIGN, {"cases": cases, "staff": staff})
        await self._session.execute(_TAKE_TURNS, {"staff": staff, "turns": turns})
        await self._session.execute(_COUNT_TURNS, {"cases": cases, "turns": turns})

    async def reassign(self, feedback_id: UUID, to: int | None) -> None:
        """Update; the case is locked already."""
        await self._session.execute(_REASSIGN, {"feedback_id": feedback_id, "to": to})

    async def shares_out(self, unit_code: str) -> bool:
        """Select the setting; a unit that never said anything does not."""
        return bool(await self._session.scalar(_SHARES_OUT, {"unit_code": unit_code}))

    async def set_sharing(self, unit_code: str, *, shares_out: bool) -> None:
        """Insert or update."""
        await self._session.execute(_SET_SHARING, {"unit_code": unit_code, "shares_out": shares_out})

    async def absences_of(self, staff_ids: Sequence[int], *, from_on: date) -> Sequence[Absence]:
        """Select those that are not over."""
        rows = await self._session.execute(_ABSENCES, {"staff_ids": list(staff_ids), "from_on": from_on})
        return [Absence(row.absence_id, row.staff_id, row.from_on, row.to_on) for row in rows]

    async def add_absence(self, staff_id: int, from_on: date, to_on: date) -> None:
        """Insert."""
        await self._session.execute(_ADD_ABSENCE, {"staff_id": staff_id, "from_on": from_on, "to_on": to_on})

    async def remove_absence(self, absence_id: int, *, staff_ids: Sequence[int]) -> int | None:
        """Delete; the audit keeps that it was there."""
        values = {"absence_id": absence_id, "staff_ids": list(staff_ids)}
        return (await self._session.execute(_REMOVE_ABSENCE, values)).scalar_one_or_none()

    async def audit(
        self, *, at: datetime, actor: str, action: str, subject: str | None = None, address: str | None = None
    ) -> None:
        """Insert, in this very transaction."""
        await add_audit(self._session, at=at, actor=actor, action=action, subject=subject, address=address)
