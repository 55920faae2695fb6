"""A worker whose clock is wrong: a day ahead, where Kafka refuses that and where it does not, and a day behind."""

from __future__ import annotations

import struct
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.broker.test_pipeline import STAGES, kinds, places, rows
from tests.chaos.clock import ANY_TIME, DAY, compiled, why_not_here
from tests.support.command import Chistovik
from tests.support.kafka import Kafka
from tests.support.patience import SECONDS

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.broker


@pytest.fixture(autouse=True)
def _clocks() -> None:
    if reason := why_not_here():
        pytest.skip(reason)


def wrong_by(chistovik: Chistovik, seconds: int) -> Chistovik:
    """Return the command with another clock."""
    jump = chistovik.folder / f"clock{seconds:+d}"
    jump.write_bytes(struct.pack("=q", seconds))
    library = compiled(chistovik.folder)
    return replace(chistovik, command=("env", f"LD_PRELOAD={library}", f"CLOCK_JUMP={jump}", *chistovik.command))


def feed(chistovik: Chistovik, pages: bytes) -> None:
    path = chistovik.folder / "pages.jsonl"
    path.write_bytes(pages)
    chistovik("feed", "--jsonl", str(path))


@pytest.mark.parametrize("stage", STAGES)
def test_a_worker_whose_clock_kafka_refuses_says_so_and_stops(chistovik: Chistovik, stage: str):
    feed(chistovik, rows(10, copies=2))
    ahead, log = wrong_by(chistovik, DAY), chistovik.folder / "ahead.log"
    others = [other for other in STAGES if other != stage]
    with chistovik.worker(*others), log.open("wb") as sink:
        process = subprocess.Popen(
            [*ahead.command, "worker", stage], env=ahead.env, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink
        )
        try:
            assert process.wait(SECONDS) == 3
        finally:
            process.kill()
            process.wait()
    said = log.read_text(encoding="utf-8")
    assert "compare the clocks of this machine and of Kafka" in said
    assert "Traceback" not in said

    with chistovik.worker(*STAGES):
        found = chistovik.outcomes(pages=20)
    assert kinds(found) == {"created": 10, "exact": 10}
    assert len(set(places(found))) == 20
    chistovik("audit", "--settled")


def test_feed_with_a_clock_that_kafka_refuses_says_so(chistovik: Chistovik):
    path = chistovik.folder / "pages.jsonl"
    path.write_bytes(rows(3))

    done = wrong_by(chistovik, DAY)("feed", "--jsonl", str(path), code=3)

    (line,) = done.stderr.decode().splitlines()
    assert "compare the clocks of this machine and of Kafka" in line


def test_articles_are_remembered_whatever_the_clock_says(kafka: Kafka, tmp_path: Path):
    lenient = Kafka(folder=tmp_path / "kafka", settings=ANY_TIME)
    lenient.start()
    try:
        chistovik = Chistovik(brokers=lenient.brokers, prefix="clock.", folder=tmp_path)
        chistovik("topics", "apply")
        for number, seconds in enumerate((DAY, -DAY, 0), 1):
            now = wrong_by(chistovik, seconds)
            with now.worker(*STAGES):
                feed(now, rows(10, copies=2))
                found = chistovik.outcomes(pages=20 * number)
        assert kinds(found) == {"created": 10, "exact": 10, "redelivered": 40}
        assert len(set(places(found))) == 60
        chistovik("audit", "--settled")
    finally:
        lenient.stop()
