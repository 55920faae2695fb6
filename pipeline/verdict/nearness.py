"""The rule that decides whether two different texts are the same article. It works on estimates and keeps no state.

A copy may be shortened, lengthened by text around it, or edited in places. The next day's bulletin repeats the
sentences with other facts. There, most of the differences are figures or names. Different news of one outlet may
share a notice that is longer than the news: there, the passages that speak of the headline differ.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from pipeline.text.figures import Compared
from pipeline.text.fingerprint import FEWEST
from pipeline.verdict.passages import Passages, Side

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
REST_JACCARD = 0.5  # the same for what is left without common passages
SOME, MORE = 2, 3  # figures or names that must differ: a single one may be a corrected misprint
LONG = 300  # shingles: from this length on, MORE must differ
BRIEF = 150  # shingles: below this length, one difference is enough if nothing agrees
ONLY = 0.88  # Jaccard coefficient from which a single figure or name makes up most of the difference
COMMON = 0.05  # share of a text that many articles have: less is noise
TEMPLATE, REWRITTEN = 200, 0.2  # shingles of a template, and the share of it that is filled in
UNTOUCHED = 0.87  # share of the words of its other passages that are the same
OWN = 6  # shingles that each text must have of its own, or the texts do not tell different things
OWN_BEGIN, OWN_SHARE = 12, 0.1  # the same where no headline tells which passages are the news
OWN_HERE = 0.15  # share of own passages from which on two pages of one host tell different things
NOTICES = (
    250  # shingles: as much or more that two texts share is no notice, as long as other articles have not shown it
)
NEWS = 12  # shingles that two texts must share if little else is the same in them
NEWS_SHARE = 0.12
SAME_WORDS = 0.85  # share of the words of shared passages that are the same if no fact was changed in them
CORRECTED = 4  # how many facts must agree for each one that differs in a text that is otherwise the same
CLOSE, CLOSE_REST = 0.7, 0.5  # share of the words of a passage that must be the same then; of what is left, fewer
GROWN = 4.0  # how many times as long as the shared news one text's own passages may be


@dataclass(frozen=True, slots=True)
class Likeness:
    """The comparison of a new text with an earlier one, estimated from their fingerprints."""

    jaccard: float
    containment: float  # share of the smaller text that the larger one contains
    shingles: int  # of the new text
    known_shingles: int  # of the earlier text
    figures: Compared
    names: Compared
    passages: Passages | None = None  # None if one of the texts has no outline

    @property
    def excerpt(self) -> bool:
        """Whether the new text is the smaller one."""
        return self.shingles <= self.known_shingles

    @property
    def own(self) -> tuple[float, float]:
        """The shingles in passages that are the new text's own, and in those that are the earlier text's own."""
        if self.passages is None:
            return 0.0, 0.0
        return self.passages.new.own * self.shingles, self.passages.known.own * self.known_shingles


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
    if _stands_in_different_notices(like):
        return both.differing > 2 * both.agreeing + 1
    places = (like.figures, like.names, both)
    smaller = min(like.shingles, like.known_shingles)
    enough = SOME if smaller < LONG else MORE
    if any(compared.differing >= enough and compared.differing > compared.agreeing for compared in places):
        return True
    if smaller < SHORT:
        return both.differing > 0
    if smaller < BRIEF and any(compared.differing > 0 and not compared.agreeing for compared in places):
        return True
    if smaller >= BRIEF and both.agreeing >= CORRECTED * both.differing:
        return False  # prose in which one of many facts was corrected
    return like.jaccard >= ONLY and any(0 < compared.differing >= compared.agreeing for compared in places)


def _stands_in_different_notices(like: Likeness) -> bool:
    """Return whether two texts share passages word by word, and each has others: its figures and names may be there."""
    if like.passages is None:
        return False
    new, known = like.passages.new, like.passages.known
    return min(new.apart, known.apart) >= OWN_SHARE and min(new.closeness, known.closeness) >= SAME_WORDS


def is_related(like: Likeness) -> bool:
    """Return whether a copy of a copy is still similar enough to the article's own text."""
    rest = without_common(like)
    if rest is None or says_another_thing(like):
        return False
    near = rest.containment >= RELATED and not tells_another_story(rest)
    return near or tells_the_same_news(rest, reduced=rest is not like)


def is_same(like: Likeness) -> bool:
    """Return whether two texts are one article."""
    rest = without_common(like)
    if rest is None or says_another_thing(like):
        return False
    if shares_enough(rest) or (rest is not like and _shares_the_rest(rest)):
        return not tells_another_story(rest)
    return tells_the_same_news(rest, reduced=rest is not like)


