"""Finds the headline of a plain text: a line above the article that shares words with it.

Only a few blocks above the first kept block are searched. Metadata of HTML pages is not used here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from pipeline import native
from pipeline.document.blocks.block import marker_of, measure, title_body
from pipeline.document.rules.phrases import BYLINE_WORDS
from pipeline.document.rules.rule import Rule
from pipeline.text.casefold import folded

REACH: Final = 12  # blocks above the first kept one: enough to skip a date, a byline, share buttons, a caption
# Tried from 0.6 to 1.2: this finds 729 to 655 true headlines, and takes 372 to 334 other lines for one.
THRESHOLD: Final = 0.6
LONGEST: Final = 30  # words
# The only line above a sentence, as in texts that a program wrote: a headline even if the text repeats none of its
# words. A single word must be repeated, or it is the name of a section.
ALONE: Final = 1.0
FEWEST: Final = 2  # words
SHARED: Final = 3  # words that a kept line has in common with the sentences below it, if it is the headline
NAME: Final = 3  # words of the name of a site or a section
COMPARED: Final = 3_000  # characters of the article that a headline is compared with
# Stems of five letters make most Slavic and Turkic word forms equal ("акимат", "акимата").
_STEM, _LEAST = 5, 4
_REPEATED: Final = 0.3  # added to the score of a headline that occurs on the page twice
SHORT: Final = 40  # characters of a line of a list of figures
_STOPS = (".", "!", "?", "…", ",", ":", ";", "。")
_WORD = re.compile(r"[^\W\d_]+")
_DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_PAIR = re.compile(rf"(?=({_DENSE.pattern}.))", re.DOTALL)


def find_headline(
    texts: Sequence[str], words: Sequence[float], cues: Sequence[Rule | None], kept: Sequence[int]
) -> int | None:
    """Return the index of the headline above the kept blocks, None if no line looks like one.

    `words` is the number of words of each block, `cues` the rule that recognizes it. Of both, the first `needed(kept)`
    are read.
    """
    if not kept or not kept[0]:
        return None
    first = kept[0]
    # A name above the text and again below it repeats itself, not words of the text: it is the author's.
    above = set(texts[max(0, first - REACH) : first])
    beginning = " ".join(texts[i][:600] for i in kept[:12] if texts[i] not in above)[:COMPARED]
    article = native.rules.Stems(folded(beginning)) if native.COMPILED else stems(beginning)
    only = first == 1 and _is_alone(texts, words)
    best, best_score = None, THRESHOLD
    for i in range(first - 1, max(0, first - REACH) - 1, -1):
        listed = i > 0 and _is_listed(texts[i]) and _is_listed(texts[i - 1])
        if listed or cues[i] is Rule.MENU:  # above it are only the site's name or the title of a list
            break
        if cues[i] is not None or words[i] > LONGEST or _is_figure_of_many(texts, i):
            continue
        overlap = _overlap(texts[i], article)
        alone = only and (overlap > 0 or words[i] >= FEWEST)
        score = ALONE if alone else 2.0 * overlap + 0.05 * min(words[i], 12) - 0.03 * (first - i)
        if score + _REPEATED > best_score:
            score += _REPEATED if texts.count(texts[i]) > 1 else 0.0
        # This check comes last because it takes longest.
        if score > best_score and _could_be(texts[i], 1 if alone else 2):
            best, best_score = i, score
    if best is not None and words[best] <= NAME and _is_kept(texts, words, cues, kept):
        return first  # the line above it is the name of the site or of a section
    return best


def needed(kept: Sequence[int]) -> int:
    """Return how many blocks `find_headline` reads words and cues of: to the first of the text, at least two."""
    return max(2, kept[0] + 1) if kept else 0


def _is_kept(texts: Sequence[str], words: Sequence[float], cues: Sequence[Rule | None], kept: Sequence[int]) -> bool:
    """Return whether the first kept line is the headline itself: it repeats words of the sentences below it."""
    first = kept[0]
    if len(kept) < 2 or words[first] > LONGEST or cues[first] is not None or texts[first].rstrip()[-1:] in _STOPS:
        return False
    below = " ".join(texts[place][:600] for place in kept[1:12])[:COMPARED]
    own = stems(texts[first])
    shared = len(own & stems(below))
    return shared >= SHARED and 2.0 * shared / (len(own) + 0.5) >= THRESHOLD and _could_be(texts[first], SHARED)


def _is_alone(texts: Sequence[str], words: Sequence[float]) -> bool:
    """Return whether the first of the lines stands above a sentence, and is no path of sections ("Home / Sport")."""
    is_prose = words[1] > LONGEST or measure(texts[1], number=2, after_blank=False).closed
    return is_prose and " / " not in texts[0]


def stems(text: str) -> frozenset[str]:
    """Return the first five letters of each word with four letters or more, and all pairs of CJK characters."""
    whole = folded(text)
    found = {word[:_STEM] for word in _WORD.findall(whole) if len(word) >= _LEAST}
    if _DENSE.search(whole):
        found.update(_PAIR.findall(whole))
    return frozenset(found)


def _could_be(text: str, fewest: int) -> bool:
    """Return whether a line may be a headline: no list item, no lead-in, a few words, no table of figures."""
    if _is_listed(text):
        return False
    body = title_body(text, fewest, LONGEST)
    if body is None:
        return False
    opening = _WORD.search(body.casefold())
    return opening is None or opening.group() not in BYLINE_WORDS


def _is_figure_of_many(texts: Sequence[str], place: int) -> bool:
    """Return whether a short line and two beside it begin with a figure, as ingredients and rates do."""
    figures = [text[:1].isdecimal() and len(text) <= SHORT for text in texts[max(0, place - 2) : place + 3]]
    return figures[min(place, 2)] and any(all(figures[at : at + 3]) for at in range(len(figures) - 2))


def _is_listed(text: str) -> bool:
    return text.startswith(("— ", "– ", "- ")) or marker_of(text) is not None


def _overlap(text: str, article: frozenset[str] | native.rules.Stems) -> float:
    if isinstance(article, frozenset):
        stemmed = stems(text)
        own, shared = len(stemmed), len(stemmed & article)
    else:
        own, shared = article.shared_with(folded(text))
    return shared / (own + 0.5)
