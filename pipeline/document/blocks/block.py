"""A block as the rules see it: one line of text with its exact measures.

measures.py measures all blocks of a page at once. classifier/judge.py decides whether a block is article.
"""

import re
from typing import Final, NamedTuple

from pipeline import native
from pipeline.text.normalise import INVISIBLE

# Only the first 20,000 characters of a line and its end are measured: the longest paragraph of 1,373 pages has 2,913
# characters, the longest line 15,154. A hostile line of 20 MB then takes hardly longer.
MEASURED = 20_000
# The decision about a line takes 20 µs, however short it is. A page with more lines than any article is refused.
MOST_LINES = 50_000

_LINE = re.compile(r"\S[^\r\n]*")
# The em dash is missing on purpose: in Russian, Ukrainian and Kazakh it opens direct speech, not a list item.
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
    """One block. It is a named tuple: a page has dozens, and a frozen dataclass takes six times as long to make."""

    line: int  # 1-based number of the line in the page
    text: str  # as in the page, without white space at the ends
    body: str  # the text to measure: no list marker, no invisible characters, single spaces, first MEASURED only
    after_blank: bool  # an empty line or the start of the page is right above
    marker: str  # list marker without its spaces ("3.", "-"), or ""
    words: int  # two CJK characters count as one word
    sentences: int  # sentence ends inside and at the end
    closed: bool  # ends in sentence-final punctuation, ignoring quotes and brackets
    introduces: bool  # ends in a colon
    trails_off: bool  # ends in an ellipsis, as teasers do
    digits: float  # share of the visible characters
    letters: float  # share of the visible characters
    capitals: float  # share of words with a capital, among the words in a script that has capitals
    commas: int
    bars: int  # separators as in "News | Sport | Weather"
    links: int  # URLs, bare domains, mail addresses

    @property
    def numbered(self) -> bool:
        """Whether the block is an item of a numbered list."""
        return self.marker[:1].isdigit()


def count_lines(text: str) -> int:
    """Return the number of lines that are not blank, without making a list of them."""
    return sum(1 for _ in _LINE.finditer(text))


def marker_of(text: str) -> re.Match[str] | None:
    """Return the match of a list marker at the beginning of a text, else None."""
    first = text[:1]
    return _MARKER.match(text) if first in _MARKER_BEGINS or first.isdecimal() else None


def visible(text: str) -> str:
    """Return a text without zero-width characters, soft hyphens and stress marks, and with single spaces."""
    return native.blocks.joined(text) if native.COMPILED else " ".join(text.translate(INVISIBLE).split())


def _head(line: str) -> str:
    return visible(line[:MEASURED]) or visible(line)[:MEASURED]


def measure(line: str, *, number: int, after_blank: bool) -> Block:
    """Return the block of a line that has at least one visible character."""
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
        links=_links(body),
    )


def title_body(line: str, fewest: int, most: int) -> str | None:
    """Return the text of a line that may be a title by its `measure`, else None.

    It has `fewest` to `most` words, two sentences at most, few digits, and no colon at its end, no bars, no links.
    """
    body, end = _head(line), visible(line[-80:])
    if end.rstrip(_CLOSERS)[-1:] in (":", "："):
        return None
    if marker := marker_of(body):
        body = body[marker.end() :]
    if bars_of(body) or not fewest <= count_words(body) <= most:
        return None
    if sum(map(str.isdigit, body)) / (len(body) - body.count(" ")) > 0.2 or len(_SENTENCE_END.findall(body)) > 2:
        return None
    return None if _links(body) else body


def _links(body: str) -> int:
    return len(_LINK.findall(body)) if "." in body or "@" in body or "/" in body else 0


def bars_of(text: str) -> int:
    """Return the number of separators. A closing quotation mark is none: "«Team» wins the cup" is a headline."""
    return sum(map(text.count, _BARS)) - min(text.count("«"), text.count("»"))


def count_words(text: str) -> int:
    """Return the number of words in any script; in scripts without spaces two characters count as a word."""
    dense = 0 if text.isascii() else len(_CJK.findall(text))
    if not dense:
        return len([token for token in text.split() if token[0].isalnum() or any(map(str.isalnum, token))])
    return (dense + 1) // 2 + sum(1 for _ in _NON_CJK_WORD.finditer(text))


def _capitals(tokens: list[str]) -> float:
    cased = [token.lstrip("\"'«„“”‘’(—–-[") for token in tokens]
    cased = [token for token in cased if token[:1].isupper() or token[:1].islower()]
    return sum(token[0].isupper() for token in cased) / len(cased) if cased else 0.0
