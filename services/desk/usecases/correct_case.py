"""Put right what the classifier said."""

from dataclasses import dataclass
from uuid import UUID

from services.desk.domain.case import Correction
from services.desk.domain.life_cycle import MoveRefusedError, Refusal
from services.desk.domain.staff import Staff, may_correct
from services.desk.usecases.ports import NotFoundError, OpenCases
from shared.clock import Clock


@dataclass(frozen=True, slots=True)
class CorrectCase:
    """Keep a correction with its author; it is an edit, so no clock and no version moves."""

    open_cases: OpenCases
    clock: Clock

    async def __call__(self, key: UUID | str, *, subject: str, urgency: str, by: Staff) -> Correction:
        """Return what was kept; confirming what was said is a correction too: a person has looked.

        Raises NotFoundError or MoveRefusedError.
        """
        async with self.open_cases(by.scope) as store:
            case = await store.find_case(key)
            if case is None:
                raise NotFoundError
            if not may_correct(by, case.standing):
                raise MoveRefusedError(Refusal.NOT_YOURS)
            correction = Correction(
                feedback_id=case.feedback_id,
                actor=by.actor,
                at=self.clock(),
                old_subject=case.subject,
                new_subject=subject,
                old_urgency=case.urgency,
                new_urgency=urgency,
            )
            await store.correct(correction)
        return correction
