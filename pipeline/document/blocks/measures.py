"""The measures of a block of text: words, sentence ends, capitals, numbers. No vocabulary of any language.

All blocks of a page are measured at once, compiled or in numpy. A Python loop over the characters took six times as
long as numpy.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from pipeline import native

Floats = npt.NDArray[np.float32]

MEASURED: Final = 6_000  # characters at the start of a block that are measured

_END: Final = 80  # characters at its end that are measured

# Classes of characters, one bit each.
_LETTER, _UPPER, _DIGIT, _SPACE, _STOP, _COMMA, _COLON, _CLOSER, _DENSE, _BAR, _QUOTE, _DASH, _ELLIPSIS = (
    1 << bit for bit in range(13)
)
_CLASSES: Final = (
    (_STOP, ".!?…。！？｡؟۔։।"),
    (_COMMA, ",，、،;；"),
    (_COLON, ":：("),
    (_CLOSER, "\"'»”’)]）」』“›"),
    (_BAR, "|┊│¦・•·›»/\\→←↓↑►▶▼▲■●○◦‣∙–—_©®™+*#@<>=~^"),
    (_QUOTE, '"«»“”„‘’「」『』'),
    (_DASH, "-–—−"),
    (_ELLIPSIS, "…"),
)
# Scripts written without spaces: two characters count as a word.
_DENSE_RANGES: Final = ((0x0E00, 0x0E80), (0x1000, 0x10A0), (0x3040, 0x3100), (0x3400, 0xA000), (0xF900, 0xFB00))

NAMES: Final = (
    *("characters", "words", "sentences", "commas", "colons", "digits", "capitals", "quotes", "bars", "short_words"),
    *("long_words", "word_length", "per_sentence", "per_comma", "digit_share", "capital_share", "short_share"),
    *("bar_share", "ends", "ends_colon", "ends_dots", "starts", "dense", "dashes", "letters"),
)
_ROW: Final = {name: row for row, name in enumerate(NAMES)}


@dataclass(frozen=True, slots=True)
class Measures:
    """The measures of a page's blocks: one row for each of NAMES, one column per block."""

    rows: Floats

    def __getitem__(self, name: str) -> Floats:
        column: Floats = self.rows[_ROW[name]]
        return column

    def of(self, names: tuple[str, ...], blocks: npt.NDArray[np.intp]) -> list[list[float]]:
        """Return the measures `names` of the blocks with these indexes, one row per block."""
        rows: list[list[float]] = self.rows[_rows_of(names)][:, blocks].T.tolist()
        return rows


@cache
def _rows_of(names: tuple[str, ...]) -> list[int]:
    return [_ROW[name] for name in names]


@cache
def _table() -> npt.NDArray[np.uint16]:
    """Return the classes of all characters in Unicode's first three planes; later ones count as the last of these."""
    table = np.zeros(0x30000, np.uint16)
    for code in range(0x30000):
        char = chr(code)
        category = unicodedata.category(char)
        if category[0] in "LM":
            table[code] = _LETTER | (_UPPER if category in ("Lu", "Lt") else 0)
        elif category[0] == "N":
            table[code] = _DIGIT
        elif category[0] == "Z" or char.isspace():
            table[code] = _SPACE
    for bit, chars in _CLASSES:
        for char in chars:
            table[ord(char)] |= bit
    for first, end in _DENSE_RANGES:
        table[first:end] |= np.where(table[first:end] & _LETTER, _DENSE, 0).astype(np.uint16)
    return table


@cache
def _starts() -> npt.NDArray[np.uint8]:
    """Return the value of "starts" for each combination of classes of the first character.

    1 is a capital, 2 a digit, 3 another letter, 4 a quotation mark, 0 anything else.
    """
    classes = np.arange(1 << 13)
    return np.select([classes & bit != 0 for bit in (_UPPER, _DIGIT, _LETTER, _QUOTE)], [1, 2, 3, 4], 0).astype(
        np.uint8
    )


