"""Logistic curves over margins: how sure to be of the likeliest label, and how much to suspect one that must not slip.

A softmax of margins ranks answers badly: a text of a few telling words and a long one of many get the same certainty.
What tells right answers from wrong ones is how far the first is from zero, how far the second is behind it, and how
much of the text was known. The five weights are fitted on voices that were held out.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from services.classifier.adapters.features import Floats

_SURE = np.float32(1e-6)
_SHRINK = np.float32(0.1)
"""Margins divided by a temperature are about ten times what the curve's regularisation is made for."""

_ALWAYS = 9.0


@dataclass(frozen=True, slots=True)
class Confidence:
    """The weights of the curve, the constant first; see `looks`."""

    weights: tuple[float, ...]

    @classmethod
    def fitted(cls, margins: Floats, known: Floats, right: npt.NDArray[np.bool_]) -> "Confidence":
        """Fit the curve to answers whose truth is known; where all are right or all wrong there is little to fit."""
        share = float(np.clip(right.mean(), 0.01, 0.99)) if len(right) else 0.5
        if len(right) == 0 or right.all() or not right.any() or margins.shape[1] < 2:  # noqa: PLR2004 no runner-up
            return cls((round(float(np.log(share / (1 - share))), 4), 0.0, 0.0, 0.0, 0.0))
        curve = _logistic(looks(margins, known), right)
        return cls((round(float(curve.intercept_[0]), 4), *(round(float(each), 4) for each in curve.coef_[0])))

    def of(self, margins: Floats, known: Floats) -> Floats:
        """Return the probability that the greatest margin's label is right, one per text."""
        if margins.shape[1] < 2:  # noqa: PLR2004 one label only is always right
            return np.ones(len(margins), dtype=np.float32)
        constant, *others = self.weights
        odds = looks(margins, known) @ np.array(others, dtype=np.float32) + np.float32(constant)
        return np.asarray(1 / (1 + np.exp(-odds)), dtype=np.float32)

    def spread(self, margins: Floats, known: Floats, shares: Floats) -> Floats:
        """Give the likeliest label its probability and the others, by their `shares`, what is left; none gets more."""
        top = margins.argmax(axis=1)
        rows = np.arange(len(margins))
        sure = self.of(margins, known)
        others = shares.copy()
        others[rows, top] = 0
        others *= ((1 - sure) / np.maximum(others.sum(axis=1), _SURE))[:, np.newaxis]
        np.minimum(others, sure[:, np.newaxis], out=others)
        others[rows, top] = sure
        return others


@dataclass(frozen=True, slots=True)
class Suspicion:
    """How much to suspect that a text is one that must not slip through, from the margins of all heads together.

    A softmax would hide an emergency behind "high": both are likely at once. And what a text is about, and whether it
    asks or thanks, says more of it than one margin does: on held-out voices the false alarms fell by a quarter.
    """

    weights: tuple[float, ...]
    constant: float

    @classmethod
    def fitted(cls, margins: Floats, true: npt.NDArray[np.bool_]) -> "Suspicion":
        """Fit the curve to margins (texts x labels of all heads); where all or none are true nothing is fitted."""
        if len(true) == 0 or true.all() or not true.any():
            return cls((0.0,) * margins.shape[1], _ALWAYS if len(true) and true.all() else -_ALWAYS)
        curve = _logistic(margins * _SHRINK, true)
        return cls(tuple(round(float(each), 4) for each in curve.coef_[0]), round(float(curve.intercept_[0]), 4))

    def of(self, margins: Floats) -> Floats:
        """Return the probability, one per text."""
        odds = margins @ np.array(self.weights, dtype=np.float32) * _SHRINK + np.float32(self.constant)
        return np.asarray(1 / (1 + np.exp(-odds)), dtype=np.float32)


def _logistic(points: Floats, true: npt.NDArray[np.bool_]) -> Any:
    # Only training fits; a service that starts need not wait for the import.
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    return LogisticRegression(C=1.0, max_iter=2000).fit(points, true)


def looks(margins: Floats, known: Floats) -> Floats:
    """Describe the margins of each text: the first, its lead, the third's distance, and how many n-grams were known."""
    places = min(3, margins.shape[1])
    first = -np.partition(-margins, range(places - 1), axis=1)[:, :places]
    third = first[:, 1] - first[:, places - 1]
    return np.column_stack([first[:, 0], first[:, 0] - first[:, 1], third, np.log1p(known)]).astype(np.float32)
