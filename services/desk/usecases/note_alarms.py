"""Show on a case what warnings and escalations went out for it."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.desk.domain.case import Alarm
from services.desk.domain.staff import EVERY_UNIT
from services.desk.usecases.ports import OpenCases
from shared.events import DeadlinePassed, Event


@dataclass(frozen=True, slots=True)
class NoteAlarms:
    """Keep each warning and escalation once, by its event id."""

    open_cases: OpenCases

    async def __call__(self, batch: Sequence[DeadlinePassed]) -> Sequence[Event]:
        """Keep a batch; nothing follows from it."""
        alarms = {event.event_id: _alarm(event) for event in batch}
        async with self.open_cases(EVERY_UNIT) as store:
            await store.add_alarms(list(alarms.values()))
        return ()


def _alarm(event: DeadlinePassed) -> Alarm:
    return Alarm(
        event_id=event.event_id,
        feedback_id=event.feedback_id,
        stage=event.stage.value,
        passed=event.passed.value,
        level=event.level,
        generation=event.generation,
        recipient=event.recipient,
        due_at=event.due_at,
        deadline_at=event.deadline_at,
        at=event.occurred_at,
    )
