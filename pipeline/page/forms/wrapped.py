"""Joins the lines of a text that was wrapped at a column: each paragraph becomes one line again.

A break is undone where the next word would not have fitted, or where a sentence goes on. Headlines, bylines, menus and
items of lists stay lines of their own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

NARROWEST, WIDEST = 40, 110  # columns at which texts are wrapped
OUTLIERS = 0.03  # share of lines that may be longer: programs do not wrap headings
LEAST = 3  # breaks inside sentences that show that a text was wrapped
SHORT = 50  # lines of a text in which one such break fewer will do
SURE = 0.7  # share of them after which the next word would not have fitted
LOOSE = 0.9  # share of the width that counts as full where a program measured the letters
DIVIDED, DIVIDED_SHARE = 2, 0.04  # lines that end in a hyphen, and their share, where a program divides words
FULL = 3  # lines that are about as long as the longest
RAGGED = 25  # columns by which they may be shorter
PROBES = 12  # places in a text
TIGHT = 0.3  # share of paragraphs without an empty line below, where a text has no empty lines between them
HALF = 0.5  # share of the width that a line inside a sentence has at least

_STOPS = ".!?…:;。！？：；"
_HYPHENS = ("-", "\u2010")
_CYRILLIC = re.compile("[\u0400-\u052f]")
_LEADS = (":", "：")
_CLOSERS = "\"'»”“’)]}*_」』"
_ITEM = re.compile(r"\s*(?:[*+•●▪◦‣·]\s|-\s+[^\sa-zа-яёіїєґў]|\d{1,3}[.)]\s|#{1,6}\s|>|\|)")
_BARS = re.compile(r"\s[|•·/]\s|\S {2,}\S|\t")
_OF_ADDRESSES = ("://", "](", "www.", "]:")
_DEFINITION = re.compile(r"\s*\[[^\]]+\]:")
_DENSE = re.compile("[\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
# Parts of words that are spelled with a hyphen: it stays where a line breaks after it.
_BEFORE = frozenset(
    re.findall(
        r"\w+",
        "по во кое из что кто где как когда какой чей экс вице пресс мини нью веб онлайн интернет бизнес медиа генерал "
        "премьер північно південно паўночна паўднёва северо юго штаб кафе санкт аль эль бета топ будь казна "
        "self ex co non pre post re anti well long short high low half all mid multi part old new one two three four "
        "five six seven eight nine ten twenty thirty forty fifty sixty seventy eighty ninety al el e",
    )
)
_AFTER = frozenset(re.findall(r"\w+", "то либо нибудь таки ка за под де небудь"))


def may_be_wrapped(text: str) -> bool:
    """Return whether the lines in a few places are as short as those of a wrapped text; most pages stop here."""
    long = 0
    for number in range(1, PROBES + 1):
        place = len(text) * number // (PROBES + 1)
        end = text.find("\n", place)
        long += (end if end >= 0 else len(text)) - text.rfind("\n", 0, place) > WIDEST + 2
    return long * 2 < PROBES


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
    whole = "\n".join(lines)
    addressed = any(sign in whole for sign in _OF_ADDRESSES)
    own = [len(bare) for line in lines if (bare := line.rstrip()) and not (addressed and _is_address(line))]
    own.sort(reverse=True)
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


def _is_address(line: str) -> bool:
    """Return whether a line has an address in it, which no program wraps."""
    if any(sign in line for sign in _OF_ADDRESSES[:-1]):
        return True
    return "]:" in line and _DEFINITION.match(line) is not None


def _slack(lines: Sequence[str], width: int) -> float | None:
    """Return by how many columns a full line may be shorter than the width; None if the text was not wrapped.

    The breaks inside sentences show it: a program breaks only where the next word does not fit.
    """
    breaks = [
        width - _reach(above, below)
        for above, below in pairwise(lines)
        if len(above.strip()) >= HALF * width and (_goes_on(above, below) or _may_go_on(above, below))
    ]
    strict = sum(free < 0 for free in breaks)
    if len(breaks) < LEAST:
        return 0 if len(lines) <= SHORT and len(breaks) == strict == LEAST - 1 else None
    if strict >= SURE * len(breaks):
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
    if not end or not begin:
        return False
    divided = end[-1] == "-" and end[-2:-1].isalpha() and begin[0].islower()
    if not divided and end.rstrip(_CLOSERS)[-1:] in _STOPS:
        return False
    dense = _DENSE.match(begin) is not None and _DENSE.match(end[-1]) is not None
    return (begin[0].islower() or dense) and not _is_apart(above, below)


def _may_go_on(above: str, below: str) -> bool:
    """Return whether a sentence may go on in a script that has no capital letters."""
    begin, end = below.lstrip()[:1], above.rstrip().rstrip(_CLOSERS)[-1:]
    if not begin.isalpha() or begin.lower() != begin.upper() or end in _STOPS or not end:
        return False
    return not _is_apart(above, below)


def _is_apart(above: str, below: str) -> bool:
    """Return whether one of two lines stands for itself: an item of a list, a menu, a line without a letter."""
    begin = below.lstrip()[:2]
    if begin in ("— ", "– ") and above.rstrip().rstrip(_CLOSERS)[-1:] in _STOPS:  # somebody answers
        return True
    if _ITEM.match(below) or _BARS.search(above.strip()) or _BARS.search(below.strip()):
        return True
    return above.lstrip()[:1] in ("#", "|") or not any(map(str.isalpha, above)) or not any(map(str.isalnum, below))


def _joined(lines: Sequence[str], width: int, slack: float) -> Iterator[str]:
    divided = _Divided.of(lines)
    pieces: list[str] = []
    above = first = ""
    tight = _is_tight(lines, width)
    top = next((line for line in lines if line.strip()), None)
    for line in lines:
        apart = tight and line.strip() and above.strip() and _is_heading(above, line, width, top=first is top)
        if pieces and line.strip() and not apart and _continues(above, line, first, width, slack):
            _add(pieces, line.strip(), divided)
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


def _is_tight(lines: Sequence[str], width: int) -> bool:
    """Return whether paragraphs follow each other without an empty line: below the short ends of most of them."""
    ends = [
        bool(below.strip())
        for above, below in pairwise(lines)
        if above.rstrip().rstrip(_CLOSERS)[-1:] in _STOPS and 0 < len(above.strip()) < HALF * width
    ]
    return sum(ends) > TIGHT * len(ends)


def _is_heading(above: str, below: str, width: int, *, top: bool) -> bool:
    """Return whether a full line is the headline on top, or a line below the end of a sentence is a heading."""
    end = above.rstrip().rstrip(_CLOSERS)[-1:]
    if not below.lstrip()[0].isupper():
        return False
    if end in _LEADS or (top and end not in _STOPS):
        return True
    return end in _STOPS and len(below.strip()) < HALF * width and below.rstrip().rstrip(_CLOSERS)[-1:] not in _STOPS


def _is_indented(first: str, above: str, below: str) -> bool:
    """Return whether a line begins a paragraph by its indent; under an item of a list the text is indented as well."""
    here, there = (len(line) - len(line.lstrip()) for line in (below, above))
    return here > there and not (above is first and _ITEM.match(first))


def _add(pieces: list[str], line: str, divided: _Divided) -> None:
    """Add a line to the pieces of a paragraph."""
    last = pieces[-1].rstrip()
    pieces[-1] = last
    if last[-1] == "\u00ad":
        pieces[-1] = last[:-1]
    elif last[-1] in _HYPHENS and last[-2:-1].isalnum():
        pieces[-1] = last if divided.is_compound(last, line) else last[:-1]
    elif not (_DENSE.match(last[-1]) and _DENSE.match(line)):
        pieces.append(" ")
    pieces.append(line)


@dataclass(frozen=True, slots=True)
class _Divided:
    """The words of a text, by which a hyphen at the end of a line is found to belong to the word or to the break."""

    words: Counter[str]
    hyphenated: bool  # so many lines end in a hyphen that a program divides words

    @classmethod
    def of(cls, lines: Sequence[str]) -> _Divided:
        words = Counter(word.casefold() for line in lines for word in _WORD.findall(line))
        ends = [above for above, below in pairwise(lines) if _divides(above, below)]
        full = sum(1 for line in lines if len(line.strip()) >= NARROWEST)
        return cls(words, len(ends) >= DIVIDED and len(ends) >= DIVIDED_SHARE * full)

    def is_compound(self, above: str, below: str) -> bool:
        """Return whether the word that a line break divides at a hyphen is spelled with the hyphen."""
        if not _divides(above, below) or (after := _WORD.match(below)) is None:
            return True
        before, rest = _WORD.findall(above.rsplit(maxsplit=1)[-1])[-1].casefold(), after.group().casefold()
        if self.words[before + rest]:
            return False
        if before in _BEFORE or rest.partition("-")[0] in _AFTER or self.words[f"{before}-{rest}"]:
            return True
        if _CYRILLIC.match(rest):
            return self.words[before] > (3 if self.hyphenated else 1)
        return not self.hyphenated or self.words[before] > 3


def _divides(above: str, below: str) -> bool:
    """Return whether a hyphen at the end of a line may divide a word: the only one in it, and not in a URL."""
    last = above.rsplit(maxsplit=1)[-1] if above.strip() else ""
    if last[-1:] not in _HYPHENS or not last[-2:-1].isalpha() or not below.lstrip()[:1].islower():
        return False
    return not any(sign in last[:-1] for sign in "-/@")
