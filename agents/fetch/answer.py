"""How a request for a URL ends, after all redirects: with a body, without one for good, or without one this time.

No client is imported here: commands that read listings from files need these types and no web.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from pipeline.records.reason import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A body, with what was said of it."""

    url: str  # where it came from, after all redirects
    at: datetime
    media_type: str
    charset: str | None
    body: bytes
    coding: str = ""  # that the body is packed with; "" where it is not
    redirects: tuple[str, ...] = ()  # the URLs on the way, the first one included; () where there was none
    etag: str | None = None
    last_modified: str | None = None
    fresh_for: float | None = None  # seconds; None where the server does not say, or nobody wanted to know


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """There will be no body, and this is why."""

    url: str
    reason: Reason
    detail: str
    redirects: tuple[str, ...] = ()
    fresh_for: float | None = None  # of an answer that has not changed, as in Fetched

    @property
    def problem(self) -> str:
        """The reason in one line."""
        return f"{self.reason}: {self.detail}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """It went wrong, and may go well another time."""

    url: str
    problem: str
    wait: float | None = None  # seconds that the host asked for
    of_host: bool = False  # all URLs of the host would fare the same
    host: str = ""  # which one: after a redirect another than asked
    redirects: tuple[str, ...] = ()


Answer = Fetched | Refused | Failed
