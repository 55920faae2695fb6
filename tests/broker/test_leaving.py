"""A worker that cannot go on ends by itself; SIGTERM ends every worker in time. Nothing is lost by either."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.broker.test_pipeline import STAGES, kinds, records_in, rows
from tests.support.command import Worker, stuck_on
from tests.support.patience import SECONDS, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.command import Chistovik
    from tests.support.kafka import Kafka

pytestmark = pytest.mark.broker
PAGES = 60
STUCK = 'outlet0.example/news/45"'


@contextmanager
def hanging(chistovik: Chistovik, **env: str) -> Iterator[Worker]:
    """Run a worker of clean and dedupe that hangs on one page."""
    command = replace(chistovik, command=stuck_on(STUCK))
    log = command.folder / "hanging.log"
    settings = command.env | {"CHISTOVIK_PAGE_TIMEOUT": "3600", "CHISTOVIK_STOP_SECONDS": "3", **env}
    settings["STUCK_SIGN"] = str(sign_in(command.folder))
    with log.open("wb") as sink:
        process = subprocess.Popen(
            [*command.command, "worker", "clean", "dedupe"],
            env=settings,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            start_new_session=True,
        )
    worker = Worker(process, log)
    try:
        worker.wait_ready()
        yield worker
    finally:
        with suppress(ProcessLookupError):  # the processes that clean, too: one hangs
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def sign_in(folder: Path) -> Path:
    """The file that is there when the page that hangs was taken."""
    return folder / "stuck"


def feed(chistovik: Chistovik, kafka: Kafka) -> None:
    """Feed good pages; when they are documents, feed the page that hangs."""
    pages = chistovik.folder / "pages.jsonl"
    all_rows = rows(PAGES).splitlines(keepends=True)
    pages.write_bytes(b"".join(row for row in all_rows if STUCK.encode() not in row))
    chistovik("feed", "--jsonl", str(pages))
    wait_until(lambda: records_in(kafka, f"{chistovik.prefix}documents") == PAGES - 1, every=0.5)
    pages.write_bytes(b"".join(row for row in all_rows if STUCK.encode() in row))
    chistovik("feed", "--jsonl", str(pages))


def everything_has_its_outcome(chistovik: Chistovik) -> None:
    with chistovik.worker(*STAGES):
        found = chistovik.outcomes(pages=PAGES)
    assert kinds(found).total() == PAGES
    chistovik("audit", "--settled")


def test_sigterm_ends_a_worker_in_the_middle_of_a_batch_that_never_ends(chistovik: Chistovik, kafka: Kafka):
    with hanging(chistovik) as worker:
        feed(chistovik, kafka)
        wait_until(sign_in(chistovik.folder).exists)

        assert worker.end(signal.SIGTERM) == 70
        assert "ended by force" in worker.said()

    everything_has_its_outcome(chistovik)


def test_a_worker_whose_faust_has_crashed_ends_at_once(chistovik: Chistovik, kafka: Kafka):
    with hanging(chistovik, CRASHES="1") as worker:
        feed(chistovik, kafka)

        assert worker.process.wait(SECONDS) == 70
        said = worker.said()
        assert "Faust crashed" in said
        assert "KafkaTimeoutError" in said
        assert "ended by force" not in said

    everything_has_its_outcome(chistovik)
