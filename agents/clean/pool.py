"""Processes that clean pages and may be killed: a page can hang a parser, crash it or exhaust its memory.

Pages are never parsed in a thread, because trafilatura segfaults in threads, nor in the process with the broker
connection.
"""

from __future__ import annotations

import asyncio
import resource
import signal
import threading
import time
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from agents.clean.alone import DiedError, run_alone
from agents.clean.caches import Memory
from agents.clean.record import CleanRecord, clean_record, explain_page, failed_record, unread_record
from agents.errors import StageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future
    from types import TracebackType

    from pebble import ProcessPool

    from agents.stage.delivery import Delivery
    from pipeline.document.clean import Extractor
    from pipeline.document.explain.explain import Explanation
    from pipeline.document.metadata.reservations import Obey
    from pipeline.records.page import Page

MEMORY_BYTES = 2 << 30  # address space of a cleaning process: 0.3 GB before the first page, 0.8 with 8 MB of paragraphs
STARTING_SECONDS = 60.0
STOPPING_SECONDS = 5.0
PAGES_PER_PROCESS = 2000  # then the process is replaced, because parsers leak memory
COLD_SECONDS = 5.0  # a shorter limit needs a process that has its libraries loaded; loading them takes a second

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Broken:
    """The reason why the work on a page was aborted."""

    why: str  # one of `metrics.BROKE`
    error: str  # in words


@dataclass(slots=True)
class Cleaners:
    """A pool of cleaning processes. `clean` never raises because of a page, even if the page kills its process."""

    processes: int
    page_timeout: float  # seconds
    max_page_bytes: int
    max_record_bytes: int
    extractor: Extractor = "blocks"
    obey: Obey | None = None  # declarations of publishers; None: none is obeyed
    memory: int = MEMORY_BYTES  # limit per process
    alone: bool = False  # for a single page: fork one process that loads only what the page needs, and start no pool
    _pool: ProcessPool | None = None
    _up: Any = None
    _first: Future[None] | None = None  # done when the first process is running

    def __enter__(self) -> Self:
        # A fork beside other threads may copy a lock that is never released.
        self.alone = self.alone and self.page_timeout >= COLD_SECONDS and threading.active_count() == 1
        if not self.alone:
            self._open_pool()
        return self

    def _open_pool(self) -> None:
        import multiprocessing  # noqa: PLC0415 — a page alone needs none of these
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

        from pebble import ProcessPool  # noqa: PLC0415

        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["agents.clean.warm"])
        self._up = context.Semaphore(0)
        self._pool = ProcessPool(
            max_workers=self.processes,
            max_tasks=PAGES_PER_PROCESS,
            initializer=_prepare,
            initargs=[self._up, self.memory],
            context=context,
        )
        # The pool starts its processes with the first task. Starting takes two seconds, so a thread submits a first
        # task now, while the stages join their groups.
        starter = ThreadPoolExecutor(1)
        self._first = starter.submit(_start, self._pool, self._up)
        starter.shutdown(wait=False)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None and self._first is not None:
            from concurrent.futures import wait  # noqa: PLC0415

            # A process that is stopped while it is starting prints a traceback on the user's terminal, so wait.
            wait([self._first], timeout=STOPPING_SECONDS)
            for _ in range(self.processes - 1):
                self._up.acquire(timeout=STOPPING_SECONDS)
            self._pool.stop()  # type: ignore[no-untyped-call]
            self._pool.join()

    async def clean(self, deliveries: Sequence[Delivery]) -> list[CleanRecord]:
        """Clean pages in parallel; the results are in the order of the deliveries."""
        return list(await asyncio.gather(*(self.clean_one(delivery) for delivery in deliveries)))

    async def clean_one(self, delivery: Delivery) -> CleanRecord:
        """Clean one page. A page that kills its process or takes too long becomes a failure."""
        limits = (self.max_page_bytes, self.max_record_bytes)
        obey = (self.obey,) if self.obey else ()
        began, clock = time.time(), time.perf_counter()
        done = await self._run(_clean, clean_record, delivery, *limits, self.extractor, *obey)
        if isinstance(done, CleanRecord):
            return done
        # Reading the page again for its URL and route is as dangerous as cleaning it, so it happens in a process too.
        failed = await self._run(failed_record, delivery, done.error, self.max_record_bytes)
        if isinstance(failed, Broken):
            failed = unread_record(delivery, done.error, self.max_record_bytes)
        seconds = time.perf_counter() - clock
        return replace(failed, report=replace(failed.report, began=began, seconds=seconds, broke=done.why))

    async def explain_one(self, page: Page, **how: Any) -> Explanation | str:
        """Explain one page, as `pipeline.document.explain.explain.explain` does; return an error text on failure."""
        how = {**how, "obey": self.obey} if self.obey else how
        done = await self._run(explain_page, page, self.max_page_bytes, self.extractor, how)
        return done.error if isinstance(done, Broken) else done

    async def _run(self, work: Callable[..., T], *arguments: object) -> T | Broken:
        """Do a page's work in a process; return Broken if it was aborted."""
        if not self.alone:
            await self._wait_for_pool()
        in_process = self._in_new_process if self.alone else self._in_pool
        try:
            return await in_process(work, arguments)
        except StageError:
            raise
        except (TimeoutError, FutureTimeoutError):
            return Broken("timeout", f"took longer than {self.page_timeout:g} s (CHISTOVIK_PAGE_TIMEOUT)")
        except DiedError as died:
            return Broken("died", f"its process died: {_cause(died.exitcode)}")
        except MemoryError:
            return Broken("memory", f"needs more than {self.memory >> 20} MiB of memory (CHISTOVIK_PAGE_MEMORY)")
        except Exception as raised:  # noqa: BLE001 — any exception of a parser counts as a failure of the page
            return Broken("raised", f"{type(raised).__name__}: {raised}")

    async def _wait_for_pool(self) -> None:
        if self._pool is None or self._first is None:
            raise RuntimeError("the pool is not open")
        if not self._first.done():
            await asyncio.wrap_future(self._first)
        self._first.result()  # raises the error that kept the processes from starting

    @property
    def _orphan_seconds(self) -> float:
        """Return after how many seconds a page's process ends if its worker is gone."""
        return 2 * self.page_timeout + STOPPING_SECONDS

    async def _in_new_process(self, work: Callable[..., T], arguments: tuple[object, ...]) -> T:
        def prepare() -> None:
            _leave_signals()
            import pipeline.document.clean  # noqa: F401, PLC0415 — now, when no page's time runs

            _bound(self.memory)

        alarmed = (self._orphan_seconds, work, *arguments)
        return await run_alone(_with_alarm, alarmed, prepare=prepare, start=STARTING_SECONDS, limit=self.page_timeout)

    async def _in_pool(self, work: Callable[..., T], arguments: tuple[object, ...]) -> T:
        from pebble import ProcessExpired  # noqa: PLC0415

        alarmed = (self._orphan_seconds, work, *arguments)
        future = cast("ProcessPool", self._pool).schedule(_with_alarm, args=alarmed, timeout=self.page_timeout)
        try:
            done: T = await asyncio.wrap_future(future)
        except ProcessExpired as expired:
            raise DiedError(expired.exitcode) from None
        return done


