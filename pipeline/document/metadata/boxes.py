"""Tells elements that stand in boxes about other articles, or among comments, by the tags and classes above them.

A date or a name in such a box is not the article's.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from selectolax.lexbor import LexborNode

ANCESTORS: Final = 12
MOST_NAMES: Final = 4096  # of classes and ids that are remembered
_OTHERS = re.compile(
    r"comment|related|recommend|popular|sidebar|teaser|widget|footer|nav(?:bar|igation)?\b|menu|carousel|slider|"
    r"read-?more|more-|latest|trending|newsletter|modal|popup|author-?box|bio\b|card|listing|grid|feed\b|quote|review",
    re.IGNORECASE,
)
_READERS = re.compile(r"comment|review|reply|replies|respon", re.IGNORECASE)
_OUTSIDE: Final = frozenset({"aside", "nav", "footer", "blockquote", "form"})


def is_elsewhere(node: LexborNode) -> bool:
    """Return whether an element is in a box about other articles, or among comments."""
    return _is_in(node, _OTHERS)


def is_of_readers(node: LexborNode) -> bool:
    """Return whether an element is among comments, or outside of the article by its tag."""
    return _is_in(node, _READERS)


def is_teased(node: LexborNode) -> bool:
    """Return whether an element is in the item of a list that links to something: the teaser of another article."""
    above = node.parent
    while above is not None and above.tag not in {"body", "article", "main"}:
        if above.tag == "li":
            return above.css_first("a[href]") is not None
        above = above.parent
    return False


def _is_in(node: LexborNode, named: re.Pattern[str]) -> bool:
    above = node.parent
    for _ in range(ANCESTORS):
        if above is None or above.tag in {"body", "html"}:
            return False
        if above.tag in _OUTSIDE:
            return True
        attributes = above.attributes
        if _is_named(f"{attributes.get('class') or ''} {attributes.get('id') or ''}", named):
            return True
        above = above.parent
    return False


@lru_cache(maxsize=MOST_NAMES)
def _is_named(names: str, words: re.Pattern[str]) -> bool:
    return words.search(names) is not None
