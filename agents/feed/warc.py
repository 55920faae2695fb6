"""Pages from web archives (WARC 1.0 and 1.1, ISO 28500), which a crawler fetched earlier."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from fastwarc.warc import ArchiveIterator, WarcRecordType

from agents.feed.lines import DAMAGED, reason
from agents.feed.page_files import Input, Place, Problem
from pipeline.page.unpacking import TooMuchError, Unpacker, UnpackingError
from pipeline.records.page import Page, page_of
from pipeline.records.reason import Reason
from pipeline.records.url import web_url
from pipeline.url.answers import content_type

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agents.feed.lines import Meter

WANTED = frozenset({"text/html", "application/xhtml+xml", "text/plain", ""})  # "": the type is detected from the bytes
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
        """Read the pages after record `after`. A damaged file ends with a Problem after its readable pages."""
        try:
            with self.path.open("rb") as file:
                yield from self._read(file)
        except DAMAGED as error:
            yield Problem(str(self.path), f"damaged, or not a WARC file: {reason(error)}")

    @property
    def summary(self) -> str:
        """One line about the records left out, and why; "" if there are none."""
        if not self.left_out:
            return ""
        kinds = ", ".join(f"{count} {what}" for what, count in self.left_out.most_common(8))
        return f"{self.path}: {self.pages} pages; {self.left_out.total()} other records left out ({kinds})"

    def _read(self, file: Any) -> Iterator[Input | Problem]:
        number = 0
        for number, record in enumerate(ArchiveIterator(file, parse_http=True, auto_decode="none"), 1):
            if self._meter:
                self._meter.at(self.path, file.tell())
            if number <= self._after:
                continue
            if why := _why_not(record):
                self.left_out[why] += 1
                continue
            page = self._page(record, number)
            self.pages += isinstance(page, Input)
            yield page
        if not number:
            yield Problem(str(self.path), "the file has no WARC records")

    def _page(self, record: Any, number: int) -> Input | Problem:
        where, place = f"{self.path}:{number}", Place(self.path, number)
        url = _url(record)
        if web_url(url) is None:
            return Problem(where, f"a response without a web URL ({url[:100]!r})", place)
        fetched_at = record.record_date or datetime.now(UTC)
        declared = content_type(record.http_headers.get("Content-Type"))
        try:
            body = _body(record)
        except TooMuchError as error:
            page = Page(url=url, fetched_at=fetched_at, refused=Reason.TOO_LARGE, detail=str(error))
            return Input(page=page, where=where, place=place)
        except UnpackingError as error:
            return Problem(where, str(error), place)
        page = page_of(
            url,
            body,
            fetched_at=fetched_at,
            media_type=declared.media_type or None,
            charset=declared.charset,
            **_reservations(record.http_headers),
        )
        return Input(page=page, where=where, place=place)


def _url(record: Any) -> str:
    """Return the record's URL. WARC 1.0's grammar puts it in angle brackets, and some programs write it so."""
    return (record.headers.get("WARC-Target-URI") or "").strip().removeprefix("<").removesuffix(">")


def _reservations(headers: Any) -> dict[str, Any]:
    """Return what the server declared about the page's use, as fields of a page."""
    tags = tuple(value for name, value in headers.items() if name.lower() == "x-robots-tag")
    return {
        "x_robots_tag": tags[:MOST_TAGS],
        "tdm_reservation": headers.get("tdm-reservation"),
        "tdm_policy": headers.get("tdm-policy"),
    }


def _why_not(record: Any) -> str:
    if record.record_type != WarcRecordType.response:
        return f"of type {record.record_type!s}"
    if not record.is_http or record.http_headers is None or record.http_headers.status_code is None:
        return "without HTTP"
    if record.http_headers.status_code != 200:
        return f"of status {record.http_headers.status_code}"
    media_type = content_type(record.http_headers.get("Content-Type")).media_type
    return "" if media_type in WANTED else media_type


def _body(record: Any) -> bytes:
    """Undo the content codings of a body. Many archives have already undone them and kept the header."""
    if record.content_length > LARGEST:
        raise TooMuchError(f"{record.content_length} bytes; {LARGEST} fit")
    raw = record.reader.read(LARGEST)
    if len(raw) < record.content_length:  # FastWARC returns the rest of a truncated archive
        raise UnpackingError(f"the archive ends after {len(raw)} of the body's {record.content_length} bytes")
    headers = record.http_headers
    if "chunked" in (headers.get("Transfer-Encoding") or "").lower():
        raw = _unchunked(raw)
    coding = headers.get("Content-Encoding") or ""
    try:
        unpacker = Unpacker(coding, LARGEST)
        body = b"".join(unpacker.take(raw))
        unpacker.end()
    except UnpackingError:
        if raw.lstrip()[:1] == b"<":
            return bytes(raw)
        raise
    return body


def _unchunked(raw: bytes) -> bytes:
    """Undo the chunked transfer coding (RFC 9112, section 7.1). Other bytes are returned unchanged."""
    parts: list[bytes] = []
    at = 0
    while (end := raw.find(b"\r\n", at, at + 200)) >= 0:
        try:
            size = int(raw[at:end].split(b";")[0].strip(), 16)
        except ValueError:
            return raw
        if size <= 0:
            return b"".join(parts) if size == 0 else raw
        parts.append(raw[end + 2 : end + 2 + size])
        at = end + 2 + size + 2
    return b"".join(parts) if parts else raw
