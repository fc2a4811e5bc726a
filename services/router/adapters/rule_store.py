"""The rules, their switches and the placements they made, in one transaction."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from services.router.adapters.store import SqlReferences
from services.router.domain.facts import Matter
from services.router.domain.replay import PastMatter
from services.router.domain.switches import Switch
from services.router.usecases.ports import RuleStore, SetKind
from shared.db.unit_of_work import unit_of_work

_LAST = text(
    "SELECT feedback_id, kind, subject, urgency, needs_review, unit_code, received_at, channel, office, "
    "second_subject FROM router.placement WHERE generation = 1 AND part_of IS NULL "
    "ORDER BY placed_at DESC, feedback_id DESC LIMIT :limit"
)


class SqlRules(SqlReferences):
    """Reference sets, with what people do to the rules."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in the session's transaction."""
        super().__init__(session)
        self._session = session

    async def switches(self) -> Sequence[Switch]:
        """List every switch of the rules, the oldest first."""
        return await self.switches_of(SetKind.POLICY)

    async def last_placements(self, limit: int) -> Sequence[PastMatter]:
        """Return the latest placements; their texts are not kept."""
        return [_past(row) for row in await self._session.execute(_LAST, {"limit": limit})]


def _past(row: Row[Any]) -> PastMatter:
    matter = Matter(
        kind=row.kind,
        topic=row.subject,
        urgency=row.urgency,
        needs_review=row.needs_review,
        unit_code=row.unit_code,
        received_at=row.received_at,
        channel=row.channel,
        second_topic=row.second_subject,
    )
    return PastMatter(row.feedback_id, matter, row.office)


class RulesInDatabase:
    """The transactions of the rules over an engine."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Prepare the transactions."""
        self._open = unit_of_work(engine, SqlRules)

    def open_rules(self) -> AbstractAsyncContextManager[RuleStore]:
        """Open a transaction over the rules."""
        return self._open()
