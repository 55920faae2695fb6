"""The arrow from `urls` to `pages`: reads, fetches, writes, and commits what is finished, in whatever order it ends.

Every record of `urls` and `urls-later` is settled by exactly one record, of `pages` or of `urls-later`, which names it.
What a killed worker had settled and not committed is found in these logs by the next owner of the partition.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError, OffsetOutOfRangeError
from aiokafka.structs import OffsetAndMetadata

from agents.delivery import StageError, die
from agents.fetching.asking import Failed, Fetched, Lease, Refused, Wanted
from agents.fetching.fetcher import LONGEST_URL, Fetcher
from agents.fetching.frontier import Frontier, Item
from agents.fetching.opening import move_ends, open_shares
from agents.fetching.records import (
    Record,
    broken_record,
    page_record,
    read_target,
    refused_record,
    visit_record,
    waiting_record,
)
from agents.fetching.share import SOURCES, Share
from agents.kafka import answering
from agents.polling import poll
from agents.progress import Progress
from pipeline.answers import LONGEST_WAIT, backoff
from pipeline.offsets import MOST_AHEAD
from pipeline.outbox import header
from pipeline.page import Reason, digest
from pipeline.target import Target, Visit
from pipeline.topics import PAGES, group_of
from pipeline.urls import host_of
from pipeline.wire import Malformed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Coroutine, Iterable

    from agents.kafka import Connection
    from agents.outbox import Outbox
    from agents.settings import Settings

STAGE = "fetch"
COMMIT_SECONDS = 1.0
LOOK_SECONDS = 60.0
MOST_WAITING = 60_000  # URLs in memory, 1 KB each
MOST_WRITING = 256  # pages that were fetched and are not in `pages` yet: 64 MB
MOST_SETTLING = 1000  # that are settled without a fetch, at a time
LEAVING_SECONDS = 20.0  # that fetches in hand may take when a partition is given up
OVERFLOW_SECONDS = 300.0  # until a URL is looked at again that its host has no room for
REST_IN_MEMORY = 30.0  # seconds that the queue of a resting host is kept
FAILURES_OF_HOST = 3  # on end, and they are the host's
log = structlog.get_logger("chistovik")


class FetchStage(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka is untyped here
    """The stage `fetch`."""

    name = STAGE

    def __init__(
        self, settings: Settings, connection: Connection, *, fetcher: Fetcher, outbox: Outbox, partitions: int
    ) -> None:
        self._settings, self._connection, self._fetcher, self._outbox = settings, connection, fetcher, outbox
        self._pages_partitions = partitions  # of `pages`
        self._group = group_of(settings.prefix, STAGE)
        self._topics = {settings.prefix + name: name for name in SOURCES}
        self._frontier = Frontier(fetcher.hosts)
        self._shares: dict[int, Share] = {}
        self._slots = asyncio.Semaphore(settings.fetch_parallel)
        self._writing = asyncio.Semaphore(MOST_WRITING)
        self._settling = asyncio.Semaphore(MOST_SETTLING)
        self._tasks: dict[asyncio.Task[None], int] = {}  # what settles a record → its partition
        self._turn = asyncio.Lock()  # an intake, a commit or a change of shares
        self._stopping = asyncio.Event()
        self._assigned = asyncio.Event()
        self._consumer: AIOKafkaConsumer | None = None
        self._loops: list[asyncio.Task[None]] = []
        self._problem: str | None = None
        self._settled = 0
        # An answer, its robots.txt and all their redirects may take the whole of their time each
        self._progress = Progress(limit=45.0 + 8 * settings.fetch_timeout)

    async def start(self) -> None:
        """Join the group; return when partitions were assigned."""
        self._consumer = self._connection.consumer(
            name=STAGE,
            group_id=self._group,
            auto_offset_reset="none",
            partition_assignment_strategy=[RangePartitionAssignor],
            session_timeout_ms=int(self._settings.session_timeout * 1000),
            heartbeat_interval_ms=int(self._settings.session_timeout * 1000 / 3),
            fetch_max_wait_ms=100,
        )
        async with answering(self._connection):
            await self._consumer.start()
        self._consumer.subscribe(list(self._topics), listener=self)
        self._loops = [
            asyncio.create_task(self._guarded(work), name=f"{STAGE} {name}")
            for name, work in (("intake", self._intake()), ("fetch", self._dispatch()), ("commit", self._commits()))
        ]
        waiting = asyncio.create_task(self._assigned.wait())
        await asyncio.wait([waiting, *self._loops], timeout=90, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()

    async def stop(self) -> None:
        """Take nothing more, finish what is in hand if it does not take long, commit, leave the group."""
        self._stopping.set()
        for loop in self._loops:
            loop.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        async with self._turn:
            await self._close_shares()
        if self._consumer is not None:
            await self._consumer.stop()

    async def ended(self) -> None:
        """Return when the stage has come to an end by itself."""
        if self._loops:
            await asyncio.wait(self._loops, return_when=asyncio.FIRST_COMPLETED)

    def problem(self) -> str | None:
        """Say what is wrong with the stage, None while it is well."""
        if self._problem or not self._assigned.is_set():
            return self._problem or "starting"
        lag = len(self._tasks) + self._unread()
        return self._progress.problem(lag=lag, finished=self._settled, now=time.monotonic())

    def _unread(self) -> int:
        """Count the records that could be read and are not."""
        consumer, unread = self._consumer, 0
        paused = consumer.paused() if consumer else set()
        for share in list(self._shares.values()):
            for topic, window in share.windows.items():
                tp = TopicPartition(self._settings.prefix + topic, share.partition)
                end = consumer.highwater(tp) if consumer and tp not in paused else None
                unread += max(0, (end or 0) - window.end)
        return unread

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:  # noqa: ARG002
        """Finish or give up what is in hand, and commit."""
        async with self._turn:
            await self._close_shares()

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Open a share for each partition that is ours."""
        try:
            async with self._turn:
                partitions = sorted({tp.partition for tp in assigned})
                self._shares = await open_shares(
                    self._connection, self._settings.prefix, partitions, pages_partitions=self._pages_partitions
                )
                for share in self._shares.values():
                    for topic, window in share.windows.items():
                        self._seek(topic, share.partition, window.advance())
        except BaseException as error:  # noqa: BLE001 — aiokafka would log it and go on without the shares
            die(STAGE, error)
        self._assigned.set()

    def _seek(self, topic: str, partition: int, offset: int) -> None:
        assert self._consumer is not None  # noqa: S101 — the listener is called by a running consumer
        self._consumer.seek(TopicPartition(self._settings.prefix + topic, partition), offset)

    async def _close_shares(self) -> None:
        """Let fetches in hand end, for a while; what does not is fetched again by whoever owns it then."""
        self._frontier.drop(lambda _: True)
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=LEAVING_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        try:
            await self._commit()
        finally:
            for share in self._shares.values():
                share.closed = True
            self._shares = {}

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001 — whatever it was, a stage with a part missing must not go on
            self._problem = str(error)
            die(STAGE, error)

    # — in —

    async def _intake(self) -> None:
        consumer = self._consumer
        assert consumer is not None  # noqa: S101 — start() made it
        while not self._stopping.is_set():
            if not self._shares:
                await asyncio.sleep(0.05)
                continue
            if any(len(share.committed) < len(SOURCES) for share in self._shares.values()):
                async with self._turn:  # before anything is settled: from here on the logs are looked at
                    await self._commit()
            self._hold_back(consumer)
            fetched = await self._fetch(consumer)
            async with self._turn:
                for tp, records in fetched.items():
                    if (share := self._shares.get(tp.partition)) is not None:
                        await self._take(share, self._topics[tp.topic], records)
            if not fetched:
                await asyncio.sleep(0.02)  # where all is paused, nothing waits

    async def _fetch(self, consumer: AIOKafkaConsumer) -> dict[TopicPartition, list[Any]]:
        async def take(seconds: float, records: int) -> dict[TopicPartition, list[Any]]:
            taken: dict[TopicPartition, list[Any]] = await consumer.getmany(
                timeout_ms=int(seconds * 1000), max_records=records
            )
            return taken

        try:
            return await poll(take, timeout=0.1, records=500)
        except OffsetOutOfRangeError as error:
            where = ", ".join(f"{tp.topic}/{tp.partition} at offset {offset}" for tp, offset in error.args[0].items())
            raise StageError(
                f"{STAGE}: {where} is not in the log: retention took what was not fetched yet, or the topic was cut. "
                f"Start again: the group's standing is compared with the log, and the way on said"
            ) from None

    def _hold_back(self, consumer: AIOKafkaConsumer) -> None:
        """Read no further ahead than a mark reaches, and than memory is for."""
        full = self._frontier.waiting >= MOST_WAITING
        for share in self._shares.values():
            for topic, window in share.windows.items():
                tp = TopicPartition(self._settings.prefix + topic, share.partition)
                if window.ahead >= MOST_AHEAD - 1000:
                    window.advance()
                held = full or window.ahead >= MOST_AHEAD - 1000  # a poll brings 500
                if tp in consumer.assignment() and held != (tp in consumer.paused()):
                    (consumer.pause if held else consumer.resume)(tp)

    async def _take(self, share: Share, topic: str, records: list[Any]) -> None:
        window = share.windows[topic]
        for record in records:
            if record.offset > window.end and share.doubted.get(topic) != window.end:
                # Fetched before a seek, or there are offsets without a record: the log is asked again from there
                share.doubted[topic] = window.end
                self._seek(topic, share.partition, window.end)
                return
            if window.take(record.offset):
                await self._admit(share, topic, record)

    async def _admit(self, share: Share, topic: str, record: Any) -> None:
        """Queue a URL, or settle it at once where it need not be fetched, or not now."""
        place = f"{topic}/{share.partition}/{record.offset}"
        read = read_target(topic, record.value, place)
        if isinstance(read, Malformed):
            broken = broken_record(place, f"not a URL to fetch: {read.error}", at=_now())
            await self._settle_soon(share, topic, record.offset, broken)
            return
        item = _item(share, topic, record, *read)
        why_not = self._why_not(share, item)
        if why_not is not None:
            await self._settle_soon(share, topic, record.offset, refused_record(item, *why_not, at=_now()))
            return
        share.pending[item.name] = item.origin
        host = self._fetcher.hosts[item.host]
        now = asyncio.get_running_loop().time()
        wait = min((item.not_before - _now()).total_seconds(), LONGEST_WAIT) if item.not_before else 0.0
        rest = host.rests_until - now
        if wait <= 0 and rest > REST_IN_MEMORY:
            await self._later(share, item, wait=rest)
        elif wait <= 0 and not self._frontier.room_for(item.host):
            await self._later(share, item, wait=OVERFLOW_SECONDS)
        else:
            self._frontier.push(item, due=now + wait if wait > 0 else 0.0)

    def _why_not(self, share: Share, item: Item) -> tuple[Reason, str] | None:
        """Say why a URL is not fetched at all, None where it is."""
        why_not = self._fetcher.guard.why_not(item.target.url.strip())
        if why_not is None and (len(item.canonical) > LONGEST_URL or not item.host):
            why_not = (Reason.NOT_FETCHABLE, "no URL of the web, or too long a one")
        if why_not is not None:
            return why_not
        name, window = item.name, self._settings.fetch_window
        if item.target.refetch:
            return None
        first = share.pending.get(name)
        if first is not None and first != item.origin:
            return Reason.ALREADY_FETCHED, f"it waits already, as {first}"
        visit = share.fetched_within(name, item.origin, _now(), window)
        if visit is None:
            return None
        return Reason.ALREADY_FETCHED, f"at {visit.at.isoformat(timespec='seconds')} for {visit.origin}: {visit.result}"

    # — fetch —

    async def _dispatch(self) -> None:
        while True:
            await self._slots.acquire()
            try:
                item = await self._frontier.next()
            except BaseException:
                self._slots.release()
                raise
            share = self._shares.get(item.partition)
            if share is None:
                self._frontier.done(item.host)
                self._slots.release()
                continue
            self._spawn(share, self._work(share, item))

    def _spawn(self, share: Share, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(self._guarded(work))
        self._tasks[task] = share.partition
        task.add_done_callback(lambda done: self._tasks.pop(done, None))

    async def _work(self, share: Share, item: Item) -> None:
        lease = Lease(self._fetcher.large)
        try:
            try:
                answer = await self._get(share, item, lease)
                await self._writing.acquire()
            finally:
                self._frontier.done(item.host)
                self._slots.release()
            try:
                if isinstance(answer, Failed):
                    await self._failed(share, item, answer)
                else:
                    self._fetcher.hosts[item.host].failures = 0
                    await self._ended(share, item, answer)
            finally:
                self._writing.release()
        finally:
            lease.give_back()

    async def _get(self, share: Share, item: Item, lease: Lease) -> Fetched | Refused | Failed:
        try:
            return await self._fetcher.get(item.canonical, self._wanted(share, item), lease=lease)
        except Exception as error:  # one strange answer must not end the worker again and again
            log.warning("fetching raised", stage=STAGE, url=item.canonical, exc_info=error)
            return Failed(url=item.canonical, problem=f"{type(error).__name__}: {error}", host=item.host)

    def _wanted(self, share: Share, item: Item) -> Wanted:
        visit = share.visits.get(item.name)
        largest = self._settings.max_page_bytes
        if visit is None or visit.origin == item.origin:
            return Wanted(largest=largest)
        return Wanted(largest=largest, etag=visit.etag, last_modified=visit.last_modified)

    async def _ended(self, share: Share, item: Item, answer: Fetched | Refused | Failed) -> None:
        """Write the page that a URL ends in, and then what is to be known of it next time."""
        if share.closed:
            return
        now = _now()
        record = page_record(item, answer, at=now, place=item.place)
        await self._write(share, item.topic, item.offset, record, finish=False)
        visit = _visit(share, item, answer, now)
        share.remember(item.name, visit)
        await (await self._send(share, visit_record(visit, item.name)))
        share.pending.pop(item.name, None)
        self._finish(share, item.topic, item.offset)

    async def _failed(self, share: Share, item: Item, answer: Failed) -> None:
        """Try again later, if it is not the last time; a host that is down is down for all its URLs."""
        host = self._fetcher.hosts[answer.host or item.host]
        host.failures += 1
        wait = self._wait(item, answer)
        of_all = host.failures >= FAILURES_OF_HOST or (answer.of_host and answer.wait is None)
        if of_all or answer.of_host:
            host.rests_until = max(host.rests_until, asyncio.get_running_loop().time() + wait)
        if host.name == item.host and (of_all or (answer.of_host and wait > REST_IN_MEMORY)):
            for other in self._frontier.drain(item.host):
                if (own := self._shares.get(other.partition)) is None:
                    continue
                if of_all:
                    self._spawn(own, self._again(own, other, answer))
                else:
                    await self._later(own, other, wait=wait)
        await self._again(share, item, answer)

    def _wait(self, item: Item, answer: Failed) -> float:
        drawn = backoff(item.attempt, base=self._settings.fetch_backoff, name=item.origin)
        return drawn if answer.wait is None else min(answer.wait + min(drawn, 1.0), LONGEST_WAIT)

    async def _again(self, share: Share, item: Item, answer: Failed) -> None:
        if item.attempt >= self._settings.fetch_attempts:
            url = answer.url if answer.redirects else item.canonical
            problem = f"{answer.problem} (attempt {item.attempt} of {self._settings.fetch_attempts})"
            await self._ended(share, item, Failed(url=url, problem=problem, redirects=answer.redirects))
            return
        not_before = _now() + timedelta(seconds=self._wait(item, answer))
        record = waiting_record(item, attempt=item.attempt + 1, not_before=not_before, problem=answer.problem)
        await self._write(share, item.topic, item.offset, record)

    async def _later(self, share: Share, item: Item, *, wait: float) -> None:
        """Let a URL wait in `urls-later`; that is no attempt."""
        not_before = _now() + timedelta(seconds=wait)
        record = waiting_record(item, attempt=item.attempt, not_before=not_before, problem=item.problem)
        await self._settle_soon(share, item.topic, item.offset, record)

    # — out —

    async def _settle_soon(self, share: Share, topic: str, offset: int, record: Record) -> None:
        """Settle a record without waiting for the broker's answer, unless too many do."""
        await self._settling.acquire()

        async def settle() -> None:
            try:
                await self._write(share, topic, offset, record)
            finally:
                self._settling.release()

        self._spawn(share, settle())

    async def _write(self, share: Share, topic: str, offset: int, record: Record, *, finish: bool = True) -> None:
        """Write the record that settles another, and finish that when the broker has it."""
        if share.closed:  # another worker's by now
            return
        share.send(f"{topic}/{share.partition}/{offset}")
        metadata = await (await self._send(share, record))
        if metadata is not None:
            share.sent(record.topic, metadata.offset)
        if finish:
            self._finish(share, topic, offset)

    async def _send(self, share: Share, record: Record) -> Awaitable[Any]:
        partition = share.partition % self._pages_partitions if record.topic == PAGES.name else share.partition
        return await self._outbox.send(
            record.topic, key=record.key, value=record.value, partition=partition, headers=record.headers
        )

    def _finish(self, share: Share, topic: str, offset: int) -> None:
        share.finish(topic, offset)
        self._settled += 1

    async def _commits(self) -> None:
        """Commit every second; now and then look how far `pages` has grown by what others feed."""
        looked = time.monotonic()
        async with self._connection.consumer(name=f"{STAGE}-ends") as asker:
            while True:
                await asyncio.sleep(COMMIT_SECONDS)
                if time.monotonic() - looked > LOOK_SECONDS:
                    looked = time.monotonic()
                    await move_ends(asker, self._settings.prefix, list(self._shares.values()), self._pages_partitions)
                async with self._turn:
                    await self._commit()

    async def _commit(self) -> None:
        if self._consumer is None:
            return
        marks = [(share, topic, mark) for share in self._shares.values() for topic, mark in share.marks().items()]
        offsets = {
            TopicPartition(self._settings.prefix + topic, share.partition): OffsetAndMetadata(
                mark.offset, mark.metadata
            )
            for share, topic, mark in marks
        }
        if not offsets:
            return
        try:
            await self._consumer.commit(offsets)
        except (CommitFailedError, IllegalStateError) as error:
            log.info("not committed: the group is changing", stage=STAGE, error=str(error)[:200])
        except KafkaError as error:
            if not error.retriable:
                raise
            log.warning("not committed, tried again", stage=STAGE, error=str(error)[:200])
        else:
            for share, topic, mark in marks:
                share.committed[topic] = mark


def _now() -> datetime:
    return datetime.now(UTC)


def _item(share: Share, topic: str, record: Any, target: Target, waiting: Any) -> Item:
    canonical = target.canonical or target.url
    place = f"{topic}/{share.partition}/{record.offset}"
    return Item(
        topic=topic,
        partition=share.partition,
        offset=record.offset,
        target=target,
        canonical=canonical,
        name=digest(canonical.encode("utf-8", "surrogatepass")),  # target.id, which would spell it again
        host=host_of(canonical),
        origin=waiting.origin if waiting else place,
        attempt=waiting.attempt if waiting else 1,
        not_before=waiting.not_before if waiting else None,
        problem=waiting.problem if waiting else "",
        traceparent=header(record.headers, "traceparent"),
    )


def _visit(share: Share, item: Item, answer: Fetched | Refused | Failed, at: datetime) -> Visit:
    known = share.visits.get(item.name)
    etag = last_modified = None
    if isinstance(answer, Fetched):
        result = "page"
        if not answer.redirects:  # validators are those of one URL
            etag, last_modified = answer.etag, answer.last_modified
    else:
        result = answer.reason if isinstance(answer, Refused) else "failed"
        if known is not None and result in {Reason.NOT_MODIFIED, "failed"}:
            etag, last_modified = known.etag, known.last_modified
    return Visit(url=item.canonical, at=at, origin=item.origin, result=result, etag=etag, last_modified=last_modified)
