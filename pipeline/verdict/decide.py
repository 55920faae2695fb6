"""Is this document new? Decisions in the order of one partition, each leaning only on verdicts at lower offsets.

`Claims` is derived from verdicts and from nothing else, so a replay, another worker or a zombie comes to the same ones.
Where the verdicts are kept is the shell's business (`agents/dedupe/verdicts.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import isinf
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.records.document import Cleaned, Document, Failure, Refusal
from pipeline.records.fields import digest
from pipeline.records.verdict import Changes, Decision, Evidence, Kinship, Verdict
from pipeline.text.figures import FIGURES, NAMES, compare, read_places
from pipeline.text.fingerprint import Fingerprint, read
from pipeline.text.minhash import Signature, overlap
from pipeline.verdict.claim import Claim
from pipeline.verdict.claims import WINDOW, Known, Since
from pipeline.verdict.nearness import RELATED, Likeness, is_related, is_same

__all__ = ["WINDOW", "Claims", "article_id"]
COMPARED = 24  # texts that share words enough: their figures are looked at
DIGITS = 3  # of the estimates in a verdict

_Fields = dict[str, Any]  # of a verdict


@dataclass(frozen=True, slots=True)
class _Near:
    """An article of which a text is a near copy, by which of its texts."""

    claim: Claim
    like: Likeness
    bands: int


class Claims(Known):
    """What the documents of one partition have claimed so far, and what follows for the next one."""

    def decide(
        self,
        document: Cleaned,
        *,
        partition: int,
        offset: int,
        timestamp: float | None = None,
        horizon: float | None = None,
    ) -> Verdict:
        """Decide on the document at an offset; changes nothing.

        `timestamp` is that of the document's record, in seconds since the epoch; what is older than `horizon`, by
        default the window before it, is not compared. Both never go back from one document to the next.
        """
        time = self.time if timestamp is None else max(self.time, timestamp)
        until = max(self.horizon, time - self.window if horizon is None else horizon)
        source = document.provenance
        base: _Fields = {
            "document_partition": partition,
            "document_offset": offset,
            "page_id": source.page_id,
            "page_partition": source.partition,
            "page_offset": source.offset,
            "timestamp": _said(time),
            "horizon": _said(until),
        }
        since = self.since(until)
        if self.has_delivery(source.page_id, source.partition, source.offset, since):
            return Verdict(decision=Decision.REPEAT, **base)
        if isinstance(document, Failure):
            return Verdict(decision=Decision.DEAD_LETTER, **base)
        if isinstance(document, Refusal):
            return Verdict(decision=Decision.DISCARDED, **base)
        return self._on_document(document, base, since)

    def _on_document(self, document: Document, base: _Fields, since: Since) -> Verdict:
        if (seen := self.of_page(document.provenance.page_id, since)) is not None:
            return self._sighting(base, Kinship.REDELIVERED, seen, document, since)
        own = article_id(document)
        current = self.of_article(bytes.fromhex(own), since)
        holder = self.of_text(document.text_hash, since)
        if holder is not None and (
            holder.article_id != own or current is None or holder.text_revision == current.revision
        ):
            return self._sighting(base, Kinship.EXACT, holder, document, since)
        if current is not None:
            return self._on_known_article(document, base, current, since)
        if (near := self._nearest(_read(document), since)) is not None:
            return self._near(base, near, document, since)
        return Verdict(decision=Decision.CREATED, article_id=own, revision=1, **base, **_text(document))

    def _on_known_article(self, document: Document, base: _Fields, current: Claim, since: Since) -> Verdict:
        if _fetched(document) < current.fetched_at:  # an older state of the page must not overwrite a newer one
            return Verdict(decision=Decision.SUPERSEDED, article_id=current.article_id, **base)
        similarity = self._similarity(_read(document), current, since)
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
            **_text(document),
        )

    def _similarity(self, fingerprint: Fingerprint | None, current: Claim, since: Since) -> float | None:
        """Compare a text with the revision before it."""
        if fingerprint is None or current.own <= since.sketch:
            return None
        signatures, shingles = self.signatures(np.array([current.own - 1]))
        found = overlap(_signature(fingerprint), fingerprint.shingles, signatures, shingles)
        return round(float(found.jaccard[0]), DIGITS)

    def _sighting(self, base: _Fields, kinship: Kinship, seen: Claim, document: Document, since: Since) -> Verdict:
        """Call a page a duplicate; its verdict repeats how the article stands, which so lasts another window."""
        current, held = self.of_article(seen.article, since), self.of_text(document.text_hash, since)
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
            **_standing(current),
        )

    def _near(self, base: _Fields, near: _Near, document: Document, since: Since) -> Verdict:
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
            **base,
            **_standing(self.of_article(near.claim.article, since)),
        )

    def _nearest(self, fingerprint: Fingerprint | None, since: Since) -> _Near | None:
        """Find the article of which a text is a near copy: by a text of that article or of one of its copies.

        Of several the one with most in common, the first of equals.
        """
        if fingerprint is None:
            return None
        found = self.neighbours(fingerprint, since)
        agreeing = dict(zip(found.rows.tolist(), found.agreeing.tolist(), strict=True))
        for row, like in self._likenesses(fingerprint, found.rows):
            claim = self.claim_of_sketch(row)
            if is_same(like) and self._is_kin(fingerprint, claim, since):
                return _Near(claim, like, agreeing[row])
        return None

    def _likenesses(self, fingerprint: Fingerprint, rows: npt.NDArray[np.intp]) -> Iterator[tuple[int, Likeness]]:
        """Compare a text with those of the given rows that share words enough, the most similar first."""
        if not len(rows):
            return
        signatures, shingles = self.signatures(rows)
        common = overlap(_signature(fingerprint), fingerprint.shingles, signatures, shingles)
        promising = np.flatnonzero(common.containment >= RELATED)
        order = promising[np.argsort(-(common.jaccard + common.containment)[promising], kind="stable")]
        for place in order[:COMPARED].tolist():
            sketch = self.sketch(int(rows[place]))
            yield (
                int(rows[place]),
                Likeness(
                    float(common.jaccard[place]),
                    float(common.containment[place]),
                    fingerprint.shingles,
                    sketch.shingles,
                    compare(read_places(fingerprint.figures), sketch.figures, FIGURES),
                    compare(read_places(fingerprint.names), sketch.names, NAMES),
                ),
            )

    def _is_kin(self, fingerprint: Fingerprint, claim: Claim, since: Since) -> bool:
        """Say whether a text that is near to a text of an article is not too far from the article's own.

        So copies of copies cannot drift away from what was published, and a page that holds two articles does not make
        one of them a copy of the other.
        """
        if claim.text_revision:
            return True
        current = self.of_article(claim.article, since)
        if current is None or current.own <= since.sketch:
            return False
        return any(is_related(like) for _, like in self._likenesses(fingerprint, np.array([current.own - 1])))


def article_id(document: Document) -> str:
    """Name an article by its route and canonical URL; by route and text where its page has no URL of the web."""
    by = document.canonical_url or f"text:{document.text_hash}"
    return digest(document.route.encode(), by.encode())


def _text(document: Document) -> _Fields:
    """Claim the text of a document for its article."""
    return {
        "text_hash": document.text_hash,
        "fetched_at": _fetched(document),
        "words": document.word_count,
        "fingerprint": document.fingerprint,
    }


def _standing(current: Claim | None) -> _Fields:
    """Repeat how an article stands."""
    if current is None:
        return {}
    return {"revision": current.revision, "fetched_at": current.fetched_at, "words": current.words}


def _read(document: Document) -> Fingerprint | None:
    return None if document.fingerprint is None else read(document.fingerprint)


def _fetched(document: Document) -> float:
    at = document.provenance.fetched_at
    return at.timestamp() if at else 0.0


def _signature(fingerprint: Fingerprint) -> Signature:
    return np.frombuffer(fingerprint.minhash, dtype=np.uint8)


def _said(time: float) -> float | None:
    """Give a time as verdicts have it: None before any."""
    return None if isinf(time) else time
