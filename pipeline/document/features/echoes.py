"""How much of a page's blocks is said elsewhere too: their words among those of its title or its description.

Compiled, or with Python's sets, which say what is meant (native/features.pyx).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pipeline import native
from pipeline.text.casefold import folds

Ints = npt.NDArray[np.int64]


def echoes_of(texts: Sequence[str], known: Sequence[frozenset[str]]) -> tuple[Ints, Ints]:
    """Count the words of each text, and those in each of some sets of folded words, a row a set.

    Texts have one space between two words, and no other white space.
    """
    if native.COMPILED:
        counts, hits = np.empty(len(texts), np.int64), np.empty((len(known), len(texts)), np.int64)
        words = sorted(frozenset().union(*known))
        native.features.count_known(list(texts), words, list(known), folds(), counts, hits)
        return counts, hits
    words = "\n".join(texts).casefold().split()  # of all texts
    counts = np.fromiter((text.count(" ") for text in texts), np.int64, len(texts)) + 1
    begins = np.cumsum(counts) - counts
    found = [np.fromiter(map(some.__contains__, words), np.int64, len(words)) for some in known]
    return counts, np.asarray([np.add.reduceat(one, begins) for one in found], np.int64)
