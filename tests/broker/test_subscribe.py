"""Reading the outcomes on a real Kafka: at least once whatever happens to the reader, and once with the filter."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import subprocess
import sys
from collections import Counter
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from aiokafka import TopicPartition
from aiokafka.admin import NewTopic, RecordsToDelete

from agents.errors import BrokerError
from agents.kafka import Connection
from agents.subscribe import Event, Replays, Subscription, subscribe
from pipeline.topics import ARTICLES, DISCARDED, DUPLICATES
from tests.support.command import Chistovik
from tests.support.kafka import ROOT, commit, ends_of
from tests.support.outcomes import article, discarded, duplicate, publish
from tests.support.patience import SECONDS, until, wait_until

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence
    from pathlib import Path

    from aiokafka.admin import AIOKafkaAdminClient

    from tests.support.kafka import Kafka

pytestmark = pytest.mark.broker
COUNT = 300
STATES = [*(article(f"p{n}", n) for n in range(COUNT - 1)), article("p1", 800, revision=2, minute=9)]
COPIES = [duplicate("p1", 900), duplicate("p2", 901)]


@pytest.fixture(scope="module")
def shared(kafka: Kafka) -> str:
    """Give a prefix: of so many articles' states, one of them an update, two duplicates, one page discarded.

    Some more are of a transaction that was aborted.
    """
    prefix = f"s{secrets.token_hex(4)}."
    names = [ARTICLES.name, DUPLICATES.name, DISCARDED.name]
    kafka.create(*(NewTopic(prefix + name, 12, 1) for name in names))
    connection = Connection(brokers=kafka.brokers)
    asyncio.run(publish(connection, prefix, [article(f"no{n}", n) for n in range(9)], aborted=True))
    asyncio.run(publish(connection, prefix, [*STATES, *COPIES, discarded(902)]))
    return prefix


@pytest.fixture
def topic(shared: str) -> str:
    return shared + ARTICLES.name


@pytest.fixture
def group() -> str:
    return f"g{secrets.token_hex(4)}"


@pytest.fixture
def connection(kafka: Kafka) -> Connection:
    return Connection(brokers=kafka.brokers)


def place(event: Event) -> tuple[int, int]:
    return event.partition, event.offset


def committed(kafka: Kafka, group: str) -> dict[TopicPartition, int]:
    async def ask(admin: AIOKafkaAdminClient) -> dict[TopicPartition, int]:
        found = await admin.list_consumer_group_offsets(group)
        return {tp: one.offset for tp, one in found.items()}

    return kafka.ask(ask)


def behind(events: Sequence[Event]) -> dict[TopicPartition, int]:
    """Say where a group stands that has done these and no more; markers lie between, so only their order counts."""
    return {TopicPartition(one.topic, one.partition): one.offset + 1 for one in events}


async def test_aborted_events_are_not_read_and_every_other_one_is_read_once(connection: Connection, topic: str):
    events = [event async for event in subscribe(connection, topic, follow=False)]

    assert len({place(event) for event in events}) == len(events) == COUNT
    assert {event.json()["url"] for event in events} == {f"https://sosny.example/p{n}" for n in range(COUNT - 1)}


async def test_what_was_read_to_its_end_is_committed_to_its_end_with_the_markers(
    kafka: Kafka, connection: Connection, topic: str, group: str
):
    events = [event async for event in subscribe(connection, topic, group=group, timeout=1.0)]

    assert len(events) == COUNT
    stands = committed(kafka, group)
    ends = await asyncio.to_thread(ends_of, kafka, list(stands))
    assert stands == ends
    assert not [event async for event in subscribe(connection, topic, group=group, timeout=1.0)]


class HandlingError(Exception):
    """What a reader's own code meets."""


