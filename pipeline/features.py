"""The numbers that the block classifier decides by: each block, its neighbours, its place in the tree and on the page.

One row a block. Hardly a word and nothing of one outlet, so that what is learned carries over to other languages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from pipeline.chosen import CHOSEN
from pipeline.cues import CODE, Codes, cues_of
from pipeline.declared import Declared
from pipeline.layout import HINTS, KINDS, Layout
from pipeline.measures import NAMES, Floats, Measures, measure
from pipeline.parts import Parts, parts_of
from pipeline.rules import Rule
from pipeline.span import Marks, article_span, weigh

Ints = npt.NDArray[np.int64]
REACHES: Final = (1, 2, 5, 10)  # blocks to either side of a window
_ANCESTORS: Final = (
    *("nav", "header", "footer", "aside", "article", "main", "li", "table", "form", "figure", "blockquote"),
)
_COMMENTS: Final = (CODE[Rule.COMMENT_PROMPT], CODE[Rule.COMMENT_SIGNATURE])
_FAR: Final = 30  # levels
_H1: Final = KINDS.index("h1")
_HEADINGS: Final = tuple(KINDS.index(f"h{level}") for level in range(1, 7))
TITLE: Final = 0.8  # of a block's words must be of the page's title for it to say that
TITLE_SIZE: Final = 0.4  # of the title's words, in which the site's name may be
NO_TITLE: Final = 500  # blocks
NO_LEVEL: Final = 60  # levels
_SHARES: Final = (0.5, 0.75)  # of the page's good prose that a container must hold
MOST: Final = 256  # columns


@dataclass(frozen=True, slots=True)
class Features:
    """A matrix, one row a block, the names of its columns, and what they were made of."""

    names: tuple[str, ...]
    matrix: Floats  # column by column in memory
    measures: Measures
    cues: Codes
    listed: Marks  # an item of a list
    styles: Ints  # equal for blocks of the same tags and classes; a plain text has one
    parts: Parts  # a plain text has none


class _Columns:
    """Columns as they are made, by name: those that are chosen, or all."""

    def __init__(self, chosen: frozenset[str] | None, count: int) -> None:
        self._chosen = chosen
        self._rows = np.empty((len(chosen) if chosen else MOST, count), np.float32)
        self.names: list[str] = []

    def wants(self, name: str) -> bool:
        return self._chosen is None or name in self._chosen

    def add(self, name: str, column: npt.NDArray[np.generic] | float) -> None:
        if self.wants(name):
            self._rows[len(self.names)] = column
            self.names.append(name)

    def features(self, measures: Measures, cues: Codes, listed: Marks, styles: Ints, parts: Parts) -> Features:
        return Features(tuple(self.names), self._rows[: len(self.names)].T, measures, cues, listed, styles, parts)


def features_of_tree(layout: Layout, said: Declared, *, chosen: frozenset[str] | None = CHOSEN["html"]) -> Features:
    """Return the features of an HTML page's blocks, at least one block; `chosen` names them, None is for all."""
    measures = measure(layout.texts)
    columns = _Columns(chosen, len(layout.texts))
    linked = np.asarray(layout.linked, np.float32)
    characters = np.maximum(measures["characters"], 1)
    link_share: Floats = (linked / characters).astype(np.float32)
    cues = cues_of(layout.texts, measures)
    good = _good(measures, link_share)
    _text(columns, measures)
    _cued(columns, cues)
    linky = link_share > 0.6
    _spanned(columns, measures, cues, (cues >= 0) | linky, linky)
    _repeated(columns, layout.texts, linky)
    columns.add("link_share", link_share)
    columns.add("strong_share", np.asarray(layout.strong, np.float32) / characters)
    columns.add("broken", np.asarray(layout.broken))
    _page(columns, measures, good)
    _windows(columns, measures, good, link_share)
    _neighbours(columns, measures, good, link_share)
    titled = _said(columns, layout.texts, said)
    elements = np.asarray(layout.elements, np.int64).T
    frames = np.asarray(layout.frames)
    _titled(columns, titled, elements, frames)
    inherited = _inherited(elements[0], elements[1])[frames]
    _tree(columns, elements, frames, inherited, measures, good=good, linked=linked)
    listed = (inherited >> _ANCESTORS.index("li")) & 1 > 0
    parts = parts_of(elements, measures["words"], measures["characters"], linked)
    return columns.features(measures, cues, listed, elements[4][frames], parts)


