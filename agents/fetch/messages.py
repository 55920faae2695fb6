"""Make the records that the fetch stage writes: pages, waiting URLs and visits.

A header of each page and waiting URL names the input record that it finishes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from agents.fetch.answer import Failed, Fetched, Refused
from pipeline.records.page import Page, page_of
from pipeline.records.reason import Reason
from pipeline.records.target import Target, Visit, Waiting
from pipeline.records.url import host_of
from pipeline.records.wire import Malformed, decode, encode
from pipeline.topics import LARGE, PAGES, URLS, URLS_LATER, VISITS
from pipeline.topics.headers import ORIGIN, header
from pipeline.topics.traceparent import TRACEPARENT, child_of

if TYPE_CHECKING:
    from datetime import datetime

    from agents.fetch.frontier import Item

SETTLES = "fetch-settles"
LONGEST_PROBLEM = 900
LARGEST = LARGE - (1 << 16)  # bytes of a value; the rest is for the key, the headers and the batch
_PLACE = re.compile(rb"(urls|urls-later)/([0-9]{1,10})/([0-9]{1,19})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A record to write into the partition of its URL."""

    topic: str
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...] = ()
    result: str = ""  # the result for the URL: page, failed, the refusal reason, or why it waits
    url: str = ""
    error: str = ""
    parent: bytes | None = None  # the traceparent of the record that this one finishes
    began: float | None = None  # when work on that record began, in seconds since the epoch


def read_target(topic: str, value: bytes | None, place: str) -> tuple[Target, Waiting | None] | Malformed:
    """Read a record of `urls` or `urls-later`; `place` is its topic, partition and offset."""
    if topic == URLS.name:
        target: Target | Malformed = decode(Target, value)
        return target if isinstance(target, Malformed) else (target, None)
    waiting: Waiting | Malformed = decode(Waiting, value)
    if isinstance(waiting, Malformed):
        return waiting
    if _PLACE.fullmatch(waiting.origin.encode()) is None:
        return Malformed(f"{place}: origin {waiting.origin[:80]!r} is no place in {URLS.name}")
    return waiting.target, waiting


def page_record(
    item: Item,
    answer: Fetched | Refused | Failed,
    *,
    at: datetime,
    place: str,
    began: datetime | None = None,
    ratio: float = 0.0,
) -> Record:
    """Make the final page record of a URL: with its body, refused, or failed after the last attempt."""
    target = item.target
    named: dict[str, Any] = {
        "requested_url": item.url if answer.url != item.url else None,
        "origin": item.origin,
        "redirects": answer.redirects[1:],  # the first is the requested URL
        "referrer": target.referrer,
        "title": target.title,
        "date_published": target.date_published,
    }
    extra: tuple[tuple[str, bytes], ...] = ()
    if isinstance(answer, Fetched):
        named |= {name: getattr(answer, name) for name in ("x_robots_tag", "tdm_reservation", "tdm_policy")}
    if isinstance(answer, Fetched) and answer.coding:
        page = Page(
            url=answer.url,
            fetched_at=answer.at,
            media_type=answer.media_type or None,
            charset=answer.charset,
            detail=_plain(answer.detail),
            body_base64=answer.body,
            content_coding=cast("Any", answer.coding),
            **named,
        )
    elif isinstance(answer, Fetched):
        page = page_of(
            answer.url,
            answer.body,
            fetched_at=answer.at,
            media_type=answer.media_type or None,
            charset=answer.charset,
            detail=_plain(answer.detail),
            **named,
        )
    elif isinstance(answer, Refused):
        page = Page(url=answer.url, fetched_at=at, refused=answer.reason, detail=_plain(answer.detail), **named)
    else:
        page = Page(url=answer.url, fetched_at=at, failed=_plain(answer.problem), **named)
        extra = (("attempt", str(item.attempt - (not answer.asked)).encode()),)
    key = item.host if page.url == item.url else host_of(page.url)
    headers = _headers("pages.fetched", place, place, item.origin, parent=item.traceparent, ratio=ratio)
    record = _page_record(page, key or place, (*headers, *extra))
    return replace(record, parent=item.traceparent, began=began.timestamp() if began else None)


