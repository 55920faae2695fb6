"""A slow network that cuts: everybody reaches Kafka through a relay that delays each piece and closes connections.

`python -m tests.chaos.network --seed 1 --pages 5000` is the long one.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agents.observe.logs import configure
from tests.chaos.chaos import Chaos, Crew, Patient
from tests.chaos.cluster import Cluster
from tests.chaos.oracle import judge_anew
from tests.chaos.workload import Workload, judge
from tests.support.command import Chistovik
from tests.support.kafka import Kafka
from tests.support.ports import free_port
from tests.support.relay import Relay, Weather, relayed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agents.kafka import Connection

DELAY_SECONDS = 0.01  # of each piece, both ways
CUT_BYTES = 150_000  # that a connection carries, on average


@dataclass(kw_only=True)
class FarCluster(Cluster):
    """A node with two listeners: clients of the second one are sent to the relay."""

    relay: Relay
    far_port: int

    def start(self) -> None:
        """Start it; the first listener is as fast as ever."""
        node = Kafka(folder=self.folder / "kafka-1")
        node.settings = {
            "listeners": f"{node.defaults()['listeners']},FAR://127.0.0.1:{self.far_port}",
            "advertised.listeners": f"PLAINTEXT://{node.brokers},FAR://{self.relay.brokers}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,FAR:PLAINTEXT",
        }
        node.start()
        self.nodes.append(node)


@contextmanager
def far_cluster(folder: Path, weather: Weather) -> Iterator[FarCluster]:
    """Run a node behind a relay."""
    port = free_port()
    with relayed(f"127.0.0.1:{port}", weather) as relay:
        cluster = FarCluster(folder, relay=relay, far_port=port)
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()


@dataclass
class FarChaos(Chaos):
    """A run that feeds and reads through the relay, as the workers do."""

    far: str = field(kw_only=True)

    @property
    def connection(self) -> Connection:
        return Patient(brokers=self.far)


def run(*, seed: int, pages: int, folder: Path) -> dict[str, Any]:
    """Run once; return the figures, with `lost`, `twice` and `wrong`."""
    configure(form="console", level="critical")  # each cut is a line of aiokafka
    started = time.monotonic()
    weather = Weather(seed, DELAY_SECONDS, CUT_BYTES)
    with far_cluster(folder, weather) as kafka:
        far = Chistovik(brokers=kafka.relay.brokers, prefix=f"network{seed}.", folder=folder)
        crew = Crew(far, seed, points="")
        chaos = FarChaos(kafka, crew, Workload.of(pages, random.Random(seed)), [], far=far.brokers)
        try:
            Chistovik(brokers=kafka.brokers, prefix=far.prefix, folder=folder)("topics", "apply")
            asyncio.run(chaos.run())
            crew.end()
            due = judge_anew(kafka.brokers, far.prefix)
        finally:
            crew.end()
    found = judge(chaos.workload, chaos.outcomes, due)
    return {
        "seed": seed,
        "pages": pages,
        "connections": kafka.relay.connections,
        "cuts": kafka.relay.cuts,
        "ends": dict(crew.ended),
        "tracebacks": tracebacks(folder),
        **found,
        "seconds": round(time.monotonic() - started),
    }


def tracebacks(folder: Path) -> list[str]:
    """Name the workers' logs in which a traceback stands."""
    return [log.name for log in folder.glob("*.log") if "Traceback" in log.read_text(errors="replace")]


def main() -> None:
    """Print the figures of a run a line each; exit 0 only if nothing is lost, twice or wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pages", type=int, default=5_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="network-") as temporary:
        figures = run(seed=arguments.seed, pages=arguments.pages, folder=Path(temporary))
    for name, value in figures.items():
        sys.stdout.write(f"{name:22} {value}\n")
    sys.exit(any(figures[name] for name in ("lost", "twice", "wrong")))


if __name__ == "__main__":
    main()
