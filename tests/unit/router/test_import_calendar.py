"""ImportCalendar with the calendar of the pack in memory: who imported it, and why, is on record."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date

from services.router.adapters.calendar_import import check_days
from services.router.domain.special_days import SpecialDay
from services.router.domain.switches import SwitchAction, SwitchNote
from services.router.usecases.import_calendar import ImportCalendar
from services.router.usecases.ports import LOADED, ReferenceSet, SetKind
from tests.support.placing import pack_sets

MAKE_UP = SpecialDay(date(2027, 7, 3), True, "Làm bù", "Make-up day", "decision 1")  # noqa: FBT003 as in a calendar
MORE = SpecialDay(date(2027, 7, 10), True, "Làm bù", "Make-up day", "decision 2")  # noqa: FBT003 as in a calendar


class OneCalendar:
    """Keeps the calendar in force, and the note of each switch."""

    def __init__(self) -> None:
        self.in_force = pack_sets()[SetKind.CALENDAR]
        self.notes: list[SwitchNote] = []

    @asynccontextmanager
    async def open(self) -> AsyncIterator["OneCalendar"]:
        yield self

    async def lock(self) -> None: ...

    async def active(self, kind: SetKind) -> ReferenceSet | None:
        assert kind is SetKind.CALENDAR
        return self.in_force

    async def activate(self, reference_set: ReferenceSet, note: SwitchNote = LOADED) -> bool:
        if reference_set.version == self.in_force.version:
            return False
        self.in_force = reference_set
        self.notes.append(note)
        return True


async def test_an_import_is_on_record_with_who_and_why_and_not_as_the_load_of_a_pack() -> None:
    store = OneCalendar()
    importing = ImportCalendar(store.open, check_days)  # type: ignore[arg-type]
    note = SwitchNote(SwitchAction.SWITCH, by="lan", why="quyết định 1", by_hand=True)
    await importing([MAKE_UP], adding=True, dry_run=True, note=note)
    assert store.notes == []
    await importing([MAKE_UP], adding=True, note=note)
    await importing([MAKE_UP, MORE], adding=True)
    assert store.notes[0] == note
    assert store.notes[1].action is SwitchAction.SWITCH
    assert store.notes[1] != LOADED
