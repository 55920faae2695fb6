"""Decode the bytes of a page. Several sources of its charset are tried in order.

They are: byte-order mark, charset given by HTTP or the feeder, charset declared in the page, UTF-8, detection.
The order is the WHATWG's ("determining the character encoding"), with UTF-8 before detection. A named charset that
the bytes contradict is not used: valid UTF-8 is UTF-8, and Cyrillic words are not Latin-1.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from charset_normalizer import from_bytes

from pipeline.page.garbled import FEWEST, JUDGED, count_letters, is_garbled

PRESCANNED = 4096  # bytes in which a page must declare its charset; WHATWG says 1,024, old portals need more
LONGEST_NAME = 40  # characters: Python caches every name that it looks up, even unknown ones
DETECTED = 60_000  # bytes that the detection reads
CONTRADICTING = 5  # words that only another charset explains
BAD = 4  # UTF-8 characters beyond ASCII for each invalid byte: text in another charset has hardly any of them
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_META = re.compile(rb"<meta[^<>]{0,300}?charset\s{0,4}=\s{0,4}[\"']?\s{0,4}([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE)
_ALIASES = {"windows1251": "cp1251", "win-1251": "cp1251", "win1251": "cp1251", "x-cp1251": "cp1251"}
_LATIN = {"cp1252", "cp1250", "cp1254", "cp1257", "iso8859-2", "iso8859-15"}
# No language that is written in those charsets has four such letters in a row; Cyrillic and Greek have little else.
_FOREIGN = re.compile(rb"[\xc0-\xff]{4,}")
_SINGLE_BYTE = re.compile(r"cp(?:125\d|866|855)|iso8859-\d+|koi8-[rut]|mac-\w+")
_TAG = re.compile(r"<[^<>]*>")
_LATIN_LETTER = re.compile("[A-Za-z\xc0-\u024f]")
_TYPOGRAPHIC = re.compile("[\\x00-\x7f\xa0\xa3\xa9\xab\xae\xb0\xb7\xbb\u2013-\u2026\u20ac\u2122]*")
_CUT = ("unexpected end", "incomplete")  # Python's reasons for a character without its last bytes
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x80-\x9f]")
# Python codecs that no page uses. They raise on bad bytes despite the error handler, or produce lone surrogates.
_NOT_OF_PAGES = {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "utf-7", "undefined"}
# Detection may return only these charsets, in which news pages in the supported languages were written.
_GUESSES = [
    *("cp1251", "koi8_r", "koi8_u", "cp866", "iso8859_5"),  # Cyrillic
    *("cp1252", "cp1250", "cp1253"),  # western, central European, Greek
    *("gb18030", "big5", "shift_jis", "euc_kr", "euc_jp"),
]


@dataclass(frozen=True, slots=True)
class Undecodable:
    """Bytes that cannot be decoded, and the first place where they are not valid UTF-8."""

    detail: str


def decode(raw: bytes, *, charset: str | None, html: bool) -> str | Undecodable:
    """Decode a page's bytes; `charset` is the one given by HTTP or the feeder.

    In plain text, detection must give a text that is surely readable.
    """
    for mark, name in _BOMS:
        if raw.startswith(mark):
            return _decoded_or(raw, name, Undecodable(f"starts with the mark of {name} but is not"))
    doubted = None
    for known in (known_charset(charset), declared_charset(raw) if html else None):
        if known is None or (text := decoded(raw, known)) is None:
            continue
        if not _contradicted(raw, known):
            return text
        doubted = doubted or text
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        if _is_cut(error, raw):
            return raw[: error.start].decode("utf-8")
        detail = f"not UTF-8 (byte 0x{raw[error.start]:02x} at offset {error.start}) and no charset is named"
    if (nearly := _nearly_utf8(raw)) is not None:
        return nearly
    guessed = _guessed(raw)
    if doubted is not None or not html:
        guessed = guessed if guessed is not None and _is_readable(guessed) else doubted
    return guessed or Undecodable(detail)


def has_mark(raw: bytes) -> bool:
    """Return whether bytes begin with a byte-order mark."""
    return raw.startswith(tuple(mark for mark, _ in _BOMS))


def known_charset(name: str | None) -> str | None:
    """Return Python's name of a charset; None if the charset is unknown or not used by pages."""
    if not name or len(name) > LONGEST_NAME:
        return None
    lowered = name.strip().lower()
    try:
        info = codecs.lookup(_ALIASES.get(lowered, lowered))
    except (LookupError, ValueError):
        return None
    # The web reads Latin-1 and ASCII as windows-1252 (WHATWG Encoding); codecs that are not charsets are refused.
    if info.name in _NOT_OF_PAGES or not info._is_text_encoding:  # noqa: SLF001 — there is no public way to ask (bpo-19619)
        return None
    return {"iso8859-1": "cp1252", "ascii": "cp1252"}.get(info.name, info.name)


