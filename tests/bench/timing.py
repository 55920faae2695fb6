"""CPU time of several systems on the same pages, so that whatever else the machine does hits all alike."""

from __future__ import annotations

import gc
import time
from typing import TYPE_CHECKING

from trafilatura.meta import reset_caches

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tests.bench.sets import Row


def pages_per_second(rows: Sequence[Row], systems: Mapping[str, Callable[[Row], object]]) -> dict[str, float]:
    """Give the pages per CPU-second of each system; the first row of each set only warms them up.

    So what a library loads for one language alone is loaded: py3langid takes .4 s for its model.

    For each page every system in turn, another one first each time. The caches of texts that trafilatura and its
    libraries hold are emptied before each call, or one system would find what another left there of the same page.
    """
    spent = dict.fromkeys(systems, 0.0)
    warming = list({row.source_set: row for row in reversed(rows)}.values())
    measured = [row for row in rows if row not in warming]
    gc.collect()
    gc.freeze()  # the rows of the benchmark are nothing that a system should search for garbage
    for number, row in enumerate([*warming, *measured]):
        for name in turned(list(systems), number):
            reset_caches()
            seconds = _seconds(systems[name], row)
            spent[name] += seconds if number >= len(warming) else 0.0
    gc.unfreeze()
    return {name: len(measured) / seconds if seconds else 0.0 for name, seconds in spent.items()}


def turned(names: list[str], number: int) -> list[str]:
    """Turn a list so that another name is its first for each number."""
    first = number % len(names) if names else 0
    return names[first:] + names[:first]


def _seconds(run: Callable[[Row], object], row: Row) -> float:
    started = time.process_time()
    run(row)
    return time.process_time() - started
