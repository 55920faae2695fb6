"""Which partition of `documents` a page belongs to: a pure, cheap function of the raw page.

Near-duplicates share a language, so they meet in one partition, in one total order. The cleaning has no say in it.
"""

from __future__ import annotations

import re
from enum import StrEnum
from html import unescape

from pipeline.markup import visible_text

LONG_LINE = 80  # characters: a paragraph rather than a menu, so that another site's menu moves no page
ENOUGH = 200  # letters in long lines that settle it; below that every line counts
SCANNED = 200_000  # characters of text: more cannot change the majority of a news page


class Route(StrEnum):
    """The language groups that have a partition of their own.

    They are groups of scripts, not languages: ru, uk, be and kk mix on one page, and a Russian article under a
    Ukrainian menu must meet its twins.
    """

    CYRILLIC = "cyrillic"
    LATIN = "latin"
    HAN = "han"
    OTHER = "other"


PARTITION: dict[Route, int] = {Route.CYRILLIC: 0, Route.LATIN: 1, Route.HAN: 2, Route.OTHER: 3}
PARTITIONS = len(PARTITION)

# A Han or kana character says about as much as three letters.
_SCRIPTS: tuple[tuple[Route, re.Pattern[str], int], ...] = (
    (Route.CYRILLIC, re.compile("[\u0400-\u052f]+"), 1),
    (Route.LATIN, re.compile("[A-Za-z\u00c0-\u024f]+"), 1),
    (Route.HAN, re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+"), 3),
    (Route.OTHER, re.compile("[\u0370-\u03ff\u0530-\u1fff\u2c80-\u2dff\ua4d0-\uabff\uac00-\ud7af]+"), 1),
)


def route_of(text: str, *, html: bool) -> Route:
    """Choose the route of a raw page's text, markup and all; a page without letters is `other`."""
    lines = unescape(visible_text(text)[:SCANNED]) if html else text[:SCANNED]
    long_lines = "\n".join(line for line in lines.splitlines() if len(line) >= LONG_LINE)
    counts = _letters(long_lines)
    if sum(counts.values()) < ENOUGH:
        counts = _letters(lines)
    best = max(counts, key=lambda route: counts[route])
    return best if counts[best] else Route.OTHER


def _letters(text: str) -> dict[Route, int]:
    return {route: weight * sum(map(len, runs.findall(text))) for route, runs, weight in _SCRIPTS}
