"""`chistovik status` on the embedded broker: what it counts, what it says, and with which exit code."""

from __future__ import annotations

import asyncio
import signal
import subprocess
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from rich.console import Console
from typer.testing import CliRunner

from agents import kafka
from agents.cli import app
from agents.cli.show import stages as shown
from agents.feed.send import feed_page, record_of
from agents.kafka import Connection
from agents.kafka.outbox import KafkaOutbox
from agents.reports.lag import LagReader, StageMonitor
from agents.reports.status import StatusReport
from agents.reports.tail import following, outcomes_of
from agents.settings import Settings
from tests.support.command import COMMAND
from tests.support.embedded import embedded_broker
from tests.support.patience import SECONDS
from tests.support.ports import nobody
from tests.support.uiworld import PAGES, PREFIX, TALLY, judged, letter, unused, write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(scope="module")
def published() -> Iterator[Connection]:
    with judged() as connection:
        yield connection


@pytest.fixture
def status(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[list[Any], str]]:
    def invoke(connection: Connection, *arguments: str, code: int = 0, prefix: str = PREFIX) -> tuple[list[Any], str]:
        monkeypatch.setattr(kafka, "connect", lambda _settings: connection)
        monkeypatch.setattr("agents.cli.status.CATCHING_SECONDS", SECONDS)
        monkeypatch.setattr("agents.reports.lag.OLDEST_SECONDS", SECONDS)
        done = CliRunner().invoke(app, ["status", *arguments], obj=Settings(prefix=prefix))
        assert done.exit_code == code, done.output
        assert "Traceback" not in done.output
        return [orjson.loads(line) for line in done.stdout.splitlines()], done.stderr

    return invoke


def feed(connection: Connection, count: int) -> None:
    async def send() -> None:
        producer = connection.producer("test")
        await producer.start()
        for one in PAGES[:count]:
            await (await feed_page(one, KafkaOutbox(producer, PREFIX), value=record_of(one), partition=3))
        await producer.stop()

    asyncio.run(send())


def test_every_page_that_was_fed_is_counted(published: Connection, status: Callable[..., Any]):
    ((said,), complaint) = status(published)

    stages = {one["stage"]: one for one in said["stages"]}
    clean, dedupe = stages["clean"], stages["dedupe"]
    assert complaint == ""
    assert said["is_well"]
    assert (clean["waiting"], dedupe["waiting"]) == (0, 0)
    assert sum(one["committed"] or 0 for one in clean["partitions"]) == len(PAGES)
    assert sum(one["end"] for one in dedupe["partitions"]) == len(PAGES)
    assert {name: one["events"] for name, one in said["outcomes"].items()} == TALLY
    assert said["outcomes"]["articles"]["kinds"] == {"created": 3, "updated": 1}
    assert said["outcomes"]["duplicates"]["kinds"] == {"exact": 1, "near": 1}
    assert said["outcomes"]["discarded"]["kinds"] == {"no-article": 2}
    assert said["outcomes"]["dead-letters"]["kinds"] == {"fetch": 1}
    assert all(one["are_all"] for one in said["outcomes"].values())
    assert clean["done_per_second"] == 0
    assert clean["measured_seconds"] >= 1.9


def test_what_waits_has_a_number_a_place_and_an_age(status: Callable[..., Any]):
    with unused() as connection:
        feed(connection, 4)
        ((said,), _) = status(connection)
        (clean,) = [one for one in said["stages"] if one["stage"] == "clean"]
        waits = {one["partition"]: one["waiting"] for one in clean["partitions"] if one["waiting"]}

        assert (clean["waiting"], waits) == (4, {3: 4})
        assert 0 <= clean["oldest_seconds"] < SECONDS
        assert clean["oldest_at"] == clean["partitions"][3]["oldest_at"]
        assert clean["partitions"][3]["committed"] is None
        assert clean["condition"] == "working", "the embedded broker does not tell whether there is a worker"

        ((said,), _) = status(connection, "--behind", "0", code=1)
        assert not said["is_well"]
        assert "clean: the oldest record of `pages` has waited for" in said["says"]


