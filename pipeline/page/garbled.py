"""Detect a text that was decoded with a wrong charset, by signs that no language shows as often."""

from __future__ import annotations

import re

JUDGED = 20_000  # characters of a text that are judged
FEWEST = 40  # letters; less cannot be judged
_CONTROLS = re.compile("[\x80-\x9f\ufffd\u2500-\u259f]")  # control characters, and parts of frames
_SWAPPED = re.compile(r"\b[а-яёєії][А-ЯЁЄІЇ]{2,}")  # KOI8 and windows-1251 exchange small and capital letters
_CYRILLIC = re.compile(r"[Ѐ-ӿ]")
_COMMON = re.compile(r"[оеаиіныт]", re.IGNORECASE)  # two of five letters in every language that has Cyrillic
_SYMBOLS = re.compile("[©®¤¦§¬\xad±¶µ№]")  # other Cyrillic charsets have letters there
_ACCENTED = re.compile("[\xc0-\xff]")  # Cyrillic or Greek that was read as Latin-1
_LETTER = re.compile(r"[^\W\d_]")


def is_garbled(text: str) -> bool:
    """Return whether a text looks as if it was decoded with a wrong charset."""
    text = text[:JUDGED]
    letters, controls = count_letters(text), len(_CONTROLS.findall(text))
    if letters + controls < FEWEST:
        return False
    return (
        controls * 100 > letters
        or len(_SWAPPED.findall(text)) * 200 > letters + 200
        or _has_odd_letters(text)
        or len(_SYMBOLS.findall(text)) * 33 > letters
        or len(_ACCENTED.findall(text)) * 5 > letters * 2
    )


def count_letters(text: str) -> int:
    """Return the number of letters of any script."""
    return len(_LETTER.findall(text))


def _has_odd_letters(text: str) -> bool:
    """Return whether a Cyrillic text lacks the letters that are common in all its languages."""
    letters = len(_CYRILLIC.findall(text))
    return letters >= 2 * FEWEST and len(_COMMON.findall(text)) * 10 < letters * 3
