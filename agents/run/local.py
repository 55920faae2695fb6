"""The whole pipeline in one process tree, without a broker: pages in, outcomes out in the order of the pages.

`clean` is the stage of the workers. Each document that it sends is judged by a ledger as dedupe has them, and becomes
the event that publish would write. Nothing has to survive this process, so no log is needed between the stages.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from agents.clean.learning import MemoryProfiles, prepare
from agents.clean.pool import Cleaners
from agents.clean.stage import clean_pages
from agents.dedupe.stage import Judged, report
from agents.feed.send import feed_page, record_of
from agents.observe.telemetry import telemetry_of
from agents.publish.report import finished
from agents.run.tally import Tally
from agents.stage.delivery import Batch, Delivery
from pipeline.article.message import message_of
from pipeline.article.outcome import outcome_of
from pipeline.records.document import read_document
from pipeline.topics import WORKER_STAGES
from pipeline.topics.headers import header
from pipeline.topics.traceparent import TRACEPARENT, child_of
from pipeline.verdict.claims import ClaimIndex
from pipeline.verdict.ledger import DAY, Ledger

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence

    from agents.feed.page_files import Input
    from agents.kafka.appending import Outgoing
    from agents.observe.telemetry import Telemetry
    from agents.observe.tracing import Traces
    from agents.settings import Settings

    Headers = Sequence[tuple[str, bytes]]

STAGES = tuple(WORKER_STAGES)[1:]  # that a page passes after fetching
BATCH, BATCH_BYTES = 32, 4 << 20  # pages, and bytes of their records
GATHER_SECONDS = 0.05  # for a batch whose input is slow
PARTITION = 0  # of `pages`, in the provenance


async def run(
    inputs: Iterable[Input],
    settings: Settings,
    *,
    emit: Callable[[str, bytes], None],
    progress: Callable[[Tally], None],
) -> Tally:
    """Run all stages on the inputs. `emit` gets (topic, event) in the order of the pages."""
    tally = Tally()
    async with AsyncExitStack() as resources:
        telemetry = await resources.enter_async_context(telemetry_of(settings, STAGES))
        cleaners = resources.enter_context(Cleaners.of(settings))
        prepare()  # while the processes start
        await clean_pages(
            _batches(inputs, tally, telemetry.traces),
            cleaner=cleaners,
            outbox=_Outcomes(settings, telemetry, tally, emit, progress),
            profiles=MemoryProfiles() if settings.profiles == "on" else None,
            telemetry=telemetry,
        )
    tally.close()
    return tally


async def _batches(inputs: Iterable[Input], tally: Tally, traces: Traces | None) -> AsyncIterator[Batch]:
    """Read pages, and yield them as `clean` gets them from Kafka. Reading an input does not suspend."""
    pages, began = _Pages(), 0.0
    for one in inputs:
        value = record_of(one.page, value=one.value)
        pages.number = tally.feed(one.where)
        began = began if pages.taken else time.monotonic()
        await feed_page(one.page, pages, value=value, body=one.body, partition=PARTITION, traces=traces)
        await asyncio.sleep(0)
        if pages.is_enough or time.monotonic() - began > GATHER_SECONDS:
            yield pages.batch()
    if pages.taken:
        yield pages.batch()


@dataclass(slots=True)
class _Pages:
    """An outbox for pages, which makes batches of them."""

    number: int = 0  # of the next page
    taken: list[Delivery] = field(default_factory=list)
    size: int = 0

    async def send(
        self, topic: str, *, value: bytes, key: bytes | None = None, partition: int | None = None, headers: Headers = ()
    ) -> Awaitable[Any]:
        """Take a page."""
        self.taken.append(
            Delivery(
                topic=topic,
                partition=partition or 0,
                offset=self.number,
                key=key,
                value=value,
                headers=tuple(headers),
                timestamp=_now(),
            )
        )
        self.size += len(value)
        return _done()

    async def send_all(self, topic: str, records: Sequence[Outgoing]) -> list[Awaitable[Any]]:
        """Take pages."""
        return [await self.send(topic, **record._asdict()) for record in records]

    @property
    def is_enough(self) -> bool:
        """Whether the pages are a batch."""
        return len(self.taken) >= BATCH or self.size >= BATCH_BYTES

    def batch(self) -> Batch:
        """Return the pages as a batch, and begin the next one."""
        taken, self.taken, self.size = self.taken, [], 0
        return Batch(stage="clean", deliveries=taken, acknowledge=_nothing, on_error=lambda _stage, _error: None)


@dataclass(slots=True)
class _Outcomes:
    """An outbox for documents, which judges each and emits its outcome at once."""

    settings: Settings
    telemetry: Telemetry
    tally: Tally
    emit: Callable[[str, bytes], None]
    progress: Callable[[Tally], None]
    ledgers: dict[int, Ledger] = field(default_factory=dict)  # by route, as there is one for each partition

    async def send(
        self, topic: str, *, value: bytes, key: bytes | None = None, partition: int | None = None, headers: Headers = ()
    ) -> Awaitable[Any]:
        """Take a document."""
        ledger = self.ledgers.get(partition or 0) or self._ledger(partition or 0)
        self._judge(
            Delivery(
                topic=topic,
                partition=ledger.partition,
                offset=ledger.passed,
                key=key,
                value=value,
                headers=tuple(headers),
                timestamp=_now(),
            ),
            ledger,
        )
        return _done()

    async def send_all(self, topic: str, records: Sequence[Outgoing]) -> list[Awaitable[Any]]:
        """Take documents, in their order."""
        for record in records:
            await self.send(topic, **record._asdict())
        self.progress(self.tally)
        return []

    def _ledger(self, partition: int) -> Ledger:
        ledger = Ledger(partition, claims=ClaimIndex(self.settings.window_days * DAY))
        ledger.open_at(0)
        self.ledgers[partition] = ledger
        return ledger

    def _judge(self, delivery: Delivery, ledger: Ledger) -> None:
        """Decide on a document, and emit what follows; both are reported as the stages report them."""
        began, ratio = time.time(), self.telemetry.ratio
        document = read_document(delivery.value, partition=delivery.partition, offset=delivery.offset)
        verdict = ledger.judge(document, delivery.offset, timestamp=delivery.timestamp)
        assert verdict is not None  # noqa: S101 — documents come in their order
        ledger.release(delivery.offset)
        parent = child_of(header(delivery.headers, TRACEPARENT), "dedupe", delivery.place, ratio=ratio)
        trace = parent if self.telemetry.traces else None
        report(Judged(delivery, verdict, document.url, is_new=True, trace=trace), self.telemetry, began)
        outcome = outcome_of(document, verdict)
        if outcome is None:
            return
        message = message_of(outcome, prefix=self.settings.prefix, parent=parent, ratio=ratio)
        if self.tally.take(outcome.provenance.offset, message.topic):
            self.emit(message.topic, message.value)
            self.telemetry.tell(finished(message, began))


def _now() -> float:
    """Return the time as Kafka's records have it: in seconds since the epoch, in steps of a millisecond."""
    return time.time_ns() // 1_000_000 / 1000


def _done() -> Awaitable[Any]:
    done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    done.set_result(None)
    return done


async def _nothing(_finished: Sequence[int]) -> None:
    """Acknowledge nothing: a run that is broken off begins again."""
