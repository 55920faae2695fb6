"""The shape of a page in numbers: where its text stands, how even it is, what is linked, what recurs.

No vocabulary of any language. The numbers are read by the trees of `model.py`, so a change here needs new training.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from pipeline.document.blocks.measures import NAMES as MEASURES
from pipeline.document.blocks.measures import Measures
from pipeline.document.blocks.tree import HINTS, KINDS, Layout

LABEL = 4  # words: so short a block without a full stop is a label
PROSE, LONG = 20, 40  # words
LINKED = 0.6  # the share of linked characters from which on a block is a link
CARD_WORDS = (6, 150)  # of an element that may be one of many alike
CARDS = 4  # elements of one form, at least
CURRENCIES: Final = "$€£¥₽₴₸₹"
_HINTS: Final = ("credit", "paragraph", "comment", "advert", "footer", "body", "related", "byline")
_HINT_BITS: Final = np.array([[1 << list(HINTS).index(name)] for name in _HINTS], np.int64)
_COUNTED: Final = ("nav", "figure", "header", "footer", "section", "main", "article", "li", "form", "pre", "table")
_COUNTED_KINDS: Final = np.array([KINDS.index(name) for name in _COUNTED])
_OF_TEXT: Final = ("p", "li", "div", "h3", "td")
_OF_TEXT_KINDS: Final = np.array([KINDS.index(name) for name in _OF_TEXT])
_P, _DIV, _LI = (KINDS.index(name) for name in ("p", "div", "li"))
_FIRST_HEADING, _LAST_HEADING = KINDS.index("h1"), KINDS.index("h6")
_MEASURES: Final = ("commas", "digits", "colons", "bars", "quotes")
_MEASURED: Final = np.array([MEASURES.index(name) for name in _MEASURES])
_ROWS: Final = 19
_CARDS: Final = ("cards", "cards_words", "cards_kept")

NAMES: Final = (
    *("page_words", "kept_words", "kept_share", "blocks", "kept_blocks", "kept_block_share", "kept_mean", "kept_max"),
    *("block_mean", "prose_kept", "long_kept", "prose_words", "prose_lost", "labels", "broken"),
    *("runs", "run_mean", "run_top", "run_words", "span_filled", "span_words_filled", "first_at", "after"),
    *("span_links", "span_labels", "span_head_words", *(f"{name}_a_word" for name in _MEASURES)),
    *("ends_kept", "links_kept", "links", "linked_blocks", "strong_kept"),
    *("heads", "heads_kept", "heads_lost", "heads_linked", "words_a_head"),
    *(*(f"kept_in_{name}" for name in _OF_TEXT), "style_top", "parent_top", "parents", "grand_top"),
    *("prose_parent_top", "all_prose_parent_top", *_CARDS, *(f"linked_{name}" for name in _CARDS)),
    *("elements", "p_share", "div_share", "li_share", *(f"many_{name}" for name in _COUNTED)),
    *(*(f"hint_{name}" for name in _HINTS), "currency"),
)

Numbers = npt.NDArray[np.float64]
Marks = npt.NDArray[np.bool_]


def shape_of(layout: Layout, measures: Measures, kept_texts: Sequence[str]) -> list[float]:
    """Return the numbers of NAMES for a page with at least one block; `kept_texts` has "" for dropped blocks."""
    count = len(layout.texts)
    kept = np.fromiter(map(bool, kept_texts), np.bool_, count)
    words = measures["words"].astype(np.float64)
    closed = measures["ends"] > 0
    characters = np.maximum(measures["characters"], 1).astype(np.float64)
    linky = layout.linked > LINKED * characters
    label = (words <= LABEL) & ~closed
    prose = (words >= PROSE) & closed
    kinds = layout.elements[1, layout.frames]
    head = (kinds >= _FIRST_HEADING) & (kinds <= _LAST_HEADING)
    kept_words = words * kept
    # One row each, summed up at once.
    before = np.zeros((_ROWS, count + 1))
    rows = before[:, 1:]
    rows[0], rows[1], rows[2], rows[3] = words, kept_words, kept, prose
    rows[4] = words * prose
    rows[5] = rows[4] * kept
    rows[6] = rows[5] * (words >= LONG)
    rows[7], rows[8], rows[9], rows[10] = label, linky, layout.linked, characters
    rows[11], rows[12], rows[13] = layout.linked * kept, characters * kept, layout.strong * kept
    rows[14], rows[15], rows[16], rows[17], rows[18] = (
        head,
        head & kept,
        head & linky,
        closed & kept,
        layout.broken & kept,
    )
    of_prose_words, of_both = rows[4].copy(), rows[5].copy()
    np.cumsum(rows, axis=1, out=rows)
    (page, of_kept, blocks, _, of_prose, prose_kept, long_kept, labels, links, linked, size, linked_kept, size_kept) = (
        before[:13, -1].tolist()
    )
    strong, heads, heads_kept, heads_linked, ends, broken = before[13:, -1].tolist()
    found = [
        *(_log(page), _log(of_kept), _share(of_kept, page), _log(count), _log(blocks), blocks / count),
        *(_share(of_kept, blocks), _log(float(kept_words.max())), page / count),
        *(_share(prose_kept, of_kept), _share(long_kept, of_kept), _log(of_prose), 1 - _share(prose_kept, of_prose)),
        *(labels / count, _share(broken, blocks)),
        *_runs(kept, before),
    ]
    tallied: list[float] = (measures.rows.take(_MEASURED, axis=0) @ kept.astype(np.float32)).tolist()
    found += [_share(tally, of_kept) for tally in tallied]
    found += [_share(ends, blocks), _share(linked_kept, size_kept), linked / size, links / count]
    found += [_share(strong, size_kept), heads / count, _share(heads_kept, blocks), _share(heads - heads_kept, heads)]
    found += [_share(heads_linked, heads), of_kept / (heads_kept + 1)]
    found += _places(layout, kinds, kept_words, of_prose_words, of_both)
    found += _alike(layout, before)
    found += _elements(layout)
    return [*found, _currencies("\n".join(layout.texts)) / count]


def _currencies(text: str) -> int:
    return text.count(CURRENCIES[0]) if text.isascii() else sum(map(text.count, CURRENCIES))


def _runs(kept: Marks, before: Numbers) -> list[float]:
    """Return the numbers about runs of kept blocks, and about the span from the first to the last kept block."""
    count = len(kept)
    edges = np.zeros(count + 2, np.bool_)
    edges[1:-1] = kept
    bounds = np.flatnonzero(edges[1:] != edges[:-1])
    if not len(bounds):
        return [0.0] * 6 + [1.0, 1.0, 0.0, 0.0, 0.0]
    starts, ends = bounds[::2], bounds[1::2]
    first, end = int(starts[0]), int(ends[-1])
    top = float((before[0, ends] - before[0, starts]).max())
    inside = before[:, end] - before[:, first]
    words, of_kept, blocks = inside[:3].tolist()
    labels, linked, size, heads = inside[[7, 9, 10, 14]].tolist()
    return [
        *(float(len(starts)), blocks / len(starts), _share(top, of_kept), _log(top), blocks / (end - first)),
        *(_share(of_kept, words), first / count, 1 - end / count),
        *(_share(linked, size), labels / (end - first), words / (heads + 1)),
    ]


def _places(layout: Layout, kinds: npt.NDArray[np.int64], kept: Numbers, prose: Numbers, both: Numbers) -> list[float]:
    """Return how much of the kept text stands in one kind of element, in one style and below one parent."""
    parent, style = layout.elements[0], layout.elements[4]
    of_kept, of_prose, of_both = float(kept.sum()), float(prose.sum()), float(both.sum())
    above = np.maximum(parent[layout.frames], 0)
    by_parent = np.bincount(above, kept)
    by_kind = np.bincount(kinds, kept, len(KINDS))[_OF_TEXT_KINDS].tolist()
    return [
        *(_share(words, of_kept) for words in by_kind),
        _share(float(np.bincount(style[layout.frames], kept).max()), of_kept),
        _share(float(by_parent.max()), of_kept),
        _share(float(np.count_nonzero(by_parent)), float(np.count_nonzero(kept))),
        _share(float(np.bincount(np.maximum(parent[above], 0), kept).max()), of_kept),
        _share(float(np.bincount(above, both).max()), of_both),
        _share(float(np.bincount(above, prose).max()), of_prose),
    ]


def _alike(layout: Layout, before: Numbers) -> list[float]:
    """Return how many elements of one form hold some short texts each, and the share of text in them: cards, rows.

    Then the same of those with a link.
    """
    _, _, _, _, style, first, end = layout.elements
    inside = before[:, end][[0, 1, 8]] - before[:, first][[0, 1, 8]]
    words = inside[0]
    cards = (end - first >= 2) & (words >= CARD_WORDS[0]) & (words <= CARD_WORDS[1])
    page, of_kept = before[:2, -1].tolist()
    found: list[float] = []
    for some in (cards, cards & (inside[2] >= 1)):
        forms = style[some]
        many = np.bincount(forms) if len(forms) else np.zeros(1, np.int64)
        if many.max() < CARDS:
            found += [0.0, 0.0, 0.0]
            continue
        often = many >= CARDS
        within = np.bincount(forms, words[some])[often].max(), np.bincount(forms, inside[1][some])[often].max()
        found += [_log(float(many.max())), _share(float(within[0]), page), _share(float(within[1]), of_kept)]
    return found


def _elements(layout: Layout) -> list[float]:
    kinds, hints = layout.elements[1], layout.elements[3]
    many = np.bincount(kinds, minlength=len(KINDS))
    every = len(kinds)
    shares = np.count_nonzero(hints & _HINT_BITS, axis=1) / every
    return [
        _log(every),
        *(many[[_P, _DIV, _LI]] / every).tolist(),
        *np.log1p(many[_COUNTED_KINDS]).tolist(),
        *shares.tolist(),
    ]


def _log(number: float) -> float:
    return float(np.log1p(number))


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


__all__ = ["NAMES", "shape_of"]
