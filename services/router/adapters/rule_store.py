"""The rules, their switches and the placements they made, in one transaction."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from services.router.adapters.store import SqlReferences
from services.router.domain.facts import Matter
from services.router.domain.replay import PastMatter
from services.router.domain.switches import Switch, SwitchAction, SwitchNote
from services.router.usecases.ports import ReferenceSet, RuleStore, SetKind
from shared.db.unit_of_work import unit_of_work

_FIND = text("SELECT version, valid_from, document FROM router.reference_set WHERE kind = :kind AND version = :version")
_SWITCHES = text(
    "SELECT id, switched_at, action, switched_by, why, by_hand, version_before, version "
    "FROM router.reference_switch WHERE kind = 'policy' ORDER BY id"
)
_LAST = text(
    "SELECT feedback_id, kind, subject, urgency, needs_review, unit_code, received_at, channel, office "
    "FROM router.placement WHERE generation = 1 ORDER BY placed_at DESC, feedback_id DESC LIMIT :limit"
)


class SqlRules(SqlReferences):
    """Reference sets, with what people do to the rules."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in the session's transaction."""
        super().__init__(session)
        self._session = session

    async def find(self, kind: SetKind, version: str) -> ReferenceSet | None:
        """Return a set that is stored, in force or not."""
        found = await self._session.execute(_FIND, {"kind": kind.value, "version": version})
        row = found.one_or_none()
        return ReferenceSet(kind, row.version, row.valid_from, row.document) if row is not None else None

    async def switches(self) -> Sequence[Switch]:
        """List every switch of the rules, the oldest first."""
        return [_switch(row) for row in await self._session.execute(_SWITCHES)]

    async def last_placements(self, limit: int) -> Sequence[PastMatter]:
        """Return the latest placements; their texts are not kept."""
        return [_past(row) for row in await self._session.execute(_LAST, {"limit": limit})]


def _switch(row: Row[Any]) -> Switch:
    note = SwitchNote(SwitchAction(row.action), row.switched_by, row.why, row.by_hand)
    return Switch(row.id, row.switched_at, note, row.version_before, row.version)


def _past(row: Row[Any]) -> PastMatter:
    matter = Matter(
        kind=row.kind,
        topic=row.subject,
        urgency=row.urgency,
        needs_review=row.needs_review,
        unit_code=row.unit_code,
        received_at=row.received_at,
        channel=row.channel,
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
