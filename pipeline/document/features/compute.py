"""The features of the block classifier: each block, its neighbors, and its position in the tree and on the page.

The matrix has one row per block. Features use almost no vocabulary and nothing that is specific to one outlet, so
that a model also works for other languages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from pipeline import native
from pipeline.document.blocks.measures import NAMES, Floats, Measures, measure
from pipeline.document.blocks.tree import HINTS, KINDS, Layout
from pipeline.document.features.ancestors import (
    NO_LEVEL,
    RATIOS,
    Ints,
    deepest,
    inherited,
    levels_from,
    levels_to,
    levels_up,
    ratios_of,
    sums_alike,
    sums_within,
)
from pipeline.document.features.article_span import Marks, article_span, weigh
from pipeline.document.features.beside import beside_of, lone_lines
from pipeline.document.features.echoes import echoes_of
from pipeline.document.features.hidden import dialogs_of, hidden_of
from pipeline.document.features.matrix import MatrixBuilder
from pipeline.document.features.other_articles import other_articles
from pipeline.document.features.parts import Parts, parts_of
from pipeline.document.features.rhythm import LABEL, forms_of, rhythm, under_headings
from pipeline.document.features.rhythm import NAMES as OF_HEADING
from pipeline.document.features.selected import SELECTED
from pipeline.document.features.themes import NAMES as OF_THEME
from pipeline.document.features.themes import themes_of
from pipeline.document.features.windows import (
    best_run,
    beyond_run,
    copies,
    from_block,
    inside_run,
    shares_before,
    shift,
    signed_runs,
    since,
    until,
)
from pipeline.document.metadata.head import Declared
from pipeline.document.rules.recognise import CODE, NONE, OWN_CODES, Codes, RuleCodes, cues_of, in_codes
from pipeline.document.rules.rule import Rule

REACHES: Final = (1, 2, 5, 10)  # blocks to either side of a window
LEVELS: Final = 3  # elements around a block that are summed up
NEVER: Final = 1000  # blocks: the largest distance; it also means "there is none"
CUE: Final = "cue"  # the column with the rule that recognizes a block, in the model's codes
_COMMENT_PROMPT, _COMMENT_SIGNATURE = CODE[Rule.COMMENT_PROMPT], CODE[Rule.COMMENT_SIGNATURE]
_HEADINGS: Final = {KINDS.index(f"h{level}"): 2.0 if level == 1 else 1.0 for level in range(1, 7)}
_HEADED: Final = np.isin(np.arange(len(KINDS) + 1), np.fromiter(_HEADINGS, np.int64))  # of each kind, and of none (-1)
TITLE: Final = 0.8  # the share of a block's words that must be in the title, for the block to repeat the title
TITLE_SIZE: Final = 0.4  # the least length of such a block, as a share of the title, which may hold the site's name
NO_TITLE: Final = 500  # blocks: the distance on a page where no block repeats the title
FARTHEST: Final = 200  # blocks: the largest distance to the title and to the start of the span
_MISSING: Final = np.full(1, -1.0)  # the value where a page has no title or no description
_SHARES: Final = (0.5, 0.75)  # the share of the page's prose that a container must hold

# Families of columns, by name.
_OF_CUES: Final = (CUE, "cued_of_page", "comments_before", "since_comment")
_OF_PAGE: Final = (
    *("blocks", "page_words", "good_of_page", "labels_of_page", "place", "words_before", "good_before"),
    *("share_of_page", "share_of_good", "to_run", "side_of_run", "in_run", "run_words", "run_share", "of_biggest"),
)
_CUED_AROUND: Final = {f"cued_around_{reach}": (-reach, reach + 1) for reach in REACHES}
_WINDOWS: Final = {
    quantity: {
        f"{quantity}_{side}_{reach}": (-reach, 0) if side == "before" else (1, reach + 1)
        for reach in REACHES
        for side in ("before", "after")
    }
    for quantity in ("words", "good", "ends", "links")
}
_COMPARED: Final = ("words", "per_sentence", "ends", "digit_share", "capital_share", "starts", "links")
# The name of the measure ("" for links), and the number of blocks to move.
_NEIGHBORS: Final = {
    **{f"{name}_at_{step:+d}": (name if name in NAMES else "", step) for step in (-1, 1) for name in _COMPARED},
    **{f"words_at_{step:+d}": ("words", step) for step in (-2, 2)},
}
_ANCESTORS: Final = {
    name: 1 << bit
    for bit, name in enumerate(
        ("nav", "header", "footer", "aside", "article", "main", "li", "table", "form", "figure", "blockquote")
    )
}
_KIND_BITS: Final = np.asarray([_ANCESTORS.get(name, 0) for name in KINDS], np.int64)
_HINTED: Final = {f"hint_{name}": 1 << bit for bit, name in enumerate(HINTS)}
_OF_LEVEL: Final = tuple(tuple(f"{name}_of_{level}" for name in RATIOS) for level in range(LEVELS))
_OF_ALIKE: Final = ("alike", *(f"{name}_of_alike" for name in ("words", "good", "ends", "links", "share")))


@dataclass(frozen=True, slots=True)
class Features:
    """A matrix with one row per block, the names of its columns, and the measures behind them."""

    names: tuple[str, ...]
    matrix: Floats  # stored column by column
    measures: Measures
    cues: Codes  # indexes into RULES, including rules that the model does not know
    codes: RuleCodes  # those of the model that may read the matrix
    listed: Marks  # the block is an item of a list
    styles: Ints  # equal for blocks with the same tags and classes; a plain text has one style
    parts: Parts  # empty for a plain text


def features_of_tree(
    layout: Layout,
    declared: Declared,
    *,
    selected: frozenset[str] | None = SELECTED["html"],
    codes: RuleCodes = OWN_CODES,
) -> Features:
    """Return the features of the blocks of an HTML page with at least one block.

    `selected` names the features to compute; None means all. `codes` are those of the model that will read them.
    """
    measures = measure(layout.texts)
    columns = MatrixBuilder(len(layout.texts), selected)
    linked = layout.linked.astype(np.float32)
    characters = np.maximum(measures["characters"], 1)
    link_share = (linked / characters).astype(np.float32, copy=False)
    cues = cues_of(layout.texts, measures)
    coded = in_codes(cues, codes)
    known = _known_cues(cues, coded)
    good = _prose_words(measures, link_share)
    columns.pick(NAMES, measures.rows)
    _add_cues(columns, known, coded)
    linky = link_share > 0.6
    span = _add_span(columns, measures, known, (known >= 0) | linky, linky)
    _add_repeats(columns, layout.texts, linky)
    columns.add("link_share", link_share)
    if columns.wants("strong_share"):
        columns.add("strong_share", layout.strong.astype(np.float32) / characters)
    columns.add("broken", layout.broken)
    _add_page(columns, measures, good)
    _add_windows(columns, measures, good, link_share)
    _add_neighbors(columns, measures, good, link_share)
    _add_themes(columns, layout.texts, span)
    titled = _add_echoes(columns, layout.texts, declared)
    elements, frames = layout.elements, layout.frames
    own = elements.take(frames, axis=1)  # for each block, the numbers of its element
    _add_title_distance(columns, titled, elements, frames)
    ancestors = inherited(elements, _KIND_BITS)[frames]
    _add_element(columns, own, elements, ancestors)
    _add_structure(columns, measures, known, coded, heads=_HEADED[own[1]], kinds=own[1], styles=own[4])
    values = np.array((measures["words"], good, linked, measures["characters"]))
    all_good = max(float(good.sum()), 1.0)
    _add_tree(columns, elements, frames, values, all_good)
    _add_styles(columns, own[4], values, all_good, measures["ends"])
    parts = parts_of(elements, measures["words"], measures["characters"], linked)
    others = other_articles(layout, measures, good, cues, titled, title=declared.title)
    hidden = hidden_of(layout, measures["words"], measures["ends"])
    links, pictured = lone_lines(layout, measures, cues, link_share)
    parts = replace(
        parts,
        others=others,
        hidden=hidden,
        dialogs=dialogs_of(elements),
        beside=beside_of(layout, measures["words"], cues),
        links=tuple(links),
        pictured=tuple(pictured),
    )
    listed = (ancestors & _ANCESTORS["li"]) > 0
    return Features(tuple(columns.names), columns.matrix, measures, cues, codes, listed, own[4], parts)


def features_of_lines(
    texts: Sequence[str],
    after_blank: Sequence[bool],
    markers: Sequence[bool],
    *,
    selected: frozenset[str] | None = SELECTED["plain"],
    codes: RuleCodes = OWN_CODES,
) -> Features:
    """Return the features of the lines of a plain-text page with at least one line.

    `selected` names the features to compute; None means all. `codes` are those of the model that will read them.
    """
    measures = measure(texts)
    columns = MatrixBuilder(len(texts), selected)
    cues = cues_of(texts, measures)
    coded = in_codes(cues, codes)
    known = _known_cues(cues, coded)
    good = _prose_words(measures, np.zeros(len(texts), np.float32))
    columns.pick(NAMES, measures.rows)
    _add_cues(columns, known, coded)
    listed = _as_marks(markers)
    span = _add_span(columns, measures, known, known >= 0, listed)
    _add_repeats(columns, texts, listed)
    blanks = _as_marks(after_blank)
    columns.add("after_blank", blanks)
    columns.add("marker", listed)
    before_blank = columns.row("before_blank")
    before_blank[:-1] = blanks[1:]
    before_blank[-1] = 1.0
    columns.add("blank_share", np.count_nonzero(blanks) / len(texts))
    _add_page(columns, measures, good)
    links = listed.astype(np.float32)
    _add_windows(columns, measures, good, links)
    _add_neighbors(columns, measures, good, links)
    _add_themes(columns, texts, span)
    one = np.zeros(len(texts), np.int64)
    labels = (measures["words"] <= LABEL) & (measures["ends"] == 0)
    _add_structure(columns, measures, known, coded, heads=labels, kinds=one, styles=one)
    return Features(tuple(columns.names), columns.matrix, measures, cues, codes, listed, one, Parts())


def _known_cues(cues: Codes, coded: Codes) -> Codes:
    """Return the cues without rules that the model does not know: a new rule must not change any feature."""
    return cues if coded is cues else np.where(coded >= 0, cues, np.int16(NONE))


def _as_marks(values: Sequence[bool]) -> Marks:
    return np.frombuffer(bytes(values), np.bool_)  # takes a third of the time of np.array(list)


def _prose_words(measures: Measures, link_share: Floats) -> Floats:
    """Return the number of words of each block that reads like prose: full sentences, few links. Others get 0."""
    words, sentences = measures["words"], measures["sentences"]
    if native.COMPILED:
        good = np.empty_like(words)
        native.features.prose(words, sentences, link_share, good)
        return good
    prose = (sentences >= 1) & (words >= 8) & (link_share < 0.4) & (words < 50 * sentences + 10)
    return np.where(prose, words, 0).astype(np.float32)


def _add_cues(columns: MatrixBuilder, cues: Codes, coded: Codes) -> None:
    """Add the rule that recognizes a block, the number of recognized blocks around it, and where comments begin."""
    if native.COMPILED:
        rows = np.empty((len(_OF_CUES) + 1, len(cues)), np.float32)
        native.columns.cue_columns(cues, coded, _COMMENT_PROMPT, _COMMENT_SIGNATURE, NEVER, rows)
        columns.pick(_OF_CUES, rows)
        columns.sum_windows(_CUED_AROUND, rows[-1])
        return
    cued = cues >= 0
    columns.add(CUE, coded)
    columns.add("cued_of_page", np.count_nonzero(cued) / len(cues))
    ends = (cues == _COMMENT_PROMPT) | (cues == _COMMENT_SIGNATURE)
    columns.add("comments_before", ends.cumsum())
    since(ends, NEVER, columns.row("since_comment"))
    columns.sum_windows(_CUED_AROUND, cued.astype(np.float32))


def _add_span(columns: MatrixBuilder, measures: Measures, cues: Codes, noise: Marks, listed: Marks) -> range:
    """Add the position of a block relative to the article's span, which is estimated from the blocks' weights.

    Return the span.
    """
    weights = weigh(measures, noise, listed)
    # One signature is a byline; three are a discussion.
    signed = cues == _COMMENT_SIGNATURE
    barriers = cues == _COMMENT_PROMPT
    if np.count_nonzero(signed) >= 3:
        barriers |= signed
    span = article_span(weights, barriers)
    first, last = span.start, max(span.stop - 1, span.start)
    columns.add("weight", weights)
    in_span = columns.row("in_span")
    if span:
        inside_run(first, last, in_span)
    else:
        in_span[:] = -1.0
    beyond_run(first, last, columns.row("to_span"))
    from_block(first, FARTHEST, columns.row("from_span_start"))
    columns.add("span_weight", float(weights[span.start : span.stop].sum()))
    columns.add("span_noise", np.count_nonzero(noise[span.start : span.stop]) / max(len(span), 1))
    columns.add("barriers_before", barriers.cumsum())
    return span


def _add_repeats(columns: MatrixBuilder, texts: Sequence[str], listed: Marks) -> None:
    """Add how often a block occurs on the page, and the length of the run of list items that it is in."""
    copies(texts, columns.row("copies"))
    signed_runs(listed, columns.row("list_run"))


def _add_page(columns: MatrixBuilder, measures: Measures, good: Floats) -> None:
    """Add the position of a block on the page: its share of words and of prose, its distance to the best run."""
    count = len(good)
    words = measures["words"]
    if native.COMPILED:
        rows = np.empty((len(_OF_PAGE), count), np.float32)
        native.columns.page_columns(words, measures["ends"], good, rows)
        columns.pick(_OF_PAGE, rows)
        return
    sum_good = good.sum()
    total, total_good = max(float(words.sum()), 1.0), max(float(sum_good), 1.0)
    columns.add("blocks", float(count))
    columns.add("page_words", total)
    columns.add("good_of_page", float(sum_good / total))
    # A page that was cleaned before has no labels.
    if columns.wants("labels_of_page"):
        columns.add("labels_of_page", np.count_nonzero((words <= 4) & (measures["ends"] == 0)) / count)
    columns.add("place", np.arange(count) / count)
    shares_before(words, total, columns.row("words_before"))
    shares_before(good, total_good, columns.row("good_before"))
    columns.add("share_of_page", words / total)
    columns.add("share_of_good", good / total_good)
    first, last, weight = best_run(np.where(good > 0, good, -np.minimum(words, 12) - 4))
    away = np.empty(count, np.float32)
    beyond_run(first, last, away)
    columns.add("to_run", np.abs(away))
    if columns.wants("side_of_run"):
        columns.add("side_of_run", np.sign(away))
    inside_run(first, last, columns.row("in_run"))
    columns.add("run_words", weight)
    columns.add("run_share", float(good[first : last + 1].sum() / total_good))
    columns.add("of_biggest", words / max(float(good.max()), 1.0))


def _add_windows(columns: MatrixBuilder, measures: Measures, good: Floats, links: Floats) -> None:
    """Add sums over the blocks around a block: words, words of prose, blocks that end like a sentence, links."""
    words = measures["words"]
    columns.sum_windows(_WINDOWS["words"], words)
    columns.sum_windows(_WINDOWS["good"], good)
    columns.sum_windows(_WINDOWS["ends"], measures["ends"])
    columns.sum_windows(_WINDOWS["links"], links * words)


def _add_neighbors(columns: MatrixBuilder, measures: Measures, good: Floats, links: Floats) -> None:
    """Add the measures of the blocks right before and after, and the distance to the nearest prose."""
    for name, (measured, step) in _NEIGHBORS.items():
        if columns.wants(name):
            shift(measures[measured] if measured else links, step, columns.row(name))
    prose = good > 0
    since(prose, NEVER, columns.row("since_good"))
    until(prose, NEVER, columns.row("until_good"))


def _add_themes(columns: MatrixBuilder, texts: Sequence[str], span: range) -> None:
    """Add the words that a block shares with the article's span, and with the blocks around it."""
    if any(map(columns.wants, OF_THEME)):
        columns.pick(OF_THEME, themes_of(texts, (span.start, span.stop - 1)))


