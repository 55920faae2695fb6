"""Cuts HTML into blocks, which are the pieces of text on lines of their own, and records each block's tree position.

A block is the text that a reader sees between two line breaks. Nothing is decided about a block here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import product
from typing import Final

import numpy as np
import numpy.typing as npt
from selectolax.lexbor import LexborHTMLParser, LexborNode

from pipeline import native
from pipeline.document.blocks.attributes import AS_BLOCK, READ, TELLING, marks_of, marks_of_names
from pipeline.document.blocks.sign_ups import Span, sign_ups_of
from pipeline.document.blocks.wrapped import joined, paragraphs_of

Ints = npt.NDArray[np.int64]

MOST_FRAMES = 60_000  # elements of a page that are recorded; the largest of 1,414 news pages has 4,687 start tags
MOST_NAMES = 16_384  # of classes and ids whose hints are remembered
DEEPEST = 400  # levels: a deeper element counts as its ancestor on this level; news pages have 60 levels

# Kinds of elements, as the classifier sees them. The numbers are values of a feature: a new order needs new training.
KINDS: Final = (
    *("div", "p", "h1", "h2", "h3", "h4", "h5", "h6", "li", "td", "th", "blockquote", "figcaption", "dd", "dt", "pre"),
    *("section", "article", "main", "aside", "nav", "header", "footer", "form", "figure", "ul", "ol", "table", "body"),
    *("a", "label", "button", "address", "tr", "center", "caption", "details", "summary", "dl", "fieldset", "legend"),
    *("tbody", "thead", "tfoot", "hgroup", "dir", "menu", "marquee", "body", "html", "option"),
)
_KIND: Final = {name: index for index, name in reversed(list(enumerate(KINDS)))}
_INLINE: Final = frozenset({"a", "b", "strong"})
_BREAKS: Final = frozenset({"br", "hr"})
_BLOCKS: Final = frozenset(KINDS) - {"a", "label", "button", "option"}
# Elements whose content is not text of the page.
_UNSEEN: Final = frozenset(
    {"script", "style", "noscript", "template", "svg", "iframe", "head", "select", "textarea", "object", "video"}
    | {"audio", "canvas", "math", "map", "datalist", "title", "_comment", "-comment", "-doctype"}
    | {"rt", "rp"}  # how a word is read, in small letters above it
)
# Hints in the names of classes and ids, one bit each. Only words that many sites use, none of a single outlet.
HINTS: Final = {
    "body": r"article|entry|post|story|text|content|body|news_?item|materi|publication|single|detail",
    "comment": r"comment|disqus|reply|replies|discuss|forum|review|koment|feedback",
    "related": r"relat|also|more|recommend|similar|popular|most|trend|top|last|latest|other|read-?next|teaser|promo"
    r"|list|feed|archive|digest|lenta|carousel|slider|gallery",
    "navigation": r"nav|menu|breadcrumb|pagin|pager|tabs?\b|sitemap|categor|rubric|header|topbar|toolbar|skip",
    "side": r"side|aside|column|widget|right|left|rail|block|panel|module|modal|popup|overlay|hidden|sr-only"
    r"|screen-?reader",
    "share": r"share|social|facebook|twitter|telegram|whatsapp|follow|likes?\b|tool|button|btn|icon|print",
    "advert": r"\bad[s_-]|\bads?\b|advert|banner|sponsor|partner|subscri|newsletter|donat|support|cookie|consent|gdpr"
    r"|paywall|sign-?up|login|register|survey|poll",
    "credit": r"caption|credit|photo|image|img|figure|media|copyright|legal|source|disclaim",
    "byline": r"author|byline|meta\b|date|time|publish|info|tag|topic|keyword|label|views|rating|bio|profile",
    "footer": r"foot|bottom|copy\b|contacts?\b|about",
    "title": r"title|headline|heading|\bh1\b|caps",
    "lead": r"lead|lede|intro|summary|excerpt|standfirst|dek\b|anons|announce|subtitle|subhead|description|abstract",
    "paragraph": r"paragraph|\bpara|rich-?text|prose|wysiwyg|formatted|copytext|zn-body|text-?block|article-?text"
    r"|article-?body|entry-?content|post-?content|post-?body|story-?body|full-?text|articlebody|maintext|main-?text",
}
_HINT: Final = re.compile("|".join(f"(?P<{name}>{words})" for name, words in HINTS.items()))
_PARAGRAPH: Final = re.compile(HINTS["paragraph"])
_BIT: Final = {name: 1 << index for index, name in enumerate(HINTS)}
_PIECE: Final = re.compile(r"(?:\[([^]]+)\]|([\w -]))(\??)")
# The full name of a class or id of a section of comments. Its bit follows those of HINTS.
_COMMENTS: Final = re.compile(
    r"comments?|comment[-_]?list|comments?[-_]?(?:area|section|wrap(?:per)?|container|block|list|box|body|holder|tree|feed)"
    r"|disqus_thread|responses|respond|discussion"
)
_COMMENTS_BEGIN: Final = ("comment", "disqus", "respon", "discuss")
COMMENTS: Final = 1 << len(HINTS)
KNOWN: Final = 1024  # lexbor gives larger numbers to elements that it does not know
# The codes of tags for the compiled walk: the action in the low 8 bits, the kind above them.
_CODES: Final = (
    {name: 1 | kind << 8 for name, kind in _KIND.items() if name in _BLOCKS}
    | {"a": 2, "b": 4, "strong": 4, "-text": 32, "span": 64}
    | dict.fromkeys(_BREAKS, 8)
    | dict.fromkeys(_UNSEEN, 16)
)
# A page with every kind of node and field that the compiled walk reads.
_TRIED: Final = (
    "<!DOCTYPE html><html lang=en><head><title>A</title></head><body class='a b' id=c itemprop='name of it' data-x "
    "style='color: red' hidden itemtype=Article data-url=/a role=main>"
    "<p class>Some text</p><!-- x --><my-tag my-own=x><br><b>née</b></my-tag><input type=email value=''></body></html>"
)


@dataclass(frozen=True, slots=True)
class Layout:
    """A page as blocks, in page order; the texts and the first four arrays have one entry per block."""

    texts: list[str]  # with single spaces; never empty
    frames: Ints  # the block-level element that holds the block: a column of `elements`
    linked: Ints  # characters inside links
    strong: Ints  # characters in bold text
    broken: npt.NDArray[np.bool_]  # the block ends at a `<br>` or `<hr>` and not with its element
    # One column per block-level element: the index of its parent (-1 for the root), its kind (index into KINDS), its
    # depth, the hints of its own class and id (one bit each of HINTS, COMMENTS and the marks of attributes.py), its
    # style (equal for elements with the same tag and classes under parents of equal style), the first block in it, and
    # the block after the last.
    elements: Ints
    sign_ups: tuple[Span, ...] = ()  # boxes that ask for an e-mail address: the first block and the one after the last


def layout_of(tree: LexborHTMLParser) -> Layout:
    """Cut a parsed page into blocks. Never fails; linear in the number of nodes; without recursion."""
    root = tree.body or tree.root
    if root is None:
        return _laid_out([], (), ())
    walk = _walk(root)
    sign_ups: tuple[Span, ...] = ()
    if _may_ask_for_address(tree):
        sign_ups = sign_ups_of(tree, walk.texts, lambda node: _walk(node, _no_hints).texts)
    return _laid_out(walk.texts, walk.blocks, walk.elements, sign_ups)


def texts_of(node: LexborNode) -> list[str]:
    """Return the texts of the blocks of an element, even if a reader does not see it."""
    return list(_walk(node, _no_hints).texts)


def _walk(root: LexborNode, hints: Callable[[str], int] | None = None) -> native.walk.Walk | _Maker:
    """Walk over an element; `hints` replaces the function that reads names, where only the texts are wanted."""
    tags = _tags()
    walk = (
        _Maker()
        if tags is None
        else native.walk.Walk(tags, hints or _hints().marked, marks_of, paragraphs_of, DEEPEST, MOST_FRAMES)
    )
    walk.walk(root)
    return walk


def _may_ask_for_address(tree: LexborHTMLParser) -> bool:
    """Return whether a page may have a sign-up box; most have no field for an address."""
    tags, root = _tags(), tree.root
    return tags is None or root is None or native.walk.asks_for_address(root, tags)


def is_read() -> bool:
    """Return whether the compiled loops read the nodes of a page where lexbor keeps them."""
    return _tags() is not None


def _tags() -> native.walk.Tags | None:
    """Return the tags for the compiled walk; None if it cannot be used."""
    return _numbered() if native.COMPILED else None


@cache
def _numbered() -> native.walk.Tags | None:
    """Try the compiled walk on a small page; None if lexbor does not keep nodes as the walk reads them."""
    tree = LexborHTMLParser(_TRIED)
    body = tree.body
    if body is None or tree.root is None:
        return None
    nodes = list(tree.root.traverse(include_text=True))
    texts = tuple((node, node.text_content or "") for node in nodes if node.tag == "-text")
    elements = tuple((node, node.attributes) for node in nodes if node.attributes)
    if len({len(text) for _, text in texts}) < 3 or len(elements) < 3 or not native.walk.agrees(nodes, texts, elements):
        return None
    numbers = {name: tree.create_node(name).tag_id for name in (*_CODES, "input") if name.isalnum()}
    numbers["-text"] = texts[0][0].tag_id
    codes = {numbers[name]: code for name, code in _CODES.items() if name in numbers}
    places = [list(body.attributes).index(name) for name in ("class", "id", "itemprop", *READ)]
    named = [native.walk.number_of(body, place) for place in places]
    return native.walk.Tags(codes, _CODES["body"], _CODES["div"], _KIND["pre"], numbers["input"], named)


def _laid_out(
    texts: list[str], blocks: npt.ArrayLike, elements: npt.ArrayLike, sign_ups: tuple[Span, ...] = ()
) -> Layout:
    """Return the layout with arrays made from the numbers of blocks (four each) and of elements (seven each)."""
    rows = np.asarray(blocks, np.int64).reshape(-1, 4).T.copy()
    columns = np.asarray(elements, np.int64).reshape(-1, 7).T.copy()
    texts, rows = joined(texts, rows, columns)
    frames, linked, strong, broken = rows
    return Layout(texts, frames, linked, strong, broken > 0, columns, sign_ups)


class _Maker:
    """The state of one walk: the finished blocks, the open elements, the block that is being collected."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.blocks: list[tuple[int, ...]] = []
        self.elements: list[list[int]] = []
        self.open: list[int] = []  # open elements, the innermost last; beyond a limit the parent is listed again
        self.parts: list[str] = []
        self.links = self.strongs = 0  # the number of such elements that are open
        self.linked = self.strong = 0
        self.styles: dict[tuple[int, str, str], int] = {}

    def walk(self, root: LexborNode) -> None:  # noqa: C901, PLR0912 — one loop: calls for each node take twice the time
        """Visit every node once, in document order, and close every element that was opened."""
        self._open_frame(root, "body")
        node = root.first_child
        up: list[tuple[LexborNode, str]] = [(root, "body")]
        while True:
            if node is None:
                done, tag = up.pop()
                if tag in _BLOCKS:
                    self._close_frame()
                elif tag in _INLINE:
                    self._count(tag, -1)
                if not up:
                    return
                node = done.next
                continue
            tag = _tag_of(node)
            if tag == "-text":
                text = node.text_content
                # White space at the beginning of a block is skipped; most texts of a page are nothing else.
                if text and (self.parts or not text.isspace()):
                    self._text(text)
            elif tag in _BREAKS:
                self._break()
            elif tag not in _UNSEEN:
                child = node.first_child
                if child is not None:
                    if tag in _BLOCKS:
                        self._open_frame(node, tag)
                    elif tag in _INLINE:
                        self._count(tag, 1)
                    up.append((node, tag))
                    node = child
                    continue
                if self.parts and tag in _BLOCKS:
                    self._end_block(broken=0)
            node = node.next

    def _count(self, tag: str, step: int) -> None:
        if tag == "a":
            self.links += step
        else:
            self.strongs += step

    def _open_frame(self, node: LexborNode, tag: str) -> None:
        if self.parts:
            self._end_block(broken=0)
        elements = self.elements
        parent = self.open[-1] if self.open else -1
        if len(self.open) >= DEEPEST or len(elements) >= MOST_FRAMES:
            self.open.append(parent)
            return
        classes, hints = "", 0
        attributes = node.attributes
        if attributes:
            classes = attributes.get("class") or ""
            for names in (classes, attributes.get("id"), attributes.get("itemprop")):
                if names:
                    hints |= _marked_hints_of(names[:200])
            for name in READ:
                if attributes.get(name) or (name == "hidden" and name in attributes):
                    hints |= marks_of(name, (attributes[name] or "")[:400]) & ~AS_BLOCK
        above = elements[parent] if parent >= 0 else None
        # Ids do not count: they differ from paragraph to paragraph.
        style = self.styles.setdefault((above[4] if above else 0, tag, classes), len(self.styles))
        here = len(self.texts)
        self.open.append(len(elements))
        elements.append([parent, _KIND[tag], above[2] + 1 if above else 0, hints, style, here, here])

    def _close_frame(self) -> None:
        if self.parts:
            self._end_block(broken=0)
        frame = self.open.pop()
        if not self.open or self.open[-1] != frame:
            self.elements[frame][6] = len(self.texts)

    def _break(self) -> None:
        if self.parts:
            self._end_block(broken=1)
        elif self.blocks and self.blocks[-1][3] == 1:
            self.blocks[-1] = (*self.blocks[-1][:3], 2)  # the second in a row: a blank line

    def _text(self, text: str) -> None:
        if self.open[-1] >= 0 and self.elements[self.open[-1]][1] == _KIND["pre"]:
            *ended, text = paragraphs_of(text)
            for paragraph in ended:
                self._append(paragraph)
                self._end_block(broken=2)
        self._append(text)

    def _append(self, text: str) -> None:
        self.parts.append(text)
        if self.links or self.strongs:
            length = len(text.strip())
            self.linked += length if self.links else 0
            self.strong += length if self.strongs else 0

    def _end_block(self, *, broken: int) -> None:
        text = " ".join("".join(self.parts).split())
        self.parts.clear()
        if text:
            self.texts.append(text)
            self.blocks.append((self.open[-1], min(self.linked, len(text)), min(self.strong, len(text)), broken))
        self.linked = self.strong = 0


