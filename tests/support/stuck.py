"""The command where some pages and URLs never come to an end: `python tests/support/stuck.py TEXT SUBCOMMAND ...`, those with TEXT.

STUCK_SIGN is a file that is made when one is taken.
With CRASHES=1 Faust's producer also crashes with its first record, as it does after a broker that was silent for long.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiokafka.errors import KafkaTimeoutError

from agents.clean import pool
from agents.clean.record import clean_record, explain_page
from agents.cli import main
from agents.feed import feeder
from agents.feed.send import feed_target
from agents.stage.faust_tables import Line

if TYPE_CHECKING:
    from agents.clean.record import CleanRecord
    from agents.stage.delivery import Delivery
    from pipeline.document.explain.explain import Explanation
    from pipeline.records.page import Page
    from pipeline.records.target import Target

VARIABLE = "STUCK_ON"  # known to the cleaning processes
ENDLESS = 3600.0
CRASH_SECONDS = 5.0


def stuck_record(delivery: Delivery, *how: Any) -> CleanRecord:
    """Clean a page, or hang on it."""
    _hang_on(delivery.value or b"")
    return clean_record(delivery, *how)


def stuck_explain(page: Page, *how: Any) -> Explanation:
    """Explain a page, or hang on it."""
    _hang_on(page.raw)
    return explain_page(page, *how)


async def stuck_target(target: Target, *how: Any, **more: Any) -> Any:
    """Feed a URL, or hang on it."""
    if os.environ[VARIABLE] in target.url:
        await asyncio.sleep(ENDLESS)
    return await feed_target(target, *how, **more)


async def crash(line: Line) -> None:
    """Send nothing, and let Faust's producer crash as one does whose records were not acknowledged in time.

    By then a page may have begun to hang.
    """
    await asyncio.sleep(CRASH_SECONDS)
    producer: Any = line._app.producer
    await producer.buffer.crash(KafkaTimeoutError())


def _hang_on(value: bytes) -> None:
    if os.environ[VARIABLE].encode() in value:
        if sign := os.environ.get("STUCK_SIGN"):
            Path(sign).touch()
        time.sleep(ENDLESS)


if __name__ == "__main__":
    os.environ[VARIABLE] = sys.argv.pop(1)
    pool.clean_record, pool.explain_page = stuck_record, stuck_explain
    feeder.feed_target = stuck_target
    if os.environ.get("CRASHES") == "1":
        Line._send = crash  # type: ignore[method-assign]
    main()
