"""Index of the claims of one partition, by delivery, page, text, article and URL, with the sketches of texts.

The index is derived only from verdicts, in their order. The newest claims are in memory, older ones in segments that
are mapped from files. Time comes from the verdicts too and never goes back. A claim that has left the window therefore
never returns, whether it has been freed or not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from pipeline.records.identity import IdentityReason
from pipeline.records.verdict import Decision, Kinship, Verdict
from pipeline.text.fingerprint import Fingerprint, read
from pipeline.text.outline import Outline, read_outline
from pipeline.verdict.claim import (
    CLAIM,
    RECORD,
    By,
    Claim,
    First,
    Sketch,
    article_bytes,
    article_key,
    claim_of,
    claim_row,
    delivery_hash,
    record_row,
    sketch_of,
    url_key,
)
from pipeline.verdict.dump import read_arrays, write_arrays
from pipeline.verdict.hash_map import hash64
from pipeline.verdict.lsh import SIGNED, Candidates, Keys, candidates_of, keys_of
from pipeline.verdict.recent import KINDS, Recent
from pipeline.verdict.segments.sealed import Sealed
from pipeline.verdict.segments.segment import Segment, packed

WINDOW = 30 * 86_400.0  # seconds
COMPACTED_FROM = 4096  # forgotten verdicts; compacting fewer would free too little memory to be worth the work
SEALED_FROM = 32_768  # claims in memory; fewer are not worth a segment
SEALED_SHARE = 10  # or this share of the window: each look-up reads the filters of all segments
SEALED_MOST = 1 << 21  # and never more than so many claims in memory: 2 GB
_ALWAYS = float("-inf")


WindowStart = First  # the first claim and the first sketch that are inside the window


class ClaimIndex:
    """The claims of one partition. Older claims than `window` seconds may stay in memory until they are compacted."""

    def __init__(self, window: float = WINDOW) -> None:
        self.window = window
        self.time = _ALWAYS  # the newest timestamp of a verdict
        self.horizon = _ALWAYS  # claims before this time have left the window permanently
        self._full_from = 0  # recent claims, before which no segment is asked for
        self._forgotten = 0  # recent claims that the next compaction removes
        self.sealed = Sealed()
        self.recent = Recent(First(0, 0))

    def __len__(self) -> int:
        return len(self.sealed) + len(self.recent)

    @property
    def size(self) -> int:
        """The memory of the arrays in bytes, spare capacity included. What is mapped from files does not count."""
        return self.recent.size + self.sealed.size

    # -- learning

    def learn(self, verdict: Verdict) -> None:
        """Add the claims of a verdict. Verdicts must come in the order of their documents."""
        self._pass_time(verdict)
        if verdict.decision is Decision.REPEAT:
            return
        recent, row = self.recent, self.recent.end.claim
        recent.times.append(self.time)
        recent.put(By.DELIVERY, delivery_hash(verdict.page_id, verdict.page_partition, verdict.page_offset), row)
        article = article_bytes(verdict.article_id)
        if article is None:
            recent.claims.append(np.zeros((), dtype=CLAIM))
            return
        recent.put(By.PAGE, hash64(verdict.page_id), row)
        doubt = verdict.identity
        if (
            doubt is not None
            and doubt.reason is IdentityReason.OTHER_TEXT
            and (named := article_bytes(doubt.article_id))
        ):
            recent.put(By.DOUBT, article_key(named), row)
        if verdict.revision is None:  # the verdict names the article and says nothing else about it
            recent.claims.append(claim_row(Claim(article, 0, 0, None, 0, 0.0)))
            return
        recent.claims.append(claim_row(self._new_claim(verdict, article, verdict.revision, row)))
        recent.put(By.ARTICLE, article_key(article), row)
        self._point(url_key(verdict.url_key or verdict.source_key), url_key(verdict.source_key), article, row)
        if verdict.text_hash is not None:
            recent.put(By.TEXT, hash64(verdict.text_hash), row)

    def _point(self, url: int, source: int, article: bytes, row: int) -> None:
        """Note which article a page's URL leads to, unless its id says so. A copy does not hide an article from there.

        `source` is the URL that the article's text came from.
        """
        if url in {0, article_key(article)}:
            return
        before = self._newest(By.URL, url) if url != source else None
        if before is None or before < self.since(self.horizon).claim or self._claim_at(before).source != url:
            self.recent.put(By.URL, url, row)

    def _new_claim(self, verdict: Verdict, article: bytes, revision: int, row: int) -> Claim:
        own, near = 0, verdict.kinship is Kinship.NEAR
        if verdict.decision in {Decision.DUPLICATE, Decision.SUPERSEDED}:
            before = self._newest(By.ARTICLE, article_key(article))
            own = 0 if before is None else self._claim_at(before).own
        if verdict.fingerprint is not None:
            sketch = self._add_sketch(read(verdict.fingerprint), verdict.outline, article, row)
            own = own if near else sketch + 1
        text_revision = 0 if near or verdict.text_hash is None else revision
        source = url_key(verdict.source_key)
        return Claim(article, revision, text_revision, verdict.words, own, verdict.fetched_at or 0.0, source)

    def _add_sketch(self, fingerprint: Fingerprint, packed_outline: bytes | None, article: bytes, row: int) -> int:
        outline = None if packed_outline is None else read_outline(packed_outline)
        kept = None if outline is None else packed_outline
        return self.recent.add_sketch(record_row(keys_of(fingerprint, outline), fingerprint, kept, article), row)

    def _pass_time(self, verdict: Verdict) -> None:
        if verdict.timestamp is None:
            return
        if self.time == _ALWAYS:  # earlier verdicts had no timestamps: they get the first one that is known
            self.recent.times.array[:] = verdict.timestamp
        self.time = max(self.time, verdict.timestamp)
        horizon = self.time - self.window if verdict.horizon is None else verdict.horizon
        self.horizon = max(self.horizon, horizon)

    # -- looking up

    def since(self, horizon: float) -> WindowStart:
        """Return the first rows of claims and sketches that are not older than a horizon."""
        if self.time == _ALWAYS:
            return WindowStart(0, 0)
        horizon = max(horizon, self.horizon)
        return self.sealed.since(horizon) or self.recent.since(horizon)

    def has_delivery(self, page_id: str, partition: int, offset: int, since: WindowStart) -> bool:
        """Return whether a delivery already has a verdict inside the window."""
        row = self._newest(By.DELIVERY, delivery_hash(page_id, partition, offset))
        return row is not None and row >= since.claim

    def claim_of_page(self, page_id: str, since: WindowStart) -> Claim | None:
        """Return the newest claim of a page that had an article."""
        return self._claim_inside(self._newest(By.PAGE, hash64(page_id)), since)

    def claim_of_text(self, text_hash: str, since: WindowStart) -> Claim | None:
        """Return the newest claim on a text."""
        return self._claim_inside(self._newest(By.TEXT, hash64(text_hash)), since)

    def claim_of_article(self, article: bytes, since: WindowStart) -> Claim | None:
        """Return the newest claim that states an article's revision, which is its current state."""
        return self._claim_inside(self._newest(By.ARTICLE, article_key(article)), since)

    def claim_of_url(self, key: int, since: WindowStart) -> Claim | None:
        """Return the newest claim of a page at a URL on an article that has another id than the URL gives."""
        return self._claim_inside(self._newest(By.URL, key), since) if key else None

    def is_doubted(self, article: bytes, since: WindowStart) -> bool:
        """Return whether a page inside the window named an article's URL as its own and had another text."""
        row = self._newest(By.DOUBT, article_key(article))
        return row is not None and row >= since.claim

    def _claim_inside(self, row: int | None, since: WindowStart) -> Claim | None:
        return None if row is None or row < since.claim else self._claim_at(row)

    def _newest(self, kind: By, key: int) -> int | None:
        row = self.recent.newest(kind, key)
        return self.sealed.newest(kind, key) if row is None and self.sealed.segments else row

    def _claim_at(self, row: int) -> Claim:
        recent = self.recent
        return claim_of(self.sealed.claim(row) if row < recent.first.claim else recent.claims[row - recent.first.claim])

    def candidates(self, keys: Keys, since: WindowStart) -> Candidates:
        """Find the sketches that share at least one key with a text; of each key the newest few."""
        first = self.recent.first.sketch
        found, left = self.recent.bands.newest(keys, since=max(0, since.sketch - first))
        found = [rows + first for rows in found]
        if since.sketch < first:
            found.append(self.sealed.candidates(keys, left, since.sketch))
        return candidates_of(found)

    def records(self, sketches: npt.NDArray[np.intp]) -> Any:
        """Return the rows of RECORD of some sketches, which are given in ascending order."""
        first = self.recent.first.sketch
        if not len(sketches) or sketches[0] >= first:
            return self.recent.records[sketches - first]
        rows, old = np.empty(len(sketches), dtype=RECORD), int(sketches.searchsorted(first))
        self.sealed.copy_records(sketches[:old], rows[:old])
        rows[old:] = self.recent.records[sketches[old:] - first]
        return rows

    def _record(self, sketch: int) -> Any:
        first = self.recent.first.sketch
        return self.sealed.record(sketch) if sketch < first else self.recent.records[sketch - first]

    def agreeing(self, row: int, fingerprint: Fingerprint) -> int:
        """Count the bands and anchors that the sketch in a row shares with a fingerprint."""
        return int(np.count_nonzero(self._record(row)["keys"][:SIGNED] == fingerprint.keys()))

    def keys(self, row: int) -> Keys:
        """Return the keys of a sketch."""
        keys: Keys = self._record(row)["keys"]
        return keys

    def sketch(self, row: int) -> Sketch:
        """Return the sketch in a row."""
        return sketch_of(self._record(row))

    def outline(self, row: int) -> Outline | None:
        """Return the outline of the sketch in a row, None if it has none."""
        return read_outline(bytes(self._record(row)["outline"]))

    def claim_of_sketch(self, row: int) -> Claim:
        """Return the claim that a sketch was added with."""
        recent = self.recent
        if row < recent.first.sketch:
            return claim_of(self.sealed.claim_of_sketch(row))
        return claim_of(recent.claims[recent.sketched[row - recent.first.sketch]])

    # -- forgetting

    def forget(self, before: float) -> None:
        """Free the memory of claims older than a timestamp, if they have left the window permanently.

        The cost is amortized: rows are moved only when at least a quarter of them can go.
        """
        if self.time == _ALWAYS:
            return
        until = min(before, self.horizon)
        self.sealed = self.sealed.since_time(until)
        self._forgotten = int(self.recent.times.array.searchsorted(until))
        if self._forgotten >= COMPACTED_FROM and self._forgotten * 4 >= len(self.recent):
            self._compact()

    def _compact(self) -> None:
        self.recent, self._forgotten = self.recent.without(self._forgotten), 0

    # -- sealing

    @property
    def is_full(self) -> bool:
        """Whether so many claims are in memory that they should become a segment."""
        if self.time == _ALWAYS:  # the times of these claims may still change
            return False
        share = min(max(SEALED_FROM, len(self) // SEALED_SHARE), SEALED_MOST)
        return len(self.recent) >= max(share, self._full_from)

    def put_off(self) -> None:
        """Ask for a segment only after a quarter more claims, because none could be written."""
        self._full_from = len(self.recent) * 5 // 4

    def packed(self) -> Iterator[memoryview | bytes]:
        """Write the recent claims as a segment, piece by piece; give it to `seal` before more is learned."""
        return packed(self.recent.first, self.recent.arrays())

    def seal(self, segment: Segment) -> None:
        """Free the recent claims, which are in a segment now."""
        sealed = self.sealed.with_one(segment)
        if segment.end != self.recent.end:
            raise ValueError(f"a segment up to {segment.end}, where the claims end at {self.recent.end}")
        self.sealed, self.recent = sealed, Recent(segment.end)
        self._forgotten = self._full_from = 0

    # -- saving

    def dump(self) -> bytes:
        """Write the recent claims and the digests of the segments as bytes; `load` reads them."""
        head = {
            "window": self.window,
            "time": None if self.time == _ALWAYS else self.time,
            "horizon": None if self.horizon == _ALWAYS else self.horizon,
            "forgotten": self._forgotten,
            "first": list(self.recent.first),
            "segments": [segment.digest.hex() for segment in self.sealed.segments],
        }
        return write_arrays(head, self.recent.arrays())

    @classmethod
    def load(cls, data: bytes, segments: Sequence[Segment] = ()) -> Self:
        """Read the bytes that `dump` wrote, with their segments; ValueError with the reason if they are others."""
        head, arrays = read_arrays(data, KINDS)
        if head["segments"] != [segment.digest.hex() for segment in segments]:
            raise ValueError(f"{len(segments)} segments were given, which are not the {len(head['segments'])} needed")
        index = cls(head["window"])
        index.time = _ALWAYS if head["time"] is None else head["time"]
        index.horizon = _ALWAYS if head["horizon"] is None else head["horizon"]
        index._forgotten = head["forgotten"]
        index.sealed, index.recent = Sealed(segments), Recent(First(*head["first"]), arrays)
        return index
