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
from pipeline.verdict.nearness import (
    CONTAINED,
    Likeness,
    has_other_news,
    is_same,
    says_another_thing,
    tells_another_story,
    without_common,
)

KIN = 0.25  # containment of two states of one article, apart from the passages that many articles have
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
    def rest(self) -> Likeness | None:
        """How the texts compare without the passages that many articles have; None if nothing is left of one only."""
        return None if self.like is None else without_common(self.like)

    @property
    def is_kin(self) -> bool:
        """Whether the two texts are states of one article."""
        like, rest = self.like, self.rest
        if like is None:
            return False
        if rest is None:  # notices that news were added to, not the other way round
            return like.containment >= SHORTER and not self.is_hollow
        if has_other_news(rest):
            return False
        if rest.containment >= KIN:
            return True
        places = like.figures + like.names  # those of notices agree too, so they count only where none is known
        return rest is like and places.agreeing >= AGREEING and places.agreeing > places.differing

    @property
    def is_hollow(self) -> bool:
        """Whether the page has no text but notices of the article, and the article has more.

        A text that is not shorter and lacks no passage of the article has lost nothing: what is left of two versions of
        a template differs only by the error of the estimates.
        """
        like = self.like
        if like is None or like.passages is None or self.rest is not None:
            return False
        if like.shingles >= like.known_shingles and not like.passages.known.apart:
            return False
        left = like.shingles * (1 - like.passages.new.common)
        return left < like.known_shingles * (1 - like.passages.known.common) and like.containment >= SHORTER

    def ratio(self, before: int, words: int) -> float:
        """Return how long the page's text is beside the article's; notices do not count."""
        rest, plain = self.rest, words / max(1, before)
        if rest is None or rest is self.like or rest.passages is None or self.like is None:
            return plain
        # Pages mostly have the same notices, then words tell the difference; or they have not, then the rests do.
        news = max(1.0, before * rest.known_shingles / max(1, self.like.known_shingles))
        low, high = sorted((1 + (words - before) / news, rest.shingles / max(1, rest.known_shingles)))
        return low if low > 1 else min(high, 1.0)

    def fate(self, words: int, *, is_front: bool) -> Fate:
        """Return what becomes of a page with so many words; `is_front` tells that it is a front page."""
        before = words if self.claim.words is None else self.claim.words
        match self.link:
            case Link.SAME:
                return _of_same(self, before, words, is_front=is_front)
            case Link.OWN:
                return _of_own(self, before, words)
            case Link.NAMED:
                return _of_named(self, before, words)
            case Link.COPY:
                is_wall = self.like is not None and not self.is_kin and _is_wall(before, words)
                return Fate.REFUSED if is_wall else Fate.OTHER

    def rank(self, fate: Fate) -> tuple[int, float]:
        """Return the sort key among several known articles: texts first, then the most cautious fate."""
        rest = self.rest
        if rest is not None and self.is_kin and fate in {Fate.REVISION, Fate.COPY, Fate.PART}:
            return 0, -rest.containment
        return (Fate.REFUSED, Fate.REVISION, Fate.COPY, Fate.PART, Fate.OTHER).index(fate) + 1, 0.0


def _of_same(known: Known, before: int, words: int, *, is_front: bool) -> Fate:
    if _is_part(known, before, words):
        return Fate.PART
    if _is_wall(before, words):
        return Fate.REFUSED
    may_change = known.like is None or known.is_kin or before < FLASH or is_front
    return Fate.REVISION if may_change else Fate.OTHER


def _of_own(known: Known, before: int, words: int) -> Fate:
    if _is_part(known, before, words):
        return Fate.COPY
    return Fate.REVISION if known.is_kin else Fate.OTHER


def _of_named(known: Known, before: int, words: int) -> Fate:
    like, rest = known.like, known.rest
    if like is None:
        return Fate.OTHER
    if is_same(like) or known.is_hollow:
        return Fate.COPY
    if rest is None or rest.containment < CONTAINED or says_another_thing(like) or tells_another_story(rest):
        return Fate.OTHER
    ratio = known.ratio(before, words)
    if ratio < CUT:
        return Fate.COPY
    return Fate.REVISION if ratio >= LONGER else Fate.OTHER


def _is_part(known: Known, before: int, words: int) -> bool:
    """Return whether a text is a part of the article and adds nothing."""
    rest = known.rest
    if known.is_hollow:
        return True
    if rest is None or not known.is_kin:
        return False
    ratio = known.ratio(before, words)
    if ratio < SHORTER:
        return rest.containment >= SHORTER
    return ratio < CUT and rest.containment >= WHOLLY


def _is_wall(before: int, words: int) -> bool:
    """Return whether a text is so short, by itself and beside the article, that it may be a wall or an error page."""
    return words < WALL and words < before * SHORTER


def choose(known: Sequence[Known], words: int, *, is_front: bool) -> tuple[Fate, Known]:
    """Choose among several known articles the one that decides what becomes of a page of so many words."""
    fates = [(one.fate(words, is_front=is_front), one) for one in known]
    return min(fates, key=lambda found: found[1].rank(found[0]))
