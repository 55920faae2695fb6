"""The types of pages that are told apart."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class PageType(StrEnum):
    """What a page is for its reader. A later release may add types."""

    ARTICLE = "article"
    LISTING = "listing"  # an index of articles or other pages
    COLLECTION = "collection"  # a category of a shop
    PRODUCT = "product"
    SERVICE = "service"  # a company or an office presents what it does
    FORUM = "forum"  # a thread, or questions and answers
    DOCUMENTATION = "documentation"


ARTICLES: Final = frozenset({PageType.ARTICLE})
