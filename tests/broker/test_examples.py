"""The programs of deploy/examples on a real Kafka, writing to real servers: killed, replayed, and with what comes late."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
from abc import ABC, abstractmethod
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from aiokafka import TopicPartition
from aiokafka.admin import NewTopic

from agents.kafka import Connection
from agents.subscribe import subscribe
from pipeline.records.article import Article, edition
from pipeline.topics import ARTICLES, DUPLICATES
from tests.support.kafka import JVM, ROOT, commit, jars
from tests.support.outcomes import article, duplicate, publish
from tests.support.patience import SECONDS, wait_until
from tests.support.ports import nobody
from tests.support.sinks import OpenSearch, PostgreSQL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import ModuleType

    from tests.support.kafka import Kafka

pytestmark = pytest.mark.broker
EXAMPLES = ROOT / "deploy" / "examples"
COUNT = 1800
ODD = "В тексте \0 есть нуль.\nИ 'кавычки' \"разные\", \\ и 🥖."
CREATED = [article(f"e{n}", n, body=ODD if n == 7 else None) for n in range(COUNT)]
UPDATED = [article(f"e{n}", 5000 + n, revision=2, minute=10) for n in range(0, COUNT, 3)]
LATE = [article(f"e{n}", n) for n in range(0, COUNT, 9)]  # first revisions, behind the second ones
AGAIN = [
    article(f"e{n}", 9000 + n, minute=99 * 24 * 60) for n in range(0, COUNT, 30)
]  # forgotten, and first ones again
STATES = [*CREATED, *UPDATED, *LATE, *AGAIN]
COPIES = [duplicate(f"e{n}", 20_000 + n) for n in range(40)]
Row = tuple[int, str, str]  # revision, URL, text


def newest() -> dict[str, Row]:
    """Say how the articles stand in the end."""
    found: dict[str, Article] = {}
    for one in STATES:
        if one.article_id not in found or number(found[one.article_id]) < number(one):
            found[one.article_id] = one
    return {name: (one.revision, one.url, one.article_body.replace("\0", "")) for name, one in found.items()}


def number(one: Article) -> int:
    return edition(one.provenance.fetched_at, one.revision)


@pytest.fixture(scope="module")
def prefix(kafka: Kafka) -> str:
    """Give a prefix of topics with events."""
    name = f"e{secrets.token_hex(4)}."
    kafka.create(*(NewTopic(name + one.name, 12, 1) for one in (ARTICLES, DUPLICATES)))
    asyncio.run(publish(Connection(brokers=kafka.brokers), name, [*STATES, *COPIES], a_transaction=300))
    return name


class Sink(ABC):
    """What an example writes to, in a place of its own."""

    program: str
    argument: str
    options: tuple[str, ...] = ()

    @abstractmethod
    def rows(self) -> dict[str, Row]:
        """Read how the articles stand there."""

    @abstractmethod
    def count(self) -> int:
        """Count what is there, for the kill."""


class Rows(Sink):
    program = "to_postgresql.py"

    def __init__(self, server: PostgreSQL) -> None:
        import psycopg  # noqa: PLC0415 — of the examples only

        name = f"d{secrets.token_hex(4)}"
        with psycopg.connect(server.url(), autocommit=True) as database:
            database.execute(f"create database {name}".encode())
        self.argument = server.url(name)

    def ask(self, question: str) -> list[tuple[Any, ...]]:
        import psycopg  # noqa: PLC0415

        with psycopg.connect(self.argument) as database:
            return database.execute(question.encode()).fetchall()

    def rows(self) -> dict[str, Row]:
        joined = "select d.url, a.headline, kind, similarity from duplicates d left join articles a using (article_id)"
        told = {(copy.url, f"Пекарня в посёлке e{n}", "near", 0.875) for n, copy in enumerate(COPIES)}
        copies = self.ask(joined)
        assert set(copies) == told
        assert len(copies) == len(told)
        return {row[0]: row[1:] for row in self.ask("select article_id, revision, url, article_body from articles")}

    def count(self) -> int:
        (((there,),),) = (self.ask("select count(*) from pg_tables where tablename = 'articles'"),)
        return int(self.ask("select count(*) from articles")[0][0]) if there else 0


class RowsAndOffsets(Rows):
    options = ("--offsets-in-database",)


class Files(Sink):
    program = "to_parquet.py"
    options = ("--seconds", "1")

    def __init__(self, folder: Path) -> None:
        self.argument = str(folder / "lake")
        self.folder = folder / "lake"

    def read(self) -> list[dict[str, Any]]:
        import pyarrow.dataset as ds  # noqa: PLC0415

        read: list[dict[str, Any]] = ds.dataset(self.folder, partitioning="hive").to_table().to_pylist()
        return read

    def rows(self) -> dict[str, Row]:
        read = self.read()
        places = [(one["partition"], one["offset"]) for one in read]
        assert len(places) == len(set(places)) == len(STATES), "a row a state, and none twice"
        last = {one["article_id"]: one for one in sorted(read, key=lambda one: one["edition"])}
        return {
            name: (one["revision"], one["url"], one["article_body"].replace("\0", "")) for name, one in last.items()
        }

    def count(self) -> int:
        return 400 * len(list(self.folder.glob("day=*/p*.parquet")))


class Documents(Sink):
    program = "to_opensearch.py"

    def __init__(self, server: OpenSearch) -> None:
        self.server, self.argument, self.name = server, server.url, f"i{secrets.token_hex(4)}"
        self.options = ("--index", self.name)

    def rows(self) -> dict[str, Row]:
        self.server.ask("POST", f"/{self.name}/_refresh")
        found = self.server.ask("GET", f"/{self.name}/_search", {"size": 10_000})["hits"]["hits"]
        read = {hit["_id"]: hit["_source"] for hit in found}
        return {
            name: (one["revision"], one["url"], one["article_body"].replace("\0", "")) for name, one in read.items()
        }

    def count(self) -> int:
        self.server.ask("POST", f"/{self.name}/_refresh")
        told = self.server.ask("GET", f"/{self.name}/_count")
        return int(told["count"]) if told else 0


def need(module: str) -> None:
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"{module} is not there: `make examples`")


@pytest.fixture(scope="module")
def postgresql() -> Iterator[PostgreSQL]:
    need("psycopg")
    if reason := PostgreSQL.why_not():
        pytest.skip(reason)
    server = PostgreSQL()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def opensearch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenSearch]:
    if reason := OpenSearch.why_not():
        pytest.skip(f"no OpenSearch: {reason}")
    server = OpenSearch(folder=tmp_path_factory.mktemp("opensearch") / "node")
    server.start()
    yield server
    server.stop()


SINKS = ["postgresql", "postgresql, offsets there", "parquet", "opensearch"]


@pytest.fixture(params=SINKS)
def sink(request: pytest.FixtureRequest, tmp_path: Path) -> Sink:
    match request.param:
        case "postgresql":
            return Rows(request.getfixturevalue("postgresql"))
        case "postgresql, offsets there":
            return RowsAndOffsets(request.getfixturevalue("postgresql"))
        case "parquet":
            need("pyarrow")
            return Files(tmp_path)
        case _:
            return Documents(request.getfixturevalue("opensearch"))


@pytest.fixture
def group() -> str:
    return f"g{secrets.token_hex(4)}"


@pytest.fixture
def launch(kafka: Kafka, prefix: str) -> Callable[..., subprocess.Popen[str]]:
    """Give a way to start an example; it ends after so much silence."""
    env = os.environ | {
        "CHISTOVIK_BROKERS": kafka.brokers,
        "CHISTOVIK_PREFIX": prefix,
        "CHISTOVIK_SESSION_TIMEOUT": "2",
    }

    def launched(program: str, *arguments: str, **more: str) -> subprocess.Popen[str]:
        command = [sys.executable, str(EXAMPLES / program), *arguments]
        return subprocess.Popen(command, env=env | more, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    return launched


def ended(process: subprocess.Popen[str], code: int = 0) -> str:
    _, said = process.communicate(timeout=SECONDS)
    assert process.returncode == code, said
    assert "Traceback" not in said
    return said


def test_an_example_that_is_killed_loses_nothing_and_a_replay_changes_nothing(
    launch: Callable[..., subprocess.Popen[str]], sink: Sink, group: str
):
    arguments = ("--group", group, *sink.options, "--timeout", "2", sink.argument)
    first = launch(sink.program, "--group", group, *sink.options, sink.argument)  # it does not end by itself
    wait_until(lambda: sink.count() >= 400 or first.poll() is not None, every=0.02)
    first.send_signal(signal.SIGKILL)
    _, said = first.communicate()
    assert first.returncode == -signal.SIGKILL, said

    assert ended(launch(sink.program, *arguments)) == ""
    found = sink.rows()
    assert found == newest()

    replay = launch(sink.program, *arguments, "--group", f"{group}-again")
    assert ended(replay) == ""
    assert sink.rows() == found


def test_offsets_in_the_database_count_whatever_kafka_says(
    kafka: Kafka, prefix: str, launch: Callable[..., subprocess.Popen[str]], postgresql: PostgreSQL
):
    sink = RowsAndOffsets(postgresql)
    arguments = ("--group", "counting", *sink.options, "--timeout", "2", sink.argument)
    ended(launch(sink.program, *arguments))
    stand = sink.ask("select topic, partition, position from offsets order by 1, 2")
    assert len(stand) == 24

    sink.ask("with gone as (delete from articles returning 1) select count(*) from gone")
    for topic, partition, _ in stand:
        commit(kafka, "counting", TopicPartition(topic, partition), 0)
    ended(launch(sink.program, *arguments))

    assert sink.count() == 0
    assert sink.ask("select topic, partition, position from offsets order by 1, 2") == stand


async def test_of_two_readers_that_hold_the_same_events_one_counts_them(
    kafka: Kafka, prefix: str, postgresql: PostgreSQL, monkeypatch: pytest.MonkeyPatch
):
    import psycopg  # noqa: PLC0415

    program = loaded("to_postgresql", monkeypatch)
    sink = RowsAndOffsets(postgresql)
    events = [event async for event in subscribe(Connection(brokers=kafka.brokers), prefix + "articles", follow=False)]
    tps = {TopicPartition(event.topic, event.partition) for event in events}
    async with (
        await psycopg.AsyncConnection.connect(sink.argument, autocommit=True) as one,
        await psycopg.AsyncConnection.connect(sink.argument, autocommit=True) as other,
    ):
        await one.execute(program.SCHEMA)
        stores = [program.Store(database, "reader") for database in (one, other)]
        for store in stores:
            assert set((await store.resume(tps)).values()) == {0}
        await stores[0].write(events[:100])
        before = await asyncio.to_thread(sink.count)
        with pytest.raises(Exception, match=r"has another reader by now: start again") as refused:
            await stores[1].write(events[:200])
        assert type(refused.value).__name__ == "SinkError"
        assert await asyncio.to_thread(sink.count) == before  # nothing of the batch was kept
        await stores[0].write(events[100:200])


def loaded(name: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Load an example as a module; it looks for its neighbour where it lies."""
    monkeypatch.syspath_prepend(str(EXAMPLES))
    return importlib.import_module(name)


