"""What a page declares and what its URL looks like, in numbers: types, dates, authors, names of classes, segments.

The words are those of site software and of schema.org, which are the same in all languages.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from math import log1p
from typing import Final
from urllib.parse import unquote, urlsplit

from selectolax.lexbor import LexborHTMLParser

from pipeline.document.metadata.choose import MARKUP, URL, Metadata
from pipeline.document.metadata.head import Head

# Words of site software in paths, names of hosts and classes of `body`.
_TERMS: Final = {
    "article": "article articles news story stories blog blogs post posts single press entry magazine opinion novosti"
    " novost statya stati artikel nachricht noticia noticias actualite publication politics world",
    "shop": "product products shop store item itm dp sku goods tovar produkt produkty producto productos buy cart"
    " woocommerce price pricing",
    "collection": "collection collections category categories cat categorie catalogue catalog katalog rubric kategoria"
    " kategorie brand brands department",
    "service": "service services uslugi usluga uslugite usluge poslugi poslugy leistungen dienstleistungen servicios"
    " servicos servizi qyzmetter",
    "company": "solution solutions consulting program programs insurance course courses training loans locations"
    " location about contact plans industries capabilities landing",
    "forum": "forum forums thread threads viewtopic showthread viewforum topic t questions question community boards"
    " board discussion discussions tema qa answers",
    "docs": "docs doc documentation manual reference api wiki learn tutorial tutorials handbook userguide faq support"
    " man glossary guide help",
    "list": "tag tags archive archives search list lists index topics author authors latest section sections events"
    " directory results browse feed newsroom resources home",
}
KINDS: Final = tuple(_TERMS)
_KINDS_OF: Final = {word: number for number, words in enumerate(_TERMS.values()) for word in words.split()}
_TYPES: Final = {
    "news": "NewsArticle ReportageNewsArticle LiveBlogPosting OpinionNewsArticle AnalysisNewsArticle",
    "text": "Article BlogPosting",
    "person": "Person",
    "product": "Product Offer AggregateOffer ProductGroup",
    "list": "ItemList CollectionPage SearchResultsPage OfferCatalog ListItem",
    "forum": "QAPage Question DiscussionForumPosting Answer Comment",
    "service": "Service LocalBusiness ProfessionalService FinancialService PostalAddress AggregateRating Review",
}
_TYPES_OF: Final = {word: number for number, words in enumerate(_TYPES.values()) for word in words.split()}
_PIECES: Final = re.compile(r"[^\W\d_]+")
_DIGITS: Final = re.compile(r"\d+")
_YEAR: Final = re.compile(r"/(?:19|20)\d\d(?:[/-]|\d{4}\b)")
_FILE: Final = re.compile(r"\.\w{3,5}$")
_TYPE: Final = re.compile(r'"@type"\s*:\s*\[?\s*"(?:https?://schema.org/)?(\w+)')
# What only shops have in their markup, in any language: products and carts.
_MARKUP: Final = {
    "product": "schema.org/Product",
    "cart": "cart/add",
    "cart_class": "add-to-cart",
}
# Programs that make sites, as they name themselves in the meta tag "generator".
_PROGRAMS: Final = {
    "forum": ("discourse", "vbulletin", "xenforo", "phpbb", "flarum", "mybb", "invision", "nodebb", "vanilla"),
    "docs": ("sphinx", "docusaurus", "mkdocs", "vitepress", "gitbook", "mediawiki", "doxygen", "dokuwiki", "starlight"),
    "shop": ("shopify", "woocommerce", "magento", "prestashop", "opencart", "bigcommerce", "bitrix"),
}
MOST_TYPES = 200
_NO_TYPES: Final = (0.0,) * len(_TYPES)
_NO_MARKS: Final = (0.0,) * len(_MARKUP)
_NO_PROGRAM: Final = (0.0,) * len(_PROGRAMS)
_SOURCES: Final = {None: 0.0, URL: 1.0, "line": 2.0, MARKUP: 3.0}
DECLARED: Final = 4.0
DATED: Final = 3.0  # `date_from` of a date in the page, and not only in its URL or in a line of text
_ARTICLE_TYPES: Final = frozenset({"article", "news.article"})

NAMES: Final = (
    *(
        "describes_itself",
        "says_article",
        "says_product",
        "says_website",
        "describes_article",
        "published",
        "article_tags",
    ),
    *("date_from", "author_from", "modified_from", "authors", "metas", "title_words", "description"),
    *("h1s", "h1_words", "h1_characters", "headline_words", "headline_characters"),
    *(f"body_{kind}" for kind in KINDS),
    *(f"type_{kind}" for kind in _TYPES),
    *(f"markup_{name}" for name in _MARKUP),
    *(f"program_{name}" for name in _PROGRAMS),
    "product_tags",
    *("url_year", "url_last", "url_digits", "url_hyphens", "url_depth", "url_slash", "url_file", "url_query"),
    *(f"url_{kind}" for kind in KINDS),
    *(f"url_part_{kind}" for kind in KINDS),
    *(f"host_{kind}" for kind in KINDS),
)


def describes_itself(head: Head, metadata: Metadata) -> bool:
    """Return whether a page declares an article, its date and its author: news in six of ten cases, hardly others."""
    dated = _SOURCES.get(metadata.sources.date_published, DECLARED) >= DECLARED
    return dated and bool(metadata.author) and _declares(head, _named(head))


def _named(head: Head) -> str:
    """Return the type of Open Graph that a page declares."""
    named = head.meta.get("og:type")
    return named[0].strip().casefold() if named else ""


def _declares(head: Head, named: str) -> bool:
    return bool(head.jsonld.article) or named in _ARTICLE_TYPES


def said_of(tree: LexborHTMLParser, head: Head, metadata: Metadata, source: str, *, priced: bool) -> list[float]:
    """Return the numbers of the first families of NAMES.

    `source` is the page's HTML. It is searched for signs of a shop only if the page has neither a date nor an author,
    and for those of a cart only if it is also `priced`: a search takes a tenth of a millisecond.
    """
    named = _named(head)
    first = [text for tag, text in head.headings if tag == "h1"]
    h1, headline = first[0] if first else "", metadata.headline or ""
    sources, meta = metadata.sources, head.meta
    families = [name[:8] for name in meta]
    # A page that declares an article is not searched for signs of a shop: articles about products have them as well.
    declares = _declares(head, named)
    dated = _SOURCES.get(sources.date_published, DECLARED)
    searched = not (declares or dated >= DATED or metadata.author)
    programs = " ".join(meta.get("generator", ())).lower()
    return [
        float(declares and dated >= DECLARED and bool(metadata.author)),
        float(named in _ARTICLE_TYPES),
        float("product" in named),
        float(named == "website"),
        float(bool(head.jsonld.article)),
        float("article:published_time" in meta),
        float(families.count("article:")),
        *(dated, _SOURCES.get(sources.author, DECLARED), _SOURCES.get(sources.date_modified, DECLARED)),
        *(float(len(metadata.author)), log1p(len(meta)), float(len(head.title.split()))),
        *(float(len(metadata.description or "")), float(len(first))),
        *(float(len(h1.split())), float(len(h1)), float(len(headline.split())), float(len(headline))),
        *_counted(_names(tree)),
        *(_NO_TYPES if declares or not head.scripts else _types(head.scripts)),
        *(_marks(source, priced=priced) if searched else _NO_MARKS),
        *((float(any(map(programs.__contains__, names))) for names in _PROGRAMS.values()) if programs else _NO_PROGRAM),
        float(families.count("product:")),
    ]


def url_numbers(url: str) -> list[float]:
    """Return the numbers of the last families of NAMES, those of a URL."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return [0.0] * (8 + 3 * len(KINDS))
    path = unquote(parts.path).lower()
    segments = [segment for segment in path.split("/") if segment]
    last = segments[-1] if segments else ""
    return [
        float(_YEAR.search(path) is not None),
        float(min(len(last), 120)),
        float(max(map(len, _DIGITS.findall(path)), default=0)),
        float(last.count("-") + last.count("_")),
        float(len(segments)),
        float(path.endswith("/")),
        float(_FILE.search(last) is not None),
        float(min(len(parts.query), 100)),
        *_counted(segment.partition(".")[0] for segment in segments),
        *_counted(piece for segment in segments for piece in {segment, *_PIECES.findall(segment)}),
        *_counted(host.lower().split(".")[:-1]),
    ]


