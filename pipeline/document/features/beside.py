"""Finds what stands beside the text of an article: boxes with requests, captions, lone links to other articles.

They are found by the names and the shape of elements. `classifier/choice.py` decides what happens to them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

from pipeline.document.blocks.measures import Floats, Measures
from pipeline.document.blocks.tree import HINTS, KINDS, Layout
from pipeline.document.rules.recognise import CODE, NONE, Codes
from pipeline.document.rules.rule import Rule

Span = tuple[int, int]  # the first block and the one after the last

BOX_WORDS: Final = 80
BOX_BLOCKS: Final = 10
CAPTION_WORDS: Final = 20  # of a line in an element that is named after a picture
LINKED: Final = 0.95  # the share of linked characters of a lone link
LINK_WORDS: Final = 4  # a shorter one is a name or a button
MOST_LINKS: Final = 3
PARAGRAPH: Final = 8  # words of the paragraphs around it
_CAPTION: Final = KINDS.index("figcaption")
_LINES: Final = np.asarray([name in ("p", "div") for name in KINDS])
_ASKING: Final = 1 << list(HINTS).index("advert")
_PICTURED: Final = 1 << list(HINTS).index("credit")
_REQUEST: Final = CODE[Rule.SUPPORT_BAR]


def beside_of(layout: Layout, words: Floats, cues: Codes) -> tuple[Span, ...]:
    """Return the spans of captions and of boxes with requests; they may overlap."""
    return (*_captions(layout), *_boxes(layout, words, cues))


def lone_lines(layout: Layout, measures: Measures, cues: Codes, link_share: Floats) -> tuple[list[int], list[int]]:
    """Return the lines between two paragraphs that are one link, and those in an element named after a picture.

    Where many are links, they are the headings of an article's parts.
    """
    words, closed = measures["words"], measures["ends"] > 0
    paragraph = closed & (words >= PARAGRAPH)
    lone = np.zeros(len(words), bool)
    lone[1:-1] = paragraph[:-2] & paragraph[2:]
    lone &= ~closed & (measures["ends_colon"] == 0) & (cues == NONE)
    if not lone.any():
        return [], []
    kinds, hints = layout.elements[1, layout.frames], layout.elements[3, layout.frames]
    lone &= _LINES[kinds]
    links: list[int] = np.flatnonzero(lone & (link_share >= LINKED) & (words >= LINK_WORDS)).tolist()
    pictured: list[int] = np.flatnonzero(lone & (words <= CAPTION_WORDS) & (hints & _PICTURED > 0)).tolist()
    return links if len(links) <= MOST_LINKS else [], pictured


def _captions(layout: Layout) -> Iterator[Span]:
    kind, first, end = layout.elements[1], layout.elements[5], layout.elements[6]
    for at in np.flatnonzero((kind == _CAPTION) & (end > first)).tolist():
        yield int(first[at]), int(end[at])


def _boxes(layout: Layout, words: Floats, cues: Codes) -> Iterator[Span]:
    """Yield the small elements named after a request, if one of their blocks reads like one."""
    hints, first, end = layout.elements[3], layout.elements[5], layout.elements[6]
    requests: npt.NDArray[np.bool_] = cues == _REQUEST
    if not requests.any():
        return
    small = (end > first) & (end - first <= BOX_BLOCKS)
    for at in np.flatnonzero((hints & _ASKING > 0) & small).tolist():
        start, stop = int(first[at]), int(end[at])
        if requests[start:stop].any() and float(words[start:stop].sum()) <= BOX_WORDS:
            yield start, stop
