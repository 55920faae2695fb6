"""The mended consumer commits nothing that was not read, though transaction markers leave gaps in `pages`.

Faust's bookkeeping forgives a jump: one that `_add_gap` is told of, and one of a single offset at the head, right after a
seek (`_new_offset`), because the first record behind a marker lies there. Neither can hide a page: what is delivered is
what was fetched since the last seek, in its order and without an omission, so what a jump leaves out was not in the
fetch, and a fetch leaves out markers only. Where the flow stops in the midst of a fetch, the rest of it is dropped
altogether, and Faust seeks before it goes on. The tests play just that, with pages, markers, seeks and rebalances.
"""

from __future__ import annotations

import asyncio
import random
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from aiokafka.errors import IllegalStateError
from faust.types import TP
from structlog.testing import capture_logs

from agents.kafka import Connection
from agents.settings import Settings
from agents.stage import faust_consumer
from agents.stage.faust_app import new_app
from tests.support.patience import SECONDS
from tests.support.ports import nobody

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

TPS = [TP("news.pages", number) for number in range(2)]
LENGTH = 60


class Played:
    """A consumer on logs of pages and markers, which are fetched a few at a time; and what became of each page."""

    def __init__(self, dice: random.Random, folder: Path, *, markers: float) -> None:
        self.dice = dice
        app: Any = new_app("clean", Settings(), Connection(brokers=nobody()), data_dir=folder)
        self.app, self.consumer = app, app.consumer
        self.pages = {tp: [offset for offset in range(LENGTH) if dice.random() > markers] for tp in TPS}
        self.begins = {tp: dice.choice([0, 3]) for tp in TPS}
        self.pages = {tp: [one for one in found if one >= self.begins[tp]] for tp, found in self.pages.items()}
        self.position = dict(self.begins)
        self.committed: dict[TP, int | None] = dict.fromkeys(TPS)
        self.buffer: list[Any] = []
        self.read: dict[TP, set[int]] = {tp: set() for tp in TPS}
        self.upsets = self.refused = 0
        self.going = False  # a rebalance takes partitions away: aiokafka refuses to seek
        consumer = self.consumer
        consumer._getmany, consumer.seek_to_committed = self.fetch, self.seek
        consumer.highwater = consumer.app.monitor.track_tp_end_offset = lambda *_: None
        consumer._set_active_tps(set(TPS))
        app.topics.acks_enabled_for = lambda _: True
        app.consumer_generation_id = 1
        consumer.resume_flow()

    async def fetch(self, active_partitions: set[TP], **_: Any) -> dict[TP, list[Any]]:
        found: dict[TP, list[Any]] = {}
        for tp in TPS:
            ahead = [offset for offset in self.pages[tp] if offset >= self.position[tp]][: self.dice.randint(0, 5)]
            if ahead:
                found[tp] = [self.record(tp, offset) for offset in ahead]
                self.consumer.taken[tp].update(ahead)  # as the mended thread does
                self.position[tp] = ahead[-1] + 1
        await asyncio.sleep(0)
        if self.going or self.dice.random() < 0.1:  # a rebalance that ends while the answer is on its way
            self.app.consumer_generation_id += self.dice.randint(0, 1)
            self.going = False
            self.buffer.clear()
            await self.consumer.perform_seek()
            self.going = self.dice.random() < 0.3  # and the next one begins
        return found

    @staticmethod
    def record(tp: TP, offset: int) -> Any:
        return SimpleNamespace(
            topic=tp.topic,
            partition=tp.partition,
            offset=offset,
            timestamp=0,
            timestamp_type=0,
            headers=(),
            key=b"",
            value=b"",
            checksum=None,
            serialized_key_size=0,
            serialized_value_size=0,
        )

    async def seek(self) -> dict[TP, int]:
        """Do as the mended thread does: to what is committed, or to the begin of the log."""
        if self.going:
            self.refused += 1
            raise IllegalStateError("No current assignment for partition")
        for tp in TPS:
            self.position[tp] = self.committed[tp] or self.begins[tp]
        return {tp: self.committed[tp] or 0 for tp in TPS}

    async def deliver(self, message: Any) -> None:
        self.buffer.append(message)
        if self.dice.random() < 0.05:  # a rebalance begins in the midst of a fetch
            self.upsets += 1
            self.consumer.stop_flow()
        elif self.dice.random() < 0.02:  # one begins and ends while the message waits for room in the stream's buffer
            self.upsets += 1
            self.consumer.stop_flow()
            self.buffer.clear()
            self.going = False
            await self.consumer.perform_seek()
            self.consumer.resume_flow()

    async def drain(self) -> None:
        """Let Faust's own loop run until both logs are committed to their last page."""
        self.consumer.callback = self.deliver
        fetcher = SimpleNamespace(_stopped=asyncio.Event())
        loop = asyncio.create_task(self.consumer._drain_messages(fetcher))
        try:
            async with asyncio.timeout(SECONDS):
                while any((self.committed[tp] or 0) <= self.pages[tp][-1] for tp in TPS):
                    await asyncio.sleep(0)
                    assert not loop.done(), loop
                    self.work()
                    self.commit()
                    if not self.consumer.flow_active:  # the rebalance ends, as Faust ends it
                        self.buffer.clear()
                        self.going = False
                        await self.consumer.perform_seek()
                        self.consumer.resume_flow()
        finally:
            loop.cancel()
            await asyncio.gather(loop, return_exceptions=True)

    def work(self) -> None:
        """Finish some of what was delivered, in its order, as a batch does."""
        done = self.dice.randint(0, len(self.buffer))
        for message in self.buffer[:done]:
            self.read[message.tp].add(message.offset)
            self.consumer.ack(message)
        del self.buffer[:done]

    def commit(self) -> None:
        for tp, offset in self.consumer._filter_committable_offsets(list(self.consumer._acked)).items():
            unread = [one for one in self.pages[tp] if one < offset and one not in self.read[tp]]
            assert not unread, f"{tp}: committed {offset}, but never read {unread}"
            self.consumer._committed_offset[tp] = self.committed[tp] = offset


