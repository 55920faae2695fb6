"""Recognizes the text of a sign-up box by its words: the prompt of its e-mail field, or the offer of a newsletter.

`judge` applies this only to blocks that the classifier keeps. Boxes in HTML are also found by their form
(`pipeline/document/blocks/sign_ups.py`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import cache
from typing import Final

from pipeline import native
from pipeline.document.rules.phrases import ADDRESS_FIELDS, INBOX, INBOX_WORDS
from pipeline.text.casefold import folded

_LABEL: Final = 70  # characters: a longer text is no prompt of a field
_OFFER: Final = 240  # characters: a longer text is no offer either
_SHORT: Final = 3  # letters: a word of so many is in too many texts
_WORD = re.compile(r"[^\W_]+")
_INBOX = re.compile(r"\b(?:" + "|".join(map(re.escape, sorted(INBOX))) + r")")
# A text with a quotation or a speaker is news.
_QUOTED = re.compile(r"[\"“”„«»]|\b(?:said|says|told)\b", re.IGNORECASE)


def may_sign_up(bodies: Iterable[str]) -> bool:
    """Return whether one of several blocks may be a sign-up box: all are looked through at once."""
    offers = [body for body in bodies if len(body) <= _OFFER]
    whole = folded("\n".join(offers))
    if _has(whole, _PARTS):
        return True
    labels = folded("\n".join([body for body in offers if len(body) <= _LABEL]))
    return _has(labels, _PARTS_OF_FIELDS)


def is_sign_up(body: str) -> bool:
    """Return whether a block only asks for an e-mail address or only offers a newsletter."""
    if len(body) > _OFFER:
        return False
    whole = folded(body)
    # Nearly all texts lack a part of any phrase: that is seen in a fraction of the time of the patterns.
    asks = len(body) <= _LABEL and _has(whole, _PARTS_OF_FIELDS)
    if asks and " ".join(_WORD.findall(whole)) in ADDRESS_FIELDS:
        return True
    if not _has(whole, _PARTS) or len(body.split()) > INBOX_WORDS:
        return False
    return _INBOX.search(whole) is not None and not _QUOTED.search(body)


def _has(whole: str, parts: tuple[str, ...]) -> bool:
    return _compiled(parts).within(whole) if native.COMPILED else any(map(whole.__contains__, parts))


@cache
def _compiled(parts: tuple[str, ...]) -> native.rules.Parts:
    return native.rules.Parts(parts)


def _parts_of(phrases: Iterable[str]) -> tuple[str, ...]:
    """Return a few words such that each phrase has at least one of them."""
    left, parts = set(phrases), list[str]()
    while left:
        counts = Counter(word for phrase in left for word in set(phrase.split()) if len(word) > _SHORT)
        parts.append(max(sorted(counts), key=counts.__getitem__))
        left = {phrase for phrase in left if parts[-1] not in phrase}
    return tuple(parts)


_PARTS, _PARTS_OF_FIELDS = _parts_of(INBOX), _parts_of(ADDRESS_FIELDS)
