"""Finds where on a page its article stands: the heaviest run of blocks between two barriers.

Works on one weight a block; which blocks of the zone stay is boilerplate.py's to say.
"""

from collections.abc import Sequence
from itertools import takewhile
from typing import Final

from pipeline.blocks import Block
from pipeline.rules import Rule

# A gap of noise costs at most this much in one go, so that a long list inside an article (150 related
# headlines of a flattened sidebar) does not cut off a second half of a few paragraphs.
DEEPEST_GAP: Final = 120.0
# The first part that has this share of the heaviest part's weight is the article: comments, however many,
# come after it.
ENOUGH: Final = 0.35
# A paragraph of fewer words with no sentence above or below it is more often a teaser under its headline
# (pageF1 over 122 Russian pages: 0.898 without, 0.936 with).
LONELY: Final = 45
LONELY_FACTOR: Final = 0.4
# An open line of this length at the edge of the zone, standing alone, is a paragraph that lost its full stop.
EDGE: Final = 12
# Sentences of so many words, at most so many blocks below the zone, are its continuation.
WORDS_BEYOND: Final = 25
GAP_BRIDGED: Final = 5
_ENDS: Final = frozenset({Rule.COMMENT_PROMPT, Rule.COMMENT_SIGNATURE, Rule.LEGAL, Rule.SUPPORT_BAR})


def weigh(blocks: Sequence[Block], noise: Sequence[Rule | None]) -> list[float]:
    """Weigh all blocks in words of article; negative for boilerplate."""
    weights = [weight(block, rule) for block, rule in zip(blocks, noise, strict=True)]
    sentence = [rule is None and block.closed and block.words >= 5 for block, rule in zip(blocks, noise, strict=True)]
    for i, block in enumerate(blocks):
        beside = (i > 0 and sentence[i - 1]) or (i + 1 < len(blocks) and sentence[i + 1])
        if sentence[i] and weights[i] > 0.0 and block.words < LONELY and not beside:
            weights[i] *= LONELY_FACTOR
    return weights


def weight(block: Block, rule: Rule | None) -> float:
    """Weigh one block by itself.

    The factors are about 2p - 1, p being the share of article among such blocks on 1,373 pages: closed
    blocks of 20 to 40 words 0.78, longer ones 0.88, of 12 to 19 words 0.56; open ones 0.04 to 0.25.
    """
    if rule is not None:
        return -(3.0 + min(block.words, 20) * 0.4)
    if block.introduces or (block.closed and not block.trails_off):
        return _closed_weight(block.words)
    if block.sentences * 30 >= block.words >= 25:
        return min(block.words, 60) * 0.5
    if block.words <= 2:
        return -2.5
    return -(3.0 + min(block.words, 20) * (0.4 if block.marker else 0.25))


def _closed_weight(words: int) -> float:
    if words >= 12:
        return min(words, 80) * (0.75 if words >= 40 else 0.6 if words >= 20 else 0.35)
    return 1.0 if words >= 8 else -1.0 if words >= 4 else -2.0


def article_zone(weights: Sequence[float], barriers: Sequence[bool]) -> range:
    """Return the range of blocks that the article spans, empty where no block weighs anything."""
    parts = []
    start = 0
    for end in [*(i for i, barrier in enumerate(barriers) if barrier), len(weights)]:
        parts.append(_heaviest_run(weights, start, end))
        start = end
    heaviest = max(total for total, _ in parts)
    return next(run for total, run in parts if total >= ENOUGH * heaviest)


def _heaviest_run(weights: Sequence[float], start: int, end: int) -> tuple[float, range]:
    """Kadane's maximum-sum run, a gap between two gains costing DEEPEST_GAP at most."""
    best, run = 0.0, range(start, start)
    total = peak = 0.0
    first = start
    for i in range(start, end):
        if weights[i] > 0.0 and total <= 0.0:
            total, first = 0.0, i
        total = max(total + weights[i], peak - DEEPEST_GAP)
        if weights[i] > 0.0:
            peak = total
        if total > best:
            best, run = total, range(first, i + 1)
    return best, run


def widen(blocks: Sequence[Block], noise: Sequence[Rule | None], zone: range) -> range:
    """Take in what touches the zone and is too short to weigh anything, but true."""
    if not zone:
        return _whole_page(blocks, noise)
    first, last = zone.start, zone.stop
    while step := int(_touches(blocks, noise, last, last + 1)) or _bridge(blocks, noise, last):
        last += step
    while first > 0 and _touches(blocks, noise, first - 1, first - 2):
        first -= 1
    return range(first, last)


def _bridge(blocks: Sequence[Block], noise: Sequence[Rule | None], last: int) -> int:
    """Return how many blocks below the zone the article goes on, 0 where it does not.

    Two short paragraphs and a list between them weigh too little for one zone, but are one article.
    """
    for step in range(1, GAP_BRIDGED + 1):
        i = last + step
        if i >= len(blocks) or noise[i - 1] in _ENDS:
            return 0
        run = list(takewhile(_is_sentence, blocks[i : i + 6]))
        clean = not any(noise[i : i + len(run)])
        if clean and len(run) >= 2 and sum(block.words for block in run) >= WORDS_BEYOND:
            return step
    return 0


def _is_sentence(block: Block) -> bool:
    return block.closed and block.words >= 2 and not block.trails_off and not block.marker


def _whole_page(blocks: Sequence[Block], noise: Sequence[Rule | None]) -> range:
    """Judge a page without a paragraph: it may still be news in one line or in a few short sentences."""
    closed = sum(block.words for block, rule in zip(blocks, noise, strict=True) if rule is None and block.closed)
    if len(blocks) <= 3 or 2 * closed >= sum(block.words for block in blocks):
        return range(len(blocks))
    return range(0)


def _touches(blocks: Sequence[Block], noise: Sequence[Rule | None], i: int, beyond: int) -> bool:
    """Say whether block i at the edge is a sentence, or a long line that is not one of several.

    A last paragraph that lost its full stop stands alone; headlines around an article come in lists.
    """
    if i >= len(blocks) or noise[i] is not None or blocks[i].marker:
        return False
    block = blocks[i]
    if block.closed:
        return _is_sentence(block)
    if block.words < EDGE:
        return False
    if not 0 <= beyond < len(blocks) or noise[beyond] is not None:
        return True
    return blocks[beyond].closed or blocks[beyond].words <= 4
