"""Recognizes boilerplate among the blocks of a page by the rules of by_shape.py and by_words.py.

A rule is checked only for blocks that could match it. That is decided for all blocks at once, by their measures and by
prefilter.py; checking every rule for every block took 40 times as long.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, partial
from itertools import starmap
from typing import Final

import numpy as np
import numpy.typing as npt

from pipeline import native
from pipeline.document.blocks.block import Block, bars_of
from pipeline.document.blocks.measures import Measures
from pipeline.document.rules import by_words
from pipeline.document.rules.by_shape import LIMITS, SHAPES
from pipeline.document.rules.phrases import DENSE_OPENERS
from pipeline.document.rules.prefilter import (
    COPYRIGHT,
    DATED,
    LABELS,
    MARKUP,
    OPENS,
    PHRASE,
    RIGHTS,
    TITLED,
    Seen,
    prefilter,
)
from pipeline.document.rules.rule import Rule

Codes = npt.NDArray[np.int16]
Marks = npt.NDArray[np.bool_]
Check = Callable[[Block], Rule | None]
RuleCodes = tuple[int, ...]  # a model's code for each of RULES, NONE for a rule that the model does not know
RULES: Final = tuple(Rule)
CODE: Final = {rule: number for number, rule in enumerate(RULES)}
NONE: Final = -1
OWN_CODES: Final[RuleCodes] = tuple(CODE.values())  # the codes that models are trained with
_MEASURED: Final = (
    *("words", "sentences", "ends", "ends_colon", "ends_dots", "digit_share", "letters", "characters"),
    *("capital_share", "commas", "bars"),
)
_DENSE: Final = tuple(sorted({opener for openers in DENSE_OPENERS.values() for opener in openers}))


def cues_of(texts: Sequence[str], measures: Measures) -> Codes:
    """Return for each block the code of the rule that recognizes it, NONE for other blocks."""
    found = np.full(len(texts), NONE, np.int16)
    could = _could(texts, measures, prefilter(texts))
    chosen = np.flatnonzero(could)
    checks_of_blocks = map(_checks, could[chosen].tolist())
    for index, block, checks in zip(chosen.tolist(), _blocks(texts, chosen, measures), checks_of_blocks, strict=True):
        for check in checks:
            if (rule := check(block)) is not None:
                found[index] = CODE[rule]
                break
    return found


def codes_of(listed: Mapping[str, int]) -> RuleCodes:
    """Return a model's codes from its list, name → code. Raise ValueError if the list does not fit the rules.

    The order of `Rule` may change: a model finds a rule's code by its name. A rule may be added: an older model has no
    code for it and sees a block that no rule recognizes, as in its training. A code that is new to the trees would
    fall to one side of their thresholds by its size alone.
    """
    if unknown := sorted(set(listed) - set(RULES)):
        raise ValueError(
            f"its list of rules names {', '.join(unknown)}, which pipeline/document/rules/rule.py does not have"
        )
    if len(set(listed.values())) < len(listed) or min(listed.values(), default=0) < 0:
        raise ValueError("its list of rules has a code below 0 or one code for two rules")
    return tuple(listed.get(rule, NONE) for rule in RULES)


def in_codes(cues: Codes, codes: RuleCodes) -> Codes:
    """Return cues in a model's codes; a rule that the model does not know becomes NONE."""
    return cues if codes == OWN_CODES else _codes(codes).take(cues)


@cache
def _codes(codes: RuleCodes) -> Codes:
    return np.asarray((*codes, NONE), np.int16)  # NONE is -1, which takes the last entry


def _fitting(rule: Rule, fits: Callable[[Block], bool], block: Block) -> Rule | None:
    return rule if fits(block) else None


_CHECKS: Final[tuple[Check, ...]] = (
    *(partial(_fitting, rule, fits) for rule, fits in SHAPES),
    *(by_words.inside, by_words.caption, by_words.whole, by_words.dense_opening, by_words.opening),
)


@cache
def _checks(could: int) -> tuple[Check, ...]:
    """Return the checks, in order, of the rules that a block could match."""
    return tuple(check for number, check in enumerate(_CHECKS) if could >> number & 1)