def may_be_same(like: Likeness) -> bool:
    """Return whether two texts may be one article if more of the earlier one's own passages are notices."""
    rest = without_common(like)
    if rest is None or rest.passages is None or rest.own[1] < OWN:
        return False
    return rest.passages.new.shared >= CLOSE_REST and rest.passages.known.closeness >= CLOSE_REST


def _shares_the_rest(rest: Likeness) -> bool:
    """Return whether what is left of two texts is the same; of a few bins the estimates are rough."""
    return rest.jaccard >= REST_JACCARD and rest.containment >= SHORT_CONTAINED


def without_common(like: Likeness) -> Likeness | None:
    """Return the comparison of what is left of two texts without the passages that many articles have.

    None if nothing is left of one text only: a notice with a line of news above it is no copy of other news.
    """
    if like.passages is None or max(like.passages.new.common, like.passages.known.common) < COMMON:
        return like
    new, known = like.passages.new, like.passages.known
    left, known_left = like.shingles * (1 - new.common), like.known_shingles * (1 - known.common)
    smaller = min(left, known_left)
    if smaller < FEWEST:
        return like if max(left, known_left) < FEWEST else None
    shared = min(smaller, (new.shared * like.shingles + known.shared * like.known_shingles) / 2)
    return replace(
        like,
        jaccard=shared / (left + known_left - shared),
        containment=shared / smaller,
        shingles=round(left),
        known_shingles=round(known_left),
        passages=Passages(_scaled(new), _scaled(known)),
    )


def _scaled(side: Side) -> Side:
    left = 1 - side.common
    return replace(side, own=min(1.0, side.own / left), shared=min(1.0, side.shared / left), common=0.0)


def tells_another_story(like: Likeness) -> bool:
    """Return whether each text has passages of its own that are its news, and what they share is no news.

    News is what the headline is about. Without a headline it is what the text begins with. On one host, short texts
    that differ in one place and are the same in the rest are filled in from one template.
    """
    if like.passages is None:
        return False
    new, known = like.passages.new, like.passages.known
    if like.passages.same_host and min(like.shingles, like.known_shingles) < TEMPLATE:
        filled_in = min(new.changed, known.changed) >= REWRITTEN and min(new.kept, known.kept) >= UNTOUCHED
        if filled_in:
            return True
    if min(like.own) < OWN:
        return False
    telling = _telling(new) + _telling(known)
    if telling:
        return telling < 0
    if min(new.own, known.own) < OWN_SHARE or min(like.own) < OWN_BEGIN:
        return False
    return (new.begins_own and known.begins_own) or (like.passages.same_host and min(new.own, known.own) >= OWN_HERE)


def has_other_news(like: Likeness) -> bool:
    """Return whether the headlines show that each text has its news in its own passages.

    It is what counts between two texts at one URL, where an edited text differs in one place too. A begin that was
    rewritten above a long text is an edit, because what is shared is too long for notices.
    """
    if like.passages is None or min(like.own) < OWN:
        return False
    new, known = like.passages.new, like.passages.known
    if min(new.shared * like.shingles, known.shared * like.known_shingles) >= NOTICES:
        return False
    return _telling(new) + _telling(known) < 0


def _telling(side: Side) -> int:
    """Return 1 if what a text shares is about its headline, -1 if its own passages are, and 0 if that is uncertain."""
    if side.stems < 2:
        return 0
    if side.told_own > side.told_shared and side.told_shared <= max(1, side.stems // 4):
        return -1
    return int(side.told_shared >= max(2, side.told_own, side.stems // 2))


def tells_the_same_news(like: Likeness, *, reduced: bool) -> bool:
    """Return whether what two texts share is all their news, however long the notices around it are.

    `reduced` says that the passages that many articles have were left out.
    """
    if like.passages is None:
        return False
    new, known = like.passages.new, like.passages.known
    shared = new.shared * like.shingles, known.shared * like.known_shingles
    if min(shared) < NEWS or min(new.shared, known.shared) < NEWS_SHARE or says_another_thing(like):
        return False
    close = CLOSE_REST if reduced else CLOSE
    if min(new.closeness, known.closeness) < close or max(like.own) > GROWN * min(shared):
        return False
    return all((reduced and own < OWN) or _is_all(side) for side, own in zip((new, known), like.own, strict=True))


def _is_all(side: Side) -> bool:
    """Return whether a text's headline speaks of what it shares, and of nothing in its own passages."""
    return side.told_shared >= 2 and side.told_own <= side.told_shared // 2
