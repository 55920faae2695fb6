"""What the verdicts of one partition have claimed: deliveries, pages, texts, articles, and the sketches of texts.

Derived from verdicts in their order and from nothing else, in arrays: a few hundred bytes a document. Time comes from
the verdicts too, and goes forward only. So what has left the window stays out of it, forgotten or not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
import orjson

from pipeline.figures import FIGURES, NAMES, PLACE_BYTES, Places, read_places
from pipeline.fingerprint import Fingerprint
from pipeline.hashed import Hashed, hash64
from pipeline.lsh import KEYS, Bands, Found, Keys
from pipeline.records import Records
from pipeline.verdict import Decision, Kinship, Verdict

WINDOW = 30 * 86_400.0  # seconds
COMPACTED_FROM = 4096  # forgotten verdicts; below it memory is not worth the work
MAGIC = b"chistovik claims\n"
VERSION = 1
DIGEST_BYTES = 16
_UNKNOWN = 0xFFFF_FFFF
_ALWAYS = float("-inf")

_CLAIM = np.dtype(
    [
        ("article", "V16"),
        ("revision", "<u4"),
        ("text_revision", "<u4"),
        ("words", "<u4"),
        ("own", "<u4"),
        ("fetched_at", "<f8"),
    ]
)
_SKETCH = np.dtype(
    [
        ("shingles", "<u4"),
        ("figures", f"V{FIGURES * PLACE_BYTES}"),
        ("names", f"V{NAMES * PLACE_BYTES}"),
        ("figure_places", "u1"),
        ("name_places", "u1"),
    ]
)


class Claim(NamedTuple):
    """What a verdict says of an article: how the article stands, and what its page's text is to it."""

    article: bytes
    revision: int  # of the article, as it stood then; 0 where that is not known
    text_revision: int  # of which the text is the text; 0 for a near copy's
    words: int | None  # of that revision
    own: int  # the sketch of its text, counted from 1; 0 where there is none
    fetched_at: float

    @property
    def article_id(self) -> str:
        """The article's id."""
        return self.article.hex()


