"""A text as numbers: a 64-bit hash for each word, used only to compare texts.

It is coarser than `normalise.words`: letters that look alike count as one letter, and in a script without spaces each
character is a word.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pipeline import native
from pipeline.text.calendar.words import SMALL_MONTHS
from pipeline.text.normalise import forms, packed, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

Hashes = npt.NDArray[np.uint64]
Flags = npt.NDArray[np.bool_]
Places = npt.NDArray[np.intp]

STEM = 4  # letters
_BETWEEN, _LETTER, _DIGIT, _SINGLE = range(4)  # classes of characters; a word ends where the class changes
_CLASS, _CAPITAL, _STOP = 3, 4, 8  # bits of a character's marks
# Lower-case letters that look alike, also as capitals ("Т" and "T"): the skeleton of UTS #39 for Latin and Cyrillic.
_SKELETON = str.maketrans("асеіорхукмтнвѕјё", "aceiopxykmthbsje")
_STOPS = frozenset(".!?…:;\n\r。！？")  # a capital letter after one of these does not indicate a name
# Scripts that write no spaces: Thai, Lao, Myanmar, Khmer, kana, bopomofo, Han.
_UNSPACED = ((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3040, 0x312F), (0x3400, 0x9FFF), (0xF900, 0xFAFF))
_PLANE = 0x10000
_IDEOGRAPHS = 0x20000  # Han from this code point on
_BASE = 0x9E37_79B9_7F4A_7C15  # odd, so that it has an inverse modulo 2^64
_INVERSE = pow(_BASE, -1, 1 << 64)
_BEGIN = np.uint64(64 - 14)  # right shift that leaves the 14 highest bits of a hash


@dataclass(frozen=True, slots=True)
class Tokens:
    """The words of a text in order. Each array has one element per word."""

    hashes: Hashes  # of the folded word
    figures: Flags  # whether it is a number or the name of a month
    names: Flags  # whether it has a capital letter inside a sentence, or is a capitalized word before such a word
    after_stop: Flags  # whether a full stop, a colon or a line end comes before it
    stems: Hashes  # of the first STEM letters of a longer word, else 0: forms of one word mostly share them

    def __len__(self) -> int:
        return len(self.hashes)


def tokens_of(text: str) -> Tokens:
    """Split a text into folded words.

    Copies have equal words if they differ only in white space, quotes, dashes, case, ё, soft hyphens, stress marks, or
    Latin letters in place of Cyrillic ones. A word ends where letters end or digits begin.
    """
    return _compiled(text, _characters()) if native.COMPILED else _split(_codes(visible(text)), _characters())


def distinct(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return the distinct values in ascending order; numpy.unique takes ten times as long for arrays of this size."""
    values = np.sort(values)
    first = np.empty(len(values), dtype=np.bool_)
    first[:1] = True
    np.not_equal(values[1:], values[:-1], out=first[1:])
    return values[first]


def mixed(values: Hashes) -> Hashes:
    """Spread each value over all 64 bits (the finalizer of SplitMix64; Steele, Lea & Flood 2014)."""
    values = values ^ (values >> np.uint64(30))
    values *= np.uint64(0xBF58_476D_1CE4_E5B9)
    values ^= values >> np.uint64(27)
    values *= np.uint64(0x94D0_49BB_1331_11EB)
    values ^= values >> np.uint64(31)
    return values


def _compiled(text: str, table: _Characters) -> Tokens:
    codes = np.empty(2 * len(text), dtype=np.uint16)
    count = native.text.form(text, _forms(), codes)
    codes = codes[:count] if count >= 0 else _codes(visible(text)).astype(np.uint16)
    hashes, stems = np.empty((2, len(codes)), dtype=np.uint64)
    flags = np.empty((3, len(codes)), dtype=np.uint8)
    months = _months()
    known = (table.marks, table.random, months.begins.view(np.uint8), months.hashes)
    count = native.text.split(codes, *known, hashes, flags[0], flags[1], flags[2], stems)
    figures, names, after_stop = flags[:, :count].view(np.bool_)
    return Tokens(hashes[:count], figures, names, after_stop, stems[:count])


def _split(codes: Places, table: _Characters) -> Tokens:
    marks = table.marks.take(codes)
    kinds = marks & _CLASS
    bounds = np.empty(len(kinds) + 1, dtype=np.bool_)
    bounds[0] = bounds[-1] = True
    np.not_equal(kinds[1:], kinds[:-1], out=bounds[1:-1])
    bounds[:-1] |= kinds == _SINGLE
    edges = bounds.nonzero()[0]
    wordy = kinds.take(edges[:-1]) != _BETWEEN
    starts, ends = edges[:-1][wordy], edges[1:][wordy]
    begins = marks.take(starts)
    random = table.random.take(codes)
    hashes = _hashed(random, starts, ends)
    stemmed = (begins & _CLASS == _LETTER) & (ends - starts > STEM)
    stems = np.where(stemmed, _hashed(random, starts, np.minimum(ends, starts + STEM)), np.uint64(0))
    after_stop = np.zeros(len(starts) + 1, dtype=np.bool_)
    after_stop[0] = True
    after_stop[starts.searchsorted(_stops(marks))] = True
    after_stop = after_stop[:-1]
    figures = (begins & _CLASS == _DIGIT) | _are_months(hashes)
    capital = (begins & _CAPITAL != 0) & ~figures
    names = capital & ~after_stop
    names[:-1] |= capital[:-1] & names[1:]  # a person's first name at the start of a sentence
    return Tokens(hashes, figures, names, after_stop, stems)


