"""Who works here, what they may see, and which part they play towards a case."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from services.desk.domain.life_cycle import Part, Standing

EVERY_UNIT = "*"
BETWEEN_UNITS = ","
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


class Role(StrEnum):
    """What somebody is employed for."""

    HANDLER = "handler"
    UNIT_LEADER = "unit_leader"
    PROVINCE_DESK = "province_desk"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"


UNIT_ROLES = frozenset({Role.HANDLER, Role.UNIT_LEADER})
# Whose own inbox is the province desk's.
DESK_ROLES = frozenset({Role.PROVINCE_DESK, Role.ADMIN})


@dataclass(frozen=True, slots=True)
class Staff:
    """A member of staff; a unit belongs to the unit roles and to them alone.

    `former_units` went into the unit as a whole: what they had settled is the unit's to answer for.
    """

    staff_id: int
    login: str
    display_name: str
    role: Role
    unit_code: str | None
    former_units: tuple[str, ...] = ()

    @property
    def scope(self) -> str:
        """The units whose cases they may see, the one of today first, or `EVERY_UNIT`."""
        return BETWEEN_UNITS.join(self.units) if self.units else EVERY_UNIT

    @property
    def units(self) -> tuple[str, ...]:
        """The unit they work for and those that went into it; none for those who work for the whole province."""
        return (self.unit_code, *self.former_units) if self.unit_code is not None else ()

    @property
    def actor(self) -> str:
        """How events name them."""
        return f"staff:{self.staff_id}"

    def may_see(self, unit_code: str | None) -> bool:
        """Say whether they may see what this unit (None: the province desk) holds."""
        return self.scope == EVERY_UNIT or unit_code in self.units


@dataclass(frozen=True, slots=True)
class UnitNames:
    """The units of before, by code, with the one that each went into as a whole.

    Staff whose unit ceased work for its successor, so that a merger takes nobody's inbox away.
    """

    successors: Mapping[str, str]

    def codes_of(self, unit_code: str) -> list[str]:
        """List the codes under which staff and cases of a unit may be known, its own first."""
        return [unit_code, *sorted(old for old, new in self.successors.items() if new == unit_code)]

    def today(self, staff: Staff) -> Staff:
        """Return somebody with the unit they work for today, and those that went into it."""
        if staff.unit_code is None:
            return staff
        unit_code, *former = self.codes_of(self.successors.get(staff.unit_code, staff.unit_code))
        return replace(staff, unit_code=unit_code, former_units=tuple(former))


SAME_UNITS = UnitNames({})


class StaffRefusedError(ValueError):
    """A member of staff cannot be added as described; the message says what to correct."""


def read_login(typed: str) -> str | None:
    """Return a login in its one spelling, or nothing when it cannot be one."""
    login = typed.strip().lower()
    return login if _LOGIN.fullmatch(login) else None


def check_role(role: Role, unit_code: str | None) -> None:
    """Refuse a unit role without a unit and any other role with one; raises StaffRefusedError."""
    if role in UNIT_ROLES and unit_code is None:
        raise StaffRefusedError(f"role {role} works for a unit: give --unit with its code")
    if role not in UNIT_ROLES and unit_code is not None:
        raise StaffRefusedError(f"role {role} works for the whole province: leave --unit out")


def parts_of(staff: Staff, case: Standing) -> frozenset[Part]:
    """Say which parts somebody plays towards a case."""
    match staff.role:
        case Role.ADMIN:
            return frozenset({Part.HOLDER, Part.LEADER, Part.COORDINATOR})
        case Role.PROVINCE_DESK:
            own = {Part.HOLDER} if case.unit_code is None else set()
            return frozenset({Part.COORDINATOR, *own})
        case Role.SUPERVISOR:
            return frozenset()
        case Role.UNIT_LEADER if case.unit_code in staff.units:
            return frozenset({Part.HOLDER, Part.LEADER})
        case Role.HANDLER if case.unit_code in staff.units:
            return frozenset({Part.HOLDER})
        case _:
            return frozenset()


def may_correct(staff: Staff, case: Standing) -> bool:
    """Say whether they may correct what the classifier said: whoever may act on the case at all."""
    return bool(parts_of(staff, case))


def administers(staff: Staff) -> bool:
    """Say whether the pages of administrators are theirs: model, rules, offices, boundaries, calendar."""
    return staff.role is Role.ADMIN


def manages(staff: Staff, unit_code: str) -> bool:
    """Say whether how a unit works is theirs to decide."""
    return staff.role is Role.ADMIN or (staff.role is Role.UNIT_LEADER and staff.unit_code == unit_code)


def sees_the_province(staff: Staff) -> bool:
    """Say whether the province page is theirs."""
    return staff.scope == EVERY_UNIT
