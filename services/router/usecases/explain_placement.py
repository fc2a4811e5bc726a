"""ExplainPlacement: tell the whole story of a placement from what is on record; nothing is decided anew."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo
from typing import Any, Protocol
from uuid import UUID

from services.router.domain.clock import Calendars, Duration
from services.router.domain.counting import Counting, account_for
from services.router.domain.life import CaseLife
from services.router.domain.rules import Policy, Rule, Terms
from services.router.domain.special_days import SpecialDay
from services.router.usecases.ports import Placement, SetKind

Document = Mapping[str, Any]


class UnknownPlacementError(LookupError):
    """Nothing was placed under this code."""


class StoryStore(Protocol):
    """What is on record, inside one transaction."""

    async def generations(self, code: str) -> Sequence[Placement]:
        """Read every generation of what a code names, with its parts: the report first, the oldest generation first.

        A code is a tracking code, a feedback id or the short name of a case; another names nothing.
        """
        ...

    async def lives(self, feedback_ids: Collection[UUID]) -> Mapping[UUID, CaseLife]:
        """Return what the desk said of these cases."""
        ...

    async def document(self, kind: SetKind, version: str) -> Document | None:
        """Read a reference set as it was."""
        ...


OpenStories = Callable[[], AbstractAsyncContextManager[StoryStore]]


@dataclass(frozen=True, slots=True)
class CalendarOnRecord:
    """A calendar as it was: what counts, in which zone, and its special days."""

    calendars: Calendars
    zone: tzinfo
    special_days: Mapping[date, SpecialDay]


@dataclass(frozen=True, slots=True)
class RuleMet:
    """A rule that decided, and its place in the list, from 1; `conditions` tell what it asks."""

    place: int
    of: int
    rule: Rule[Any]


@dataclass(frozen=True, slots=True)
class Generation:
    """One generation with what decided it; None where the rules or the calendar of that time are not kept.

    `office_by_people` is whether somebody gave the case to its office, so that no rule chose it.
    """

    placement: Placement
    office_rule: RuleMet | None
    deadline_rule: RuleMet | None
    accept: Counting | None
    resolve: Counting | None
    office_by_people: bool = False


@dataclass(frozen=True, slots=True)
class Story:
    """All generations of one case, the oldest first; there is at least one. `life` is what the desk said since."""

    feedback_id: UUID
    generations: tuple[Generation, ...]
    life: CaseLife | None = None

    @property
    def newest(self) -> Generation:
        """What holds now."""
        return self.generations[-1]

    @property
    def moved_on(self) -> CaseLife | None:
        """Where people gave the case without moving a deadline, so that there is no generation that says so."""
        event = self.newest.placement.event
        has_moved = self.life is not None and (self.life.unit_code, self.life.office) != (event.unit_code, event.office)
        return self.life if has_moved else None


@dataclass(frozen=True, slots=True)
class ExplainPlacement:
    """Read what is on record and put it together with the rules and calendars of that time."""

    open_stories: OpenStories
    read_policy: Callable[[Document], Policy]
    read_calendar: Callable[[Document, Document | None], CalendarOnRecord]
    """Makes a calendar usable, with the hours of offices if their desks are on record."""

    async def __call__(self, code: str) -> list[Story]:
        """Return a story for the report and one for each of its parts; raises `UnknownPlacementError`."""
        async with self.open_stories() as store:
            placements = await store.generations(code)
            if not placements:
                raise UnknownPlacementError(code)
            policies, calendars = {}, {}
            for placement in placements:
                event = placement.event
                if event.policy_version not in policies:
                    document = await store.document(SetKind.POLICY, event.policy_version)
                    policies[event.policy_version] = self.read_policy(document) if document is not None else None
                hours = (event.calendar_version, placement.offices_version)
                if hours not in calendars:
                    calendars[hours] = await self._calendar(store, *hours)
            lives = await store.lives({placement.event.feedback_id for placement in placements})
        cases: dict[UUID, list[Generation]] = {}
        for placement in placements:
            event = placement.event
            hours = (event.calendar_version, placement.offices_version)
            told = _generation(placement, policies[event.policy_version], calendars[hours])
            before = cases.setdefault(event.feedback_id, [])
            before.append(_after(before[-1], told) if before else told)
        return [
            Story(feedback_id, tuple(generations), lives.get(feedback_id)) for feedback_id, generations in cases.items()
        ]

    async def _calendar(
        self, store: StoryStore, calendar_version: str, offices_version: str | None
    ) -> CalendarOnRecord | None:
        calendar = await store.document(SetKind.CALENDAR, calendar_version)
        offices = await store.document(SetKind.OFFICES, offices_version) if offices_version is not None else None
        return self.read_calendar(calendar, offices) if calendar is not None else None


def _generation(placement: Placement, policy: Policy | None, calendar: CalendarOnRecord | None) -> Generation:
    event = placement.event
    office_rule = _met(policy.offices, event.office_rule) if policy is not None else None
    deadline_rule = _met(policy.deadlines, event.deadline_rule) if policy is not None else None
    if deadline_rule is None or calendar is None:
        return Generation(placement, office_rule, deadline_rule, None, None)
    terms: Terms = deadline_rule.rule.outcome

    def counting(duration: Duration, due: datetime) -> Counting:
        return account_for(
            calendar.calendars.of(event.unit_code, event.office),
            calendar.special_days,
            calendar.zone,
            received_at=event.received_at,
            due=due,
            duration=duration,
        )

    return Generation(
        placement,
        office_rule,
        deadline_rule,
        counting(terms.accept, event.accept_by),
        counting(terms.resolve, event.resolve_by),
    )


def _after(before: Generation, told: Generation) -> Generation:
    """Say of a further generation who chose its office, by the rules of the time when that was chosen."""
    event = told.placement.event
    stays = event.office == before.placement.event.office
    if event.reason.brings_a_place and not (stays and before.office_by_people):
        return told
    if stays:
        return replace(told, office_rule=before.office_rule, office_by_people=before.office_by_people)
    return replace(told, office_rule=None, office_by_people=True)


def _met(rules: Sequence[Rule[Any]], rule_id: str | None) -> RuleMet | None:
    found = ((place, rule) for place, rule in enumerate(rules, start=1) if rule.id == rule_id)
    return next((RuleMet(place, len(rules), rule) for place, rule in found), None)
