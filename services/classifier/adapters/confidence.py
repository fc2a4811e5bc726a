"""Logistic curves over margins: how sure to be of the likeliest label, and how much to suspect one that must not slip.

A softmax of margins ranks answers badly: a text of a few telling words and a long one of many get the same certainty.
What tells right answers from wrong ones is how far the first is from zero, how far the second is behind it, and how
much of the text was known. The five weights are fitted on voices that were held out.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from services.classifier.adapters.features import Floats

_SURE = np.float32(1e-6)


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
        curve = LogisticRegression(C=1.0, max_iter=1000).fit(looks(margins, known), right)
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
    """The curve from one label's margin to the probability that the text is one of it, whatever else it may be.

    Platt scaling. A softmax would hide an emergency behind "high": both are likely at once.
    """

    slope: float
    constant: float

    @classmethod
    def fitted(cls, margins: Floats, true: npt.NDArray[np.bool_]) -> "Suspicion":
        """Fit the curve to one label's margins; where all or none are true there is nothing to fit."""
        if len(true) == 0 or true.all() or not true.any():
            return cls(0.0, -9.0 if not len(true) or not true.any() else 9.0)
        curve = LogisticRegression(C=10.0, max_iter=1000).fit(margins[:, np.newaxis], true)
        return cls(round(float(curve.coef_[0, 0]), 4), round(float(curve.intercept_[0]), 4))

    def of(self, margins: Floats) -> Floats:
        """Return the probability, one per text."""
        return np.asarray(1 / (1 + np.exp(-(margins * self.slope + self.constant))), dtype=np.float32)


def looks(margins: Floats, known: Floats) -> Floats:
    """Describe the margins of each text: the first, its lead, the third's distance, and how many n-grams were known."""
    places = min(3, margins.shape[1])
    first = -np.partition(-margins, range(places - 1), axis=1)[:, :places]
    third = first[:, 1] - first[:, places - 1]
    return np.column_stack([first[:, 0], first[:, 0] - first[:, 1], third, np.log1p(known)]).astype(np.float32)
