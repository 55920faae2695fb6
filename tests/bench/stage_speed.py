"""Pages per CPU-second of the stage clean without a broker, and of the cleaning alone in one process, on the same pages.

`python -m tests.bench.stage_speed KIND LIMIT SETS` prints the figures as JSON. The stage's figure counts the worker and
its cleaning processes. What the broker, its client and Faust cost beside that,
`make bench-pipeline` measures.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import statistics
import sys
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from agents.clean import warm  # noqa: F401 — as the processes of the stage are
from agents.clean.learning import MemoryProfiles
from agents.clean.pool import Cleaners
from agents.clean.record import clean_record
from agents.clean.stage import clean_pages
from agents.feed.send import record_of
from agents.run.app import CLEAN_BATCH
from agents.settings import Settings
from agents.testing import MemoryOutbox, stream_of
from pipeline.records.page import page_of
from pipeline.topics import LARGEST_VALUE
from tests.bench import sets
from tests.bench.ours import AT
from tests.bench.pipeline_processes import cpu, cpu_of_children

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.bench.sets import Row

PROCESSES = 2
TURNS = 3


def records(rows: Sequence[Row]) -> list[bytes]:
    """Return pages as records of `pages`."""
    return [record_of(page_of(row.address, row.body.encode(), fetched_at=AT)) for row in rows]


def alone(values: Sequence[bytes]) -> float:
    """Return the pages per CPU-second of the cleaning alone; the first batch warms it up."""
    largest, began = Settings().max_page_bytes, 0.0
    deliveries = stream_of(values).batches[0]
    for number, delivery in enumerate(deliveries):
        if number == CLEAN_BATCH:
            began = time.process_time()
        clean_record(delivery, largest, LARGEST_VALUE)
    return (len(values) - CLEAN_BATCH) / (time.process_time() - began)


def in_stage(values: Sequence[bytes]) -> float:
    """Return the pages per CPU-second of the stage, with all its processes; the first batch warms it up."""
    settings = Settings()
    with Cleaners(
        processes=PROCESSES,
        page_timeout=settings.page_timeout,
        max_page_bytes=settings.max_page_bytes,
        max_record_bytes=LARGEST_VALUE,
    ) as cleaners:

        async def take(part: Sequence[bytes]) -> float:
            batches = [part[at : at + CLEAN_BATCH] for at in range(0, len(part), CLEAN_BATCH)]
            stream, outbox = stream_of(*batches), MemoryOutbox()
            await clean_pages(aiter(stream), cleaner=cleaners, outbox=outbox, profiles=MemoryProfiles())
            if stream.errors or len(outbox.sent) != len(part):
                raise SystemExit(f"the stage failed: {stream.errors}")
            return cpu(os.getpid()) + cpu_of_children(os.getpid())

        async def both() -> float:
            return -await take(values[:CLEAN_BATCH]) + await take(values[CLEAN_BATCH:])

        return (len(values) - CLEAN_BATCH) / asyncio.run(both())


def main() -> None:
    """Measure by turns; the ratio is the median of the turns' own."""
    kind, limit, home = sys.argv[1:]
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    values = records(sets.sample(sets.read(kind, Path(home)), int(limit)))  # type: ignore[arg-type]
    turns = [(in_stage(values), alone(values)) for _ in range(TURNS)]
    stage, library = (statistics.median(figures) for figures in zip(*turns, strict=True))
    ratio = statistics.median(one / other for one, other in turns)
    sys.stdout.write(json.dumps({"stage": stage, "library": library, "ratio": ratio}) + "\n")


if __name__ == "__main__":
    main()
