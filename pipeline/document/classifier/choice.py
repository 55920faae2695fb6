"""Chooses the blocks that stay, by their scores and by how the blocks of an article hang together.

No step here changes the mean score of the evaluation sets by more than .001. The steps keep true sentences that a
short article would lose, and keep pages without an article empty.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from pipeline import native
from pipeline.document.classifier.lists import with_lists
from pipeline.document.classifier.model import Kind, Scores
from pipeline.document.features.compute import Features
from pipeline.document.features.parts import Parts
from pipeline.document.features.windows import runs_of, sums_of
from pipeline.document.rules.by_words import speaks_of_site
from pipeline.document.rules.recognise import NONE, RULES, Codes
from pipeline.document.rules.rule import DOUBTED, OF_WORDS

Marks = npt.NDArray[np.bool_]

FEW_WORDS: Final = 25  # if fewer words would be kept, the threshold is lowered
PROMISING: Final = 0.35  # if the best score is lower, the page is boilerplate and the threshold stays
FEW_BLOCKS: Final = 3  # a page with at most this many blocks is news in one line, or a line with its headline
# The lowest scores with which a sentence stays inside an article, and right beside it.
INSIDE: Final[dict[Kind, float]] = {"html": 0.25, "plain": 0.1}
BESIDE: Final[dict[Kind, float]] = {"html": 0.25, "plain": 0.18}
LONG: Final = 10  # words: a line without a full stop counts as a sentence if it has at least so many
STEP: Final = 2  # blocks: the distance to the next sentence, as a prompt or a credit may be between them
HEADING: Final = 0.2  # the lowest score of a short line above a kept paragraph
SHORT: Final = 8  # words
OPEN: Final = 0.45  # the lowest score of any other block inside the article
ITEM: Final = 0.1  # the lowest score of a list item, or of a block in the article's style
ALIKE: Final = 0.6  # a style is the article's if this share of its words is kept
GAP: Final = 5  # blocks: text farther away from the rest must be more than a sentence or two
DETACHED: Final = 0.9  # or have at least this score
_LEAST: Final = np.array([DOUBTED.get(rule, np.inf) for rule in RULES])  # the lowest score that overrules each rule
_WORDED: Final = np.array([rule in OF_WORDS for rule in RULES])
SENTENCE: Final = 6  # words: so long a block with a full stop may be a sentence, whatever words it has
# The scores with which a line stays that is one link between two paragraphs, or in an element named after a picture.
LINK: Final = 0.75
PICTURED: Final = 0.45
FEWEST_LEFT: Final = 12  # words beside dialogs: news in one sentence
BESIDE_TEXT: Final = 0.35  # the share of captions and boxes: with more, they are the article, as in a photo report
UNSHOWN: Final = 0.5  # the share of the kept words: if hidden parts have more, they are the article
HOME: Final = 0.3  # the share of the kept words that must be right around a table of the article


@dataclass(frozen=True, slots=True)
class BlockFacts:
    """Facts about the blocks that the choice needs besides their scores; arrays have one entry per block."""

    words: npt.NDArray[np.float64]
    ends: Marks  # ends like a sentence
    opens: Marks  # ends in a colon
    listed: Marks  # an item of a list of the text
    items: Marks  # an item of any list, menus included
    styles: npt.NDArray[np.int64]  # equal for blocks with the same tags and classes
    inside: float  # the lowest score with which a sentence stays inside an article
    beside: float  # the lowest score with which it stays right beside the article


def choose(kind: Kind, features: Features, texts: Sequence[str], scores: Scores, threshold: float) -> Marks:
    """Return the blocks that stay, by their scores and by the rules that recognize blocks as boilerplate."""
    parts, words = features.parts, features.measures["words"]
    if parts.others:
        scores = _without_others(scores, features.cues < 0, threshold, words, parts)
    if parts.comments:
        scores = _without_comments(scores, features.cues < 0, threshold, words, parts)
    steps = _compiled if native.COMPILED else _chosen
    cues = _without_doubtful(features, texts, scores, threshold)
    chosen = with_lists(steps(kind, features, cues, scores, threshold), features, scores, plain=kind == "plain")
    chosen = _without(chosen, words, parts.dialogs, lambda left, _: left >= FEWEST_LEFT)
    chosen = _without(chosen, words, parts.hidden, lambda left, total: left >= (1 - UNSHOWN) * total)
    lone = [at for at in parts.links if scores[at] < LINK] + [at for at in parts.pictured if scores[at] < PICTURED]
    beside = [*parts.beside, *((at, at + 1) for at in lone)]
    return _without(chosen, words, beside, lambda left, total: left >= (1 - BESIDE_TEXT) * total)


def _without_doubtful(features: Features, texts: Sequence[str], scores: Scores, threshold: float) -> Codes:
    """Return the cues without those of sentences that the classifier keeps although it knows the cue.

    A true sentence may have the words of a label in it: "The operator has rewritten its privacy policy".
    """
    cues, measures = features.cues, features.measures
    likely: list[int] = np.flatnonzero((cues >= 0) & (scores >= threshold)).tolist()
    if not likely:  # on most pages
        return cues
    doubtful = _WORDED[cues] & (measures["ends"] > 0) & (measures["words"] >= SENTENCE)
    places = [place for place in likely if doubtful[place] and not speaks_of_site(texts[place])]
    if not places:
        return cues
    left = cues.copy()
    left[places] = NONE
    return left


def _compiled(kind: Kind, features: Features, cues: Codes, scores: Scores, threshold: float) -> Marks:
    words, ends, opens = (features.measures[name] for name in ("words", "ends", "ends_colon"))
    items, chosen = features.listed.view(np.uint8), np.empty(len(scores), np.uint8)
    choice = native.choice.Choice(scores, cues, _LEAST, words, ends, opens, items, features.styles)
    lowest = (INSIDE[kind], BESIDE[kind], HEADING, OPEN, ITEM, ALIKE, DETACHED)
    choice.choose(threshold, PROMISING, *lowest, kind == "plain", chosen)
    return chosen.view(np.bool_)


def _chosen(kind: Kind, features: Features, cues: Codes, scores: Scores, threshold: float) -> Marks:
    facts = _facts_of(kind, features)
    recognized = cues >= 0
    free = ~recognized
    allowed: Marks = free | (recognized & (scores >= _LEAST[cues]))
    firm = facts.ends | facts.opens | (facts.words >= LONG)  # a sentence, a lead-in, or as long as one
    chosen: Marks = (scores >= _threshold(scores, free, threshold, facts)) & allowed
    chosen = _attached(chosen, firm, scores, facts)
    chosen = _grown(chosen, firm, free, scores, facts)
    chosen = _alike(chosen, free, scores, facts)
    return _without_lists(chosen, facts)


def _facts_of(kind: Kind, features: Features) -> BlockFacts:
    """Return the facts that the choice needs; none is `listed` in HTML, where menus and texts both use `li`."""
    measures = features.measures
    return BlockFacts(
        words=measures["words"].astype(np.float64),
        ends=measures["ends"] > 0,
        opens=measures["ends_colon"] > 0,
        listed=features.listed if kind == "plain" else np.zeros_like(features.listed),
        items=features.listed,
        styles=features.styles,
        inside=INSIDE[kind],
        beside=BESIDE[kind],
    )


def tables_of(chosen: Marks, features: Features) -> Marks:
    """Mark the tables of data in the article; they stay whole, because a cell is hardly more than a number.

    A table is in the article if it begins below the first kept block and at the latest right after the last one, and
    if enough of the kept text is around it.
    """
    marks = np.zeros(len(chosen), bool)
    tables = features.parts.tables
    if not tables or not chosen.any():
        return marks
    places = np.flatnonzero(chosen)
    first, last = int(places[0]), int(places[-1])
    kept: list[float] = sums_of(features.measures["words"] * chosen).tolist()
    for table in tables:
        within = kept[table.end] - kept[table.first]
        home = next((words for start, end in table.around if (words := kept[end] - kept[start] - within) > 0), 0.0)
        if first < table.first <= last + 1:
            marks[table.first : table.end] = home >= HOME * (kept[-1] - within) > 0
    return marks


def _without(
    chosen: Marks,
    words: npt.NDArray[np.float32],
    spans: Sequence[tuple[int, int]],
    enough: Callable[[float, float], bool],
) -> Marks:
    """Drop the blocks of spans, if enough words are left of all that would be kept: else the spans are the article."""
    if not spans:
        return chosen
    left = chosen.copy()
    for start, end in spans:
        left[start:end] = False
    return left if enough(float(words[left].sum()), float(words[chosen].sum())) else chosen


def _without_others(
    scores: Scores, free: Marks, threshold: float, words: npt.NDArray[np.float32], parts: Parts
) -> Scores:
    """Set the scores of the page's other articles to 0, unless they have all that reads like an article."""
    left = scores.copy()
    for start, end in parts.others:
        left[start:end] = 0.0
    return left if words[(left >= threshold) & free].sum() >= FEW_WORDS else scores


