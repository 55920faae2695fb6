"""Chooses an article's metadata among the sources of an HTML page, and records the source of each value.

The order of trust is JSON-LD, OpenGraph, other meta tags, microdata, markup, the URL. A wrong value is worse than a
missing one, so a value that fails its check is skipped. What is still missing, `clean.py` takes from the article's
lines (`bylines.py`) and then from the feed that listed the page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Generic, TypeVar

from pipeline.document.metadata.canonical import declared_canonical
from pipeline.document.metadata.head import Head
from pipeline.document.metadata.jsonld import Json
from pipeline.document.metadata.people import key_of, signer, unlabelled
from pipeline.document.metadata.site import Site, name_of
from pipeline.document.metadata.titles import completed, displayed, headline_of, is_shown_as, is_site, shown_headline
from pipeline.records.document import Sources
from pipeline.records.identity import Identity
from pipeline.text.calendar.dates import Moment, believed, in_order, moment_of
from pipeline.text.credits import AUTHOR, BY, MADE
from pipeline.text.plain import plain

JSON_LD, OPEN_GRAPH, META, MICRODATA, MARKUP, URL = "json-ld", "opengraph", "meta", "microdata", "markup", "url"
LINE = "line"
FEED = "feed"  # the feed or sitemap that lists the page

MOST_SIGNED = 4  # authors of one article that only the markup names

MOST_ALONE = 3  # words of a desk whose name no label says to be an author's
MOST_NAMED = 6  # words of a site's name
_HOME: Final = frozenset(
    {"home", "homepage", "main", "start", "главная", "на главную", "головна", "на головну", "галоўная", "басты бет"}
)

T = TypeVar("T")
R = TypeVar("R")
Candidates = Iterator[tuple[str, T]]  # (source, value), the most trusted first

_PUBLISHED: Final = (
    "datepublished", "pubdate", "publishdate", "publish-date", "publish_date", "publication_date", "article.published",
    "originalpublicationdate", "parsely-pub-date", "sailthru.date", "cxenseparse:recs:publishtime",
    "mediator_published_time", "dc.date.issued", "dcterms.issued", "dcterms.created",
    "article:create_at", "ptime",
)  # fmt: skip
_ANY_DATE: Final = ("dc.date", "dcterms.date", "date")  # that of the change on some sites
_MODIFIED: Final = ("datemodified", "dcterms.modified", "dc.date.modified", "article.updated")
# Names that sites make up: "w-published-date", "published", "Updated Date".
_LIKE_PUBLISHED: Final = re.compile(
    r"(?:\w{1,8}[-_.: ])?(?:first[-_ ]?)?(?:publish(?:ed|ing)?|pub|release|creat(?:ed|ion))[-_.: ]?(?:date|time|on|"
    r"at)?(?:time)?$"
)
_LIKE_MODIFIED: Final = re.compile(
    r"(?:\w{1,8}[-_.: ])?(?:last[-_ ]?)?(?:modifi(?:ed|cation)|updated?|revised)[-_.: ]?(?:date|time|on|at)?(?:time)?$"
)
_AUTHOR: Final = (
    "author", "byl", "article.author", "sailthru.author", "parsely-author", "cxenseparse:author", "dc.creator",
    "dcterms.creator", "dc.creator.personalname", "mediator_author",
)  # fmt: skip
_WRITTEN_BY: Final = re.compile(rf"{BY}|{AUTHOR}|napisane przez|verfasst von|écrit par|написав", re.IGNORECASE)
_BYLINE: Final = re.compile(rf"(?:{BY}|{AUTHOR}|{MADE})\s*(?::\s*|\s)(?=\w)", re.IGNORECASE)
_LANGUAGE: Final = re.compile(r"([a-zA-Z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}|\d{3}))?(?![A-Za-z])")
_DAY_IN_PATH: Final = re.compile(r"/(20\d\d)([/-]?)([01]?\d)\2([0-3]?\d)(?=[/_.-]|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """The metadata of a page's article; None or () if the page has no credible value."""

    headline: str | None = None
    description: str | None = None
    author: tuple[str, ...] = ()  # persons in page order, or the desk that signs
    date_published: str | None = None  # RFC 3339: date and time with the page's own offset, or the date
    date_modified: str | None = None  # the same format; not before date_published
    language: str | None = None  # BCP 47, as declared; only a hint
    canonical_url: str | None = None  # absolute, as declared; `canonical.identity_of` compares it with the page's URL
    canonical_doubt: Identity | None = None  # why a declared canonical URL cannot be used
    image: str | None = None  # absolute URL
    publisher: str | None = None
    sources: Sources = field(default_factory=Sources)

    def filled(self, other: Metadata) -> Metadata:
        """Return this metadata with missing values taken from `other`, together with their sources."""
        missing = [name for name in _SOURCED if not getattr(self, name) and getattr(other, name)]
        if _DATES.intersection(missing):
            published = moment_of(self.date_published or other.date_published or "")
            modified = moment_of(self.date_modified or other.date_modified or "")
            if published is not None and modified is not None and not in_order(published, modified):
                # The dates of `other` contradict those here and are not used.
                missing = [name for name in missing if name not in _DATES]
        if not missing:
            return self
        values = {name: getattr(other, name) for name in missing}
        sources = {_SOURCED[name]: getattr(other.sources, _SOURCED[name]) for name in missing}
        return replace(self, **values, sources=replace(self.sources, **sources))

    def dated(self) -> Metadata:
        """Return this metadata with the declared date of the change as that of the publication, if no other is known.

        Of a change that a line tells, `bylines.py` knows whether it is a date, or "3 hours ago".
        """
        if self.date_published is not None or self.date_modified is None or self.sources.date_modified == LINE:
            return self
        sources = replace(self.sources, date_published=self.sources.date_modified)
        return replace(self, date_published=self.date_modified, sources=sources)


