"""Tells in some twenty microseconds that a text cannot be a page that stands in for an article, as nine in ten are not.

It looks at the beginnings of the first words alone; what passes is read in full.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, groupby, islice
from operator import itemgetter
from typing import Final

from pipeline.document.page_type.lexicon import STEMS, Concept, spellings
from pipeline.text.casefold import folded

BEGINNING = 4  # letters
CHARACTERS, WORDS = 400, 50  # of a text that are looked at
DENSE_CHARACTERS, DENSE_ENTRIES = 300, 7
# The share of the first words that name a concept: .4 to .9 on such pages, and .4 in 5 % of short articles. In long
# texts, words without content do not count: 1 % of long articles have .55.
SHARE, SHARE_OF_LONG = 0.4, 0.55
LONG: Final = 900  # characters
DECLARED: Final = 1_600  # characters: a longer text of a page that has signs of an article is not examined
SHORT: Final = 240  # characters: a shorter text is always examined
_COMMON: Final = frozenset({Concept.SMALL, Concept.REPORT, Concept.HOW})
_MARKS: Final = ".,:;!?،؛؟«»„“”\"'()¿¡"


def _entries() -> Iterator[str]:
    for concept in STEMS:
        if concept not in _COMMON:
            yield from _words_of(concept)


def _words_of(concept: Concept) -> Iterator[str]:
    for text in STEMS[concept]:
        for entry in text.split(","):
            yield from spellings(entry.strip())


def _by_first(entries: Iterable[str]) -> dict[str, tuple[str, ...]]:
    ordered = sorted(entries)
    return {first: tuple(group) for first, group in groupby(ordered, key=itemgetter(0))}


# The entries of scripts without spaces, by their first characters.
_DENSE: Final = _by_first({entry for entry in _entries() if any(letter > "\u3000" for letter in entry)})
_BEGINNINGS: Final = frozenset(
    word.casefold().replace("ё", "е")[:BEGINNING] for entry in _entries() for word in entry.rstrip("*").split()
)
_EMPTY: Final = frozenset(word.casefold().replace("ё", "е") for word in _words_of(Concept.SMALL))


def may_be(lines: Sequence[str], *, declared: bool) -> bool:
    """Return whether lines of text may be a page that stands in for an article.

    `declared` says whether the page has signs of an article.
    """
    characters = sum(map(len, lines))
    if characters <= SHORT:
        return True
    if declared and characters > DECLARED:
        return False
    long = characters > LONG
    text = " ".join(islice(lines, 20))[:CHARACTERS]
    words = [word.strip(_MARKS) for word in folded(text).replace("ё", "е").split()[:WORDS]]
    others = [word for word in words if word[:BEGINNING] not in _BEGINNINGS]
    named = len(words) - len(others)
    if long and named >= SHARE_OF_LONG * (named + sum(word not in _EMPTY for word in others)):
        return True
    if not long and named >= SHARE * len(words):
        return True
    if not any(letter > "\u3000" for letter in text[:20]):
        return False
    beginning = text[:DENSE_CHARACTERS]
    entries = chain.from_iterable(_DENSE.get(letter, ()) for letter in set(beginning))
    return sum(entry in beginning for entry in entries) >= DENSE_ENTRIES


__all__ = ["may_be"]
