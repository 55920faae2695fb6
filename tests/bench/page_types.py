"""How many pages of each type are discarded, and how many articles are lost, on sites that the model has not seen."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.document.page_type.kinds.model import OTHERS
from pipeline.records.page_type import PageType
from tests.bench.sets import EVAL, spread
from tests.bench.typed_pages import OTHER, typical_pages

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.bench.typed_pages import Typical

ASKED = (PageType.LISTING, PageType.COLLECTION, PageType.PRODUCT, PageType.SERVICE)  # what no topic of news may hold
Scored = tuple["Typical", bool]  # a page, and whether it is discarded


def table(scored: Sequence[Scored]) -> Iterator[str]:
    """Yield the lines of the report."""
    whole = [(page, gone) for page, gone in scored if not page.variant]
    yield "| Pages | Number | Discarded |"
    yield "|---|---|---|"
    for one in OTHERS:
        yield from _line(f"{one}", [gone for page, gone in whole if page.page_type is one])
    yield from _line("**" + ", ".join(ASKED) + "**", [gone for page, gone in whole if page.page_type in ASKED])
    for name in sorted({page.source_set for page, _ in whole if page.is_article}):
        yield from _line(f"articles of {name}", [gone for page, gone in whole if page.source_set == name])
    yield from _line("**articles**", [gone for page, gone in whole if page.is_article])
    for name in sorted({page.variant for page, _ in scored} - {""}):
        for articles in (True, False):
            some = [gone for page, gone in scored if page.variant == name and page.is_article is articles]
            yield from _line(f"{name}, {'articles' if articles else 'others'}", some)


def _line(name: str, gone: Sequence[bool]) -> Iterator[str]:
    if gone:
        yield f"| {name} | {len(gone)} | {sum(gone) / len(gone):.4f} |"


def chosen(scored: Sequence[Scored], sets: Sequence[str] | None, limit: int | None) -> list[Scored]:
    """Return the pages that are reported: those of some sets, or of all, and so many of each set, evenly spread."""
    by_set: dict[tuple[str, str], list[Scored]] = {}
    for page, gone in scored:
        if sets is None or page.source_set in sets:
            by_set.setdefault((page.source_set, page.variant), []).append((page, gone))
    return [one for of_set in by_set.values() for one in spread(of_set, limit)]


def faults(scored: Sequence[Scored], types: Sequence[str]) -> Iterator[str]:
    """Yield the pages of some types that are decided wrongly: articles that are lost, others that are kept."""
    for page, gone in scored:
        if page.page_type in types and gone is page.is_article and not page.variant:
            yield f"{'lost' if gone else 'kept'}: {page.source_set} {page.id} {page.url}"


def options() -> argparse.ArgumentParser:
    """Make the reader of the command line."""
    parser = argparse.ArgumentParser(prog="tests.bench.page_types", description=__doc__)
    parser.add_argument("--sets", help=f"a,b,c of those that are reported, {OTHER} too; all if not said")
    parser.add_argument("--limit", type=int, help="so many pages a set are reported, evenly spread")
    parser.add_argument(
        "--faults", choices=list(PageType), action="append", help="list the pages of this type that are wrong"
    )
    parser.add_argument("--eval", type=Path, default=EVAL, help=f"where html/, plain/ and {OTHER}/ are")
    return parser


def main() -> None:
    """Print the report, and the articles that are lost; all pages are trained on, whatever is reported."""
    from tests.bench.train_types import crossvalidated, limit_of  # noqa: PLC0415 - it needs the packages for training

    asked = options().parse_args()
    pages = typical_pages(asked.eval)
    scores = crossvalidated(pages)
    limit = limit_of(pages, scores)
    scored = [(page, bool(score > limit)) for page, score in zip(pages, scores, strict=True)]
    some = chosen(scored, asked.sets.split(",") if asked.sets else None, asked.limit)
    for line in (*table(some), *faults(some, asked.faults or [PageType.ARTICLE])):
        print(line)  # noqa: T201


if __name__ == "__main__":
    main()
