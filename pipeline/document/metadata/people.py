"""Recognizes the names of persons among authors: not agencies, desks, user names or addresses.

A wrong author is worse than a missing one, so any doubtful name is dropped. A desk may sign where no person does.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Final

from pipeline import native
from pipeline.text.casefold import folded
from pipeline.text.credits import ALL_OF, AUTHOR, BY, EDITOR, MADE, TEXT, WRITER

MOST_AUTHORS = 12
LONGEST_NAME = 60  # characters
MOST_WORDS = 6  # of the name of a desk

_LABEL: Final = re.compile(rf"^\s*(?:{ALL_OF}|{BY}|{AUTHOR}|{TEXT}|{MADE})\b\s*[:：—–-]?\s*", re.IGNORECASE)
# What a person is, before or after the name: "журналистка Анна Белая", "Анна Белая, специальный корреспондент".
_ROLE: Final = re.compile(
    r"\b(?:(?:специальн|собственн|власн|спеціальн|уласн|наш|штатн|политическ|главн|головн|шеф)\w*[\s-]+)*"
    rf"(?:{WRITER}|{EDITOR})\w*"
    r"(?:\s+(?:отдела|відділу|аддзела|издания|видання|сайта|сайту)(?:\s+[^\W\d_]+)*)?",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"\s*(?:[,;|/•·\n&，、]|\s(?:(?i:and|und|et|og|och|with)|и|й|та|і|y|e|oraz|және|мен)\s)\s*")
_MARKS: Final = ' .,:;-–—|"«»()（）【】'
_HANDLE = re.compile(r"\s\(?@[\w.]+\)?")
_INVERTED = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)?, [^\W\d_]+(?: [^\W\d_]\.?)?$")
_ADDRESS = re.compile(r"https?:|www\.|@|\.(?:com|ru|org|net|ua|by|kz|info)\b|[/_#\\]|\d", re.IGNORECASE)
_HOST = re.compile(r"\w\.\w{2}")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_TOKEN = re.compile(r"[^\W\d_](?:[\w'’ʼ.`-]*[\w.])?")
_PARTICLES: Final = frozenset(
    re.findall(
        r"\w+",
        "de da do dos das del della di du des van von der den ten ter la le el al bin ibn ben y e zu zur af av of "
        "оглы кызы улы угли де ван фон дер ибн аль бен і ұлы қызы",
    )
)
_HAN = re.compile("[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")
_DENSE = re.compile("[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af·•]{2,12}$")

# A name with any of these words is no person. The first are stems, so that case endings do not matter; a word that ends
# as surnames do ("Радионова", "Газетов") is one.
_OFFICE_STEM: Final = re.compile(
    r"(?:редакц|рэдакц|служб|агентств|агенц|агентц|агенство|новост|новин|навін|жаңалық|корр?еспондент|коррсеть|отдел|відділ|аддзел|пресс|прес-|"
    r"газет|журнал|канал|портал|сайт|центр|цэнтр|институт|университет|університет|министерств|міністерств|комитет|радио|радіо|"
    r"телеканал|укрінформ|укринформ|уніан|унiан|казинформ|интерфакс|інтерфакс|рейтер|"
    r"автор|админ|адмін|модератор|редактор|источник|джерело|материал|подготов|собств|гость|аноним|компани|фото|видео|відео|відэа|"
    r"university|institute|department|ministry|wikipedia|advertis|sponsor|editorial|publish|foundation|association|newswire|"
    r"redaktion|redakcj|rédaction|redacción|redazione|agentur|zeitung|nachrichten|redakcija|agencij|агенциј|редакциј|correspond|contribut|copyright|solutions?)\w*$",
    re.IGNORECASE,
)
_OFFICE_WORD: Final = re.compile(
    r"(?:expert|director|manager|specialist|consultant|founder|officer|ceo|тв|тасс|риа|иа|белта|news|staff|editors?|desk|teams?|agency|press|media|magazine|online|reuters|bloomberg|associated|afp|dpa|"
    r"wire|service|reporters?|admin|authors?|guest|user|webmaster|anonymous|unknown|company|inc|llc|ltd|gmbh|corp|group|"
    r"network|times|post|today|daily|weekly|tribune|herald|gazette|journal|telegraph|chronicle|radio|television|tv|bbc|cnn|blogs?|"
    r"studios?|support|marketing|writers?|columnists?|analysts?|producers?|interactive|digital|design|web|about|twitter|facebook|"
    r"updated|rights|sources?|photos?|videos?|images?|read|more|share|subscribe|comments?|partners?|official|community|world|"
    r"undefined|null|none|test|board|committee|council|society|center|centre|labs?|by|the|for|our|your|all|view|see|follow|posts?)$",
    re.IGNORECASE,
)
# Words that say nothing of whose desk or account it is.
_ANYBODY: Final = re.compile(
    r"(?:the|our|by|of|from|and|for|staff|writers?|editors?|editorial|team|desk|newsroom|news|admin\w*|authors?|autor\w*|guest|"
    r"contribut\w*|super|user\w*|webmaster|anonymous|unknown|undefined|null|none|test|reporters?|correspondents?|online|"
    r"blog\w*|posts?|press|office|service|marketing|site|web|website|company|sponsor\w*|advertis\w*|partners?|nachrichten|"
    r"noticias|redak\w*|redac\w*|rédac\w*|redaz\w*|редакц\w*|рэдакц\w*|новост\w*|новин\w*|навін\w*|жаңалық\w*|автор\w*|"
    r"админ\w*|адмін\w*|модератор\w*|корр?еспондент\w*|кореспондент\w*|карэспандэнт\w*|отдел\w*|відділ\w*|служба|"
    r"пресс-служба|команда|гость|аноним\w*|источник\w*|джерело)$",
    re.IGNORECASE,
)
_SURNAME: Final = re.compile(
    r"(?:[оеё]ва?|[иы]на?|ск(?:ий|ая|і|а)|цк(?:ий|ая)|ко|[чю]к|[уя]к|ик|ич|ян|дзе|швили|skaya?|sk[iy]|ov|ova|in|ina)$",
    re.IGNORECASE,
)


def people_of(texts: Iterable[str], *, not_these: Iterable[str] = (), single: bool = False) -> tuple[str, ...]:
    """Return the persons in author fields or bylines, each once, in order.

    `not_these` are the names of the site. `single` accepts a name of one word, because the page types it as a person.
    """
    strangers = {key_of(name) for name in not_these}
    found: dict[str, str] = {}
    for text in texts:
        parts = _parts(text)
        alone = single and len(parts) == 1  # in a list one word may be a town, or what a person is
        for part in parts:
            name = person(part, single=alone)
            if name is not None and key_of(name) not in strangers:
                found.setdefault(key_of(name), name)
    return tuple(found.values())[:MOST_AUTHORS]


def person(text: str, *, single: bool = False) -> str | None:
    """Return a person's name without extra signs, else None: two to five capitalized words, no digits, no office."""
    name = " ".join(text.split()).strip(_MARKS)
    name = _ROLE.sub("", name).strip(_MARKS)
    if not 2 <= len(name) <= LONGEST_NAME or _ADDRESS.search(name) or any(map(_is_office, _WORD.findall(name))):
        return None
    if _DENSE.fullmatch(name):
        return name if len(name) <= 4 or "·" in name else None
    tokens = name.split()
    if not (1 if single else 2) <= len(tokens) <= 5 or not all(map(_is_name_word, tokens)):
        return None
    names = [token for token in tokens if token not in _PARTICLES]
    if len(names) == 1:
        return name if single and len(name) >= 3 and name[1:].islower() else None
    return name if any(len(token.rstrip(".")) > 1 for token in names) else None


