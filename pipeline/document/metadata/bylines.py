"""Finds the date and the authors of a plain text in its lines, near the headline or at the end.

Only a line counts that is hardly more than a date or a byline: prose, comments and lists of headlines have dates too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pipeline.document.metadata.choose import Metadata
from pipeline.document.metadata.people import people_of
from pipeline.document.rules.phrases import DATE_WORDS
from pipeline.records.document import Sources
from pipeline.text.dates import Moment, believed, dates_in, in_order, may_be_relative, relative_in, utc

LINE = "line"
LONGEST = 120  # characters of a date bar or a byline
LONGEST_RELATIVE = 60  # characters of a date bar that has only a relative date, such as "yesterday"
PROSE = 12  # words: a kept line of at least so many, with an end of a sentence, is a paragraph and no headline
HEADLINE = 30  # words: a kept line of at least so many is surely a paragraph
BEFORE = 3  # lines before the article that may hold its date
FEED = 8  # lines before the article: if they hold another date bar of the same shape, both belong to a list
BESIDE = 4  # words that a date bar may have besides the date: a name, a town, a section
LEAD_IN = 8  # lines between the headline and the first paragraph
END = 3  # lines before and after the article's end that may hold a byline

_RUN = re.compile(r"\d+|[^\W\d_]+")
_WORD = re.compile(r"[^\W\d_]+(?:['’ʼ-][^\W\d_]+)*")
_WEEKDAY = re.compile(
    r"\W*(?:понедельник|вторник|среда|четверг|пятница|суббота|воскресенье|понеділок|вівторок|середа|четвер|п.ятниця|субота|"
    r"неділя|панядзелак|аўторак|серада|чацвер|пятніца|нядзеля|дүйсенбі|сейсенбі|сәрсенбі|бейсенбі|жұма|сенбі|жексенбі|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b",
    re.IGNORECASE,
)
_CHANGED = re.compile(
    r"обновл|изменен|актуализир|оновлен|змінен|абноўлен|жаңарт|өзгерт|\bupdated|\bmodified|\brevised|aktualiz",
    re.IGNORECASE,
)
_BESIDE_DATES: Final = re.compile(
    r"опубликован|публикац|размещен|добавлен|обновл|последн|изменен|создан|оновлен|опублікован|абноўлен|апублікаван|"
    r"жарияла|жаңарт|просмотр|перегляд|қаралым|чита|комментар|коментар|пікір|мск|время|час|дата|"
    r"publish|post|updat|modif|creat|first|last|view|comment|read|share|min",
    re.IGNORECASE,
)
_LABEL: Final = re.compile(
    r"(?:автор[ыи]?|аўтары?|авторлары?)(?: (?:текста|статьи|материала|публикации|тексту|статті))?\s*[:—–-]\s*|"
    r"(?:текст|слова|мәтін|тэкст|text|words|story|autor(?:zy)?|tekst|von)\s*:\s*|"
    r"(?:автор|беседовал[аи]?|подготовил[аи]?|записал[аи]?|підготува(?:в|ла|ли)|розмовля(?:в|ла)|падрыхтава(?:ў|ла|лі)|"
    r"гутары(?:ў|ла)|дайындаған|әңгімелескен)\s*[:—–-]?\s+|(?:(?:written |posted |reported )?by)\s*:?\s+",
    re.IGNORECASE,
)
_ROLE: Final = re.compile(
    r"(?P<name>[^,]{4,60}?),\s*(?:(?:специальн|собственн|власн|спеціальн|наш|штатн)\w+\s+)?(?:корреспондент\w*|спецкор|собкор|"
    r"обозреватель|журналист(?:ка)?|кореспондент(?:ка)?|оглядач|журналіст(?:ка)?|карэспандэнт(?:ка)?|тілші(?:сі)?|шолушы|"
    r"correspondent|reporter|staff writer|columnist)\b[^.!?]{0,40}$",
    re.IGNORECASE,
)
_NAME_ENDS = re.compile(
    r"\d|[|•·]|\s[-–—]\s|\s(?:for|для|специально|in|at|from|в|у|с|із)\s|[.!?]\s+\S|\s(?:mon|tues|wednes|thurs|fri|satur|sun)day\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Bar:
    """A line that is hardly more than a date."""

    at: int  # index of the line
    moment: Moment
    shape: str  # the line with every number and word replaced by "x": equal for the items of a list
    changed: bool  # it is the date of a change
    clockless: bool  # a weekday with a date but no time, as sites show the current day


def metadata_of_blocks(texts: Sequence[str], kept: Sequence[str], *, fetched_at: datetime) -> Metadata:
    """Return date and authors from the blocks of a page; `kept` has what stays of each text, "" for nothing.

    Only the blocks around the article are looked at: most of a page is far away from it.
    """
    first = next((index for index, text in enumerate(kept) if text), None)
    if first is None:
        return Metadata()
    last = next(index for index in range(len(kept) - 1, -1, -1) if kept[index])
    near = slice(max(0, first - FEED), last + END + 1)
    lines = [(text, bool(own)) for text, own in zip(texts[near], kept[near], strict=True)]
    return metadata_of_lines(lines, fetched_at=fetched_at)


def metadata_of_lines(lines: Sequence[tuple[str, bool]], *, fetched_at: datetime) -> Metadata:
    """Return date and authors from the lines of a page, in page order: (text, whether the cleaning kept it).

    Lines must not be empty, nor begin or end with white space.
    """
    first = next((index for index, line in enumerate(lines) if line[1]), None)
    if first is None:
        return Metadata()
    last = next(index for index in range(len(lines) - 1, -1, -1) if lines[index][1])
    body = _first_paragraph(lines, first, last)
    until = body + 1 if body > first else first + BEFORE + 1  # a long headline may look like the first paragraph
    bars = list(_bars(lines, max(0, first - FEED), min(until, first + LEAD_IN + 1, len(lines)), fetched_at))
    published = _published(bars, first, fetched_at)
    modified = next((bar.moment for bar in bars if bar.changed and bar.at >= first - BEFORE), None)
    if published is not None and modified is not None and not in_order(published, modified):
        modified = None
    author = _authors(lines, first, body, last)
    return Metadata(
        author=author,
        date_published=None if published is None else str(published),
        date_modified=None if modified is None else str(modified),
        sources=Sources(
            author=LINE if author else None,
            date_published=None if published is None else LINE,
            date_modified=None if modified is None else LINE,
        ),
    )


def _first_paragraph(lines: Sequence[tuple[str, bool]], first: int, last: int) -> int:
    """Return the index of the first kept line of prose: longer than a headline, or a sentence of PROSE words."""
    for index in range(first, last):
        text, kept = lines[index]
        if not kept:
            continue
        count = len(text.split())
        if count >= HEADLINE or (count >= PROSE and text.endswith((".", "…", "!", "?", "»", '"'))):
            return index
    return last


def _bars(lines: Sequence[tuple[str, bool]], start: int, end: int, fetched_at: datetime) -> Iterator[_Bar]:
    some = [(index, lines[index][0]) for index in range(start, end) if len(lines[index][0]) <= LONGEST]
    relative = may_be_relative("\n".join([text for _, text in some]))
    for index, text in some:
        if (bar := _bar(index, text, fetched_at if relative else None, fetched_at)) is not None:
            yield bar


def _bar(index: int, text: str, now: datetime | None, fetched_at: datetime) -> _Bar | None:
    """Return a line as a date bar, else None; other words must be few, and capitalized or usual beside dates.

    `now` is None if no line of the page has a relative date.
    """
    dated = next(dates_in(text), None)
    relative = dated is None
    if relative and now is not None and len(text) <= LONGEST_RELATIVE:
        dated = relative_in(text, now)
    if dated is None or (moment := believed(dated.moment, fetched_at)) is None:
        return None
    rest = f"{text[: dated.start]} {text[dated.end :]}"
    words = [
        word for word in _WORD.findall(rest) if word.casefold() not in DATE_WORDS and not _BESIDE_DATES.match(word)
    ]
    if len(words) > (0 if relative else BESIDE) or not all(word[0].isupper() for word in words):
        return None
    bare = bool(_WEEKDAY.match(text)) and ":" not in text
    return _Bar(index, moment, _RUN.sub("x", text), _CHANGED.search(text[: dated.start]) is not None, bare)


def _published(bars: Iterable[_Bar], first: int, fetched_at: datetime) -> Moment | None:
    """Return the date between headline and text, else the one right before them unless it belongs to a list."""
    candidates = [bar for bar in bars if not bar.changed]
    inside = [bar for bar in candidates if bar.at >= first]
    if inside:
        return inside[0].moment if len({bar.moment.day for bar in inside}) == 1 else None
    if not candidates or candidates[-1].at < first - BEFORE:
        return None
    last, others = candidates[-1], candidates[:-1]
    listed = any(bar.shape == last.shape for bar in others)
    shown = last.clockless and last.moment.day == utc(fetched_at).date()  # the site's own calendar
    return None if listed or shown else last.moment


def _authors(lines: Sequence[tuple[str, bool]], first: int, body: int, last: int) -> tuple[str, ...]:
    """Return the authors in bylines at the article's beginning, else those at its end."""
    start = lines[max(0, first - BEFORE) : min(body + 2, first + LEAD_IN + 1)]
    end = lines[max(0, last - END + 1) : last + END + 1]
    return people_of(_signed(start, roles=True)) or people_of(_signed(end, roles=False))


def _signed(lines: Iterable[tuple[str, bool]], *, roles: bool) -> Iterator[str]:
    """Yield the text after "Author:" or "By", and the name before ", correspondent"."""
    for text, _ in lines:
        if len(text) > LONGEST:
            continue
        if label := _LABEL.match(text):
            name = text[label.end() :]
            dated = next(dates_in(name), None)
            yield _NAME_ENDS.split(name[: None if dated is None else dated.start], maxsplit=1)[0]
        elif roles and "," in text and (role := _ROLE.match(text)):
            yield role["name"]
