"""A worker: one or more stages in a process, until a signal or a stage ends it."""

from __future__ import annotations

import asyncio
import signal
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import structlog

from agents.app import create_stage
from agents.delivery import StageError, die
from agents.http import serve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agents.app import Stage
    from agents.kafka import Connection
    from agents.settings import Settings

WATCH_SECONDS = 5.0
log = structlog.get_logger("chistovik")


async def work(names: Sequence[str], settings: Settings, connection: Connection) -> None:
    """Run stages until SIGTERM or SIGINT; StageError where one came to an end by itself."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    async with AsyncExitStack() as resources:
        stages = [
            await create_stage(name, settings, connection, data_dir=settings.data_dir, resources=resources)
            for name in names
        ]
        runner, port = await serve(
            settings.http_host, settings.http_port, lambda: {stage.name: stage.problem() for stage in stages}
        )
        resources.push_async_callback(runner.cleanup)
        log.info("starting", stages=list(names), brokers=connection.brokers, http=f"{settings.http_host}:{port}")
        try:
            await _first(stopping.wait(), asyncio.gather(*(stage.start() for stage in stages)))
            if not stopping.is_set():
                log.info("ready", stages=list(names))
                await _first(stopping.wait(), _watch(stages), *(stage.ended() for stage in stages))
            if not stopping.is_set():
                raise StageError(_problems(stages) or "a stage ended by itself")
        finally:
            log.info("stopping")
            await asyncio.gather(*(stage.stop() for stage in stages))
            log.info("stopped")


async def _watch(stages: Sequence[Stage]) -> None:
    """End the process where a stage is stuck: started again it reads on from what was committed."""
    while True:
        await asyncio.sleep(WATCH_SECONDS)
        if problems := _problems(stages):
            die("worker", StageError(problems))


def _problems(stages: Sequence[Stage]) -> str:
    return "; ".join(f"{stage.name}: {problem}" for stage in stages if (problem := stage.problem()))


async def _first(*waits: object) -> None:
    """Wait for the first to end; raise what it raised."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]  # type: ignore[call-overload]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
