"""Logs: JSON lines with fixed names, one for each event, and none for what goes well."""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson
import pytest
import structlog

from agents.clean import pool
from agents.clean.pool import Cleaners
from agents.clean.stage import clean_pages
from agents.dedupe.stage import judge_documents
from agents.observe.logs import RepeatFilter, configure
from agents.observe.telemetry import Telemetry
from agents.run.worker import _warn_if_slow
from agents.settings import Settings
from agents.testing import MemoryOutbox, stream_of
from pipeline import native
from pipeline.records.page import page_id
from pipeline.records.wire import encode
from pipeline.verdict.ledger import Ledger
from tests.support.embedded import embedded_broker
from tests.support.observed import Line
from tests.support.pages import BROKEN, COPY, FIRST, MENU, page
from tests.support.stages import HereCleaner, MemoryVerdicts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STAGES = ("clean", "dedupe", "publish")
ALWAYS = {"timestamp", "level", "event"}
# What a line may say beside these; a new name is a decision
FIELDS = {
    *("stage", "stages", "page_id", "url", "place", "error", "attempt", "seconds"),
    *("topic", "partition", "partitions", "begun", "upto", "judged", "brokers", "http", "exception"),
}


@contextmanager
def logged(capsys: pytest.CaptureFixture[str], level: str = "info") -> Iterator[list[dict[str, Any]]]:
    """Log as a worker does with CHISTOVIK_LOG_FORMAT=json; gives the lines when the block has ended."""
    root, lines = logging.getLogger(), list[dict[str, Any]]()
    before, number, kept = root.handlers[:], root.level, structlog.get_config()
    capsys.readouterr()
    configure(form="json", level=level)
    try:
        yield lines
    finally:
        root.handlers[:] = before
        root.setLevel(number)
        structlog.configure(**kept)
        lines += [orjson.loads(line) for line in capsys.readouterr().err.splitlines()]


def check(lines: list[dict[str, Any]]) -> None:
    for line in lines:
        assert line.keys() >= ALWAYS
        assert line.keys() <= ALWAYS | FIELDS, line
        assert datetime.fromisoformat(line["timestamp"]).tzinfo is not None
        assert line["level"] in {"debug", "info", "warning", "error"}
        if "page_id" in line:
            assert line["url"]
            assert line["place"].count("/") == 2


async def test_a_thousand_pages_that_go_well_give_no_line(capsys: pytest.CaptureFixture[str]):
    pages = [encode(page(number)) for number in range(1000)]
    outbox, telemetry = MemoryOutbox(), Telemetry()
    with logged(capsys, "debug") as lines:
        batches = [pages[first : first + 50] for first in range(0, 1000, 50)]
        await clean_pages(aiter(stream_of(*batches)), cleaner=HereCleaner(), outbox=outbox, telemetry=telemetry)
        documents = [sent.value for sent in outbox.sent]
        stream = stream_of(documents, topic="documents")
        await judge_documents(aiter(stream), verdicts=MemoryVerdicts({0: Ledger(0)}), telemetry=telemetry)

    assert lines == []
    assert sum(one._value.get() for one in telemetry.metrics.pages.values()) == 1000
    assert sum(one._value.get() for one in telemetry.metrics.judged.values()) == 1000


