"""The compiled search returns the elements that selectolax finds, and as often."""

from __future__ import annotations

import random

import pytest
from selectolax.lexbor import LexborHTMLParser

from pipeline import native
from pipeline.document.blocks import selectors
from pipeline.document.blocks.selectors import found_by
from pipeline.document.metadata.head import _WANTED
from pipeline.document.metadata.late_dates import _NAMED
from pipeline.document.metadata.signatures import SELECTORS

EVERY_WAY = (
    *("p", "[lang]", 'a[href="/"]', 'script[type^="application/ld" i]', 'a[rel~="me" i]', '[data-testid*="aut" i]'),
    *('[class*="aut" i]', '[class*="author" i]', 'p[class*="by" i]', "svg", "body"),
)
TAGS = ("p", "a", "div", "svg", "title", "h1", "meta", "time", "my-tag", "script", "template", "b")
VALUES = (
    *("author", "AUTHOR", "x-autor by", "by", "me", "ME you", "notme", "a\tme\nb", "", "/", "/people/7", "/Autor/n"),
    *(
        "application/LD+json",
        "update-time",
        "Published",
        "cre-created",
        "канал author",
        "\x01uthor",
        "aut",
        "a",
        "canonical",
        "posted-by",
        "\u0141aut",
    ),
)
NAMES = (
    "class",
    "id",
    "rel",
    "href",
    "type",
    "data-testid",
    "lang",
    "itemprop",
    "datetime",
    "CLASS",
    "xlink:href",
    "my",
)


def page_of(number: int) -> str:
    """Return a page with elements in each other, and attributes that are near to what is searched for."""
    chance = random.Random(number)
    parts = ["<!doctype html><html><head><title>A</title></head><body>text"]
    for _ in range(60):
        named = chance.choices(NAMES, k=chance.randint(0, 3))
        attributes = "".join(
            f' {name}="{chance.choice(VALUES)}"' if chance.random() < 0.9 else f" {name}" for name in named
        )
        tag = chance.choice(TAGS)
        parts.append(f"<{tag}{attributes}>" + chance.choice(("", f"word</{tag}>", "</p></div>", "<!-- a -->")))
    return "".join(parts)


@pytest.mark.skipif(not native.COMPILED, reason="no C compiler was at the installation")
@pytest.mark.parametrize("of", [EVERY_WAY, _WANTED, SELECTORS, _NAMED])
def test_the_compiled_search_finds_what_selectolax_finds(of: tuple[str, ...]) -> None:
    seen = 0
    for number in range(60):
        tree = LexborHTMLParser(page_of(number))
        found = [(node.mem_id, node.tag, node.attributes, times) for node, times in found_by(of, tree)]
        searched = selectors._searched(of, tree)
        assert found == [(node.mem_id, node.tag, node.attributes, times) for node, times in searched]
        seen += len(found)
    assert seen > 15


def test_an_element_is_returned_once_with_the_number_of_its_selectors() -> None:
    tree = LexborHTMLParser('<p class="author">A<p>B')
    assert [(node.text(), times) for node, times in found_by(("p", '[class*="aut" i]'), tree)] == [("A", 2), ("B", 1)]


@pytest.mark.skipif(not native.COMPILED, reason="no C compiler was at the installation")
@pytest.mark.parametrize("selector", ["div p", '[class*="Author" i]', '[class*="author"]', "", '[class*="a" i]'])
def test_a_selector_that_cannot_be_compiled_is_an_error(selector: str) -> None:
    with pytest.raises(ValueError, match="selector"):
        found_by((selector,), LexborHTMLParser("<p>A"))
