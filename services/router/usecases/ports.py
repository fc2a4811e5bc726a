"""What the use cases need from outside: boundaries, the reference in force, the tables."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from services.router.domain.clock import Calendars, Hours, WorkingCalendar
from services.router.domain.desks import NO_DESKS, Desks
from services.router.domain.life import CaseLife
from services.router.domain.place import PinFinding, Places
from services.router.domain.plans import Plan
from services.router.domain.replay import PastMatter
from services.router.domain.rules import Policy
from services.router.domain.special_days import SpecialDay
from services.router.domain.switches import Switch, SwitchAction, SwitchNote
from shared.events import FeedbackPlaced

FURTHEST_DEGREES = 180.0
LOADED = SwitchNote(SwitchAction.LOAD, by="langnghe", why="territory pack loaded", by_hand=False)


@dataclass(frozen=True, slots=True)
class Point:
    """A point, WGS 84 degrees; as a device gave it, so the two may be exchanged, or be no numbers of degrees at all."""

    lat: float
    lon: float

    @property
    def usable(self) -> bool:
        """Whether both are numbers of degrees, straight or exchanged; NaN is not."""
        return -FURTHEST_DEGREES <= self.lat <= FURTHEST_DEGREES and -FURTHEST_DEGREES <= self.lon <= FURTHEST_DEGREES


@dataclass(frozen=True, slots=True)
class Box:
    """The smallest rectangle of degrees around a territory."""

    west: float
    south: float
    east: float
    north: float

    def holds(self, *, lat: float, lon: float) -> bool:
        """Say whether a point lies in it, its sides included."""
        return self.west <= lon <= self.east and self.south <= lat <= self.north


class Boundaries(Protocol):
    """A set of boundaries, real or generalised."""

    @property
    def version(self) -> str:
        """Name the set."""
        ...

    @property
    def box(self) -> Box:
        """Say where a point can lie inside at all."""
        ...

    def find(self, points: Sequence[Point]) -> Sequence[PinFinding]:
        """Tell for each usable point which unit it lies in."""
        ...


@dataclass(frozen=True, slots=True)
class Reference:
    """Everything a decision needs, in force at one moment, with its versions."""

    places: Places
    boundaries: Boundaries
    policy: Policy
    calendars: Calendars
    zone: tzinfo
    units_version: str
    policy_version: str
    calendar_version: str
    desks: Desks = NO_DESKS
    offices_version: str | None = None

    @property
    def calendar(self) -> WorkingCalendar:
        """The calendar of those without hours of their own."""
        return self.calendars.ordinary


class ReferenceMissingError(TimeoutError):
    """No territory has been loaded yet; waiting helps, because somebody will."""


CurrentReference = Callable[[], Awaitable[Reference]]
"""Return the reference in force; raises `ReferenceMissingError` while there is none."""


class SetKind(StrEnum):
    """The kinds of reference sets; each has at most one set in force."""

    UNITS = "units"
    POLICY = "policy"
    CALENDAR = "calendar"
    BOUNDARIES = "boundaries"
    OFFICES = "offices"


@dataclass(frozen=True, slots=True)
class ReferenceSet:
    """A versioned document; its version is a hash of its content.

    It is in force from the moment it is loaded until another takes its place. `valid_from` is what its author says of
    it: kept and shown, it neither delays the switch nor reaches back.
    """

    kind: SetKind
    version: str
    valid_from: date
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CalendarInForce:
    """A calendar as people read it: its version, its years, its hours and its special days."""

    version: str
    timezone: str
    years: tuple[int, ...]
    imported_years: tuple[int, ...]
    hours: tuple[Hours, ...]
    unit_hours: Mapping[str, tuple[Hours, ...]]
    days: tuple[SpecialDay, ...]


@dataclass(frozen=True, slots=True)
class Placement:
    """A placement as it is stored: the event, and what led to it that the event does not carry.

    `point` is a usable pin as the resident gave it; `second_subject` is another matter that the report speaks of.
    """

    event: FeedbackPlaced
    cause_id: UUID
    units_version: str
    channel: str | None
    point: Point | None
    second_subject: str | None = None
    offices_version: str | None = None


class PlacementStore(Protocol):
    """The placements, inside one transaction."""

    async def add_missing(self, placements: Sequence[Placement]) -> Mapping[UUID, FeedbackPlaced]:
        """Store those whose feedback has none yet; return, by feedback id, the ones that were there before."""
        ...

    async def parts_of(self, feedback_ids: Collection[UUID]) -> Mapping[UUID, Sequence[FeedbackPlaced]]:
        """Return the first placements of the parts of these reports, always in the same order."""
        ...

    async def newest_told(self, feedback_ids: Collection[UUID]) -> Mapping[UUID, FeedbackPlaced]:
        """Return the newest generation of each of these that was told, where there is one after the first."""
        ...


OpenPlacements = Callable[[], AbstractAsyncContextManager[PlacementStore]]


@dataclass(frozen=True, slots=True)
class PlacedCase:
    """A case that was placed: its newest placement, what the desk says of it, and what has been heard of it.

    `causes` are the records that led to any of its placements; `corrected_at` is when it was last corrected.
    """

    placement: Placement
    life: CaseLife | None = None
    causes: frozenset[UUID] = frozenset()
    corrected_at: datetime | None = None

    @property
    def feedback_id(self) -> UUID:
        """The feedback this case is about."""
        return self.placement.event.feedback_id

    @property
    def unit_code(self) -> str | None:
        """The unit that has it now: the desk's word, and before there is one, the placement's."""
        return self.life.unit_code if self.life is not None else self.placement.event.unit_code

    @property
    def office(self) -> str:
        """The office that has it now."""
        return self.life.office if self.life is not None else self.placement.event.office

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to act; so it is before the desk's first word."""
        return self.life is None or self.life.is_open