def _without_comments(
    scores: Scores, free: Marks, threshold: float, words: npt.NDArray[np.float32], parts: Parts
) -> Scores:
    """Set the scores of comment sections below an article to 0, however much they read like an article."""
    likely = sums_of(words * ((scores >= threshold) & free))
    below = [(start, end) for start, end in parts.comments if likely[start] >= FEW_WORDS]
    if not below:
        return scores
    left = scores.copy()
    for start, end in below:
        left[start:end] = 0.0
    return left


def _threshold(scores: Scores, free: Marks, threshold: float, facts: BlockFacts) -> float:
    """Return the threshold, lowered for a page of which hardly anything would be kept: its best blocks may be news.

    A page of a few lines, or mostly of sentences, may be news without a paragraph: it gets a threshold of 0.
    """
    words = facts.words
    if words[(scores >= threshold) & free].sum() >= FEW_WORDS or not free.any():
        return threshold
    closed = words[free & facts.ends].sum()
    if len(scores) <= FEW_BLOCKS or 2 * closed >= words.sum():
        return 0.0
    best = float(scores[free].max())
    return min(threshold, best * 0.6) if best >= PROMISING else threshold


def _grown(chosen: Marks, firm: Marks, free: Marks, scores: Scores, facts: BlockFacts) -> Marks:
    """Add blocks that are likely enough: inside the article, and sentence by sentence at its edges."""
    places = np.flatnonzero(chosen & firm)
    if not len(places):
        return chosen
    first, last = int(places[0]), int(places[-1])
    sentences = free & firm
    inside = (sentences & (scores >= facts.inside)) | (free & (scores >= OPEN))
    likely: list[bool] = (sentences & (scores >= facts.beside)).tolist()
    while True in (after := likely[last + 1 : last + 1 + STEP]):
        last += 1 + after.index(True)
    while True in (before := likely[max(0, first - STEP) : first][::-1]):
        first -= 1 + before.index(True)
    grown = chosen.copy()
    grown[first : last + 1] |= inside[first : last + 1]
    for start, end in runs_of(facts.items[: last + 1]):
        if start <= first:
            continue
        # The items of a list stay together, and so do items below the line that introduces them.
        if 2 * np.count_nonzero(grown[start:end]) >= end - start or (grown[start - 1] and facts.opens[start - 1]):
            grown[start:end] |= free[start:end] & (scores[start:end] >= ITEM)
    # A short line right above a kept paragraph is its heading.
    below = grown[first + 2 :]
    above = slice(first + 1, first + 1 + len(below))
    heads = free[above] & (scores[above] >= HEADING) & (facts.words[above] <= SHORT) & below
    grown[above] |= heads
    return grown


