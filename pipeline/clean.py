"""A raw page becomes a document, or a refusal with its reason: the pure heart of the stage `clean`.

Only the order of the steps is here; each step is a file of its own.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from html import unescape
from typing import TYPE_CHECKING

from pipeline import extract as html_extractor
from pipeline.blocks import MOST_LINES, lines_of
from pipeline.boilerplate import Judged, Rule, judge
from pipeline.charset import Undecodable, decode
from pipeline.document import Cleaning, Document, Provenance, Refusal, Removed, Sources
from pipeline.extract import Extracted, extract
from pipeline.fingerprint import hash_of
from pipeline.language import UNDETERMINED, language_of
from pipeline.markup import looks_like_html, start_tags, visible_text
from pipeline.page import Page, Reason, page_id
from pipeline.route import Route, route_of
from pipeline.text import tidy, words
from pipeline.urls import canonical_of, web_url

if TYPE_CHECKING:
    from collections.abc import Sequence

BLOCKS = "blocks/1"
_HTML_TYPES = {"text/html", "application/xhtml+xml", "application/xml", "text/xml"}
_TEXT_TYPES = {"text/plain", "text/markdown", ""}
HEADLINE_WORDS = 30
LONGEST_DETAIL = 200  # characters of what a page says of itself
# Rules that judge a line by the lay-out of the whole page, of which an extractor has left only a part. Without them
# the block rules bring pageF1 from .891 to .895 on four sets of ../shared/eval; with them to .899, but one English set
# from .962 to .931.
_OF_THE_WHOLE_PAGE = {Rule.FAR_FROM_ARTICLE, Rule.REPEATED, Rule.RUN_ON_HEADLINES, Rule.HEADLINE_LIST}


@dataclass(frozen=True, slots=True)
class Opened:
    """A page whose bytes were read: its text and whether that is markup."""

    text: str
    html: bool


@dataclass(frozen=True, slots=True)
class Unopened:
    """A page that is not read (to its end), with the reason."""

    reason: Reason
    detail: str


def open_page(page: Page, raw: bytes | None = None) -> Opened | Unopened:
    """Read a page's bytes (`raw`, where they are at hand) as text, and tell HTML from plain text."""
    if page.refused is not None:
        return Unopened(page.refused, page.detail)
    raw = page.raw if raw is None else raw
    if not raw.strip():
        return Unopened(Reason.EMPTY, "no characters but white space" if raw else "0 bytes")
    said, _, parameters = (page.media_type or "").partition(";")
    said = said.strip().lower()
    if said not in _HTML_TYPES | _TEXT_TYPES:
        return Unopened(Reason.MEDIA_TYPE, said[:LONGEST_DETAIL])
    if binary := _binary(raw):
        return Unopened(Reason.BINARY, binary)
    html = said in _HTML_TYPES or looks_like_html(raw[:16384].decode("latin-1"))
    charset = page.charset or _parameter(parameters, "charset")
    text = page.body if page.body is not None else decode(raw, said=charset, html=html)
    if isinstance(text, Undecodable):
        return Unopened(Reason.UNDECODABLE, text.detail)
    text = text.removeprefix("\ufeff").replace("\0", "")
    return Opened(text, html or looks_like_html(text))


def clean(page: Page, *, topic: str, partition: int, offset: int, raw: bytes | None = None) -> Document | Refusal:
    """Clean one page; its place in `pages` goes into the provenance. `raw` is its body where that is at hand."""
    raw = page.raw if raw is None else raw
    provenance = Provenance(
        page_id=page_id(page, raw), topic=topic, partition=partition, offset=offset, fetched_at=page.fetched_at
    )
    opened = open_page(page, raw)
    if isinstance(opened, Unopened):
        return _refusal(page, Route.OTHER, opened, provenance)
    route = route_of(opened.text, html=opened.html)
    tags = start_tags(opened.text) if opened.html else 0
    by_tree = opened.html and tags < html_extractor.TREE_LIMIT
    provenance = replace(provenance, extractor=html_extractor.NAME if by_tree else BLOCKS)
    taken = _from_html(opened.text, page, tags) if by_tree else _from_text(_shown(opened))
    if isinstance(taken, Unopened):
        return _refusal(page, route, taken, provenance)
    found, cleaning = taken
    found = replace(found, lines=tuple(line for line in map(tidy, found.lines) if line))
    if not any(map(words, found.lines)):
        nothing = Unopened(Reason.NO_ARTICLE, found.note or "nothing was left after the cleaning")
        return _refusal(page, route, nothing, provenance, cleaning)
    return _document(page, route, found, cleaning, provenance)


def _refusal(
    page: Page, route: Route, why: Unopened, provenance: Provenance, cleaning: Cleaning | None = None
) -> Refusal:
    return Refusal(
        url=page.url, route=route, reason=why.reason, detail=why.detail, cleaning=cleaning, provenance=provenance
    )


