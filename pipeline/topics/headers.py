"""The headers of our Kafka messages: their names, and how they are read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


ORIGIN = "fetch-origin"  # the header that names a URL's place in `urls`


Header = tuple[str, bytes]


def header(headers: Iterable[tuple[str, bytes]], name: str) -> bytes | None:
    """Find a header's value, None where it is not there."""
    return next((value for key, value in headers if key == name), None)


LARGEST_ATTEMPT = 999_999_999  # whatever a header claims


def attempt_of(headers: Iterable[tuple[str, bytes]]) -> int:
    """Read from the headers of a record of `pages` which attempt it is; 1 where they do not say."""
    said = header(headers, "attempt") or b""
    return max(1, int(said)) if said.isdigit() and len(said) <= len(str(LARGEST_ATTEMPT)) else 1
