"""Choose the route of a raw page, which is its partition of `documents` (`PARTITION` in pipeline/records/route.py).

Near-duplicates share a language, so they meet in one partition, in one total order. Cleaning does not affect the route.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from html import unescape
from typing import Final

import numpy as np
import numpy.typing as npt

from pipeline import native
from pipeline.page.markup import text_runs
from pipeline.records.route import Route

LONG_LINE = 80  # characters: a paragraph, not a menu, so that a copy under another site's menu has the same route
ENOUGH = 200  # letters in long lines that decide the route; with fewer, all lines count
SCANNED = 200_000  # characters of text: more would not change the majority of a news page


# The weight of a letter and the ranges of each script: a Han or kana character carries about as much as three letters.
_SCRIPTS: Final = {
    Route.CYRILLIC: (1, ((0x0400, 0x052F),)),
    Route.LATIN: (1, ((0x41, 0x5A), (0x61, 0x7A), (0xC0, 0x24F))),
    Route.HAN: (3, ((0x3040, 0x30FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF))),
    Route.OTHER: (1, ((0x0370, 0x03FF), (0x0530, 0x1FFF), (0x2C80, 0x2DFF), (0xA4D0, 0xABFF), (0xAC00, 0xD7AF))),
}
_WEIGHTS: Final = (0, *(weight for weight, _ in _SCRIPTS.values()))


def route_of(text: str, *, html: bool) -> Route:
    """Return the route of a raw page's text, including its markup; a page without letters is `other`.

    No parser is used: a page on which the parser fails must have the same route when it is fed again.
    """
    counts = _letters(_long(text_runs(text, LONG_LINE)), html=html) if html else _in_lines(text, LONG_LINE)
    if sum(counts) < ENOUGH:
        counts = _letters(text_runs(text), html=html) if html else _in_lines(text, 0)
    return list(_SCRIPTS)[counts.index(max(counts))] if any(counts) else Route.OTHER


def _long(runs: list[str]) -> list[str]:
    """Return the runs of text that are long, not counting the white space that formats the source."""
    if native.COMPILED:
        return native.page.without_short(runs, LONG_LINE)
    return [run for run in runs if len(" ".join(run.split())) >= LONG_LINE]


def _in_lines(text: str, least: int) -> list[int]:
    """Return the weighted number of letters of each script in the lines that have at least so many characters."""
    if not native.COMPILED:
        return _letters([line for line in text[:SCANNED].splitlines() if len(line) >= least], html=False)
    counts = np.zeros(len(_WEIGHTS), np.int64)
    native.text.count_in_lines(text, SCANNED, least, _kinds(), counts)
    return _weighted(counts)


def _letters(lines: Iterable[str], *, html: bool) -> list[int]:
    """Return the weighted number of letters of each script."""
    text = "\n".join(lines)[:SCANNED]
    if html and "&" in text:
        text = unescape(text)
    if native.COMPILED:
        counts = np.zeros(len(_WEIGHTS), np.int64)
        native.page.tally(text, _kinds(), counts)
    else:
        codes = np.frombuffer(text.encode("utf-16-le", "surrogatepass"), np.uint16)
        counts = np.bincount(_kinds()[codes], minlength=len(_WEIGHTS))
    return _weighted(counts)


def _weighted(counts: npt.NDArray[np.int64]) -> list[int]:
    return [count * weight for count, weight in zip(counts.tolist()[1:], _WEIGHTS[1:], strict=True)]


@cache
def _kinds() -> npt.NDArray[np.uint8]:
    """Return the number of each code point's script, from 1; characters beyond the BMP belong to none."""
    kinds = np.zeros(0x10000, np.uint8)
    for number, (_, ranges) in enumerate(_SCRIPTS.values(), start=1):
        for first, last in ranges:
            kinds[first : last + 1] = number
    return kinds
