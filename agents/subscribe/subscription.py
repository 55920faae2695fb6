"""A reader of outcome topics: delivers committed events at least once, and commits the acknowledged ones."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Self

from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor

from agents.errors import BrokerError
from agents.kafka import answering
from agents.kafka.partitions import partition_numbers
from agents.kafka.places import end_of, position_of
from agents.stage.retention import tell_lost
from agents.subscribe.batches import Batch, Polled
from agents.subscribe.commits import Commits
from agents.subscribe.event import event_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
    from types import TracebackType

    from aiokafka import AIOKafkaConsumer

    from agents.kafka import Connection
    from agents.subscribe.event import Event, Mark
    from agents.subscribe.replays import Replays

POLL_MS = 200
WAIT_MS = 500  # Kafka waits this long before it answers "no records"; a tenth of it without `follow`
POLL_RECORDS = 100  # polls of 500 cost about a third more CPU time per event (make bench-subscribe)
BATCH = 500
JOIN_SECONDS = 60.0
COMMIT_SECONDS = 1.0
COMMIT_EVENTS = 1000
HANDOVER_SECONDS = 5.0  # a rebalance waits this long for events that the reader holds
SESSION_SECONDS = 10.0  # without a heartbeat for so long, Kafka gives the partitions away
CLOSE_SECONDS = 10.0  # limit for the last commit
UNANSWERED_SECONDS = 60.0  # after `timeout`, Kafka has this long to confirm that there is nothing more
ALIVE_SECONDS = 5.0  # Kafka removes a consumer that has not polled for 300 s, even if it is still handling events
NOWHERE = TopicPartition("", 0)
_CLOSED = "the subscription is not open: read its events and commit inside `async with Subscription(…) as subscription`"


class Subscription(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka is untyped here
    """Read committed events of outcome topics (full names). Use it once, with `async with`.

    Iterate over `events()` or `batches()`. Asking for the next event or batch acknowledges the previous one. With a
    `group`, acknowledged events are committed in the background: every `commit_seconds` or every `commit_events`,
    before partitions go to another reader, and at the end. Other events are never committed. After an error, a crash
    or a lost connection they are delivered again, so each event is delivered at least once. On a rebalance the reader
    has 5 s to finish the events that it holds. Fetched events that were not delivered go to the next owner.

    - `from_beginning`: start each partition at its beginning when this reader first gets it, whatever is committed.
    - `follow`: keep waiting for new events. Without it, reading ends at the last event that exists at the start.
    - `timeout`: stop after this many seconds without an event, once Kafka has confirmed that there is nothing more.
    - `already`: drop events that the reader already has (`Replays`).
    - `resume`: return start offsets, for readers that store offsets with their data. It is called at each assignment
      of partitions, before any of their events is delivered. Partitions that it leaves out start at the committed
      offset. Every rebalance assigns all partitions again, so `resume` is also the place to drop unsaved events.
    - `commit_by_hand`: commit only when `commit()` is called.
    - `session_seconds`: time until the partitions of a crashed reader are given away.
    """

    def __init__(
        self,
        connection: Connection,
        topics: Sequence[str],
        *,
        group: str | None = None,
        from_beginning: bool = False,
        follow: bool = True,
        timeout: float | None = None,
        already: Replays | None = None,
        resume: Callable[[set[TopicPartition]], Awaitable[Mapping[TopicPartition, int]]] | None = None,
        commit_by_hand: bool = False,
        commit_seconds: float = COMMIT_SECONDS,
        commit_events: int = COMMIT_EVENTS,
        session_seconds: float = SESSION_SECONDS,
    ) -> None:
        if not topics:
            raise ValueError("topics: expected at least one")
        self._connection, self._topics, self._group = connection, list(dict.fromkeys(topics)), group
        self._from_beginning, self._follow, self._timeout = from_beginning, follow, timeout
        self._already, self._resume, self._session_ms = already, resume, int(session_seconds * 1000)
        self._consumer: AIOKafkaConsumer = None
        self._open = False
        self._ends: dict[TopicPartition, int] | None = None
        self._epoch = 0  # the number of the assignment
        self._leaving = False  # partitions are being revoked, or reading ends: deliver nothing
        automatic = group is not None and not commit_by_hand
        self._commits = Commits(automatic=automatic, seconds=commit_seconds, events=commit_events)
        self._handed = False  # whether the last poll returned an event
        self._failure: BaseException | None = None  # met in a callback, raised by the next poll
        self._polled_at = self._heard_at = 0.0

    async def __aenter__(self) -> Self:
        """Join the group, or take all partitions. Raises BrokerError if that fails."""
        numbers = await partition_numbers(self._connection, self._topics)
        every = [TopicPartition(topic, number) for topic in self._topics for number in numbers[topic]]
        self._consumer = self._connection.consumer(
            name="subscribe",
            group_id=self._group,
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            session_timeout_ms=self._session_ms,
            heartbeat_interval_ms=self._session_ms // 3,
            fetch_max_wait_ms=WAIT_MS if self._follow else WAIT_MS // 10,
            # Range: an article and its duplicates share a key, so the same partition number of each topic must go to
            # the same reader. Round robin: the default of other aiokafka consumers, so that they can join the group.
            partition_assignment_strategy=[RangePartitionAssignor, RoundRobinPartitionAssignor],
        )
        self._commits.use(self._consumer)
        async with answering(self._connection):
            await self._consumer.start()
        try:
            async with answering(self._connection):
                await (self._join() if self._group else self._take(every))
                self._ends = None if self._follow else await self._consumer.end_offsets(every)
        except BaseException:
            await self._consumer.stop()
            raise
        self._heard_at = self._polled_at = time.monotonic()
        self._open = True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Commit the acknowledged events and leave the group."""
        self._leaving, self._open = True, False
        self._commits.hand.clear()
        try:
            async with answering(self._connection), asyncio.timeout(CLOSE_SECONDS):
                await self._commits.last()
        except (BrokerError, TimeoutError) as failed:
            if kind is None:  # do not hide the reader's own error
                why = str(failed) or "Kafka did not answer"
                raise BrokerError(f"the last events are not committed and will be delivered again: {why}") from None
        finally:
            await self._consumer.stop()

    async def events(self) -> AsyncGenerator[Event, None]:
        """Yield the events one by one."""
        hand, finish = self._commits.hand, self._commits.finish
        while (polled := await self._poll(POLL_RECORDS, POLL_MS)) is not None:
            for tp, events in polled.events.items():
                marks = await self._marks(events)
                for event, mark in zip(events, marks, strict=True):
                    if self._leaving or self._epoch != polled.epoch:
                        break
                    if not self._has(mark):
                        hand[tp] = event.offset + 1
                        yield event
                        hand.clear()
                        self._note(mark)
                        if self._epoch != polled.epoch:
                            break
                    finish(tp, event.offset + 1)
                    if time.monotonic() - self._polled_at > ALIVE_SECONDS:
                        await self._say_alive()

    async def batches(self, most: int = BATCH, seconds: float = 1.0) -> AsyncGenerator[list[Event], None]:
        """Yield non-empty lists of at most `most` events, each at most `seconds` after its first event.

        Asking for the next list acknowledges the whole list.
        """
        going = True
        while going:
            batch = Batch(self._epoch)
            going = await self._fill(batch, most, seconds)
            if not batch.events or self._leaving or self._epoch != batch.epoch:
                continue
            self._commits.hand.update(batch.positions)
            yield batch.events
            self._commits.hand.clear()
            for mark in batch.marks:
                self._note(mark)
            if self._epoch == batch.epoch:
                self._commits.finish_all(batch.positions, len(batch.events))

    async def commit(self, *through: Event) -> None:
        """Commit now, up to and including the given events, one per partition; by default all delivered events.

        Partitions that another reader has got meanwhile are skipped: that reader gets the events. Without a group this
        does nothing.
        """
        self._check_open()
        if self._group is not None:
            positions = {TopicPartition(event.topic, event.partition): event.offset + 1 for event in through}
            async with answering(self._connection):
                await self._commits.now(positions)

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:  # noqa: ARG002 — all of them
        """Let the reader finish the events it holds, commit, and forget the rest."""
        self._leaving = True
        try:
            async with asyncio.timeout(HANDOVER_SECONDS):
                while self._commits.hand:  # noqa: ASYNC110 — an asyncio.Event per record would cost more than the record
                    await asyncio.sleep(0.02)
        except TimeoutError:
            pass  # a slow reader: the events that it holds are delivered again
        try:
            async with asyncio.timeout(HANDOVER_SECONDS):
                await self._commits.last()
        except TimeoutError:
            pass  # likewise
        except Exception as error:  # noqa: BLE001 — aiokafka would only log it and continue
            self._failure = error
        self._commits.done.clear()
        self._epoch += 1

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Set the start offsets: from `resume`, or from the group."""
        try:
            await self._place(set(assigned))
        except Exception as error:  # noqa: BLE001 — likewise
            self._failure = error
        self._leaving = False

    def _check_open(self) -> None:
        if not self._open:
            raise RuntimeError(_CLOSED)

    async def _join(self) -> None:
        self._consumer.subscribe(self._topics, listener=self)
        try:
            async with asyncio.timeout(JOIN_SECONDS):
                while not self._consumer.assignment():
                    await self._consumer.getmany(NOWHERE, timeout_ms=100)
        except TimeoutError:
            raise BrokerError(
                f"group {self._group} got no partition of {', '.join(self._topics)} within {JOIN_SECONDS:g} s: "
                "check whether the group has more members than there are partitions"
            ) from None

    async def _take(self, every: list[TopicPartition]) -> None:
        self._consumer.assign(every)
        if self._follow and not self._from_beginning:
            await self._consumer.seek_to_end(*every)
        await self._place(set(every))

    async def _place(self, tps: set[TopicPartition]) -> None:
        """Set the start offsets of the partitions.

        Partitions are paused while their start offset is looked up. Otherwise a fetch could return records before the
        answer comes, and those records would be skipped.
        """
        if not tps:
            return
        self._consumer.pause(*tps)
        rewound = [tp for tp in tps if self._from_beginning and tp not in self._commits.committed]
        begins = await self._consumer.beginning_offsets(tps) if rewound or (self._group and not self._resume) else {}
        starts = {tp: begins[tp] for tp in rewound}
        if self._resume:
            starts |= await self._resume(tps)
        elif self._group:
            await tell_lost(self._consumer, self._group, {tp: at for tp, at in begins.items() if tp not in starts})
        for tp, offset in starts.items():
            self._consumer.seek(tp, offset)
        self._consumer.resume(*tps)

    async def _fill(self, batch: Batch, most: int, seconds: float) -> bool:
        """Collect events into the batch; return False when there are no more."""
        until: float | None = None
        while len(batch.events) < most:
            left = seconds if until is None else until - time.monotonic()
            if left <= 0:
                break
            wait = max(1, int(min(left * 1000, POLL_MS)))
            polled = await self._poll(min(most - len(batch.events), POLL_RECORDS), wait, gathered=bool(batch.events))
            if polled is None:
                return False
            if polled.epoch != batch.epoch:  # the partitions were reassigned: their new owners get these events
                batch.begin_again(polled.epoch)
            for tp, events in polled.events.items():
                for event, mark in zip(events, await self._marks(events), strict=True):
                    batch.positions[tp] = event.offset + 1
                    if not self._has(mark):
                        batch.events.append(event)
                        batch.marks.append(mark)
            if not batch.events and self._epoch == batch.epoch:  # the reader already has all of them
                self._commits.finish_all(batch.positions)
                batch.positions.clear()
            elif until is None:
                until = time.monotonic() + seconds
        return True

    async def _poll(self, most: int, milliseconds: int, *, gathered: bool = False) -> Polled | None:
        """Fetch available events; None at the end. `gathered`: fetched events are waiting to be delivered."""
        self._check_open()
        now = time.monotonic()
        if self._handed:
            self._handed, self._heard_at = False, now
        async with answering(self._connection):
            if failure := self._failure or self._commits.failure:
                raise failure
            if await self._at_end() or await self._is_silent(now - self._heard_at):
                return None
            self._commits.if_due(now)
            await asyncio.sleep(0)  # without it, a reader that never waits would block heartbeats and commits
            fetched = await self._consumer.getmany(timeout_ms=milliseconds, max_records=most)
            polled = Polled(self._epoch)
            self._polled_at = time.monotonic()
            for tp, records in fetched.items():
                if events := [event_of(record) for record in records if self._wants(tp, record)]:
                    polled.events[tp] = events
                    self._handed = True
            if not (fetched or gathered):
                await self._pass_markers()
        return polled

    def _wants(self, tp: TopicPartition, record: Any) -> bool:
        return record.value is not None and (self._ends is None or record.offset < self._ends.get(tp, 0))

    async def _at_end(self) -> bool:
        """Return whether every partition was read to its end; positions also count transaction markers."""
        if self._ends is None or self._leaving:  # positions mean nothing until the start offsets are set
            return False
        ours = {tp: end for tp, end in self._ends.items() if tp in self._consumer.assignment()}
        # An empty partition and a forbidden one look alike until Kafka answers a fetch with a high watermark.
        if any(end_of(self._consumer, tp) is None for tp in ours):
            return False
        return await self._are_passed(ours)

    async def _is_silent(self, seconds: float) -> bool:
        """Return whether no event came for `timeout` seconds, and Kafka confirms that there is none."""
        if self._timeout is None or seconds <= self._timeout:
            return False
        if await self._is_read():
            return True
        if seconds > self._timeout + UNANSWERED_SECONDS:
            raise BrokerError(
                f"Kafka at {self._connection.brokers} sent no event for {seconds:.0f} s and did not confirm that there "
                "is none: check that Kafka is up and that no other reader of the group blocks a rebalance"
            )
        return False

    async def _is_read(self) -> bool:
        """Return whether our partitions were read up to the last stable offsets that Kafka reported."""
        if self._leaving:  # silence means nothing until the start offsets are set
            return False
        stable = {tp: self._consumer.last_stable_offset(tp) for tp in self._consumer.assignment()}
        if None in stable.values():  # no fetch was answered yet
            return False
        return await self._are_passed(stable)

    async def _are_passed(self, ends: Mapping[TopicPartition, int]) -> bool:
        """Return whether partitions were read up to these offsets; False if one is no longer ours."""
        positions = [(await position_of(self._consumer, tp), end) for tp, end in ends.items()]
        return all(position is not None and position >= end for position, end in positions)

    async def _pass_markers(self) -> None:
        """Move finished positions past the transaction markers after them, so that the group shows no lag."""
        done = self._commits.done
        for tp in self._consumer.assignment() & done.keys():
            position = await position_of(self._consumer, tp)
            if position is not None and tp in done:  # a rebalance clears it
                done[tp] = max(done[tp], position)

    async def _say_alive(self) -> None:
        """Poll without fetching: the events of one poll may take longer than Kafka waits for the next poll."""
        await self._consumer.getmany(NOWHERE, timeout_ms=0)
        self._polled_at = time.monotonic()

    async def _marks(self, events: list[Event]) -> Sequence[Mark | None]:
        return [None] * len(events) if self._already is None else await self._already.marks(events)

    def _has(self, mark: Mark | None) -> bool:
        return mark is not None and self._already is not None and self._already.has(mark)

    def _note(self, mark: Mark | None) -> None:
        if mark is not None and self._already is not None:
            self._already.note(mark)
