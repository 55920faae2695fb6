"""Finds the article that a page's JSON-LD (schema.org) describes.

Broken JSON is repaired if the repair is certain. Lists of teasers and related pages are never searched. If a page
describes several articles, the one about the page itself is returned.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import urlsplit

import orjson

LARGEST = 512 * 1024  # characters of JSON-LD on a page; an articleBody has 10 KB, a shop's catalog megabytes
MOST_OBJECTS = 2_000
DEEPEST = 8  # nested lists inside a property: an author in a list in a list

Json = Mapping[str, object]
_ARTICLES = re.compile(
    r"(?:^|[/:#])(?:\w*NewsArticle|Article|BlogPosting|LiveBlogPosting|SocialMediaPosting|\w+Article|Report)$"
)
_PAGES = re.compile(r"(?:^|[/:#])(?:WebPage|ItemPage|AboutPage|MedicalWebPage|CollectionPage)$")
_INTO = ("@graph", "mainEntity", "mainEntityOfPage")  # the properties that may hold the page's own article
_CONTROL = dict.fromkeys(range(32), " ")
_COMMA = re.compile(r",(?=\s*[}\]])")
_LONE = re.compile(
    r"\\u[dD](?:[89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|[c-fC-F][0-9a-fA-F]{2}(?<!\\u[dD][89abAB]..\\u....))"
)


@dataclass(frozen=True, slots=True)
class Described:
    """The content of a page's JSON-LD: its article, the page itself, and the objects that are referred to by `@id`."""

    article: Json = field(default_factory=dict)
    by_id: Mapping[str, Json] = field(default_factory=dict)
    page: Json = field(default_factory=dict)

    def text(self, *names: str) -> str:
        """Return the first of these properties that is a text or a list that begins with one; "" without any."""
        return next(filter(None, (_text(self.article, name) for name in names)), "")

    def of_page(self, name: str) -> str:
        """Return a property of the page that the article is on, if it is a text; "" otherwise."""
        return _text(self.page, name)

    def objects(self, name: str) -> Iterator[str | Json]:
        """Yield the texts and objects of a property, with lists flattened and references resolved."""
        yield from self._objects(self.article, name)

    def creators(self) -> Iterator[str | Json]:
        """Yield the authors of the article; those of the page, where no article is described."""
        yield from self._objects(self.article or self.page, "author")

    def _objects(self, thing: Json, name: str) -> Iterator[str | Json]:
        pending: list[tuple[object, int]] = [(thing.get(name), 0)]
        for _ in range(MOST_OBJECTS):
            if not pending:
                return
            value, depth = pending.pop()
            if isinstance(value, list) and depth < DEEPEST:
                pending += [(item, depth + 1) for item in reversed(value[:100])]
            elif isinstance(value, dict):
                yield self._resolved(value)
            elif isinstance(value, str):
                yield value

    def kinds(self, *kinds: str) -> Iterator[Json]:
        """Return the objects of these types that have an `@id`."""
        return (one for one in self.by_id.values() if one.get("@type") in kinds)

    def _resolved(self, value: Json) -> Json:
        """Return the object that `{"@id": …}` refers to; properties beside the reference override its own."""
        there = self.by_id.get(str(value.get("@id")))
        return value if there is None else {**there, **value}


def _text(thing: Json, name: str) -> str:
    value = thing.get(name)
    value = value[0] if isinstance(value, list) and value else value
    return value if isinstance(value, str) and value.strip() else ""


def described(scripts: Iterable[str], *, urls: Iterable[str | None], titles: Sequence[str]) -> Described:
    """Read a page's JSON-LD scripts and choose its article.

    `urls` are the URLs of the page. `titles` are its other titles, as folded by `people.key_of`.
    """
    by_id: dict[str, Json] = {}
    articles: list[Json] = []
    pages: list[Json] = []
    room = LARGEST
    for script in scripts:
        if len(script) > room:
            continue
        room -= len(script)
        for one in _walk(parsed(script)):
            if isinstance(name := one.get("@id"), str) and len(one) > 1:
                by_id.setdefault(name, one)
            if is_article(one):
                articles.append(one)
            elif _is_of(one, _PAGES):
                pages.append(one)
    article = _about(articles, {_place(url) for url in urls if url} - {""}, titles) if articles else {}
    return Described(article, by_id, pages[0] if len(pages) == 1 else {})


def parsed(script: str) -> object:
    """Parse JSON as pages write it; return None if it cannot be repaired.

    Repairs: comments and CDATA around the JSON, control characters in strings, commas before a closing bracket, halves
    of surrogate pairs, entities for all quotes, a semicolon at the end.
    """
    try:
        return orjson.loads(script)
    except ValueError:
        pass
    text = script.replace("<![CDATA[", " ").replace("]]>", " ").translate(_CONTROL)
    text = text[min(filter(_found, map(text.find, "{[")), default=0) : max(map(text.rfind, "}]")) + 1]
    if text[:20].lstrip("[{ ").startswith("&quot;"):
        text = unescape(text)
    try:
        return orjson.loads(_LONE.sub(r"\\ufffd", _COMMA.sub("", text)))
    except ValueError:
        return None


def _found(at: int) -> bool:
    return at >= 0


def is_article(thing: Json) -> bool:
    """Return whether an object of JSON-LD is an article."""
    return _is_of(thing, _ARTICLES)


def _is_of(thing: Json, kinds: re.Pattern[str]) -> bool:
    named = thing.get("@type")
    named = named if isinstance(named, list) else [named]
    return any(isinstance(kind, str) and kinds.search(kind) for kind in named)


def _walk(root: object) -> Iterator[Json]:
    pending = [root]
    for _ in range(MOST_OBJECTS):
        if not pending:
            return
        value = pending.pop()
        if isinstance(value, list):
            pending += reversed(value[:MOST_OBJECTS])
        elif isinstance(value, dict):
            yield value
            pending += [value[name] for name in reversed(_INTO) if isinstance(value.get(name), dict | list)]


def _about(articles: Sequence[Json], places: set[str], titles: Sequence[str]) -> Json:
    """Return the article with this URL, else with this title, else the first with a headline and no other URL."""
    named = [one for one in articles if _headline(one)]
    here = [one for one in named if _places(one) & places]
    titled = [one for one in named if _letters(_headline(one)) in titles]
    if here or titled:
        return next((one for one in here if one in titled), (here or titled)[0])
    if len(named) <= 1:  # a single article is no teaser among others
        return next(iter(named or articles[:1]), {})
    return next((one for one in named if not _places(one)), {})


def _headline(one: Json) -> str:
    value = one.get("headline") or one.get("name")
    return value if isinstance(value, str) else ""


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, unescape(text).casefold()))


def _places(one: Json) -> set[str]:
    main = one.get("mainEntityOfPage")
    main = main.get("@id") or main.get("url") if isinstance(main, dict) else main
    return {_place(value) for value in (main, one.get("url"), one.get("@id")) if isinstance(value, str)} - {""}


def _place(url: str) -> str:
    """Reduce a URL to the host without www, the path and the query; "" for a front page."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ""
    path = parts.path.rstrip("/")
    if not path and not parts.query:
        return ""
    return f"{(parts.netloc or '').lower().removeprefix('www.').removeprefix('m.')}{path}?{parts.query}"
