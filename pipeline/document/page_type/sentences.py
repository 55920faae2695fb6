"""Reads a text as sentences of concepts, and says which kinds of pages each sentence speaks for.

A kind of page is recognized by concepts that meet in one sentence. A news story about the same matter has such
sentences as well, but not hardly anything else: `measure` returns the share of words in them.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from pipeline.document.page_type.lexicon import STEMS, Concept, spellings
from pipeline.records.reason import Reason

C = Concept
_DENSE: Final = "\u3000"  # an entry with a character from here on belongs to a script without spaces
MOST_WORDS = 400  # of a text that are read
LABEL = 3  # words: a piece without any concept that is not longer is an entry of a menu
_SENTENCES: Final = re.compile(r"[.!?…。！？;；\n]+(?=\s|[\u3000-\uffff]|$)|\n")
_TOKENS: Final = re.compile(r"[^\W_]+")
_STATUS: Final = frozenset({"400", "401", "402", "403", "404", "405", "408", "410", "429", "451"} | {
    "500", "501", "502", "503", "504", "520", "521", "522", "523", "524", "525", "526", "1020",
})  # fmt: skip

Masks = tuple[int, ...]  # one concept of each mask must be in the sentence


def _as_numbers(kinds: Mapping[Reason, tuple[tuple[Concept, ...], ...]]) -> dict[Reason, tuple[Masks, ...]]:
    """Return the bits of concepts: an operation on two members of an enumeration takes twenty times as long."""
    return {kind: tuple(tuple(mask.value for mask in masks) for masks in rows) for kind, rows in kinds.items()}


# The concepts that must meet in a sentence, with alternatives.
IN_SENTENCE: Final = _as_numbers({
    Reason.CONSENT_WALL: (
        (C.COOKIE, C.WE | C.YOU | C.AGREE | C.DATA | C.ADS | C.SITE), (C.AGREE, C.DATA | C.ADS, C.YOU | C.WE | C.SITE),
        (C.DATA, C.ADS, C.YOU | C.WE | C.SITE), (C.AGREE, C.YOU),
    ),
    Reason.BROWSER_CHECK: (
        (C.ROBOT, C.YOU | C.WE | C.VERIFY | C.HUMAN), (C.HUMAN, C.VERIFY), (C.BROWSER, C.VERIFY),
        (C.VERIFY, C.ACCESS | C.SITE | C.WAIT | C.CONTINUE, C.YOU | C.WE), (C.VERIFY, C.SITE, C.WAIT | C.ROBOT),
        (C.WAIT, C.BROWSER | C.PAGE | C.SITE, C.YOU),
    ),
    Reason.SCRIPT_ONLY: (
        (C.SCRIPT, C.ENABLE | C.NOT | C.YOU | C.BROWSER | C.SITE),
        (C.BROWSER, C.ENABLE | C.MISSING, C.YOU | C.NOT | C.SITE),
    ),
    Reason.LOG_IN: (
        (C.LOG_IN, C.PASSWORD | C.ACCOUNT | C.YOU | C.ACCESS | C.BACK | C.CONTINUE | C.READ_ON | C.SITE),
        (C.PASSWORD, C.BACK | C.YOU | C.ACCOUNT), (C.ACCOUNT, C.YOU | C.NOT | C.BACK),
    ),
    Reason.PAYWALL: (
        (C.SUBSCRIBE, C.READ_ON | C.PRICE | C.YOU | C.WE | C.ACCESS | C.LOG_IN | C.CONTINUE | C.PAGE),
        (C.PRICE, C.READ_ON | C.ACCESS | C.CONTINUE, C.YOU | C.WE | C.PAGE),
    ),
    Reason.MAINTENANCE: (
        (C.WORKS, C.SITE | C.WE | C.BRIEFLY | C.ACCESS), (C.BRIEFLY, C.SITE | C.WE, C.MISSING | C.NOT | C.BACK),
    ),
    Reason.PARKED_DOMAIN: ((C.DOMAIN, C.SALE | C.YOU | C.WE | C.MISSING | C.ERROR),),
    Reason.REGION_BLOCK: (
        (C.PLACE, C.NOT, C.FIND | C.ACCESS), (C.PLACE, C.MISSING | C.BARRED), (C.ACCESS | C.PAGE | C.SITE, C.BARRED),
        (C.BARRED, C.LAW), (C.LAW, C.ACCESS | C.MISSING, C.PAGE | C.SITE),
    ),
    Reason.ERROR_PAGE: (
        (C.PAGE | C.SITE, C.MISSING), (C.PAGE, C.NOT, C.FIND), (C.NOT, C.FIND, C.YOU | C.WE | C.ERROR | C.BACK),
        (C.ERROR, C.WE | C.YOU | C.BACK | C.PAGE | C.SITE | C.MISSING),
    ),
})  # fmt: skip
# The concepts of a title that consists of nothing else.
IN_TITLE: Final = _as_numbers({
    Reason.ERROR_PAGE: ((C.MISSING,), (C.NOT, C.FIND), (C.ERROR,)),
    Reason.CONSENT_WALL: ((C.COOKIE,), (C.DATA,), (C.AGREE,), (C.CONTINUE, C.YOU), (C.ADS, C.YOU | C.WE | C.CONTINUE)),
    Reason.BROWSER_CHECK: ((C.ROBOT,), (C.HUMAN,), (C.VERIFY,), (C.WAIT,), (C.BROWSER,), (C.ACCESS, C.BARRED)),
    Reason.SCRIPT_ONLY: ((C.SCRIPT,), (C.BROWSER, C.ENABLE | C.MISSING)),
    Reason.LOG_IN: ((C.LOG_IN,), (C.ACCOUNT,), (C.PASSWORD,)),
    Reason.PAYWALL: ((C.SUBSCRIBE,), (C.READ_ON, C.CONTINUE | C.PRICE | C.YOU)),
    Reason.MAINTENANCE: ((C.WORKS,), (C.BRIEFLY,)),
    Reason.PARKED_DOMAIN: ((C.DOMAIN,),),
    Reason.REGION_BLOCK: ((C.BARRED,), (C.PLACE,), (C.LAW, C.MISSING | C.ACCESS)),
})  # fmt: skip


def _entries() -> tuple[dict[str, int], dict[str, int], tuple[tuple[str, int], ...], tuple[tuple[str, int], ...]]:
    whole, begins, runs, dense = (defaultdict[str, int](int) for _ in range(4))
    for concept, lists in STEMS.items():
        for entry in (form for text in lists for one in text.split(",") for form in spellings(one.strip())):
            if not entry:
                continue
            if entry >= _DENSE or any(letter > _DENSE for letter in entry):
                dense[entry] |= concept.value
            elif " " in entry:
                runs[" " + _folded(entry.casefold())] |= concept.value
            elif entry.endswith("*"):
                begins[_folded(entry[:-1].casefold())] |= concept.value
            else:
                whole[_folded(entry.casefold())] |= concept.value
    return dict(whole), dict(begins), tuple(runs.items()), tuple(dense.items())


def _folded(word: str) -> str:
    return word.replace("ё", "е").replace("\u0307", "")


def _by_first(entries: Iterable[tuple[str, int]]) -> dict[str, tuple[tuple[str, int], ...]]:
    """Group entries by their first word, or by their first character in a script without spaces."""
    groups = defaultdict[str, list[tuple[str, int]]](list)
    for entry, concepts in entries:
        groups[entry[1:].split(" ")[0] if entry[0] == " " else entry[0]].append((entry, concepts))
    return {first: tuple(group) for first, group in groups.items()}


_WHOLE, _BEGINS, _RUNS, _IN_DENSE = _entries()
_RUNS_BY_FIRST: Final = _by_first(_RUNS)
_DENSE_BY_FIRST: Final = _by_first(_IN_DENSE)
_LENGTHS: Final = tuple(sorted({len(stem) for stem in _BEGINS}))
# Endings that address a reader: the plural imperative in Slavic languages and French, "your" in Kazakh and Turkish.
_ADDRESSES: Final = re.compile(
    r"[а-яёіў']{3,}(?:йте|ьте|ите|йтесь|ьтесь|итесь)|[а-щьюяєіїґ']{3,}(?:іть|іться|йте|йтеся)|[а-яёіў']{3,}(?:іце|йце|рце|цеся)"
    r"|\w{4,}ez|\w{3,}(?:ңыз|ңіз|ңызды|ңізді|ңызға|ңізге|ңызда|ңізде)|\w{3,}(?:ınız|iniz|unuz|ünüz)"
)
_STORY: Final = (C.REPORT | C.HOW).value  # concepts of stories
_YOU, _HOW, _REPORT, _ADDRESSED = C.YOU.value, C.HOW.value, C.REPORT.value, (C.YOU | C.WE).value
_SERVICE: Final = (C.YOU | C.BACK | C.WE | C.ERROR).value
_NOUNS: Final = frozenset(
    {"сайте", "кредите", "аудите", "визите", "транзите", "лимите", "дефиците", "граните", "элите", "защите", "орбите"}
    | {"свите", "магните", "бандите", "депозите", "реквизите", "профиците", "аппетите", "культе", "байте", "лайте"}
)
_POLITE: Final = frozenset({"Sie", "Ihr", "Ihre", "Ihrem", "Ihren", "Ihrer", "Ihnen"})  # German, not at the beginning


@lru_cache(maxsize=20_000)
def concepts_of(word: str) -> int:
    """Return the concepts of a word in lower case, as bits."""
    word = _folded(word)
    found = _WHOLE.get(word, 0)
    for length in _LENGTHS:
        if length > len(word):
            break
        found |= _BEGINS.get(word[:length], 0)
    if word not in _NOUNS and _ADDRESSES.fullmatch(word):
        found |= _YOU
    return found


def _of_dense(word: str) -> tuple[int, int]:
    """Return the concepts in a run of a script without spaces, and the number of characters that name one."""
    found, covered = 0, set[int]()
    for first in set(word):
        for entry, concept in _DENSE_BY_FIRST.get(first, ()):
            at = word.find(entry)
            if at >= 0:
                found |= concept
                covered.update(range(at, at + len(entry)))
    return found, len(covered)


@dataclass(frozen=True, slots=True)
class Sentence:
    """The concepts of one sentence, and the numbers of its words."""

    concepts: int
    words: int
    known: int  # words that name a concept
    guides: bool = False  # it begins with "how" or "why"
    particular: int = 0  # names and numbers, as stories have them
    statuses: frozenset[str] = frozenset()  # numbers of HTTP statuses

    @property
    def is_status(self) -> bool:
        """Whether it is the number of an HTTP status, with three words at most."""
        return len(self.statuses) == 1 and self.words <= 4 and self.known + 1 >= self.words - 3

    @property
    def serves(self) -> bool:
        """Whether it speaks to a reader of the site rather than telling a story."""
        service = self.concepts & _SERVICE and self.known >= 0.6 * self.words
        return bool(service) or bool(kinds_in(self.concepts))


def sentence_of(text: str) -> Sentence:
    """Read one sentence."""
    tokens = _TOKENS.findall(text)
    bits = names = 0
    known = words = 0.0
    statuses = []
    for number, token in enumerate(tokens):
        lower = token.casefold()
        if token.isdigit():
            words += 1
            if token in _STATUS:
                statuses.append(token)
            else:
                names += 1
        elif token[0] > _DENSE or token[-1] > _DENSE:
            own, covered = _of_dense(lower)
            bits |= own
            known += covered / 2
            words += len(token) / 2
        else:
            own = _YOU if number and token in _POLITE else concepts_of(lower)
            bits |= own
            known += own & ~_STORY > 0
            words += 1
            names += number > 0 and not own and token[0].isupper()
    joined = f" {_folded(' '.join(tokens).casefold())} "
    for first in set(joined.split(" ")):
        for entry, concept in _RUNS_BY_FIRST.get(first, ()):
            if entry in joined:
                bits |= concept
    return Sentence(
        concepts=bits,
        words=math.ceil(words),
        known=math.ceil(known),
        guides=bool(tokens) and bool(concepts_of(tokens[0].casefold()) & _HOW),
        particular=_particular(names, words, tokens),
        statuses=frozenset(statuses),
    )


def _particular(names: int, words: float, tokens: Sequence[str]) -> int:
    """Return the number of names and numbers; only the numbers where all nouns have a capital, as in German."""
    capitals = sum(token[0].isupper() for token in tokens[1:])
    return sum(map(str.isdigit, tokens)) if capitals > 0.25 * words else names


@dataclass(frozen=True, slots=True)
class Speech:
    """How a text speaks: the numbers of words in sentences of each sort."""

    words: int
    known: int
    service: int  # in sentences that speak to a reader of the site
    addressed: int  # in sentences with "you" or "we"
    particular: int  # names and numbers
    reports: int  # sentences that report what somebody said
    by_kind: Mapping[Reason, int]

    def share(self, kind: Reason) -> float:
        """Return the share of the text that speaks for a kind of page."""
        return self.by_kind.get(kind, 0) / self.words if self.words else 0.0


def speech_of(lines: Iterable[str]) -> Speech:
    """Read lines of text, up to MOST_WORDS words."""
    found = _sentences_of(lines)
    by_kind = Counter[Reason]()
    for one in found:
        by_kind.update(dict.fromkeys(kinds_in(one.concepts), one.words))
    return Speech(
        words=sum(one.words for one in found),
        known=sum(one.known for one in found),
        service=sum(one.words for one in found if one.serves),
        addressed=sum(one.words for one in found if one.concepts & _ADDRESSED),
        particular=sum(one.particular for one in found),
        reports=sum(bool(one.concepts & _REPORT) for one in found),
        by_kind=by_kind,
    )


def _sentences_of(lines: Iterable[str]) -> list[Sentence]:
    found: list[Sentence] = []
    room = MOST_WORDS
    for line in lines:
        for piece in _SENTENCES.split(line):
            one = sentence_of(piece)
            if one.known or one.words > LABEL or piece != line:
                found.append(one)
                room -= one.words
        if room <= 0:
            break
    return found


@lru_cache(maxsize=4_000)
def kinds_in(concepts: int) -> tuple[Reason, ...]:
    """Return the kinds of pages that a sentence with these concepts speaks for."""
    return tuple(kind for kind, masks in IN_SENTENCE.items() if meets(concepts, masks))


def meets(concepts: int, alternatives: tuple[Masks, ...]) -> bool:
    """Return whether the concepts have one of each mask of an alternative."""
    return any(all(concepts & mask for mask in masks) for masks in alternatives)
