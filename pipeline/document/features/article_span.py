"""The position of the article on a page, estimated from the blocks' weights: the heaviest run between two barriers.

This is a first guess from one weight per block. The classifier uses it as one of its features.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from pipeline import native
from pipeline.document.blocks.measures import Floats, Measures

# The most that one gap of noise may cost. Otherwise a long list inside an article (150 related headlines of a
# flattened sidebar) would cut off a second half that has only a few paragraphs.
DEEPEST_GAP: Final = 120.0
# The first part with this share of the heaviest part's weight is the article: comments come after it, however many.
ENOUGH: Final = 0.35
# A shorter paragraph with no sentence above or below it is more often a teaser under its headline.
LONELY: Final = 45
LONELY_FACTOR: Final = 0.4

Marks = npt.NDArray[np.bool_]


def weigh(measures: Measures, noise: Marks, listed: Marks) -> Floats:
    """Return the weight of each block, in words of article; negative for boilerplate.

    The factors are about 2p - 1. p is the share of article among such blocks on 1,373 pages: 0.78 for closed blocks of
    20 to 40 words, 0.88 for longer ones, 0.56 for those of 12 to 19 words; 0.04 to 0.25 for open blocks.
    """
    words, sentences = measures["words"], measures["sentences"]
    if native.COMPILED:
        weighed = np.empty_like(words)
        closed, dots, opens = measures["ends"], measures["ends_dots"], measures["ends_colon"]
        native.features.weigh(words, sentences, closed, dots, opens, noise, listed, LONELY, LONELY_FACTOR, weighed)
        return weighed
    ends = (measures["ends"] > 0) & (measures["ends_dots"] == 0)
    factor = np.where(words >= 40, 0.75, np.where(words >= 20, 0.6, 0.35))
    short = np.where(words >= 8, 1.0, np.where(words >= 4, -1.0, -2.0))
    closed = np.where(words >= 12, np.minimum(words, 80) * factor, short)
    capped = np.minimum(words, 20)
    weights = np.select(
        [noise, ends | (measures["ends_colon"] > 0), (sentences * 30 >= words) & (words >= 25), words <= 2],
        [-(3.0 + capped * 0.4), closed, np.minimum(words, 60) * 0.5, -2.5],
        -(3.0 + capped * np.where(listed, 0.4, 0.25)),
    )
    sentence = ~noise & (measures["ends"] > 0) & (words >= 5)
    beside = np.append(sentence[1:], False) | np.append(False, sentence[:-1])
    alone = sentence & (weights > 0) & (words < LONELY) & ~beside
    lonely: Floats = np.where(alone, weights * LONELY_FACTOR, weights).astype(np.float32)
    return lonely


def article_span(weights: Floats, barriers: Marks) -> range:
    """Return the range of blocks that the article spans; empty if no block has a positive weight."""
    bounds = pairwise((0, *np.flatnonzero(barriers).tolist(), len(weights)))
    parts = [_heaviest_run(weights, start, end) for start, end in bounds]
    heaviest = max(total for total, _ in parts)
    return next(run for total, run in parts if total >= ENOUGH * heaviest)


def _heaviest_run(weights: Floats, start: int, end: int) -> tuple[float, range]:
    """Return the weight and the range of the heaviest run (Kadane), where a gap costs DEEPEST_GAP at most."""
    if native.COMPILED:
        total, first, stop = native.features.span_of(weights, start, end, DEEPEST_GAP)
        return total, range(first, stop)
    best, run = 0.0, range(start, start)
    total = peak = 0.0
    first = start
    for i, weight in enumerate(weights[start:end].tolist(), start):
        if weight > 0.0 and total <= 0.0:
            total, first = 0.0, i
        total = max(total + weight, peak - DEEPEST_GAP)
        if weight > 0.0:
            peak = total
        if total > best:
            best, run = total, range(first, i + 1)
    return best, run
