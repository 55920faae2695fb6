"""How fast URLs are fetched: the stage on a real Kafka against a bare aiohttp loop over the same URLs, in the same run.

`make bench-fetch`. The fetching process, ours or the loop, has a core for itself; the test web and Kafka have the other.
Pacing is off, robots.txt is obeyed. Pages are of 64 KB, packed to 12 (gzip), as news pages are. What counts is the CPU
time of the fetching process: its throughput where nothing else wants its core. The bare loop reads each body to its
end, which aiohttp unpacks, and drops it; the tuned loop is the same on uvloop and igzip, as our stage is; the storing
loop decodes each body and writes it to Kafka as JSON (zstd). Then pairs of runs without and with URLs of a host that
never answers in front: what that costs the others, in CPU time and by the clock, from ready to the last page.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import orjson
import uvloop
from aiohttp.abc import AbstractResolver
from aiokafka import TopicPartition
from aiokafka.admin import NewTopic
from isal import isal_zlib

from agents.fetch.answer import Fetched
from agents.fetch.fetcher import Fetcher
from agents.fetch.guard import Guard, hosts_of
from agents.fetch.pace import Hosts
from agents.fetch.request import Wanted
from agents.kafka import Connection
from agents.kafka.outbox import KafkaOutbox
from pipeline.records.target import Target
from pipeline.records.wire import encode
from pipeline.topics import PAGES, URLS
from pipeline.topics.headers import ORIGIN, header
from pipeline.url.addresses import networks_of
from tests.support.command import COMMAND
from tests.support.kafka import Kafka, why_not
from tests.support.sites import NEWS

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUNDS = 5
PAIRS = 5  # of runs without and with a dead host, for each number of requests at once
PARALLEL, HOST_PARALLEL = 64, 4
CROWDED, ROOMY = PARALLEL, 128  # the second has room for all hosts at once, as the defaults have (256 and 1)
AGENT = "ChistovikBench/1.0 (+https://example.org/bot)"
WAIT_SECONDS = 120.0
PLAIN = ("loop", "storing")  # what runs on asyncio's own loop, as such scripts do


@dataclass(frozen=True)
class Place:
    """Where it all runs."""

    kafka: Kafka
    folder: Path
    port: int

    def url(self, host: str, path: str) -> str:
        return f"http://{host}:{self.port}{path}"


@contextmanager
def web(folder: Path, core: int) -> Iterator[int]:
    """Run the test web in a process of its own; its port."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.web", str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        preexec_fn=lambda: _pin(core),  # noqa: PLW1509
    )
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()


def _pin(core: int) -> None:
    os.sched_setaffinity(0, {core})


# — the bare loop —


class _Known(AbstractResolver):
    def __init__(self, hosts: dict[str, tuple[str, ...]]) -> None:
        self._hosts = hosts

    async def resolve(self, host: str, port: int = 0, family: int = 2) -> list[dict[str, object]]:  # type: ignore[override]
        (address, *_) = self._hosts[host]
        return [{"hostname": host, "host": address, "port": port, "family": 2, "proto": 0, "flags": 0}]

    async def close(self) -> None:
        pass


async def _loop(urls: list[str], hosts: dict[str, tuple[str, ...]]) -> float:
    """Fetch all URLs with nothing but aiohttp; CPU seconds."""
    slots = asyncio.Semaphore(PARALLEL)
    connector = aiohttp.TCPConnector(resolver=_Known(hosts), limit=PARALLEL, limit_per_host=HOST_PARALLEL)
    async with aiohttp.ClientSession(connector=connector, headers={"User-Agent": AGENT}) as session:

        async def get(url: str) -> None:
            async with slots, session.get(url) as response:
                assert response.status == 200
                await response.read()

        begin = time.process_time()
        await asyncio.gather(*map(get, urls))
        return time.process_time() - begin


async def _tuned(urls: list[str], hosts: dict[str, tuple[str, ...]]) -> float:
    """Run the bare loop with all that makes it faster from outside; CPU seconds."""
    aiohttp.set_zlib_backend(isal_zlib)
    return await _loop(urls, hosts)


async def _storing(urls: list[str], hosts: dict[str, tuple[str, ...]]) -> float:
    """Do what such a loop is for: decode each page and write it as JSON to Kafka, a topic for each run; CPU seconds."""
    slots = asyncio.Semaphore(PARALLEL)
    connector = aiohttp.TCPConnector(resolver=_Known(hosts), limit=PARALLEL, limit_per_host=HOST_PARALLEL)
    connection = Connection(brokers=os.environ["CHISTOVIK_BROKERS"])
    topic = f"storing-{time.monotonic_ns()}"
    async with connection.admin() as admin:
        await admin.create_topics([NewTopic(topic, PAGES.partitions, 1)])
    async with (
        connection.producer("loop", compression_type="zstd", linger_ms=25) as producer,
        aiohttp.ClientSession(connector=connector, headers={"User-Agent": AGENT}) as session,
    ):

        async def get(url: str) -> None:
            async with slots, session.get(url) as response:
                assert response.status == 200
                page = {"url": url, "fetched_at": datetime.now(UTC), "body": await response.text()}
            await producer.send_and_wait(topic, orjson.dumps(page))

        begin = time.process_time()
        await asyncio.gather(*map(get, urls))
        return time.process_time() - begin


