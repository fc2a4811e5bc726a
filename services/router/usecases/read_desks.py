"""ReadDesks: the desks of all offices as people read them, with what is on record of their changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from services.router.domain.desks import Desk
from services.router.domain.switches import Switch
from services.router.usecases.ports import OpenReferences, ReferenceSet, SetKind
from services.router.usecases.switch_desks import ReadWritten, desks_in_force
from services.router.usecases.switching import NOT_LOADED, SwitchRefusedError
from shared.clock import Clock


@dataclass(frozen=True, slots=True)
class DesksOverview:
    """Every desk as it was written, the offices and units there are, and the switches, the oldest first."""

    in_force: ReferenceSet
    desks: Sequence[Desk]
    offices: Mapping[str, tuple[str, str]]
    """Vietnamese and English name by id."""
    units: Mapping[str, str]
    history: Sequence[Switch]
    today: date

    def of(self, office: str, unit_code: str) -> Desk:
        """Return a desk as it was written; one that was not says nothing."""
        found = (desk for desk in self.desks if desk.place == (office, unit_code))
        return next(found, Desk(office, unit_code))


@dataclass(frozen=True, slots=True)
class ReadDesks:
    """Ask the database each time: few people look, and what they see must be what is in force."""

    open_references: OpenReferences
    read: ReadWritten
    clock: Clock

    async def __call__(self) -> DesksOverview:
        """Return the overview; raises `SwitchRefusedError` while no territory is loaded."""
        async with self.open_references() as store:
            in_force = await desks_in_force(store)
            units, calendar = await store.active(SetKind.UNITS), await store.active(SetKind.CALENDAR)
            history = await store.switches_of(SetKind.OFFICES)
        if units is None or calendar is None:
            raise SwitchRefusedError(NOT_LOADED)
        by_name = sorted(units.document["units"], key=lambda unit: str(unit["full_name"]))
        return DesksOverview(
            in_force=in_force,
            desks=self.read(in_force.document),
            offices={each["id"]: (each["name_vi"], each["name_en"]) for each in in_force.document["offices"]},
            units={unit["code"]: unit["full_name"] for unit in by_name},
            history=history,
            today=self.clock().astimezone(ZoneInfo(calendar.document["timezone"])).date(),
        )
