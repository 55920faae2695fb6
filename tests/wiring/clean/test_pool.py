"""The killable processes: a page that hangs, crashes or eats memory costs itself and nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from agents.clean import chunk, pool
from agents.clean.pool import Cleaners
from agents.stage.delivery import Delivery
from pipeline.records.document import Document, Failure, read_document
from pipeline.records.page import Page
from pipeline.records.wire import encode
from tests.support.patience import SECONDS, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agents.clean.record import CleanRecord
    from pipeline.document.clean import Extractor

GOOD = "В посёлке Ясном открыли новую пекарню, сообщила районная газета. Хлеб там пекут с шести утра."


# What a hostile page does to its parser, by its first word; runs in the cleaning process.
def hostile_record(delivery: Delivery, max_page_bytes: int, max_record_bytes: int, extractor: Extractor) -> CleanRecord:
    value = delivery.value or b""
    if b"HANG" in value:
        time.sleep(600)
    if b"CRASH" in value:
        os.kill(os.getpid(), signal.SIGSEGV)
    if b"EAT" in value:
        bytearray(pool.MEMORY_BYTES)
    if b"RAISE" in value:
        raise ValueError("a parser's own error")
    from agents.clean.record import clean_record  # noqa: PLC0415

    return clean_record(delivery, max_page_bytes, max_record_bytes, extractor)


def hungry_record(delivery: Delivery, *limits: Any) -> CleanRecord:
    bytearray(800 << 20)
    from agents.clean.record import clean_record  # noqa: PLC0415

    return clean_record(delivery, *limits)


def delivery(number: int, text: str) -> Delivery:
    page = Page(url=f"https://o.example/{number}", fetched_at=datetime(2031, 1, 6, tzinfo=UTC), body=f"{text}\n{GOOD}")
    return Delivery(topic="pages", partition=0, offset=number, value=encode(page))


@pytest.fixture
def cleaners(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cleaners]:
    monkeypatch.setattr(pool, "clean_record", hostile_record)
    with Cleaners(processes=2, page_timeout=8.0, max_page_bytes=1 << 20, max_record_bytes=2 << 20) as opened:
        yield opened


async def test_hostile_pages_fail_alone_and_in_order(cleaners: Cleaners):
    texts = ["", "HANG", "", "CRASH", "", "EAT", "RAISE", ""]

    records = await cleaners.clean([delivery(number, text) for number, text in enumerate(texts)])

    read = [read_document(record.value, partition=0, offset=0) for record in records]
    assert [one.provenance.offset for one in read] == list(range(8))
    assert [isinstance(one, Document) for one in read] == [text == "" for text in texts]
    errors = [one.error for one in read if isinstance(one, Failure)]
    assert "took longer than 8 s" in errors[0]
    assert "SIGSEGV" in errors[1]
    assert errors[2] == "needs more than 2048 MiB of memory (CHISTOVIK_PAGE_MEMORY)"
    assert errors[3] == "ValueError: a parser's own error"


async def test_the_memory_that_a_page_may_take_is_a_setting(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pool, "clean_record", hungry_record)
    limits = {"processes": 1, "page_timeout": SECONDS, "max_page_bytes": 1 << 20, "max_record_bytes": 2 << 20}

    with Cleaners(**limits, memory=768 << 20) as narrow:
        (failed,) = await narrow.clean([delivery(1, "")])
    with Cleaners(**limits) as wide:
        (fine,) = await wide.clean([delivery(1, "")])

    failure = read_document(failed.value, partition=0, offset=0)
    assert isinstance(failure, Failure)
    assert failure.error == "needs more than 768 MiB of memory (CHISTOVIK_PAGE_MEMORY)"
    assert isinstance(read_document(fine.value, partition=0, offset=0), Document)


async def test_a_failure_carries_the_record_byte_for_byte(cleaners: Cleaners):
    broken = delivery(7, "RAISE")

    (record,) = await cleaners.clean([broken])

    failure = read_document(record.value, partition=0, offset=0)
    assert isinstance(failure, Failure)
    assert failure.original_base64 == broken.value
    assert failure.url == "https://o.example/7"


async def test_a_failed_page_takes_the_route_and_the_id_it_would_have_had(cleaners: Cleaners):
    failed, fine = await cleaners.clean([delivery(1, "RAISE"), delivery(2, "")])

    assert failed.partition == fine.partition
    from agents.clean.record import clean_record  # noqa: PLC0415

    assert clean_record(delivery(1, "RAISE"), 1 << 20, 2 << 20).key == failed.key


def announce_and_hang() -> None:
    os.write(1, b"hangs\n")
    time.sleep(3600)


WORKER = """
import asyncio
from agents.clean.pool import Cleaners
from tests.wiring.clean.test_pool import announce_and_hang

