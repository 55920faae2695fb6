"""Removes what text browsers (lynx, elinks) add to a page: numbers before links, and the list of their addresses."""

from __future__ import annotations

import re
from collections.abc import Sequence

LEAST = 3  # numbers of links in ascending order without a list of addresses

_MARKER = re.compile(r"(?<![\w.,;:!?»”\")\]])\[(\d{1,4})\](?=[^\s\[(])")
_ADDRESS = re.compile(r"\s*\d{1,4}\.\s+(?:[a-z][a-z0-9+.-]{1,12}:\S*|[/#?]\S*)\s*$", re.IGNORECASE)
_TITLE = re.compile(
    r"\s*(?:references|(?:visible|hidden)? ?links:?|ссылки|(?:видимые|скрытые) ссылки:?|посилання|спасылкі|сілтемелер|"
    r"références|referenzen|verweise|referencias|odnośniki|riferimenti)\s*:?\s*$",
    re.IGNORECASE,
)
_CONTROL = re.compile(
    r"\s*(?:#?\[\d+\](?:alternate|shortcut icon|next|prev|search)\b.*|\[(?:INLINE|IMG|USEMAP|EMBED)[^\]]*\])$"
)
_INSIDE = re.compile(r"\[(?:INLINE|IMG|EMBED)\]\s?|\(BUTTON\)\s?")


def has_links(text: str) -> bool:
    """Return whether a text may have numbers before its links."""
    return "[1]" in text and _MARKER.search(text) is not None


def without_links(lines: Sequence[str]) -> tuple[list[str], int] | None:
    """Return lines without numbers of links and their addresses, and the number of lines that went; or None."""
    end = _end(lines)
    numbers = [int(number) for line in lines[:end] for number in _MARKER.findall(line)]
    if not _are_links(numbers, listed=end < len(lines)):
        return None
    kept = [_INSIDE.sub("", _MARKER.sub("", line)) for line in lines[:end] if not _CONTROL.match(line)]
    return kept, sum(1 for line in lines if line.strip()) - sum(1 for line in kept if line.strip())


def _are_links(numbers: Sequence[int], *, listed: bool) -> bool:
    """Return whether numbers are those of a page's links: 1, 2, 3 … in the order of the text."""
    return len(numbers) >= (1 if listed else LEAST) and list(numbers) == list(
        range(numbers[0], numbers[0] + len(numbers))
    )


def _end(lines: Sequence[str]) -> int:
    """Return the index of the line where the list of addresses begins with its titles; the end if there is none."""
    end, listed = len(lines), False
    for index in range(len(lines) - 1, -1, -1):
        line = lines[index]
        if not line.strip():
            continue
        if _ADDRESS.match(line):
            listed = True
        elif not (listed and _TITLE.match(line)):
            break
        end = index
    return end if listed else len(lines)
