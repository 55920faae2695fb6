"""Choose the charset of a page for which somebody names a fallback: what the page says of itself goes first."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.page.charset import declared_charset, decoded, has_mark, known_charset

JUDGED = 20_000  # characters of a text that are judged
FEWEST = 40  # letters; less cannot be judged
_XML = re.compile(rb"\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9_.:-]{2,40})[\"']")
# Signs of a text that was read in a wrong charset, none of which a language shows as often:
_CONTROLS = re.compile("[\x80-\x9f\ufffd\u2500-\u259f]")  # control characters, and parts of frames
_SWAPPED = re.compile(r"\b[а-яёєії][А-ЯЁЄІЇ]{2,}")  # KOI8 and windows-1251 exchange small and capital letters
_CYRILLIC = re.compile(r"[Ѐ-ӿ]")
_COMMON = re.compile(r"[оеаиіныт]", re.IGNORECASE)  # two of five letters in every language that has Cyrillic
_SYMBOLS = re.compile("[©®¤¦§¬\xad±¶µ№]")  # other Cyrillic charsets have letters there
_ACCENTED = re.compile("[\xc0-\xff]")  # Cyrillic or Greek that was read as Latin-1
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class Choice:
    """The charset to decode a page with; None leaves it to the page. `problem` says why a fallback was not used."""

    charset: str | None = None
    problem: str = ""


def choose_charset(raw: bytes, fallback: str | None, *, html: bool) -> Choice:
    """Return the charset of a page that comes without one; `fallback` is for pages that do not say.

    A byte-order mark, a declaration in the page that fits its bytes, and valid UTF-8 go before it. A fallback that
    makes the text unreadable is not used.
    """
    if fallback is None or has_mark(raw) or _is_utf8(raw):
        return Choice()
    if html and (said := declared_charset(raw)) is not None and decoded(raw, said) is not None:
        return Choice()
    xml = _XML.match(raw)
    said = known_charset(xml[1].decode("ascii")) if xml else None
    if said is not None and decoded(raw, said) is not None:
        return Choice(said)
    name = known_charset(fallback)
    text = decoded(raw, name) if name else None
    if text is None:
        return Choice(problem=f"its bytes are not {fallback}")
    if is_garbled(text):
        return Choice(problem=f"in {fallback} its text would be unreadable")
    return Choice(fallback)


def is_garbled(text: str) -> bool:
    """Return whether a text looks as if it was decoded with a wrong charset."""
    text = text[:JUDGED]
    letters, controls = len(_LETTER.findall(text)), len(_CONTROLS.findall(text))
    if letters + controls < FEWEST:
        return False
    return (
        controls * 100 > letters
        or len(_SWAPPED.findall(text)) * 200 > letters + 200
        or _has_odd_letters(text)
        or len(_SYMBOLS.findall(text)) * 33 > letters
        or len(_ACCENTED.findall(text)) * 5 > letters * 2
    )


def _has_odd_letters(text: str) -> bool:
    """Return whether a Cyrillic text lacks the letters that are common in all its languages."""
    letters = len(_CYRILLIC.findall(text))
    return letters >= 2 * FEWEST and len(_COMMON.findall(text)) * 10 < letters * 3


def _is_utf8(raw: bytes) -> bool:
    """Return whether bytes are UTF-8; a text in another charset hardly ever is, unless it is ASCII."""
    try:
        return "\0" not in raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
