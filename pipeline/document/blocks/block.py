"""A block as the rules see it: what one line of text looks like by itself, measured exactly.

All blocks of a page are measured at once by measures.py; whether one is article or boilerplate is boilerplate.py's.
"""

import re
from typing import Final, NamedTuple

from pipeline import native
from pipeline.text.normalise import INVISIBLE

# A line is measured on its first 20,000 characters and on its end: the longest paragraph of 1,373 pages has
# 2,913, the longest line 15,154. A hostile line of 20 MB then costs hardly more than those.
MEASURED = 20_000
# A line costs 20 µs to judge, however short; what has more of them than any article is not judged at all.
MOST_LINES = 50_000

_LINE = re.compile(r"\S[^\r\n]*")
# No em dash: in Russian, Ukrainian and Kazakh it opens direct speech, not a list item.
_MARKER = re.compile(r"(?:\d{1,3}[.)]|[-–*•●▪■◦·・‣➤►▶])\s{1,8}(?=\S)|[•●▪■◦·・‣➤►▶](?=\S)")
_MARKER_BEGINS: Final = frozenset("-–*•●▪■◦·・‣➤►▶")
# A full stop after one letter is an initial or "г."; every quantifier is bounded, so the scan is linear.
_SENTENCE_END = re.compile(r"[.!?…。！？](?:(?<=[。！？])|(?<!\b[^\W\d].)['\"»”’)\]]{0,3}(?=\s|$))")
_LINK = re.compile(r"https?://|www\.|\w@\w|\.(?:ru|com|kz|ua|by|org|net|info|html?)\b", re.IGNORECASE)
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\u0e00-\u0e7f]")
_NON_CJK_WORD = re.compile(r"[^\W\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\u0e00-\u0e7f][^\s\u3040-\u9fff]*")

_CLOSERS = "'\"»”’“)]）」』』 \u201a"
_STOPS = frozenset(".!?…。！？；;।")
_BARS = frozenset("|┊│¦•·・»›>→")


class Block(NamedTuple):
    """One block; a named tuple, as dozens are made of a page and a frozen dataclass takes six times as long to make."""

    line: int  # 1-based number of the line in the page
    text: str  # as it stands in the page, white space at the ends removed
    body: str  # what is measured: no list marker, no invisible characters, single spaces, first MEASURED only
    after_blank: bool  # an empty line, or the start of the page, is right above
    marker: str  # list marker without its spaces ("3.", "-"), or ""
    words: int  # two CJK characters count as one word
    sentences: int  # sentence ends inside and at the end
    closed: bool  # ends in sentence-final punctuation, quotes and brackets apart
    introduces: bool  # ends in a colon
    trails_off: bool  # ends in an ellipsis, as teasers do
    digits: float  # share of the visible characters
    letters: float  # share of the visible characters
    capitals: float  # share of the words with a capital (of those in a script that has them)
    commas: int
    bars: int  # separators as in "News | Sport | Weather"
    links: int  # URLs, bare domains, mail addresses

    @property
    def numbered(self) -> bool:
        return self.marker[:1].isdigit()


def count_lines(text: str) -> int:
    """Count the lines that are not blank, without making a list of them."""
    return sum(1 for _ in _LINE.finditer(text))


def marker_of(text: str) -> re.Match[str] | None:
    """Find the marker of a list's item at the beginning of a text; most are told by their first character."""
    first = text[:1]
    return _MARKER.match(text) if first in _MARKER_BEGINS or first.isdecimal() else None


def visible(text: str) -> str:
    """Drop zero-width characters, soft hyphens and stress marks; make every white space one space."""
    return native.blocks.joined(text) if native.COMPILED else " ".join(text.translate(INVISIBLE).split())


def _head(line: str) -> str:
    return visible(line[:MEASURED]) or visible(line)[:MEASURED]


def measure(line: str, *, number: int, after_blank: bool) -> Block:
    """Measure one line that has at least one visible character."""
    body, end = _head(line), visible(line[-80:])
    marker = marker_of(body)
    if marker:
        body = body[marker.end() :]
    bare_end = end.rstrip(_CLOSERS)
    stripped = len(body) - body.count(" ")
    tokens = body.split(" ")
    return Block(
        line=number,
        text=line,
        body=body,
        after_blank=after_blank,
        marker=marker.group().strip() if marker else "",
        words=count_words(body),
        sentences=len(_SENTENCE_END.findall(body)),
        closed=bare_end[-1:] in _STOPS,
        introduces=bare_end[-1:] in (":", "："),
        trails_off=bare_end.endswith(("...", "…")),
        digits=sum(map(str.isdigit, body)) / stripped,
        letters=sum(map(str.isalpha, body)) / stripped,
        capitals=_capitals(tokens),
        commas=sum(body.count(comma) for comma in ",，、"),
        bars=bars_of(body),
        links=len(_LINK.findall(body)) if "." in body or "@" in body or "/" in body else 0,
    )


def bars_of(text: str) -> int:
    """Count separators; a closing quotation mark is none: "«Team» wins the cup" is a headline."""
    return sum(map(text.count, _BARS)) - min(text.count("«"), text.count("»"))


def count_words(text: str) -> int:
    """Count words in any script; scripts written without spaces count two characters as a word."""
    dense = sum(1 for _ in _CJK.finditer(text))
    if not dense:
        return sum(1 for token in text.split() if any(map(str.isalnum, token)))
    return (dense + 1) // 2 + sum(1 for _ in _NON_CJK_WORD.finditer(text))


def _capitals(tokens: list[str]) -> float:
    cased = [token.lstrip("\"'«„“”‘’(—–-[") for token in tokens]
    cased = [token for token in cased if token[:1].isupper() or token[:1].islower()]
    return sum(token[0].isupper() for token in cased) / len(cased) if cased else 0.0
