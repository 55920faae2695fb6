"""From a record of `pages` to a record of `documents`, whatever the record holds.

`clean_record` is what runs in the killable processes: bytes in, bytes out. `failed_record` speaks for one
that was killed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pipeline.page.opening import Opened, open_page
from pipeline.page.packed import read_page
from pipeline.page.routing import route_of
from pipeline.records.document import Cleaned, Document, Failure, Provenance, Refusal
from pipeline.records.fields import digest
from pipeline.records.page import Page
from pipeline.records.reason import Reason
from pipeline.records.route import PARTITION, Route
from pipeline.records.wire import Malformed, encode
from pipeline.topics.headers import attempt_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agents.stage.delivery import Delivery
    from pipeline.document.clean import Extractor
    from pipeline.document.explain.explain import Explanation
    from pipeline.document.profile import Lesson


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is told of a page in metrics, logs and traces."""

    result: str  # document, refusal or failure
    url: str = ""
    detail: str = ""  # the reason, or the error
    began: float = 0.0  # seconds since the epoch
    seconds: float = 0.0
    broke: str = ""  # timeout, died, memory, raised: what ended the cleaning; "" where it ended by itself


@dataclass(frozen=True, slots=True)
class CleanRecord:
    """A record for `documents`: where it goes and what it is."""

    key: bytes
    value: bytes
    partition: int
    lesson: Lesson | None = field(default=None, kw_only=True)  # what the page teaches about its host
    told: Told = field(default=Told(result=""), kw_only=True)


def clean_record(
    delivery: Delivery, max_page_bytes: int, max_record_bytes: int, extractor: Extractor = "blocks"
) -> CleanRecord:
    """Clean the page in a record; a record that holds none becomes a failure with what is wrong with it."""
    page, attempt = read_page(delivery.value, max_page_bytes), attempt_of(delivery.headers)
    if isinstance(page, Malformed):
        return _fitting(_failure(delivery, f"not a page: {page.error}", page=None), max_record_bytes, attempt)
    if page.failed is not None:
        return _fitting(_failure(delivery, page.failed, page=page, stage="fetch"), max_record_bytes, attempt)
    from pipeline.document.clean import clean  # noqa: PLC0415 — the parent of the processes does not clean

    raw = page.raw
    if len(raw) > max_page_bytes:
        return _fitting(_too_large(delivery, page, raw, _over(len(raw), max_page_bytes)), max_record_bytes, attempt)
    cleaned = clean(
        page,
        topic=delivery.topic,
        partition=delivery.partition,
        offset=delivery.offset,
        raw=raw,
        extractor=extractor,
    )
    return _fitting(cleaned, max_record_bytes, attempt)


def explain_page(page: Page, max_page_bytes: int, extractor: Extractor, how: Mapping[str, Any]) -> Explanation:
    """Clean a page and tell why it came out so; one that is too large is refused as `clean_record` does."""
    from pipeline.document.explain.explain import explain  # noqa: PLC0415 — what only cleans needs no reasons

    size = len(page.raw)
    if size > max_page_bytes:
        detail = _over(size, max_page_bytes)
        page = Page(url=page.url, fetched_at=page.fetched_at, refused=Reason.TOO_LARGE, detail=detail)
    return explain(page, extractor=extractor, **how)


def _over(size: int, limit: int) -> str:
    return f"{size} bytes; the limit is {limit} (CHISTOVIK_MAX_PAGE_BYTES)"


def failed_record(delivery: Delivery, error: str, max_record_bytes: int) -> CleanRecord:
    """Speak for a page whose cleaning was killed or raised."""
    page = read_page(delivery.value)
    failure = _failure(delivery, error, page=None if isinstance(page, Malformed) else page)
    return _fitting(failure, max_record_bytes, failure.attempt)


def unread_record(delivery: Delivery, error: str, max_record_bytes: int) -> CleanRecord:
    """Speak for a page that cannot even be read again: without a look at its bytes."""
    failure = _failure(delivery, error, page=None)
    return _fitting(failure, max_record_bytes, failure.attempt)


def _failure(delivery: Delivery, error: str, *, page: Page | None, stage: str = "clean") -> Failure:
    broken = Provenance(
        page_id=digest(delivery.key or b"", delivery.value or b""),
        topic=delivery.topic,
        partition=delivery.partition,
        offset=delivery.offset,
    )
    return Failure.of(
        _provenance(delivery, page) if page else broken,
        delivery.value,
        url=page.url if page else "",
        route=_route(page) if page else Route.OTHER,
        stage=stage,
        error=error[:2000],
        key=delivery.key,
        attempt=attempt_of(delivery.headers),
    )


def _too_large(delivery: Delivery, page: Page, raw: bytes, detail: str) -> Refusal:
    return Refusal(
        url=page.url,
        route=Route.OTHER,
        reason=Reason.TOO_LARGE,
        detail=detail,
        provenance=_provenance(delivery, page, raw),
    )


def _provenance(delivery: Delivery, page: Page, raw: bytes | None = None) -> Provenance:
    return Provenance.of(page, topic=delivery.topic, partition=delivery.partition, offset=delivery.offset, raw=raw)


def _route(page: Page) -> Route:
    opened = open_page(page)
    return route_of(opened.text, html=opened.html) if isinstance(opened, Opened) else Route.OTHER


def _fitting(cleaned: Cleaned, max_record_bytes: int, attempt: int) -> CleanRecord:
    """Encode; what would not fit the topic travels without its bytes, which stay in `pages`."""
    value = encode(cleaned)
    if len(value) > max_record_bytes:
        too_large = f"its record of {len(value)} bytes does not fit the topic ({max_record_bytes})"
        error = cleaned.error if isinstance(cleaned, Failure) else too_large
        value = encode(
            Failure(
                url=cleaned.url,
                route=cleaned.route,
                stage=cleaned.stage if isinstance(cleaned, Failure) else "clean",
                error=f"{error}; the original stays in {cleaned.provenance.topic}",
                attempt=attempt,
                provenance=cleaned.provenance,
            )
        )
        told = Told(result="failure", url=cleaned.url, detail=error)
        return CleanRecord(cleaned.provenance.page_id.encode(), value, PARTITION[cleaned.route], told=told)
    key, partition = cleaned.provenance.page_id.encode(), PARTITION[cleaned.route]
    return CleanRecord(key, value, partition, lesson=_lesson(cleaned), told=_told(cleaned))


def _lesson(cleaned: Cleaned) -> Lesson | None:
    if not isinstance(cleaned, Document):
        return None
    from pipeline.document.recurring import lesson_of  # noqa: PLC0415 — the parent of the processes does not clean

    return lesson_of(cleaned)


def _told(cleaned: Cleaned) -> Told:
    if isinstance(cleaned, Document):
        return Told(result=cleaned.kind, url=cleaned.url)
    detail = cleaned.reason if isinstance(cleaned, Refusal) else cleaned.error
    return Told(result=cleaned.kind, url=cleaned.url, detail=detail)
