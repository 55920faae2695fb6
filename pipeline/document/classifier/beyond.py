"""Finds what stands below the article of a plain text and reads like one: further articles, teasers and comments.

A page that scrolls on has the next article's headline with its date or byline. Teasers are headlines with a paragraph
each, of which none is about the article's subject. A comment has a name, a date, a text and a button to reply or to
report it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from pipeline.document.features.compute import Features
from pipeline.document.metadata.people import people_of
from pipeline.document.rules.beginnings import Beginnings
from pipeline.document.rules.headline import stems
from pipeline.document.rules.recognise import CODE
from pipeline.document.rules.rule import Rule
from pipeline.text.calendar.dates import dates_in

Marks = npt.NDArray[np.bool_]

OWN: Final = 60  # words of the article above another one
NEXT: Final = 40  # words of the other article in its first lines
MANY: Final = 6  # headlines with a date: more are entries of a live report or items of a feed
ENDED: Final = 4  # lines above another headline in which something shows that the article has ended
NEAR: Final = 7  # lines below its headline in which they are
SENTENCE: Final = 10  # words
TITLE: Final = (4, 30)  # words of a headline
TEASER_TITLE: Final = 14  # words of a teaser's headline
TOLD: Final = 0.4  # share of a headline's words that the article above may have
TEASERS: Final = 5  # headlines in a row with a paragraph each: fewer may be an article's own sections
LONGEST_TEASER: Final = 80  # words
LABELS: Final = 2  # lines above a teaser's headline, as that of its section
LABEL: Final = 3  # words
# The largest share of a teaser's words that the article has too, in the middle one, and of the headlines that share
# any. On the sets, teasers have .00 to .08 and .00 to .15, sections of an article .14 to 1, or .27 of the headlines.
SUBJECT: Final = 0.1
SUBJECT_OF_TITLES: Final = 0.2
LONGEST_BAR: Final = 80  # characters of a line with a date or a byline
COMMENT: Final = 12  # lines of a comment
COMMENTS: Final = 2  # that show that readers wrote them
BUTTON: Final = 6  # words of a line of buttons below a comment
NAME: Final = 4  # words

_ENDS: Final = frozenset(
    CODE[rule]
    for rule in (Rule.SHARE_BAR, Rule.COMMENT_PROMPT, Rule.SUPPORT_BAR, Rule.LEGAL, Rule.READ_ALSO, Rule.PAGINATION)
)
_YEAR: Final = re.compile(r"\b(?:19|20)\d\d\b|\b\d{1,2}\.\d{1,2}\.\d\d\b")
_BY: Final = re.compile(
    r"(?:(?:written |posted )?by|автор[ыи]?|аўтары?|авторы|текст|text|words|von|por|par|"
    r"autor(?:ka|zy)?)\s*[:—–-]?\s+(?=[^\W\d_])",
    re.IGNORECASE,
)
_BY_WORDS: Final = Beginnings("written posted by автор аўтар текст text words von por par autor")
_FIGURES: Final = 3  # digits that a date has at least
_AGO: Final = re.compile(
    r"\d{1,2}[:.]\d\d|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\b(?:ago|назад|тому|бұрын|таму)\b", re.IGNORECASE
)
_ACTION: Final = re.compile(
    r"(?:(?:reply|report(?: abuse| comment| this comment)?|flag|like|dislike|share|quote|"
    r"ответить|пожаловаться|жалоба|цитировать|цитата|нравится|не нравится|поделиться|"
    r"відповісти|поскаржитися|скарга|цитувати|подобається|адказаць|паскардзіцца|скаргу|"
    r"жауап беру|жауап|шағымдану|отговори|докладвай|antworten|melden|responder|denunciar|répondre|signaler|"
    r"odpowiedz|zgłoś)\b\W*(?:\d{1,4}\b\W*)?)+$",
    re.IGNORECASE,
)
_BUTTON_WORDS: Final = Beginnings(
    "reply flag like dislike share quote ответить пожаловаться жалоба цитировать нравится не поделиться відповісти "
    "поскаржитися скарга цитувати подобається адказаць паскардзіцца жауап шағымдану отговори докладвай antwort melden "
    "responder denunciar répondre signaler odpowiedz zgłoś"
)
_REPLY: Final = re.compile(
    r"repl|report|flag|ответ|жалоб|пожалов|цитир|відпов|скарг|адказ|паскард|жауап|шағым|отговор|доклад|antwort|meld|respond|"
    r"denunc|répon|signal|odpow|zgłoś",
    re.IGNORECASE,
)


def without_beyond(chosen: Marks, texts: Sequence[str], features: Features) -> Marks:
    """Drop further articles, teasers and comments below the article's first paragraphs."""
    words = features.measures["words"]
    prose = (features.measures["ends"] > 0) & (words >= SENTENCE)
    above = np.cumsum(np.where(chosen & prose, words, 0))
    start = int(above.searchsorted(OWN)) + 1  # the line below the one with which the article has enough words
    if start >= len(texts):
        return chosen
    kept = np.flatnonzero(chosen)
    first, stop = (
        max(0, int(kept[0]) - NEAR),
        int(kept[-1]) + 1,
    )  # what stands below the last chosen line is gone anyhow
    if start >= stop:
        return chosen
    end = _further(texts, range(first, stop), start, features)
    comments = _comments(texts, range(start, min(end, stop + COMMENT, len(texts))), words)
    teasers = _teasers(texts, chosen & prose, range(start, min(end, stop)), features)
    if end >= stop and comments is None and teasers is None:
        return chosen
    left = chosen.copy()
    left[end:] = False
    for span in (comments, teasers):
        if span is not None:
            left[span.start : span.stop] = False
    return left


