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

    courlan's normalisation: lower-case host; default port, leading dot segments and known tracking parameters off.
    The fragment, which no server sees, is off too.
    """
    try:
        parts = urlsplit(url.strip())
        if parts.scheme.lower() not in {"http", "https"} or not parts.hostname:
            return None
        return str(normalize_url(parts._replace(fragment="")))
    except (ValueError, UnicodeError):
        return None


def canonical_of(url: str, declared: str | None) -> str | None:
    """Choose between a page's own URL and the canonical one it declares.

    A declared one counts where it is of the same site and not a bare front page: some sites name their front page as
    the canonical URL of every article, which would make all of them one.
    """
    own, named = web_url(url), web_url(declared) if declared else None
    if named is None or (_is_front(named) and (own is None or not _is_front(own))):
        return own
    return named if own is None or _site(named) == _site(own) else own


def _is_front(url: str) -> bool:
    parts = urlsplit(url)
    return parts.path in {"", "/"} and not parts.query


def _site(url: str) -> str:
    return host_of(url).removeprefix("www.").removeprefix("m.").removeprefix("amp.")
