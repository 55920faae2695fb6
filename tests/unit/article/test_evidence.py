"""The words for why a page was taken for what it is."""

import pytest

from pipeline.article.evidence import what_changed, what_was_believed, why_repeats
from pipeline.records.identity import Identity, IdentityReason
from pipeline.records.verdict import Changes, Evidence, Kinship


def evidence(**more: object) -> Evidence:
    usual = {"bands": 14, "jaccard": 0.45, "containment": 0.82, "contained": "page", "agreeing": 9, "differing": 0}
    return Evidence(**{**usual, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("of", "says"),
    [
        ({}, "0.82 of the shorter text is shared, the page is part of the article; 14 of 47 bands agree; "),
        ({"contained": "article"}, "0.82 of the shorter text is shared, the article is part of the page; "),
        ({"containment": 0.68}, "0.68 of the shorter text is shared, the page is the shorter one; "),
        ({"containment": 0.95, "jaccard": 0.9}, "0.95 of the text is shared, both are about as long; "),
        ({"containment": 0.68, "jaccard": 0.51}, "0.68 of the text is shared, both are about as long; "),
        ({"containment": 1.0, "jaccard": 0.0}, "1.00 of the shorter text is shared, the page is part of the article; "),
    ],
)
def test_a_near_copy_is_told_by_what_it_shares_and_which_text_is_the_shorter_one(of: dict[str, object], says: str):
    assert why_repeats(Kinship.NEAR, evidence(**of)).startswith(says)


@pytest.mark.parametrize(
    ("agreeing", "differing", "says"),
    [
        (9, 0, "9 figures and names agree, none differs"),
        (1, 0, "1 figure or name agrees, none differs"),
        (5, 1, "5 figures and names agree, 1 differs"),
        (0, 2, "no figure or name agrees, 2 differ"),
        (0, 0, "no figures or names to compare"),
    ],
)
def test_a_near_copy_is_told_by_the_figures_and_names_that_agree(agreeing: int, differing: int, says: str):
    assert why_repeats(Kinship.NEAR, evidence(agreeing=agreeing, differing=differing)).split("; ")[-1] == says


def test_what_needs_no_evidence_is_told_without_it():
    assert why_repeats(Kinship.EXACT, None) == "the same words"
    assert why_repeats(Kinship.REDELIVERED, None) == "the same page, fed again"
    assert why_repeats(Kinship.NEAR, None) == "nearly the same words"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (None, ""),
        (Changes(words_before=1312, words_after=1340, similarity=0.917), ": 1,340 words, 1,312 before; 0.92 similar"),
        (Changes(words_before=2, words_after=1), ": 1 word, 2 before; too short to be compared"),
    ],
)
def test_an_update_is_told_by_its_words(changes: Changes | None, says: str):
    assert what_changed(changes) == "another text at the same URL" + says


@pytest.mark.parametrize("reason", IdentityReason)
def test_what_was_believed_is_told_for_every_reason(reason: IdentityReason):
    said = what_was_believed(Identity(canonical_url="https://sosny.example/a", believed="url", reason=reason))
    assert said
    assert ("https://sosny.example/a" in said) is (reason is not IdentityReason.POORER)


def test_another_story_at_a_url_is_told_without_a_canonical_url():
    said = what_was_believed(Identity(believed="text", reason=IdentityReason.OTHER_TEXT))
    assert said == "an article of its own: the article that is known at this URL has another text"
