"""The requests and answers of `POST /feed`: the records of the HTTP service, and reading a body into rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import orjson
from pydantic import AwareDatetime, Field

from pipeline.records.fields import Url
from pipeline.records.page import Page
from pipeline.records.target import Target
from pipeline.records.wire import Malformed, decode
from pipeline.url.rows import PageRow, UrlRow, page_of_row, target_of

JSON, NDJSON = "application/json", ("application/x-ndjson", "application/jsonl", "application/ndjson")


@dataclass(frozen=True, slots=True, kw_only=True)
class SentPage:
    """A page that was fetched elsewhere, with exactly one of `html` and `text`. Unknown fields are ignored."""

    url: Url
    html: str | None = None
    text: str | None = None
    fetched_at: AwareDatetime | None = None  # if absent: now


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """URLs to fetch and fetched pages, at least one in all. Rows are numbered from 1, URLs first."""

    urls: tuple[str | UrlRow, ...] = ()
    pages: tuple[SentPage, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRow:
    """A row that was not fed, and the reason."""

    row: Annotated[int, Field(ge=1)]
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The number of rows that Kafka acknowledged, and the rows that were refused."""

    accepted: Annotated[int, Field(ge=0)]
    refused: tuple[RefusedRow, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemDetails:
    """The reason why nothing was fed (RFC 9457)."""

    title: str
    status: Annotated[int, Field(ge=400, le=599)]
    detail: str  # one line
    type: str = "about:blank"
    refused: tuple[RefusedRow, ...] = ()


def rows_in(raw: bytes, *, is_lines: bool) -> Iterator[Any | Malformed] | Malformed:
    """Split a body into rows: lines of JSON, an array of rows, `{"urls": […], "pages": […]}`, or a single row."""
    if is_lines:
        return _lines(raw)
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        return Malformed(f"not JSON: {_line(error)}")
    if isinstance(body, list):
        return iter(body)
    if not isinstance(body, dict):
        return Malformed('expected an array of rows, or an object such as {"urls": ["https://…"]}')
    return iter([body]) if "url" in body else _batch(body)


def _batch(body: dict[str, Any]) -> Iterator[Any] | Malformed:
    unknown = sorted(map(str, body.keys() - {"urls", "pages"}))
    if unknown:
        return Malformed(f"unknown field {unknown[0][:60]!r}: use `urls` and `pages`, or `url` for a single row")
    for name in ("urls", "pages"):
        if not isinstance(body.get(name, []), list):
            return Malformed(f"{name}: expected an array")
    return iter([*body.get("urls", []), *map(_as_page, body.get("pages", []))])


def _as_page(row: Any) -> Any | Malformed:
    if isinstance(row, dict) and row.get("html") is None and row.get("text") is None:
        return Malformed("a page needs exactly one of `html` and `text`")
    return row if isinstance(row, dict) else Malformed("a page must be an object")


def read_row(row: Any | Malformed, *, now: datetime) -> Target | Page | Malformed:
    """Return the target or page of a row: an object with `html` or `text` is a page, any other row a URL."""
    if isinstance(row, Malformed):
        return row
    if isinstance(row, str):
        row = {"url": row}
    if not isinstance(row, dict):
        return Malformed("expected a URL or an object")
    try:
        raw = orjson.dumps(row)  # only when it reads JSON does pydantic accept dates as strings in strict mode
    except (TypeError, ValueError) as error:
        return Malformed(f"not JSON: {_line(error)}")
    if row.get("html") is None and row.get("text") is None:
        url: UrlRow | Malformed = decode(UrlRow, raw)
        return url if isinstance(url, Malformed) else target_of(url, source="http", now=now)
    page: SentPage | Malformed = decode(SentPage, raw)
    if isinstance(page, Malformed):
        return page
    as_row = PageRow(html=page.html, text=page.text, fetched_at=page.fetched_at)
    return page_of_row(as_row, url=page.url, now=now)


def _lines(raw: bytes) -> Iterator[Any | Malformed]:
    for line in raw.split(b"\n"):
        if not line.strip():
            continue
        try:
            yield orjson.loads(line)
        except orjson.JSONDecodeError as error:
            yield Malformed(f"not JSON: {_line(error)}")


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
