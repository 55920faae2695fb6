"""Decides which blocks of a plain-text page are its article, and by which rule.

A block by itself, then the zone the article stands in, then each block by its neighbours. What a block
measures is blocks.py's; nothing is learned here and nothing kept between calls.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.blocks import Block, blocks_of
from pipeline.headline import find_headline
from pipeline.rules import KEEPING, SCORES, Rule
from pipeline.shapes import rule_by_shape
from pipeline.surgery import operate
from pipeline.wording import rule_by_wording
from pipeline.zone import article_zone, weigh, widen

__all__ = ["Judged", "Rule", "judge"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One block with its verdict; `kept` is always a piece of `text`."""

    line: int  # 1-based line number in the page
    text: str  # the block as it stands in the page (white space at the ends removed)
    kept: str  # what stays of it: "" when dropped, a shorter string after in-line surgery
    rule: Rule  # what decided
    score: float  # 0 surely boilerplate .. 1 surely article (after all passes)


def judge(text: str) -> tuple[Judged, ...]:
    """Judge every block of a page. Total, deterministic, linear in the length of the text."""
    blocks = blocks_of(text)
    noise = [rule_by_shape(block) or rule_by_wording(block) for block in blocks]
    zone = widen(blocks, noise, article_zone(weigh(blocks, noise), _barriers(noise)))
    rules = _rules(blocks, noise, zone)
    return tuple(_judged(block, rule) for block, rule in zip(blocks, rules, strict=True))


def _barriers(noise: Sequence[Rule | None]) -> list[bool]:
    """Mark where readers' comments may begin; one signature is a byline, three are a discussion."""
    signed = noise.count(Rule.COMMENT_SIGNATURE) >= 3
    return [rule is Rule.COMMENT_PROMPT or (signed and rule is Rule.COMMENT_SIGNATURE) for rule in noise]


def _judged(block: Block, rule: Rule) -> Judged:
    kept, rule = operate(block.text, rule) if rule in KEEPING else ("", rule)
    return Judged(line=block.line, text=block.text, kept=kept, rule=rule, score=SCORES[rule])


def _rules(blocks: Sequence[Block], noise: Sequence[Rule | None], zone: range) -> list[Rule]:
    found = [rule or Rule.FAR_FROM_ARTICLE for rule in noise]
    after_label = False
    kept: set[str] = set()
    for i in zone:
        block = blocks[i]
        rule = noise[i] or _in_zone(block, after_label=after_label, heads=_heads(blocks, noise, i))
        if rule in KEEPING:
            if block.body in kept:
                rule = Rule.REPEATED
            kept.add(block.body)
        if rule is Rule.PROSE:
            after_label = False
        elif rule is Rule.READ_ALSO and (block.words <= 4 or block.introduces):
            after_label = True
        found[i] = rule
    headline = find_headline(blocks, noise, zone, Counter(block.body for block in blocks))
    if headline is not None:
        found[headline] = Rule.HEADLINE
    return found


def _in_zone(block: Block, *, after_label: bool, heads: bool) -> Rule:
    """Judge a block that nothing speaks against, inside the zone.

    Below a "read also" only a paragraph is text again: headlines under such a label may end in "?" or "!".
    """
    if block.sentences * 30 >= block.words >= 25:
        return Rule.PROSE
    if block.closed and (block.words >= 12 or not after_label):
        return Rule.PROSE if block.words >= 8 else Rule.SHORT_TRUE_SENTENCE
    if after_label:
        return Rule.HEADLINE_LIST
    if block.introduces:
        return Rule.LEAD_IN
    return _unclosed(block, heads=heads)


def _unclosed(block: Block, *, heads: bool) -> Rule:
    """Judge a block of the zone without end punctuation.

    Of those between the first and the last line of an article, the article's own are 0.6 to 0.9 from five
    words on; of shorter ones 0.5 to 0.9 where text follows, 0.3 to 0.5 where not: a heading heads something.
    """
    if block.marker:
        return Rule.LIST_OF_THE_TEXT
    if block.words >= 8:
        return Rule.UNCLOSED_PARAGRAPH
    return Rule.HEADING if heads or block.words > 4 else Rule.WIDGET_LABEL


def _heads(blocks: Sequence[Block], noise: Sequence[Rule | None], i: int) -> bool:
    """Say whether text stands right below block i; a credit or a date between them does not count."""
    below = (blocks[j] for j in range(i + 1, min(i + 4, len(blocks))) if noise[j] is None)
    after = next(below, None)
    return after is not None and (after.closed or after.introduces or bool(after.marker) or after.words >= 12)
