"""What the desk does with a case, as far as its deadlines follow from it: whose it is, and when a resident is asked."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from services.router.domain.clock import Duration, Pause, WorkingCalendar, pause_for_answer

WAITING = "waiting_resident"
SETTLED = frozenset({"resolved", "closed"})
MOVED_ON = " Sau đó "


@dataclass(frozen=True, slots=True)
class Wait:
    """A time in which a resident was asked; without an end while the answer is awaited."""

    asked_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CaseStep:
    """One step of a case, as the desk tells it; the state, the unit and the office are those after it."""

    version: int
    state: str
    unit_code: str | None
    office: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CaseLife:
    """Where a case stands: its version, who has it, and every time its resident was asked."""

    version: int
    state: str
    unit_code: str | None
    office: str
    waits: tuple[Wait, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to act."""
        return self.state not in SETTLED


def follow(life: CaseLife | None, step: CaseStep) -> CaseLife:
    """Return a case's life after a step; a step that is not newer than what is known changes nothing."""
    if life is None:
        life = CaseLife(0, "", step.unit_code, step.office)
    if step.version <= life.version:
        return life
    waits = life.waits
    waiting = bool(waits) and waits[-1].ended_at is None
    if step.state == WAITING and not waiting:
        waits = (*waits, Wait(step.at))
    elif step.state != WAITING and waiting:
        # Clocks of two machines can differ: a wait is never shorter than nothing.
        waits = (*waits[:-1], replace(waits[-1], ended_at=max(step.at, waits[-1].asked_at)))
    return CaseLife(step.version, step.state, step.unit_code, step.office, waits)


def pauses_of(life: CaseLife | None, calendar: WorkingCalendar, *, limit: Duration) -> tuple[Pause, ...]:
    """Say when the clock of a case stands: each time a resident is asked, until the answer or until the limit."""
    pauses = []
    for wait in life.waits if life is not None else ():
        asked_at = calendar.clamp(wait.asked_at)
        ended_at = max(wait.ended_at, asked_at) if wait.ended_at is not None else None
        pause = pause_for_answer(calendar, asked_at=asked_at, limit=limit, answered_at=ended_at)
        pauses.append(Pause(pause.start, calendar.clamp(pause.end)))
    return tuple(pauses)


def moved_explanation(explanation: str, unit_code: str | None, unit_names: Mapping[str, str]) -> str:
    """Add to how a place was found that people gave the case to another unit since, or gave it back."""
    found = explanation.partition(MOVED_ON)[0]
    if unit_code is None:
        return f"{found}{MOVED_ON}đơn vị trả lại; tổ điều phối của tỉnh quyết định."
    return f"{found}{MOVED_ON}được chuyển đến {unit_names.get(unit_code, unit_code)}."
