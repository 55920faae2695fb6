"""Recognizes the URL of an article that leads to a front page or a section: the article is gone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import unquote, urlsplit

from pipeline.document.page_type.decide import Found
from pipeline.records.reason import Reason

MICROSITE: Final = 300  # words: a front page of another host with so much text may be an article of its own
_FRONT: Final = re.compile(r"/?(?:[a-z]{2}(?:[-_][a-z]{2})?/?)?(?:(?:index|default|home|main|start)(?:\.\w{2,5})?/?)?")
_SLUG: Final = re.compile(r"\d{3}|(?:[^-_]+[-_]){2,}|\.\w{3,5}$|^\d+$")  # as in articles: a number, words, a file
_SECTION: Final = re.compile(r"[^\W\d]{2,}(?:[-_][^\W\d]+)?(?:\.\w{3,5})?")
_SIDE: Final = frozenset({"amp", "print", "comments", "feed", "page", "p", "share", "photo", "video", "gallery"})


def front_page(url: str, asked: str | None, *, types: Sequence[str], words: int) -> Found | None:
    """Return the finding for an article's URL that redirected to a front page or section.

    `types` are the signs by which the page declares an article; `words` the length of its text.
    """
    if asked is None:
        return None
    try:
        here, there = urlsplit(url), urlsplit(asked)
    except ValueError:
        return None
    path, before = _segments(here.path), _segments(there.path)
    if is_front(url):
        if is_front(asked) or types or (here.hostname != there.hostname and words >= MICROSITE):
            return None
        return Found(Reason.FRONT_PAGE, f"{asked} redirects to the front page")
    dropped = before[len(path) :]
    upwards = bool(path) and not here.query and len(path) < len(before) and _same_site(here.hostname, there.hostname)
    if upwards and not types and _SECTION.fullmatch(path[-1]) and any(map(_is_slug, dropped)):
        return Found(Reason.FRONT_PAGE, f"{asked} redirects to a section, /{'/'.join(path)}")
    return None


def is_front(url: str) -> bool:
    """Return whether a URL is that of a front page."""
    parts = urlsplit(url)
    return not parts.query and _FRONT.fullmatch(unquote(parts.path).lower()) is not None


def _segments(path: str) -> list[str]:
    return [segment for segment in unquote(path).lower().split("/") if segment]


def _is_slug(segment: str) -> bool:
    return segment not in _SIDE and _SLUG.search(segment) is not None


def _same_site(one: str | None, other: str | None) -> bool:
    """Return whether two hosts have the same last two labels."""
    return (one or "").split(".")[-2:] == (other or "").split(".")[-2:]