@pytest.mark.parametrize("way", ["error", "break", "cancel"])
async def test_an_event_that_is_left_in_the_middle_is_not_committed_and_those_before_it_are(
    kafka: Kafka, connection: Connection, topic: str, group: str, way: str
):
    seen: list[Event] = []

    async def read() -> None:
        async with aclosing(subscribe(connection, topic, group=group, timeout=10)) as events:
            async for event in events:
                seen.append(event)
                if len(seen) < 100:
                    continue
                if way == "error":
                    raise HandlingError
                if way == "break":
                    break
                await asyncio.sleep(3600)

    task = asyncio.create_task(read())
    await until(lambda: len(seen) == 100 or task.done())
    if way == "cancel":
        task.cancel()
    (end,) = await asyncio.gather(task, return_exceptions=True)

    assert type(end) is {"error": HandlingError, "cancel": asyncio.CancelledError, "break": type(None)}[way]
    assert committed(kafka, group) == behind(seen[:-1])
    rest = [event async for event in subscribe(connection, topic, group=group, timeout=1.0)]
    assert place(seen[-1]) in map(place, rest)
    assert len({place(event) for event in [*seen, *rest]}) == COUNT == len(seen) + len(rest) - 1


async def test_a_loop_that_is_left_without_closing_it_is_committed_too(
    kafka: Kafka, connection: Connection, topic: str, group: str
):
    seen = []
    async for event in subscribe(connection, topic, group=group, timeout=10):
        seen.append(event)
        if len(seen) == 100:
            break
    # The iterator was collected, and the loop closes it
    await until(lambda: asyncio.to_thread(lambda: committed(kafka, group) == behind(seen[:-1])))


async def test_a_long_reading_is_committed_on_the_way_and_never_beyond_what_was_asked_past(
    kafka: Kafka, connection: Connection, topic: str, group: str
):
    seen: list[Event] = []
    async with (
        Subscription(connection, [topic], group=group, timeout=10, commit_events=50, commit_seconds=60) as subscription,
        aclosing(subscription.events()) as events,
    ):
        async for event in events:
            seen.append(event)
            if len(seen) in {120, 220}:

                async def is_committed() -> bool:
                    stands, done = await asyncio.to_thread(committed, kafka, group), behind(seen[:-1])
                    assert all(stands[tp] <= done[tp] for tp in stands)
                    below = sum(one.offset < stands.get(TopicPartition(topic, one.partition), 0) for one in seen)
                    return len(seen) - below <= 2 * 50

                await until(is_committed)  # in the background, while this one is in our hands
            if len(seen) == 250:
                break


async def test_a_batch_is_done_as_a_whole(kafka: Kafka, connection: Connection, topic: str, group: str):
    seen: list[list[Event]] = []

    async def read() -> None:
        async with (
            Subscription(connection, [topic], group=group, timeout=10) as subscription,
            aclosing(subscription.batches(64, 5.0)) as batches,
        ):
            async for batch in batches:
                seen.append(batch)
                if len(seen) == 3:
                    raise HandlingError

    with pytest.raises(HandlingError):
        await read()

    assert [len(batch) for batch in seen] == [64, 64, 64]
    assert committed(kafka, group) == behind([event for batch in seen[:2] for event in batch])


async def test_batches_bring_everything_and_end_with_what_is_there(connection: Connection, topic: str):
    async with Subscription(connection, [topic], follow=False) as subscription:
        sizes = [len(batch) async for batch in subscription.batches(70, 30.0)]

    assert sizes == [70, 70, 70, 70, 20]


async def test_by_hand_only_what_was_said_is_committed(kafka: Kafka, connection: Connection, topic: str, group: str):
    seen: list[Event] = []
    async with (
        Subscription(connection, [topic], group=group, timeout=10, commit_by_hand=True, commit_events=1) as by_hand,
        aclosing(by_hand.events()) as events,
    ):
        async for event in events:
            seen.append(event)
            if len(seen) == 40:
                assert not await asyncio.to_thread(committed, kafka, group)
                await by_hand.commit()
            if len(seen) == 60:
                await by_hand.commit(seen[49])
            if len(seen) == 70:
                break

    assert committed(kafka, group) == behind(seen[:40]) | behind([seen[49]])


