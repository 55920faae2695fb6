"""Recognizes the names of persons among authors: not agencies, desks, user names or addresses.

A wrong author is worse than a missing one, so any doubtful name is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from pipeline import native

MOST_AUTHORS = 12
LONGEST_NAME = 60  # characters

_LABEL: Final = re.compile(
    r"^\s*(?:(?:[a-z]+ )?by|авторы?|автори|аўтары?|авторлары?|"
    r"von|par|por|autor(?:zy)?|текст|мәтін)\b\s*[:—–-]?\s*",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"\s*(?:[,;|/•·\n&，、]|\s(?:(?i:and|und|et|og|och|with)|и|й|та|і|y|e|oraz|және|мен)\s)\s*")
_INVERTED = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)?, [^\W\d_]+(?: [^\W\d_]\.?)?$")
_ADDRESS = re.compile(r"https?:|www\.|@|\.(?:com|ru|org|net|ua|by|kz|info)\b|[/_#\\]|\d", re.IGNORECASE)
_TOKEN = re.compile(r"[^\W\d_](?:[\w'’ʼ.`-]*[\w.])?")
_PARTICLES: Final = frozenset(
    re.findall(
        r"\w+",
        "de da do dos das del della di du des van von der den ten ter la le el al bin ibn ben y e zu zur af av of "
        "оглы кызы улы угли де ван фон дер ибн аль бен і ұлы қызы",
    )
)
_DENSE = re.compile("[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af·•]{2,12}$")

# A name with any of these words is no person. They are stems, so that case endings do not matter.
_ORGANISATION: Final = re.compile(
    r"\b(?:редакц|служб|агентств|агенц|агентц|новост|новин|навін|жаңалық|корр?еспондент|коррсеть|отдел|відділ|пресс|прес-|"
    r"газет|журнал|канал|портал|сайт|центр|институт|університет|университет|министерств|міністерств|комитет|радио|радіо|"
    r"телеканал|тв\b|тасс|риа\b|иа\b|укрінформ|укринформ|уніан|унiан|белта|казинформ|интерфакс|інтерфакс|рейтер|"
    r"автор|админ|адмін|модератор|редактор|источник|джерело|материал|подготов|собств|гость|аноним|компани|фото|видео|"
    r"news|staff|editor|desk|team|agency|press\b|media|magazine|online|reuters|bloomberg|associated|afp\b|dpa\b|"
    r"newswire|wire\b|service|correspondent|reporter|contributor|admin|author|guest|user|webmaster|anonymous|unknown|"
    r"university|institute|department|ministry|company|inc\b|llc\b|ltd\b|gmbh|corp\b|group|network|times\b|post\b|"
    r"today|daily|weekly|tribune|herald|gazette|journal|telegraph|chronicle|radio|television|tv\b|bbc|cnn|"
    r"redaktion|redakcj|rédaction|redacción|redazione|agentur|zeitung|nachrichten|blog|studio|support|marketing|"
    r"writer|columnist|analyst|producer|interactive|digital|design\b|studios?\b|web\b|about\b|twitter|facebook|published|updated|copyright|rights|source|photo|video|image|read|more|share|subscribe|comments?\b|"
    r"wikipedia|advertis|sponsor|partner|official|community|world|undefined|null|none|test|"
    r"editorial|publish|board|committee|council|foundation|association|society|center|centre|labs?\b|solutions?)",
    re.IGNORECASE,
)


def people_of(texts: Iterable[str], *, not_these: Iterable[str] = (), single: bool = False) -> tuple[str, ...]:
    """Return the persons in author fields or bylines, each once, in order.

    `not_these` are the names of the site. `single` accepts a name of one word, because the page types it as a person.
    """
    strangers = {key_of(name) for name in not_these}
    found: dict[str, str] = {}
    for text in texts:
        for part in _parts(text):
            name = person(part, single=single)
            if name is not None and key_of(name) not in strangers:
                found.setdefault(key_of(name), name)
    return tuple(found.values())[:MOST_AUTHORS]


def person(text: str, *, single: bool = False) -> str | None:
    """Return a person's name without extra signs, else None: two to five capitalized words, no digits, no office."""
    name = " ".join(text.split()).strip(' .,:;-–—|"«»()')
    if not 2 <= len(name) <= LONGEST_NAME or _ADDRESS.search(name) or _ORGANISATION.search(name):
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


def key_of(text: str) -> str:
    """Return the case-folded letters and digits of a name, which are equal for "The Sun" and "THE SUN!"."""
    folded = text.casefold()
    return native.text.bare(folded) if native.COMPILED else "".join(filter(str.isalnum, folded))


def _is_name_word(token: str) -> bool:
    return token in _PARTICLES or (token[0].isupper() and _TOKEN.fullmatch(token) is not None)


def _parts(text: str) -> list[str]:
    """Split "By Jane Doe and John Roe" into names; "Doe, Jane" is one."""
    text = _LABEL.sub("", text[: LONGEST_NAME * MOST_AUTHORS])
    if _INVERTED.fullmatch(text.strip()) and person(text.replace(",", "")) is not None:
        last, _, first = text.strip().partition(", ")
        return [f"{first} {last}"]
    return [part for part in _BETWEEN.split(text) if part]