def _add_structure(
    columns: MatrixBuilder, measures: Measures, cues: Codes, coded: Codes, *, heads: Marks, kinds: Ints, styles: Ints
) -> None:
    """Add the heading above a block, and the rhythm of the blocks around it."""
    if any(map(columns.wants, OF_HEADING)):
        columns.pick(OF_HEADING, under_headings(heads, measures["words"], coded, kinds))
    if columns.wants("rhythm"):
        rhythm(forms_of(measures, cues, styles), columns.row("rhythm"))


def _add_echoes(columns: MatrixBuilder, texts: Sequence[str], declared: Declared) -> dict[int, float]:
    """Add the share of a block's words that the page's title, its description or its JSON-LD body has as well.

    Return the blocks that repeat the title: index → length as a share of the title's, at most 1.
    """
    titled: dict[int, float] = {}
    parts = (("title", declared.title), ("description", declared.description), ("said_body", declared.body))
    wanted = [part for part in parts if columns.wants(f"in_{part[0]}") or columns.wants(f"size_to_{part[0]}")]
    words = [frozenset(text.casefold().split()) for _, text in wanted]
    counts, hits = echoes_of(texts, words)
    for (name, _), known, found in zip(wanted, words, hits, strict=True):
        shares = found / counts if known else _MISSING
        sizes = np.minimum(counts / len(known), 3.0) if known else _MISSING
        columns.add(f"in_{name}", shares)
        if name != "said_body":
            columns.add(f"size_to_{name}", sizes)
        if name == "title":
            places = np.flatnonzero((shares >= TITLE) & (sizes >= TITLE_SIZE)).tolist()
            titled = {place: min(float(sizes[place]), 1.0) for place in places}
    return titled


