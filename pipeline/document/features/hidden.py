"""Finds the parts of a page that are not shown when it is opened, and says which of them are hardly article.

Most hidden text of a news page is a message, a dialog or a second copy. Some pages hide the article itself, under tabs
or behind "read on", so being hidden is not enough.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from pipeline import native
from pipeline.document.blocks.attributes import DIALOG, HIDDEN
from pipeline.document.blocks.measures import Floats
from pipeline.document.blocks.tree import COMMENTS, HINTS, KINDS, Layout
from pipeline.document.features.ancestors import Span, places_of, spans_of
from pipeline.text.casefold import folds

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


def hidden_of(layout: Layout, words: Floats, ends: Floats) -> tuple[Span, ...]:
    """Return the hidden parts that are hardly article, in page order, none inside of another."""
    elements = layout.elements
    places = places_of(elements, hints=HIDDEN, most=MOST)
    if not places:
        return ()
    hints = elements[3]
    spans = list(spans_of(elements, places))
    told = ((ends > 0) & (words >= COPY)) | (words > ISLAND)
    unseen = np.zeros(len(layout.texts), bool)
    for start, stop in spans:
        unseen[start:stop] = True
    known: native.features.Runs | Runs | None = None
    found: list[Span] = []
    for at, (start, stop) in zip(places, spans, strict=True):
        if found and start < found[-1][1]:
            continue
        drops = bool(hints[at] & _MARKED) or _is_island(layout, unseen, words, ends, at)
        if not drops and told[start:stop].any():
            if known is None:
                known = runs_of([text for text, gone in zip(layout.texts, unseen.tolist(), strict=True) if not gone])
            count, shared = known.shared_with(layout.texts[start:stop])
            drops = count > 0 and shared >= SAID * count
        if drops:
            found.append((start, stop))
    return tuple(found)


def dialogs_of(elements: npt.NDArray[np.int64]) -> tuple[Span, ...]:
    """Return the dialogs of a page, shown or not."""
    return tuple(spans_of(elements, places_of(elements, hints=DIALOG)))


def _is_island(layout: Layout, unseen: npt.NDArray[np.bool_], words: Floats, ends: Floats, at: int) -> bool:
    """Return whether an element is brief and between two visible blocks of its parent, the first one a paragraph."""
    parent, kind, _, _, _, first, end = layout.elements
    start, stop, above = int(first[at]), int(end[at]), int(parent[at])
    if above < 0 or start == first[above] or stop == end[above] or unseen[start - 1] or unseen[stop]:
        return False
    paragraph = ends[start - 1] > 0 and words[start - 1] >= ABOVE and ends[stop] > 0
    label = int(kind[layout.frames[start - 1]]) in _LABELS or int(kind[layout.frames[stop]]) in _LABELS
    return bool(paragraph and not label and words[start:stop].sum() <= ISLAND)


class Runs:
    """The runs of RUN words in some texts; native/features.pyx has a compiled version."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._known = frozenset(self._runs(texts))

    def shared_with(self, texts: Sequence[str]) -> tuple[int, int]:
        """Return the number of runs of other texts, and how many of them are among these."""
        runs = list(self._runs(texts))
        return len(runs), sum(run in self._known for run in runs)

    @staticmethod
    def _runs(texts: Sequence[str]) -> Iterator[tuple[str, ...]]:
        for text in texts:
            folded = text.casefold().split()
            yield from (tuple(folded[at : at + RUN]) for at in range(len(folded) - RUN + 1))


def runs_of(texts: list[str]) -> native.features.Runs | Runs:
    """Return the runs of words in some texts, which have one space between two words and no other white space."""
    return native.features.Runs(texts, folds(), RUN) if native.COMPILED else Runs(texts)
