"""The rules, the calendars and the hours that placements were made with, read once and kept at hand."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import tzinfo
from zoneinfo import ZoneInfo

import structlog
from anyio import to_thread
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.router.adapters.calendar_documents import calendars_of
from services.router.adapters.content import Document
from services.router.adapters.desk_documents import desk_calendars, desks_of
from services.router.adapters.rule_documents import policy_of
from services.router.domain.clock import Calendars
from services.router.domain.desks import Desks
from services.router.domain.rules import Policy
from services.router.usecases.ports import CurrentReference, Placement, Reference, SetKind

log = structlog.get_logger(__name__)

MOST_KEPT = 16
_DOCUMENTS = text(
    """
    SELECT kind, document FROM router.reference_set
    WHERE (kind, version) IN (('policy', :policy), ('calendar', :calendar), ('offices', CAST(:offices AS text)))
    """
)
Versions = tuple[str, str, str | None]


@dataclass(frozen=True, slots=True)
class TermsOfThen:
    """What deadlines were counted with: the rules, and the calendars with the hours of offices."""

    policy: Policy
    calendars: Calendars
    zone: tzinfo


class PastReferences:
    """The reference in force, with the rules, the calendar and the hours of a placement in the place of its own."""

    def __init__(self, engine: AsyncEngine, current: CurrentReference) -> None:
        """Nothing is read yet."""
        self._engine = engine
        self._current = current
        self._kept: OrderedDict[Versions, TermsOfThen] = OrderedDict()

    async def as_of(self, placement: Placement) -> Reference:
        """Return it; when that of then is not stored any more, or cannot be used, all is as it is in force."""
        current = await self._current()
        policy, calendar = placement.event.policy_version, placement.event.calendar_version
        versions = (policy, calendar, placement.offices_version)
        if versions == (current.policy_version, current.calendar_version, current.offices_version):
            return current
        terms = self._kept.get(versions) or await self._read(versions)
        if terms is None:
            return current
        self._kept[versions] = terms
        self._kept.move_to_end(versions)
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return replace(
            current,
            policy=terms.policy,
            calendars=terms.calendars,
            zone=terms.zone,
            policy_version=policy,
            calendar_version=calendar,
            offices_version=placement.offices_version,
        )

    async def _read(self, versions: Versions) -> TermsOfThen | None:
        policy, calendar, offices = versions
        async with self._engine.connect() as connection:
            rows = await connection.execute(_DOCUMENTS, {"policy": policy, "calendar": calendar, "offices": offices})
            documents = {SetKind(row.kind): row.document for row in rows}
        needed = {SetKind.POLICY, SetKind.CALENDAR} | ({SetKind.OFFICES} if offices is not None else set())
        if documents.keys() != needed:
            log.warning("the rules or the calendar of a placement are not stored", policy=policy, calendar=calendar)
            return None
        try:
            return await to_thread.run_sync(_terms, documents)
        except (ArithmeticError, LookupError, TypeError, ValueError):
            log.exception("the rules or the calendar of a placement cannot be used", policy=policy, calendar=calendar)
            return None


def _terms(documents: Mapping[SetKind, Document]) -> TermsOfThen:
    calendar, offices = documents[SetKind.CALENDAR], documents.get(SetKind.OFFICES)
    desks = desks_of(offices) if offices is not None else Desks()
    return TermsOfThen(
        policy_of(documents[SetKind.POLICY]),
        replace(calendars_of(calendar), by_office=desk_calendars(calendar, desks)),
        ZoneInfo(calendar["timezone"]),
    )
