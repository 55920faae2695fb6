"""The closed list of reasons why a block of a page, or a piece of it, was kept or dropped.

Names only: how a rule is recognised is shapes.py's, wording.py's and boilerplate.py's.
"""

from enum import StrEnum
from typing import Final


class Rule(StrEnum):
    """Why a block was kept or dropped; published as it stands in `cleaning` and shown by `explain`."""

    # kept
    PROSE = "prose"
    SHORT_TRUE_SENTENCE = "short-true-sentence"
    HEADLINE = "headline"
    HEADING = "heading"
    LEAD_IN = "lead-in"
    UNCLOSED_PARAGRAPH = "unclosed-paragraph"
    LIST_OF_THE_TEXT = "list-of-the-text"
    # kept in part: named after what was cut off
    CRAWLER_PREFIX = "crawler-prefix"
    TAIL_PROMPT = "tail-prompt"
    TAIL_CREDIT = "tail-credit"
    # dropped for what the block is
    SYMBOLS = "symbols"
    MARKUP = "markup"
    MENU = "menu"
    TICKER = "ticker"
    DATE_BAR = "date-bar"
    PAGINATION = "pagination"
    RUN_ON_HEADLINES = "run-on-headlines"
    SUPPORT_BAR = "support-bar"
    SHARE_BAR = "share-bar"
    READ_ALSO = "read-also"
    COMMENT_PROMPT = "comment-prompt"
    COMMENT_SIGNATURE = "comment-signature"
    WIDGET_LABEL = "widget-label"
    CREDIT = "credit"
    LEGAL = "legal"
    # dropped for where the block stands
    HEADLINE_LIST = "headline-list"
    REPEATED = "repeated"
    FAR_FROM_ARTICLE = "far-from-article"


# The share of article among the blocks that a rule decided on, counted on 1,373 pages (the plain sets of
# the evaluation); from 0.5 on the block stays. The cut rules have no share: they
# keep text. Nor has `repeated` (0.54 of them are labelled article): a text needs its second copy no more.
SCORES: Final[dict[Rule, float]] = dict.fromkeys(Rule, 0.03) | {
    Rule.PROSE: 0.92,
    Rule.LEAD_IN: 0.92,
    Rule.CRAWLER_PREFIX: 0.9,
    Rule.TAIL_PROMPT: 0.9,
    Rule.TAIL_CREDIT: 0.9,
    Rule.LIST_OF_THE_TEXT: 0.84,
    Rule.SHORT_TRUE_SENTENCE: 0.74,
    Rule.HEADING: 0.75,
    Rule.UNCLOSED_PARAGRAPH: 0.74,
    Rule.HEADLINE: 0.71,
    Rule.REPEATED: 0.45,
    Rule.WIDGET_LABEL: 0.2,
    Rule.PAGINATION: 0.25,
    Rule.RUN_ON_HEADLINES: 0.09,
}
KEEPING: Final = frozenset(rule for rule, score in SCORES.items() if score >= 0.5)
