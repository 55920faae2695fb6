"""robots.txt: what its rules mean to us (RFC 9309). Fetching and keeping it is the shell's."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from protego import Protego

LARGEST = 500 << 10  # bytes that are parsed, RFC 9309, section 2.5
LONGEST_DELAY = 60.0  # seconds; a Crawl-delay above that is taken for a mistake
_BOM = b"\xef\xbb\xbf"


class Standing(StrEnum):
    """What is known about a site's robots.txt."""

    RULES = "rules"
    NONE = "none"  # 4xx: all is allowed
    UNREACHABLE = "unreachable"  # 5xx, or nobody answers: nothing is, for a while


@dataclass(frozen=True, slots=True)
class Robots:
    """The rules of one site (scheme, host and port) for one user agent."""

    standing: Standing
    agent: str  # our product token
    rules: Protego | None = None
    problem: str = ""  # why it is unreachable

    def allows(self, url: str) -> bool:
        """Say whether a URL may be fetched."""
        if self.standing is Standing.UNREACHABLE:
            return False
        return self.rules is None or bool(self.rules.can_fetch(url, self.agent))

    @property
    def delay(self) -> float:
        """The seconds between two requests that it asks for, 0.0 where it asks for none."""
        if self.rules is None:
            return 0.0
        asked = float(self.rules.crawl_delay(self.agent) or 0.0)
        rate = self.rules.request_rate(self.agent)
        if rate is not None and rate.requests > 0:
            asked = max(asked, rate.seconds / rate.requests)
        return min(max(asked, 0.0), LONGEST_DELAY)

    @property
    def sitemaps(self) -> tuple[str, ...]:
        """The sitemaps that it names."""
        return tuple(self.rules.sitemaps) if self.rules is not None else ()


def robots_of(status: int, body: bytes, *, agent: str) -> Robots:
    """Read an answer to /robots.txt, after its redirects (RFC 9309, section 2.3.1).

    429 is not "there is none", as 4xx is otherwise: a site that asks for rest is not told that all is allowed.
    """
    if status == 429 or status >= 500:
        return Robots(Standing.UNREACHABLE, agent, problem=f"robots.txt: HTTP {status}")
    if not 200 <= status < 300:
        return Robots(Standing.NONE, agent)
    text = body[:LARGEST].removeprefix(_BOM).decode("utf-8", "replace").replace("\0", "")
    return Robots(Standing.RULES, agent, Protego.parse(text))


def product_token(user_agent: str) -> str:
    """Return the name in a User-Agent that robots.txt knows us by: `Bot` of `Bot/1.0 (+https://…)`."""
    return user_agent.strip().split("/")[0].split(" ")[0]
