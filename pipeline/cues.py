"""Which blocks of a page a rule recognises as boilerplate, by its shape or its words, all blocks at once.

The rules are shapes.py's and wording.py's; here each is asked only of those blocks that could fit it, told by the
measures of all blocks and by what stands anywhere on the page (all rules for each block took 40 times as long).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Final

import numpy as np
import numpy.typing as npt

from pipeline import wording
from pipeline.blocks import Block, bars_of
from pipeline.measures import Measures
from pipeline.phrases import DENSE_OPENERS, INSIDE
from pipeline.rules import Rule
from pipeline.shapes import SHAPES

Codes = npt.NDArray[np.int16]
Marks = npt.NDArray[np.bool_]
RULES: Final = tuple(Rule)
CODE: Final = {rule: number for number, rule in enumerate(RULES)}
NONE: Final = -1
_MEASURED: Final = (
    *("words", "sentences", "ends", "ends_colon", "ends_dots", "digit_share", "letters", "characters"),
    *("capital_share", "commas", "bars"),
)
_FIRST = re.compile(r"^(?:[^\w\n]|[\d_]){0,60}([^\W\d_]*)", re.MULTILINE)
_INSIDE: Final = tuple(sorted({phrase for _, _, phrases in INSIDE for phrase in phrases}))
# A phrase begins at the start of a word, so only those whose first word is there are looked for in the page. The last
# word of a phrase may be the beginning of one.
_PHRASES: Final = tuple((phrase.split(" ", 1)[0], phrase) for phrase in _INSIDE if " " in phrase and phrase < "\u3000")
_SINGLE: Final = tuple(phrase for phrase in _INSIDE if " " not in phrase and phrase < "\u3000")
_UNSPACED: Final = tuple(phrase for phrase in _INSIDE if phrase > "\u3000")
_DENSE: Final = tuple(sorted({opener for openers in DENSE_OPENERS.values() for opener in openers}))
_NOT_DENSE: Final = tuple(opener for opener in _DENSE if opener.isascii())
_RIGHTS: Final = ("©", "(c)", "copyright")
_MARKUP: Final = ("<", "=", "function")


def cues_of(texts: Sequence[str], measures: Measures) -> Codes:
    """Return for each block the code of the rule that recognises it, NONE for the others."""
    found = np.full(len(texts), NONE, np.int16)
    asked = list(_asked(texts, measures))
    chosen = np.flatnonzero(np.logical_or.reduce([marks for marks, _ in asked]))
    rows = zip(*(measures[name][chosen].tolist() for name in _MEASURED), strict=True)
    blocks = {index: _block(texts[index], row) for index, row in zip(chosen.tolist(), rows, strict=True)}
    for marks, rule_of in asked:
        for index in np.flatnonzero(marks & (found == NONE)).tolist():
            if (rule := rule_of(blocks[index])) is not None:
                found[index] = CODE[rule]
    return found


def _asked(texts: Sequence[str], measures: Measures) -> Iterator[tuple[Marks, Callable[[Block], Rule | None]]]:
    """Give the rules in their order, each with the blocks that could fit it; some more are no harm but time."""
    page = "\n".join(texts).casefold()
    folded = page.split("\n")
    could = _shapes(measures, rights=_with_any(folded, page, _RIGHTS), markup=any(map(page.__contains__, _MARKUP)))
    for rule, fits in SHAPES:
        yield could[rule], partial(_fitting, rule, fits)
    words = measures["words"]
    first = [word in wording.FIRST_WORDS for word in _FIRST.findall(page)]
    opens = np.asarray(first) & (words > 0) & (words <= wording.LONGEST_OPENER)
    dense = float(measures["dense"].max(initial=0.0)) > 0
    tokens = set(page.split())
    phrases = [phrase for head, phrase in _PHRASES if head in tokens]
    yield _with_any(folded, page, [*phrases, *_SINGLE, *(_UNSPACED if dense else ())]), wording.inside
    yield (words <= 32) & (measures["colons"] > 0), wording.caption
    yield opens & (words <= 8), wording.whole
    if dense or "copyright" in page:
        openers = _DENSE if dense else _NOT_DENSE
        yield np.fromiter((text.startswith(openers) for text in texts), bool, len(texts)), wording.dense_opening
    yield opens, wording.opening


def _fitting(rule: Rule, fits: Callable[[Block], bool], block: Block) -> Rule | None:
    return rule if fits(block) else None


def _shapes(measures: Measures, *, rights: Marks, markup: bool) -> dict[Rule, Marks]:
    """Mark for each rule by shape the blocks that could fit it; the measures' bars are more signs than the rules'."""
    words, open_, share = measures["words"], measures["ends"] == 0, measures["digit_share"]
    digits, sentences, bars, commas = (measures[name] for name in ("digits", "sentences", "bars", "commas"))
    unlettered = measures["letters"] == 0
    return {
        Rule.PAGINATION: unlettered,
        Rule.SYMBOLS: unlettered,
        Rule.DATE_BAR: (words <= 16) & (share > 0.08),
        Rule.TICKER: (words <= 44) & open_ & (share > 0.15),
        Rule.COMMENT_SIGNATURE: (words <= 16) & open_ & (digits >= 6),
        Rule.HEADLINE_LIST: open_ & (digits >= 3) & (measures["starts"] == 2),
        Rule.MARKUP: bars + measures["colons"] >= 3 if markup else np.zeros(len(words), bool),
        Rule.LEGAL: rights,
        Rule.MENU: ((bars >= 6) & (bars * 12 >= words)) | ((bars >= 2) & (bars * 5 >= words) & (sentences <= 1)),
        Rule.RUN_ON_HEADLINES: ((words >= 40) & open_ & ((sentences + commas / 2) * 30 < words))
        | ((words >= 80) & (sentences * 60 < words) & (commas * 25 < words))
        | ((words >= 15) & open_ & (sentences == 0) & (measures["capital_share"] > 0.59)),
    }


def _block(text: str, row: tuple[float, ...]) -> Block:
    """Make the block that the rules look at of what was measured of all."""
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


def _with_any(folded: Sequence[str], page: str, phrases: Iterable[str]) -> Marks:
    """Mark the blocks with one of some phrases; the page, which mostly has none of them, is asked before its blocks."""
    there = [phrase for phrase in phrases if phrase in page]
    marks = np.zeros(len(folded), bool)
    for phrase in there:
        marks[[index for index, text in enumerate(folded) if phrase in text]] = True
    return marks
