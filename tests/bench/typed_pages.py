"""Pages of the sets with their types, as numbers: what the model of page types is trained on and judged by.

Articles are those of the HTML sets, other types those of `other/`. Variants without declarations, names and URL, bare
texts, and indexes composed of headlines teach the model what pages of other sites and languages have in common.
"""

from __future__ import annotations

import html
import json
import lzma
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import numpy as np
from selectolax.lexbor import LexborHTMLParser

from pipeline.document.blocks.tree import layout_of
from pipeline.document.classifier.judge import decide, measure_layout
from pipeline.document.metadata.bylines import metadata_of_blocks
from pipeline.document.metadata.choose import metadata_of
from pipeline.document.metadata.head import read_head
from pipeline.document.page_type.kinds.model import numbers_of
from pipeline.records.page_type import PageType
from tests.bench.sets import EVAL, Row, by_fold, folds, read, site_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from pipeline.document.classifier.judge import Models

OTHER = "other"
AT = datetime(2031, 5, 1, tzinfo=UTC)
NEWS: Final = frozenset({"fundus", "scrapinghub"})  # sets of news with their URLs
SEED = 11
FRESH: Final = 1.0  # the weight of a page as it is
VARIANT: Final = 0.3
PER_INDEX = (6, 24)  # headlines of a composed index
_ATTRIBUTES: Final = re.compile(r"<([a-z][a-z0-9]*)\b[^>]*?(\shref=(?:\"[^\"]*\"|'[^']*'))?[^>]*>", re.IGNORECASE)
_HEAD: Final = re.compile(r"<head\b.*?</head>", re.IGNORECASE | re.DOTALL)
_UNSEEN: Final = re.compile(r"<(script|style|noscript|svg)\b.*?</\1>", re.IGNORECASE | re.DOTALL)
_TITLE: Final = re.compile(r"<title\b.*?</title>", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Typical:
    """A page of a known type; `variant` says what was changed of it, "" for a page as it is."""

    id: str
    site: str
    source_set: str
    page_type: PageType
    url: str
    numbers: Sequence[float] = field(repr=False)
    weight: float = FRESH
    variant: str = ""

    @property
    def is_article(self) -> bool:
        return self.page_type is PageType.ARTICLE


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    id: str
    site: str
    source_set: str
    page_type: PageType
    url: str
    body: str = field(repr=False)
    row: Row | None = field(default=None, repr=False)
    weight: float = FRESH
    variant: str = ""


def typical_pages(home: Path = EVAL) -> list[Typical]:
    """Read all pages, and their variants after them.

    Kept lines of articles come from block classifiers that were not trained on their sites, as in the pages to come.
    """
    from tests.bench.crossval import trained_for  # noqa: PLC0415 - it needs the sets and the packages for training

    rows = [row for row in read("html", home) if row.id not in _no_articles(home)]
    every = read("html", home)
    dealt = folds([*every, *read("plain", home)])
    models: dict[int, Models] = {
        dealt[split.test[0].site]: {"html": trained_for("html", split.train)} for split in by_fold(every, dealt)
    }
    dice = np.random.default_rng(SEED)
    paths = [urlsplit(row.url).path for row in rows if row.url and row.source_set in NEWS]
    pages = [_article(row, paths, dice) for row in rows]
    pages += _others(home)
    pages += [*_stripped(pages, dice), *_bare(pages, dice), *_indexes(rows, dice)]
    return [
        one for page in pages if (one := _typical(page, models.get(dealt.get(page.site, -1)) if page.row else None))
    ]


def _no_articles(home: Path) -> set[str]:
    with (home / "gold_audit.jsonl").open("rb") as lines:
        said = [json.loads(line) for line in lines]
    return {one["id"] for one in said if one["verdict"] == "not-an-article"}


def _article(row: Row, paths: Sequence[str], dice: np.random.Generator) -> _Page:
    """Return an article; one of a set without URLs gets the path of another article, for a made-up one would be a sign."""
    url = row.url or f"http://{row.host}{paths[dice.integers(len(paths))]}"
    return _Page(
        id=row.id, site=row.site, source_set=row.source_set, page_type=PageType.ARTICLE, url=url, body=row.body, row=row
    )


def _others(home: Path) -> list[_Page]:
    with lzma.open(home / OTHER / "wcxb_other.jsonl.xz", "rt", encoding="utf-8") as lines:
        said = [json.loads(line) for line in lines]
    return [
        _Page(
            id=one["id"],
            site=site_of(one["url"]),
            source_set=OTHER,
            page_type=PageType(one["page_type"]),
            url=one["url"],
            body=one["html"],
        )
        for one in said
    ]


def _stripped(pages: Sequence[_Page], dice: np.random.Generator) -> Iterator[_Page]:
    """Yield pages without declarations, classes and URL, so that their shape alone says what they are."""
    for page in pages:
        if dice.random() < (0.3 if page.page_type is PageType.ARTICLE else 0.7):
            title = _TITLE.search(page.body)
            body = _HEAD.sub(f"<head>{title[0] if title else ''}</head>", _UNSEEN.sub("", page.body), count=1)
            body = _ATTRIBUTES.sub(r"<\1\2>", body)
            yield replace(page, body=body, url=_unknown(page.url, dice), weight=VARIANT, variant="stripped")


def _unknown(url: str, dice: np.random.Generator) -> str:
    return f"http://{urlsplit(url).hostname or 'host.example'}/{dice.choice(['a', 'x1', 'p/7', '12345', 'n/text'])}"


def _bare(pages: Sequence[_Page], dice: np.random.Generator) -> Iterator[_Page]:
    """Yield articles with hardly anything around them, some cut to a few paragraphs."""
    for page in pages:
        row = page.row
        if row is None or dice.random() >= 0.35:
            continue
        lines = [line for line in row.gold_text.split("\n") if line.strip()]
        lines = lines[: int(dice.choice([1, 2, 3, 5, 1000]))]
        tag = str(dice.choice(["p", "p", "div", "li"]))
        paragraphs = "".join(f"<{tag}>{html.escape(line)}</{tag}>" for line in lines)
        title = html.escape(row.gold_title or "")
        head = f"<h1>{title}</h1>" if title and dice.random() < 0.7 else ""
        around = (
            ("<nav><a href='/'>A</a> <a href='/b'>B</a></nav>", "<footer>2020</footer>")
            if dice.random() < 0.5
            else ("", "")
        )
        body = f"<html><head><title>{title}</title></head><body>{around[0]}{head}{paragraphs}{around[1]}</body></html>"
        yield replace(page, body=body, url=_unknown(page.url, dice), weight=VARIANT, variant="bare")


def _indexes(rows: Sequence[Row], dice: np.random.Generator) -> Iterator[_Page]:
    """Yield indexes of the articles of one set: headlines with links, with a first sentence, with a date."""
    by_set: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        if row.gold_title and row.gold_text:
            by_set.setdefault((row.source_set, row.lang), []).append(row)
    for (name, _), of_set in by_set.items():
        for number in range(len(of_set) // 6):
            some = dice.choice(len(of_set), size=min(len(of_set), int(dice.integers(*PER_INDEX))), replace=False)
            chosen = [of_set[place] for place in some]
            host = chosen[0].host
            url = f"http://{host}/{dice.choice(['', 'news/', 'novosti', 'tag/a', 'c/4/', 'archive', 'world', 'p/7', 'x1'])}"
            page = _Page(
                id=f"index/{name}/{number}",
                site=chosen[0].site,
                source_set="indexes",
                page_type=PageType.LISTING,
                url=url,
                body=_index(chosen, dice),
                weight=VARIANT,
                variant="index",
            )
            yield page


def _index(rows: Iterable[Row], dice: np.random.Generator) -> str:
    item, head = str(dice.choice(["div", "li", "article", "section"])), str(dice.choice(["h2", "h3", "h4", "div", "b"]))
    with_text, with_date = dice.random() < 0.75, dice.random() < 0.6
    named = dice.random() < 0.6
    sentences = int(dice.integers(1, 4))
    cards = []
    for number, row in enumerate(rows):
        text = " ".join(re.split(r"(?<=[.!?。])\s*", row.gold_text.replace("\n", " "))[:sentences])[:400]
        date = f"{int(dice.integers(1, 29))}.{int(dice.integers(1, 13)):02}.2021" if with_date else ""
        cards.append(
            f"<{item}{' class=card' if named else ''}><{head}><a href='/n{number}'>{html.escape(row.gold_title or '')}</a></{head}>"
            + (f"<p>{html.escape(text)}</p>" if with_text else "")
            + (f"<span>{date}</span>" if date else "")
            + f"</{item}>"
        )
    menu = "".join(f"<li><a href='/s{number}'>{number}</a></li>" for number in range(int(dice.integers(0, 8))))
    title = "<h1>News</h1>" if dice.random() < 0.5 else ""
    return f"<html><head><title>News</title></head><body><ul>{menu}</ul><main>{title}{''.join(cards)}</main><footer>2021</footer></body></html>"


def _typical(page: _Page, models: Models | None) -> Typical | None:
    """Describe a page by numbers; None for one without a block, which is no document anyway."""
    numbers = numbers_of_body(page.body, page.url, models)
    if numbers is None:
        return None
    return Typical(
        id=page.id,
        site=page.site,
        source_set=page.source_set,
        page_type=page.page_type,
        url=page.url,
        numbers=numbers,
        weight=page.weight,
        variant=page.variant,
    )


def numbers_of_body(body: str, url: str, models: Models | None = None) -> list[float] | None:
    """Return the numbers of an HTML page, as `clean` has them; None if it has no block."""
    tree = LexborHTMLParser(body)
    head = read_head(tree, url=url)
    declared = metadata_of(head, fetched_at=AT)
    measured = measure_layout(layout_of(tree), head.texts, models=models)
    if measured.features is None:
        return None
    made = decide(measured, headline=declared.headline)
    found = metadata_of_blocks(
        made.texts, made.kept, fetched_at=AT, headline=declared.headline, language=declared.language
    )
    return numbers_of(tree, head, declared.filled(found), measured, made.kept, url=url, source=body)
