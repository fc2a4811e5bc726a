"""A territory's reference data: units, topics, offices, policy and calendar, as its pack says them.

Plain facts and lookups by code; what follows from them is decided by the services.
"""

from shared.territory.model import (
    Alias,
    CalendarDay,
    DayKind,
    DeadlineRule,
    Duration,
    Elsewhere,
    Office,
    OfficeDesk,
    OfficeRule,
    Policy,
    Predecessor,
    SpecialHours,
    Spot,
    SpotKind,
    Territory,
    Topic,
    TopicField,
    Unit,
    WorkingHours,
)
from shared.territory.reader import TerritoryError, load_territory, read_desks, read_policy, read_policy_text

__all__ = [
    "Alias",
    "CalendarDay",
    "DayKind",
    "DeadlineRule",
    "Duration",
    "Elsewhere",
    "Office",
    "OfficeDesk",
    "OfficeRule",
    "Policy",
    "Predecessor",
    "SpecialHours",
    "Spot",
    "SpotKind",
    "Territory",
    "TerritoryError",
    "Topic",
    "TopicField",
    "Unit",
    "WorkingHours",
    "load_territory",
    "read_desks",
    "read_policy",
    "read_policy_text",
]
