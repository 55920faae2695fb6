"""Finds authors that a page names only by its markup: a class such as `post-author`, or a link to a profile.

It is asked last, because any theme may call anything so: the boxes of other articles, of comments, of the shop's cart.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from pipeline.document.blocks.selectors import found_by
from pipeline.document.metadata.boxes import MOST_NAMES, is_elsewhere, is_of_readers
from pipeline.document.metadata.people import people_of
from pipeline.text.calendar.dates import dates_in

SELECTORS: Final = (
    *("h1", "p"),
    *(f'[class*="{word}" i]' for word in ("aut", "byline", "writer")),
    *(f'a[href*="/{word}" i]' for word in ("aut", "avtor", "people/")),
    *('[data-testid*="aut" i]', "p[data-testid]", 'a[rel~="author" i]'),
)
PROSE = 200  # characters: a longer paragraph below the headline belongs to the article's text
LONGEST: Final = 160  # characters of a byline
MOST: Final = 60  # elements that are looked at
MOST_WALKED: Final = 1_000  # elements, with headlines and paragraphs
_SIGNED = re.compile(
    r"(?:^|[\s_-])(?:(?:article|post|entry|story|news|content|meta|single|page|c|o|m)[\s_-]{1,2})?"
    r"(?:authors?|byline|autor|writers?)(?:$|[\s_-])|author|byline",
    re.IGNORECASE,
)
_NOT_SIGNED = re.compile(
    r"bio\b|about|avatar|descr|comment|image|photo|social|follow|twitter|email|job|position|role|title|"
    r"more|other|related|widget|box\b|info\b|date|time|authori[tz]|quote",
    re.IGNORECASE,
)
_PROFILE = re.compile(
    r"/(?:authors?|autor(?:en|es|zy|y|ka)?|avtor[yi]?|bylines?|people|journalists?)/[^/?#]", re.IGNORECASE
)
_AND: Final = r"(?:\b(?:and|und|et|with|и|й|та|і|y|e|oraz|және|мен)\b|[,&/])"
_JOINED = re.compile(rf"{_AND}\s*$|^\s*{_AND}(?:\s|$)", re.IGNORECASE)
_CHECKED = re.compile(
    r"\W*(?:(?:fact|medically|expert)\b|(?:last )?(?:review|edit|check|verif|updat|translat|photo|illustrat)|фото|"
    r"перев[её]л|переклад)",
    re.IGNORECASE,
)


def signatures(tree: LexborHTMLParser) -> tuple[list[str], list[str]]:
    """Return the texts that name authors: between the headline and the first paragraph, and elsewhere in the article.

    Those elsewhere stand outside of boxes about other articles. Each text is returned once, in page order.
    """
    beside: dict[str, None] = {}
    elsewhere: dict[str, None] = {}
    below, ended, found = False, False, 0
    for node, selected in found_by(SELECTORS, tree)[:MOST_WALKED]:
        tag = node.tag
        if tag == "h1":  # behind the text it is that of the next article
            below = not ended
            continue
        is_signed = (tag != "p" or selected > 1) and _is_signed(node)
        if not is_signed and tag == "p":
            ended = ended or (below and len(node.text() or "") >= PROSE)
            below = below and not ended
        elif is_signed and found < MOST:
            found += 1
            text = _first_part(node)
            if 3 <= len(text) <= LONGEST and not (is_of_readers if below else is_elsewhere)(node):
                (beside if below else elsewhere).setdefault(text)
    return list(beside), list(elsewhere)


def _first_part(node: LexborNode) -> str:
    """Return the names in an element without what its markup sets off from them, such as a position or a date."""
    lines = (" ".join(part.split()) for part in (node.text(separator="\n") or "").split("\n"))
    parts = [_undated(line) for line in lines if line]
    if not parts or _is_checked(node):
        return ""
    names = ""
    for part in parts:
        if people_of([names]) and not (_JOINED.search(names) or _JOINED.search(part)):
            break
        names = f"{names} {part}" if _JOINED.search(names) or _JOINED.search(part) or not people_of([part]) else part
    return names.strip()


def _undated(text: str) -> str:
    """Return what stands before the date in a text, all of it without one, or if it begins with one."""
    if len(text) > LONGEST:
        return text
    dated = next(dates_in(text), None)
    return text[: dated.start].rstrip(" ,|·•—–-") if dated is not None and dated.start else text


def _is_checked(node: LexborNode) -> bool:
    """Return whether the words before an element say that somebody reviewed, edited or translated the text."""
    above = node.parent
    words = "" if above is None else (above.text(separator=" ") or "")
    return len(words) <= 2 * LONGEST and _CHECKED.match(words) is not None


def _is_signed(node: LexborNode) -> bool:
    """Return whether an element is named after authors, or links to the page of one."""
    attributes = node.attributes
    named = f"{attributes.get('class') or ''} {attributes.get('data-testid') or ''}"
    if node.tag == "a" and (
        _PROFILE.search(attributes.get("href") or "") or "author" in (attributes.get("rel") or "").lower()
    ):
        return True
    return _is_of_authors(named)


@lru_cache(maxsize=MOST_NAMES)
def _is_of_authors(names: str) -> bool:
    """Return whether classes are those of bylines."""
    return _SIGNED.search(names) is not None and _NOT_SIGNED.search(names) is None
