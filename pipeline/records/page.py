"""A raw page, as it was fetched or fed: the noun of the topic `pages`.

Only what a page *is* lives here: its bytes, where they come from, its id. What becomes of it is `clean.py`'s.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import AwareDatetime

from pipeline.records.fields import Base64, Url, digest
from pipeline.records.reason import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page before anything was done to it.

    Exactly one of `body`, `body_base64`, `refused` and `failed` is there. `refused` is for a page that its feeder could
    read the name of but not carry (too large, not a text), or that was not to be fetched; `failed` for one that could
    not be fetched, however often it was tried. They are fed all the same, so that they have an outcome like any other.
    A body that a server packed travels as it came, with its `content_coding`; `packed.py` undoes that where it is read.
    """

    url: Url  # where it was fetched it is the last one, after all redirects
    fetched_at: AwareDatetime
    media_type: str | None = None  # as the server or the feeder said; looked for in the bytes where absent
    charset: str | None = None  # of body_base64, likewise
    body: str | None = None
    body_base64: Base64 | None = None
    content_coding: Literal["gzip", "deflate", "br", "zstd"] | None = None  # that body_base64 is packed with
    refused: Reason | None = None
    detail: str = ""
    failed: str | None = None  # the error
    requested_url: Url | None = None  # of a page that was fetched: the canonical form of what was asked for
    origin: str | None = None  # its place in `urls`, "urls/<partition>/<offset>"
    redirects: tuple[Url, ...] = ()  # from there to `url`, without both
    referrer: Url | None = None  # the feed, the sitemap or the page that named it, title and date_published likewise
    title: str | None = None
    date_published: str | None = None
    schema_version: Literal[1] = 1

    def __post_init__(self) -> None:
        bodies = [self.body, self.body_base64, self.refused, self.failed]
        if sum(one is not None for one in bodies) != 1:
            raise ValueError("a page has exactly one of body, body_base64, refused and failed")
        if self.content_coding is not None and self.body_base64 is None:
            raise ValueError("content_coding is of body_base64, which is not there")

    @property
    def raw(self) -> bytes:
        """The body's bytes; a body that came as text is its UTF-8. ValueError where they are packed."""
        if self.content_coding is not None:
            raise ValueError(f"the body is packed with {self.content_coding}")
        if self.body is not None:
            return self.body.encode("utf-8", "surrogatepass")
        return self.body_base64 or b""


def page_of(
    url: str,
    raw: bytes,
    *,
    fetched_at: AwareDatetime,
    media_type: str | None = None,
    charset: str | None = None,
    **named: Any,
) -> Page:
    """Make a page of raw bytes; bytes that are UTF-8 travel as readable text, others as base64.

    `named` are further fields of the page.
    """
    text = text_of(raw, charset)
    return Page(
        url=url,
        fetched_at=fetched_at,
        media_type=media_type,
        charset=charset if text is None else None,
        body=text,
        body_base64=raw if text is None else None,
        **named,
    )


def text_of(raw: bytes, charset: str | None) -> str | None:
    """Return the text of bytes that are UTF-8, and of which nothing else was said; None of others."""
    if charset is not None and charset.lower().replace("_", "-") not in {"utf-8", "utf8"}:
        return None
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return None


def page_id(page: Page, raw: bytes | None = None) -> str:
    """Name a page by its URL and body (`raw`, where it is at hand), so that the same page fed again is known."""
    if page.refused is not None:
        return digest(page.url.encode(), b"refused", page.refused.encode(), page.detail.encode())
    if page.failed is not None:
        return digest(page.url.encode(), b"failed", page.failed.encode())
    return digest(page.url.encode(), page.raw if raw is None else raw)
