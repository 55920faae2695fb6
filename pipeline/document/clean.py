"""Turns a raw page into a document, or into a refusal with its reason: the pure core of the stage `clean`.

Only the order of the steps is here. Each step has a file of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from html import unescape
from itertools import islice
from typing import Literal

from selectolax.lexbor import LexborHTMLParser

from pipeline.document import fallback
from pipeline.document.blocks.block import MOST_LINES, count_lines
from pipeline.document.blocks.lines import lines_of
from pipeline.document.blocks.tree import layout_of
from pipeline.document.classifier.judge import (
    Decisions,
    Models,
    decide,
    measure_layout,
    measure_text,
)
from pipeline.document.classifier.model import Kind, model_for
from pipeline.document.metadata.bylines import metadata_of_blocks, metadata_of_lines
from pipeline.document.metadata.canonical import identity_of
from pipeline.document.metadata.choose import Metadata, metadata_of, metadata_of_listing, with_desk, with_signatures
from pipeline.document.metadata.fields import metadata_of_fields
from pipeline.document.metadata.head import read_head
from pipeline.document.metadata.late_dates import late_date
from pipeline.document.metadata.reservations import Obey, forbidden, reservations_of
from pipeline.document.metadata.signatures import signatures
from pipeline.document.page_type.decide import Found
from pipeline.document.page_type.kinds.model import Typed, type_of
from pipeline.document.page_type.recognise import kind_of_html, kind_of_text
from pipeline.document.rules.recognise import CODE
from pipeline.document.rules.rule import Rule
from pipeline.document.unseen import better
from pipeline.page.forms.form import RULE as FORM
from pipeline.page.forms.form import Formed
from pipeline.page.forms.read import read_form
from pipeline.page.markup import start_tags, visible_text
from pipeline.page.opening import Opened, Unopened, open_page
from pipeline.page.routing import route_of
from pipeline.records.document import Cleaning, Document, Provenance, Refusal, Removed, Reservations, Sources
from pipeline.records.page import Page
from pipeline.records.page_type import ARTICLES, PageType
from pipeline.records.reason import Reason
from pipeline.records.route import Route
from pipeline.records.url import host_of, web_url
from pipeline.text.fingerprint import hash_of, sketches_of
from pipeline.text.language import UNDETERMINED, language_of
from pipeline.text.normalise import count_normalised, normal_lines, tidied, words
from pipeline.text.plain import legible

Extractor = Literal["blocks", "trafilatura"]
HEADLINE_WORDS = 30
NOTHING = Obey()
# A page with at least so many elements is cleaned as lines of text, not as a tree. The largest of 1,414 news pages has
# 4,687 start tags, and the parsers are quadratic in the depth (20,000 nested elements take 0.7 s, 100,000 16 s).
TREE_LIMIT = 20_000


@dataclass(frozen=True, slots=True)
class Extracted:
    """The result of the extraction from a page: the article's lines, its metadata, and the extractor's name."""

    lines: tuple[str, ...]
    metadata: Metadata
    cleaning: Cleaning
    extractor: str
    note: str = ""  # the reason if there are no lines
    reservations: Reservations | None = None
    kind: Found | None = None  # the kind of the page if it is no article
    typed: Typed | None = None  # None for plain text, and for HTML without text


def clean(
    page: Page,
    *,
    topic: str,
    partition: int,
    offset: int,
    raw: bytes | None = None,
    extractor: Extractor = "blocks",
    models: Models | None = None,
    obey: Obey = NOTHING,
    accept: frozenset[PageType] = ARTICLES,
) -> Document | Refusal:
    """Clean one page. Its position in the topic `pages` goes into the provenance.

    `raw` is the page's body, if it has been decoded already. `extractor` extracts the text from HTML. `models` replace
    the shipped models. `obey` says which of the publisher's declarations are obeyed. `accept` are the types of pages
    that become documents.
    """
    raw = page.raw if raw is None else raw
    provenance = Provenance.of(page, topic=topic, partition=partition, offset=offset, raw=raw)
    opened = open_page(page, raw)
    if isinstance(opened, Unopened):
        return _refusal(page, Route.OTHER, opened, provenance)
    route = route_of(opened.text, html=opened.html)
    extracted = extract(opened, page, extractor=extractor, models=models)
    if isinstance(extracted, Unopened):
        return _refusal(page, route, extracted, provenance)
    provenance = replace(provenance, extractor=extracted.extractor)
    lines = tuple(tidied(legible(extracted.lines)))
    extracted = extracted if lines == extracted.lines else replace(extracted, lines=lines)
    if (why := _why_not(extracted, page, obey, accept)) is not None:
        return _refusal(page, route, why, provenance, extracted)
    return _document(page, route, extracted, provenance)


def extract(
    opened: Opened, page: Page, *, extractor: Extractor = "blocks", models: Models | None = None
) -> Extracted | Unopened:
    """Extract the article and its metadata from a page that was opened."""
    if not opened.html:
        return _too_long(opened.text) or _from_text(opened.text, read_form(opened.text), page, models)
    tags = start_tags(opened.text)
    if tags >= TREE_LIMIT:
        text = unescape(visible_text(opened.text))
        return _too_long(text) or _from_text(text, Formed(text), page, models)
    return _from_html(opened, page, tags, extractor, models)


def _refusal(
    page: Page, route: Route, why: Unopened, provenance: Provenance, extracted: Extracted | None = None
) -> Refusal:
    return Refusal(
        url=page.url,
        route=route,
        reason=why.reason,
        detail=why.detail,
        cleaning=extracted.cleaning if extracted else None,
        reservations=extracted.reservations if extracted else None,
        provenance=provenance,
    )


def _why_not(extracted: Extracted, page: Page, obey: Obey, accept: frozenset[PageType]) -> Unopened | None:
    """Return why a page that was opened gives no article; None if it gives one."""
    if (declared := forbidden(extracted.reservations, obey, fetched_at=page.fetched_at)) is not None:
        return Unopened(*declared)
    if extracted.kind is not None:
        return Unopened(extracted.kind.reason, extracted.kind.detail)
    if not any(map(words, extracted.lines)):
        return Unopened(Reason.NO_ARTICLE, extracted.note or "nothing was left after the cleaning")
    if extracted.typed is not None and extracted.typed.page_type not in accept:
        return Unopened(Reason.NO_ARTICLE, extracted.typed.detail)
    return None


def _too_many(lines: int) -> Unopened | None:
    return Unopened(Reason.TOO_LARGE, f"{lines} lines; the limit is {MOST_LINES}") if lines > MOST_LINES else None


def _document(page: Page, route: Route, extracted: Extracted, provenance: Provenance) -> Document:
    body = "\n".join(extracted.lines)
    normal = " ".join(filter(None, normal_lines(body)))
    language = language_of(body)
    metadata = _known_of(page, extracted.metadata).dated()
    canonical, identity = identity_of(page.url, metadata.canonical_url, metadata.canonical_doubt)
    fingerprint, outline = sketches_of(body, headline=metadata.headline, host=host_of(page.url))
    from_page = canonical is not None and canonical != web_url(page.url)
    return Document(
        url=page.url,
        route=route,
        article_body=body,
        word_count=count_normalised(normal),
        text_hash=hash_of(normal),
        fingerprint=fingerprint,
        outline=outline,
        in_language=language,
        canonical_url=canonical,
        identity=identity,
        headline=metadata.headline,
        description=metadata.description,
        author=metadata.author,
        date_published=metadata.date_published,
        date_modified=metadata.date_modified,
        publisher=metadata.publisher,
        image=metadata.image,
        sources=replace(
            metadata.sources,
            in_language="text" if language != UNDETERMINED else None,
            canonical_url=None if canonical is None else metadata.sources.canonical_url if from_page else "url",
        ),
        cleaning=extracted.cleaning,
        reservations=extracted.reservations,
        provenance=provenance,
    )


def _from_html(
    opened: Opened, page: Page, tags: int, extractor: Extractor, models: Models | None
) -> Extracted | Unopened:
    """Extract the blocks that the classifier keeps; if it keeps none, use what is unseen, or trafilatura."""
    tree = LexborHTMLParser(opened.text if opened.utf8 is None else opened.utf8)
    head = read_head(tree, url=web_url(page.url))
    layout = layout_of(tree)
    metadata = metadata_of(head, fetched_at=page.fetched_at, blocks=layout.texts)
    if (refused := _too_many(len(layout.texts))) is not None:
        return refused
    measured = measure_layout(layout, head.texts, models=models)
    made = decide(measured, headline=metadata.headline)
    told = better(tree, head.jsonld, made.lines) if extractor == "blocks" else None
    removed: Iterable[str]
    if extractor == "blocks" and told is None and any(made.kept):
        extracted = _of_decisions(made, metadata, page, _name("html", models), head.all_times)
        removed = (text for text, kept in zip(made.texts, made.kept, strict=True) if not kept)
    else:
        extracted = _of_lines(told or _by_trafilatura(opened, page, tags), metadata, page, layout.texts)
        removed = () if extracted.lines else layout.texts
    beside, elsewhere = ([], []) if extracted.metadata.author else signatures(tree)
    metadata = with_signatures(extracted.metadata, head, (beside, elsewhere))
    known = _known_of(page, metadata)
    kind = kind_of_html(
        tree, head, page, lines=extracted.lines, removed=removed, blocks=layout.texts, metadata=metadata
    )
    typed = None
    if kind is None and extracted.lines:
        typed = type_of(tree, head, known, measured, made.kept, url=page.url, source=opened.text)
    if kind is None and known.dated().date_published is None:  # the last step, for it takes elements out of the tree
        late = late_date(tree, opened.text, layout.texts, fetched_at=page.fetched_at, language=metadata.language)
        metadata = metadata.filled(late)
    return replace(
        extracted,
        metadata=with_desk(metadata, head, beside, elsewhere),
        kind=kind,
        typed=typed,
        cleaning=_with_type(extracted.cleaning, typed),
        reservations=reservations_of(page, head),
    )


def _by_trafilatura(opened: Opened, page: Page, tags: int) -> tuple[str, tuple[str, ...]]:
    fast = tags >= fallback.FAST_FROM
    return fallback.name(), fallback.lines_of(opened.text, url=web_url(page.url) or "", fast=fast)


def _of_lines(told: tuple[str, tuple[str, ...]], metadata: Metadata, page: Page, texts: Sequence[str]) -> Extracted:
    """Return what was told of the article by another extractor, with its name; `texts` are the blocks of the page."""
    name, lines = told
    kept = sum(map(len, lines))
    gone = Removed(
        rule=name.partition("/")[0],
        lines=max(0, len(texts) - len(lines)),
        characters=max(0, sum(map(len, texts)) - kept),
    )
    cleaning = Cleaning(kept_lines=len(lines), kept_characters=kept, removed=(gone,))
    of_lines = metadata_of_lines([(line, True) for line in lines], fetched_at=page.fetched_at)
    note = "" if lines else "no block of it reads like an article"
    return Extracted(lines, metadata.filled(of_lines), cleaning, name, note)


def _known_of(page: Page, metadata: Metadata) -> Metadata:
    """Return a page's metadata with what the listing said that led to it."""
    if not page.title and not page.date_published:
        return metadata
    return metadata.filled(metadata_of_listing(page.title, page.date_published, fetched_at=page.fetched_at))


