"""A worker with fault points: it runs the real stages, and dies where the seed says. Only tests can reach them.

`python -m tests.chaos.worker STAGE…`, with CHAOS_FAULTS="point:probability,…" and CHAOS_SEED.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from typing import TYPE_CHECKING, Any

from agents.clean import pool
from agents.cli.worker import event_loop
from agents.dedupe import ledgers, snapshots
from agents.errors import EXIT_BROKER, BrokerError
from agents.fetch.settle import Settler
from agents.fetch.stage import FetchStage
from agents.kafka import Connection
from agents.observe.logs import configure
from agents.publish.stage import Publisher
from agents.run.worker import work
from agents.settings import Settings
from agents.stage.delivery import Batch
from pipeline.verdict import claims
from tests.chaos.flicker import flickering_record

if TYPE_CHECKING:
    from collections.abc import Callable

SNAPSHOT_VERDICTS = 150  # so that many are taken, and some are cut off
SEALED_FROM = 200  # claims in memory, so that there are many segments


def faults(text: str, seed: int) -> Callable[[str], None]:
    """Make the function that a fault point calls: it kills this process by chance, as a lost machine would."""
    chance = {name: float(share) for name, _, share in (one.partition(":") for one in text.split(",") if one)}
    dice = random.Random(seed)

    def point(name: str) -> None:
        if dice.random() < chance.get(name, 0.0):
            sys.stderr.write(f"fault: {name}\n")
            sys.stderr.flush()
            os.kill(os.getpid(), signal.SIGKILL)

    return point


def arm(point: Callable[[str], None]) -> None:
    """Put the fault points into the stages of this process."""
    enter, leave = Batch.__aenter__, Batch.__aexit__

    async def entered(batch: Batch) -> Any:
        found = await enter(batch)
        point("inside-batch")
        return found

    async def left(batch: Batch, *how: Any) -> None:
        point("before-ack")
        await leave(batch, *how)
        point("after-ack")

    Batch.__aenter__, Batch.__aexit__ = entered, left  # type: ignore[method-assign]
    opened = Publisher._open_lane

    async def open_lane(publisher: Publisher, partition: int) -> Any:
        lane = await opened(publisher, partition)
        send_offsets, commit = lane.producer.send_offsets_to_transaction, lane.producer.commit_transaction

        async def offsets(*arguments: Any) -> Any:
            point("before-commit")
            return await send_offsets(*arguments)

        async def committed() -> Any:
            point("before-commit")
            await commit()
            point("after-commit")

        lane.producer.send_offsets_to_transaction, lane.producer.commit_transaction = offsets, committed
        return lane

    Publisher._open_lane = open_lane  # type: ignore[method-assign]
    fsync = os.fsync

    def synced(file: int) -> None:
        point("inside-snapshot")  # written, and not in its place yet; or in its place, and not for good
        fsync(file)

    snapshots.os.fsync = synced  # type: ignore[attr-defined]


def arm_fetch(point: Callable[[str], None]) -> None:
    """Put the fault points into fetch: around the record that settles a URL, and around a commit."""
    write, finish, commit = Settler.write, Settler.finish, FetchStage._commit

    async def written(settler: Settler, *arguments: Any, **named: Any) -> None:
        point("before-settling")
        await write(settler, *arguments, **named)
        point("after-settling")  # of a page: its visit is not written yet

    def finished(settler: Settler, *arguments: Any) -> None:
        point("before-finish")
        finish(settler, *arguments)

    async def committed(stage: FetchStage) -> None:
        point("before-mark")
        await commit(stage)
        point("after-mark")

    Settler.write, Settler.finish, FetchStage._commit = written, finished, committed  # type: ignore[method-assign]


def main() -> None:
    """Run a worker with its fault points armed."""
    settings = Settings.from_env(os.environ)
    configure(form="console", level="info")
    point = faults(os.environ.get("CHAOS_FAULTS", ""), int(os.environ.get("CHAOS_SEED", "0")))
    arm(point)
    arm_fetch(point)
    pool.clean_record = flickering_record
    ledgers.SNAPSHOT_VERDICTS = SNAPSHOT_VERDICTS
    claims.SEALED_FROM = SEALED_FROM
    with asyncio.Runner(loop_factory=event_loop(sys.argv[1:])) as runner:
        try:
            runner.run(work(sys.argv[1:], settings, Connection(brokers=settings.brokers)))
        except BrokerError as error:  # as the command does
            sys.stderr.write(f"{error}\n")
            sys.exit(EXIT_BROKER)


if __name__ == "__main__":
    main()
