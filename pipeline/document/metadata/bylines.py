"""The date and the authors that the lines of a plain-text page say, beside its headline or at its end.

Only a line that is little but a date or a byline counts: prose, comments and lists of other headlines have dates too.
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
from pipeline.text.dates import Moment, believed, dates_in, in_order, relative_in, utc

LINE = "line"
LONGEST = 120  # characters of a date bar or a byline
LONGEST_RELATIVE = 60  # characters of one that has no date but "yesterday"
PROSE = 12  # words from which on a kept line is a paragraph and no headline
HEADLINE = 30  # words from which on it surely is
BEFORE = 3  # lines before the article where its date may stand
FEED = 8  # lines before it in which another such date makes both a list's
BESIDE = 4  # words that a date bar may have besides the date: a name, a town, a section
LEAD_IN = 8  # lines between the headline and the first paragraph
END = 3  # lines at either side of the article's end where a byline may stand

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
_SAID_OF_DATES: Final = re.compile(
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
    """A line that is little but a date."""

    at: int  # index of the line
    moment: Moment
    shape: str  # the line with its numbers and words made one: items of a list have the same
    changed: bool  # it says when the article was changed
    clockless: bool  # a weekday with a date and no time, as the head of a site shows the current day


def metadata_of_lines(lines: Sequence[tuple[str, bool]], *, fetched_at: datetime) -> Metadata:
    """Read date and authors from the lines of a page, in its order: (text, whether the cleaning kept it).

    No line is empty, nor begins or ends with white space.
    """
    first = next((index for index, line in enumerate(lines) if line[1]), None)
    if first is None:
        return Metadata()
    last = next(index for index in range(len(lines) - 1, -1, -1) if lines[index][1])
    body = _first_paragraph(lines, first, last)
    until = body + 1 if body > first else first + BEFORE + 1  # a long headline looks like the first paragraph
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
    """Find the first kept line that is prose: longer than a headline, or a sentence of some words."""
    for index in range(first, last):
        text, kept = lines[index]
        if not kept:
            continue
        count = len(text.split())
        if count >= HEADLINE or (count >= PROSE and text.endswith((".", "…", "!", "?", "»", '"'))):
            return index
    return last


def _bars(lines: Sequence[tuple[str, bool]], start: int, end: int, fetched_at: datetime) -> Iterator[_Bar]:
    for index in range(start, end):
        text = lines[index][0]
        if len(text) <= LONGEST and (bar := _bar(index, text, fetched_at)) is not None:
            yield bar


def _bar(index: int, text: str, fetched_at: datetime) -> _Bar | None:
    """Read a line as a date bar; the words beside the date are few, and capitalised or said of dates."""
    dated = next(dates_in(text), None)
    relative = dated is None
    if relative and len(text) <= LONGEST_RELATIVE:
        dated = relative_in(text, fetched_at)
    if dated is None or (moment := believed(dated.moment, fetched_at)) is None:
        return None
    rest = f"{text[: dated.start]} {text[dated.end :]}"
    words = [
        word for word in _WORD.findall(rest) if word.casefold() not in DATE_WORDS and not _SAID_OF_DATES.match(word)
    ]
    if len(words) > (0 if relative else BESIDE) or not all(word[0].isupper() for word in words):
        return None
    bare = bool(_WEEKDAY.match(text)) and ":" not in text
    return _Bar(index, moment, _RUN.sub("x", text), _CHANGED.search(text[: dated.start]) is not None, bare)


def _published(bars: Iterable[_Bar], first: int, fetched_at: datetime) -> Moment | None:
    """Take the date between headline and text, else the one right before them that is not one of a list."""
    said = [bar for bar in bars if not bar.changed]
    inside = [bar for bar in said if bar.at >= first]
    if inside:
        return inside[0].moment if len({bar.moment.day for bar in inside}) == 1 else None
    if not said or said[-1].at < first - BEFORE:
        return None
    last, others = said[-1], said[:-1]
    listed = any(bar.shape == last.shape for bar in others)
    shown = last.clockless and last.moment.day == utc(fetched_at).date()  # the site's own calendar
    return None if listed or shown else last.moment


def _authors(lines: Sequence[tuple[str, bool]], first: int, body: int, last: int) -> tuple[str, ...]:
    """Read the bylines at the article's beginning, else those at its end."""
    start = lines[max(0, first - BEFORE) : min(body + 2, first + LEAD_IN + 1)]
    end = lines[max(0, last - END + 1) : last + END + 1]
    return people_of(_signed(start, roles=True)) or people_of(_signed(end, roles=False))


def _signed(lines: Iterable[tuple[str, bool]], *, roles: bool) -> Iterator[str]:
    """Give what stands after "Author:" or "By", and the name before ", correspondent"."""
    for text, _ in lines:
        if len(text) > LONGEST:
            continue
        if label := _LABEL.match(text):
            name = text[label.end() :]
            dated = next(dates_in(name), None)
            yield _NAME_ENDS.split(name[: None if dated is None else dated.start], maxsplit=1)[0]
        elif roles and "," in text and (role := _ROLE.match(text)):
            yield role["name"]
