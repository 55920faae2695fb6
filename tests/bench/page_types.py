"""How many pages of each type are discarded, and how many articles are lost, on sites that the model has not seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.document.page_type.kinds.model import OTHERS
from pipeline.records.page_type import PageType
from tests.bench.train_types import crossvalidated, is_article, limit_of
from tests.bench.typed_pages import typical_pages

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
        yield _line(f"{one}", [gone for page, gone in whole if page.page_type is one])
    yield _line("**" + ", ".join(ASKED) + "**", [gone for page, gone in whole if page.page_type in ASKED])
    for name in sorted({page.source_set for page, _ in whole if is_article(page)}):
        of_set = [gone for page, gone in whole if page.source_set == name]
        yield _line(f"articles of {name}", of_set)
    yield _line("**articles**", [gone for page, gone in whole if is_article(page)])
    for name in sorted({page.variant for page, _ in scored} - {""}):
        for articles in (True, False):
            some = [gone for page, gone in scored if page.variant == name and is_article(page) is articles]
            if some:
                yield _line(f"{name}, {'articles' if articles else 'others'}", some)


def _line(name: str, gone: Sequence[bool]) -> str:
    return f"| {name} | {len(gone)} | {sum(gone) / len(gone):.4f} |"


def main() -> None:
    """Print the report, and the articles that are lost."""
    pages = typical_pages()
    scores = crossvalidated(pages)
    limit = limit_of(pages, scores)
    scored = [(page, bool(score > limit)) for page, score in zip(pages, scores, strict=True)]
    for line in table(scored):
        print(line)  # noqa: T201
    for page, gone in scored:
        if gone and is_article(page) and not page.variant:
            print(f"lost: {page.source_set} {page.id} {page.url}")  # noqa: T201


if __name__ == "__main__":
    main()
