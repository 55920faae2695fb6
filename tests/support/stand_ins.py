"""Reads the invented pages of tests/unit/document/page_type: pages that stand in for an article, and short news about the same matters."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.records.page import Page

if TYPE_CHECKING:
    from collections.abc import Sequence

HERE = Path(__file__).parents[1] / "unit" / "document" / "page_type"
AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
MENU = ("News", "Politics", "Sport", "Culture", "Weather", "About us")


def cases(name: str) -> list[list[str]]:
    """Return the lines of each page in a file."""
    text = (HERE / name).read_text(encoding="utf-8")
    return [block.splitlines() for block in text.strip().split("\n\n")]


def html(lines: Sequence[str], *, lang: str = "en", menu: bool = False) -> str:
    """Return a page with a title, a heading and paragraphs; with `menu`, a menu above and a footer below."""
    own = len(lines) > 1 and len(lines[1].split()) <= 10 and not lines[1].endswith(".")
    body = f"<h1>{escape(lines[own])}</h1>" + "".join(f"<p>{escape(line)}</p>" for line in lines[1 + own :])
    if menu:
        links = "".join(f'<li><a href="/{name.lower()}">{name}</a></li>' for name in MENU)
        body = f"<header><nav><ul>{links}</ul></nav></header><main>{body}</main><footer>© 2026 Merrow Gazette</footer>"
    title = escape(lines[0])
    return f'<!DOCTYPE html><html lang="{lang}"><head><title>{title}</title></head><body>{body}</body></html>'


def page(body: str, *, url: str = "https://news.example/2026/06/the-ferry-is-late", asked: str | None = None) -> Page:
    """Return a fetched page; `asked` is the URL that was asked for, if it redirected."""
    return Page(url=url, fetched_at=AT, body=body, requested_url=asked)
