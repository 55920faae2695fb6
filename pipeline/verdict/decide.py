"""Decide whether a document is new. Decisions follow the order of one partition and use verdicts at lower offsets only.

The claims are derived from verdicts only, so a replay, another worker or a zombie reaches the same decisions.
`agents/dedupe/verdicts.py` stores the verdicts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isinf

import numpy as np

from pipeline.records.document import Cleaned, Document, Failure, Refusal
from pipeline.records.identity import Identity
from pipeline.records.verdict import Changes, Decision, Evidence, Kinship, Verdict
from pipeline.text.fingerprint import Fingerprint, read
from pipeline.text.minhash import Signature, overlap
from pipeline.text.outline import read_outline
from pipeline.verdict.claim import Claim, signatures_of
from pipeline.verdict.claims import ClaimIndex, WindowStart
from pipeline.verdict.identity import Fate, Known, Link, choose
from pipeline.verdict.known import Names, find_known, free_name, identity_after, names_of
from pipeline.verdict.nearest import Near, Search, Text
from pipeline.verdict.state import Fields, article_state, fetched_at, text_fields, verdict_of

DIGITS = 3  # decimal places of the estimates in a verdict


@dataclass(frozen=True, slots=True)
class _Page:
    """A document on which a verdict is made, with the fields of the verdict that are known already."""

    document: Document
    base: Fields
    names: Names
    since: WindowStart

    @property
    def fingerprint(self) -> Fingerprint | None:
        """The document's fingerprint; None if its text is too short for one."""
        return _fingerprint_of(self.document)

    def search(self, claims: ClaimIndex) -> Search | None:
        """Return the search for what the document has in common with others; None if its text is too short."""
        text = _text_of(self.document)
        return None if text is None else Search(claims, self.since, text)

    def nearest(self, claims: ClaimIndex) -> Near | None:
        """Find the article that the document nearly copies."""
        search = self.search(claims)
        return None if search is None else search.nearest()


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
        base: Fields = {
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

    def _on_document(self, document: Document, base: Fields, since: WindowStart) -> Verdict:
        names = names_of(document, self.claims, since)
        base["url_key"] = names.key
        if (seen := self.claims.claim_of_page(document.provenance.page_id, since)) is not None:
            return self._duplicate(base, Kinship.REDELIVERED, seen, document, since)
        page = _Page(document, base, names, since)
        known = find_known(self.claims, names, since)
        if (holder := self.claims.claim_of_text(document.text_hash, since)) is not None:
            mine = next((one for one in known if one.claim.article == holder.article), None)
            if mine is not None and self._goes_back(page, mine, holder):
                return self._on_revision(page, mine.claim)
            return self._duplicate(base, Kinship.EXACT, holder, document, since)
        known = [self._compared(page, one) for one in known]
        if known:
            fate, one = choose(known, document.word_count, is_front=names.is_front)
            verdict = self._by_fate(page, fate, one, identity_after(names, fate, one, known))
            if verdict is not None:
                return verdict
        return self._on_new_text(page, *free_name(names, known))

    def _goes_back(self, page: _Page, known: Known, holder: Claim) -> bool:
        """Return whether an article goes back to an earlier text of its own."""
        if holder.text_revision == known.claim.revision or known.link not in {Link.SAME, Link.OWN}:
            return False
        fate = self._compared(page, known).fate(page.document.word_count, is_front=page.names.is_front)
        return fate is Fate.REVISION

    def _by_fate(self, page: _Page, fate: Fate, known: Known, identity: Identity | None) -> Verdict | None:
        """Return the verdict on a page, in view of an article that it may be; None if it is not this article."""
        if fate is Fate.OTHER:
            return None
        if fate in {Fate.COPY, Fate.PART} and known.like is not None and page.fingerprint is not None:
            bands = self.claims.agreeing(known.claim.own - 1, page.fingerprint)
            near = Near(known.claim, known.like, bands)
            return self._near(page.base, near, page.document, page.since, identity)
        unlike = fate is Fate.REFUSED or (known.like is not None and not known.is_kin)
        if unlike and (near_other := page.nearest(self.claims)) is not None:
            return self._near(page.base, near_other, page.document, page.since)  # another article, or a known wall
        if fate is Fate.REFUSED:
            fields = page.base | article_state(known.claim)
            return verdict_of(Decision.SUPERSEDED, fields, article_id=known.claim.article_id, identity=identity)
        return self._on_revision(page, known.claim, identity)

    def _on_revision(self, page: _Page, current: Claim, identity: Identity | None = None) -> Verdict:
        document = page.document
        if fetched_at(document) < current.fetched_at:  # an older copy of the page must not overwrite a newer one
            return verdict_of(Decision.SUPERSEDED, page.base, article_id=current.article_id)
        similarity = self._similarity(page.fingerprint, current, page.since)
        changes = None
        if current.words is not None:
            changes = Changes(words_before=current.words, words_after=document.word_count, similarity=similarity)
        return verdict_of(
            Decision.UPDATED,
            page.base | text_fields(document, page.base),
            article_id=current.article_id,
            revision=current.revision + 1,
            similarity=similarity,
            changes=changes,
            identity=identity,
        )

    def _on_new_text(self, page: _Page, name: str, identity: Identity | None) -> Verdict:
        """Return the verdict on a page that is none of the articles that are known at its URLs."""
        if (near := page.nearest(self.claims)) is not None:
            return self._near(page.base, near, page.document, page.since, identity)
        taken = self.claims.claim_of_article(bytes.fromhex(name), page.since)
        if taken is not None:  # only an id that is made from the text, which has left the window
            return self._on_revision(page, taken, identity)
        fields = page.base | text_fields(page.document, page.base)
        return verdict_of(Decision.CREATED, fields, article_id=name, revision=1, identity=identity)

    def _compared(self, page: _Page, known: Known) -> Known:
        """Compare a page's text with an article's current revision, if neither is too short or out of the window."""
        search = page.search(self.claims)
        if search is None or known.claim.own <= page.since.sketch:
            return known
        return replace(known, like=search.likeness(known.claim.own - 1))

    def _similarity(self, fingerprint: Fingerprint | None, current: Claim, since: WindowStart) -> float | None:
        """Estimate the similarity of a text with the article's current revision; None if either is too short."""
        if fingerprint is None or current.own <= since.sketch:
            return None
        record = self.claims.records(np.array([current.own - 1]))
        common = overlap(_signature(fingerprint), fingerprint.shingles, signatures_of(record), record["shingles"])
        return round(float(common.jaccard[0]), DIGITS)

    def _duplicate(
        self, base: Fields, kinship: Kinship, seen: Claim, document: Document, since: WindowStart
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
        return verdict_of(
            Decision.DUPLICATE,
            base | article_state(current),
            article_id=seen.article_id,
            kinship=kinship,
            similarity=1.0,
            text_hash=document.text_hash if is_current else None,
        )

    def _near(
        self, base: Fields, near: Near, document: Document, since: WindowStart, identity: Identity | None = None
    ) -> Verdict:
        like = near.like
        return verdict_of(
            Decision.DUPLICATE,
            base | article_state(self.claims.claim_of_article(near.claim.article, since)),
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
            identity=identity,
        )


def _text_of(document: Document) -> Text | None:
    fingerprint = _fingerprint_of(document)
    if fingerprint is None:
        return None
    return Text(fingerprint, None if document.outline is None else read_outline(document.outline))


def _fingerprint_of(document: Document) -> Fingerprint | None:
    return None if document.fingerprint is None else read(document.fingerprint)


def _signature(fingerprint: Fingerprint) -> Signature:
    return np.frombuffer(fingerprint.minhash, dtype=np.uint8)


def _time_or_none(time: float) -> float | None:
    """Return a time as verdicts store it: None instead of minus infinity."""
    return None if isinf(time) else time
