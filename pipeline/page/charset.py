"""Decode the bytes of a page. Several sources of its charset are tried in order.

They are: byte-order mark, charset given by HTTP or the feeder, charset declared in the page, UTF-8, detection.
The order is the WHATWG's ("determining the character encoding"), with UTF-8 before detection.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from charset_normalizer import from_bytes

PRESCANNED = 4096  # bytes in which a page must declare its charset; WHATWG says 1,024, old portals need more
LONGEST_NAME = 40  # characters: Python caches every name that it looks up, even unknown ones
DETECTED = 60_000  # bytes that the detection reads
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_META = re.compile(rb"<meta[^<>]{0,300}?charset\s{0,4}=\s{0,4}[\"']?\s{0,4}([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE)
_ALIASES = {"windows1251": "cp1251", "win-1251": "cp1251", "win1251": "cp1251", "x-cp1251": "cp1251"}
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
    """Decode a page's bytes; `charset` is the one given by HTTP or the feeder. Detection is used for HTML only."""
    for mark, name in _BOMS:
        if raw.startswith(mark):
            return _decoded_or(raw, name, Undecodable(f"starts with the mark of {name} but is not"))
    for known in (known_charset(charset), declared_charset(raw) if html else None):
        if known is not None and (text := decoded(raw, known)) is not None:
            return text
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        detail = f"not UTF-8 (byte 0x{raw[error.start]:02x} at offset {error.start}) and no charset is named"
    return (_guessed(raw) if html else None) or Undecodable(detail)


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
    """Decode bytes in a named charset; None if more than one character in a thousand is invalid."""
    try:
        return raw.decode(name)
    except UnicodeDecodeError:
        text = raw.decode(name, "replace")
        return text if text.count("\ufffd") <= len(text) // 1000 else None
    except (UnicodeError, ValueError):
        return None


def _decoded_or(raw: bytes, name: str, otherwise: Undecodable) -> str | Undecodable:
    text = decoded(raw, name)
    return otherwise if text is None else text


def _guessed(raw: bytes) -> str | None:
    best = from_bytes(raw[:DETECTED], cp_isolation=_GUESSES).best()
    return decoded(raw, best.encoding) if best else None
