"""How a unit works: whether it shares its cases out, who has how many, who is away when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, tzinfo

from services.desk.domain.assignment import (
    Absence,
    AbsenceRefusal,
    AbsenceRefusedError,
    Handler,
    check_absence,
)
from services.desk.domain.staff import Staff, UnitNames, manages
from services.desk.usecases.ports import NotFoundError, OpenCases, UnitStore
from shared.clock import Clock


class NotTheirsError(Exception):
    """Somebody of the unit asks for what is its leader's."""


@dataclass(frozen=True, slots=True)
class UnitAtWork:
    """A unit as its page shows it."""

    unit_code: str
    shares_out: bool
    handlers: Sequence[Handler]
    absences: Sequence[Absence]
    today: date


@dataclass(frozen=True, slots=True)
class RunUnit:
    """Read a unit and change how it works; leaders run their unit, handlers note their own absences."""

    open_cases: OpenCases
    units: UnitNames
    zone: tzinfo
    clock: Clock
    real_clock: Clock

    async def read(self, unit_code: str, *, by: Staff) -> UnitAtWork:
        """Return how a unit works; raises NotFoundError when it is not theirs to see."""
        if not by.may_see(unit_code):
            raise NotFoundError
        today = self._today()
        async with self.open_cases(by.scope) as store:
            handlers = await self._handlers(store, unit_code)
            return UnitAtWork(
                unit_code,
                await store.shares_out(unit_code),
                handlers,
                await store.absences_of([handler.staff_id for handler in handlers], from_on=today),
                today,
            )

    async def share_out(self, unit_code: str, *, shares_out: bool, by: Staff, address: str) -> None:
        """Switch sharing out on or off; raises NotFoundError or NotTheirsError."""
        self._check_leader(unit_code, by)
        async with self.open_cases(by.scope) as store:
            await store.set_sharing(unit_code, shares_out=shares_out)
            await self._audit(store, by, "switched sharing out " + ("on" if shares_out else "off"), unit_code, address)

    async def add_absence(
        self, unit_code: str, staff_id: int, from_on: date | None, to_on: date | None, *, by: Staff, address: str
    ) -> None:
        """Note an absence; raises AbsenceRefusedError, NotFoundError or NotTheirsError."""
        self._check_own(unit_code, staff_id, by)
        if from_on is None or to_on is None:
            raise AbsenceRefusedError(AbsenceRefusal.NO_DATES)
        check_absence(from_on, to_on, today=self._today())
        async with self.open_cases(by.scope) as store:
            if staff_id not in {handler.staff_id for handler in await self._handlers(store, unit_code)}:
                raise NotFoundError
            await store.add_absence(staff_id, from_on, to_on)
            await self._audit(store, by, f"noted an absence, {from_on} to {to_on}", f"staff:{staff_id}", address)

    async def remove_absence(self, unit_code: str, absence_id: int, *, by: Staff, address: str) -> None:
        """Take an absence back; raises NotFoundError when it is not one of theirs."""
        if not by.may_see(unit_code):
            raise NotFoundError
        async with self.open_cases(by.scope) as store:
            whose = [one.staff_id for one in await self._handlers(store, unit_code)]
            mine = whose if manages(by, unit_code) else [one for one in whose if one == by.staff_id]
            staff_id = await store.remove_absence(absence_id, staff_ids=mine)
            if staff_id is None:
                raise NotFoundError
            await self._audit(store, by, "took an absence back", f"staff:{staff_id}", address)

    def _today(self) -> date:
        return self.clock().astimezone(self.zone).date()

    async def _handlers(self, store: UnitStore, unit_code: str) -> Sequence[Handler]:
        return await store.handlers_of(dict.fromkeys(self.units.codes_of(unit_code), unit_code), on=self._today())

    async def _audit(self, store: UnitStore, by: Staff, action: str, subject: str, address: str) -> None:
        await store.audit(at=self.real_clock(), actor=by.actor, action=action, subject=subject, address=address)

    @staticmethod
    def _check_leader(unit_code: str, by: Staff) -> None:
        if not by.may_see(unit_code):
            raise NotFoundError
        if not manages(by, unit_code):
            raise NotTheirsError

    @staticmethod
    def _check_own(unit_code: str, staff_id: int, by: Staff) -> None:
        if not by.may_see(unit_code):
            raise NotFoundError
        if not manages(by, unit_code) and staff_id != by.staff_id:
            raise NotTheirsError
