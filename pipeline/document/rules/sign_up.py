"""Recognizes the text of a sign-up box by its words: the prompt of its e-mail field, or the offer of a newsletter.

`judge` applies this only to blocks that the classifier keeps. Boxes in HTML are also found by their form
(`pipeline/document/blocks/sign_ups.py`).
"""

import re
from typing import Final

from pipeline.document.rules.phrases import ADDRESS_FIELDS, INBOX, INBOX_WORDS

_LABEL: Final = 70  # characters: a longer text is no prompt of a field
_OFFER: Final = 240  # characters: a longer text is no offer either
_WORD = re.compile(r"[^\W_]+")
_INBOX = re.compile(r"\b(?:" + "|".join(map(re.escape, sorted(INBOX))) + r")")
# A text with a quotation or a speaker is news.
_QUOTED = re.compile(r"[\"“”„«»]|\b(?:said|says|told)\b", re.IGNORECASE)


def is_sign_up(body: str) -> bool:
    """Return whether a block only asks for an e-mail address or only offers a newsletter."""
    if len(body) > _OFFER:
        return False
    if len(body) <= _LABEL and " ".join(_WORD.findall(body.casefold())) in ADDRESS_FIELDS:
        return True
    offers = _INBOX.search(body.casefold()) is not None and len(body.split()) <= INBOX_WORDS
    return offers and not _QUOTED.search(body)