def test_parquet_files_are_named_by_day_partition_and_offsets(
    launch: Callable[..., subprocess.Popen[str]], tmp_path: Path, group: str
):
    need("pyarrow")
    sink = Files(tmp_path)
    ended(launch(sink.program, "--group", group, "--timeout", "2", *sink.options, sink.argument))

    names = sorted(path.relative_to(sink.folder).as_posix() for path in sink.folder.rglob("*") if path.is_file())
    files = [name for name in names if name != ".lock"]
    assert all(re.fullmatch(r"day=\d{4}-\d\d-\d\d/p(0\d|1[01])-000000000000\.parquet", name) for name in files), files
    for row in sink.read():
        assert str(row["day"]) == f"{row['recorded_at'].astimezone(UTC):%Y-%m-%d}"
    assert sink.read()[0]["fetched_at"] > datetime(2026, 3, 1, tzinfo=UTC)


def test_what_opensearch_never_takes_is_one_line_or_put_aside(
    launch: Callable[..., subprocess.Popen[str]], opensearch: OpenSearch, tmp_path: Path, group: str
):
    sink = Documents(opensearch)
    sink.options += ("--group", group)
    assert opensearch.ask("PUT", f"/{sink.name}", {"mappings": {"properties": {"headline": {"type": "long"}}}})
    rejects = tmp_path / "rejects.jsonl"

    said = ended(launch(sink.program, "--timeout", "2", *sink.options, sink.argument), code=1)
    assert re.fullmatch(r"to_opensearch: e\w+\.articles/\d+ offset \d+ was refused: 400 .*mapper_parsing.*\n", said)

    ended(launch(sink.program, "--timeout", "2", *sink.options, "--rejects", str(rejects), sink.argument))
    rows = [orjson.loads(line) for line in rejects.read_bytes().splitlines()]
    assert len({row["event"] for row in rows}) == len(STATES)
    assert sink.rows() == {}