def unlabelled(text: str) -> str:
    """Return a byline without "By" or "Author:"."""
    return _LABEL.sub("", text)


def signer(text: str, *, own: Collection[str] = ()) -> str | None:
    """Return the name of a desk, an outlet or a pen name with which a text is signed, else None.

    It has a word of its own: "Editorial team" is anybody's. The name of an account counts only if it is one of the
    site's `own` (folded), as "pinesdaily" is.
    """
    name = " ".join(unlabelled(text).split()).strip(_MARKS)
    words = _WORD.findall(name)
    if not 2 <= len(name) <= LONGEST_NAME or len(name.split()) > MOST_WORDS:
        return None
    if (
        _ADDRESS.search(name)
        or _HOST.search(name)
        or not any(len(word) > 1 and not _ANYBODY.match(word) for word in words)
    ):
        return None
    return name if name != name.lower() or _HAN.search(name) or key_of(name) in own else None


def _is_office(word: str) -> bool:
    """Return whether a word is one of offices, agencies and user accounts; a surname may begin like one."""
    if _OFFICE_WORD.match(word):
        return True
    return _OFFICE_STEM.match(word) is not None and not (word[0].isupper() and _SURNAME.search(word))


def key_of(text: str) -> str:
    """Return the case-folded letters and digits of a name, which are equal for "The Sun" and "THE SUN!"."""
    whole = folded(text)
    return native.text.bare(whole) if native.COMPILED else "".join(filter(str.isalnum, whole))


def _is_name_word(token: str) -> bool:
    return token in _PARTICLES or (token[0].isupper() and _TOKEN.fullmatch(token) is not None)


def _parts(text: str) -> list[str]:
    """Split "By Jane Doe and John Roe" into names; "Doe, Jane" is one."""
    text = _HANDLE.sub("", _LABEL.sub("", text[: LONGEST_NAME * MOST_AUTHORS]))
    if _INVERTED.fullmatch(text.strip()) and person(text.replace(",", "")) is not None:
        last, _, first = text.strip().partition(", ")
        return [f"{first} {last}"]
    return [part for part in _BETWEEN.split(text) if part]
