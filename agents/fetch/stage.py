"""Run the stage `fetch`, from `urls` to `pages`: read, fetch, write, and commit finished records in any order.

Exactly one record of `pages` or `urls-later` finishes each record of `urls` and `urls-later`, and names it.
After a crash, the next owner of the partition reads these logs to find finished records that were not committed.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import structlog
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError
from aiokafka.structs import OffsetAndMetadata

from agents.fetch.fetcher import LONGEST_URL, Fetcher
from agents.fetch.frontier import REST_IN_MEMORY, Frontier, Item
from agents.fetch.messages import broken_record, read_target, refused_record
from agents.fetch.owned import SOURCES, OwnedPartition
from agents.fetch.settle import STAGE, Settler
from agents.fetch.takeover import move_ends, take_over
from agents.fetch.work import FetchLoop, now
from agents.observe.backlog import Backlog, Heads
from agents.stage.member import GroupStage
from agents.stage.polling import poll_log
from agents.stage.progress import Progress
from pipeline.records.fields import digest
from pipeline.records.reason import Reason
from pipeline.records.url import host_of
from pipeline.records.wire import Malformed
from pipeline.topics.headers import header
from pipeline.topics.offsets import MOST_AHEAD
from pipeline.topics.traceparent import TRACEPARENT
from pipeline.url.answers import LONGEST_WAIT
from pipeline.url.request import request_url

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from aiokafka import AIOKafkaConsumer, TopicPartition

    from agents.fetch.watchdog import Watchdog
    from agents.kafka import Connection
    from agents.kafka.outbox import Outbox
    from agents.observe.telemetry import Telemetry
    from agents.settings import Settings
    from pipeline.records.target import Target

COMMIT_SECONDS = 1.0
LOOK_SECONDS = 60.0
MOST_WAITING = 60_000  # URLs in memory, 1 KB each
LEAVING_SECONDS = 20.0  # for fetches in progress to end when a partition is revoked
OVERFLOW_SECONDS = 300.0  # until the next try to queue a URL whose host has a full queue
log = structlog.get_logger("chistovik")


class FetchStage(GroupStage):
    """The stage `fetch`."""

    name = STAGE

    def __init__(
        self,
        settings: Settings,
        connection: Connection,
        *,
        fetcher: Fetcher,
        outbox: Outbox,
        watchdog: Watchdog,
        partitions: int,
        telemetry: Telemetry | None = None,
    ) -> None:
        # The page, its robots.txt and each of their redirects may take the whole timeout
        progress = Progress(limit=45.0 + 8 * settings.fetch_timeout)
        super().__init__(settings, connection, SOURCES, progress=progress, telemetry=telemetry)
        self._heads = Heads()
        self._fetcher, self._watchdog = fetcher, watchdog
        self._pages_partitions = partitions  # of `pages`
        longest = min(REST_IN_MEMORY, settings.fetch_backoff / 2)
        self._frontier = Frontier(fetcher.hosts, longest_rest=longest)
        self._owned: dict[int, OwnedPartition] = {}
        self._settler = Settler(outbox, pages_partitions=partitions, telemetry=self._telemetry)
        self._fetch_loop = FetchLoop(settings, fetcher, self._frontier, self._settler, self._owned)

    def loops(self) -> dict[str, Coroutine[Any, Any, None]]:
        """Return the loops by name: the watchdog, reading, fetching, and committing."""
        return {
            "watchdog": self._watchdog.run(),
            "intake": self._intake(),
            "fetch": self._fetch_loop.run(),
            "commit": self._commits(),
        }

    def pace(self) -> tuple[int, int]:
        """Return how many records wait or are in progress, and how many are finished."""
        return self._settler.under_way + self._unread(), self._settler.settled

    def _unread(self) -> int:
        """Count the unread records of partitions that are not paused."""
        paused, unread = self._consumer.paused(), 0
        for owned in list(self._owned.values()):
            for topic, window in owned.windows.items():
                if self._tp(topic, owned.partition) not in paused:
                    unread += max(0, (self._end(topic, owned.partition) or 0) - window.end)
        return unread

    def backlog(self) -> list[Backlog]:
        """Return the unfinished records of our partitions. URLs in `urls-later` wait on purpose."""
        found = []
        for owned in list(self._owned.values()):
            for topic, window in owned.windows.items():
                end = self._end(topic, owned.partition)
                done, ahead = window.advance(), len(window.finished)
                one = self._heads.backlog(topic, owned.partition, end=max(end or 0, window.end), done=done)
                found.append(replace(one, records=max(0, one.records - ahead)))
        return found

    def sizes(self) -> dict[str, float]:
        """Return the numbers of URLs and hosts in memory, by metric."""
        return {
            "chistovik_fetch_waiting_urls": self._frontier.waiting,
            "chistovik_fetch_waiting_hosts": self._frontier.hosts_waiting,
            "chistovik_fetch_settling": self._settler.under_way,
        }

    async def open(self, partitions: list[int]) -> None:
        """Take over each partition where its last owner stopped."""
        opened = await take_over(
            self._connection, self._settings.prefix, partitions, pages_partitions=self._pages_partitions
        )
        self._owned.clear()
        self._owned.update(opened)
        for owned in self._owned.values():
            for topic, window in owned.windows.items():
                self._seek(topic, owned.partition, window.advance())

    async def close(self) -> None:
        """Wait up to `LEAVING_SECONDS` for fetches in progress, then commit. The next owner fetches the rest again."""
        self._frontier.drop(lambda _: True)
        await self._settler.leave(LEAVING_SECONDS)
        try:
            await self._commit()
        finally:
            for owned in self._owned.values():
                owned.closed = True
            self._owned.clear()

    async def _intake(self) -> None:
        consumer = self._consumer
        while not self._stopping.is_set():
            if not self._owned:
                await asyncio.sleep(0.05)
                continue
            if any(len(owned.committed) < len(SOURCES) for owned in self._owned.values()):
                async with self._turn:  # before any record finishes: the next owner reads the logs from here
                    await self._commit()
            self._hold_back(consumer)
            fetched = await self._poll(consumer)
            async with self._turn:
                for tp, records in fetched.items():
                    if (owned := self._owned.get(tp.partition)) is not None:
                        await self._take(owned, self._topics[tp.topic], records)
            if not fetched:
                await asyncio.sleep(0.02)  # if all partitions are paused, the poll returns at once

    async def _poll(self, consumer: AIOKafkaConsumer) -> dict[TopicPartition, list[Any]]:
        return await poll_log(
            consumer,
            records=500,
            stage=STAGE,
            missed="fetched",
            then="Restart the worker: it checks the committed offsets and prints what to do next",
        )

    def _hold_back(self, consumer: AIOKafkaConsumer) -> None:
        """Pause partitions that are read further ahead than a mark or the memory allows."""
        full = self._frontier.waiting >= MOST_WAITING
        for owned in self._owned.values():
            for topic, window in owned.windows.items():
                tp = self._tp(topic, owned.partition)
                if window.ahead >= MOST_AHEAD - 1000:
                    window.advance()
                held = full or window.ahead >= MOST_AHEAD - 1000  # a poll brings 500
                if tp in consumer.assignment() and held != (tp in consumer.paused()):
                    (consumer.pause if held else consumer.resume)(tp)

    async def _take(self, owned: OwnedPartition, topic: str, records: list[Any]) -> None:
        window = owned.windows[topic]
        for record in records:
            if record.offset > window.end and owned.doubted.get(topic) != window.end:
                # Read before a seek, or some offsets have no record: read the log again from there
                owned.doubted[topic] = window.end
                self._seek(topic, owned.partition, window.end)
                return
            if window.take(record.offset):
                await self._admit(owned, topic, record)

    async def _admit(self, owned: OwnedPartition, topic: str, record: Any) -> None:
        """Queue a URL, or finish its record at once if it need not be fetched, or must wait."""
        place = f"{topic}/{owned.partition}/{record.offset}"
        read = read_target(topic, record.value, place)
        if isinstance(read, Malformed):
            broken = broken_record(
                place,
                f"not a URL to fetch: {read.error}",
                at=now(),
                parent=header(record.headers, TRACEPARENT),
                ratio=self._telemetry.ratio,
            )
            await self._settler.settle_soon(owned, topic, record.offset, broken)
            return
        item = _item(owned, topic, record, *read)
        why_not = self._why_not(owned, item)
        if why_not is not None:
            refused = refused_record(item, *why_not, at=now(), ratio=self._telemetry.ratio)
            await self._settler.settle_soon(owned, topic, record.offset, refused)
            return
        owned.pending[item.name] = item.origin
        clock = asyncio.get_running_loop().time()
        wait = min((item.not_before - now()).total_seconds(), LONGEST_WAIT) if item.not_before else 0.0
        if wait <= 0 and self._frontier.rests(item.host):
            await self._settler.spawn_soon(self._fetch_loop.hold(owned, item))
        elif wait <= 0 and not self._frontier.room_for(item.host):
            await self._fetch_loop.postpone(owned, item, wait=OVERFLOW_SECONDS)
        else:
            self._frontier.push(item, due=clock + wait if wait > 0 else 0.0)

    def _why_not(self, owned: OwnedPartition, item: Item) -> tuple[Reason, str] | None:
        """Return the reason and detail of a refusal without a request, or None if the URL is fetched."""
        why_not = self._fetcher.guard.why_not(item.target.url.strip())
        if why_not is None and (len(item.url) > LONGEST_URL or not item.host):
            why_not = (Reason.NOT_FETCHABLE, "no URL of the web, or too long a one")
        if why_not is not None:
            return why_not
        name, window = item.name, self._settings.fetch_window
        if item.target.refetch:
            return None
        first = owned.pending.get(name)
        if first is not None and first != item.origin:
            return Reason.ALREADY_FETCHED, f"it waits already, as {first}"
        visit = owned.fetched_within(item, now(), window)
        if visit is None:
            return None
        return Reason.ALREADY_FETCHED, f"at {visit.at.isoformat(timespec='seconds')} for {visit.origin}: {visit.result}"

    async def _commits(self) -> None:
        """Commit every second. Every `LOOK_SECONDS`, move the floors past records of other producers."""
        looked = time.monotonic()
        async with self._connection.consumer(name=f"{STAGE}-ends") as asker:
            while True:
                await asyncio.sleep(COMMIT_SECONDS)
                if time.monotonic() - looked > LOOK_SECONDS:
                    looked = time.monotonic()
                    await move_ends(asker, self._settings.prefix, list(self._owned.values()), self._pages_partitions)
                async with self._turn:
                    await self._commit()

    async def _commit(self) -> None:
        marks = [(owned, topic, mark) for owned in self._owned.values() for topic, mark in owned.marks().items()]
        offsets = {
            self._tp(topic, owned.partition): OffsetAndMetadata(mark.offset, mark.metadata)
            for owned, topic, mark in marks
        }
        if not offsets:
            return
        try:
            await self._consumer.commit(offsets)
        except (CommitFailedError, IllegalStateError) as error:
            log.info("not committed: the group is rebalancing", stage=STAGE, error=str(error)[:200])
        except KafkaError as error:
            if not error.retriable:
                raise
            log.warning("not committed, will retry", stage=STAGE, error=str(error)[:200])
        else:
            self._telemetry.metrics.commits[STAGE].set_to_current_time()
            for owned, topic, mark in marks:
                owned.committed[topic] = mark


def _item(owned: OwnedPartition, topic: str, record: Any, target: Target, waiting: Any) -> Item:
    canonical = target.canonical or target.url  # computed once, because it takes longer than the rest
    place = f"{topic}/{owned.partition}/{record.offset}"
    return Item(
        topic=topic,
        partition=owned.partition,
        offset=record.offset,
        target=target,
        url=request_url(target.url) or target.url,
        name=digest(canonical.encode("utf-8", "surrogatepass")),  # same as target.id
        host=host_of(canonical),
        origin=waiting.origin if waiting else place,
        attempt=waiting.attempt if waiting else 1,
        not_before=waiting.not_before if waiting else None,
        problem=waiting.problem if waiting else "",
        unanswered_since=waiting.unanswered_since if waiting else None,
        traceparent=header(record.headers, TRACEPARENT),
    )
