"""The cookies of one chain of redirects. They are forgotten with the chain: no two fetches share a cookie.

Some sites set a cookie, redirect to the same URL, and redirect again until the cookie is sent.
"""

from __future__ import annotations

from http.cookies import CookieError
from typing import TYPE_CHECKING

from aiohttp import CookieJar
from yarl import URL

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST = 8192  # characters of the header; more cookies are not sent


class ChainCookies:
    """Remembers the cookies that redirects set, with the rules of RFC 6265 for hosts, paths and `Secure`."""

    def __init__(self) -> None:
        self._jar: CookieJar | None = None  # nearly no redirect sets a cookie

    def remember(self, url: str, set_cookie: Sequence[str]) -> None:
        """Keep the cookies that the answer to a URL sets."""
        if not set_cookie:
            return
        if self._jar is None:
            self._jar = CookieJar(unsafe=True, quote_cookie=False)  # unsafe: also for hosts that are addresses
        self._jar.update_cookies_from_headers(set_cookie, URL(url, encoded=True))

    def header_for(self, url: str) -> str:
        """Return the Cookie header of a request; "" without cookies."""
        if self._jar is None:
            return ""
        try:
            found = self._jar.filter_cookies(URL(url, encoded=True))
        except CookieError:
            return ""
        header = "; ".join(f"{morsel.key}={morsel.coded_value}" for morsel in found.values())
        return header if header.isascii() and header.isprintable() and len(header) <= LONGEST else ""
