"""What the command line shows of the notifier's state."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from shared.db.engine import make_engine
from shared.events.short_id import endings_of

_MESSAGES = (
    "SELECT changed_at, state, purpose, recipient, feedback_id, attempts, words FROM notifier.message "
    "WHERE (CAST(:state AS text) IS NULL OR state = :state) "
    "AND (CAST(:endings AS text[]) IS NULL OR right(feedback_id::text, :letters) = ANY(CAST(:endings AS text[]))) "
    "ORDER BY changed_at DESC LIMIT :limit"
)
_TIMERS = (
    "SELECT next_due, stage, next_level, unit_code, feedback_id, deadline_at FROM notifier.timer "
    "WHERE running ORDER BY next_due LIMIT :limit"
)


async def messages(database_url: str, *, state: str | None, about: UUID | str | None, limit: int) -> Sequence[Row[Any]]:
    """Return messages, the last changed first; all, or those about a feedback, by its id or its short id."""
    endings = None if about is None else [str(about)] if isinstance(about, UUID) else endings_of(about)
    letters = len(endings[0]) if endings else 0
    return await _rows(database_url, _MESSAGES, state=state, endings=endings, letters=letters, limit=limit)


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
