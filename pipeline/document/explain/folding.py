"""Prepares an explained page for display: folds long runs of dropped blocks, and makes texts safe to print.

The terminal, the HTML file and the web UI show the same, each in its own form.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.document.explain.explain import Explained

FOLDED_FROM = 7  # dropped blocks in a row
# Characters that control a terminal or the direction of the text around them: a page may contain anything.
_STEERING = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def harmless(text: str) -> str:
    """Replace characters that control a terminal, and those that no encoding can write."""
    return _STEERING.sub("\ufffd", text.replace("\t", " "))


def runs(blocks: Sequence[Explained], *, everything: bool) -> Iterator[list[Explained]]:
    """Split a page's blocks into single blocks that are shown, and long runs of dropped blocks.

    If nothing of a page is kept, every block is shown.
    """
    everything = everything or not any(block.kept for block in blocks)
    run: list[Explained] = []
    for block in blocks:
        if not block.kept:
            run.append(block)
            continue
        yield from _folded(run, everything=everything)
        yield [block]
        run = []
    yield from _folded(run, everything=everything)


def _folded(run: list[Explained], *, everything: bool) -> Iterator[list[Explained]]:
    if len(run) < FOLDED_FROM or everything:
        yield from ([block] for block in run)
    else:
        yield run


def fold(run: Sequence[Explained]) -> str:
    """Return one line that sums up a run of dropped blocks."""
    counts = Counter(block.rule for block in run).most_common()
    return f"… {len(run)} blocks of boilerplate ({', '.join(f'{rule} {count}' for rule, count in counts)})"
