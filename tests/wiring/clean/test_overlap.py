"""Batches that overlap in the stage `clean`: order, bounds, and what a failure acknowledges."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from agents.clean import stage
from agents.clean.learning import MemoryProfiles
from agents.clean.record import clean_record
from agents.clean.stage import clean_pages
from agents.stage.faust_app import Gate
from agents.testing import MemoryOutbox, stream_of
from pipeline.records.document import Document, read_document
from tests.support.patience import SECONDS
from tests.wiring.clean.test_learning import STANDING, page

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence

    from agents.clean.record import CleanRecord
    from agents.stage.delivery import Delivery
    from agents.testing import Stream
    from pipeline.records.profile import Profile

LIMIT = 1 << 20


@dataclass
class HeldCleaner:
    """Cleans in this process; the batch that begins at an offset waits for its event."""

    held: dict[int, asyncio.Event] = field(default_factory=dict)
    begun: list[int] = field(default_factory=list)
    finished: list[int] = field(default_factory=list)
    bytes_now: int = 0
    bytes_most: int = 0
    moved: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def clean(self, deliveries: Sequence[Delivery]) -> list[CleanRecord]:
        first, size = deliveries[0].offset, sum(len(one.value or b"") for one in deliveries)
        self.bytes_now += size
        self.bytes_most = max(self.bytes_most, self.bytes_now)
        await self._note(self.begun, first)
        await self.held[first].wait() if first in self.held else await asyncio.sleep(0)
        await self._note(self.finished, first)
        self.bytes_now -= size
        return [clean_record(one, LIMIT, LIMIT) for one in deliveries]

    async def _note(self, where: list[int], first: int) -> None:
        async with self.moved:
            where.append(first)
            self.moved.notify_all()

    async def wait_until(self, where: list[int], count: int) -> None:
        async with asyncio.timeout(SECONDS), self.moved:
            await self.moved.wait_for(lambda: len(where) >= count)


def offsets(outbox: MemoryOutbox) -> list[int]:
    return [read_document(one.value, partition=0, offset=0).provenance.offset for one in outbox.sent]


def acknowledged(stream: Stream) -> list[int]:
    return [offset for _, _, offset in stream.acknowledged]


async def test_a_batch_is_cleaned_while_another_one_is_cleaned_and_both_end_in_their_order():
    cleaner, outbox = HeldCleaner({0: asyncio.Event()}), MemoryOutbox()
    stream = stream_of([page(0), page(1)], [page(2)], [page(3)])
    running = asyncio.create_task(clean_pages(aiter(stream), cleaner=cleaner, outbox=outbox))

    await cleaner.wait_until(cleaner.finished, 2)  # the second and the third; the first one is still held
    before = offsets(outbox), acknowledged(stream)
    cleaner.held[0].set()
    await running

    assert before == ([], [])
    assert offsets(outbox) == [0, 1, 2, 3]
    assert acknowledged(stream) == [0, 1, 2, 3]


class SlowOutbox(MemoryOutbox):
    """An outbox whose broker confirms nothing until it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting: list[asyncio.Future[None]] = []

    async def send(self, topic: str, **record: Any) -> Awaitable[Any]:
        await super().send(topic, **record)
        self.waiting.append(asyncio.get_running_loop().create_future())
        return self.waiting[-1]


async def test_documents_are_written_while_those_of_the_batch_before_are_not_confirmed():
    cleaner, outbox = HeldCleaner(), SlowOutbox()
    stream = stream_of([page(0)], [page(1)])
    running = asyncio.create_task(clean_pages(aiter(stream), cleaner=cleaner, outbox=outbox))
    async with asyncio.timeout(SECONDS):
        while len(outbox.waiting) < 2:  # noqa: ASYNC110 — the outbox has no event
            await asyncio.sleep(0.01)

    outbox.waiting[1].set_result(None)
    for _ in range(20):
        await asyncio.sleep(0)
    early = acknowledged(stream)
    outbox.waiting[0].set_result(None)
    await running

    assert early == []
    assert acknowledged(stream) == [0, 1]