async def _fetcher(urls: list[str], hosts: dict[str, tuple[str, ...]]) -> float:
    """Fetch all URLs with our fetcher, robots.txt and guard and all, and write nothing; CPU seconds."""
    port = int(urls[0].split(":")[2].split("/")[0])
    guard, pace = Guard(frozenset({port}), networks_of("127.0.0.0/8")), Hosts(delay=0.0, parallel=HOST_PARALLEL)
    slots = asyncio.Semaphore(PARALLEL)
    async with Fetcher(user_agent=AGENT, guard=guard, hosts=pace, known_hosts=hosts, parallel=PARALLEL) as fetcher:

        async def get(url: str) -> None:
            async with slots:
                assert isinstance(await fetcher.get(url, Wanted(packed=True)), Fetched)

        begin = time.process_time()
        await asyncio.gather(*map(get, urls))
        return time.process_time() - begin


def alone(place: Place, urls: list[str], core: int, *, what: str) -> float:
    """Run the bare loop or the fetcher in a process of its own; URLs per CPU second."""
    listed = place.folder / "urls.json"
    listed.write_text(json.dumps(urls))
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.fetching", what, str(listed), str(place.folder / "hosts")],
        check=True,
        capture_output=True,
        timeout=WAIT_SECONDS,
        env=os.environ | {"CHISTOVIK_BROKERS": place.kafka.brokers},
        preexec_fn=lambda: _pin(core),
    )
    return len(urls) / float(done.stdout)


# — the stage —


@dataclass(frozen=True)
class Run:
    """What a run of the stage took."""

    rate: float  # URLs per CPU second, from the first page on
    cpu: float  # seconds, from ready on
    clock: float  # seconds from ready to the last page


def staged(place: Place, urls: list[str], core: int, *, front: tuple[str, ...] = (), parallel: int = PARALLEL) -> Run:
    """Feed the URLs, run `worker fetch` until each has its page; `front` is fed before them and not waited for."""
    prefix = f"b{time.monotonic_ns()}."
    env = os.environ | {
        "CHISTOVIK_BROKERS": place.kafka.brokers,
        "CHISTOVIK_PREFIX": prefix,
        "CHISTOVIK_USER_AGENT": AGENT,
        "CHISTOVIK_FETCH_HOSTS": str(place.folder / "hosts"),
        "CHISTOVIK_FETCH_NETWORKS": "127.0.0.0/8",
        "CHISTOVIK_FETCH_PORTS": str(place.port),
        "CHISTOVIK_FETCH_PACE": "0",
        "CHISTOVIK_FETCH_PARALLEL": str(parallel),
        "CHISTOVIK_FETCH_HOST_PARALLEL": str(HOST_PARALLEL),
        "CHISTOVIK_DATA_DIR": str(place.folder / "data"),
    }
    subprocess.run([*COMMAND, "topics", "apply"], env=env, check=True, capture_output=True, timeout=60)
    asyncio.run(_submit(place, prefix, [*front, *urls]))
    with (place.folder / "worker.log").open("wb") as log:
        process = subprocess.Popen(
            [*COMMAND, "worker", "fetch"],
            env=env,
            stdout=log,
            stderr=log,
            preexec_fn=lambda: _pin(core),  # noqa: PLW1509
        )
        try:
            return asyncio.run(_rate(place, prefix, len(urls), process.pid))
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()


async def _submit(place: Place, prefix: str, urls: list[str]) -> None:
    async with Connection(brokers=place.kafka.brokers).producer("bench") as producer:
        outbox = KafkaOutbox(producer, prefix)
        targets = [Target(url=url, submitted_at=datetime.now(UTC)) for url in urls]
        await asyncio.gather(*[await outbox.send(URLS.name, value=encode(one), key=one.key) for one in targets])


