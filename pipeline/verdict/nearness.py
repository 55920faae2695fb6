"""When two texts that are not equal are the same article nevertheless: a rule over estimates, and nothing kept here.

A copy may be cut, lengthened by what stands around it, or edited in places. Another day's bulletin repeats the
sentences and says something else: there the figures or the names differ, and that is most of what differs.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.text.figures import Compared

# Two texts of about a length share most of their words, or the smaller one lies in the larger. Of the larger it may be
# a fifth; but a longer text that holds a short one has more to say than a flash or a teaser did, and is no copy.
CONTAINED = 0.64  # of the shingles of the smaller text; 4 words in 100 changed leave .88 of them, 35 in 100 .3
JACCARD = 0.36
WHOLLY = 0.74  # contained: from here on less of the larger text will do
LEAST_JACCARD = 0.2
TEASER, TEASER_JACCARD = 200, 0.3  # shingles of the short text, and how much of the longer one it is at most
RELATED = 0.5  # contained: a copy of a copy, in the article itself
SHORT = 48  # shingles: about 50 words, of which a sentence in common is a large part
SHORT_CONTAINED = 0.8
SHORT_JACCARD = 0.7
SOME, MORE = 2, 3  # places that differ: one may be a misprint that was corrected
LONG = 300  # shingles: from here on it takes more of them
BRIEF = 150  # shingles: there one place is enough, where none agrees
ONLY = 0.88  # Jaccard coefficient from which a single figure or name is most of what differs


@dataclass(frozen=True, slots=True)
class Likeness:
    """What is known of two texts, by their fingerprints."""

    jaccard: float
    containment: float  # of the smaller one
    shingles: int  # of the new text
    known_shingles: int  # of the earlier one
    figures: Compared
    names: Compared

    @property
    def excerpt(self) -> bool:
        """The new text is the smaller one."""
        return self.shingles <= self.known_shingles


def shares_enough(like: Likeness) -> bool:
    """Say whether the words of two texts are those of one article."""
    if min(like.shingles, like.known_shingles) < SHORT:
        return like.jaccard >= SHORT_JACCARD and like.containment >= SHORT_CONTAINED
    if like.jaccard >= JACCARD:
        return like.containment >= CONTAINED
    teaser = not like.excerpt and like.known_shingles < TEASER and like.jaccard < TEASER_JACCARD
    return like.jaccard >= LEAST_JACCARD and like.containment >= WHOLLY and not teaser


def says_another_thing(like: Likeness) -> bool:
    """Say whether the same words are said with other figures or names, as a bulletin does from day to day."""
    both = like.figures + like.names
    places = (like.figures, like.names, both)
    smaller = min(like.shingles, like.known_shingles)
    enough = SOME if smaller < LONG else MORE
    if any(found.differing >= enough and found.differing > found.agreeing for found in places):
        return True
    if smaller < SHORT:
        return both.differing > 0
    if smaller < BRIEF and any(found.differing > 0 and not found.agreeing for found in places):
        return True
    return like.jaccard >= ONLY and any(0 < found.differing >= found.agreeing for found in places)


def is_related(like: Likeness) -> bool:
    """Say whether a copy of a copy is still near enough to the article itself."""
    return like.containment >= RELATED and not says_another_thing(like)


def is_same(like: Likeness) -> bool:
    """Say whether two texts are one article."""
    return shares_enough(like) and not says_another_thing(like)
