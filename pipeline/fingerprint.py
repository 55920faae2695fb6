"""What the duplicates of an article share: the hash of its normalised text, and a sketch of its words and figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Annotated, Literal

from pydantic import Field

from pipeline.figures import FIGURES, NAMES, PLACE_BYTES, places_of, write_places
from pipeline.minhash import ANCHORS, PERMUTATIONS, anchors_of, shingles_of, signature_of
from pipeline.page import Base64, Count
from pipeline.text import words
from pipeline.tokens import tokens_of

ANCHOR_BYTES = 4 * ANCHORS
FEWEST = 8  # shingles: below it only an exact copy can be told from another text


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """By what near-duplicates are known: 176 bytes of a text's shingles, and at most 96 of its figures and names."""

    minhash: Annotated[Base64, Field(min_length=PERMUTATIONS, max_length=PERMUTATIONS)]  # `minhash.signature_of`
    anchors: Annotated[Base64, Field(min_length=ANCHOR_BYTES, max_length=ANCHOR_BYTES)]  # `minhash.anchors_of`
    shingles: Annotated[Count, Field(ge=FEWEST, lt=1 << 32)]  # distinct ones
    figures: Annotated[Base64, Field(max_length=FIGURES * PLACE_BYTES)] = b""  # `figures.write_places`
    names: Annotated[Base64, Field(max_length=NAMES * PLACE_BYTES)] = b""
    scheme: Literal[1] = 1  # of hashing: fingerprints of two schemes have nothing in common


def fingerprint_of(article_body: str) -> Fingerprint | None:
    """Sketch a text; None where it is too short to be known again by parts of it."""
    tokens = tokens_of(article_body)
    shingles = shingles_of(tokens.hashes)
    if len(shingles) < FEWEST:
        return None
    figures, names = places_of(tokens)
    return Fingerprint(
        minhash=signature_of(shingles).tobytes(),
        anchors=anchors_of(tokens.hashes).astype("<u4").tobytes(),
        shingles=len(shingles),
        figures=write_places(figures),
        names=write_places(names),
    )


def text_hash(article_body: str) -> str:
    """Hash the words of a text: equal for copies that differ in white space, quotes, dashes, case or ё."""
    return hash_of(words(article_body))


def hash_of(found: Sequence[str]) -> str:
    """Hash the words of a text where they are at hand: `page.digest` of them."""
    encoded = [word.encode("utf-8", "surrogatepass") for word in found]
    parts = [b""] * (2 * len(encoded))
    parts[::2] = [_LENGTHS[len(word)] if len(word) < 256 else len(word).to_bytes(8, "big") for word in encoded]
    parts[1::2] = encoded
    return blake2b(b"".join(parts), digest_size=16).hexdigest()


_LENGTHS = [length.to_bytes(8, "big") for length in range(256)]
