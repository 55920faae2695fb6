"""What a window of so many documents needs: memory, disk, time of a decision, of a snapshot and of a start.

`python -m tests.bench.window`: for each size, one process fills a window and writes its snapshot, and another one reads
it and decides. Most of the documents are made up: their keys are random, as those of different texts are. A thousand
real texts are the oldest of the window; three in ten decided documents are near copies of them.
"""

from __future__ import annotations

import argparse
import gc
import json
import mmap
import os
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from agents.dedupe.segments import SegmentFiles
from agents.dedupe.snapshots import Snapshots
from pipeline.records.fields import digest
from pipeline.text.minhash import ANCHORS, LEADS
from pipeline.verdict.claim import CLAIM, RECORD, By
from pipeline.verdict.claims import SEALED_FROM, SEALED_SHARE, WINDOW, ClaimIndex
from pipeline.verdict.decide import Decider
from pipeline.verdict.ledger import Ledger
from pipeline.verdict.lsh import BANDS, KEYS
from pipeline.verdict.recent import Recent
from tests.bench import sets
from tests.bench.cleaning import say
from tests.bench.perturbed import edited
from tests.bench.texts import document_of, texts_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from pipeline.records.document import Document

SIZES = (1_000_000, 10_000_000)
REAL, NEAR = 1000, 0.3
DECIDED, COLD = 10_000, 2_000
LEAST = 0.95  # of the near copies are found, or the figures mean nothing
AT = 2e9  # seconds since the epoch: the end of the window
TOPIC, PARTITION = "bench.verdicts", 0


def decided(home: Path, count: int) -> Iterator[tuple[Document, bool]]:
    """Make documents to be decided, and say which are near copies; their sketches are made before the clock runs."""
    draw, texts = random.Random(7), texts_of(home, 2 * REAL)
    new = [document_of(text, 10**8 + number) for number, text in enumerate(texts[REAL:])]
    for number in range(count):
        if draw.random() < NEAR:
            yield document_of(edited(0.03)(draw.choice(texts[:REAL]), draw), 2 * 10**8 + number), True
        else:
            yield _other(draw.choice(new), number, draw), False


def _other(one: Document, number: int, draw: random.Random) -> Document:
    """Give a document another text's keys: new texts are as different as random ones."""
    packed = one.fingerprint or b""
    name = digest(b"new %d" % number)
    url = f"https://new.example/{number}"
    return replace(
        one,
        url=url,
        canonical_url=url,
        text_hash=name,
        fingerprint=packed[:6] + draw.randbytes(164) + packed[170:],
        provenance=replace(one.provenance, page_id=name, offset=3 * 10**8 + number),
    )


def made_up(count: int, begin: int, of: int, draw: np.random.Generator) -> list[npt.NDArray[Any]]:
    """Make claims and records as `Recent.arrays` returns them: `count` texts, the first of which is number `begin`."""
    records = np.zeros(count, dtype=RECORD)
    keys = draw.integers(0, 1 << 32, (count, KEYS), dtype=np.uint32)
    keys[:, BANDS : BANDS + ANCHORS + LEADS] >>= np.uint32(8)
    records["keys"], records["shingles"] = keys, 380
    articles = draw.integers(0, 1 << 63, (count, 2), dtype=np.uint64)
    records["article"] = articles[:, 0]
    records["outline"] = np.frombuffer(b"\1" + bytes(RECORD["outline"].itemsize - 1), RECORD["outline"])[0]
    claims, rows = np.zeros(count, dtype=CLAIM), np.arange(count, dtype=np.uint32)
    claims["article"] = articles.view("V16")[:, 0]
    claims["revision"] = claims["text_revision"] = 1
    claims["own"] = begin + 1 + rows.astype(np.uint64)
    times = AT - WINDOW * 0.98 + (begin + np.arange(count)) * (WINDOW * 0.98 / of)
    found = [times, claims, records, rows.copy()]
    for kind in By:
        many = count if kind <= By.ARTICLE else 0
        names = articles[:, 0] if kind is By.ARTICLE else draw.integers(0, 1 << 63, many, dtype=np.uint64)
        found += [names[:many], rows[:many].copy()]
    return found


