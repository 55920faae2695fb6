"""The fields of a verdict that state which text an article has, and where it came from."""

from __future__ import annotations

from typing import Any

from pipeline.records.document import Document
from pipeline.records.verdict import Decision, Verdict
from pipeline.verdict.claim import Claim, key_of_url

Fields = dict[str, Any]  # fields of a verdict


def verdict_of(decision: Decision, base: Fields, **more: Any) -> Verdict:
    """Make a verdict. The page's URL is named only if it is not the one that the article's text came from."""
    fields = base | more
    if fields.get("url_key") == fields.get("source_key"):
        fields["url_key"] = None
    return Verdict(decision=decision, **fields)


def text_fields(document: Document, base: Fields) -> Fields:
    """Return the verdict fields with which a document's text becomes its article's text."""
    return {
        "text_hash": document.text_hash,
        "fetched_at": fetched_at(document),
        "words": document.word_count,
        "source_key": base["url_key"],
        "fingerprint": document.fingerprint,
        "outline": document.outline,
    }


def article_state(current: Claim | None) -> Fields:
    """Return the verdict fields that repeat an article's current state."""
    if current is None:
        return {}
    return {
        "revision": current.revision,
        "fetched_at": current.fetched_at,
        "words": current.words,
        "source_key": key_of_url(current.source),
    }


def fetched_at(document: Document) -> float:
    """Return when a document's page was fetched, in seconds since the epoch; 0 if that is unknown."""
    at = document.provenance.fetched_at
    return at.timestamp() if at else 0.0
