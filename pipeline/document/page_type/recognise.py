"""Recognizes the kind of a cleaned page from what the cleaning knows about it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Final

from selectolax.lexbor import LexborHTMLParser

from pipeline.document.metadata.choose import URL, Metadata
from pipeline.document.metadata.head import Head
from pipeline.document.page_type.decide import Found, Shown, Signs, found_in
from pipeline.document.page_type.front_page import front_page
from pipeline.document.page_type.glance import may_be
from pipeline.document.page_type.signs import signs_of_markup, signs_of_url
from pipeline.document.page_type.teasers import shown_front_page
from pipeline.records.page import Page

_SEPARATOR: Final = re.compile(r"\s+[|–—·•»/\-]+\s+|\s*[|·•]\s*|(?<=\d):\s+")
SITE_NAME = 5  # words: the rest of a title is longer than the name of a site
LONGEST_HEADLINE = 25  # words of a first line in plain text that may be a title


def kind_of_html(
    tree: LexborHTMLParser,
    head: Head,
    page: Page,
    *,
    lines: Sequence[str],
    removed: Iterable[str],
    blocks: Sequence[str],
    metadata: Metadata,
) -> Found | None:
    """Return the kind of an HTML page that is no article; None if it may be one.

    `blocks` are all texts of the page in their order.
    """
    types = _types(head)
    if page.requested_url is not None:
        words = sum(len(line.split()) for line in lines)
        if (front := front_page(page.url, page.requested_url, types=types, words=words)) is not None:
            return front
    front = shown_front_page(tree, head, page.url, types=types, lines=lines, blocks=blocks, metadata=metadata)
    if front is not None:
        return front

    article_signs = [*types, *_signs_of(metadata)]
    if not may_be(lines, declared=bool(article_signs)):
        return None

    def signs() -> Signs:
        found = signs_of_markup(tree, head)
        for reason, more in signs_of_url(page.url, page.requested_url).items():
            found[reason].update(more)
        return found

    unseen = [] if lines else [node.text(separator=" ") or "" for node in tree.css("noscript")[:5]]
    return found_in(
        Shown(
            titles=_titles(head),
            lines=lines,
            removed=chain(removed, unseen),
            article_signs=article_signs,
            signs=signs,
        )
    )


def kind_of_text(page: Page, *, lines: Sequence[str], removed: Iterable[str], metadata: Metadata) -> Found | None:
    """Return the kind of a plain-text page that is no article; None if it may be one."""
    if page.requested_url is not None:
        words = sum(len(line.split()) for line in lines)
        if (front := front_page(page.url, page.requested_url, types=(), words=words)) is not None:
            return front
    article_signs = _signs_of(metadata)
    if not may_be(lines, declared=bool(article_signs)):
        return None
    titles = [part for line in _headings(lines) for part in _parts(line)]
    return found_in(
        Shown(
            titles=titles,
            lines=lines,
            removed=removed,
            article_signs=article_signs,
            signs=lambda: signs_of_url(page.url, page.requested_url),
        )
    )


def _headings(lines: Sequence[str]) -> list[str]:
    """Return what may be the title of a plain text: its first line, and a second one that is no sentence."""
    first, second = [*lines[:2], "", ""][:2]
    found = [first] if len(first.split()) <= LONGEST_HEADLINE else []
    if found and second and len(second.split()) <= SITE_NAME and second[-1].isalnum():
        found.append(second)
    return found


def _types(head: Head) -> list[str]:
    """Return the signs by which a page declares that it is an article."""
    found = ["an article in JSON-LD"] if head.jsonld.article else []
    if any(kind.strip().casefold() in {"article", "news.article", "og:article"} for kind in head.tags("og:type")):
        found.append("the type article")
    return found


def _signs_of(metadata: Metadata) -> list[str]:
    dated = metadata.date_published is not None and metadata.sources.date_published != URL
    return [sign for sign, there in (("a date", dated), ("an author", bool(metadata.author))) if there]


def _titles(head: Head) -> list[str]:
    named = [head.title, *list(head.tags("og:title"))[:1]]
    first = [text for tag, text in head.headings if tag == "h1"][:2] or [text for _, text in head.headings[:1]]
    return [part for title in (*named, *first) for part in _parts(title)]


def _parts(title: str) -> list[str]:
    """Return a title, and its parts if the rest is short enough to be the name of a site."""
    parts = _SEPARATOR.split(title)
    whole = len(title.split())
    return [title, *(part for part in parts if len(parts) > 1 and whole - len(part.split()) <= SITE_NAME)]


__all__ = ["kind_of_html", "kind_of_text"]