async def test_a_reader_that_keeps_offsets_itself_begins_where_it_says(connection: Connection, topic: str, group: str):
    asked = []
    stands = {TopicPartition(topic, 3): 7}

    async def resume(tps: set[TopicPartition]) -> dict[TopicPartition, int]:
        await asyncio.sleep(0.5)  # a database takes its time, and fetches are under way
        asked.append(tps)
        return stands

    async with Subscription(connection, [topic], group=group, timeout=1.5, resume=resume) as subscription:
        events = [event async for event in subscription.events()]

    every = [event async for event in subscribe(connection, topic, follow=False)]
    assert asked == [{TopicPartition(topic, number) for number in range(12)}]
    assert sorted(map(place, events)) == sorted(p for p in map(place, every) if p[0] != 3 or p[1] >= 7)


async def test_a_slow_answer_to_where_to_begin_does_not_end_a_reading_that_does_not_follow(
    connection: Connection, topic: str, group: str
):
    async def resume(tps: set[TopicPartition]) -> dict[TopicPartition, int]:
        await asyncio.sleep(1.0)
        return dict.fromkeys(tps, 0)

    counts = []
    for _ in range(2):
        async with Subscription(connection, [topic], group=group, follow=False, resume=resume) as subscription:
            counts.append(sum([1 async for _ in subscription.events()]))

    assert counts == [COUNT, COUNT]


@pytest.fixture
def stopped(kafka: Kafka) -> Iterator[Callable[[set[TopicPartition]], Awaitable[dict[TopicPartition, int]]]]:
    """Give a `resume` after which the broker stands still: it has joined the reader, and answered no fetch."""

    async def resume(tps: set[TopicPartition]) -> dict[TopicPartition, int]:
        kafka.signal(signal.SIGSTOP)
        return dict.fromkeys(tps, 0)

    yield resume
    kafka.signal(signal.SIGCONT)


async def test_a_broker_that_takes_its_time_is_not_taken_for_silence(
    kafka: Kafka, connection: Connection, topic: str, group: str, stopped: Any
):
    async with Subscription(connection, [topic], group=group, timeout=0.3, resume=stopped) as subscription:
        asyncio.get_running_loop().call_later(2, kafka.signal, signal.SIGCONT)
        assert len([event async for event in subscription.events()]) == COUNT