@pytest.mark.parametrize(
    ("program", "argument", "says"),
    [
        ("to_postgresql.py", "postgresql://tests@NOBODY/none", "to_postgresql: connection failed: "),
        ("to_parquet.py", "/proc/none", "to_parquet: "),
    ],
)
def test_a_place_that_is_not_there_is_one_line(
    launch: Callable[..., subprocess.Popen[str]], program: str, argument: str, says: str
):
    need("psycopg")
    need("pyarrow")
    said = ended(launch(program, argument.replace("NOBODY", nobody())), code=1)

    assert said.startswith(says)
    assert said.count("\n") == 1


@pytest.mark.parametrize("program", ["to_postgresql.py", "to_parquet.py", "to_opensearch.py"])
def test_an_example_says_what_it_does_and_a_broker_that_is_not_there_is_one_line(
    launch: Callable[..., subprocess.Popen[str]], program: str, tmp_path: Path
):
    need("psycopg")
    need("pyarrow")
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / program), "--help"], capture_output=True, text=True, check=True, timeout=SECONDS
    )
    assert f"python deploy/examples/{program} " in done.stdout
    if program == "to_parquet.py":
        said = ended(launch(program, str(tmp_path), CHISTOVIK_BROKERS=nobody()), code=1)
        assert (
            said
            == f"to_parquet: no Kafka answers at {nobody()}: check that it is up and that CHISTOVIK_BROKERS is right\n"
        )


