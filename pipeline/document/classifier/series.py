"""Finds what hangs together in a plain text although its single lines read like labels, headlines or other texts.

That are lists, chronologies and dialogues (lines of one shape between two paragraphs), short sentences between longer
ones, and sentences that a text repeats.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from pipeline import native
from pipeline.document.classifier.model import Scores
from pipeline.document.features.compute import Features
from pipeline.document.rules.recognise import CODE, RULES, Codes
from pipeline.document.rules.rule import Rule

Marks = npt.NDArray[np.bool_]
KEEPS: Final = np.array([rule.keeps for rule in RULES])

PROSE: Final = 10  # words of a sentence above or below a series
LEAST: Final = 2  # lines
LONGEST: Final = 60  # words of a line
LIKELY: Final = 0.04  # the lowest score of the paragraph beside a series that was not chosen
LEAD_IN: Final = 10  # words of a line between a paragraph and a series: a lead-in or a heading

_PAIR: Final = re.compile(r"[^.!?:—–]{2,40}(?::|\s[—–-])\s\S")
_DASHES, _BULLETS = "-–—", "*•●▪◦‣·+"
_OF_DIGITS: Final = (
    ("number", re.compile(r"\d{1,3}[.)]\s")),
    ("time", re.compile(r"(?:[01]?\d|2[0-4])[:.][0-5]\d\b(?![.]\d)")),
    ("year", re.compile(r"(?:1[5-9]|20)\d\d(?:\s(?:г\.|год|року|р\.))?\s?[:—–-]\s")),
    ("day", re.compile(r"\d{1,2}\s[^\W\d_]{3,10}(?:\s\d{4}(?:\s?г\.)?)?\s?[:—–-]\s")),
    ("pair", _PAIR),
)
_EVENT: Final = re.compile(r"(?P<hour>\d{1,2})[:.](?P<minute>\d\d)(?P<dash>\s*[:—–-])?\W*(?P<begin>\w)")
SENTENCE: Final = 8  # words of the sentence at the end of a bridge
BESIDE: Final = 0.05  # and its lowest score
REACH: Final = 15  # lines of a bridge
REPEATED: Final = 5  # words of a sentence that a text may repeat: an answer, "No one was hurt."
LED: Final = 45  # characters of a line in which the colon or the dash of a pair stands
PAIRS: Final = 3  # lines: two of "name: value" occur by chance


def with_series(chosen: Marks, texts: Sequence[str], features: Features, scores: Scores) -> tuple[Marks, Marks]:
    """Add each series between two paragraphs of which one was chosen, and the other paragraph; mark those series."""
    ends, words = features.measures["ends"] > 0, features.measures["words"]
    opens = features.measures["ends_colon"] > 0
    free = features.cues < 0
    timed = features.cues == CODE[Rule.HEADLINE_LIST]  # a time before a line is that of a headline or of an event
    grown, listed = chosen.copy(), np.zeros(len(chosen), np.bool_)
    places = np.flatnonzero(chosen & ends)
    if not len(places):
        return chosen, listed
    near = range(max(0, int(places[0]) - REACH), min(len(texts), int(places[-1]) + 2 * REACH))
    series = list(_series(texts, near, (free | timed) & (words <= LONGEST)))
    if series:
        prose, short = free & ends & (words >= PROSE), free & (words <= LEAD_IN)
        leads, headings = short | (free & opens), short & ~ends
    for shape, start, end in series:
        above = _beside(range(start - 1, max(-1, start - 3), -1), prose, leads)
        below = _beside(range(end, min(len(texts), end + 2)), prose, headings)
        if above is None or below is None or not (grown[above] or grown[below]):
            continue
        if min(scores[above], scores[below]) < LIKELY:
            continue
        # Numbers count headlines as well, as in "most read".
        if shape == "number" and not opens[start - 1] and 2 * np.count_nonzero(ends[start:end]) < end - start:
            continue
        if timed[start:end].any() and not _is_chronology(texts[start:end]):
            continue
        grown[above : below + 1] |= free[above : below + 1]
        grown[start:end] = listed[start:end] = True
    return _bridged(grown, free, ends | opens, words, scores), listed


def _bridged(chosen: Marks, free: Marks, closed: Marks, words: npt.NDArray[np.float32], scores: Scores) -> Marks:
    """Add the lines between a chosen sentence and a likely one below it, if most of them are sentences.

    None of them may be recognized as boilerplate.
    """
    firm = np.flatnonzero(chosen & closed)
    if not len(firm):
        return chosen
    last = at = int(firm[-1])
    likely = free & closed & (words >= SENTENCE) & (scores >= BESIDE)
    while (at := at + 1) < min(len(chosen), last + REACH) and free[at]:
        if likely[at] and 2 * np.count_nonzero(closed[last + 1 : at]) >= at - last - 1:
            chosen[last + 1 : at + 1] = True
            last = at
    return chosen


def name_series(rules: Codes, listed: Marks, features: Features) -> None:
    """Name the lines of a series that have the name of a label, and short sentences that a text repeats."""
    rules[listed & ~KEEPS[rules]] = CODE[Rule.LIST_OF_THE_TEXT]
    short = (features.measures["ends"] > 0) & (features.measures["words"] <= REPEATED)
    rules[(rules == CODE[Rule.REPEATED]) & short & (features.cues < 0)] = CODE[Rule.SHORT_TRUE_SENTENCE]


def _beside(places: range, prose: Marks, between: Marks) -> int | None:
    """Return the nearest paragraph, at most one lead-in or heading away; else None."""
    for number, place in enumerate(places):
        if prose[place]:
            return place
        if number or not between[place]:
            return None
    return None


def _series(texts: Sequence[str], near: range, may: Marks) -> Iterator[tuple[str, int, int]]:
    """Yield the runs of lines of one shape: the shape, the first line and the one after the last."""
    allowed = may.tolist()
    start, last, shape = near.start, near.start - 1, ""
    for place in (*_may_be_items(texts, near), near.stop):
        own = _shape(texts[place]) if place < near.stop and allowed[place] else ""
        if own and own == shape and place == last + 1:
            last = place
            continue
        if shape and last + 1 - start >= (PAIRS if shape == "pair" else LEAST):
            yield shape, start, last + 1
        start, last, shape = place, place, own


def _may_be_items(texts: Sequence[str], near: range) -> Sequence[int]:
    """Return the lines that may have a shape; others surely have none."""
    return native.rules.may_be_items(list(texts), near.start, near.stop) if native.COMPILED else near


def _is_chronology(texts: Sequence[str]) -> bool:
    """Return whether lines tell what happened at their times: in this order, or in the middle of a sentence."""
    found = [match for text in texts if (match := _EVENT.match(text))]
    if len(found) < len(texts):
        return False
    times = [60 * int(match["hour"]) + int(match["minute"]) for match in found]
    rises = sum(one < other for one, other in pairwise(times))
    joined = sum(bool(match["dash"]) or match["begin"].islower() for match in found)
    return rises >= len(times) - 2 and (joined == len(found) or rises > 1)


def _shape(text: str) -> str:
    """Return the name of a line's shape, "" if it has none."""
    first = text[:1]
    if first.isalpha():
        begin = text[:LED]
        paired = ":" in begin or " — " in begin or " – " in begin or " - " in begin
        return "pair" if paired and _PAIR.match(text) else ""
    if first.isdecimal():
        return next((name for name, pattern in _OF_DIGITS if pattern.match(text)), "")
    for name, signs in (("dash", _DASHES), ("bullet", _BULLETS)):
        if first in signs and text[1:2].isspace():
            return name
    return "pair" if _PAIR.match(text) else ""
