"""Faust's consumer, mended: it delivers what was fetched since the last seek, and commits nothing unfinished.

Faust takes a jump of offsets for transaction markers, counts what lies between as acknowledged and drops it when it
comes (in a chaos run five documents were committed unread and 1,300 never read). Only that, and how much it takes at
once, is changed here.
"""

from __future__ import annotations

import time
from collections import defaultdict
from contextlib import aclosing, contextmanager, suppress
from typing import TYPE_CHECKING, Any

from aiokafka.errors import IllegalStateError, KafkaError
from faust.transport.drivers import aiokafka as driver

from agents.errors import StageError
from agents.kafka.denied import denial
from agents.stage.ending import die
from agents.stage.polling import poll

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator

    import faust
    from faust.types import TP

    from agents.kafka import Connection

FETCH_MS = 200  # that a fetch waits for records (Faust's: 1.5 s); behind it waits all else on its connection
EMBEDDED_FETCH_MS = 50
UNFINISHED_BYTES = 16 << 20  # and one poll, and one record more
WAITING_SECONDS = 0.01
HOLE_SECONDS = 10.0


@contextmanager
def denied_ends(stage: str) -> Iterator[None]:
    """End the process where Kafka does not allow something: Faust would say it with tracebacks, and end later."""
    try:
        yield
    except KafkaError as error:
        if denial(error):
            die(stage, error)
        raise


class _Thread(driver.AIOKafkaConsumerThread):
    """Takes so many bytes at once, and not only so many records; what it asks waits for no long fetch."""

    fetch_ms = FETCH_MS

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
        with denied_ends(self.app.conf.id):
            found = await poll(take, timeout=timeout or 0, records=max_records or 1)
        mended: Any = self.consumer
        for tp, ones in found.items():
            if mended.app.topics.acks_enabled_for(tp.topic):
                mended.taken[tp].update(one.offset for one in ones)
        return found

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = self.fetch_ms  # noqa: SLF001 — Faust has no setting for it
        consumer.commit, commit = self._commit_or_end, consumer.commit
        self._commit_offsets = commit
        return consumer

    async def _commit_or_end(self, offsets: Any) -> None:
        with denied_ends(self.app.conf.id):
            await self._commit_offsets(offsets)

    async def seek_to_committed(self) -> Any:
        """Seek where nothing is committed, too: the driver leaves such a partition wherever a stale fetch moved it.

        The head of its log would be skipped and acknowledged unread (eight pages in a chaos run).
        """
        committed = await super().seek_to_committed()
        sources = self.consumer.app.topics
        heads = [tp for tp, offset in committed.items() if not offset and sources.acks_enabled_for(tp.topic)]
        if heads:
            # Not the driver's seek_to_beginning: it leaves the partition without a position for a while, at which
            # Faust's checks fail.
            for tp, begin in (await self.earliest_offsets(*heads)).items():
                await self.call_thread(self._seek_now, tp, begin)
        return committed

    async def _seek_now(self, tp: TP, offset: int) -> None:
        with suppress(IllegalStateError):  # it was revoked meanwhile
            self._ensure_consumer().seek(tp, offset)


class _PromptThread(_Thread):
    """Asks often: the embedded broker answers a fetch only when its wait is over."""

    fetch_ms = EMBEDDED_FETCH_MS


