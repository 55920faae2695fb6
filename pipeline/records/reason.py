"""The list of reasons why a page is `discarded`."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Reasons why a page has no article, as in the topic `discarded`. A later release may add reasons."""

    EMPTY = "empty"
    BINARY = "binary"
    UNDECODABLE = "undecodable"
    MEDIA_TYPE = "unsupported-media-type"
    TOO_LARGE = "too-large"
    NO_ARTICLE = "no-article"
    SUPERSEDED = "superseded"
    NOT_A_REVISION = "not-a-revision"  # much shorter than the article at its URL, and another text
    # set by the fetch stage
    NOT_FETCHABLE = "not-fetchable"  # not http(s), contains credentials, or has a port that is not allowed
    BLOCKED_ADDRESS = "blocked-address"  # its host is not on the public internet
    UNKNOWN_HOST = "unknown-host"
    ROBOTS = "robots"
    NOT_FOUND = "not-found"  # 404
    GONE = "gone"  # 410
    REFUSED = "refused"  # 401, 403, 451 and other answers that deny access
    TOO_MANY_REDIRECTS = "too-many-redirects"
    NOT_MODIFIED = "not-modified"  # since the last visit
    ALREADY_FETCHED = "already-fetched"  # or about to be: a URL is fetched once per window
