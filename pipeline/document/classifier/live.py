"""Keeps the entries of a live report: times in lines of their own, each with a few sentences below it.

Such entries are short, and read like comments or like the lines of a news feed. Here, their times run in one direction,
below each stands a sentence that is no link, and the classifier is not sure that they are boilerplate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from pipeline.document.blocks.tree import Layout
from pipeline.document.classifier.model import Scores
from pipeline.document.features.compute import Features

Marks = npt.NDArray[np.bool_]

ENTRIES: Final = 4
APART: Final = 25  # blocks between the times of two entries
FAR: Final = 25  # blocks between the text that was chosen and the first entry
SENTENCE: Final = 3  # words
TITLE: Final = 12  # words of the line between a time and its first sentence
TOLD: Final = 0.75  # share of the entries that have a sentence below their time
LIKELY: Final = 0.08  # the middle score of their sentences; in a feed beside the article it is below .05
LEAST: Final = 0.03  # the lowest score of a sentence
_LONGEST: Final = 12  # characters of a time
_TIME: Final = re.compile(
    r"(?:[01]?\d|2[0-4])[:.][0-5]\d(?::[0-5]\d)?(?:\s?(?:[ap]\.?m\.?|ч\.?|uhr|h))?", re.IGNORECASE
)


def with_entries(
    chosen: Marks, texts: Sequence[str], features: Features, scores: Scores, layout: Layout | None
) -> tuple[Marks, Marks | None]:
    """Add the times, titles and sentences of live reports, and mark those that were added; None if none was.

    The layout of HTML says which blocks are links.
    """
    measures, free = features.measures, features.cues < 0
    few: list[int] = np.flatnonzero((measures["characters"] <= _LONGEST) & (measures["digits"] >= 3)).tolist()
    times = [place for place in few if _TIME.fullmatch(texts[place])] if len(few) >= ENTRIES else []
    if len(times) < ENTRIES:  # on most pages
        return chosen, None
    own = free if layout is None else free & (2 * layout.linked < measures["characters"])
    sentences = own & (measures["ends"] > 0) & (measures["words"] >= SENTENCE) & (scores >= LEAST)
    titles = own & (measures["ends"] == 0) & (measures["words"] <= TITLE)
    added = np.zeros_like(chosen)
    for row in _rows(times, [_minutes(texts[place]) for place in times]):
        ends = [*row[1:], _end(row[-1], sentences, titles)]
        found = [np.flatnonzero(sentences[place:end]) + place for place, end in zip(row, ends, strict=True)]
        told = np.concatenate(found)
        if sum(len(one) > 0 for one in found) < TOLD * len(row) or np.median(scores[told]) < LIKELY:
            continue
        if not chosen[max(0, row[0] - FAR) : ends[-1]].any():
            continue
        for place, one in zip(row, found, strict=True):
            if len(one):
                added[place] = True
                added[place + 1 : one[0]] = titles[place + 1 : one[0]]
        added[told] = True
    added &= ~chosen
    return (chosen | added, added) if added.any() else (chosen, None)


def _rows(places: Sequence[int], minutes: Sequence[int]) -> Iterator[Sequence[int]]:
    """Yield the times that stand close together and run in one direction; past midnight they begin again."""
    start = 0
    for end in range(1, len(places) + 1):
        if end < len(places) and places[end] - places[end - 1] <= APART:
            continue
        steps = [later - earlier for earlier, later in pairwise(minutes[start:end])]
        against = min(sum(step < 0 for step in steps), sum(step > 0 for step in steps))
        if end - start >= ENTRIES and against <= 1:
            yield places[start:end]
        start = end


def _end(last: int, sentences: Marks, titles: Marks) -> int:
    """Return the block below the last entry: its first line may be a title, and what is no sentence ends it."""
    end = last + 1
    while end < min(len(titles), last + APART) and titles[end]:
        end += 1
    while end < min(len(sentences), last + APART) and sentences[end]:
        end += 1
    return end


def _minutes(time: str) -> int:
    hour, minute = re.findall(r"\d+", time)[:2]
    late = "p" in time.lower() and int(hour) < 12
    return (int(hour) + 12 * late) * 60 + int(minute)
