"""What the use cases need from outside: boundaries, the reference in force, the tables."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, tzinfo
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from services.router.domain.clock import Calendars, Hours, WorkingCalendar
from services.router.domain.place import PinFinding, Places
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

    `point` is a usable pin as the resident gave it.
    """

    event: FeedbackPlaced
    cause_id: UUID
    units_version: str
    channel: str | None
    point: Point | None


class PlacementStore(Protocol):
    """The placements, inside one transaction."""

    async def add_missing(self, placements: Sequence[Placement]) -> Mapping[UUID, FeedbackPlaced]:
        """Store those whose feedback has none yet; return, by feedback id, the ones that were there before."""
        ...


OpenPlacements = Callable[[], AbstractAsyncContextManager[PlacementStore]]


class ReferenceStore(Protocol):
    """The versioned reference sets, inside one transaction."""

    async def lock(self) -> None:
        """Wait until nobody else changes what is in force, and keep others waiting until the transaction ends."""
        ...

    async def active(self, kind: SetKind) -> ReferenceSet | None:
        """Return the set in force."""
        ...

    async def activate(self, reference_set: ReferenceSet, note: SwitchNote = LOADED) -> bool:
        """Put a set in force, storing it first when it is new; return whether anything changed.

        A change is put on record with the note.
        """
        ...

    async def rules_are_by_hand(self) -> bool:
        """Say whether a person switched to the rules in force."""
        ...

    async def deactivate(self, kind: SetKind) -> bool:
        """Take the set in force of this kind out of force; return whether there was one."""
        ...


OpenReferences = Callable[[], AbstractAsyncContextManager[ReferenceStore]]


class RuleStore(ReferenceStore, Protocol):
    """The rules, their switches and the placements they made, inside one transaction."""

    async def find(self, kind: SetKind, version: str) -> ReferenceSet | None:
        """Return a set that is stored, in force or not."""
        ...

    async def switches(self) -> Sequence[Switch]:
        """List every switch of the rules, the oldest first."""
        ...

    async def last_placements(self, limit: int) -> Sequence[PastMatter]:
        """Return the latest placements; their texts are not kept."""
        ...


OpenRules = Callable[[], AbstractAsyncContextManager[RuleStore]]