def _teasers(texts: Sequence[str], own: Marks, among: range, features: Features) -> range | None:
    """Return the lines of a row of teasers and those up to the article's next paragraph; None without teasers.

    `own` marks the sentences that were chosen, `among` has the lines in which they are. The row may go on below them.
    """
    words, ends = features.measures["words"], features.measures["ends"] > 0
    sentences = (ends | (features.measures["ends_dots"] > 0)) & (words >= SENTENCE) | (words >= 2 * SENTENCE)
    sentences &= words <= LONGEST_TEASER
    short = (features.measures["ends_colon"] == 0) & (features.cues < 0) & (words > 1) & (words <= TEASER_TITLE)
    titles = short & ~ends
    if np.count_nonzero((titles[:-1] & sentences[1:])[among.start :]) < TEASERS:  # most pages
        return None
    asked = [place for place in np.flatnonzero(short & ends).tolist() if texts[place].endswith(("?", "!"))]
    titles[asked] = True
    pairs = titles[:-1] & sentences[1:]
    pairs[:-1] &= ~sentences[2:]
    labels = ~ends & (words <= LABEL)
    for row in _rows(np.flatnonzero(pairs).tolist(), labels, among):
        first, last = row[0], row[-1] + 1
        above = stems(" ".join([texts[place] for place in np.flatnonzero(own[:first]).tolist()]))
        about = sorted(_share(f"{texts[place]} {texts[place + 1]}", above) for place in row)
        told = sum(_share(texts[place], above) > 0 for place in row)
        if about[len(row) // 2] > SUBJECT or told > SUBJECT_OF_TITLES * len(row):
            continue
        goes_on = (at for at in range(last + 1, among.stop) if own[at] and _share(texts[at], above) > 2 * SUBJECT)
        return range(first, next(goes_on, among.stop))
    return None


def _rows(pairs: Sequence[int], labels: Marks, among: range) -> Iterator[Sequence[int]]:
    """Yield the rows of TEASERS or more headlines with a paragraph each that stand close together."""
    row: list[int] = []
    for place in (*(pair for pair in pairs if pair >= among.start), None):
        if place is not None and row and place - row[-1] - 2 <= LABELS and labels[row[-1] + 2 : place].all():
            row.append(place)
            continue
        if len(row) >= TEASERS and row[0] < among.stop:
            yield row
        row = [] if place is None else [place]


def _share(text: str, above: frozenset[str]) -> float:
    own = stems(text)
    return len(own & above) / max(1, len(own))


def _further(texts: Sequence[str], among: range, start: int, features: Features) -> int:
    """Return the line where another article begins below the line `start`; the number of lines if there is none.

    A headline with a date inside an article is mostly that of a link. So the other article must have its headline and
    date as the first one has. Many such headlines are those of a live report.
    """
    bars = _BY_WORDS.places(texts, among, longest=LONGEST_BAR, digits=_FIGURES)
    if not bars or not bars[0] < start <= bars[-1]:
        return len(texts)
    words, cues = features.measures["words"], features.cues
    titles = (cues < 0) & (features.measures["ends"] == 0) & (features.measures["ends_colon"] == 0)
    prose = (features.measures["ends"] > 0) & (words >= SENTENCE)
    titles &= (words >= TITLE[0]) & (words <= TITLE[1]) & ~features.listed
    above = range(among.start, start)
    heads = {_head_of(texts, place, title) for place, title in _heads(texts, above, titles, bars)}
    if not heads:
        return len(texts)
    below = list(_heads(texts, range(start, among.stop), titles, bars))
    below = [(place, title) for place, title in below if _head_of(texts, place, title) in heads]
    for place, title in below:
        first, last = min(place, title), max(place, title)
        near = slice(last + 1, last + 1 + NEAR)
        ended = any(cues[at] in _ENDS for at in range(max(start, first - ENDED), first))
        told = TOLD if ended else TOLD / 2 if len(below) <= MANY else 0.0
        if float(words[near][prose[near]].sum()) >= NEXT and _is_other(texts, title, told):
            return first
    return len(texts)


def _heads(texts: Sequence[str], places: range, titles: Marks, bars: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield each line that is a date or a byline, with the headline right above or below it; `bars` may be such."""
    for place in bars:
        if place not in places or not _is_bar(texts[place]):
            continue
        for title in (place - 1, place - 2, place + 1):
            if not places.start <= title < places.stop or not titles[title] or _is_bar(texts[title]):
                continue
            if title != place - 2 or _is_bar(texts[place - 1]):
                yield place, title


def _head_of(texts: Sequence[str], place: int, title: int) -> tuple[int, str]:
    """Return how a headline and its date or byline stand together, equal for the articles of a page."""
    return title - place, re.sub(r"[^\W\d_]+", "x", re.sub(r"\d+", "0", texts[place])) if _YEAR.search(
        texts[place]
    ) else "by"


def _is_bar(text: str) -> bool:
    """Return whether a line is hardly more than a whole date or a byline."""
    if len(text) > LONGEST_BAR:
        return False
    if _YEAR.search(text) is not None and (dated := next(dates_in(text), None)) is not None:
        rest = text[: dated.start] + text[dated.end :]
        return len([word for word in rest.split() if any(map(str.isalpha, word))]) <= NAME
    by = _BY.match(text)
    return by is not None and bool(people_of((text[by.end() :],)))


def _is_other(texts: Sequence[str], title: int, most: float) -> bool:
    """Return whether at most this share of a headline's words occurs above it, as those of a live report do."""
    own = stems(texts[title])
    told = stems(" ".join(texts[:title]))
    return bool(own) and len(own & told) <= most * len(own)


def _comments(texts: Sequence[str], below: range, words: npt.NDArray[np.float32]) -> range | None:
    """Return the lines of the comments, from the first one's name to the last one's button; None without comments."""
    start = below.start
    first, last, count = 0, start - 1, 0
    for place in _BUTTON_WORDS.places(texts, below, longest=LONGEST_BAR):
        text = texts[place]
        if words[place] > BUTTON or _REPLY.search(text) is None or _ACTION.match(text) is None:
            continue
        dated = [at for at in range(place - 1, max(last, place - COMMENT - 1), -1) if _is_signed(texts[at])]
        if dated:
            first = first if count else _named(texts, dated[-1], start)
            count += 1
        if dated or (count and place == last + 1):
            last = place
    return range(first, last + 1) if count >= COMMENTS else None


def _named(texts: Sequence[str], dated: int, start: int) -> int:
    """Return the line with the name of a reader: that with the date, or the one above it."""
    alone = not any(map(str.isalpha, _AGO.sub("", texts[dated])))
    return dated - 1 if alone and dated > start and len(texts[dated - 1].split()) <= NAME else dated


def _is_signed(text: str) -> bool:
    """Return whether a short line has the time of a comment, with or without its reader's name."""
    return len(text) <= LONGEST_BAR and len(text.split()) <= 2 * NAME and _AGO.search(text) is not None
