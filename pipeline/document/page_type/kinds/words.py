"""The share of words by which a page reports, speaks of itself, addresses its reader, sells or lists.

In many languages. They are weak signs among many others: a page in a language without entries here has a share of 0.
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

MOST_CHARACTERS = 8_000  # of a text that are looked at
# Words by which a company speaks of its trade, a shop describes goods, a list is sorted and leafed through, and a
# button asks its reader to act; "*" stands for any end.
_OWN: Final = {
    "trade": (
        "buy buys order orders price prices pricing free shipping delivery shop cart quote quotes contact call book "
        "booking save savings offer offers discount discounts deal deals sale service services solution solutions "
        "customer customers client clients team expert experts expertise certified licensed guarantee guaranteed "
        "warranty appointment consultation provide provides providing affordable trusted professional professionals "
        "reliable insured estimate estimates satisfaction hassle proven eligible consulting company купить заказ* "
        "цена цены стоимость бесплатн* доставк* магазин* корзин* скидк* услуг* клиент* консультац* гаранти* звоните "
        "купити замов* ціна ціни вартість безкоштовн* кошик* знижк* послуг* клієнт* гарантія сатып тапсырыс баға* "
        "тегін жеткізу қызмет* купіць кошт* бясплатн* паслуг* кліент* kaufen bestellen preis* kostenlos* versand* "
        "warenkorb angebot* leistung* kunden termin* beratung* garantie* acheter commander prix gratuit* livraison "
        "panier devis offre* prestation* comprar pedido* precio* gratis envío* carrito presupuesto cliente* oferta* "
        "servicio* cita acquista* ordine prezz* spedizion* carrello preventivo offert* serviz* kup kupić zamów* cena "
        "ceny darmow* dostaw* koszyk* ofert* usług* klient* preço* grátis envio carrinho orçamento serviço* надежн* "
        "профессионал* специалист* индивидуальн* надійн* фахівц* професійн* опит гаранцион* цени поръчк* безплатн* "
        "услуги клиенти цене бесплатно услуге клијент* kvalitet*"
    ),
    "goods": (
        "wishlist checkout quantity qty sku msrp stock basket bag returns refund refunds color colors colour size "
        "sizes dimensions weight item items accessories clearance outlet sold sellers model specs specifications "
        "specification reviews rating ratings stars warranty inches количество артикул наличии характеристики отзывы "
        "размер размеры цвет вес комплектация гарантия сравнить избранное кількість наявності відгуки розмір колір "
        "вага порівняти обране саны өлшемі түсі пікірлер қолда колькасць наяўнасці водгукі памер колер наличност "
        "отзиви цвят тегло количина величина боја рецензије menge größe farbe lieferbar bewertungen artikelnummer "
        "merkzettel quantité taille couleur avis panier cantidad talla tamaño opiniones disponible quantità taglia "
        "colore recensioni disponibile ilość rozmiar kolor opinie dostępność quantidade tamanho cor avaliações"
    ),
    "list": (
        "filter filters sort results showing items load view browse relevance next previous page categories category "
        "archive newest oldest arrivals фильтр* сортир* показать показано найдено следующая предыдущая категории "
        "разделы еще все фільтр* сортув* показати знайдено наступна категорії барлығы сүзгі келесі санаттар фільтр "
        "паказаць наступная катэгорыі филтр* покажи следваща филтер следећа категорије filtern sortieren ergebnisse "
        "anzeigen weiter kategorien trier filtrer résultats suivant précédent catégories ordenar filtrar resultados "
        "siguiente categorías ordina filtra risultati successiva categorie sortuj filtruj wyniki następna kategorie "
        "próxima categorias"
    ),
    "act": (
        "get request schedule start try find choose learn explore discover join apply register download compare "
        "enroll enrol donate hire reserve subscribe sign submit log login demo получить оставить заявк* записаться "
        "заказать узнать подробнее выбрать скачать зарегистрироваться позвонить позвоните оставьте закажите отримати "
        "залишити замовити дізнатися докладніше обрати завантажити зареєструватися записатися алу өтінім тіркелу "
        "жүктеу толығырақ атрымаць замовіць даведацца падрабязней выбраць запазнете изпратете заявете научете "
        "изтеглете пошаљите сазнајте jetzt anfragen erfahren entdecken anmelden vereinbaren herunterladen demander "
        "découvrir essayer réserver télécharger inscrire solicitar descubre reservar regístrate descargar richiedi "
        "scopri prenota iscriviti scarica zapytaj sprawdź zarezerwuj umów pobierz solicite descubra baixe"
    ),
}
_SETS: Final = {
    "report": Concept.REPORT,
    "you": Concept.YOU,
    "we": Concept.WE,
    "sale": Concept.SALE,
    "price": Concept.PRICE,
}
KINDS: Final = (*_SETS, *_OWN)
_WORDS: Final = re.compile(r"[^\W\d_]+")


def _entries() -> Iterable[tuple[int, str]]:
    for number, concept in enumerate(_SETS.values()):
        for entry in chain.from_iterable(text.split(",") for text in STEMS[concept]):
            yield from ((number, word) for word in spellings(entry.strip().casefold()) if " " not in word)
    for number, text in enumerate(_OWN.values(), len(_SETS)):
        yield from ((number, word) for word in text.split())


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


def shares_in(some: Sequence[str], others: Sequence[str]) -> list[float]:
    """Return the share of the first words that belongs to each of KINDS, of some texts, then of others."""
    return shares_of([*some, *others], [*some, *("" for _ in others)])


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
