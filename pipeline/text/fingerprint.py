"""What the duplicates of an article share: the hash of its normalised text, and a sketch of its words and figures."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from struct import Struct
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline import native
from pipeline.text.figures import FIGURES, NAMES, PLACE_BYTES, places_of, write_places
from pipeline.text.minhash import ANCHOR_BITS, ANCHORS, BINS, anchors_of, shingles_of, signature_of
from pipeline.text.normalise import normalised
from pipeline.text.tokens import tokens_of

SCHEME = 2  # of hashing: fingerprints of two schemes have nothing in common
FEWEST = 8  # shingles: below it only an exact copy can be told from another text
_LENGTH_BYTES = 8  # before each word of what is hashed, the highest first
_HEAD = Struct("<BBI")  # scheme, places of figures, shingles
_ANCHOR_BYTES = ANCHOR_BITS // 8
_FIGURES_AT = _HEAD.size + BINS + ANCHORS * _ANCHOR_BYTES


class Fingerprint(NamedTuple):
    """By what near-duplicates are known: 164 bytes of a text's shingles, and at most 96 of its figures and names."""

    shingles: int  # distinct ones
    minhash: bytes  # `minhash.signature_of`
    anchors: bytes  # `minhash.anchors_of`, of each the lowest bytes
    figures: bytes  # `figures.write_places`
    names: bytes

    def packed(self) -> bytes:
        """Write it as one piece; `read` reads it."""
        head = _HEAD.pack(SCHEME, len(self.figures) // PLACE_BYTES, min(self.shingles, 0xFFFF_FFFF))
        return b"".join((head, self.minhash, self.anchors, self.figures, self.names))

    def keys(self) -> npt.NDArray[np.uint32]:
        """Return what a text is looked for by, as `lsh.Bands` has it: the bands of its signature, and its anchors."""
        return _keys(self)


@lru_cache(maxsize=16)  # what is looked up is taken in next
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
    """Take a packed fingerprint apart; ValueError says what is wrong with it."""
    if len(packed) < _FIGURES_AT:
        raise ValueError(f"a fingerprint has {_FIGURES_AT} bytes or more, not {len(packed)}")
    scheme, figures, shingles = _HEAD.unpack_from(packed)
    if scheme != SCHEME:
        raise ValueError(f"the fingerprint is of scheme {scheme}, this is {SCHEME}")
    names_at = _FIGURES_AT + figures * PLACE_BYTES
    names, rest = divmod(len(packed) - names_at, PLACE_BYTES)
    if shingles < FEWEST or figures > FIGURES or not 0 <= names <= NAMES or rest:
        raise ValueError(f"{len(packed)} bytes are no fingerprint with {shingles} shingles and {figures} figures")
    anchors_at = _HEAD.size + BINS
    return Fingerprint(
        shingles,
        packed[_HEAD.size : anchors_at],
        packed[anchors_at:_FIGURES_AT],
        packed[_FIGURES_AT:names_at],
        packed[names_at:],
    )


def fingerprint_of(article_body: str) -> bytes | None:
    """Sketch a text, packed; None where it is too short to be known again by parts of it."""
    tokens = tokens_of(article_body)
    shingles = shingles_of(tokens.hashes)
    if len(shingles) < FEWEST:
        return None
    figures, names = places_of(tokens)
    return Fingerprint(
        shingles=len(shingles),
        minhash=signature_of(shingles).tobytes(),
        anchors=b"".join([anchor.to_bytes(_ANCHOR_BYTES, "little") for anchor in anchors_of(tokens.hashes).tolist()]),
        figures=write_places(figures),
        names=write_places(names),
    ).packed()


def text_hash(article_body: str) -> str:
    """Hash the words of a text: equal for copies that differ in white space, quotes, dashes, case or ё."""
    return hash_of(normalised(article_body))


def hash_of(normal: str) -> str:
    """Hash a normalised text where it is at hand: `page.digest` of its words, all lengths written at once."""
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
