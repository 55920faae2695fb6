"""Our cleaner as a user meets it: the page's bytes in, the event's `article_body` out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pipeline.document.clean import clean
from pipeline.records.document import Document
from pipeline.records.page import page_of

if TYPE_CHECKING:
    from pipeline.document.classifier.judge import Models
    from pipeline.records.document import Refusal
    from tests.bench.sets import Row

AT = datetime(2034, 1, 1, tzinfo=UTC)  # later than all pages, also those of the kit


def cleaned(row: Row, models: Models | None = None) -> Document | Refusal:
    """Clean a page, by the models that are shipped or by others; it is not said whether it is HTML."""
    page = page_of(row.address, row.body.encode(), fetched_at=AT)
    return clean(page, topic="pages", partition=0, offset=0, models=models)


def shipped(row: Row) -> str | None:
    """Give the text that we ship for a page, None where it is refused."""
    found = cleaned(row)
    return found.article_body if isinstance(found, Document) else None