def _shown(opened: Opened) -> str:
    """Give the text to judge by its lines: a page of more tags than a tree is made of loses its markup, no more."""
    return unescape(visible_text(opened.text)) if opened.html else opened.text


def _too_many(lines: int) -> Unopened | None:
    return Unopened(Reason.TOO_LARGE, f"{lines} lines; the limit is {MOST_LINES}") if lines > MOST_LINES else None


def _document(page: Page, route: Route, found: Extracted, cleaning: Cleaning, provenance: Provenance) -> Document:
    body = "\n".join(found.lines)
    in_words = words(body)
    language = language_of(body)
    canonical = canonical_of(page.url, found.declared_url)
    from_page = canonical is not None and canonical != web_url(page.url)
    return Document(
        url=page.url,
        route=route,
        article_body=body,
        word_count=len(in_words),
        text_hash=hash_of(in_words),
        in_language=language,
        canonical_url=canonical,
        headline=found.headline,
        description=found.description,
        author=found.author,
        date_published=found.date_published,
        publisher=found.publisher,
        image=found.image,
        sources=replace(
            found.sources,
            in_language="text" if language != UNDETERMINED else None,
            canonical_url=None if canonical is None else found.sources.canonical_url if from_page else "url",
        ),
        cleaning=cleaning,
        provenance=provenance,
    )


def _from_html(text: str, page: Page, tags: int) -> tuple[Extracted, Cleaning] | Unopened:
    """Extract, then let the block rules take what the extractor left of menus, tickers and prompts."""
    found = extract(text, url=web_url(page.url) or "", fetched_at=page.fetched_at, tags=tags)
    if (refused := _too_many(len(found.lines))) is not None:
        return refused
    judged = judge("\n".join(found.lines))
    lines = tuple(block.text if block.rule in _OF_THE_WHOLE_PAGE else block.kept for block in judged)
    lines = tuple(line for line in lines if line)
    seen = [line.strip() for line in visible_text(text).splitlines() if line.strip()]
    gone = Removed(
        rule="trafilatura",
        lines=max(0, len(seen) - len(found.lines)),
        characters=max(0, sum(map(len, seen)) - sum(map(len, found.lines))),
    )
    by_rule = _removed([block for block in judged if block.rule not in _OF_THE_WHOLE_PAGE])
    cleaning = Cleaning(kept_lines=len(lines), kept_characters=sum(map(len, lines)), removed=(gone, *by_rule))
    return replace(found, lines=lines), cleaning


def _from_text(text: str) -> tuple[Extracted, Cleaning] | Unopened:
    if (refused := _too_many(lines_of(text))) is not None:
        return refused
    judged = judge(text)
    lines = tuple(block.kept for block in judged if block.kept)
    headline = _headline(judged)
    found = Extracted(lines=lines, headline=headline, sources=Sources(headline="line" if headline else None))
    return found, Cleaning(kept_lines=len(lines), kept_characters=sum(map(len, lines)), removed=_removed(judged))


def _removed(judged: Sequence[Judged]) -> tuple[Removed, ...]:
    lines: Counter[Rule] = Counter()
    characters: Counter[Rule] = Counter()
    for block in judged:
        if len(block.kept) < len(block.text):
            lines[block.rule] += not block.kept
            characters[block.rule] += len(block.text) - len(block.kept)
    return tuple(Removed(rule=rule, lines=lines[rule], characters=characters[rule]) for rule in sorted(characters))


def _headline(judged: Sequence[Judged]) -> str | None:
    """Take the first kept line for the headline if it reads like one: short, no full stop, longer prose after it."""
    kept = [block.kept for block in judged if block.kept]
    if len(kept) < 2 or kept[0].rstrip().endswith((".", ",", ":", ";", "…")):
        return None
    short = len(words(kept[0])) <= HEADLINE_WORDS
    return kept[0] if short and len(kept[1]) > len(kept[0]) else None


def _binary(raw: bytes) -> str | None:
    """Name what shows that bytes are not a text; a UTF-16 text has its NULs behind a byte-order mark."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return None
    for magic, name in _MAGIC:
        if raw.startswith(magic):
            return name
    nuls = raw.count(0)
    return f"{nuls} NUL bytes, the first at offset {raw.find(0)}" if nuls * 1000 > len(raw) else None


_MAGIC = (
    (b"%PDF-", "a PDF"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "gzip data"),
    (b"\x7fELF", "a program"),
)


def _parameter(parameters: str, name: str) -> str | None:
    for part in parameters.split(";"):
        key, _, value = part.partition("=")
        if key.strip().lower() == name:
            return value.strip().strip("\"'") or None
    return None
