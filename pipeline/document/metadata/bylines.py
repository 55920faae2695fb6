"""Finds the date of an article in its lines, near the headline or at the end; `line_names.py` finds the authors.

Only a line counts that is hardly more than a date or a byline: prose, comments and lists of headlines have dates too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pipeline.document.metadata.choose import LINE, Metadata
from pipeline.document.metadata.line_names import BEFORE, FAR_END, LEAD_IN, authors_of
from pipeline.document.metadata.people import key_of
from pipeline.document.metadata.titles import LIKELY, weight_of
from pipeline.document.rules.phrases import DATE_WORDS
from pipeline.records.document import Sources
from pipeline.text.calendar.dates import (
    Dated,
    Moment,
    believed,
    dates_in,
    in_order,
    may_be_relative,
    moment_of,
    relative_in,
    utc,
    yearless_in,
)
from pipeline.text.calendar.month_of import is_weekday

LONGEST = 120  # characters of a date bar or a byline
LONGEST_RELATIVE = 60  # characters of a date bar that has only a relative date, such as "yesterday"
PROSE = 12  # words: a kept line of at least so many, with an end of a sentence, is a paragraph and no headline
HEADLINE = 30  # words: a kept line of at least so many is surely a paragraph
FEED = 8  # lines before the article: if they hold another date bar of the same shape, both belong to a list
FAR = 40  # blocks above the first kept one in which its headline is looked for
SHORTEST = 10  # characters: shorter lines do not count between a date and the headline below it
LONGEST_LABEL = 40  # characters of a line that is the label of the date below it
BESIDE_LABEL = 8  # words that a date bar with a label ("Published:") may have besides
BESIDE = 4  # words that a date bar may have besides the date: a name, a town, a section
LONGEST_DATELINE = 60  # characters

_LETTER, _DIGIT = re.compile(r"[^\W\d_]"), re.compile(r"\d")
_RUN = re.compile(r"\d+|[^\W\d_]+")
_WORD = re.compile(r"[^\W\d_]+(?:['’ʼ-][^\W\d_]+)*")
_CHANGED = re.compile(
    r"обновл|изменен|актуализир|оновлен|змінен|абноўлен|жаңарт|өзгерт|обновен|променен|ажуриран|измењен|ažuriran|izmenjen|"
    r"\bupdated|\bmodified|\brevised|aktuali[zs]|actualizad|aggiornat|mis à jour|güncelle|\bstand\b",
    re.IGNORECASE,
)
_BESIDE_DATES: Final = re.compile(
    r"опубликован|публикац|размещен|добавлен|обновл|последн|изменен|создан|оновлен|опублікован|абноўлен|апублікаван|"
    r"жарияла|жаңарт|просмотр|перегляд|қарал|оқыл|рет\b|хв\b|мин\b|прегле|чита|комментар|коментар|пікір|мск|время|час|дата|"
    r"publish|post|updat|modif|creat|first|last|view|comment|read|share|min",
    re.IGNORECASE,
)
_LABELLED: Final = re.compile(
    r"опубликован|публикац|размещен|обновл|изменен|создан|оновлен|опублікован|змінен|абноўлен|апублікаван|жарияла|жаңарт|"
    r"публикуван|обновен|објављен|ажуриран|objavljen|ažuriran|дата\b|\b(?:re)?publish|\bposted|\bpost time|"
    r"\bupdated|\bmodified|"
    r"\brevised|\bpublicad|\bactualizad|\bpubblicat|\baggiornat|\bpublié|\bmis à jour|\bveröffentlicht|\baktualisiert|"
    r"\bstand\b|\bpressemitteilung|\bopublikowan|\baktualiz|\bpublikován|\bgepubliceerd|\byayın|\bgüncelle",
    re.IGNORECASE,
)
_BARS = re.compile(r"\s*[|•·]\s*")
# What begins another part of a date bar: a bar, or a label.
_BEHIND = re.compile(
    r"\s*[|•·]\s*|\b(?:рубр[иы]к\w*|раздел|розділ|катег\w+|катэг\w+|источник|джерело|крыніца|дереккөз|айдар|тег[иі]?|"
    r"section|category|categories|tags|source|topics?|rubrik|ressort|kategori[ae])\s?:",
    re.IGNORECASE,
)
# "Berlin, 29. November 2031 – …": a town and commas may stand before the date.
_DATELINE: Final = re.compile(r"[(\[]?\s*(?:[^\W\d_][\w.'’-]*(?:[ -][^\W\d_][\w.'’-]*){0,2}\s*[,.]\s*)?")
_DATELINE_ENDS: Final = re.compile(r"\s*(?:[)\]]|[-–—:|])")


@dataclass(frozen=True, slots=True)
class _Bar:
    """A line that is hardly more than a date."""

    at: int  # index of the line
    moment: Moment
    shape: str  # the line with every number and word replaced by "x": equal for the items of a list
    changed: bool  # it is the date of a change
    above: int  # lines between it and the headline below it, without those of a few signs, such as a bullet
    counted: bool  # from the fetch, as "3 hours ago" is
    clockless: bool  # a weekday with a date but no time, as sites show the current day


def metadata_of_blocks(
    texts: Sequence[str],
    kept: Sequence[str],
    *,
    fetched_at: datetime,
    headline: str | None = None,
    language: str | None = None,
    declared: Sequence[str] = (),
    authors: bool = True,
) -> Metadata:
    """Return date and authors from the blocks of a page; `kept` has what stays of each text, "" for nothing.

    Only the blocks around the article are looked at: most of a page is far away from it. `headline` is the article's
    if it is known, `language` the page's (BCP 47), `declared` the dates of its `<time>` elements.
    Without `authors` only the date is looked for.
    """
    first = next((index for index, text in enumerate(kept) if text), None)
    if first is None:
        return Metadata()
    last = next(index for index in range(len(kept) - 1, -1, -1) if kept[index])
    top = _headline_at(texts, first, headline)
    near = slice(max(0, top - FEED), last + FAR_END + 1)
    lines = [(text, bool(own)) for text, own in zip(texts[near], kept[near], strict=True)]
    return metadata_of_lines(
        lines, fetched_at=fetched_at, top=top - near.start, language=language, declared=declared, authors=authors
    )


def _headline_at(texts: Sequence[str], first: int, headline: str | None) -> int:
    """Return the index of the block that has the headline, at or above the first kept one; that one's without it."""
    key = key_of(headline or "")
    if not key:
        return first
    least = len(key) // 2  # folding makes a few letters two
    near = [at for at in range(first, max(-1, first - FAR), -1) if len(texts[at]) >= least]
    if (same := next((at for at in near if key_of(texts[at]) == key), None)) is not None:
        return same
    if weight_of(key) < LIKELY:
        return first
    return next((at for at in near if key_of(texts[at]).startswith(key)), first)  # what is shown may say more