def _tag_of(node: LexborNode) -> str:
    """Return the tag of a node; "div" for a span that its style makes a block, and for an unknown element like one."""
    tag = node.tag or ""
    if tag == "span":
        style = node.attributes.get("style") or ""
        return "div" if node.first_child is not None and marks_of("style", style[:400]) & AS_BLOCK else tag
    if node.tag_id >= KNOWN and node.first_child is not None:
        return "div" if _stands_alone(node) else tag
    return tag


def _stands_alone(node: LexborNode) -> bool:
    """Return whether an element has a block, or another unknown element, on either side, and no text."""
    beside = [_beside(node, "prev"), _beside(node, "next")]
    found = [other for other in beside if other is not None]
    return bool(found) and all(other.tag_id >= KNOWN or other.tag in _BLOCKS or other.tag in _BREAKS for other in found)


def _beside(node: LexborNode, side: str) -> LexborNode | None:
    """Return the nearest node on a side that a reader sees."""
    other: LexborNode | None = getattr(node, side)
    while other is not None:
        blank = other.tag == "-text" and not (other.text_content or "").strip(" \t\n\r\f\v")
        if not blank and other.tag not in _UNSEEN:
            return other
        other = getattr(other, side)
    return None


def _no_hints(_: str) -> int:
    return 0