def with_signatures(metadata: Metadata, head: Head, signed: Iterable[Sequence[str]]) -> Metadata:
    """Return metadata with the authors that the page's markup names, if it has none.

    `signed` gives groups of texts in page order, the most trusted group first. Many names in a group belong to several
    articles, and none of them counts.
    """
    if metadata.author:
        return metadata
    site: Site | None = None
    for texts in filter(None, signed):
        site = site or _site(head, metadata.publisher)
        people = dict.fromkeys(name for text in texts for name in site.people((text,), single=False))
        if 0 < len(people) <= MOST_SIGNED:
            return replace(metadata, author=tuple(people), sources=replace(metadata.sources, author=MARKUP))
    return metadata


def with_desk(metadata: Metadata, head: Head, beside: Sequence[str], elsewhere: Sequence[str] = ()) -> Metadata:
    """Return metadata with the desk, the outlet or the pen name that signs the article, if it has no author.

    The page types it as a person, or names it in its byline: `beside` and `elsewhere` are the texts that name authors,
    beside the headline and not. An organization that is only declared is the publisher.
    """
    if metadata.author:
        return metadata
    own: frozenset[str] | None = None
    shown = {key_of(unlabelled(text)) for text in (*beside, *elsewhere)}
    for source, texts, is_sure in _signers(head, beside):
        if not texts or not (is_sure or shown):
            continue
        own = _site(head, metadata.publisher).keys if own is None else own
        names = [name for text in texts if (name := signer(plain(text), own=own)) is not None]
        names = [name for name in names if is_sure or key_of(name) in shown]
        if 0 < len(set(map(key_of, names))) <= MOST_SIGNED:
            return replace(
                metadata, author=tuple(dict.fromkeys(names)), sources=replace(metadata.sources, author=source)
            )
    return metadata


def _signers(head: Head, beside: Sequence[str]) -> Iterator[tuple[str, Sequence[str], bool]]:
    """Yield the names of those who sign, with their source, and whether they count if the page does not show them."""
    named = list(head.jsonld.creators())
    yield JSON_LD, [*_names(one for one in named if not isinstance(one, str) and _is_person(one))], True
    yield META, [*_written_by(head)], True
    yield MICRODATA, head.items.get("author", ()), True
    links = list(dict.fromkeys(head.rel_authors))
    yield MARKUP, links if len(links) == 1 else (), True
    yield MARKUP, [text for text in beside if _BYLINE.match(text)][:1], True
    alone = dict.fromkeys(map(unlabelled, beside))
    yield MARKUP, [text for text in alone if len(alone) == 1 and len(text.split()) <= MOST_ALONE], True
    yield META, [*_names(named), *head.tags("og:author", *_AUTHOR)], False


