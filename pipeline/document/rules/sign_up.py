"""Recognises the text of a sign-up box by its words: the prompt of its e-mail field, and the offer of a newsletter.

Asked of the blocks that the classifier keeps, not of all: see `judge`. Boxes of HTML are found by their form, too
(`pipeline/document/blocks/sign_ups.py`).
"""

import re
from typing import Final

from pipeline.document.rules.phrases import ADDRESS_FIELDS, INBOX, INBOX_WORDS

_LABEL: Final = 70  # characters: what is longer is no field's prompt
_OFFER: Final = 240  # and no offer
_WORD = re.compile(r"[^\W_]+")
_INBOX = re.compile(r"\b(?:" + "|".join(map(re.escape, sorted(INBOX))) + r")")
# Whoever quotes somebody, or names who says it, tells news.
_QUOTED = re.compile(r"[\"“”„«»]|\b(?:said|says|told)\b", re.IGNORECASE)


def is_sign_up(body: str) -> bool:
    """Say whether a block asks for an e-mail address or offers letters, and does nothing else."""
    if len(body) > _OFFER:
        return False
    if len(body) <= _LABEL and " ".join(_WORD.findall(body.casefold())) in ADDRESS_FIELDS:
        return True
    offers = _INBOX.search(body.casefold()) is not None and len(body.split()) <= INBOX_WORDS
    return offers and not _QUOTED.search(body)
