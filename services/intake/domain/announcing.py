"""When to announce again what nobody has confirmed."""

from datetime import timedelta

LONGEST_WAIT = timedelta(hours=6)
MOST_DOUBLINGS = 16


def wait_before_next(announcements: int, *, first: timedelta) -> timedelta:
    """Wait twice as long after each announcement that nobody confirmed, up to `LONGEST_WAIT`.

    `announcements` counts the ones made again so far; `first` is the wait after the original one.
    """
    return min(first * (1 << min(announcements, MOST_DOUBLINGS)), max(LONGEST_WAIT, first))
