"""HTML to article lines by trafilatura: the other extractor, and the one that is asked where ours keeps nothing.

Runs in a process that may be killed: a page can make a parser hang or crash (`agents/clean/pool.py`).
"""

from __future__ import annotations

# trafilatura takes time in the square of the elements: 10,000 short headings 7.5 s, without its fall-backs 0.2 s.
FAST_FROM = 6_000  # start tags from which on its fall-backs are left out


def name() -> str:
    """Return the name and version of this extractor."""
    import trafilatura  # noqa: PLC0415 — one page in a hundred needs it, and it costs 0.3 s to load

    return f"trafilatura/{trafilatura.__version__}"


def lines_of(html: str, *, url: str, fast: bool = False) -> tuple[str, ...]:
    """Extract the lines of an HTML page's article; none where there is no article."""
    import trafilatura  # noqa: PLC0415
    from trafilatura.settings import Document  # noqa: PLC0415

    found = trafilatura.bare_extraction(
        html,
        url=url or None,
        with_metadata=False,
        fast=fast,
        favor_precision=True,  # pageF1 .837 against .748 on daniel_ru of ../shared/eval
        include_comments=False,
        deduplicate=False,  # its cache is process-wide: the same page gave 695 characters, then None
    )
    if not isinstance(found, Document):
        return ()
    # Layout tables of older sites come out as rows of "| cell |".
    stripped = (line.strip(" \t|\u00a0") for line in (found.text or "").splitlines())
    return tuple(line for line in stripped if line and line.strip("-| "))