async def test_only_so_many_batches_and_bytes_are_under_way(monkeypatch: pytest.MonkeyPatch):
    size = len(page(0))
    monkeypatch.setattr(stage, "AT_ONCE", 3 * size + size // 2)
    cleaner = HeldCleaner({number: asyncio.Event() for number in range(9)})
    stream = stream_of(*([page(number % 10)] for number in range(9)), [page(number) for number in range(6)])
    running = asyncio.create_task(clean_pages(aiter(stream), cleaner=cleaner, outbox=MemoryOutbox()))

    await cleaner.wait_until(cleaner.begun, 3)
    for _ in range(20):
        await asyncio.sleep(0)
    begun = list(cleaner.begun)
    for event in cleaner.held.values():
        event.set()
    await running

    assert begun == [0, 1, 2]
    assert cleaner.bytes_most <= stage.AT_ONCE
    assert acknowledged(stream) == list(range(15))


async def test_few_bytes_do_not_make_more_batches_than_the_limit():
    cleaner = HeldCleaner({number: asyncio.Event() for number in range(9)})
    stream = stream_of(*([page(number)] for number in range(9)))
    running = asyncio.create_task(clean_pages(aiter(stream), cleaner=cleaner, outbox=MemoryOutbox()))

    await cleaner.wait_until(cleaner.begun, stage.UNDER_WAY)
    for _ in range(20):
        await asyncio.sleep(0)
    begun = len(cleaner.begun)
    for event in cleaner.held.values():
        event.set()
    await running

    assert begun == stage.UNDER_WAY


async def test_a_batch_that_fails_takes_those_behind_it_along():
    class Failing(HeldCleaner):
        async def clean(self, deliveries: Sequence[Delivery]) -> list[CleanRecord]:
            records = await super().clean(deliveries)
            if deliveries[0].offset == 1:
                raise ConnectionError("no process")
            return records

    cleaner = Failing({0: asyncio.Event()})
    stream = stream_of([page(0)], [page(1)], [page(2)])
    running = asyncio.create_task(clean_pages(aiter(stream), cleaner=cleaner, outbox=MemoryOutbox()))
    await cleaner.wait_until(cleaner.finished, 2)
    cleaner.held[0].set()

    with pytest.raises(ConnectionError):
        await running

    assert acknowledged(stream) == [0]
    assert "no process" in [str(error) for error in stream.errors]


class LateProfiles(MemoryProfiles):
    """Profiles that are visible only some time after they were written."""

    def record(self, partition: int, host: str, profile: Profile) -> Awaitable[object]:
        return asyncio.ensure_future(self._later(partition, host, profile))

    async def _later(self, partition: int, host: str, profile: Profile) -> None:
        await asyncio.sleep(0.05)
        assert self.profile(partition, host).version < profile.version
        self.kept[partition, host] = profile


async def test_batches_that_overlap_learn_from_each_other_as_if_they_did_not():
    pages = [page(number) for number in range(10)]
    made = []
    for stream in (stream_of(*([one] for one in pages)), stream_of(pages)):
        outbox = MemoryOutbox()
        await clean_pages(aiter(stream), cleaner=HeldCleaner(), outbox=outbox, profiles=LateProfiles())
        made.append([one.value for one in outbox.sent])

    documents = [read_document(value, partition=0, offset=0) for value in made[0]]
    assert made[0] == made[1]
    assert [isinstance(one, Document) and one.provenance.profile for one in documents] == [None, *range(1, 10)]
    assert [isinstance(one, Document) and STANDING in one.article_body for one in documents] == [True] * 3 + [False] * 7


async def test_a_gate_closes_when_the_last_batch_has_ended():
    gate = Gate()
    assert gate.enter()
    assert gate.enter()

    closing = asyncio.create_task(gate.close())
    await asyncio.sleep(0)
    entered = gate.enter()
    gate.leave()
    await asyncio.sleep(0)
    early = closing.done()
    gate.leave()
    async with asyncio.timeout(SECONDS):
        await closing

    assert (entered, early) == (False, False)


async def test_an_idle_gate_closes_at_once():
    async with asyncio.timeout(SECONDS):
        await Gate().close()
