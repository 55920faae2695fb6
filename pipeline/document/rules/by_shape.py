"""Recognises boilerplate by its shape: dates, numbers, separators, capitals, missing sentence ends.

One block at a time and hardly a word of any language; phrases are wording.py's.
"""

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from pipeline.document.blocks.block import Block
from pipeline.document.rules.phrases import DATE_WORDS
from pipeline.document.rules.rule import Rule


class Limits(NamedTuple):
    """How far a shape goes, in words where nothing else is said: those that cues.py asks of all blocks at once, too."""

    date_bar: int = 16
    date_bar_digits: float = 0.1  # the share of them that is not enough
    ticker: int = 40
    ticker_digits: float = 0.2
    signature: int = 14
    stamp_digits: int = 6  # a date with a time of day has more
    clock_digits: int = 3  # a time of day has as many
    markup: int = 3  # tags, attributes, statements
    menu_bars: int = 6
    menu_entry: int = 12  # words to a bar
    short_menu_bars: int = 2
    short_menu_entry: int = 5
    unclosed: int = 40  # from which on a block without an end is headlines where it has too few pauses
    unclosed_pause: int = 30  # words to a pause
    long: int = 80  # from which on any block is
    long_sentence: int = 60
    long_comma: int = 25
    headline: int = 15  # from which on a block without a sentence is where it has too many capitals
    headline_capitals: float = 0.6  # the share of words with one that is not enough


LIMITS: Final = Limits()
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
    if block.words > LIMITS.date_bar or block.digits <= LIMITS.date_bar_digits:
        return False
    return all(
        token.isdigit() or token.casefold() in DATE_WORDS or (token[0].isdigit() and len(token) <= 6)
        for token in _WORD.findall(block.body)
    )


def is_ticker(block: Block) -> bool:
    """Two currencies and little but numbers; one currency alone is a price, and may be a list's."""
    if block.words > LIMITS.ticker or block.closed or block.digits <= LIMITS.ticker_digits:
        return False
    return len({name.casefold() for name in _CURRENCY.findall(block.body)}) >= 2


def is_signature(block: Block) -> bool:
    return block.words <= LIMITS.signature and not block.closed and bool(_STAMP.search(block.body))


def opens_with_clock(block: Block) -> bool:
    """Tell an entry of a news feed: "10:17 Headline without a full stop"."""
    return not block.closed and bool(_CLOCK_FIRST.match(block.body))


def is_markup(block: Block) -> bool:
    # All but one of the patterns have a sign of their own.
    signs = sum(map(block.body.count, "<=("))
    if not signs or (signs < LIMITS.markup and "var" not in block.body.lower()):
        return False
    return sum(1 for _ in _MARKUP.finditer(block.body)) >= LIMITS.markup


def claims_rights(block: Block) -> bool:
    return block.words <= 60 and bool(_RIGHTS.search(block.body[:400]))


def is_menu(block: Block) -> bool:
    if block.bars >= LIMITS.menu_bars:
        return block.bars * LIMITS.menu_entry >= block.words
    short = block.bars >= LIMITS.short_menu_bars and block.sentences <= 1
    return short and block.bars * LIMITS.short_menu_entry >= block.words


def is_run_on(block: Block) -> bool:
    """Tell headlines or menu entries glued into one line from a long paragraph.

    Paragraphs have a sentence end every 19 words and a comma every 15, long unclosed boilerplate every 37
    and 30, headlines glued together next to none. Capitals open 0.12 of the words of prose, in German 0.35.
    """
    pauses = block.sentences + block.commas / 2
    if block.words >= LIMITS.unclosed and not block.closed:
        return pauses * LIMITS.unclosed_pause < block.words
    if block.words >= LIMITS.long:
        return block.sentences * LIMITS.long_sentence < block.words and block.commas * LIMITS.long_comma < block.words
    headlines = block.words >= LIMITS.headline and not block.closed and block.sentences == 0
    return headlines and block.capitals > LIMITS.headline_capitals


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
