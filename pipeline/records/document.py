"""A cleaned page, or the reason why there is none: the records of the topic `documents`.

Cleaning ends in a `Document`, a `Refusal` or a `Failure`. The verdict decides later whether a document is new.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AwareDatetime, Field

from pipeline.records.fields import Base64, Count, Outlined, Packed, Url, digest
from pipeline.records.identity import Identity
from pipeline.records.page import page_id
from pipeline.records.reason import Reason
from pipeline.records.route import PARTITION, Route
from pipeline.records.wire import Malformed, decode

if TYPE_CHECKING:
    from pipeline.records.page import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """The origin of an event: the page, its offset in `pages`, and the extractor that cleaned it."""

    page_id: str
    topic: str
    partition: Count
    offset: Count
    fetched_at: AwareDatetime | None = None  # None if the record was too malformed to contain it
    origin: str | None = None  # the URL's offset in `urls`, "urls/<partition>/<offset>"; None for a page that was fed
    extractor: str = ""  # e.g. "blocks/1", "trafilatura/2.3.1"; "json-ld", "noscript", "json": where text was
    profile: Count | None = None  # version of the host's profile that the cleaning used; None if it used none

    @classmethod
    def of(cls, page: Page, *, topic: str, partition: int, offset: int, raw: bytes | None = None) -> Provenance:
        """Name a page and its place in `pages`; `raw` is its body where that is at hand."""
        return cls(
            page_id=page_id(page, raw),
            topic=topic,
            partition=partition,
            offset=offset,
            fetched_at=page.fetched_at,
            origin=page.origin,
        )

    @property
    def place(self) -> str:
        """The place of the record that the event comes from: topic, partition and offset."""
        return f"{self.topic}/{self.partition}/{self.offset}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """The lines and characters that one rule removed from a page."""

    rule: str
    lines: Count
    characters: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaning:
    """The amount of text that cleaning kept, and the amount that each rule removed. Nothing is removed silently."""

    kept_lines: Count
    kept_characters: Count
    removed: tuple[Removed, ...] = ()
    confidence: float | None = None  # 0 to 1: the F1 of words to expect of the text; None if trafilatura extracted it
    article_score: float | None = None  # 0 surely another type of page .. 1 surely an article; None for plain text
    page_type: str | None = None  # a `PageType`: "article" from a score of 0.5 on; None for plain text


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """The source of each piece of metadata; None for metadata that was not found.

    In HTML: "json-ld", "opengraph", "meta", "microdata", "markup", or for dates "embedded" (data in a script or an
    attribute) and "htmldate" (that library). Elsewhere: "field" for a labelled field or a title in Markdown above a
    plain text, "line" for a line of the text, "url" for the URL, "feed" for the feed, sitemap or page that linked to
    the page.
    """

    headline: str | None = None
    description: str | None = None
    author: str | None = None
    date_published: str | None = None
    date_modified: str | None = None
    in_language: str | None = None
    publisher: str | None = None
    canonical_url: str | None = None
    image: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservations:
    """What the publisher declares about the use of a page, in its response headers or meta tags."""

    robots: tuple[
        str, ...
    ] = ()  # directives in lower case, as "noarchive"; "googlebot: noindex" if for that robot only
    tdm_reservation: bool | None = None  # TDMRep: whether rights to text and data mining are reserved
    tdm_policy: str | None = None  # TDMRep: the URL of the policy under which they can be licensed


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The article found in a page, with the fingerprint by which its duplicates are found."""

    kind: Literal["document"] = "document"
    url: Url
    route: Route
    article_body: str
    word_count: Count
    text_hash: str  # hash of the normalized text: `fingerprint.text_hash`
    fingerprint: Packed | None = None  # None if the text is too short for one
    outline: Outlined = None  # which passages the fingerprint is of; None in records of older releases
    in_language: str = "und"  # BCP 47
    canonical_url: str | None = None
    identity: Identity | None = None  # None if the page declares no canonical URL other than its own URL
    headline: str | None = None
    description: str | None = None
    author: tuple[str, ...] = ()
    date_published: str | None = None  # an RFC 3339 date, or date and time with the page's own offset
    date_modified: str | None = None  # likewise; never earlier than date_published
    publisher: str | None = None
    image: str | None = None
    sources: Sources = field(default_factory=Sources)
    cleaning: Cleaning
    reservations: Reservations | None = None  # None if the page declares none
    provenance: Provenance
    schema_version: Literal[1] = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A page that contains no article, and the reason."""

    kind: Literal["refusal"] = "refusal"
    url: Url
    route: Route
    reason: Reason
    detail: str = ""
    cleaning: Cleaning | None = None
    reservations: Reservations | None = None
    provenance: Provenance
    schema_version: Literal[1] = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A page that could not be cleaned because of an error. The exact bytes of its record are kept for a replay."""

    kind: Literal["failure"] = "failure"
    url: Url
    route: Route
    stage: str
    error: str
    attempt: Count = 1
    original_base64: Base64 | None = None  # None if it is too large to carry; the record in `pages` remains
    original_key_base64: Base64 | None = None  # the record's key; None if it had none or the original is not here
    provenance: Provenance
    schema_version: Literal[1] = 1

    @classmethod
    def of(
        cls,
        provenance: Provenance,
        value: bytes | None,
        *,
        route: Route,
        stage: str,
        error: str,
        url: str = "",
        key: bytes | None = None,
        attempt: int = 1,
    ) -> Failure:
        """Keep the record that broke a stage, byte for byte; without a URL it is named by its place."""
        return cls(
            url=url or f"kafka:{provenance.place}",
            route=route,
            stage=stage,
            error=error,
            attempt=attempt,
            original_base64=value or b"",
            original_key_base64=key,
            provenance=provenance,
        )


Cleaned = Annotated[Document | Refusal | Failure, Field(discriminator="kind")]


# The end of an encoded document that was cleaned without a profile.
_NO_PROFILE, _PROFILE = b'"profile":null},"schema_version":1}', b'"profile":%d},"schema_version":1}'


def with_profile(value: bytes, version: int) -> bytes:
    """Return an encoded document with a profile's version in its provenance, without decoding the document."""
    if not value.endswith(_NO_PROFILE):
        raise ValueError(f"not a document that was cleaned without a profile: …{value[-60:]!r}")
    return value[: -len(_NO_PROFILE)] + _PROFILE % version


TOPIC = "documents"  # without the prefix
_ROUTES = {number: route for route, number in PARTITION.items()}


def read_document(value: bytes | None, *, partition: int, offset: int) -> Cleaned:
    """Read a record of `documents`. A malformed record becomes a `Failure` whose page id is a digest of its bytes."""
    record: Cleaned | Malformed = decode(Cleaned, value)
    if not isinstance(record, Malformed):
        return record
    provenance = Provenance(page_id=digest(value or b""), topic=TOPIC, partition=partition, offset=offset)
    error = f"not a document: {record.error}"
    return Failure.of(provenance, value, route=_ROUTES[partition], stage="dedupe", error=error)
