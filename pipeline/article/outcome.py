"""Makes the one event that follows from a document and its verdict. `outcome_of` is the only way to make one."""

from __future__ import annotations

from dataclasses import replace

from pipeline.records.article import Article, DeadLetter, Discarded, Duplicate, Outcome
from pipeline.records.document import Cleaned, Document, Failure, Refusal
from pipeline.records.reason import Reason
from pipeline.records.url import web_url
from pipeline.records.verdict import Decision, Kinship, Verdict


class MismatchError(ValueError):
    """A verdict does not belong to its document: `documents` and `verdicts` no longer match."""


def outcome_of(document: Cleaned, verdict: Verdict) -> Outcome | None:
    """Return the one event for a document and its verdict; None for a repeat, which has no event."""
    if verdict.page_id != document.provenance.page_id:
        raise MismatchError(
            f"the verdict on document {verdict.document_partition}:{verdict.document_offset} is for page "
            f"{verdict.page_id}, but the document is for page {document.provenance.page_id}"
        )
    match document, verdict.decision:
        case _, Decision.REPEAT:
            return None
        case Document(), Decision.CREATED | Decision.UPDATED:
            return _article(document, verdict)
        case Document(), Decision.DUPLICATE:
            return Duplicate(
                kind=verdict.kinship or Kinship.EXACT,
                article_id=verdict.article_id or "",
                page_id=verdict.page_id,
                url=document.url,
                similarity=1.0 if verdict.similarity is None else verdict.similarity,
                evidence=verdict.evidence,
                identity=verdict.identity,
                reservations=document.reservations,
                provenance=document.provenance,
            )
        case Document(), Decision.SUPERSEDED:
            return _superseded(document, verdict)
        case Refusal(), Decision.DISCARDED:
            return _discarded(document, document.reason, document.detail)
        case Failure(), Decision.DEAD_LETTER:
            return _dead_letter(document)
        case _:
            raise MismatchError(
                f"the verdict on document {verdict.document_partition}:{verdict.document_offset} is "
                f"{verdict.decision}, which is impossible for a {document.kind}"
            )


def _article(document: Document, verdict: Verdict) -> Article:
    canonical_url, sources = document.canonical_url, document.sources
    if verdict.identity is not None and verdict.identity.believed != "canonical-url":
        canonical_url = web_url(document.url)
        sources = replace(sources, canonical_url="url" if canonical_url else None)
    return Article(
        event="created" if verdict.decision is Decision.CREATED else "updated",
        article_id=verdict.article_id or "",
        revision=verdict.revision or 1,
        page_id=verdict.page_id,
        url=document.url,
        article_body=document.article_body,
        word_count=document.word_count,
        in_language=document.in_language,
        canonical_url=canonical_url,
        identity=verdict.identity or document.identity,
        headline=document.headline,
        description=document.description,
        author=document.author,
        date_published=document.date_published,
        date_modified=document.date_modified,
        publisher=document.publisher,
        image=document.image,
        sources=sources,
        changes=verdict.changes,
        cleaning=document.cleaning,
        reservations=document.reservations,
        provenance=document.provenance,
    )


def _superseded(document: Document, verdict: Verdict) -> Discarded:
    if verdict.identity is None:
        detail = f"older than the current revision of article {verdict.article_id}"
        return _discarded(document, Reason.SUPERSEDED, detail)
    words = f"{document.word_count:,} word{'s' if document.word_count != 1 else ''}"
    detail = f"{words} instead of the {verdict.words or 0:,} of article {verdict.article_id}, and another text"
    return replace(_discarded(document, Reason.NOT_A_REVISION, detail), identity=verdict.identity)


def _discarded(document: Document | Refusal, reason: Reason, detail: str) -> Discarded:
    return Discarded(
        reason=reason,
        detail=detail,
        page_id=document.provenance.page_id,
        url=document.url,
        reservations=document.reservations,
        provenance=document.provenance,
    )


def _dead_letter(document: Failure) -> DeadLetter:
    return DeadLetter(
        stage=document.stage,
        error=document.error,
        attempt=document.attempt,
        page_id=document.provenance.page_id,
        url=document.url,
        original_base64=document.original_base64,
        original_key_base64=document.original_key_base64,
        provenance=document.provenance,
    )
