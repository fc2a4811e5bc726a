"""How good the answers are: plain counting over answers whose truth is known."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Judged:
    """One answer beside the truth; `also_right` holds what a person would accept as well."""

    expected: str
    answered: str
    probability: float = 1.0
    also_right: frozenset[str] = frozenset()

    @property
    def is_right(self) -> bool:
        """Say whether the answer is the expected one."""
        return self.answered == self.expected

    @property
    def is_acceptable(self) -> bool:
        """Say whether the answer is the expected one or one that a person would accept."""
        return self.is_right or self.answered in self.also_right


@dataclass(frozen=True, slots=True)
class LabelScore:
    """How one label fared: how many texts have it, and precision, recall and F1 of the answers."""

    label: str
    count: int
    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Return the harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers of about the same probability: how many, their mean probability, and the share that was right."""

    count: int
    probability: float
    right: float


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much went through without a person, and how much of that was right, or at least acceptable."""

    share: float
    right: float
    acceptable: float


def accuracy(judged: Sequence[Judged]) -> float:
    """Return the share of right answers."""
    return _share(sum(each.is_right for each in judged), len(judged))


def acceptability(judged: Sequence[Judged]) -> float:
    """Return the share of answers that a person would accept."""
    return _share(sum(each.is_acceptable for each in judged), len(judged))


def label_scores(judged: Sequence[Judged]) -> tuple[LabelScore, ...]:
    """Score every label that is expected at least once, the most frequent first."""
    expected = Counter(each.expected for each in judged)
    answered = Counter(each.answered for each in judged)
    right = Counter(each.expected for each in judged if each.is_right)
    return tuple(
        LabelScore(label, count, _share(right[label], answered[label]), _share(right[label], count))
        for label, count in sorted(expected.items(), key=lambda item: (-item[1], item[0]))
    )


def macro_f1(judged: Sequence[Judged]) -> float:
    """Return the mean F1 over the labels that are expected at least once."""
    scores = label_scores(judged)
    return _share(sum(score.f1 for score in scores), len(scores))


def by_group(judged: Iterable[Judged], groups: Mapping[str, str]) -> tuple[Judged, ...]:
    """Judge the same answers one level up, for example fields instead of topics."""
    return tuple(
        Judged(groups.get(each.expected, each.expected), groups.get(each.answered, each.answered), each.probability)
        for each in judged
    )


def confusions(judged: Iterable[Judged]) -> tuple[tuple[str, str, int], ...]:
    """Count what was taken for what (expected, answered, times), the worst first: often, then surest."""
    wrong: dict[tuple[str, str], list[float]] = {}
    for each in judged:
        if not each.is_right:
            wrong.setdefault((each.expected, each.answered), []).append(each.probability)
    worst_first = sorted(wrong.items(), key=lambda item: (-len(item[1]), -max(item[1]), item[0]))
    return tuple((expected, answered, len(sure)) for (expected, answered), sure in worst_first)


def coverage(judged: Sequence[tuple[Judged, bool]]) -> Coverage:
    """Measure what needed no review; each answer comes with whether it needed one."""
    passed = [answer for answer, needed_review in judged if not needed_review]
    return Coverage(share=_share(len(passed), len(judged)), right=accuracy(passed), acceptable=acceptability(passed))


def reliability(judged: Sequence[Judged], *, bins: int = 10) -> tuple[Bin, ...]:
    """Sort answers by their probability into equally wide bins; empty ones are left out."""
    filled: dict[int, list[Judged]] = {}
    for each in judged:
        filled.setdefault(min(int(each.probability * bins), bins - 1), []).append(each)
    return tuple(
        Bin(
            count=len(within),
            probability=_share(sum(each.probability for each in within), len(within)),
            right=accuracy(within),
        )
        for _, within in sorted(filled.items())
    )


def calibration_error(judged: Sequence[Judged], *, bins: int = 10) -> float:
    """Return the expected calibration error: how far probabilities are from the share that is right, on average."""
    return _share(
        sum(abs(each.probability - each.right) * each.count for each in reliability(judged, bins=bins)), len(judged)
    )


def confusion_matrix(judged: Iterable[Judged]) -> Mapping[tuple[str, str], int]:
    """Count every pair of what was expected and what was answered."""
    return Counter((each.expected, each.answered) for each in judged)


def _share(part: float, whole: int) -> float:
    return part / whole if whole else 0.0