@dataclass(frozen=True, slots=True)
class RecomputationNote:
    """Who had deadlines computed anew, and why; `run_id` is the cause of the generations that came of it."""

    run_id: UUID
    by: str
    why: str


class LifeCycleStore(Protocol):
    """Placements after the first and the lives of cases, inside one transaction."""

    async def cases(self, feedback_ids: Collection[UUID]) -> Mapping[UUID, PlacedCase]:
        """Lock those of these cases that were placed until the transaction ends, and return them."""
        ...

    async def lives(self, feedback_ids: Collection[UUID]) -> Mapping[UUID, CaseLife]:
        """Return what the desk said of these cases, placed or not."""
        ...

    async def keep_lives(self, lives: Mapping[UUID, CaseLife]) -> None:
        """Keep what the desk says; what is older than what is kept changes nothing."""
        ...

    async def newest_open(
        self,
        *,
        limit: int,
        after: UUID | None = None,
        units: Collection[str] | None = None,
        for_change: bool = False,
    ) -> Sequence[PlacedCase]:
        """Return the next open cases by feedback id, behind `after`; with `units`, those that these units have now.

        With `for_change` they are locked until the transaction ends. A page can be shorter than the limit although it
        is not the last, because a case was closed meanwhile; behind the last page is an empty one.
        """
        ...

    async def add_generations(self, placements: Sequence[Placement]) -> Sequence[Placement]:
        """Store further generations, one of each case; return those that are new: not what others stored meanwhile.

        The first of a new part may be among them. A unit and an office that the desk is to take over count from now on
        as those that have the case.
        """
        ...

    async def say(self, events: Sequence[FeedbackPlaced]) -> None:
        """Put events into the outbox, in their order."""
        ...

    async def note_recomputation(self, note: RecomputationNote) -> None:
        """Put on record who had deadlines computed anew, and why; the same run once."""
        ...


OpenLifeCycle = Callable[[], AbstractAsyncContextManager[LifeCycleStore]]

