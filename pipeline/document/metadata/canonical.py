"""The canonical URL of a page: what it declares, and whether that can be the URL of this article.

Many sites declare the same canonical URL on all pages: their front page, a section, a value that a template left
unfinished. Such a URL would make all articles one. Here only the URLs are compared; `pipeline/verdict/identity.py`
compares the texts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal
from urllib.parse import unquote, urlsplit

from pipeline.records.identity import Identity, IdentityReason
from pipeline.records.url import host_of, is_front_page, web_url

LONGEST = 300  # characters of a declared text that is no URL
_NOTHING: Final = frozenset({"undefined", "null", "none", "nil", "nan", "true", "false"})  # as programs print no value
# Marks of templates: {{url}}, ${url}, <%= url %>, %%URL%%, [url], __URL__, :slug
_UNFINISHED: Final = re.compile(r"[{}<>]|%%\w+%%|(?:^|/)(?:\[[^/]*\]|__\w+__|[$:]\w+\$?)(?=[/?#]|$)")
_ABSOLUTE: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:|//|[/?#]")
# The last segments of other forms of a page, below the URL of the page itself.
_FORM: Final = re.compile(r"amp(?:\.?html)?|print(?:able)?|mobile|m|(?:index|default)\.\w{2,5}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Declared:
    """The canonical URL that a page declares, before it is compared with the page's own URL."""

    url: str | None = None  # absolute; None if the page declares none, or none that can be used
    source: str | None = None
    doubt: Identity | None = None  # why a declared value cannot be used


def declared_canonical(
    candidates: Iterable[tuple[str, Sequence[str]]], address: Callable[[str], str | None], own: str | None
) -> Declared:
    """Choose among the declared values, given by their source, the most trusted first.

    `address` returns the absolute URL of a value. Values that cannot be used are skipped; the first reason is kept for
    the case that no value is left. Several values of one source must agree (RFC 6596: a page has one canonical URL).
    """
    doubt: Identity | None = None
    for source, values in candidates:
        given = [value.strip() for value in values if value.strip()]
        usable = [(value, url) for value in given if (url := address(value)) and _is_finished(value, url, own)]
        if len({_spelling(url) for _, url in usable}) > 1:
            return Declared(None, source, _doubt(usable[-1][1], IdentityReason.SEVERAL))
        if usable:
            return Declared(usable[0][1], source)
        if given and doubt is None:
            doubt = _doubt(given[0], IdentityReason.BROKEN)
    return Declared(doubt=doubt)


def identity_of(url: str, declared: str | None, doubt: Identity | None = None) -> tuple[str | None, Identity | None]:
    """Choose between a page's own URL and the canonical URL that it declares.

    Return the canonical URL, None for a page without any URL of the web, and what was believed; the latter is None if
    there is nothing to choose, because the page declares its own URL or none.
    """
    own, named = web_url(url), web_url(declared) if declared else None
    if named is None:
        return own, doubt if doubt is None or own else replace(doubt, believed="text")
    if named == own:
        return own, None
    why = _why_not(named, own)
    if why is not None:
        return own, _doubt(named, why, believed="url" if own else "text")
    return named, Identity(canonical_url=named, believed="canonical-url", reason=IdentityReason.DECLARED)


def _doubt(value: str | None, reason: IdentityReason, believed: Literal["url", "text"] = "url") -> Identity:
    return Identity(canonical_url=(value or "")[:LONGEST], believed=believed, reason=reason)


def _why_not(named: str, own: str | None) -> IdentityReason | None:
    if is_front_page(named) and not (own and is_front_page(own)):
        return IdentityReason.FRONT_PAGE
    if own is None:
        return None
    if _site(named) != _site(own):
        return IdentityReason.OTHER_SITE
    return IdentityReason.SECTION if _is_above(named, own) else None


def _is_finished(value: str, url: str, own: str | None) -> bool:
    """Return whether a declared value is a whole URL, not the rest of a template or of a script."""
    named = web_url(url)
    if named is not None and named == own:
        return True
    if _UNFINISHED.search(unquote(value)) or not _ABSOLUTE.match(value):
        return False
    try:
        path, own_path = unquote(urlsplit(url).path).lower(), urlsplit(own or "").path.lower()
    except ValueError:
        return False
    segments = [segment for segment in path.split("/") if segment]
    if not _NOTHING.isdisjoint(segments) or any(one in path and one not in own_path for one in ("/http:", "/https:")):
        return False
    return not segments or "." not in segments[0] or segments[0].removeprefix("www.") != _site(url)


def _is_above(named: str, own: str) -> bool:
    """Return whether a URL is a folder above the page's own URL, and the page is no other form of it."""
    folder = urlsplit(named)
    path, own_path = folder.path.rstrip("/"), urlsplit(own).path
    if folder.query or not own_path.startswith(f"{path}/"):
        return False
    below = [segment for segment in own_path[len(path) :].split("/") if segment]
    return bool(below) and not all(map(_FORM.fullmatch, below))


def _site(url: str) -> str:
    return host_of(url).removeprefix("www.").removeprefix("m.").removeprefix("amp.")


def _spelling(url: str) -> str:
    """Reduce a URL to what must agree between two canonical URLs of one page."""
    url = web_url(url) or url
    return _site(url) + url.partition("://")[2].partition("/")[2].rstrip("/")
