"""URLs of the test web flow through `fetch` while its workers are killed, stopped and cut off: is each settled once?

The steps of a run are those of `chaos.py`. What counts: the records of `pages` and the outcomes, by the URLs' places.
"""

from __future__ import annotations

import asyncio
import random
import signal
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson
from aiokafka import TopicPartition

from agents.kafka import Connection
from agents.kafka.log import read_spans
from agents.kafka.outbox import KafkaOutbox
from agents.subscribe import subscribe
from pipeline.records.target import Target
from pipeline.records.wire import encode
from pipeline.topics import PAGES, URLS
from pipeline.topics.headers import ORIGIN, header
from tests.chaos.chaos import Chaos
from tests.chaos.cluster import Cluster
from tests.chaos.crew import Crew
from tests.chaos.schedule import Fault
from tests.chaos.workload import Workload
from tests.support.command import Chistovik
from tests.support.patience import SECONDS
from tests.support.sites import NEWS
from tests.support.web import Web, impolite, running_web

if TYPE_CHECKING:
    from pathlib import Path

CREW = {"fetch": 2, "clean": 1, "dedupe": 1, "publish": 1}
FAULT_POINTS = "before-settling:0.0004,after-settling:0.0004,before-finish:0.0004,before-mark:0.01,after-mark:0.01"
PACE, BACKOFF, ATTEMPTS, GIVE_UP = "0.1", "0.5", "4", "10"
ARTICLE = frozenset({"created", "updated", "duplicate", "superseded"})
# What may become of the only record of a URL, by what kind of URL it is
DUE = {
    "article": ARTICLE,
    "moved": ARTICLE,
    "flaky": ARTICLE,  # two failures, and two more attempts
    "dead": frozenset({"dead-letter"}),
    "private": frozenset({"robots"}),
    "none": frozenset({"not-found"}),
}
AGAIN = ARTICLE | {"already-fetched", "not-modified", "dead-letter"}  # what may become of a URL that was fed before


@dataclass
class UrlWorkload:
    """What is fed: (kind, URL) pairs in their order, some of them twice."""

    urls: list[tuple[str, str]]
    fed: dict[str, int] = field(default_factory=dict)  # place in `urls` → number

    @classmethod
    def of(cls, count: int, web: Web, dice: random.Random) -> UrlWorkload:
        """Make URLs of all kinds, most of them articles; a twentieth is fed again."""
        made = [cls._one(number, web) for number in range(count * 20 // 21)]
        made += dice.choices(made, k=count - len(made))
        dice.shuffle(made)
        return cls(made)

    @staticmethod
    def _one(number: int, web: Web) -> tuple[str, str]:
        kind = {5: "moved", 15: "flaky", 25: "dead", 35: "private", 45: "none"}.get(number % 100, "article")
        host = NEWS[number % len(NEWS)]
        return kind, {
            "article": web.url(host, f"/article/{number}"),
            "moved": web.url("moved.test", f"/article/{number}"),
            "flaky": web.url("flaky.test", f"/p{number}"),
            "dead": web.url("dead-01.test", f"/{number}"),
            "private": web.url(host, f"/private/{number}"),
            "none": web.url(host, f"/none/{number}"),
        }[kind]


@dataclass
class UrlChaos(Chaos):
    """One run with URLs; `outcomes` are kept by the URL's place."""

    urls: UrlWorkload = field(default_factory=lambda: UrlWorkload([]))
    found: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))

    @property
    def total(self) -> int:
        return len(self.urls.urls)

    @property
    def seen(self) -> int:
        return len(self.found)

    def judge(self) -> dict[str, Any]:
        """Compare what came with what each kind of URL may become, and let `audit` count."""
        written = asyncio.run(_written(self.crew.command))
        return judge_urls(self.urls, self.found, written) | {"audit": _audited(self.crew.command)}

    async def _feed(self) -> None:
        async with self.connection.producer("chaos") as producer:
            outbox = KafkaOutbox(producer, self.crew.command.prefix)
            for number, (_, url) in enumerate(self.urls.urls):
                target = Target(url=url, submitted_at=datetime.now(UTC))
                sent = await (await outbox.send(URLS.name, value=encode(target), key=target.key))
                self.urls.fed[f"{URLS.name}/{sent.partition}/{sent.offset}"] = number

    async def _read(self, topic: str) -> None:
        name = self.crew.command.prefix + topic
        async for event in subscribe(self.connection, name, from_beginning=True, follow=True):
            outcome = event.json()
            self.found[outcome["provenance"]["origin"]].append(outcome)


