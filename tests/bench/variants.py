"""Variants of HTML pages to train on: the forms in which pages come that the sets have too few of.

A model that saw whole news pages alone leans on names of classes, on declared titles and on long texts. It then loses
short items, and pages of sites whose markup says nothing. Each page of a set gets one of `FORMS`, in turn.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from selectolax.lexbor import LexborHTMLParser

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy as np

    from tests.bench.sets import Row

_NAMES = re.compile(
    r"""\s(?:class|id|role|itemprop|itemtype|itemscope|data-[\w-]+|aria-[\w-]+)\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>]+)"""
)
_DECLARED = re.compile(
    r"<meta\b[^>]*(?:description|og:|twitter:|article:)[^>]*>|<script\b[^>]*ld\+json[^>]*>.*?</script>",
    re.IGNORECASE | re.DOTALL,
)
_WIDE = re.compile(r"<(/?)(?:article|main|section|header|footer|aside|nav|figure|figcaption)\b", re.IGNORECASE)
SHORT: Final = (1, 4)  # paragraphs that stay of a short item


def unnamed(row: Row, dice: np.random.Generator) -> Row:
    """Return a page without the names of its elements and without its declarations, as older sites have it."""
    body = _NAMES.sub("", _DECLARED.sub("", row.body))
    return replace(row, body=_WIDE.sub(r"<\1div", body))


def shortened(row: Row, dice: np.random.Generator) -> Row | None:
    """Return a page of which only the first paragraphs of the article are left; None if they are not found."""
    lines = [line for line in row.gold_text.split("\n") if line.strip()]
    stays = int(dice.integers(*SHORT, endpoint=True))
    if len(lines) <= stays + 1:
        return None
    gone = {_folded(line) for line in lines[stays:]}
    tree = LexborHTMLParser(row.body)
    dropped = 0
    for node in tree.css("p, li, h2, h3, h4, blockquote"):
        if _folded(node.text(separator=" ") or "") in gone:
            node.decompose()
            dropped += 1
    if 2 * dropped < len(gone):
        return None
    return replace(row, body=tree.html or "", gold_text="\n".join(lines[:stays]))


def declared_nothing(row: Row, dice: np.random.Generator) -> Row:
    """Return a page without what it declares of its article: many sites declare the site's slogan alone."""
    return replace(row, body=_DECLARED.sub("", row.body))


FORMS: Final[tuple[Callable[[Row, np.random.Generator], Row | None], ...]] = (unnamed, shortened, declared_nothing)


def variants_of(rows: Sequence[Row], dice: np.random.Generator) -> Iterator[Row]:
    """Yield a variant of each page, in turn of each form; none of a page that the form does not fit."""
    for number, row in enumerate(rows):
        made = FORMS[number % len(FORMS)](row, dice)
        if made is not None:
            yield made


def _folded(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))
