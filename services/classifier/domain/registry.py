"""The life of a model: candidate, shadow, live, retired; which moves there are, and when a candidate is better."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where a model stands."""

    CANDIDATE = "candidate"
    SHADOW = "shadow"
    LIVE = "live"
    RETIRED = "retired"


MOVES: Mapping[State, frozenset[State]] = {
    State.CANDIDATE: frozenset({State.SHADOW, State.LIVE, State.RETIRED}),
    State.SHADOW: frozenset({State.CANDIDATE, State.LIVE, State.RETIRED}),
    State.LIVE: frozenset({State.RETIRED}),
    State.RETIRED: frozenset({State.LIVE, State.CANDIDATE}),
}
"""From where to where a model may go. Live retires only by another taking its place."""


def may_move(now: State, to: State) -> bool:
    """Say whether a model may go from one state to another."""
    return to in MOVES[now]


@dataclass(frozen=True, slots=True)
class Scoreboard:
    """How one model fared on the texts that decide about promotion.

    Shares lie between 0 and 1. `corrected_right` is its accuracy on what people corrected or confirmed since the
    candidate was trained, `corrected` how many such texts there were.
    """

    topic_macro_f1: float
    field_macro_f1: float
    kind_macro_f1: float
    emergency_recall: float
    complaint_recall: float
    corrected: int = 0
    corrected_right: float = 0.0


@dataclass(frozen=True, slots=True)
class Comparison:
    """The verdict on a candidate: whether it is better, and why in words."""

    is_better: bool
    reasons: tuple[str, ...]


TOLERANCE = 0.002
"""Differences below this are noise."""

NOT_WORSE: Sequence[tuple[str, str]] = (
    ("emergency_recall", "emergencies found"),
    ("complaint_recall", "formal complaints found"),
    ("kind_macro_f1", "kind macro-F1"),
    ("field_macro_f1", "field macro-F1"),
)
"""What a candidate must not be worse at."""


def compare(candidate: Scoreboard, live: Scoreboard) -> Comparison:
    """Decide whether a candidate may take the live model's place.

    It must be better on the evaluation set or on people's corrections, and worse at nothing that matters.
    """
    worse = [
        f"{name}: {getattr(candidate, key):.3f}, the live model has {getattr(live, key):.3f}"
        for key, name in (*NOT_WORSE, ("topic_macro_f1", "topic macro-F1"))
        if getattr(candidate, key) < getattr(live, key) - TOLERANCE
    ]
    if candidate.corrected and candidate.corrected_right < live.corrected_right - TOLERANCE:
        worse.append(
            f"right on {candidate.corrected} corrections: {candidate.corrected_right:.3f}, "
            f"the live model is on {live.corrected_right:.3f}"
        )
    better = [
        f"{name}: {ours:.3f} instead of {theirs:.3f}"
        for name, ours, theirs in (
            ("topic macro-F1", candidate.topic_macro_f1, live.topic_macro_f1),
            (f"right on {candidate.corrected} corrections", candidate.corrected_right, live.corrected_right),
        )
        if ours > theirs + TOLERANCE
    ]
    if worse:
        return Comparison(is_better=False, reasons=tuple(f"worse, {each}" for each in worse))
    if not better:
        return Comparison(is_better=False, reasons=("no better than the live model in anything",))
    return Comparison(is_better=True, reasons=tuple(f"better, {each}" for each in better))
