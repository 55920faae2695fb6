"""Lists of outcomes: filtered, grouped and divided into pages."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipeline.article.newest import Glance

PAGE_SIZE = 50  # entries


@dataclass(frozen=True, slots=True)
class ListPage:
    """One page of a list."""

    entries: Sequence[Any]
    number: int  # from 1
    last: int  # number of the last page


def list_page(entries: Sequence[Any], asked: str, size: int) -> ListPage:
    """Return the page whose number was asked for, or the nearest page that exists."""
    last = max(1, -(-len(entries) // size))
    number = min(max(1, int(asked)), last) if asked.isascii() and asked.isdigit() and len(asked) < 9 else 1
    start = (number - 1) * size
    return ListPage(entries[start : start + size], number, last)


def choose(
    glances: Iterable[Glance], *, host: str = "", language: str = "", kind: str = "", text: str = ""
) -> list[Glance]:
    """Return the glances that match all filters, the newest first; an empty filter matches everything."""
    wanted = text.casefold()
    return [
        one
        for one in reversed(list(glances))
        if (not host or one.host == host)
        and (not language or one.language == language)
        and (not kind or one.what == kind)
        and (not wanted or wanted in f"{one.title}\n{one.url}\n{one.detail}".casefold())
    ]


@dataclass(frozen=True, slots=True)
class CopyGroup:
    """An article with its duplicates."""

    article_id: str
    article: Glance | None  # None: the article is not among the newest events
    copies: Sequence[Glance]  # the newest first

    @property
    def kinds(self) -> Counter[str]:
        """Return the number of duplicates of each kind."""
        return Counter(one.what for one in self.copies)

    @property
    def hosts(self) -> list[str]:
        """Return the hosts of the duplicates, sorted."""
        return sorted({one.host for one in self.copies if one.host})

    @property
    def lowest_similarity(self) -> float | None:
        """Return the lowest similarity of a near copy, None if there is no near copy."""
        near = [one.duplicate.similarity for one in self.copies if one.duplicate and one.what == "near"]
        return min(near, default=None)


def group_copies(copies: Iterable[Glance], articles: Iterable[Glance]) -> list[CopyGroup]:
    """Group duplicates by their article; the group with the newest duplicate comes first."""
    grouped: dict[str, list[Glance]] = {}
    for one in copies:
        grouped.setdefault(one.article_id or "", []).append(one)
    by_id = {one.article_id: one for one in articles if one.article_id in grouped}
    return [CopyGroup(article_id, by_id.get(article_id), tuple(group)) for article_id, group in grouped.items()]
