"""Texts of one length from the gold of the evaluation sets, and documents of such texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.records.document import Cleaning, Document, Provenance
from pipeline.records.fields import digest
from pipeline.records.route import Route
from pipeline.text.fingerprint import sketches_of, text_hash
from tests.bench import sets

if TYPE_CHECKING:
    from pathlib import Path

WORDS = 400


def texts_of(home: Path, count: int) -> list[str]:
    """Cut the gold texts into texts of WORDS words, `count` at most."""
    found: list[str] = []
    for row in sets.read("plain", home):
        words = row.gold_text.split()
        found += [" ".join(words[at : at + WORDS]) for at in range(0, len(words) - WORDS, WORDS)]
        if len(found) >= count:
            break
    return found[:count]


def document_of(text: str, offset: int) -> Document:
    """Make the document of a page that has only this text, under its first words as headline."""
    return document_at(f"site{offset % 97}.example", text, offset, headline=" ".join(text.split()[:8]))


def document_at(host: str, text: str, offset: int, *, headline: str | None) -> Document:
    """Make the document of a host's page, as the cleaning would."""
    url = f"https://{host}/{offset}"
    fingerprint, outline = sketches_of(text, headline=headline, host=host)
    return Document(
        url=url,
        route=Route.OTHER,
        article_body=text,
        word_count=len(text.split()),
        text_hash=text_hash(text),
        fingerprint=fingerprint,
        outline=outline,
        canonical_url=url,
        headline=headline,
        cleaning=Cleaning(kept_lines=1, kept_characters=len(text)),
        provenance=Provenance(page_id=digest(url.encode()), topic="pages", partition=0, offset=offset),
    )
