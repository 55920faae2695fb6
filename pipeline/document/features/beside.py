"""Finds what stands beside the text of an article: boxes with requests, captions, lone links to other articles.

They are found by the names and the shape of elements. `classifier/choice.py` decides what happens to them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

from pipeline import native
from pipeline.document.blocks.measures import Floats, Measures
from pipeline.document.blocks.tree import HINTS, KINDS, Layout
from pipeline.document.features.ancestors import Span, places_of, spans_of
from pipeline.document.rules.recognise import CODE, NONE, Codes
from pipeline.document.rules.rule import Rule

BOX_WORDS: Final = 80
BOX_BLOCKS: Final = 10
CAPTION_WORDS: Final = 20  # of a line in an element that is named after a picture
LINKED: Final = 0.95  # the share of linked characters of a lone link
LINK_WORDS: Final = 4  # a shorter one is a name or a button
MOST_LINKS: Final = 3
PARAGRAPH: Final = 8  # words of the paragraphs around it
_CAPTION: Final = 1 << KINDS.index("figcaption")
_LINES: Final = sum(1 << KINDS.index(name) for name in ("p", "div"))
_IS_LINE: Final = np.asarray([_LINES >> kind & 1 for kind in range(len(KINDS))], bool)
_ASKING: Final = 1 << list(HINTS).index("advert")
_PICTURED: Final = 1 << list(HINTS).index("credit")
_REQUEST: Final = CODE[Rule.SUPPORT_BAR]


def beside_of(layout: Layout, words: Floats, cues: Codes) -> tuple[Span, ...]:
    """Return the spans of captions and of boxes with requests; they may overlap."""
    captions = places_of(layout.elements, _CAPTION)
    return (*spans_of(layout.elements, captions), *_boxes(layout, words, cues))


def lone_lines(layout: Layout, measures: Measures, cues: Codes, link_share: Floats) -> tuple[list[int], list[int]]:
    """Return the lines between two paragraphs that are one link, and those in an element named after a picture.

    Where many are links, they are the headings of an article's parts.
    """
    if native.COMPILED:
        limits = (float(PARAGRAPH), LINKED, float(LINK_WORDS), float(CAPTION_WORDS))
        measured = (measures["words"], measures["ends"], measures["ends_colon"])
        found, pictured = native.features.lone_lines(
            layout.elements, layout.frames, *measured, cues, link_share, _LINES, _PICTURED, *limits
        )
        return found if len(found) <= MOST_LINKS else [], pictured
    words, closed = measures["words"], measures["ends"] > 0
    paragraph = closed & (words >= PARAGRAPH)
    lone = np.zeros(len(words), bool)
    lone[1:-1] = paragraph[:-2] & paragraph[2:]
    lone &= ~closed & (measures["ends_colon"] == 0) & (cues == NONE)
    if not lone.any():
        return [], []
    kinds, hints = layout.elements[1, layout.frames], layout.elements[3, layout.frames]
    lone &= _IS_LINE[kinds]
    links: list[int] = np.flatnonzero(lone & (link_share >= LINKED) & (words >= LINK_WORDS)).tolist()
    pictured = np.flatnonzero(lone & (words <= CAPTION_WORDS) & (hints & _PICTURED > 0)).tolist()
    return links if len(links) <= MOST_LINKS else [], pictured


def _boxes(layout: Layout, words: Floats, cues: Codes) -> Iterator[Span]:
    """Yield the small elements named after a request, if one of their blocks reads like one."""
    requests: npt.NDArray[np.bool_] = cues == _REQUEST
    if not requests.any():
        return
    for start, stop in spans_of(layout.elements, places_of(layout.elements, hints=_ASKING)):
        if stop - start > BOX_BLOCKS:
            continue
        if requests[start:stop].any() and float(words[start:stop].sum()) <= BOX_WORDS:
            yield start, stop
