"""URLs in canonical form: the form that is fetched and that ids and keys are made from."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote, unquote_to_bytes, urljoin, urlsplit, urlunsplit

import idna

DEFAULT_PORTS = {"http": 80, "https": 443}
# Query parameters that record where a reader came from and never choose the content. courlan's longer list loses
# articles: it also drops `cid`, `eid` and `keyword`, which small portals use as article ids, and parameters without a
# value (`/?1734`).
_TRACKERS = re.compile(
    r"(?:utm|mtm|pk|piwik|matomo|hsa|itm|oly|vero|mkt|ga|gs)_.*|"
    r"(?:fb|g|y|ys|dc|fbc|gc|twc|yc|tt|li|mc|msclk|gbra|wbra|click|rb_?click|igsh|partner)(?:cl?id|id)|"
    r"_(?:ga|gl|hsenc|hsmi|openstat)|openstat|mc_[ce]id|igsh|ml_subscriber(?:_hash)?|xtor|s_cid|cmpid|ncid|at_.*|"
    r"ref|ref_src|ref_url|referr?er|source|campaign|medium|affiliate|smid|spm",
    re.IGNORECASE,
)
_SLASHES = re.compile(r"/{2,}")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})?")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_IN_PATH = "/%!$&'()*+,;=:@-._~"  # RFC 3986, pchar
_IN_QUERY = _IN_PATH + "?"
# A URL that is its own canonical form, as most URLs are. This test takes a tenth of the time of `_spelled`.
_CANONICAL = re.compile(
    r"https?://(?![^/]*xn--)[a-z0-9_-]+(?:\.[a-z0-9_-]+)*(?::(?:[1-9][0-9]{3}|[1-5][0-9]{4}))?"
    r"(?:(?:/[A-Za-z0-9_~!$&'()*+,;=:@-][A-Za-z0-9_~!$&'()*+,;=:@.-]*)+/?|/)"
)
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


def web_url(url: str) -> str | None:
    """Return the canonical form of an http(s) URL; None for anything else.

    RFC 3986, section 6.2, limited to changes that nearly every server treats as the same URL:

    - scheme and host in lower case, the host in ASCII (IDNA, UTS 46), no default port;
    - no dot segments and no double slashes;
    - escapes of unreserved characters decoded, all other escapes in capitals;
    - query parameters sorted by name, without trackers;
    - no credentials and no fragment.
    """
    return url if _CANONICAL.fullmatch(url) else _spelled(url, canonical=True)


def hop_url(base: str, location: str) -> str | None:
    """Return the target of a redirect; None if it is not an http(s) URL.

    It is normalized like `web_url`, but keeps all its parameters. A site that adds a parameter and waits for it would
    otherwise redirect forever.
    """
    try:
        return _spelled(urljoin(base, location.strip(_STRIPPED)), canonical=False)
    except ValueError:
        return None


def _spelled(url: str, *, canonical: bool) -> str | None:
    try:
        parts = urlsplit(url.strip(_STRIPPED))
        scheme, host, port = parts.scheme.lower(), parts.hostname, parts.port
        if scheme not in DEFAULT_PORTS or not host or (host := ascii_host(host)) is None:
            return None
    except ValueError:
        return None
    netloc = f"[{host}]" if ":" in host else host
    if port is not None and port != DEFAULT_PORTS[scheme]:
        netloc += f":{port}"
    query = _query(parts.query) if canonical else _escaped(parts.query, _IN_QUERY)
    return urlunsplit((scheme, netloc, _path(parts.path), query, ""))


def ascii_host(host: str) -> str | None:
    """Return a host in lower case and Punycode, as the DNS uses it; None if it is not a valid host."""
    host = host.lower().replace("\u3002", ".").removesuffix(".")
    if ":" in host or "%" in host:  # an IPv6 address without its brackets
        return host if re.fullmatch(r"[0-9a-f:.]+", host) else None
    if host.isascii() and "xn--" not in host:
        return host if re.fullmatch(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*", host) else None
    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return None


def _path(path: str) -> str:
    """Resolve dot segments (RFC 3986, section 5.2.4) and normalize all escapes."""
    kept: list[str] = []
    segments = _SLASHES.sub("/", _escaped(path, _IN_PATH)).removeprefix("/").split("/")
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in {".", ".."}:
        kept.append("")
    return "/" + "/".join(kept)


def _query(query: str) -> str:
    """Drop trackers and sort parameters by name. Parameters without a value stay; values are not changed."""
    parts = [part for part in _escaped(query, _IN_QUERY).split("&") if part]
    kept = [part for part in parts if not _TRACKERS.fullmatch(part.partition("=")[0])]
    return "&".join(sorted(kept, key=lambda part: part.partition("=")[0]))


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
    return parts.path in {"", "/"} and not parts.query
