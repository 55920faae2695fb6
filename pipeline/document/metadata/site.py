"""Whose page it is, and so what may not stand for the article: the site's name, its logo, its slogan."""

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

LONGEST_DESCRIPTION = 1_000  # characters: what is longer is the text
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The names of a site, and the checks of an article's metadata that depend on them."""

    names: Sequence[str]
    keys: frozenset[str]  # folded names, those of the host too
    base: str  # what relative addresses are relative to
    logo: str | None

    @classmethod
    def of(cls, names: Sequence[str], *, url: str, base: str | None, logo: str) -> Site:
        """Make the site of a page; `base` is what the page declares to be the base of its addresses."""
        given = cls(names=names, keys=site_keys(names, host_of(url)), base=_joined(url, base or "") or url, logo=None)
        return cls(names=names, keys=given.keys, base=given.base, logo=given.address(logo))

    def description(self, text: str) -> str | None:
        text = plain(text)
        return text if 10 <= len(text) <= LONGEST_DESCRIPTION and not is_site(text, self.keys) else None

    def people(self, texts: Sequence[str], *, single: bool) -> tuple[str, ...]:
        if not texts:  # of eleven ways to name authors a page knows two
            return ()
        found = people_of(map(plain, texts), not_these=self.names, single=single)
        return tuple(name for name in found if not is_site(name, self.keys))

    def address(self, url: str) -> str | None:
        """Make an address of the web absolute."""
        url = plain(url)
        full = _joined(self.base, url) if url and " " not in url and len(url) <= LONGEST_URL else None
        parts = _split(full or "")
        return full if parts is not None and parts.scheme in {"http", "https"} and "." in parts.netloc else None

    def picture(self, url: str) -> str | None:
        """Make a picture's address absolute; a logo's or a placeholder's is none."""
        full = self.address(url)
        return None if full is None or full == self.logo or _NO_PICTURE.search(full) else full


def name_of(text: str) -> str | None:
    """Return a publisher's name, tidied; an address is none."""
    text = plain(text)
    usable = 2 <= len(text) <= LONGEST_NAME and "://" not in text and any(map(str.isalpha, text))
    return text.lstrip("@") if usable else None


def _split(url: str) -> SplitResult | None:
    try:
        return urlsplit(url)
    except ValueError:
        return None


def _joined(base: str, url: str) -> str | None:
    try:
        return urljoin(base, url)
    except ValueError:
        return None
