"""The ids that a page's URLs stand for: finds the articles that are known under them, and a free id for a new one.

`identity.py` decides which of the known articles the page is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pipeline.records.document import Document
from pipeline.records.fields import digest
from pipeline.records.identity import Identity, IdentityReason
from pipeline.records.url import is_front_page, web_url
from pipeline.verdict.claim import Claim, url_key
from pipeline.verdict.claims import ClaimIndex, WindowStart
from pipeline.verdict.identity import Fate, Known, Link

KEY = 16  # hexadecimal digits of an id that are the key of its URL


@dataclass(frozen=True, slots=True)
class Names:
    """The ids that an article has under the URLs of its page."""

    own: str  # by the page's own URL; by the text if that is no URL of the web
    named: str  # by the canonical URL, if cleaning believed it; else the same
    doubted: str | None  # by a canonical URL that cleaning did not believe; earlier releases believed it
    key: str | None  # of the page's own URL
    is_front: bool
    is_doubted: bool  # a page inside the window had the same canonical URL and another text than the article there
    document: Document


def article_id(document: Document) -> str:
    """Return the id of a new article: a digest of route and canonical URL; of route and text if there is no web URL."""
    return _id(document, document.canonical_url)


def names_of(document: Document, claims: ClaimIndex, since: WindowStart) -> Names:
    """Return the ids of a page's article."""
    url, identity = web_url(document.url), document.identity
    own = _id(document, url)
    doubted = None
    if identity is not None and identity.reason in {IdentityReason.SECTION, IdentityReason.SEVERAL}:
        doubted = _id(document, identity.canonical_url)
    named = own if document.canonical_url == url else article_id(document)
    return Names(
        own=own,
        named=named,
        doubted=doubted,
        key=own[:KEY] if url else None,
        is_front=url is not None and is_front_page(url),
        is_doubted=named != own and claims.is_doubted(bytes.fromhex(named), since),
        document=document,
    )


def _id(document: Document, url: str | None) -> str:
    return digest(document.route.encode(), (url or f"text:{document.text_hash}").encode())


def find_known(claims: ClaimIndex, names: Names, since: WindowStart) -> list[Known]:
    """Return the articles that are known under a page's names, before their texts are compared."""
    found: dict[bytes, Known] = {}
    for claim, name in _claims_of(claims, names, since):
        if claim.article not in found and (link := _link(claim, name, names)) is not None:
            found[claim.article] = Known(claim, link)
    return list(found.values())


def _claims_of(claims: ClaimIndex, names: Names, since: WindowStart) -> Iterator[tuple[Claim, str | None]]:
    """Yield the articles' states, each with the name under which it was found; None for the page's own URL."""
    last = claims.claim_of_url(url_key(names.key), since)
    if last is not None and (claim := claims.claim_of_article(last.article, since)) is not None:
        yield claim, None
    for name in dict.fromkeys(filter(None, (names.own, names.named, names.doubted))):
        if (claim := claims.claim_of_article(bytes.fromhex(name), since)) is not None:
            yield claim, name


def _link(claim: Claim, name: str | None, names: Names) -> Link | None:
    key, article = url_key(names.key), claim.article_id
    moved = names.named not in {names.own, article} and not names.is_doubted  # the page names a third URL
    if claim.source and claim.source == key:
        return Link.OWN if moved else Link.SAME
    if article == names.own:
        return Link.OWN if claim.source and key else Link.SAME
    if article in {names.named, names.doubted}:
        if not claim.source:  # of an earlier release, or from a file: the text may have come from this URL
            return Link.OWN
        return Link.NAMED if article == names.named else None
    return Link.COPY if name is None and not moved else None


def _doubt(names: Names) -> Identity:
    """Return that the URL which `names.named` stands for is not believed, because another text is or was there."""
    return Identity(
        canonical_url=None if names.named == names.own else names.document.canonical_url,
        believed="text" if names.key is None else "url",
        reason=IdentityReason.OTHER_TEXT,
        article_id=names.named,
    )


def free_name(names: Names, known: Sequence[Known]) -> tuple[str, Identity | None]:
    """Return the id for a page that is no known article, and what was believed if that differs from the document's.

    The canonical URL gives the id, unless another text was found under it; then the page's own URL does. If that is
    taken too, the id is made from URL and text.
    """
    taken = {one.claim.article_id for one in known}
    if names.named not in taken and not names.is_doubted:
        return names.named, None
    if names.key is None or names.own not in taken:
        return names.own, _doubt(names)
    return digest(names.own.encode(), names.document.text_hash.encode()), replace(_doubt(names), believed="text")


def identity_after(names: Names, fate: Fate, one: Known, known: Sequence[Known]) -> Identity | None:
    """Return what was believed about a page in view of an article; None if it is as the document says."""
    declared = names.document.identity
    if fate is Fate.REFUSED or (fate is Fate.PART and one.link is Link.SAME):
        return Identity(
            canonical_url=declared.canonical_url if declared else None,
            believed="text",
            reason=IdentityReason.POORER,
            article_id=one.claim.article_id,
        )
    if one.link is Link.NAMED:
        return None if declared is None else replace(declared, reason=IdentityReason.SAME_TEXT)
    is_rival = any(other.link is Link.NAMED for other in known)
    return _doubt(names) if is_rival or names.is_doubted else None
