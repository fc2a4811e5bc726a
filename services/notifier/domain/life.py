"""Which clocks of a case still run, by where it stands."""

ACCEPT = "accept"
RESOLVE = "resolve"

_NOTHING_RUNS = frozenset({"resolved", "closed"})
_ACCEPTED = frozenset({"accepted", "in_progress", "waiting_resident", "reopened"})


def runs(stage: str, *, state: str) -> bool:
    """Say whether a stage's clock still runs in a state: accepting ends with the acceptance, resolving with the answer.

    A case that is placed, transferred or returned waits for somebody to accept it. While the resident is asked a clock
    runs on here: the pause is in the later deadline that the router gives it, as a new generation.
    """
    return state not in _NOTHING_RUNS and (stage == RESOLVE or state not in _ACCEPTED)
