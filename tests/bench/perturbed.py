"""Near copies of articles, made as sites make them: what the duplicates are tuned on, on texts of no other use.

The kinds are those of the test set, and some more: half cut off, several at once, copies of bulletins.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.bench.bulletins import bulletins

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_LATIN = str.maketrans("аеорсухАЕОРСТХ", "aeopcyxAEOPCTX")
_MENUS = (
    ("Главная", "Новости", "Общество", "Экономика", "Спорт", "Культура", "Подписаться на рассылку", "Читайте также"),
    ("Home", "World", "Business", "Sport", "Opinion", "Newsletter", "Share this story", "Most viewed", "Sign in"),
    ("Strona główna", "Kraj", "Świat", "Biznes", "Pogoda", "Zaloguj się", "Najczęściej czytane"),
)
EDITED, REWRITTEN = 0.04, 0.35  # of the words


@dataclass(frozen=True, slots=True)
class Sample:
    """A page of a set: its text, the article it is, and how the text was made."""

    cluster: str
    kind: str
    lang: str
    text: str


def retyped(text: str, draw: random.Random) -> str:
    """Change white space, quotes and dashes, ё, and put in soft hyphens and Latin letters."""
    text = text.replace("—", "-").replace("–", "-").replace("«", '"').replace("»", '"').replace("“", '"')
    text = text.replace("”", '"').replace("’", "'").replace("ё", "е").replace("Ё", "Е")
    return " ".join(_disguised(word, draw) for word in re.split(r"[ \t]+", text))


def _disguised(word: str, draw: random.Random) -> str:
    if len(word) > 6 and draw.random() < 0.05:
        return f"{word[:3]}\u00ad{word[3:]}"
    cyrillic = any("а" <= letter <= "я" for letter in word.lower())
    return word.translate(_LATIN) if cyrillic and len(word) > 3 and draw.random() < 0.03 else word


def with_menu(text: str, draw: random.Random) -> str:
    """Leave another site's menu around the text."""
    menu = draw.choice(_MENUS)
    above, below = draw.sample(menu, 4), draw.sample(menu, 3)
    return "\n".join([*above, text, *below])


def _units(text: str) -> tuple[str, list[str]]:
    """Split a text into words, or into characters where it has no spaces; also what joins them again."""
    words = text.split(" ")
    return (" ", words) if len(text) < 20 * len(words) else ("", list(text))


def cut(share: float) -> Callable[[str, random.Random], str]:
    """Make what keeps the first share of the words."""

    def shorten(text: str, _: random.Random) -> str:
        space, units = _units(text)
        return space.join(units[: max(1, round(len(units) * share))])

    return shorten


def edited(share: float) -> Callable[[str, random.Random], str]:
    """Make what replaces a share of the words by others of the same text."""

    def edit(text: str, draw: random.Random) -> str:
        space, units = _units(text)
        others = list(units)
        for place in draw.sample(range(len(units)), round(len(units) * share)):
            units[place] = draw.choice(others)
        return space.join(units)

    return edit


def samples(texts: Iterable[tuple[str, str]], seed: int) -> list[Sample]:
    """Make a set of (language, text) pairs: of each the base and three copies, and a rewriting that is none."""
    draw = random.Random(seed)
    found = []
    given = list(texts)
    for number, (lang, text) in enumerate(given):
        name = f"{seed}-{number}"
        foreign = draw.choice(given)[1].split("\n")
        kinds: dict[str, Callable[[str, random.Random], str]] = {
            "exact": retyped,
            "menu": with_menu,
            "cut85": cut(0.85),
            "cut70": cut(0.7),
            "cut50": cut(0.5),
            "tail": lambda body, draw, foreign=foreign: f"{body}\n{draw.choice(foreign)}",
            "light": edited(EDITED),
            "all": lambda body, draw: with_menu(retyped(cut(0.8)(edited(0.02)(body, draw), draw), draw), draw),
        }
        found.append(Sample(name, "base", lang, text))
        found += [Sample(name, kind, lang, kinds[kind](text, draw)) for kind in draw.sample(list(kinds), 3)]
        if number % 3 == 0:
            found.append(Sample(f"{name}-heavy", "heavy", lang, edited(REWRITTEN)(text, draw)))
    found += list(_formulaic(draw, seed))
    draw.shuffle(found)
    return found


def _formulaic(draw: random.Random, seed: int) -> Iterable[Sample]:
    """Make bulletins, each its own article, some with a copy."""
    copies: Sequence[Callable[[str, random.Random], str]] = (retyped, with_menu, cut(0.8))
    for long in (False, True):
        for number, one in enumerate(bulletins(draw, 7, long=long)):
            cluster = f"{seed}-bulletin-{one.template}-{long}-{number}"
            yield Sample(cluster, "bulletin", one.lang, one.text)
            if number % 3 == 0 and len(one.text) > 400:
                yield Sample(cluster, "bulletin copy", one.lang, draw.choice(copies)(one.text, draw))
