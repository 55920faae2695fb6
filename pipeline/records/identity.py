"""What decided which article a page is: the canonical URL that it declares, its own URL, or its text."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class IdentityReason(StrEnum):
    """Reasons why a page's canonical URL or its own URL was believed or not. A later release may add reasons."""

    # the canonical URL is believed
    DECLARED = "declared"  # nothing is known against it
    SAME_TEXT = "same-text"  # the article that is known there has the same text or nearly the same
    # it is not believed
    BROKEN = "broken"  # not a URL, or one that a template or a script left unfinished
    SEVERAL = "several"  # the page declares different ones
    FRONT_PAGE = "front-page"
    SECTION = "section"  # a folder above the page's own URL
    OTHER_SITE = "other-site"
    OTHER_TEXT = "other-text"  # the article that is known there has another text; also of the page's own URL
    POORER = "poorer"  # the article that is known at the page's own URL has a much longer text


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The statement which of a page's claims about itself was believed, and why."""

    canonical_url: str | None = None  # as declared; None if the page declares none, or its own URL
    believed: Literal["canonical-url", "url", "text"]  # what decided which article the page is
    reason: IdentityReason
    article_id: str | None = None  # the article under the URL that was not believed; only if its text is the reason
