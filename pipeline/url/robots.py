"""The rules of robots.txt (RFC 9309): which URLs may be fetched, how fast, and which sitemaps there are.

Where RFC 9309 is silent, a file is read as Google's parser reads it. Not here: fetching, unpacking and caching
robots.txt (agents/fetch).
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from enum import StrEnum

from protego import Protego

LARGEST = 500 << 10  # bytes that are parsed (RFC 9309, section 2.5)
LONGEST_DELAY = 60.0  # seconds; a longer Crawl-delay is treated as a mistake and cut to this
LONGEST_LINE = 16_384  # characters; Google's parser ignores the rest of a line, too
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LINE_END = re.compile(r"\r\n|\r|\n")
_INVISIBLE = re.compile("[\0\ufeff\u200b]")  # NUL, byte-order marks inside, zero-width spaces
_AGENT = re.compile(r"\s*user[- ]?agent(?:\s*:|\s)\s*(.*)", re.IGNORECASE)
_TOKEN = re.compile(r"[A-Za-z0-9_-]+")
_NOBODY = "!"  # no product token contains it


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
    lines = (_for_agent(line[:LONGEST_LINE], agent) for line in _LINE_END.split(_text(body[:LARGEST])))
    return Robots(RobotsStatus.RULES, agent, Protego.parse("\n".join(lines)))


def _text(body: bytes) -> str:
    """Decode a robots.txt: UTF-8 (RFC 9309, section 2.3), unless a mark or the zeros between letters say otherwise."""
    for mark, name in _MARKS:
        if body.startswith(mark):
            return _INVISIBLE.sub("", body.decode(name, "replace"))
    begin = body[:200]
    for odd, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        zeros, others = begin[odd::2].count(0), begin[1 - odd :: 2].count(0)
        if zeros > len(begin) // 4 and not others:
            return _INVISIBLE.sub("", body.decode(name, "replace"))
    return _INVISIBLE.sub("", body.decode("utf-8", "replace"))


def _for_agent(line: str, agent: str) -> str:
    """Rewrite a line that names a user agent: ours, all, or somebody else.

    Only the product token counts, so a version behind it is ignored, and it must be equal to ours: rules for `My` are
    not for `MyBot` (RFC 9309, section 2.2.1). Protego would take any beginning of our name.
    """
    match = _AGENT.match(line)
    if match is None:
        return line
    value = match[1].partition("#")[0].strip()
    token = _TOKEN.match(value)
    if value.startswith("*") and not value[1:2].strip():
        return "User-agent: *"
    is_ours = token is not None and token[0].lower() == agent.lower()
    return f"User-agent: {agent}" if is_ours else f"User-agent: {_NOBODY}{value}"


def product_token(user_agent: str) -> str:
    """Return the name in a User-Agent that robots.txt rules refer to: `Bot` in `Bot/1.0 (+https://…)`."""
    return user_agent.strip().split("/")[0].split(" ")[0]