def metadata_of_listing(title: str | None, date_published: str | None, *, fetched_at: datetime) -> Metadata:
    """Return the metadata from the entry of the feed or sitemap that lists a page."""
    headline = " ".join((title or "").split()) or None
    moment = believed(moment_of(date_published or ""), fetched_at)
    sources = Sources(headline=FEED if headline else None, date_published=FEED if moment else None)
    return Metadata(headline=headline, date_published=str(moment) if moment else None, sources=sources)


_SOURCED: Final = {
    "headline": "headline", "description": "description", "author": "author", "date_published": "date_published",
    "date_modified": "date_modified", "language": "in_language", "canonical_url": "canonical_url", "image": "image",
    "publisher": "publisher",
}  # fmt: skip
_DATES: Final = frozenset({"date_published", "date_modified"})


@dataclass(frozen=True, slots=True)
class _Found(Generic[T]):
    """A value with its source; both are None if there is no value."""

    value: T | None = None
    source: str | None = None


def metadata_of(head: Head, *, fetched_at: datetime, blocks: Sequence[str] = ()) -> Metadata:
    """Choose among the values that an HTML page declares; `blocks` are the texts that it shows.

    Never fails; deterministic. No date is later than one day after the fetch.
    """
    publisher = _first(_publishers(head), name_of)
    site = _site(head, publisher.value)
    headline = _headline(head, site, blocks)
    description = _first(_descriptions(head), site.description)
    author = _first(_authors(head), lambda named: site.people(named[0], single=named[1]))
    language = _first(_languages(head), _tag)
    published, modified = _dates(head, fetched_at, language.value)
    canonical = declared_canonical(_canonicals(head), site.address, head.url)
    image = _first(_images(head), site.picture)
    return Metadata(
        headline=headline.value,
        description=description.value,
        author=author.value or (),
        date_published=None if published.value is None else str(published.value),
        date_modified=None if modified.value is None else str(modified.value),
        language=language.value,
        canonical_url=canonical.url,
        canonical_doubt=canonical.doubt,
        image=image.value,
        publisher=publisher.value,
        sources=Sources(
            headline=headline.source,
            description=description.source,
            author=author.source,
            date_published=published.source,
            date_modified=modified.source,
            in_language=language.source,
            canonical_url=canonical.source,
            image=image.source,
            publisher=publisher.source,
        ),
    )


def _first(candidates: Iterable[tuple[str, T]], check: Callable[[T], R | None]) -> _Found[R]:
    """Return the first candidate that passes the check, in the form that the check returns."""
    return next((_Found(value, source) for source, raw in candidates if (value := check(raw))), _Found())


def _texts(source: str, texts: Iterable[str]) -> Candidates[str]:
    return ((source, text) for text in texts if text)


def _site(head: Head, publisher: str | None) -> Site:
    declared = [
        *head.tags("og:site_name", "application-name"),
        *_names(head.jsonld.kinds("WebSite", "Organization")),
    ]
    names = filter(None, [publisher, *map(name_of, declared), *map(_home_name, head.home)])
    logos = (logo for one in head.jsonld.objects("publisher") for logo in _addresses(one, "logo"))
    url = head.url or next(iter(head.canonicals), "")
    return Site.of(tuple(dict.fromkeys(names)), url=url, base=head.base, logo=next(logos, ""))


def _home_name(text: str) -> str | None:
    """Return the words of a link to the front page if they may be the site's name, and not such as "Home"."""
    name = name_of(text)
    return name if name and len(name.split()) <= MOST_NAMED and name.casefold() not in _HOME else None


def _names(objects: Iterable[str | Json]) -> Iterator[str]:
    for one in objects:
        name = one if isinstance(one, str) else one.get("name") or _full_name(one)
        if isinstance(name, str):
            yield name


