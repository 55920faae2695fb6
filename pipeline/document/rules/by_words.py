"""Recognises boilerplate by its words: the phrase lists of phrases.py, each within its own bounds.

One block at a time, a function for each way of looking, in the order in which cues.py asks them; the lists themselves
are data and stay in phrases.py.
"""

import re
from typing import Final

from pipeline.document.blocks.block import Block
from pipeline.document.rules.phrases import CREDIT_TAILS, DENSE_OPENERS, INSIDE, OPENERS, WHOLE
from pipeline.document.rules.rule import Rule

# A label in front of its content: longer than this it is a sentence that happens to begin so.
_OPENER_LIMIT: Final = {
    Rule.SHARE_BAR: 14,
    Rule.READ_ALSO: 16,
    Rule.COMMENT_PROMPT: 14,
    Rule.SUPPORT_BAR: 40,
    Rule.CREDIT: 14,
    Rule.LEGAL: 60,
    Rule.PAGINATION: 14,
}
LONGEST_OPENER: Final = max(_OPENER_LIMIT.values())
LONGEST_LABEL: Final = 6
_LIMIT_WITH_COLON: Final = 30
_INSIDE_LIMIT: Final = max(limit for _, limit, _ in INSIDE)
_DENSE_LIMIT: Final = 14
LONGEST_CAPTION: Final = 30

_WORD = re.compile(r"[^\W_]+")
_CREDIT_TAIL = re.compile(
    r"(?:^|[\s(])(?:" + "|".join(map(re.escape, sorted(CREDIT_TAILS))) + r")\s?:\s?[^.!?:]{2,60}\.?$",
    re.IGNORECASE,
)
_NAME = 64  # a space, 60 characters, a full stop, and the colon with what it may be written before
_TAIL = 90  # characters at the end of a block in which a credit may stand


def _by_first_word(lists: dict[str, frozenset[str]]) -> dict[str, tuple[tuple[str, Rule], ...]]:
    index: dict[str, list[tuple[str, Rule]]] = {}
    for rule, phrases in lists.items():
        for phrase in sorted(phrases):
            index.setdefault(phrase.split(" ", 1)[0], []).append((phrase, Rule(rule)))
    return {word: tuple(found) for word, found in index.items()}


_OPENERS = _by_first_word(OPENERS)
# From a word's start on ("our newsletter", not "your newsletter"), where the script has word starts.
_INSIDE = tuple(
    (Rule(rule), limit, tuple(phrase if phrase > "\u3000" else " " + phrase for phrase in sorted(phrases)))
    for rule, limit, phrases in INSIDE
)
_WHOLE = {phrase: Rule(rule) for rule, phrases in WHOLE.items() for phrase in phrases}
# What a block must begin with, or be, for its opening or the whole of it to fit; other phrases may stand anywhere.
BEGINNINGS: Final = frozenset(phrase for found in _OPENERS.values() for phrase, _ in found)
LABEL_PHRASES: Final = frozenset(_WHOLE)
_DENSE = tuple((Rule(rule), openers) for rule, openers in DENSE_OPENERS.items())


def credit_tail(text: str) -> int | None:
    """Return where a credit ("Photo: agency") at the very end of a text begins, None without one."""
    # The name behind its colon, which is the last one, is no longer than that, and the colon of 10:30 is none: most
    # texts with a colon need not be searched.
    colon = text.rfind(":", max(0, len(text) - _NAME))
    if colon <= 0 or text[colon - 1].isdigit():
        return None
    start = max(0, len(text) - _TAIL)
    found = _CREDIT_TAIL.search(text[start:])
    return start + found.start() if found else None


def inside(block: Block) -> Rule | None:
    """Look for what is said of the site wherever it stands."""
    if block.words > _INSIDE_LIMIT:
        return None
    folded = " " + block.body.casefold()
    for rule, limit, phrases in _INSIDE:
        if block.words <= limit and any(phrase in folded for phrase in phrases):
            return rule
    return None


def caption(block: Block) -> Rule | None:
    """Tell a caption by the credit at its end."""
    short = block.words <= LONGEST_CAPTION and block.sentences <= 1
    return Rule.CREDIT if short and credit_tail(block.body) is not None else None


def whole(block: Block) -> Rule | None:
    """Look up a block that is nothing but a label."""
    return _WHOLE.get(_plain(block.body)) if block.words <= LONGEST_LABEL else None


def dense_opening(block: Block) -> Rule | None:
    """Look at how a block in a script without spaces begins."""
    if block.words > _DENSE_LIMIT or block.sentences > 1:
        return None
    return next((rule for rule, openers in _DENSE if block.body.startswith(openers)), None)


def opening(block: Block) -> Rule | None:
    """Look at the first words of a block."""
    if block.words > LONGEST_OPENER:
        return None
    plain = _plain(block.body[:400]) + " "
    for phrase, rule in _OPENERS.get(plain.split(" ", 1)[0], ()):
        if plain.startswith(phrase + " ") and _label_sized(block, phrase, rule):
            return rule
    return None


def _plain(text: str) -> str:
    return " ".join(token for token in _WORD.findall(text.casefold()) if not token.isdigit())


def _label_sized(block: Block, phrase: str, rule: Rule) -> bool:
    """Ask more of a phrase of one word, with which a sentence may well begin: a colon, or hardly a sequel."""
    rest = block.body[len(phrase) : len(phrase) + 3].lstrip()
    colon = rest[:1] in (":", "/", "|", "©")
    if block.words > (_LIMIT_WITH_COLON if colon and rule is not Rule.LEGAL else _OPENER_LIMIT[rule]):
        return False
    if rule is Rule.PAGINATION:
        return block.digits > 0.2
    if colon or " " in phrase:
        return rule is not Rule.CREDIT or block.sentences <= 2
    return not block.closed and block.words <= (2 if rule is Rule.CREDIT else 5)
