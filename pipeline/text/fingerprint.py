"""The hash of an article's normalized text, and a sketch of its words and figures; its duplicates share them."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from struct import Struct
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline import native
from pipeline.text.figures import FIGURES, NAMES, PLACE_BYTES, places_of, write_places
from pipeline.text.minhash import ANCHOR_BITS, ANCHORS, BINS, anchors_of, bits_of, minima_of, shingles_of
from pipeline.text.normalise import normalised
from pipeline.text.outline import outline_of
from pipeline.text.tokens import Hashes, Tokens, tokens_of

SCHEME = 2  # version of the hashing: fingerprints of different schemes cannot be compared
FEWEST = 8  # shingles: a shorter text is compared for exact copies only
_LENGTH_BYTES = 8  # length written before each hashed word, highest byte first
_HEAD = Struct("<BBI")  # scheme, number of figure places, number of shingles
_ANCHOR_BYTES = ANCHOR_BITS // 8
_FIGURES_AT = _HEAD.size + BINS + ANCHORS * _ANCHOR_BYTES


class Fingerprint(NamedTuple):
    """The sketch that finds near-duplicates: 164 bytes for a text's shingles, at most 96 for its figures and names."""

    shingles: int  # number of distinct shingles
    minhash: bytes  # `minhash.signature_of`
    anchors: bytes  # `minhash.anchors_of`, the lowest bytes of each
    figures: bytes  # `figures.write_places`
    names: bytes

    def packed(self) -> bytes:
        """Return the fingerprint as one byte string, which `read` reads."""
        head = _HEAD.pack(SCHEME, len(self.figures) // PLACE_BYTES, min(self.shingles, 0xFFFF_FFFF))
        return b"".join((head, self.minhash, self.anchors, self.figures, self.names))

    def keys(self) -> npt.NDArray[np.uint32]:
        """Return the keys by which `lsh.Bands` finds the text: the bands of its signature, and its anchors."""
        return _keys(self)


@lru_cache(maxsize=16)  # a fingerprint is looked up and then added to the index
def _keys(sketch: Fingerprint) -> npt.NDArray[np.uint32]:
    keys = np.zeros(BINS // 4 + ANCHORS, dtype="<u4")
    keys[: BINS // 4] = np.frombuffer(sketch.minhash, dtype="<u4")
    anchors = np.frombuffer(sketch.anchors, dtype=np.uint8).reshape(ANCHORS, _ANCHOR_BYTES)
    keys[BINS // 4 :].view(np.uint8).reshape(ANCHORS, 4)[:, :_ANCHOR_BYTES] = anchors
    keys = keys.astype(np.uint32, copy=False)
    keys.flags.writeable = False
    return keys


@lru_cache(maxsize=16)
def read(packed: bytes) -> Fingerprint:
    """Read a packed fingerprint; raise ValueError with the reason if it is malformed."""
    if len(packed) < _FIGURES_AT:
        raise ValueError(f"a fingerprint has {_FIGURES_AT} bytes or more, not {len(packed)}")
    scheme, figures, shingles = _HEAD.unpack_from(packed)
    if scheme != SCHEME:
        raise ValueError(f"the fingerprint has scheme {scheme}, this release reads scheme {SCHEME}")
    names_at = _FIGURES_AT + figures * PLACE_BYTES
    names, rest = divmod(len(packed) - names_at, PLACE_BYTES)
    if shingles < FEWEST or figures > FIGURES or not 0 <= names <= NAMES or rest:
        raise ValueError(f"{len(packed)} bytes do not fit a fingerprint of {shingles} shingles and {figures} figures")
    anchors_at = _HEAD.size + BINS
    return Fingerprint(
        shingles,
        packed[_HEAD.size : anchors_at],
        packed[anchors_at:_FIGURES_AT],
        packed[_FIGURES_AT:names_at],
        packed[names_at:],
    )


def fingerprint_of(article_body: str) -> bytes | None:
    """Return the packed fingerprint of a text; None if the text has fewer than `FEWEST` shingles."""
    tokens = tokens_of(article_body)
    shingles = shingles_of(tokens.hashes)
    return None if len(shingles) < FEWEST else _fingerprint(tokens, shingles, minima_of(shingles)).packed()


def sketches_of(article_body: str, *, headline: str | None, host: str) -> tuple[bytes | None, bytes | None]:
    """Return the packed fingerprint and the packed outline of an article; None if its text is too short for one."""
    tokens = tokens_of(article_body)
    shingles = shingles_of(tokens.hashes)
    if len(shingles) < FEWEST:
        return None, None
    minima = minima_of(shingles)
    outline = outline_of(tokens, minima, headline=headline, host=host)
    return _fingerprint(tokens, shingles, minima).packed(), outline.packed()


def _fingerprint(tokens: Tokens, shingles: Hashes, minima: Hashes) -> Fingerprint:
    figures, names = places_of(tokens)
    return Fingerprint(
        shingles=len(shingles),
        minhash=bits_of(minima).tobytes(),
        anchors=b"".join([anchor.to_bytes(_ANCHOR_BYTES, "little") for anchor in anchors_of(tokens.hashes).tolist()]),
        figures=write_places(figures),
        names=write_places(names),
    )


def text_hash(article_body: str) -> str:
    """Return the hash of a text's words. Copies that differ in white space, quotes, dashes, case or ё have the same."""
    return hash_of(normalised(article_body))


def hash_of(normal: str) -> str:
    """Return the hash of an already normalized text: `fields.digest` of its words, with all lengths written at once."""
    written = native.text.with_lengths(_bytes(normal)) if native.COMPILED else _with_lengths(normal).data
    return blake2b(written, digest_size=16).hexdigest()


def _bytes(normal: str) -> bytes:
    return normal.encode("utf-8", "surrogatepass")


def _with_lengths(normal: str) -> npt.NDArray[np.uint8]:
    joined = b" " + _bytes(normal) if normal else b""
    begins = (np.frombuffer(joined, dtype=np.uint8) == ord(" ")).nonzero()[0]
    lengths = np.empty_like(begins)
    lengths[:-1] = begins[1:]
    lengths[-1:] = len(joined)
    lengths -= begins + 1
    written = np.frombuffer(bytearray(joined.replace(b" ", bytes(_LENGTH_BYTES))), dtype=np.uint8)
    last = begins + (_LENGTH_BYTES - 1) * np.arange(1, len(begins) + 1)
    for byte in range((int(lengths.max(initial=0)).bit_length() + 7) // 8):
        written[last - byte] = lengths >> 8 * byte & 0xFF
    return written