def _could(texts: Sequence[str], measures: Measures, seen: Seen) -> npt.NDArray[np.uint16]:
    """Return the rules that each block could match, one bit per rule in the order of _CHECKS."""
    could: npt.NDArray[np.uint16] = np.empty(len(texts), np.uint16)
    dense = np.zeros(len(texts), bool)
    # Each opener has a character of such a script, or is seen as COPYRIGHT.
    for place in np.flatnonzero(measures["dense"]).tolist():
        dense[place] = texts[place].startswith(_DENSE)
    if native.COMPILED:
        longest = (by_words.LONGEST_CAPTION, by_words.LONGEST_LABEL, by_words.LONGEST_OPENER)
        native.rules.could_fit(measures.rows, seen, dense, LIMITS, *longest, could)
        return could
    shapes = _shapes(measures, seen)
    words = measures["words"]
    marks = [
        *(shapes[rule] for rule, _ in SHAPES),
        seen & PHRASE > 0,
        (seen & TITLED > 0)
        & (measures["colons"] > 0)
        & (words <= by_words.LONGEST_CAPTION)
        & (measures["sentences"] <= 1),
        (seen & LABELS > 0) & (words <= by_words.LONGEST_LABEL),
        dense | (seen & COPYRIGHT > 0),
        (seen & OPENS > 0) & (words > 0) & (words <= by_words.LONGEST_OPENER),
    ]
    low, high = np.packbits(marks, axis=0, bitorder="little").astype(np.uint16)
    could[:] = low | high << 8
    return could


def _shapes(measures: Measures, seen: Seen) -> dict[Rule, Marks]:
    """Return for each rule of by_shape.py the blocks that could match it.

    The measures count more signs as bars than the rules do. Shares and limits are rounded to single precision, so a
    share above a limit may be equal to it here.
    """
    words, open_, share = measures["words"], measures["ends"] == 0, measures["digit_share"]
    digits, sentences, bars, commas = (measures[name] for name in ("digits", "sentences", "bars", "commas"))
    unlettered = measures["letters"] == 0
    menu = (bars >= LIMITS.menu_bars) & (bars * LIMITS.menu_entry >= words)
    short_menu = (bars >= LIMITS.short_menu_bars) & (bars * LIMITS.short_menu_entry >= words) & (sentences <= 1)
    unclosed = (words >= LIMITS.unclosed) & open_ & ((sentences + commas / 2) * LIMITS.unclosed_pause < words)
    long = (words >= LIMITS.long) & (sentences * LIMITS.long_sentence < words) & (commas * LIMITS.long_comma < words)
    headlines = (words >= LIMITS.headline) & open_ & (sentences == 0)
    headlines &= measures["capital_share"] >= LIMITS.headline_capitals
    return {
        Rule.PAGINATION: unlettered,
        Rule.SYMBOLS: unlettered,
        Rule.DATE_BAR: (words <= LIMITS.date_bar) & (share >= LIMITS.date_bar_digits) & (seen & DATED > 0),
        Rule.TICKER: (words <= LIMITS.ticker) & open_ & (share >= LIMITS.ticker_digits),
        Rule.COMMENT_SIGNATURE: (words <= LIMITS.signature) & open_ & (digits >= LIMITS.stamp_digits),
        Rule.HEADLINE_LIST: open_ & (digits >= LIMITS.clock_digits) & (measures["starts"] == 2),
        Rule.MARKUP: (bars + measures["colons"] >= LIMITS.markup) & (seen & MARKUP > 0),
        Rule.LEGAL: seen & RIGHTS > 0,
        Rule.MENU: menu | short_menu,
        Rule.RUN_ON_HEADLINES: unclosed | long | headlines,
    }


def _blocks(texts: Sequence[str], chosen: npt.NDArray[np.intp], measures: Measures) -> Iterable[Block]:
    """Return the blocks that the rules check, made from the measures of all blocks."""
    if native.COMPILED:
        return native.rules.blocks_of(list(texts), chosen.tolist(), measures.rows, Block, bars_of)
    return starmap(_block, zip(map(texts.__getitem__, chosen.tolist()), measures.of(_MEASURED, chosen), strict=True))


def _block(text: str, row: Sequence[float]) -> Block:
    words, sentences, ends, colon, dots, digits, letters, characters, capitals, commas, bars = row
    return Block(
        line=0,
        text=text,
        body=text,
        after_blank=False,
        marker="",
        words=int(words) if letters else len(text.split()),
        sentences=int(sentences),
        closed=ends > 0,
        introduces=colon > 0,
        trails_off=dots > 0,
        digits=digits,
        letters=letters / characters if letters else 0.0,
        capitals=capitals,
        commas=int(commas),
        bars=bars_of(text) if bars >= 2 else 0,
        links=0,
    )
