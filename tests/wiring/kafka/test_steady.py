"""How clients of aiokafka get on where a connection is slow or is lost."""

from __future__ import annotations

from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import (
    KafkaConnectionError,
    KafkaTimeoutError,
    NodeNotReadyError,
    RequestTimedOutError,
    TopicAuthorizationFailedError,
)
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.protocol.metadata import MetadataRequest
from aiokafka.protocol.produce import ProduceRequest

from agents.errors import BrokerError
from agents.kafka import Connection, answering, steady
from agents.kafka.steady import FIRST_BYTES, LEAST_BYTES, FetchSize, Metadata, ProduceSize, SteadyAdmin
from tests.support.patience import until

MOST, OF_A_PARTITION = 50 << 20, 4 << 20


class Network:
    """A client's `send`: a connection carries `cut` bytes, of which the log has `left`."""

    def __init__(self, cut: int, left: int) -> None:
        self.cut, self.left = cut, left
        self.asked: list[int] = []
        self.partitions: list[int] = []
        self.error: Exception = KafkaConnectionError("cut")

    async def send(self, _node: int, request: Any, **_settings: Any) -> Any:
        if not isinstance(request, FetchRequest):
            return request
        self.asked.append(request._max_bytes)
        self.partitions.append(request.topics[0][1][0][2])
        size = min(request._max_bytes, self.left)
        if size > self.cut:
            raise self.error
        self.left -= size
        return SimpleNamespace(topics=[("articles", [(0, 0, 0, bytes(size)), (1, 0, 0, None)])])


def fetch() -> FetchRequest:
    return FetchRequest(100, 1, MOST, 1, [("articles", [(0, 7, OF_A_PARTITION), (1, 7, OF_A_PARTITION)])], rack_id="a")


