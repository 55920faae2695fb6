"""The rules of robots.txt (RFC 9309): which URLs may be fetched, how fast, and which sitemaps there are.

Not here: fetching and caching robots.txt (agents/fetch).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from protego import Protego

LARGEST = 500 << 10  # bytes that are parsed (RFC 9309, section 2.5)
LONGEST_DELAY = 60.0  # seconds; a longer Crawl-delay is treated as a mistake and cut to this
_BOM = b"\xef\xbb\xbf"


class RobotsStatus(StrEnum):
    """Whether a site's robots.txt could be read."""

    RULES = "rules"
    NONE = "none"  # 4xx: everything is allowed
    UNREACHABLE = "unreachable"  # 5xx or no answer: nothing is allowed for a while


@dataclass(frozen=True, slots=True)
class Robots:
    """The rules of one site (scheme, host and port) for one user agent."""

    status: RobotsStatus
    agent: str  # our product token
    rules: Protego | None = None
    problem: str = ""  # why it is unreachable
    wait: float | None = None  # seconds that the host asked for then

    def allows(self, url: str) -> bool:
        """Return whether a URL may be fetched."""
        if self.status is RobotsStatus.UNREACHABLE:
            return False
        return self.rules is None or bool(self.rules.can_fetch(url, self.agent))

    @property
    def delay(self) -> float:
        """The delay between two requests that it asks for, in seconds; 0.0 if it asks for none."""
        if self.rules is None:
            return 0.0
        seconds = float(self.rules.crawl_delay(self.agent) or 0.0)
        rate = self.rules.request_rate(self.agent)
        if rate is not None and rate.requests > 0:
            seconds = max(seconds, rate.seconds / rate.requests)
        return min(max(seconds, 0.0), LONGEST_DELAY)

    @property
    def sitemaps(self) -> tuple[str, ...]:
        """The URLs of the sitemaps that it lists."""
        return tuple(self.rules.sitemaps) if self.rules is not None else ()


def robots_of(status: int, body: bytes, *, agent: str) -> Robots:
    """Read the answer to a request for /robots.txt, after redirects (RFC 9309, section 2.3.1).

    Unlike other 4xx codes, 429 does not mean that there is no robots.txt: the site asks for fewer requests, so it must
    not be treated as if it allowed everything.
    """
    if status == 429 or status >= 500:
        return Robots(RobotsStatus.UNREACHABLE, agent, problem=f"robots.txt: HTTP {status}")
    if not 200 <= status < 300:
        return Robots(RobotsStatus.NONE, agent)
    text = body[:LARGEST].removeprefix(_BOM).decode("utf-8", "replace").replace("\0", "")
    return Robots(RobotsStatus.RULES, agent, Protego.parse(text))


def product_token(user_agent: str) -> str:
    """Return the name in a User-Agent that robots.txt rules refer to: `Bot` in `Bot/1.0 (+https://…)`."""
    return user_agent.strip().split("/")[0].split(" ")[0]
