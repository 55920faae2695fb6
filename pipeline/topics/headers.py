"""The names of the headers on Kafka messages, and functions that read them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


ORIGIN = "fetch-origin"  # the header with a URL's partition and offset in `urls`


Header = tuple[str, bytes]


def header(headers: Iterable[tuple[str, bytes]], name: str) -> bytes | None:
    """Return the value of a header; None if it is absent."""
    return next((value for key, value in headers if key == name), None)


LARGEST_ATTEMPT = 999_999_999  # a header with more digits is ignored


def attempt_of(headers: Iterable[tuple[str, bytes]]) -> int:
    """Read the attempt number from the headers of a record of `pages`; 1 if it is absent or invalid.

    It is 0 for a URL that was never requested.
    """
    value = header(headers, "attempt") or b""
    return int(value) if value.isdigit() and len(value) <= len(str(LARGEST_ATTEMPT)) else 1
