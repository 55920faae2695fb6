"""The work of a cleaning process: it cleans a chunk of pages, and marks which page it is at.

A chunk saves the costs of a task, which are those of cleaning several plain pages. If a page ends the process, the
mark tells which one it was; the other pages of the chunk are then cleaned again.
"""

from __future__ import annotations

import resource
import signal
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from agents.clean.caches import Memory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from agents.clean.record import CleanRecord

CHUNK_PAGES = 32
CHUNK_BYTES = 1 << 20  # of records; a larger record is a chunk of its own
CHUNK_SECONDS = 0.5  # then a process returns what it has, so that little is cleaned twice if the next page ends it
NO_PAGE = -1

T = TypeVar("T")
R = TypeVar("R", bound="Valued")


class Valued(Protocol):
    """A record to clean: only its bytes are known here."""

    @property
    def value(self) -> bytes | None: ...


@dataclass(frozen=True, slots=True)
class Broken:
    """The reason why the work on a page was aborted."""

    why: str  # one of `metrics.BROKE`
    error: str  # in words
    seconds: float = 0.0  # until then


def chunks(deliveries: Sequence[R], processes: int) -> Iterator[list[R]]:
    """Split deliveries, in their order, into chunks that occupy all processes and stay below the limits."""
    return parts(deliveries, size=CHUNK_BYTES, most=min(CHUNK_PAGES, -(-len(deliveries) // processes)))


def parts(records: Iterable[R], *, size: int, most: int | None = None) -> Iterator[list[R]]:
    """Split records, in their order, into parts of at most `size` bytes; a larger record is a part of its own."""
    part: list[R] = []
    held = 0
    for record in records:
        own = len(record.value or b"")
        if part and (len(part) == most or held + own > size):
            yield part
            part, held = [], 0
        part.append(record)
        held += own
    if part:
        yield part


def clean_chunk(
    mark: int,
    page_timeout: float,
    memory: int,
    work: Callable[..., CleanRecord],
    deliveries: Sequence[Valued],
    *settings: object,
) -> list[CleanRecord | Broken]:
    """Do the work on each page; return the results of the first pages, at least one, after about CHUNK_SECONDS.

    `mark` is the index of `marks` where this process writes the index of the page that it is at. The kernel ends the
    process (SIGALRM) when a page takes longer than `page_timeout` seconds. `memory` is the limit, for the error text.
    """
    done: list[CleanRecord | Broken] = []
    end = time.monotonic() + CHUNK_SECONDS
    for index, delivery in enumerate(deliveries):
        _marks[mark] = index
        done.append(attempt(page_timeout, memory, clean_page, work, delivery, *settings))
        if time.monotonic() > end:
            break
    _marks[mark] = NO_PAGE
    return done


def attempt(seconds: float, memory: int, work: Callable[..., T], *arguments: object) -> T | Broken:
    """Do a page's work within so many seconds, or return why it failed.

    No exception leaves the process: one of a parser's own classes may not be readable elsewhere, and breaks the pool.
    """
    clock = time.perf_counter()
    try:
        return with_alarm(seconds, work, *arguments)
    except Exception as error:  # noqa: BLE001 — any exception of a parser counts as a failure of the page
        return broken_by(error, memory, time.perf_counter() - clock)


def with_alarm(seconds: float, work: Callable[..., T], *arguments: object) -> T:
    """Do a page's work; the kernel ends this process after so many seconds, also if its worker was killed."""
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        return work(*arguments)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


_memory = Memory()  # one per process; used in cleaning processes only
_marks: Any = None  # shared integers, one per chunk under way: the index of the page in hand


def clean_page(work: Callable[..., CleanRecord], delivery: Valued, *settings: object) -> CleanRecord:
    """Do a page's work in a cleaning process, and empty the caches when they may hold too much."""
    began, clock = time.time(), time.perf_counter()
    try:
        done = work(delivery, *settings)
        return replace(done, report=replace(done.report, began=began, seconds=time.perf_counter() - clock))
    except MemoryError:
        pass  # the traceback would keep all objects of the page alive
    finally:
        _memory.saw(len(delivery.value or b""))
    _memory.empty()
    raise MemoryError


def broken_by(error: Exception, memory: int, seconds: float) -> Broken:
    """Return the reason of a page whose parser raised an exception after so many seconds."""
    if isinstance(error, MemoryError):
        return Broken("memory", f"needs more than {memory >> 20} MiB of memory (CHISTOVIK_PAGE_MEMORY)", seconds)
    return Broken("raised", f"{type(error).__name__}: {error}", seconds)


def prepare(up: Any, memory: int, marks: Any) -> None:
    """Prepare a cleaning process: report that it is running, leave signals to the parent, limit the memory."""
    global _marks  # noqa: PLW0603 — a process is prepared once
    _marks = marks
    up.release()
    leave_signals()
    bound(memory)


def leave_signals() -> None:
    """Leave Ctrl-C to the parent, and end at SIGTERM."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def bound(memory: int) -> None:
    """Limit the address space of this process to so many bytes."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = memory if hard == resource.RLIM_INFINITY else min(memory, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
