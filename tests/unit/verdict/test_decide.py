"""Verdicts: each document against those before it, the same after every restart."""

from dataclasses import replace

from hypothesis import given

from pipeline.records.document import Cleaned
from pipeline.records.route import Route
from pipeline.records.verdict import Decision, Kinship, place_of, verdict_key
from pipeline.verdict.claims import ClaimIndex
from pipeline.verdict.decide import Decider
from pipeline.verdict.known import article_id
from tests.support.documents import BRIDGE, SNOW, SNOW_LATER, document, failure, judged, logs, refusal


def test_a_new_text_creates_an_article_at_revision_one() -> None:
    [verdict] = judged(document("sneg", SNOW, 7))
    assert (verdict.decision, verdict.revision) == (Decision.CREATED, 1)
    assert verdict.article_id == article_id(document("sneg", SNOW, 7))


def test_a_verdict_says_which_document_and_which_page_it_is_on() -> None:
    first = document("sneg", SNOW, 7)
    [verdict] = judged(first)
    assert (verdict.document_partition, verdict.document_offset) == (0, 0)
    assert (verdict.page_id, verdict.page_partition, verdict.page_offset) == (first.provenance.page_id, 0, 7)


def test_two_texts_at_two_urls_are_two_articles() -> None:
    one, other = judged(document("sneg", SNOW, 0), document("most", BRIDGE, 1))
    assert [one.decision, other.decision] == [Decision.CREATED] * 2
    assert one.article_id != other.article_id


def test_the_same_text_at_another_url_is_an_exact_duplicate_of_the_first() -> None:
    first, second, third = judged(document("a", SNOW, 0), document("b", SNOW, 1), document("c", SNOW.upper(), 2))
    assert [second.decision, third.decision] == [Decision.DUPLICATE] * 2
    assert [second.kinship, third.kinship] == [Kinship.EXACT] * 2
    assert [second.article_id, third.article_id] == [first.article_id] * 2


def test_the_same_article_in_new_markup_is_an_exact_duplicate() -> None:
    first, second = judged(document("a", SNOW, 0), document("a", SNOW, 1, markup="new design", minute=5))
    assert (second.decision, second.kinship, second.article_id) == (
        Decision.DUPLICATE,
        Kinship.EXACT,
        first.article_id,
    )


def test_the_same_page_fed_again_is_redelivered() -> None:
    first, second = judged(document("a", SNOW, 0), document("a", SNOW, 1, minute=9))
    assert (second.decision, second.kinship, second.article_id) == (
        Decision.DUPLICATE,
        Kinship.REDELIVERED,
        first.article_id,
    )


def test_a_duplicate_fed_again_is_redelivered_and_points_at_the_article() -> None:
    first, _, third = judged(document("a", SNOW, 0), document("b", SNOW, 1), document("b", SNOW, 2))
    assert (third.kinship, third.article_id) == (Kinship.REDELIVERED, first.article_id)


def test_the_same_delivery_cleaned_twice_is_a_repeat() -> None:
    [_, second] = judged(document("a", SNOW, 4), document("a", SNOW, 4))
    assert second.decision is Decision.REPEAT
    assert (second.article_id, second.text_hash, second.revision) == (None, None, None)


def test_a_repeat_of_a_repeat_is_a_repeat() -> None:
    verdicts = judged(*[document("a", SNOW, 4)] * 3)
    assert [verdict.decision for verdict in verdicts[1:]] == [Decision.REPEAT] * 2


def test_a_delivery_that_was_refused_and_then_cleaned_is_a_repeat() -> None:
    clean = document("a", SNOW, 4)
    timed_out = replace(failure("a", 4), provenance=clean.provenance)
    assert [verdict.decision for verdict in judged(timed_out, clean)] == [Decision.DEAD_LETTER, Decision.REPEAT]


def test_a_page_that_failed_may_be_fed_again() -> None:
    clean = document("a", SNOW, 5)
    failed = replace(failure("a", 4), provenance=replace(clean.provenance, offset=4))
    assert [verdict.decision for verdict in judged(failed, clean)] == [Decision.DEAD_LETTER, Decision.CREATED]


def test_a_page_that_once_failed_is_redelivered_like_any_other() -> None:
    clean = document("b", SNOW, 5)
    failed = replace(failure("b", 4), provenance=replace(clean.provenance, offset=4))
    again = replace(clean, provenance=replace(clean.provenance, offset=6))
    assert judged(document("a", SNOW, 0), failed, clean, again)[3].kinship is Kinship.REDELIVERED


def test_changed_text_under_the_same_url_is_the_next_revision() -> None:
    texts = [SNOW, SNOW_LATER, SNOW_LATER + " Обновлено."]
    verdicts = judged(*(document("a", text, n, minute=n) for n, text in enumerate(texts)))
    assert [verdict.decision for verdict in verdicts] == [Decision.CREATED, Decision.UPDATED, Decision.UPDATED]
    assert [verdict.revision for verdict in verdicts] == [1, 2, 3]
    assert len({verdict.article_id for verdict in verdicts}) == 1


