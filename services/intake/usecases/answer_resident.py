"""Take the resident's second word: an answer, a rating, a dispute."""

from collections.abc import Callable
from dataclasses import dataclass

from services.intake.domain.second_word import SecondWord, may_say
from services.intake.usecases.ports import OpenUnitOfWork, Traced
from shared.clock import Clock
from shared.events import AnswerKind, ResidentAnswered, derived_event_id


class UnknownCodeError(Exception):
    """No feedback has this tracking code."""


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
    """Keep a second word and tell the desk, once for each kind and version of the case."""

    open_unit_of_work: OpenUnitOfWork
    clock: Clock
    wake_relay: Callable[[], None]

    async def __call__(self, tracking_code: str, word: SecondWord) -> bool:
        """Return True when it is new and False when it was said before, word for word.

        Raises UnknownCodeError, NotAskedNowError or SaidOtherwiseError.
        """
        now = self.clock()
        async with self.open_unit_of_work() as store:
            found = await store.track([tracking_code])
            if not found:
                raise UnknownCodeError(tracking_code)
            tracking = found[0]
            if not may_say(tracking, word.kind):
                raise NotAskedNowError(tracking.state)
            if not await store.add_second_word(tracking.feedback_id, tracking.version, word, at=now):
                if await store.second_word(tracking.feedback_id, tracking.version, word.kind) != word:
                    raise SaidOtherwiseError(word.kind)
                return False
            name = f"{ResidentAnswered.topic}:{word.kind}:{tracking.version}"
            event = ResidentAnswered(
                event_id=derived_event_id(tracking.feedback_id, name),
                feedback_id=tracking.feedback_id,
                occurred_at=now,
                answer=AnswerKind(word.kind),
                text=word.text,
                rating=word.rating,
            )
            await store.add_events([Traced(event)])
        self.wake_relay()
        return True
