"""Processes that clean pages and may be killed: a page can hang a parser, crash it or exhaust its memory.

Pages are never parsed in a thread, because trafilatura segfaults in threads, nor in the process with the broker
connection.
"""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from concurrent.futures import InvalidStateError
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from agents.clean.alone import DiedError, run_alone
from agents.clean.chunk import (
    NO_PAGE,
    Broken,
    Valued,
    attempt,
    bound,
    broken_by,
    chunks,
    clean_chunk,
    clean_page,
    leave_signals,
    prepare,
    with_alarm,
)
from agents.clean.record import CleanRecord, clean_record, explain_page, failed_record, unread_record
from agents.clean.starting import STARTING_SECONDS, STOPPING_SECONDS, discard, end, start
from agents.clean.task import BrokenPoolError, result_of
from agents.errors import StageError, StoppingError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future
    from types import TracebackType

    from pebble import ProcessPool

    from agents.settings import Settings
    from pipeline.document.clean import Extractor
    from pipeline.document.explain.explain import Explanation
    from pipeline.document.metadata.reservations import Obey
    from pipeline.records.page import Page
    from pipeline.records.page_type import PageType

MEMORY_BYTES = 2 << 30  # address space of a cleaning process: 0.3 GB before the first page, 0.8 with 8 MB of paragraphs
CHUNKS_PER_PROCESS = 250  # then the process is replaced, because parsers leak memory
RENEWALS = 3  # of a pool that breaks again and again, until the worker ends
MARKS = 256  # most chunks that are under way
WARM = "agents.clean.warm"  # loads and warms the libraries
COLD_SECONDS = 5.0  # a shorter limit needs a process that has its libraries loaded; loading them takes a second

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Work:
    """The functions that run in the processes, for one kind of records. They must be importable."""

    clean: Callable[..., CleanRecord]  # takes a record and the settings of `clean_record`
    failed: Callable[..., CleanRecord]  # takes a record, an error text and the most bytes of its result
    unread: Callable[..., CleanRecord]  # takes the same; runs in this process, so it must not parse the record
    preload: tuple[str, ...] = (WARM,)  # modules


@dataclass(frozen=True, slots=True)
class _Ended:
    """A process that ended: the index of the page that it was at, or NO_PAGE, and the reason."""

    at: int
    broken: Broken


