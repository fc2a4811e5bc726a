"""Take the resident's second word: an answer, a rating, a dispute, or where it is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.intake.domain.second_word import PLACE, SecondWord, may_say, turn
from services.intake.domain.tracking import Tracking
from services.intake.usecases.ports import OpenUnitOfWork, Traced
from services.intake.usecases.submitted import place_given
from shared.clock import Clock
from shared.events import AnswerKind, ResidentAnswered, derived_event_id


class UnknownCodeError(Exception):
    """No feedback has this tracking code."""


class UnknownPartError(Exception):
    """The report has no such part."""


class NotAskedNowError(Exception):
    """The case is not in a state in which this may be said; carries the state."""

    def __init__(self, state: str) -> None:
        """Remember the state."""
        super().__init__(state)
        self.state = state


class SaidOtherwiseError(Exception):
    """The resident already said something else, and nobody has acted on it yet."""


@dataclass(frozen=True, slots=True)
class AnswerResident:
    """Keep a second word and tell those who act on it, once for each kind and turn.

    It is about the report itself or the part of it that is named; a place is about every part that waits for one.
    """

    open_unit_of_work: OpenUnitOfWork
    clock: Clock
    wake_relay: Callable[[], None]

    async def __call__(self, tracking_code: str, word: SecondWord, part: UUID | None = None) -> bool:
        """Return True when it is new and False when it was said before, word for word.

        Raises UnknownCodeError, UnknownPartError, NotAskedNowError or SaidOtherwiseError.
        """
        now = self.clock()
        async with self.open_unit_of_work() as store:
            found = await store.track([tracking_code])
            if not found:
                raise UnknownCodeError(tracking_code)
            about = _about(found[0], word, part)
            new = [
                one for one in about if await store.add_second_word(one.feedback_id, turn(one, word.kind), word, at=now)
            ]
            if not new:
                for one in about:
                    if await store.second_word(one.feedback_id, turn(one, word.kind), word.kind) != word:
                        raise SaidOtherwiseError(word.kind)
                return False
            await store.add_events([Traced(_event(one, word, at=now)) for one in new])
        self.wake_relay()
        return True


def _about(tracking: Tracking, word: SecondWord, part: UUID | None) -> Sequence[Tracking]:
    """Find what a word is about; raises UnknownPartError or NotAskedNowError."""
    named = [one for one in tracking.all_parts if one.feedback_id == (part or tracking.feedback_id)]
    if not named:
        raise UnknownPartError(str(part))
    about = [one for one in (tracking.all_parts if word.kind == PLACE else named) if may_say(one, word.kind)]
    if not about:
        raise NotAskedNowError(named[0].state)
    return about


def _event(tracking: Tracking, word: SecondWord, *, at: datetime) -> ResidentAnswered:
    """Tell a second word; the id is the same whenever the same turn is told."""
    name = f"{ResidentAnswered.topic}:{word.kind}:{turn(tracking, word.kind)}"
    return ResidentAnswered(
        event_id=derived_event_id(tracking.feedback_id, name),
        feedback_id=tracking.feedback_id,
        occurred_at=at,
        answer=AnswerKind(word.kind),
        text=word.text,
        rating=word.rating,
        place=place_given(word.place) if word.place is not None else None,
        report_text=tracking.text if word.place is not None else None,
    )
