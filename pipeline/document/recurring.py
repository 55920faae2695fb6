"""Makes lessons from documents, and removes lines that a host repeats: a notice, an appeal, a menu.

The rule uses the shares from `profile.py` and keeps no state. A doubtful line stays.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from pipeline.document.blocks.block import count_words
from pipeline.document.metadata.titles import affixes, without_affix
from pipeline.document.profile import (
    Familiarity,
    Lesson,
    familiar,
    familiar_ends,
    key_of,
    key_of_affix,
    key_of_normal,
    sketch_of,
)
from pipeline.records.document import Document, Removed
from pipeline.records.profile import SKETCH, Profile
from pipeline.records.url import host_of
from pipeline.text.fingerprint import hash_of, sketches_of
from pipeline.text.normalise import count_normalised, normal_lines, normalised

RULE = "host-profile"
LONGEST = 1000  # lines: a page that keeps more is no usual article
LARGEST = 200_000  # characters: the same
SUPPORT = 3  # distinct articles: two may report the same event with the same background paragraph
# The share of the host's articles from which on a line is removed, by the line's length. Headings and sentences such as
# "Никто не пострадал." recur in true articles. A background paragraph is in all articles of its story, not of its host.
LONG_WORDS, LONG = 12, 0.25
MEDIUM = 0.3
SHORT_WORDS, SHORT_SENTENCE_WORDS, SHORT = 4, 7, 0.5
# Such lines may be more than a third of the page: a short report below a long notice.
CERTAIN_SHARE, CERTAIN_SUPPORT = 0.5, 8
LEFT_WORDS = 12  # the fewest words of the article that must be left
_CLOSERS = "'\"»”’“)]）」』』 "
_STOPS = ".!?…。！？"


def lesson_of(document: Document) -> Lesson | None:
    """Return a document's lesson; None if its URL has no host, or if the article is too short or too long."""
    host = host_of(document.url)
    lines = document.article_body.split("\n")
    if not host or len(lines) > LONGEST or len(document.article_body) > LARGEST:
        return None
    normal = normal_lines(document.article_body)
    sketch = sketch_of(normal)
    if len(sketch) < SKETCH // 2:  # too short to be known again
        return None
    keys = tuple(map(key_of_normal, normal))
    before, after = map(key_of_affix, affixes(document.headline or ""))
    return Lesson(host=host, page_id=document.provenance.page_id, keys=keys, affixes=(before, after), sketch=sketch)


@dataclass(frozen=True, slots=True)
class _Line:
    words: int
    closed: bool
    known: Familiarity
    headline: bool

    @property
    def short(self) -> bool:
        return self.words <= SHORT_WORDS or (self.closed and self.words <= SHORT_SENTENCE_WORDS)

    @property
    def recurs(self) -> bool:
        least = SHORT if self.short else LONG if self.words >= LONG_WORDS else MEDIUM
        return not self.headline and self.known.support >= SUPPORT and self.known.share >= least

    @property
    def certain(self) -> bool:
        return self.known.support >= CERTAIN_SUPPORT and self.known.share >= CERTAIN_SHARE


def may_recur(profile: Profile, lesson: Lesson) -> bool:
    """Return whether `can_recur` may be true of an article; False for most articles, at a fraction of the cost.

    The article's own count is in these figures, so they are never lower. A profile has the most frequent lines first.
    """
    keys = frozenset((*lesson.keys, *lesson.affixes))
    for key, count, _ in profile.lines:
        if count < SUPPORT or count < LONG * profile.articles:
            return False
        if key in keys:
            return True
    return False


def can_recur(known: Sequence[Familiarity]) -> bool:
    """Return whether any line of an article may be removed, whatever its text; False for most articles."""
    return any(map(_can_recur, known))


def _can_recur(known: Familiarity) -> bool:
    return known.support >= SUPPORT and known.share >= LONG


