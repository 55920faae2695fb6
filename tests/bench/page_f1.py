"""The scorer that is used where no `score.py` lies beside the sets: pageF1, as docs/evaluation.md defines it."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

Counts = tuple[int, int, int]  # words in both, only in the predicted text, only in the gold

NUM: Final = re.compile(r"^\s{2}\d+\. ")  # the number of an item of a list
GRAM: Final = 4  # words of a shingle
TITLE: Final = 0.9  # of the words in common, from which a line is the headline
_TOKEN: Final = re.compile(r"[^\W_]+")
# Scripts that write no space between words: each character is a word.
_SPACELESS: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af\u0e00-\u0e7f\u1000-\u109f]")
_DROPPED: Final = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff\u0301"))


def toks(s: str) -> list[str]:
    """Split a text into case-folded words."""
    folded = unicodedata.normalize("NFKC", s or "").translate(_DROPPED).casefold()
    words: list[str] = []
    for token in _TOKEN.findall(unicodedata.normalize("NFC", folded)):
        words.extend(token if _SPACELESS.search(token) else [token])
    return words


def page(pred: str, gold: str, title: str | None) -> tuple[Counts, Counts]:
    """Compare a text with its gold, by words and by shingles; lines that equal the title count on neither side."""
    found, wanted = toks(_untitled(pred, title)), toks(_untitled(gold, title))
    return _compared(found, wanted), _compared(_shingles(found), _shingles(wanted))


def summarize(rows: Sequence[tuple[Counts, Counts]]) -> dict[str, Any]:
    """Return the mean F1 of pages."""
    return {"pageF1": sum(_f1(words) for words, _ in rows) / max(1, len(rows))}


def _untitled(text: str, title: str | None) -> str:
    wanted = Counter(toks(title or ""))
    if not wanted:
        return text or ""
    return "\n".join(line for line in (text or "").split("\n") if not _is_title(Counter(toks(line)), wanted))


def _is_title(line: Counter[str], title: Counter[str]) -> bool:
    return bool(line) and 2 * (line & title).total() / (line.total() + title.total()) >= TITLE


def _shingles(words: Sequence[str]) -> list[tuple[str, ...]]:
    if len(words) < GRAM:
        return [tuple(words)] if words else []
    return [tuple(words[place : place + GRAM]) for place in range(len(words) - GRAM + 1)]


def _compared(found: Sequence[Any], wanted: Sequence[Any]) -> Counts:
    one, other = Counter(found), Counter(wanted)
    both = (one & other).total()
    return both, one.total() - both, other.total() - both


def _f1(counts: Counts) -> float:
    both, only_found, only_wanted = counts
    if only_found == only_wanted == 0:
        return 1.0  # two empty texts are equal
    return 2 * both / (2 * both + only_found + only_wanted)
