"""A slow network that cuts: everybody reaches Kafka through a relay that delays each piece and closes connections.

`python -m tests.chaos.network --seed 1 --pages 5000` is the long one.
"""

from __future__ import annotations

import random
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.chaos.chaos import Chaos, Patient
from tests.chaos.cluster import Cluster
from tests.chaos.crew import Crew
from tests.chaos.once import once, parser
from tests.chaos.workload import Workload
from tests.support.command import Chistovik
from tests.support.kafka import Kafka
from tests.support.ports import free_port
from tests.support.relay import Relay, Weather, relayed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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
    with relayed(f"127.0.0.1:{port}", weather) as relay, FarCluster(folder, relay=relay, far_port=port) as cluster:
        yield cluster


@dataclass
class FarChaos(Chaos):
    """A run that feeds and reads through the relay, as the workers do."""

    level = "critical"  # each cut is a line of aiokafka
    far: str = field(kw_only=True)

    @property
    def connection(self) -> Connection:
        return Patient(brokers=self.far)


def run(*, seed: int, pages: int, folder: Path) -> dict[str, Any]:
    """Run once; return the figures."""
    weather = Weather(seed, DELAY_SECONDS, CUT_BYTES)
    with far_cluster(folder, weather) as kafka:
        far = Chistovik(brokers=kafka.relay.brokers, prefix=f"network{seed}.", folder=folder)
        crew = Crew(far, seed, points="")
        figures = FarChaos(kafka, crew, Workload.of(pages, random.Random(seed)), [], far=far.brokers).play()
    return {"seed": seed, "connections": kafka.relay.connections, "cuts": kafka.relay.cuts, **figures}


def main() -> None:
    """Run once."""
    once(run, parser(__doc__, pages=5_000))


if __name__ == "__main__":
    main()
