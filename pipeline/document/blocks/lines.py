"""Cuts plain text into blocks: each line that is not blank is one block.

Lines are measured in measures.py, and nothing is decided about them here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline import native
from pipeline.document.blocks.block import marker_of
from pipeline.text.normalise import INVISIBLE

_SOME_INVISIBLE = re.compile(f"[{''.join(map(chr, INVISIBLE))}]")
_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a page that are not blank; each list has one entry per line."""

    numbers: list[int]  # 1-based, in the page
    texts: list[str]  # as in the page, without white space at the ends
    bodies: list[str]  # the text to measure: no list marker, no invisible characters, single spaces; never empty
    after_blank: list[bool]  # an empty line or the start of the page is right above
    markers: list[bool]  # the line is an item of a list


def lines_of(text: str) -> Lines:
    """Cut a page at CR, LF or CRLF; any other white space (form feed, NBSP) counts as a space."""
    lines = Lines([], [], [], [], [])
    if native.COMPILED:
        native.blocks.cut(text, marker_of, lines.numbers, lines.texts, lines.bodies, lines.after_blank, lines.markers)
    else:
        _cut(text, lines)
    return lines


def _cut(text: str, lines: Lines) -> None:
    invisible = _SOME_INVISIBLE.search(text) is not None
    after_blank = True
    for number, raw in enumerate(_LINE_END.split(text), start=1):
        body = " ".join((raw.translate(INVISIBLE) if invisible else raw).split())
        if not body:
            after_blank = True
            continue
        marker = marker_of(body)
        lines.numbers.append(number)
        lines.texts.append(raw.strip())
        lines.bodies.append(body[marker.end() :] if marker else body)
        lines.after_blank.append(after_blank)
        lines.markers.append(marker is not None)
        after_blank = False
