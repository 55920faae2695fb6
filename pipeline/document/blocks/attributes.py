"""The meaning of other attributes than class and id, as marks: bits that follow those of the hints in tree.py."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

MOST_VALUES: Final = 4_096  # different values whose marks are remembered

AS_BLOCK: Final = 1  # the style makes an inline element a block; this mark is not stored
DECLARED: Final = 1 << 20  # the element is an article with an address or a type of its own
HIDDEN: Final = 1 << 21  # the element is not shown when the page is opened
DIALOG: Final = 1 << 22  # the element is a dialog or a menu

LIVE: Final = 1 << 23  # the element is a live report, or an entry of one
BODY: Final = 1 << 24  # the element has the name of an article's body

_LIVE: Final = re.compile(r"(?:^|[\s_-])live(?:$|[\s_-]|blog|feed|entr|updat|report)")
_BODY: Final = re.compile(r"(?:^|\s)article[-_]?body(?:$|\s)")
# The name of a class or id of a dialog that asks for consent; a tag of an article about cookies has another shape.
_CONSENT: Final = re.compile(
    r"(?:^|\s)(?!tag-|category-|topic-)(?:[a-z]{1,12}[-_]{1,2})?(?:cookies?|gdpr|consent)[-_]*(?:consent|law|policy)?[-_]*"
    r"(?:banner|bar|notice|layer|modal|popup|pop-up|dialog|overlay|message|box|wrapper|container|wall|panel|alert)(?:$|\s)"
)

# A class or id that has none of these words has no marks.
TELLING: Final = ("live", "body", "cookie", "consent", "gdpr")
# For each attribute, what its value looks like if it has a mark; the first match counts.
_MARKS: Final = {
    name: [(re.compile(pattern, re.IGNORECASE), mark) for pattern, mark in marks]
    for name, marks in {
        "style": (
            (r"(?<![\w-])(?:display\s*:\s*none|visibility\s*:\s*hidden)\b", HIDDEN),
            (r"(?<![\w-])display\s*:\s*(?:block|flex|grid|table|list-item)\b", AS_BLOCK),
        ),
        "hidden": ((r"^(?!\s*until-found\s*$)", HIDDEN),),
        "itemtype": (
            (r"LiveBlogPosting\s*$", LIVE),
            (r"(?:Article|BlogPosting|Report)\s*$", DECLARED),
        ),
        "data-url": ((r"\S", DECLARED),),
        "role": ((r"^\s*(?:dialog|alertdialog|menu|tooltip)\s*$", DIALOG),),
    }.items()
}
READ: Final = tuple(_MARKS)


@lru_cache(maxsize=MOST_VALUES)
def marks_of(name: str, value: str) -> int:
    """Return the marks of an attribute with this value."""
    return next((mark for pattern, mark in _MARKS[name] if pattern.search(value)), 0)


def marks_of_names(names: str) -> int:
    """Return the marks of a class or id."""
    lowered = names.lower()
    marks = LIVE if "live" in lowered and _LIVE.search(lowered) else 0
    if "body" in lowered and _BODY.search(lowered):
        marks |= BODY
    # The parts of the pattern are looked for first: that takes a tenth of its time.
    asked = "cookie" in lowered or "consent" in lowered or "gdpr" in lowered
    return marks | DIALOG if asked and _CONSENT.search(lowered) else marks
