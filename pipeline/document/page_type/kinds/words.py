"""The share of words by which a page reports, speaks of itself, addresses its reader, or sells, in many languages.

They are weak signs among many others: a page in a language without entries here has a share of 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import chain
from typing import Final

import numpy as np

from pipeline import native
from pipeline.document.page_type.lexicon import STEMS, Concept, spellings

MOST_CHARACTERS = 1_500  # of a text that are looked at
# Words by which a shop or a company speaks of its trade; "*" stands for any end.
_TRADE: Final = (
    "buy buys order orders price prices pricing free shipping delivery shop cart quote quotes contact call book",
    "booking save savings offer offers discount deal deals sale service services solution solutions customer",
    "customers client clients team expert experts expertise certified licensed guarantee warranty appointment",
    "consultation provide купить заказ* цена цены стоимость бесплатн* доставк* магазин* корзин* скидк* услуг*",
    "клиент* консультац* гаранти* звоните купити замов* ціна ціни вартість безкоштовн* кошик* знижк* послуг*",
    "клієнт* гарантія сатып тапсырыс баға* тегін жеткізу қызмет* купіць кошт* бясплатн* паслуг* кліент* kaufen",
    "bestellen preis* kostenlos* versand* warenkorb angebot* leistung* kunden termin* beratung* garantie* acheter",
    "commander prix gratuit* livraison panier devis offre* prestation* comprar pedido* precio* gratis envío*",
    "carrito presupuesto cliente* oferta* servicio* cita acquista* ordine prezz* spedizion* carrello preventivo",
    "offert* serviz* kup kupić zamów* cena ceny darmow* dostaw* koszyk* ofert* usług* klient* preço* grátis envio",
    "carrinho orçamento serviço*",
)
_SETS: Final = {
    "report": Concept.REPORT,
    "you": Concept.YOU,
    "we": Concept.WE,
    "sale": Concept.SALE,
    "price": Concept.PRICE,
}
KINDS: Final = (*_SETS, "trade")
_WORDS: Final = re.compile(r"[^\W\d_]+")


def _entries() -> Iterable[tuple[int, str]]:
    for number, concept in enumerate(_SETS.values()):
        for entry in chain.from_iterable(text.split(",") for text in STEMS[concept]):
            yield from ((number, word) for word in spellings(entry.strip().casefold()) if " " not in word)
    yield from ((len(_SETS), word) for text in _TRADE for word in text.split())


def _tables() -> tuple[dict[str, int], dict[str, int]]:
    """Return the sets of each word, one bit each, and of each beginning of words."""
    whole: dict[str, int] = {}
    begins: dict[str, int] = {}
    for number, entry in _entries():
        stem = entry.removesuffix("*")
        table = whole if stem == entry else begins
        table[stem] = table.get(stem, 0) | 1 << number
    return whole, begins


_WHOLE, _BEGINS = _tables()
_LENGTHS: Final = sorted({len(stem) for stem in _BEGINS})  # letters


@cache
def _stems() -> native.kinds.Stems:
    return native.kinds.Stems(_WHOLE, _BEGINS)


def shares_of(texts: Sequence[str], kept: Sequence[str]) -> list[float]:
    """Return the share of the first words that belongs to each of KINDS, of what was kept, then of what was not.

    `kept` has the part of each text that was kept, "" for none.
    """
    counts = np.zeros((2, len(KINDS) + 1), np.int64)
    if native.COMPILED:
        _stems().count(texts, kept, MOST_CHARACTERS, counts)
    else:
        counts[0] = _counted(part for part in kept if part)
        counts[1] = _counted(text for text, part in zip(texts, kept, strict=True) if not part)
    return [number / max(words, 1) for *numbers, words in counts.tolist() for number in numbers]


def _counted(texts: Iterable[str]) -> list[int]:
    """Return how many of the first words are in each set, and at the end their number."""
    words = _WORDS.findall(_beginning(texts))
    counts = [0] * len(KINDS)
    for found in filter(None, map(_sets_of, words)):
        for number in range(len(KINDS)):
            counts[number] += found >> number & 1
    return [*counts, len(words)]


def _sets_of(word: str) -> int:
    # Letter by letter, as the compiled loop does; "İ" alone would become two characters.
    word = "".join(letter.lower()[0] for letter in word)
    found = _WHOLE.get(word, 0)
    for length in _LENGTHS:
        found |= _BEGINS.get(word[:length], 0) if len(word) >= length else 0
    return found


def _beginning(texts: Iterable[str]) -> str:
    taken: list[str] = []
    room = MOST_CHARACTERS
    for text in texts:
        taken.append(text[:room])
        room -= len(text)
        if room <= 0:
            break
    return "\n".join(taken)


__all__ = ["KINDS", "shares_of"]
