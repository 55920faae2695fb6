"""The other cleaners that ours is measured against, each asked as its manual says, with what helps it here.

Their packages are the group `bench`; each is imported when it is first asked.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.bench.longest_run import longest_run

if TYPE_CHECKING:
    from collections.abc import Callable

_STOPLISTS = {
    "ar": "Arabic",
    "cs": "Czech",
    "da": "Danish",
    "de": "German",
    "el": "Greek",
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "he": "Hebrew",
    "il": "Hebrew",
    "id": "Indonesian",
    "is": "Icelandic",
    "it": "Italian",
    "ko": "Korean",
    "lv": "Latvian",
    "nb": "Norwegian_Bokmal",
    "no": "Norwegian_Bokmal",
    "pl": "Polish",
    "pt": "Portuguese",
    "ru": "Russian",
    "uk": "Ukrainian",
    "vi": "Vietnamese",
}
_NEEDS_TOKENIZER = {"zh", "ja", "th", "ko"}  # newspaper4k's extras for them are not in the lock
_BLOCKS = (
    *("address", "article", "aside", "blockquote", "body", "dd", "div", "dl", "dt", "figcaption", "figure", "footer"),
    *("form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section"),
    *("table", "tbody", "td", "th", "thead", "tr", "ul"),
)


@dataclass(frozen=True, slots=True)
class Peer:
    """A cleaner of HTML or of plain text, and the package it is of (none: it is a rule of this benchmark)."""

    name: str
    package: str | None
    take: Callable[[str, str, str], str]  # the page, its URL, its language

    def extract(self, page: str, url: str, lang: str = "") -> str | None:
        """Give the article's text, None where the peer failed."""
        try:
            return self.take(page, url, lang) or ""
        except Exception:  # noqa: BLE001 a peer may raise what it likes; it is counted
            return None

    @property
    def version(self) -> str:
        return version(self.package) if self.package else ""

    @property
    def key(self) -> str:
        """Name what a text depends on beside the page: the peer, its package's version, and how this file asks it."""
        asked = hashlib.blake2b(Path(__file__).read_bytes(), digest_size=4).hexdigest()
        return "-".join([self.name.replace(" ", "_"), self.version, asked])


def _trafilatura(**options: bool) -> Callable[[str, str, str], str]:
    def take(html: str, url: str, lang: str) -> str:
        extract = import_module("trafilatura").extract
        return extract(html, url=url, include_comments=False, deduplicate=False, **options) or ""

    return take


def readability(html: str, url: str, lang: str) -> str:
    """Ask readability-lxml for its summary, and break that into lines."""
    return text_of(import_module("readability").Document(html).summary())


def text_of(html: str) -> str:
    """Give the text of a piece of HTML, each block on lines of its own."""
    tree = import_module("lxml.html").document_fromstring(html)
    for element in tree.iter(*_BLOCKS):
        element.text = f"\n{element.text or ''}"
        element.tail = f"\n{element.tail or ''}"
    for element in tree.iter("br"):
        element.tail = f"\n{element.tail or ''}"
    lines = (" ".join(line.split()) for line in tree.text_content().splitlines())
    return "\n".join(line for line in lines if line)


def resiliparse(html: str, url: str, lang: str) -> str:
    """Ask Resiliparse for the main content; without comments and post meta it does better on these sets."""
    text: str = import_module("resiliparse.extract.html2text").extract_plain_text(
        html,
        main_content=True,
        preserve_formatting=True,
        list_bullets=False,
        alt_texts=False,
        comments=False,
        post_meta=False,
    )
    return text


def justext(html: str, url: str, lang: str) -> str:
    """Ask jusText with the stoplist of the page's language; with all of them where it has none."""
    found: list[Any] = import_module("justext").justext(html, _stoplist(_STOPLISTS.get(lang)))
    return "\n".join(paragraph.text for paragraph in found if not paragraph.is_boilerplate)


@cache
def _stoplist(name: str | None) -> frozenset[str]:
    library = import_module("justext")
    chosen = [name] if name in library.get_stoplists() else library.get_stoplists()
    return frozenset().union(*map(library.get_stoplist, chosen))


def newspaper(html: str, url: str, lang: str) -> str:
    """Ask newspaper4k, which is told the language if it can read it: of old pages it would guess English."""
    library = import_module("newspaper")
    known = lang not in _NEEDS_TOKENIZER and lang in import_module("newspaper.utils").get_available_languages()
    article = library.Article(url, **({"language": lang} if known else {}))
    article.fetch_images = lambda: None  # the setting of this name still fetches images where no meta tag names one
    article.download(input_html=html)
    article.parse()
    text: str = article.text
    return text


HTML = (
    Peer("trafilatura", "trafilatura", _trafilatura()),
    Peer("trafilatura precision", "trafilatura", _trafilatura(favor_precision=True)),
    Peer("trafilatura fast", "trafilatura", _trafilatura(fast=True)),
    Peer("readability", "readability-lxml", readability),
    Peer("resiliparse", "resiliparse", resiliparse),
    Peer("justext", "justext", justext),
    Peer("newspaper4k", "newspaper4k", newspaper),
)
PLAIN = (
    Peer("whole page", None, lambda text, url, lang: text),
    Peer("longest run", None, lambda text, url, lang: longest_run(text)),
)
PEERS = {"html": HTML, "plain": PLAIN}
