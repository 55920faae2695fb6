"""Repair what Kafka left of a lane's earlier transactions: end the open ones, find out which events are visible.

Kafka can confirm a transaction and write its markers in some partitions only, or in none. The offsets are in one more
partition, so a fence may claim events that nobody can read, or stand before events that everybody reads. See
docs/decisions/0020.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from agents.errors import BrokerError, StageError
from agents.kafka.log import read_spans, record_at
from agents.kafka.transactions import producer_states
from agents.publish.checkpoint import Checkpoint, ends_by_topic
from pipeline.topics import DOCUMENTS, OUTCOMES
from pipeline.topics.headers import header

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from aiokafka import AIOKafkaProducer
    from aiokafka.structs import OffsetAndMetadata

    from agents.kafka import Connection
    from agents.publish.lane import Lane

BARRIER_SECONDS = 40.0  # to see the markers of the barrier; leaders may have to be elected first
MARKERS_SECONDS = 5.0  # to see those of a transaction, which come within some ms
IDLE_RECORDS = 5000  # events of other lanes after the checkpoint of one that has nothing to publish
STALLED_SECONDS = 20.0  # without a visible record: another transaction is open
FETCH_BYTES = 1 << 18  # per partition: all of them are fetched ahead
SKEW_MS = 3_600_000  # allowed between the clocks of clean and publish, where only the time tells where to start
log = structlog.get_logger("chistovik")


async def outcome_partitions(producer: AIOKafkaProducer, prefix: str) -> list[TopicPartition]:
    """Return all partitions that a lane may write."""
    return [
        TopicPartition(prefix + topic, number)
        for topic in OUTCOMES
        for number in sorted(await producer.partitions_for(prefix + topic))
    ]


async def put_barrier(
    producer: AIOKafkaProducer,
    tps: Iterable[TopicPartition],
    offsets: dict[TopicPartition, OffsetAndMetadata],
    group: str,
) -> None:
    """Abort a transaction over all partitions that the lane may write, and over its offsets; it writes no record.

    The markers have the new epoch. They end whatever is open under this producer id, and no partition accepts anything
    from an earlier owner after them.
    """
    await producer.begin_transaction()
    for tp in tps:
        producer._txn_manager.maybe_add_partition_to_txn(tp)  # noqa: SLF001 — aiokafka adds only where it sends
    await producer.send_offsets_to_transaction(offsets, group)
    await producer.abort_transaction()


def producer_id(producer: AIOKafkaProducer) -> tuple[int, int]:
    """Return the id and the epoch that Kafka gave the producer."""
    return producer._txn_manager.producer_id, producer._txn_manager.producer_epoch  # noqa: SLF001 — no other way


async def left_open(lane: Lane) -> dict[TopicPartition, int]:
    """Return the partitions where a transaction of the lane is open, each with the first offset of the transaction."""
    number, _ = producer_id(lane.producer)
    return {
        tp: state.open_since
        for tp, states in (await producer_states(lane.producer.client, lane.outcomes)).items()
        for state in states
        if state.producer_id == number and state.open_since is not None
    }


async def new_checkpoint(
    lane: Lane, reader: AIOKafkaConsumer, prefix: str
) -> tuple[Checkpoint | None, dict[TopicPartition, int]]:
    """Return a new checkpoint, None if the old one is as good; or where a transaction of the lane stays open.

    A lane that has not caught up keeps the ends of its checkpoint: events of later documents are visible before the
    present ends. Call it between two transactions. If none is open then, all of them were committed: nobody aborts one
    of the lane without taking its epoch away, and then the checkpoint cannot be committed.
    """
    lane.outcomes = await outcome_partitions(lane.producer, prefix)
    now = ends_by_topic(await reader.end_offsets(lane.outcomes), prefix)
    ends = now if lane.has_caught_up else lane.checkpoint.ends
    if lane.checkpoint.is_as_good(lane.fence.offset, ends, within=IDLE_RECORDS):
        return None, {}
    deadline, pause = time.monotonic() + MARKERS_SECONDS, 0.005
    while hanging := await left_open(lane):
        if time.monotonic() > deadline:
            return None, hanging
        await asyncio.sleep(pause)
        pause = min(pause * 2, 0.5)
    return Checkpoint(lane.fence.offset, lane.verdict_position, ends), {}


async def await_barrier(lane: Lane) -> None:
    """Wait until every partition has the barrier's marker; StageError if one still lacks it after BARRIER_SECONDS."""
    number, epoch = producer_id(lane.producer)
    deadline, pause = time.monotonic() + BARRIER_SECONDS, 0.01
    while True:
        unmarked = lane.outcomes
        problem = ""
        try:
            states = await producer_states(lane.producer.client, lane.outcomes)
        except Exception as error:  # raised again below, or found by the next look
            if not getattr(error, "retriable", False):
                raise
            problem = f" ({type(error).__name__})"
        else:
            unmarked = [
                tp
                for tp in lane.outcomes
                if not any(
                    state.producer_id == number and state.epoch >= epoch and state.open_since is None
                    for state in states.get(tp, ())
                )
            ]
        if not unmarked:
            return
        if time.monotonic() > deadline:
            raise StageError(
                f"publish: Kafka did not end the transactions of partition {lane.partition} in {_names(unmarked)} "
                f"within {BARRIER_SECONDS:g} s{problem}. Check that all brokers are up; a restarted worker tries again"
            )
        await asyncio.sleep(pause)
        pause = min(pause * 2, 0.5)


