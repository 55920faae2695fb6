"""The language of a cleaned text, as a BCP 47 tag.

The script decides first. Cyrillic is told by its letters, sentence by sentence, and the language of most of the text
wins: a quotation in another does not. Where letters do not tell (Latin, Arabic), py3langid reads the beginning.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipeline import native
from pipeline.text.alphabets import FREQUENCIES
from pipeline.text.ngrams import tag_of

SHORT = 60  # letters: below that any tag would be a guess
READ = 2_000  # characters: more changes no answer and costs time
READ_BY_LANGID = (
    250  # .11 ms, against .30 ms for 500, and right as often: 1,347 and 1,348 of 1,362 texts of ../shared/eval
)
SENTENCE = 50  # letters below which a sentence is judged together with the next
FEW = 300  # letters up to which letters may not suffice
CLOSE = 20  # difference of log probabilities: by letters alone 4 of 72 sentences of our own were a neighbour's
UNDETERMINED = "und"
_WRITTEN_AS: Final = {"yue": "zh", "wuu": "zh", "nb": "no"}  # Chinese is told apart by speech, not by newspapers

# (name, first and last code point); a name that is a tag is the language of all who write in that script.
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
_KANA = 0.1  # of the characters: Japanese has more kana than Han, Chinese none but in names
_NO_LETTER, _OTHER = 0, 1
_STOPS: Final = np.array([ord(stop) for stop in ".!?…\n"], dtype=np.uint16)
_UNKNOWN = 1e-4  # how often a letter stands that is not of the alphabet: names are quoted in their own spelling
_CYRILLIC: Final = tuple(FREQUENCIES)
# The group of each: one sentence of a language may look like one of its neighbour's, all together do not.
_GROUP: Final = {"bg": "ru", "mk": "sr", "ky": "kk", "tt": "kk"}
_NEIGHBOURS: Final = np.array([_CYRILLIC.index(_GROUP.get(name, name)) for name in _CYRILLIC])
_END = 0x530  # behind the last Cyrillic letter
_PARTS = 1 << 20  # of a log probability: whole numbers, whose sum does not hang on the order they are added in


def _kinds() -> tuple[tuple[str, ...], NDArray[np.uint8]]:
    """Give the kinds of characters, and the number of the kind of each code point of the BMP."""
    names = ("", "other", *dict.fromkeys(name for name, _, _ in _SCRIPTS))
    kinds = np.array([chr(code).isalpha() for code in range(0x10000)], dtype=np.uint8)
    for name, first, last in _SCRIPTS:
        kinds[first : last + 1] *= names.index(name)
    return names, kinds


def _logs() -> NDArray[np.int32]:
    """Tabulate the log probability of each letter in each language of Cyrillic letters; 0 for other characters."""
    logs = np.zeros((_END + 1, len(_CYRILLIC)), dtype=np.int32)
    for letter in {letter for row in FREQUENCIES.values() for letter in row}:
        chances = [FREQUENCIES[name].get(letter, _UNKNOWN) for name in _CYRILLIC]
        logs[[ord(letter), ord(letter.upper())]] = [round(math.log(chance) * _PARTS) for chance in chances]
    return logs


_NAMES, _KINDS = _kinds()
_LOGS: Final = _logs()


def language_of(text: str) -> str:
    """Name the language of a text (ISO 639-1); a short one is `und`.

    Serbian, Croatian and Bosnian in Latin letters differ by less than a text shows: py3langid's guess among them stays.
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
    """Let the sentences vote, each with its letters, for the language whose alphabet and habits fit it best.

    Letters alone may not tell a sentence of Bulgarian from Russian, or Serbian from Macedonian: a short text whose two
    best are close is given to py3langid.
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
    """Return the number of the language elected, the Cyrillic letters, and by how much the two best differ."""
    starts, letters = _sentences(codes)
    scores = np.add.reduceat(_LOGS[np.minimum(codes, _END)], starts, axis=0, dtype=np.int64)
    second, first = np.partition(scores.sum(axis=0), -2)[-2:].tolist()
    return _elected(scores, np.array(letters)), sum(letters), first - second


def _elected(scores: NDArray[np.int64], letters: NDArray[np.int64]) -> int:
    """Count the votes by groups of neighbours, who would split a text's vote; in the group, add its sentences up."""
    choices = _NEIGHBOURS[scores.argmax(axis=1)]
    winner = np.bincount(choices, weights=letters).argmax()
    total = scores[choices == winner].sum(axis=0)
    return int(np.where(winner == _NEIGHBOURS, total, np.iinfo(np.int64).min).argmax())


def _sentences(codes: NDArray[np.uint16]) -> tuple[list[int], list[int]]:
    """Split into sentences of at least `SENTENCE` Cyrillic letters: where each starts, and how many it has."""
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
