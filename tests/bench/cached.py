"""The peers' texts, kept under `.cache/bench/`: peers are deterministic and slow.

A file for each peer, version and way of asking, of lines {"id", "of", "text"}, which `score.py` reads as they are.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.bench.peers import Peer
    from tests.bench.sets import Row

CACHE = Path(__file__).parents[2] / ".cache" / "bench"

Texts = dict[str, str | None]  # None where the peer failed


def texts(peer: Peer, rows: Sequence[Row], home: Path = CACHE) -> Texts:
    """Give a peer's text of every row, from the cache where it is there."""
    if peer.package is None or not rows:
        return {row.id: peer.extract(row.body, row.address, row.lang) for row in rows}
    path = home / rows[0].kind / f"{peer.key}.jsonl"
    kept = _kept(path)
    found: Texts = {}
    with path.open("a", encoding="utf-8", buffering=1) as file:
        for row in rows:
            if (row.id, digest(row)) not in kept:
                kept[row.id, digest(row)] = text = peer.extract(row.body, row.address, row.lang)
                file.write(json.dumps({"id": row.id, "of": digest(row), "text": text}) + "\n")
            found[row.id] = kept[row.id, digest(row)]
    return found


def digest(row: Row) -> str:
    """Name the page's bytes and what else a peer is told of it."""
    said = f"{row.address}\0{row.lang}\0{row.body}"
    return hashlib.blake2b(said.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _kept(path: Path) -> dict[tuple[str, str], str | None]:
    """Read what is there; the last line of a run that was ended may be half a line, and is cut off."""
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = path.read_bytes().rpartition(b"\n") if path.exists() else (b"", b"", b"")
    if whole[2]:
        path.write_bytes(b"".join(whole[:2]))
    said = map(json.loads, whole[0].splitlines())
    return {(one["id"], one["of"]): one["text"] for one in said}
