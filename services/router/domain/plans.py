"""Switches that wait for their day."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Plan:
    """A switch planned for the beginning of a local day, to a version or to none, and what became of it."""

    id: int
    kind: str
    version: str | None
    on: date
    by: str
    why: str
    planned_at: datetime
    settled_at: datetime | None = None
    settled_by: str | None = None
    outcome: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether it still waits."""
        return self.settled_at is None

    def is_due(self, today: date) -> bool:
        """Whether its day has come and it was not settled yet."""
        return self.is_open and self.on <= today
