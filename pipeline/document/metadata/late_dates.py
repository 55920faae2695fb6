"""Finds the day of publication where a page declares none and no line beside its headline has one.

First the data that scripts and attributes hold, then `<time>` elements, at last htmldate, which knows how many sites
name their dates (https://github.com/adbar/htmldate). Dates in boxes about other articles and in comments never count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from pipeline.document.blocks.selectors import found_by
from pipeline.document.metadata.boxes import is_elsewhere, is_teased
from pipeline.document.metadata.bylines import is_of_publication
from pipeline.document.metadata.choose import MARKUP, Metadata
from pipeline.records.document import Sources
from pipeline.text.calendar.dates import Moment, believed, may_date, moment_of, utc

EMBEDDED, HTMLDATE = "embedded", "htmldate"
LARGEST = 2_000_000  # characters of HTML that are searched
LABEL_ABOVE = 3  # levels above a date that may hold its label
LONGEST_LABEL = 60  # characters
MOST_NAMED = 200  # elements that are named after dates
LONGEST_NAMED = 80  # characters of such an element
MOST = 50  # dates of one kind that are read
_KEY: Final = re.compile(
    r"(?:\\*\"|&quot;)(?:date_?published|(?:first_?)?published_?(?:at|date|time|on)?|publish_?(?:ed)?_?(?:date|time|at)|pub_?date|"
    r"publication_?date)(?:\\*\"|&quot;)\s*:\s*(?:\\*\"|&quot;)([^\"\\&<>]{8,40})(?:\\*\"|&quot;)",
    re.IGNORECASE,
)
_KEY_WORDS: Final = tuple(
    one
    for word in ("publish", "publication", "pubdate", "pub_date")
    for one in dict.fromkeys((word[1:], word[1:].replace("date", "Date"), word[1:].upper()))
)  # without the first letter, which is large in "datePublished"; a search for a text is faster than for a pattern
BEFORE_WORD = 30  # characters of a key before such a word
AFTER_WORD = 200  # characters behind it that have the value
_NAMED: Final = tuple(
    f'[{name}*="{word}" i]' for name in ("class", "id") for word in ("date", "time", "publi", "posted", "created")
)
_OTHERS: Final = (
    "nav, footer, script, style, noscript, template, [class*=comment i], [id*=comment i], [class*=related i], "
    "[class*=recommend i], [class*=popular i], [class*=teaser i], [class*=latest i]"
)


def late_date(
    tree: LexborHTMLParser, html: str, texts: Sequence[str], *, fetched_at: datetime, language: str | None
) -> Metadata:
    """Return the day of publication and its source; empty without one. `texts` are the blocks of the page.

    Called last of all, for it removes from `tree` what is not of the article.
    """
    if len(html) > LARGEST:
        return Metadata()

    def agreed(texts: Iterator[str]) -> Moment | None:
        found = [believed(moment_of(text, language), fetched_at) for text, _ in zip(texts, range(MOST), strict=False)]
        moments = [moment for moment in found if moment is not None]
        return moments[0] if len({moment.day for moment in moments}) == 1 else None

    if (moment := agreed(_embedded(html))) is not None:
        return _dated(moment, EMBEDDED)
    times = [
        node for node, _ in found_by(("time[datetime]",), tree)[:MOST] if not (is_elsewhere(node) or is_teased(node))
    ]
    labelled = [node for node in times if is_of_publication(_around(node))]
    if (moment := agreed(node.attributes.get("datetime") or "" for node in labelled or times)) is not None:
        return _dated(moment, MARKUP)
    named = (node.text(separator=" ") or "" for node, _ in found_by(_NAMED, tree)[:MOST_NAMED] if _is_own(node))
    if (moment := agreed(text for text in named if len(text) <= LONGEST_NAMED)) is not None:
        return _dated(moment, MARKUP)
    if not any(map(may_date, texts)):
        return Metadata()
    moment = believed(_of_htmldate(tree, fetched_at), fetched_at)
    return Metadata() if moment is None else _dated(moment, HTMLDATE)


def _embedded(html: str) -> Iterator[str]:
    """Yield the values of keys that name a day of publication, in page order."""
    places = sorted(at for word in _KEY_WORDS for at in _places(html, word))
    end = 0
    for at in places:
        if at >= end and (found := _KEY.search(html, max(end, at - BEFORE_WORD), at + AFTER_WORD)) is not None:
            end = found.end()
            yield found[1]


def _places(html: str, word: str) -> Iterator[int]:
    at = html.find(word)
    while at >= 0:
        yield at
        at = html.find(word, at + len(word))


def _is_own(node: LexborNode) -> bool:
    return node.tag not in {"script", "style", "time"} and not (is_elsewhere(node) or is_teased(node))


def _around(node: LexborNode) -> str:
    """Return the words before an element: those of an ancestor with few more, down to the element's own."""
    own = node.text() or ""
    above = node.parent
    for _ in range(LABEL_ABOVE):
        if above is None:
            break
        text = above.text(separator=" ") or ""
        if len(text) > len(own) + LONGEST_LABEL:
            break
        if before := " ".join(text[: text.find(own)].split() if own else text.split()):
            return before
        above = above.parent
    return ""


def _dated(moment: Moment, source: str) -> Metadata:
    return Metadata(date_published=str(moment), sources=Sources(date_published=source))


def _of_htmldate(tree: LexborHTMLParser, fetched_at: datetime) -> Moment | None:
    from htmldate import find_date  # noqa: PLC0415 — one page in twenty needs it, and it takes 0.2 s to load

    for node in tree.css(_OTHERS):
        if node.tag not in {"html", "body"}:
            node.decompose()
    latest = utc(fetched_at) + timedelta(days=1)
    found = find_date(tree.html or "", extensive_search=False, original_date=True, max_date=latest.strftime("%Y-%m-%d"))
    # For a year alone, as in a copyright notice, htmldate gives its first day.
    return None if found is None or found.endswith("-01-01") else moment_of(found)
