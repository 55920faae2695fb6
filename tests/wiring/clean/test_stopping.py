"""A stop while the cleaning processes are still starting: nothing waits for them, and no page is lost for it."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
from contextlib import AsyncExitStack
from functools import partial
from multiprocessing import forkserver
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from aiokafka import TopicPartition

from agents.clean import pool
from agents.clean.pool import Cleaners, Work
from agents.clean.stage import clean_pages
from agents.errors import StageError, StoppingError
from agents.run import worker
from agents.run.app import create_stage
from agents.settings import Settings
from agents.testing import MemoryOutbox, stream_of
from pipeline.topics import PAGES, TOPICS, group_of
from tests.support.embedded import embedded_broker
from tests.support.patience import SECONDS, until, wait_until
from tests.wiring.clean.test_learning import page
from tests.wiring.clean.test_overlap import HeldCleaner, acknowledged, offsets
from tests.wiring.clean.test_pool import delivery

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from agents.kafka import Connection

LIMITS = {"processes": 2, "page_timeout": SECONDS, "max_page_bytes": 1 << 20, "max_record_bytes": 2 << 20}
LOADING_SECONDS = 20  # what waits for the modules of the processes finds the file `loaded` afterwards
LOADING = f"""
import pathlib, time
here = pathlib.Path(__file__).parent
(here / "begun").touch()
time.sleep({LOADING_SECONDS})
(here / "loaded").touch()
"""
DYING = "import os; os._exit(9)"


@pytest.fixture
def preload(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Path]]:
    """Let the server that the processes are forked from load this code first; give the folder of the code."""

    def load(code: str) -> Path:
        (tmp_path / "preloaded.py").write_text(code)
        monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{Path(__file__).parents[3]}")
        monkeypatch.setattr(pool, "Work", partial(Work, preload=("preloaded",)))
        forkserver._forkserver._stop()  # it has loaded its modules
        return tmp_path

    yield load
    forkserver._forkserver._stop()


def test_processes_that_are_still_loading_their_modules_are_not_waited_for(preload: Callable[[str], Path]):
    here = preload(LOADING)

    with Cleaners(**LIMITS):
        wait_until((here / "begun").exists, every=0.01)

    assert not (here / "loaded").exists()


def test_processes_that_have_not_even_begun_are_not_waited_for(preload: Callable[[str], Path]):
    here = preload(LOADING)

    with Cleaners(**LIMITS):
        pass

    assert not (here / "loaded").exists()


async def test_pages_that_wait_for_the_first_process_are_given_up(preload: Callable[[str], Path]):
    here = preload(LOADING)

    with Cleaners(**LIMITS) as cleaners:
        waiting = asyncio.create_task(cleaners.clean([delivery(number, "") for number in range(4)]))
        await until((here / "begun").exists)
        before = waiting.done()
        cleaners.give_up()
        with pytest.raises(StoppingError):
            await waiting
        with pytest.raises(StoppingError):
            await cleaners.clean([delivery(5, "")])

    assert not before
    assert not (here / "loaded").exists()


async def test_pages_that_are_being_cleaned_are_finished(preload: Callable[[str], Path]):
    preload("")

    with Cleaners(**LIMITS) as cleaners:
        await cleaners.wait_until_up()
        cleaners.give_up()
        records = await cleaners.clean([delivery(1, "")])

    assert len(records) == 1


async def test_processes_that_cannot_start_are_not_the_fault_of_the_pages(preload: Callable[[str], Path]):
    preload(DYING)

    with Cleaners(**LIMITS) as cleaners, pytest.raises(StageError, match="ended while they were starting"):
        await cleaners.clean([delivery(1, "")])


PROGRAM = """
import time
from pathlib import Path
from agents.clean.pool import Cleaners, Work

if __name__ == "__main__":
    limits = {"processes": 2, "page_timeout": 9.0, "max_page_bytes": 1000, "max_record_bytes": 1000}
    with Cleaners(**limits, work=Work(str, str, str, preload=("preloaded",))):
        while not Path("begun").exists():
            time.sleep(0.01)
"""


def test_an_early_end_leaves_no_process_and_prints_nothing(tmp_path: Path):
    (tmp_path / "preloaded.py").write_text(LOADING)
    (tmp_path / "program.py").write_text(PROGRAM)
    env = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(Path(__file__).parents[3])])}
    command = [sys.executable, "program.py"]
    # It returns when no process holds the other end of its pipes any more.
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, timeout=SECONDS, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert not (tmp_path / "loaded").exists()


class StoppingCleaner(HeldCleaner):
    """Cleans nothing: it waits for a process that does not come before it must stop."""

    async def clean(self, deliveries: Any) -> Any:
        await super().clean(deliveries)
        raise StoppingError("no process")


async def test_batches_that_are_given_up_end_unacknowledged_and_in_their_order():
    cleaner, outbox = StoppingCleaner({0: asyncio.Event()}), MemoryOutbox()
    stream = stream_of([page(0), page(1)], [page(2)])
    running = asyncio.create_task(clean_pages(aiter(stream), cleaner=cleaner, outbox=outbox))

    await cleaner.wait_until(cleaner.finished, 1)
    cleaner.held[0].set()
    async with asyncio.timeout(SECONDS):
        await running

    assert (offsets(outbox), acknowledged(stream), stream.errors) == ([], [], [])


async def fed(connection: Connection, settings: Settings) -> None:
    """Make the topics, and write a page."""
    async with connection.admin() as admin:
        await admin.describe_topics([settings.prefix + topic.name for topic in TOPICS])
    async with connection.producer("feed") as producer:
        await producer.send_and_wait(settings.prefix + PAGES.name, page(0), partition=0)


async def committed(connection: Connection, settings: Settings) -> int:
    """Return the offset that the stage has committed; -1 if there is none."""
    tp = TopicPartition(settings.prefix + PAGES.name, 0)
    async with connection.admin() as admin:
        found = await admin.list_consumer_group_offsets(group_of(settings.prefix, "clean"), partitions=[tp])
    return int(found[tp].offset)


async def test_a_stage_is_ready_when_its_processes_are_and_stops_without_them(
    preload: Callable[[str], Path], tmp_path: Path
):
    here, settings = preload(LOADING), Settings.from_env({"CHISTOVIK_PROCESSES": "1"})
    async with AsyncExitStack() as resources:
        connection = resources.enter_context(embedded_broker())
        await fed(connection, settings)
        async with AsyncExitStack() as own:
            stage: Any = await create_stage("clean", settings, connection, data_dir=tmp_path / "state", resources=own)
            starting = asyncio.create_task(stage.start())
            await until(lambda: stage.gate.under_way or (here / "loaded").exists())
            said = starting.done(), stage.problem()
            starting.cancel()
            await stage.stop()

        assert said == (False, "starting")
        assert not (here / "loaded").exists()
        assert await committed(connection, settings) <= 0


async def test_a_worker_that_is_stopped_while_it_starts_logs_no_traceback():
    said: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: said.append(context["message"]))
    stopping = asyncio.Event()
    stopping.set()

    await worker._first(stopping.wait(), worker._start([SimpleNamespace(start=asyncio.Event().wait)]))
    for _ in range(5):
        await asyncio.sleep(0)
    gc.collect()

    assert said == []