def boilerplate_by_profile(
    lines: Sequence[str], lesson: Lesson, known: Sequence[Familiarity], *, headline: str | None = None
) -> frozenset[int]:
    """Return the indexes of the lines to remove from an article with this lesson.

    The headline stays, because other pages show it in their menus. If the lines are more than a third of the words,
    only certain ones are removed. If no article would be left, nothing is removed.
    """
    own = key_of(headline) if headline else -1
    measured = {
        index: _measured(line, each, headline=key == own)
        for index, (line, key, each) in enumerate(zip(lines, lesson.keys, known, strict=True))
        if _can_recur(each)
    }
    going = _going(measured, len(lines))
    if not going:
        return frozenset()
    leaving = sum(measured[index].words for index in going)
    left = _count(lines, going, most=max(2 * leaving, LEFT_WORDS))
    if left < 2 * leaving:
        certain = {index for index in going if measured[index].certain}
        left += sum(measured[index].words for index in going - certain)
        going = certain
    return frozenset(going) if left >= LEFT_WORDS else frozenset()


def _count(lines: Sequence[str], going: AbstractSet[int], *, most: int) -> int:
    """Count the words of the lines that stay, up to the line where there are `most` or more."""
    found = 0
    for index, line in enumerate(lines):
        if index not in going:
            found += count_words(line)
            if found >= most:
                break
    return found


def _measured(line: str, known: Familiarity, *, headline: bool) -> _Line:
    closed = line.rstrip(_CLOSERS)[-1:] in _STOPS
    return _Line(count_words(line), bool(line) and closed, known, headline)


def _going(lines: dict[int, _Line], count: int) -> set[int]:
    """Return the lines that recur, except short ones above a line that stays: "Справка" is the heading of a text.

    `lines` holds those that may recur by their index, in ascending order; the article has `count` lines.
    """
    going: set[int] = set()
    for index in reversed(lines):
        below_goes = index + 1 == count or index + 1 in going
        if lines[index].recurs and (below_goes or lines[index].words > SHORT_WORDS):
            going.add(index)
    return going


def without_recurring(
    document: Document, lesson: Lesson, profile: Profile, known: Sequence[Familiarity] | None = None
) -> Document:
    """Return a document without what its host repeats: lines of the article, and the site's name in the headline.

    The profile's version is in its provenance. `known` is `familiar(profile, lesson)`, where the caller has it already.
    """
    provenance = replace(document.provenance, profile=profile.version)
    lines = document.article_body.split("\n")
    known = familiar(profile, lesson) if known is None else known
    going = boilerplate_by_profile(lines, lesson, known, headline=document.headline)
    headline = _named_once(document.headline, familiar_ends(profile, lesson))
    document = replace(document, headline=headline, provenance=provenance)
    if not going:
        return document
    body = "\n".join(line for index, line in enumerate(lines) if index not in going)
    normal = normalised(body)
    fingerprint, outline = sketches_of(body, headline=document.headline, host=lesson.host)
    gone = Removed(rule=RULE, lines=len(going), characters=sum(len(lines[index]) for index in going))
    cleaning = replace(
        document.cleaning,
        kept_lines=max(0, document.cleaning.kept_lines - gone.lines),
        kept_characters=max(0, document.cleaning.kept_characters - gone.characters),
        removed=(*document.cleaning.removed, gone),
    )
    return replace(
        document,
        article_body=body,
        word_count=count_normalised(normal),
        text_hash=hash_of(normal),
        fingerprint=fingerprint,
        outline=outline,
        cleaning=cleaning,
    )


def _named_once(headline: str | None, known: Sequence[Familiarity]) -> str | None:
    """Return a headline without the ends that the headlines of a host have in common; whole if nothing is left."""
    if headline is None:
        return headline
    before, after = (each.support >= SUPPORT and each.share >= MEDIUM for each in known)
    return without_affix(headline, before=before, after=after) or headline
