"""The stages as plain generators: what they send, and what they acknowledge."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from agents.clean.stage import clean_pages
from agents.dedupe.stage import judge_documents
from agents.testing import MemoryOutbox, stream_of
from pipeline.records.document import Document, Failure, Refusal, read_document
from pipeline.records.page import Page
from pipeline.records.route import PARTITION, Route
from pipeline.records.verdict import Decision
from pipeline.records.wire import encode
from pipeline.verdict.ledger import Ledger
from tests.support.stages import LIMIT, HereCleaner, MemoryVerdicts

if TYPE_CHECKING:
    from agents.stage.delivery import Delivery


def page(name: str) -> bytes:
    text = f"В посёлке {name} открыли новую пекарню, сообщила районная газета. Хлеб там пекут с шести утра.\n" * 2
    return encode(Page(url=f"https://outlet.example/{name}", fetched_at=datetime(2031, 1, 6, tzinfo=UTC), body=text))


async def cleaned(*pages: bytes | None) -> list[bytes]:
    outbox = MemoryOutbox()
    await clean_pages(aiter(stream_of(pages)), cleaner=HereCleaner(), outbox=outbox)
    return [sent.value for sent in outbox.sent]


async def test_every_record_of_pages_gives_one_record_of_documents_in_order():
    stream, outbox = stream_of([page("Ясное"), None], [b"{", page("Тихое")]), MemoryOutbox()

    await clean_pages(aiter(stream), cleaner=HereCleaner(), outbox=outbox)

    kinds = [type(read_document(sent.value, partition=0, offset=0)) for sent in outbox.sent]
    assert kinds == [Document, Failure, Failure, Document]
    assert [sent.topic for sent in outbox.sent] == ["documents"] * 4
    assert stream.acknowledged == [("pages", 0, offset) for offset in range(4)]


async def test_a_document_goes_to_the_partition_of_its_route():
    outbox = MemoryOutbox()

    await clean_pages(aiter(stream_of([page("Ясное")])), cleaner=HereCleaner(), outbox=outbox)

    assert outbox.sent[0].partition == PARTITION[Route.CYRILLIC]


async def test_a_page_over_the_limit_is_refused():
    big = Page(url="https://o.example/", fetched_at=datetime(2031, 1, 6, tzinfo=UTC), body="а" * LIMIT)

    (value,) = await cleaned(encode(big))

    refusal = read_document(value, partition=0, offset=0)
    assert isinstance(refusal, Refusal)
    assert refusal.reason == "too-large"
    assert "CHISTOVIK_MAX_PAGE_BYTES" in refusal.detail


async def test_a_batch_whose_documents_do_not_arrive_is_not_acknowledged():
    stream = stream_of([page("Ясное")])

    with pytest.raises(ConnectionError):
        await clean_pages(aiter(stream), cleaner=HereCleaner(), outbox=MemoryOutbox(fails=ConnectionError("refused")))

    assert stream.acknowledged == []
    assert [str(error) for error in stream.errors] == ["refused"]


async def test_documents_get_one_verdict_each():
    documents = await cleaned(page("Ясное"), page("Тихое"), b"{", page("Ясное"))
    stream, verdicts = stream_of(documents, topic="documents"), MemoryVerdicts({0: Ledger(0)})

    await judge_documents(aiter(stream), verdicts=verdicts)

    decisions = [verdict.decision for verdict in verdicts.written]
    assert decisions == [Decision.CREATED, Decision.CREATED, Decision.DEAD_LETTER, Decision.DUPLICATE]
    assert len(stream.acknowledged) == 4


async def test_documents_of_a_partition_that_is_not_ours_are_left():
    documents = await cleaned(page("Ясное"))
    stream, verdicts = stream_of(documents, topic="documents", partition=2), MemoryVerdicts({0: Ledger(0)})

    await judge_documents(aiter(stream), verdicts=verdicts)

    assert verdicts.written == []
    assert stream.acknowledged == []


async def test_a_document_ahead_of_its_predecessors_is_left():
    documents = await cleaned(page("Ясное"))
    ledger = Ledger(0)
    ledger.open_at(0)
    stream, verdicts = stream_of([], documents, topic="documents"), MemoryVerdicts({0: ledger})
    ahead = stream_of(documents, documents, topic="documents").batches[1]  # offset 1, with nothing known of offset 0
    stream.batches = [ahead]

    await judge_documents(aiter(stream), verdicts=verdicts)

    assert verdicts.written == []
    assert stream.acknowledged == []


async def test_documents_far_below_the_committed_ones_are_acknowledged_and_nothing_is_written(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr("pipeline.verdict.ledger.KEPT", 1)
    documents = await cleaned(page("Ясное"), page("Тихое"), page("Дальнее"))
    ledger = Ledger(0)
    await judge_documents(aiter(stream_of(documents, topic="documents")), verdicts=MemoryVerdicts({0: ledger}))
    kept = ledger.verdict_on(2)
    ledger.release(3)
    stream, verdicts = stream_of(documents, topic="documents"), MemoryVerdicts({0: ledger})

    await judge_documents(aiter(stream), verdicts=verdicts)

    assert verdicts.written == [kept]  # the last is at hand, and repeated verbatim
    assert len(stream.acknowledged) == 3


async def test_verdicts_that_do_not_arrive_leave_the_batch_unacknowledged():
    documents = await cleaned(page("Ясное"))
    stream = stream_of(documents, topic="documents")

    with pytest.raises(OSError, match="no"):
        await judge_documents(aiter(stream), verdicts=MemoryVerdicts({0: Ledger(0)}, fails=OSError("no")))

    assert stream.acknowledged == []
    assert len(stream.errors) == 1


async def test_the_trace_of_a_page_goes_on_in_its_document():
    stream, outbox = stream_of([page("Ясное")]), MemoryOutbox()
    parent = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    stream.batches[0][0] = _with_header(stream.batches[0][0], ("traceparent", parent))

    await clean_pages(aiter(stream), cleaner=HereCleaner(), outbox=outbox)

    (name, value), *_ = outbox.sent[0].headers
    assert name == "traceparent"
    assert value.split(b"-")[1] == parent.split(b"-")[1]
    assert value.split(b"-")[2] != parent.split(b"-")[2]


def _with_header(delivery: Delivery, header: tuple[str, bytes]) -> Delivery:
    from dataclasses import replace  # noqa: PLC0415

    return replace(delivery, headers=(header,))
