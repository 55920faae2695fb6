"""Cuts boilerplate off the two ends of a block that stays.

Only the ends are cut, and only phrases that cannot belong to the article. The middle of a paragraph is never changed.
"""

import re
from typing import Final

from pipeline import native
from pipeline.document.rules.by_words import credit_tail
from pipeline.document.rules.phrases import TAIL_PROMPTS
from pipeline.document.rules.rule import Rule

# The text that some crawlers add in front of the first words: a field's name and an ISO date or month.
_CRAWLER_PREFIX = re.compile(
    r"(?:date|published|updated|modified|crawled|fetched|timestamp|lastmod|дата)[ :=]{1,3}"
    r"\d{4}-\d\d(?:-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?Z?)?)?[\s,;|:—–-]{1,4}(?=\S)",
    re.IGNORECASE,
)
# A prompt at the end of a paragraph, from the start of its sentence.
_TAIL_PROMPT = re.compile(
    r"[.!?…»\"”)]\s{1,3}(?:" + "|".join(map(re.escape, sorted(TAIL_PROMPTS))) + r")\b", re.IGNORECASE
)
_TAIL: Final = 240  # characters: a longer tail is text
_DASH: Final = 17  # characters: the date of a prefix has its first hyphen before this position


# The first two letters of each prompt, as `native.rules.may_trim` takes them.
_HEADS: Final = {ord(prompt[0]) << 16 | ord(prompt[1]) for prompt in TAIL_PROMPTS}


def may_trim(texts: list[str]) -> list[bool]:
    """Return for each text whether `trim` may cut off something; False is certain, and true of nearly all."""
    return native.rules.may_trim(texts, _HEADS) if native.COMPILED else [True] * len(texts)


def trim(text: str, rule: Rule) -> tuple[str, Rule]:
    """Return the part of a kept block that stays, and the rule for the piece that was cut off, else `rule`."""
    prefix = _CRAWLER_PREFIX.match(text) if text.find("-", 0, _DASH) >= 0 else None
    if prefix:
        return text[prefix.end() :], Rule.CRAWLER_PREFIX
    tail = _TAIL_PROMPT.search(text, max(0, len(text) - _TAIL - 1))
    if tail:
        return text[: tail.start() + 1], Rule.TAIL_PROMPT
    credit = credit_tail(text)
    if credit:
        return text[:credit].rstrip(), Rule.TAIL_CREDIT
    return text, rule
