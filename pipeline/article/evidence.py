"""The reason for a verdict in words, written from the figures in the verdict. Nothing is decided here."""

from __future__ import annotations

from typing import assert_never

from pipeline.records.identity import Identity, IdentityReason
from pipeline.records.verdict import Changes, Evidence, Kinship
from pipeline.verdict.lsh import KEYS
from pipeline.verdict.nearness import WHOLLY

AS_LONG = 1.1  # below this ratio of lengths, two texts are described as about as long


def why_repeats(kind: Kinship, evidence: Evidence | None) -> str:
    """Return the reason why a page is a duplicate."""
    match kind:
        case Kinship.EXACT:
            return "the same words"
        case Kinship.REDELIVERED:
            return "the same page, fed again"
        case Kinship.NEAR:
            return "nearly the same words" if evidence is None else _why_near(evidence)
        case _:
            assert_never(kind)


def what_changed(changes: Changes | None) -> str:
    """Return what an update changed."""
    if changes is None:
        return "another text at the same URL"
    lengths = f"another text at the same URL: {_words(changes.words_after)}, {changes.words_before:,} before"
    if changes.similarity is None:
        return f"{lengths}; too short to be compared"
    return f"{lengths}; {changes.similarity:.2f} similar"


def _words(count: int) -> str:
    return f"{count:,} word{'s' if count != 1 else ''}"


def _why_near(evidence: Evidence) -> str:
    bands = f"{evidence.bands} of {KEYS} bands agree"
    return "; ".join((_sharing(evidence), bands, _figures(evidence.agreeing, evidence.differing)))


def _sharing(evidence: Evidence) -> str:
    """Return how much text is shared, and which text is the shorter one.

    Two sets have the Jaccard coefficient J, and the larger one contains the share C of the smaller one. Then the
    larger one is C (1 + 1/J) - 1 times as large as the smaller one.
    """
    share, jaccard = evidence.containment, evidence.jaccard
    if jaccard and share * (1 + 1 / jaccard) - 1 < AS_LONG:
        return f"{share:.2f} of the text is shared, both are about as long"
    shorter, longer = ("page", "article") if evidence.contained == "page" else ("article", "page")
    how = f"part of the {longer}" if share >= WHOLLY else "the shorter one"
    return f"{share:.2f} of the shorter text is shared, the {shorter} is {how}"


def _figures(agreeing: int, differing: int) -> str:
    """Return how figures and names compare; the evidence counts both together."""
    if not agreeing and not differing:
        return "no figures or names to compare"
    if agreeing == 1:
        agree = "1 figure or name agrees"
    else:
        agree = f"{agreeing} figures and names agree" if agreeing else "no figure or name agrees"
    differ = f"{differing} differ{'s' if differing == 1 else ''}" if differing else "none differs"
    return f"{agree}, {differ}"


def what_was_believed(identity: Identity) -> str:
    """Return which of a page's declarations about itself was believed, and why."""
    url = identity.canonical_url
    match identity.reason:
        case IdentityReason.DECLARED:
            return f"canonical URL {url} believed: nothing is known against it"
        case IdentityReason.SAME_TEXT:
            return f"canonical URL {url} believed: the article there has the same text, or nearly the same"
        case IdentityReason.POORER:
            return "not a new revision: the article that is known at this URL has a longer text"
        case IdentityReason.OTHER_TEXT if url is None:
            return "an article of its own: the article that is known at this URL has another text"
        case reason:
            return f"canonical URL {url} not believed: {_DOUBTS[reason]}"


_DOUBTS = {
    IdentityReason.BROKEN: "it is not a whole URL",
    IdentityReason.SEVERAL: "the page declares different ones",
    IdentityReason.FRONT_PAGE: "it is a front page",
    IdentityReason.SECTION: "it is a folder above the page's own URL",
    IdentityReason.OTHER_SITE: "it belongs to another site",
    IdentityReason.OTHER_TEXT: "the article that is or was known there has another text",
}
