"""Pages from web archives (WARC 1.0 and 1.1, ISO 28500), which a crawler fetched earlier.

A page is a `response`, a `resource` (from crawlers that drive a browser) or a `conversion` (the text of a page, as in
WET files). The HTTP inside is read as forgivingly as the fetch stage reads it.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, BinaryIO

from agents.feed.archive import Damage, records_in
from agents.feed.lines import DAMAGED, reason
from agents.feed.page_files import Input, Place, Problem
from pipeline.page.codings import unpack
from pipeline.page.media_types import ContentType, content_type, may_be_page, page_type
from pipeline.page.unpacking import TooMuchError, UnpackingError
from pipeline.records.page import Page, page_of
from pipeline.records.reason import Reason
from pipeline.records.url import web_url
from pipeline.url.answers import meaning_of
from pipeline.url.heads import Head, head_of, values_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agents.feed.archive import Record
    from agents.feed.lines import Meter

PAGES = frozenset({"response", "resource", "conversion"})  # types of records
_RANGE = re.compile(r"bytes 0-(\d{1,15})/(\d{1,15})$")
_CHUNK = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]{0,1000})?\r?\n")
LARGEST_HEAD = 256 << 10  # bytes of a head, beside the body
MOST_TAGS = 20  # headers X-Robots-Tag of a page
LARGEST = 24 << 20  # limit of a body in bytes; a larger one is fed as a refused page


class Archive:
    """The pages of one WARC file, compressed or not, and the number of its other records."""

    def __init__(self, path: Path, *, after: int = 0, meter: Meter | None = None) -> None:
        self.path = path
        self.pages = 0
        self.left_out: Counter[str] = Counter()
        self._after = after
        self._meter = meter

    def __iter__(self) -> Iterator[Input | Problem]:
        """Read the pages after record `after`. A damaged record becomes a Problem."""
        try:
            with self.path.open("rb") as file:
                yield from self._read(file)
        except OSError as error:
            yield Problem(str(self.path), reason(error))
        except DAMAGED as error:
            yield Problem(str(self.path), f"damaged, or not a WARC file: {reason(error)}")

    @property
    def summary(self) -> str:
        """One line about the records left out, and why; "" if there are none."""
        if not self.left_out:
            return ""
        kinds = ", ".join(f"{count} {what}" for what, count in self.left_out.most_common(8))
        return f"{self.path}: {self.pages} pages; {self.left_out.total()} other records left out ({kinds})"

    def _read(self, file: BinaryIO) -> Iterator[Input | Problem]:
        number = 0
        for number, record in enumerate(records_in(file, LARGEST + LARGEST_HEAD), 1):
            if self._meter:
                self._meter.at(self.path, file.tell())
            if number <= self._after:
                continue
            found = self._found(record, f"{self.path}:{number}", Place(self.path, number))
            if isinstance(found, str):
                self.left_out[found] += 1
                continue
            self.pages += isinstance(found, Input)
            yield found
        if not number:
            yield Problem(str(self.path), "the file has no WARC records")

    def _found(self, record: Record | Damage, where: str, place: Place) -> Input | Problem | str:
        """Return the page of a record, or its problem, or why it is left out."""
        if isinstance(record, Damage):
            return Problem(where, f"damaged, or not a WARC record: {record.reason}", place)
        kind, url = record.get("WARC-Type").lower(), _url(record)
        if kind not in PAGES or record.get("WARC-Segment-Number"):
            return f"of type {kind[:40]}" if kind not in PAGES else "in segments"
        head = head_of(record.block) if kind == "response" else None
        said = content_type(head.get("Content-Type") if head is not None else record.get("Content-Type"))
        if why := _why_not(kind, head, said):
            return why
        if web_url(url) is None:
            return (
                Problem(where, f"a response without a web URL ({url[:100]!r})", place) if head else "without a web URL"
            )
        return self._page(record, head, said, where, place)

    def _page(
        self, record: Record, head: Head | None, said: ContentType, where: str, place: Place
    ) -> Input | Problem | str:
        url, at = _url(record), _date(record.get("WARC-Date")) or datetime.now(UTC)
        try:
            body = _body(record, head)
        except TooMuchError as error:
            page = Page(url=url, fetched_at=at, refused=Reason.TOO_LARGE, detail=str(error))
            return Input(page=page, where=where, place=place)
        except UnpackingError as error:
            return Problem(where, str(error), place)
        if (media_type := page_type(said.media_type, body)) is None:
            return said.media_type
        page = page_of(
            url,
            body,
            fetched_at=at,
            media_type=media_type or None,
            charset=said.charset,
            x_robots_tag=tuple(values_of("X-Robots-Tag", head.fields))[:MOST_TAGS] if head else (),
            tdm_reservation=head.get("tdm-reservation") or None if head else None,
            tdm_policy=head.get("tdm-policy") or None if head else None,
        )
        return Input(page=page, where=where, place=place)


def _url(record: Record) -> str:
    """Return the record's URL. WARC 1.0's grammar puts it in angle brackets, and some programs write it so."""
    return record.get("WARC-Target-URI").strip().removeprefix("<").removesuffix(">")


def _date(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _why_not(kind: str, head: Head | None, said: ContentType) -> str:
    """Return why a record is no page; "" if it can be one."""
    is_page = may_be_page(said.media_type)
    if head is not None:
        is_answer = meaning_of(head.status) == "page" and (head.status != 206 or _is_whole(head))
        return ("" if is_page else said.media_type) if is_answer else f"of status {head.status}"
    if is_page and said.media_type:  # also a response that some programs write without HTTP
        return ""
    return "without HTTP" if kind == "response" else said.media_type or "without a media type"


def _is_whole(head: Head) -> bool:
    """Return whether a partial answer has all bytes."""
    found = _RANGE.match(head.get("Content-Range"))
    return found is not None and int(found[1]) + 1 == int(found[2])


def _body(record: Record, head: Head | None) -> bytes:
    """Undo the codings of a body. Many archives have already undone them and kept the header."""
    raw = record.block[head.end if head is not None else 0 :]
    if len(raw) > LARGEST or not record.is_whole:
        raise TooMuchError(f"{record.length} bytes; {LARGEST} fit")
    if head is None:
        return raw
    if head.is_chunked:
        raw = _unchunked(raw)
    return unpack([raw], head.get("Content-Encoding"), LARGEST, short=bool(record.get("WARC-Truncated")))


def _unchunked(raw: bytes) -> bytes:
    """Undo the chunked transfer coding (RFC 9112, section 7.1). Other bytes are returned unchanged."""
    parts: list[bytes] = []
    at = 0
    while (line := _CHUNK.match(raw, at)) is not None:
        size = int(line[1], 16)
        if size == 0:
            return b"".join(parts)
        parts.append(raw[line.end() : line.end() + size])
        at = line.end() + size
        at += 2 if raw.startswith(b"\r\n", at) else 1
    return b"".join(parts) if parts and at >= len(raw) else raw