def _marks(source: str, *, priced: bool) -> Iterator[float]:
    for name, mark in _MARKUP.items():
        yield log1p(source.count(mark)) if priced or name == "product" else 0.0


def _counted(words: Iterable[str]) -> list[float]:
    counts = [0.0] * len(KINDS)
    for word in words:
        if (number := _KINDS_OF.get(word)) is not None:
            counts[number] += 1.0
    return counts


def _names(tree: LexborHTMLParser) -> Iterator[str]:
    """Yield the words in the classes and ids of `html` and `body`, where site software names the kind of a page."""
    for node in (tree.root, tree.body):
        if node is not None:
            attributes = node.attributes
            names = f"{attributes.get('class') or ''} {attributes.get('id') or ''}"
            yield from _PIECES.findall(names[:1_000].lower())


def _types(scripts: Sequence[str]) -> list[float]:
    """Return the numbers of types of schema.org in a page's JSON-LD, as logarithms."""
    counts = [0] * len(_TYPES)
    named = chain.from_iterable(map(_TYPE.finditer, scripts))
    for found in islice(named, MOST_TYPES):
        if (number := _TYPES_OF.get(found[1])) is not None:
            counts[number] += 1
    return [log1p(count) for count in counts]


__all__ = ["NAMES", "said_of", "url_numbers"]