def declared_charset(raw: bytes) -> str | None:
    """Return the charset that a page declares. UTF-16 declared in ASCII bytes cannot be true and means UTF-8."""
    match = _META.search(raw, 0, PRESCANNED)
    known = known_charset(match.group(1).decode("ascii")) if match else None
    return "utf-8" if known and known.startswith(("utf-16", "utf-32")) else known


def decoded(raw: bytes, name: str) -> str | None:
    """Decode bytes in a named charset; None if more than one character in a thousand is invalid.

    Of a page that is cut inside a character, that character is dropped.
    """
    try:
        return raw.decode(name)
    except UnicodeDecodeError as error:
        if _is_cut(error, raw):
            return raw[: error.start].decode(name)
        text = raw.decode(name, "replace")
        few = text.count("\ufffd") <= len(text) // 1000
        return text if few else _nearly_utf8(raw) if name == "utf-8" else None
    except (UnicodeError, ValueError):
        return None


def _contradicted(raw: bytes, name: str) -> bool:
    """Return whether bytes cannot be in a charset, although it has a character for each of them."""
    if raw.isascii() or _SINGLE_BYTE.fullmatch(name) is None:
        return False
    return is_utf8(raw) or (name in _LATIN and len(_FOREIGN.findall(raw, 0, DETECTED)) >= CONTRADICTING)


def _is_cut(error: UnicodeDecodeError, raw: bytes) -> bool:
    """Return whether the only fault is that the page ends inside a character."""
    return error.start > 0 and error.end == len(raw) and error.reason.startswith(_CUT)


def is_utf8(raw: bytes) -> bool:
    """Return whether bytes are UTF-8; a text in another charset hardly ever is, unless it is ASCII."""
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _nearly_utf8(raw: bytes) -> str | None:
    """Decode bytes that are UTF-8 but for a few; None for any others."""
    text = raw.decode("utf-8", "ignore")
    valid = len(text) - len(text.encode("ascii", "ignore"))
    bad = len(raw) - len(text.encode())
    if not valid or bad * BAD > valid:
        return None
    text = raw.decode("utf-8", "replace")
    last = raw[-3:].decode("utf-8", "replace")  # an incomplete character at the end is not one that was lost
    return text[:-1] if last.endswith("\ufffd") and raw[-1] & 0x80 else text


def _decoded_or(raw: bytes, name: str, otherwise: Undecodable) -> str | Undecodable:
    text = decoded(raw, name)
    return otherwise if text is None else text


def _guessed(raw: bytes) -> str | None:
    best = from_bytes(raw[:DETECTED], cp_isolation=_GUESSES).best()
    if best is None:
        return None
    # KOI8-U has Ukrainian letters where KOI8-R has parts of frames, and is otherwise the same.
    return decoded(raw, "koi8_u" if best.encoding == "koi8_r" else best.encoding)


def _is_readable(text: str) -> bool:
    """Return whether a text has letters, few of them Latin, no control characters, and no sign of a wrong charset.

    The Latin charsets differ in a few letters only, so that detection often takes one for another.
    """
    text = text[:JUDGED]
    letters = count_letters(text)
    if letters < FEWEST or _CONTROLS.search(text) is not None or is_garbled(text):
        return False
    latin = len(_LATIN_LETTER.findall(_TAG.sub("", text)))
    return latin * 2 <= letters or _TYPOGRAPHIC.fullmatch(text) is not None
