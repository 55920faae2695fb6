"""Parts of a page that its tree shows: sections of comments, and tables of data.

They are found by the names and the shape of elements alone. `classifier/choice.py` decides what happens to them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from pipeline import native
from pipeline.document.blocks.measures import Floats
from pipeline.document.blocks.tree import COMMENTS, HINTS, KINDS
from pipeline.document.features.ancestors import Ints, Span, places_of, spans_of
from pipeline.document.features.windows import sums_of

_TABLE, _ROW, _CELL, _HEAD = (KINDS.index(name) for name in ("table", "tr", "td", "th"))
_BESIDE: Final = frozenset(KINDS.index(name) for name in ("aside", "nav", "footer"))
_ASIDE: Final = sum(1 << kind for kind in _BESIDE)
_CAPTION: Final = KINDS.index("figcaption")
_PICTURED: Final = 1 << list(HINTS).index("credit")
_LIST: Final = sum(1 << KINDS.index(name) for name in ("ul", "ol", "dl"))
LEAST_BLOCKS: Final = 4
LEAST_ROWS: Final = 2
COLUMNS: Final = 1.8  # cells per row on average; below 2 because a heading may span all columns
LINKED: Final = 0.3  # the largest share of linked characters: a table of links is a menu
LEAST_ITEMS: Final = 2
LISTED: Final = 0.25  # the largest share of linked characters: a list of links is a menu, or headlines
ITEM_WORDS: Final = 2.0  # the fewest words per item on average
WORDS: Final = 15.0  # the most words per block on average: a table of paragraphs is page layout


@dataclass(frozen=True, slots=True)
class Table:
    """A table of data: rows of short cells with few links, no table inside, and not in an aside, menu or footer."""

    first: int  # block
    end: int  # the block after the last
    rows: tuple[int, ...]  # the first block of each row, ascending
    around: tuple[Span, ...]  # the spans of its ancestors, the nearest first


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a page, in page order; sections of comments may be nested."""

    comments: tuple[Span, ...] = ()
    tables: tuple[Table, ...] = ()
    lists: tuple[Span, ...] = ()  # without links, between two blocks of the same element
    hidden: tuple[Span, ...] = ()  # messages, dialogs and copies that are not shown when the page is opened
    dialogs: tuple[Span, ...] = ()  # that ask for consent
    beside: tuple[Span, ...] = ()  # captions, boxes with requests
    links: tuple[int, ...] = ()  # lines between two paragraphs that are one link
    pictured: tuple[int, ...] = ()  # such lines in an element named after a picture
    others: tuple[Span, ...] = ()  # articles that are not the page's own


def parts_of(elements: Ints, words: Floats, characters: Floats, linked: Floats) -> Parts:
    """Return the parts of a page. `elements` are `Layout.elements`; the other arrays have one entry per block."""
    comments = spans_of(elements, places_of(elements, hints=COMMENTS))
    tables = places_of(elements, 1 << _TABLE, least=LEAST_BLOCKS)
    sums = [sums_of(column) for column in (words, characters, linked)] if tables else []
    lists = places_of(elements, _LIST, least=LEAST_ITEMS)
    return Parts(
        tuple(comments),
        tuple(_tables(elements, tables, sums)),
        tuple(_lists(elements, lists, words, characters, linked)),
    )


def _lists(elements: Ints, places: list[int], words: Floats, characters: Floats, linked: Floats) -> Iterable[Span]:
    """Return the lists of text that are not at an end of the element that holds them."""
    if native.COMPILED:
        return native.features.lists(
            elements, places, words, characters, linked, LISTED, ITEM_WORDS, 1 << _CAPTION, _PICTURED, _ASIDE
        )
    return _text_lists(elements, places, words, characters, linked)


def _text_lists(
    elements: Ints, places: Sequence[int], words: Floats, characters: Floats, linked: Floats
) -> Iterator[Span]:
    parent, kind, _, _, _, first, end = elements
    for place in places:
        start, stop, above = int(first[place]), int(end[place]), int(parent[place])
        if above < 0 or start == int(first[above]) or stop == int(end[above]):
            continue
        if float(linked[start:stop].sum()) > LISTED * float(characters[start:stop].sum()):
            continue
        if float(words[start:stop].sum()) < ITEM_WORDS * (stop - start):
            continue
        inside = slice(place, int(first.searchsorted(stop)))
        if np.any((elements[3][inside] & _PICTURED) | (kind[inside] == _CAPTION)):
            continue  # a gallery
        if _BESIDE.isdisjoint(kind[list(_ancestors(parent, place))].tolist()):
            yield start, stop


def _tables(elements: Ints, places: Sequence[int], sums: Sequence[npt.NDArray[np.float64]]) -> Iterator[Table]:
    """Yield the tables of data among the tables with enough blocks."""
    parent, kind, _, _, _, first, end = elements
    for place in places:
        start, stop = int(first[place]), int(end[place])
        words, characters, linked = (float(column[stop] - column[start]) for column in sums)
        if words > WORDS * (stop - start) or linked > LINKED * characters:
            continue
        inside = slice(place + 1, int(first.searchsorted(stop)))  # elements that open before its last block ends
        filled = kind[inside][end[inside] > first[inside]]
        rows = first[inside][(kind[inside] == _ROW) & (end[inside] > first[inside])]
        cells = np.count_nonzero((filled == _CELL) | (filled == _HEAD))
        if _TABLE in kind[inside] or len(rows) < LEAST_ROWS or cells < COLUMNS * len(rows):
            continue
        above = list(_ancestors(parent, place))
        if _BESIDE.isdisjoint(kind[above].tolist()):
            around = zip(first[above].tolist(), end[above].tolist(), strict=True)
            yield Table(start, stop, tuple(rows.tolist()), tuple(around))


def _ancestors(parent: Ints, place: int) -> Iterator[int]:
    above = int(parent[place])
    while above >= 0:
        yield above
        above = int(parent[above])