def test_a_change_fetched_in_the_same_second_is_an_update() -> None:
    assert judged(document("a", SNOW, 0), document("a", SNOW_LATER, 1))[1].decision is Decision.UPDATED


def test_an_older_state_of_an_article_is_superseded() -> None:
    first, second = judged(document("a", SNOW_LATER, 0, minute=5), document("a", SNOW, 1, minute=4))
    assert (second.decision, second.article_id, second.revision) == (Decision.SUPERSEDED, first.article_id, None)


def test_a_superseded_text_claims_nothing() -> None:
    verdicts = judged(
        document("a", SNOW_LATER, 0, minute=5), document("a", SNOW, 1, minute=4), document("b", SNOW, 2, minute=6)
    )
    assert verdicts[2].decision is Decision.CREATED


def test_an_article_that_goes_back_to_an_earlier_text_is_updated() -> None:
    verdicts = judged(
        document("a", SNOW, 0),
        document("a", SNOW_LATER, 1, minute=1),
        document("a", SNOW, 2, minute=2, markup="corrected"),
    )
    assert (verdicts[2].decision, verdicts[2].revision) == (Decision.UPDATED, 3)


def test_an_earlier_text_of_an_article_at_another_url_is_its_duplicate() -> None:
    first, _, third = judged(
        document("a", SNOW, 0), document("a", SNOW_LATER, 1, minute=1), document("b", SNOW, 2, minute=2)
    )
    assert (third.decision, third.article_id) == (Decision.DUPLICATE, first.article_id)


def test_an_article_that_takes_over_the_text_of_another_is_its_duplicate() -> None:
    first, _, third = judged(document("a", SNOW, 0), document("b", BRIDGE, 1), document("b", SNOW, 2, minute=1))
    assert (third.decision, third.kinship, third.article_id) == (Decision.DUPLICATE, Kinship.EXACT, first.article_id)


def test_pages_without_a_url_of_the_web_are_articles_by_their_text() -> None:
    one, other, same = judged(document(None, SNOW, 0), document(None, BRIDGE, 1), document(None, SNOW, 2, markup="x"))
    assert [one.decision, other.decision] == [Decision.CREATED] * 2
    assert (same.decision, same.article_id) == (Decision.DUPLICATE, one.article_id)


def test_the_same_url_on_two_routes_is_two_articles() -> None:
    russian = document("a", SNOW, 0)
    assert article_id(russian) != article_id(replace(russian, route=Route.LATIN))


def test_a_refused_page_fed_twice_is_discarded_twice() -> None:
    assert [v.decision for v in judged(refusal("menu", 0), refusal("menu", 1))] == [Decision.DISCARDED] * 2


def test_a_failure_is_a_dead_letter_each_time_it_is_fed() -> None:
    assert [v.decision for v in judged(failure("bad", 0), failure("bad", 1))] == [Decision.DEAD_LETTER] * 2


def test_deciding_changes_nothing() -> None:
    claims = ClaimIndex()
    first, second = (Decider(claims).decide(document("a", SNOW, 0), partition=0, offset=0) for _ in range(2))
    assert first == second
    assert claims.dump() == ClaimIndex().dump()


def test_the_key_of_a_verdict_is_the_place_of_its_document() -> None:
    [verdict] = judged(document("a", SNOW, 0))
    assert verdict.key == verdict_key(0, 0) == b"0:0"
    assert place_of(verdict_key(3, 1_000_000)) == (3, 1_000_000)


@given(logs())
def test_every_delivery_has_one_verdict_that_is_no_repeat(log: list[Cleaned]) -> None:
    effective = [v for v in judged(*log) if v.decision is not Decision.REPEAT]
    deliveries = [(v.page_id, v.page_partition, v.page_offset) for v in effective]
    assert len(deliveries) == len(set(deliveries))
    assert set(deliveries) == {(d.provenance.page_id, d.provenance.partition, d.provenance.offset) for d in log}


@given(logs())
def test_the_revisions_of_an_article_count_from_one_without_gaps(log: list[Cleaned]) -> None:
    revisions: dict[str | None, list[int | None]] = {}
    for verdict in judged(*log):
        if verdict.decision in {Decision.CREATED, Decision.UPDATED}:
            revisions.setdefault(verdict.article_id, []).append(verdict.revision)
    assert all(found == list(range(1, len(found) + 1)) for found in revisions.values())


@given(logs())
def test_a_duplicate_points_at_an_article_that_was_created_before_it(log: list[Cleaned]) -> None:
    created: set[str | None] = set()
    for verdict in judged(*log):
        if verdict.decision is Decision.CREATED:
            created.add(verdict.article_id)
        if verdict.decision in {Decision.DUPLICATE, Decision.UPDATED, Decision.SUPERSEDED}:
            assert verdict.article_id in created
