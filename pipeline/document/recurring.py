"""What a document teaches about its host, and what goes from it because its host repeats it: a notice, a plea, a menu.

A rule over `profile.py`'s shares and nothing kept here; what is in doubt stays.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.document.blocks.block import count_words
from pipeline.document.profile import Familiarity, Lesson, familiar, key_of, key_of_words, sketch_of
from pipeline.records.document import Document, Removed
from pipeline.records.profile import SKETCH, Profile
from pipeline.records.url import host_of
from pipeline.text.fingerprint import fingerprint_of, hash_of
from pipeline.text.normalise import count_normalised, normalised, words

RULE = "host-profile"
LONGEST = 1000  # lines: a page that keeps more is no usual article
LARGEST = 200_000  # characters, likewise
SUPPORT = 3  # distinct articles; two may tell of the same event with the same paragraph of background
# The share of the host's articles from which a line goes, by its length. "Никто не пострадал." and a heading recur
# with no harm meant; a paragraph of background stands in all articles of its story, but not of its host.
LONG_WORDS, LONG = 12, 0.25
MEDIUM = 0.3
SHORT_WORDS, SHORT_SENTENCE_WORDS, SHORT = 4, 7, 0.5
CERTAIN_SHARE, CERTAIN_SUPPORT = 0.5, 8  # then it may be more than a third of the page: the brief under its notice
LEFT_WORDS = 12  # of the article, at least
_CLOSERS = "'\"»”’“)]）」』』 "
_STOPS = ".!?…。！？"


def lesson_of(document: Document) -> Lesson | None:
    """Say what a document teaches; None where its URL has no host, or its article is no usual one."""
    host = host_of(document.url)
    lines = document.article_body.split("\n")
    if not host or len(lines) > LONGEST or len(document.article_body) > LARGEST:
        return None
    in_words = [words(line) for line in lines]
    sketch = sketch_of([word for line in in_words for word in line])
    if len(sketch) < SKETCH // 2:  # too short to be known again
        return None
    keys = tuple(key_of_words(line) for line in in_words)
    return Lesson(host=host, page_id=document.provenance.page_id, keys=keys, sketch=sketch)


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


def boilerplate_by_profile(
    lines: Sequence[str], known: Sequence[Familiarity], *, headline: str | None = None
) -> frozenset[int]:
    """Choose the lines of an article that go, by index.

    Not the headline, which other pages show in their menus. Of more than a third of the words only what is certain.
    Nothing at all where no article would be left.
    """
    own = key_of(headline) if headline else -1
    measured = [_measured(line, each, own) for line, each in zip(lines, known, strict=True)]
    total = sum(line.words for line in measured)
    going = _going(measured)
    if _words(measured, going) * 3 > total:
        going = {index for index in going if measured[index].certain}
    return frozenset(going) if total - _words(measured, going) >= LEFT_WORDS else frozenset()


def _words(lines: Sequence[_Line], which: set[int]) -> int:
    return sum(lines[index].words for index in which)


def _measured(line: str, known: Familiarity, own: int) -> _Line:
    if known.support < SUPPORT:
        return _Line(count_words(line), False, known, False)
    closed = line.rstrip(_CLOSERS)[-1:] in _STOPS
    return _Line(count_words(line), bool(line) and closed, known, key_of(line) == own)


def _going(lines: Sequence[_Line]) -> set[int]:
    """Take what recurs, but no short line that heads one that stays: "Справка" has its text below it."""
    going: set[int] = set()
    below_goes = True
    for index in range(len(lines) - 1, -1, -1):
        below_goes = lines[index].recurs and (below_goes or lines[index].words > SHORT_WORDS)
        if below_goes:
            going.add(index)
    return going


def without_recurring(document: Document, lesson: Lesson, profile: Profile) -> Document:
    """Clean a document once more, by what is known of its host; its provenance gets the profile's version."""
    provenance = replace(document.provenance, profile=profile.version)
    lines = document.article_body.split("\n")
    going = boilerplate_by_profile(lines, familiar(profile, lesson), headline=document.headline)
    if not going:
        return replace(document, provenance=provenance)
    body = "\n".join(line for index, line in enumerate(lines) if index not in going)
    normal = normalised(body)
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
        fingerprint=fingerprint_of(body),
        cleaning=cleaning,
        provenance=provenance,
    )
