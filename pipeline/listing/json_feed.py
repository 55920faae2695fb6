"""Read JSON Feed 1.0 and 1.1 (jsonfeed.org)."""

from __future__ import annotations

from typing import Any

import orjson

from pipeline.listing.entries import Entries, Kind, Listing, Unread, base_of, is_web
from pipeline.text.plain import plain


def json_feed_of(text: str, url: str) -> Listing | Unread:
    """Read a JSON Feed."""
    try:
        feed = orjson.loads(text.encode("utf-8", "replace"))
    except orjson.JSONDecodeError as error:
        return Unread(f"not JSON: {' '.join(str(error).split())[:200]}")
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list):
        return Unread("JSON, but not a JSON Feed: it has no `items`")
    entries = Entries(base_of(url, _text(feed.get("home_page_url")), _text(feed.get("feed_url"))))
    for item in items:
        if entries.is_full:
            break
        fields: dict[str, Any] = item if isinstance(item, dict) else {}
        name = _text(fields.get("id"))
        entries.add(
            _text(fields.get("url")) or (name if is_web(name) else None) or _text(fields.get("external_url")),
            title=plain(_text(fields.get("title")) or ""),
            published=_text(fields.get("date_published")),
            modified=_text(fields.get("date_modified")),
        )
    return entries.listing(Kind.JSON_FEED)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
