"""Which blocks stay, given their scores: not block by block, but as an article hangs together.

None of these steps moves the mean score of the sets by more than .001; they are for true sentences that a short article
would lose, and for pages that have no article.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from pipeline.document.classifier.model import Kind, Scores
from pipeline.document.features.parts import Parts
from pipeline.document.features.windows import runs_of, sums_of
from pipeline.document.rules.rule import DOUBTED, Rule

Marks = npt.NDArray[np.bool_]

FEW_WORDS: Final = 25  # a page of which fewer were kept is asked again with a lower threshold
PROMISING: Final = 0.35  # a best score below that is boilerplate even where nothing else is kept
FEW_BLOCKS: Final = 3  # a page of so many at most is news in one line, or a line with its headline
# The scores from which on a sentence stays inside an article, and right beside it.
INSIDE: Final[dict[Kind, float]] = {"html": 0.25, "plain": 0.1}
BESIDE: Final[dict[Kind, float]] = {"html": 0.25, "plain": 0.18}
LONG: Final = 10  # words from which on a line without a full stop counts as a sentence
STEP: Final = 2  # blocks: a prompt or a credit may stand between two sentences
HEADING: Final = 0.2
SHORT: Final = 8  # words
OPEN: Final = 0.45  # and any other block inside it
ITEM: Final = 0.1
ALIKE: Final = 0.6  # of the words in blocks of one style
GAP: Final = 5  # blocks: what stands farther from the rest must be more than a sentence
DETACHED: Final = 0.9  # or surer than that
HOME: Final = 0.3  # of the words that stay must stand right around a table of the article


@dataclass(frozen=True, slots=True)
class Columns:
    """What is asked of the blocks, beside their scores."""

    words: npt.NDArray[np.float64]
    ends: Marks  # like a sentence
    opens: Marks  # ends in a colon
    listed: Marks  # an item of a list
    items: Marks  # likewise, where menus are lists too
    styles: npt.NDArray[np.int64]  # equal for blocks of the same tags and classes
    parts: Parts
    inside: float  # the score from which on a sentence stays inside an article
    beside: float  # and right beside it


def choose(scores: Scores, cues: Sequence[Rule | None], threshold: float, columns: Columns) -> Marks:
    """Choose the blocks that stay; a cue is the rule that recognises a block as boilerplate."""
    named = [(place, cue) for place, cue in enumerate(cues) if cue is not None]
    free = np.ones(len(cues), np.bool_)
    free[[place for place, _ in named]] = False
    scores = _without_comments(scores, free, threshold, columns)
    allowed = free.copy()
    for place, cue in named:
        if (least := DOUBTED.get(cue)) is not None:
            allowed[place] = scores[place] >= least
    firm = columns.ends | columns.opens | (columns.words >= LONG)  # a sentence, what opens one, or as long as one
    chosen: Marks = (scores >= _threshold(scores, free, threshold, columns)) & allowed
    chosen = _attached(chosen, firm, scores, columns)
    chosen = _grown(chosen, firm, free, scores, columns)
    chosen = _alike(chosen, free, scores, columns)
    return _without_lists(chosen, columns)


def tables_of(chosen: Marks, columns: Columns) -> Marks:
    """Mark the tables of data that stand in the article: they stay whole, cells being hardly more than numbers.

    In the article is what begins below its first block, not farther than right behind its last one, among its text.
    """
    marks = np.zeros(len(chosen), bool)
    if not columns.parts.tables or not chosen.any():
        return marks
    places = np.flatnonzero(chosen)
    first, last = int(places[0]), int(places[-1])
    kept: list[float] = sums_of(columns.words * chosen).tolist()
    for table in columns.parts.tables:
        within = kept[table.end] - kept[table.first]
        home = next((words for start, end in table.around if (words := kept[end] - kept[start] - within) > 0), 0.0)
        if first < table.first <= last + 1:
            marks[table.first : table.end] = home >= HOME * (kept[-1] - within) > 0
    return marks


def _without_comments(scores: Scores, free: Marks, threshold: float, columns: Columns) -> Scores:
    """Take the scores away from sections of comments below an article, however much they read like one."""
    if not columns.parts.comments:
        return scores
    likely = sums_of(columns.words * ((scores >= threshold) & free))
    below = [(start, end) for start, end in columns.parts.comments if likely[start] >= FEW_WORDS]
    if not below:
        return scores
    left = scores.copy()
    for start, end in below:
        left[start:end] = 0.0
    return left


def _threshold(scores: Scores, free: Marks, threshold: float, columns: Columns) -> float:
    """Lower the threshold for a page of which hardly anything would be kept: its best blocks may still be news.

    So is a page of a few lines, or of sentences for the most part, that has no paragraph.
    """
    words = columns.words
    if words[(scores >= threshold) & free].sum() >= FEW_WORDS or not free.any():
        return threshold
    closed = words[free & columns.ends].sum()
    if len(scores) <= FEW_BLOCKS or 2 * closed >= words.sum():
        return 0.0
    best = float(scores[free].max())
    return min(threshold, best * 0.6) if best >= PROMISING else threshold


def _grown(chosen: Marks, firm: Marks, free: Marks, scores: Scores, columns: Columns) -> Marks:
    """Add what is likely enough inside the article or, sentence by sentence, at its edges."""
    places = np.flatnonzero(chosen & firm)
    if not len(places):
        return chosen
    first, last = int(places[0]), int(places[-1])
    sentences = free & firm
    inside = (sentences & (scores >= columns.inside)) | (free & (scores >= OPEN))
    likely: list[bool] = (sentences & (scores >= columns.beside)).tolist()
    while True in (after := likely[last + 1 : last + 1 + STEP]):
        last += 1 + after.index(True)
    while True in (before := likely[max(0, first - STEP) : first][::-1]):
        first -= 1 + before.index(True)
    grown = chosen.copy()
    grown[first : last + 1] |= inside[first : last + 1]
    for start, end in runs_of(columns.items[: last + 1]):
        if start <= first:
            continue
        # The items of a list stay together, and with the line that introduces them.
        if 2 * np.count_nonzero(grown[start:end]) >= end - start or (grown[start - 1] and columns.opens[start - 1]):
            grown[start:end] |= free[start:end] & (scores[start:end] >= ITEM)
    # A short line right above a paragraph that stays heads it.
    below = grown[first + 2 :]
    above = slice(first + 1, first + 1 + len(below))
    heads = free[above] & (scores[above] >= HEADING) & (columns.words[above] <= SHORT) & below
    grown[above] |= heads
    return grown


def _alike(chosen: Marks, free: Marks, scores: Scores, columns: Columns) -> Marks:
    """Add what has the style of the article: inside it anything, beyond it sentences, as those of a live report are."""
    places = np.flatnonzero(chosen)
    if not len(places) or not columns.styles.any():
        return chosen
    style = columns.styles
    kept = np.bincount(style, columns.words * chosen) >= ALIKE * np.bincount(style, columns.words)
    many = np.bincount(style, chosen & columns.ends) >= FEW_BLOCKS
    inside = np.zeros(len(chosen), np.bool_)
    inside[places[0] : places[-1]] = True
    sentences = many[style] & columns.ends & (columns.words >= SHORT)
    alike: Marks = chosen | (kept[style] & free & (scores >= ITEM) & (inside | sentences))
    return alike


def _attached(chosen: Marks, firm: Marks, scores: Scores, columns: Columns) -> Marks:
    """Drop a sentence or two that stand far from the article, as footers do, and labels without a sentence near."""
    runs = _runs(chosen & firm)
    if len(runs) < 2:
        return chosen
    words = [float(columns.words[run].sum()) for run in runs]
    least = min(FEW_WORDS, max(words) * 0.3)
    left = chosen.copy()
    for run, some in zip(runs, words, strict=True):
        if some < least and scores[run].max() < DETACHED:
            left[run] = False
    for run in _runs(left):
        left[run] &= bool(firm[run].any())
    return left


def _runs(marks: Marks) -> list[npt.NDArray[np.intp]]:
    """Part marked blocks where more than GAP others lie between two of them."""
    places = np.flatnonzero(marks)
    gaps = np.flatnonzero(places[1:] - places[:-1] > GAP) + 1
    return [places[start:end] for start, end in pairwise((0, *gaps.tolist(), len(places)))]


def _without_lists(chosen: Marks, columns: Columns) -> Marks:
    """Drop list items above the first sentence: headlines of other articles; all, where there is no sentence."""
    listed = columns.listed
    if not listed.any():
        return chosen
    told = np.flatnonzero(chosen & ~listed & (columns.ends | columns.opens))
    before = np.arange(len(chosen)) < (int(told[0]) if len(told) else len(chosen))
    alone = chosen & listed & before
    return chosen & ~alone if len(told) or np.count_nonzero(alone) > FEW_BLOCKS else chosen
