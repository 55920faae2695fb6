"""Kafka confirms a transaction and does not end it everywhere: each page still has one outcome, whatever is missing."""

from __future__ import annotations

import asyncio
import math
import os
from collections import deque
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from agents.kafka import Connection
from agents.publish import stage as module
from agents.publish.lane import Lane
from agents.reports.audit import audit
from pipeline.topics import DOCUMENTS, VERDICTS
from tests.support.kafka import Kafka, why_not
from tests.support.patience import until
from tests.support.unmarked import Story, has_published, keep_markers, lose_markers, publisher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.command import Chistovik

pytestmark = pytest.mark.broker
BEFORE, PAGES = 6, 14  # published and checked before; in all
LOST: dict[str, Callable[[int], bool]] = {
    "none": lambda _: False,
    "one": lambda number: number == 0,
    "several": lambda number: number % 2 == 0,
    "all": lambda _: True,
}


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    """Start a broker that takes what a producer writes outside of its transactions, as Kafka before 3.6 did."""
    if reason := why_not():
        if os.environ.get("CHISTOVIK_REQUIRE_KAFKA") == "1":
            pytest.fail(f"no real Kafka: {reason}", pytrace=False)
        pytest.skip(f"no real Kafka: {reason}")
    settings = {"transaction.partition.verification.enable": "false"}
    broker = Kafka(folder=tmp_path_factory.mktemp("unverified"), settings=settings)
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture(autouse=True)
def quick_checkpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHECK_SECONDS", 0.1, raising=False)


def places(chistovik: Chistovik, pages: int) -> list[int]:
    """Return the offsets of the pages of all visible events, in order."""
    found = chistovik.outcomes(pages=pages)
    return sorted(event["provenance"]["offset"] for events in found.values() for event in events)


def repaired(kafka: Kafka, chistovik: Chistovik, *, owners: int = 1) -> None:
    """Let the next owner take over; each page has one outcome then, and after its checkpoint another owner agrees."""

    async def take_over() -> None:
        async with publisher(kafka, chistovik.prefix):
            assert await asyncio.to_thread(places, chistovik, PAGES) == list(range(PAGES))
            await checkpointed(kafka, chistovik.prefix, PAGES - 1)

    for _ in range(owners):
        asyncio.run(take_over())
    found = asyncio.run(audit(Connection(brokers=kafka.brokers), chistovik.prefix, progress=lambda *_: None))
    assert (found.whole, found.in_flight) == (True, 0)
    assert sum(one.pages for one in found.partitions) == PAGES


async def committed(kafka: Kafka, prefix: str, topic: str) -> Any:
    """Return what the metadata of the offset that was committed in partition 0 says."""
    async with AIOKafkaConsumer(
        bootstrap_servers=kafka.brokers, group_id=prefix + "publish", enable_auto_commit=False
    ) as reader:
        tp = TopicPartition(prefix + topic, 0)
        found = await reader._coordinator.fetch_committed_offsets([tp])
    return orjson.loads(found[tp].metadata or b"{}")


async def checkpointed(kafka: Kafka, prefix: str, document: int) -> None:
    """Wait until the checkpoint of partition 0 is at a document."""

    async def is_there() -> bool:
        return bool((await committed(kafka, prefix, VERDICTS.name)).get("document") == document)

    await until(is_there)


async def broken(
    kafka: Kafka, prefix: str, *, outcome: Callable[[int], bool], offsets: bool, then: Any = None
) -> set[TopicPartition]:
    """Publish and check some documents; publish more, in a transaction that loses markers; crash."""
    story = Story(kafka, prefix)
    async with publisher(kafka, prefix) as stage:
        await story.goes_on(BEFORE)
        lane = await has_published(stage, BEFORE)
        await checkpointed(kafka, prefix, BEFORE - 1)
        async with stage._turn:
            stage._next_check = math.inf
            lost = lose_markers(lane, prefix, outcome=outcome, offsets=offsets)
        await story.goes_on(PAGES - BEFORE - (2 if then else 0))
        await has_published(stage, PAGES - (2 if then else 0))
        if then:
            async with stage._turn:
                keep_markers(lane)
            await then(story, stage, lane, lost)
    return lost


@pytest.mark.parametrize("offsets", [False, True], ids=["offsets marked", "offsets unmarked"])
@pytest.mark.parametrize("outcome", LOST)
def test_whatever_markers_are_missing_the_next_owner_publishes_each_page_once(
    kafka: Kafka, chistovik: Chistovik, prefix: str, outcome: str, offsets: bool
):
    lost = asyncio.run(broken(kafka, prefix, outcome=LOST[outcome], offsets=offsets))
    assert bool(lost) == (outcome != "none")

    repaired(kafka, chistovik, owners=2 if outcome == "several" else 1)


def one_by_one(whole: Callable[[Lane, str], list[Any]], *, until: int) -> Callable[[Lane, str], list[Any]]:
    """Let a lane take one verdict at a time, and stop at a document."""

    def next_messages(lane: Lane, prefix: str) -> list[Any]:
        if not lane.verdicts or lane.fence.offset >= until:
            return []
        first, *later = lane.verdicts
        lane.verdicts, lane.verdict_end, end = deque([first]), 0, lane.verdict_end
        messages = whole(lane, prefix)
        lane.verdicts, lane.verdict_end = deque(later), end
        return messages

    return next_messages


