"""The result of fetching a URL, after all redirects: a body, a final refusal, or a failure that may be retried.

No HTTP client is imported here: commands that read listings from files need these types without one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from pipeline.records.reason import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A body, with its metadata from the response headers."""

    url: str  # after all redirects
    at: datetime
    media_type: str
    charset: str | None
    body: bytes
    coding: str = ""  # content coding of the body, such as gzip; "" if it is not compressed
    detail: str = ""  # what is missing of a body that broke off
    redirects: tuple[str, ...] = ()  # the URLs before `url`, the requested one first; () without a redirect
    etag: str | None = None
    last_modified: str | None = None
    x_robots_tag: tuple[str, ...] = ()  # these headers, as sent
    tdm_reservation: str | None = None
    tdm_policy: str | None = None
    fresh_for: float | None = None  # seconds; None if the server does not say or the caller did not ask


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A final answer without a body, and the reason."""

    url: str
    reason: Reason
    detail: str
    redirects: tuple[str, ...] = ()
    fresh_for: float | None = None  # for a 304 answer, as in Fetched

    @property
    def problem(self) -> str:
        """The reason and its detail in one line."""
        return f"{self.reason}: {self.detail}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A failure; another attempt may succeed."""

    url: str
    problem: str
    wait: float | None = None  # seconds that the host asked for
    of_host: bool = False  # a failure of the host, not of this URL: its other URLs would fail the same way
    is_busy: bool = False  # the host itself asks for fewer requests
    asked: bool = True  # False: the URL was not requested, because its host rests or its robots.txt is unreachable
    host: str = ""  # the host that failed; after a redirect it may differ from the requested one
    redirects: tuple[str, ...] = ()


Answer = Fetched | Refused | Failed