ReferenceAsOf = Callable[[Placement], Awaitable[Reference]]
"""Return the reference in force, with the rules, the calendar and the hours of offices that a placement was made with.

What is not stored any more is as it is in force.
"""


class ReferenceStore(Protocol):
    """The versioned reference sets, inside one transaction."""

    async def lock(self) -> None:
        """Wait until nobody else changes what is in force, and keep others waiting until the transaction ends."""
        ...

    async def active(self, kind: SetKind) -> ReferenceSet | None:
        """Return the set in force."""
        ...

    async def find(self, kind: SetKind, version: str) -> ReferenceSet | None:
        """Return a set that is stored, in force or not."""
        ...

    async def switches_of(self, kind: SetKind) -> Sequence[Switch]:
        """List every switch of a kind, the oldest first."""
        ...

    async def keep(self, reference_set: ReferenceSet) -> bool:
        """Store a set without putting it in force; return whether it is in force already."""
        ...

    async def activate(self, reference_set: ReferenceSet, note: SwitchNote = LOADED) -> bool:
        """Put a set in force, storing it first when it is new; return whether anything changed.

        A change is put on record with the note.
        """
        ...

    async def open_cases_of(self, units: Collection[str]) -> int:
        """Count the open cases that these units have now."""
        ...

    async def is_by_hand(self, kind: SetKind) -> bool:
        """Say whether a person switched to the set in force."""
        ...

    async def deactivate(self, kind: SetKind, note: SwitchNote = LOADED) -> bool:
        """Take the set in force of this kind out of force, on record; return whether there was one."""
        ...


OpenReferences = Callable[[], AbstractAsyncContextManager[ReferenceStore]]


class RuleStore(ReferenceStore, Protocol):
    """The rules, their switches and the placements they made, inside one transaction."""

    async def switches(self) -> Sequence[Switch]:
        """List every switch of the rules, the oldest first."""
        ...

    async def last_placements(self, limit: int) -> Sequence[PastMatter]:
        """Return the latest placements; their texts are not kept."""
        ...


OpenRules = Callable[[], AbstractAsyncContextManager[RuleStore]]


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """A stored set of boundaries without its polygons."""

    version: str
    units: int
    loaded_at: datetime
    active: bool


@dataclass(frozen=True, slots=True)
class PlacedPin:
    """The pin of a placement, and how the place was found."""

    feedback_id: UUID
    point: Point
    placed_by: str


class BoundaryStore(ReferenceStore, Protocol):
    """The boundaries, their switches, those that are planned, and the pins of the past, inside one transaction."""

    async def stored(self) -> Sequence[StoredVersion]:
        """List the stored boundaries, the oldest first."""
        ...

    async def last_pins(self, limit: int) -> Sequence[PlacedPin]:
        """Return the pins of the latest placements that had one."""
        ...

    async def zone(self) -> tzinfo:
        """Return the time zone of the calendar in force, UTC before there is one."""
        ...

    async def plans(self, kind: SetKind, *, only_open: bool = False) -> Sequence[Plan]:
        """List planned switches of a kind, the oldest first."""
        ...

    async def plan(self, kind: SetKind, version: str | None, on: date, note: SwitchNote) -> Plan:
        """Plan a switch."""
        ...

    async def settle(self, plan: Plan, *, at: datetime, by: str, outcome: str) -> Plan:
        """Put on record what became of a plan."""
        ...


OpenBoundaries = Callable[[], AbstractAsyncContextManager[BoundaryStore]]


class TerritoryStore(ReferenceStore, LifeCycleStore, Protocol):
    """Reference sets and open cases in one transaction: what a change of units touches."""

    async def former_units(self, feedback_ids: Collection[UUID]) -> Mapping[UUID, str]:
        """Return the unit that each case was in before a change of units last moved it, for those that were moved."""
        ...


OpenTerritory = Callable[[], AbstractAsyncContextManager[TerritoryStore]]
