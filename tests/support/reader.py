"""A reader that stores the events of a topic in a file, one line each; tests kill it. Not a test.

`python -m tests.support.reader BROKERS TOPIC GROUP FILE SECONDS [--filter] [--hang-at LINES]`: a line is topic, partition,
offset, name and number of the event's mark. Each takes so many seconds. With --filter it drops what the file has. With the
event that makes the file so many lines long in its hands, it hangs for ever.
"""

from __future__ import annotations

import argparse
import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

from agents.kafka import Connection
from agents.subscribe import Replays, Subscription

if TYPE_CHECKING:
    from collections.abc import Sequence

SILENCE = 2.0
ENDLESS = 3600.0


async def read(
    brokers: str, topic: str, group: str, file: Path, seconds: float, *, filtered: bool, hang_at: int
) -> None:
    """Store what comes until there is silence."""

    async def known(names: Sequence[str]) -> dict[str, int]:
        rows = (line.split("\t") for line in file.read_text().splitlines())  # noqa: ASYNC240 — it is small
        stored = {row[3]: int(row[4]) for row in rows}
        return {name: stored[name] for name in names if name in stored}

    sink = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    already = Replays(known=known) if filtered else None
    connection = Connection(brokers=brokers)
    async with Subscription(
        connection, [topic], group=group, timeout=SILENCE, already=already, session_seconds=2
    ) as subscription:
        async for event in subscription.events():
            mark = event.mark() or ("", 0)
            row = (event.topic, event.partition, event.offset, *mark)
            os.write(sink, ("\t".join(map(str, row)) + "\n").encode())  # one call: whole or not there after a kill
            await asyncio.sleep(ENDLESS if file.read_bytes().count(b"\n") == hang_at else seconds)  # noqa: ASYNC240


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    for name in ("brokers", "topic", "group"):
        parser.add_argument(name)
    parser.add_argument("file", type=Path)
    parser.add_argument("seconds", type=float)
    parser.add_argument("--filter", dest="filtered", action="store_true")
    parser.add_argument("--hang-at", type=int, default=0)
    asyncio.run(read(**vars(parser.parse_args())))
