"""The language of a cleaned text, as a BCP 47 tag.

The script decides first. For Cyrillic, letter frequencies decide sentence by sentence, and the language of most of the
text wins, so a quotation in another language does not count. For scripts in which letters do not decide (Latin,
Arabic), py3langid reads the beginning of the text.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipeline import native
from pipeline.text.alphabets import FREQUENCIES
from pipeline.text.ngrams import tag_of

SHORT = 60  # letters: for a shorter text any tag would be a guess
READ = 2_000  # characters: reading more takes time and changes no result
# 250 characters take .11 ms, 500 take .30 ms. Of 1,362 evaluation texts, 1,347 and 1,348 are right.
READ_BY_LANGID = 250
SENTENCE = 50  # letters: a shorter sentence is judged together with the next one
FEW = 300  # letters: in a shorter text the letters alone may not decide
CLOSE = 20  # difference of log probabilities: by letters alone, 4 of 72 test sentences got a related language
UNDETERMINED = "und"
_WRITTEN_AS: Final = {"yue": "zh", "wuu": "zh", "nb": "no"}  # varieties of Chinese differ in speech, not in newspapers

# (name, first and last code point). A name that is a language tag is the only language written in that script.
_SCRIPTS: Final = (
    ("cyrillic", 0x0400, 0x052F),
    ("el", 0x0370, 0x03FF),
    ("el", 0x1F00, 0x1FFF),
    ("hy", 0x0530, 0x058F),
    ("he", 0x0590, 0x05FF),
    ("th", 0x0E00, 0x0E7F),
    ("ka", 0x10A0, 0x10FF),
    ("ko", 0x1100, 0x11FF),
    ("ko", 0xAC00, 0xD7AF),
    ("ja", 0x3040, 0x30FF),
    ("zh", 0x3400, 0x9FFF),
)
_KANA = 0.1  # share of the characters: Japanese has more kana than Han, Chinese has kana in names only
_NO_LETTER, _OTHER = 0, 1
_STOPS: Final = np.array([ord(stop) for stop in ".!?…\n"], dtype=np.uint16)
_UNKNOWN = 1e-4  # frequency of a letter from outside the alphabet: foreign names keep their own spelling
_CYRILLIC: Final = tuple(FREQUENCIES)
# The group of each language. A single sentence may look like a related language; all sentences together do not.
_GROUP: Final = {"bg": "ru", "mk": "sr", "ky": "kk", "tt": "kk"}
_NEIGHBOURS: Final = np.array([_CYRILLIC.index(_GROUP.get(name, name)) for name in _CYRILLIC])
_END = 0x530  # the first code point after the Cyrillic letters
_PARTS = 1 << 20  # steps per unit of log probability: the sum of integers does not depend on their order


def _kinds() -> tuple[tuple[str, ...], NDArray[np.uint8]]:
    """Return the names of the kinds of characters, and the kind's number for each code point of the BMP."""
    names = ("", "other", *dict.fromkeys(name for name, _, _ in _SCRIPTS))
    kinds = np.array([chr(code).isalpha() for code in range(0x10000)], dtype=np.uint8)
    for name, first, last in _SCRIPTS:
        kinds[first : last + 1] *= names.index(name)
    return names, kinds


def _logs() -> NDArray[np.int32]:
    """Return a table with the log probability of each letter in each Cyrillic language; 0 for other characters."""
    logs = np.zeros((_END + 1, len(_CYRILLIC)), dtype=np.int32)
    for letter in {letter for row in FREQUENCIES.values() for letter in row}:
        chances = [FREQUENCIES[name].get(letter, _UNKNOWN) for name in _CYRILLIC]
        logs[[ord(letter), ord(letter.upper())]] = [round(math.log(chance) * _PARTS) for chance in chances]
    return logs


_NAMES, _KINDS = _kinds()
_LOGS: Final = _logs()


def language_of(text: str) -> str:
    """Return the language of a text (ISO 639-1); `und` for a short text.

    Serbian, Croatian and Bosnian in Latin letters are too similar to separate. py3langid's choice is returned as it is.
    """
    counts = _counted(text)
    counts[_NO_LETTER] = 0
    if counts.sum() < SHORT:
        return UNDETERMINED
    east = counts[_NAMES.index("zh")] + counts[_NAMES.index("ja")]
    if 2 * east > counts.sum():
        return "ja" if counts[_NAMES.index("ja")] > _KANA * east else "zh"
    script = _NAMES[int(counts.argmax())]
    if script == "cyrillic":
        return _by_letters(text)
    return _by_words(text) if script == _NAMES[_OTHER] else script


def _counted(text: str) -> NDArray[np.int64]:
    """Count the characters at the beginning of a text by kind."""
    if not native.COMPILED:
        return np.bincount(_KINDS[_codes(text)], minlength=len(_NAMES))
    counts = np.zeros(len(_NAMES), dtype=np.int64)
    native.text.count_kinds(text, READ, _KINDS, counts)
    return counts


def _codes(text: str) -> NDArray[np.uint16]:
    return np.frombuffer(text[:READ].encode("utf-16-le", "surrogatepass"), dtype=np.uint16)


def _by_letters(text: str) -> str:
    """Let the sentences vote, weighted by letters, for the language whose letter frequencies fit best.

    Letters alone may not separate a Bulgarian sentence from Russian, or Serbian from Macedonian. For a short text
    whose two best languages are close, py3langid decides.
    """
    if native.COMPILED:
        own = _NAMES.index("cyrillic")
        elected, letters, lead = native.text.vote(text, READ, _KINDS, own, _LOGS, _NEIGHBOURS, SENTENCE)
    else:
        elected, letters, lead = _vote(_codes(text))
    if letters < FEW and lead < CLOSE * _PARTS:
        guess = _by_words(text)
        if guess in _CYRILLIC:
            return guess
    return _CYRILLIC[elected]


def _vote(codes: NDArray[np.uint16]) -> tuple[int, int, int]:
    """Return the number of the winning language, the count of Cyrillic letters, and the lead over the second best."""
    starts, letters = _sentences(codes)
    scores = np.add.reduceat(_LOGS[np.minimum(codes, _END)], starts, axis=0, dtype=np.int64)
    second, first = np.partition(scores.sum(axis=0), -2)[-2:].tolist()
    return _elected(scores, np.array(letters)), sum(letters), first - second


def _elected(scores: NDArray[np.int64], letters: NDArray[np.int64]) -> int:
    """Count the votes by groups, because related languages would split them; then add up the sentences in the group."""
    choices = _NEIGHBOURS[scores.argmax(axis=1)]
    winner = np.bincount(choices, weights=letters).argmax()
    total = scores[choices == winner].sum(axis=0)
    return int(np.where(winner == _NEIGHBOURS, total, np.iinfo(np.int64).min).argmax())


def _sentences(codes: NDArray[np.uint16]) -> tuple[list[int], list[int]]:
    """Split into sentences of at least `SENTENCE` Cyrillic letters; return the start and letter count of each."""
    passed = np.cumsum(_KINDS[codes] == _NAMES.index("cyrillic"))
    starts, letters, before = [0], [], 0
    for stop in np.flatnonzero(np.isin(codes, _STOPS)).tolist():
        here = int(passed[stop])
        if here - before >= SENTENCE and int(passed[-1]) - here >= SENTENCE and stop + 1 < len(codes):
            letters.append(here - before)
            starts.append(stop + 1)
            before = here
    return starts, [*letters, int(passed[-1]) - before]


def _by_words(text: str) -> str:
    tag = tag_of(text[:READ_BY_LANGID])
    return _WRITTEN_AS.get(tag, tag)
