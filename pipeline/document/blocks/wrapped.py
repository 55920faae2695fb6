"""Finds the paragraphs of a text whose lines were cut by hand, at about the same width: with `<br>`, or in a `<pre>`.

A line is cut by its width where the first word of the next line has no room in it. A poem, an address or a list has
room for that word at most of its line breaks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from pipeline import native

Ints = npt.NDArray[np.int64]
Span = tuple[int, int]  # the first block and the one after the last

LEAST: Final = 3  # breaks by width that a text must have
NARROWEST, WIDEST = 36, 110  # characters: the width of such a text
SHARE: Final = 0.9  # of the breaks inside a sentence: so many must be by width
PROSE: Final = 8  # words of a paragraph on average: a text with fewer is a table, a poem or code
SIGNS: Final = 400  # characters for each sign of a program: a text with more signs is code, or mail that is quoted
_BLANK_LINE = re.compile(r"\n[ \t\r\f\v\xa0]*\n\s*")
_INDENTED = re.compile(r"^(?:[ \t]{4}|\t)", re.MULTILINE)
_SIGN = re.compile(r"[<>={}|@\\\\#$_*]|--|;$", re.MULTILINE)
_STOPS: Final = ".!?…:;。！？"
_CLOSERS: Final = "\"'»”’)]」』"


def paragraphs_of(text: str) -> list[str]:
    """Return the paragraphs of a preformatted text, at least one; code and tables are one."""
    parts = [part for part in _BLANK_LINE.split(text) if part.strip()] if "\n" in text else []
    if len(parts) < 2:
        return [text]
    prose = 2 * sum(map(_ends, parts)) >= len(parts) and len(text.split()) >= PROSE * len(parts)
    coded = len(_SIGN.findall(text)) * SIGNS > len(text) or _INDENTED.search(text)
    return parts if prose and not coded else [text]


def joined(texts: list[str], blocks: Ints, elements: Ints) -> tuple[list[str], Ints]:
    """Join the lines of paragraphs that were cut by width; the spans of `elements` are moved in place.

    `blocks` has a column per block: its element, linked and bold characters, and how it ends: 1 at a `<br>`, 2 at two.
    """
    follows = np.zeros(len(texts), bool)
    some = False
    for start, end in runs_of(blocks[0], blocks[3]):
        found = _followers(texts[start:end], (blocks[3, start:end] == 1).tolist())
        if True in found:
            follows[start + 1 : end] = found
            some = True
    if not some:
        return texts, blocks
    heads = np.flatnonzero(~follows)
    lines = [_together(texts[start:end]) for start, end in pairwise((*heads.tolist(), len(texts)))]
    rows = np.ascontiguousarray(blocks[:, heads])
    rows[1:3] = np.minimum(np.add.reduceat(blocks[1:3], heads, axis=1), [len(line) for line in lines])
    rows[3] = blocks[3, np.append(heads[1:], len(texts)) - 1]
    moved = np.append(np.cumsum(~follows) - ~follows, len(lines))
    elements[5:7] = moved[elements[5:7]]
    return lines, rows


def runs_of(frames: Ints, broken: Ints) -> list[Span]:
    """Return the spans of blocks that are lines of one element, if enough of them end at one `<br>`."""
    if native.COMPILED:
        return native.blocks.line_runs(frames, broken, LEAST)
    if not len(frames):
        return []
    ends = np.flatnonzero(np.append((frames[1:] != frames[:-1]) | (broken[:-1] == 0), True)) + 1
    starts = np.append(0, ends[:-1])
    enough = np.add.reduceat(broken == 1, starts, dtype=np.int64) >= LEAST
    return list(zip(starts[enough].tolist(), ends[enough].tolist(), strict=True))


def _followers(lines: Sequence[str], single: Sequence[bool]) -> list[bool]:
    """Return for each line but the first whether it continues the paragraph of the line before."""
    none = [False] * (len(lines) - 1)
    width = max(map(len, lines))
    if not NARROWEST <= width <= WIDEST:
        return none
    breaks = list(pairwise(lines))
    full = [len(line) + 1 + len(after.split(" ", 1)[0]) > width for line, after in breaks]
    inside = [is_full for is_full, (line, _), one in zip(full, breaks, single, strict=False) if one and not _ends(line)]
    if len(inside) < LEAST or sum(inside) < SHARE * len(inside):
        return none
    return [one and is_full for one, is_full in zip(single, full, strict=False)]


def _ends(text: str) -> bool:
    return text.rstrip().rstrip(_CLOSERS)[-1:] in tuple(_STOPS)


def _together(lines: Sequence[str]) -> str:
    return lines[0] if len(lines) == 1 else " ".join(lines)
