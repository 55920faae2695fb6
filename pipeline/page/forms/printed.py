"""Removes what belongs to the pages of a printed text (pdftotext): form feeds, page numbers, running heads."""

from __future__ import annotations

import re
from collections.abc import Sequence

REACH = 3  # lines beside a page's end that may be a running head or foot
LEAST = 2  # page numbers that show that a text has pages

_NUMBER = re.compile(
    r"\s*(?:[-–—]\s*)?(?:(?:page|p\.|стр\.?|страница|с\.|стор\.?|сторінка|старонка|бет|seite|page|página|strona|сахифа)\s*)?"
    r"(\d{1,4})(?:\s*(?:/|of|из|із|з|von|de|sur|z)\s*\d{1,4})?(?:\s*[-–—])?\s*$",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"\d+")


def without_pages(lines: Sequence[str]) -> tuple[list[str], int] | None:
    """Return lines without the marks of pages, and the number of lines that went; None if the text has no pages."""
    fed = [index for index, line in enumerate(lines) if "\f" in line]
    numbers = _page_numbers(lines)
    if not fed and not numbers:
        return None
    gone = set(numbers) | set(_running(lines, sorted({*fed, *numbers})))
    kept: list[str] = []
    for index, line in enumerate(lines):
        if index not in gone:
            kept.append(line.replace("\f", ""))
        elif kept and kept[-1].strip():
            kept.append("")
    return _closed(kept), len(gone)


def _page_numbers(lines: Sequence[str]) -> list[int]:
    """Return the lines that are page numbers: alone between empty lines or pages' ends, each one more than the last."""
    found = [
        (index, int(number[1]))
        for index, line in enumerate(lines)
        if line.strip()[-1:].isdigit() or line.strip().endswith(("-", "–", "—"))
        if (number := _NUMBER.match(line.replace("\f", ""))) and _is_alone(lines, index)
    ]
    values = [value for _, value in found]
    rising = values == list(range(values[0], values[0] + len(values))) if values else False
    return [index for index, _ in found] if rising and len(found) >= LEAST else []


def _is_alone(lines: Sequence[str], index: int) -> bool:
    return index == 0 or not lines[index - 1].strip() or "\f" in lines[index]


def _running(lines: Sequence[str], ends: Sequence[int]) -> list[int]:
    """Return the lines near the ends of pages that recur there; the first of each stays, as it may name the issue."""
    near: list[int] = []
    for end in ends:
        near += [index for index in range(end, min(end + 2 * REACH + 1, len(lines))) if lines[index].strip()][
            : REACH + 1
        ]
        near += [index for index in range(end - 1, max(end - 2 * REACH, -1), -1) if lines[index].strip()][:REACH]
    shapes: dict[str, list[int]] = {}
    for index, line in enumerate(lines):
        shapes.setdefault(_shape(line), []).append(index)
    return [index for index in set(near) if shapes[_shape(lines[index])][0] < index]


def _shape(line: str) -> str:
    return _DIGITS.sub("0", " ".join(line.split()))


def _closed(lines: Sequence[str]) -> list[str]:
    """Return lines without the empty ones between two halves of a sentence that the end of a page divided."""
    kept: list[str] = []
    for line in lines:
        if line.strip() and line.lstrip()[0].islower() and kept and not kept[-1].strip():
            above = next((index for index in range(len(kept) - 1, -1, -1) if kept[index].strip()), None)
            if above is not None and kept[above].rstrip()[-1] not in ".!?…:;":
                del kept[above + 1 :]
        kept.append(line)
    return kept
