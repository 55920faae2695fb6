"""The script that a user would write instead of the pipeline: two processes clean, one compares and writes JSON lines.

`python -m tests.bench.pipeline_script WARM PAGES OUT`. HTML goes through trafilatura with metadata, plain text through
a filter of lines. datasketch tells near copies apart. The last line on standard output is the time from the first page
read to the last line written; the pages of WARM only warm it up. Nothing survives a crash.
"""

from __future__ import annotations

import json
import multiprocessing
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datasketch import LeanMinHash, MinHash, MinHashLSH
from trafilatura import extract

if TYPE_CHECKING:
    from collections.abc import Iterable
    from multiprocessing.pool import Pool
    from typing import TextIO

PROCESSES = 2
CHUNK = 8  # pages that a process takes at once
PERMUTATIONS = 128
THRESHOLD = 0.5
SHINGLE = 5  # words
LONG_LINE = 60  # characters; shorter lines of plain text are menus
ENDS = (".", "!", "?", "…", "。", "»", "”", '"')

EMPTY = MinHash(num_perm=PERMUTATIONS)
Cleaned = tuple[dict[str, Any], LeanMinHash]


def clean(line: bytes) -> Cleaned | None:
    """Clean a page; None if it has no article. The second value is the signature of the text."""
    page = json.loads(line)
    if "html" in page:
        found = extract(page["html"], url=page["url"], output_format="json", with_metadata=True)
        article = json.loads(found) if found else {"text": ""}
    else:
        article = {"url": page["url"], "text": "\n".join(filter(_is_text, page["text"].split("\n")))}
    if not article["text"]:
        return None
    words = article["text"].split()
    shingles = {" ".join(words[at : at + SHINGLE]).encode() for at in range(max(1, len(words) - SHINGLE + 1))}
    signature = EMPTY.copy()
    signature.update_batch(list(shingles))
    return article, LeanMinHash(signature)


def _is_text(line: str) -> bool:
    return len(line) >= LONG_LINE and line.rstrip().endswith(ENDS)


def write(found: Iterable[Cleaned | None], out: TextIO) -> int:
    """Write the articles, and the others as duplicates of one; return how many pages came."""
    index, pages = MinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS), 0
    for number, one in enumerate(found):
        pages += 1
        if one is None:
            continue
        article, signature = one
        near = index.query(signature)
        if near:
            article = {"url": article.get("url"), "duplicate_of": near[0]}
        else:
            index.insert(number, signature)
        out.write(json.dumps(article, ensure_ascii=False) + "\n")
    return pages


def run(pool: Pool, pages: Path, out: Path) -> tuple[int, float]:
    """Clean a file of pages; return their number and the seconds that it took."""
    began = time.monotonic()
    with pages.open("rb") as lines, out.open("w", encoding="utf-8", errors="surrogatepass") as written:
        count = write(pool.imap(clean, lines, chunksize=CHUNK), written)
    return count, time.monotonic() - began


def main() -> None:
    """Warm up, and run."""
    warm, pages, out = map(Path, sys.argv[1:])
    with multiprocessing.Pool(PROCESSES) as pool:
        run(pool, warm, out)
        count, seconds = run(pool, pages, out)
    sys.stdout.write(json.dumps({"pages": count, "seconds": seconds}) + "\n")


if __name__ == "__main__":
    main()
