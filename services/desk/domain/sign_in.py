"""How often one may try to sign in, and how long one stays signed in. Real time, never the demonstration's."""

from dataclasses import dataclass
from datetime import datetime, timedelta

SESSION_LASTS = timedelta(hours=12)
# A session is prolonged at most this often: reading a page must not write a row each time.
PROLONG_AFTER = timedelta(minutes=5)
FREE_ATTEMPTS = 5
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=15)
MOST_DOUBLINGS = 10
FORGET_AFTER = timedelta(hours=1)
SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 200


@dataclass(frozen=True, slots=True)
class Attempts:
    """Attempts of one login from one address that have not led to a session."""

    count: int
    last_at: datetime


def standing_attempts(attempts: Attempts | None, *, now: datetime) -> int:
    """Count the attempts that still matter."""
    return 0 if attempts is None or now - attempts.last_at >= FORGET_AFTER else attempts.count


def wait_before_next(attempts: Attempts | None, *, now: datetime) -> timedelta:
    """Tell how long the next attempt must wait: nothing at first, then 30 s, doubling up to a quarter of an hour."""
    over = standing_attempts(attempts, now=now) - FREE_ATTEMPTS
    if attempts is None or over < 0:
        return timedelta(0)
    doublings = int(2 ** min(over, MOST_DOUBLINGS))
    pause = min(FIRST_WAIT * doublings, LONGEST_WAIT)
    return max(timedelta(0), attempts.last_at + pause - now)


def session_ends(now: datetime) -> datetime:
    """Tell when a session used now ends."""
    return now + SESSION_LASTS


def should_prolong(expires_at: datetime, *, now: datetime) -> bool:
    """Say whether enough of a session has passed to write its new end."""
    return session_ends(now) - expires_at >= PROLONG_AFTER