class MendedConsumer(driver.Consumer):
    """Delivers what was fetched since the last seek, and nothing else."""

    prompt = False
    dense = ""  # a topic whose offsets have no gaps
    seeks = 0
    settled = 0  # how many of them are known to the fetching, which has sought again since
    queued: Iterable[Any] = ()  # the events that were delivered and that the stream has not taken

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        self.taken: defaultdict[TP, set[int]] = defaultdict(set)  # from the broker; written by the consumer's thread
        self.finished: defaultdict[TP, set[int]] = defaultdict(set)
        self.holes: dict[TP, tuple[int, float]] = {}  # what is missing, and since when
        super().__init__(*arguments, **settings)

    def _new_consumer_thread(self) -> driver.AIOKafkaConsumerThread:
        if self.prompt:
            return _PromptThread(self, loop=self.loop, beacon=self.beacon)
        return _Thread(self, loop=self.loop, beacon=self.beacon)

    async def perform_seek(self) -> None:
        """Seek to the committed offsets, and know that what is being fetched meanwhile is stale."""
        self.seeks += 1
        self._unacked_messages.clear()  # what Faust still buffers is dropped, or finished without being counted
        try:
            await super().perform_seek()
        finally:
            self.seeks += 1

    async def _wait_next_records(self, timeout: float) -> Any:  # noqa: ASYNC109 — Faust's signature
        while self.flow_active and not self.should_stop and self.unfinished_bytes() > UNFINISHED_BYTES:
            await self.sleep(WAITING_SECONDS)
        records, active = await super()._wait_next_records(timeout)
        if records and any(self._is_stale(tp) for tp in records):
            records = {tp: ones for tp, ones in records.items() if not self._is_stale(tp)}
            await self.perform_seek()  # some of them may have come after the seek: they are fetched again
            self.settled = self.seeks
        return records, active

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, Any]]:  # noqa: ASYNC109 — Faust's signature
        """Give nothing more of a fetch once there was a seek: Faust's note of what it has read is stale by then."""
        fetched: Any = super().getmany(timeout)
        async with aclosing(fetched) as delivered:
            async for tp, message in delivered:
                if not self._is_stale(tp):
                    yield tp, message

    def _is_stale(self, tp: TP) -> bool:
        """Say whether there was a seek by others than the fetching itself; a changelog is not read from its commit."""
        return self.seeks != self.settled and bool(self.app.topics.acks_enabled_for(tp.topic))

    def ack(self, message: Any) -> bool:
        """Note a finished record, also the one at the committed offset, which Faust takes for finished."""
        self.finished[message.tp].add(message.offset)
        done: bool = super().ack(message)
        return done

    def _new_offset(self, tp: TP) -> int | None:
        """Return the offset to commit: nothing that was taken from the broker and is not finished lies below it.

        Faust forgives one missing record at the head, and one that was taken for a fetch that nobody waited for any
        more was lost so (three pages of 20,000 in a chaos run, each right after a rebalance).
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
        """Find the first record from the committed offset up to `last` that was taken and is not finished."""
        first = self._committed_offset[tp] or 0
        finished = self.finished[tp]
        missing = [one for one in list(self.taken[tp]) if first <= one < last and one not in finished]
        if not missing:
            self.holes.pop(tp, None)
        return min(missing, default=None)

    def _wait_for(self, tp: TP, hole: int) -> None:
        """End the process where what is missing does not come: records are finished in their order."""
        now = time.monotonic()
        known, since = self.holes.setdefault(tp, (hole, now))
        if known != hole:
            self.holes[tp] = (hole, now)
        elif now - since > HOLE_SECONDS:
            die(self.app.conf.id, StageError(f"{tp.topic}/{tp.partition}: {hole} was taken and lost; it is read again"))

    def unfinished_bytes(self) -> int:
        """Count what waits for a batch or is in one; Faust bounds only how many records wait."""
        waiting = sum(len(event.message.value or b"") for event in self.queued)
        return waiting + sum(len(message.value or b"") for message in self._unacked_messages)

    def forget(self, messages: Iterable[Any]) -> None:
        """Count messages no longer: their batch has ended, also for those that were left."""
        for message in messages:
            self._unacked_messages.discard(message)

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        if tp.topic == self.dense:
            die(
                self.app.conf.id,
                StageError(f"{tp.topic}/{tp.partition} jumped from {offset_from - 1} to {offset_to}; it is read again"),
            )
        await super()._add_gap(tp, offset_from, offset_to)


def mend(app: faust.App, connection: Connection, *, dense: str) -> None:
    """Give an app the mended consumer."""
    consumer = type("Consumer", (MendedConsumer,), {"prompt": connection.embedded, "dense": dense})
    transport = type("Transport", (driver.Transport,), {"Consumer": consumer})
    app.transport = transport(app.conf.broker, app)
