"""The kit as rows: the pages of tests/corpus with their gold. No model is trained on them.

They are no set of `sets.names`, so that nothing that learns from all sets meets them.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tests.bench.sets import Row

if TYPE_CHECKING:
    from tests.bench.sets import Kind

NAME = "kit"
HOME = Path(__file__).parents[1] / "corpus"
FETCHED = datetime(2034, 1, 1, tzinfo=UTC)  # later than the newest page
_SUFFIX = {"html": ".html", "plain": ".txt"}
_CYRILLIC = re.compile(rb"charset=[\"']?windows-1251", re.IGNORECASE)


def rows(kind: Kind, home: Path = HOME) -> list[Row]:
    """Read the pages of a kind, in the order of their numbers."""
    return [_row(path, kind) for path in sorted((home / "pages").glob(f"*{_SUFFIX[kind]}"))]


def said(row: Row, home: Path = HOME) -> dict[str, Any]:
    """Read what a page says of itself, in the form that the README of the kit describes."""
    stem = row.id.partition("/")[2]
    found: dict[str, Any] = json.loads((home / "gold" / f"{stem}.meta.json").read_text(encoding="utf-8"))
    return found


def _row(path: Path, kind: Kind) -> Row:
    gold = path.parents[1] / "gold"
    meta = json.loads((gold / f"{path.stem}.meta.json").read_text(encoding="utf-8"))
    url = meta["canonical_url"]
    return Row(
        id=f"{NAME}/{path.stem}",
        kind=kind,
        url=url,
        host=urlsplit(url).hostname or "" if url else f"{NAME}.example",
        lang=meta["in_language"],
        source_set=NAME,
        body=_decoded(path.read_bytes()),
        gold_text=(gold / f"{path.stem}.txt").read_text(encoding="utf-8"),
        gold_title=meta["headline"],
        weak=False,
        neutral=_lines(gold / f"{path.stem}.neutral.txt"),
    )


def _decoded(page: bytes) -> str:
    return page.decode("windows-1251" if _CYRILLIC.search(page[:1024]) else "utf-8")


def _lines(path: Path) -> tuple[str, ...]:
    return tuple(path.read_text(encoding="utf-8").splitlines()) if path.exists() else ()
