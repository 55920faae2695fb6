"""Recognizes boilerplate by its shape: dates, numbers, separators, capitals, missing sentence ends.

Each function checks one block, with almost no vocabulary. Phrases are in by_words.py.
"""

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from pipeline.document.blocks.block import Block
from pipeline.document.rules.phrases import DATE_WORDS
from pipeline.document.rules.rule import Rule


class Limits(NamedTuple):
    """The limits of the shapes, in words unless noted. recognise.py applies them to all blocks at once as well."""

    date_bar: int = 16
    date_bar_digits: float = 0.1  # a date bar has a larger share of digits
    ticker: int = 40
    ticker_digits: float = 0.2  # a ticker has a larger share of digits
    signature: int = 14
    stamp_digits: int = 6  # digits: a date with a time of day has more
    clock_digits: int = 3  # digits: a time of day has at least so many
    markup: int = 3  # tags, attributes or statements
    menu_bars: int = 6  # bars
    menu_entry: int = 12  # words per bar
    short_menu_bars: int = 2  # bars
    short_menu_entry: int = 5  # words per bar
    unclosed: int = 40  # a block of at least so many words without an end is headlines if it has too few pauses
    unclosed_pause: int = 30  # words per pause
    long: int = 80  # so is any block of at least so many words
    long_sentence: int = 60  # words per sentence
    long_comma: int = 25  # words per comma
    headline: int = 15  # a block of at least so many words without a sentence is headlines if it has too many capitals
    headline_capitals: float = 0.6  # run-on headlines have a larger share of words with a capital


LIMITS: Final = Limits()
_WORD = re.compile(r"[^\W_]+")
_NAMES: Final = (
    *("USD", "EUR", "RUB", "RUR", "KZT", "UAH", "BYN", "BYR", "PLN", "CNY", "GBP", "KGS", "UZS", "BTC", "Brent"),
    *("доллар", "евро", "долар", "євро"),
)
_SIGNS: Final = "$€₽₸£₴"
_SIGN = re.compile(f"[{_SIGNS}]")
_CURRENCY = re.compile(rf"\b(?:{'|'.join(_NAMES)})\b|[{_SIGNS}]", re.IGNORECASE)
_FOLDED_NAMES: Final = tuple(name.casefold() for name in _NAMES)
_SHORT: Final = 1_000  # characters: the letters of a longer block are not all counted
_RIGHTS = re.compile(r"©|\(c\) ?(?:19|20)\d\d|copyright (?:\(c\)|19|20)", re.IGNORECASE)
_MARKUP = re.compile(r"</[a-z]|<(?:a|img|li|div|span|script)[ >]|\bhref=|function\s?\(|\bvar \w", re.IGNORECASE)
_CLOCK_FIRST = re.compile(r"(?:\d{1,4}[./-]\d\d?(?:[./-]\d{2,4})?,? )?\d{1,2}:\d\d\b")
# "Name [27/11/11 06:14]" is the signature of a comment, or a byline with a date.
_STAMP = re.compile(
    r"\d{1,4}[./-]\d\d?[./-]\d{2,4}[ ,г.|@в-]{1,5}\d{1,2}[:.]\d\d"
    r"|\d{1,2}:\d\d(?::\d\d)?[ ,|-]{1,4}\d{1,4}[./-]\d\d?[./-]\d{2,4}"
)


def is_page_numbers(block: Block) -> bool:
    """Return whether a block is a row of page numbers."""
    return block.letters == 0.0 and block.digits > 0.2 and block.words > 3


def is_symbols(block: Block) -> bool:
    """Return whether a block has no letters."""
    return block.letters == 0.0


def is_date_bar(block: Block) -> bool:
    """Return whether a block is a date, with no other words than those that go with dates."""
    if block.words > LIMITS.date_bar or block.digits <= LIMITS.date_bar_digits:
        return False
    return all(
        token.isdigit() or token.casefold() in DATE_WORDS or (token[0].isdigit() and len(token) <= 6)
        for token in _WORD.findall(block.body)
    )


def is_ticker(block: Block) -> bool:
    """Return whether a block is mostly numbers with two currencies. One currency is a price, which a text may list."""
    if block.words > LIMITS.ticker or block.closed or block.digits <= LIMITS.ticker_digits:
        return False
    # Two names of currencies have six letters; most such blocks are dates and counts without so many.
    few = block.letters * len(block.body) < 5.5 and len(block.body) <= _SHORT
    if _SIGN.search(block.body) is None:
        # The pattern takes ten times as long as the search for a name, and a name alone is no ticker.
        if few:
            return False
        folded = block.body.casefold()
        if not any(map(folded.__contains__, _FOLDED_NAMES)):
            return False
    return len({name.casefold() for name in _CURRENCY.findall(block.body)}) >= 2


def is_signature(block: Block) -> bool:
    """Return whether a block is a short line with a date and a time, such as the signature of a comment."""
    if block.words > LIMITS.signature or block.closed:
        return False
    body = block.body
    # Two signs of a date, and one of a time: most lines with so many digits lack them.
    return sum(map(body.count, "./-")) >= 2 and (":" in body or "." in body) and bool(_STAMP.search(body))


def opens_with_clock(block: Block) -> bool:
    """Return whether a block is an entry of a news feed: "10:17 Headline without a full stop"."""
    return not block.closed and bool(_CLOCK_FIRST.match(block.body))


def is_markup(block: Block) -> bool:
    """Return whether a block is HTML or JavaScript."""
    # Each pattern but one has a sign that can be counted faster than the pattern is searched.
    signs = sum(map(block.body.count, "<=("))
    if not signs or (signs < LIMITS.markup and "var" not in block.body.lower()):
        return False
    return sum(1 for _ in _MARKUP.finditer(block.body)) >= LIMITS.markup


def claims_rights(block: Block) -> bool:
    """Return whether a block begins with a copyright notice."""
    return block.words <= 60 and bool(_RIGHTS.search(block.body[:400]))


def is_menu(block: Block) -> bool:
    """Return whether a block is a menu in one line: many bars with few words between them."""
    if block.bars >= LIMITS.menu_bars:
        return block.bars * LIMITS.menu_entry >= block.words
    short = block.bars >= LIMITS.short_menu_bars and block.sentences <= 1
    return short and block.bars * LIMITS.short_menu_entry >= block.words


def is_run_on(block: Block) -> bool:
    """Return whether a block is headlines or menu entries in one line, and not a long paragraph.

    Paragraphs have a sentence end every 19 words and a comma every 15 words, long unclosed boilerplate every 37 and
    30 words, run-on headlines almost none. In prose 0.12 of the words begin with a capital, in German 0.35.
    """
    pauses = block.sentences + block.commas / 2
    if block.words >= LIMITS.unclosed and not block.closed:
        return pauses * LIMITS.unclosed_pause < block.words
    if block.words >= LIMITS.long:
        return block.sentences * LIMITS.long_sentence < block.words and block.commas * LIMITS.long_comma < block.words
    headlines = block.words >= LIMITS.headline and not block.closed and block.sentences == 0
    return headlines and block.capitals > LIMITS.headline_capitals


# In the order of the checks; each recognizes by its shape alone a block that is no article.
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
