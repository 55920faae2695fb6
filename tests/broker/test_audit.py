"""The audit on a real Kafka: what is whole, twice, missing, in flight or fallen out of the log is said to be."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import RecordsToDelete

from agents.errors import BrokerError
from agents.kafka import Connection
from agents.reports.audit import Bound, audit
from pipeline.topics import DAY_MS
from tests.support.kafka import commit
from tests.support.patience import SECONDS

if TYPE_CHECKING:
    from agents.reports.audit import Findings
    from pipeline.reports.audit import PartitionAudit
    from tests.support.command import Chistovik
    from tests.support.kafka import Kafka

pytestmark = pytest.mark.broker
DEMO = str(Path(__file__).parents[2] / "deploy" / "demo" / "pages")
Headers = tuple[tuple[str, bytes], ...]


def rows(chistovik: Chistovik, *options: str, code: int = 0) -> tuple[list[dict[str, Any]], str]:
    """Run the audit; the rows of the partitions that hold pages, and the last line on standard error."""
    done = chistovik("audit", *options, code=code)
    found = [orjson.loads(line) for line in done.stdout.splitlines()]
    return [row for row in found if row["pages"] or row["fell_out"]], done.stderr.decode().splitlines()[-1]


def look(kafka: Kafka, prefix: str) -> PartitionAudit:
    """Audit without a process for it; what became of the pages of partition 0."""
    found = asyncio.run(audit(Connection(brokers=kafka.brokers), prefix, progress=lambda *_: None))
    return found.partitions[0]


def total(found: list[dict[str, Any]], name: str) -> int:
    return sum(row[name] for row in found)


def place(offset: int) -> bytes:
    """The provenance of a page of partition 0, as outcomes and documents have it."""
    where = {"page_id": "1", "topic": "pages", "partition": 0, "offset": offset}
    return orjson.dumps({"event": "discarded", "provenance": where})


def produce(kafka: Kafka, topic: str, *records: tuple[bytes, Headers], days_old: float = 0) -> None:
    at = int(time.time() * 1000 - days_old * DAY_MS)

    async def send() -> None:
        async with AIOKafkaProducer(bootstrap_servers=kafka.brokers) as producer:
            for value, headers in records:
                await producer.send_and_wait(
                    topic, value, key=b"host", partition=0, headers=list(headers), timestamp_ms=at
                )

    asyncio.run(send())


def records_of(kafka: Kafka, topic: str) -> list[Any]:
    async def read() -> list[Any]:
        async with AIOKafkaConsumer(
            topic, bootstrap_servers=kafka.brokers, auto_offset_reset="earliest", isolation_level="read_committed"
        ) as consumer:
            found: list[Any] = []
            while not found:
                for records in (await consumer.getmany(timeout_ms=500)).values():
                    found += records
            return found

    return asyncio.run(asyncio.wait_for(read(), SECONDS))


def test_every_page_of_the_demo_has_one_outcome_and_a_copied_one_is_twice(
    kafka: Kafka, chistovik: Chistovik, prefix: str
):
    with chistovik.worker("clean", "dedupe", "publish"):
        chistovik("feed", "--pages", DEMO)
        chistovik.outcomes(pages=13)
    whole, said = rows(chistovik, "--settled")
    assert said.startswith("13 pages: articles 11, duplicates 1, discarded 1, dead letters 0, in flight 0, missing 0")
    assert total(whole, "pages") == 13

    record = records_of(kafka, prefix + "articles")[0]
    produce(kafka, prefix + "discarded", (record.value, record.headers))
    doubled, said = rows(chistovik, code=1)

    source = orjson.loads(record.value)["provenance"]
    (row,) = (row for row in doubled if row["twice"])
    assert row["partition"] == source["partition"]
    assert row["twice"] == [[source["offset"], source["offset"] + 1]]
    assert said.endswith("missing 0, twice 1, fell out of the log 0")


def test_a_page_without_an_outcome_is_in_flight_until_nothing_is_behind_it_any_more(
    kafka: Kafka, chistovik: Chistovik, prefix: str
):
    produce(kafka, prefix + "pages", *[(b"{}", ())] * 6)
    fed = look(kafka, prefix)
    assert (fed.in_flight, fed.whole) == (6, True)
    rows(chistovik, "--settled", code=1)

    # Cleaned up to page 5; pages 1 and 4 published, one of them without its header; page 2 a document for now
    commit(kafka, prefix + "clean", TopicPartition(prefix + "pages", 0), 5)
    produce(kafka, prefix + "documents", *[(place(offset), ()) for offset in (1, 4, 2)])
    produce(kafka, prefix + "discarded", (b"", (("ce_id", b"pages/0/1"),)), (place(4), ()))
    commit(kafka, prefix + "publish", TopicPartition(prefix + "documents", 0), 2)
    cleaned = look(kafka, prefix)
    assert (cleaned.outcomes["discarded"], cleaned.in_flight) == (2, 2)
    assert cleaned.missing.first == ((0, 1), (3, 4))

    commit(kafka, prefix + "publish", TopicPartition(prefix + "documents", 0), 3)
    (published,), said = rows(chistovik, code=1)
    assert published["missing"] == [[0, 1], [2, 4]]
    assert published["in_flight"] == 1
    assert "in flight 1, missing 3, twice 0" in said


def test_what_retention_took_before_it_was_cleaned_fell_out_of_the_log(kafka: Kafka, chistovik: Chistovik, prefix: str):
    tp = TopicPartition(prefix + "pages", 0)
    produce(kafka, tp.topic, *[(b"{}", ())] * 6)
    produce(kafka, prefix + "discarded", (b"", (("ce_id", b"pages/0/0"),)), (b"?", ()))
    kafka.ask(lambda admin: admin.delete_records({tp: RecordsToDelete(before_offset=4)}))
    never_cleaned, said = rows(chistovik, code=1)
    assert [row["fell_out"] for row in never_cleaned] == [[[1, 4]]]
    assert said.startswith("chistovik: 1 outcomes do not name their page")

    commit(kafka, prefix + "clean", tp, 2)
    found = look(kafka, prefix)

    assert (found.begin, found.end, found.fell_out.first, found.in_flight) == (4, 6, ((2, 4),), 2)


def test_cleaned_pages_older_than_the_compaction_lag_are_not_looked_at(kafka: Kafka, chistovik: Chistovik, prefix: str):
    produce(kafka, prefix + "pages", (b"{}", ()), days_old=8)
    produce(kafka, prefix + "pages", *[(b"{}", ())] * 2)
    produce(kafka, prefix + "articles", (b"", (("ce_id", b"pages/0/0"),)), days_old=8)
    produce(kafka, prefix + "articles", (b"", (("ce_id", b"pages/0/1"),)))
    commit(kafka, prefix + "clean", TopicPartition(prefix + "pages", 0), 3)
    found = look(kafka, prefix)

    assert (found.begin, found.outcomes["articles"], found.missing.first) == (1, 1, ((2, 3),))


@pytest.mark.parametrize(("ends", "missing"), [("commit", 0), ("abort", 1)])
def test_an_open_transaction_is_waited_for(kafka: Kafka, chistovik: Chistovik, prefix: str, ends: str, missing: int):
    produce(kafka, prefix + "pages", (b"{}", ()))
    commit(kafka, prefix + "clean", TopicPartition(prefix + "pages", 0), 1)

    async def audited() -> Findings:
        connection = Connection(brokers=kafka.brokers)
        async with AIOKafkaProducer(bootstrap_servers=kafka.brokers, transactional_id=prefix) as producer:
            await producer.begin_transaction()
            await producer.send_and_wait(prefix + "articles", b"", key=b"id", headers=[("ce_id", b"pages/0/0")])
            running = asyncio.create_task(audit(connection, prefix, progress=lambda *_: None))
            await asyncio.sleep(2)
            assert not running.done()
            await (producer.commit_transaction() if ends == "commit" else producer.abort_transaction())
            return await running

    found = asyncio.run(audited())

    assert sum(one.missing.pages for one in found.partitions) == missing
    assert found.whole == (missing == 0)


def test_a_transaction_that_stays_open_ends_the_audit_in_one_line(
    kafka: Kafka, chistovik: Chistovik, prefix: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("agents.reports.audit.STALLED_SECONDS", 1.0)

    async def audited() -> None:
        async with AIOKafkaProducer(bootstrap_servers=kafka.brokers, transactional_id=prefix) as producer:
            await producer.begin_transaction()
            await producer.send_and_wait(prefix + "discarded", b"", partition=5)
            try:
                await audit(Connection(brokers=kafka.brokers), prefix, progress=lambda *_: None)
            finally:
                await producer.abort_transaction()

    with pytest.raises(BrokerError, match=rf"^{prefix}discarded/5 gave no record for 1 s[^\n]*$"):
        asyncio.run(audited())


def test_a_bounded_audit_looks_back_as_far_as_its_records_allow(kafka: Kafka, chistovik: Chistovik, prefix: str):
    """The newest pages are audited; older ones and their outcomes are not read."""
    hours_old = 3 / 24
    for number in range(4):
        produce(kafka, prefix + "pages", (b"{}", ()), days_old=hours_old if number < 2 else 0)
        headers = (("ce_id", f"pages/0/{number}".encode()),)
        produce(kafka, prefix + "discarded", (b"", headers), days_old=hours_old if number < 2 else 0)
    produce(kafka, prefix + "pages", (b"{}", ()))
    produce(kafka, prefix + "discarded", (b"", (("ce_id", b"pages/0/3"),)))
    commit(kafka, prefix + "clean", TopicPartition(prefix + "pages", 0), 5)

    def bounded(*, hours: float, records: int) -> tuple[float, PartitionAudit]:
        bound = Bound(hours * 3600, records)
        found = asyncio.run(audit(Connection(brokers=kafka.brokers), prefix, progress=lambda *_: None, bound=bound))
        return found.seconds, found.partitions[0]

    seconds, wide = bounded(hours=6, records=100)
    assert (seconds, wide.begin, wide.end) == (6 * 3600, 0, 5)
    assert (wide.missing.first, wide.twice.first) == (((4, 5),), ((3, 4),))

    seconds, narrow = bounded(hours=6, records=4)
    assert (seconds, narrow.begin, narrow.end) == (1.5 * 3600, 2, 5)
    assert (narrow.missing.first, narrow.twice.first) == (((4, 5),), ((3, 4),))


def test_a_bounded_audit_does_not_begin_where_too_many_records_wait(kafka: Kafka, chistovik: Chistovik, prefix: str):
    produce(kafka, prefix + "documents", *[(place(offset), ()) for offset in range(5)])
    found = asyncio.run(
        audit(Connection(brokers=kafka.brokers), prefix, progress=lambda *_: None, bound=Bound(3600, 4))
    )

    assert (found.waiting, found.partitions) == (5, [])


def test_a_missing_topic_is_one_line(kafka: Kafka, prefix: str, tmp_path: Path):
    from tests.support.command import Chistovik  # noqa: PLC0415

    done = Chistovik(brokers=kafka.brokers, prefix=prefix, folder=tmp_path)("audit", code=3)

    assert done.stderr.count(b"\n") == 1
    assert b"topics apply" in done.stderr
