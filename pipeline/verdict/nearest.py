"""Finds the article that a text nearly copies: compares it with the texts that share look-up keys with it.

Not here: the rule that decides whether two texts are the same (`nearness.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pipeline.text.figures import FIGURES, NAMES, compare, read_places
from pipeline.text.fingerprint import Fingerprint
from pipeline.text.minhash import BINS, Overlap, Signature, overlap_of
from pipeline.text.outline import Outline
from pipeline.verdict.claim import Claim, signatures_of
from pipeline.verdict.lsh import keys_of
from pipeline.verdict.nearness import RELATED, Likeness, is_related, is_same, may_be_same, says_another_thing
from pipeline.verdict.passages import Bins, Passages, side_of

if TYPE_CHECKING:
    from pipeline.verdict.claims import ClaimIndex, WindowStart

COMPARED = 24  # of the texts that share enough words, so many have their figures and names compared
SHARED = 0.12  # containment from which on the passages of two texts are compared
REST = 6  # bins apart from what many articles have: with fewer in common, two texts have nothing in common
FEW_BINS = 12  # a text with fewer bins apart from what many articles have is compared as a whole
MOSTLY = 0.8  # Jaccard coefficient from which on two texts have no passages of their own worth mentioning
ALIKE = 0.9  # containment: an article that has so much of a text is no witness that others repeat its passages
_NONE = np.zeros(BINS, dtype=np.bool_)
_NO_WITNESS = np.empty((0, BINS), dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class Text:
    """A new text as it is compared."""

    fingerprint: Fingerprint
    outline: Outline | None

    @property
    def signature(self) -> Signature:
        """The signature as an array."""
        return np.frombuffer(self.fingerprint.minhash, dtype=np.uint8)


@dataclass(frozen=True, slots=True)
class Near:
    """An article that a text nearly copies, and the text of that article that showed it."""

    claim: Claim
    like: Likeness
    bands: int  # number of shared keys


@dataclass(frozen=True, slots=True)
class _Repeated:
    """The bins of a text that other articles have too.

    A passage on the pages of many articles says nothing of any of them. Witnesses are the articles among the
    candidates that say something else.
    """

    articles: npt.NDArray[np.uint64]  # of the witnesses, ascending
    signatures: list[npt.NDArray[np.uint8]]  # of the texts of each witness
    agreeing: npt.NDArray[np.bool_]  # (witnesses, BINS): the bins that a witness has too

    @classmethod
    def of(cls, articles: npt.NDArray[np.uint64], signatures: npt.NDArray[np.uint8], own: Signature) -> _Repeated:
        """Take witnesses by the article of each of their texts."""
        order = articles.argsort(kind="stable")
        articles, starts = np.unique(articles[order], return_index=True)
        signatures = signatures[order]
        agreeing = np.logical_or.reduceat(signatures == own, starts, axis=0) if len(starts) else _NO_WITNESS
        return cls(articles, np.split(signatures, starts[1:]) if len(starts) else [], agreeing)

    @property
    def least(self) -> int:
        """How many witnesses besides the two texts must have a bin: more than have it by chance."""
        return 2 + len(self.articles) // 48

    def bins(self, article: int | None = None) -> Bins:
        """Return the bins that many articles have, not counting one article."""
        counts = self.agreeing.sum(axis=0)
        if article is not None:
            counts = counts - self.agreeing[self.articles == article].sum(axis=0)
        many: Bins = counts >= self.least + (article is None)
        return many

    def bins_of(self, signature: Signature, article: int) -> Bins:
        """Return the bins of another text, of an article, that many others have."""
        others = [each == signature for own, each in zip(self.articles, self.signatures, strict=True) if own != article]
        return np.sum([each.any(axis=0) for each in others], axis=0) >= self.least if others else _NONE


@dataclass(frozen=True, slots=True)
class Search:
    """A search for a text among the claims since the start of the window."""

    claims: ClaimIndex
    since: WindowStart
    text: Text

    def nearest(self) -> Near | None:
        """Find the article that a text nearly copies, by a text of that article or of one of its copies.

        Among several, the text with most in common wins; among equals, the earliest.
        """
        rows = self.claims.candidates(keys_of(self.text.fingerprint, self.text.outline), self.since).rows
        for row, like in self._likenesses(rows):
            if is_same(like):
                claim = self.claims.claim_of_sketch(row)
                if self._is_kin(claim, rows):
                    return Near(claim, like, self.claims.agreeing(row, self.text.fingerprint))
        return None

    def likeness(self, row: int) -> Likeness:
        """Compare a text with the text in a row, which is inside the window but need not be a candidate."""
        rows = self.claims.candidates(keys_of(self.text.fingerprint, self.text.outline), self.since).rows
        return next(like for _, like in self._likenesses(np.union1d(rows, [row]), row, always=True))

    def _likenesses(
        self, rows: npt.NDArray[np.intp], only: int | None = None, *, always: bool = False
    ) -> Iterator[tuple[int, Likeness]]:
        """Compare a text with those texts of the given rows that share enough words, most similar first.

        All of the rows tell what many articles have, also if one of them is the `only` one to compare.
        Passages are compared if that can matter for near copies, or `always`.
        """
        if not len(rows):
            return
        records = self.claims.records(rows)
        signatures = signatures_of(records)
        agreeing = signatures == self.text.signature
        common = overlap_of(agreeing.mean(axis=1), self.text.fingerprint.shingles, records["shingles"])
        others = common.containment < ALIKE if self.text.outline else np.zeros(len(rows), dtype=np.bool_)
        repeated = _Repeated.of(records["article"][others], signatures[others], self.text.signature)
        order = _order(agreeing, common, repeated, outlined=self.text.outline is not None)
        for place in order if only is None else (rows == only).nonzero()[0].tolist():
            row = int(rows[place])
            shares = float(common.jaccard[place]), float(common.containment[place])
            like = compared(self.claims, self.text.fingerprint, row, *shares)
            if always or like.jaccard < MOSTLY or not says_another_thing(like):
                like = self._with_passages(like, row, int(records["article"][place]), signatures[place], repeated)
            yield row, like

    def _with_passages(
        self, like: Likeness, row: int, article: int, signature: Signature, repeated: _Repeated
    ) -> Likeness:
        """Add which passages the texts share, if both have outlines."""
        own, other = self.text.outline, self.claims.outline(row)
        if own is None or other is None:
            return like
        agreeing = signature == self.text.signature
        whole = (1 + like.jaccard) / max(1, like.shingles + like.known_shingles)
        new = side_of(own, agreeing, repeated.bins(article), like.shingles * whole)
        common = repeated.bins_of(signature, article)
        known = side_of(other, agreeing, common, like.known_shingles * whole)
        found = replace(like, passages=Passages(new, known))
        if is_same(found) or not may_be_same(found):
            return found
        common = common | self._common_of(row, like.known_shingles, signature, article)
        return replace(like, passages=Passages(new, side_of(other, agreeing, common, like.known_shingles * whole)))

    def _common_of(self, row: int, shingles: int, signature: Signature, article: int) -> Bins:
        """Return the bins of an earlier text that many articles have: its notices, which the new text may lack."""
        records = self.claims.records(self.claims.candidates(self.claims.keys(row), self.since).rows)
        signatures = signatures_of(records)
        common = overlap_of((signatures == signature).mean(axis=1), shingles, records["shingles"])
        others = common.containment < ALIKE
        return _Repeated.of(records["article"][others], signatures[others], signature).bins(article)

    def _is_kin(self, claim: Claim, rows: npt.NDArray[np.intp]) -> bool:
        """Return whether a text that resembles a copy of an article is also close enough to the article's own text.

        Copies of copies therefore cannot drift away from the published text. A page that contains two articles does
        not make one of them a copy of the other.
        """
        if claim.text_revision:
            return True
        current = self.claims.claim_of_article(claim.article, self.since)
        if current is None or current.own <= self.since.sketch:
            return False
        own = current.own - 1
        return any(is_related(like) for _, like in self._likenesses(np.union1d(rows, [own]), own))


def compared(claims: ClaimIndex, own: Fingerprint, row: int, jaccard: float, containment: float) -> Likeness:
    """Compare a text with the text of a sketch, passages aside."""
    sketch = claims.sketch(row)
    return Likeness(
        jaccard,
        containment,
        own.shingles,
        sketch.shingles,
        compare(read_places(own.figures), sketch.figures, FIGURES),
        compare(read_places(own.names), sketch.names, NAMES),
    )


def _order(agreeing: npt.NDArray[np.bool_], common: Overlap, repeated: _Repeated, *, outlined: bool) -> list[int]:
    """Return the candidates that are worth comparing, most similar first, equals in the order of their rows.

    What many articles have in common does not count.
    """
    least = SHARED if outlined else RELATED
    promising, likeness = common.containment >= least, common.jaccard + common.containment
    rest = ~repeated.bins()
    if FEW_BINS <= rest.sum() < BINS:
        apart = (agreeing & rest).sum(axis=1)
        promising &= apart >= REST
        likeness = apart / rest.sum() + likeness / BINS
    chosen = promising.nonzero()[0]
    order: list[int] = chosen[np.argsort(-likeness[chosen], kind="stable")][:COMPARED].tolist()
    return order
