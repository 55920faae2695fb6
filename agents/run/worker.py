"""A worker: one or more stages in a process, until a signal or a stage ends it."""

from __future__ import annotations

import asyncio
import gc
import signal
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import structlog

from agents.errors import BrokerError, RefusedError, StageError
from agents.http import serve
from agents.kafka.probe import Doorbell, knock
from agents.kafka.rights import check_rights
from agents.observe.backlog import StageCollector
from agents.observe.telemetry import telemetry_of
from agents.run.app import create_stage
from agents.stage.ending import die
from pipeline import native

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agents.kafka import Connection
    from agents.settings import Settings
    from agents.stage.protocol import Stage

WATCH_SECONDS = 5.0
TURNED_AWAY_TIMES = 3
SELDOM = (20_000, 20, 50)  # allocations, and rounds, after which garbage is looked for
log = structlog.get_logger("chistovik")


async def work(names: Sequence[str], settings: Settings, connection: Connection) -> None:
    """Run stages until SIGTERM or SIGINT; StageError where one came to an end by itself."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    async with AsyncExitStack() as resources:
        doorbell = resources.enter_context(Doorbell())
        telemetry = await resources.enter_async_context(telemetry_of(settings, names))
        stages = [
            await create_stage(
                name, settings, connection, data_dir=settings.data_dir, resources=resources, telemetry=telemetry
            )
            for name in names
        ]
        registry = telemetry.metrics.registry
        registry.register(StageCollector(stages))
        runner, port = await serve(
            settings.http_host, settings.http_port, lambda: {stage.name: stage.problem() for stage in stages}, registry
        )
        resources.push_async_callback(runner.cleanup)
        log.info("starting", stages=list(names), brokers=connection.brokers, http=f"{settings.http_host}:{port}")
        _say_what_is_slow(names)
        try:
            await _first(
                stopping.wait(), asyncio.gather(*(stage.start() for stage in stages)), _listen(doorbell, connection)
            )
            if not stopping.is_set():
                log.info("ready", stages=list(names))
                if "fetch" in names:
                    _look_for_garbage_seldom()
                await _first(
                    stopping.wait(),
                    _watch(stages, settings, connection),
                    _listen(doorbell, connection),
                    *(stage.ended() for stage in stages),
                )
            if not stopping.is_set():
                problems = _problems(stages) or "a stage ended by itself"
                raise await _reason(problems, stages, settings, connection)
        finally:
            log.info("stopping")
            await asyncio.gather(*(stage.stop() for stage in stages))
            log.info("stopped")


def _say_what_is_slow(names: Sequence[str]) -> None:
    if "clean" in names and not native.COMPILED:
        log.warning(
            "the cleaning is not compiled: a page takes two to three times as long; install a C compiler and Python's "
            "headers, then Chistovik once more"
        )


def _look_for_garbage_seldom() -> None:
    """Leave what was imported out of the search, and search less often.

    60,000 URLs wait in memory, a dozen objects each: searched as often as is usual, they cost a tenth of all CPU time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*SELDOM)


async def _watch(stages: Sequence[Stage], settings: Settings, connection: Connection) -> None:
    """End the process where a stage is stuck: started again it reads on from what was committed."""
    while True:
        await asyncio.sleep(WATCH_SECONDS)
        if problems := _problems(stages):
            die("worker", await _reason(problems, stages, settings, connection))


async def _listen(doorbell: Doorbell, connection: Connection) -> None:
    """End the process where Kafka goes on turning it away, as after a change of the password; not where it is silent.

    A broker that has just started may not know its users yet, so it is asked again.
    """
    times = 0
    while times < TURNED_AWAY_TIMES:
        await asyncio.sleep(WATCH_SECONDS)
        heard, doorbell.heard = doorbell.heard, False
        try:
            if heard:
                await knock(connection.brokers, connection.security)
            times = 0
        except RefusedError as error:
            times += 1
            last = error
        except BrokerError:
            pass
    die("worker", last)


async def _reason(
    problems: str, stages: Sequence[Stage], settings: Settings, connection: Connection
) -> StageError | BrokerError:
    """Ask Kafka whether it refuses us, which the libraries do not tell; else the problems are the reason."""
    try:
        if not connection.embedded:
            await knock(connection.brokers, connection.security)
        await check_rights(connection, settings.prefix, [stage.name for stage in stages])
    except BrokerError as error:
        return error
    return StageError(problems)


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
