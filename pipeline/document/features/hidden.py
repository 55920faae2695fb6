"""Finds the parts of a page that are not shown when it is opened, and says which of them are hardly article.

Most hidden text of a news page is a message, a dialog or a second copy. Some pages hide the article itself, under tabs
or behind "read on", so being hidden is not enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from pipeline.document.blocks.attributes import DIALOG, HIDDEN
from pipeline.document.blocks.measures import Floats
from pipeline.document.blocks.tree import COMMENTS, HINTS, KINDS, Layout

MOST: Final = 400  # hidden elements that are looked at
ISLAND: Final = 60  # words: an island is no longer
ABOVE: Final = 8  # words of the paragraph above an island
COPY: Final = 8  # words: a text without such a sentence may stand twice
RUN: Final = 4
SAID: Final = 0.7  # the share of its runs of words that the visible text has as well
_MARKED: Final = sum(1 << bit for bit, name in enumerate(HINTS) if name in {"comment", "advert", "share"}) | COMMENTS
_LABELS: Final = frozenset(
    KINDS.index(name) for name in ("h1", "h2", "h3", "h4", "h5", "h6", "dt", "button", "summary", "th", "a", "label")
)


Span = tuple[int, int]  # the first block and the one after the last


def hidden_of(layout: Layout, words: Floats, ends: Floats) -> tuple[Span, ...]:
    """Return the hidden parts that are hardly article, in page order, none inside of another."""
    elements = layout.elements
    hints, first, end = elements[3], elements[5], elements[6]
    places = np.flatnonzero((hints & HIDDEN > 0) & (end > first))[:MOST].tolist()
    if not places:
        return ()
    told = ((ends > 0) & (words >= COPY)) | (words > ISLAND)
    unseen = np.zeros(len(layout.texts), bool)
    for at in places:
        unseen[first[at] : end[at]] = True
    known: frozenset[tuple[str, ...]] | None = None
    found: list[Span] = []
    for at in places:
        start, stop = int(first[at]), int(end[at])
        if found and start < found[-1][1]:
            continue
        drops = bool(hints[at] & _MARKED) or _is_island(layout, unseen, words, ends, at)
        if not drops and told[start:stop].any():
            if known is None:
                known = frozenset(_runs([text for text, gone in zip(layout.texts, unseen, strict=True) if not gone]))
            runs = _runs(layout.texts[start:stop])
            drops = bool(runs) and sum(run in known for run in runs) >= SAID * len(runs)
        if drops:
            found.append((start, stop))
    return tuple(found)


def dialogs_of(elements: npt.NDArray[np.int64]) -> tuple[Span, ...]:
    """Return the dialogs of a page, shown or not."""
    hints, first, end = elements[3], elements[5], elements[6]
    places = np.flatnonzero((hints & DIALOG > 0) & (end > first)).tolist()
    return tuple((int(first[at]), int(end[at])) for at in places)


def _is_island(layout: Layout, unseen: npt.NDArray[np.bool_], words: Floats, ends: Floats, at: int) -> bool:
    """Return whether an element is brief and between two visible blocks of its parent, the first one a paragraph."""
    parent, kind, _, _, _, first, end = layout.elements
    start, stop, above = int(first[at]), int(end[at]), int(parent[at])
    if above < 0 or start == first[above] or stop == end[above] or unseen[start - 1] or unseen[stop]:
        return False
    paragraph = ends[start - 1] > 0 and words[start - 1] >= ABOVE and ends[stop] > 0
    label = int(kind[layout.frames[start - 1]]) in _LABELS or int(kind[layout.frames[stop]]) in _LABELS
    return bool(paragraph and not label and words[start:stop].sum() <= ISLAND)


def _runs(texts: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the runs of words of each text."""
    found: list[tuple[str, ...]] = []
    for text in texts:
        folded = text.casefold().split()
        found += [tuple(folded[at : at + RUN]) for at in range(len(folded) - RUN + 1)]
    return found
