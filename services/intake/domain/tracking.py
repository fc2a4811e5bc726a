"""What a resident sees of their report, put together from facts that may arrive in any order."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.intake.domain.submission import Place

RECEIVED = "received"
PLACED = "placed"
WAITING_RESIDENT = "waiting_resident"
RESOLVED = "resolved"
CLOSED = "closed"
# In these states nobody has said yet that they will act.
NOT_ACCEPTED = frozenset({RECEIVED, PLACED, "transferred", "returned"})
SETTLED = frozenset({RESOLVED, CLOSED})
FIRST = "first"
# The reasons of a placement that bring a place, as in `PlacementReason`; the others move deadlines alone.
NAMES_A_UNIT = frozenset({FIRST, "answered", "units_changed"})


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a report went, by when it must be dealt with, and how that was found."""

    feedback_id: UUID
    generation: int
    kind: str
    subject: str
    urgency: str
    needs_review: bool
    unit_code: str | None
    office: str
    placed_by: str
    explanation: str
    approximate: bool
    accept_by: datetime
    resolve_by: datetime
    placed_at: datetime
    reason: str = FIRST
    question: str | None = None
    """What the resident would have to say for a unit to be found."""
    asked_in: int | None = None
    """The generation that asked this first: one that moves deadlines alone carries the question along."""
    alternatives: tuple[str, ...] = ()
    """Units it could also be, the likeliest first."""
    part_of: UUID | None = None
    """The report this is a part of, when one report went to several offices."""
    after_seconds: float | None = None
    """Real time between acceptance and the moment intake knew the place, by the database's clock."""


@dataclass(frozen=True, slots=True)
class CaseStep:
    """One step in the life of a case; versions count up from 1."""

    feedback_id: UUID
    version: int
    action: str
    state: str
    unit_code: str | None
    office: str
    public_reply: str | None
    closing_reason: str | None
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class Tracking:
    """Everything a tracking page shows.

    When a report went to several offices, each further office has a part: the same report, with an id, a placement and
    a case of its own.
    """

    feedback_id: UUID
    tracking_code: str
    text: str
    channel: str
    place: Place
    received_at: datetime
    placement: Placement | None = None
    steps: Sequence[CaseStep] = ()
    answers_given: frozenset[tuple[int, str]] = frozenset()
    """What the resident already said: the turn it was said in and the kind of answer."""
    parts: Sequence["Tracking"] = ()

    @property
    def last_step(self) -> CaseStep | None:
        """The step with the highest version."""
        return max(self.steps, key=lambda step: step.version, default=None)

    @property
    def state(self) -> str:
        """Where it stands."""
        if self.last_step is not None:
            return self.last_step.state
        return PLACED if self.placement is not None else RECEIVED

    @property
    def version(self) -> int:
        """The version of the case; 0 before it is one."""
        return self.last_step.version if self.last_step is not None else 0

    @property
    def unit_code(self) -> str | None:
        """The unit that has it now."""
        known = self._holder
        return known.unit_code if known is not None else None

    @property
    def office(self) -> str | None:
        """The office that has it now."""
        known = self._holder
        return known.office if known is not None else None

    @property
    def _holder(self) -> CaseStep | Placement | None:
        """What tells who has it: the last step, unless the router has found a unit since where there was none."""
        step, placement = self.last_step, self.placement
        if step is None or placement is None or step.unit_code is not None or placement.unit_code is None:
            return step or placement
        found_since = placement.reason in NAMES_A_UNIT and placement.placed_at > step.occurred_at
        return placement if found_since else step

    @property
    def question(self) -> str | None:
        """What the resident is being asked, if anything."""
        if self.state != WAITING_RESIDENT or self.last_step is None:
            return None
        return self.last_step.public_reply

    @property
    def place_question(self) -> str | None:
        """What the router asks, while neither it nor anybody else has found a unit."""
        placement = self.placement
        if placement is None or placement.unit_code is not None:
            return None
        return placement.question if self.unit_code is None and self.state not in SETTLED else None

    @property
    def all_parts(self) -> Sequence["Tracking"]:
        """The report and its parts: one for each office it went to."""
        return (self, *self.parts)


def is_overdue(tracking: Tracking, *, now: datetime) -> bool:
    """Say whether the deadline that counts now has passed: to accept first, then to resolve."""
    if tracking.placement is None or tracking.state in SETTLED:
        return False
    if tracking.state in NOT_ACCEPTED and now > tracking.placement.accept_by:
        return True
    return now > tracking.placement.resolve_by


def latest_steps(steps: Iterable[CaseStep]) -> list[CaseStep]:
    """Keep the step with the highest version of each feedback."""
    latest: dict[UUID, CaseStep] = {}
    for step in steps:
        known = latest.get(step.feedback_id)
        if known is None or step.version > known.version:
            latest[step.feedback_id] = step
    return list(latest.values())


def latest_placements(placements: Iterable[Placement]) -> list[Placement]:
    """Keep the placement with the highest generation of each feedback."""
    latest: dict[UUID, Placement] = {}
    for placement in placements:
        known = latest.get(placement.feedback_id)
        if known is None or placement.generation > known.generation:
            latest[placement.feedback_id] = placement
    return list(latest.values())
