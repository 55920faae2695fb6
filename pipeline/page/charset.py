"""Bytes to text: a byte-order mark, then what was said, then what the page declares, then UTF-8, then detection.

The order is the WHATWG's ("determining the character encoding"), with UTF-8 tried before guessing.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from charset_normalizer import from_bytes

PRESCANNED = 4096  # bytes in which a page must declare its charset; WHATWG says 1,024, old portals need more
LONGEST_NAME = 40  # characters: Python keeps every name it was ever asked for
DETECTED = 60_000  # bytes that the detection looks at
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_META = re.compile(rb"<meta[^<>]{0,300}?charset\s{0,4}=\s{0,4}[\"']?\s{0,4}([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE)
_ALIASES = {"windows1251": "cp1251", "win-1251": "cp1251", "win1251": "cp1251", "x-cp1251": "cp1251"}
# Python's codecs that no page is in: they raise on bad bytes whatever the error handler, or make lone surrogates.
_NOT_OF_PAGES = {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "utf-7", "undefined"}
# Detection is believed only for charsets that news pages in our languages came in.
_GUESSES = [
    *("cp1251", "koi8_r", "koi8_u", "cp866", "iso8859_5"),  # Cyrillic
    *("cp1252", "cp1250", "cp1253"),  # western, central European, Greek
    *("gb18030", "big5", "shift_jis", "euc_kr", "euc_jp"),
]


@dataclass(frozen=True, slots=True)
class Undecodable:
    """Bytes that are text in no charset we know, and where they stop being UTF-8."""

    detail: str


def decode(raw: bytes, *, said: str | None, html: bool) -> str | Undecodable:
    """Decode a page's bytes; plain text that is not UTF-8 and names no charset is not guessed at."""
    for mark, name in _BOMS:
        if raw.startswith(mark):
            return _decoded_or(raw, name, Undecodable(f"starts with the mark of {name} but is not"))
    for known in (known_charset(said), _declared(raw) if html else None):
        if known is not None and (text := _decoded(raw, known)) is not None:
            return text
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        detail = f"not UTF-8 (byte 0x{raw[error.start]:02x} at offset {error.start}) and no charset is named"
    return (_guessed(raw) if html else None) or Undecodable(detail)


def known_charset(name: str | None) -> str | None:
    """Return Python's name of a charset, None where there is none."""
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


def _declared(raw: bytes) -> str | None:
    """Return the charset that a page declares; a declaration that reads as ASCII is not UTF-16, it means UTF-8."""
    found = _META.search(raw, 0, PRESCANNED)
    known = known_charset(found.group(1).decode("ascii")) if found else None
    return "utf-8" if known and known.startswith(("utf-16", "utf-32")) else known


def _decoded(raw: bytes, name: str) -> str | None:
    """Decode, forgiving a few bad bytes (one in a thousand) where the charset was named."""
    try:
        return raw.decode(name)
    except UnicodeDecodeError:
        text = raw.decode(name, "replace")
        return text if text.count("\ufffd") <= len(text) // 1000 else None
    except (UnicodeError, ValueError):
        return None


def _decoded_or(raw: bytes, name: str, otherwise: Undecodable) -> str | Undecodable:
    text = _decoded(raw, name)
    return otherwise if text is None else text


def _guessed(raw: bytes) -> str | None:
    best = from_bytes(raw[:DETECTED], cp_isolation=_GUESSES).best()
    return _decoded(raw, best.encoding) if best else None
