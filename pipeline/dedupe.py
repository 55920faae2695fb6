"""Is this document new? Decisions in the order of one partition, each leaning only on verdicts at lower offsets.

`Claims` is derived from verdicts and from nothing else, so a replay, another worker or a zombie comes to the same ones.
Where the verdicts are kept is the shell's business (`agents/verdicts.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline.document import Cleaned, Document, Failure, Refusal
from pipeline.page import digest
from pipeline.verdict import Decision, Kinship, Verdict


@dataclass(slots=True)
class Current:
    """An article as the stream knows it now."""

    revision: int
    text_hash: str
    fetched_at: float


@dataclass(slots=True)
class Claims:
    """What the documents of one partition have claimed so far: texts, articles, pages."""

    texts: dict[str, str] = field(default_factory=dict)  # text hash → article id, the first to have it
    articles: dict[str, Current] = field(default_factory=dict)
    pages: dict[str, str | None] = field(default_factory=dict)  # page id → article id, None where there was none
    deliveries: set[tuple[str, int, int]] = field(default_factory=set)  # page id, its partition and offset

    def learn(self, verdict: Verdict) -> None:
        """Take over what a verdict claimed; verdicts come in the order of their documents."""
        if verdict.decision is Decision.REPEAT:
            return
        self.deliveries.add((verdict.page_id, verdict.page_partition, verdict.page_offset))
        if self.pages.get(verdict.page_id) is None:  # a page that failed once may have been cleaned since
            self.pages[verdict.page_id] = verdict.article_id
        if verdict.decision not in {Decision.CREATED, Decision.UPDATED}:
            return
        article, text = verdict.article_id, verdict.text_hash
        if article is None or text is None or verdict.revision is None:
            return
        self.pages[verdict.page_id] = article
        self.texts.setdefault(text, article)
        self.articles[article] = Current(verdict.revision, text, verdict.fetched_at or 0.0)

    def decide(
        self,
        document: Cleaned,
        *,
        partition: int,
        offset: int,
        timestamp: float | None = None,
        horizon: float | None = None,
    ) -> Verdict:
        """Decide on the document at an offset; changes nothing."""
        source = document.provenance
        place = _Place(partition, offset, source.page_id, source.partition, source.offset, timestamp, horizon)
        if (source.page_id, source.partition, source.offset) in self.deliveries:
            return place.verdict(Decision.REPEAT)
        if isinstance(document, Failure):
            return place.verdict(Decision.DEAD_LETTER)
        if isinstance(document, Refusal):
            return place.verdict(Decision.DISCARDED)
        if (known := self.pages.get(source.page_id)) is not None:
            return place.verdict(Decision.DUPLICATE, article_id=known, kinship=Kinship.REDELIVERED)
        return self._on_document(document, place)

    def _on_document(self, document: Document, place: _Place) -> Verdict:
        own = article_id(document)
        fetched = document.provenance.fetched_at
        at = fetched.timestamp() if fetched else 0.0
        current = self.articles.get(own)
        holder = self.texts.get(document.text_hash)
        if holder is not None and (holder != own or current is None or current.text_hash == document.text_hash):
            return place.verdict(Decision.DUPLICATE, article_id=holder, kinship=Kinship.EXACT)
        if current is None:
            return place.verdict(
                Decision.CREATED, article_id=own, revision=1, text_hash=document.text_hash, fetched_at=at
            )
        if at < current.fetched_at:  # an older state of the page must not overwrite a newer one
            return place.verdict(Decision.SUPERSEDED, article_id=own)
        return place.verdict(
            Decision.UPDATED,
            article_id=own,
            revision=current.revision + 1,
            text_hash=document.text_hash,
            fetched_at=at,
        )


@dataclass(frozen=True, slots=True)
class _Place:
    partition: int
    offset: int
    page_id: str
    page_partition: int
    page_offset: int
    timestamp: float | None
    horizon: float | None

    def verdict(
        self,
        decision: Decision,
        *,
        article_id: str | None = None,
        revision: int | None = None,
        kinship: Kinship | None = None,
        text_hash: str | None = None,
        fetched_at: float | None = None,
    ) -> Verdict:
        return Verdict(
            document_partition=self.partition,
            document_offset=self.offset,
            decision=decision,
            page_id=self.page_id,
            page_partition=self.page_partition,
            page_offset=self.page_offset,
            article_id=article_id,
            revision=revision,
            kinship=kinship,
            text_hash=text_hash,
            fetched_at=fetched_at,
            timestamp=self.timestamp,
            horizon=self.horizon,
        )


def article_id(document: Document) -> str:
    """Name an article by its route and canonical URL; by route and text where its page has no URL of the web."""
    by = document.canonical_url or f"text:{document.text_hash}"
    return digest(document.route.encode(), by.encode())
