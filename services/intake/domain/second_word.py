"""The resident's second word: what may be said in which state."""

from dataclasses import dataclass

from services.intake.domain.submission import Place
from services.intake.domain.tracking import CLOSED, RESOLVED, WAITING_RESIDENT, Tracking

ANSWER = "answer"
RATING = "rating"
DISPUTE = "dispute"
PLACE = "place"
LONGEST_ANSWER = 4_000
WORST_RATING = 1
BEST_RATING = 5

# The one table of what may be said when; a place whenever the router asks for it.
ALLOWED_IN = {
    ANSWER: frozenset({WAITING_RESIDENT}),
    RATING: frozenset({RESOLVED, CLOSED}),
    DISPUTE: frozenset({RESOLVED, CLOSED}),
}


@dataclass(frozen=True, slots=True)
class SecondWord:
    """An answer to a question, a rating of the outcome, a dispute, or where it is."""

    kind: str
    text: str | None = None
    rating: int | None = None
    place: Place | None = None


def may_say(tracking: Tracking, kind: str) -> bool:
    """Say whether the case is in a state in which this is asked of the resident."""
    return tracking.place_question is not None if kind == PLACE else tracking.state in ALLOWED_IN[kind]


def turn(tracking: Tracking, kind: str) -> int:
    """Number the turn in which a second word is said: each kind once a turn.

    A place is asked for by a placement and counts by the generation that asked first; everything else by the version of
    the case.
    """
    if kind != PLACE:
        return tracking.version
    placement = tracking.placement
    return 0 if placement is None else placement.asked_in or placement.generation


def has_said(tracking: Tracking, kind: str) -> bool:
    """Say whether the resident said it in this turn."""
    return (turn(tracking, kind), kind) in tracking.answers_given


def can_still_say(tracking: Tracking, kind: str) -> bool:
    """Say whether to offer it: allowed now, and not said in this turn."""
    return may_say(tracking, kind) and not has_said(tracking, kind)
