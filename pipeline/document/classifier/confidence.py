"""Estimates how much of an article the cleaning got right, from the classifier's own scores.

A block with the score p is of the article with the probability p. What was kept, what was dropped and how sure the
classifier was of each block give the F1 of words that is to be expected. `tests/bench/confidence.py` compares the
estimate with the F1 of pages whose sites the model had not seen, and prints the points of the curve below.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from pipeline.document.classifier.model import Kind, Scores

# What an estimate is worth: (estimate, mean F1 of words of pages with that estimate).
CURVE: Final[dict[Kind, tuple[tuple[float, float], ...]]] = {
    "html": (
        *((0.0, 0.0), (0.787, 0.822), (0.918, 0.934), (0.943, 0.945), (0.957, 0.957), (0.964, 0.959), (0.974, 0.972)),
        *((0.982, 0.981), (0.986, 0.984), (0.991, 0.99), (1.0, 1.0)),
    ),
    "plain": (
        *((0.0, 0.0), (0.712, 0.792), (0.874, 0.898), (0.91, 0.932), (0.93, 0.936), (0.943, 0.95), (0.956, 0.966)),
        *((0.969, 0.976), (0.979, 0.983), (0.987, 0.989), (1.0, 1.0)),
    ),
}


def expected_f1(scores: Scores, words: npt.NDArray[np.floating], kept: npt.NDArray[np.bool_]) -> float:
    """Return the F1 of words that is to be expected, 0 to 1; 0 if nothing was kept.

    `words` are the numbers of words of the blocks, `kept` marks those that stay.
    """
    likely = words * scores
    both = float(words[kept].sum() + likely.sum())
    return 2.0 * float(likely[kept].sum()) / both if both > 0 else 0.0


def confidence(kind: Kind, estimate: float) -> float:
    """Return how sure the cleaning of a page is, 0 to 1: the mean F1 of pages with such an estimate."""
    curve = CURVE[kind]
    # As np.interp does, which takes ten times as long for one number.
    (start, low), (end, high) = next(pair for pair in pairwise(curve) if estimate <= pair[1][0] or pair[1] is curve[-1])
    return round((high - low) / (end - start) * (estimate - start) + low, 3)