class Sketch(NamedTuple):
    """A text as near copies are looked for."""

    shingles: int
    figures: Places
    names: Places


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
        self._claims = Records(np.empty(0, dtype=_CLAIM))
        self._deliveries, self._pages, self._texts, self._articles = (Hashed() for _ in range(4))  # → claim
        self._bands = Bands()
        self._sketches = Records(np.empty(0, dtype=_SKETCH))
        self._sketched = Records(np.empty(0, dtype="<u4"))  # by sketch: its claim

    def __len__(self) -> int:
        return self._times.count

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
        article = _sixteen(verdict.article_id)
        if article is None:
            self._claims.append(np.zeros((), dtype=_CLAIM))
            return
        self._pages.put(hash64(verdict.page_id), row)
        if verdict.revision is None:  # it says nothing of the article but its name
            self._claims.append((article, 0, 0, _UNKNOWN, 0, 0.0))
            return
        self._claims.append(self._claim(verdict, article, verdict.revision, row))
        self._articles.put(_first_eight(article), row)
        if verdict.text_hash is not None:
            self._texts.put(hash64(verdict.text_hash), row)

    def _claim(self, verdict: Verdict, article: bytes, revision: int, row: int) -> tuple[Any, ...]:
        own, near = 0, verdict.kinship is Kinship.NEAR
        if verdict.decision is Decision.DUPLICATE:
            before = self._articles.get(_first_eight(article))
            own = 0 if before is None else self._claim_at(before).own
        if verdict.fingerprint is not None:
            sketch = self._sketch(verdict.fingerprint, row)
            own = own if near else sketch + 1
        text_revision = 0 if near or verdict.text_hash is None else revision
        words = _UNKNOWN if verdict.words is None else min(verdict.words, _UNKNOWN)
        return article, min(revision, _UNKNOWN), text_revision, words, own, verdict.fetched_at or 0.0

    def _sketch(self, fingerprint: Fingerprint, row: int) -> int:
        figures, names = fingerprint.figures, fingerprint.names
        places = len(figures) // PLACE_BYTES, len(names) // PLACE_BYTES
        self._sketches.append((fingerprint.shingles, figures, names, *places))
        self._sketched.append(row)
        return self._bands.add(keys_of(fingerprint))

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
        return self._at(self._articles.get(_first_eight(article)), since)

    def _at(self, row: int | None, since: Since) -> Claim | None:
        return None if row is None or row < since.claim else self._claim_at(row)

    def _claim_at(self, row: int) -> Claim:
        article, revision, text_revision, words, own, fetched_at = self._claims[row]
        known = None if words == _UNKNOWN else words
        return Claim(bytes(article), revision, text_revision, known, own, fetched_at)

    def neighbours(self, fingerprint: Fingerprint, since: Since) -> Found:
        """Find the sketches that agree with a fingerprint in a key."""
        return self._bands.candidates(keys_of(fingerprint), since=since.sketch)

    def signatures(self, sketches: Any) -> Any:
        """Return the signatures and the numbers of shingles of some sketches."""
        return self._bands.signatures(sketches), self._sketches.array["shingles"][sketches]

    def sketch(self, row: int) -> Sketch:
        """Return a sketch."""
        shingles, figures, names, figure_places, name_places = self._sketches[row]
        return Sketch(
            shingles,
            read_places(bytes(figures)[: figure_places * PLACE_BYTES]),
            read_places(bytes(names)[: name_places * PLACE_BYTES]),
        )

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
            "version": VERSION,
            "window": self.window,
            "time": None if self.time == _ALWAYS else self.time,
            "horizon": None if self.horizon == _ALWAYS else self.horizon,
            "forgotten": self._forgotten,
            "rows": [len(array) for array in arrays],
        }
        parts: list[bytes] = [MAGIC, orjson.dumps(head) + b"\n", *(array.tobytes() for array in arrays if len(array))]
        return b"".join([*parts, _digest(parts)])

    @classmethod
    def load(cls, data: bytes) -> Self:
        """Read what `dump` wrote; ValueError, with the reason, where it did not write this."""
        if not data.startswith(MAGIC):
            raise ValueError("these are no claims")
        if _digest([memoryview(data)[:-DIGEST_BYTES]]) != data[-DIGEST_BYTES:]:
            raise ValueError("the claims are torn")
        end = data.index(b"\n", len(MAGIC))
        head = orjson.loads(data[len(MAGIC) : end])
        if head["version"] != VERSION:
            raise ValueError(f"the claims are of version {head['version']}, this is {VERSION}")
        return cls._of_arrays(head, _arrays(memoryview(data)[end + 1 : -DIGEST_BYTES], head["rows"]))

    @classmethod
    def _of_arrays(cls, head: dict[str, Any], arrays: list[Any]) -> Self:
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


def delivery_hash(page_id: str, partition: int, offset: int) -> int:
    """Hash the place of a page in `pages` with its id."""
    return hash64(f"{page_id} {partition} {offset}")


def keys_of(fingerprint: Fingerprint) -> Keys:
    """Return what a text is looked for by, as `lsh.Bands` has it: the bands of its signature, and its anchors."""
    return np.frombuffer(fingerprint.minhash + fingerprint.anchors, dtype="<u4").astype(np.uint32, copy=False)


def _arrays(data: memoryview, rows: list[int]) -> list[Any]:
    kinds: list[Any] = ["<f8", _CLAIM, f"({KEYS},)<u4", _SKETCH, "<u4", *("<u8", "<u4") * 4]
    arrays, at = [], 0
    for kind, count in zip(kinds, rows, strict=True):
        one = np.dtype(kind)
        arrays.append(np.frombuffer(data, dtype=one, count=count, offset=at) if count else np.empty(0, dtype=one))
        at += count * one.itemsize
    return arrays


def _digest(parts: Sequence[bytes | memoryview]) -> bytes:
    state = hashlib.blake2b(digest_size=DIGEST_BYTES)
    for part in parts:
        state.update(part)
    return state.digest()


def _sixteen(article_id: str | None) -> bytes | None:
    """Read an article's id as its 16 bytes; None where there is none, or none that this software made."""
    try:
        article = bytes.fromhex(article_id or "")
    except ValueError:
        return None
    return article if len(article) == 16 else None


def _first_eight(article: bytes) -> int:
    return int.from_bytes(article[:8], "little")
