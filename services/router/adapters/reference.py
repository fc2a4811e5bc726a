"""The reference in force: read from the database, watched, and exchanged whole when somebody switches a set."""

import asyncio
import contextlib
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

import structlog
from anyio import to_thread
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.router.adapters.boundaries import NEAR_BORDER_METRES
from services.router.adapters.documents import build_reference
from services.router.usecases.ports import Reference, ReferenceMissingError, ReferenceSet, SetKind

log = structlog.get_logger(__name__)

NEEDED = frozenset({SetKind.UNITS, SetKind.POLICY, SetKind.CALENDAR})
NOT_LOADED = "no territory is loaded; run `langnghe territory load`"
UNUSABLE = "a reference set in the database cannot be used; load the territory again"
_VERSIONS = text("SELECT kind, version FROM router.reference_set WHERE active")
_SETS = text("SELECT kind, version, valid_from, document FROM router.reference_set WHERE active")
_SHOWN = text(
    "SELECT kind, version, valid_from, active, loaded_at, document->>'label' AS label, "
    "CASE kind WHEN 'units' THEN jsonb_array_length(document->'units') "
    "WHEN 'policy' THEN jsonb_array_length(document->'deadlines') + jsonb_array_length(document->'offices') "
    "WHEN 'calendar' THEN jsonb_array_length(document->'days') "
    "WHEN 'offices' THEN jsonb_array_length(document->'offices') "
    "ELSE jsonb_array_length(document->'features') END AS size "
    "FROM router.reference_set ORDER BY kind, loaded_at"
)
Versions = dict[str, str]


@dataclass(frozen=True, slots=True)
class ShownSet:
    """A stored set without its document, for people."""

    kind: str
    version: str
    label: str | None
    size: int
    valid_from: date
    loaded_at: datetime
    active: bool


class ReferenceWatcher:
    """Keep the reference in force at hand; a switch is noticed within `every_seconds`."""

    def __init__(
        self, engine: AsyncEngine, *, every_seconds: float, near_border_metres: float = NEAR_BORDER_METRES
    ) -> None:
        """Nothing is read yet."""
        self._engine = engine
        self._every_seconds = every_seconds
        self._build = partial(build_reference, near_border_metres=near_border_metres)
        self._versions: Versions = {}
        self._reference: Reference | None = None
        self._refreshing = asyncio.Lock()

    async def current(self) -> Reference:
        """Return the reference in force; raises `ReferenceMissingError` while no territory is loaded."""
        if self._reference is None:
            await self.refresh()
        if self._reference is None:
            raise ReferenceMissingError(NOT_LOADED)
        return self._reference

    async def refresh(self) -> bool:
        """Look whether a set was switched, and if so exchange the reference; return whether it was."""
        async with self._refreshing, self._engine.connect() as connection:
            versions: Versions = {row.kind: row.version for row in await connection.execute(_VERSIONS)}
            if versions == self._versions or not versions.keys() >= NEEDED:
                return False
            sets = {SetKind(row.kind): _set(row) for row in await connection.execute(_SETS)}
            try:
                self._reference = await to_thread.run_sync(self._build, sets)
            except (ArithmeticError, LookupError, TypeError, ValueError) as error:
                # What is stored was checked when it was loaded; if it is broken all the same, no record is at fault.
                log.exception("a reference set cannot be used, the one before stays in force", **versions)
                raise ReferenceMissingError(UNUSABLE) from error
            self._versions = {kind.value: reference_set.version for kind, reference_set in sets.items()}
        log.info("reference in force", **self._versions)
        return True

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            with contextlib.suppress(ReferenceMissingError):
                await self.refresh()
            await asyncio.sleep(self._every_seconds)

    async def check(self) -> str | None:
        """Tell what is missing, for /ready."""
        try:
            await self.current()
        except ReferenceMissingError as error:
            return str(error)
        return None


def _set(row: Any) -> ReferenceSet:
    return ReferenceSet(SetKind(row.kind), row.version, row.valid_from, row.document)


async def shown_sets(engine: AsyncEngine) -> list[ShownSet]:
    """List every stored set, the oldest of each kind first."""
    async with engine.connect() as connection:
        return [
            ShownSet(row.kind, row.version, row.label, row.size, row.valid_from, row.loaded_at, row.active)
            for row in await connection.execute(_SHOWN)
        ]
