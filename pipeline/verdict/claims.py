"""Index of the claims of one partition, by delivery, page, text, article and URL, with the sketches of texts.

The index is derived only from verdicts, in their order. It uses arrays and needs about 1,050 bytes per document.
Time comes from the verdicts too and never goes back. A claim that has left the window therefore never returns,
whether its memory has been freed or not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from pipeline.records.identity import IdentityReason
from pipeline.records.verdict import Decision, Kinship, Verdict
from pipeline.text.fingerprint import Fingerprint, read
from pipeline.text.outline import OUTLINE_BYTES, Outline, read_outline
from pipeline.verdict.claim import (
    CLAIM,
    OUTLINE,
    SKETCH,
    Claim,
    Sketch,
    article_bytes,
    article_key,
    claim_of,
    claim_row,
    delivery_hash,
    sketch_of,
    sketch_row,
    url_key,
)
from pipeline.verdict.dump import read_arrays, write_arrays
from pipeline.verdict.growing_array import GrowingArray
from pipeline.verdict.hash_map import HashMap, hash64
from pipeline.verdict.lsh import KEYS, SIGNED, BandIndex, Candidates, Keys, keys_of

WINDOW = 30 * 86_400.0  # seconds
COMPACTED_FROM = 4096  # forgotten verdicts; compacting fewer would free too little memory to be worth the work
_ALWAYS = float("-inf")
_NO_OUTLINE = bytes(OUTLINE_BYTES)
# Types of the dumped arrays: times, claims, keys, sketches, outlines, claims of sketches, then keys and rows of the
# six maps.
_KINDS: list[Any] = ["<f8", CLAIM, f"({KEYS},)<u4", SKETCH, OUTLINE, "<u4", *("<u8", "<u4") * 6]


@dataclass(frozen=True, slots=True)
class WindowStart:
    """The first rows of claims and sketches that are inside the window."""

    claim: int
    sketch: int


class ClaimIndex:
    """The claims of one partition. Older claims than `window` seconds may stay in memory until they are compacted."""

    def __init__(self, window: float = WINDOW) -> None:
        self.window = window
        self.time = _ALWAYS  # the newest timestamp of a verdict
        self.horizon = _ALWAYS  # claims before this time have left the window permanently
        self._forgotten = 0  # claims that the next compaction removes
        self._times = GrowingArray(np.empty(0, dtype="<f8"))  # by claim; never decreasing
        self._claims = GrowingArray(np.empty(0, dtype=CLAIM))
        self._deliveries, self._pages, self._texts, self._articles = (HashMap() for _ in range(4))  # → claim
        self._urls = (
            HashMap()
        )  # by URL: the last claim of a page there, if its article has another id than the URL gives
        self._doubted = HashMap()  # by article: the last claim of a page that named its URL and had another text
        self._bands = BandIndex()
        self._sketches = GrowingArray(np.empty(0, dtype=SKETCH))
        self._outlines = GrowingArray(np.empty(0, dtype=OUTLINE))  # by sketch
        self._sketched = GrowingArray(np.empty(0, dtype="<u4"))  # by sketch: its claim

    def __len__(self) -> int:
        return self._times.count

    @property
    def size(self) -> int:
        """The memory of the arrays in bytes, spare capacity included."""
        arrays = (self._times, self._claims, self._sketches, self._outlines, self._sketched, self._bands)
        return sum(array.size for array in arrays) + sum(rows.size for rows in self._maps())

    # -- learning

    def learn(self, verdict: Verdict) -> None:
        """Add the claims of a verdict. Verdicts must come in the order of their documents."""
        self._pass_time(verdict)
        if verdict.decision is Decision.REPEAT:
            return
        row = self._times.append(self.time)
        self._deliveries.put(delivery_hash(verdict.page_id, verdict.page_partition, verdict.page_offset), row)
        article = article_bytes(verdict.article_id)
        if article is None:
            self._claims.append(np.zeros((), dtype=CLAIM))
            return
        self._pages.put(hash64(verdict.page_id), row)
        doubt = verdict.identity
        if (
            doubt is not None
            and doubt.reason is IdentityReason.OTHER_TEXT
            and (named := article_bytes(doubt.article_id))
        ):
            self._doubted.put(article_key(named), row)
        if verdict.revision is None:  # the verdict names the article and says nothing else about it
            self._claims.append(claim_row(Claim(article, 0, 0, None, 0, 0.0)))
            return
        self._claims.append(claim_row(self._new_claim(verdict, article, verdict.revision, row)))
        self._articles.put(article_key(article), row)
        self._point(url_key(verdict.url_key or verdict.source_key), url_key(verdict.source_key), article, row)
        if verdict.text_hash is not None:
            self._texts.put(hash64(verdict.text_hash), row)

    def _point(self, url: int, source: int, article: bytes, row: int) -> None:
        """Note which article a page's URL leads to, unless its id says so. A copy does not hide an article from there.

        `source` is the URL that the article's text came from.
        """
        if url in {0, article_key(article)}:
            return
        before = self._urls.get(url) if url != source else None
        if before is None or before < self.since(self.horizon).claim or self._claim_at(before).source != url:
            self._urls.put(url, row)

    def _new_claim(self, verdict: Verdict, article: bytes, revision: int, row: int) -> Claim:
        own, near = 0, verdict.kinship is Kinship.NEAR
        if verdict.decision in {Decision.DUPLICATE, Decision.SUPERSEDED}:
            before = self._articles.get(article_key(article))
            own = 0 if before is None else self._claim_at(before).own
        if verdict.fingerprint is not None:
            sketch = self._add_sketch(read(verdict.fingerprint), verdict.outline, row)
            own = own if near else sketch + 1
        text_revision = 0 if near or verdict.text_hash is None else revision
        source = url_key(verdict.source_key)
        return Claim(article, revision, text_revision, verdict.words, own, verdict.fetched_at or 0.0, source)

    def _add_sketch(self, fingerprint: Fingerprint, packed: bytes | None, row: int) -> int:
        outline = None if packed is None else read_outline(packed)
        self._sketches.append(sketch_row(fingerprint))
        self._outlines.append(np.void(_NO_OUTLINE if outline is None or packed is None else packed))
        self._sketched.append(row)
        return self._bands.add(keys_of(fingerprint, outline))

    def _pass_time(self, verdict: Verdict) -> None:
        if verdict.timestamp is None:
            return
        if self.time == _ALWAYS:  # earlier verdicts had no timestamps: they get the first one that is known
            self._times.array[:] = verdict.timestamp
        self.time = max(self.time, verdict.timestamp)
        horizon = self.time - self.window if verdict.horizon is None else verdict.horizon
        self.horizon = max(self.horizon, horizon)

    # -- looking up

    def since(self, horizon: float) -> WindowStart:
        """Return the first rows of claims and sketches that are not older than a horizon."""
        if self.time == _ALWAYS:
            return WindowStart(0, 0)
        claim = int(self._times.array.searchsorted(max(horizon, self.horizon)))
        return WindowStart(claim, self._sketch_since(claim))

    def _sketch_since(self, claim: int) -> int:
        # A value of the array's own type: for another type numpy would copy the whole array to compare.
        return int(self._sketched.array.searchsorted(np.uint32(claim)))

    def has_delivery(self, page_id: str, partition: int, offset: int, since: WindowStart) -> bool:
        """Return whether a delivery already has a verdict inside the window."""
        row = self._deliveries.get(delivery_hash(page_id, partition, offset))
        return row is not None and row >= since.claim

    def claim_of_page(self, page_id: str, since: WindowStart) -> Claim | None:
        """Return the newest claim of a page that had an article."""
        return self._claim_inside(self._pages.get(hash64(page_id)), since)

    def claim_of_text(self, text_hash: str, since: WindowStart) -> Claim | None:
        """Return the newest claim on a text."""
        return self._claim_inside(self._texts.get(hash64(text_hash)), since)

    def claim_of_article(self, article: bytes, since: WindowStart) -> Claim | None:
        """Return the newest claim that states an article's revision, which is its current state."""
        return self._claim_inside(self._articles.get(article_key(article)), since)

    def claim_of_url(self, key: int, since: WindowStart) -> Claim | None:
        """Return the newest claim of a page at a URL on an article that has another id than the URL gives."""
        return self._claim_inside(self._urls.get(key), since) if key else None

    def is_doubted(self, article: bytes, since: WindowStart) -> bool:
        """Return whether a page inside the window named an article's URL as its own and had another text."""
        row = self._doubted.get(article_key(article))
        return row is not None and row >= since.claim

    def _claim_inside(self, row: int | None, since: WindowStart) -> Claim | None:
        return None if row is None or row < since.claim else self._claim_at(row)

    def _claim_at(self, row: int) -> Claim:
        return claim_of(self._claims[row])

    def candidates(self, keys: Keys, since: WindowStart) -> Candidates:
        """Find the sketches that share at least one key with a text."""
        return self._bands.candidates(keys, since=since.sketch)

    def keys(self, sketch: int) -> Keys:
        """Return the keys of a sketch."""
        keys: Keys = self._bands.keys[sketch]
        return keys

    def signatures(self, sketches: Any) -> Any:
        """Return the signatures and shingle counts of the given sketches."""
        return self._bands.signatures(sketches), self._sketches.array["shingles"][sketches]

    def agreeing(self, row: int, fingerprint: Fingerprint) -> int:
        """Count the bands and anchors that the sketch in a row shares with a fingerprint."""
        return int(np.count_nonzero(self._bands.keys[row, :SIGNED] == fingerprint.keys()))

    def sketch(self, row: int) -> Sketch:
        """Return the sketch in a row."""
        return sketch_of(self._sketches[row])

    def outline(self, row: int) -> Outline | None:
        """Return the outline of the sketch in a row, None if it has none."""
        return read_outline(bytes(self._outlines.array[row]))

    def articles(self, sketches: Any) -> Any:
        """Return the first eight bytes of the ids of the articles of the given sketches, as numbers."""
        articles = self._claims.array["article"][self._sketched.array[sketches]]
        return np.frombuffer(articles.tobytes(), dtype="<u8")[::2]

    def claim_of_sketch(self, row: int) -> Claim:
        """Return the claim that a sketch was added with."""
        return self._claim_at(self._sketched[row])

    # -- forgetting

    def forget(self, before: float) -> None:
        """Free the memory of claims older than a timestamp, if they have left the window permanently.

        The cost is amortized: rows are moved only when at least a quarter of them can go.
        """
        if self.time == _ALWAYS:
            return
        self._forgotten = int(self._times.array.searchsorted(min(before, self.horizon)))
        if self._forgotten >= COMPACTED_FROM and self._forgotten * 4 >= len(self):
            self._compact()

    def _compact(self) -> None:
        row = self._forgotten
        sketch = self._sketch_since(row)
        self._times = GrowingArray(self._times.array[row:])
        claims = self._claims.array[row:].copy()
        claims["own"] = np.where(claims["own"] > sketch, claims["own"] - np.uint32(sketch), 0)
        self._claims = GrowingArray(claims)
        maps = (rows.since(row) for rows in self._maps())
        self._deliveries, self._pages, self._texts, self._articles, self._urls, self._doubted = maps
        self._bands = self._bands.since(sketch)
        self._sketches = GrowingArray(self._sketches.array[sketch:])
        self._outlines = GrowingArray(self._outlines.array[sketch:])
        self._sketched = GrowingArray(self._sketched.array[sketch:] - np.uint32(row))
        self._forgotten = 0

    def _maps(self) -> tuple[HashMap, ...]:
        return self._deliveries, self._pages, self._texts, self._articles, self._urls, self._doubted

    # -- saving

    def dump(self) -> bytes:
        """Write the index as bytes; `load` reads them."""
        arrays = [self._times.array, self._claims.array, self._bands.keys, self._sketches.array]
        arrays += [
            self._outlines.array,
            self._sketched.array,
            *(array for rows in self._maps() for array in rows.arrays()),
        ]
        head = {
            "window": self.window,
            "time": None if self.time == _ALWAYS else self.time,
            "horizon": None if self.horizon == _ALWAYS else self.horizon,
            "forgotten": self._forgotten,
        }
        return write_arrays(head, arrays)

    @classmethod
    def load(cls, data: bytes) -> Self:
        """Read the bytes that `dump` wrote; ValueError with the reason if they are anything else."""
        head, arrays = read_arrays(data, _KINDS)
        index = cls(head["window"])
        index.time = _ALWAYS if head["time"] is None else head["time"]
        index.horizon = _ALWAYS if head["horizon"] is None else head["horizon"]
        index._forgotten = head["forgotten"]
        times, claims, keys, sketches, outlines, sketched, *maps = arrays
        index._times, index._claims = GrowingArray(times), GrowingArray(claims)
        index._bands, index._sketches, index._sketched = BandIndex(keys), GrowingArray(sketches), GrowingArray(sketched)
        index._outlines = GrowingArray(outlines)
        by_key = (HashMap(keys, rows) for keys, rows in zip(maps[::2], maps[1::2], strict=True))
        index._deliveries, index._pages, index._texts, index._articles, index._urls, index._doubted = by_key
        return index