async def look_back(
    connection: Connection, prefix: str, lanes: Sequence[Lane], progress: Callable[[int, int], None]
) -> None:
    """Tell each lane which pages after its checkpoint have a visible event, and make it ready to publish.

    Call it after the lanes' barriers. BrokerError if a transaction of somebody else keeps the events from being read.
    """
    await asyncio.gather(*(await_barrier(lane) for lane in lanes))
    settings: dict[str, Any] = {
        "name": "publish-check",
        "auto_offset_reset": "earliest",
        "max_partition_fetch_bytes": FETCH_BYTES,
    }
    async with (
        connection.asker(**settings) as asker,  # for a committed reader, a log ends before the first open transaction
        connection.asker(**settings, isolation_level="read_committed") as reader,
    ):
        documents = [TopicPartition(prefix + DOCUMENTS.name, lane.partition) for lane in lanes]
        ends = await asker.end_offsets(documents)
        due = [lane for lane, tp in zip(lanes, documents, strict=True) if ends[tp] > lane.fence.offset + 1]
        found: set[bytes] = set()
        if due:
            spans = await _spans(connection, asker, prefix, due)
            found = await _visible(reader, spans, progress)
            log.info(
                "events after the checkpoint",
                stage="publish",
                partitions=[lane.partition for lane in due],
                records=sum(end - start for start, end in spans.values()),
                visible=len(found),
            )
    for lane, tp in zip(lanes, documents, strict=True):
        lane.look_out(found, until=ends[tp])


async def _spans(
    connection: Connection, asker: AIOKafkaConsumer, prefix: str, lanes: Sequence[Lane]
) -> dict[TopicPartition, tuple[int, int]]:
    """Return the parts of the outcome topics that may have events of documents after the lanes' checkpoints."""
    tps = sorted({tp for lane in lanes for tp in lane.outcomes})
    begins, ends = await asker.beginning_offsets(tps), await asker.end_offsets(tps)
    starts = dict(ends)
    for lane in lanes:
        checkpoint = lane.checkpoint
        if checkpoint.ends is None:
            known = await _since_the_document(connection, asker, prefix, lane, ends)
        else:
            known = {tp: checkpoint.start(tp.topic.removeprefix(prefix), tp.partition) for tp in tps}
        starts = {tp: min(starts[tp], known.get(tp, 0)) for tp in tps}
    return {tp: (max(begins[tp], starts[tp]), ends[tp]) for tp in tps}


async def _since_the_document(
    connection: Connection, asker: AIOKafkaConsumer, prefix: str, lane: Lane, ends: dict[TopicPartition, int]
) -> dict[TopicPartition, int]:
    """Return where the events of the next document may begin: an event is not older than its document."""
    tp = TopicPartition(prefix + DOCUMENTS.name, lane.partition)
    document = await record_at(connection, asker, tp, lane.fence.offset + 1)
    if document is None:
        return dict(ends)  # retention deleted it; reading `documents` says so
    found = await asker.offsets_for_times(dict.fromkeys(ends, max(0, document.timestamp - SKEW_MS)))
    return {outcome: found[outcome].offset if found[outcome] else end for outcome, end in ends.items()}


async def _visible(
    reader: AIOKafkaConsumer, spans: dict[TopicPartition, tuple[int, int]], progress: Callable[[int, int], None]
) -> set[bytes]:
    found: set[bytes] = set()

    def take(_tp: TopicPartition, record: Any) -> None:
        if (place := header(record.headers, "ce_id")) is not None:
            found.add(place)

    then = (
        "If this stays, a transaction hangs: find it with `kafka-transactions.sh find-hanging` and abort it "
        "(RUNBOOK, Kafka left a transaction open)"
    )
    try:
        await read_spans(reader, spans, take, progress, patience=STALLED_SECONDS, what_then=then)
    except BrokerError as error:
        raise BrokerError(f"publish: {error}") from None
    return found


def _names(tps: Iterable[TopicPartition]) -> str:
    return ", ".join(f"{tp.topic}/{tp.partition}" for tp in tps)