def metadata_of_lines(
    lines: Sequence[tuple[str, bool]],
    *,
    fetched_at: datetime,
    top: int | None = None,
    language: str | None = None,
    declared: Sequence[str] = (),
    authors: bool = True,
) -> Metadata:
    """Return date and authors from the lines of a page, in page order: (text, whether the cleaning kept it).

    Lines must not be empty, nor begin or end with white space. `top` is the line with the headline, if it is known.
    """
    first = next((index for index, line in enumerate(lines) if line[1]), None)
    if first is None:
        return Metadata()
    last = next(index for index in range(len(lines) - 1, -1, -1) if lines[index][1])
    body = _first_paragraph(lines, first, last)
    until = body + 1 if body > first else first + BEFORE + 1  # a long headline may look like the first paragraph
    top = first if top is None else top
    reading = _Reading(fetched_at, language, top, declared)
    bars = list(reading.bars(lines, max(0, top - FEED), min(until, first + LEAD_IN + 1, len(lines))))
    if not bars:  # a standfirst may look like the first paragraph too
        bars = [bar for bar in reading.bars(lines, top, min(top + LEAD_IN + 1, last)) if not lines[bar.at][1]]
    published = _published(bars, top, fetched_at) or reading.dateline(lines[body][0])
    published = published or reading.below(lines, last)
    changes = [bar for bar in bars if bar.changed and bar.above <= BEFORE]
    modified = changes[0].moment if changes else None
    if published is None and changes and not changes[0].counted:
        published = modified
    if published is not None and modified is not None and not in_order(published, modified):
        modified = None
    own = {bar.at for bar in bars if top <= bar.at or (bar.at == top - 1 and bar.moment == published)}
    author = () if not authors else authors_of(lines, first, max(body, min(until - 2, last)), last, own)
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


