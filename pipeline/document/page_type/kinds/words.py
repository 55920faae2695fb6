"""The share of words by which a page reports, speaks of itself, addresses its reader, or sells, in many languages.

They are weak signs among many others: a page in a language without entries here has a share of 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain
from typing import Final

from pipeline.document.page_type.lexicon import STEMS, Concept, spellings

MOST_CHARACTERS = 1_500  # of a text that are looked at
MOST_KNOWN = 65_536
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


def _tables() -> tuple[dict[str, int], dict[int, dict[str, int]]]:
    """Return the sets of each word, one bit each, and of each beginning, by its length."""
    whole: dict[str, int] = {}
    begins: dict[int, dict[str, int]] = {}
    for number, entry in _entries():
        stem = entry.removesuffix("*")
        table = whole if stem == entry else begins.setdefault(len(stem), {})
        table[stem] = table.get(stem, 0) | 1 << number
    return whole, begins


_WHOLE, _BEGINS = _tables()
_SHORTEST: Final = min(_BEGINS)  # letters
_FIRST: Final = frozenset(stem[:_SHORTEST] for table in _BEGINS.values() for stem in table)


@lru_cache(MOST_KNOWN)
def _sets_of(word: str) -> int:
    found = _WHOLE.get(word, 0)
    if word[:_SHORTEST] not in _FIRST:  # most words that were not met before
        return found
    for length, table in _BEGINS.items():
        if len(word) >= length:
            found |= table.get(word[:length], 0)
    return found


def shares_of(texts: Sequence[str]) -> list[float]:
    """Return the share of the first words that belongs to each of KINDS."""
    words = _WORDS.findall(_beginning(texts).lower())
    counts = [0] * len(KINDS)
    for found in filter(None, map(_sets_of, words)):
        for number in range(len(KINDS)):
            counts[number] += found >> number & 1
    return [count / max(len(words), 1) for count in counts]


def _beginning(texts: Sequence[str]) -> str:
    taken: list[str] = []
    room = MOST_CHARACTERS
    for text in texts:
        taken.append(text[:room])
        room -= len(text)
        if room <= 0:
            break
    return "\n".join(taken)


__all__ = ["KINDS", "shares_of"]
