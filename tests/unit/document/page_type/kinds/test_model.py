"""The model of page types: what fits it, what a page declares, and what the words of a text say."""

from dataclasses import replace

import orjson
import pytest
from selectolax.lexbor import LexborHTMLParser

from pipeline.document.blocks.tree import layout_of
from pipeline.document.classifier.judge import decide, measure_layout
from pipeline.document.metadata.choose import Metadata
from pipeline.document.metadata.head import read_head
from pipeline.document.page_type.kinds import said, words
from pipeline.document.page_type.kinds.model import NAMES, declared_in, numbers_of, shipped, type_model_of, type_of
from pipeline.records.document import Sources
from pipeline.records.page_type import PageType

CART = '<form action="/cart/add"><button class="add-to-cart">+</button></form>'
TEXT = "<p>Мост через Сухую открыли утром, сообщили в районе. Автобусы вернулись на прежний путь.</p>"


def numbers(body: str, url: str = "https://rechka.example/n/4711", metadata: Metadata | None = None) -> list[float]:
    tree = LexborHTMLParser(body)
    head = read_head(tree, url=url)
    measured = measure_layout(layout_of(tree), head.texts)
    kept = decide(measured).kept
    return numbers_of(tree, head, metadata or Metadata(), measured, kept, url=url, source=body)


def test_each_number_has_a_name_of_its_own():
    assert len(numbers(f"<h1>Мост</h1>{TEXT}")) == len(NAMES) == len(set(NAMES))


def test_a_model_of_other_numbers_is_refused():
    with pytest.raises(ValueError, match="train it again: make train"):
        type_model_of(orjson.loads(b'{"names": ["a"], "forests": {}, "version": "1"}'))


def test_a_page_without_a_block_has_no_type():
    tree = LexborHTMLParser("<html><body><script>1</script></body></html>")
    head = read_head(tree, url=None)
    measured = measure_layout(layout_of(tree), head.texts)

    assert type_of(tree, head, Metadata(), measured, (), url="https://rechka.example/", source="") is None


@pytest.mark.parametrize(
    ("head", "body", "url", "sign"),
    [
        ('<meta property="og:type" content="product">', "", "/a", "it declares a product"),
        ("", '<div itemscope itemtype="https://schema.org/Product"></div>', "/a", "it declares a product"),
        ("", "", "/shop/chashka-4", "its URL is that of a product"),
        ("", "", "/uslugi/remont-krysh", "its URL is that of a service"),
        ("", f"{CART}<p>1 200 ₽</p>", "/a", "it has a shopping cart and prices"),
        ("", "", "/forum/viewtopic.php?t=4", "its URL or program is that of a forum"),
        ('<meta name="generator" content="Discourse 3.1">', "", "/a", "its URL or program is that of a forum"),
        ('<meta name="generator" content="Sphinx">', "", "/a", "its host or program is that of documentation"),
        ('<script type="application/ld+json">{"@type": "LocalBusiness"}</script>', "", "/a", "it declares a service or a business"),
        ("", "", "/", "its URL is that of the front page"),
    ],
)  # fmt: skip
def test_what_a_page_declares_is_named_unless_it_also_declares_an_article(head: str, body: str, url: str, sign: str):
    page = f"<html><head>{head}%s</head><body>{body}{TEXT}</body></html>"
    article = '<meta property="article:published_time" content="2026-03-02T08:00:00Z">'

    assert sign in declared_in(numbers(page % "", f"https://rechka.example{url}"))
    assert declared_in(numbers(page % article, f"https://rechka.example{url}")) == ()


@pytest.mark.parametrize(
    ("more", "url", "declared"),
    [
        ("", "/product/chashka-4", ("its URL is that of a product",)),
        ("", "/n/4711", ()),
        ("", "/blog/product/chashka-4", ()),
        ('<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Чашка"}</script>', "/product/a", ()),
    ],
)
def test_a_shop_that_calls_each_page_an_article_for_social_networks_has_products(
    more: str, url: str, declared: tuple[str, ...]
):
    page = f'<html><head><meta property="og:type" content="article">{more}</head><body>{TEXT}</body></html>'

    assert declared_in(numbers(page, f"https://rechka.example{url}")) == declared
    signed = Metadata(author=("Анна Речная",), sources=Sources(author="meta"))
    assert declared_in(numbers(page, f"https://rechka.example{url}", signed)) == ()


def test_a_dated_page_of_a_service_desk_is_no_service():
    dated = Metadata(date_published="2026-03-02", sources=Sources(date_published="meta"))

    assert declared_in(numbers(TEXT, "https://rechka.example/service/a", dated)) == ()


@pytest.mark.parametrize(
    "path", ["/2026/03/02/a.html", "/n/4711", "/blog/most-otkryli", "/news/shop-opens-on-the-quay"]
)
def test_the_url_of_an_article_declares_nothing(path: str):
    assert declared_in(numbers(f"<h1>Мост</h1>{TEXT}", f"https://rechka.example{path}")) == ()


def test_a_broken_url_has_no_numbers():
    assert set(said.url_numbers("http://[broken/a/shop")) == {0.0}


def test_a_page_describes_itself_only_with_a_declared_date_and_an_author():
    head = read_head(LexborHTMLParser('<meta property="og:type" content="article">'), url=None)
    whole = Metadata(
        author=("Анна Речная",), date_published="2026-03-02", sources=Sources(date_published="meta", author="line")
    )

    assert said.describes_itself(head, whole)
    assert not said.describes_itself(head, replace(whole, author=()))
    assert not said.describes_itself(head, replace(whole, sources=Sources(date_published="url")))
    assert not said.describes_itself(read_head(LexborHTMLParser("<p>1</p>"), url=None), whole)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Наши клиенты могут заказать доставку", "trade"),
        ("Unsere Kunden können bestellen", "trade"),
        ("Vous trouverez votre livraison", "you"),
        ("Мы любим наш город", "we"),
        ("Розмір, колір, відгуки", "goods"),
        ("Ergebnisse sortieren", "list"),
        ("Запазете или запитайте: научете повече", "act"),
    ],
)
def test_words_are_counted_in_many_languages(text: str, kind: str):
    found = words.shares_of([text, text], [text, ""])
    shares = dict(zip(words.KINDS, found, strict=False))

    assert 0 < shares[kind] <= 1
    assert found == [*shares.values()] * 2
    assert set(words.shares_of(["Gorwel llonydd"], [""])) == {0.0}
    assert set(words.shares_of([], [])) == {0.0}


def test_all_other_types_are_told_apart():
    assert set(PageType) == {PageType.ARTICLE, *shipped().others}