def features_of_lines(
    texts: Sequence[str],
    after_blank: Sequence[bool],
    markers: Sequence[bool],
    *,
    chosen: frozenset[str] | None = CHOSEN["plain"],
) -> Features:
    """Return the features of a plain-text page's lines, at least one line; `chosen` names them, None is for all."""
    measures = measure(texts)
    columns = _Columns(chosen, len(texts))
    cues = cues_of(texts, measures)
    no_links = np.zeros(len(texts), np.float32)
    good = _good(measures, no_links)
    _text(columns, measures)
    _cued(columns, cues)
    listed = np.asarray(markers, bool)
    _spanned(columns, measures, cues, cues >= 0, listed)
    _repeated(columns, texts, listed)
    blanks = np.asarray(after_blank, np.float32)
    columns.add("after_blank", blanks)
    columns.add("marker", listed)
    columns.add("before_blank", np.append(blanks[1:], 1.0))
    columns.add("blank_share", float(blanks.mean()))
    _page(columns, measures, good)
    _windows(columns, measures, good, listed.astype(np.float32))
    _neighbours(columns, measures, good, listed.astype(np.float32))
    return columns.features(measures, cues, listed, np.zeros(len(texts), np.int64), Parts())


def _good(measures: Measures, link_share: Floats) -> Floats:
    """Return the words of each block that reads like prose: sentences that end, few links; 0 for others."""
    words, sentences = measures["words"], measures["sentences"]
    prose = (sentences >= 1) & (words >= 8) & (link_share < 0.4) & (words < 50 * sentences + 10)
    return np.where(prose, words, 0).astype(np.float32)


def _text(columns: _Columns, measures: Measures) -> None:
    for name in NAMES:
        columns.add(name, measures[name])


def _cued(columns: _Columns, cues: Codes) -> None:
    """Add which rule recognises a block, how many blocks around are recognised, and where comments begin."""
    columns.add("cue", cues)
    columns.add("cued_of_page", float((cues >= 0).sum() / len(cues)))
    ends = np.isin(cues, _COMMENTS)
    columns.add("comments_before", np.cumsum(ends))
    columns.add("since_comment", _since(ends))
    noise = np.concatenate(([0], np.cumsum(cues >= 0)))
    index, count = np.arange(len(cues)), len(cues)
    for reach in REACHES:
        if columns.wants(f"cued_around_{reach}"):
            around = noise[np.minimum(index + reach + 1, count)] - noise[np.maximum(index - reach, 0)]
            columns.add(f"cued_around_{reach}", around)


def _spanned(columns: _Columns, measures: Measures, cues: Codes, noise: Marks, listed: Marks) -> None:
    """Add where a block stands to the span of the article that the weights tell."""
    weights = weigh(measures, noise, listed)
    # One signature is a byline, three are a discussion.
    signed = cues == CODE[Rule.COMMENT_SIGNATURE]
    barriers = (cues == CODE[Rule.COMMENT_PROMPT]) | (signed if signed.sum() >= 3 else False)
    span = article_span(weights, barriers)
    index = np.arange(len(cues))
    first, last = span.start, max(span.stop - 1, span.start)
    inside = (index >= first) & (index <= last) if span else np.zeros(len(cues), bool)
    columns.add("weight", weights)
    columns.add("in_span", np.where(inside, (index - first) / max(last - first, 1), -1.0))
    columns.add("to_span", np.where(index < first, index - first, np.where(index > last, index - last, 0)))
    columns.add("from_span_start", np.clip(index - first, -200, 200))
    columns.add("span_weight", float(weights[span.start : span.stop].sum()))
    columns.add("span_noise", float((noise & inside).sum() / max(len(span), 1)))
    columns.add("barriers_before", np.cumsum(barriers))


