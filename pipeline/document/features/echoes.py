"""How many words of each block occur in the page's title or description as well.

The loop has a compiled version (native/features.pyx); the version with Python's sets is the reference.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pipeline import native
from pipeline.text.casefold import folds

Ints = npt.NDArray[np.int64]


def echoes_of(texts: Sequence[str], known: Sequence[frozenset[str]]) -> tuple[Ints, Ints]:
    """Return the number of words of each text, and how many of them are in each set of case-folded words.

    The second array has one row per set. Texts must have one space between two words, and no other white space.
    """
    if native.COMPILED:
        counts, hits = np.empty(len(texts), np.int64), np.empty((len(known), len(texts)), np.int64)
        words = sorted(frozenset().union(*known))
        native.features.count_known(list(texts), words, list(known), folds(), counts, hits)
        return counts, hits
    words = "\n".join(texts).casefold().split()  # the words of all texts
    counts = np.fromiter((text.count(" ") for text in texts), np.int64, len(texts)) + 1
    begins = np.cumsum(counts) - counts
    found = [np.fromiter(map(some.__contains__, words), np.int64, len(words)) for some in known]
    return counts, np.asarray([np.add.reduceat(hits, begins) for hits in found], np.int64)
