"""Cuts a page that a scraper saved as one line: what stands before its date, the text, and what stands below it.

Nothing is dropped here. Each part becomes a line, so that the text can be told from the menu and the footer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.text.calendar.dates import dates_in
from pipeline.text.credits import AUTHOR, BY, EDITOR, MADE, TEXT, WRITER

LEAST = 600  # characters of the line
SENTENCES = 5
HEAD = 800  # characters at the beginning in which the date is looked for
STEM = 5  # letters that most forms of a word share
BELOW = 0.4  # share of the line before which nothing stands below the text

_END = re.compile(r"[.!?…][\"'»”’)]{0,2}(?=\s)")
_FOOTER = re.compile(
    r"(?<=[.!?…\"»”)])\s+(?=(?:читайте (?:также|ещё|еще)|читать также|смотрите также|поделиться|комментари[ий]|теги:|"
    r"подписывайтесь|читайте також|дивіться також|поширити|коментарі|чытайце таксама|падзяліцца|каментары|тағы оқыңыз|"
    r"бөлісу|пікірлер|share (?:this|on)|more from|read (?:also|more|next)|related (?:articles|stories|posts|topics)|"
    r"you may also|comments? ?\(|leave a comment|tags:|sign up for|most read|advertisement|mehr zum thema|teilen|"
    r"weiterlesen|kommentare|compartir|lea también|comentarios|lire aussi|partager|commentaires|czytaj także|"
    r"udostępnij|komentarze|©|\(c\) 20)(?!\w))",
    re.IGNORECASE,
)
# Without a colon a word for authors is one of the headline, unless it is "By", or "Автор".
_BYLINE = re.compile(
    rf"\b(?=[^\W\d_a-zа-яёіўә])(?i:{BY}|{AUTHOR}:|(?![a-z]){AUTHOR}|{TEXT}:|{MADE}:|(?:{WRITER}|{EDITOR})\w{{0,3}}:)\s"
    r"(?=[^\W\d_a-zа-яёіўә])"
)
_WORD = re.compile(r"[^\W\d_]{4,}")
_LABELS = re.compile(r"\s+(?=[^\W\d_a-zа-яёіїєґў])")
_DATE = re.compile(r".*\d(?:\s?(?:г(?:\.|ода?)|р(?:\.|оку)|[ap]m\b))?", re.IGNORECASE)
_SHORT = re.compile(r"\b[^\W\d_a-zа-я][^\W\d_]{0,2}\s+$")
_CLOCK = re.compile(
    r"[\s,|·—–-]*(?:(?:at|в|о|у)\s)?\d{1,2}:\d\d(?::\d\d)?(?:\s?(?:am|pm|мск|UTC|GMT)\b)?", re.IGNORECASE
)


def is_one_line(text: str) -> bool:
    """Return whether a text is hardly more than one long line."""
    return len(text) >= LEAST and text.count("\n") <= 2 and "\n" not in text.strip() and "\r" not in text.strip()


def parts(text: str) -> list[str] | None:
    """Return the parts of a page in one line; None if it has only its text."""
    line = text.strip()
    if sum(1 for _ in _END.finditer(line)) < SENTENCES:
        return None
    end = _end(line)
    start = _start(line[:end])
    found = [*_head(line[:start], line[start:end]), line[start:end].strip(), *_tail(line[end:])]
    return [part for part in found if part] if len(found) > 1 else None


def _start(line: str) -> int:
    """Return where the text begins: behind the first whole date, unless a sentence ends before it."""
    first = _END.search(line)
    dated = next(dates_in(line[:HEAD]), None)
    if dated is None or first is None or dated.end >= first.start():
        return 0
    date = _DATE.match(line, dated.start, dated.end)  # a word behind a clock may have been taken for a zone
    end = date.end() if date else dated.end
    clock = _CLOCK.match(line, end)
    end = clock.end() if clock else end
    rest = line[end:].lstrip(" ,|·—–-")
    return len(line) - len(rest) if rest[:1].isupper() or not rest[:1].isalpha() else 0


def _head(head: str, text: str) -> Sequence[str]:
    """Return the labels of the menu, the headline, the byline and the date above a text."""
    dated = next(dates_in(head), None)
    if dated is None:
        return []
    above, date = head[: dated.start].strip(), head[dated.start :].strip()
    by = _BYLINE.search(above)
    title = above[: by.start()] if by else above
    start = _headline(title, text)
    return [
        *_LABELS.split(title[:start].strip()),
        title[start:].strip(),
        above[by.start() :].strip() if by else "",
        date,
    ]


def _headline(title: str, text: str) -> int:
    """Return where the headline begins behind a menu: its words occur in the text, those of the menu do not."""
    told = {word[:STEM].casefold() for word in _WORD.findall(text)}
    best, start, total = 0, len(title), 0
    for word in reversed(list(_WORD.finditer(title))):
        total += 1 if word.group()[:STEM].casefold() in told else -1
        if total >= best and word.group()[0].isupper():
            best, start = total, word.start()
    if start < len(title) and (short := _SHORT.search(title, 0, start)) is not None:
        start = short.start()
    while start and title[start - 1] in "«“„\"'‘(":
        start -= 1
    return start


def _end(line: str) -> int:
    """Return where the text ends: before the first label of a footer, else behind the last sentence."""
    footer = _FOOTER.search(line, int(len(line) * BELOW))
    if footer is not None:
        return footer.start()
    return max((found.end() for found in _END.finditer(f"{line} ")), default=len(line))


def _tail(tail: str) -> Sequence[str]:
    return [tail.strip()] if tail.strip() else []
