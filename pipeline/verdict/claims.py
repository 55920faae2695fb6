"""What the verdicts of one partition have claimed: deliveries, pages, texts, articles, and the sketches of texts.

Derived from verdicts in their order and from nothing else, in arrays: a few hundred bytes a document. Time comes from
the verdicts too, and goes forward only. So what has left the window stays out of it, forgotten or not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from pipeline.records.verdict import Decision, Kinship, Verdict
from pipeline.text.fingerprint import Fingerprint, read
from pipeline.verdict.claim import (
    CLAIM,
    SKETCH,
    Claim,
    Sketch,
    claim_of,
    claim_row,
    delivery_hash,
    first_eight,
    sixteen,
    sketch_of,
    sketch_row,
)
from pipeline.verdict.dump import read_arrays, write_arrays
from pipeline.verdict.growing_array import Records
from pipeline.verdict.hash_map import Hashed, hash64
from pipeline.verdict.lsh import KEYS, Bands, Found

WINDOW = 30 * 86_400.0  # seconds
COMPACTED_FROM = 4096  # forgotten verdicts; below it memory is not worth the work
_ALWAYS = float("-inf")
# Of the arrays that are dumped: times, claims, keys, sketches, their claims; keys and rows of the four maps.
_KINDS: list[Any] = ["<f8", CLAIM, f"({KEYS},)<u4", SKETCH, "<u4", *("<u8", "<u4") * 4]


@dataclass(frozen=True, slots=True)
class Since:
    """From which row on claims and sketches are inside the window."""

    claim: int
    sketch: int


class Known:
    """The claims of one partition, inside a window of so many seconds and, until they are forgotten, before it."""

    def __init__(self, window: float = WINDOW) -> None:
        self.window = window
        self.time = _ALWAYS  # the newest timestamp of a verdict
        self.horizon = _ALWAYS  # what is older is out of the window for good
        self._forgotten = 0  # claims that only wait to be thrown away
        self._times = Records(np.empty(0, dtype="<f8"))  # by claim; they never fall
        self._claims = Records(np.empty(0, dtype=CLAIM))
        self._deliveries, self._pages, self._texts, self._articles = (Hashed() for _ in range(4))  # → claim
        self._bands = Bands()
        self._sketches = Records(np.empty(0, dtype=SKETCH))
        self._sketched = Records(np.empty(0, dtype="<u4"))  # by sketch: its claim

    def __len__(self) -> int:
        return self._times.count

    @property
    def size(self) -> int:
        """The bytes of its arrays, with their room for more."""
        arrays = (self._times, self._claims, self._sketches, self._sketched, self._bands, *self._maps())
        return sum(one.size for one in arrays)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Known) and self.dump() == other.dump()

    __hash__ = None  # type: ignore[assignment]  # it changes

    # -- learning

    def learn(self, verdict: Verdict) -> None:
        """Take over what a verdict claimed; verdicts come in the order of their documents."""
        self._pass_time(verdict)
        if verdict.decision is Decision.REPEAT:
            return
        row = self._times.append(self.time)
        self._deliveries.put(delivery_hash(verdict.page_id, verdict.page_partition, verdict.page_offset), row)
        article = sixteen(verdict.article_id)
        if article is None:
            self._claims.append(np.zeros((), dtype=CLAIM))
            return
        self._pages.put(hash64(verdict.page_id), row)
        if verdict.revision is None:  # it says nothing of the article but its name
            self._claims.append(claim_row(Claim(article, 0, 0, None, 0, 0.0)))
            return
        self._claims.append(claim_row(self._claim(verdict, article, verdict.revision, row)))
        self._articles.put(first_eight(article), row)
        if verdict.text_hash is not None:
            self._texts.put(hash64(verdict.text_hash), row)

    def _claim(self, verdict: Verdict, article: bytes, revision: int, row: int) -> Claim:
        own, near = 0, verdict.kinship is Kinship.NEAR
        if verdict.decision is Decision.DUPLICATE:
            before = self._articles.get(first_eight(article))
            own = 0 if before is None else self._claim_at(before).own
        if verdict.fingerprint is not None:
            sketch = self._sketch(read(verdict.fingerprint), row)
            own = own if near else sketch + 1
        text_revision = 0 if near or verdict.text_hash is None else revision
        return Claim(article, revision, text_revision, verdict.words, own, verdict.fetched_at or 0.0)

    def _sketch(self, fingerprint: Fingerprint, row: int) -> int:
        self._sketches.append(sketch_row(fingerprint))
        self._sketched.append(row)
        return self._bands.add(fingerprint.keys())

    def _pass_time(self, verdict: Verdict) -> None:
        if verdict.timestamp is None:
            return
        if self.time == _ALWAYS:  # what came before was written without timestamps: it counts from here
            self._times.array[:] = verdict.timestamp
        self.time = max(self.time, verdict.timestamp)
        horizon = self.time - self.window if verdict.horizon is None else verdict.horizon
        self.horizon = max(self.horizon, horizon)

    # -- asking

    def since(self, horizon: float) -> Since:
        """Say from which rows on claims and sketches are not older than a horizon."""
        if self.time == _ALWAYS:
            return Since(0, 0)
        claim = int(self._times.array.searchsorted(max(horizon, self.horizon)))
        return Since(claim, self._sketch_since(claim))

    def _sketch_since(self, claim: int) -> int:
        # of its own type: numpy would copy the whole array to compare it with another
        return int(self._sketched.array.searchsorted(np.uint32(claim)))

    def has_delivery(self, page_id: str, partition: int, offset: int, since: Since) -> bool:
        """Say whether a delivery was judged."""
        row = self._deliveries.get(delivery_hash(page_id, partition, offset))
        return row is not None and row >= since.claim

    def of_page(self, page_id: str, since: Since) -> Claim | None:
        """Return the newest claim of a page that had an article."""
        return self._at(self._pages.get(hash64(page_id)), since)

    def of_text(self, text_hash: str, since: Since) -> Claim | None:
        """Return the newest claim on a text."""
        return self._at(self._texts.get(hash64(text_hash)), since)

    def of_article(self, article: bytes, since: Since) -> Claim | None:
        """Return how an article stands."""
        return self._at(self._articles.get(first_eight(article)), since)

    def _at(self, row: int | None, since: Since) -> Claim | None:
        return None if row is None or row < since.claim else self._claim_at(row)

    def _claim_at(self, row: int) -> Claim:
        return claim_of(self._claims[row])

    def neighbours(self, fingerprint: Fingerprint, since: Since) -> Found:
        """Find the sketches that agree with a fingerprint in a key."""
        return self._bands.candidates(fingerprint.keys(), since=since.sketch)

    def signatures(self, sketches: Any) -> Any:
        """Return the signatures and the numbers of shingles of some sketches."""
        return self._bands.signatures(sketches), self._sketches.array["shingles"][sketches]

    def sketch(self, row: int) -> Sketch:
        """Return a sketch."""
        return sketch_of(self._sketches[row])

    def claim_of_sketch(self, row: int) -> Claim:
        """Return the claim with which a sketch came."""
        return self._claim_at(self._sketched[row])

    # -- forgetting

    def forget(self, before: float) -> None:
        """Give back the memory of what is older than a timestamp, as far as it is out of the window for good.

        Amortised: nothing moves until a quarter of all is to go.
        """
        if self.time == _ALWAYS:
            return
        self._forgotten = int(self._times.array.searchsorted(min(before, self.horizon)))
        if self._forgotten >= COMPACTED_FROM and self._forgotten * 4 >= len(self):
            self._compact()

    def _compact(self) -> None:
        row = self._forgotten
        sketch = self._sketch_since(row)
        self._times = Records(self._times.array[row:])
        claims = self._claims.array[row:].copy()
        claims["own"] = np.where(claims["own"] > sketch, claims["own"] - np.uint32(sketch), 0)
        self._claims = Records(claims)
        self._deliveries, self._pages, self._texts, self._articles = (one.since(row) for one in self._maps())
        self._bands = self._bands.since(sketch)
        self._sketches = Records(self._sketches.array[sketch:])
        self._sketched = Records(self._sketched.array[sketch:] - np.uint32(row))
        self._forgotten = 0

    def _maps(self) -> tuple[Hashed, Hashed, Hashed, Hashed]:
        return self._deliveries, self._pages, self._texts, self._articles

    # -- keeping

    def dump(self) -> bytes:
        """Write all as bytes; `load` reads them."""
        arrays = [self._times.array, self._claims.array, self._bands.keys, self._sketches.array]
        arrays += [self._sketched.array, *(array for one in self._maps() for array in one.arrays())]
        head = {
            "window": self.window,
            "time": None if self.time == _ALWAYS else self.time,
            "horizon": None if self.horizon == _ALWAYS else self.horizon,
            "forgotten": self._forgotten,
        }
        return write_arrays(head, arrays)

    @classmethod
    def load(cls, data: bytes) -> Self:
        """Read what `dump` wrote; ValueError, with the reason, where it did not write this."""
        head, arrays = read_arrays(data, _KINDS)
        known = cls(head["window"])
        known.time = _ALWAYS if head["time"] is None else head["time"]
        known.horizon = _ALWAYS if head["horizon"] is None else head["horizon"]
        known._forgotten = head["forgotten"]
        times, claims, keys, sketches, sketched, *maps = arrays
        known._times, known._claims = Records(times), Records(claims)
        known._bands, known._sketches, known._sketched = Bands(keys), Records(sketches), Records(sketched)
        known._deliveries, known._pages, known._texts, known._articles = (
            Hashed(keys, rows) for keys, rows in zip(maps[::2], maps[1::2], strict=True)
        )
        return known
