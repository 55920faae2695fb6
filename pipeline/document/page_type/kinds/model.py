"""The trained trees that tell an article from other types of pages, and their finding in words.

`python -m tests.bench.train_types` trains them; their file is in this folder.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import compress
from math import exp, expm1, log
from typing import Any, Final

import numpy as np
import orjson
from selectolax.lexbor import LexborHTMLParser

from pipeline.document.blocks.measures import Floats
from pipeline.document.classifier.forest import Forest, forest_of
from pipeline.document.classifier.judge import MeasuredPage
from pipeline.document.metadata.choose import Metadata
from pipeline.document.metadata.head import Head
from pipeline.document.page_type.kinds import said, shape, words
from pipeline.records.page_type import PageType

ENOUGH: Final = 0.5  # a page with a lower score is no article
OTHERS: Final = tuple(one for one in PageType if one is not PageType.ARTICLE)
FILE: Final = "kinds.json"
NAMES: Final = (
    *shape.NAMES,
    *(f"{part}_{kind}" for part in ("kept", "dropped", "heads", "named") for kind in words.KINDS),
    *said.NAMES,
)
STRONG: Final = 3.0  # a declaration in the units of the trees: it makes the odds of an article twenty times smaller
_ARTICLE: Final = ("says_article", "describes_article", "published", "type_news", "type_text")
_PLACES: Final = {name: place for place, name in enumerate(NAMES)}
_OF_ARTICLES: Final = tuple(map(NAMES.index, (*_ARTICLE, "url_article")))
_DESCRIBED: Final = ("describes_article", "type_news", "type_text", "url_article")
_PRODUCT: Final = ("says_product", "markup_product", "product_tags")
_CART: Final = ("markup_cart", "markup_cart_class")
_CURRENCY: Final = shape.NAMES.index("currency")
MANY_LINKS = 0.4  # a share of linked characters that is worth a word


@dataclass(frozen=True, slots=True)
class Typed:
    """The type of a page, the score that it is an article (0 to 1), and the signs of its type in words."""

    page_type: PageType
    article_score: float
    signs: tuple[str, ...] = ()

    @property
    def detail(self) -> str:
        """The finding in words."""
        return f"{self.page_type}: article score {self.article_score:.2f}; {'; '.join(self.signs)}".removesuffix("; ")


SURE: Final = Typed(PageType.ARTICLE, 1.0)  # a page that describes itself as an article, with a date and an author


@dataclass(frozen=True, slots=True)
class TypeModel:
    """The forest that scores articles (high: no article), and one for each other type."""

    version: str
    article: Forest
    others: Mapping[PageType, Forest]


@cache
def shipped() -> TypeModel:
    """Return the shipped model; it is loaded once."""
    return type_model_of(orjson.loads(files(__package__).joinpath(FILE).read_bytes()))


def type_model_of(contents: Mapping[str, Any]) -> TypeModel:
    """Return the model of a file's contents; raise ValueError if it was trained on other numbers."""
    if tuple(contents["names"]) != NAMES:
        raise ValueError(f"{FILE}: it was trained on other numbers; train it again: make train")
    forests = {name: forest_of({"names": NAMES, "trees": trees}) for name, trees in contents["forests"].items()}
    return TypeModel(contents["version"], forests[PageType.ARTICLE], {one: forests[one] for one in OTHERS})


def type_of(
    tree: LexborHTMLParser,
    head: Head,
    metadata: Metadata,
    measured: MeasuredPage,
    kept: Sequence[str],
    *,
    url: str,
    source: str,
) -> Typed | None:
    """Return the type of a cleaned HTML page; None for one without any block.

    `kept` is the part of each block that was kept, "" for none. `source` is the page's HTML.
    """
    if measured.features is None:
        return None
    if said.describes_itself(head, metadata):
        return SURE
    return typed_by(numbers_of(tree, head, metadata, measured, kept, url=url, source=source))


