"""Finds the headline in a page's titles, without the site's name.

A suffix is removed only if it is the site's name, or if the text before it is a heading of the page.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from itertools import islice

from pipeline.document.metadata.people import key_of

LONGEST_HEADLINE = 400  # characters: a longer text is the article itself
MOST_GAPS = 10  # the most separators of a title that are tried
LIKELY = 18  # letters and digits: a heading of at least so many is the headline and no name of a section
LONGER = 4  # times the declared headline: a longer heading is not one
NAME = 5  # words: the rest of a title is longer than the name of a site
_BETWEEN = re.compile(
    r"\s+(?:[-–—|»«•·/:]|::|//|\|\|)\s+|\s*(?:\||::|_|--)\s*|: |(?<=[\u3040-\u9fff])-(?=[\u3040-\u9fff])"
)
_WORDS = re.compile(r"\w+")
_HAN = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_CUT = ("...", "…")


def site_keys(names: Iterable[str], host: str) -> frozenset[str]:
    """Return the folded names of a site: its own names, and its host with and without the domain's last parts."""
    labels = host.removeprefix("www.").split(".") if host else []
    hosts = [".".join(labels[start:]) for start in range(len(labels) - 1)]
    keys = {key_of(name).removeprefix("the") for name in (*names, *hosts, *(host.split(".")[0] for host in hosts))}
    return frozenset(key for key in keys if len(key) >= 2)


def is_site(text: str, sites: Collection[str]) -> bool:
    """Return whether a text is a name of the site; `sites` are `site_keys`."""
    key = key_of(text)
    return key.removeprefix("the") in sites or key.removeprefix("www") in sites


def headline_of(text: str, sites: Collection[str], headings: Collection[str], main: str | None = None) -> str | None:
    """Return a title without the site's name at either end; None if nothing else is left.

    `headings` are the headings of the page, folded by `key_of`; `main` is its only h1, folded too.
    """
    if not text or len(text) > LONGEST_HEADLINE:
        return None
    text = _confirmed(text, headings) or _begin(text, headings, main) or _without_site(text, sites)
    return None if not key_of(text) or is_site(text, sites) else text


def affixes(headline: str) -> tuple[str, str]:
    """Return what may be the name of a site or a section at the two ends of a headline; "" without a separator."""
    gaps = list(islice(_BETWEEN.finditer(headline), MOST_GAPS))
    if not gaps:
        return "", ""
    return _short(headline[: gaps[0].start()]), _short(headline[gaps[-1].end() :])


def _short(end: str) -> str:
    return end.strip() if len(end.split()) <= NAME else ""


def without_affix(headline: str, *, before: bool, after: bool) -> str:
    """Return a headline without the end before its first separator, or after its last one."""
    gaps = list(islice(_BETWEEN.finditer(headline), MOST_GAPS))
    start = gaps[0].end() if before and gaps else 0
    end = gaps[-1].start() if after and gaps else len(headline)
    return headline[start:end].strip()


def completed(text: str, longer: Iterable[str]) -> str:
    """Return a truncated headline ("Snow fell in…") completed from a longer one that begins with the same text."""
    if not text.endswith(_CUT):
        return text
    key = key_of(text)
    return next((one for one in longer if key_of(one).startswith(key) and not one.endswith(_CUT)), text)


def is_shown_as(heading: str, declared: str) -> bool:
    """Return whether a page shows a heading as the headline of the article for which it declares another one.

    They share a word, as headlines for readers and for search engines do. A heading that ends with the declared one
    has the name of a section before it, and one that was never closed has the whole article.
    """
    key, own = key_of(heading), key_of(declared)
    if weight_of(key) < LIKELY or len(heading) > LONGER * len(declared) or (key.endswith(own) and key != own):
        return False
    words, others = (
        {word for word in _WORDS.findall(text.casefold()) if len(word) > 2} for text in (heading, declared)
    )
    return key == own or bool(words & others)


def displayed(title: str, blocks: Iterable[str]) -> str:
    """Return the part of a title that is one of a page's blocks of text; the title itself if none is."""
    if _BETWEEN.search(title) is None:
        return title
    parts = {key_of(text) for text in blocks if LIKELY <= len(text) < len(title) and text in title}
    return (_confirmed(title, parts) if parts else None) or title


def shown_headline(title: str, headings: Sequence[tuple[str, str]], sites: Collection[str]) -> str | None:
    """Return the headline that a page displays: the part of its title that is a heading, or its only long h1."""
    if (part := _confirmed(title, {key_of(text) for _, text in headings})) is not None and not is_site(part, sites):
        return part
    shown = [text for tag, text in headings if tag == "h1" and not is_site(text, sites)]
    return shown[0] if len(shown) == 1 and weight_of(key_of(shown[0])) >= LIKELY else None


def _confirmed(text: str, headings: Collection[str]) -> str | None:
    """Return the longest part of a title, before or after a separator, that is a heading of the page."""
    parts = [
        part for gap in islice(_BETWEEN.finditer(text), MOST_GAPS) for part in (text[: gap.start()], text[gap.end() :])
    ]
    sure = [part for part in parts if (key := key_of(part)) in headings and weight_of(key) >= LIKELY]
    return max(sure, key=len).strip() if sure else None


def _begin(text: str, headings: Collection[str], main: str | None) -> str | None:
    """Return the beginning of a title that is the page's only h1, however short, before what may be a site's name."""
    for gap in islice(_BETWEEN.finditer(text), MOST_GAPS):
        before, rest = text[: gap.start()].strip(), text[gap.end() :]
        if main and key_of(before) == main and len(rest.split()) <= NAME and key_of(rest) not in headings:
            return before
    return None


def weight_of(key: str) -> int:
    """Return the number of letters and digits; a Han character or a kana counts as three."""
    return len(key) + 2 * len(_HAN.findall(key))


def _without_site(text: str, sites: Collection[str]) -> str:
    for _ in range(2):
        gaps = list(_BETWEEN.finditer(text))
        if not gaps:
            return text
        if is_site(text[gaps[-1].end() :], sites):
            text = text[: gaps[-1].start()].strip()
        elif is_site(text[: gaps[0].start()], sites):
            text = text[gaps[0].end() :].strip()
    return text
