"""Everything dies, nothing is lost: `make chaos` feeds pages to workers that are killed, stopped, cut off and restarted.

Then it reads the outcomes as a subscriber would, and counts: lost, twice, wrong. A seed repeats the schedule of faults.
"""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar

from agents.feed.send import feed_page, record_of
from agents.kafka import Connection
from agents.kafka.groups import Groups
from agents.kafka.outbox import KafkaOutbox
from agents.observe.logs import configure
from agents.subscribe import subscribe
from pipeline.records.page import page_of
from pipeline.topics import OUTCOMES
from tests.chaos.cluster import Cluster
from tests.chaos.crew import SESSION_SECONDS, Crew
from tests.chaos.once import once, parser
from tests.chaos.oracle import judge_anew
from tests.chaos.schedule import Fault, schedule
from tests.chaos.workload import Workload, judge
from tests.support.command import Chistovik
from tests.support.patience import SECONDS, until

if TYPE_CHECKING:
    from pathlib import Path

ZOMBIE_SECONDS = 14  # at least: longer than its partitions are kept for
QUIET_SECONDS = SECONDS  # without a new outcome, after the last fault: what is missing then is lost


class Patient(Connection):
    """A connection whose producer outlasts a broker that is restarted, however long that takes."""

    def client(self, name: str) -> dict[str, Any]:
        """Give the settings that every client shares."""
        return Connection.client(self, name) | {"request_timeout_ms": int(SECONDS * 1000)}


@dataclass
class Chaos:
    """One run."""

    level: ClassVar[str] = "warning"  # of what the run itself logs

    kafka: Cluster
    crew: Crew
    workload: Workload
    faults: list[Fault]
    outcomes: dict[tuple[int, int], list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    done: Counter[str] = field(default_factory=Counter)
    readers: list[asyncio.Task[None]] = field(default_factory=list)
    news: tuple[int, float] = (-1, 0.0)  # how many outcomes there were when the last one came, and when that was

    @property
    def total(self) -> int:
        """How many outcomes there are to be."""
        return len(self.workload.pages)

    @property
    def seen(self) -> int:
        """How many have one."""
        return len(self.outcomes)

    @property
    def connection(self) -> Connection:
        return Patient(brokers=self.kafka.brokers)

    def play(self) -> dict[str, Any]:
        """Make the topics, run, and judge; return the figures, with `lost`, `twice`, `wrong` and `stuck`."""
        configure(form="console", level=self.level)
        started = time.monotonic()
        admin = replace(self.crew.command, brokers=self.kafka.brokers)
        try:
            admin("topics", "apply", CHISTOVIK_REPLICATION=str(self.kafka.size))
            asyncio.run(self.run())
            found = self.judge()
        finally:
            self.crew.end()
        return {
            "pages": self.total,
            "strikes": dict(self.done),
            "ends": dict(self.crew.ended),
            "ended hard": self.crew.ended_hard,
            "tracebacks": self.crew.tracebacks(),
            **found,
            "stuck": self.crew.stuck,
            "seconds": round(time.monotonic() - started),
        }

    def judge(self) -> dict[str, Any]:
        """Compare what came with what the log of documents says."""
        return judge(self.workload, self.outcomes, judge_anew(self.kafka.brokers, self.crew.command.prefix))

    async def run(self) -> None:
        """Feed and strike, then wait until nothing more comes."""
        readers = self.readers = [asyncio.create_task(self._read(topic)) for topic in OUTCOMES]
        feeding = asyncio.create_task(self._feed())
        upkeep = asyncio.create_task(self._keep_up())
        try:
            for fault in self.faults:
                await self._until(fault)
                await self._strike(fault)
            await feeding
            self.crew.armed = False
            await self._settle()
        finally:
            for task in (*readers, feeding, upkeep):
                task.cancel()
            await asyncio.gather(*readers, feeding, upkeep, return_exceptions=True)

    async def _keep_up(self) -> None:
        while True:
            self.crew.keep_up()
            await asyncio.sleep(0.3)

    async def _feed(self) -> None:
        async with self.connection.producer("chaos") as producer:
            outbox = KafkaOutbox(producer, self.crew.command.prefix)
            for number, (url, text) in enumerate(self.workload.pages):
                page = page_of(url, text.encode(), fetched_at=self.workload.at(number))
                sent = await (await feed_page(page, outbox, value=record_of(page)))
                self.workload.fed[sent.partition, sent.offset] = number

    async def _until(self, fault: Fault) -> None:
        """Wait for the share of outcomes that a fault is due at, as long as outcomes come."""
        while self.seen < fault.at * self.total and not self._is_quiet():  # noqa: ASYNC110 — four readers move it
            await asyncio.sleep(0.05)

    def _is_quiet(self) -> bool:
        """Say whether no outcome has come for long; raise what ended a reader."""
        for reader in self.readers:
            if reader.done():
                reader.result()
        if self.seen != self.news[0]:
            self.news = self.seen, time.monotonic()
        return time.monotonic() - self.news[1] >= QUIET_SECONDS

    async def _strike(self, fault: Fault) -> None:
        self.done[fault.kind] += 1
        if fault.kind == "restart":
            await asyncio.to_thread(self.kafka.strike)
        elif fault.kind == "leave":
            await asyncio.to_thread(self.kafka.leave, fault.number)
        elif fault.kind == "refuse":
            await self._refuse(seconds=8)
        elif fault.kind == "zombie":
            await self._make_zombie(fault)
        else:
            process = await until(lambda: self.crew.struck(fault))  # of two strikes in a row, the second waits
            process.send_signal(fault.signal)

    async def _make_zombie(self, fault: Fault) -> None:
        """Stop a worker that takes records, until the broker has given its partitions away; then wake it."""
        stopped = False
        while not stopped:
            process = await until(lambda: self.crew.ready(fault))
            process.send_signal(signal.SIGSTOP)
            await asyncio.sleep(ZOMBIE_SECONDS)
            stopped = process.poll() is None  # else it was ending at one of its fault points when the signal came
        await until(lambda: self._is_replaced(fault.stage), every=0.5)
        process.send_signal(signal.SIGCONT)
        if fault.stage == "clean":  # its Faust may have crashed; it leaves all the same when it is told to
            process.terminate()
        if fault.stage in {"clean", "fetch"}:  # fetch is fenced off by its own clock, and ends; others may stay
            await until(lambda: process.poll() is not None)

    async def _is_replaced(self, stage: str) -> bool:
        """Say whether the broker knows of fewer workers of a stage than there are."""
        group = self.crew.command.prefix + stage
        members = (await Groups(self.connection).members([group]))[group]
        return members is not None and members < self.crew.stages[stage]

    async def _refuse(self, seconds: float) -> None:
        """Let the changelog refuse every write for a while: no record is small enough."""
        for limit in ("1", "1048576"):
            await asyncio.to_thread(self._set_limit, limit)
            await asyncio.sleep(seconds)

    def _set_limit(self, limit: str) -> None:
        from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType  # noqa: PLC0415

        topic = self.crew.command.prefix + "verdicts"
        configs = {"max.message.bytes": limit, "cleanup.policy": "compact"}
        self.kafka.ask(
            lambda admin: admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, configs=configs)])
        )

    async def _read(self, topic: str) -> None:
        name = self.crew.command.prefix + topic
        async for event in subscribe(self.connection, name, from_beginning=True, follow=True):
            outcome = event.json()
            place = outcome["provenance"]["partition"], outcome["provenance"]["offset"]
            self.outcomes[place].append(outcome)

    async def _settle(self) -> None:
        self.news = -1, 0.0  # the feeding or a strike may have taken longer
        while not self._is_quiet():
            if self.seen >= self.total:
                await asyncio.sleep(SESSION_SECONDS + 4)  # what would come twice has time to come
                return
            await asyncio.sleep(0.2)