@pytest.mark.parametrize("markers", [0.0, 0.15, 0.5, 0.8])
async def test_nothing_is_committed_that_was_not_read(tmp_path: Path, markers: float):
    upsets = refused = 0
    for seed in range(40):
        played = Played(random.Random(seed), tmp_path, markers=markers)
        await played.drain()
        assert played.read == {tp: set(found) for tp, found in played.pages.items()}
        upsets += played.upsets + played.consumer.seeks
        refused += played.refused
    assert upsets > 100
    assert refused > 10


async def test_a_page_that_is_lost_on_its_way_would_be_noticed_by_this_test(tmp_path: Path):
    played = Played(random.Random(1), tmp_path, markers=0.0)
    whole, lost = played.fetch, [7]

    async def losing(*arguments: Any, **settings: Any) -> Any:
        found = await whole(*arguments, **settings)
        for tp in TPS:
            played.consumer.taken[tp].difference_update(lost)  # as if the broker had never given it
        return {tp: [one for one in ones if one.offset not in lost] for tp, ones in found.items()}

    played.consumer._getmany = losing
    with pytest.raises(AssertionError, match="never read"):
        await played.drain()


async def test_a_page_that_was_taken_and_lost_at_the_head_is_never_passed(tmp_path: Path, monkeypatch):
    played = Played(random.Random(1), tmp_path, markers=0.0)
    consumer, (tp, _) = played.consumer, TPS
    consumer._committed_offset[tp] = 10
    consumer.taken[tp].update(range(10, 14))
    for offset in (11, 12, 13):  # 10 was taken by a fetch that nobody waited for any more
        consumer.ack(message_of(consumer, played.record(tp, offset)))
    consumer._read_offset[tp] = 13
    assert consumer._filter_committable_offsets([tp]) == {}
    ended: list[BaseException] = []
    monkeypatch.setattr(faust_consumer, "die", lambda _, error: ended.append(error))
    monkeypatch.setattr(faust_consumer, "HOLE_SECONDS", -1.0)
    assert consumer._filter_committable_offsets([tp]) == {}
    assert [str(error) for error in ended] == ["news.pages/0: offset 10 was fetched and lost; a restart reads it again"]


@pytest.mark.parametrize("where", ["to be read", "in the buffer", "in a batch"])
async def test_a_page_that_is_read_again_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str):
    played = Played(random.Random(1), tmp_path, markers=0.0)
    consumer, (tp, _) = played.consumer, TPS
    consumer._committed_offset[tp] = 10  # a seek went back to it, while a batch with 11 to 13 was under way
    consumer.taken[tp].update(range(10, 14))
    for offset in (11, 12, 13):
        consumer.ack(message_of(consumer, played.record(tp, offset)))
    again = message_of(consumer, played.record(tp, 10))
    consumer._read_offset[tp] = 10 if where == "to be read" else 11
    consumer.queued = [SimpleNamespace(message=again)] if where == "in the buffer" else []
    if where == "in a batch":
        consumer._unacked_messages.add(again)
    ended: list[BaseException] = []
    monkeypatch.setattr(faust_consumer, "die", lambda _, error: ended.append(error))
    monkeypatch.setattr(faust_consumer, "HOLE_SECONDS", -1.0)
    for _ in range(2):
        assert consumer._filter_committable_offsets([tp]) == {}
    assert not ended

    consumer.ack(again)
    assert consumer._filter_committable_offsets([tp]) == {tp: 14}


async def test_a_page_that_is_finished_late_lets_the_others_be_committed(tmp_path: Path):
    played = Played(random.Random(1), tmp_path, markers=0.0)
    consumer, (tp, _) = played.consumer, TPS
    consumer._committed_offset[tp] = 10
    consumer.taken[tp].update(range(10, 14))
    messages = {offset: message_of(consumer, played.record(tp, offset)) for offset in range(10, 14)}
    for offset in (10, 12, 13):
        consumer.ack(messages[offset])
    assert consumer._filter_committable_offsets([tp]) == {tp: 11}
    consumer._committed_offset[tp] = 11
    consumer.ack(messages[11])
    assert consumer._filter_committable_offsets([tp]) == {tp: 14}
    assert not consumer.taken[tp]
    assert not consumer.finished[tp]


