"""Which units of before went into one unit of today, as the territory says."""

from services.desk.domain.staff import UnitNames
from shared.territory import Territory


def unit_names(territory: Territory) -> UnitNames:
    """Collect the units that ceased and went into one as a whole; those that were split decide nothing."""
    found = {old.old_code: territory.successor(old.old_code) for old in territory.predecessors}
    return UnitNames({old: new for old, new in found.items() if new is not None and new != old})
