"""Turns a record of `pages` into a record of `documents`, for any content of the record.

`clean_record` runs in the killable processes: bytes in, bytes out. `failed_record` makes the record of a page whose
process was killed.
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
    from pipeline.document.metadata.reservations import Obey
    from pipeline.document.profile import Lesson
    from pipeline.records.page_type import PageType


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanReport:
    """The facts about a cleaned page for metrics, logs and traces."""

    result: str  # document, refusal or failure
    url: str = ""
    detail: str = ""  # the reason of a refusal, or the error of a failure
    began: float = 0.0  # seconds since the epoch
    seconds: float = 0.0
    broke: str = ""  # why the cleaning was aborted: timeout, died, memory or raised; "" if it was not


@dataclass(frozen=True, slots=True)
class CleanRecord:
    """A record for `documents`, with its partition."""

    key: bytes
    value: bytes
    partition: int
    lesson: Lesson | None = field(default=None, kw_only=True)  # the page's contribution to its host's profile
    report: CleanReport = field(default=CleanReport(result=""), kw_only=True)


def clean_record(  # noqa: PLR0917 — a process gets them by position
    delivery: Delivery,
    max_page_bytes: int,
    max_record_bytes: int,
    extractor: Extractor = "blocks",
    obey: Obey | None = None,
    accept: frozenset[PageType] | None = None,
) -> CleanRecord:
    """Clean the page in a record; a record without a readable page becomes a failure with the error."""
    page = read_page(delivery.value, max_page_bytes)
    if isinstance(page, Malformed):
        failure = _failure(delivery, f"not a page: {page.error}", page=None)
        return _fitting(failure, max_record_bytes, failure.attempt)
    return clean_page_of(
        delivery, page, max_page_bytes, max_record_bytes, extractor=extractor, obey=obey, accept=accept
    )


def clean_page_of(
    delivery: Delivery,
    page: Page,
    max_page_bytes: int,
    max_record_bytes: int,
    *,
    extractor: Extractor = "blocks",
    obey: Obey | None = None,
    accept: frozenset[PageType] | None = None,
) -> CleanRecord:
    """Clean a page that was read already from the record."""
    attempt = attempt_of(delivery.headers)
    if page.failed is not None:
        return _fitting(_failure(delivery, page.failed, page=page, stage="fetch"), max_record_bytes, attempt)
    from pipeline.document.clean import NOTHING, clean  # noqa: PLC0415 — the parent of the processes does not clean
    from pipeline.records.page_type import ARTICLES  # noqa: PLC0415

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
        obey=obey or NOTHING,
        accept=accept or ARTICLES,
    )
    return _fitting(cleaned, max_record_bytes, attempt)


def explain_page(page: Page, max_page_bytes: int, extractor: Extractor, how: Mapping[str, Any]) -> Explanation:
    """Clean a page and explain the result; a page that is too large is refused, as in `clean_record`."""
    from pipeline.document.explain.explain import explain  # noqa: PLC0415 — cleaning alone does not need it

    size = len(page.raw)
    if size > max_page_bytes:
        detail = _over(size, max_page_bytes)
        page = Page(url=page.url, fetched_at=page.fetched_at, refused=Reason.TOO_LARGE, detail=detail)
    return explain(page, extractor=extractor, **how)


def _over(size: int, limit: int) -> str:
    return f"{size} bytes; the limit is {limit} (CHISTOVIK_MAX_PAGE_BYTES)"


def failed_record(delivery: Delivery, error: str, max_record_bytes: int) -> CleanRecord:
    """Make the failure record of a page whose cleaning was killed or raised an exception."""
    page = read_page(delivery.value)
    return failed_page_of(delivery, None if isinstance(page, Malformed) else page, error, max_record_bytes)


def failed_page_of(delivery: Delivery, page: Page | None, error: str, max_record_bytes: int) -> CleanRecord:
    """Make the failure record of a page that was read already; of a record without a page if it is None."""
    failure = _failure(delivery, error, page=page)
    return _fitting(failure, max_record_bytes, failure.attempt)


def unread_record(delivery: Delivery, error: str, max_record_bytes: int) -> CleanRecord:
    """Make the failure record of a page that cannot even be read again, without parsing its bytes."""
    return failed_page_of(delivery, None, error, max_record_bytes)


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
    """Encode a record. A record that is too large becomes a failure without the original, which stays in `pages`."""
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
        report = CleanReport(result="failure", url=cleaned.url, detail=error)
        return CleanRecord(cleaned.provenance.page_id.encode(), value, PARTITION[cleaned.route], report=report)
    key, partition = cleaned.provenance.page_id.encode(), PARTITION[cleaned.route]
    return CleanRecord(key, value, partition, lesson=_lesson(cleaned), report=_report_of(cleaned))


def _lesson(cleaned: Cleaned) -> Lesson | None:
    if not isinstance(cleaned, Document):
        return None
    from pipeline.document.recurring import lesson_of  # noqa: PLC0415 — the parent of the processes does not clean

    return lesson_of(cleaned)


def _report_of(cleaned: Cleaned) -> CleanReport:
    if isinstance(cleaned, Document):
        return CleanReport(result=cleaned.kind, url=cleaned.url)
    detail = cleaned.reason if isinstance(cleaned, Refusal) else cleaned.error
    return CleanReport(result=cleaned.kind, url=cleaned.url, detail=detail)
