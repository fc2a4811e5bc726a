"""What the use cases need from outside: boundaries, the reference in force, the tables."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, tzinfo
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from services.router.domain.clock import WorkingCalendar
from services.router.domain.place import PinFinding, Places
from services.router.domain.rules import Policy
from shared.events import FeedbackPlaced


@dataclass(frozen=True, slots=True)
class Point:
    """A point, WGS 84 degrees."""

    lat: float
    lon: float


class Boundaries(Protocol):
    """A set of boundaries, real or generalised."""

    @property
    def version(self) -> str:
        """Name the set."""
        ...

    def find(self, points: Sequence[Point]) -> Sequence[PinFinding]:
        """Tell for each point which unit it lies in."""
        ...


@dataclass(frozen=True, slots=True)
class Reference:
    """Everything a decision needs, in force at one moment, with its versions."""

    places: Places
    boundaries: Boundaries
    policy: Policy
    calendar: WorkingCalendar
    zone: tzinfo
    units_version: str
    policy_version: str
    calendar_version: str


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
class Placement:
    """A placement as it is stored: the event, and what led to it that the event does not carry."""

    event: FeedbackPlaced
    cause_id: UUID
    units_version: str
    office_rule: str
    deadline_rule: str


class PlacementStore(Protocol):
    """The placements, inside one transaction."""

    async def add_missing(self, placements: Sequence[Placement]) -> Mapping[UUID, FeedbackPlaced]:
        """Store those whose feedback has none yet; return, by feedback id, the ones that were there before."""
        ...


OpenPlacements = Callable[[], AbstractAsyncContextManager[PlacementStore]]


class ReferenceStore(Protocol):
    """The versioned reference sets, inside one transaction."""

    async def active(self, kind: SetKind) -> ReferenceSet | None:
        """Return the set in force."""
        ...

    async def activate(self, reference_set: ReferenceSet) -> bool:
        """Put a set in force, storing it first when it is new; return whether anything changed."""
        ...

    async def deactivate(self, kind: SetKind) -> bool:
        """Take the set in force of this kind out of force; return whether there was one."""
        ...


OpenReferences = Callable[[], AbstractAsyncContextManager[ReferenceStore]]
