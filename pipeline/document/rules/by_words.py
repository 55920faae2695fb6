"""Recognizes boilerplate by its words: the phrase lists of phrases.py, each with its own limits.

Each function checks one block in one way. `recognise.py` calls them in the order of this file. The lists themselves
are data and stay in phrases.py.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from pipeline.document.blocks.block import Block
from pipeline.document.rules.phrases import CREDIT_TAILS, DENSE_OPENERS, INSIDE, OPENERS, WHOLE
from pipeline.document.rules.rule import Rule

# The most words of a block that begins with a label; a longer one is a sentence that happens to begin so.
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
SENTENCE: Final = 7  # words: a longer block with a full stop is a sentence, whatever label it begins like
_LIMIT_WITH_COLON: Final = 30
_INSIDE_LIMIT: Final = max(limit for _, limit, _ in INSIDE)
_DENSE_LIMIT: Final = 14
LONGEST_CAPTION: Final = 30

_WORD = re.compile(r"[^\W_]+")
_CREDIT_TAIL = re.compile(
    r"(?:^|[\s(])(?:" + "|".join(map(re.escape, sorted(CREDIT_TAILS))) + r")\s?:\s?[^.!?:]{2,60}\.?$",
    re.IGNORECASE,
)
_TAILS: Final = tuple(sorted(CREDIT_TAILS))
_LONGEST_TAIL: Final = 2 * max(map(len, _TAILS))  # characters before the colon, with white space
_NAME = 64  # characters: a colon with white space on both sides, a name of up to 60 characters, a full stop
_SET_OFF: Final = frozenset('.!?…)]»"”/|–—;')
_TAIL = 90  # characters at the end of a block in which a credit is searched for


# Phrases that speak to the reader or of the site. Others ("no comments", "latest news") may begin a sentence of news.
_ADDRESSES = re.compile(
    r"(?:йте|йтесь|ите|итесь|йся|ись|ыңыз|іңіз|йцеся|іце|ijcie)\b|"
    r"\b(?:нас|нам[иі]?|наш\w*|мы|us|our|me|your|this|we|біз\w*|nas|nasz\w*|uns\w*|notre|nous|ваш\w*)\b|"
    r"^(?:subscribe|sign|join|follow|like|get|share|click|tweet|email|print|read|see|leave|post|add|write|log|view|show|"
    r"zobacz|czytaj|lesen|folgen|lire|leggi|lees|les|διαβάστε|διαβαστε)\b"
)


# Words of a site that speaks of itself or to its reader, in a sentence that has a phrase of a list.
_SPEAKS = re.compile(
    r"[©?&]|\(c\)|ctrl|\b(?:19|20)\d\d\b|\b(?:вы|вас|вам|ваш\w*|мы|нас|нам[иі]?|наш(?:а|у|его|ему|им|ем|ей|и|их|ими|ій|ого|ому)?|"
    r"ви|сайт\w*|материал\w*|матеріал\w*|редакц\w*|рэдакц\w*|cookie|you|your|us|our|we|this|these|сіз\w*|біз\w*|uns\w*|sie|nas|nasz\w*|nous|vous|todos|tous|alle|wszelkie|"
    r"wszystkie|все права|усі права|all rights|reserved|\w+(?:йте|йтесь|ите|итесь|іть|іце|ыңыз|іңіз))\b",
    re.IGNORECASE,
)


def _by_first_word(lists: dict[str, frozenset[str]]) -> dict[str, tuple[tuple[str, Rule], ...]]:
    index: dict[str, list[tuple[str, Rule]]] = {}
    for rule, phrases in lists.items():
        for phrase in sorted(phrases):
            index.setdefault(phrase.split(" ", 1)[0], []).append((phrase, Rule(rule)))
    return {word: tuple(found) for word, found in index.items()}


_OPENERS = _by_first_word(OPENERS)
# A phrase must begin at the start of a word ("our newsletter", not "your newsletter"), if its script has spaces.
_INSIDE = tuple(
    (Rule(rule), limit, tuple(phrase if phrase > "\u3000" else " " + phrase for phrase in sorted(phrases)))
    for rule, limit, phrases in INSIDE
)
_MOST_WORDS: Final = max(len(phrase.split()) for phrases in OPENERS.values() for phrase in phrases)
_WHOLE = {phrase: Rule(rule) for rule, phrases in WHOLE.items() for phrase in phrases}
# A block must begin with one of BEGINNINGS, or consist of one of LABEL_PHRASES; other phrases may occur anywhere.
BEGINNINGS: Final = frozenset(phrase for found in _OPENERS.values() for phrase, _ in found)
LABEL_PHRASES: Final = frozenset(_WHOLE)
_ADDRESSING: Final = frozenset(phrase for phrase in BEGINNINGS if _ADDRESSES.search(phrase))
_DENSE = tuple((Rule(rule), openers) for rule, openers in DENSE_OPENERS.items())


def speaks_of_site(text: str) -> bool:
    """Return whether a sentence speaks of the site or to its reader, and so is none of an article."""
    return _SPEAKS.search(text) is not None


def credit_tail(text: str) -> int | None:
    """Return the index at which a credit ("Photo: agency") at the very end of a text begins, None without one."""
    # A credit needs a last colon with at most _NAME characters after it, and not one as in 10:30. This quick check
    # spares most texts the search.
    colon = text.rfind(":", max(0, len(text) - _NAME))
    if colon <= 0 or text[colon - 1].isdigit():
        return None
    before = text[max(0, colon - _LONGEST_TAIL) : colon].casefold()
    # A pattern takes "ı" and "İ" for an "i", case folding does not.
    if not before.replace("\u0131", "i").replace("\u0307", "").rstrip().endswith(_TAILS):
        return None
    start = max(0, len(text) - _TAIL)
    found = _CREDIT_TAIL.search(text[start:])
    return start + found.start() if found and _is_set_off(text, start + found.start()) else None


def _is_set_off(text: str, start: int) -> bool:
    """Return whether a credit is one, and no sentence that goes on: "they looked at the bigger picture: patients".

    Its label has a capital, or stands at the beginning, in brackets or behind the end of a sentence.
    """
    label = text[start:].lstrip(" (\u00a0")
    before = text[:start].rstrip()
    return text[start] == "(" or not before or before[-1] in _SET_OFF or label[:1].isupper()


def inside(block: Block) -> Rule | None:
    """Return the rule of a phrase about the site anywhere in a block, None without one."""
    if block.words > _INSIDE_LIMIT:
        return None
    folded = " " + block.body.casefold()
    for rule, limit, phrases in _INSIDE:
        if block.words <= limit and any(phrase in folded for phrase in phrases):
            return rule
    return None


def caption(block: Block) -> Rule | None:
    """Return Rule.CREDIT for a caption, which has a credit at its end, else None."""
    short = block.words <= LONGEST_CAPTION and block.sentences <= 1
    return Rule.CREDIT if short and credit_tail(block.body) is not None else None


def whole(block: Block) -> Rule | None:
    """Return the rule of a block that consists of a label alone, else None."""
    if block.words > LONGEST_LABEL:
        return None
    folded = block.body.casefold()
    return _WHOLE.get(folded) or _WHOLE.get(_plain(folded))  # most labels have no sign


def dense_opening(block: Block) -> Rule | None:
    """Return the rule of the beginning of a block in a script without spaces, None without one."""
    if block.words > _DENSE_LIMIT or block.sentences > 1:
        return None
    return next((rule for rule, openers in _DENSE if block.body.startswith(openers)), None)


def opening(block: Block) -> Rule | None:
    """Return the rule of the first words of a block, None without one."""
    if block.words > LONGEST_OPENER:
        return None
    tokens = _tokens(block.body[:400])
    first = next(tokens, "")
    if first not in _OPENERS:
        return None
    plain = " ".join((first, *islice(tokens, _MOST_WORDS - 1), ""))
    for phrase, rule in _OPENERS[first]:
        if plain.startswith(phrase + " ") and _label_sized(block, phrase, rule):
            return rule
    return None


def _plain(text: str) -> str:
    return " ".join([token for token in _WORD.findall(text.casefold()) if not token.isdigit()])


def _tokens(text: str) -> Iterator[str]:
    """Yield the words of `_plain` one by one, for a caller who needs only the first."""
    return (token for found in _WORD.finditer(text.casefold()) if not (token := found.group()).isdigit())


def _label_sized(block: Block, phrase: str, rule: Rule) -> bool:
    """Return whether a block is short enough to be a label with its content.

    A sentence may well begin with a phrase of one word, so such a phrase needs a colon or very few words after it.
    """
    rest = block.body[len(phrase) : len(phrase) + 3].lstrip()
    colon = rest[:1] in (":", "/", "|", "©")
    if block.words > (_LIMIT_WITH_COLON if colon and rule is not Rule.LEGAL else _OPENER_LIMIT[rule]):
        return False
    if rule is Rule.PAGINATION:
        return block.digits > 0.2
    if not colon and block.closed and block.words > SENTENCE and phrase not in _ADDRESSING:
        return rule is Rule.LEGAL
    if colon or " " in phrase:
        return rule is not Rule.CREDIT or block.sentences <= 2
    return not block.closed and block.words <= (2 if rule is Rule.CREDIT else 5)
