"""Give a case to a colleague, take it over, or lay it down; no step of its life and no clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from uuid import UUID

from services.desk.domain.assignment import Handler, may_assign
from services.desk.domain.life_cycle import MoveRefusedError, Refusal
from services.desk.domain.staff import Staff, UnitNames, parts_of
from services.desk.usecases.ports import NotFoundError, OpenCases
from shared.clock import Clock


@dataclass(frozen=True, slots=True)
class AssignCase:
    """Change who works on a case, and say so in the audit, in one transaction; of two who take it one gets it."""

    open_cases: OpenCases
    units: UnitNames
    zone: tzinfo
    clock: Clock
    real_clock: Clock

    async def __call__(
        self, key: UUID | str, *, to: int | None, seen: int | None, by: Staff, address: str | None = None
    ) -> UUID:
        """Return the case's id; `seen` is who had it when they looked. Raises NotFoundError or MoveRefusedError."""
        today = self.clock().astimezone(self.zone).date()
        async with self.open_cases(by.scope) as store:
            found = await store.find_case(key)
            case = (await store.lock_cases([found.feedback_id])).get(found.feedback_id) if found is not None else None
            if case is None:
                raise NotFoundError
            if case.unit_code is None or not case.is_open:
                raise MoveRefusedError(Refusal.NOT_FROM_HERE)
            codes = dict.fromkeys(self.units.codes_of(case.unit_code), case.unit_code)
            handlers = await store.handlers_of(codes, on=today)
            if case.assignee_id != seen:
                raise MoveRefusedError(Refusal.ASSIGNED_MEANWHILE)
            allowed = may_assign(
                parts_of(by, case.standing),
                taker=by.staff_id,
                to=to,
                assignee=seen,
                assignee_away=is_away(seen, handlers),
            )
            if not allowed:
                raise MoveRefusedError(Refusal.NOT_YOURS)
            if to is not None and to not in {handler.staff_id for handler in handlers}:
                raise MoveRefusedError(Refusal.NO_SUCH_HANDLER)
            await store.reassign(case.feedback_id, to)
            await store.audit(
                at=self.real_clock(),
                actor=by.actor,
                action=f"assigned a case to {'nobody' if to is None else f'staff:{to}'}, from "
                f"{'nobody' if seen is None else f'staff:{seen}'}",
                subject=str(case.feedback_id),
                address=address,
            )
        return case.feedback_id


def is_away(assignee: int | None, handlers: Sequence[Handler]) -> bool:
    """Say whether whoever has a case is away today, or does not work in the unit any more."""
    return assignee is not None and assignee not in {one.staff_id for one in handlers if not one.away}
