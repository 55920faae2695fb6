"""The closed list of reasons why a page is `discarded`."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Why there is no article in a page: the list of `discarded`, to which a later release may add."""

    EMPTY = "empty"
    BINARY = "binary"
    UNDECODABLE = "undecodable"
    MEDIA_TYPE = "unsupported-media-type"
    TOO_LARGE = "too-large"
    NO_ARTICLE = "no-article"
    SUPERSEDED = "superseded"
    # of the fetch stage
    NOT_FETCHABLE = "not-fetchable"  # not http(s), with credentials, of a port that is not allowed
    BLOCKED_ADDRESS = "blocked-address"  # its host is inside our own network
    UNKNOWN_HOST = "unknown-host"
    ROBOTS = "robots"
    NOT_FOUND = "not-found"  # 404
    GONE = "gone"  # 410
    REFUSED = "refused"  # 401, 403, 451 and the other answers that say "not to you"
    TOO_MANY_REDIRECTS = "too-many-redirects"
    NOT_MODIFIED = "not-modified"  # since the last visit
    ALREADY_FETCHED = "already-fetched"  # or about to be: once per window
