"""An explained page as it is told: which blocks stand for themselves, which runs of them are folded, what is harmless.

A terminal, a file and the live page show the same, each in its way.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.document.explain.explain import Explained

FOLDED_FROM = 7  # dropped blocks in a row
# What would steer a terminal, or turn the text around it: a page may hold anything.
_STEERING = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def harmless(text: str) -> str:
    """Replace what a terminal would obey, and what no encoding can write."""
    return _STEERING.sub("\ufffd", text.replace("\t", " "))


def runs(blocks: Sequence[Explained], *, everything: bool) -> Iterator[list[Explained]]:
    """Part a page's blocks into those that are shown, one by one, and long runs of dropped ones.

    Of a page that nothing is kept of, everything is shown.
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
    """Say in a line what a run of dropped blocks is."""
    counts = Counter(block.rule for block in run).most_common()
    return f"… {len(run)} blocks of boilerplate ({', '.join(f'{rule} {count}' for rule, count in counts)})"