def console_lines() -> dict[str, str]:
    """Read the commands of deploy/examples/README.md that begin so."""
    text = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    lines = [line for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]
    return {line.split()[0]: line for line in lines}


def printed(command: str, kafka: Kafka, prefix: str, folder: Path) -> list[dict[str, Any]]:
    """Run a line of the README, with our broker and prefix in the place of its own."""
    line = command.replace("localhost:9092", kafka.brokers).replace("news.", prefix)
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", line], env=os.environ | {"PATH": path}, capture_output=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return [orjson.loads(one) for one in done.stdout.splitlines()]


def test_kcat_reads_what_is_committed(kafka: Kafka, prefix: str, tmp_path: Path):
    if shutil.which("kcat") is None:
        pytest.skip("kcat is not there")
    asyncio.run(publish(Connection(brokers=kafka.brokers), prefix, [article("no", 1)], aborted=True))

    events = printed(console_lines()["kcat"], kafka, prefix, tmp_path)

    assert len(events) == len(STATES)
    assert {event["event"] for event in events} == {"created", "updated"}


def test_kafkas_console_consumer_reads_what_is_committed(kafka: Kafka, prefix: str, tmp_path: Path):
    script = tmp_path / "kafka-console-consumer.sh"  # as the one in bin/ of Kafka
    script.write_text(
        f"#!/bin/sh\nexec java {' '.join(JVM)} -cp '{jars()}/*' org.apache.kafka.tools.consumer.ConsoleConsumer \"$@\"\n"
    )
    script.chmod(0o755)

    events = printed(console_lines()["kafka-console-consumer.sh"], kafka, prefix, tmp_path)

    assert len(events) == 10
    assert {event["schema_version"] for event in events} == {1}
