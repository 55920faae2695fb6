"""Shows what each stage holds in memory at pages of 5 MB whose documents are as large: `make memory`. Not a test.

One stage after another meets the whole backlog of the one before it, on a real Kafka, as a process of its own: so
every stage could fill its memory with it. While the pages are fed the broker stands still half of the time.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import pytest
from aiokafka import TopicPartition

from agents.kafka import Connection
from agents.subscribe import subscribe
from pipeline.document.clean import clean
from pipeline.records.document import Document
from pipeline.records.page import Page
from pipeline.records.route import PARTITION
from pipeline.records.wire import encode
from pipeline.topics import DOCUMENTS, LARGE, OUTCOMES, PAGES, URLS
from tests.hostile.table import wanted
from tests.support.command import COMMAND, Chistovik
from tests.support.kafka import Kafka, ends_of
from tests.support.scale import Meanwhile, Scale
from tests.support.sites import NEWS, large_page
from tests.support.web import running_web

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiokafka.admin import AIOKafkaAdminClient

PREFIX = "memory."
MARGIN = 1 << 16  # bytes: what a record takes beside its value
STALL_SECONDS = 1.0  # far below the request timeout: a broker that is slow, and not one that is gone
LETTERS = "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэф"
SOURCES = {"clean": PAGES, "dedupe": DOCUMENTS, "publish": DOCUMENTS}
CHAIN = tuple(SOURCES)
SOURCES["fetch"] = URLS
FETCHING = {"FETCH_PACE": "0", "FETCH_PARALLEL": "256", "FETCH_HOST_PARALLEL": "16"}  # more requests than hold a body


def page_of(number: int, size: int, *, alike: bool) -> bytes:
    """Write a row whose text no other has: of random words, or `alike` in its lines, so that it packs 90 to 1."""
    dice = random.Random(number)
    words = ["".join(dice.choices(LETTERS, k=dice.randint(2, 11))) for _ in range(40 if alike else 20_000)]
    refrain = " ".join(dice.choices(words, k=60))
    lines, written = [f"Страница {number}"], 0
    while written < size:
        text = refrain if alike else " ".join(dice.choices(words, k=60))
        lines.append(f"Абзац {len(lines)} страницы {number}: {text}.")
        written += len(lines[-1].encode())
    text = "".join(f"<p>{line}</p>" for line in lines[1:])
    html = f"<html><head><title>{lines[0]}</title></head><body><article>{text}</article></body></html>"
    return orjson.dumps(
        {"url": f"https://m{number % 24}.example/{number}", "html": html, "fetched_at": "2031-01-06T00:00:00Z"}
    )


@dataclass
class Stalling(Meanwhile):
    """Lets the broker stand still half of the time, until the block ends."""

    kafka: Kafka

    def _run(self) -> None:
        while not self._over.wait(STALL_SECONDS):
            self.kafka.signal(signal.SIGSTOP)
            self._over.wait(STALL_SECONDS)
            self.kafka.signal(signal.SIGCONT)


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def row(name: str, scale: Scale, pages: int, began: float) -> None:
    """Print a line of the table."""
    say(f"{name:8} {scale.parent >> 20:10} {scale.tree >> 20:10} {pages:8} {time.monotonic() - began:8.1f}")


def write(rows: Path, pages: int, size: int, *, alike: bool) -> None:
    """Write the pages to a file, a row each."""
    with rows.open("wb") as out:
        for number in range(pages):
            out.write(page_of(number, size, alike=alike) + b"\n")


def feed(chistovik: Chistovik, kafka: Kafka, rows: Path, pages: int) -> None:
    """Feed the pages to a broker that stands still half of the time."""
    began = time.monotonic()
    command = [*COMMAND, "feed", "--jsonl", str(rows)]
    with (chistovik.folder / "feed.log").open("wb") as log:
        process = subprocess.Popen(command, env=chistovik.env, stdout=log, stderr=log)
    with Stalling(kafka), Scale(process.pid) as scale:
        code = process.wait()
    if code:
        raise SystemExit((chistovik.folder / "feed.log").read_text())
    row("feed", scale, pages, began)


def fabricate(kafka: Kafka, documents: int, size: int, *, alike: bool) -> None:
    """Write so many documents of one cleaned page, each with a text of its own, where clean would have."""
    row = orjson.loads(page_of(0, size, alike=alike))
    page = Page(url=row["url"], fetched_at=datetime(2031, 1, 6, tzinfo=UTC), body=row["html"])
    one = clean(page, topic=PAGES.name, partition=0, offset=0)
    if not isinstance(one, Document):
        raise SystemExit(f"the page is no document: {one.reason}")

    async def send() -> None:
        async with Connection(brokers=kafka.brokers).producer("fabric") as producer:
            for number in range(documents):
                copy = replace(
                    one,
                    url=f"{row['url']}{number}",
                    canonical_url=f"{row['url']}{number}",
                    article_body=f"{number} {one.article_body}",
                    text_hash=f"{number:x}",
                    fingerprint=None,  # else they were near copies of each other
                    provenance=replace(one.provenance, page_id=f"{number:x}", offset=number),
                )
                partition = number % 2 and PARTITION[one.route]  # two of them, as two routes have
                await producer.send_and_wait(PREFIX + DOCUMENTS.name, encode(copy), key=b"", partition=partition)

    asyncio.run(send())


def bait(kafka: Kafka) -> int:
    """Write all hostile records that a broker takes; return how many."""

    async def send() -> int:
        sent = 0
        async with Connection(brokers=kafka.brokers).producer("bait") as producer:
            for _, value in wanted([]):
                if len(value or b"") < LARGE - MARGIN:
                    await producer.send_and_wait(PREFIX + PAGES.name, value, key=b"host", partition=sent % 4)
                    sent += 1
        return sent

    return asyncio.run(send())


def work(chistovik: Chistovik, kafka: Kafka, stage: str, pages: int, seconds: float) -> None:
    """Let a stage take its whole backlog."""
    began = time.monotonic()
    with chistovik.worker(stage) as worker, Scale(worker.process.pid) as scale:
        while waiting(kafka, stage):
            if worker.process.poll() is not None or time.monotonic() - began > seconds:
                raise SystemExit(f"{stage} did not finish:\n{worker.said()}")
            time.sleep(0.3)
    row(stage, scale, pages, began)


def fetch(chistovik: Chistovik, kafka: Kafka, pages: int, size: int, seconds: float) -> None:
    """Let fetch take so many large answers from 24 hosts, with 256 requests at once, and a broker that stands still."""
    with running_web() as web:
        listed = chistovik.folder / "urls.txt"
        listed.write_text("".join(f"{web.url(NEWS[n % len(NEWS)], f'/bytes/{size}/{n}')}\n" for n in range(pages)))
        large_page(size)
        named = {f"CHISTOVIK_{name}": value for name, value in FETCHING.items()}
        with pytest.MonkeyPatch.context() as patch:
            for name, value in web.settings(chistovik.folder, **named).items():
                patch.setenv(name, value)
            chistovik("feed", "--urls", str(listed))
            with Stalling(kafka):
                work(chistovik, kafka, "fetch", pages, seconds)


def waiting(kafka: Kafka, stage: str) -> int:
    """Count the records that a stage has not committed."""
    source = SOURCES[stage]
    tps = [TopicPartition(PREFIX + source.name, number) for number in range(source.partitions)]
    ends = ends_of(kafka, tps)

    async def committed(admin: AIOKafkaAdminClient) -> int:
        offsets = await admin.list_consumer_group_offsets(PREFIX + stage, partitions=tps)
        return sum(ends[tp] - max(0, offsets[tp].offset if tp in offsets else 0) for tp in tps)

    return kafka.ask(committed)


def run(chistovik: Chistovik, kafka: Kafka, stages: Sequence[str], pages: int, seconds: float) -> None:
    """Let the stages take their backlogs, one after another, and count what came out."""
    for stage in stages:
        work(chistovik, kafka, stage, pages, seconds)
    found = {topic: asyncio.run(count(kafka, topic)) for topic in OUTCOMES}
    say("outcomes: " + ", ".join(f"{number} {topic}" for topic, number in found.items()))


async def count(kafka: Kafka, topic: str) -> int:
    """Count the committed events of an outcome topic, and keep none."""
    connection = Connection(brokers=kafka.brokers)
    events = subscribe(connection, PREFIX + topic, from_beginning=True, follow=False)
    return sum([1 async for _ in events])


def main() -> None:
    """Show the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=100)
    parser.add_argument("--bytes", type=int, default=5_000_000, help="of text in a page")
    parser.add_argument("--documents", type=int, help="not pages, but so many documents made of one page: quick")
    parser.add_argument("--urls", action="store_true", help="not pages, but URLs of such pages, and fetch alone")
    parser.add_argument("--hostile", action="store_true", help="not pages, but the records of `make hostile`")
    parser.add_argument("--alike", action="store_true", help="pages that pack 90 to 1: a fetch of 4 MB holds many")
    parser.add_argument("--seconds", type=float, default=1800.0, help="that a stage may take")
    parser.add_argument("--keep", type=Path, help="a folder for the logs")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = chosen.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        rows = Path(scratch) / "pages.jsonl"
        kafka = Kafka(folder=Path(scratch) / "kafka")
        kafka.start()
        try:
            chistovik = Chistovik(brokers=kafka.brokers, prefix=PREFIX, folder=folder)
            chistovik("topics", "apply")
            say(f"{chosen.documents or chosen.pages} pages of {chosen.bytes} bytes, {os.cpu_count()} cores")
            say(f"{'stage':8} {'parent MiB':>10} {'tree MiB':>10} {'pages':>8} {'seconds':>8}")
            if chosen.urls:
                fetch(chistovik, kafka, chosen.pages, chosen.bytes, chosen.seconds)
            elif chosen.hostile:
                run(chistovik, kafka, CHAIN, bait(kafka), chosen.seconds)
            elif chosen.documents:
                fabricate(kafka, chosen.documents, chosen.bytes, alike=chosen.alike)
                run(chistovik, kafka, ("dedupe", "publish"), chosen.documents, chosen.seconds)
            else:
                write(rows, chosen.pages, chosen.bytes, alike=chosen.alike)
                feed(chistovik, kafka, rows, chosen.pages)
                run(chistovik, kafka, CHAIN, chosen.pages, chosen.seconds)
        finally:
            kafka.stop()


if __name__ == "__main__":
    main()