def _cpu(pid: int) -> float:
    """Read the CPU seconds of all threads of a process so far (Linux, Documentation/scheduler/sched-stats.rst)."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((one / "schedstat").read_text().split()[0]) for one in threads) / 1e9


async def _rate(place: Place, prefix: str, count: int, pid: int) -> Run:
    """Wait for the pages of `count` URLs."""
    tps = [TopicPartition(prefix + PAGES.name, number) for number in range(PAGES.partitions)]
    seen = first = last = 0
    begin = ready = started = 0.0
    until = time.monotonic() + WAIT_SECONDS
    async with Connection(brokers=place.kafka.brokers).consumer(name="bench") as consumer:
        consumer.assign(tps)
        await consumer.seek_to_beginning(*tps)
        while seen < count and time.monotonic() < until:
            for records in (await consumer.getmany(timeout_ms=20)).values():
                for record in records:
                    assert header(record.headers, ORIGIN)
                    if b"mute.test" not in record.value[:200]:
                        seen, last = seen + 1, max(last, record.timestamp)
            if not ready and b"ready" in (place.folder / "worker.log").read_bytes():
                ready, started = time.time(), _cpu(pid)
            if seen and not begin:
                begin, first = _cpu(pid), seen
        end = _cpu(pid)
    if seen < count:
        raise SystemExit(f"{seen} of {count} pages after {WAIT_SECONDS:g} s: {place.folder / 'worker.log'}")
    return Run((seen - first) / (end - begin), end - started, last / 1000 - ready)


def main() -> None:
    """Measure, and print two tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--urls", type=int, default=4800, help="how many are fetched in each round")
    parser.add_argument("--dead", type=int, default=1000, help="URLs of a dead host in front")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--pairs", type=int, default=PAIRS, help="runs without and with the dead host")
    works = {"loop": _loop, "tuned": _tuned, "storing": _storing, "fetcher": _fetcher}
    for name in (f"--{one}" for one in works):
        parser.add_argument(name, nargs=2, metavar=("URLS", "HOSTS"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    for name, work in works.items():
        if given := getattr(arguments, name):
            listed, hosts = given
            with asyncio.Runner(loop_factory=None if name in PLAIN else uvloop.new_event_loop) as runner:
                sys.stdout.write(f"{runner.run(work(json.loads(Path(listed).read_text()), hosts_of(hosts)))}\n")
            return
    if reason := why_not():
        raise SystemExit(f"no real Kafka: {reason}")
    others, ours = 0, max(os.sched_getaffinity(0))
    folder = Path(tempfile.mkdtemp(prefix="chistovik-bench-"))
    kafka = Kafka(folder=folder / "kafka")
    _pin(others)  # Kafka too, and what feeds and reads here
    try:
        kafka.start()
        with web(folder, others) as port:
            _measure(Place(kafka, folder, port), ours, arguments)
    finally:
        kafka.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _measure(place: Place, core: int, arguments: argparse.Namespace) -> None:
    every = [place.url(host, f"/long/{number}") for number in range(arguments.urls // len(NEWS)) for host in NEWS]
    dead = [place.url("mute.test", f"/{number}") for number in range(arguments.dead)]
    rows = []
    for number in range(arguments.rounds):
        loop, tuned, storing, fetcher = (
            alone(place, every, core, what=f"--{what}") for what in ("loop", "tuned", "storing", "fetcher")
        )
        stage = staged(place, every, core).rate
        rows.append((fetcher / loop, stage / loop, stage / tuned, stage / storing))
        _say(
            f"round {number + 1}: URLs per CPU second: bare loop {loop:.0f}, tuned loop {tuned:.0f}, "
            f"storing loop {storing:.0f}, fetcher {fetcher:.0f}, stage {stage:.0f} ({stage / loop:.2f} of the bare, "
            f"{stage / tuned:.2f} of the tuned, {stage / storing:.2f} of the storing loop)"
        )
    if rows:
        fetched, share, tuned, stored = _medians(rows)
        _say(
            f"median of {len(rows)}: fetcher / bare loop {fetched:.2f}, stage / bare loop {share:.2f}, "
            f"stage / tuned loop {tuned:.2f}, stage / storing loop {stored:.2f}"
        )
    for parallel in (CROWDED, ROOMY) if arguments.pairs else ():
        pairs = [
            _pair(place, every, dead, core, parallel=parallel, turned=at % 2 == 1) for at in range(arguments.pairs)
        ]
        cpu, clock = _medians(pairs)
        _say(
            f"{parallel} at once behind {len(dead)} URLs of a dead host, median of {len(pairs)} pairs: "
            f"{cpu:+.1%} CPU ({_listed(pairs, 0)}), {clock:+.1%} by the clock ({_listed(pairs, 1)})"
        )


def _pair(
    place: Place, urls: list[str], dead: list[str], core: int, *, parallel: int, turned: bool
) -> tuple[float, float]:
    """Run the stage without and with a dead host in front, the latter first where `turned`; what it costs the others.

    In CPU time that is all that the process spent more, the reading of the dead URLs included, by what the others take.
    """
    fronts = (tuple(dead), ()) if turned else ((), tuple(dead))
    found = {bool(front): staged(place, urls, core, front=front, parallel=parallel) for front in fronts}
    usual, behind = found[False], found[True]
    return (behind.cpu - usual.cpu) * usual.rate / len(urls), behind.clock / usual.clock - 1


def _medians(rows: list[tuple[float, ...]]) -> tuple[float, ...]:
    return tuple(statistics.median(column) for column in zip(*rows, strict=True))


def _listed(rows: list[tuple[float, ...]], column: int) -> str:
    return " ".join(f"{row[column]:+.1%}" for row in rows)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
