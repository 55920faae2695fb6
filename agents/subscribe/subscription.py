"""A reader of outcome topics: committed events in, handed out at least once, committed when they were asked past."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Self

from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.errors import IllegalStateError

from agents.errors import BrokerError
from agents.kafka import answering
from agents.kafka.partitions import partition_numbers
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
WAIT_MS = 500  # that Kafka waits before it says that there is nothing; a tenth where only what is there is read
POLL_RECORDS = 100  # 500 at once cost about a third more CPU time an event (make bench-subscribe)
BATCH = 500
JOIN_SECONDS = 60.0
COMMIT_SECONDS = 1.0
COMMIT_EVENTS = 1000
HANDOVER_SECONDS = 5.0  # that a rebalance waits for what is in the reader's hands
SESSION_SECONDS = 10.0  # after which Kafka gives away what a reader had that went without a word
CLOSE_SECONDS = 10.0  # that the last commit may take
UNANSWERED_SECONDS = 60.0  # beyond a reader's own patience, that Kafka may take to say that there is nothing more
ALIVE_SECONDS = 5.0  # Kafka takes a consumer for dead that has not polled for 300 s; one that takes events is not
NOWHERE = TopicPartition("", 0)
_CLOSED = "the subscription is not open: read its events and commit inside `async with Subscription(…) as subscription`"


class Subscription(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka is untyped here
    """Reads committed events of outcome topics (full names); use it with `async with`, once.

    Take `events()` or `batches()`. What was handed out is done when the next is asked for. With a `group`, what is done
    is committed in the background: every `commit_seconds`, or `commit_events` if these come first, before partitions
    are given to another reader, and at the end. What was not asked past is never committed: after an error in the
    handling, a kill or a lost connection it comes again, so each event comes at least once. On a rebalance what is in
    the reader's hands has 5 s to be finished; what was fetched and not handed out goes to the next owner.

    `commit_by_hand` commits only what `commit()` is told to. `resume` is asked at each assignment of partitions, before
    anything of them is handed out, where to begin (offsets; what it leaves out begins where the group stands): for
    readers who keep offsets with their data. At every rebalance all partitions are assigned anew, so it is also the
    place to drop what was gathered and not stored.

    `already` drops events that the reader has (`Replays`). `from_beginning` begins each partition at its beginning when
    it first comes to this reader, whatever the group committed. Without `follow` it ends at what was there when it
    began; `timeout` seconds of silence end it too, where Kafka has said that there is nothing more. A killed reader's
    partitions are given away after `session_seconds`.
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
        self._leaving = False  # partitions are being taken away, or all comes to its end: nothing more is handed out
        automatic = group is not None and not commit_by_hand
        self._commits = Commits(automatic=automatic, seconds=commit_seconds, events=commit_events)
        self._handed = False  # whether the last poll brought something
        self._failure: BaseException | None = None  # met in the background, raised by the next poll
        self._polled_at = self._heard_at = 0.0

    async def __aenter__(self) -> Self:
        """Join the group, or take all partitions; BrokerError where that is not possible."""
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
            # An article and what repeats it have one key: partitions of the same number come to the same reader.
            # The second is what aiokafka's other consumers speak, so that one of them may be in the group, too.
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
        """Commit what is done, and leave the group."""
        self._leaving, self._open = True, False
        self._commits.hand.clear()
        try:
            async with answering(self._connection), asyncio.timeout(CLOSE_SECONDS):
                await self._commits.last()
        except (BrokerError, TimeoutError) as failed:
            if kind is None:  # else the reader's own error is the one to be seen
                why = str(failed) or "Kafka did not answer"
                raise BrokerError(f"the last events are not committed and will come again: {why}") from None
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
        """Yield lists of at most so many events, none of them empty, once the first has waited for so long.

        A list is done as a whole, when the next one is asked for.
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
        """Commit now: up to and with the given events, one a partition; by default all that was handed out.

        What was assigned to another reader meanwhile is passed over, as it will be handed out there. Without a group
        there is nothing to commit.
        """
        self._check_open()
        if self._group is not None:
            positions = {TopicPartition(event.topic, event.partition): event.offset + 1 for event in through}
            async with answering(self._connection):
                await self._commits.now(positions)

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:  # noqa: ARG002 — all of them
        """Let the reader finish what it holds, commit what is done, and forget the rest."""
        self._leaving = True
        try:
            async with asyncio.timeout(HANDOVER_SECONDS):
                while self._commits.hand:  # noqa: ASYNC110 — an Event a record would cost more than the record
                    await asyncio.sleep(0.02)
        except TimeoutError:
            pass  # a slow reader: what it holds comes again
        try:
            async with asyncio.timeout(HANDOVER_SECONDS):
                await self._commits.last()
        except TimeoutError:
            pass  # likewise
        except Exception as error:  # noqa: BLE001 — aiokafka would log it and go on
            self._failure = error
        self._commits.done.clear()
        self._epoch += 1

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Begin where the reader says, or the group."""
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
                f"the group {self._group} got no partition of {', '.join(self._topics)} within {JOIN_SECONDS:g} s: has "
                "it more members than those?"
            ) from None

    async def _take(self, every: list[TopicPartition]) -> None:
        self._consumer.assign(every)
        if self._follow and not self._from_beginning:
            await self._consumer.seek_to_end(*every)
        await self._place(set(every))

    async def _place(self, tps: set[TopicPartition]) -> None:
        """Set where the partitions begin.

        They are paused meanwhile: a fetch may be quicker than the answers, and its records would be passed.
        """
        if not tps:
            return
        self._consumer.pause(*tps)
        anew = [tp for tp in tps if self._from_beginning and tp not in self._commits.committed]
        begins = await self._consumer.beginning_offsets(tps) if anew or (self._group and not self._resume) else {}
        starts = {tp: begins[tp] for tp in anew}
        if self._resume:
            starts |= await self._resume(tps)
        elif self._group:
            await tell_lost(self._consumer, self._group, {tp: at for tp, at in begins.items() if tp not in starts})
        for tp, offset in starts.items():
            self._consumer.seek(tp, offset)
        self._consumer.resume(*tps)

    async def _fill(self, batch: Batch, most: int, seconds: float) -> bool:
        """Gather events; False when there are no more."""
        until: float | None = None
        while len(batch.events) < most:
            left = seconds if until is None else until - time.monotonic()
            if left <= 0:
                break
            wait = max(1, int(min(left * 1000, POLL_MS)))
            polled = await self._poll(min(most - len(batch.events), POLL_RECORDS), wait, gathered=bool(batch.events))
            if polled is None:
                return False
            if polled.epoch != batch.epoch:  # what was gathered comes again, to whoever has its partition now
                batch.begin_again(polled.epoch)
            for tp, events in polled.events.items():
                for event, mark in zip(events, await self._marks(events), strict=True):
                    batch.positions[tp] = event.offset + 1
                    if not self._has(mark):
                        batch.events.append(event)
                        batch.marks.append(mark)
            if not batch.events and self._epoch == batch.epoch:  # the reader has them all
                self._commits.finish_all(batch.positions)
                batch.positions.clear()
            elif until is None:
                until = time.monotonic() + seconds
        return True

    async def _poll(self, most: int, milliseconds: int, *, gathered: bool = False) -> Polled | None:
        """Fetch what is there; None at the end. `gathered` says that events were fetched and not handed out."""
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
            await asyncio.sleep(0)  # a reader that never waits would keep heartbeats and commits from their turn
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
        """Say whether every partition was read to its end; transaction markers count, so positions are compared."""
        if self._ends is None or self._leaving:  # while partitions are placed, their positions say nothing
            return False
        ours = [(tp, end) for tp, end in self._ends.items() if tp in self._consumer.assignment()]
        try:
            # Only the answer to a fetch, which brings the high watermark, tells that we may read what is empty.
            if any(self._consumer.highwater(tp) is None for tp, _ in ours):
                return False
            return all([await self._consumer.position(tp) >= end for tp, end in ours])
        except IllegalStateError:  # it was taken away between the two
            return False

    async def _is_silent(self, seconds: float) -> bool:
        """Say whether nothing came for as long as was asked for, and not because Kafka or the group takes its time."""
        if self._timeout is None or seconds <= self._timeout:
            return False
        if await self._is_read():
            return True
        if seconds > self._timeout + UNANSWERED_SECONDS:
            raise BrokerError(
                f"Kafka at {self._connection.brokers} gave nothing for {seconds:.0f} s and has not said that there is "
                "nothing more: is it up, or does another reader hold the group up?"
            )
        return False

    async def _is_read(self) -> bool:
        """Say whether all that may be read of our partitions was, as far as Kafka's last answers go."""
        if self._leaving:  # while partitions are placed, that it is silent says nothing
            return False
        stable = {tp: self._consumer.last_stable_offset(tp) for tp in self._consumer.assignment()}
        if None in stable.values():  # no fetch was answered yet
            return False
        try:
            return all([await self._consumer.position(tp) >= offset for tp, offset in stable.items()])
        except IllegalStateError:  # as above
            return False

    async def _pass_markers(self) -> None:
        """Let the positions of what was read to its end pass the markers there, so that the group shows no lag."""
        done = self._commits.done
        for tp in self._consumer.assignment() & done.keys():
            done[tp] = max(done[tp], await self._consumer.position(tp))

    async def _say_alive(self) -> None:
        """Poll nothing: many events of one poll may take a reader longer than Kafka waits for the next poll."""
        await self._consumer.getmany(NOWHERE, timeout_ms=0)
        self._polled_at = time.monotonic()

    async def _marks(self, events: list[Event]) -> Sequence[Mark | None]:
        return [None] * len(events) if self._already is None else await self._already.marks(events)

    def _has(self, mark: Mark | None) -> bool:
        return mark is not None and self._already is not None and self._already.has(mark)

    def _note(self, mark: Mark | None) -> None:
        if mark is not None and self._already is not None:
            self._already.note(mark)
