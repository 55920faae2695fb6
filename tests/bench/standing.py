"""Short news under standing notices: how many different news are merged, and how many copies are found.

`python -m tests.bench.standing` prints a line for each language and place of the notices. News of our own making; with
`--real` the first paragraphs of articles of the evaluation sets.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from pipeline.verdict.claims import ClaimIndex
from pipeline.verdict.decide import Decider
from tests.bench import sets
from tests.bench.cleaning import say
from tests.bench.notices import NOTICES, News, Place, Printed, news_of, outlets_of, pages_of
from tests.bench.texts import document_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.records.document import Document

SHARES = (0.0, 0.4, 0.55, 0.7, 1.0)  # bounds of the share of notices in a page


@dataclass(frozen=True, slots=True)
class Found:
    """The outcome for a list of pages."""

    pages: int
    copies: int
    merged: tuple[int, ...]  # pages that became a copy of other news
    missed: tuple[int, ...]  # copies that became articles


def document_of(page: Printed, offset: int, *, headline: bool = True, repeated: bool = True) -> Document:
    """Make the document of a page, with or without its headline, which may also be the first line of the text."""
    body = "\n".join((page.headline, *page.lines) if repeated else page.lines)
    return document_at(page.host, body, offset, headline=page.headline if headline else None)


def found(pages: Sequence[Printed], *, headline: bool = True, repeated: bool = True) -> Found:
    """Decide on pages in their order."""
    claims = ClaimIndex()
    of_news: dict[int, str | None] = {}
    of_article: dict[str | None, int] = {}
    merged, missed = [], []
    for offset, page in enumerate(pages):
        document = document_of(page, offset, headline=headline, repeated=repeated)
        verdict = Decider(claims).decide(document, partition=0, offset=offset, timestamp=float(offset))
        claims.learn(verdict)
        if of_article.setdefault(verdict.article_id, page.news) != page.news:
            merged.append(offset)
        elif of_news.setdefault(page.news, verdict.article_id) != verdict.article_id:
            missed.append(offset)
    return Found(len(pages), len(pages) - len({page.news for page in pages}), tuple(merged), tuple(missed))


def real(home: Path, draw: random.Random, lang: str, most: int) -> list[News]:
    """Make short news of the first paragraphs of articles of the evaluation sets."""
    rows = {" ".join(row.gold_text.split()[:12]): row for row in sets.read("plain", home) if row.lang == lang}
    chosen = []
    for row in draw.sample(list(rows.values()), len(rows)):
        lines = [line for line in row.gold_text.split("\n") if len(line.split()) >= 12]
        lines = lines[: draw.randint(1, 3)]
        title = (row.gold_title or "").strip()
        if title and 25 <= sum(len(line.split()) for line in lines) <= 160:
            chosen.append(News(lang, title, tuple(lines)))
    return chosen[:most]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="tests.bench.standing", description=__doc__)
    parser.add_argument("--real", action="store_true", help="news of the evaluation sets")
    parser.add_argument("--news", type=int, default=200, help="pieces of news of a language")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--stamped", action="store_true", help="with a date and a number in a notice")
    parser.add_argument("--eval", type=Path, default=sets.EVAL)
    asked = parser.parse_args()
    merged, missed, copies = Counter[float](), Counter[float](), Counter[float]()
    for lang in ("ru", "en", "pl") if asked.real else NOTICES:
        for place in get_args(Place):
            draw = random.Random(f"{lang} {place} {asked.seed}")
            news = [news_of(draw, lang) for _ in range(asked.news)]
            if asked.real:
                news = real(asked.eval, draw, lang, asked.news)
            outlets = outlets_of(draw, lang, place=place, at_least=2 if asked.stamped else 1)
            pages = pages_of(draw, news, outlets, order="mixed", stamped=asked.stamped)
            one = found(pages)
            say(f"{lang} {place:7}{one.pages:5} pages{len(one.merged):4} merged{len(one.missed):4}/{one.copies} missed")
            for counter, offsets in ((copies, range(len(pages))), (merged, one.merged), (missed, one.missed)):
                counter.update(max(bound for bound in SHARES if bound <= pages[at].share) for at in offsets)
    for low, high in pairwise(SHARES):
        say(f"notices {low:.0%} to {high:.0%}: {copies[low]} pages, {merged[low]} merged, {missed[low]} missed")


if __name__ == "__main__":
    main()
