"""Faust's consumer with fixes: it delivers only records fetched since the last seek, and commits only finished ones.

Faust takes a jump in offsets for transaction markers. It counts the records in between as acknowledged and drops them
when they arrive. In a chaos run, five documents were committed unread and 1,300 were never read. This file changes
that, limits the bytes that are taken at once, and limits what Faust's producer sends at once.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from contextlib import aclosing, contextmanager, suppress
from typing import TYPE_CHECKING, Any

import structlog
from aiokafka.errors import CommitFailedError, ConsumerStoppedError, IllegalStateError, KafkaError
from faust.transport.drivers import aiokafka as driver

from agents.errors import StageError
from agents.kafka.connection import EMBEDDED_FETCH_MS
from agents.kafka.denied import denial
from agents.kafka.places import end_of
from agents.kafka.steady import steady_consumer, steady_producer
from agents.stage.ending import die
from agents.stage.pace import GATHERING, Pace
from agents.stage.polling import gather, poll

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator

    import faust
    from faust.types import TP

    from agents.kafka import Connection

FETCH_MS = 200  # a fetch waits that long for records (Faust: 1.5 s); other requests on its connection wait behind it
UNFINISHED_BYTES = 16 << 20  # exceeded by at most one poll and one record
WAITING_SECONDS = 0.1  # at most, between two looks at the unfinished bytes
HOLE_SECONDS = 10.0
YIELD_EVERY = 100  # records; then other tasks get a turn
LEAVE_SECONDS = 5.0  # other members join again with their next heartbeat, by default within 3.3 s
log = structlog.get_logger("chistovik")


@contextmanager
def denied_ends(stage: str) -> Iterator[None]:
    """End the process if Kafka denies access: Faust would log tracebacks and end later."""
    try:
        yield
    except KafkaError as error:
        if denial(error):
            die(stage, error)
        raise


class _Thread(driver.AIOKafkaConsumerThread):
    """Limits a poll in bytes and in records; its requests never wait behind a long fetch."""

    fetch_ms = FETCH_MS
    embedded = False

    async def _fetch_records(
        self,
        consumer: Any,
        active_partitions: set[TP],
        timeout: float | None = None,  # noqa: ASYNC109 — Faust's signature
        max_records: int | None = None,
    ) -> Any:
        async def take(seconds: float, records: int) -> Any:
            return await fetch(consumer, active_partitions, timeout=seconds, max_records=records)

        fetch = super()._fetch_records
        most = max_records or 1
        mended: Any = self.consumer
        with denied_ends(self.app.conf.id):
            found = await poll(take, timeout=timeout or 0, records=most)
            if any(mended.app.topics.acks_enabled_for(tp.topic) for tp in found):
                await gather(found, take, pace=mended.pace, records=most)
        more = False
        for tp, ones in found.items():
            if mended.app.topics.acks_enabled_for(tp.topic):
                mended.taken[tp].update(one.offset for one in ones)
                more = more or ones[-1].offset + 1 < (end_of(consumer, tp) or 0)
        mended.pace.took(sum(map(len, found.values())), more=more)
        return found

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = self.fetch_ms  # noqa: SLF001 — Faust has no setting for it
        if not self.embedded:
            steady_consumer(consumer)
        consumer.commit, commit = self._commit_or_end, consumer.commit
        self._commit_offsets = commit
        return consumer

    async def _commit_or_end(self, offsets: Any) -> None:
        if not offsets:  # all partitions were revoked on the way; aiokafka refuses to commit nothing
            return
        if self._is_joining():
            raise CommitFailedError("the group has already rebalanced")  # Faust looks for these words
        with denied_ends(self.app.conf.id):
            await self._commit_offsets(offsets)

    def _is_joining(self) -> bool:
        """Return whether aiokafka waits for the group to let it in.

        A commit goes through the same connection, so Kafka would only read it afterwards, and refuse it then because it
        is of an old generation. A stage that stops would wait for that, up to 60 s if another member hangs.
        """
        consumer: Any = self._ensure_consumer()
        prepared: bool = consumer._coordinator._performed_join_prepare  # noqa: SLF001 — aiokafka does not tell
        return prepared and bool(consumer._subscription.reassignment_in_progress)  # noqa: SLF001 — as above

    async def on_thread_stop(self) -> None:
        """Leave the group and close the consumer; go on without that after LEAVE_SECONDS.

        In a rebalance, aiokafka first waits until all other members have joined again: for 60 s if one of them hangs.
        And a cancelled task of aiokafka would end this thread without a sign, for which the stage would wait as long.
        """
        leaving = asyncio.ensure_future(super().on_thread_stop())
        await asyncio.wait([leaving], timeout=LEAVE_SECONDS)
        if leaving.done() and not leaving.cancelled():
            leaving.result()
            return
        leaving.cancel()
        hint = "the group gives its partitions away when its session times out"
        log.warning("did not leave the group", group=self.app.conf.id, seconds=LEAVE_SECONDS, hint=hint)

    def close(self) -> None:
        """Do nothing: Faust calls this in a rebalance while its app stops, and then `on_thread_stop` closes as well.

        Faust would close the consumer in the loop of another thread, which fails halfway. The consumer then counts as
        closed and never leaves its group, which waits for it until its session times out.
        """

    async def seek_to_committed(self) -> Any:
        """Seek to the committed offsets, and to the first offset of partitions without a commit.

        The driver leaves such a partition wherever a stale fetch moved it. The first records of its log would then be
        skipped and acknowledged unread (eight pages in a chaos run).

        Raises IllegalStateError if a rebalance takes a partition away meanwhile, or has taken all.
        """
        try:
            committed = await super().seek_to_committed()
        except AssertionError as error:  # no partition is ours; Faust expects the other error
            raise IllegalStateError(str(error)) from None
        sources = self.consumer.app.topics
        heads = [tp for tp, offset in committed.items() if not offset and sources.acks_enabled_for(tp.topic)]
        if heads:
            # The driver's seek_to_beginning leaves the partition without a position for a while, and Faust's checks
            # then fail.
            for tp, begin in (await self.earliest_offsets(*heads)).items():
                await self.call_thread(self._seek_now, tp, begin)
        return committed

    async def _seek_now(self, tp: TP, offset: int) -> None:
        with suppress(IllegalStateError):  # the partition was revoked in the meantime
            self._ensure_consumer().seek(tp, offset)


class _PromptThread(_Thread):
    """Fetches with a short wait: the embedded broker answers only when the wait is over."""

    fetch_ms = EMBEDDED_FETCH_MS
    embedded = True


class MendedConsumer(driver.Consumer):
    """Delivers only records that were fetched since the last seek."""

    prompt = False
    dense = ""  # a topic whose offsets have no gaps
    gathering = GATHERING  # seconds
    seeks = 0
    settled = 0  # the value of `seeks` after the fetch loop's own last seek
    queued: Iterable[Any] = ()  # delivered events that the stream has not taken yet

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        self.taken: defaultdict[TP, set[int]] = defaultdict(set)  # by the consumer's thread
        self.finished: defaultdict[TP, set[int]] = defaultdict(set)
        self.holes: dict[TP, tuple[int, float]] = {}  # the missing offset, and since when (monotonic seconds)
        self.room = asyncio.Event()  # set when a batch has ended
        self.pace = Pace(longest=self.gathering)
        super().__init__(*arguments, **settings)

    def _new_consumer_thread(self) -> driver.AIOKafkaConsumerThread:
        if self.prompt:
            return _PromptThread(self, loop=self.loop, beacon=self.beacon)
        return _Thread(self, loop=self.loop, beacon=self.beacon)

    async def perform_seek(self) -> None:
        """Seek to the committed offsets, and mark records that are being fetched in the meantime as stale."""
        self.seeks += 1
        self._unacked_messages.clear()  # Faust drops its buffered records, or they finish without being counted
        try:
            await super().perform_seek()
        finally:
            self.seeks += 1

    async def _wait_next_records(self, timeout: float) -> Any:  # noqa: ASYNC109 — Faust's signature
        while self.flow_active and not self.should_stop and self.unfinished_bytes() > UNFINISHED_BYTES:
            self.room.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self.room.wait(), WAITING_SECONDS)
        records, active = await super()._wait_next_records(timeout)
        if records and any(self._is_stale(tp) for tp in records):
            records = {tp: ones for tp, ones in records.items() if not self._is_stale(tp)}
            # Fetch the dropped records again: some may have arrived after the seek. If a rebalance takes a partition
            # away meanwhile, Faust seeks at its end, and what comes until then is stale too.
            with suppress(IllegalStateError):
                await self.perform_seek()
                self.settled = self.seeks
        return records, active

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, Any]]:  # noqa: ASYNC109 — Faust's signature
        """Yield the records of a fetch, but none after a seek: Faust's read positions are stale by then."""
        fetched: Any = super().getmany(timeout)
        async with aclosing(fetched) as delivered:
            async for tp, message in delivered:
                if not self._is_stale(tp):
                    yield tp, message

    async def _drain_messages(self, fetcher: Any) -> None:
        """Fetch and deliver records until the consumer or its fetcher stops.

        As Faust's method, but with one wait for all records of a poll: Faust starts four tasks for each record.
        """
        try:
            while not (self._stopped.is_set() or fetcher._stopped.is_set()):  # noqa: SLF001 — as Faust does
                await self.sleep(0)  # a fetch may end at once
                if not self.should_stop and (found := [pair async for pair in self.getmany(timeout=1.0)]):
                    await self.wait_first(self._deliver(found), self.suspend_flow.wait())
        except (asyncio.CancelledError, ConsumerStoppedError):
            if not self.transport.app.should_stop:
                raise

    async def _deliver(self, found: list[tuple[TP, Any]]) -> None:
        """Pass records to the stream; a record that came before is left out, and a gap in the offsets is noted."""
        generation = self.app.consumer_generation_id
        for number, (tp, message) in enumerate(found, start=1):
            if not number % YIELD_EVERY:
                await asyncio.sleep(0)
            if self._is_stale(tp) or not self.flow_active or self.app.consumer_generation_id != generation:
                return
            offset, read = message.offset, self._read_offset[tp]
            if read is not None and offset < read:
                continue
            if read and offset - read > 1 and self.app.topics.acks_enabled_for(message.topic):
                await self._add_gap(tp, read + 1, offset)
            await self.callback(message)
            self._read_offset[tp] = offset

    def _is_stale(self, tp: TP) -> bool:
        """Return whether something other than the fetch loop did a seek; False for changelogs, which have no commit."""
        return self.seeks != self.settled and bool(self.app.topics.acks_enabled_for(tp.topic))

    def ack(self, message: Any) -> bool:
        """Note a finished record, even the one at the committed offset, which Faust already counts as finished."""
        self.finished[message.tp].add(message.offset)
        done: bool = super().ack(message)
        return done

    def _new_offset(self, tp: TP) -> int | None:
        """Return the offset to commit: all records below it that were taken from the broker are finished.

        Faust tolerates one missing record at the committed offset. That lost records whose fetch was abandoned: three
        pages of 20,000 in a chaos run, each right after a rebalance.
        """
        acked = self._acked[tp]
        hole = self._hole(tp, max(acked, default=-1))
        if hole is not None:
            self._wait_for(tp, hole)
            self._acked[tp] = [offset for offset in acked if offset < hole]
        new = super()._new_offset(tp)
        if hole is not None:
            self._acked[tp] += [offset for offset in acked if offset >= hole]
        if new is not None:
            for offsets in (self.taken[tp], self.finished[tp]):
                offsets.difference_update([offset for offset in list(offsets) if offset < new])
        found: int | None = new
        return found

    def _hole(self, tp: TP, last: int) -> int | None:
        """Return the first offset between the committed one and `last` that was taken and is not finished, or None."""
        first = self._committed_offset[tp] or 0
        finished = self.finished[tp]
        missing = [one for one in list(self.taken[tp]) if first <= one < last and one not in finished]
        if not missing:
            self.holes.pop(tp, None)
        return min(missing, default=None)

    def _is_lost(self, tp: TP, offset: int) -> bool:
        """Return whether a record that was taken is nowhere any more, and what is read next lies behind it.

        After a rebalance, batches that were under way are acknowledged while what a seek went back to is read again.
        On a slow machine that took longer than HOLE_SECONDS, and the stage ended for nothing.
        """
        read = self._read_offset.get(tp)
        if read is None or read <= offset:
            return False
        waiting = [event.message for event in self.queued]
        return not any(one.offset == offset and one.tp == tp for one in (*waiting, *self._unacked_messages))

    def _wait_for(self, tp: TP, hole: int) -> None:
        """End the process if a missing record stays lost for HOLE_SECONDS: no seek brings it back."""
        if not self._is_lost(tp, hole):
            self.holes.pop(tp, None)
            return
        now = time.monotonic()
        known, since = self.holes.setdefault(tp, (hole, now))
        if known != hole:
            self.holes[tp] = (hole, now)
        elif now - since > HOLE_SECONDS:
            problem = f"{tp.topic}/{tp.partition}: offset {hole} was fetched and lost; a restart reads it again"
            die(self.app.conf.id, StageError(problem))

    def unfinished_bytes(self) -> int:
        """Return the bytes of records that wait for a batch or are in one; Faust limits only their number."""
        waiting = sum(len(event.message.value or b"") for event in self.queued)
        return waiting + sum(len(message.value or b"") for message in self._unacked_messages)

    def forget(self, messages: Iterable[Any]) -> None:
        """Stop counting messages whose batch has ended, including those that were left unacknowledged."""
        for message in messages:
            self._unacked_messages.discard(message)
        self.room.set()

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        if tp.topic == self.dense:
            die(
                self.app.conf.id,
                StageError(
                    f"{tp.topic}/{tp.partition}: offsets jumped from {offset_from - 1} to {offset_to}; "
                    f"a restart reads them again"
                ),
            )
        await super()._add_gap(tp, offset_from, offset_to)


class SteadyProducer(driver.Producer):
    """Gets on where connections are cut: changelog records of many partitions are sent in parts that pass."""

    def _new_producer(self, transactional_id: str | None = None) -> Any:
        producer = super()._new_producer(transactional_id)
        steady_producer(producer)
        return producer


def mend(app: faust.App, connection: Connection, *, dense: str, gathering: float = GATHERING) -> None:
    """Make an app use MendedConsumer, and SteadyProducer with a real broker.

    `dense` is a topic, with its prefix, whose offsets have no gaps. In a flow, records gather for `gathering` seconds.
    """
    if connection.embedded:
        gathering = 0.0  # it bounds the bytes in flight, so what waits here holds up the feeding
    settings = {"prompt": connection.embedded, "dense": dense, "gathering": gathering}
    consumer = type("Consumer", (MendedConsumer,), settings)
    producer = driver.Producer if connection.embedded else SteadyProducer
    transport = type("Transport", (driver.Transport,), {"Consumer": consumer, "Producer": producer})
    app.transport = transport(app.conf.broker, app)
