"""Recognises boilerplate by its shape: dates, numbers, separators, capitals, missing sentence ends.

One block at a time and hardly a word of any language; phrases are wording.py's.
"""

import re
from collections.abc import Callable
from typing import Final

from pipeline.blocks import Block
from pipeline.phrases import DATE_WORDS
from pipeline.rules import Rule

_WORD = re.compile(r"[^\W_]+")
_CURRENCY = re.compile(
    r"\b(?:USD|EUR|RU[BR]|KZT|UAH|BYN|BYR|PLN|CNY|GBP|KGS|UZS|BTC|Brent|доллар|евро|долар|євро)\b|[$€₽₸£₴]",
    re.IGNORECASE,
)
_RIGHTS = re.compile(r"©|\(c\) ?(?:19|20)\d\d|copyright (?:\(c\)|19|20)", re.IGNORECASE)
_MARKUP = re.compile(r"</[a-z]|<(?:a|img|li|div|span|script)[ >]|\bhref=|function\s?\(|\bvar \w", re.IGNORECASE)
_CLOCK_FIRST = re.compile(r"(?:\d{1,4}[./-]\d\d?(?:[./-]\d{2,4})?,? )?\d{1,2}:\d\d\b")
# "Name [27/11/11 06:14]": whoever signs so is not the article's author, or the line is a byline with a date.
_STAMP = re.compile(
    r"\d{1,4}[./-]\d\d?[./-]\d{2,4}[ ,г.|@в-]{1,5}\d{1,2}[:.]\d\d"
    r"|\d{1,2}:\d\d(?::\d\d)?[ ,|-]{1,4}\d{1,4}[./-]\d\d?[./-]\d{2,4}"
)


def is_page_numbers(block: Block) -> bool:
    return block.letters == 0.0 and block.digits > 0.2 and block.words > 3


def is_symbols(block: Block) -> bool:
    return block.letters == 0.0


def is_date_bar(block: Block) -> bool:
    """Tell a date with nothing else than words that go with dates."""
    if block.words > 16 or block.digits <= 0.1:
        return False
    return all(
        token.isdigit() or token.casefold() in DATE_WORDS or (token[0].isdigit() and len(token) <= 6)
        for token in _WORD.findall(block.body)
    )


def is_ticker(block: Block) -> bool:
    """Two currencies and little but numbers; one currency alone is a price, and may be a list's."""
    if block.words > 40 or block.closed or block.digits <= 0.2:
        return False
    return len({name.casefold() for name in _CURRENCY.findall(block.body)}) >= 2


def is_signature(block: Block) -> bool:
    return block.words <= 14 and not block.closed and bool(_STAMP.search(block.body))


def opens_with_clock(block: Block) -> bool:
    """Tell an entry of a news feed: "10:17 Headline without a full stop"."""
    return not block.closed and bool(_CLOCK_FIRST.match(block.body))


def is_markup(block: Block) -> bool:
    # All but one of the patterns have a sign of their own.
    signs = sum(map(block.body.count, "<=("))
    if not signs or (signs < 3 and "var" not in block.body.lower()):
        return False
    return sum(1 for _ in _MARKUP.finditer(block.body)) >= 3


def claims_rights(block: Block) -> bool:
    return block.words <= 60 and bool(_RIGHTS.search(block.body[:400]))


def is_menu(block: Block) -> bool:
    if block.bars >= 6:
        return block.bars * 12 >= block.words
    return block.bars >= 2 and block.bars * 5 >= block.words and block.sentences <= 1


def is_run_on(block: Block) -> bool:
    """Tell headlines or menu entries glued into one line from a long paragraph.

    Paragraphs have a sentence end every 19 words and a comma every 15, long unclosed boilerplate every 37
    and 30, headlines glued together next to none. Capitals open 0.12 of the words of prose, in German 0.35.
    """
    pauses = block.sentences + block.commas / 2
    if block.words >= 40 and not block.closed:
        return pauses * 30 < block.words
    if block.words >= 80:
        return block.sentences * 60 < block.words and block.commas * 25 < block.words
    return block.words >= 15 and not block.closed and block.sentences == 0 and block.capitals > 0.6


# In the order in which they are asked; each says by a block's shape alone that it is not article.
SHAPES: Final[tuple[tuple[Rule, Callable[[Block], bool]], ...]] = (
    (Rule.PAGINATION, is_page_numbers),
    (Rule.SYMBOLS, is_symbols),
    (Rule.DATE_BAR, is_date_bar),
    (Rule.TICKER, is_ticker),
    (Rule.COMMENT_SIGNATURE, is_signature),
    (Rule.HEADLINE_LIST, opens_with_clock),
    (Rule.MARKUP, is_markup),
    (Rule.LEGAL, claims_rights),
    (Rule.MENU, is_menu),
    (Rule.RUN_ON_HEADLINES, is_run_on),
)