def _repeated(columns: _Columns, texts: Sequence[str], listed: Marks) -> None:
    """Add how often a block stands on the page, and how many list items it is one of."""
    counts = Counter(texts)
    columns.add("copies", np.fromiter((counts[text] for text in texts), np.float32, len(texts)))
    edges = np.flatnonzero(np.diff(listed.astype(np.int8), prepend=2, append=2))
    lengths = np.diff(edges)
    columns.add("list_run", np.where(listed, 1, -1) * np.repeat(lengths, lengths))


def _page(columns: _Columns, measures: Measures, good: Floats) -> None:
    """Add where on the page a block stands: its share of the words and of the prose, its distance from the best run."""
    count = len(good)
    words = measures["words"]
    total, total_good = max(float(words.sum()), 1.0), max(float(good.sum()), 1.0)
    index = np.arange(count)
    columns.add("blocks", float(count))
    columns.add("page_words", total)
    columns.add("good_of_page", float(good.sum() / total))
    # What a page that was cleaned before has none of.
    columns.add("labels_of_page", float(((words <= 4) & (measures["ends"] == 0)).sum() / count))
    columns.add("place", index / count)
    columns.add("words_before", (np.cumsum(words) - words) / total)
    columns.add("good_before", (np.cumsum(good) - good) / total_good)
    columns.add("share_of_page", words / total)
    columns.add("share_of_good", good / total_good)
    first, last, weight = best_run(np.where(good > 0, good, -np.minimum(words, 12) - 4))
    columns.add("to_run", np.where(index < first, first - index, np.where(index > last, index - last, 0)))
    columns.add("side_of_run", np.where(index < first, -1, np.where(index > last, 1, 0)))
    columns.add("in_run", np.where((index >= first) & (index <= last), (index - first) / max(last - first, 1), -1.0))
    columns.add("run_words", weight)
    columns.add("run_share", float(good[first : last + 1].sum() / total_good))
    biggest = float(np.max(good, initial=0.0))
    columns.add("of_biggest", words / max(biggest, 1.0))


def best_run(weights: Floats) -> tuple[int, int, float]:
    """Return the first and last index and the weight of the heaviest contiguous run (Kadane)."""
    sums = np.concatenate(([0.0], np.cumsum(weights, dtype=np.float64)))
    lowest = np.minimum.accumulate(sums)
    last = int(np.argmax(sums[1:] - lowest[:-1]))
    first = int(np.argmin(sums[: last + 1]))
    return first, last, float(sums[last + 1] - sums[first])


def _windows(columns: _Columns, measures: Measures, good: Floats, links: Floats) -> None:
    """Add sums over the blocks around, itself left out: words, good words, blocks that end as sentences do, links."""
    words = measures["words"]
    count = len(good)
    index = np.arange(count)
    sums = {
        "words": words,
        "good": good,
        "ends": measures["ends"],
        "links": links * words,
    }
    for name, values in sums.items():
        total = np.concatenate(([0.0], np.cumsum(values, dtype=np.float64)))
        for reach in REACHES:
            if columns.wants(f"{name}_before_{reach}"):
                columns.add(f"{name}_before_{reach}", total[:-1] - total[np.maximum(index - reach, 0)])
            if columns.wants(f"{name}_after_{reach}"):
                columns.add(f"{name}_after_{reach}", total[np.minimum(index + 1 + reach, count)] - total[1:])


_NEIGHBOURLY: Final = ("words", "per_sentence", "ends", "digit_share", "capital_share", "starts")


def _neighbours(columns: _Columns, measures: Measures, good: Floats, links: Floats) -> None:
    """Add what the blocks right before and after measure, and how far the nearest good prose is."""
    for step in (-1, 1):
        for name in _NEIGHBOURLY:
            if columns.wants(f"{name}_at_{step:+d}"):
                columns.add(f"{name}_at_{step:+d}", _shifted(measures[name], step))
        columns.add(f"links_at_{step:+d}", _shifted(links, step))
    columns.add("words_at_-2", _shifted(measures["words"], -2))
    columns.add("words_at_+2", _shifted(measures["words"], 2))
    prose = good > 0
    columns.add("since_good", _since(prose))
    columns.add("until_good", _since(prose[::-1])[::-1])