def _full_name(one: Json) -> str:
    return " ".join(part for name in ("givenName", "familyName") if isinstance(part := one.get(name), str))


def _addresses(one: str | Json, *names: str) -> Iterator[str]:
    """Yield the URLs of a picture, which is a text or an ImageObject; with `names`, those in the named properties."""
    if isinstance(one, str):
        yield from (() if names else (one,))
        return
    for name in names or ("url", "contentUrl", "@id"):
        value = one.get(name)
        value = value[0] if isinstance(value, list) and value else value
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict) and names:
            yield from _addresses(value)


def _publishers(head: Head) -> Candidates[str]:
    yield from _texts(JSON_LD, _names(head.jsonld.objects("publisher")))
    yield from _texts(OPEN_GRAPH, head.tags("og:site_name"))
    yield from _texts(META, head.tags("publisher", "dc.publisher", "dcterms.publisher", "cre", "application-name"))


def _headline(head: Head, site: Site, blocks: Sequence[str]) -> _Found[str]:
    """Choose the headline: what the page shows as the article's, if that is known, else what it declares."""
    headings = [text for _, text in head.headings]
    keys = set(map(key_of, headings))
    top = [key_of(text) for tag, text in head.headings if tag == "h1"]
    main = top[0] if len(top) == 1 and not is_site(top[0], site.keys) else None
    found = _first(_headlines(head, site), lambda text: headline_of(plain(text), site.keys, keys, main))
    if found.value is None:
        return found
    shown = next((text for tag, text in head.headings if tag == "h1" and not is_site(text, site.keys)), "")
    if is_shown_as(shown, found.value):
        source = found.source if key_of(shown) == key_of(found.value) else MARKUP
        return _Found(headline_of(plain(shown), site.keys, keys, main), source)
    longer = (*head.tags("og:title"), *headings, head.title)
    whole = headline_of(completed(found.value, map(plain, longer)), site.keys, keys, main)
    return _Found(displayed(whole, blocks) if whole else whole, found.source)


def _headlines(head: Head, site: Site) -> Candidates[str]:
    yield from _texts(JSON_LD, (head.jsonld.text("headline", "name"),))
    yield from _texts(OPEN_GRAPH, head.tags("og:title"))
    yield from _texts(META, head.tags("twitter:title", "dc.title", "dcterms.title", "mediator_title"))
    yield from _texts(MICRODATA, head.items.get("headline", ()))
    yield from _texts(MARKUP, (shown_headline(head.title, head.headings, site.keys) or "", head.title))


def _descriptions(head: Head) -> Candidates[str]:
    yield from _texts(JSON_LD, (head.jsonld.text("description"),))
    yield from _texts(OPEN_GRAPH, head.tags("og:description"))
    yield from _texts(META, head.tags("twitter:description", "description", "dc.description", "dcterms.description"))


def _authors(head: Head) -> Candidates[tuple[list[str], bool]]:
    """Yield names of authors, with whether a name of one word is credible because the page types it as a person."""
    named = [one for one in head.jsonld.creators() if isinstance(one, str) or not _is_office(one)]
    yield JSON_LD, ([*_names(named)], any(not isinstance(one, str) and _is_person(one) for one in named))
    yield OPEN_GRAPH, ([*head.tags("article:author", "og:article:author", "og:author")], False)
    yield META, ([*_written_by(head)], True)
    for name in _AUTHOR:
        yield META, ([*head.tags(name)], True)
    yield MICRODATA, ([*head.items.get("author", ())], False)
    links = list(dict.fromkeys(head.rel_authors))
    yield MARKUP, (links if len(links) <= 3 else [], False)  # more are the authors of other articles


def _written_by(head: Head) -> Iterator[str]:
    """Yield authors from the pairs of label and value that WordPress writes for Twitter and Slack."""
    for number in "12":
        labels, values = head.tags(f"twitter:label{number}"), head.tags(f"twitter:data{number}")
        yield from (value for label, value in zip(labels, values, strict=False) if _WRITTEN_BY.fullmatch(label))


def _is_office(one: Json) -> bool:
    return "Organization" in str(one.get("@type")) and not _is_person(one)


def _is_person(one: Json) -> bool:
    return "Person" in str(one.get("@type"))


