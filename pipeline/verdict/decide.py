"""Decide whether a document is new. Decisions follow the order of one partition and use verdicts at lower offsets only.

The claims are derived from verdicts only, so a replay, another worker or a zombie reaches the same decisions.
`agents/dedupe/verdicts.py` stores the verdicts.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isinf
from typing import Any

import numpy as np

from pipeline.records.document import Cleaned, Document, Failure, Refusal
from pipeline.records.fields import digest
from pipeline.records.verdict import Changes, Decision, Evidence, Kinship, Verdict
from pipeline.text.fingerprint import Fingerprint, read
from pipeline.text.minhash import Signature, overlap
from pipeline.text.outline import read_outline
from pipeline.verdict.claim import Claim
from pipeline.verdict.claims import ClaimIndex, WindowStart
from pipeline.verdict.nearest import Near, Search, Text

DIGITS = 3  # decimal places of the estimates in a verdict

_Fields = dict[str, Any]  # fields of a verdict


@dataclass(frozen=True, slots=True)
class Decider:
    """Decides on the next document of a partition, given the claims of all earlier ones. It has no state of its own."""

    claims: ClaimIndex

    def decide(
        self,
        document: Cleaned,
        *,
        partition: int,
        offset: int,
        timestamp: float | None = None,
        horizon: float | None = None,
    ) -> Verdict:
        """Return the verdict on the document at an offset. The claims are not changed.

        `timestamp` is the timestamp of the document's record, in seconds since the epoch. Claims older than `horizon`
        are not compared; the default is the timestamp minus the window. Both never go back from one document to the
        next.
        """
        time = self.claims.time if timestamp is None else max(self.claims.time, timestamp)
        until = max(self.claims.horizon, time - self.claims.window if horizon is None else horizon)
        source = document.provenance
        base: _Fields = {
            "document_partition": partition,
            "document_offset": offset,
            "page_id": source.page_id,
            "page_partition": source.partition,
            "page_offset": source.offset,
            "timestamp": _time_or_none(time),
            "horizon": _time_or_none(until),
        }
        since = self.claims.since(until)
        if self.claims.has_delivery(source.page_id, source.partition, source.offset, since):
            return Verdict(decision=Decision.REPEAT, **base)
        if isinstance(document, Failure):
            return Verdict(decision=Decision.DEAD_LETTER, **base)
        if isinstance(document, Refusal):
            return Verdict(decision=Decision.DISCARDED, **base)
        return self._on_document(document, base, since)

    def _on_document(self, document: Document, base: _Fields, since: WindowStart) -> Verdict:
        if (seen := self.claims.claim_of_page(document.provenance.page_id, since)) is not None:
            return self._duplicate(base, Kinship.REDELIVERED, seen, document, since)
        own = article_id(document)
        current = self.claims.claim_of_article(bytes.fromhex(own), since)
        holder = self.claims.claim_of_text(document.text_hash, since)
        if holder is not None and (
            holder.article_id != own or current is None or holder.text_revision == current.revision
        ):
            return self._duplicate(base, Kinship.EXACT, holder, document, since)
        if current is not None:
            return self._on_known_article(document, base, current, since)
        text = _text_of(document)
        if text is not None and (near := Search(self.claims, since, text).nearest()) is not None:
            return self._near(base, near, document, since)
        return Verdict(decision=Decision.CREATED, article_id=own, revision=1, **base, **_text_fields(document))

    def _on_known_article(self, document: Document, base: _Fields, current: Claim, since: WindowStart) -> Verdict:
        if _fetched_at(document) < current.fetched_at:  # an older copy of the page must not overwrite a newer one
            return Verdict(decision=Decision.SUPERSEDED, article_id=current.article_id, **base)
        similarity = self._similarity(_fingerprint_of(document), current, since)
        changes = None
        if current.words is not None:
            changes = Changes(words_before=current.words, words_after=document.word_count, similarity=similarity)
        return Verdict(
            decision=Decision.UPDATED,
            article_id=current.article_id,
            revision=current.revision + 1,
            similarity=similarity,
            changes=changes,
            **base,
            **_text_fields(document),
        )

    def _similarity(self, fingerprint: Fingerprint | None, current: Claim, since: WindowStart) -> float | None:
        """Estimate the similarity of a text with the article's current revision; None if either is too short."""
        if fingerprint is None or current.own <= since.sketch:
            return None
        signatures, shingles = self.claims.signatures(np.array([current.own - 1]))
        common = overlap(_signature(fingerprint), fingerprint.shingles, signatures, shingles)
        return round(float(common.jaccard[0]), DIGITS)

    def _duplicate(
        self, base: _Fields, kinship: Kinship, seen: Claim, document: Document, since: WindowStart
    ) -> Verdict:
        """Return the verdict that a page is a duplicate.

        The verdict repeats the article's current revision, so the article stays in the window for longer.
        """
        current = self.claims.claim_of_article(seen.article, since)
        held = self.claims.claim_of_text(document.text_hash, since)
        is_current = (
            current is not None
            and held is not None
            and (held.article, held.text_revision) == (current.article, current.revision)
        )
        return Verdict(
            decision=Decision.DUPLICATE,
            article_id=seen.article_id,
            kinship=kinship,
            similarity=1.0,
            text_hash=document.text_hash if is_current else None,
            **base,
            **_article_state(current),
        )

    def _near(self, base: _Fields, near: Near, document: Document, since: WindowStart) -> Verdict:
        like = near.like
        return Verdict(
            decision=Decision.DUPLICATE,
            article_id=near.claim.article_id,
            kinship=Kinship.NEAR,
            similarity=round(like.jaccard, DIGITS),
            evidence=Evidence(
                bands=near.bands,
                jaccard=round(like.jaccard, DIGITS),
                containment=round(like.containment, DIGITS),
                contained="page" if like.excerpt else "article",
                agreeing=like.figures.agreeing + like.names.agreeing,
                differing=like.figures.differing + like.names.differing,
            ),
            text_hash=document.text_hash,
            fingerprint=document.fingerprint,
            outline=document.outline,
            **base,
            **_article_state(self.claims.claim_of_article(near.claim.article, since)),
        )


def article_id(document: Document) -> str:
    """Return an article's id: a digest of its route and canonical URL, or of route and text if there is no web URL."""
    by = document.canonical_url or f"text:{document.text_hash}"
    return digest(document.route.encode(), by.encode())


def _text_fields(document: Document) -> _Fields:
    """Return the verdict fields with which a document's text becomes its article's text."""
    return {
        "text_hash": document.text_hash,
        "fetched_at": _fetched_at(document),
        "words": document.word_count,
        "fingerprint": document.fingerprint,
        "outline": document.outline,
    }


def _article_state(current: Claim | None) -> _Fields:
    """Return the verdict fields that repeat an article's current state."""
    if current is None:
        return {}
    return {"revision": current.revision, "fetched_at": current.fetched_at, "words": current.words}


def _fingerprint_of(document: Document) -> Fingerprint | None:
    return None if document.fingerprint is None else read(document.fingerprint)


def _text_of(document: Document) -> Text | None:
    fingerprint = _fingerprint_of(document)
    if fingerprint is None:
        return None
    return Text(fingerprint, None if document.outline is None else read_outline(document.outline))


def _fetched_at(document: Document) -> float:
    at = document.provenance.fetched_at
    return at.timestamp() if at else 0.0


def _signature(fingerprint: Fingerprint) -> Signature:
    return np.frombuffer(fingerprint.minhash, dtype=np.uint8)


def _time_or_none(time: float) -> float | None:
    """Return a time as verdicts store it: None instead of minus infinity."""
    return None if isinf(time) else time
