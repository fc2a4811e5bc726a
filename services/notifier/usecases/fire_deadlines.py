"""Fire the rungs whose time has come: each once, with its true due time, after any downtime too."""

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from uuid import UUID, uuid5

from services.notifier.domain.ladder import Step, level_after_standstill, step, steps_due
from services.notifier.usecases.ports import OpenUnitOfWork, Timer
from services.notifier.usecases.write_messages import staff_messages
from shared.events import DeadlinePassed, DeadlineStage, PassedKind

# A day's rungs of a case that was forgotten for months come in portions; the next round takes the rest.
MOST_RUNGS_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Fired:
    """What a round did, and whether there may be more to do at once."""

    events: tuple[DeadlinePassed, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class FireDeadlines:
    """Take due timers, record and announce their rungs and store the next ones, in one transaction.

    A timer another worker holds is left to it. The database's clock decides, never this process's.
    """

    open_unit_of_work: OpenUnitOfWork
    batch_size: int = 200

    async def __call__(self) -> Fired:
        """Run one round."""
        async with self.open_unit_of_work() as store:
            now = await store.now()
            timers = await store.take_due(now, limit=self.batch_size)
            due: list[DeadlinePassed] = []
            advanced: list[Timer] = []
            for timer in timers:
                ladder = timer.ladder()
                level = level_after_standstill(ladder, from_level=timer.next_level, resumed_at=timer.resumed_at)
                rungs = steps_due(ladder, from_level=level, now=now, begins_late=timer.begins_late)
                begins_late = timer.begins_late
                for rung in islice(rungs, MOST_RUNGS_AT_ONCE):
                    due += events_of(timer, rung, fired_at=now)
                    level, begins_late = rung.level + 1, False
                next_due = step(ladder, level).due_at
                advanced.append(replace(timer, next_level=level, next_due=next_due, begins_late=begins_late))
            fired = await store.add_fired(due)
            await store.advance(advanced)
            await store.add_messages(staff_messages(fired))
            await store.say(fired)
        return Fired(
            tuple(fired), more=any(timer.next_due <= now for timer in advanced) or len(timers) == self.batch_size
        )


def events_of(timer: Timer, rung: Step, *, fired_at: datetime) -> list[DeadlinePassed]:
    """Make the events of a rung: one for each recipient, with an id that is the same whenever it is made."""
    return [
        DeadlinePassed(
            event_id=fired_id(timer, rung.level, recipient),
            feedback_id=timer.feedback_id,
            occurred_at=fired_at,
            stage=DeadlineStage(timer.stage),
            passed=PassedKind.WARNING if rung.is_warning else PassedKind.ESCALATION,
            level=rung.level,
            generation=timer.generation,
            unit_code=timer.unit_code,
            recipient=recipient,
            due_at=rung.due_at,
            deadline_at=timer.deadline_at,
        )
        for recipient in rung.recipients
    ]


def fired_id(timer: Timer, level: int, recipient: str) -> UUID:
    """Name a fired rung: case, stage, level, generation and recipient make its identity."""
    return uuid5(timer.feedback_id, f"{DeadlinePassed.topic}/{timer.stage}/{level}/{timer.generation}/{recipient}")
