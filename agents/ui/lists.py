"""Lists of what came out: chosen, put into groups, parted into pages."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipeline.article.newest import Glance

PAGE = 50  # entries


@dataclass(frozen=True, slots=True)
class Part:
    """A page of a list."""

    entries: Sequence[Any]
    number: int
    last: int
    first_entry: int  # from 1


def parted(found: Sequence[Any], asked: str, size: int) -> Part:
    """Give the page of a list that is asked for, or the nearest that there is."""
    last = max(1, -(-len(found) // size))
    number = min(max(1, int(asked)), last) if asked.isascii() and asked.isdigit() and len(asked) < 9 else 1
    start = (number - 1) * size
    return Part(found[start : start + size], number, last, start + 1)


def choose(
    glances: Iterable[Glance], *, host: str = "", language: str = "", what: str = "", text: str = ""
) -> list[Glance]:
    """Choose glances, the newest first; what is empty chooses nothing out."""
    wanted = text.casefold()
    return [
        one
        for one in reversed(list(glances))
        if (not host or one.host == host)
        and (not language or one.language == language)
        and (not what or one.what == what)
        and (not wanted or wanted in f"{one.title}\n{one.url}\n{one.detail}".casefold())
    ]


@dataclass(frozen=True, slots=True)
class Group:
    """An article with the pages that repeat it."""

    article_id: str
    article: Glance | None  # where it is among the newest
    copies: Sequence[Glance]  # the newest first

    @property
    def kinds(self) -> Counter[str]:
        """How many there are of each kind."""
        return Counter(one.what for one in self.copies)

    @property
    def hosts(self) -> list[str]:
        """Where they are from."""
        return sorted({one.host for one in self.copies if one.host})

    @property
    def least_similar(self) -> float | None:
        """How similar the least similar near copy is; None where there is none."""
        near = [one.duplicate.similarity for one in self.copies if one.duplicate and one.what == "near"]
        return min(near, default=None)


def groups(copies: Iterable[Glance], articles: Iterable[Glance]) -> list[Group]:
    """Put copies together by their article; the group of the newest copy first."""
    found: dict[str, list[Glance]] = {}
    for one in copies:
        found.setdefault(one.article_id or "", []).append(one)
    known = {one.article_id: one for one in articles if one.article_id in found}
    return [Group(name, known.get(name), tuple(of_it)) for name, of_it in found.items()]