async def test_each_event_has_one_line_and_a_page_its_id_and_url(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    settings = Settings.from_env({"CHISTOVIK_PROCESSES": "1", "CHISTOVIK_SESSION_TIMEOUT": "20"})
    fed = [*FIRST, MENU, COPY, *BROKEN]
    with logged(capsys) as lines, embedded_broker() as connection:
        made = Line(connection, settings, tmp_path)
        await made.make_topics()
        async with made.worker(*STAGES):
            await made.feed(*fed)
            await made.outcomes(len(fed))
    ours = [line for line in lines if "stage" in line]

    check(ours)
    events = [(line["event"], line["stage"]) for line in ours]
    assert sorted(event for event in events if event[0] == "partitions assigned") == [
        ("partitions assigned", stage) for stage in sorted(STAGES)
    ]
    letters = [line for line in ours if line["event"] == "dead letter"]
    assert len(letters) == len(BROKEN)
    assert all(line["level"] == "warning" and line["error"].startswith("not a page") for line in letters)
    assert {line["url"] for line in letters} == {"kafka:" + line["place"] for line in letters}
    assert {event for event, _ in events} == {"partitions assigned", "verdicts read", "dead letter"}


async def test_a_page_that_hangs_is_named_with_what_it_broke(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(pool, "clean_record", hang)
    telemetry, hanging = Telemetry(), FIRST[0]
    with (
        logged(capsys) as lines,
        Cleaners(processes=1, page_timeout=0.5, max_page_bytes=1 << 20, max_record_bytes=1 << 20) as cleaners,
    ):
        stream = stream_of([encode(hanging)])
        await clean_pages(aiter(stream), cleaner=cleaners, outbox=MemoryOutbox(), telemetry=telemetry)

    check(lines)
    (line,) = lines
    assert (line["event"], line["stage"], line["place"]) == ("page broke its cleaning", "clean", "pages/0/0")
    assert (line["page_id"], line["url"]) == (page_id(hanging), hanging.url)
    assert "CHISTOVIK_PAGE_TIMEOUT" in line["error"]
    assert line["seconds"] >= 0.5
    assert telemetry.metrics.broke["timeout"]._value.get() == 1


def hang(*_: object) -> None:
    """Runs in the cleaning process."""
    import time  # noqa: PLC0415

    time.sleep(600)


async def test_an_error_has_its_traceback_in_a_field_of_its_own(capsys: pytest.CaptureFixture[str]):
    with logged(capsys) as lines:
        try:
            int("line one\nline two")
        except ValueError as error:
            structlog.get_logger("chistovik").error("internal error", error=str(error), exc_info=error)

    (line,) = lines  # one, although there are line ends in it
    check(lines)
    assert "Traceback" in line["exception"]


@pytest.mark.parametrize(("level", "tracebacks"), [("info", 0), ("debug", 1)])
def test_an_error_of_a_library_is_one_line_unless_one_looks_closer(
    capsys: pytest.CaptureFixture[str], level: str, tracebacks: int
):
    with logged(capsys, level) as lines:
        try:
            int("x")
        except ValueError:
            logging.getLogger("aiokafka.producer.sender").exception("Unexpected error in %s", "the sender")

    (line,) = lines
    assert line["event"].startswith("Unexpected error in the sender")
    assert ("ValueError: invalid literal" in line["event"]) is not bool(tracebacks)
    assert ("exception" in line) is bool(tracebacks)


def test_a_thread_that_fails_says_so_in_one_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)  # put back after the test
    with logged(capsys) as lines:
        thread = threading.Thread(target=int, args=("x",), name="reader")
        thread.start()
        thread.join()

    (line,) = lines
    assert line["event"].startswith("reader ended with an error: ValueError: invalid literal")


def test_a_clock_that_is_put_back_silences_no_library(monkeypatch: pytest.MonkeyPatch):
    passes = RepeatFilter().filter
    record = logging.makeLogRecord({"name": "aiokafka.conn", "msg": "closed"})
    assert passes(record)
    assert not passes(record)
    record.created -= 86_400
    monkeypatch.setattr("agents.observe.logs.REPEAT_SECONDS", 0.0)
    assert passes(record)


@pytest.mark.parametrize(("stage", "compiled", "said"), [("clean", False, 1), ("clean", True, 0), ("dedupe", False, 0)])
def test_a_worker_says_that_its_cleaning_is_not_compiled(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, stage: str, *, compiled: bool, said: int
):
    monkeypatch.setattr(native, "COMPILED", compiled)
    with logged(capsys) as lines:
        _warn_if_slow([stage])
    check(lines)
    assert [line["level"] for line in lines] == ["warning"] * said