def test_only_the_newest_of_a_long_topic_are_read_and_that_is_said(
    status: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("agents.cli.status.EVENTS", 10)
    with unused() as connection:
        asyncio.run(write(connection, *[letter(f"page-{number}") for number in range(100)]))
        ((said,), _) = status(connection)
        letters = said["outcomes"]["dead-letters"]
        assert (letters["events"], letters["are_all"], letters["last_minute_is_whole"]) == (10, False, False)


def test_the_table_says_what_the_json_says(published: Connection):
    async def look() -> StatusReport:
        outcomes, monitor = outcomes_of(500), StageMonitor()
        async with LagReader(published, PREFIX) as reader, following(published, PREFIX, outcomes) as tail:
            monitor.take(await reader.sample())
            assert await tail.catch_up(SECONDS)
            monitor.take(await reader.sample())
        sample = monitor.samples[-1]
        return StatusReport(
            brokers="b:1", prefix=PREFIX, at=sample.at, reports=monitor.reports(), newest=outcomes.newest
        )

    console = Console(width=120, record=True, force_terminal=False)
    console.print(shown._all(asyncio.run(look()), partitions=True))
    lines = [" ".join(line.split()) for line in console.export_text().splitlines()]

    assert "stage reads waiting oldest in/s done/s workers state" in lines
    assert "clean pages 0 0 0 ? idle" in lines
    assert f"clean pages/0 {len(PAGES)} {len(PAGES)} 0" in lines
    assert any(line.startswith("articles 4 4 3 created, 1 updated") for line in lines)
    assert any(line.startswith("discarded 2 2 2 no-article") for line in lines)


def test_a_wrong_use_is_one_line(status: Callable[..., Any]):
    _, complaint = status(Connection(brokers=nobody()), "--every", "3", code=2)
    assert complaint == "chistovik: --every works only together with --watch\n"


def test_no_broker_is_one_line(status: Callable[..., Any]):
    _, complaint = status(Connection(brokers=nobody()), code=3)
    assert complaint.startswith(f"chistovik: no Kafka answers at {nobody()}")
    assert complaint.count("\n") == 1


def test_topics_that_are_not_there_are_named_with_what_to_do(status: Callable[..., Any]):
    with embedded_broker() as connection:
        _, complaint = status(connection, code=3)
    assert "are missing: run `chistovik topics apply`" in complaint
    assert complaint.count("\n") == 1


def test_watching_writes_an_object_at_each_look_and_ends_well_on_interrupt():
    with unused() as connection:
        # `connect` knows no embedded broker, so the command is run with one made known to it.
        script = (
            "import signal; from agents import kafka; from agents.cli import app; from agents.settings import Settings; "
            # A suite that a shell started in the background ignores it, and hands that on
            "signal.signal(signal.SIGINT, signal.default_int_handler); "
            f"kafka.connect = lambda _: kafka.Connection(brokers={connection.brokers!r}, embedded=True); "
            f"app(['status', '--watch', '--every', '0.5'], obj=Settings(prefix={PREFIX!r}))"
        )
        process = subprocess.Popen([COMMAND[0], "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            looks = [orjson.loads(process.stdout.readline()) for _ in range(3)]
            process.send_signal(signal.SIGINT)
            process.wait(SECONDS)
            said = process.stderr.read()
        finally:
            process.kill()
            process.wait()
            process.stdout.close()
            process.stderr.close()
    assert [one["is_well"] for one in looks] == [True] * 3
    assert looks[0]["at"] < looks[1]["at"] < looks[2]["at"]
    assert looks[2]["stages"][0]["measured_seconds"] > looks[0]["stages"][0]["measured_seconds"]
    assert (process.returncode, said) == (0, b"")