def _marked_hints_of(names: str) -> int:
    return hints_of(names) | marks_of_names(names)


def hints_of(names: str) -> int:
    """Return the hints in a class or id, one bit each."""
    if native.COMPILED:
        return _hints().of(names)
    bits = 0
    for name in names.split():
        bits |= _hints_of_name(name)
    return bits


@lru_cache(maxsize=MOST_NAMES)
def _hints_of_name(name: str) -> int:
    lowered = name.lower()
    bits = 0
    for found in _HINT.finditer(lowered):
        bits |= _BIT[found.lastgroup or ""]
    if _PARAGRAPH.search(lowered):
        bits |= _BIT["paragraph"]
    return bits | COMMENTS if _COMMENTS.fullmatch(lowered) else bits


@cache
def _hints() -> native.blocks.Hints:
    return native.blocks.Hints(*_finders(), _COMMENTS.fullmatch, _COMMENTS_BEGIN, COMMENTS, MOST_NAMES, *_marks())


@cache
def _marks() -> tuple[native.blocks.Finder, Callable[[str], int]]:
    """Return the finder of the words of TELLING, and the function that is asked about names with one of them."""
    return native.blocks.Finder([(word, False, False, 1) for word in TELLING]), marks_of_names


@cache
def _finders() -> tuple[native.blocks.Finder, native.blocks.Finder]:
    """Return the compiled finders of all hints, and of the hints of a paragraph, which may overlap the others."""
    hints = [(*word, _BIT[name]) for name, words in HINTS.items() for word in _spelled_out(words)]
    paragraph = [(*word, _BIT["paragraph"]) for word in _spelled_out(HINTS["paragraph"])]
    return native.blocks.Finder(hints), native.blocks.Finder(paragraph)


def _spelled_out(words: str) -> Iterator[tuple[str, bool, bool]]:
    r"""Yield the words that a pattern of HINTS matches, in its order, and whether it has a \b at the start and the end.

    Such a pattern consists of letters, "x?", "[xyz]" and "|" only.
    """
    for word in words.split("|"):
        bare = word.removeprefix(r"\b").removesuffix(r"\b")
        choices = [
            [*(one or several), ""] if maybe else list(one or several) for several, one, maybe in _PIECE.findall(bare)
        ]
        for letters in product(*choices):
            yield "".join(letters), word.startswith(r"\b"), word.endswith(r"\b")
