"""The one event that each document and its verdict make."""

from dataclasses import fields, replace
from datetime import UTC, datetime

import pytest

from pipeline.article.outcome import MismatchError, outcome_of
from pipeline.records.article import Article, DeadLetter, Discarded, Duplicate
from pipeline.records.document import Cleaned, Cleaning, Document, Failure, Provenance, Refusal, Removed, Sources
from pipeline.records.identity import Identity, IdentityReason
from pipeline.records.reason import Reason
from pipeline.records.route import Route
from pipeline.records.verdict import Decision, Kinship, Verdict

SOURCE = Provenance(
    page_id="page-1",
    topic="pages",
    partition=2,
    offset=40,
    fetched_at=datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
    extractor="blocks/1",
)
URL = "https://sosny.example/news/sneg"
DOCUMENT = Document(
    url=URL,
    route=Route.CYRILLIC,
    article_body="Снег убрали.\nАвтобусы пошли.",
    word_count=4,
    text_hash="hash",
    in_language="ru",
    canonical_url=URL,
    headline="Снег убрали",
    description="Коротко о снеге",
    author=("И. Белова",),
    date_published="2026-03-02",
    date_modified="2026-03-03",
    publisher="Сосны сегодня",
    image="https://sosny.example/a.jpg",
    sources=Sources(headline="line", in_language="text", canonical_url="url"),
    cleaning=Cleaning(kept_lines=2, kept_characters=27, removed=(Removed(rule="date-bar", lines=1, characters=9),)),
    provenance=SOURCE,
)
REFUSAL = Refusal(url=URL, route=Route.OTHER, reason=Reason.BINARY, detail="a PDF", provenance=SOURCE)
FAILURE = Failure(
    url=URL,
    route=Route.OTHER,
    stage="clean",
    error="killed after 30 s",
    attempt=2,
    original_base64=b"\x00\xff",
    provenance=SOURCE,
)


def verdict(decision: Decision, *, page_id: str = "page-1", revision: int | None = None, kin: Kinship | None = None):
    return Verdict(
        document_partition=0,
        document_offset=17,
        decision=decision,
        page_id=page_id,
        page_partition=2,
        page_offset=40,
        article_id="article-1",
        revision=revision,
        kinship=kin,
    )


@pytest.mark.parametrize(
    ("decision", "revision", "event"), [(Decision.CREATED, 1, "created"), (Decision.UPDATED, 3, "updated")]
)
def test_a_new_or_changed_text_becomes_an_article(decision: Decision, revision: int, event: str) -> None:
    found = outcome_of(DOCUMENT, verdict(decision, revision=revision))
    assert isinstance(found, Article)
    assert (found.event, found.revision, found.article_id, found.page_id) == (event, revision, "article-1", "page-1")


def test_an_article_carries_every_field_that_its_document_has() -> None:
    found = outcome_of(DOCUMENT, verdict(Decision.CREATED, revision=1))
    shared = {one.name for one in fields(Document)} & {one.name for one in fields(Article)} - {"schema_version"}
    assert {name: getattr(found, name) for name in shared} == {name: getattr(DOCUMENT, name) for name in shared}
    assert {one.name for one in fields(Document)} - shared == {
        "kind",
        "route",
        "text_hash",
        "fingerprint",
        "outline",
        "schema_version",
    }


@pytest.mark.parametrize("kin", list(Kinship))
def test_a_copy_becomes_a_duplicate_that_points_at_its_article(kin: Kinship) -> None:
    found = outcome_of(DOCUMENT, verdict(Decision.DUPLICATE, kin=kin))
    assert found == Duplicate(
        kind=kin, article_id="article-1", page_id="page-1", url=URL, similarity=1.0, provenance=SOURCE
    )


def test_an_older_state_is_discarded_with_the_article_that_is_newer() -> None:
    found = outcome_of(DOCUMENT, verdict(Decision.SUPERSEDED))
    assert isinstance(found, Discarded)
    assert (found.reason, found.detail) == (
        Reason.SUPERSEDED,
        "older than the current revision of article article-1",
    )