@dataclass(frozen=True, slots=True)
class _Reading:
    """Reads date bars of one page."""

    fetched_at: datetime
    language: str | None
    top: int  # the line of the headline
    declared: Sequence[str] = ()  # the dates of the page's `<time>` elements

    def bars(self, lines: Sequence[tuple[str, bool]], start: int, end: int) -> Iterator[_Bar]:
        some = [(index, lines[index][0]) for index in range(start, end) if len(lines[index][0]) <= LONGEST]
        relative = may_be_relative("\n".join([text for _, text in some]))
        for index, text in some:
            if not relative and _DIGIT.search(text) is None:  # most lines: no date without a digit
                continue
            dates = list(self._dates(text, relative=relative))
            if dates and self._is_bar(text, dates, is_counted=dates[0].is_counted):
                label = _label_above(lines, index) if not text[: dates[0].start].strip() else ""
                above = sum(len(line) >= SHORTEST for line, _ in lines[index + 1 : self.top + 1])
                yield from self._read(index, text, dates, label, above)

    def dateline(self, text: str) -> Moment | None:
        """Return the date with which a paragraph begins: "(21 November 2031) Officials …"."""
        dated = next(dates_in(text[:LONGEST_DATELINE], self.language), None)
        if (
            dated is None
            or _DATELINE.fullmatch(text[: dated.start]) is None
            or not _DATELINE_ENDS.match(text, dated.end)
        ):
            return None
        return believed(dated.moment, self.fetched_at)

    def below(self, lines: Sequence[tuple[str, bool]], last: int) -> Moment | None:
        """Return the date right below the article that says to be that of the publication, if there is one only.

        Below another line it is that of the next article.
        """
        bars = [bar for bar in self.bars(lines, last, min(last + 2, len(lines))) if not bar.changed]
        told = [bar for bar in bars if is_of_publication(lines[bar.at][0])]
        return told[0].moment if len(bars) == len(told) == 1 and not told[0].counted else None

    def _dates(self, text: str, *, relative: bool) -> Iterator[Dated]:
        found = list(dates_in(text, self.language))
        if not found and len(text) <= LONGEST_RELATIVE:
            counted = relative_in(text, self.fetched_at) if relative else None
            if counted is None and (yearless := yearless_in(text, self.fetched_at, self.language)) is not None:
                counted = self._with_year(yearless)
            found = [] if counted is None else [counted]
        return (one for one in found if believed(one.moment, self.fetched_at) is not None)

    def _with_year(self, yearless: Dated) -> Dated:
        """Return a date without a year as a `<time>` element of the page has it, else as counted from the fetch."""
        day = (yearless.moment.day.month, yearless.moment.day.day)
        moments = (moment_of(text, self.language) for text in self.declared)
        same = (one for one in moments if one is not None and (one.day.month, one.day.day) == day)
        whole = next(same, None)
        return yearless if whole is None else Dated(whole, yearless.start, yearless.end)

    def _is_bar(self, text: str, dates: Sequence[Dated], *, is_counted: bool) -> bool:
        """Return whether other words are few, and capitalized or usual beside dates."""
        rest, at = [], 0
        for dated in dates:
            rest.append(text[at : dated.start])
            at = dated.end
        # A part before a bar may be a section, one behind it a byline, or a count of views.
        around = " ".join([_BARS.split(rest[0])[-1], *rest[1:], _BEHIND.split(text[at:], maxsplit=1)[0]])
        words = [
            word
            for word in _WORD.findall(around)
            if word.casefold() not in DATE_WORDS and not _BESIDE_DATES.match(word) and not is_weekday(word)
        ]
        if not is_counted and _LETTER.search(rest[0]) is not None and _LABELLED.search(rest[0]) is not None:
            return len(words) <= BESIDE_LABEL
        named = [word for word in words if word[0].isupper()]
        small = len(words) - len(named)
        return len(words) <= (0 if is_counted else BESIDE) and small <= (1 if len(named) > 1 else 0)

    def _read(self, index: int, text: str, dates: Sequence[Dated], label: str, above: int) -> Iterator[_Bar]:
        """Yield the dates of a bar, each with the words before it: "Updated 3 June, published 1 May"."""
        at, shape = 0, _RUN.sub("x", text)
        bare = ":" not in text and (first := _WORD.search(text)) is not None and is_weekday(first[0])
        for dated in dates:
            before = text[at : dated.start] or label
            changed = _LETTER.search(before) is not None and _CHANGED.search(before) is not None
            yield _Bar(index, dated.moment, shape, changed, above, dated.is_counted, bare)
            at = dated.end


def is_of_publication(label: str) -> bool:
    """Return whether the words before a date say that it is the day of publication, and not of a change."""
    return _LABELLED.search(label) is not None and _CHANGED.search(label) is None


def _label_above(lines: Sequence[tuple[str, bool]], index: int) -> str:
    """Return the line above a date if it is its label, such as "Last updated on:"; else ""."""
    above = lines[index - 1][0] if index else ""
    return above if len(above) <= LONGEST_LABEL and _LABELLED.search(above) is not None else ""


def _published(bars: Iterable[_Bar], top: int, fetched_at: datetime) -> Moment | None:
    """Return the date between headline and text, else the one right before them unless it belongs to a list."""
    candidates = [bar for bar in bars if not bar.changed]
    inside = [bar for bar in candidates if bar.at >= top]
    if inside:
        return inside[0].moment if len({bar.moment.day for bar in inside}) == 1 else None
    if not candidates or candidates[-1].above > BEFORE:
        return None
    last, others = candidates[-1], candidates[:-1]
    listed = any(bar.shape == last.shape for bar in others)
    # The site's own calendar: a weekday and a day, far above the headline or of today.
    shown = last.clockless and (last.above > 1 or last.moment.day == utc(fetched_at).date())
    return None if listed or shown else last.moment
