"""The resident's second word: what may be said in which state."""

from dataclasses import dataclass

from services.intake.domain.tracking import CLOSED, RESOLVED, WAITING_RESIDENT, Tracking

ANSWER = "answer"
RATING = "rating"
DISPUTE = "dispute"
LONGEST_ANSWER = 4_000
WORST_RATING = 1
BEST_RATING = 5

# The one table of what may be said when.
ALLOWED_IN = {
    ANSWER: frozenset({WAITING_RESIDENT}),
    RATING: frozenset({RESOLVED, CLOSED}),
    DISPUTE: frozenset({RESOLVED, CLOSED}),
}


@dataclass(frozen=True, slots=True)
class SecondWord:
    """An answer to a question, a rating of the outcome, or a dispute."""

    kind: str
    text: str | None = None
    rating: int | None = None


def may_say(tracking: Tracking, kind: str) -> bool:
    """Say whether the case is in a state in which this is asked of the resident."""
    return tracking.state in ALLOWED_IN[kind]


def can_still_say(tracking: Tracking, kind: str) -> bool:
    """Say whether to offer it: allowed now, and not said since the case last moved."""
    return may_say(tracking, kind) and (tracking.version, kind) not in tracking.answers_given