@dataclass(slots=True)
class Cleaners:
    """A pool of cleaning processes. `clean` never raises because of a page, even if the page kills its process."""

    processes: int
    page_timeout: float  # seconds
    max_page_bytes: int
    max_record_bytes: int
    extractor: Extractor = "blocks"
    obey: Obey | None = None  # declarations of publishers; None: none is obeyed
    accept: frozenset[PageType] | None = None  # types of pages; None: articles alone
    memory: int = MEMORY_BYTES  # limit per process
    alone: bool = False  # for a single page: fork one process that loads only what the page needs, and start no pool
    work: Work | None = None  # None: pages of the topic `pages`
    finished: int = 0  # pages
    _pool: ProcessPool | None = None
    _up: Any = None
    _marks: Any = None  # shared with the processes: see `clean_chunk`
    _free: list[int] = field(default_factory=lambda: list(range(MARKS)))
    _room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MARKS))
    _first: Future[None] | None = None  # done when the first process is running
    _renewals: int = 0  # of the pool, since a process did its work
    _is_stopping: bool = False

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return cleaners of records of `pages`, with these settings."""
        from agents.settings import MIB  # noqa: PLC0415 — the cleaning processes need no settings
        from pipeline.topics import LARGEST_VALUE  # noqa: PLC0415

        return cls(
            processes=settings.cleaners,
            page_timeout=settings.page_timeout,
            max_page_bytes=settings.max_page_bytes,
            max_record_bytes=LARGEST_VALUE,
            extractor=settings.extractor,
            obey=settings.obeyed,
            accept=settings.accepted,
            memory=settings.page_memory * MIB,
        )

    def __enter__(self) -> Self:
        # A fork beside other threads may copy a lock that is never released.
        self.alone = self.alone and self.page_timeout >= COLD_SECONDS and threading.active_count() == 1
        if not self.alone:
            self._open_pool()
        return self

    def _open_pool(self) -> None:
        import multiprocessing  # noqa: PLC0415 — a page alone needs neither of these

        from pebble import ProcessPool  # noqa: PLC0415

        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(list(self._work.preload))
        self._up = context.Semaphore(0)
        self._marks = context.RawArray("i", [NO_PAGE] * MARKS)
        self._pool = ProcessPool(
            max_workers=self.processes,
            max_tasks=CHUNKS_PER_PROCESS,
            initializer=prepare,
            initargs=[self._up, self.memory, self._marks],
            context=context,
        )
        self._first = start(self._pool, self._up)  # now, while the stages join their groups

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None and self._first is not None:
            end(self._pool, self._first, self._up, others=self.processes - 1)

    async def wait_until_up(self) -> None:
        """Wait until the first process is running; raise the error that kept the processes from starting."""
        if self._pool is None or self._first is None:
            raise RuntimeError("the pool is not open")
        if not self._first.done():
            await asyncio.wrap_future(self._first)
        self._first.result()

    def give_up(self) -> None:
        """Let `clean` raise StoppingError if no process is running: what stops must not wait for the first one."""
        self._is_stopping = True
        if self._first is not None:
            with suppress(InvalidStateError):  # the processes are up
                self._first.set_exception(StoppingError("clean: stopped before a cleaning process was running"))

    async def clean(self, deliveries: Sequence[Valued]) -> list[CleanRecord]:
        """Clean pages in parallel; the results are in the order of the deliveries."""
        if self.alone:
            return [await self.clean_one(delivery) for delivery in deliveries]
        found = await asyncio.gather(*(self._clean_chunk(chunk) for chunk in chunks(deliveries, self.processes)))
        return [record for chunk in found for record in chunk]

    async def clean_one(self, delivery: Valued) -> CleanRecord:
        """Clean one page. A page that kills its process or takes too long becomes a failure."""
        if not self.alone:
            return (await self.clean([delivery]))[0]
        done = await self._run(clean_page, self._work.clean, delivery, *self._settings())
        return done if isinstance(done, CleanRecord) else await self._failed(delivery, done)

    @property
    def _work(self) -> Work:
        return self.work or Work(clean_record, failed_record, unread_record)

    def _settings(self) -> tuple[object, ...]:
        rest = (self.obey, self.accept) if self.obey or self.accept else ()
        return self.max_page_bytes, self.max_record_bytes, self.extractor, *rest

    async def _clean_chunk(self, pages: Sequence[Valued]) -> list[CleanRecord]:
        """Clean pages in one process at a time."""
        records: list[CleanRecord] = []
        while rest := pages[len(records) :]:
            done = await self._try_chunk(rest)
            if isinstance(done, _Ended):
                return records + await self._clean_around(rest, done)
            records += [
                one if isinstance(one, CleanRecord) else await self._failed(page, one)
                for page, one in zip(rest, done, strict=False)
            ]
            self.finished += len(done)
        return records

    async def _clean_around(self, pages: Sequence[Valued], ended: _Ended) -> list[CleanRecord]:
        """Make a failure of the page that ended its process, and clean the other pages of its chunk again."""
        if len(pages) == 1:
            self.finished += 1
            return [await self._failed(pages[0], ended.broken)]
        at = ended.at
        if at != NO_PAGE:
            self.finished += 1
            before, failed, after = await asyncio.gather(
                self._clean_chunk(pages[:at]), self._failed(pages[at], ended.broken), self._clean_chunk(pages[at + 1 :])
            )
            return [*before, failed, *after]
        # The process ended before its first page or after its last one.
        found = await asyncio.gather(*(self._clean_chunk([page]) for page in pages))
        return [record for chunk in found for record in chunk]

    async def _failed(self, delivery: Valued, broken: Broken) -> CleanRecord:
        # Reading the page again for its URL and route is as dangerous as cleaning it, so it happens in a process too.
        failed = await self._run(self._work.failed, delivery, broken.error, self.max_record_bytes)
        if isinstance(failed, Broken):
            failed = self._work.unread(delivery, broken.error, self.max_record_bytes)
        report = replace(failed.report, began=time.time() - broken.seconds, seconds=broken.seconds, broke=broken.why)
        return replace(failed, report=report)

    async def explain_one(self, page: Page, **how: Any) -> Explanation | str:
        """Explain one page, as `pipeline.document.explain.explain.explain` does; return an error text on failure."""
        how = {**how, "obey": self.obey} if self.obey else how
        how = {**how, "accept": self.accept} if self.accept else how
        done = await self._run(explain_page, page, self.max_page_bytes, self.extractor, how)
        return done.error if isinstance(done, Broken) else done

    async def _run(self, work: Callable[..., T], *arguments: object) -> T | Broken:
        """Do a page's work in a process; return Broken if it was aborted."""
        clock = time.perf_counter()
        try:
            if self.alone:
                return await self._in_new_process(work, arguments)
            return await self._in_pool(attempt, (self.page_timeout, self.memory, work, *arguments), pages=1)
        except StageError:
            raise
        except Exception as error:  # noqa: BLE001 — any exception of a parser counts as a failure of the page
            return self._broken(error, time.perf_counter() - clock)

    async def _try_chunk(self, pages: Sequence[Valued]) -> list[CleanRecord | Broken] | _Ended:
        """Clean the first pages of a chunk in a process, or return where that process ended."""
        async with self._room:
            mark = self._free.pop()
            self._marks[mark] = NO_PAGE
            arguments = (mark, self.page_timeout, self.memory, self._work.clean, pages, *self._settings())
            clock = time.perf_counter()
            try:
                done = await self._in_pool(clean_chunk, arguments, pages=len(pages))
            except StageError:
                raise
            except Exception as error:  # noqa: BLE001 — as above
                ended = _Ended(self._marks[mark], self._broken(error, time.perf_counter() - clock))
                self._free.append(mark)
                return ended
            self._free.append(mark)  # not if this was cancelled: the process may still write there
            return done

    def _broken(self, error: Exception, seconds: float) -> Broken:
        """Return the reason why the work on a page was aborted, from the error that it ended with."""
        is_late = isinstance(error, TimeoutError | FutureTimeoutError)
        if is_late or (isinstance(error, DiedError) and error.exitcode == -signal.SIGALRM):
            limit = f"took longer than {self.page_timeout:g} s (CHISTOVIK_PAGE_TIMEOUT)"
            return Broken("timeout", limit, seconds)
        if isinstance(error, DiedError):
            return Broken("died", f"its process died: {_cause(error.exitcode)}", seconds)
        return broken_by(error, self.memory, seconds)

    @property
    def _orphan_seconds(self) -> float:
        """Return after how many seconds a page's process ends if its worker is gone."""
        return 2 * self.page_timeout + STOPPING_SECONDS

    async def _in_new_process(self, work: Callable[..., T], arguments: tuple[object, ...]) -> T:
        def prepare_alone() -> None:
            leave_signals()
            import pipeline.document.clean  # noqa: F401, PLC0415 — now, when no page's time runs

            bound(self.memory)

        alarmed = (self._orphan_seconds, work, *arguments)
        return await run_alone(
            with_alarm, alarmed, prepare=prepare_alone, start=STARTING_SECONDS, limit=self.page_timeout
        )

    async def _in_pool(self, work: Callable[..., T], arguments: Sequence[object], *, pages: int) -> T:
        """Do the work in a process; do it again in another pool if this one breaks, which no page is charged with."""
        # The kernel ends a process whose page takes too long. This limit ends one that hangs between two pages.
        limit = pages * self.page_timeout + STOPPING_SECONDS
        while True:
            await self.wait_until_up()
            pool = cast("ProcessPool", self._pool)
            try:
                done = await result_of(pool, work, arguments, limit=limit)
            except BrokenPoolError as broken:
                self._renew(pool, broken)
            else:
                self._renewals = 0
                return done

    def _renew(self, pool: ProcessPool, broken: BrokenPoolError) -> None:
        """Replace a pool that broke, unless another task has done so; StageError if pools break and do no work."""
        if self._pool is not pool:
            return
        if self._is_stopping:
            raise StoppingError(f"clean: stopped when {broken}")
        if self._renewals == RENEWALS:
            self._renewals = 0  # the user interface goes on, and tries again with the next page
            raise StageError(
                f"clean: {broken}, {RENEWALS + 1} times without a page in between. Check the worker's memory"
            )
        import structlog  # noqa: PLC0415 — the cleaning processes log nothing

        structlog.get_logger("chistovik").warning("cleaning processes are started anew", why=str(broken))
        self._renewals += 1
        discard(pool)
        self._open_pool()


def _cause(exitcode: int | None) -> str:
    if exitcode is not None and exitcode < 0:
        return signal.Signals(-exitcode).name
    return f"exit code {exitcode}"
