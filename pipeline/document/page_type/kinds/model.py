"""The trained trees that tell an article from other types of pages, and their finding in words.

`python -m tests.bench.train_types` trains them; their file is in this folder.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import expm1
from typing import Any, Final

import numpy as np
import orjson
from selectolax.lexbor import LexborHTMLParser

from pipeline.document.blocks.measures import Measures
from pipeline.document.blocks.tree import Layout
from pipeline.document.classifier.forest import Forest, forest_of
from pipeline.document.metadata.choose import Metadata
from pipeline.document.metadata.head import Head
from pipeline.document.page_type.kinds import said, shape, words
from pipeline.records.page_type import PageType

ENOUGH: Final = 0.5  # a page with a lower score is no article
OTHERS: Final = tuple(one for one in PageType if one is not PageType.ARTICLE)
FILE: Final = "kinds.json"
NAMES: Final = (
    *shape.NAMES,
    *(f"kept_{kind}" for kind in words.KINDS),
    *(f"dropped_{kind}" for kind in words.KINDS),
    *said.NAMES,
)
_PLACE: Final = {name: place for place, name in enumerate(NAMES)}
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


def numbers_of(
    tree: LexborHTMLParser,
    head: Head,
    metadata: Metadata,
    layout: Layout,
    measures: Measures,
    kept: Sequence[str],
    *,
    url: str,
    source: str,
) -> list[float]:
    """Return the numbers of NAMES for a page with at least one block.

    `kept` is the part of each block that was kept, "" for none. `source` is the page's HTML.
    """
    stays = [text for text in kept if text]
    goes = [text for text, part in zip(layout.texts, kept, strict=True) if not part]
    return [
        *shape.shape_of(layout, measures, kept),
        *words.shares_of(stays),
        *words.shares_of(goes),
        *said.said_of(tree, head, metadata, source),
        *said.url_numbers(url),
    ]


def typed_by(numbers: Sequence[float], model: TypeModel | None = None) -> Typed:
    """Return the type that the trees find in a page's numbers."""
    model = model or shipped()
    row = np.array([numbers], np.float32)
    score = round(1.0 - float(model.article.predict(row)[0]), 4)
    if score >= ENOUGH:
        return Typed(PageType.ARTICLE, score)
    likely = {one: float(forest.predict(row)[0]) for one, forest in model.others.items()}
    return Typed(max(OTHERS, key=likely.__getitem__), score, tuple(_signs(numbers)))


def _signs(numbers: Sequence[float]) -> list[str]:
    """Return what a reader can check of the numbers, in words."""

    def of(name: str) -> float:
        return numbers[_PLACE[name]]

    found = []
    if (cards := round(expm1(of("linked_cards") or of("cards")))) >= shape.CARDS:
        found.append(f"{cards} elements of the same form")
    if not of("date_from") and not of("author_from"):
        found.append("no date and no author")
    if (links := of("links")) >= MANY_LINKS:
        found.append(f"{links:.0%} of its characters are links")
    if of("says_product") or of("type_product"):
        found.append("it declares a product")
    found.append(f"{of('prose_kept'):.0%} of what was kept are paragraphs")
    return found


__all__ = ["NAMES", "OTHERS", "TypeModel", "Typed", "numbers_of", "shipped", "type_model_of", "typed_by"]