async def test_a_broker_that_says_nothing_any_more_ends_a_reading_that_is_to_end_with_silence(
    kafka: Kafka, connection: Connection, topic: str, group: str, stopped: Any, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("agents.subscribe.subscription.UNANSWERED_SECONDS", 0.3)
    async with Subscription(connection, [topic], group=group, timeout=0.3, resume=stopped) as subscription:
        with pytest.raises(BrokerError, match="did not confirm that there is none"):
            [event async for event in subscription.events()]
        kafka.signal(signal.SIGCONT)


async def test_an_error_in_resume_ends_the_reading_with_that_error(connection: Connection, topic: str, group: str):
    async def resume(tps: set[TopicPartition]) -> dict[TopicPartition, int]:
        raise HandlingError

    with pytest.raises(HandlingError):
        async with Subscription(connection, [topic], group=group, timeout=5, resume=resume) as subscription:
            [event async for event in subscription.events()]


async def test_several_topics_are_read_at_once_and_decoded(connection: Connection, shared: str, group: str):
    names = [shared + name for name in ("articles", "duplicates", "discarded")]
    async with Subscription(connection, names, group=group, timeout=1.5) as subscription:
        events = [event async for event in subscription.events()]

    assert Counter(event.topic.removeprefix(shared) for event in events) == {
        "articles": COUNT,
        "duplicates": 2,
        "discarded": 1,
    }
    assert {event.outcome() for event in events} == {*STATES, *COPIES, discarded(902)}
    partitions = {event.json()["article_id"]: event.partition for event in events if event.topic == names[0]}
    copies = [event for event in events if event.topic == names[1]]
    assert [partitions[event.json()["article_id"]] for event in copies] == [event.partition for event in copies]


async def test_a_group_that_is_moved_back_is_handed_nothing_twice_where_the_filter_is(
    connection: Connection, topic: str, group: str
):
    already = Replays()
    counts = []
    for _ in range(3):
        async with Subscription(
            connection, [topic], group=group, from_beginning=True, timeout=1.0, already=already
        ) as subscription:
            counts.append(sum([1 async for _ in subscription.events()]))
    async with Subscription(
        connection, [topic], group=group, from_beginning=True, timeout=1.0, already=already
    ) as subscription:
        counts.append(sum([len(batch) async for batch in subscription.batches()]))

    assert counts == [COUNT, 0, 0, 0]
    assert already.dropped == 3 * COUNT


async def test_what_the_filter_drops_is_committed(kafka: Kafka, connection: Connection, topic: str, group: str):
    async def known(names: Sequence[str]) -> dict[str, int]:
        return dict.fromkeys(names, 1 << 62)

    async with Subscription(
        connection, [topic], group=group, timeout=1.0, already=Replays(known=known)
    ) as subscription:
        assert not [batch async for batch in subscription.batches()]

    stands = committed(kafka, group)
    assert stands == await asyncio.to_thread(ends_of, kafka, list(stands))
    assert len(stands) == 12


async def test_two_readers_share_a_group_and_nothing_is_lost_or_read_twice_when_they_come_and_go(
    connection: Connection, topic: str, group: str
):
    async def read(seen: list[tuple[int, int]], most: int = COUNT) -> None:
        async with aclosing(subscribe(connection, topic, group=group)) as events:
            async for event in events:
                if len(seen) == most:
                    break  # this one comes again
                seen.append(place(event))
                await asyncio.sleep(0.02 if second else 0.1)  # so that there is something left for the second

    first: list[tuple[int, int]] = []
    second: list[tuple[int, int]] = []
    reading = asyncio.create_task(read(first))
    await until(lambda: len(first) >= 30 or reading.done())
    await read(second, most=20)
    await until(lambda: len({*first, *second}) == COUNT or reading.done())
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)

    assert len(second) == 20
    assert len(first) + len(second) == len({*first, *second}) == COUNT
    assert {place(event) async for event in subscribe(connection, topic, group=group, follow=False)} <= {first[-1]}


async def test_a_reader_that_holds_an_event_too_long_does_not_hold_up_a_rebalance(
    connection: Connection, topic: str, group: str
):
    seen: list[tuple[int, int]] = []
    stuck = asyncio.Event()

    async def slow() -> None:
        async for event in subscribe(connection, topic, group=group, timeout=3):
            seen.append(place(event))
            if len(seen) == 20:
                await stuck.wait()

    holder = asyncio.create_task(slow())
    await until(lambda: len(seen) == 20 or holder.done())
    other: list[tuple[int, int]] = []
    async for event in subscribe(connection, topic, group=group, timeout=3):
        other.append(place(event))
        stuck.set() if len(other) == 30 else None
    await holder

    assert len(set(seen) | set(other)) == COUNT
    assert len(seen) + len(other) <= COUNT + 1  # what was held may be read by both


