"""The broker of a chaos run: one node that is restarted, or three of which one is lost for a while."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from tests.support.kafka import Kafka
from tests.support.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LOST_SECONDS = 10.0


@dataclass
class Cluster:
    """Nodes that share a quorum; every topic of theirs is kept on all of them."""

    folder: Path
    size: int = 1
    nodes: list[Kafka] = field(default_factory=list)

    @property
    def brokers(self) -> str:
        """Where clients find it."""
        return ",".join(node.brokers for node in self.nodes)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start all nodes; of several none answers before most are there."""
        controllers = [free_port() for _ in range(self.size)]
        voters = ",".join(f"{number}@127.0.0.1:{port}" for number, port in enumerate(controllers, 1))
        for number, port in enumerate(controllers, 1):
            settings = {} if self.size == 1 else self._of_several(str(number), voters)
            self.nodes.append(Kafka(folder=self.folder / f"kafka-{number}", settings=settings, controller_port=port))
        for node in self.nodes:
            node.launch()
        for node in self.nodes:
            node.wait()

    def _of_several(self, number: str, voters: str) -> dict[str, str]:
        copies, enough = str(self.size), str(self.size - 1)
        return {
            "node.id": number,
            "controller.quorum.voters": voters,
            "broker.session.timeout.ms": "4000",  # shorter than one is lost
            "default.replication.factor": copies,
            "min.insync.replicas": enough,
            "offsets.topic.replication.factor": copies,
            "transaction.state.log.replication.factor": copies,
            "transaction.state.log.min.isr": enough,
            "unclean.leader.election.enable": "false",
        }

    def strike(self) -> None:
        """Restart the only node in good order, or kill one of several and bring it back after a while."""
        if self.size == 1:
            self.nodes[0].restart()
            return
        self.nodes[-1].kill()
        time.sleep(LOST_SECONDS)
        self.nodes[-1].start()

    def leave(self, number: int) -> None:
        """Stop a node in good order, as an operator does, and start it again."""
        self.nodes[number % self.size].restart()

    def ask(self, question: Callable[[Any], Any]) -> Any:
        """Put a question to the first node."""
        return self.nodes[0].ask(question)

    def stop(self) -> None:
        """End all nodes: one in good order, several by force, as the last has no quorum to leave."""
        for node in self.nodes:
            if self.size == 1:
                node.stop()
            else:
                node.kill()