def _dates(head: Head, fetched_at: datetime, language: str | None) -> tuple[_Found[Moment], _Found[Moment]]:
    def check(text: str) -> Moment | None:
        return believed(moment_of(text, language), fetched_at)

    published = _in_own_zone(_first(_publications(head), check), head, language)
    modified = _first(_changes(head), check)
    late = published.value is None or modified.value is None or in_order(published.value, modified.value)
    return published, modified if late else _Found()


def _in_own_zone(found: _Found[Moment], head: Head, language: str | None) -> _Found[Moment]:
    """Return an instant that is declared in UTC with the offset with which the page shows it too, if it does."""
    moment = found.value
    if moment is None or moment.at is None or moment.at.utcoffset():
        return found
    local = (moment_of(text, language) for text in head.all_times if not text.endswith(("Z", "+00:00")))
    shown = next((one for one in local if one is not None and one.at == moment.at and one.at.utcoffset()), None)
    return found if shown is None else _Found(shown, found.source)


def _publications(head: Head) -> Candidates[str]:
    yield from _texts(JSON_LD, (head.jsonld.text("datePublished"),))
    yield from _texts(OPEN_GRAPH, head.tags("article:published_time", "og:article:published_time", "og:published_time"))
    yield from _texts(META, head.tags(*_PUBLISHED))
    yield from _texts(MICRODATA, head.items.get("datePublished", ()))
    yield from _texts(META, head.tags_like(_LIKE_PUBLISHED))
    yield from _texts(META, head.tags(*_ANY_DATE))
    yield from _texts(JSON_LD, (head.jsonld.of_page("datePublished"),))
    yield from _texts(MARKUP, head.times)
    yield from _texts(URL, _day_in_path(head.url or ""))


def _changes(head: Head) -> Candidates[str]:
    yield from _texts(JSON_LD, (head.jsonld.text("dateModified"),))
    yield from _texts(OPEN_GRAPH, head.tags("article:modified_time", "og:article:modified_time", "og:updated_time"))
    yield from _texts(META, head.tags(*_MODIFIED))
    yield from _texts(META, head.tags_like(_LIKE_MODIFIED))
    yield from _texts(JSON_LD, (head.jsonld.of_page("dateModified"),))
    yield from _texts(MICRODATA, head.items.get("dateModified", ()))


def _day_in_path(url: str) -> Iterator[str]:
    if found := _DAY_IN_PATH.search(url):
        year, between, month, day = found.groups()
        if between or len(month) == len(day) == 2:
            yield f"{year}-{month}-{day}"


def _languages(head: Head) -> Candidates[str]:
    yield from _texts(JSON_LD, (head.jsonld.text("inLanguage"),))
    yield from _texts(MARKUP, (head.language,))
    yield from _texts(META, head.tags("content-language", "language", "dc.language", "dcterms.language"))
    yield from _texts(OPEN_GRAPH, head.tags("og:locale"))  # last: WordPress writes en_US if no language is set


def _tag(text: str) -> str | None:
    """Return a language tag in the form of BCP 47: ru, sr-Latn, en-US."""
    found = _LANGUAGE.match(text.strip())
    if found is None or found.end() != len(text.strip()):
        return None
    language, script, region = found.groups()
    return "-".join(filter(None, (language.lower(), script and script.title(), region and region.upper())))


def _canonicals(head: Head) -> Candidates[Sequence[str]]:
    """Yield canonical URLs, `rel=canonical` first (RFC 6596): the others are URLs to share, some of the front page."""
    yield MARKUP, head.canonicals
    yield from ((OPEN_GRAPH, (value,)) for value in head.tags("og:url"))
    yield JSON_LD, (head.jsonld.text("url"),)


def _images(head: Head) -> Candidates[str]:
    for name in ("image", "thumbnailUrl"):
        for one in head.jsonld.objects(name):
            yield from _texts(JSON_LD, _addresses(one))
    yield from _texts(OPEN_GRAPH, head.tags("og:image:secure_url", "og:image", "og:image:url"))
    yield from _texts(META, head.tags("twitter:image", "twitter:image:src", "thumbnail"))