def _shifted(values: Floats, step: int) -> Floats:
    """Return each block's value of the block `step` further on; -1 beyond the ends."""
    moved = np.full_like(values, -1.0)
    if step < 0:
        moved[-step:] = values[:step]
    else:
        moved[:-step] = values[step:]
    return moved


def _since(marks: npt.NDArray[np.bool_]) -> Ints:
    """Return how many blocks ago the last marked one was, itself included; 1,000 where there was none."""
    index = np.arange(len(marks))
    last = np.maximum.accumulate(np.where(marks, index, -1_000_000))
    return np.minimum(index - last, 1000)


def _said(columns: _Columns, texts: Sequence[str], said: Declared) -> npt.NDArray[np.float64]:
    """Add how much of a block the page says elsewhere too: in its title, its description, its JSON-LD.

    Return how much like the page's title each block is: 0 where it is none.
    """
    words: list[str] = []  # of all blocks, which have a space between any two
    counts = np.zeros(0, np.int64)
    titled = np.zeros(len(texts))
    for name, text in (("title", said.title), ("description", said.description), ("said_body", said.body)):
        if not (columns.wants(f"in_{name}") or columns.wants(f"size_to_{name}")):
            continue
        known = frozenset(text.casefold().split())
        shares = sizes = np.full(len(texts), -1.0)
        if known:
            if not words:
                words = "\n".join(texts).casefold().split()
                counts = np.fromiter((block.count(" ") for block in texts), np.int64, len(texts)) + 1
            hits = np.fromiter(map(known.__contains__, words), np.int64, len(words))
            shares = np.add.reduceat(hits, np.cumsum(counts) - counts) / counts
            sizes = np.minimum(counts / len(known), 3.0)
        columns.add(f"in_{name}", shares)
        if name != "said_body":
            columns.add(f"size_to_{name}", sizes)
        if name == "title":
            titled = np.where((shares >= TITLE) & (sizes >= TITLE_SIZE), np.minimum(sizes, 1.0), 0.0)
    return titled


def _titled(columns: _Columns, titled: npt.NDArray[np.float64], elements: Ints, frames: Ints) -> None:
    """Add how far a block is from the one that says the page's title: in blocks, and in levels of the tree."""
    from_title, near = np.full(len(titled), NO_TITLE), np.full(len(titled), NO_LEVEL)
    if titled.any():
        kinds = elements[1][frames]
        heading = np.select([kinds == _H1, np.isin(kinds, _HEADINGS)], [2.0, 1.0], 0.0)
        place = int(np.argmax(np.where(titled > 0, titled + heading, 0.0)))
        from_title = np.clip(np.arange(len(titled)) - place, -200, 200)
        near = _levels_up(elements, int(frames[place]), len(titled))
    columns.add("from_title", from_title)
    columns.add("to_title", near)


def _levels_up(elements: Ints, at: int, count: int) -> Ints:
    """Return for each block how many levels above an element the nearest one is that holds both."""
    parent, _, _, _, _, first, end = elements
    near = np.full(count, NO_LEVEL)
    level = 0
    while at >= 0:
        inside = slice(int(first[at]), int(end[at]))
        near[inside] = np.minimum(near[inside], level)
        at = int(parent[at])
        level += 1
    return near


