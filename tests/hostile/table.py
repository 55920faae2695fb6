"""Shows what becomes of every hostile record: outcome, reason, seconds, peak memory of its process. Not a test."""

from __future__ import annotations

import asyncio
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from agents.clean import pool
from agents.clean.pool import Cleaners
from agents.clean.record import CleanRecord, clean_record
from agents.stage.delivery import Delivery
from pipeline.records.document import Document, Refusal, read_document
from pipeline.topics import LARGE
from tests.hostile.pages import BODIES, MB, giants, record_of, records

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipeline.document.clean import Extractor
    from pipeline.records.document import Cleaned

LIMITS = {"page_timeout": 60.0, "max_page_bytes": 8 * MB, "max_record_bytes": LARGE - (1 << 16)}


@dataclass(frozen=True, slots=True)
class MeasuredRecord(CleanRecord):
    """A record for `documents` with what its making took."""

    seconds: float
    peak: int  # bytes


def peak() -> int:
    """Read the most memory that this process has held since `forget_peak`, in bytes."""
    line = next(one for one in Path("/proc/self/status").read_text().splitlines() if one.startswith("VmHWM"))
    return int(line.split()[1]) << 10


def forget_peak() -> None:
    """Let the peak be what the process holds now (proc(5), clear_refs)."""
    Path("/proc/self/clear_refs").write_text("5")


def measured_record(
    delivery: Delivery, max_page_bytes: int, max_record_bytes: int, extractor: Extractor
) -> CleanRecord:
    """Clean a record as `clean_record` does, and measure it; runs in the cleaning process."""
    forget_peak()
    started = time.process_time()
    made = clean_record(delivery, max_page_bytes, max_record_bytes, extractor)
    return MeasuredRecord(made.key, made.value, made.partition, time.process_time() - started, peak())


def verdict(cleaned: Cleaned) -> tuple[str, str]:
    """Name an outcome and its reason."""
    if isinstance(cleaned, Document):
        return "document", f"{cleaned.word_count} words, {cleaned.provenance.extractor}"
    if isinstance(cleaned, Refusal):
        return "discarded", f"{cleaned.reason}: {cleaned.detail}"
    return "dead letter", cleaned.error


def wanted(names: list[str]) -> Iterator[tuple[str, bytes | None]]:
    """Yield the records one by one: at 0.2 MB, the cleaner's also at 5 MB, then the giants."""
    chosen = set(names)

    def keep(found: Iterable[tuple[str, bytes | None]]) -> Iterator[tuple[str, bytes | None]]:
        return ((name, value) for name, value in found if not chosen or name in chosen)

    yield from keep(records(MB // 5).items())
    for name, make in BODIES.items():
        if not chosen or name in chosen:
            yield name, record_of(make(5 * MB))
    yield from keep(giants().items())


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def show(names: list[str]) -> None:
    """Clean the records one after another, and print a line for each."""
    say(f"{'name':32} {'bytes':>10} {'s':>6} {'MiB':>5}  outcome")
    with Cleaners(processes=1, **LIMITS) as cleaners:
        for name, value in wanted(names):
            started = time.monotonic()
            made = await cleaners.clean_one(Delivery(topic="pages", partition=0, offset=0, value=value))
            seconds = getattr(made, "seconds", time.monotonic() - started)
            held = f"{made.peak >> 20:5}" if isinstance(made, MeasuredRecord) else "    -"
            outcome, reason = verdict(read_document(made.value, partition=0, offset=0))
            say(f"{name:32} {len(value or b''):10} {seconds:6.2f} {held}  {outcome}: {reason[:90]}")
    say(f"this process held {peak() >> 20} MiB at most (with the records it made)")


def main() -> None:
    """Show the table; names choose its lines."""
    pool.clean_record = measured_record
    asyncio.run(show(sys.argv[1:]))
