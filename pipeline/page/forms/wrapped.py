"""Joins the lines of a text that was wrapped at a column: each paragraph becomes one line again.

A break is undone where the next word would not have fitted, or where a sentence goes on. Headlines, bylines, menus and
items of lists stay lines of their own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

NARROWEST, WIDEST = 40, 110  # columns at which texts are wrapped
OUTLIERS = 0.03  # share of lines that may be longer: programs do not wrap headings
LEAST = 3  # breaks inside sentences that show that a text was wrapped
SURE = 0.7  # share of them after which the next word would not have fitted
LOOSE = 0.9  # share of the width that counts as full where a program measured the letters
FULL = 3  # lines that are about as long as the longest
RAGGED = 25  # columns by which they may be shorter
HALF = 0.5  # share of the width that a line inside a sentence has at least

_STOPS = ".!?…:;。！？：；"
_CLOSERS = "\"'»”“’)]}*_」』"
_ITEM = re.compile(r"\s*(?:[*+•●▪◦‣·]\s|[-–—]\s+[^\sa-zа-яёіїєґў]|\d{1,3}[.)]\s|#{1,6}\s|>|\|)")
_BARS = re.compile(r"\s[|•·/]\s|\S {2,}\S|\t")
_ADDRESS = re.compile(r"://|\]\(|www\.|^\s*\[[^\]]+\]:")
_DENSE = re.compile("[\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
# Parts of words that are spelled with a hyphen: it stays where a line breaks after it.
_BEFORE = frozenset(
    re.findall(
        r"\w+",
        "по во кое из что кто где как когда какой чей экс вице пресс мини нью веб онлайн интернет бизнес медиа генерал "
        "премьер північно південно паўночна паўднёва северо юго штаб кафе санкт аль эль бета топ хіба будь казна хтозна "
        "self ex co non pre post re anti well long short high low half all mid multi part old new one two three four "
        "five six seven eight nine ten twenty thirty forty fifty sixty seventy eighty ninety al el e",
    )
)
_AFTER = frozenset(re.findall(r"\w+", "то либо нибудь таки ка за под де небудь"))


def unwrapped(lines: Sequence[str]) -> list[str] | None:
    """Return a line for each paragraph; None if the text was not wrapped."""
    width = _width(lines)
    if width is None:
        return None
    slack = _slack(lines, width)
    return None if slack is None else list(_joined(lines, width, slack))


def _width(lines: Sequence[str]) -> int | None:
    """Return the column at which lines were wrapped: hardly any line is longer. None if many are, or all are short."""
    sizes = sorted(map(len, lines), reverse=True)
    longest = 1 + 2 * int(OUTLIERS * len(sizes))
    if len(sizes) <= longest + FULL or not NARROWEST <= sizes[longest] <= WIDEST + 2:
        return None
    if sizes[longest] > sizes[longest + FULL] + RAGGED:  # the lines of a paragraph are about equally long
        return None
    own = sorted((len(line.rstrip()) for line in lines if line.strip() and not _ADDRESS.search(line)), reverse=True)
    if not own:
        return None
    allowed = max(1, int(OUTLIERS * len(own)))
    longer = sum(size > WIDEST for size in own)
    if longer > allowed or longer == len(own):
        return None
    width = own[longer]
    # A heading may be longer than the width without being longer than any width.
    while longer < allowed and len(own) > longer + 3 and own[longer] > own[longer + 1] + 8:
        longer += 1
        width = own[longer]
    return width if NARROWEST <= width <= WIDEST else None


def _slack(lines: Sequence[str], width: int) -> float | None:
    """Return by how many columns a full line may be shorter than the width; None if the text was not wrapped.

    The breaks inside sentences show it: a program breaks only where the next word does not fit.
    """
    breaks = [
        width - _reach(above, below)
        for above, below in pairwise(lines)
        if _goes_on(above, below) and len(above.strip()) >= HALF * width
    ]
    if len(breaks) < LEAST:
        return None
    if sum(free < 0 for free in breaks) >= SURE * len(breaks):
        return 0
    loose = (1 - LOOSE) * width
    return loose if sum(free < loose for free in breaks) >= SURE * len(breaks) else None


def _reach(above: str, below: str) -> int:
    """Return the column that a line would have reached with the first word of the next line."""
    first = below.split(maxsplit=1)[0]
    between = 0 if _DENSE.match(first) else 1
    return len(above.rstrip()) + between + (1 if _DENSE.match(first) else len(first))


def _goes_on(above: str, below: str) -> bool:
    """Return whether a sentence surely goes on from one line to the next."""
    end, begin = above.rstrip(), below.lstrip()
    if not end or not begin or _is_apart(above, below):
        return False
    if end[-1] == "-" and end[-2:-1].isalpha() and begin[0].islower():
        return True
    if end.rstrip(_CLOSERS)[-1:] in _STOPS:
        return False
    return begin[0].islower() or (_DENSE.match(begin) is not None and _DENSE.match(end[-1]) is not None)


def _is_apart(above: str, below: str) -> bool:
    """Return whether one of two lines stands for itself: an item of a list, a menu, a line without a letter."""
    if _ITEM.match(below) or _BARS.search(above.strip()) or _BARS.search(below.strip()):
        return True
    return above.lstrip()[:1] in ("#", "|") or not any(map(str.isalpha, above)) or not any(map(str.isalnum, below))


def _joined(lines: Sequence[str], width: int, slack: float) -> Iterator[str]:
    words = Counter(word.casefold() for line in lines for word in _WORD.findall(line))
    pieces: list[str] = []
    above = first = ""
    for line in lines:
        if pieces and line.strip() and _continues(above, line, first, width, slack):
            _add(pieces, line.strip(), words)
        else:
            if pieces:
                yield "".join(pieces)
            if not line.strip():
                yield ""
            first = line if line.strip() else ""
            pieces = [line] if first else []
        above = line
    if pieces:
        yield "".join(pieces)


def _continues(above: str, below: str, first: str, width: int, slack: float) -> bool:
    """Return whether a line continues the paragraph of the line above; `first` is that paragraph's first line."""
    if _goes_on(above, below):
        return len(above.strip()) >= HALF * width or width - _reach(above, below) < slack
    if _is_apart(above, below) or _is_indented(first, above, below):
        return False
    return width - _reach(above, below) < slack


