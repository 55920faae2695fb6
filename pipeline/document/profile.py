"""What a host's pages have in common: on how many of its distinct articles each line was kept by the cleaning.

A profile is a value: `learn` makes the next one of a lesson. No clock and no page is in it; what a page teaches, and
what follows for a page, is `recurring.py`'s.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import pairwise
from zlib import crc32

import numpy as np

from pipeline import native
from pipeline.records.profile import LINES, RECENT, SKETCH, Counted, Profile, Sketch
from pipeline.text.normalise import words

SAME = 0.6  # of the smaller sketch; see `alike`
FEWEST = 5  # hashes that say something: an article may be six times as long as the beginning it grew from
HALVED_AT = 64  # articles: the older half of what is known then weighs half
SAMPLED_FROM = 64  # versions: from then on only one page in SAMPLED teaches
SAMPLED = 4
SKETCHED = 5000  # words

_FIGURES = re.compile(r"\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What one cleaned page teaches about its host."""

    host: str
    page_id: str
    keys: tuple[int, ...]  # of the lines of its article, in order; 0 for one without a word
    sketch: tuple[int, ...]  # of its article: copies of it have much of that in common


@dataclass(frozen=True, slots=True)
class Familiarity:
    """How well a line is known on its host, this page's own article apart."""

    share: float  # of the host's distinct articles
    support: int  # articles


STRANGE = Familiarity(0.0, 0)


def key_of(line: str) -> int:
    """Hash a line by its words, figures included: a rate that is another today makes another line of a bulletin."""
    return key_of_words(words(line))


def key_of_words(in_words: Sequence[str]) -> int:
    """Hash a line whose words are at hand; 0 for one that has none."""
    if not in_words:
        return 0
    text = " ".join(in_words).encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big") >> 11


def sketch_of(in_words: Sequence[str]) -> tuple[int, ...]:
    """Take the lowest hashes of the pairs of words. All figures are one: the daily bulletins are one article."""
    folded = _FIGURES.sub("0", " ".join(in_words[:SKETCHED])).encode("utf-8", "surrogatepass")
    if native.COMPILED:
        hashes = np.empty(folded.count(b" "), np.uint32)
        native.text.hash_pairs(folded, hashes)
        lowest: list[int] = np.unique(hashes)[:SKETCH].tolist()
        return tuple(lowest)
    return tuple(sorted({crc32(b, crc32(a + b" ")) for a, b in pairwise(folded.split(b" "))})[:SKETCH])


def alike(one: Sequence[int], other: Sequence[int]) -> float:
    """Estimate how much of the shorter of two articles is in the other: 1.0 for an article that has only grown.

    Below the lower of the two highest hashes both sketches are whole, so there the sets can be compared; a sketch that
    is not full is whole everywhere.
    """
    top = min((sketch[-1] for sketch in (one, other) if len(sketch) == SKETCH), default=1 << 32)
    a, b = ({each for each in sketch if each <= top} for sketch in (one, other))
    smaller = min(len(a), len(b))
    return len(a & b) / smaller if smaller >= FEWEST else 0.0


def _known(profile: Profile, sketch: Sequence[int]) -> int | None:
    """Find the recent article that a sketch is a copy of."""
    own = set(sketch)
    likeness = {
        index: alike(sketch, recent)
        for index, recent in enumerate(profile.recent)
        if len(own.intersection(recent)) >= SAME * FEWEST  # spares the comparison with nearly all
    }
    best = max(likeness, key=likeness.__getitem__, default=None)
    return best if best is not None and likeness[best] >= SAME else None


def familiar(profile: Profile, lesson: Lesson) -> list[Familiarity]:
    """Say for each line of a page how well the host knows it, other than from this page's own article."""
    own = int(_known(profile, lesson.sketch) is not None)
    articles = profile.articles - own
    if articles < 1:
        return [STRANGE] * len(lesson.keys)
    counts = {key: count - own for key, count, _ in profile.lines}
    supports = [max(0, counts.get(key, 0)) for key in lesson.keys]
    return [Familiarity(min(1.0, support / articles), support) for support in supports]


def learn(profile: Profile, lesson: Lesson) -> Profile:
    """Make the next profile; the same one, where the page is not of the sample or its article is known already.

    A page fetched again, an update and a mirror under another URL are known by their sketch, as long as it is among the
    recent ones. One that comes again later counts again, but at most once in RECENT articles, a share of 3 %.
    """
    if profile.version >= SAMPLED_FROM and int(lesson.page_id[:8], 16) % SAMPLED:
        return profile
    version = profile.version + 1
    known = _known(profile, lesson.sketch)
    if known is not None:
        soon_forgotten = len(profile.recent) == RECENT and known < RECENT // 2
        if profile.recent[known] == lesson.sketch and not soon_forgotten:
            return profile
        others = profile.recent[:known] + profile.recent[known + 1 :]
        return _profile(version, profile.articles, profile.lines, (*others, lesson.sketch))
    lines = {key: (key, count, seen) for key, count, seen in profile.lines}
    for key in Counter(lesson.keys).keys() - {0}:
        lines[key] = (key, lines[key][1] + 1 if key in lines else 1, version)
    articles, found = profile.articles + 1, list(lines.values())
    if articles >= HALVED_AT:
        articles, found = articles // 2, [(key, count // 2, seen) for key, count, seen in found if count > 1]
    found.sort(key=lambda line: (-line[1], -line[2], line[0]))
    return _profile(version, articles, found[:LINES], (*profile.recent, lesson.sketch))


def _profile(version: int, articles: int, lines: Sequence[Counted], recent: Sequence[Sketch]) -> Profile:
    return Profile(version=version, articles=articles, lines=tuple(lines), recent=tuple(recent[-RECENT:]))
