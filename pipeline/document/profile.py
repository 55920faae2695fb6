"""The profile of a host: for each line, the number of the host's distinct articles that kept it after cleaning.

A profile is a value: `learn` returns the next one. It contains no time and no page. `recurring.py` makes lessons from
documents, and applies profiles to them.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from hashlib import blake2b
from itertools import pairwise
from operator import itemgetter
from zlib import crc32

import numpy as np

from pipeline import native
from pipeline.records.profile import LINES, RECENT, SKETCH, Counted, Profile, Sketch
from pipeline.text.normalise import normalised

SAME = 0.6  # the similarity from which on two articles are the same; see `alike`
FEWEST = 5  # hashes that can be compared: an article may grow to six times its first length
HALVED_AT = 64  # articles: all counts are then halved, so that older articles lose weight
SAMPLED_FROM = 64  # versions: from then on the profile learns from one page in SAMPLED only
SAMPLED = 4
SKETCHED = 5000  # words

_FIGURES = re.compile(r"\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """The lesson of one cleaned page about its host."""

    host: str
    page_id: str
    keys: tuple[int, ...]  # the keys of its article's lines, in order; 0 for a line without a word
    affixes: tuple[int, int] = (
        0,
        0,
    )  # the keys of what may be the site's name before and after its headline; 0 for none
    sketch: tuple[int, ...]  # the sketch of its article, which copies of the article have mostly in common


@dataclass(frozen=True, slots=True)
class Familiarity:
    """How often a line occurs on its host, not counting this page's own article."""

    share: float  # the share of the host's distinct articles
    support: int  # the number of articles


UNFAMILIAR = Familiarity(0.0, 0)


def key_of(line: str) -> int:
    """Return the hash of a line's words and numbers: a bulletin with a new exchange rate is a different line."""
    return key_of_normal(normalised(line))


def key_of_affix(affix: str) -> int:
    """Return the hash of the end of a headline, apart from that of a line with the same words; 0 if it has no word."""
    normal = normalised(affix)
    return key_of_normal(f"title: {normal}") if normal else 0


def key_of_normal(normal: str) -> int:
    """Return the hash of a normalized line; 0 if it has no word."""
    if not normal:
        return 0
    text = normal.encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big") >> 11


def sketch_of(normal_lines: Sequence[str]) -> tuple[int, ...]:
    """Return the lowest hashes of the pairs of words of normalized lines.

    All numbers count as one, so daily bulletins are one article.
    """
    if native.COMPILED:
        lowest = np.empty(SKETCH, np.uint32)
        count = native.text.sketch(list(normal_lines), SKETCHED, lowest)
        return tuple(lowest[:count].tolist())
    in_words = " ".join(filter(None, normal_lines)).split(" ")[:SKETCHED]
    folded = _FIGURES.sub("0", " ".join(in_words)).encode("utf-8", "surrogatepass")
    return tuple(sorted({crc32(b, crc32(a + b" ")) for a, b in pairwise(folded.split(b" "))})[:SKETCH])


def alike(one: Sequence[int], other: Sequence[int]) -> float:
    """Estimate the share of the shorter of two articles that is in the other: 1.0 for an article that has only grown.

    Both sketches are complete up to the lower of their two highest hashes, so they are compared up to there. A sketch
    that is not full is complete everywhere.
    """
    top = min((sketch[-1] for sketch in (one, other) if len(sketch) == SKETCH), default=1 << 32)
    a, b = ({each for each in sketch if each <= top} for sketch in (one, other))
    smaller = min(len(a), len(b))
    return len(a & b) / smaller if smaller >= FEWEST else 0.0


def _same_article(profile: Profile, sketch: Sequence[int]) -> int | None:
    """Return the index of the recent article that the sketch is a copy of, None if there is none."""
    own = set(sketch)
    likeness = {
        index: alike(sketch, recent)
        for index, recent in enumerate(profile.recent)
        if len(own.intersection(recent)) >= SAME * FEWEST  # skips the comparison with nearly all
    }
    best = max(likeness, key=likeness.__getitem__, default=None)
    return best if best is not None and likeness[best] >= SAME else None


def familiar(profile: Profile, lesson: Lesson) -> list[Familiarity]:
    """Return for each line of a page how often it occurs on the host, not counting this page's own article."""
    return _familiar(profile, lesson, lesson.keys)


def familiar_ends(profile: Profile, lesson: Lesson) -> list[Familiarity]:
    """Return for both ends of a page's headline how often they are those of another article of the host."""
    return _familiar(profile, lesson, lesson.affixes)


def _familiar(profile: Profile, lesson: Lesson, keys: Sequence[int]) -> list[Familiarity]:
    own = int(_same_article(profile, lesson.sketch) is not None)
    articles = profile.articles - own
    if articles < 1:
        return [UNFAMILIAR] * len(keys)
    counts = {key: count - own for key, count, _ in profile.lines}
    supports = [max(0, counts.get(key, 0)) for key in keys]
    return [Familiarity(min(1.0, each / articles), each) if each else UNFAMILIAR for each in supports]


def learn(profile: Profile, lesson: Lesson) -> Profile:
    """Return the next profile; the same one if the page is not in the sample or its article is known already.

    A refetched page, an update and a mirror under another URL are recognized by their sketch, while it is among the
    recent ones. After that an article counts again, but at most once in RECENT articles, a share of 3 %.
    """
    if profile.version >= SAMPLED_FROM and int(lesson.page_id[:8], 16) % SAMPLED:
        return profile
    version = profile.version + 1
    known = _same_article(profile, lesson.sketch)
    if known is not None:
        soon_forgotten = len(profile.recent) == RECENT and known < RECENT // 2
        if profile.recent[known] == lesson.sketch and not soon_forgotten:
            return profile
        others = profile.recent[:known] + profile.recent[known + 1 :]
        return _profile(version, profile.articles, profile.lines, (*others, lesson.sketch))
    articles, found = profile.articles + 1, _counted(profile.lines, {*lesson.keys, *lesson.affixes} - {0}, version)
    if articles >= HALVED_AT:
        articles, found = articles // 2, [(key, count // 2, seen) for key, count, seen in found if count > 1]
        found.sort(key=itemgetter(0))
        found.sort(key=itemgetter(1, 2), reverse=True)  # the order of equals stays
    return _profile(version, articles, found[:LINES], (*profile.recent, lesson.sketch))


def _counted(lines: Sequence[Counted], keys: AbstractSet[int], version: int) -> list[Counted]:
    """Count an article's lines. Lines are sorted by their count and version, the highest first, then by their key.

    The article's lines have the highest version. So each goes before all others with its new count.
    """
    others = [line for line in lines if line[0] not in keys]
    known = {line[0]: line[1] for line in lines if line[0] in keys} if len(others) < len(lines) else {}
    by_count: dict[int, list[Counted]] = {}
    for key in sorted(keys):
        count = known.get(key, 0) + 1
        by_count.setdefault(count, []).append((key, count, version))
    for count, ours in by_count.items():
        at = bisect_left(others, -count, key=_descending)
        others[at:at] = ours
    return others


def _descending(line: Counted) -> int:
    return -line[1]


def _profile(version: int, articles: int, lines: Sequence[Counted], recent: Sequence[Sketch]) -> Profile:
    return Profile(version=version, articles=articles, lines=tuple(lines), recent=tuple(recent[-RECENT:]))