def test_an_owner_that_goes_before_it_has_caught_up_leaves_a_checkpoint_before_what_is_visible(
    kafka: Kafka, chistovik: Chistovik, prefix: str, monkeypatch: pytest.MonkeyPatch
):
    async def published() -> None:
        story = Story(kafka, prefix)
        async with publisher(kafka, prefix) as stage:
            await story.goes_on(BEFORE)
            await has_published(stage, BEFORE)
            await checkpointed(kafka, prefix, BEFORE - 1)
            stage._next_check = math.inf
            await story.goes_on(PAGES - BEFORE)
            await has_published(stage, PAGES)

    async def gone() -> None:
        async with publisher(kafka, prefix):
            await checkpointed(kafka, prefix, BEFORE + 2)
            assert (await committed(kafka, prefix, DOCUMENTS.name))["fence"] == PAGES - 1

    asyncio.run(published())
    with monkeypatch.context() as patch:
        patch.setattr(Lane, "next_messages", one_by_one(Lane.next_messages, until=BEFORE + 2))
        asyncio.run(gone())

    repaired(kafka, chistovik)


@pytest.mark.parametrize("offsets", [False, True], ids=["offsets marked", "offsets unmarked"])
def test_a_later_transaction_that_is_aborted_takes_unmarked_events_with_it(
    kafka: Kafka, chistovik: Chistovik, prefix: str, offsets: bool
):
    async def aborted(story: Story, stage: Any, lane: Lane, lost: set[TopicPartition]) -> None:
        async with stage._turn:
            await lane.producer.begin_transaction()
            for tp in sorted(lost)[::2]:
                lane.producer._txn_manager.maybe_add_partition_to_txn(tp)
            await lane.producer.abort_transaction()
        await story.goes_on(2)

    asyncio.run(broken(kafka, prefix, outcome=LOST["several"], offsets=offsets, then=aborted))

    repaired(kafka, chistovik)


@pytest.mark.parametrize("offsets", [False, True], ids=["offsets marked", "offsets unmarked"])
def test_unmarked_events_before_the_last_transaction_are_published_too(
    kafka: Kafka, chistovik: Chistovik, prefix: str, offsets: bool
):
    async def committed(story: Story, stage: Any, _lane: Lane, _lost: set[TopicPartition]) -> None:
        await story.goes_on(2)
        await has_published(stage, PAGES)

    asyncio.run(broken(kafka, prefix, outcome=LOST["all"], offsets=offsets, then=committed))

    repaired(kafka, chistovik)


def test_a_lane_that_runs_finds_its_open_transaction_and_repairs_it(kafka: Kafka, chistovik: Chistovik, prefix: str):
    """Nobody restarts the worker; nothing else would end the transaction, and readers would wait for ever."""

    async def played() -> None:
        story = Story(kafka, prefix)
        async with publisher(kafka, prefix) as stage:
            await story.goes_on(BEFORE)
            lane = await has_published(stage, BEFORE)
            async with stage._turn:
                lost = lose_markers(lane, prefix, outcome=LOST["several"], offsets=False)
            await story.goes_on(PAGES - BEFORE)
            await until(lambda: stage._lanes[0] is not lane and stage._lanes[0].checkpoint.document == PAGES - 1)
            assert lost
            found = await asyncio.to_thread(places, chistovik, PAGES)
            assert found == list(range(PAGES))

    asyncio.run(played())
    repaired(kafka, chistovik)


def test_a_fence_without_a_checkpoint_is_read_as_before_and_nothing_visible_is_published_again(
    kafka: Kafka, chistovik: Chistovik, prefix: str, monkeypatch: pytest.MonkeyPatch
):
    """The version before this one wrote only the fence."""
    offsets_of = Lane.offsets

    def as_before(lane: Lane, prefix: str) -> Any:
        return {
            tp: one if tp.topic.endswith("documents") else one._replace(metadata="")
            for tp, one in offsets_of(lane, prefix).items()
        }

    with monkeypatch.context() as patched:
        patched.setattr(Lane, "offsets", as_before)
        patched.setattr(f"{__name__}.checkpointed", lambda *_: asyncio.sleep(0))
        asyncio.run(broken(kafka, prefix, outcome=LOST["several"], offsets=True))

    repaired(kafka, chistovik)


def test_a_transaction_of_somebody_else_that_stays_open_ends_the_worker_in_one_line(
    kafka: Kafka, chistovik: Chistovik, prefix: str
):
    """Publishing without having read what is visible could publish twice."""

    async def left() -> None:
        story = Story(kafka, prefix)
        async with publisher(kafka, prefix) as stage:
            await story.goes_on(BEFORE)
            await has_published(stage, BEFORE)
            await checkpointed(kafka, prefix, BEFORE - 1)
        await story.goes_on(PAGES - BEFORE)
        other = Connection(brokers=kafka.brokers).producer("other", transactional_id=prefix + "other")
        await other.start()
        await other.begin_transaction()
        other._txn_manager._txn_partitions.add(TopicPartition(prefix + "articles", 0))
        await other.send_and_wait(prefix + "articles", b"{}", key=b"k", partition=0)
        await other.stop()

    asyncio.run(left())
    with chistovik.worker("publish") as worker:
        assert worker.process.wait() == 3

    last = worker.said().strip().splitlines()[-1]
    assert f"{prefix}articles/0 gave no record" in last
    assert "find-hanging" in last
