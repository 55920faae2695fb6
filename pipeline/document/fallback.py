"""Extracts the article's lines from HTML with trafilatura, as the fallback if the classifier keeps nothing.

It runs in a process that may be killed, because a page can make a parser hang or crash (`agents/clean/pool.py`).
"""

from __future__ import annotations

# trafilatura is quadratic in the number of elements: 10,000 short headings take 7.5 s, without its fallbacks 0.2 s.
FAST_FROM = 6_000  # start tags: its own fallbacks are skipped for a page with at least so many


def name() -> str:
    """Return the name and version of this extractor."""
    import trafilatura  # noqa: PLC0415 — one page in a hundred needs it, and it costs 0.3 s to load

    return f"trafilatura/{trafilatura.__version__}"


def lines_of(html: str, *, url: str, fast: bool = False) -> tuple[str, ...]:
    """Return the lines of an HTML page's article; none if there is no article."""
    import trafilatura  # noqa: PLC0415
    from trafilatura.settings import Document  # noqa: PLC0415

    found = trafilatura.bare_extraction(
        html,
        url=url or None,
        with_metadata=False,
        fast=fast,
        favor_precision=True,  # pageF1 .837 instead of .748 on the evaluation set daniel_ru
        include_comments=False,
        deduplicate=False,  # its cache is process-wide: the same page returned 695 characters, then None
    )
    if not isinstance(found, Document):
        return ()
    # trafilatura returns layout tables of older sites as rows of "| cell |".
    stripped = (line.strip(" \t|\u00a0") for line in (found.text or "").splitlines())
    return tuple(line for line in stripped if line and line.strip("-| "))
