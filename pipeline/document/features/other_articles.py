"""Finds the other whole articles of a page: endless scroll and "read next" put them below the page's own article.

Only the tree tells them from the article's own parts. `classifier/choice.py` decides what happens to them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

import numpy as np
import numpy.typing as npt

from pipeline import native
from pipeline.document.blocks.attributes import BODY, DECLARED, LIVE
from pipeline.document.blocks.measures import Floats, Measures
from pipeline.document.blocks.tree import KINDS, Layout
from pipeline.document.features.ancestors import Ints, Span, places_of
from pipeline.document.features.windows import sums_of
from pipeline.document.rules.phrases import BYLINE_WORDS
from pipeline.document.rules.recognise import CODE, Codes
from pipeline.document.rules.rule import Rule

MOST: Final = 60  # headings of a page that are compared with its headline
PROSE: Final = 20  # words of prose below a headline: an article has at least so many
NEAR: Final = 3  # blocks around a headline, among which its byline is
QUOTED: Final = 0.4  # the share of the title's characters that are its headline
BRIEF: Final = 12  # words: a byline is no longer
FIGURES: Final = 3  # digits of a date or a time of day
_HEADINGS: Final = tuple(KINDS.index(f"h{level}") for level in range(1, 4))
_OF_HEADINGS: Final = sum(1 << kind for kind in _HEADINGS)
_ARTICLE: Final = KINDS.index("article")
_WORD: Final = re.compile(r"\w+")
_DATED, _NEXT = CODE[Rule.DATE_BAR], CODE[Rule.READ_ALSO]


@dataclass(frozen=True, slots=True)
class Page:
    """What is known of a page's blocks and elements."""

    texts: Sequence[str]
    elements: Ints  # as in Layout
    frames: Ints
    words: Floats
    digits: Floats
    cues: Codes
    announced: frozenset[int]  # the blocks "read next"
    prose: npt.NDArray[np.float64]  # the words of prose before each block, and in all


def other_articles(
    layout: Layout, measures: Measures, good: Floats, cues: Codes, titled: Mapping[int, float], *, title: str
) -> tuple[Span, ...]:
    """Return the spans of the other articles.

    `good` are the words of prose of each block, `titled` the blocks that repeat the title, with a length each.
    """
    elements = layout.elements
    kind, first = elements[1], elements[5]
    headings = places_of(elements, _OF_HEADINGS, most=MOST)
    if len(headings) < 2:
        return ()
    titled = dict(titled) or _quoted(layout, headings, title)
    own = _own(layout, headings, titled)
    if own is None:
        return ()
    announced = frozenset(np.flatnonzero(cues == _NEXT).tolist())
    levels = {_HEADINGS[0], min(int(kind[own]), _HEADINGS[1])}
    many = len(places_of(elements, 1 << _ARTICLE, DECLARED, least=0, most=2)) > 1
    many = many or len(places_of(elements, hints=BODY, least=0, most=2)) > 1
    others = [at for at in headings if int(first[at]) not in titled and at != own]
    if not many:
        others = [at for at in others if int(kind[at]) in levels or _announced(layout, announced, at)]
    if not others:
        return ()
    measured = measures["words"], measures["digits"], cues, announced, sums_of(good)
    page = Page(layout.texts, elements, layout.frames, *measured)
    found = (_article(page, own, other, titled) for other in others)
    return tuple(sorted({span for span in found if span is not None}))


def _quoted(page: Layout, headings: Sequence[int], title: str) -> dict[int, float]:
    """Return the headings that are a part of the title, beside the names of the site and of its sections."""
    known = title.casefold()
    texts = {place: page.texts[place].casefold() for place in page.elements[5][headings].tolist()}
    sizes = {place: len(text) / max(len(known), 1) for place, text in texts.items() if text in known}
    return {place: size for place, size in sizes.items() if size >= QUOTED}


def _own(page: Layout, headings: Sequence[int], titled: Mapping[int, float]) -> int | None:
    """Return the element of the page's own headline: the heading that repeats the title, else an article's first h1."""
    kind, first = page.elements[1], page.elements[5]
    told = [at for at in headings if int(first[at]) in titled]
    if told:
        return max(told, key=lambda at: (titled[int(first[at])] - int(kind[at]) / 10, -at))
    if titled:
        return int(page.frames[max(titled, key=lambda place: titled[place])])
    main = next((at for at in headings if kind[at] == _HEADINGS[0]), None)
    return main if main is not None and _declared(page.elements, _line(page.elements[0], main)) else None


def _line(parent: Ints, at: int) -> Iterator[int]:
    """Yield an element and its ancestors, the root last."""
    while at >= 0:
        yield at
        at = int(parent[at])


def apart(elements: Ints, own: int, heading: int) -> tuple[Sequence[int], Sequence[int], int] | None:
    """Return the lines from a headline and from a heading up to below the first element around both, and that element.

    None if there is no such element, or if the headline is in a live report, or the heading in an entry of one.
    """
    if native.COMPILED:
        return native.features.apart(elements, own, heading, LIVE)
    ours = list(_line(elements[0], own))
    line = list(_line(elements[0], heading))
    around = next((at for at in line if at in ours), None)
    if around is None or around in (own, heading):
        return None
    line = line[: line.index(around)]
    if np.any(elements[3][[*line, *ours]] & LIVE):
        return None
    return ours[: ours.index(around)], line, around