def _add_title_distance(columns: MatrixBuilder, titled: Mapping[int, float], elements: Ints, frames: Ints) -> None:
    """Add the distance of a block to the one that repeats the title: in blocks, and in levels of the tree."""
    if not titled:
        columns.add("from_title", NO_TITLE)
        columns.add("to_title", NO_LEVEL)
        return
    place = max(titled, key=lambda place: titled[place] + _HEADINGS.get(int(elements[1, frames[place]]), 0.0))
    from_block(place, FARTHEST, columns.row("from_title"))
    if columns.wants("to_title"):
        levels_up(elements, int(frames[place]), columns.row("to_title"))


def _add_element(columns: MatrixBuilder, own: Ints, elements: Ints, ancestors: Ints) -> None:
    """Add the kind and depth of a block's element, the kind of its parent, and which ancestors it has."""
    parent, kind, depth = own[:3]
    columns.add("kind", kind)
    columns.add("depth", depth)
    if columns.wants("parent_kind"):
        columns.add("parent_kind", np.where(parent >= 0, elements[1, np.maximum(parent, 0)], -1))
    for name, bit in _ANCESTORS.items():
        if columns.wants(f"in_{name}"):
            columns.add(f"in_{name}", (ancestors & bit) != 0)


def _add_tree(columns: MatrixBuilder, elements: Ints, frames: Ints, values: Floats, total: float) -> None:
    """Add the hints of element names, the content of the elements around a block, and its distance to the prose."""
    hinted = [name for name in _HINTED if columns.wants(name)]
    levels_to(elements, [_HINTED[name] for name in hinted], frames, columns.rows(hinted))
    parent, _, _, _, _, first, end = elements
    sums = sums_within(values, first, end)
    ratios = ratios_of(sums, end - first, total)
    up = frames
    for names in _OF_LEVEL:
        columns.pick(names, ratios, up)
        above = parent[up]
        up = np.where(above >= 0, above, up)
    _add_container(columns, elements, sums[1], frames)


def _add_container(columns: MatrixBuilder, elements: Ints, good: npt.NDArray[np.float64], frames: Ints) -> None:
    """Add the distance, in levels, from a block to the smallest element that holds most of the prose.

    Upwards it is counted from that container to the first ancestor that both have.
    """
    total = float(good[0])
    for share in _SHARES:
        container = deepest(good, share * total, elements) if total else 0
        above, below = np.empty((2, len(frames)), np.float32)
        levels_from(elements, container, frames, above, below)
        columns.add(f"to_container_{share}", above)
        columns.add(f"below_container_{share}", below)
        if columns.wants(f"child_of_container_{share}"):
            columns.add(f"child_of_container_{share}", frames == container)


def _add_styles(columns: MatrixBuilder, style: Ints, values: Floats, total: float, ends: Floats) -> None:
    """Add the content of all blocks with the same tags and classes."""
    alike = np.bincount(style)
    good, links, blocks, words, share = ratios_of(sums_alike(values, style, len(alike)), alike, total)
    closed = (np.bincount(style, ends) / np.maximum(alike, 1)).astype(np.float32)
    columns.pick(_OF_ALIKE, np.array((blocks, words, good, closed, links, share)), style)
