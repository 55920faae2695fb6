"""A full disk, of Kafka and of ours, is a line and a stop, or a line and no stop; with space again, nothing is lost."""

from __future__ import annotations

import base64
import random
import sys
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from tests.broker.test_pipeline import STAGES, kinds, places, rows, text_of
from tests.support.command import Chistovik
from tests.support.disk import small_disk, why_no_disk
from tests.support.kafka import Kafka
from tests.support.patience import wait_until

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.broker
PAGES = 1000
# The command, which waits less long for a broker that confirms nothing
IMPATIENT = "import agents.kafka.outbox as o; o.SILENT_SECONDS = 8; from agents.cli import main; main()"


@pytest.fixture(autouse=True)
def disks(tmp_path: Path) -> None:
    if reason := why_no_disk(tmp_path / "probe"):
        pytest.skip(reason)


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """Give a folder of rows that hardly compress: 30 MB."""
    path, dice = tmp_path / "rows.jsonl", random.Random(1)
    with path.open("wb") as file:
        for number in range(PAGES):
            noise = base64.b64encode(dice.randbytes(30_000)).decode()
            text = "".join(f"<p>{line}</p>" for line in text_of(number).splitlines())
            html = f"<html><body><!-- {noise} --><article>{text}</article></body></html>"
            row = {"url": f"https://outlet{number % 5}.example/news/{number}", "html": html}
            file.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
    return path


def the_line(done: subprocess.CompletedProcess[bytes]) -> str:
    """Return what a command said; it must be one line."""
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith("chistovik: ")
    return line


def settled(chistovik: Chistovik, *, pages: int) -> dict[str, list[dict[str, Any]]]:
    """Wait until each page of Kafka has its outcome, as the audit sees it; return the outcomes."""
    chistovik.outcomes(pages=pages)
    wait_until(lambda: chistovik("audit", "--settled", code=None).returncode == 0, every=1)
    return chistovik.outcomes(pages=pages)


def test_nothing_is_lost_when_the_disk_of_kafka_is_full(kafka: Kafka, data: Path, tmp_path: Path):
    small = Kafka(folder=tmp_path / "kafka")
    chistovik = Chistovik(brokers=small.brokers, prefix="full.", folder=tmp_path)
    feed = Chistovik(brokers=small.brokers, prefix="full.", folder=tmp_path, command=(sys.executable, "-c", IMPATIENT))
    order = ("feed", "--jsonl", str(data), "--resume", str(tmp_path / "mark.json"))
    with small_disk(small.folder / "data", 24 << 10) as disk:
        try:
            small.start()
            chistovik("topics", "apply")
            with chistovik.worker(*STAGES) as worker:
                while small.running:
                    fed = feed(*order, code=None)
                assert fed.returncode == 3
                assert "Kafka" in the_line(fed)
                assert "No space left on device" in small.log.read_text(encoding="utf-8")
                for command in (("status",), ("audit",), order):
                    assert "no Kafka answers at" in the_line(chistovik(*command, code=3))

                disk.grow(256 << 10)
                small.start()
            assert "Traceback" not in worker.said()

            chistovik(*order)
            with chistovik.worker(*STAGES):
                found = settled(chistovik, pages=PAGES)
        finally:
            small.kill()
    assert len(set(places(found))) == len(places(found))
    assert {event["url"] for event in found["articles"]} == {
        f"https://outlet{n % 5}.example/news/{n}" for n in range(PAGES)
    }
    assert kinds(found)["created"] == PAGES


def test_dedupe_goes_on_without_snapshots_and_loses_nothing(chistovik: Chistovik, tmp_path: Path):
    pages = tmp_path / "pages.jsonl"
    pages.write_bytes(rows(40, copies=2))
    with small_disk(tmp_path / "data", 512) as disk:
        with chistovik.worker(*STAGES) as worker:
            disk.fill()
            chistovik("feed", "--jsonl", str(pages))
            chistovik.outcomes(pages=80)
        assert worker.process.returncode == 0
        failed = [line for line in worker.said().splitlines() if "snapshot not written" in line]
        assert all("No space left on device" in line for line in failed)
        assert 1 <= len(failed) <= 2, "the first that is due, and that of the stop; none for each batch"
        assert "Traceback" not in worker.said()
        assert not list((tmp_path / "data").rglob("*.snapshot"))

        disk.clear()
        pages.write_bytes(rows(40))
        chistovik("feed", "--jsonl", str(pages))
        with chistovik.worker(*STAGES) as worker:
            found = chistovik.outcomes(pages=120)
        assert "begun=changelog" in worker.said()
        assert list((tmp_path / "data").rglob("*.snapshot"))
    assert kinds(found) == {"created": 40, "exact": 40, "redelivered": 40}
    assert len(set(places(found))) == 120
    chistovik("audit", "--settled")


def test_a_bookmark_that_cannot_be_written_ends_feed_and_a_later_one_loses_nothing(
    chistovik: Chistovik, tmp_path: Path
):
    pages = tmp_path / "pages.jsonl"
    pages.write_bytes(rows(700))
    with small_disk(tmp_path / "marks", 64) as disk:
        order = ("feed", "--jsonl", str(pages), "--resume", str(disk.folder / "mark.json"))
        disk.fill()
        line = the_line(chistovik(*order, code=74))
        assert "No space left on device" in line
        assert str(disk.folder / "mark.json") in line
        assert not (disk.folder / "mark.json").exists()

        disk.clear()
        chistovik(*order)
        assert b"700" in (disk.folder / "mark.json").read_bytes()
    with chistovik.worker(*STAGES):
        wanted = {f"https://outlet0.example/news/{number}" for number in range(700)}
        found = settled(chistovik, pages=700)
    assert {event["url"] for event in found["articles"]} == wanted
    assert kinds(found)["created"] == 700
    assert set(kinds(found)) <= {"created", "redelivered"}
