"""The form of a URL that is requested: the URL as it was given, changed only where no server may get it so.

Not here: the canonical form, which ids and keys are made from (pipeline/records/url.py).
"""

from __future__ import annotations

import re
from urllib.parse import quote, unquote, urljoin

from pipeline.records.trackers import is_tracker
from pipeline.records.url import tidy, web_parts, without_dots

# Characters that browsers send as they are (WHATWG URL, "path percent-encode set" and "special-query …").
_IN_PATH = "/%!$&'()*+,;=:@[]|~"
_IN_QUERY = "/%!$&()*+,;=:@[]|~?\\^`{}"
# A URL that is its own form, as most URLs are. This test takes a tenth of the time of the rest.
_READY = re.compile(
    r"https?://(?![^/]*xn--)[a-z0-9_-]+(?:\.[a-z0-9_-]+)*(?::(?:[1-9][0-9]{3}|[1-5][0-9]{4}))?"
    r"(?:/(?!(?:\.|%2[eE]){1,2}(?:[/?]|\Z))[A-Za-z0-9_.~!$&'()*+,;=:@%|\[\]-]*)+"
    r"(?:\?[A-Za-z0-9_.~!$&()*+,;=:@%|\[\]/?\\^`{}-]+)?"
)
_DOTS = re.compile(r"(?:\.|%2e){1,2}", re.IGNORECASE)


def request_url(url: str) -> str | None:
    """Return the URL to request for a URL as it was given; None if it is not an http(s) URL.

    The server gets the path and the query that were given: their slashes, escapes, parameters and the parameters'
    order. As in browsers, characters that may not be sent are escaped as UTF-8, dot segments are resolved, the host is
    in ASCII, and the fragment is not sent.
    """
    if _READY.fullmatch(url):
        return url
    parts = web_parts(url)
    if parts is None:
        return None
    path = without_dots("/".join(map(_dot, quote(_raw(parts.path), safe=_IN_PATH).split("/"))))
    query = quote(_raw(parts.query), safe=_IN_QUERY)
    return f"{parts.scheme}://{parts.netloc}{path}{'?' if query else ''}{query}"


def hop_url(base: str, location: str) -> str | None:
    """Return the URL to request for the target of a redirect; None if it is not an http(s) URL."""
    try:
        return request_url(urljoin(base, tidy(location)))
    except ValueError:
        return None


def without_trackers(url: str) -> str:
    """Return a URL to request without its trackers, and otherwise as it is."""
    before, mark, query = url.partition("?")
    kept = [part for part in query.split("&") if not is_tracker(unquote(part.partition("=")[0]))]
    return before + mark + "&".join(kept) if kept else before


def _dot(segment: str) -> str:
    """Return the dot segment that an escaped one means; another segment is returned unchanged."""
    return segment.lower().replace("%2e", ".") if _DOTS.fullmatch(segment) else segment


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
