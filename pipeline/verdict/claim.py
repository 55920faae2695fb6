"""The row formats of claims: one array row of a few dozen bytes per verdict instead of a Python object."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from pipeline.text.figures import FIGURES, NAMES, PLACE_BYTES, Places, read_places
from pipeline.text.fingerprint import Fingerprint
from pipeline.text.outline import OUTLINE_BYTES
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
        ("source", "<u8"),
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
OUTLINE = np.dtype(f"V{OUTLINE_BYTES}")  # zeros where a text has none


class Claim(NamedTuple):
    """A verdict's statement about an article: the article's state at that time, and how the page's text relates."""

    article: bytes  # the article's id, 16 bytes
    revision: int  # the article's revision at the time of the verdict; 0 if unknown
    text_revision: int  # the revision whose text equals the page's text; 0 for a near copy
    words: int | None  # word count of `revision`
    own: int  # sketch of the article's own text, counted from 1; 0 if there is none
    fetched_at: float  # seconds since the epoch
    source: int = 0  # key of the URL that `revision` was fetched from; 0 if unknown

    @property
    def article_id(self) -> str:
        """The article's id as hexadecimal text."""
        return self.article.hex()


class Sketch(NamedTuple):
    """The parts of a text's fingerprint that are compared once a candidate is found."""

    shingles: int
    figures: Places
    names: Places


def claim_row(claim: Claim) -> tuple[Any, ...]:
    """Write a claim as a row of CLAIM."""
    words = _UNKNOWN if claim.words is None else min(claim.words, _UNKNOWN)
    revision = min(claim.revision, _UNKNOWN)
    return claim.article, revision, claim.text_revision, words, claim.own, claim.fetched_at, claim.source


def claim_of(row: tuple[Any, ...]) -> Claim:
    """Read a row of CLAIM."""
    article, revision, text_revision, words, own, fetched_at, source = row
    words = None if words == _UNKNOWN else words
    return Claim(bytes(article), revision, text_revision, words, own, fetched_at, source)


def sketch_row(fingerprint: Fingerprint) -> tuple[Any, ...]:
    """Write a fingerprint as a row of SKETCH, without the keys, which `lsh.BandIndex` keeps."""
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
    """Hash a page's id together with its partition and offset in `pages`."""
    return hash64(f"{page_id} {partition} {offset}")


def article_bytes(article_id: str | None) -> bytes | None:
    """Return the 16 bytes of an article id; None if it is missing or was not made by this software."""
    try:
        article = bytes.fromhex(article_id or "")
    except ValueError:
        return None
    return article if len(article) == 16 else None


def article_key(article: bytes) -> int:
    """Return the first eight bytes of an article id as the key for `HashMap`."""
    return int.from_bytes(article[:8], "little")


def url_key(key: str | None) -> int:
    """Return a key of a URL, as verdicts write it, as the key for `HashMap`; 0 if there is none.

    The key of a URL is the beginning of the id of the article that has this URL.
    """
    return int.from_bytes(bytes.fromhex(key or ""), "little")


def key_of_url(key: int) -> str | None:
    """Return a key for `HashMap` as the key of a URL; None for 0."""
    return key.to_bytes(8, "little").hex() if key else None
