"""Which blocks of a page a rule recognises as boilerplate, by its shape or its words, all blocks at once.

The rules are shapes.py's and wording.py's; here only those blocks are put before them that could fit one, told by the
measures of all blocks and by what stands anywhere on the page (a rule for each block by itself took 30 times as long).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from pipeline.blocks import Block, bars_of
from pipeline.measures import Measures
from pipeline.phrases import DENSE_OPENERS, INSIDE
from pipeline.rules import Rule
from pipeline.shapes import rule_by_shape
from pipeline.wording import FIRST_WORDS, rule_by_wording

Codes = npt.NDArray[np.int16]
RULES: Final = tuple(Rule)
CODE: Final = {rule: number for number, rule in enumerate(RULES)}
NONE: Final = -1
LONGEST: Final = 120  # words: beyond that only a shape can tell
_MEASURED: Final = (
    *("words", "sentences", "ends", "ends_colon", "ends_dots", "digit_share", "letters", "characters"),
    *("capital_share", "commas", "bars"),
)
_FIRST = re.compile(r"[^\W\d_]+")
_INSIDE: Final = tuple(sorted({phrase for _, _, phrases in INSIDE for phrase in phrases}))
# A phrase begins at the start of a word; where it has a second one its first stands alone. Looking for those in a set
# takes a tenth of the time of looking for the phrases in the page.
_BY_WORD: Final = tuple((phrase.split(" ", 1)[0], phrase) for phrase in _INSIDE if " " in phrase)
_UNSPACED: Final = tuple(phrase for phrase in _INSIDE if " " not in phrase and phrase > "\u3000")
_DENSE: Final = tuple(sorted({opener for openers in DENSE_OPENERS.values() for opener in openers}))
_RIGHTS: Final = ("©", "(c)", "copyright")
_MARKUP: Final = ("</", "<a", "<i", "<l", "<d", "<s", "href=", "function", "var ")
_ANYWHERE: Final = (*(one for one in _INSIDE if " " not in one and one < "\u3000"), *_RIGHTS, *_MARKUP)


def cues_of(texts: Sequence[str], measures: Measures) -> Codes:
    """Return for each block the code of the rule that recognises it, NONE for the others."""
    found = np.full(len(texts), NONE, np.int16)
    phrased = _with_phrases(texts, measures)
    chosen = np.flatnonzero(_could_fit(texts, measures, phrased))
    rows = zip(*(measures[name][chosen].tolist() for name in _MEASURED), strict=True)
    for index, row in zip(chosen.tolist(), rows, strict=True):
        block = _block(texts[index], row)
        rule = rule_by_shape(block) or rule_by_wording(block, phrased=index in phrased)
        if rule is not None:
            found[index] = CODE[rule]
    return found


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
        letters=letters / max(characters, 1.0),
        capitals=capitals,
        commas=int(commas),
        bars=bars_of(text) if bars >= 2 else 0,
        links=0,
    )


def _could_fit(texts: Sequence[str], measures: Measures, phrased: set[int]) -> npt.NDArray[np.bool_]:
    """Mark every block that a rule could fit; some more are no harm but time."""
    words, ends = measures["words"], measures["ends"] > 0
    digits, share = measures["digits"], measures["digit_share"]
    shapes = (
        (measures["letters"] == 0)
        | ((words <= 16) & (share > 0.08))
        | ((words <= 44) & ~ends & (share > 0.15))
        | ((words <= 16) & ~ends & (digits >= 6))
        | (~ends & (digits >= 3) & (measures["starts"] == 2))
        | (measures["bars"] >= 2)
        | ((words >= 12) & ~ends & (measures["sentences"] * 24 < words))
        | ((words >= 70) & (measures["sentences"] * 50 < words))
        | ((words <= 32) & (measures["colons"] > 0))
    )
    short = words <= LONGEST
    marks = shapes | np.fromiter(
        (bool(can) and _opens(text) for can, text in zip(short & (words <= 60), texts, strict=True)), bool, len(texts)
    )
    marks[list(phrased)] = True
    marks &= words > 0
    could: npt.NDArray[np.bool_] = marks | (measures["letters"] == 0)
    return could


def _opens(text: str) -> bool:
    first = _FIRST.search(text[:60])
    return first is not None and first.group().casefold() in FIRST_WORDS


def _with_phrases(texts: Sequence[str], measures: Measures) -> set[int]:
    """Return the blocks with a phrase inside; most pages have hardly one, so the page is asked before its blocks."""
    page = "\n".join(texts).casefold()
    dense = float(measures["dense"].max(initial=0.0)) > 0
    known = set(page.split())
    phrases = [phrase for first, phrase in _BY_WORD if first in known]
    phrases += [phrase for phrase in (*_ANYWHERE, *(_UNSPACED if dense else ())) if phrase in page]
    found: set[int] = set()
    if phrases:
        folded = page.split("\n")
        for phrase in phrases:
            found.update(index for index, text in enumerate(folded) if phrase in text)
    if dense:
        found |= {index for index, text in enumerate(texts) if text.startswith(_DENSE)}
    return found
