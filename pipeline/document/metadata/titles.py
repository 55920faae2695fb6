"""The headline among a page's titles, without the site's name.

A suffix goes only when it is the site's name, or when a heading of the page is what stands before it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from itertools import islice

from pipeline.document.metadata.people import key_of

LONGEST_HEADLINE = 400  # characters: what is longer is the text
MOST_GAPS = 10  # separators in a title that are looked at
LIKELY = 18  # letters and digits by which a heading is sure to be the headline and no section
_BETWEEN = re.compile(
    r"\s+(?:[-–—|»«•·/:]|::|//|\|\|)\s+|\s*(?:\||::|_|--)\s*|: |(?<=[\u3040-\u9fff])-(?=[\u3040-\u9fff])"
)
_HAN = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_CUT = ("...", "…")


def site_keys(names: Iterable[str], host: str) -> frozenset[str]:
    """Fold the names of a site: what it calls itself, and its host with and without its ends."""
    labels = host.removeprefix("www.").split(".") if host else []
    hosts = [".".join(labels[start:]) for start in range(len(labels) - 1)]
    keys = {key_of(name).removeprefix("the") for name in (*names, *hosts, *(host.split(".")[0] for host in hosts))}
    return frozenset(key for key in keys if len(key) >= 2)


def is_site(text: str, sites: Collection[str]) -> bool:
    key = key_of(text)
    return key.removeprefix("the") in sites or key.removeprefix("www") in sites


def headline_of(text: str, sites: Collection[str], headings: Collection[str]) -> str | None:
    """Return a title as a headline: no site's name at either end, and not the site's name itself.

    `headings` are those of the page, folded by `key_of`.
    """
    if not text or len(text) > LONGEST_HEADLINE:
        return None
    text = _confirmed(text, headings) or _without_site(text, sites)
    return None if not key_of(text) or is_site(text, sites) else text


def completed(text: str, longer: Iterable[str]) -> str:
    """Complete a headline that was cut ("Snow fell in…") by one that begins the same."""
    if not text.endswith(_CUT):
        return text
    key = key_of(text)
    return next((one for one in longer if key_of(one).startswith(key) and not one.endswith(_CUT)), text)


def shown_headline(title: str, headings: Sequence[tuple[str, str]], sites: Collection[str]) -> str | None:
    """Choose what a page shows as its headline: the part of its title that is a heading, or its only long h1."""
    if (part := _confirmed(title, {key_of(text) for _, text in headings})) is not None and not is_site(part, sites):
        return part
    shown = [text for tag, text in headings if tag == "h1" and not is_site(text, sites)]
    return shown[0] if len(shown) == 1 and _weight(key_of(shown[0])) >= LIKELY else None


def _confirmed(text: str, headings: Collection[str]) -> str | None:
    """Take the longest part of a title, up to or from a separator, that is a heading of the page."""
    parts = [
        part for gap in islice(_BETWEEN.finditer(text), MOST_GAPS) for part in (text[: gap.start()], text[gap.end() :])
    ]
    sure = [part for part in parts if (key := key_of(part)) in headings and _weight(key) >= LIKELY]
    return max(sure, key=len).strip() if sure else None


def _weight(key: str) -> int:
    """Count letters and digits; a Han character or a kana says about as much as three letters."""
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
