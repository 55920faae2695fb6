"""The closed list of reasons why a block of a page, or a piece of it, was kept or dropped.

`by_shape.py` and `by_words.py` apply the rules, `classifier/choice.py` drops what they recognize. The order of the
names is free: a model's file lists the code of each rule (`recognise.codes_of`). A model does not see a rule that it
does not list. A rule that a model lists cannot be renamed or removed before that model is trained again.
"""

from enum import StrEnum
from typing import Final


class Rule(StrEnum):
    """The reason why a block was kept or dropped; published in `cleaning` and shown by `chistovik explain`."""

    # kept
    PROSE = "prose"
    SHORT_TRUE_SENTENCE = "short-true-sentence"
    HEADLINE = "headline"
    HEADING = "heading"
    LEAD_IN = "lead-in"
    UNCLOSED_PARAGRAPH = "unclosed-paragraph"
    LIST_OF_THE_TEXT = "list-of-the-text"
    TABLE = "table"
    # kept in part: named after the piece that was cut off
    CRAWLER_PREFIX = "crawler-prefix"
    TAIL_PROMPT = "tail-prompt"
    TAIL_CREDIT = "tail-credit"
    # dropped because of the block's content
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
    # dropped because of the block's position
    HEADLINE_LIST = "headline-list"
    REPEATED = "repeated"
    FAR_FROM_ARTICLE = "far-from-article"
    # dropped by the classifier inside the article
    UNLIKELY = "unlikely"

    @property
    def keeps(self) -> bool:
        """Whether a block with this rule stays."""
        return self in _KEEPING


_KEEPING: Final = frozenset(
    {
        *(Rule.PROSE, Rule.SHORT_TRUE_SENTENCE, Rule.HEADLINE, Rule.HEADING, Rule.LEAD_IN, Rule.UNCLOSED_PARAGRAPH),
        *(Rule.LIST_OF_THE_TEXT, Rule.TABLE, Rule.CRAWLER_PREFIX, Rule.TAIL_PROMPT, Rule.TAIL_CREDIT),
    }
)
# These rules recognize words that sentences of news may have as well.
OF_WORDS: Final = frozenset(
    {Rule.SUPPORT_BAR, Rule.SHARE_BAR, Rule.READ_ALSO, Rule.COMMENT_PROMPT, Rule.WIDGET_LABEL, Rule.CREDIT, Rule.LEGAL}
)
# These rules recognize a shape that prose may take as well: a block with at least this score stays all the same. A
# block that any other rule recognizes never stays.
DOUBTED: Final[dict[Rule, float]] = {Rule.RUN_ON_HEADLINES: 0.85, Rule.MENU: 0.95, Rule.LEGAL: 0.95, Rule.MARKUP: 0.95}
