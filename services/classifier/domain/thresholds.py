"""Choose, from answers whose truth is known, the probability from which on the model is trusted."""

from collections.abc import Iterable

NEVER = 1.01
"""A threshold that no probability reaches."""


def lowest_with_precision(judged: Iterable[tuple[float, bool]], *, at_least: float, min_count: int = 30) -> float:
    """Return the lowest probability such that the answers from it on are right often enough.

    `judged` holds each answer's probability and whether it was right. `NEVER` when no probability will do, or when
    too few answers (`min_count`) lie above it to tell.
    """
    best, right = NEVER, 0
    ordered = sorted(judged, key=lambda pair: -pair[0])
    for count, (probability, was_right) in enumerate(ordered, start=1):
        right += was_right
        last_of_its_probability = count == len(ordered) or ordered[count][0] < probability
        if last_of_its_probability and count >= min_count and right >= at_least * count:
            best = probability
    return best


def highest_with_recall(
    suspected: Iterable[tuple[float, bool]], *, at_least: float, not_below: float, already_found: int = 0
) -> float:
    """Return the highest probability such that enough of what is true lies from it on, but none under `not_below`.

    `suspected` holds each text's probability and whether it is true; `already_found` true ones were found by other
    means and are not in it.
    """
    true = sorted((probability for probability, is_true in suspected if is_true), reverse=True)
    wanted = at_least * (len(true) + already_found) - already_found
    if wanted <= 0 or not true:
        return NEVER
    needed = next((rank for rank in range(1, len(true) + 1) if rank >= wanted), len(true))
    return max(not_below, true[needed - 1])
