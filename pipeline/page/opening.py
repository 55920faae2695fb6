"""Open a raw page: decode its bytes as text, and detect whether it is HTML or plain text."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline.page.charset import Undecodable, decode, known_charset
from pipeline.page.markup import looks_like_html
from pipeline.page.media_types import HTML_TYPES, PAGE_TYPES, XML_TYPES, content_type
from pipeline.records.page import Page
from pipeline.records.reason import Reason

_MARKUP = HTML_TYPES | XML_TYPES
_OPENED = PAGE_TYPES | XML_TYPES | {"text/markdown"}


_SURROGATE = b"\xed"
LONGEST_DETAIL = 200  # characters of a value that the page itself declares


@dataclass(frozen=True, slots=True)
class Opened:
    """A decoded page: its text, and whether it is HTML."""

    text: str
    html: bool
    utf8: bytes | None = field(default=None, compare=False)  # the text for a parser, where its bytes are at hand


@dataclass(frozen=True, slots=True)
class Unopened:
    """A page that is not cleaned, and the reason."""

    reason: Reason
    detail: str


def open_page(page: Page, raw: bytes | None = None) -> Opened | Unopened:
    """Decode a page and detect whether it is HTML; `raw` holds the bytes of the body if the caller has them already."""
    if page.refused is not None or page.failed is not None:
        return Unopened(page.refused or Reason.EMPTY, page.detail if page.refused else f"not fetched: {page.failed}")
    raw = page.raw if raw is None else raw
    if not raw or raw.isspace():
        return Unopened(Reason.EMPTY, "no characters but white space" if raw else "0 bytes")
    said = content_type(page.media_type)
    if said.media_type not in _OPENED:
        return Unopened(Reason.MEDIA_TYPE, said.media_type[:LONGEST_DETAIL])
    charset = page.charset or said.charset
    if binary := _binary(raw, charset):
        return Unopened(Reason.BINARY, binary)
    html = said.media_type in _MARKUP or looks_like_html(raw[:16384].decode("latin-1"))
    text = page.body if page.body is not None else decode(raw, charset=charset, html=html)
    if isinstance(text, Undecodable):
        return Unopened(Reason.UNDECODABLE, text.detail)
    bare = text.removeprefix("\ufeff")
    # The bytes of a text body are UTF-8, and to look for a NUL there takes a tenth of the time.
    nuls = 0 in raw if page.body is not None else "\0" in bare
    bare = bare.replace("\0", "") if nuls else bare
    # 0xED also begins a lone surrogate, which is no UTF-8.
    utf8 = raw if page.body is not None and len(bare) == len(text) and _SURROGATE not in raw else None
    return Opened(bare, html or looks_like_html(bare), utf8)


def _binary(raw: bytes, charset: str | None) -> str | None:
    """Return the sign that bytes are binary; None for text. UTF-16 text says so, and may contain NULs."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or (known_charset(charset) or "").startswith(("utf-16", "utf-32")):
        return None
    for magic, name in _MAGIC:
        if raw.startswith(magic):
            return name
    nuls = raw.count(0) if 0 in raw else 0  # to look for one takes a tenth of the time of counting
    return f"{nuls} NUL bytes, the first at offset {raw.find(0)}" if nuls * 1000 > len(raw) else None


_MAGIC = (
    (b"%PDF-", "a PDF"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "gzip data"),
    (b"\x7fELF", "a program"),
)