def _tree(
    columns: _Columns,
    elements: Ints,
    frame: Ints,
    inherited: Ints,
    measures: Measures,
    *,
    good: Floats,
    linked: Floats,
) -> None:
    """Add what only the tree says: the element, its ancestors and siblings, its nearness to where the prose is."""
    parent, kind, depth, hints, style, first, end = elements
    columns.add("kind", kind[frame])
    columns.add("depth", depth[frame])
    columns.add("parent_kind", np.where(parent[frame] >= 0, kind[np.maximum(parent[frame], 0)], -1))
    for bit, name in enumerate(_ANCESTORS):
        columns.add(f"in_{name}", (inherited >> bit) & 1)
    hinted = [name for name in HINTS if columns.wants(f"hint_{name}")]
    for name, column in zip(hinted, _levels(parent, depth, hints, hinted).T, strict=True):
        columns.add(f"hint_{name}", column[frame])
    words = measures["words"]
    totals = {
        "words": _within(words, first, end),
        "good": _within(good, first, end),
        "linked": _within(linked, first, end),
        "characters": _within(measures["characters"], first, end),
    }
    sizes = np.maximum(end - first, 1)
    up = frame
    for level in range(3):
        columns.add(f"good_of_{level}", totals["good"][up] / np.maximum(totals["words"][up], 1))
        columns.add(f"links_of_{level}", totals["linked"][up] / np.maximum(totals["characters"][up], 1))
        columns.add(f"blocks_of_{level}", sizes[up])
        columns.add(f"words_of_{level}", totals["words"][up] / sizes[up])
        columns.add(f"share_of_{level}", totals["good"][up] / max(float(good.sum()), 1.0))
        up = np.where(parent[up] >= 0, parent[up], up)
    _nearness(columns, elements, totals["good"], frame)
    _styles(columns, style[frame], measures, good=good, linked=linked)


def _inherited(parent: Ints, kind: Ints) -> Ints:
    """Return, for each element, which telling kinds it and its ancestors are; parents come before children."""
    telling = {KINDS.index(name): 1 << bit for bit, name in enumerate(_ANCESTORS)}
    kinds = [telling.get(one, 0) for one in kind.tolist()]
    for index, above in enumerate(parent.tolist()):
        if above >= 0:
            kinds[index] |= kinds[above]
    return np.asarray(kinds, np.int64)


def _levels(parent: Ints, depth: Ints, hints: Ints, names: Sequence[str]) -> Ints:
    """Return how many levels up the nearest element with each hint is, itself being 0; _FAR where there is none.

    A row an element, a column a hint. Level by level, as parents are done before their children.
    """
    bits = [list(HINTS).index(name) for name in names]
    levels = np.where((hints[:, None] >> np.asarray(bits, np.int64)) & 1, 0, _FAR)
    order = np.argsort(depth, kind="stable")
    for first, end in pairwise(np.cumsum(np.bincount(depth)).tolist()):
        at = order[first:end]
        levels[at] = np.minimum(levels[at], np.minimum(levels[parent[at]] + 1, _FAR))
    return levels


def _within(values: Floats, first: Ints, end: Ints) -> npt.NDArray[np.float64]:
    sums = np.concatenate(([0.0], np.cumsum(values, dtype=np.float64)))
    inside: npt.NDArray[np.float64] = sums[end] - sums[first]
    return inside


def _nearness(columns: _Columns, elements: Ints, good: npt.NDArray[np.float64], frame: Ints) -> None:
    """Add how many levels above the smallest container of most prose a block's first common ancestor is."""
    depth = elements[2]
    total = good[0]
    for share in _SHARES:
        holds = np.flatnonzero(good >= share * total) if total else np.zeros(1, np.int64)
        container = int(holds[np.argmax(depth[holds])])
        near = _levels_up(elements, container, len(frame))
        columns.add(f"to_container_{share}", near)
        columns.add(f"below_container_{share}", np.where(near == 0, depth[frame] - depth[container], -near))
        columns.add(f"child_of_container_{share}", frame == container)


def _styles(columns: _Columns, style: Ints, measures: Measures, *, good: Floats, linked: Floats) -> None:
    """Add what the blocks of the same tags and classes have in common."""
    words = measures["words"]
    _, group = np.unique(style, return_inverse=True)
    count = np.bincount(group)
    total_words = np.bincount(group, words)
    columns.add("alike", count[group])
    columns.add("words_of_alike", (total_words / count)[group])
    columns.add("good_of_alike", (np.bincount(group, good) / np.maximum(total_words, 1))[group])
    columns.add("ends_of_alike", (np.bincount(group, measures["ends"]) / count)[group])
    columns.add(
        "links_of_alike",
        (np.bincount(group, linked) / np.maximum(np.bincount(group, measures["characters"]), 1))[group],
    )
    columns.add("share_of_alike", (np.bincount(group, good) / max(float(good.sum()), 1.0))[group])
