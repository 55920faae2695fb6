"""Turns Markdown, as scrapers save it (jina, firecrawl, html2text), into the lines that a reader sees.

Lists of links and rows of links go: they are menus and other articles. Items without links stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

SIGNS = 2  # points from which on a text is Markdown: a link or an image counts 2, anything else 1
LONGEST_HEADING = 200  # characters

# Without one of these in it, or "#" at its beginning, a text is no Markdown.
MARKS: Final = ("](", "**", "\n#", "\n===", "\n---")
_TARGET = r"\(\s*<?(?:[^()\s<>]|\([^()\s]*\))*>?(?:\s+(?:\"[^\"]*\"|'[^']*'))?\s*\)"
_IMAGE = re.compile(rf"!\[[^\[\]]*\]{_TARGET}")
_LINK = re.compile(rf"(?<!!)\[((?:[^\[\]\\]|\\.|\[[^\[\]]*\])*)\]{_TARGET}")
_SURE = re.compile(r"\]\(\s*<?(?:https?:|/|#|mailto:|tel:|\.{1,2}/|javascript:|[\w-]+\.(?:html?|php))")
_HEADING = re.compile(r"\s{0,3}(#{1,6})\s+(\S.*?)\s*#*\s*$")
_UNDERLINE = re.compile(r"\s{0,3}(?:={3,}|-{3,})\s*$")
_RULE = re.compile(r"\s{0,3}(?:(?:\*\s*){3,}|(?:-\s*){3,}|(?:_\s*){3,}|={3,})$")
_BOLD = re.compile(r"(\*\*|__)(?=\S)([^\n]{0,1000}?\S)\1")
_EMPHASIS = re.compile(
    r"(?<![\w*\\])\*(?=[^\s*])([^*\n]*?[^\s*\\])\*(?![\w*])|(?<![\w\\])_(?=[^\s_])([^_\n]*?[^\s_\\])_(?!\w)"
)
_CODE = re.compile(r"(`{1,2})(?!`)([^`\n]+)\1")
_FENCE = re.compile(r"\s{0,3}(?:```|~~~)")
_STRUCK = re.compile(r"~~(\S[^~]*?)~~")
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+.!|<>~-])")
_DEFINITION = re.compile(r"\s{0,3}\[[^\]]+\]:\s+\S+(?:\s+[\"'(].*)?$")
_FOOTNOTE = re.compile(r"\[\^\w{1,20}\]:?")
_REFERENCE = re.compile(r"(?<![!\w\]])\[([^\[\]]{1,300})\]\s?\[[^\[\]]{0,60}\]")
_AUTOLINK = re.compile(r"<((?:https?|mailto):[^<>\s]+)>")
_ITEM = re.compile(r"(\s*)([*+-]|\d{1,3}[.)])\s+(?:\[[ xX]\]\s+)?")
_QUOTE = re.compile(r"\s{0,3}(?:>\s?)+")
_ROW = re.compile(r"\s*\|(.*)\|\s*$")
_DIVIDER = re.compile(r"[\s|:-]+$")
_SENTENCE = re.compile(r"[.!?…»\"”](?:\s|$)")


def is_markdown(text: str) -> bool:
    """Return whether a text is Markdown; single signs of it occur in other texts too."""
    if "](" in text and _SURE.search(text) is not None:
        return True
    if not text.startswith("#") and not any(mark in text for mark in MARKS[1:]):
        return False
    return _points(text.split("\n")) >= SIGNS


def _points(lines: Sequence[str]) -> int:
    headings = [
        found
        for above, line in zip(("", *lines), lines, strict=False)
        if "#" in line and (found := _title(above, line))
    ]
    tops = sum(len(found[1]) == 1 for found in headings) == 1 and len(headings[0][1]) == 1
    underlined = any(
        ("===" in below or "---" in below)
        and _UNDERLINE.match(below)
        and above.strip()
        and len(below.strip()) >= min(len(above.strip()), 20)
        for above, below in pairwise(lines)
    )
    bold = any(_BOLD.search(line) for line in lines if "**" in line or "__" in line)
    first = next((line for line in lines if line.strip()), "")
    return min(len(headings), 2) + tops * (_heading(first) is not None) + underlined + bold


def _title(above: str, line: str) -> re.Match[str] | None:
    """Return the match of a heading; a comment in a program looks alike, but stands right below other lines."""
    return _heading(line) if not above.strip() else None


def _heading(line: str) -> re.Match[str] | None:
    return _HEADING.match(line) if len(line) <= LONGEST_HEADING and line.lstrip()[:1] == "#" else None


def shown(lines: Sequence[str]) -> tuple[list[str], int]:
    """Return the lines that a reader sees, and the number of lines that went."""
    kept = list(_shown(lines))
    return kept, max(0, sum(1 for line in lines if line.strip()) - sum(1 for line in kept if line.strip()))


def headings(lines: Sequence[str]) -> list[str]:
    """Return the headings of the first level, as a reader sees them."""
    found = [mark[2] for line in lines if (mark := _heading(line)) and len(mark[1]) == 1]
    pairs = pairwise(lines)
    found += [above for above, below in pairs if above.strip() and re.match(r"={3,}\s*$", below)]
    return [text for one in found if (text := _inline(one).strip())]


def _shown(lines: Sequence[str]) -> Iterator[str]:
    fenced = False
    for index, line in enumerate(lines):
        if _FENCE.match(line):
            fenced = not fenced
            continue
        if fenced or not line.strip():
            yield line
            continue
        above = lines[index - 1] if index else ""
        if _RULE.match(line) or _DEFINITION.match(line) or (_UNDERLINE.match(line) and above.strip()):
            continue
        if not _is_bare(line):
            yield from _read(line)


def _is_bare(line: str) -> bool:
    """Return whether a line is only an image, an item of a list that is only links, or a row of links."""
    if "](" not in line:
        return False
    bare = _QUOTE.sub("", line, count=1)
    marker = _ITEM.match(bare)
    body = _IMAGE.sub("", bare[marker.end() :] if marker else bare)
    links = _LINK.findall(body)
    if not _plain(_LINK.sub(lambda found: found[1], body)):
        return True
    if not links or _heading(bare):
        return False
    rest = _LINK.sub("", body)
    if any(map(str.isalnum, rest)) or any(_SENTENCE.search(_plain(link)) and len(link.split()) > 12 for link in links):
        return False
    return marker is not None or len(links) > 1


def _read(line: str) -> Iterator[str]:
    """Yield what a reader sees of a line, which is nothing for the divider of a table."""
    line = _QUOTE.sub("", line, count=1)
    if heading := _heading(line):
        yield _inline(heading[2])
    elif row := _ROW.match(line):
        if not _DIVIDER.match(row[1]):
            yield "\t".join(_inline(cell).strip() for cell in re.split(r"(?<!\\)\|", row[1]))
    elif marker := _ITEM.match(line):
        yield f"{marker[1]}{marker[2]} {_inline(line[marker.end() :])}"
    else:
        yield _inline(line)


def _plain(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def _inline(text: str) -> str:
    """Return a text without the marks of links, images, emphasis and code."""
    text = _FOOTNOTE.sub("", _IMAGE.sub("", text))
    for _ in range(2):  # an image inside a link leaves brackets
        text = _LINK.sub(lambda found: found[1], text)
    text = _AUTOLINK.sub(r"\1", _REFERENCE.sub(r"\1", text))
    for _ in range(2):  # "***both***"
        text = _BOLD.sub(r"\2", text)
    text = _EMPHASIS.sub(lambda found: found[1] or found[2], text)
    text = _STRUCK.sub(r"\1", _CODE.sub(r"\2", text))
    return _ESCAPED.sub(r"\1", text).rstrip("\\").rstrip()
