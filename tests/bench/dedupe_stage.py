"""What the stage dedupe takes on a real Kafka, alone in one process: documents a second, and how it gets its state back.

`python -m tests.bench.dedupe_stage`: the stage judges distinct documents, of which every tenth is a near copy of the one
before it; then it reads back many verdicts, once from the changelog and once from its snapshot.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from aiokafka import AIOKafkaConsumer, TopicPartition

from agents.kafka import Connection
from pipeline.records.document import Cleaning, Document, Provenance
from pipeline.records.fields import digest
from pipeline.records.route import PARTITION, Route
from pipeline.records.wire import encode, encode_sparse
from pipeline.text.fingerprint import fingerprint_of, read, text_hash
from pipeline.topics import DOCUMENTS, VERDICTS
from pipeline.verdict.claims import ClaimIndex
from pipeline.verdict.decide import Decider
from tests.support.command import Chistovik
from tests.support.kafka import Kafka, commit, ends_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aiokafka import AIOKafkaProducer

PREFIX = "bench."
LETTERS = "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэф"
NUMBER = PARTITION[Route.CYRILLIC]
TICKS = os.sysconf("SC_CLK_TCK")
FETCHED = datetime(2031, 1, 6, tzinfo=UTC)
COPY = 10  # one document in so many
KNOWN_WORDS = 20_000


def documents(count: int, words: int) -> Iterator[Document]:
    """Make documents of so many words, each of a page of its own; words are as frequent as those of a language."""
    dice = random.Random(1)
    known = ["".join(dice.choices(LETTERS, k=dice.randint(2, 11))) for _ in range(KNOWN_WORDS)]
    weights = [1 / rank for rank in range(1, len(known) + 1)]
    text: list[str] = []
    for number in range(count):
        if text and number % COPY == 0:
            text[dice.randrange(words)] = dice.choice(known)
        else:
            text = dice.choices(known, weights, k=words)
        lines = [" ".join(text[at : at + 40]).capitalize() + "." for at in range(0, words, 40)]
        yield document_of(number, "\n".join(lines))


def document_of(number: int, text: str) -> Document:
    """Make the document of a page of which all is article."""
    url = f"https://outlet{number % 40}.example/news/{number}"
    return Document(
        url=url,
        canonical_url=url,
        route=Route.CYRILLIC,
        article_body=text,
        word_count=len(text.split()),
        in_language="ru",
        text_hash=text_hash(text),
        fingerprint=fingerprint_of(text),
        cleaning=Cleaning(kept_lines=text.count("\n") + 1, kept_characters=len(text)),
        provenance=Provenance(
            page_id=digest(url.encode()), topic="pages", partition=0, offset=number, fetched_at=FETCHED
        ),
    )


def say(name: str, figure: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{name:44} {figure}\n")
    sys.stdout.flush()


def send(kafka: Kafka, write: Callable[[AIOKafkaProducer], object]) -> None:
    """Let a producer write."""

    async def sent() -> None:
        async with Connection(brokers=kafka.brokers).producer("bench") as producer:
            await write(producer)  # type: ignore[misc]

    asyncio.run(sent())


def fill(kafka: Kafka, prefix: str, count: int, words: int) -> None:
    """Write the documents."""

    async def write(producer: AIOKafkaProducer) -> None:
        for document in documents(count, words):
            await producer.send(prefix + DOCUMENTS.name, encode(document), key=b"", partition=NUMBER)
        await producer.flush()

    send(kafka, write)


def fill_verdicts(kafka: Kafka, prefix: str, count: int, words: int) -> None:
    """Write the verdicts that articles of other pages would have got, from the decision on one document."""
    one = next(iter(documents(1, words)))
    decided = Decider(ClaimIndex()).decide(one, partition=NUMBER, offset=0, timestamp=FETCHED.timestamp())
    assert one.fingerprint is not None
    sketch = read(one.fingerprint)
    dice = random.Random(2)

    async def write(producer: AIOKafkaProducer) -> None:
        for number in range(count):
            verdict = replace(
                decided,
                document_offset=number,
                page_id=digest(b"%d" % number),
                page_offset=number,
                article_id=digest(b"article %d" % number),
                text_hash=digest(b"text %d" % number),
                fingerprint=sketch._replace(minhash=dice.randbytes(len(sketch.minhash))).packed(),
                timestamp=FETCHED.timestamp() + number,
                horizon=FETCHED.timestamp() - 30 * 86_400.0,
            )
            await producer.send(prefix + VERDICTS.name, encode_sparse(verdict), key=verdict.key, partition=NUMBER)
            await producer.send(prefix + DOCUMENTS.name, b"", key=b"", partition=NUMBER)  # it is never read again
        await producer.flush()

    send(kafka, write)
    commit(kafka, prefix + "dedupe", TopicPartition(prefix + DOCUMENTS.name, NUMBER), count)


def cpu(pid: int) -> float:
    """Return the CPU seconds that a process has used, by proc(5)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident(pid: int) -> int:
    """Return the memory that a process holds, in MiB."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 20


def judge(chistovik: Chistovik, kafka: Kafka, count: int) -> None:
    """Measure from the first tenth of the verdicts to the last."""
    tp = TopicPartition(chistovik.prefix + VERDICTS.name, NUMBER)
    with chistovik.worker("dedupe") as worker:
        pid = worker.process.pid

        async def watch() -> tuple[int, float, float]:
            began: tuple[int, float, float] | None = None
            async with AIOKafkaConsumer(bootstrap_servers=kafka.brokers) as consumer:
                while True:
                    done = (await consumer.end_offsets([tp]))[tp]
                    if began is None and done >= count / 10:
                        began = done, time.monotonic(), cpu(pid)
                    if began is not None and done >= count:
                        return done - began[0], time.monotonic() - began[1], cpu(pid) - began[2]
                    if worker.process.poll() is not None:
                        raise SystemExit(worker.said())
                    await asyncio.sleep(0.1)

        judged, seconds, used = asyncio.run(watch())
        say("documents a second", f"{judged / seconds:.0f}")
        say("documents per CPU-second, all threads", f"{judged / used:.0f}")
        say("memory, MiB", f"{resident(pid)}")


def recover(chistovik: Chistovik, kafka: Kafka, count: int) -> None:
    """Measure starts: with nothing to read, with everything, and with a snapshot."""
    bare = replace(chistovik, prefix=chistovik.prefix + "bare.")
    bare("topics", "apply")
    begun = started(bare)
    say("start without verdicts, s", f"{begun[0]:.1f}")
    for how in ("from the changelog", "from a snapshot"):
        seconds, used, memory = started(chistovik)
        say(f"{count} verdicts read back {how}, s", f"{seconds - begun[0]:.1f}")
        say("  CPU, s; memory, MiB", f"{used - begun[1]:.1f}; {memory}")
    size = sum(file.stat().st_size for file in (chistovik.folder / "data" / "dedupe-1").glob(f"{chistovik.prefix}*"))
    say("snapshots, MB", f"{size / 1e6:.1f}")


def started(chistovik: Chistovik) -> tuple[float, float, int]:
    """Start a worker, and end it in good order; how long it took to be ready, its CPU seconds and MiB then."""
    began = time.monotonic()
    with chistovik.worker("dedupe", seconds=1200) as worker:
        pid = worker.process.pid
        found = time.monotonic() - began, cpu(pid), resident(pid)
        worker.end(signal.SIGTERM)
    return found


def main() -> None:
    """Print the figures, a line each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=20_000, help="to judge; 0: none")
    parser.add_argument("--words", type=int, default=400, help="of a document")
    parser.add_argument("--verdicts", type=int, default=200_000, help="to read back; 0: none")
    parser.add_argument("--keep", type=Path, help="a folder for the logs")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = chosen.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        kafka = Kafka(folder=Path(scratch) / "kafka")
        kafka.start()
        try:
            chistovik = Chistovik(brokers=kafka.brokers, prefix=PREFIX, folder=folder)
            if chosen.documents:
                chistovik("topics", "apply")
                fill(kafka, PREFIX, chosen.documents, chosen.words)
                judge(chistovik, kafka, chosen.documents)
            if chosen.verdicts:
                many = replace(chistovik, prefix=PREFIX + "many.")
                many("topics", "apply")
                fill_verdicts(kafka, many.prefix, chosen.verdicts, chosen.words)
                recover(many, kafka, ends_of(kafka, [TopicPartition(many.prefix + VERDICTS.name, NUMBER)]).popitem()[1])
        finally:
            kafka.stop()


if __name__ == "__main__":
    main()