async def main():
    with Cleaners(processes=1, page_timeout={limit}, max_page_bytes=1000, max_record_bytes=1000, alone={alone}) as cleaners:
        await cleaners._run(announce_and_hang)

if __name__ == "__main__":
    asyncio.run(main())
"""


@pytest.mark.parametrize("alone", [False, True])
def test_a_page_that_hangs_does_not_outlive_a_killed_worker_for_long(tmp_path: Path, alone: bool):
    program = tmp_path / "worker.py"
    program.write_text(WORKER.format(limit=5.0, alone=alone))
    env = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])}
    with subprocess.Popen([sys.executable, program], stdout=subprocess.PIPE, env=env, start_new_session=True) as worker:
        assert worker.stdout is not None
        try:
            assert worker.stdout.readline() == b"hangs\n"
            worker.kill()
            assert worker.wait(SECONDS) == -signal.SIGKILL

            wait_until(lambda: not exists(worker.pid), every=0.2)
        finally:
            if exists(worker.pid):
                os.killpg(worker.pid, signal.SIGKILL)


def exists(group: int) -> bool:
    """Return whether a process group has a process."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
def one_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cleaners]:
    monkeypatch.setattr(pool, "clean_record", hostile_record)
    with Cleaners(processes=1, page_timeout=8.0, max_page_bytes=1 << 20, max_record_bytes=2 << 20) as opened:
        yield opened


@pytest.mark.parametrize(
    "texts",
    [
        ["CRASH", "", "", ""],
        ["", "", "", "CRASH"],
        ["", "CRASH", "CRASH", "", "RAISE"],
        ["CRASH"] * 3,
        ["", "HANG", ""],
    ],
)
async def test_a_page_that_ends_the_process_of_its_chunk_is_named_and_the_others_are_cleaned(
    one_process: Cleaners, texts: list[str]
):
    records = await one_process.clean([delivery(number, text) for number, text in enumerate(texts)])

    read = [read_document(record.value, partition=0, offset=0) for record in records]
    assert [one.provenance.offset for one in read] == list(range(len(texts)))
    assert [isinstance(one, Document) for one in read] == [text == "" for text in texts]
    assert one_process.finished == len(texts)


def slow_record(delivery: Delivery, *limits: Any) -> CleanRecord:
    time.sleep(0.4)
    from agents.clean.record import clean_record  # noqa: PLC0415

    done = clean_record(delivery, *limits)
    return replace(done, report=replace(done.report, detail=str(os.getpid())))


async def test_a_chunk_that_takes_long_comes_back_in_parts(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pool, "clean_record", slow_record)
    tried: list[int] = []
    with Cleaners(processes=1, page_timeout=SECONDS, max_page_bytes=1 << 20, max_record_bytes=2 << 20) as cleaners:
        try_chunk = cleaners._try_chunk

        async def counted(pages: Any) -> Any:
            done = await try_chunk(pages)
            tried.append(len(done))
            return done

        monkeypatch.setattr(Cleaners, "_try_chunk", lambda _self, pages: counted(pages))
        records = await cleaners.clean([delivery(number, "") for number in range(5)])

    read = [read_document(record.value, partition=0, offset=0) for record in records]
    assert [one.provenance.offset for one in read] == list(range(5))
    assert sum(tried) == 5
    assert len(tried) > 1
    assert 0 not in tried


def test_chunks_keep_the_order_and_occupy_all_processes():
    small = [Delivery(topic="pages", partition=0, offset=number, value=b"x" * 1000) for number in range(100)]
    large = [Delivery(topic="pages", partition=0, offset=100 + n, value=b"x" * chunk.CHUNK_BYTES) for n in range(3)]

    for deliveries, processes in ((small, 2), (small[:3], 2), ([*small, *large, *small], 4), (large, 1), ([], 3)):
        made = list(chunk.chunks(deliveries, processes))

        assert [one for part in made for one in part] == deliveries
        assert all(0 < len(part) <= chunk.CHUNK_PAGES for part in made)
        assert all(len(part) == 1 or sum(len(one.value or b"") for one in part) <= chunk.CHUNK_BYTES for part in made)
        assert len(made) >= min(processes, len(deliveries))
