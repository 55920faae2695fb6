"""Finds the lists, chronologies and dialogues inside a plain text: lines of one shape between two paragraphs.

Single lines of them read like labels or headlines, and a paragraph below them like one that is far from the article.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from pipeline.document.classifier.model import Scores
from pipeline.document.features.compute import Features

Marks = npt.NDArray[np.bool_]

PROSE: Final = 10  # words of a sentence above or below a series
LEAST: Final = 2  # lines
LONGEST: Final = 60  # words of a line
LIKELY: Final = 0.04  # the lowest score of the paragraph beside a series that was not chosen
LEAD_IN: Final = 10  # words of a line between a paragraph and a series: a lead-in or a heading

_SHAPES: Final = (
    ("dash", re.compile(r"[-–—]\s")),
    ("bullet", re.compile(r"[*•●▪◦‣·+]\s")),
    ("number", re.compile(r"\d{1,3}[.)]\s")),
    ("time", re.compile(r"(?:[01]?\d|2[0-4])[:.][0-5]\d\b(?![.]\d)")),
    ("year", re.compile(r"(?:1[5-9]|20)\d\d(?:\s(?:г\.|год|року|р\.))?\s?[:—–-]\s")),
    ("day", re.compile(r"\d{1,2}\s[^\W\d_]{3,10}(?:\s\d{4}(?:\s?г\.)?)?\s?[:—–-]\s")),
    ("pair", re.compile(r"[^.!?:—–]{2,40}(?::|\s[—–-])\s\S")),
)
PAIRS: Final = 3  # lines: two of "name: value" occur by chance


def with_series(chosen: Marks, texts: Sequence[str], features: Features, scores: Scores) -> Marks:
    """Add each series between two paragraphs of which one was chosen, and the other paragraph."""
    ends, words = features.measures["ends"] > 0, features.measures["words"]
    opens = features.measures["ends_colon"] > 0
    free = features.cues < 0
    prose = free & ends & (words >= PROSE)
    grown = chosen
    for shape, start, end in _series(texts, free & (words <= LONGEST)):
        above = _beside(range(start - 1, max(-1, start - 3), -1), prose, free & (opens | (words <= LEAD_IN)))
        below = _beside(range(end, min(len(texts), end + 2)), prose, free & ~ends & (words <= LEAD_IN))
        if above is None or below is None or not (grown[above] or grown[below]):
            continue
        if min(scores[above], scores[below]) < LIKELY:
            continue
        # Numbers count headlines as well, as in "most read".
        if shape == "number" and not opens[start - 1] and 2 * np.count_nonzero(ends[start:end]) < end - start:
            continue
        grown = grown.copy() if grown is chosen else grown
        grown[above : below + 1] |= free[above : below + 1]
    return grown


def _beside(places: range, prose: Marks, between: Marks) -> int | None:
    """Return the nearest paragraph, at most one lead-in or heading away; else None."""
    for number, place in enumerate(places):
        if prose[place]:
            return place
        if number or not between[place]:
            return None
    return None


def _series(texts: Sequence[str], may: Marks) -> Iterator[tuple[str, int, int]]:
    """Yield the runs of lines of one shape: the shape, the first line and the one after the last."""
    allowed = may.tolist()
    start, shape = 0, ""
    for place, text in enumerate([*texts, ""]):
        own = _shape(text) if place < len(texts) and allowed[place] else ""
        if own == shape:
            continue
        if shape and place - start >= (PAIRS if shape == "pair" else LEAST):
            yield shape, start, place
        start, shape = place, own


def _shape(text: str) -> str:
    return next((name for name, pattern in _SHAPES if pattern.match(text)), "")
