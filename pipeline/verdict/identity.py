"""The rule that decides which article a page is, if an article is known at its URL or at its canonical URL.

Texts decide, not what the page says about itself. A later fetch of a URL may bring a correction or a longer text, but
also a teaser, a consent wall, an error page or another article. A canonical URL may name another page. The rule works
on estimates and keeps no state. Where it is in doubt, it lets no text replace another: the page becomes an article of
its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from pipeline.verdict.claim import Claim
from pipeline.verdict.nearness import CONTAINED, Likeness, is_same, says_another_thing

KIN = 0.25  # containment of two states of one article; two articles of one site share their standing lines
AGREEING = 2  # figures or names in the same places, if more agree than differ: a rewritten text of the same story
SHORTER, LONGER = 0.5, 1.5  # ratios of word counts
CUT, WHOLLY = 0.75, 0.9  # a text below this ratio of words adds nothing if the other contains so much of it
FLASH = 50  # words: a text of two lines may grow into any text
WALL = 150  # words: a longer text is not discarded, whatever it replaces


class Link(Enum):
    """What connects a page with an article that is known already."""

    SAME = auto()  # the article's newest text came from the page's URL
    OWN = auto()  # both share a URL, but the text came from another one, or the page declares another one now
    NAMED = auto()  # the page names the article's URL as its canonical URL
    COPY = auto()  # the last page at this URL was a copy of the article


class Fate(Enum):
    """What becomes of a page, in view of one known article."""

    REVISION = auto()  # the article's next revision
    COPY = auto()  # a near copy
    PART = auto()  # a part of the article: a teaser, a truncated page
    REFUSED = auto()  # much shorter and another text: a wall, an error page
    OTHER = auto()  # not this article


@dataclass(frozen=True, slots=True)
class Known:
    """An article that a page may be, and how their texts compare."""

    claim: Claim
    link: Link
    like: Likeness | None = None  # None if one text is too short, or the article's text has left the window

    @property
    def is_kin(self) -> bool:
        """Whether the two texts are states of one article."""
        like = self.like
        if like is None:
            return False
        places = like.figures + like.names
        return like.containment >= KIN or (places.agreeing >= AGREEING and places.agreeing > places.differing)

    def fate(self, words: int, *, is_front: bool) -> Fate:
        """Return what becomes of a page with so many words; `is_front` tells that it is a front page."""
        before = words if self.claim.words is None else self.claim.words
        match self.link:
            case Link.SAME:
                return _of_same(self, before, words, is_front=is_front)
            case Link.OWN:
                return _of_own(self, before, words)
            case Link.NAMED:
                return _of_named(self.like, before, words)
            case Link.COPY:
                is_wall = self.like is not None and not self.is_kin and _is_wall(before, words)
                return Fate.REFUSED if is_wall else Fate.OTHER

    def rank(self, fate: Fate) -> tuple[int, float]:
        """Return the sort key among several known articles: texts first, then the most cautious fate."""
        if self.like is not None and self.is_kin and fate in {Fate.REVISION, Fate.COPY, Fate.PART}:
            return 0, -self.like.containment
        return (Fate.REFUSED, Fate.REVISION, Fate.COPY, Fate.PART, Fate.OTHER).index(fate) + 1, 0.0


def _of_same(known: Known, before: int, words: int, *, is_front: bool) -> Fate:
    if known.like is not None and known.is_kin and _is_part(known.like, before, words):
        return Fate.PART
    if _is_wall(before, words):
        return Fate.REFUSED
    may_change = known.like is None or known.is_kin or before < FLASH or is_front
    return Fate.REVISION if may_change else Fate.OTHER


def _of_own(known: Known, before: int, words: int) -> Fate:
    if known.like is None or not known.is_kin:
        return Fate.OTHER
    return Fate.COPY if _is_part(known.like, before, words) else Fate.REVISION


def _of_named(like: Likeness | None, before: int, words: int) -> Fate:
    if like is None:
        return Fate.OTHER
    if is_same(like):
        return Fate.COPY
    if like.containment < CONTAINED or says_another_thing(like):
        return Fate.OTHER
    if words < before * CUT:
        return Fate.COPY
    return Fate.REVISION if words >= before * LONGER else Fate.OTHER


def _is_part(like: Likeness, before: int, words: int) -> bool:
    """Return whether a text is a part of the article and adds nothing."""
    if words < before * SHORTER:
        return like.containment >= SHORTER
    return words < before * CUT and like.containment >= WHOLLY


def _is_wall(before: int, words: int) -> bool:
    """Return whether a text is so short, by itself and beside the article, that it may be a wall or an error page."""
    return words < WALL and words < before * SHORTER


def choose(known: Sequence[Known], words: int, *, is_front: bool) -> tuple[Fate, Known]:
    """Choose among several known articles the one that decides what becomes of a page of so many words."""
    fates = [(one.fate(words, is_front=is_front), one) for one in known]
    return min(fates, key=lambda found: found[1].rank(found[0]))
