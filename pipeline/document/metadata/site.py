"""The publisher's site, and the values that belong to it and not to an article: its name, its logo, its slogan."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urljoin, urlsplit

from pipeline.document.metadata.people import people_of
from pipeline.document.metadata.titles import is_site, site_keys
from pipeline.records.url import host_of
from pipeline.text.plain import plain

LONGEST_DESCRIPTION = 1_000  # characters: a longer text is the article itself
LONGEST_NAME = 120
LONGEST_URL = 2_000
_PLACEHOLDER: Final = (
    r"placeholder|(?:\w*[_-])?default(?:[_-]\w+)?|blank|spacer|sprite|favicon|no[_-]?(?:image|photo|img|pic)|avatar|dummy|"
    r"pixel|apple-touch-icon|(?:fb|facebook|og|opengraph|social|share|sharing|soc)(?:[_-]?(?:default|image|share|img|pic))?"
)
_NO_PICTURE: Final = re.compile(
    rf"/(?:{_PLACEHOLDER})(?:[_-]?\d+x?\d*)*\.\w{{3,4}}(?:\?|$)|\.svg(?:\?|$)|(?<![a-z])logo(?:s|type)?(?![a-z])|[a-z]logo\.",
    re.IGNORECASE,
)
# An absolute URL without anything that `urljoin` would respell: most that pages declare.
_WHOLE: Final = re.compile(r"https?://[\w.-]+/[\w./%~+,@=&:-]*(?:\?[\w./%~+,@=&:-]+)?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The names of a site, and the checks of an article's metadata that depend on them."""

    names: Sequence[str]
    keys: frozenset[str]  # folded names, including those of the host
    base: str  # the base of relative URLs
    logo: str | None

    @classmethod
    def of(cls, names: Sequence[str], *, url: str, base: str | None, logo: str) -> Site:
        """Return the site of a page; `base` is the base of relative URLs that the page declares."""
        given = cls(names=names, keys=site_keys(names, host_of(url)), base=_joined(url, base or "") or url, logo=None)
        return cls(names=names, keys=given.keys, base=given.base, logo=given.address(logo))

    def description(self, text: str) -> str | None:
        """Return a description as plain text; None if it is too short, too long or the site's name."""
        text = plain(text)
        return text if 10 <= len(text) <= LONGEST_DESCRIPTION and not is_site(text, self.keys) else None

    def people(self, texts: Sequence[str], *, single: bool) -> tuple[str, ...]:
        """Return the persons in author fields, without the site itself; `single` accepts names of one word."""
        if not texts:  # the usual case: a page uses about two of the eleven ways to name authors
            return ()
        found = people_of(map(plain, texts), not_these=self.names, single=single)
        return tuple(name for name in found if not is_site(name, self.keys))

    def address(self, url: str) -> str | None:
        """Return an absolute http or https URL, else None."""
        url = plain(url)
        full = _joined(self.base, url) if url and " " not in url and len(url) <= LONGEST_URL else None
        parts = _split(full or "")
        return full if parts is not None and parts.scheme in {"http", "https"} and "." in parts.netloc else None

    def picture(self, url: str) -> str | None:
        """Return a picture's absolute URL, else None; a logo or a placeholder is no picture."""
        full = self.address(url)
        return None if full is None or full == self.logo or _NO_PICTURE.search(full) else full


def name_of(text: str) -> str | None:
    """Return a publisher's name as plain text, else None; a URL is no name."""
    text = plain(text)
    usable = 2 <= len(text) <= LONGEST_NAME and "://" not in text and any(map(str.isalpha, text))
    return text.lstrip("@") if usable else None


def _split(url: str) -> SplitResult | None:
    try:
        return urlsplit(url)
    except ValueError:
        return None


def _joined(base: str, url: str) -> str | None:
    if _WHOLE.fullmatch(url):
        return url
    try:
        return urljoin(base, url)
    except ValueError:
        return None
