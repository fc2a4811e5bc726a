"""Let a member of staff work for another unit, as when theirs was split."""

from dataclasses import dataclass

from services.desk.domain.staff import StaffRefusedError, check_role, read_login
from services.desk.usecases.add_staff import COMMAND_LINE
from services.desk.usecases.ports import OpenStaff
from shared.clock import Clock


@dataclass(frozen=True, slots=True)
class MoveStaff:
    """Change the unit of somebody who has one; whoever is signed in sees the new one at once."""

    open_staff: OpenStaff
    known_units: frozenset[str]
    real_clock: Clock

    async def __call__(self, typed_login: str, unit_code: str) -> None:
        """Change it; raises StaffRefusedError that says what to correct."""
        if unit_code not in self.known_units:
            raise StaffRefusedError(f"unit {unit_code!r} is not in the territory; use a code of units.csv")
        async with self.open_staff() as store:
            known = await store.find_staff(read_login(typed_login) or "")
            if known is None:
                raise StaffRefusedError(f"nobody signs in as {typed_login!r}; `langnghe staff list` names everybody")
            check_role(known.staff.role, unit_code)
            await store.set_unit(known.staff.staff_id, unit_code)
            await store.audit(
                at=self.real_clock(),
                actor=COMMAND_LINE,
                action=f"moved staff from unit {known.staff.unit_code} to {unit_code}",
                subject=known.staff.actor,
            )