DOUBT = Identity(
    canonical_url="https://sosny.example/news/",
    believed="url",
    reason=IdentityReason.OTHER_TEXT,
    article_id="article-0",
)


@pytest.mark.parametrize("doubt", [DOUBT, replace(DOUBT, believed="text")])
def test_an_article_has_the_canonical_url_that_was_believed(doubt: Identity) -> None:
    declared = "https://sosny.example/2026/sneg"
    belief = Identity(canonical_url=declared, believed="canonical-url", reason=IdentityReason.DECLARED)
    sources = replace(DOCUMENT.sources, canonical_url="markup")
    document = replace(DOCUMENT, canonical_url=declared, identity=belief, sources=sources)
    believed = outcome_of(document, verdict(Decision.CREATED, revision=1))
    assert isinstance(believed, Article)
    assert (believed.canonical_url, believed.sources.canonical_url, believed.identity) == (declared, "markup", belief)
    doubted = outcome_of(document, replace(verdict(Decision.CREATED, revision=1), identity=doubt))
    assert isinstance(doubted, Article)
    assert (doubted.canonical_url, doubted.sources.canonical_url, doubted.identity) == (URL, "url", doubt)


def test_a_copy_and_a_poorer_text_say_what_was_believed() -> None:
    copy = outcome_of(DOCUMENT, replace(verdict(Decision.DUPLICATE, kin=Kinship.NEAR), identity=DOUBT))
    assert isinstance(copy, Duplicate)
    assert copy.identity == DOUBT
    poorer = Identity(believed="text", reason=IdentityReason.POORER, article_id="article-1")
    found = outcome_of(DOCUMENT, replace(verdict(Decision.SUPERSEDED), words=310, identity=poorer))
    assert isinstance(found, Discarded)
    assert (found.reason, found.identity) == (Reason.NOT_A_REVISION, poorer)
    assert found.detail == "4 words instead of the 310 of article article-1, and another text"


def test_a_refusal_is_discarded_with_its_reason() -> None:
    found = outcome_of(REFUSAL, verdict(Decision.DISCARDED))
    assert found == Discarded(reason=Reason.BINARY, detail="a PDF", page_id="page-1", url=URL, provenance=SOURCE)


def test_a_failure_becomes_a_dead_letter_with_the_original_bytes() -> None:
    found = outcome_of(FAILURE, verdict(Decision.DEAD_LETTER))
    assert found == DeadLetter(
        stage="clean",
        error="killed after 30 s",
        attempt=2,
        page_id="page-1",
        url=URL,
        original_base64=b"\x00\xff",
        provenance=SOURCE,
    )


@pytest.mark.parametrize("document", [DOCUMENT, REFUSAL, FAILURE])
def test_a_repeat_emits_nothing(document: Cleaned) -> None:
    assert outcome_of(document, verdict(Decision.REPEAT)) is None


@pytest.mark.parametrize("decision", list(Decision))
def test_a_verdict_on_another_page_is_refused_with_both_pages(decision: Decision) -> None:
    with pytest.raises(
        MismatchError, match=r"^the verdict on document 0:17 is for page page-2, but the document is for page page-1$"
    ):
        outcome_of(DOCUMENT, verdict(decision, page_id="page-2"))


@pytest.mark.parametrize(
    ("document", "decision"),
    [
        (DOCUMENT, Decision.DISCARDED),
        (DOCUMENT, Decision.DEAD_LETTER),
        (REFUSAL, Decision.CREATED),
        (REFUSAL, Decision.DUPLICATE),
        (REFUSAL, Decision.SUPERSEDED),
        (REFUSAL, Decision.DEAD_LETTER),
        (FAILURE, Decision.UPDATED),
        (FAILURE, Decision.DISCARDED),
    ],
)
def test_a_verdict_that_does_not_fit_its_document_is_refused(document: Cleaned, decision: Decision) -> None:
    with pytest.raises(
        MismatchError,
        match=rf"^the verdict on document \d+:\d+ is {decision}, which is impossible for a {document.kind}$",
    ):
        outcome_of(document, verdict(decision))