def run(*, seed: int, pages: int, kills: int, folder: Path, brokers: int = 1, stops: int = 0) -> dict[str, Any]:
    """Run once; return the figures."""
    dice = random.Random(seed)
    with Cluster(folder, size=brokers) as kafka:
        crew = Crew(Chistovik(brokers=kafka.brokers, prefix=f"chaos{seed}.", folder=folder), seed)
        figures = Chaos(kafka, crew, Workload.of(pages, dice), schedule(kills, dice, stops)).play()
    return {"seed": seed, "brokers": brokers, **figures, **snapshots(folder), **broken_promises(folder)}


def snapshots(folder: Path) -> dict[str, int]:
    """Count in the workers' logs how often a partition was read back after its snapshot, and from the start."""
    said = [line for log in folder.glob("dedupe-*.log") for line in log.read_text(errors="replace").splitlines()]
    begun = Counter(line.partition(" begun=")[2].partition(" ")[0] for line in said if "verdicts read" in line)
    return {f"read from {how}": begun[how] for how in ("snapshot", "memory", "changelog")}


def broken_promises(folder: Path) -> dict[str, int]:
    """Count in the logs how often Kafka dropped markers of a transaction, and how many events publish repaired."""
    dropped = sum(
        log.read_text(errors="replace").count("Couldn't find leader endpoint")
        for log in folder.glob("kafka-*/kafka.log")
    )
    said = [line for log in folder.glob("publish-*.log") for line in log.read_text(errors="replace").splitlines()]
    repairs: Counter[str] = Counter()
    for line in said:
        if "Kafka did not end" in line and " repair=" in line:
            repairs[line.partition(" repair=")[2].split(" ")[0]] += int(line.partition(" events=")[2].split(" ")[0])
    return {"markers dropped": dropped, "published again": repairs["published"], "kept": repairs["kept"]}


def main() -> None:
    """Run once, with pages or with URLs."""
    asked = parser(__doc__, pages=20_000)
    asked.add_argument("--kills", type=int, default=30)
    asked.add_argument("--stops", type=int, default=20, help="how often a broker leaves in good order and comes back")
    asked.add_argument("--urls", type=int, default=0, help="run with so many URLs of a test web instead of pages")
    asked.add_argument("--brokers", type=int, default=1, choices=(1, 3))

    def play(folder: Path, *, urls: int, pages: int, brokers: int, stops: int, **usual: Any) -> dict[str, Any]:
        if urls:
            from tests.chaos.urls import run_urls  # noqa: PLC0415 — it is made of this file's parts

            return run_urls(urls=urls, folder=folder, **usual)
        return run(pages=pages, brokers=brokers, stops=stops, folder=folder, **usual)

    once(play, asked)


if __name__ == "__main__":
    main()
