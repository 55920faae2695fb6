"""Input rows: a URL to fetch, or a page. They come from files of JSON lines and from HTTP requests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from pydantic import AwareDatetime, Field

from pipeline.records.fields import Text, Url
from pipeline.records.page import Page
from pipeline.records.target import ORDINARY, Target
from pipeline.records.url import web_url
from pipeline.records.wire import Malformed
from pipeline.text.calendar.dates import Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class UrlRow:
    """A URL to fetch, with optional metadata. Unknown fields are ignored."""

    url: Url
    priority: Annotated[int, Field(ge=0, le=9)] = ORDINARY
    referrer: Url | None = None
    title: Text | None = None
    date_published: AwareDatetime | date | None = None
    refetch: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRow:
    """A page that was fetched elsewhere, with exactly one of `html` and `text`. Unknown fields are ignored."""

    url: Annotated[str, Field(max_length=8192)] | None = None
    html: str | None = None
    text: str | None = None
    id: str | Annotated[int, Field(ge=-(1 << 63), lt=1 << 64)] | None = None  # the range that orjson can write
    fetched_at: AwareDatetime | None = None


def target_of(row: UrlRow, *, source: str, now: datetime) -> Target | Malformed:
    """Return the target of a row; Malformed if its URL cannot be fetched."""
    if web_url(row.url) is None:
        return Malformed(not_web(row.url))
    if row.referrer is not None and web_url(row.referrer) is None:
        return Malformed(f"referrer: {not_web(row.referrer)}")
    return Target(
        url=row.url.strip(),
        submitted_at=now,
        source=source,
        referrer=row.referrer,
        priority=row.priority,
        refetch=row.refetch,
        title=row.title,
        date_published=_written(row.date_published),
    )


def page_of_row(row: PageRow, *, url: str, now: datetime) -> Page | Malformed:
    """Return the page of a row. `url` is the row's own URL, or the name that the caller gives to a row without one."""
    if (row.html is None) == (row.text is None):
        return Malformed("a row needs exactly one of `html` and `text`")
    return Page(
        url=url,
        fetched_at=row.fetched_at or now,
        media_type="text/plain" if row.html is None else "text/html",
        body=row.text if row.html is None else row.html,
    )


def not_web(url: str) -> str:
    """Return the error text for a URL that cannot be fetched, with a suggestion if `https://` is missing."""
    shown = repr(url if len(url) <= 100 else url[:99] + "…")
    without = "://" not in url and web_url("https://" + url) is not None and "." in url.partition("/")[0]
    hint = f": write https://{url[:100]}" if without else ""
    return f"{shown} is not an http(s) URL{hint}"


def _written(when: datetime | date | None) -> str | None:
    if isinstance(when, datetime):
        return str(Moment(when.date(), when))
    return None if when is None else when.isoformat()