def url_faults(kills: int, dice: random.Random) -> list[Fault]:
    """Draw `kills` signals, most of them to fetch; both of its workers once as zombies; a broker that goes and comes."""
    faults = [
        Fault(
            dice.uniform(0.02, 0.95),
            "signal",
            dice.choice(["fetch", "fetch", "fetch", "clean", "publish"]),
            dice.randrange(2),
            dice.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM]),
        )
        for _ in range(kills)
    ]
    faults += [Fault(at, "zombie", "fetch", number, signal.SIGSTOP) for at, number in ((0.2, 0), (0.6, 1))]
    return sorted([*faults, Fault(0.45, "restart")], key=lambda fault: fault.at)


def run_urls(*, seed: int, urls: int, kills: int, folder: Path) -> dict[str, Any]:
    """Run once; return the figures."""
    dice = random.Random(seed)
    with Cluster(folder) as kafka, running_web() as web:
        env = {
            "FETCH_PACE": PACE,
            "FETCH_BACKOFF": BACKOFF,
            "FETCH_ATTEMPTS": ATTEMPTS,
            "FETCH_GIVE_UP": GIVE_UP,
            "FETCH_TIMEOUT": str(SECONDS),
        }
        settings = web.settings(folder, **{f"CHISTOVIK_{name}": value for name, value in env.items()})
        command = Chistovik(brokers=kafka.brokers, prefix=f"urls{seed}.", folder=folder)
        crew = Crew(command, seed, stages=CREW, points=FAULT_POINTS, env=settings)
        fed = UrlWorkload.of(urls, web, dice)
        figures = UrlChaos(kafka, crew, Workload([], []), url_faults(kills, dice), urls=fed).play()
        rude = [one for one in impolite(web.log, pace=0.0) if "disallowed" in one]
    return {"seed": seed, **figures, "zombies ended": crew.ended["fetch 70"], "disallowed": len(rude)}


def _audited(command: Chistovik) -> dict[str, int]:
    """Run `audit --settled`, which exits 0 only if nothing is missing or in flight; what it says of the URLs."""
    totals: Counter[str] = Counter()
    for row in map(orjson.loads, command("audit", "--settled", "--json").stdout.splitlines()):
        if row["topic"] == URLS.name:
            totals.update({name: row[name] for name in ("pages", "missing_pages", "twice_pages")})
    return dict(totals)


async def _written(command: Chistovik) -> Counter[str]:
    """Count the records of `pages` by the URL that they are of."""
    tps = [TopicPartition(command.prefix + PAGES.name, number) for number in range(PAGES.partitions)]
    found: Counter[str] = Counter()
    async with Connection(brokers=command.brokers).consumer(name="chaos") as consumer:
        begins, ends = await consumer.beginning_offsets(tps), await consumer.end_offsets(tps)
        await read_spans(
            consumer,
            {tp: (begins[tp], ends[tp]) for tp in tps},
            lambda _, record: found.update([(header(record.headers, ORIGIN) or b"").decode()]),
        )
    return found


def judge_urls(
    workload: UrlWorkload, outcomes: dict[str, list[dict[str, Any]]], written: Counter[str]
) -> dict[str, Any]:
    """Count the URLs without an outcome, with more than one page or outcome, and with one that cannot be."""
    kinds: Counter[str] = Counter()
    of_url: dict[str, list[str]] = defaultdict(list)
    for place, number in workload.fed.items():
        said = [_said(one) for one in outcomes.get(place, [])]
        kinds.update(said)
        of_url[workload.urls[number][1]] += said
    lost = [place for place in workload.fed if not outcomes.get(place)]
    twice = [place for place in workload.fed if max(written[place], len(outcomes.get(place, []))) > 1]
    stray = [place for place in {*outcomes, *written} if place not in workload.fed]
    kind_of = {url: kind for kind, url in workload.urls}
    wrong = [
        (url, said)
        for url, said in of_url.items()
        if said
        and not (DUE[kind_of[url]] & set(said) and set(said) <= DUE[kind_of[url]] | (AGAIN if len(said) > 1 else set()))
    ]
    return {
        "outcomes": dict(kinds),
        "lost": len(lost),
        "twice": len(twice),
        "wrong": len(wrong) + len(stray),
        "examples": {"lost": lost[:3], "twice": twice[:3], "wrong": wrong[:3], "stray": stray[:3]},
    }


def _said(outcome: dict[str, Any]) -> str:
    return str(outcome["reason"] if outcome["event"] == "discarded" else outcome["event"])
