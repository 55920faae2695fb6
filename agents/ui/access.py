"""Who is let in to the live page, and what a browser may be made to do there by somebody else.

Without a token only loopback names are answered (DNS rebinding), as in `agents/serve/handlers.py`. With a token, a
browser presents it once, as a link or on a form, and then holds a cookie. A change must come from a page of ours.
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
WRONG_SECONDS = 0.5  # that a wrong token costs
SAFE = {"GET", "HEAD"}
# Nothing from elsewhere, no inline script or style, no frame around us, forms only to ourselves.
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


class Turned(Exception):  # noqa: N818 — an answer, not a fault of ours
    """An answer that is not what was asked for: a status and a line."""

    def __init__(self, status: int, title: str, line: str) -> None:
        super().__init__(line)
        self.status, self.title, self.line = status, title, line


@dataclass(slots=True)
class Door:
    """Knows the token, and what follows from it."""

    token: Secret
    _key: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    def __post_init__(self) -> None:
        if self.token:  # so that a restart with the same token lets in whoever was in
            self._key = sha256(b"chistovik-ui " + self.token.reveal().encode()).digest()

    @property
    def csrf(self) -> str:
        """What a form of ours carries, and nobody else's."""
        return self._sign("form")

    def is_in(self, request: web.Request) -> bool:
        """Say whether a request may see anything."""
        if not self.token:
            return is_loopback(request.url.host or "")
        scheme, _, sent = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self.fits(sent.strip()):
            return True
        return _same(request.cookies.get(COOKIE, ""), self._sign("session"))

    def fits(self, token: str) -> bool:
        """Say whether this is the token."""
        return bool(self.token) and _same(token, self.token.reveal())

    async def let_in(self, token: str, response: web.Response) -> bool:
        """Give a browser that has shown the token its cookie; a wrong token takes a while."""
        if not self.fits(token):
            await asyncio.sleep(WRONG_SECONDS)
            return False
        response.set_cookie(COOKIE, self._sign("session"), httponly=True, samesite="Strict", path="/")
        return True

    async def is_ours(self, request: web.Request) -> bool:
        """Say whether what changes something comes from a form of ours."""
        if not comes_from_us(request):
            return False
        form = await request.post()
        return _same(str(form.get(FIELD, "")), self.csrf)

    def _sign(self, what: str) -> str:
        return hmac.new(self._key, what.encode(), sha256).hexdigest()


def comes_from_us(request: web.Request) -> bool:
    """Say whether a browser sent it from a page of this address; who is no browser does not say, and is not led."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None and site not in {"same-origin", "none"}:
        return False
    return origin is None or urlsplit(origin).netloc == request.host


def next_path(text: str) -> str:
    """Give the path to go to after the door; nothing that leads away from here."""
    is_here = text.startswith("/") and not text.startswith(("//", "/\\")) and text.isprintable()
    return text if is_here and "\\" not in text else "/"


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "surrogateescape"), other.encode())
