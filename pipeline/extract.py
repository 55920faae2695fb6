"""HTML to article lines and metadata, by trafilatura.

Runs in a process that may be killed: a page can make a parser hang or crash (`agents/pool.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import trafilatura
from trafilatura.settings import Document

from pipeline.document import Sources

if TYPE_CHECKING:
    from datetime import datetime

NAME = f"trafilatura/{trafilatura.__version__}"
# trafilatura takes time in the square of the elements: 10,000 short headings 7.5 s, without its fall-backs 0.2 s;
# 80,000 `<br>` more than 5 s either way. Of 1,414 news pages the largest has 4,687 start tags.
FAST_FROM = 6_000  # start tags from which on its fall-backs are left out
TREE_LIMIT = 20_000  # start tags from which on a page is not given to it


@dataclass(frozen=True, slots=True, kw_only=True)
class Extracted:
    """What an extractor found: the article's lines, and metadata with where each came from."""

    lines: tuple[str, ...]
    headline: str | None = None
    description: str | None = None
    author: tuple[str, ...] = ()
    date_published: str | None = None
    publisher: str | None = None
    image: str | None = None
    declared_url: str | None = None
    note: str = ""  # why there are no lines
    sources: Sources = field(default_factory=Sources)


def extract(html: str, *, url: str, fetched_at: datetime, tags: int = 0) -> Extracted:
    """Extract the article of an HTML page of so many start tags; no lines, but a note, where there is none.

    `fetched_at` bounds the dates that are believed: a date "today" would make the answer depend on the clock.
    """
    found = trafilatura.bare_extraction(
        html,
        url=url or None,
        with_metadata=True,
        fast=tags >= FAST_FROM,
        favor_precision=True,  # pageF1 .837 against .748 on daniel_ru of ../shared/eval
        include_comments=False,
        deduplicate=False,  # its cache is process-wide: the same page gave 695 characters, then None
        date_extraction_params={
            "extensive_search": False,
            "original_date": True,
            "max_date": fetched_at.date().isoformat(),
        },
    )
    if not isinstance(found, Document):
        return Extracted(lines=(), note="trafilatura gave the page up")
    meta = {name: getattr(found, name) or None for name in ("title", "description", "date", "sitename", "image", "url")}
    authors = tuple(name.strip() for name in (found.author or "").split(";") if name.strip())
    # Layout tables of older sites come out as rows of "| cell |".
    stripped = (line.strip(" \t|\u00a0") for line in (found.text or "").splitlines())
    lines = tuple(line for line in stripped if line and line.strip("-| "))

    def source(name: str) -> str | None:
        return "trafilatura" if meta[name] else None

    return Extracted(
        lines=lines,
        headline=meta["title"],
        description=meta["description"],
        author=authors,
        date_published=meta["date"],
        publisher=meta["sitename"],
        image=meta["image"],
        declared_url=meta["url"],
        note="" if lines else "trafilatura found no text",
        sources=Sources(
            headline=source("title"),
            description=source("description"),
            author="trafilatura" if authors else None,
            date_published=source("date"),
            publisher=source("sitename"),
            image=source("image"),
            canonical_url=source("url"),
        ),
    )