def _stops(marks: npt.NDArray[np.uint8]) -> Places:
    """Find where a sentence may have ended; the point in 580.97 and the colon in 12:30 do not count."""
    stops = (marks & _STOP != 0).nonzero()[0]
    before, after = marks.take(stops - 1, mode="wrap"), marks.take(stops + 1, mode="wrap")
    kept: Places = stops[(before & _CLASS != _DIGIT) | (after & _CLASS != _DIGIT)]
    return kept


def _are_months(hashes: Hashes) -> Flags:
    """Return which words are names of months; the highest bits of the hash exclude nearly all others."""
    months = _months()
    flags = months.begins.take((hashes >> _BEGIN).astype(np.intp))
    for word in flags.nonzero()[0].tolist():
        flags[word] = int(hashes[word]) in months.hashes
    return flags


def _hashed(values: Hashes, starts: Places, ends: Places) -> Hashes:
    """Hash all words at once as polynomials modulo 2^64: differences of prefix sums, shifted to a common origin."""
    powers, inverses = _powers(1 << max(12, len(values).bit_length()))
    sums = np.zeros(len(values) + 1, dtype=np.uint64)
    np.multiply(values, powers[: len(values)], out=sums[1:])
    sums.cumsum(out=sums)
    return mixed((sums.take(ends) - sums.take(starts)) * inverses.take(starts))


@lru_cache(maxsize=2)
def _powers(length: int) -> tuple[Hashes, Hashes]:
    """Return the powers of the base and of its inverse modulo 2^64, from exponent 0 on."""
    both = []
    for factor in (_BASE, _INVERSE):
        powers = np.full(length, factor, dtype=np.uint64)
        powers[0] = 1
        both.append(np.multiply.accumulate(powers))
    return both[0], both[1]


def _codes(text: str) -> Places:
    """Return the characters as code points of the basic plane; a rarer character becomes one of the same kind."""
    encoded = text.encode("utf-16-le", "surrogatepass")
    if len(encoded) == 2 * len(text):
        return np.frombuffer(encoded, dtype="<u2").astype(np.intp)
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.intp)
    within = np.where(codes >= _IDEOGRAPHS, 0x3400 + codes % 0x6000, 0x2000)  # Han stays Han; an emoji is not a word
    return np.where(codes >= _PLANE, within, codes)


@dataclass(frozen=True, slots=True)
class _Characters:
    """Tables with one entry for each character of the basic plane."""

    marks: npt.NDArray[np.uint8]  # its class, whether it is a capital letter, whether it ends a sentence
    random: Hashes  # a random number, the same for characters that fold to one letter


@cache
def _characters() -> _Characters:
    marks = np.zeros(_PLANE, dtype=np.uint8)
    folded = np.arange(_PLANE, dtype=np.uint64)
    for code in range(_PLANE):
        character = chr(code)
        kind = _kind_of(character)
        if kind != _BETWEEN:
            marks[code] = kind | (_CAPITAL if character.isupper() else 0)
            folded[code] = _folded(character)
    for first, last in _UNSPACED:
        letters = marks[first : last + 1]
        letters[letters == _LETTER] = _SINGLE
    marks[[ord(character) for character in _STOPS]] |= _STOP
    return _Characters(marks, mixed(folded + np.uint64(1)))


@cache
def _forms() -> npt.NDArray[np.uint32]:
    """Return the characters that each character is read as, for the compiled loop."""
    marks = _characters().marks.tolist()
    read = (None if form is None else _read_as(form, marks) for form in forms())
    return np.fromiter(map(packed, read), np.uint32, _PLANE)


def _read_as(form: str, marks_of: Sequence[int]) -> str:
    """Return a form that contains no word as stops or a space, all that matters between words.

    Two characters become two stops, because a single one between digits may be a decimal point.
    """
    codes = (ord(form),) if len(form) == 1 and form < chr(_PLANE) else _codes(form).tolist()
    marks = [marks_of[code] for code in codes]
    if not form or any(mark & _CLASS for mark in marks):
        return form
    return "." * min(len(form), 2) if any(mark & _STOP for mark in marks) else " "


@dataclass(frozen=True, slots=True)
class _Months:
    hashes: frozenset[int]
    begins: Flags  # by the highest bits of a hash


@cache
def _months() -> _Months:
    text = " ".join(SMALL_MONTHS)
    table, codes = _characters(), _codes(unicodedata.normalize("NFKC", text))
    edges = np.flatnonzero(np.diff(table.marks.take(codes) & _CLASS, prepend=0, append=0))
    hashes = _hashed(table.random.take(codes), edges[::2], edges[1::2])
    begins = np.zeros(1 << (64 - int(_BEGIN)), dtype=np.bool_)
    begins[(hashes >> _BEGIN).astype(np.intp)] = True
    return _Months(frozenset(hashes.tolist()), begins)


def _kind_of(character: str) -> int:
    if unicodedata.category(character).startswith("M"):
        return _LETTER  # a vowel sign of an Indic script is part of its word
    if character.isdecimal():
        return _DIGIT
    return _LETTER if character.isalnum() else _BETWEEN


def _folded(character: str) -> int:
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return ord("0") + digit
    plain = character.casefold().translate(_SKELETON)
    return ord(plain) if len(plain) == 1 else ord(character)
