"""Finds the authors of an article in its lines: in bylines near the headline, beside the date, or at the end.

A word of `pipeline/text/credits.py` says that a name is an author's, or the place of a line that has nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final

from pipeline.document.metadata.people import people_of, person
from pipeline.document.rules.beginnings import Beginnings
from pipeline.text.calendar.dates import dates_in
from pipeline.text.casefold import folded
from pipeline.text.credits import AUTHOR, BY, EDITOR, ENGLISH_WRITER, ENGLISH_WRITERS, MADE, TEXT, WRITER, WRITERS

LONGEST = 120  # characters of a byline
LONGEST_NAMES = 80  # characters of the last line, if it has the authors' names
BEFORE = 3  # lines before the article that may hold a byline
LEAD_IN = 8  # lines between the headline and the first paragraph
END = 3  # lines before and after the article's end that may hold a byline
FAR_END = 7  # lines after it that may hold the word for authors in a line of its own

# In English the name may be that of a person told about: "Author Jane Doe".
_LABEL: Final = re.compile(
    rf"{AUTHOR}\s*[:：—–-]\s*|(?-i:By(?=[A-Z][a-z]))|(?!author){AUTHOR}\s|{TEXT}\s*:\s*|{BY}\s*(?::\s*|\s)|"
    rf"(?:{WRITER}|{ENGLISH_WRITER}|{EDITOR})[^\W\d_]{{0,3}}\s*[:—–-]\s*",
    re.IGNORECASE,
)
# A line that has nothing else: the name is in the next one.
_LABEL_ALONE: Final = re.compile(rf"(?:{BY}|{AUTHOR}|{TEXT})\s*:?", re.IGNORECASE)
_ROLES: Final = (*WRITERS, *ENGLISH_WRITERS)
_ROLE: Final = re.compile(
    rf"(?P<name>[^,]{{4,60}}?),\s*(?:[^\W\d_]+\s+){{0,2}}(?:{WRITER}|{ENGLISH_WRITER})\w*[^.!?]{{0,40}}$", re.IGNORECASE
)
# "Записала Анна Белая", "Въпросите зададе …", "Дайындаған …"
_MADE: Final = re.compile(rf"(?:[^\W\d_]+\s+){{0,2}}(?:{MADE}|(?![a-z]){TEXT})\s*[:—–-]?\s+(?=[^\W\d_])", re.IGNORECASE)
# The words with which these patterns begin, and the most words in front of them: most lines have none.
_LABEL_WORDS: Final = Beginnings(
    "автор аўтар аутор author auteur autor 作者 撰文 記者 记者 责编 责任 текст тэкст мәтін слова text words story "
    "tekst article written posted reported by von par por корреспондент карэспандэнт спецкор собкор журналист "
    "обозреват оглядач аглядальн репортер рэпарцёр колумнист новинар дописни тілші шолушы novinar dopisnik dziennikar "
    "correspondent reporter columnist staff редактор рэдактар уредни urednik redaktor"
)
_MADE_WORDS: Final = Beginnings(
    "записал запісала жазып zapisala пише пиша piše беседовал розмовляв разговарал размаўляў гутарыў пагутарыў апытваў "
    "әңгімелескен razgovarala подготовил підготував падрыхтаваў дайындаған әзірлеген припремио pripremio зададе додала "
    "ведёт веде вядзе вела на текст тэкст мәтін слова"
)
_BEFORE_MADE: Final = 2
_NAMED: Final = (
    rf"(?:{WRITER}|{ENGLISH_WRITER})[^\W\d_]{{0,3}}\s+"
    r"(?P<name>(?-i:[А-ЯЁЇІЄҐЎЂЈЉЊЋЏӘҒҚҢӨҰҮҺA-ZŠĐČĆŽ])[^,|]{4,40}?)(?:$|,.{0,30}$)"
)
_ROLE_FIRST: Final = re.compile(_NAMED, re.IGNORECASE)
_ROLE_BEFORE: Final = re.compile(rf"(?:[^\W\d_]+\s+){{0,3}}{_NAMED}", re.IGNORECASE)
# A label may follow a name without a space, if both are elements in one line: "Анна БелаяФото: …".
_GLUED = re.compile(r"(?<=[a-zšđčćžа-яёіїєґўәғқңөұүһ])(?=[A-ZŠĐČĆŽА-ЯЁІЇЄҐЎӘҒҚҢӨҰҮҺ][^\W\d_]+:\s)")
_PARTS = re.compile(rf"\s*[|•·]\s*|\s{{2,}}|\s/|/$|;\s|{_GLUED.pattern}")
_MAY_PART = re.compile(r"[|•·/;:]|\s\s")  # most lines have none of it
# As agencies sign: "Сосны, 5 января /Анна Белая/".
_SLASHED = re.compile(r"/(?P<name>[^\W\d_][^/\d]{4,40})/\.?$")
_EDITED: Final = re.compile(EDITOR, re.IGNORECASE)
_FAR: Final = re.compile(rf"{AUTHOR}\s*[:：]", re.IGNORECASE)
_NAME_ENDS = re.compile(
    r"\d|[|•·]|\s[-–—]\s|\s(?:for|для|специально|in|at|from|в|у|с|із)\s|[.!?]\s+\S|\s(?:mon|tues|wednes|thurs|fri|satur|sun)day\b",
    re.IGNORECASE,
)


def authors_of(
    lines: Sequence[tuple[str, bool]], first: int, body: int, last: int, bars: Collection[int]
) -> tuple[str, ...]:
    """Return the authors in bylines at the article's beginning, else those at its end."""
    start = lines[max(0, first - BEFORE) : min(body + 2, first + LEAD_IN + 1)]
    end = lines[max(0, last - END + 1) : last + END + 1]
    return (
        people_of(_signed(start, roles=True))
        or people_of(_beside_dates(lines, bars, body))
        or people_of(_signed(end, roles=False))
        or people_of(_labelled(lines[last + 1 : last + FAR_END]))
        or next(filter(None, (_shouted(text) for text, _ in lines[max(body, last - 1) : last + 2])), ())
    )