def run_reader(kafka: Kafka, topic: str, group: str, file: Path, *more: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.support.reader", kafka.brokers, topic, group, str(file), "0.005", *more]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, env=os.environ)


def lines(file: Path) -> list[str]:
    return file.read_text().splitlines() if file.exists() else []


@pytest.mark.parametrize("filtered", [True, False])
def test_a_reader_that_is_killed_in_the_middle_loses_nothing_and_with_the_filter_has_nothing_twice(
    kafka: Kafka, topic: str, group: str, tmp_path: Path, filtered: bool
):
    file = tmp_path / "stored"
    more = ("--filter",) if filtered else ()
    for stop_at in (70, 160):
        reader = run_reader(kafka, topic, group, file, "--hang-at", str(stop_at), *more)
        wait_until(lambda: len(lines(file)) >= stop_at or reader.poll() is not None, every=0.01)  # noqa: B023
        assert reader.poll() is None
        reader.send_signal(signal.SIGKILL)
        reader.wait()
    assert run_reader(kafka, topic, group, file, *more).wait(SECONDS) == 0

    stored = lines(file)
    assert len(set(stored)) == COUNT
    if filtered:
        assert len(stored) == COUNT
    else:
        assert len(stored) >= COUNT + 2  # what was in its hands at each kill came again


def test_the_command_commits_what_it_printed_when_it_is_told_to_end(
    kafka: Kafka, shared: str, group: str, tmp_path: Path
):
    chistovik = Chistovik(brokers=kafka.brokers, prefix=shared, folder=tmp_path)
    out = tmp_path / "out"
    with out.open("wb") as sink:
        reader = subprocess.Popen(
            [sys.executable, "-m", "agents.cli", "subscribe", "articles", "discarded", "--group", group, "--follow"],
            env=chistovik.env,
            stdout=sink,
            cwd=ROOT,
        )
        wait_until(lambda: len(lines(out)) > COUNT or reader.poll() is not None, every=0.05)
        reader.send_signal(signal.SIGTERM)
        assert reader.wait(SECONDS) == 0

    assert len(lines(out)) == COUNT + 1
    assert not chistovik("subscribe", "articles", "--group", group).stdout


def test_the_command_commits_the_last_event_of_its_limit(kafka: Kafka, shared: str, group: str, tmp_path: Path):
    chistovik = Chistovik(brokers=kafka.brokers, prefix=shared, folder=tmp_path)
    first = chistovik("subscribe", "articles", "--group", group, "--limit", "7").stdout.splitlines()
    rest = chistovik("subscribe", "articles", "--group", group).stdout.splitlines()

    assert len(first) == 7
    assert len({*first, *rest}) == len(first) + len(rest) == COUNT
    again = chistovik("subscribe", "articles", "--group", group, "--from-beginning").stdout.splitlines()
    assert sorted(again) == sorted([*first, *rest])


async def test_a_group_that_fell_behind_retention_is_told_what_it_lost(
    kafka: Kafka, connection: Connection, group: str
):
    name = f"cut{secrets.token_hex(4)}.discarded"
    tp = TopicPartition(name, 0)
    await asyncio.to_thread(kafka.create, NewTopic(name, 1, 1))
    await publish(connection, name.removesuffix("discarded"), [discarded(n) for n in range(9)])
    await asyncio.to_thread(commit, kafka, group, tp, 2)
    await asyncio.to_thread(kafka.ask, lambda admin: admin.delete_records({tp: RecordsToDelete(before_offset=5)}))

    with structlog.testing.capture_logs() as said:
        offsets = [event.offset async for event in subscribe(connection, name, group=group, timeout=1.5)]
        again = [event.offset async for event in subscribe(connection, name, group=group, timeout=1.5)]

    assert offsets == [5, 6, 7, 8]
    assert not again
    assert [(line["event"], line["lost"]) for line in said] == [("fell behind retention", f"{name}/0: 2 to 4")]


async def test_a_topic_that_is_not_there_is_one_line(connection: Connection, prefix: str):
    with pytest.raises(BrokerError, match="is missing: run `chistovik topics apply`"):
        async for _ in subscribe(connection, prefix + "articles"):
            pass


def test_a_subscription_to_nothing_is_refused(connection: Connection):
    with pytest.raises(ValueError, match="topics"):
        Subscription(connection, [])