def _with_type(cleaning: Cleaning, typed: Typed | None) -> Cleaning:
    if typed is None:
        return cleaning
    return replace(cleaning, article_score=typed.article_score, page_type=typed.page_type.value)


def _too_long(text: str) -> Unopened | None:
    return _too_many(count_lines(text)) if text.count("\n") + text.count("\r") >= MOST_LINES else None


def _from_text(text: str, formed: Formed, page: Page, models: Models | None) -> Extracted:
    """Extract the lines of a text that was read out of its form."""
    made = decide(measure_text(formed.text, models=models))
    metadata = metadata_of_fields(formed.fields, made.texts, fetched_at=page.fetched_at)
    if (headline := _headline(made)) is not None:
        metadata = metadata.filled(Metadata(headline=headline, sources=Sources(headline="line")))
    extracted = _of_decisions(made, metadata, page, _name("plain", models))
    removed = (text for text, kept in zip(made.texts, made.kept, strict=True) if not kept)
    kind = kind_of_text(page, lines=extracted.lines, removed=removed, metadata=extracted.metadata)
    cleaning = extracted.cleaning if formed.text == text else _with_form(extracted.cleaning, text, formed, made.texts)
    reserved = reservations_of(page, None)
    if kind is None and reserved is None and cleaning is extracted.cleaning:
        return extracted
    return replace(extracted, cleaning=cleaning, kind=kind, reservations=reserved)


