"""A territory's reference data: units, topics, offices, policy and calendar, as its pack says them.

Plain facts and lookups by code; what follows from them is decided by the services.
"""

from shared.territory.model import (
    Alias,
    CalendarDay,
    DayKind,
    DeadlineRule,
    Duration,
    Office,
    OfficeRule,
    Policy,
    Predecessor,
    Territory,
    Topic,
    TopicField,
    Unit,
    WorkingHours,
)
from shared.territory.reader import TerritoryError, load_territory

__all__ = [
    "Alias",
    "CalendarDay",
    "DayKind",
    "DeadlineRule",
    "Duration",
    "Office",
    "OfficeRule",
    "Policy",
    "Predecessor",
    "Territory",
    "TerritoryError",
    "Topic",
    "TopicField",
    "Unit",
    "WorkingHours",
    "load_territory",
]