def _is_indented(first: str, above: str, below: str) -> bool:
    """Return whether a line begins a paragraph by its indent; under an item of a list the text is indented as well."""
    here, there = (len(line) - len(line.lstrip()) for line in (below, above))
    return here > there and not (above is first and _ITEM.match(first))


def _add(pieces: list[str], line: str, words: Counter[str]) -> None:
    """Add a line to the pieces of a paragraph. A hyphen at the end of a line may belong to the word or to the break."""
    last = pieces[-1].rstrip()
    pieces[-1] = last
    if last[-1] == "\u00ad":
        pieces[-1] = last[:-1]
    elif last[-1] in "-\u2010" and last[-2:-1].isalnum():
        before, after = _WORD.findall(last[-60:-1]), _WORD.match(line)
        if before and after is not None and line[0].islower() and not _is_compound(before[-1], after.group(), words):
            pieces[-1] = last[:-1]
    elif not (_DENSE.match(last[-1]) and _DENSE.match(line)):
        pieces.append(" ")
    pieces.append(line)


def _is_compound(before: str, after: str, words: Counter[str]) -> bool:
    """Return whether a word that a line break divides at a hyphen is spelled with it."""
    before, after = before.casefold(), after.casefold()
    if words[before + after]:
        return False
    known = before.rpartition("-")[2] in _BEFORE or after.partition("-")[0] in _AFTER
    return known or bool(words[f"{before}-{after}"]) or words[before] > 1
