"""The queries over staff, sessions, attempts and the audit."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from services.desk.domain.sign_in import Attempts
from services.desk.domain.staff import Role, Staff
from services.desk.usecases.ports import KnownStaff, NewStaff, Session
from shared.db.unit_of_work import unit_of_work

_ADD = text("""
    INSERT INTO desk.staff (login, password_hash, display_name, role, unit_code, created_at)
    SELECT *, CAST(:at AS timestamptz) FROM unnest(
        CAST(:logins AS text[]), CAST(:hashes AS text[]), CAST(:names AS text[]), CAST(:roles AS text[]),
        CAST(:units AS text[]))
    ON CONFLICT (login) DO NOTHING RETURNING staff_id
""")
_COLUMNS = "s.staff_id, s.login, s.display_name, s.role, s.unit_code"
_LIST = text(f"""
    SELECT {_COLUMNS}, s.password_hash, s.active FROM desk.staff s ORDER BY s.role, s.unit_code, s.login
""")  # noqa: S608 constants of ours
_FIND = text(f"SELECT {_COLUMNS}, s.password_hash, s.active FROM desk.staff s WHERE s.login = :login")  # noqa: S608
_SET_UNIT = text("UPDATE desk.staff SET unit_code = :unit_code WHERE staff_id = :staff_id")
# A row that does not exist cannot be locked; a lock on its name can.
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended('desk.sign_in:' || :login || ' ' || :address, 0))")
_ATTEMPTS = text("SELECT attempts, last_at FROM desk.sign_in_attempt WHERE login = :login AND address = :address")
_SET_ATTEMPTS = text("""
    INSERT INTO desk.sign_in_attempt (login, address, attempts, last_at)
    VALUES (:login, :address, :attempts, :last_at)
    ON CONFLICT (login, address) DO UPDATE SET attempts = excluded.attempts, last_at = excluded.last_at
""")
_CLEAR_ATTEMPTS = text("DELETE FROM desk.sign_in_attempt WHERE login = :login AND address = :address")
_ADD_SESSION = text("""
    INSERT INTO desk.session (token_hash, staff_id, created_at, expires_at)
    VALUES (:token_hash, :staff_id, :at, :expires_at)
""")
_FIND_SESSION = text(f"""
    SELECT {_COLUMNS}, n.expires_at FROM desk.session n JOIN desk.staff s USING (staff_id)
    WHERE n.token_hash = :token_hash AND n.expires_at > :now AND s.active
""")  # noqa: S608
_PROLONG = text("UPDATE desk.session SET expires_at = :expires_at WHERE token_hash = :token_hash")
_END = text("DELETE FROM desk.session WHERE token_hash = :token_hash")
_TIDY_SESSIONS = text("DELETE FROM desk.session WHERE expires_at <= :now")
_TIDY_ATTEMPTS = text("DELETE FROM desk.sign_in_attempt WHERE last_at < :attempts_before")
_AUDIT = text("""
    INSERT INTO desk.audit (at, actor, action, subject, address) VALUES (:at, :actor, :action, :subject, :address)
""")


class SqlStaffStore:
    """Staff, seen from inside one transaction (the port `StaffStore`)."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in the transaction of `session`."""
        self._session = session

    async def add_staff(self, staff: Sequence[NewStaff], *, at: datetime) -> int:
        """Insert those whose login is free, with one statement."""
        added = await self._session.execute(
            _ADD,
            {
                "logins": [one.login for one in staff],
                "hashes": [one.password_hash for one in staff],
                "names": [one.display_name for one in staff],
                "roles": [one.role for one in staff],
                "units": [one.unit_code for one in staff],
                "at": at,
            },
        )
        return len(added.all())

    async def list_staff(self) -> Sequence[KnownStaff]:
        """Select all."""
        return [_known(row) for row in await self._session.execute(_LIST)]

    async def find_staff(self, login: str) -> KnownStaff | None:
        """Select one."""
        row = (await self._session.execute(_FIND, {"login": login})).one_or_none()
        return _known(row) if row is not None else None

    async def set_unit(self, staff_id: int, unit_code: str) -> None:
        """Update."""
        await self._session.execute(_SET_UNIT, {"staff_id": staff_id, "unit_code": unit_code})

    async def lock_attempts(self, login: str, address: str) -> Attempts | None:
        """Wait for whoever counts the same attempts, then select."""
        one = {"login": login, "address": address}
        await self._session.execute(_ONE_AT_A_TIME, one)
        row = (await self._session.execute(_ATTEMPTS, one)).one_or_none()
        return Attempts(row.attempts, row.last_at) if row is not None else None

    async def set_attempts(self, login: str, address: str, attempts: Attempts) -> None:
        """Insert or update."""
        values = {"login": login, "address": address, "attempts": attempts.count, "last_at": attempts.last_at}
        await self._session.execute(_SET_ATTEMPTS, values)

    async def clear_attempts(self, login: str, address: str) -> None:
        """Delete."""
        await self._session.execute(_CLEAR_ATTEMPTS, {"login": login, "address": address})

    async def add_session(self, token_hash: bytes, staff: Staff, *, at: datetime, expires_at: datetime) -> None:
        """Insert."""
        values = {"token_hash": token_hash, "staff_id": staff.staff_id, "at": at, "expires_at": expires_at}
        await self._session.execute(_ADD_SESSION, values)

    async def find_session(self, token_hash: bytes, *, now: datetime) -> Session | None:
        """Select with its owner."""
        row = (await self._session.execute(_FIND_SESSION, {"token_hash": token_hash, "now": now})).one_or_none()
        return Session(_staff(row), row.expires_at) if row is not None else None

    async def prolong_session(self, token_hash: bytes, *, expires_at: datetime) -> None:
        """Update its end."""
        await self._session.execute(_PROLONG, {"token_hash": token_hash, "expires_at": expires_at})

    async def end_session(self, token_hash: bytes) -> None:
        """Delete."""
        await self._session.execute(_END, {"token_hash": token_hash})

    async def tidy(self, *, now: datetime, attempts_before: datetime) -> None:
        """Delete what is old."""
        await self._session.execute(_TIDY_SESSIONS, {"now": now})
        await self._session.execute(_TIDY_ATTEMPTS, {"attempts_before": attempts_before})

    async def audit(
        self, *, at: datetime, actor: str, action: str, subject: str | None = None, address: str | None = None
    ) -> None:
        """Insert."""
        await add_audit(self._session, at=at, actor=actor, action=action, subject=subject, address=address)


async def add_audit(
    session: AsyncSession, *, at: datetime, actor: str, action: str, subject: str | None, address: str | None
) -> None:
    """Add a row to the audit, in the transaction of `session`."""
    values = {"at": at, "actor": actor, "action": action, "subject": subject, "address": address}
    await session.execute(_AUDIT, values)


def open_staff(engine: AsyncEngine) -> Callable[[], AbstractAsyncContextManager[SqlStaffStore]]:
    """Return a factory of transactions over staff."""
    return unit_of_work(engine, SqlStaffStore)


def _staff(row: Row[Any]) -> Staff:
    return Staff(row.staff_id, row.login, row.display_name, Role(row.role), row.unit_code)


def _known(row: Row[Any]) -> KnownStaff:
    return KnownStaff(_staff(row), row.password_hash, row.active)