def fill(folder: Path, size: int, home: Path) -> dict[str, float]:
    """Fill a window as a ledger fills it, and write its snapshot; return what the last segment and the snapshot took."""
    claims, draw = ClaimIndex(), np.random.default_rng(1)
    for number, text in enumerate(texts_of(home, 2 * REAL)[:REAL]):
        verdict = Decider(claims).decide(
            document_of(text, number), partition=PARTITION, offset=number, timestamp=AT - WINDOW * 0.98
        )
        claims.learn(verdict)
    files, took = SegmentFiles(folder, f"{TOPIC}-{PARTITION}"), 0.0
    while len(claims) < size:
        share, left = max(SEALED_FROM, len(claims) // SEALED_SHARE), size - len(claims)
        last = left <= share // 2  # half a share stays in memory, as in the mean
        count = left if last else min(share - len(claims.recent), left - share // 2)
        more = made_up(count, len(claims), size, draw)
        held = claims.recent.arrays()
        for kind in range(len(By)):  # counted from the first claim in memory
            more[5 + 2 * kind] += np.uint32(len(claims.recent))
        more[3] += np.uint32(len(claims.recent))
        arrays = [np.concatenate(pair) for pair in zip(held, more, strict=True)]
        claims.recent = Recent(claims.recent.first, arrays)
        claims.time, claims.horizon = float(claims.recent.times.array[-1]), AT - 2 * WINDOW
        if not last:
            began = time.perf_counter()
            claims.seal(files.write(claims.packed()))
            took = time.perf_counter() - began
    ledger = Ledger(PARTITION, begun=True, claims=claims, passed=size)
    began = time.perf_counter()
    Snapshots(folder, TOPIC, "id").write(ledger, size - 1)
    return {"seal": took, "snapshot": time.perf_counter() - began, "recent": len(claims.recent)}


def memory() -> tuple[int, int]:
    """Return the bytes of this process that are its own, and those of mapped files, by proc(5)."""
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text("ascii").splitlines())
    return int(lines["RssAnon"].split()[0]) << 10, int(lines["RssFile"].split()[0]) << 10


def measure(folder: Path, size: int, home: Path) -> dict[str, float]:
    """Read a window and decide; return all figures."""
    documents = list(decided(home, DECIDED + COLD))
    gc.collect()
    own, mapped = memory()
    began = time.perf_counter()
    found = Snapshots(folder, TOPIC, "id").read(PARTITION)
    assert found is not None
    took = time.perf_counter() - began
    claims, own_then = found[0].claims, memory()[0]
    gc.freeze()
    figures = {
        "start": took,
        "own": (own_then - own) / size,
        "arrays": claims.size / size,
        "disk": sum(path.stat().st_size for path in folder.iterdir()) / size,
        "segments": len(claims.sealed.segments),
        **times(claims, documents[:DECIDED], size),
    }
    figures["mapped"] = (memory()[1] - mapped) / size
    figures["copies"] = figures.pop("near") / sum(near for _, near in documents[:DECIDED])
    if figures["copies"] < LEAST:
        raise SystemExit(
            f"only {figures['copies']:.3f} of the near copies are found: this is not the window it should be"
        )
    evict(claims, folder)
    cold = times(claims, documents[DECIDED:], size + DECIDED)
    return figures | {f"cold {name}": cold[name] for name in ("p50", "p99", "most")}


def times(claims: ClaimIndex, documents: Sequence[tuple[Document, bool]], offset: int) -> dict[str, float]:
    """Time decisions, from the document to the new entry in memory, in milliseconds of wall time and of CPU time."""
    wall, cpu, near = [], [], 0
    for number, (document, _) in enumerate(documents):
        began, used = time.perf_counter_ns(), time.thread_time_ns()
        verdict = Decider(claims).decide(document, partition=PARTITION, offset=offset + number, timestamp=AT)
        claims.learn(verdict)
        cpu.append((time.thread_time_ns() - used) / 1e6)
        wall.append((time.perf_counter_ns() - began) / 1e6)
        near += verdict.kinship is not None
    return {
        **{f"p{share}": float(np.percentile(wall, share)) for share in (50, 99)},
        **{f"cpu p{share}": float(np.percentile(cpu, share)) for share in (50, 99)},
        "most": max(wall),
        "near": near,
    }


def evict(claims: ClaimIndex, folder: Path) -> None:
    """Drop the segments from the page cache, so that each page that a decision needs is read from the disk."""
    for segment in claims.sealed.segments:
        segment.data.obj.madvise(mmap.MADV_DONTNEED)
    for path in folder.glob("*.segment"):
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def show(size: int, filled: dict[str, float], found: dict[str, float]) -> None:
    """Print the figures of a window."""
    say(f"A window of {size:,} documents, in {found['segments']:.0f} segments and {filled['recent']:,.0f} in memory")
    say(f"{found['own']:9.0f} bytes a document of the process's own memory ({found['arrays']:.0f} in arrays)")
    say(f"{found['mapped']:9.0f} bytes a document mapped from files and resident, which the system may take back")
    say(f"{found['disk']:9.0f} bytes a document on disk")
    say(f"{found['p50']:9.2f} ms a decision, p50; p99 {found['p99']:.2f}, longest {found['most']:.1f}")
    say(f"{found['cpu p50']:9.2f} ms of CPU time a decision, p50; p99 {found['cpu p99']:.2f}")
    say(f"{found['cold p50']:9.2f} ms a decision with nothing in the page cache, p50; p99 {found['cold p99']:.2f}")
    say(f"{found['copies']:9.3f} of the near copies are found")
    say(f"{filled['snapshot']:9.1f} s a snapshot; {filled['seal']:.1f} s the largest segment before it")
    say(f"{found['start']:9.1f} s to read all back")


def main() -> None:
    """Measure each size, each step in a process of its own."""
    parser = argparse.ArgumentParser(prog="tests.bench.window", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="documents of each window")
    parser.add_argument("--eval", type=Path, default=sets.EVAL, help="where plain/ is")
    parser.add_argument("--folder", type=Path, help="for the files, about 1 KB a document; default: a temporary one")
    parser.add_argument("--step", choices=["fill", "measure"], help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.step:
        step = fill if asked.step == "fill" else measure
        sys.stdout.write(json.dumps(step(asked.folder, asked.sizes[0], asked.eval)))
        return
    for size in asked.sizes:
        with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
            show(size, *(_stepped(step, folder, size, asked.eval) for step in ("fill", "measure")))


def _stepped(step: str, folder: str, size: int, home: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.bench.window", "--step", step, "--sizes", str(size)]
    command += ["--folder", folder, "--eval", str(home)]
    figures: dict[str, float] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return figures


if __name__ == "__main__":
    main()
