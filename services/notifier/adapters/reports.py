"""What the command line shows of the notifier's state."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from shared.db.engine import make_engine

_MESSAGES = (
    "SELECT changed_at, state, purpose, recipient, feedback_id, attempts, words FROM notifier.message "
    "WHERE (CAST(:state AS text) IS NULL OR state = :state) "
    "AND (CAST(:feedback_id AS uuid) IS NULL OR feedback_id = :feedback_id) ORDER BY changed_at DESC LIMIT :limit"
)
_TIMERS = (
    "SELECT next_due, stage, next_level, unit_code, feedback_id, deadline_at FROM notifier.timer "
    "WHERE running ORDER BY next_due LIMIT :limit"
)


async def messages(database_url: str, *, state: str | None, feedback_id: UUID | None, limit: int) -> Sequence[Row[Any]]:
    """Return messages, the last changed first."""
    return await _rows(database_url, _MESSAGES, state=state, feedback_id=feedback_id, limit=limit)


async def running_timers(database_url: str, *, limit: int) -> Sequence[Row[Any]]:
    """Return the clocks that run, the next to fire first."""
    return await _rows(database_url, _TIMERS, limit=limit)


async def _rows(database_url: str, statement: str, **values: object) -> Sequence[Row[Any]]:
    engine = make_engine(database_url, application_name="cli")
    try:
        async with engine.connect() as connection:
            return (await connection.execute(text(statement), values)).all()
    finally:
        await engine.dispose()
