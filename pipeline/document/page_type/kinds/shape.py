"""The shape of a page in numbers: where its text stands, how even it is, what is linked, what recurs.

No vocabulary of any language. The numbers are read by the trees of `model.py`, so a change here needs new training.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from pipeline import native
from pipeline.document.blocks.measures import NAMES as MEASURES
from pipeline.document.blocks.measures import Measures
from pipeline.document.blocks.tree import HINTS, KINDS, Layout

LABEL = 4  # words: so short a block without a full stop is a label
PROSE, LONG = 20, 40  # words
LINKED = 0.6  # the share of linked characters from which on a block is a link
CARD_LEAST, CARD_MOST = 6, 150  # words of an element that may be one of many alike
CARDS = 4  # elements of one form, at least
_CURRENCIES: Final = re.compile(r"[$\u00a2-\u00a5\u20a0-\u20cf]")
_HINTS: Final = ("credit", "paragraph", "comment", "advert", "footer", "body", "related", "byline")
_HINT_BITS: Final = np.array([1 << list(HINTS).index(name) for name in _HINTS], np.int64)
_COUNTED: Final = ("nav", "figure", "header", "footer", "section", "main", "article", "li", "form", "pre", "table")
_COUNTED_KINDS: Final = np.array([KINDS.index(name) for name in _COUNTED])
_OF_TEXT: Final = ("p", "li", "div", "h3", "td")
_OF_TEXT_KINDS: Final = np.array([KINDS.index(name) for name in _OF_TEXT])
_P, _DIV, _LI = (KINDS.index(name) for name in ("p", "div", "li"))
_FIRST_HEADING, _LAST_HEADING = KINDS.index("h1"), KINDS.index("h6")
_MEASURES: Final = ("commas", "digits", "colons", "bars", "quotes")
_MEASURED: Final = np.array([MEASURES.index(name) for name in ("words", "ends", "characters", *_MEASURES)])
_CARDS: Final = ("cards", "cards_words", "cards_kept")

# Sums over the page's blocks and elements. In words, if nothing else is said.
_SUMS: Final = (
    *("page", "kept", "kept_blocks", "kept_max", "prose", "prose_kept", "long_kept", "labels", "links"),
    *("linked", "characters", "linked_kept", "characters_kept", "strong_kept"),
    *("heads", "heads_kept", "heads_linked", "ends_kept", "broken_kept"),
    # Runs of kept blocks, the longest one, and the span from the first kept block to the last one.
    *("runs", "run_top", "span_from", "span_to", "span", "span_labels", "span_linked", "span_characters", "span_heads"),
    # The most words that stand in one style, below one parent, and below one parent of parents.
    *("style_top", "parent_top", "parents", "kept_with_words", "grand_top", "prose_parent_top", "all_prose_parent_top"),
    *("blocks", "elements"),
    *(*_CARDS, *(f"linked_{name}" for name in _CARDS)),
)
_OF_ALL: Final = (
    *_SUMS,
    *(f"of_{name}" for name in KINDS),
    *(f"kept_in_{name}" for name in _OF_TEXT),
    *(f"hint_{name}" for name in _HINTS),
    *(f"all_{name}" for name in _MEASURES),
    *("currency", "one", "span_blocks", "headed", "span_headed", "heads_lost"),
)
_AT: Final = {name: place for place, name in enumerate(_OF_ALL)}
_ONE, _CURRENCY, _HEADED, _SPAN_HEADED, _SPAN_BLOCKS, _HEADS_LOST = (
    _AT[name] for name in ("one", "currency", "headed", "span_headed", "span_blocks", "heads_lost")
)
_HEADS, _HEADS_KEPT, _SPAN_HEADS, _SPAN_FROM, _SPAN_TO = (
    _AT[name] for name in ("heads", "heads_kept", "span_heads", "span_from", "span_to")
)
_SIZES: Final = (len(_SUMS), len(KINDS), len(_OF_TEXT), len(_HINTS), len(_MEASURES))
_SUMMED: Final = sum(_SIZES)
_PARTS_OF_SUMS: Final = tuple(slice(end - size, end) for size, end in zip(_SIZES, accumulate(_SIZES), strict=True))


def _shares() -> dict[str, tuple[str, str]]:
    """Return the numbers that are shares, each with its part and its whole."""
    page = {
        "kept_share": ("kept", "page"),
        "kept_block_share": ("kept_blocks", "blocks"),
        "kept_mean": ("kept", "kept_blocks"),
        "block_mean": ("page", "blocks"),
        "prose_kept": ("prose_kept", "kept"),
        "long_kept": ("long_kept", "kept"),
        "prose_lost": ("prose_kept", "prose"),
        "labels": ("labels", "blocks"),
        "broken": ("broken_kept", "kept_blocks"),
        "runs": ("runs", "one"),
        "run_mean": ("kept_blocks", "runs"),
        "run_top": ("run_top", "kept"),
        "span_filled": ("kept_blocks", "span_blocks"),
        "span_words_filled": ("kept", "span"),
        "first_at": ("span_from", "blocks"),
        "after": ("span_to", "blocks"),
        "span_links": ("span_linked", "span_characters"),
        "span_labels": ("span_labels", "span_blocks"),
        "span_head_words": ("span", "span_headed"),
        "ends_kept": ("ends_kept", "kept_blocks"),
        "links_kept": ("linked_kept", "characters_kept"),
        "links": ("linked", "characters"),
        "linked_blocks": ("links", "blocks"),
        "strong_kept": ("strong_kept", "characters_kept"),
        "heads": ("heads", "blocks"),
        "heads_kept": ("heads_kept", "kept_blocks"),
        "heads_lost": ("heads_lost", "heads"),
        "heads_linked": ("heads_linked", "heads"),
        "words_a_head": ("kept", "headed"),
        "parents": ("parents", "kept_with_words"),
        "prose_parent_top": ("prose_parent_top", "prose_kept"),
        "all_prose_parent_top": ("all_prose_parent_top", "prose"),
        "currency": ("currency", "blocks"),
    }
    page |= {f"{name}_a_word": (f"all_{name}", "kept") for name in _MEASURES}
    page |= {f"kept_in_{name}": (f"kept_in_{name}", "kept") for name in _OF_TEXT}
    page |= {name: (name, "kept") for name in ("style_top", "parent_top", "grand_top")}
    page |= {f"{kind}cards_{of}": (f"{kind}cards_{of}", whole) for kind in ("", "linked_") for of, whole in _OF_CARDS}
    page |= {f"{name}_share": (f"of_{name}", "elements") for name in ("p", "div", "li")}
    return page | {f"hint_{name}": (f"hint_{name}", "elements") for name in _HINTS}


_OF_CARDS: Final = (("words", "page"), ("kept", "kept"))
_SHARES: Final = _shares()
# The numbers that are logarithms.
_LOGS: Final = {
    "page_words": "page",
    "kept_words": "kept",
    "prose_words": "prose",
    "run_words": "run_top",
    **{name: name for name in ("kept_max", "blocks", "kept_blocks", "elements", "cards", "linked_cards")},
    **{f"many_{name}": f"of_{name}" for name in _COUNTED},
}

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
_SHARED: Final = np.array([NAMES.index(name) for name in _SHARES])
_PARTS, _WHOLES = (np.array([_AT[pair[side]] for pair in _SHARES.values()]) for side in (0, 1))
_LOGGED: Final = np.array([NAMES.index(name) for name in _LOGS])
_LOGS_OF: Final = np.array([_AT[name] for name in _LOGS.values()])
_RESTS: Final = np.array([NAMES.index(name) for name in ("prose_lost", "after")])  # 1 minus a share

Numbers = npt.NDArray[np.float64]
Marks = npt.NDArray[np.bool_]


def shape_of(layout: Layout, measures: Measures, kept_texts: Sequence[str]) -> Numbers:
    """Return the numbers of NAMES for a page with at least one block; `kept_texts` has "" for dropped blocks."""
    sums = _sums_of(layout, measures, kept_texts)
    found = np.zeros(len(NAMES))
    wholes = sums[_WHOLES]
    found[_SHARED] = np.divide(sums[_PARTS], wholes, out=np.zeros(len(_PARTS)), where=wholes != 0)
    found[_RESTS] = 1 - found[_RESTS]
    found[_LOGGED] = np.log1p(sums[_LOGS_OF])
    return found


def _sums_of(layout: Layout, measures: Measures, kept: Sequence[str]) -> Numbers:
    sums = np.zeros(len(_OF_ALL))
    if native.COMPILED:
        native.kinds.sum_blocks(
            *(measures.rows, _MEASURED, layout.linked, layout.strong, layout.broken.view(np.uint8), kept),
            *(layout.frames, layout.elements, LINKED, _FIRST_HEADING, _LAST_HEADING, len(KINDS)),
            *(_OF_TEXT_KINDS, _HINT_BITS, sums[:_SUMMED]),
        )
    else:
        _sum_blocks(layout, measures, np.array(list(map(bool, kept))), *(sums[part] for part in _PARTS_OF_SUMS))
    sums[_CURRENCY] = _currencies(layout.texts)
    sums[_ONE] = 1
    sums[_HEADED], sums[_SPAN_HEADED] = sums[_HEADS_KEPT] + 1, sums[_SPAN_HEADS] + 1
    sums[_SPAN_BLOCKS] = max(0, sums[_SPAN_TO] - sums[_SPAN_FROM])
    sums[_HEADS_LOST] = sums[_HEADS] - sums[_HEADS_KEPT]
    return sums


def _sum_blocks(layout: Layout, measures: Measures, kept: Marks, *into: Numbers) -> None:
    """Write the sums, as the compiled loop does."""
    words, ends, characters = (measures[name].astype(np.float64) for name in ("words", "ends", "characters"))
    of_page, of_kinds, kept_in, of_hints, of_measures = into
    of_page[:] = list(_of_page(layout, words, ends > 0, np.maximum(characters, 1), kept))
    of_kinds[:] = np.bincount(layout.elements[1], minlength=len(KINDS))
    kept_in[:] = np.bincount(layout.elements[1, layout.frames], words * kept, len(KINDS))[_OF_TEXT_KINDS]
    of_hints[:] = np.count_nonzero(layout.elements[3] & _HINT_BITS[:, None], axis=1)
    of_measures[:] = measures.rows[_MEASURED[3:]].astype(np.float64) @ kept


def _of_page(layout: Layout, words: Numbers, closed: Marks, characters: Numbers, kept: Marks) -> Iterator[Any]:
    """Yield the sums of _SUMS, as the compiled loop does."""
    parent, _, _, _, style, first, end = layout.elements
    kinds = layout.elements[1, layout.frames]
    links = layout.linked > LINKED * characters
    labels = (words <= LABEL) & ~closed
    prose = words * ((words >= PROSE) & closed)
    heads = (kinds >= _FIRST_HEADING) & (kinds <= _LAST_HEADING)
    headed = int(np.count_nonzero(heads & kept))
    yield from (words.sum(), (words * kept).sum(), np.count_nonzero(kept), (words * kept).max(), prose.sum())
    yield from ((prose * kept).sum(), (prose * (kept & (words >= LONG))).sum(), labels.sum(), links.sum())
    yield from (layout.linked.sum(), characters.sum(), (layout.linked * kept).sum(), (characters * kept).sum())
    yield from ((layout.strong * kept).sum(), heads.sum(), headed, (heads & links).sum())
    yield from ((closed & kept).sum(), (layout.broken & kept).sum())
    yield from _runs(kept, [_before(row) for row in (words, labels, layout.linked, characters, heads)])
    above = np.maximum(parent[layout.frames], 0)
    by_parent = np.bincount(above, words * kept)
    yield from (_most(style[layout.frames], words * kept), by_parent.max(), np.count_nonzero(by_parent))
    yield from (np.count_nonzero(words * kept), _most(np.maximum(parent[above], 0), words * kept))
    yield from (_most(above, prose * kept), _most(above, prose), len(words), layout.elements.shape[1])
    of_words, of_kept, of_links = (each[end] - each[first] for each in map(_before, (words, words * kept, links)))
    cards = (end - first >= 2) & (of_words >= CARD_LEAST) & (of_words <= CARD_MOST)
    yield from _cards(style[cards], of_words[cards], of_kept[cards])
    cards &= of_links >= 1
    yield from _cards(style[cards], of_words[cards], of_kept[cards])


def _before(row: npt.NDArray[Any]) -> Numbers:
    return np.concatenate([[0.0], np.cumsum(row, dtype=np.float64)])


def _most(groups: npt.NDArray[np.int64], weights: Numbers) -> float:
    """Return the largest sum of weights in one group."""
    return float(np.bincount(groups, weights).max())


def _runs(kept: Marks, before: Sequence[Numbers]) -> Iterator[float]:
    """Yield the sums about runs of kept blocks, and about the span; `before` are sums before blocks, words first."""
    edges = np.zeros(len(kept) + 2, np.bool_)
    edges[1:-1] = kept
    bounds = np.flatnonzero(edges[1:] != edges[:-1])
    starts, ends = bounds[::2], bounds[1::2]
    first, end = (int(starts[0]), int(ends[-1])) if len(bounds) else (len(kept), 0)
    yield from (len(starts), (before[0][ends] - before[0][starts]).max(initial=0), first, end)
    for row in before:
        yield row[end] - row[first] if len(bounds) else 0.0


def _cards(forms: npt.NDArray[np.int64], words: Numbers, kept: Numbers) -> Sequence[float]:
    """Return how many elements have the commonest form, and the most words in elements of one form, all and kept."""
    many = np.bincount(forms, minlength=1)
    often = many >= CARDS
    if not often.any():
        return 0.0, 0.0, 0.0
    return (
        float(many.max()),
        float(np.bincount(forms, words)[often].max()),
        float(np.bincount(forms, kept)[often].max()),
    )


def _currencies(texts: list[str]) -> int:
    if native.COMPILED:
        return native.kinds.count_currencies(texts)
    return sum(len(_CURRENCIES.findall(text)) for text in texts)


__all__ = ["NAMES", "shape_of"]
