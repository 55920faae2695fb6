"""Where a block stands under its heading, and whether the blocks around it repeat in a rhythm.

A list of teasers is headline, text, time, headline, text, time; an article has no such rhythm. The heading above a box
says more of its blocks than they do.

The loops have a compiled version (native/columns.pyx); the numpy version is the reference.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from pipeline import native
from pipeline.document.blocks.measures import Floats, Measures
from pipeline.document.rules.recognise import Codes

NAMES: Final = ("from_heading", "heading_words", "heading_cue", "heading_kind")
FARTHEST: Final = 50  # blocks: the largest distance from a heading
NO_HEADING: Final = -1.0  # in all columns of a block above the first heading
LABEL: Final = 9  # words: so short a line of a plain text without an end is a heading
LONGEST: Final = 5  # blocks: the longest period
AROUND: Final = 9  # blocks to either side whose rhythm is heard
FEWEST: Final = 4  # pairs of blocks: fewer are counted as so many
_SIZES: Final = np.array([2, 5, 9, 16, 30], np.float32)  # words: blocks of about one size are alike
_CUED: Final = 100  # added to the rule that recognizes a block
_STYLED: Final = 1000  # so many forms there are of each style

Marks = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


def under_headings(heads: Marks, words: Floats, coded: Codes, kinds: Ints) -> Floats:
    """Return one row for each of NAMES: of the last heading at or above each block."""
    rows = np.empty((len(NAMES), len(heads)), np.float32)
    if native.COMPILED:
        native.columns.heading_columns(heads.view(np.uint8), words, coded, kinds, FARTHEST, rows)
        return rows
    index = np.arange(len(heads))
    last = np.maximum.accumulate(np.where(heads, index, -1))
    rows[:] = np.minimum(index - last, FARTHEST), words[last], coded[last], kinds[last]
    rows[:, last < 0] = NO_HEADING
    return rows


def forms_of(measures: Measures, cues: Codes, styles: Ints) -> Ints:
    """Return a number for each block that is the same for blocks of one form: rule, or size and end, and style."""
    sizes = 2 * np.digitize(measures["words"], _SIZES) + (measures["ends"] > 0)
    forms: Ints = np.where(cues >= 0, _CUED + cues.astype(np.int64), sizes) + _STYLED * styles
    return forms


def rhythm(forms: Ints, row: Floats) -> None:
    """Write how much more often the blocks around a block equal those one period on than those right after them.

    From 0 for no rhythm at all, or blocks that are all alike, to 1 for a strict one. The period is 2 to LONGEST blocks.
    """
    if native.COMPILED:
        native.columns.rhythm(forms, row)
        return
    count = len(forms)
    even = _agreement(forms, 1)
    best = np.zeros(count)
    for period in range(2, LONGEST + 1):
        best = np.maximum(best, _agreement(forms, period) - even)
    row[:] = best


def _agreement(forms: Ints, period: int) -> npt.NDArray[np.float64]:
    count = len(forms)
    same = np.zeros(max(count - period, 0) + 1, np.int64)
    np.cumsum(forms[:-period] == forms[period:], out=same[1:])
    pairs = len(same) - 1
    index = np.arange(count)
    low = np.clip(index - AROUND, 0, pairs)
    high = np.maximum(np.clip(index + AROUND + 1 - period, 0, pairs), low)
    share: npt.NDArray[np.float64] = (same[high] - same[low]) / np.maximum(high - low, FEWEST)
    return share
