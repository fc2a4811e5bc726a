"""ImportCalendar: check holidays and make-up days, put them into the calendar in force, and switch to it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from services.router.domain.special_days import DayChange, SpecialDay
from services.router.domain.switches import SwitchAction, SwitchNote
from services.router.usecases.ports import OpenReferences, ReferenceSet, SetKind

IMPORTED = SwitchNote(SwitchAction.SWITCH, by="langnghe", why="calendar imported", by_hand=True)


class CalendarRefusedError(Exception):
    """The calendar cannot be used; `reasons` says why, one sentence each."""

    def __init__(self, reasons: list[str]) -> None:
        """Keep the reasons."""
        super().__init__("; ".join(reasons))
        self.reasons = reasons


@dataclass(frozen=True, slots=True)
class CheckedCalendar:
    """A calendar that passed: ready to keep, what it changes, and what is worth knowing about it."""

    reference_set: ReferenceSet
    years: tuple[int, ...]
    changes: tuple[DayChange, ...]
    notes: tuple[str, ...]


CheckDays = Callable[..., CheckedCalendar]
"""`check(days, in_force, adding=...)` puts days into the calendar in force; raises `CalendarRefusedError`."""


@dataclass(frozen=True, slots=True)
class ImportCalendar:
    """Check and switch in one transaction; deadlines already given stay what they are."""

    open_references: OpenReferences
    check: CheckDays

    async def __call__(
        self,
        days: Sequence[SpecialDay],
        *,
        adding: bool = False,
        dry_run: bool = False,
        note: SwitchNote = IMPORTED,
    ) -> tuple[CheckedCalendar, bool]:
        """Return what was checked and whether anything changed, or would; raises `CalendarRefusedError`.

        The days replace those of their years; `adding`, only those of the same dates. A change is put on record with
        the note.
        """
        async with self.open_references() as store:
            await store.lock()
            in_force = await store.active(SetKind.CALENDAR)
            if in_force is None:
                raise CalendarRefusedError(["no territory is loaded yet; run `langnghe territory load` first"])
            checked = self.check(days, in_force, adding=adding)
            if dry_run:
                return checked, checked.reference_set.version != in_force.version
            changed = await store.activate(checked.reference_set, note)
        return checked, changed