def _beside_dates(lines: Sequence[tuple[str, bool]], bars: Collection[int], body: int) -> Iterator[str]:
    """Yield the names that stand in a date bar, or alone in the line above or below it."""
    for at in sorted(bars):
        text = lines[at][0]
        for dated in reversed(list(dates_in(text))):
            text = f"{text[: dated.start]} | {text[dated.end :]}"
        yield from (part for part in _parts(text) if person(part) is not None)
        yield from (
            lines[near][0]
            for near in (at - 1, at + 1)
            if near not in bars and 0 < near < body and _is_bare_name(lines[near][0])
        )


def _is_bare_name(text: str) -> bool:
    """Return whether a line is a name and nothing else; in Latin letters a heading may be capitalized like one."""
    if text[:1] < "\u0370":
        return False
    return len(text.split()) in {2, 3} and text[-1].isalpha() and person(text) is not None


def _shouted(text: str) -> tuple[str, ...]:
    """Return the authors in an article's last line if it has only names, with surnames in capitals."""
    text = text.removesuffix(".")
    if len(text) > LONGEST_NAMES or text.endswith(("!", "?", ":")):
        return ()
    names = re.split(r"\s*,\s*|\s+(?:и|та|і|and|und)\s+", text)
    if text.isupper():  # a heading, or the words of a button
        return ()
    shouted = all(any(word.isupper() and len(word) > 3 for word in name.split()[1:]) for name in names)
    people = people_of(names) if shouted else ()
    return people if len(people) == len(names) else ()


def _labelled(lines: Sequence[tuple[str, bool]]) -> Iterator[str]:
    """Yield the line below "Author:", where that is a line of its own: so a list of the article's data has it."""
    yield from (below for (text, _), (below, _) in pairwise(lines) if _FAR.fullmatch(text))


def _signed(lines: Iterable[tuple[str, bool]], *, roles: bool) -> Iterator[str]:
    """Yield the text after "Author:" or "By", the name before ", correspondent"; an editor's for want of others."""
    alone = False
    edited: list[str] = []
    others = False
    for text, _ in lines:
        if len(text) > LONGEST and (":" not in text or _GLUED.search(text) is None):
            alone = False
            continue
        if alone:
            yield text
        alone = _LABEL_WORDS.near(text) and _LABEL_ALONE.fullmatch(text) is not None
        for part in _parts(text.lstrip("([（【")):
            if (name := _signature(part, roles=roles)) is None:
                continue
            if _EDITED.match(part):
                edited.append(name)
                continue
            others = others or people_of([name]) != ()
            yield name
        if (slashed := _SLASHED.search(text)) is not None:
            yield slashed["name"]
    yield from () if others else edited


def _parts(text: str) -> list[str]:
    return _PARTS.split(text) if _MAY_PART.search(text) else [text]


def _signature(part: str, *, roles: bool) -> str | None:
    """Return the text in a part of a line that a label or a role says to be names, if there is any."""
    label = _LABEL.match(part) if _LABEL_WORDS.near(part) else None
    if label is None and (roles or len(part) <= LONGEST_NAMES) and _MADE_WORDS.near(part, 1 + _BEFORE_MADE):
        label = _MADE.match(part)
    if label is not None:
        name = part[label.end() :]
        dated = next(dates_in(name), None)
        return _NAME_ENDS.split(name[: None if dated is None else dated.start], maxsplit=1)[0]
    small = folded(part)
    if not any(map(small.__contains__, _ROLES)):
        return None
    role = (_ROLE.match(part) or _ROLE_BEFORE.match(part)) if roles else _ROLE_FIRST.match(part)
    return None if role is None else role["name"]