@pytest.mark.parametrize("error", [KafkaConnectionError("cut"), RequestTimedOutError()])
async def test_a_backlog_that_no_connection_carries_is_read(error: Exception):
    network = Network(cut=150_000, left=3_000_000)
    network.error = error
    size = FetchSize(network)
    for _ in range(100):
        with suppress(type(error)):
            await size.send(1, fetch())

    assert network.left == 0
    assert network.asked[:3] == [FIRST_BYTES, FIRST_BYTES // 4, FIRST_BYTES // 16]
    assert network.partitions[:3] == network.asked[:3]


async def test_more_is_asked_for_while_it_arrives_and_never_more_than_the_consumer_was_set_to():
    network = Network(cut=1 << 40, left=1 << 32)
    size = FetchSize(network)
    for _ in range(10):
        network.left = 1 << 32
        await size.send(1, fetch())

    assert network.asked[:3] == [FIRST_BYTES, 2 * FIRST_BYTES, 4 * FIRST_BYTES]
    assert max(network.asked) == MOST
    assert max(network.partitions) == OF_A_PARTITION


async def test_a_slow_answer_and_a_small_one_leave_the_size(monkeypatch: pytest.MonkeyPatch):
    network = Network(cut=1 << 40, left=1000)
    size = FetchSize(network)
    await size.send(1, fetch())
    monkeypatch.setattr(steady, "SLOW_SECONDS", -1)
    network.left = 1 << 30
    await size.send(1, fetch())

    assert size.limit == FIRST_BYTES


async def test_no_fetch_asks_for_less_than_a_batch():
    network = Network(cut=-1, left=1 << 30)
    size = FetchSize(network)
    for _ in range(20):
        with pytest.raises(KafkaConnectionError):
            await size.send(1, fetch())

    assert size.limit == LEAST_BYTES


async def test_other_requests_pass_as_they_are():
    request = MetadataRequest([])
    assert await FetchSize(Network(0, 0)).send(1, request) is request


class Brokers:
    """A client whose first updates of metadata fail."""

    def __init__(self, fails: int) -> None:
        self.fails, self.forced = fails, 0

    async def _metadata_update(self, _cluster: Any, _topics: Any) -> bool:
        self.fails -= 1
        return self.fails < 0

    def force_metadata_update(self) -> None:
        self.forced += 1


async def test_metadata_that_a_cut_took_is_asked_for_again_at_once():
    client = Brokers(fails=2)
    assert await Metadata(client).update(None, None)
    assert client.forced == 0


async def test_metadata_that_cannot_be_had_now_is_asked_for_later(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(steady, "LATER_SECONDS", 0)
    client = Brokers(fails=100)
    assert not await Metadata(client).update(None, None)
    await until(lambda: client.forced == 1)


async def test_every_client_of_a_broker_is_steady():
    consumer, producer = (
        Connection(brokers="far:9092").consumer(name="test"),
        Connection(brokers="far:9092").producer("test"),
    )

    assert isinstance(consumer._client.send.__self__, FetchSize)
    assert isinstance(consumer._client._metadata_update.__self__, Metadata)
    assert isinstance(producer.client.send.__self__, ProduceSize)
    assert isinstance(producer._message_accumulator.drain_by_nodes.__self__, ProduceSize)
    await consumer.stop()
    await producer.stop()


class Batches:
    """What a producer has to send: a batch for each of some partitions; a connection carries `cut` of them."""

    def __init__(self, partitions: int, cut: int) -> None:
        self.cut, self.drained = cut, 0
        self._batches = {number: [SimpleNamespace(_ctime=partitions - number)] for number in range(partitions)}

    def drain_by_nodes(self, ignore_nodes: Any, muted_partitions: Any) -> list[int]:
        taken = [number for number in self._batches if number not in muted_partitions]
        self.drained = len(taken)
        return taken

    async def send(self, _node: int, request: Any) -> None:
        (_, partitions) = request._topics[0]
        if len(partitions) > self.cut:
            raise KafkaConnectionError("cut")
        for number, _ in partitions:
            del self._batches[number]


def produce(*partitions: int) -> ProduceRequest:
    return ProduceRequest(None, -1, 1000, [("pages", [(number, b"") for number in partitions])])


async def test_batches_that_no_connection_carries_at_once_are_sent_by_and_by():
    batches, together = Batches(12, cut=2), []
    size = ProduceSize(batches, batches)
    while batches._batches:
        turn = size.drain(ignore_nodes=())
        together.append(len(turn))
        with suppress(KafkaConnectionError):
            await size.send(1, produce(*turn))

    assert together == [12, 3, 1, 2, 4, 1, 2, 4, 1, 2, 3, 1, 2]


async def test_the_oldest_batches_go_first_and_none_that_waits_for_something_else():
    batches = Batches(12, cut=0)
    size = ProduceSize(batches, batches)
    with pytest.raises(KafkaConnectionError):
        await size.send(1, produce(*range(12)))

    assert size.drain(ignore_nodes=(), muted_partitions=frozenset({11})) == [8, 9, 10]


async def test_a_producer_sends_at_least_one_batch():
    batches = Batches(2, cut=0)
    size = ProduceSize(batches, batches)
    for _ in range(9):
        with pytest.raises(KafkaConnectionError):
            await size.send(1, produce(*size.drain(ignore_nodes=())))

    assert batches.drained == 1


class Asked:
    """What an admin client sends its requests with, and how that ends each time."""

    def __init__(self, *ends: Exception | str) -> None:
        self.ends = list(ends)

    async def __call__(self, _admin: Any, _request: Any, _node: int | None = None) -> str:
        end = self.ends.pop(0) if len(self.ends) > 1 else self.ends[0]
        if isinstance(end, Exception):
            raise end
        return end


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steady, "PAUSE_SECONDS", 0)


def asked(monkeypatch: pytest.MonkeyPatch, *ends: Exception | str) -> None:
    ask = Asked(*ends)
    monkeypatch.setattr(
        AIOKafkaAdminClient, "_send_request", lambda admin, request, node=None: ask(admin, request, node)
    )


async def test_an_admin_client_asks_again_after_a_lost_connection(monkeypatch: pytest.MonkeyPatch):
    asked(monkeypatch, NodeNotReadyError("cut"), KafkaConnectionError("cut"), "answer")
    assert await SteadyAdmin()._send_request(MetadataRequest([])) == "answer"


async def test_an_admin_client_does_not_ask_without_an_end(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(steady, "AGAIN_SECONDS", -1)
    asked(monkeypatch, NodeNotReadyError("cut"))
    with pytest.raises(NodeNotReadyError):
        await SteadyAdmin()._send_request(MetadataRequest([]))


async def test_what_is_denied_is_not_asked_again(monkeypatch: pytest.MonkeyPatch):
    asked(monkeypatch, TopicAuthorizationFailedError("pages"), "answer")
    with pytest.raises(TopicAuthorizationFailedError):
        await SteadyAdmin()._send_request(MetadataRequest([]))


async def test_what_takes_too_long_is_one_line_that_says_what_to_do():
    with pytest.raises(BrokerError, match="Kafka at far:9092 did not answer in time: check that") as ended:
        async with answering(Connection(brokers="far:9092")):
            raise KafkaTimeoutError

    assert "\n" not in str(ended.value)
