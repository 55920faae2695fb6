"""Normalize text for comparison: texts that a reader would call the same become the same characters.

The result identifies exact duplicates. It is never output: the article keeps its own spelling.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt

from pipeline import native

INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff\u0301"))
_INVISIBLE = [chr(code) for code in INVISIBLE]
_RUN = re.compile(r"\s{2,}")
_WORD = re.compile(r"[^\W_]+")
_CYRILLIC = re.compile("[\u0400-\u052f]")
_PLANE = 0x10000
_APART_FROM_ALL = chr(0x10FFFF)  # no character: it is never decomposed, and nothing is composed with it
_SHORT = 300  # characters: for a shorter text a pattern is faster than arrays
_ASKED, _DROPPED = 0, 1  # codes for the compiled loops: the form depends on neighbors; the character is dropped
_OTHER, _APART, _LATIN, _CYRILLIC_LETTER = 0, 1, 2, 4  # classes of characters
# Latin letters that replace Cyrillic ones in words that are otherwise Cyrillic.
_LOOKALIKES = str.maketrans("aceiopxykmthb", "асеіорхукмтнв")


def words(text: str) -> list[str]:
    """Split into case-folded words of letters and digits, in a form that near-duplicates share.

    NFKC; ё becomes е; soft hyphens, zero-width characters and stress marks are dropped; Latin look-alikes in Cyrillic
    words become Cyrillic.
    """
    return normalised(text).split()


def normalised(text: str) -> str:
    """Return the `words` of a text joined by spaces; exact copies have the same result."""
    if native.COMPILED and (normal := native.text.normalised([text], *_folds())[0]) is not None:
        return normal
    return _normalised(text)


def _normalised(text: str) -> str:
    folded = unicodedata.normalize("NFC", visible(text).casefold().replace("ё", "е"))
    encoded = folded.encode("utf-16-le", "surrogatepass")
    if len(folded) < _SHORT or len(encoded) != 2 * len(folded):  # characters beyond the basic plane have two units
        return " ".join(_one_script(word) for word in _WORD.findall(folded))
    return _spaced(np.frombuffer(encoded, dtype="<u2"))


@lru_cache(maxsize=1)  # a document needs those of its text, and then its lesson
def normal_lines(text: str) -> tuple[str, ...]:
    """Return the normalized lines of a text; joined by spaces, without empty ones, they are the normalized text.

    No character of one line changes another line: a line feed is no part of a word, and nothing combines with it.
    """
    lines = text.split("\n")
    if not native.COMPILED:
        return tuple(map(_normalised, lines))
    found = native.text.normalised(lines, *_folds())
    return tuple([_normalised(line) if normal is None else normal for line, normal in zip(lines, found, strict=True)])


def visible(text: str) -> str:
    """Return a text in NFKC without its INVISIBLE characters."""
    folded = unicodedata.normalize("NFKC", text)
    return folded if is_clear(folded) else folded.translate(INVISIBLE)


def count_normalised(normal: str) -> int:
    """Count the words of a normalized text."""
    return normal.count(" ") + 1 if normal else 0


def is_clear(text: str) -> bool:
    """Return whether a text has none of the INVISIBLE characters."""
    return not any(character in text for character in _INVISIBLE)


@cache
def forms() -> tuple[str | None, ...]:
    """Return the `visible` form of each character of the basic plane; None if it depends on neighboring characters.

    It depends on them if the character, or a part of its decomposition, may combine with a character before it
    (UAX #15): combining marks, vowels of Hangul. All other characters are normalized one by one.
    """
    plane = _APART_FROM_ALL.join(map(chr, range(_PLANE)))
    pairs = [found.split() for found in map(unicodedata.decomposition, map(chr, range(_PLANE))) if found]
    seconds = {int(pair[1], 16) for pair in pairs if len(pair) == 2 and not pair[0].startswith("<")}
    seconds.update(range(0x1161, 0x1176), range(0x11A8, 0x11C3))
    found: list[str | None] = list(visible(plane).split(_APART_FROM_ALL))
    for code, parts in enumerate(unicodedata.normalize("NFKD", plane).split(_APART_FROM_ALL)):
        if unicodedata.combining(parts[0]) or ord(parts[0]) in seconds:
            found[code] = None
    return tuple(found)


def packed(characters: str | None) -> int:
    """Return one or two characters as one number for the compiled loops; _ASKED if that is not possible."""
    if characters is not None and len(characters) == 1 and characters < chr(_PLANE):
        return ord(characters) or _DROPPED
    if characters is None or len(characters) > 2 or max(characters, default="") >= chr(_PLANE):
        return _ASKED
    return sum(ord(character) << 16 * place for place, character in enumerate(characters)) or _DROPPED


@cache
def _folds() -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint16]]:
    """Return the folded form of each character, and for each ASCII character its Cyrillic look-alike or itself."""
    read = forms()
    folded = _APART_FROM_ALL.join(form or "" for form in read).casefold().replace("ё", "е")
    parts = unicodedata.normalize("NFC", folded).split(_APART_FROM_ALL)
    known = (None if form is None else _fold(part) for form, part in zip(read, parts, strict=True))
    folds = np.fromiter(map(packed, known), np.uint32, _PLANE)
    ascii_letters = "".join(map(chr, range(0x80))).translate(_LOOKALIKES)
    return folds, np.array(list(map(ord, ascii_letters)), dtype=np.uint16)


def _fold(folded: str) -> str | None:
    """Reduce a case-folded character to letters and digits, or to a space; None if the result would contain both."""
    if folded.isalnum() or not folded:
        return folded
    return None if any(map(str.isalnum, folded)) else " "


def _spaced(codes: npt.NDArray[np.uint16]) -> str:
    """Keep only the words of folded characters, with arrays: the result of `_WORD` in a third of the time."""
    table = _characters()
    classes = table.classes.take(codes)
    apart = classes == _APART
    kept = ~apart
    kept[1:] |= ~apart[:-1]  # the first character of each run between two words
    normal = table.spaced.take(codes[kept]).tobytes().decode("utf-16-le", "surrogatepass").strip(" ")
    return " ".join(map(_one_script, normal.split())) if _are_mixed(classes) else normal


def _are_mixed(classes: npt.NDArray[np.uint8]) -> bool:
    """Return whether any word has letters of both scripts."""
    if not (classes == _LATIN).any() or not (classes == _CYRILLIC_LETTER).any():
        return False
    runs = classes[:-1][classes[1:] != classes[:-1]]  # all runs but the last
    runs = np.append(runs[runs != _OTHER], classes[-1])
    return bool((runs[1:] ^ runs[:-1] == _LATIN ^ _CYRILLIC_LETTER).any())


@dataclass(frozen=True, slots=True)
class _Characters:
    """Tables with one entry for each character of the basic plane."""

    classes: npt.NDArray[np.uint8]  # whether it belongs to a word, and to which of two scripts
    spaced: npt.NDArray[np.uint16]  # the character, or a space if it belongs to no word


@cache
def _characters() -> _Characters:
    classes = np.array([_OTHER if chr(code).isalnum() else _APART for code in range(_PLANE)], dtype=np.uint8)
    classes[ord("a") : ord("z") + 1] = _LATIN
    letters = classes[0x0400:0x0530]
    letters[letters == _OTHER] = _CYRILLIC_LETTER
    spaced = np.where(classes == _APART, ord(" "), np.arange(_PLANE)).astype("<u2")
    return _Characters(classes, spaced)


def _one_script(word: str) -> str:
    if word.isascii() or not _CYRILLIC.search(word):
        return word
    return word.translate(_LOOKALIKES)


def tidied(lines: Sequence[str]) -> list[str]:
    """Return the `tidy` lines that are not empty."""
    return native.text.tidied(list(lines)) if native.COMPILED else list(filter(None, map(tidy, lines)))


def tidy(line: str) -> str:
    """Replace runs of white space inside a line by one space; a single no-break space is kept."""
    return native.text.tidy(line) if native.COMPILED else _RUN.sub(" ", line).strip()