def _article(page: Page, own: int, heading: int, titled: Mapping[int, float]) -> Span | None:
    """Return the span of a heading's article if it is not the page's own; `own` is the page's headline."""
    first, end = page.elements[5], page.elements[6]
    lines = apart(page.elements, own, heading)
    if lines is None:
        return None
    ours, line, at = lines
    if end[ours[-1]] <= first[line[-1]]:
        if len(ours) == len(line) == 1:
            return _flat(page, ours[0], heading, at)
        return _below(page, ours, line)
    if end[line[-1]] <= first[ours[-1]] and int(first[own]) in titled:
        alike = page.elements[1][heading] == page.elements[1][own]
        if (
            alike
            and _declared(page.elements, line)
            and _declared(page.elements, ours)
            and _told(page, ours)
            and _told(page, line)
        ):
            return int(first[line[-1]]), int(end[line[-1]])
    return None


def _below(page: Page, ours: Sequence[int], line: Sequence[int]) -> Span | None:
    """Return the span of the outermost element around a heading if it is an article like the headline's."""
    kind, first, end = page.elements[1], page.elements[5], page.elements[6]
    headline, heading, whole = ours[0], line[0], line[-1]
    above = float(page.prose[first[heading]] - page.prose[first[whole]])
    if len(line) < 2 or above > PROSE or not _told(page, ours) or not _told(page, line):
        return None
    level = int(kind[heading])
    declared, signed = _declared(page.elements, line), _signed(page, heading, int(first[whole]))
    if (level <= _HEADINGS[1] and level == kind[headline]) or level == _HEADINGS[0]:
        same = declared and (level == _HEADINGS[0] or _declared(page.elements, ours))
        other = (
            same
            or _announced(page, page.announced, heading)
            or (signed and (level == _HEADINGS[0] or _mirrors(page, ours, line)))
        )
    else:
        other = (declared and signed and _declared(page.elements, ours)) or _announced(page, page.announced, heading)
    other = other or _twins(page, ours[-1], whole) or (_bodied(page, ours) and _bodied(page, line))
    return (int(first[whole]), int(end[whole])) if other else None


def _twins(page: Page, ours: int, whole: int) -> bool:
    """Return whether two elements are articles with the same tag and classes in the same place, and both are long."""
    style, first, end = page.elements[4], page.elements[5], page.elements[6]
    long = all(page.prose[end[at]] - page.prose[first[at]] >= 2 * PROSE for at in (ours, whole))
    return bool(long and style[ours] == style[whole] and _declared(page.elements, [ours]))


def _bodied(page: Page, line: Sequence[int]) -> bool:
    """Return whether a body of an article is below a heading, in the outermost element around it."""
    hints, first, end = page.elements[3], page.elements[5], page.elements[6]
    inside = (first >= end[line[0]]) & (end <= end[line[-1]]) & (end > first)
    return bool(np.any(hints[inside] & BODY))


def _flat(page: Page, headline: int, heading: int, around: int) -> Span | None:
    """Return the span from a heading to the end of the element that it shares with the headline, if it is another's."""
    kind, first, end = page.elements[1], page.elements[5], page.elements[6]
    start, stop = int(first[heading]), int(end[around])
    told = page.prose[start] - page.prose[end[headline]] >= PROSE and page.prose[stop] - page.prose[start] >= PROSE
    if not told or kind[heading] != kind[headline]:
        return None
    signed = kind[heading] == _HEADINGS[0] and _signed(page, heading, start)
    return (start, stop) if signed or _announced(page, page.announced, heading) else None


def _told(page: Page, line: Sequence[int]) -> bool:
    """Return whether prose follows a heading in the outermost element around it."""
    first, end = page.elements[5], page.elements[6]
    return len(line) > 1 and float(page.prose[end[line[-1]]] - page.prose[first[line[0]]]) >= PROSE


def _declared(elements: Ints, line: Iterable[int]) -> bool:
    """Return whether an element says that it is an article."""
    kind, hints = elements[1], elements[3]
    return any(kind[at] == _ARTICLE or hints[at] & DECLARED for at in line)


def _mirrors(page: Page, ours: Sequence[int], line: Sequence[int]) -> bool:
    """Return whether the headlines are in elements of the same kinds, and both have a byline."""
    kind, first = page.elements[1], page.elements[5]
    alike = [int(kind[at]) for at in ours] == [int(kind[at]) for at in line]
    return alike and _signed(page, ours[0], int(first[ours[-1]]))


def _signed(page: Page, heading: int, start: int) -> bool:
    """Return whether a byline or a date is right below a heading, or above it from the block `start` on."""
    first, end = int(page.elements[5][heading]), int(page.elements[6][heading])
    reach = range(end, min(end + NEAR, len(page.frames)))
    below = takewhile(lambda place: page.prose[place + 1] == page.prose[place], reach)
    return any(_is_byline(page, place) for place in (*range(max(start, first - NEAR), first), *below))


def _is_byline(page: Page, place: int) -> bool:
    """Return whether a block is brief and has the figures of a date, or begins like a byline."""
    if page.words[place] > BRIEF:
        return False
    if page.cues[place] == _DATED or page.digits[place] >= FIGURES:
        return True
    opening = _WORD.search(page.texts[place].casefold())
    return opening is not None and opening.group() in BYLINE_WORDS


def _announced(page: Page | Layout, announced: frozenset[int], heading: int) -> bool:
    """Return whether a heading "read next" is right above another heading."""
    place = int(page.elements[5][heading]) - 1
    if place not in announced:
        return False
    label = int(page.frames[place])
    return KINDS[int(page.elements[1][label])][:1] == "h" and KINDS[int(page.elements[1][label])][1:].isdigit()