def measure(texts: Sequence[str]) -> Measures:
    """Return the measures of all blocks of a page; linear in their length."""
    if not texts:
        return Measures(np.zeros((len(NAMES), 0), np.float32))
    if max(map(len, texts)) > MEASURED:
        texts = [text if len(text) <= MEASURED else text[:MEASURED] + text[-_END:] for text in texts]
    if native.COMPILED:
        rows = np.empty((len(NAMES), len(texts)), np.float32)
        native.blocks.measure_rows(list(texts), _table(), _starts(), rows)
        return Measures(rows)
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    ends = np.cumsum(lengths + 1) - 1
    return Measures(_columns(_classes_of(texts), ends - lengths, ends))


def _classes_of(texts: Sequence[str]) -> npt.NDArray[np.uint16]:
    joined = ("\n".join(texts) + "\n").encode(f"utf-32-{'le' if sys.byteorder == 'little' else 'be'}", "replace")
    codes = np.frombuffer(joined, np.uint32)
    return _table()[np.minimum(codes, 0x2FFFF)]


def _columns(classes: npt.NDArray[np.uint16], starts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]) -> Floats:
    sums = np.zeros(len(classes) + 1, np.int32)

    def counted(where: npt.NDArray[np.bool_]) -> npt.NDArray[np.int32]:
        np.cumsum(where, out=sums[1:])
        counts: npt.NDArray[np.int32] = sums[ends] - sums[starts]
        return counts

    in_word = (classes & (_LETTER | _DIGIT)) != 0
    dense = (classes & _DENSE) != 0
    spaced = in_word & ~dense
    begins = spaced.copy()
    begins[1:] &= ~spaced[:-1]
    stops = np.flatnonzero(spaced & ~np.concatenate((spaced[1:], [False])))
    firsts = np.flatnonzero(begins)
    lengths = stops - firsts + 1
    short, long = begins.copy(), begins.copy()
    short[firsts[lengths > 3]] = False
    long[firsts[lengths < 7]] = False
    after = np.concatenate((classes[1:], [_SPACE]))
    before = np.concatenate(([_SPACE], classes[:-1])).astype(np.uint16)
    closes = ((after & (_SPACE | _CLOSER)) != 0) | ((before & _DENSE) != 0)
    sentence = ((classes & _STOP) != 0) & closes & ((before & (_LETTER | _DIGIT | _CLOSER)) != 0)
    many_dense = counted(dense)
    words = counted(begins) + (many_dense + 1) // 2
    spaced_words = np.maximum(counted(begins), 1)
    characters = ends - starts
    sentences, commas = counted(sentence), counted((classes & _COMMA) != 0)
    digits, bars = counted((classes & _DIGIT) != 0), counted((classes & _BAR) != 0)
    capitals = counted(begins & ((classes & _UPPER) != 0))
    shorts = counted(short)
    visible = np.maximum(characters - counted((classes & _SPACE) != 0), 1)
    last = classes[ends - 1]
    closed_by = np.where((last & _CLOSER) != 0, classes[np.maximum(ends - 2, starts)], last)
    first = classes[starts]
    columns = (
        characters,
        words,
        sentences,
        commas,
        counted((classes & _COLON) != 0),
        digits,
        capitals,
        counted((classes & _QUOTE) != 0),
        bars,
        shorts,
        counted(long),
        counted(spaced) / spaced_words,
        sentences / np.maximum(words, 1),
        commas / np.maximum(words, 1),
        digits / visible,
        capitals / spaced_words,
        shorts / spaced_words,
        bars / visible,
        ((closed_by & _STOP) != 0) | ((last & _STOP) != 0),
        (last & _COLON) != 0,
        ((last & _ELLIPSIS) != 0) | (((last & _STOP) != 0) & ((classes[np.maximum(ends - 2, starts)] & _STOP) != 0)),
        _starts()[first],
        many_dense / visible,
        counted((classes & _DASH) != 0),
        counted((classes & _LETTER) != 0),
    )
    rows = np.empty((len(columns), len(starts)), np.float32)
    for row, column in zip(rows, columns, strict=True):
        row[:] = column
    return rows