async def test_a_full_stage_takes_records_as_soon_as_a_batch_has_ended(tmp_path: Path, monkeypatch):
    played = Played(random.Random(1), tmp_path, markers=0.0)
    consumer, held = played.consumer, [faust_consumer.UNFINISHED_BYTES + 1]
    consumer.unfinished_bytes = lambda: held[0]
    monkeypatch.setattr(faust_consumer, "WAITING_SECONDS", 1000 * SECONDS)
    taking = asyncio.create_task(consumer._wait_next_records(0.0))
    for _ in range(20):
        await asyncio.sleep(0)
    consumer.forget([])  # a small batch: the stage is still full
    for _ in range(20):
        await asyncio.sleep(0)
    assert not taking.done()
    held[0] = 0
    consumer.forget([])
    async with asyncio.timeout(SECONDS):
        await taking


def message_of(consumer: Any, record: Any) -> Any:
    message = consumer._to_message(TP(record.topic, record.partition), record)
    message.tracked = True
    return message


async def test_nothing_to_commit_is_no_commit(tmp_path: Path):
    """All partitions may be revoked between Faust's look and its commit; aiokafka would raise, and the stage end."""
    played = Played(random.Random(1), tmp_path, markers=0.0)
    thread = played.consumer._new_consumer_thread()
    thread._commit_offsets = None  # is not called
    await thread._commit_or_end({})


@pytest.fixture
async def thread(tmp_path: Path) -> AsyncIterator[Any]:
    """The consumer's thread, which is not started."""
    made = Played(random.Random(1), tmp_path, markers=0).consumer._thread
    yield made
    made.thread_loop.close()


@pytest.mark.parametrize("prepared", [False, True])
@pytest.mark.parametrize("reassigning", [False, True])
async def test_a_commit_that_would_wait_for_the_other_members_of_the_group_is_refused_at_once(
    thread: Any, prepared: bool, reassigning: bool
):
    sent: list[Any] = []

    async def send(offsets: Any) -> None:
        sent.append(offsets)

    thread._commit_offsets = send
    thread._consumer = SimpleNamespace(
        assignment=lambda: set(TPS),
        commit=thread._commit_or_end,
        _coordinator=SimpleNamespace(_performed_join_prepare=prepared),
        _subscription=SimpleNamespace(reassignment_in_progress=reassigning),
    )

    is_joining = prepared and reassigning
    assert await thread._commit({TPS[0]: 5}) is not is_joining
    assert len(sent) == (not is_joining)
    assert not thread.app.crashed


async def never() -> None:
    await asyncio.Event().wait()


async def cancelled() -> None:
    raise asyncio.CancelledError


@pytest.mark.parametrize("leaving", [never, cancelled])
async def test_a_stage_that_stops_does_not_wait_for_a_rebalance_that_does_not_end(
    thread: Any, monkeypatch: pytest.MonkeyPatch, leaving: Callable[[], Awaitable[None]]
):
    monkeypatch.setattr(faust_consumer, "LEAVE_SECONDS", 0.1)
    thread._consumer = SimpleNamespace(stop=leaving)

    with capture_logs() as said:
        async with asyncio.timeout(SECONDS):
            await thread.on_thread_stop()

    assert [line["event"] for line in said] == ["did not leave the group"]


async def test_a_stage_that_stops_leaves_its_group_without_a_warning(thread: Any):
    left: list[None] = []

    async def leave() -> None:
        left.append(None)

    thread._consumer = SimpleNamespace(stop=leave)
    with capture_logs() as said:
        await thread.on_thread_stop()

    assert (len(left), said) == (1, [])


async def test_an_error_on_leaving_is_not_hidden(thread: Any):
    async def fail() -> None:
        raise IllegalStateError("no such group")

    thread._consumer = SimpleNamespace(stop=fail)
    with pytest.raises(IllegalStateError):
        await thread.on_thread_stop()


@pytest.mark.parametrize("rebalance", ["_on_partitions_revoked", "_on_partitions_assigned"])
async def test_a_rebalance_while_the_app_stops_leaves_it_to_the_thread_to_leave_the_group(thread: Any, rebalance: str):
    touched: list[str] = []

    async def close(what: str) -> None:
        touched.append(what)

    client, coordinator = (SimpleNamespace(close=partial(close, what)) for what in ("client", "coordinator"))
    member = SimpleNamespace(_closed=False, _client=client, _coordinator=coordinator)
    thread._consumer = member
    thread.app._stopped.set()

    await getattr(thread.app, rebalance)(set(TPS))
    await asyncio.sleep(0.05)  # what is begun from another thread comes a little later

    assert not member._closed
    assert touched == []