def broken_record(place: str, problem: str, *, at: datetime, parent: bytes | None = None, ratio: float = 0.0) -> Record:
    """Make the page of a record that names no URL. The page becomes a dead letter."""
    page = Page(url=f"kafka:{place}", fetched_at=at, failed=_plain(problem), origin=place)
    record = _page_record(page, place, _headers("pages.fetched", place, place, place, parent=parent, ratio=ratio))
    return replace(record, parent=parent)


def refused_record(item: Item, reason: Reason, detail: str, *, at: datetime, ratio: float = 0.0) -> Record:
    """Make the page of a URL that is refused before any request."""
    refused = Refused(url=item.url, reason=reason, detail=detail)
    return page_record(item, refused, at=at, place=item.place, ratio=ratio)


def waiting_record(
    item: Item,
    *,
    attempt: int,
    not_before: datetime,
    problem: str,
    host_problem: str | None = None,
    began: datetime | None = None,
    ratio: float = 0.0,
) -> Record:
    """Make the record of a waiting URL. It finishes the current record of that URL.

    `problem` is of the URL's own last attempt, `host_problem` why its host is not asked at present.
    """
    waiting = Waiting(
        target=item.target,
        origin=item.origin,
        attempt=attempt,
        not_before=not_before,
        problem=_plain(problem),
        host_problem=_plain(host_problem) if host_problem is not None else None,
        unanswered_since=item.unanswered_since,
    )
    headers = _headers("urls.waiting", item.name, item.place, item.origin, parent=item.traceparent, ratio=ratio)
    why = "retry" if attempt > item.attempt else "rest"
    return Record(
        topic=URLS_LATER.name,
        key=item.host.encode(),
        value=encode(waiting),
        headers=headers,
        result=why,
        url=item.url,
        error=problem if host_problem is None else host_problem,
        parent=item.traceparent,
        began=began.timestamp() if began else None,
    )


def visit_record(visit: Visit, name: str) -> Record:
    """Make the record of a visit; `name` is the URL's id."""
    return Record(topic=VISITS.name, key=name.encode(), value=encode(visit))


def settled_by(record: Any) -> tuple[str, int, int] | None:
    """Return the topic, partition and offset of the input that a record of `pages` or `urls-later` finishes.

    Return None if the record finishes no input.
    """
    found = _PLACE.fullmatch(header(record.headers, SETTLES) or b"")
    return (found[1].decode(), int(found[2]), int(found[3])) if found else None


def _plain(text: str) -> str:
    """Return a text as valid UTF-8, truncated to `LONGEST_PROBLEM` characters. Servers may send any characters."""
    return text.encode("utf-8", "replace").decode("utf-8")[:LONGEST_PROBLEM]


def _page_record(page: Page, key: str, headers: tuple[tuple[str, bytes], ...]) -> Record:
    result = "failed" if page.failed is not None else page.refused or "page"
    return Record(
        topic=PAGES.name,
        key=key.encode(),
        value=_encoded(page),
        headers=headers,
        result=result,
        url=page.url,
        error=page.failed or "",
    )


def _encoded(page: Page) -> bytes:
    value = encode(page)
    if len(value) <= LARGEST:
        return value
    detail = f"a record of {len(value)} bytes; {LARGEST} fit"
    return encode(
        replace(page, body=None, body_base64=None, content_coding=None, refused=Reason.TOO_LARGE, detail=detail)
    )


def _headers(
    kind: str, name: str, place: str, origin: str, *, parent: bytes | None, ratio: float = 0.0
) -> tuple[tuple[str, bytes], ...]:
    return (
        ("ce_specversion", b"1.0"),
        ("ce_id", name.encode()),
        ("ce_type", f"chistovik.{kind}.v1".encode()),
        ("ce_source", b"urn:chistovik:fetch"),
        ("content-type", b"application/json"),
        (TRACEPARENT, child_of(parent, "fetch", place, ratio=ratio)),
        (SETTLES, place.encode()),
        (ORIGIN, origin.encode()),
    )
