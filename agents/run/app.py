"""The composition root: the one place that connects stages, brokers and processes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import structlog

from agents.clean.pool import Cleaners
from agents.clean.profiles import FaustProfiles, can_be_kept
from agents.clean.stage import clean_pages
from agents.dedupe.folders import claimed_folder
from agents.dedupe.ledgers import Ledgers
from agents.dedupe.snapshots import Snapshots
from agents.dedupe.stage import judge_documents
from agents.dedupe.verdicts import FaustVerdicts
from agents.kafka.outbox import KafkaOutbox
from agents.kafka.topics import documents_id, partitions_of, topic_id
from agents.observe.telemetry import Telemetry
from agents.publish.stage import Publisher
from agents.stage.faust_app import FaustStage, check_folder, new_app
from agents.stage.progress import STUCK_CLEANING_SECONDS
from agents.stage.retention import check_retention
from pipeline.topics import (
    DOCUMENTS,
    PAGES,
    URLS,
    URLS_LATER,
    VERDICTS,
    WATCHES,
    WORKER_STAGES,
    group_of,
)
from pipeline.verdict.ledger import DAY

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from contextlib import AsyncExitStack
    from pathlib import Path

    from agents.kafka import Connection
    from agents.settings import Settings
    from agents.stage.protocol import Stage

CLEANING = tuple(WORKER_STAGES)[1:]  # the stages that a page passes after fetching
CLEAN_BATCH = 32  # pages; bounds the time that SIGTERM waits. Bytes are bounded by agents/clean/stage.py
CLEAN_BUFFER = 256  # pages; their bytes are bounded by agents/stage/faust_consumer.py
DEDUPE_BATCH = 200
# Publish makes a transaction of each batch of verdicts, which is most of a broker's work
DEDUPE_GATHERING = 0.4  # seconds
DEDUPE_BUFFER = 1000  # documents; with 64, batches waited for more documents for a third of the time
FETCH_LINGER_MS = 25
log = structlog.get_logger("chistovik")


async def create_stage(
    name: str,
    settings: Settings,
    connection: Connection,
    *,
    data_dir: Path,
    resources: AsyncExitStack,
    telemetry: Telemetry | None = None,
) -> Stage:
    """Make a stage and everything it needs; `resources` closes it. Raises ValueError for an unknown name."""
    if name not in MAKERS:
        raise ValueError(f"no stage {name!r}; the stages are {', '.join(MAKERS)}")
    return await MAKERS[name](settings, connection, data_dir, resources, telemetry or Telemetry())


async def _watch(
    settings: Settings, connection: Connection, _data_dir: Path, resources: AsyncExitStack, telemetry: Telemetry
) -> Stage:
    from agents.fetch.listing_client import WebListingClient  # noqa: PLC0415 — other stages need no web client
    from agents.watch.poll import LARGEST  # noqa: PLC0415
    from agents.watch.stage import WatchStage  # noqa: PLC0415
    from agents.watch.watchlist import load_watchlist  # noqa: PLC0415

    watches = load_watchlist(settings.watches)
    client = WebListingClient(settings, resources, largest=LARGEST, metrics=telemetry.metrics)
    await client.fetcher()  # checks the settings
    partitions = await partitions_of(connection, settings.prefix, WATCHES)
    producer = connection.producer("watch")
    await producer.start()
    resources.push_async_callback(producer.stop)
    outbox = KafkaOutbox(producer, settings.prefix)
    return WatchStage(
        settings,
        connection,
        watches=watches,
        client=client,
        outbox=outbox,
        partitions=partitions,
        telemetry=telemetry,
    )


async def _fetch(
    settings: Settings, connection: Connection, _data_dir: Path, resources: AsyncExitStack, telemetry: Telemetry
) -> Stage:
    from agents.fetch.fetcher import fetcher_of  # noqa: PLC0415 — other stages need no web client
    from agents.fetch.stage import FetchStage  # noqa: PLC0415
    from agents.fetch.watchdog import Watchdog  # noqa: PLC0415

    # First, because it checks the settings
    fetcher = fetcher_of(settings, telemetry.metrics, backoff=settings.fetch_backoff)
    for topic in (URLS, URLS_LATER):
        await check_retention(connection, settings.prefix, "fetch", topic)
    partitions = await partitions_of(connection, settings.prefix, PAGES)
    await resources.enter_async_context(fetcher)
    # A large batch costs hardly more than a small one
    producer = connection.producer("fetch", linger_ms=FETCH_LINGER_MS)
    await producer.start()
    watchdog = Watchdog(settings.session_timeout)
    watchdog.guard(producer)
    resources.push_async_callback(producer.stop)
    outbox = KafkaOutbox(producer, settings.prefix)
    return FetchStage(
        settings,
        connection,
        fetcher=fetcher,
        outbox=outbox,
        watchdog=watchdog,
        partitions=partitions,
        telemetry=telemetry,
    )


async def _clean(
    settings: Settings, connection: Connection, data_dir: Path, resources: AsyncExitStack, telemetry: Telemetry
) -> Stage:
    check_folder(data_dir)  # before the processes start, which takes seconds
    await check_retention(connection, settings.prefix, "clean", PAGES)
    cleaners = resources.enter_context(Cleaners.of(settings))
    producer = connection.producer("clean", linger_ms=0)  # the documents of a batch are sent together
    await producer.start()
    resources.push_async_callback(producer.stop)
    app = new_app("clean", settings, connection, data_dir=data_dir, buffered=CLEAN_BUFFER)
    learns = settings.profiles == "on" and await can_be_kept(connection, settings.prefix)
    profiles = FaustProfiles(app, settings.prefix) if learns else None
    outbox = KafkaOutbox(producer, settings.prefix)
    body = partial(clean_pages, cleaner=cleaners, outbox=outbox, profiles=profiles, telemetry=telemetry)
    stage = FaustStage(
        "clean",
        app,
        PAGES,
        settings.prefix,
        body,
        batch_size=CLEAN_BATCH,
        worked=lambda: cleaners.finished,
        prepared=cleaners.wait_until_up,
        give_up=cleaners.give_up,
        telemetry=telemetry,
        sizes=lambda: {"chistovik_clean_processes": settings.cleaners},
    )
    stage.progress.limit = STUCK_CLEANING_SECONDS
    return stage


async def _dedupe(
    settings: Settings, connection: Connection, data_dir: Path, resources: AsyncExitStack, telemetry: Telemetry
) -> Stage:
    check_folder(data_dir)
    await check_retention(connection, settings.prefix, "dedupe", DOCUMENTS)
    changelog = settings.prefix + VERDICTS.name
    snapshots = None
    if not connection.embedded:  # its log ends with the process
        folder = resources.enter_context(claimed_folder(data_dir, "dedupe"))
        log.info("state", folder=str(folder))
        snapshots = Snapshots(folder, changelog, await topic_id(connection, changelog))
    app = new_app("dedupe", settings, connection, data_dir=data_dir, buffered=DEDUPE_BUFFER, gathering=DEDUPE_GATHERING)
    window = settings.window_days * DAY
    ledgers = Ledgers(
        connection, settings.prefix, group_of(settings.prefix, "dedupe"), window, snapshots, telemetry.metrics
    )
    verdicts = FaustVerdicts(app, ledgers)
    body = partial(judge_documents, verdicts=verdicts, telemetry=telemetry)
    return FaustStage(
        "dedupe",
        app,
        DOCUMENTS,
        settings.prefix,
        body,
        batch_size=DEDUPE_BATCH,
        recovered=lambda: ledgers.read,
        before_leaving=verdicts.save_all,
        telemetry=telemetry,
        sizes=verdicts.sizes,
    )


async def _publish(
    settings: Settings, connection: Connection, _data_dir: Path, _resources: AsyncExitStack, telemetry: Telemetry
) -> Stage:
    topic = await documents_id(connection, settings.prefix)
    return Publisher(settings, connection, documents_id=topic, telemetry=telemetry)


# One maker for each stage of `pipeline.topics.STAGES`, except `serve`, which reads no topic.
MAKERS: Final[Mapping[str, Callable[[Settings, Connection, Path, AsyncExitStack, Telemetry], Awaitable[Stage]]]] = {
    "fetch": _fetch,
    "clean": _clean,
    "dedupe": _dedupe,
    "publish": _publish,
    "watch": _watch,
}
