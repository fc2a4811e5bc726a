"""Put right, or confirm, what the classifier said."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from services.desk.domain.case import Correction
from services.desk.domain.life_cycle import MoveRefusedError, Refusal
from services.desk.domain.staff import Staff, may_correct
from services.desk.usecases.ports import NotFoundError, OpenCases
from services.desk.usecases.telling import feedback_corrected
from shared.clock import Clock


@dataclass(frozen=True, slots=True)
class CorrectCase:
    """Keep a correction with its author and tell it, in one transaction; an edit moves no clock and no version.

    A part of a report is not corrected: the classifier judged the words as a whole, and one text with two labels would
    teach it nothing. The correction belongs to the report, where the refusal points.
    """

    open_cases: OpenCases
    clock: Clock
    new_id: Callable[[], UUID]
    wake_relay: Callable[[], None]

    async def __call__(self, key: UUID | str, *, kind: str, subject: str, urgency: str, by: Staff) -> Correction:
        """Return what was kept; confirming what was said is a correction too: a person has looked.

        Raises NotFoundError or MoveRefusedError.
        """
        async with self.open_cases(by.scope) as store:
            case = await store.find_case(key)
            if case is None:
                raise NotFoundError
            if not may_correct(by, case.standing):
                raise MoveRefusedError(Refusal.NOT_YOURS)
            if case.placement.part_of is not None:
                raise MoveRefusedError(Refusal.ONLY_A_PART)
            report = await store.report_of(case.feedback_id)
            if report is None:
                raise MoveRefusedError(Refusal.NO_WORDS_YET)
            correction = Correction(
                feedback_id=case.feedback_id,
                event_id=self.new_id(),
                actor=by.actor,
                at=self.clock(),
                old_kind=case.kind,
                new_kind=kind,
                old_subject=case.subject,
                new_subject=subject,
                old_urgency=case.urgency,
                new_urgency=urgency,
            )
            await store.correct(correction)
            await store.add_events([feedback_corrected(correction, report)])
        self.wake_relay()
        return correction
