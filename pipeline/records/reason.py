"""The list of reasons why a page is `discarded`."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Reason(StrEnum):
    """Reasons why a page has no article, as in the topic `discarded`. A later release may add reasons."""

    EMPTY = "empty"
    BINARY = "binary"
    UNDECODABLE = "undecodable"
    MEDIA_TYPE = "unsupported-media-type"
    TOO_LARGE = "too-large"
    NO_ARTICLE = "no-article"
    # pages that stand in for an article
    ERROR_PAGE = "error-page"  # "page not found" and other errors, with status 200
    CONSENT_WALL = "consent-wall"  # asks for consent to cookies
    BROWSER_CHECK = "browser-check"  # captchas, and checks that the reader is no robot
    SCRIPT_ONLY = "script-only"  # has no text without JavaScript
    LOG_IN = "log-in"  # log-in and registration
    PAYWALL = "paywall"  # an offer to subscribe, without the article
    MAINTENANCE = "maintenance"
    PARKED_DOMAIN = "parked-domain"  # a domain that is for sale, expired or not set up
    REGION_BLOCK = "region-block"  # not shown in the reader's country, or blocked there
    FRONT_PAGE = "front-page"  # the URL of an article led to a front page or section
    SUPERSEDED = "superseded"
    NOT_A_REVISION = "not-a-revision"  # much shorter than the article at its URL, and another text
    # declared by the publisher, and obeyed if CHISTOVIK_OBEY says so
    NOINDEX = "noindex"
    NOARCHIVE = "noarchive"
    TDM_RESERVED = "tdm-reserved"  # rights to text and data mining are reserved (TDMRep)
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


# The kinds of pages that sites show in place of an article.
STAND_INS: Final = frozenset(
    {
        *(Reason.ERROR_PAGE, Reason.CONSENT_WALL, Reason.BROWSER_CHECK, Reason.SCRIPT_ONLY, Reason.LOG_IN),
        *(Reason.PAYWALL, Reason.MAINTENANCE, Reason.PARKED_DOMAIN, Reason.REGION_BLOCK, Reason.FRONT_PAGE),
    }
)