def _alike(chosen: Marks, free: Marks, scores: Scores, facts: BlockFacts) -> Marks:
    """Add blocks in the article's style: any block inside the article, outside only sentences, as in a live report."""
    places = np.flatnonzero(chosen)
    if not len(places) or not facts.styles.any():
        return chosen
    style = facts.styles
    kept = np.bincount(style, facts.words * chosen) >= ALIKE * np.bincount(style, facts.words)
    many = np.bincount(style, chosen & facts.ends) >= FEW_BLOCKS
    inside = np.zeros(len(chosen), np.bool_)
    inside[places[0] : places[-1]] = True
    sentences = many[style] & facts.ends & (facts.words >= SHORT)
    alike: Marks = chosen | (kept[style] & free & (scores >= ITEM) & (inside | sentences))
    return alike


def _attached(chosen: Marks, firm: Marks, scores: Scores, facts: BlockFacts) -> Marks:
    """Drop a sentence or two far away from the article, such as a footer, and labels without a sentence near them."""
    runs = _runs(chosen & firm)
    if len(runs) < 2:
        return chosen
    words = [float(facts.words[run].sum()) for run in runs]
    least = min(FEW_WORDS, max(words) * 0.3)
    attached = chosen.copy()
    for run, count in zip(runs, words, strict=True):
        if count < least and scores[run].max() < DETACHED:
            attached[run] = False
    for run in _runs(attached):
        attached[run] &= bool(firm[run].any())
    return attached


def _runs(marks: Marks) -> list[npt.NDArray[np.intp]]:
    """Split the marked blocks into runs, wherever the distance between two of them is more than GAP."""
    places = np.flatnonzero(marks)
    gaps = np.flatnonzero(places[1:] - places[:-1] > GAP) + 1
    return [places[start:end] for start, end in pairwise((0, *gaps.tolist(), len(places)))]


def _without_lists(chosen: Marks, facts: BlockFacts) -> Marks:
    """Drop list items above the first sentence: they are headlines of other articles.

    Without a sentence all list items are dropped, unless there are only a few. An item that is itself a sentence, of
    LONG words, counts as one: so the steps of a recipe stay.
    """
    listed = facts.listed & ~(facts.ends & (facts.words >= LONG))
    if not listed.any():
        return chosen
    sentences = np.flatnonzero(chosen & ~listed & (facts.ends | facts.opens))
    before = np.arange(len(chosen)) < (int(sentences[0]) if len(sentences) else len(chosen))
    alone = chosen & listed & before
    return chosen & ~alone if len(sentences) or np.count_nonzero(alone) > FEW_BLOCKS else chosen
