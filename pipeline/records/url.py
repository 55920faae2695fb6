"""URLs in canonical form: the form that ids and keys are made from.

It identifies a page and is never requested: `pipeline/url/request.py` has the form that is.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import SplitResult, quote, unquote_to_bytes, urlsplit, urlunsplit

import idna

from pipeline.records.trackers import is_tracker

DEFAULT_PORTS = {"http": 80, "https": 443}
_SLASHES = re.compile(r"(?<!:)/{2,}")  # not in a URL inside a path, as archives write it: `/web/2026/http://…`
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})?")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_IN_PATH = "/%!$&'()*+,;=:@-._~"  # RFC 3986, pchar
_IN_QUERY = _IN_PATH + "?"
# A URL that is its own canonical form, as most URLs are. This test takes a tenth of the time of `_canonical`.
_CANONICAL = re.compile(
    r"https?://(?![^/]*xn--)[a-z0-9_-]+(?:\.[a-z0-9_-]+)*(?::(?:[1-9][0-9]{3}|[1-5][0-9]{4}))?"
    r"(?:(?:/[A-Za-z0-9_~!$&'()*+,=:@-][A-Za-z0-9_~!$&'()*+,=:@.-]*)+/?|/)"
)
_SESSION = re.compile(r";jsessionid=[^/;]*", re.IGNORECASE)  # as servlets write it into paths
_ROUTE = re.compile(r"[!/]+[^!/].*", re.DOTALL)
_TIDY = re.compile(r"[!-\[\]-~]*")  # printable ASCII without spaces and backslashes
_OFF_LINE = str.maketrans("", "", "\t\r\n")
_MANY_SLASHES = re.compile(r"(https?:)/{3,}", re.IGNORECASE)
_BEFORE_QUERY = re.compile(r"(?:https?:|(?![a-z][a-z0-9+.-]*:))[^?#]*", re.IGNORECASE)  # not of other schemes
_SITES = 20_000  # sites whose hosts are remembered
_LONGEST_SITE = 300  # characters of scheme, host and port
_STRIPPED = "".join(map(chr, range(0x21))) + "\x7f\x85\xa0\ufeff\u200b"


def host_of(url: str) -> str:
    """Return the host of a page in lower case; "" if the URL has none (`file:` pages)."""
    site = site_of(url)
    return _host_of(url) if site is None else _host_of_site(site)


def site_of(url: str) -> str | None:
    """Return scheme, host and port of an http(s) URL, unchanged, as a key for caches of results that depend on these.

    None if the URL starts with another scheme, or if no slash ends the three within `_LONGEST_SITE` characters.
    """
    end = url.find("/", 8, _LONGEST_SITE)
    return url[:end] if end > 0 and url.startswith(("http://", "https://")) else None


def _host_of(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""


_host_of_site = lru_cache(maxsize=_SITES)(_host_of)


@lru_cache(maxsize=16)  # the own URL of a page is asked for six times
def web_url(url: str) -> str | None:
    """Return the canonical form of an http(s) URL; None for anything else.

    Two URLs with one canonical form name one page. The form is for ids and keys; it need not be a URL that the server
    knows. Compared to the URL:

    - scheme and host are in lower case, the host in ASCII (IDNA, UTS 46), without the default port;
    - dot segments are resolved, repeated slashes are one, except after a colon;
    - escapes of unreserved characters are decoded, all other escapes are in capitals;
    - query parameters are sorted by name, and trackers and session ids are dropped;
    - credentials and the fragment are dropped, except a fragment that is a route (`#!/news/17`, `#/news/17`).
    """
    return url if _CANONICAL.fullmatch(url) else _canonical(url)


def _canonical(url: str) -> str | None:
    split = web_parts(url)
    if split is None:
        return None
    path = _escaped(split.path, _IN_PATH)
    if ";" in path:
        path = _SESSION.sub("", path)
    path = _SLASHES.sub("/", without_dots(path))
    fragment = _escaped(split.fragment, _IN_QUERY) if _ROUTE.fullmatch(split.fragment) else ""
    return urlunsplit((split.scheme, split.netloc, path, _query(split.query), fragment))


def web_parts(url: str) -> SplitResult | None:
    """Split an http(s) URL as browsers do; None for anything else.

    Scheme and host are normalized, credentials and the default port are gone. Path, query and fragment are as given.
    """
    try:
        parts = urlsplit(tidy(url))
        scheme, host, port = parts.scheme.lower(), parts.hostname, parts.port
        if scheme not in DEFAULT_PORTS or not host or (host := ascii_host(host)) is None:
            return None
    except ValueError:
        return None
    netloc = f"[{host}]" if ":" in host else host
    if port is not None and port != DEFAULT_PORTS[scheme]:
        netloc += f":{port}"
    return parts._replace(scheme=scheme, netloc=netloc)


def tidy(url: str) -> str:
    """Return a URL or a reference as browsers read it (WHATWG URL, "basic URL parser").

    White space around it and line breaks in it are ignored. Before the query, a backslash is a slash. After `http:`
    and `https:`, more than two slashes are two.
    """
    if _TIDY.fullmatch(url) and ":///" not in url:
        return url  # nearly every URL; this test takes a fifth of the time of the rest
    url = url.strip(_STRIPPED).translate(_OFF_LINE)
    if "\\" in url and (found := _BEFORE_QUERY.match(url)):
        url = found[0].replace("\\", "/") + url[found.end() :]
    many = _MANY_SLASHES.match(url)
    return f"{many[1]}//{url[many.end() :]}" if many else url


def ascii_host(host: str) -> str | None:
    """Return a host in lower case and Punycode, as the DNS uses it; None if it is not a valid host."""
    host = host.lower().replace("\u3002", ".").removesuffix(".")
    if ":" in host or "%" in host:  # an IPv6 address without its brackets
        return host if re.fullmatch(r"[0-9a-f:.]+", host) else None
    if host.isascii() and "xn--" not in host:
        return host if re.fullmatch(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*", host) else None
    return _punycode(host)


@lru_cache(maxsize=_SITES)
def _punycode(host: str) -> str | None:
    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return None


def without_dots(path: str) -> str:
    """Resolve the dot segments of an escaped path (RFC 3986, section 5.2.4)."""
    kept: list[str] = []
    segments = path.removeprefix("/").split("/")
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in {".", ".."}:
        kept.append("")
    return "/" + "/".join(kept)


def _query(query: str) -> str:
    """Drop trackers and sort parameters by name. Values are not changed.

    Parameters without a value stay. If none has a value, their order stays too: `?12&345` may mean section and article.
    """
    parts = [part for part in _escaped(query, _IN_QUERY).split("&") if part]
    kept = [part for part in parts if not is_tracker(part.partition("=")[0])]
    if any("=" in part for part in kept):
        kept.sort(key=lambda part: part.partition("=")[0])
    return "&".join(kept)


def _escaped(text: str, safe: str) -> str:
    """Escape characters that need it, as UTF-8; decode escapes of unreserved characters; escape stray percent signs."""
    return _ESCAPE.sub(_one_way, quote(text.encode("utf-8", "surrogatepass"), safe=safe))


def _one_way(found: re.Match[str]) -> str:
    if found[1] is None:
        return "%25"
    sign = unquote_to_bytes(found[0]).decode("latin-1")
    return sign if sign in _UNRESERVED else found[0].upper()


def is_front_page(url: str) -> bool:
    """Return whether a URL in canonical form is the front page of a site."""
    parts = urlsplit(url)
    return parts.path in {"", "/"} and not parts.query and not parts.fragment
