"""The rule that decides whether two different texts are the same article. It works on estimates and keeps no state.

A copy may be shortened, lengthened by text around it, or edited in places. The next day's bulletin repeats the
sentences with other facts. There, most of the differences are figures or names.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.text.figures import Compared

# Either two texts of similar length share most of their words, or the larger text contains the smaller one, which may
# be only a fifth of it. A long text that contains a news flash or a teaser reports more than that, so it is no copy.
CONTAINED = 0.64  # share of the smaller text's shingles; 4 changed words in 100 leave .88, 35 in 100 leave .3
JACCARD = 0.36
WHOLLY = 0.74  # containment from which LEAST_JACCARD is enough
LEAST_JACCARD = 0.2
TEASER, TEASER_JACCARD = 200, 0.3  # a teaser has fewer shingles and a smaller Jaccard coefficient than these
RELATED = 0.5  # containment of a copy of a copy in the article's own text
SHORT = 48  # shingles: about 50 words, of which one shared sentence is a large part
SHORT_CONTAINED = 0.8
SHORT_JACCARD = 0.7
SOME, MORE = 2, 3  # figures or names that must differ: a single one may be a corrected misprint
LONG = 300  # shingles: from this length on, MORE must differ
BRIEF = 150  # shingles: below this length, one difference is enough if nothing agrees
ONLY = 0.88  # Jaccard coefficient from which a single figure or name makes up most of the difference


@dataclass(frozen=True, slots=True)
class Likeness:
    """The comparison of a new text with an earlier one, estimated from their fingerprints."""

    jaccard: float
    containment: float  # share of the smaller text that the larger one contains
    shingles: int  # of the new text
    known_shingles: int  # of the earlier text
    figures: Compared
    names: Compared

    @property
    def excerpt(self) -> bool:
        """Whether the new text is the smaller one."""
        return self.shingles <= self.known_shingles


def shares_enough(like: Likeness) -> bool:
    """Return whether two texts share enough words to be one article."""
    if min(like.shingles, like.known_shingles) < SHORT:
        return like.jaccard >= SHORT_JACCARD and like.containment >= SHORT_CONTAINED
    if like.jaccard >= JACCARD:
        return like.containment >= CONTAINED
    teaser = not like.excerpt and like.known_shingles < TEASER and like.jaccard < TEASER_JACCARD
    return like.jaccard >= LEAST_JACCARD and like.containment >= WHOLLY and not teaser


def says_another_thing(like: Likeness) -> bool:
    """Return whether two texts share their words but differ in figures or names, as daily bulletins do."""
    both = like.figures + like.names
    places = (like.figures, like.names, both)
    smaller = min(like.shingles, like.known_shingles)
    enough = SOME if smaller < LONG else MORE
    if any(compared.differing >= enough and compared.differing > compared.agreeing for compared in places):
        return True
    if smaller < SHORT:
        return both.differing > 0
    if smaller < BRIEF and any(compared.differing > 0 and not compared.agreeing for compared in places):
        return True
    return like.jaccard >= ONLY and any(0 < compared.differing >= compared.agreeing for compared in places)


def is_related(like: Likeness) -> bool:
    """Return whether a copy of a copy is still similar enough to the article's own text."""
    return like.containment >= RELATED and not says_another_thing(like)


def is_same(like: Likeness) -> bool:
    """Return whether two texts are one article."""
    return shares_enough(like) and not says_another_thing(like)
