"""Access to the live page: the token, the cookie, and protection against requests forged by other sites.

Without a token, only requests to a loopback name are answered (DNS rebinding), as in `agents/serve/handlers.py`.
With a token, a browser shows it once, in a link or a form, and then holds a cookie. A change must come from our page.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from agents.http import is_loopback

if TYPE_CHECKING:
    from aiohttp import web

    from agents.settings import Secret

COOKIE = "chistovik-ui"
FIELD = "csrf"
WRONG_SECONDS = 0.5  # delay after a wrong token, to slow down guessing
SAFE = {"GET", "HEAD"}
# Forbid everything from other sites, inline scripts and styles, frames around us, and forms to other sites.
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # with `no-referrer` a browser sends our own forms with `Origin: null`
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "X-Robots-Tag": "noindex",
}


class PageError(Exception):
    """An error answer: a status, a title and one line of text."""

    def __init__(self, status: int, title: str, line: str) -> None:
        super().__init__(line)
        self.status, self.title, self.line = status, title, line


@dataclass(slots=True)
class Access:
    """Checks the token, the cookie and the forms."""

    token: Secret
    _key: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    def __post_init__(self) -> None:
        if self.token:  # cookies stay valid after a restart with the same token
            self._key = sha256(b"chistovik-ui " + self.token.reveal().encode()).digest()

    @property
    def csrf(self) -> str:
        """Return the secret field of our forms, which other sites cannot know."""
        return self._sign("form")

    def is_allowed(self, request: web.Request) -> bool:
        """Return whether a request may see the pages."""
        if not self.token:
            return is_loopback(request.url.host or "")
        scheme, _, sent = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self.is_token(sent.strip()):
            return True
        return _same(request.cookies.get(COOKIE, ""), self._sign("session"))

    def is_token(self, text: str) -> bool:
        """Return whether a text is the token."""
        return bool(self.token) and _same(text, self.token.reveal())

    async def log_in(self, token: str, response: web.Response) -> bool:
        """Set the cookie if the token is right. Return whether it is; a wrong one is answered after a delay."""
        if not self.is_token(token):
            await asyncio.sleep(WRONG_SECONDS)
            return False
        response.set_cookie(COOKIE, self._sign("session"), httponly=True, samesite="Strict", path="/")
        return True

    def log_out(self, response: web.Response) -> None:
        """Delete the cookie."""
        response.del_cookie(COOKIE, path="/")

    async def is_our_form(self, request: web.Request) -> bool:
        """Return whether a request was sent by a form of our own pages."""
        if not comes_from_us(request):
            return False
        form = await request.post()
        return _same(str(form.get(FIELD, "")), self.csrf)

    def _sign(self, what: str) -> str:
        return hmac.new(self._key, what.encode(), sha256).hexdigest()


def comes_from_us(request: web.Request) -> bool:
    """Return whether a request was sent from a page of this address.

    Programs that are not browsers send neither header; another site cannot make them send a request.
    """
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None and site not in {"same-origin", "none"}:
        return False
    return origin is None or urlsplit(origin).netloc == request.host


def next_path(text: str) -> str:
    """Return the path to open after log-in: `text` if it is a path of this site, or else `/`."""
    is_local = text.startswith("/") and not text.startswith(("//", "/\\")) and text.isprintable()
    return text if is_local and "\\" not in text else "/"


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "surrogateescape"), other.encode())