def _with_form(cleaning: Cleaning, text: str, formed: Formed, texts: Sequence[str]) -> Cleaning:
    """Count what belonged to the form of a text alone; `texts` are the lines that it was read as.

    Lines that were joined have a space more, so less may be counted than has gone.
    """
    characters = sum(map(len, lines_of(text).texts)) - sum(map(len, texts))
    if characters <= 0 and not formed.lines:
        return cleaning
    gone = Removed(rule=FORM, lines=formed.lines, characters=max(0, characters))
    return replace(cleaning, removed=tuple(sorted((*cleaning.removed, gone), key=lambda one: one.rule)))


def _name(kind: Kind, models: Models | None) -> str:
    model = (models or {}).get(kind) or model_for(kind)
    return f"blocks/{kind}-{model.version}"


def _of_decisions(
    made: Decisions, metadata: Metadata, page: Page, extractor: str, declared: Sequence[str] = ()
) -> Extracted:
    lines = made.lines
    removed = sorted(made.removed)
    cleaning = Cleaning(
        kept_lines=len(lines),
        kept_characters=sum(map(len, lines)),
        removed=tuple(Removed(rule=rule, lines=count, characters=size) for rule, count, size in removed),
        confidence=made.confidence,
    )
    if metadata.author and metadata.date_published and metadata.date_modified:
        return Extracted(lines, metadata, cleaning, extractor)
    of_lines = metadata_of_blocks(
        made.texts,
        made.kept,
        fetched_at=page.fetched_at,
        headline=metadata.headline,
        language=metadata.language,
        declared=declared,
        authors=not metadata.author,
    )
    return Extracted(lines, metadata.filled(of_lines), cleaning, extractor)


def _headline(made: Decisions) -> str | None:
    """Return the first kept line if it reads like a headline: short, no full stop, longer prose after it; else None.

    A line that was found to be the headline may have a date or a byline after it.
    """
    places = list(islice((place for place, kept in enumerate(made.kept) if kept), 2))
    if len(places) < 2:
        return None
    first, second = (made.kept[place] for place in places)
    if first.rstrip().endswith((".", ",", ":", ";", "…")):
        return None
    named = made.rules[places[0]] == CODE[Rule.HEADLINE]
    return first if len(words(first)) <= HEADLINE_WORDS and (named or len(second) > len(first)) else None