def _with_alarm(seconds: float, work: Callable[..., T], *arguments: object) -> T:
    """Do a page's work; the kernel ends this process after so many seconds.

    The worker ends it earlier, at the time limit of the page. But a worker that was killed ends nothing, and the page
    would keep a core busy for ever.
    """
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        return work(*arguments)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


_memory = Memory()  # one per process; used in cleaning processes only


def _clean(work: Callable[..., CleanRecord], delivery: Delivery, *settings: object) -> CleanRecord:
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


def _start(pool: ProcessPool, up: Any) -> None:
    """Start the processes and wait for the first one: if none can start, no page would ever be finished."""
    pool.schedule(_nothing)
    if not up.acquire(timeout=STARTING_SECONDS):
        raise StageError(
            f"clean: no cleaning process started within {STARTING_SECONDS:g} s. Check the worker's memory and CPU"
        )


def _nothing() -> None:
    """Do nothing in a cleaning process."""


def _prepare(up: Any, memory: int) -> None:
    """Prepare a cleaning process: report that it is running, leave signals to the parent, limit the memory."""
    up.release()
    _leave_signals()
    _bound(memory)


def _leave_signals() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _bound(memory: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    bound = memory if hard == resource.RLIM_INFINITY else min(memory, hard)
    resource.setrlimit(resource.RLIMIT_AS, (bound, hard))


def _cause(exitcode: int | None) -> str:
    if exitcode is not None and exitcode < 0:
        return signal.Signals(-exitcode).name
    return f"exit code {exitcode}"
