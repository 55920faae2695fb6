"""The row formats of claims: one array row of a few dozen bytes per verdict instead of a Python object."""

from __future__ import annotations

from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.text.figures import FIGURES, NAMES, PLACE_BYTES, Places, read_places
from pipeline.text.fingerprint import Fingerprint
from pipeline.text.outline import OUTLINE_BYTES
from pipeline.verdict.hash_map import hash64
from pipeline.verdict.lsh import BANDS, KEYS, Keys

_UNKNOWN = 0xFFFF_FFFF

CLAIM = np.dtype(
    [
        ("article", "V16"),
        ("revision", "<u4"),
        ("text_revision", "<u4"),
        ("words", "<u4"),
        ("own", "<u8"),
        ("fetched_at", "<f8"),
        ("source", "<u8"),
    ]
)
RECORD = np.dtype(
    [
        ("keys", "<u4", (KEYS,)),  # the first words of a row, where `lsh.BandIndex` reads them
        ("shingles", "<u4"),
        ("article", "<u8"),  # key of the article
        ("figures", f"V{FIGURES * PLACE_BYTES}"),
        ("names", f"V{NAMES * PLACE_BYTES}"),
        ("outline", f"V{OUTLINE_BYTES}"),  # zeros where a text has none
        ("figure_places", "u1"),
        ("name_places", "u1"),
        ("unused", "u1"),  # a row is a whole number of words
    ]
)
_NO_OUTLINE = bytes(OUTLINE_BYTES)


class By(IntEnum):
    """The maps in which claims are found."""

    DELIVERY = 0
    PAGE = 1
    TEXT = 2
    ARTICLE = 3
    URL = 4  # the last claim of a page at the URL, if its article has another id than the URL gives
    DOUBT = 5  # by article: the last claim of a page that named its URL and had another text


class First(NamedTuple):
    """The numbers of a first claim and a first sketch. Those of a partition are numbered through."""

    claim: int
    sketch: int


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


def record_row(keys: Keys, fingerprint: Fingerprint, outline: bytes | None, article: bytes) -> tuple[Any, ...]:
    """Write a text as a row of RECORD."""
    figures, names = fingerprint.figures, fingerprint.names
    places = len(figures) // PLACE_BYTES, len(names) // PLACE_BYTES
    return keys, fingerprint.shingles, article_key(article), figures, names, outline or _NO_OUTLINE, *places, 0


def sketch_of(record: Any) -> Sketch:
    """Read what is compared from a row of RECORD."""
    figures, names = bytes(record["figures"]), bytes(record["names"])
    return Sketch(
        int(record["shingles"]),
        read_places(figures[: int(record["figure_places"]) * PLACE_BYTES]),
        read_places(names[: int(record["name_places"]) * PLACE_BYTES]),
    )


def signatures_of(records: Any) -> npt.NDArray[np.uint8]:
    """Return the signatures in rows of RECORD."""
    return np.ascontiguousarray(records["keys"][:, :BANDS]).view(np.uint8)


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
