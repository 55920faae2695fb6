"""The cleaning alone, in one process, of the pages of a file: `python -m tests.bench.pipeline_library WARM PAGES COUNT`.

From a record of `pages` to a record of `documents`, as a cleaning process does it. Prints pages per CPU-second.
"""

from __future__ import annotations

import json
import logging
import sys
import time
import warnings
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from agents.clean import warm  # noqa: F401 — as the processes of the stage are
from agents.clean.record import clean_record
from agents.feed.page_files import Input, read_inputs
from agents.feed.send import record_of
from agents.settings import Settings
from agents.stage.delivery import Delivery
from pipeline.topics import LARGEST_VALUE, PAGES

if TYPE_CHECKING:
    from collections.abc import Iterator


def deliveries(pages: Path, count: int) -> Iterator[Delivery]:
    """Read pages as the stage gets them."""
    inputs = (one for one in read_inputs([str(pages)]) if isinstance(one, Input))
    for number, one in enumerate(islice(inputs, count)):
        yield Delivery(topic=PAGES.name, partition=0, offset=number, value=record_of(one.page))


def main() -> None:
    """Warm up, and measure."""
    first, pages, count = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    largest = Settings().max_page_bytes
    for delivery in deliveries(first, count):
        clean_record(delivery, largest, LARGEST_VALUE)
    measured = list(deliveries(pages, count))
    began = time.process_time()
    for delivery in measured:
        clean_record(delivery, largest, LARGEST_VALUE)
    spent = time.process_time() - began
    sys.stdout.write(json.dumps({"pages": len(measured), "cpu": spent}) + "\n")


if __name__ == "__main__":
    main()
