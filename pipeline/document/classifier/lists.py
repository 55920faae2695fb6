"""Keeps the lists of an article's text: the items say little, and alone they read like headlines or labels.

A list belongs to the text by its place: right between two paragraphs, or between one and a sentence that may follow it.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from pipeline.document.classifier.model import Scores
from pipeline.document.features.compute import Features
from pipeline.document.features.windows import runs_of
from pipeline.document.rules.recognise import CODE, NONE, RULES
from pipeline.document.rules.rule import Rule

Marks = npt.NDArray[np.bool_]

MOST_ITEMS: Final = 40
FOLLOWS: Final = 0.18  # the lowest score of the sentence below a list of a plain text
LONG: Final = 10  # words of such a sentence
# A line that begins with a time of day reads like a headline of a news feed, and one of figures like a ticker.
_ALLOWED: Final = frozenset({NONE, CODE[Rule.HEADLINE_LIST], CODE[Rule.TICKER]})
_IS_ALLOWED: Final = np.array([code in _ALLOWED for code in (*range(len(RULES)), NONE)])  # NONE is -1, the last entry


def with_lists(chosen: Marks, features: Features, scores: Scores, *, plain: bool) -> Marks:
    """Add the items of lists that belong to the article's text."""
    spans = runs_of(features.listed) if plain and features.listed.any() else features.parts.lists
    if not spans or not chosen.any():
        return chosen
    measures = features.measures
    sentences: Marks = (measures["ends"] > 0) & (measures["words"] >= LONG)
    opens, free = measures["ends_colon"] > 0, features.cues == NONE
    kept = chosen.copy()
    for start, end in spans:
        if not 0 < start < end < len(kept) or end - start > MOST_ITEMS:
            continue
        above = start - 1
        lead = bool(opens[above] and free[above] and above)
        first = above - 1 if lead and not kept[above] else above
        if not (kept[first] and (sentences[first] or opens[first])):
            continue
        if plain and not kept[end]:
            may = free[end] and sentences[end] and scores[end] >= FOLLOWS and free[start:end].all()
            kept[end] = may
        if kept[end] and (sentences[end] or opens[end]):
            kept[above] |= lead
            kept[start:end] |= free[start:end] if plain else _IS_ALLOWED[features.cues[start:end]]
    return kept
