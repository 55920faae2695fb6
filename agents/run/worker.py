"""A worker: one or more stages in one process. It runs until a signal arrives or a stage ends."""

from __future__ import annotations

import asyncio
import gc
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import structlog

from agents.errors import BrokerError, RefusedError, StageError
from agents.http import serve
from agents.kafka.probe import RefusalListener, probe_broker
from agents.kafka.rights import check_rights
from agents.observe.backlog import StageCollector
from agents.observe.telemetry import telemetry_of
from agents.run.app import create_stage
from agents.run.promise import watch_promise
from agents.signals import ending
from agents.stage.ending import die
from pipeline import native

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agents.kafka import Connection
    from agents.settings import Settings
    from agents.stage.protocol import Stage

WATCH_SECONDS = 5.0
REFUSALS_TO_EXIT = 3
SELDOM = (20_000, 20, 50)  # thresholds of the garbage collector: allocations, and collections per generation
log = structlog.get_logger("chistovik")


async def work(names: Sequence[str], settings: Settings, connection: Connection) -> None:
    """Run stages until SIGTERM or SIGINT; the process is gone CHISTOVIK_STOP_SECONDS after that.

    Raises StageError or BrokerError if a stage cannot start. If one ends later, the process ends at once.
    """
    stopping = asyncio.Event()
    async with AsyncExitStack() as resources:
        end = resources.enter_context(ending(stopping, asyncio.get_running_loop(), settings.stop_seconds))
        refusals = resources.enter_context(RefusalListener())
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
        _warn_if_slow(names)
        try:
            await _first(
                stopping.wait(),
                _start(stages),
                _exit_if_refused(refusals, connection),
            )
            if not stopping.is_set():
                log.info("ready", stages=list(names))
                _collect_garbage_less_often()
                await _first(
                    stopping.wait(),
                    _watch(stages, settings, connection),
                    watch_promise(stages, settings, connection, telemetry.metrics),
                    _exit_if_refused(refusals, connection),
                    *(stage.ended() for stage in stages),
                )
            if not stopping.is_set():
                # At once, not in good order: a stage that has crashed waits for a batch that never ends.
                problems = _problems(stages) or "a stage ended by itself"
                die("worker", await _reason(problems, stages, settings, connection))
        finally:
            end.begin()
            log.info("stopping")
            await asyncio.gather(*(stage.stop() for stage in stages))
            log.info("stopped")


async def _start(stages: Sequence[Stage]) -> None:
    # In a task of its own: if a stop cancels a bare `gather`, asyncio logs a traceback.
    await asyncio.gather(*(stage.start() for stage in stages))


def _warn_if_slow(names: Sequence[str]) -> None:
    if "clean" in names and not native.COMPILED:
        log.warning(
            "compiled extensions are missing, so cleaning is 2 to 3 times slower: install a C compiler and the Python "
            "headers, then reinstall Chistovik"
        )


def _collect_garbage_less_often() -> None:
    """Exclude all imported objects from garbage collection, and collect less often.

    60,000 URLs of `fetch` wait in memory, a dozen objects each, and each profile of `clean` has a thousand. With
    Python's default thresholds, scanning them takes a tenth of all CPU time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*SELDOM)


async def _watch(stages: Sequence[Stage], settings: Settings, connection: Connection) -> None:
    """Exit if a stage is stuck. After a restart it continues from the committed offsets."""
    while True:
        await asyncio.sleep(WATCH_SECONDS)
        if problems := _problems(stages):
            die("worker", await _reason(problems, stages, settings, connection))


async def _exit_if_refused(refusals: RefusalListener, connection: Connection) -> None:
    """Exit if Kafka keeps refusing this process, for example after a password change; not if Kafka is down.

    A broker that has just started may not know its users yet, so several refusals in a row are needed.
    """
    times = 0
    while times < REFUSALS_TO_EXIT:
        await asyncio.sleep(WATCH_SECONDS)
        is_refused, refusals.is_refused = refusals.is_refused, False
        try:
            if is_refused:
                await probe_broker(connection.brokers, connection.security)
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
    """Return the error to exit with: a refusal by Kafka, which the libraries hide, or else the stages' problems."""
    try:
        if not connection.embedded:
            await probe_broker(connection.brokers, connection.security)
        await check_rights(connection, settings.prefix, [stage.name for stage in stages])
    except BrokerError as error:
        return error
    return StageError(problems)


def _problems(stages: Sequence[Stage]) -> str:
    return "; ".join(f"{stage.name}: {problem}" for stage in stages if (problem := stage.problem()))


async def _first(*waits: object) -> None:
    """Wait until the first one ends, and raise its error."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]  # type: ignore[call-overload]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
