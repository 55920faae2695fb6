"""Finds elements by selectors of one step, such as `time[datetime]` or `[class*="author" i]`.

The search of selectolax takes a fiftieth of a millisecond or more for each selector, and the compiled one takes little
more for a list of them than for one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from pipeline import native
from pipeline.document.blocks.tree import is_read

_STEP: Final = re.compile(
    r'(?P<tag>\w+)?(?:\[(?P<name>[\w-]+)(?:(?P<way>[~^*]?=)"(?P<word>[^"]+)"(?P<any_case> i)?)?\])?'
)
_WAYS: Final = (None, "=", "^=", "~=", "*=")  # in the order of walk.pyx


def found_by(selectors: Sequence[str], tree: LexborHTMLParser) -> list[tuple[LexborNode, int]]:
    """Return the elements that a selector matches, each with how many of them do, in the page's order."""
    root = tree.root
    if root is None:
        return []
    compiled = _compiled(tuple(selectors)) if native.COMPILED and is_read() else None
    return _searched(selectors, tree) if compiled is None else compiled.find(root)


def _searched(selectors: Sequence[str], tree: LexborHTMLParser) -> list[tuple[LexborNode, int]]:
    """Search as selectolax does, which gives an element once for each selector that matches."""
    found: list[tuple[LexborNode, int]] = []
    for node in tree.css(", ".join(selectors)):
        if found and found[-1][0].mem_id == node.mem_id:
            found[-1] = (node, found[-1][1] + 1)
        else:
            found.append((node, 1))
    return found


@lru_cache(maxsize=16)
def _compiled(selectors: tuple[str, ...]) -> native.walk.Selectors:
    return native.walk.Selectors([_step_of(selector) for selector in selectors])


def _step_of(selector: str) -> tuple[int, bytes, int, int, bytes]:
    """Return the number of a tag (0: any), an attribute's name and number, how it is compared, and with what."""
    step = _STEP.fullmatch(selector)
    word = "" if step is None else step["word"] or ""
    if step is None or not selector or word != word.lower() or (word.upper() != word and not step["any_case"]):
        raise ValueError(f"no selector of one step, or one with large letters: {selector}")
    tag, name = step["tag"], step["name"] or ""
    number = LexborHTMLParser("").create_node(tag).tag_id if tag else 0
    return (number, name.encode(), _number_of(name), _WAYS.index(step["way"]), word.encode())


def _number_of(attribute: str) -> int:
    """Return lexbor's own number of an attribute; 0 for one that it does not know."""
    body = LexborHTMLParser(f"<body {attribute}>").body
    return 0 if body is None else native.walk.number_of(body, 0)
