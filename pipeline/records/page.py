"""A raw page, as it was fetched or fed: the record of the topic `pages`.

Here: the bytes of a page, their origin, and the page id. Not here: cleaning (pipeline/document).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import AwareDatetime

from pipeline import native
from pipeline.records.fields import Base64, Url, digest
from pipeline.records.reason import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A raw page before any processing.

    Exactly one of `body`, `body_base64`, `refused` and `failed` is set:

    - `refused`: the page must not be fetched, or its feeder knows its URL but cannot carry it (too large, not text);
    - `failed`: every attempt to fetch the page failed.

    Refused and failed pages are fed as well, so that they have an outcome like any other page. A body that the server
    compressed stays compressed and has a `content_coding`; `packed.py` decompresses it when it is read.
    """

    url: Url  # for a fetched page the URL that returned it, after all redirects
    fetched_at: AwareDatetime
    media_type: str | None = None  # as declared by the server or the feeder; detected from the bytes if absent
    charset: str | None = None  # of body_base64, likewise
    body: str | None = None
    body_base64: Base64 | None = None
    content_coding: Literal["gzip", "deflate", "br", "zstd"] | None = None  # the compression of body_base64
    refused: Reason | None = None
    detail: str = ""  # of a refusal, or what is missing of a body that broke off
    failed: str | None = None  # the error
    requested_url: Url | None = None  # for a fetched page: the URL that was requested first, if it is another
    origin: str | None = None  # its offset in `urls`, "urls/<partition>/<offset>"
    redirects: tuple[Url, ...] = ()  # the URLs between `requested_url` and `url`, without these two
    referrer: Url | None = None  # the feed, sitemap or page that linked to it; title and date_published come from there
    title: str | None = None
    date_published: str | None = None
    x_robots_tag: tuple[str, ...] = ()  # the response headers X-Robots-Tag, tdm-reservation and tdm-policy, as sent
    tdm_reservation: str | None = None
    tdm_policy: str | None = None
    schema_version: Literal[1] = 1

    def __post_init__(self) -> None:
        bodies = [self.body, self.body_base64, self.refused, self.failed]
        if sum(body is not None for body in bodies) != 1:
            raise ValueError("a page has exactly one of body, body_base64, refused and failed")
        if self.content_coding is not None and self.body_base64 is None:
            raise ValueError("content_coding is of body_base64, which is not there")

    @property
    def raw(self) -> bytes:
        """The bytes of the body; a text body is encoded as UTF-8. Raises ValueError if the body is compressed."""
        if self.content_coding is not None:
            raise ValueError(f"the body is packed with {self.content_coding}")
        if self.body is not None:
            fast = native.page.utf8(self.body) if native.COMPILED else None
            return self.body.encode("utf-8", "surrogatepass") if fast is None else fast
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
    """Return a page made from raw bytes. UTF-8 bytes travel as readable text, other bytes as base64.

    `named` holds further fields of the page.
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
    """Return the text of bytes that are UTF-8 and were not declared as another charset; None for all others."""
    if charset is not None and charset.lower().replace("_", "-") not in {"utf-8", "utf8"}:
        return None
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return None


def page_id(page: Page, raw: bytes | None = None) -> str:
    """Return the id of a page: a digest of its URL and body, so that the same page fed again has the same id.

    `raw` holds the bytes of the body if the caller has them already. For a refused or failed page the texts of `detail`
    and `failed` take the place of the body: another wording makes another id.
    """
    if page.refused is not None:
        return digest(page.url.encode(), b"refused", page.refused.encode(), page.detail.encode())
    if page.failed is not None:
        return digest(page.url.encode(), b"failed", page.failed.encode())
    return digest(page.url.encode(), page.raw if raw is None else raw)
