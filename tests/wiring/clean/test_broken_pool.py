"""A pool that breaks is made anew, and no page is charged with it; a page that ends its process still is."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from concurrent.futures import Future
from multiprocessing import forkserver
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

from agents.clean import pool, stage, starting, task
from agents.clean.chunk import NO_PAGE
from agents.clean.learning import MemoryProfiles
from agents.clean.pool import RENEWALS, Cleaners
from agents.clean.stage import clean_pages
from agents.clean.task import BrokenPoolError, result_of
from agents.errors import StageError, StoppingError
from agents.testing import MemoryOutbox, stream_of
from pipeline.records.document import Document, Failure, read_document
from pipeline.records.page import Page
from pipeline.records.wire import decode
from tests.support.patience import SECONDS, until
from tests.wiring.clean.test_learning import page
from tests.wiring.clean.test_overlap import acknowledged
from tests.wiring.clean.test_pool import delivery

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from agents.clean.record import CleanRecord
    from agents.stage.delivery import Delivery

LATE_SECONDS = 1.0  # long enough for a busy machine to take the result from the process
SLOW_SECONDS = 3.0
STARTED_ANEW = "cleaning processes are started anew"


# What a page does to its process, by its first word.
def deadly_record(delivery: Delivery, *limits: Any) -> CleanRecord:
    value = delivery.value or b""
    if b"EXIT" in value:
        os._exit(task.UNKNOWN)
    if b"CRASH" in value:
        os.kill(os.getpid(), signal.SIGSEGV)
    if b"SLOW" in value:
        threading.Event().wait(SLOW_SECONDS)
    from agents.clean.record import clean_record  # noqa: PLC0415

    done = clean_record(delivery, *limits)
    if b"LATE" in value:
        threading.Timer(LATE_SECONDS, os.kill, (os.getpid(), signal.SIGSEGV)).start()
    return done


def deadly_failure(*_: object) -> CleanRecord:
    os._exit(9)


class UnreadableError(Exception):
    """It cannot be made again from its arguments, as the errors of some parsers."""

    def __init__(self, line: int, column: int) -> None:
        super().__init__(f"{line}:{column}")


def unreadable(*_: object) -> None:
    raise UnreadableError(3, 4)


@pytest.fixture(params=[1, 2])
def cleaners(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Cleaners]:
    monkeypatch.setattr(pool, "clean_record", deadly_record)
    limits = {"page_timeout": SECONDS, "max_page_bytes": 1 << 20, "max_record_bytes": 2 << 20}
    with Cleaners(processes=request.param, **limits) as opened:
        yield opened


def processes(cleaners: Any) -> list[int]:
    return list(cleaners._pool._pool_manager.worker_manager.workers)


def is_broken(cleaners: Any) -> bool:
    return not cleaners._pool.active


def kill_a_process(cleaners: Cleaners) -> None:
    # The pool may not have noticed yet that one was killed before: then it is still in the list.
    os.kill(next(filter(exists, processes(cleaners))), signal.SIGKILL)


def kill_the_server(_: Cleaners) -> None:
    server: Any = forkserver._forkserver
    os.kill(server._forkserver_pid, signal.SIGKILL)


async def cleaned(cleaners: Cleaners, *texts: str) -> list[Any]:
    records = await cleaners.clean([delivery(number, text) for number, text in enumerate(texts)])
    return [read_document(record.value, partition=0, offset=0) for record in records]


@pytest.mark.parametrize("noticed", [True, False])
@pytest.mark.parametrize("kill", [kill_a_process, kill_the_server])
async def test_pages_are_cleaned_after_an_idle_process_was_killed(
    cleaners: Cleaners, kill: Callable[[Cleaners], None], noticed: bool
):
    for _ in range(2):
        await cleaned(cleaners, "")
        kill(cleaners)
        if noticed:
            await until(lambda: is_broken(cleaners))
        read = await cleaned(cleaners, "", "", "")

        assert [type(one) for one in read] == [Document] * 3


@pytest.mark.parametrize("cleaners", [2], indirect=True)
async def test_pages_in_work_are_cleaned_again_if_the_server_of_their_processes_is_killed(cleaners: Any):
    working = asyncio.create_task(cleaned(cleaners, "SLOW", "SLOW"))
    await until(lambda: sum(mark != NO_PAGE for mark in cleaners._marks) == 2)

    with capture_logs() as said:
        kill_the_server(cleaners)
        read = await working

    assert [type(one) for one in read] == [Document] * 2
    assert [line["event"] for line in said] == [STARTED_ANEW]


@pytest.mark.parametrize("text", ["CRASH", "EXIT"])
async def test_a_page_that_ends_its_process_is_a_dead_letter_each_time(cleaners: Cleaners, text: str):
    for _ in range(RENEWALS + 2):
        (failed,) = await cleaned(cleaners, text)

        assert isinstance(failed, Failure)
        assert failed.error.startswith("its process died: ")


async def test_so_is_one_that_ends_each_process_that_reads_it(cleaners: Cleaners, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pool, "failed_record", deadly_failure)
    for _ in range(RENEWALS + 2):
        failed, fine = await cleaned(cleaners, "CRASH", "")

        assert isinstance(failed, Failure)
        assert isinstance(fine, Document)


async def test_a_page_that_ends_its_process_after_its_result_was_sent_neither_stops_the_stage_nor_fails_the_next_page(
    cleaners: Cleaners,
):
    for _ in range(RENEWALS + 2):
        late = await cleaned(cleaners, "LATE")
        await until(lambda: is_broken(cleaners))
        following = await cleaned(cleaners, "")

        assert [type(one) for one in [*late, *following]] == [Document] * 2


async def test_pools_that_break_again_and_again_end_the_stage(cleaners: Cleaners, monkeypatch: pytest.MonkeyPatch):
    async def broken(*_: object, **__: object) -> None:
        raise BrokenPoolError("a process ended")

    await cleaned(cleaners, "")
    with monkeypatch.context() as patched, capture_logs() as said:
        patched.setattr(pool, "result_of", broken)
        with pytest.raises(StageError, match=f"a process ended, {RENEWALS + 1} times"):
            await cleaners.clean([delivery(1, "")])

    assert [line["event"] for line in said] == [STARTED_ANEW] * RENEWALS
    assert isinstance((await cleaned(cleaners, ""))[0], Document)  # the user interface goes on


@pytest.mark.parametrize("cleaners", [2], indirect=True)
async def test_a_pool_that_breaks_is_replaced_once_for_all_its_pages(
    cleaners: Cleaners, monkeypatch: pytest.MonkeyPatch
):
    first, both = cleaners._pool, asyncio.Barrier(2)

    async def broken_once(used: Any, *rest: Any, **limit: float) -> Any:
        if used is first:
            await both.wait()
            raise BrokenPoolError("a process ended")
        return await result_of(used, *rest, **limit)

    monkeypatch.setattr(pool, "result_of", broken_once)
    with capture_logs() as said:
        read = await cleaned(cleaners, "", "")

    assert [type(one) for one in read] == [Document] * 2
    assert [line["event"] for line in said] == [STARTED_ANEW]


async def test_a_pool_that_breaks_while_the_stage_stops_leaves_its_pages(cleaners: Cleaners):
    await cleaned(cleaners, "")
    cleaners.give_up()
    kill_a_process(cleaners)
    await until(lambda: is_broken(cleaners))

    with pytest.raises(StoppingError):
        await cleaners.clean([delivery(1, "")])


async def test_processes_of_a_broken_pool_end(cleaners: Cleaners):
    await cleaned(cleaners, "")
    before = processes(cleaners)
    kill_a_process(cleaners)
    await until(lambda: is_broken(cleaners))
    await cleaned(cleaners, "")

    await until(lambda: not any(map(exists, before)))
    assert not set(before) & set(processes(cleaners))


def exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("cleaners", [1], indirect=True)
async def test_an_error_that_only_its_own_process_can_read_does_not_break_the_pool(
    cleaners: Cleaners, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(pool, "explain_page", unreadable)
    asked = decode(Page, delivery(1, "").value or b"")
    assert isinstance(asked, Page)

    said = await cleaners.explain_one(asked)

    assert said == "UnreadableError: 3:4"
    assert not is_broken(cleaners)


async def test_a_task_that_is_scheduled_in_the_moment_when_the_pool_breaks_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(task, "LOOK_SECONDS", 0.01)
    lost: Future[None] = Future()
    breaking: Any = SimpleNamespace(schedule=lambda *_, **__: lost, active=False)

    with pytest.raises(BrokenPoolError):
        await result_of(breaking, print, (), limit=1.0)
    await until(lost.cancelled)


def test_processes_that_end_while_they_start_are_not_waited_for(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(starting, "LOOK_SECONDS", 0.01)
    ending: Any = SimpleNamespace(schedule=lambda _: None, active=False)

    first = starting.start(ending, threading.Semaphore(0))

    with pytest.raises(StageError, match="ended while they were starting"):
        first.result(starting.STARTING_SECONDS / 2)


class HalfCleaner:
    """Cleans the first portion; then its processes end and it must stop."""

    def __init__(self) -> None:
        self.took = 0

    async def clean(self, deliveries: Sequence[Delivery]) -> list[CleanRecord]:
        from agents.clean.record import clean_record  # noqa: PLC0415

        self.took += 1
        if self.took > 1:
            raise StoppingError("no process")
        return [clean_record(one, 1 << 20, 2 << 20) for one in deliveries]


async def test_nothing_is_learned_from_a_batch_that_is_left_in_the_middle(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(stage, "AT_ONCE", 1)
    profiles, stream = MemoryProfiles(), stream_of([page(0), page(1)])

    await clean_pages(aiter(stream), cleaner=HalfCleaner(), outbox=MemoryOutbox(), profiles=profiles)

    assert (profiles.kept, acknowledged(stream)) == ({}, [])
