"""Give cases that came to a unit to those who work there, where the unit wants that."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo

from services.desk.domain.assignment import share_out
from services.desk.domain.case import Case
from services.desk.domain.staff import UnitNames
from services.desk.usecases.ports import UnitStore
from shared.clock import Clock


@dataclass(frozen=True, slots=True)
class ShareOut:
    """Share cases out in the transaction that brought them to their units.

    A unit that shares out is held until that transaction ends, so that two batches never count the same load; units
    are held in one order, after the cases.
    """

    units: UnitNames
    zone: tzinfo
    clock: Clock

    async def __call__(self, store: UnitStore, cases: Sequence[Case]) -> None:
        """Give each open case without an assignee to a handler who is present, if its unit shares out."""
        waiting: dict[str, list[Case]] = {}
        for case in cases:
            if case.unit_code is not None and case.is_open and case.assignee_id is None:
                waiting.setdefault(case.unit_code, []).append(case)
        turns = await store.lock_sharing_units(list(waiting)) if waiting else {}
        if not turns:
            return
        today = self.clock().astimezone(self.zone).date()
        codes = {code: unit for unit in turns for code in self.units.codes_of(unit)}
        handlers = await store.handlers_of(codes, on=today)
        given = [
            assignment
            for unit, turn in turns.items()
            for assignment in share_out(
                [case.feedback_id for case in waiting[unit]],
                [handler for handler in handlers if handler.unit_code == unit],
                turn=turn,
            )
        ]
        if given:
            await store.assign(given)
