"""Turn the bytes of a listing into text: unpack gzip, find the charset. What is damaged costs itself, not the rest."""

from __future__ import annotations

import codecs
import re
import zlib
from dataclasses import dataclass

from charset_normalizer import from_bytes

from pipeline.listing.entries import MOST_BYTES, Unread
from pipeline.page.charset import decode, known_charset

MOST_LAYERS = 3  # gzip inside gzip: servers pack files that are packed already
_GZIP = b"\x1f\x8b"
_PIECE = 4096  # bytes
_ENCODING = re.compile(rb"<\?xml[^<>]{0,200}?encoding\s*=\s*[\"']\s*([A-Za-z0-9_:.-]{2,40})\s*[\"']", re.IGNORECASE)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WIDE = ((b"<\0\0\0", "utf-32-le"), (b"\0\0\0<", "utf-32-be"), (b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))
_PRESCANNED = 4096  # bytes
_ASCII = bytes(range(128))
_CAPITALS = re.compile(r"\b[А-Яа-яЁё][А-ЯЁ]{2,}\b")  # koi8-r read as windows-1251, or the reverse
_CYRILLIC = re.compile(r"\b[А-Яа-яЁё]{3,}")
_ACCENTS = re.compile(r"[À-ÖØ-öø-ÿ]{3,}")  # Cyrillic read as windows-1252
_ACCENTED = re.compile(r"[A-Za-z]*[À-ÖØ-öø-ÿ][A-Za-zÀ-ÿ]*")


@dataclass(frozen=True, slots=True)
class Unpacked:
    """The bytes of a listing, and what is missing at their end ("" if they are whole)."""

    raw: bytes
    cut: str = ""


def unpacked(raw: bytes, *, most: int = MOST_BYTES) -> Unpacked | Unread:
    """Decompress gzip, whatever the file's name, to at most `most` bytes; other bytes are returned unchanged.

    Members on end are one file (RFC 1952). Bytes after the last member are ignored, as gzip does.
    """
    cut = ""
    for _ in range(MOST_LAYERS):
        if not raw.startswith(_GZIP):
            break
        layer = _members(raw, most)
        if isinstance(layer, Unread):
            return layer
        raw, cut = layer.raw, layer.cut or cut
    return Unpacked(raw, cut) if len(raw) <= most else Unread(f"too large ({len(raw)} bytes, at most {most})")


def _members(raw: bytes, most: int) -> Unpacked | Unread:
    parts: list[bytes] = []
    size, at, cut = 0, 0, ""
    while not cut and raw.startswith(_GZIP, at):
        member = zlib.decompressobj(wbits=31)
        while not member.eof and at < len(raw):  # in pieces: a damaged member gives what comes before the damage
            before, piece = member.copy(), raw[at : at + _PIECE]
            try:
                parts.append(member.decompress(piece, most + 1 - size))
            except zlib.error as error:
                parts.append(_before_damage(before, piece)[: most - size])
                size += len(parts[-1])
                cut = f"damaged gzip: {error}"
                break
            at += _PIECE
            if (size := size + len(parts[-1])) > most:
                return Unread(f"too large (gzip with more than {most} bytes after decompression)")
        at = min(at, len(raw)) - len(member.unused_data)
        cut = cut or ("" if member.eof else "truncated gzip")
    return Unpacked(b"".join(parts), cut) if size or not cut else Unread(cut)


def _before_damage(member: zlib._Decompress, piece: bytes) -> bytes:
    found = bytearray()
    try:
        for at in range(len(piece)):
            found += member.decompress(piece[at : at + 1])
    except zlib.error:
        pass
    return bytes(found)


def text_of(raw: bytes, charset: str | None) -> str:
    """Decode bytes; `charset` is the one that HTTP declares. Bytes that are in no charset become U+FFFD.

    1. A byte-order mark, or the zeros of UTF-16 and UTF-32.
    2. UTF-8, if the bytes are UTF-8 but for a few: text in another charset is hardly ever UTF-8 by chance.
    3. What HTTP and the XML declaration name, if the text then looks like text. RFC 7303 puts HTTP first, but many
       servers declare one charset for all their files. So if the two differ, the text decides.
    4. Detection.
    """
    for mark, name in _MARKS:
        if raw.startswith(mark):
            return raw[len(mark) :].decode(name, "replace").lstrip("\ufeff")
    for start, name in _WIDE:
        if raw.startswith(start):
            return raw.decode(name, "replace")
    names = _declared(raw, charset)
    if any(name.startswith("iso2022") for name in names) and b"\x1b" in raw:
        return raw.decode(next(name for name in names if name.startswith("iso2022")), "replace")
    if (text := _utf8(raw)) is not None:
        return text
    return _legacy(raw, names)


def _declared(raw: bytes, charset: str | None) -> list[str]:
    said = _ENCODING.search(raw, 0, _PRESCANNED)
    found = [known_charset(name) for name in (charset, said.group(1).decode("ascii") if said else None)]
    return list(dict.fromkeys(name for name in found if name is not None))


def _utf8(raw: bytes) -> str | None:
    """Decode UTF-8; None if more of its non-ASCII characters are damaged than whole."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("utf-8", "replace")
    damaged = text.count("\ufffd") - raw.count(b"\xef\xbf\xbd")
    whole = sum(byte >= 0xC0 for byte in raw.translate(None, _ASCII)) - damaged
    return text if whole >= damaged else None


def _legacy(raw: bytes, names: list[str]) -> str:
    named = [name for name in names if name != "utf-8" and not name.startswith(("utf-16", "utf-32"))]
    whole = {name: text for name in named if (text := _whole(raw, name)) is not None}
    texts = {name: text for name, text in whole.items() if _is_plausible(text)}
    if len(texts) > 1:
        best = from_bytes(raw[:60_000], cp_isolation=list(texts)).best()
        return texts.get(best.encoding.replace("_", "-") if best else "", next(iter(texts.values())))
    if texts:
        return next(iter(texts.values()))
    guessed = decode(raw, charset=None, html=True)
    if isinstance(guessed, str) and (_is_plausible(guessed) or not whole):
        return guessed
    return next(iter(whole.values()), None) or raw.decode("utf-8", "replace")


def _whole(raw: bytes, name: str) -> str | None:
    text = decode(raw, charset=name, html=False)
    return text if isinstance(text, str) else None


def _is_plausible(text: str) -> bool:
    """Return whether a text is not in another charset of a single byte: by its letters and their case."""
    words = len(_CYRILLIC.findall(text))
    if words:
        return 2 * len(_CAPITALS.findall(text)) <= words
    return 2 * len(_ACCENTS.findall(text)) <= len(_ACCENTED.findall(text))