def numbers_of(
    tree: LexborHTMLParser,
    head: Head,
    metadata: Metadata,
    measured: MeasuredPage,
    kept: Sequence[str],
    *,
    url: str,
    source: str,
) -> list[float]:
    """Return the numbers of NAMES for an HTML page with at least one block; the arguments are those of `type_of`."""
    if measured.features is None or measured.layout is None:
        raise ValueError("a page without blocks has no numbers")
    layout, measures = measured.layout, measured.features.measures
    h1 = next((text for tag, text in head.headings if tag == "h1"), "")
    named = [head.title, metadata.description or "", h1]
    shown = shape.shape_of(layout, measures, kept).tolist()
    return [
        *shown,
        *words.shares_of(layout.texts, kept),
        *words.shares_in(list(compress(layout.texts, measured.heads)), named),
        *said.said_of(tree, head, metadata, source, priced=shown[_CURRENCY] > 0),
        *said.url_numbers(url),
    ]


def typed_by(numbers: Sequence[float], model: TypeModel | None = None) -> Typed:
    """Return the type that the trees find in a page's numbers."""
    model = model or shipped()
    row = np.array([numbers], np.float32)
    declared = declared_in(numbers)
    score = round(_logistic(-_raw(model.article, row) - (STRONG if declared else 0.0)), 4)
    if score >= ENOUGH:
        return Typed(PageType.ARTICLE, score)
    likely = {one: float(forest.predict(row)[0]) for one, forest in model.others.items()}
    found = max(OTHERS, key=likely.__getitem__)
    return Typed(found, score, (*declared, *_signs(numbers)))


def _raw(forest: Forest, row: Floats) -> float:
    """Return what a forest says of a row before it is made a probability."""
    likely = min(max(float(forest.predict(row)[0]), 1e-9), 1 - 1e-9)
    return log(likely / (1 - likely))


def _logistic(raw: float) -> float:
    return 1.0 / (1.0 + exp(-raw))


def declared_in(numbers: Sequence[float]) -> tuple[str, ...]:
    """Return the strong signs in words by which a page declares that it is no article; none if it also declares one.

    They are too rare in the sets for the trees to trust them.
    """
    of = _reader(numbers)
    if any(map(numbers.__getitem__, _OF_ARTICLES)):
        # Programs of shops declare each page an article to social networks.
        shop = of("says_article") and of("url_shop") and not of("author_from") and not any(map(of, _DESCRIBED))
        return ("its URL is that of a product",) if shop else ()
    unsigned = of("date_from") < said.DATED and not of("author_from")
    cart = any(map(of, _CART))
    signs = {
        "it declares a product": any(map(of, _PRODUCT)) or (unsigned and of("type_product")),
        "its URL is that of a product": of("url_shop"),
        "its URL is that of a service": unsigned and of("url_service"),
        "it has a shopping cart and prices": unsigned and cart and of("currency"),
        "its URL or program is that of a forum": of("url_forum") or of("host_forum") or of("program_forum"),
        "its host or program is that of documentation": unsigned and (of("host_docs") or of("program_docs")),
        "it declares a service or a business": of("type_service"),
        "its URL is that of the front page": unsigned and not of("url_depth") and not of("url_query"),
    }
    return tuple(sign for sign, there in signs.items() if there)


def _reader(numbers: Sequence[float]) -> Callable[[str], float]:
    return lambda name: numbers[_PLACES[name]]


def _signs(numbers: Sequence[float]) -> list[str]:
    """Return what a reader can check of the numbers, in words."""
    of = _reader(numbers)
    found = []
    if (cards := round(expm1(of("linked_cards") or of("cards")))) >= shape.CARDS:
        found.append(f"{cards} elements of the same form")
    if not of("date_from") and not of("author_from"):
        found.append("no date and no author")
    if (links := of("links")) >= MANY_LINKS:
        found.append(f"{links:.0%} of its characters are links")
    return [*found, f"{of('prose_kept'):.0%} of what was kept are paragraphs"]


__all__ = [
    "NAMES",
    "OTHERS",
    "STRONG",
    "TypeModel",
    "Typed",
    "declared_in",
    "numbers_of",
    "shipped",
    "type_model_of",
    "typed_by",
]
