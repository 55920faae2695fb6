"""What is kept of a verdict, in rows of arrays: a few dozen bytes each instead of an object."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from pipeline.text.figures import FIGURES, NAMES, PLACE_BYTES, Places, read_places
from pipeline.text.fingerprint import Fingerprint
from pipeline.verdict.hash_map import hash64

_UNKNOWN = 0xFFFF_FFFF

CLAIM = np.dtype(
    [
        ("article", "V16"),
        ("revision", "<u4"),
        ("text_revision", "<u4"),
        ("words", "<u4"),
        ("own", "<u4"),
        ("fetched_at", "<f8"),
    ]
)
SKETCH = np.dtype(
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


def claim_row(claim: Claim) -> tuple[Any, ...]:
    """Write a claim as a row of CLAIM."""
    words = _UNKNOWN if claim.words is None else min(claim.words, _UNKNOWN)
    return claim.article, min(claim.revision, _UNKNOWN), claim.text_revision, words, claim.own, claim.fetched_at


def claim_of(row: tuple[Any, ...]) -> Claim:
    """Read a row of CLAIM."""
    article, revision, text_revision, words, own, fetched_at = row
    return Claim(bytes(article), revision, text_revision, None if words == _UNKNOWN else words, own, fetched_at)


def sketch_row(fingerprint: Fingerprint) -> tuple[Any, ...]:
    """Write a fingerprint as a row of SKETCH, without what `lsh.Bands` has."""
    figures, names = fingerprint.figures, fingerprint.names
    return fingerprint.shingles, figures, names, len(figures) // PLACE_BYTES, len(names) // PLACE_BYTES


def sketch_of(row: tuple[Any, ...]) -> Sketch:
    """Read a row of SKETCH."""
    shingles, figures, names, figure_places, name_places = row
    return Sketch(
        shingles,
        read_places(bytes(figures)[: figure_places * PLACE_BYTES]),
        read_places(bytes(names)[: name_places * PLACE_BYTES]),
    )


def delivery_hash(page_id: str, partition: int, offset: int) -> int:
    """Hash the place of a page in `pages` with its id."""
    return hash64(f"{page_id} {partition} {offset}")


def sixteen(article_id: str | None) -> bytes | None:
    """Read an article's id as its 16 bytes; None where there is none, or none that this software made."""
    try:
        article = bytes.fromhex(article_id or "")
    except ValueError:
        return None
    return article if len(article) == 16 else None


def first_eight(article: bytes) -> int:
    """Make a key of an article's id."""
    return int.from_bytes(article[:8], "little")
