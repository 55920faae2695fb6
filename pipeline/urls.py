"""URLs in the form that identity is built on."""

from __future__ import annotations

from urllib.parse import urlsplit

from courlan import normalize_url


def host_of(url: str) -> str:
    """Return the host that a page belongs to, lower case; "" where the URL has none (`file:` pages)."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""


def web_url(url: str) -> str | None:
    """Return the canonical form of an http(s) URL, None for anything else.

    courlan's normalisation: lower-case host, default port, dot segments, fragment and known tracking parameters off.
    """
    try:
        parts = urlsplit(url.strip())
        if parts.scheme.lower() not in {"http", "https"} or not parts.hostname:
            return None
        return str(normalize_url(url.strip()))
    except (ValueError, UnicodeError):
        return None


def canonical_of(url: str, declared: str | None) -> str | None:
    """Choose between a page's own URL and the canonical one it declares.

    A declared one counts where it is of the same site and not a bare front page: some sites name their front page as
    the canonical URL of every article, which would make all of them one.
    """
    own, named = web_url(url), web_url(declared) if declared else None
    if named is None:
        return own
    if own is None:
        return named
    front = urlsplit(named).path in {"", "/"} and urlsplit(own).path not in {"", "/"}
    return own if front or _site(named) != _site(own) else named


def _site(url: str) -> str:
    return host_of(url).removeprefix("www.").removeprefix("m.").removeprefix("amp.")
