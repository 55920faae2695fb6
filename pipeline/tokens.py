"""A text as numbers: a 64-bit hash for each word, made for comparing texts with one another and for nothing else.

Coarser than `text.words`: letters that look alike are one letter, and a script without spaces has a word a character.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt

from pipeline.text import INVISIBLE

Hashes = npt.NDArray[np.uint64]
Flags = npt.NDArray[np.bool_]
Places = npt.NDArray[np.intp]

_BETWEEN, _LETTER, _DIGIT, _SINGLE, _NOTHING = range(5)  # classes of characters; a class of its own ends a word
# Small letters of one shape, capitals too ("Т" and "T"): the skeleton of UTS #39, for Latin and Cyrillic.
_SKELETON = str.maketrans("асеіорхукмтнвѕјё", "aceiopxykmthbsje")
_STOPS = frozenset(".!?…:;\n\r。！？")  # a capital letter after one of these says nothing
# Scripts that write no spaces: Thai, Lao, Myanmar, Khmer, kana, bopomofo, Han.
_UNSPACED = ((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3040, 0x312F), (0x3400, 0x9FFF), (0xF900, 0xFAFF))
_PLANE = 0x10000
_IDEOGRAPHS = 0x20000  # and above: Han
_BASE = 0x9E37_79B9_7F4A_7C15  # odd, so that it has an inverse modulo 2^64
_INVERSE = pow(_BASE, -1, 1 << 64)


@dataclass(frozen=True, slots=True)
class Tokens:
    """The words of a text in their order. All arrays have one element a word."""

    hashes: Hashes  # of the folded word
    figures: Flags  # it is a number
    names: Flags  # it begins with a capital letter inside a sentence, or stands before such a word
    after_stop: Flags  # a full stop, a colon or a line's end stands before it

    def __len__(self) -> int:
        return len(self.hashes)


def tokens_of(text: str) -> Tokens:
    """Split a text into folded words.

    Equal in copies that differ in white space, quotes, dashes, case, ё, soft hyphens, stress marks, or in Latin
    letters that stand for Cyrillic ones. A word ends where letters end or digits begin.
    """
    table = _characters()
    codes = np.frombuffer(unicodedata.normalize("NFKC", text).encode("utf-32-le", "surrogatepass"), dtype="<u4")
    codes = _in_plane(codes)
    kinds = table.kind[codes]
    if (kinds == _NOTHING).any():
        codes, kinds = codes[kinds != _NOTHING], kinds[kinds != _NOTHING]
    return _split(codes, kinds, table)


def mixed(values: Hashes) -> Hashes:
    """Spread each value over all 64 bits (the finaliser of SplitMix64; Steele, Lea & Flood 2014)."""
    values = values ^ (values >> np.uint64(30))
    values = values * np.uint64(0xBF58_476D_1CE4_E5B9)
    values ^= values >> np.uint64(27)
    values *= np.uint64(0x94D0_49BB_1331_11EB)
    values ^= values >> np.uint64(31)
    return values


def _split(codes: npt.NDArray[np.uint32], kinds: npt.NDArray[np.uint8], table: _Characters) -> Tokens:
    bounds = np.empty(len(kinds) + 1, dtype=np.bool_)
    bounds[0] = bounds[-1] = True
    np.not_equal(kinds[1:], kinds[:-1], out=bounds[1:-1])
    bounds[:-1] |= kinds == _SINGLE
    edges = np.flatnonzero(bounds)
    starts, ends = edges[:-1], edges[1:]
    if len(starts):
        wordy = kinds[starts] != _BETWEEN
        starts, ends = starts[wordy], ends[wordy]
    stops = np.empty(len(kinds) + 1, dtype=np.int32)
    stops[0] = 0
    np.cumsum(_stops(codes, kinds, table), out=stops[1:])
    after_stop = np.ones(len(starts), dtype=np.bool_)
    after_stop[1:] = stops[starts[1:]] > stops[ends[:-1]]
    capital = table.capital[codes[starts]]
    names = capital & ~after_stop
    names[:-1] |= capital[:-1] & names[1:]  # the first name of a person that begins a sentence
    return Tokens(
        hashes=_hashed(table.random[codes], starts, ends),
        figures=kinds[starts] == _DIGIT,
        names=names,
        after_stop=after_stop,
    )


def _stops(codes: npt.NDArray[np.uint32], kinds: npt.NDArray[np.uint8], table: _Characters) -> Flags:
    """Tell where a sentence may have ended; the point of 580.97 and the colon of 12:30 are none."""
    stops = table.stop[codes]
    if len(codes) > 2:
        digits = kinds == _DIGIT
        stops[1:-1] &= ~(digits[:-2] & digits[2:])
    return stops


def _hashed(values: Hashes, starts: Places, ends: Places) -> Hashes:
    """Hash words as polynomials modulo 2^64, all at once: differences of prefix sums, shifted to one origin."""
    powers, inverses = _powers(1 << max(12, len(values).bit_length()))
    sums = np.zeros(len(values) + 1, dtype=np.uint64)
    np.cumsum(values * powers[: len(values)], out=sums[1:])
    return mixed((sums[ends] - sums[starts]) * inverses[starts])


@lru_cache(maxsize=2)
def _powers(length: int) -> tuple[Hashes, Hashes]:
    """Return the powers of the base and of its inverse modulo 2^64, from the first on."""
    both = []
    for factor in (_BASE, _INVERSE):
        powers = np.full(length, factor, dtype=np.uint64)
        powers[0] = 1
        both.append(np.multiply.accumulate(powers))
    return both[0], both[1]


def _in_plane(codes: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """Replace the rare characters above the basic plane by ones of their kind within it."""
    above = codes >= _PLANE
    if not above.any():
        return codes
    within = np.where(codes >= _IDEOGRAPHS, 0x3400 + codes % 0x6000, 0x2000)  # Han stays Han, an emoji is no word
    return np.where(above, within, codes).astype(np.uint32)


@dataclass(frozen=True, slots=True)
class _Characters:
    """What is known of each character of the basic plane."""

    kind: npt.NDArray[np.uint8]
    random: Hashes  # the same for characters that are folded into one
    capital: Flags
    stop: Flags


@cache
def _characters() -> _Characters:
    kind = np.zeros(_PLANE, dtype=np.uint8)
    folded = np.arange(_PLANE, dtype=np.uint64)
    capital = np.zeros(_PLANE, dtype=np.bool_)
    for code in range(_PLANE):
        character = chr(code)
        kind[code] = _kind_of(character)
        if kind[code] not in {_BETWEEN, _NOTHING}:
            capital[code] = character.isupper()
            folded[code] = _folded(character)
    for first, last in _UNSPACED:
        letters = kind[first : last + 1]
        letters[letters == _LETTER] = _SINGLE
    stop = np.zeros(_PLANE, dtype=np.bool_)
    stop[[ord(character) for character in _STOPS]] = True
    return _Characters(kind, mixed(folded + np.uint64(1)), capital, stop)


def _kind_of(character: str) -> int:
    if ord(character) in INVISIBLE:
        return _NOTHING
    if unicodedata.category(character).startswith("M"):
        return _LETTER  # a vowel sign of an Indic script stands inside its word
    if character.isdecimal():
        return _DIGIT
    return _LETTER if character.isalnum() else _BETWEEN


def _folded(character: str) -> int:
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return ord("0") + digit
    plain = character.casefold().translate(_SKELETON)
    return ord(plain) if len(plain) == 1 else ord(character)
