"""A raw page is opened: its bytes become text, and HTML is told from plain text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.page.charset import Undecodable, decode
from pipeline.page.markup import looks_like_html
from pipeline.records.page import Page
from pipeline.records.reason import Reason

if TYPE_CHECKING:
    pass


_HTML_TYPES = {"text/html", "application/xhtml+xml", "application/xml", "text/xml"}


_TEXT_TYPES = {"text/plain", "text/markdown", ""}


LONGEST_DETAIL = 200  # characters of what a page says of itself


@dataclass(frozen=True, slots=True)
class Opened:
    """A page whose bytes were read: its text and whether that is markup."""

    text: str
    html: bool


@dataclass(frozen=True, slots=True)
class Unopened:
    """A page that is not read (to its end), with the reason."""

    reason: Reason
    detail: str


def open_page(page: Page, raw: bytes | None = None) -> Opened | Unopened:
    """Read a page's bytes (`raw`, where they are at hand) as text, and tell HTML from plain text."""
    if page.refused is not None or page.failed is not None:
        return Unopened(page.refused or Reason.EMPTY, page.detail if page.refused else f"not fetched: {page.failed}")
    raw = page.raw if raw is None else raw
    if not raw.strip():
        return Unopened(Reason.EMPTY, "no characters but white space" if raw else "0 bytes")
    said, _, parameters = (page.media_type or "").partition(";")
    said = said.strip().lower()
    if said not in _HTML_TYPES | _TEXT_TYPES:
        return Unopened(Reason.MEDIA_TYPE, said[:LONGEST_DETAIL])
    if binary := _binary(raw):
        return Unopened(Reason.BINARY, binary)
    html = said in _HTML_TYPES or looks_like_html(raw[:16384].decode("latin-1"))
    charset = page.charset or _parameter(parameters, "charset")
    text = page.body if page.body is not None else decode(raw, said=charset, html=html)
    if isinstance(text, Undecodable):
        return Unopened(Reason.UNDECODABLE, text.detail)
    text = text.removeprefix("\ufeff").replace("\0", "")
    return Opened(text, html or looks_like_html(text))


def _binary(raw: bytes) -> str | None:
    """Name what shows that bytes are not a text; a UTF-16 text has its NULs behind a byte-order mark."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return None
    for magic, name in _MAGIC:
        if raw.startswith(magic):
            return name
    nuls = raw.count(0)
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


def _parameter(parameters: str, name: str) -> str | None:
    for part in parameters.split(";"):
        key, _, value = part.partition("=")
        if key.strip().lower() == name:
            return value.strip().strip("\"'") or None
    return None
